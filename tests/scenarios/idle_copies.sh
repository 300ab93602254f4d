# SPDX-License-Identifier: GPL-2.0
# Lives of copies: a flow that is busy on A for longer than its timeout stays on B;
# a flow that moved from A to B is not killed when A's copy expires; what an operator
# deletes is gone everywhere, and a copy of the table does not bring it back.
. tests/scenarios/lib.sh

cluster_up hold all hold-timeout 500ms flush-interval 10ms
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=4 net.netfilter.nf_conntrack_udp_timeout_stream=4
done
path same
echo_server 7000
copies() { conntrack_count "$1" -p udp --orig-port-src "$2"; }

note "busy on A"
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 20000 --count 55 --interval 0.2 >/tmp/busy &
busy=$!
check "the flow is on B" within 3 conntrack_count_is 1 B -p udp --orig-port-src 20000
sleep 6 # longer than its life
is "and still is" "$(copies B 20000)" 1
is "it never expired" "$(stat B destroy-expired) $(stat B insert-created)" "0 1"

note "it moves to B"
path other
wait "$busy"
is "no datagram was lost on the way" "$(lost </tmp/busy)" 0
on A sysctl -q net.netfilter.nf_conntrack_udp_timeout=1 net.netfilter.nf_conntrack_udp_timeout_stream=1
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=60 net.netfilter.nf_conntrack_udp_timeout_stream=60
on B ctsync set update-interval 60s # A hears no more of it
is "it goes on through B" "$(on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 20000 --count 5 --interval 0.1 | lost)" 0
check "A's copy expires" within 8 conntrack_count_is 0 A -p udp --orig-port-src 20000
check "which A says" within 3 stat_reaches B in-delete 1
is "B keeps the flow" "$(copies B 20000) $(stat B delete-kept)" "1 1"
on B ctsync set update-interval 1s

note "deleted by an operator"
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=60 net.netfilter.nf_conntrack_udp_timeout_stream=60
done
path same
is "20 flows through A" "$(udp_flows 20 7000 21000 | lost)" 0
check "are on B" within 3 entries_are B 21
on A conntrack -D -p udp --orig-port-dst 7000 >/dev/null 2>&1
check "deleted on A, gone on B" within 3 entries_are B 0
deaf A
deaf B
check "the nodes lose each other" within 4 peers_are A down
within 4 peers_are B down
hearing A
hearing B
check "and copy their tables" within 5 peers_are A up
within 5 peers_are B up
sleep 0.5
is "nothing comes back" "$(conntrack_count A -p udp --orig-port-dst 7000) $(conntrack_count B -p udp --orig-port-dst 7000)" "0 0"
no_invalid
finish
