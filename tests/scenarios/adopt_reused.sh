# SPDX-License-Identifier: GPL-2.0
# While A's replication is down a connection takes the ports of another one that B has still,
# open or over. A comes up in the middle of it: what B remembers of those ports changes
# nothing on A, and B has the one that lives.
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

cluster_up hold all
by_hand
path same

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
	goes_on
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
no_invalid
finish
