# SPDX-License-Identifier: GPL-2.0
# While A's replication is down a connection takes the ports of another one that B has still,
# open or over. A comes up in the middle of it: what B remembers of those ports changes
# nothing on A, and B has the one that lives.
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

fin_of_c() {
	from_c FA
	c_next=$((c_next + 1))
	from_s A
}
fin_of_s() {
	from_s FA
	s_next=$((s_next + 1))
	from_c A
}
starts_again() {
	ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all || check "A comes up again" false
}
in_sync() {
	check "and both see each other" within 5 peers_are A up
	tool A wait-sync timeout 10s >/dev/null || check "A is in sync" false
}
cluster_up hold all
by_hand
path same

# the numbers of both, and who is in which state
first_is() { # open|over
	connects 3000000000 2500000000
	speaks
	local state=ESTABLISHED
	[ "$1" = open ] || { fin_of_c; fin_of_s; state=TIME_WAIT; }
	check "a connection is on A" within 3 state_is A $state
	check "and on B" within 3 state_is B $state
}
forget() { # A's conntrack may be of when nothing told of its end
	on B conntrack -F >/dev/null 2>&1
	on A conntrack -F >/dev/null 2>&1
	check "both forget it" within 3 eval 'entries_are A 0 && entries_are B 0'
}

for first in open over; do
	note "the first one is $first"
	first_is $first
	tool A down
	connects 3100000000 2600000000
	speaks
	starts_again
	for _ in 1 2 3 4 5; do speaks; done
	in_sync
	speaks
	check "A has it" within 3 state_is A ESTABLISHED
	check "B too" within 3 state_is B ESTABLISHED
	speaks
	sleep 2
	for way in same other split; do
		path $way
		speaks
	done
	is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
	path same
	forget
done

for first in open over; do
	for number in 1000000000 3100000000; do
		note "the first one is $first, the second begins at $number and is over but for its last words"
		first_is $first
		tool A down
		# ports are taken again after their TIME_WAIT
		sleep 3
		connects $number $((number - 500000000))
		speaks
		fin_of_c
		starts_again
		in_sync
		for _ in 1 2 3; do
			from_s PA --len 100
			s_next=$((s_next + 100))
			from_c A
		done
		fin_of_s
		check "A has its end" within 3 state_is A TIME_WAIT
		check "B too" within 3 state_is B TIME_WAIT
		is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
		forget
	done
done
# What follows a SYN passes while A is down: B knows of the SYN only.
for has in "its end" nothing; do
	note "of a connection B knows the SYN, A has $has"
	ends 3000000000 0
	from_c S
	check "B knows the SYN" within 3 state_is B SYN_SENT
	tool A down
	ends 3000000001 2500000000
	from_s SA
	ends 3000000001 2500000001
	from_c A
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
	for way in same other split; do
		path $way
		speaks
	done
	is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
	path same
	forget
done
no_invalid
finish
