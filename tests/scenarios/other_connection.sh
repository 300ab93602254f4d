# SPDX-License-Identifier: GPL-2.0
# Both nodes were down while a connection ended and another one took its ports. B
# still has the first as established. When they are up again the one that was used
# last stays, on both, as it was: nothing of the first is joined to it.
# With the numbers that the two have, the first seems to be ahead of the second.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

cluster_up hold all
path same
by_hand

for ids in "1 2" "2 1"; do
	# shellcheck disable=SC2086 # two words
	set -- $ids
	connects 3000000000 2500000000
	speaks
	check "A is node $1: a connection is on B" within 3 state_is B ESTABLISHED
	on A ctsync down
	on B ctsync down
	on A conntrack -D -p tcp >/dev/null 2>&1
	sleep 3
	connects 1000000000 500000000
	speaks
	is "B still has the first" "$(state A) $(state B)" "ESTABLISHED ESTABLISHED"
	ctsync_up A "$1" 10.9.0.1 10.9.0.2 hold all mark 0x1/0x1 hold-timeout 500ms
	ctsync_up B "$2" 10.9.0.2 10.9.0.1 hold all mark 0x1/0x1 hold-timeout 500ms
	check "both are in sync" eval 'on A ctsync wait-sync timeout 10s >/dev/null &&
		on B ctsync wait-sync timeout 10s >/dev/null'
	check "A has the second" within 3 entry_is A tcp-orig.end "$c_next"
	check "B has the second" within 3 entry_is B tcp-orig.end "$c_next"
	is "and its other direction" "$(entry A tcp-reply.end) $(entry B tcp-reply.end)" "$s_next $s_next"
	speaks
	check "it goes on over A" within 2 entry_is A tcp-orig.maxack "$s_next"
	path other
	speaks
	check "and over B" within 2 entry_is B tcp-orig.maxack "$s_next"
	path same
	no_invalid
	for node in A B; do on "$node" conntrack -D -p tcp >/dev/null 2>&1; done
done
finish
