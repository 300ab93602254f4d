# SPDX-License-Identifier: GPL-2.0
# `conntrack -F` on a node with 20,000 flows (a million in soak): they are gone on both,
# nothing brings them back, and neither node stops to answer meanwhile.
. tests/scenarios/lib.sh

flows=$(soak_or 1000000 20000)
ports=20000	# of the client, for each port of the server

worst() { sed -n 's/.*max \([0-9]*\).*/\1/p' "/tmp/round.$1"; }

modprobe nf_conntrack
# all are sent at once: what one processor did not come to yet must find room
sysctl -q net.netfilter.nf_conntrack_max=$((flows * 4)) net.core.netdev_max_backlog=$ports
cluster_up hold off flush-interval 10ms
path same
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=6000
	on $node burst echo --port 7100 --daemon >/dev/null
done
on s nft -f - <<-END
table inet sink {
	chain prerouting {
		type filter hook prerouting priority -400; policy accept;
		udp dport 8000-8063 drop
	}
}
END
for ((i = 0; i < flows / ports; i++)); do
	on c burst send --to 10.2.0.2 --port $((8000 + i)) --count $ports --size 32 --from-port 2000 --ports $ports
done | awk '{ sent += $2 } END { print sent }' >/tmp/sent
is "$flows flows pass" "$(cat /tmp/sent)" "$flows"
check "B has them, too" within "$(soak_or 600 60)" entries_are B "$flows"
is "A as well" "$(entries A)" "$flows"

for node in A:11 B:12; do
	on c burst ping-pong --to 10.1.0.${node#*:} --port 7100 --from-port 19${node#*:} \
		--count "$(soak_or 10000 300)" --interval 0.02 >/tmp/round.${node%:*} &
done
read -rt 1 -u "$_silence"
began=${EPOCHREALTIME/./}
on A conntrack -F >/dev/null 2>&1
note "flushed in $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
check "they are gone on A" within "$(soak_or 100 10)" entries_are A 0
check "and on B" within "$(soak_or 600 60)" entries_are B 0
note "and gone on B after $(((${EPOCHREALTIME/./} - began) / 1000)) ms"
wait %1 %2
is "both answered all the time" "$(lost </tmp/round.A) $(lost </tmp/round.B)" "0 0"
between "A within" "$(worst A)" 0 1000000
between "B within" "$(worst B)" 0 1000000
sleep 2
is "nothing comes back" "$(entries A) $(entries B)" "0 0"
sysctl -q net.netfilter.nf_conntrack_max=65536 net.core.netdev_max_backlog=1000
no_invalid
finish
