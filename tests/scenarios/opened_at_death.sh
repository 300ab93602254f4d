# SPDX-License-Identifier: GPL-2.0
# A node dies an instant after connections were opened through it: the other one knows their
# SYNs, which it acknowledged, and no more. The ends know nothing of that and go on, the
# client first or the server (whose words conntrack lets pass behind a SYN). The client is
# believed, as nobody lives who knows more; what belongs to another connection is not.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash
. tests/scenarios/lossy.bash

cluster_up hold all digest-interval 0
by_hand
# as if A was dead before it told: INSERT comes, UPDATE and UPDATE_C do not
check "B hears of SYNs only" loses '2, 3'

# opened through A, which dies: its peer knows the SYN
opens_and_dies() {
	path same
	connects 1000 5000
	ip -n A link set dev sync down
	check "B misses A" within 5 peers_are B down
	check "B knows no more than the SYN" entry_is B state SYN_SENT
	path other
}
recovers() {
	on A conntrack -F 2>/dev/null
	on B conntrack -F 2>/dev/null
	ip -n A link set dev sync up
	check "both see each other again" within 10 eval 'peers_are A up && peers_are B up'
	check "nothing is left" within 10 eval '[ "$(entries A) $(entries B)" = "0 0" ]'
}

note "the client goes on"
opens_and_dies
already=$(arrived)
from_c PA --len 100
c_next=$((c_next + 100))
from_s PA --len 100
check "and the server answers" within 3 arrived_are $((already + 1))
s_next=$((s_next + 100))
from_c A
check "B has the connection" within 3 entry_is B state ESTABLISHED
is "it was believed" "$(stat B miss-adopted) $(invalid B)" "1 0"
recovers

note "the server goes on"
opens_and_dies
already=$(arrived)
from_s PA --len 100
s_next=$((s_next + 100))
check "its words arrive" within 3 arrived_are $((already + 1))
from_c A
speaks
check "B has the connection" within 3 entry_is B state ESTABLISHED
is "it was believed" "$(stat B miss-adopted) $(invalid B)" "2 0"
recovers

note "it is no licence"
opens_and_dies
c_next=$((c_next + 100000))
from_c PA --len 100
check "what follows no SYN is invalid" within 3 eval '[ "$(invalid B)" = 1 ]'
is "and was not believed" "$(stat B miss-adopted)" 2
is "nothing was invalid on A" "$(invalid A)" 0
finish
