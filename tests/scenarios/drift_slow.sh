# SPDX-License-Identifier: GPL-2.0
# Most of B's copies are gone, which nobody told, and the sync link is slow. What a
# comparison finds is told no faster than the link carries it: HELLOs pass, no peer is
# taken for dead, and no table is copied because of that.
# one kernel
. tests/scenarios/lib.sh

flows=$(soak_or 20000 5000)
down() { on "$1" ctsync show peers | grep -c down; }

cluster_up hold off flush-interval 10ms digest-interval 0
echo_server 7000
path same
on A sysctl -q net.netfilter.nf_conntrack_udp_timeout=600 net.netfilter.nf_conntrack_udp_timeout_stream=600
# later than the last that A says of them, or they come back
for timeout in udp_timeout udp_timeout_stream; do
	on B sysctl -q net.netfilter.nf_conntrack_$timeout="$(debug_or 30 4)"
done
is "$flows flows pass" "$(udp_flows "$flows" 7000 1024 | lost)" 0
check "they expire on B" within 40 conntrack_count_is 0 B -p udp --orig-port-dst 7000
is "not on A" "$(entries A)" "$flows"
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=600 net.netfilter.nf_conntrack_udp_timeout_stream=600
for node in A B; do
	on $node tc qdisc replace dev sync root netem rate 1mbit limit 10000
done
has=$(stat B in-insert)
began=$SECONDS
for node in A B; do
	on $node ctsync set digest-interval 1s
done
check "B has them again" within "$(soak_or 35 20)" entries_are B "$flows"
note "after $((SECONDS - began)) s"
between "each was told once, or for its bucket a second time" "$(($(stat B in-insert) - has))" "$flows" $((2 * flows))
is "no peer was away meanwhile: no table was copied again" "$(stat A bulk-begun) $(stat B bulk-begun)" "1 1"
no_invalid
finish
