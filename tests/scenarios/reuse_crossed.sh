# SPDX-License-Identifier: GPL-2.0
# The ports of a connection are used again behind NAT, on a split path. B still has the old
# one and lets the SYN pass for it; its answer makes a connection of the old name at A. A SYN
# again, after a reset, makes a new one at B. Both words cross: the flow that B made last
# stays on both nodes, whoever hears of the other one first.
# quick kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash
. tests/scenarios/nat.bash

topology_rules() {
	plain_rules
	nat_rules
}
mapped() { conntracks B -p tcp | sed 's/.*dport=\([0-9]*\) .*/\1/'; }
answers() { from_s "$1" --dst 10.3.0.1 --dport "$port" "${@:2}"; }
syns_are() { tells "packets $1 " on s nft list counter inet raw syn; }
# opens NUMBER-OF-CLIENT NUMBER-OF-SERVER SYNS: its SYN is the one of that number at the server
opens() {
	ends "$1" 0
	from_c S
	check "the SYN arrives" within 4 syns_are "$3"
	port=$(mapped)
	answered "$@"
}
answered() {
	ends $(($1 + 1)) "$2"
	answers SA
	ends $(($1 + 1)) $(($2 + 1))
}

cluster_up hold all hold-timeout 5s flush-interval 10ms digest-interval 0
by_hand
# but for the reset of the test's own
on c nft 'insert rule inet raw out tcp flags rst tcp window 77 accept'
on s nft 'add counter inet raw syn
	add chain inet raw in { type filter hook prerouting priority -300; }
	add rule inet raw in tcp flags & (syn | ack) == syn counter name syn'
nat_path swap
opens 1000 5000 1
check "its answer, too" within 4 arrived_are 1
from_c A
for node in A B; do check "$node knows the first" within 3 state_is $node ESTABLISHED; done
from_c FA
for node in A B; do check "on $node it closes" within 3 state_is $node FIN_WAIT; done
old=$port

note "words cross"
sync_delay 700
opens 300000 700000 2
check "A takes the answer" within 1 state_is A SYN_RECV
ends 1002 0
from_c R --win 77
ends 300000 0
from_c S
check "another connection at B" within 1 eval '[ "$(mapped)" != $old ]'
port=$(mapped)
check "A gave way, and what waited there" within 4 stat_reaches A clash-lost 1
check "the SYN arrives" within 4 syns_are 3
sync_delay 0
answered 300000 700000
check "its answer, too" within 4 arrived_are 2
from_c A
for node in A B; do check "$node knows the second" within 3 state_is $node ESTABLISHED; done
is "B's mapping is still" "$(mapped)" "$port"
check "the mappings are the same on both nodes" within 3 mappings_agree -p tcp
is "B did not give way" "$(stat B clash-lost)" 0
is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
finish
