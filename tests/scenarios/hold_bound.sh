# SPDX-License-Identifier: GPL-2.0
# A flood of new flows with a peer that does not acknowledge: at most 16384
# packets are held, what comes then passes at once, every packet arrives in the
# end, and the memory comes back. All of it within the longest deadline there is.
# one kernel
# quick kernel
. tests/scenarios/lib.sh

held() { # packets held now, of all flows
	on A ctsync show entries -j | grep -o '"holds": *[0-9]*' | awk '{ n += $NF } END { print n + 0 }'
}
skbs() { awk '$1 == "skbuff_head_cache" { print $2 }' /proc/slabinfo; }
skbs_back() { [ "$(skbs)" -lt $((before + 2000)) ]; }

# what one processor on a busy host did not come to yet must find room
sysctl -q net.core.netdev_max_backlog=20000
cluster_up hold all hold-timeout 10s
path same
on c sysctl -q net.ipv4.ip_local_port_range='1024 65535'
for expected in "7000 16000" "7002 4000"; do
	read -r port count <<<"$expected"
	on s burst recv --port "$port" --count "$count" --timeout 30 --ready "/tmp/ready$port" >"/tmp/recv$port" &
	within 2 test -e "/tmp/ready$port"
done
before=$(skbs)

# B does not hear of the flows either: making them all would take it longer than A holds
deaf A but-hello
deaf B but-hello
# a socket for each flow
ulimit -n 65536
# nearly all that fits in few flows: a slow machine, too, sends it within one deadline
on c burst send --to 10.2.0.2 --port 7000 --count 16000 --size 32 --from-port 10000 --ports 2000 >/tmp/send
is "16000 packets of 2000 flows were sent" "$(cat /tmp/send)" "sent 16000 failed 0"
is "and are held" "$(stat A hold-flows) $(stat A hold-packets)" "2000 16000"
on c burst send --to 10.2.0.2 --port 7002 --count 4000 --size 32 --from-port 12000 --ports 4000 >/tmp/send
is "4000 more flows were sent" "$(cat /tmp/send)" "sent 4000 failed 0"
is "held up to the bound" "$(stat A hold-flows) $(stat A hold-packets)" "2384 16384"
is "the rest went on at once" "$(stat A hold-skipped-bound)" 3616
is "before any deadline" "$(stat A release-deadline)" 0
is "nobody dropped one" "$(stat A hold-skipped-nomem) $(stat A clash-dropped)" "0 0"
is "the peer is alive all the time" "$(peer_state A)" up
wait %1 %2
is "every packet arrived, once and in order" \
	"$(awk '{ print $2, $6, $8, $10 }' /tmp/recv7000 /tmp/recv7002 | xargs)" "16000 0 0 0 4000 0 0 0"
is "the held ones by their deadline" "$(stat A release-deadline) $(stat A release-acked)" "2384 0"
is "none is held any more" "$(held)" 0
check "their memory is back" within 10 skbs_back

hearing A
hearing B
echo_server 7001
on A ctsync stats reset
is "new flows pass" "$(udp_flows 20 7001 40000 | lost)" 0
is "and are asked for" "$(stat A out-insert)" 20
sysctl -q net.core.netdev_max_backlog=1000
no_invalid
finish
