# SPDX-License-Identifier: GPL-2.0
# Flows that a flowtable of A forwards, TCP and UDP: conntrack there sees none of
# their packets. B's copies are marked so, do not time out, and carry on when the
# path becomes split and when A dies.
. tests/scenarios/lib.sh

# the same on both, once the links are there
flowtable() {
	on "$1" nft -f - <<-'END'
	table inet fast {
		flowtable f {
			hook ingress priority 0; devices = { client, server };
		}
		chain forward {
			type filter hook forward priority filter + 10;
			ct state established meta l4proto { tcp, udp } flow add @f
		}
	}
	END
}
offloaded() { [ "$(conntracks "$1" -p "$2" | grep -c OFFLOAD)" -ge "$3" ]; }
liberal() { # NODE: copies whose windows conntrack does not check
	entry "$1" tcp-orig.flags proto tcp dport 5201 | awk '{ n += int($1 / 8) % 2 } END { print n + 0 }'
}

cluster_up hold all hold-timeout 500ms flush-interval 10ms
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout_stream=8 net.netfilter.nf_conntrack_udp_timeout=8
path same
flowtable A
flowtable B
on s iperf3 -s -D
echo_server 7000
within 3 listens s tcp 5201

for way in split other; do
	note "into the flowtable of A, then path $way"
	path same
	on c iperf3 -c 10.2.0.2 -t 5 -i 1 -f m >/tmp/iperf &
	iperf=$!
	check "the transfer is offloaded on A" within 4 offloaded A tcp 1
	check "B's copies are marked" within 3 eval '[ "$(liberal B)" -ge 1 ]'
	path $way
	check "the transfer ends well" wait "$iperf"
	note "$(grep receiver /tmp/iperf)"
done
is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"

note "a UDP flow in A's flowtable for longer than its life on B"
path same
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 20000 --count 80 --interval 0.15 >/tmp/udp &
udp=$!
check "it is offloaded" within 4 offloaded A udp 1
name=$(entry B id proto udp)
sleep 10
is "its copy is still on B" "$(conntrack_count B -p udp --orig-port-dst 7000)" 1
is "and the same as then" "$(entry B id proto udp)" "$name"

note "A dies in the middle of that and of a transfer back"
on c iperf3 -c 10.2.0.2 -t 6 -i 1 -f m -R >/tmp/iperf &
iperf=$!
check "the transfer is offloaded on A" within 4 offloaded A tcp 1
sleep 1
dies A
path other
check "the transfer ends well" wait "$iperf"
is "its last 2 seconds had bytes" \
	"$(awk '/ [4-6]\.0[0-9]-[5-7]\.[0-9]* *sec/ && !/sender|receiver/ && $7 > 1 { n++ } END { print (n >= 2) }' /tmp/iperf)" 1
wait "$udp"
between "UDP went on, lost at the change" "$(lost </tmp/udp)" 0 3
is "no packet was invalid at B" "$(invalid B)" 0
finish
