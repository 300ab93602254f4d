# SPDX-License-Identifier: GPL-2.0
# Both ends of a connection were switched off, and the firewalls have it as established
# still. Another one takes its ports: conntrack alone follows it, and so do two nodes.
# The first one's numbers seem to be ahead of the second's.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

# Windows of a split path are open: by no more than what may be on its way.
follows() { # NODE
	local c s
	c=$(entry "$1" tcp-orig.end) s=$(entry "$1" tcp-reply.end)
	[ "$((c - c_next >= 0 && c - c_next < 100000 && s - s_next >= 0 && s - s_next < 100000))" = 1 ] &&
		state_is "$1" ESTABLISHED
}

cluster_up hold all
by_hand

for way in same other split; do
	note "path $way"
	path "$way"
	connects 3000000000 2500000000
	speaks
	check "a connection is on A" within 3 state_is A ESTABLISHED
	check "and on B" within 3 state_is B ESTABLISHED
	sleep 1.5
	connects 1000000000 500000000
	speaks
	speaks
	for node in A B; do
		check "$node has the second, both directions" within 3 follows $node
	done
	for next in same other; do
		path "$next"
		speaks
	done
	is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
	note "$(misses A); $(misses B)"
	on A conntrack -F >/dev/null 2>&1
	check "both forget it" within 3 eval 'entries_are A 0 && entries_are B 0'
done
no_invalid
finish
