# SPDX-License-Identifier: GPL-2.0
# While A's replication is down a connection is opened, or ends, of which one of the two nodes
# knows no more than the SYN. A comes up: what came after is known to both, and the next
# connection that takes the ports is neither the one nor the other.
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

answered() { # NUMBER: of the server
	ends "$c_next" "$1"
	from_s SA
	s_next=$((s_next + 1))
	from_c A
}
syn() { # NUMBER
	ends "$1" 0
	from_c S
	c_next=$((c_next + 1))
}
cluster_up hold all
by_hand
path same

for has in "its end" nothing; do
	note "of a connection B knows the SYN, A has $has"
	syn 3000000000
	check "B knows the SYN" within 3 state_is B SYN_SENT
	tool A down
	answered 2500000000
	speaks
	fin_of_c
	fin_of_s
	[ "$has" != nothing ] || on A conntrack -F >/dev/null 2>&1
	starts_again
	in_sync
	if [ "$has" = nothing ]; then
		is "A has what B knows" "$(state A) $(state B)" "SYN_SENT SYN_SENT"
	else
		is "it is over on A" "$(state A)" TIME_WAIT
		check "and on B" within 3 state_is B TIME_WAIT
	fi
	note "its ports are taken again"
	connects 3900000000 3400000000
	goes_on
done

# A system that takes the ports of one in TIME_WAIT begins right behind its last number.
for number in behind far; do
	for who in other same; do
		note "what is over is on B, a SYN came while A was down; $number; A comes up, it is answered over the $who node"
		first_is over
		tool A down
		[ $number = far ] && syn 1000000000 || syn $((c_next + 65537))
		starts_again
		in_sync
		is "A has the SYN" "$(state A)" SYN_SENT
		check "B, too" within 3 state_is B SYN_SENT
		path $who
		answered 3400000000
		speaks
		check "A has it" within 3 state_is A ESTABLISHED
		check "B, too" within 3 state_is B ESTABLISHED
		goes_on
	done
done
no_invalid
finish
