# SPDX-License-Identifier: GPL-2.0
# A split path and nobody who waits for an acknowledgement (hold off). A connection has
# ended, and its ports are used again at once: the answer to the new SYN comes to B before
# the word of the SYN, and B has the old connection still. Conntrack lets the answer pass
# for the old one's, which the word then replaces: B asks before that.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

closes() {
	from_c FA; c_next=$((c_next + 1))
	from_s FA; s_next=$((s_next + 1))
	from_c A
}

cluster_up hold off
by_hand
for way in split swap; do
	note "path $way"
	path $way
	connects 1000 5000
	speaks
	for node in A B; do check "$node knows the first" within 3 state_is $node ESTABLISHED; done
	closes
	for node in A B; do check "on $node it is over" within 3 state_is $node TIME_WAIT; done
	sync_delay 150
	already=$(arrived)
	ends 300000 0
	from_c S
	ends 300001 700000
	from_s SA
	ends 300001 700001
	check "the answer to the second SYN arrives" within 2 arrived_are $((already + 1))
	from_c A
	sync_delay 0
	for node in A B; do check "$node knows the second" within 3 state_is $node ESTABLISHED; done
	speaks
	is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
	note "$(misses A); $(misses B)"
	on A conntrack -F 2>/dev/null
	check "both forget it" within 3 eval 'entries_are A 0 && entries_are B 0'
done
finish
