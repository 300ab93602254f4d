# SPDX-License-Identifier: GPL-2.0
# Flows are deleted on A, and no frame that says so reaches B, for longer than a tombstone
# lasts. At first A's telling it again is lost as well; then so much that B cannot have it
# repaired. All that while the tables are compared, and B tells A what it has: nothing
# comes back, and B follows as soon as frames reach it.
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/lossy.bash

flows=300
new_flows() {
	on c burst send --to 10.2.0.2 --port 7000 --count $flows --size 32 --from-port "$1" --ports $flows >/dev/null
	check "A has $flows flows" within 5 entries_are A $flows
	check "B has them, too" within 5 entries_are B $flows
	# those that were just told are in no comparison
	sleep 2.5
}
compared() { # TIMES, from now on
	check "tables are compared $1 times" within 40 stat_reaches A digest-rounds $(($(stat A digest-rounds) + $1))
}

cluster_up hold off flush-interval 10ms digest-interval 3s
path same
on s nft -f - <<-END
table inet sink {
	chain prerouting {
		type filter hook prerouting priority -400; policy accept;
		udp dport 7000 drop
	}
}
END
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=6000
done

# DELETE: what is told again is lost, too
new_flows 20000
loses 4
on A conntrack -F >/dev/null 2>&1
check "A deletes them" within 5 entries_are A 0
compared 4
between "frames that B lost" "$(lost_frames)" 3 100000
is "A has none of them" "$(entries A)" 0
# a frame that begins with something else may pass
between "B has them still, or most" "$(entries B)" 50 $flows
loses_no_more
check "B follows" within 5 entries_are B 0

# DELETE and REPAIRED: B asks in vain
new_flows 21000
drift=$(stat B repair-drift)
loses '4, 16'
on A conntrack -F >/dev/null 2>&1
check "A deletes them" within 5 entries_are A 0
check "B gives their frames up" within 20 stat_reaches B repair-drift $((drift + 1))
# a frame that begins with something else may pass
between "B has them still, or most" "$(entries B)" 50 $flows
compared 3
is "A has none of them" "$(entries A)" 0
loses_no_more
check "B follows" within 20 entries_are B 0
compared 2
is "nothing comes back" "$(entries A) $(entries B)" "0 0"
no_invalid
finish
