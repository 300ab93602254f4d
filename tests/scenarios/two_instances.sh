# SPDX-License-Identifier: GPL-2.0
# Two clusters in one kernel, with the same node numbers and the same tuples,
# other cluster numbers and ports: each has its own and nothing of the other's.
# one kernel
. tests/scenarios/lib.sh

modprobe ctsync
for TOPOLOGY_PREFIX in x y; do
	topology_up
	path same
	echo_server 7000
done
up() { # PREFIX CLUSTER PORT
	TOPOLOGY_PREFIX=$1
	ctsync_up A 1 10.9.0.1 10.9.0.2 cluster "$2" port "$3" mark 0x1/0x1 hold all
	ctsync_up B 2 10.9.0.2 10.9.0.1 cluster "$2" port "$3" mark 0x1/0x1 hold all
}
up x 1 24240
up y 2 24241
for TOPOLOGY_PREFIX in x y; do
	check "$TOPOLOGY_PREFIX: both see each other" within 5 peers_are A up
	within 5 peers_are B up
done

TOPOLOGY_PREFIX=x
is "30 flows pass x" "$(udp_flows 30 7000 20000 | lost)" 0
check "they are on its B" within 5 entries_are B 30
TOPOLOGY_PREFIX=y
is "y knows nothing of them" "$(entries A) $(entries B) $(stat A hold-flows)" "0 0 0"
is "50 flows with the same tuples pass y" "$(udp_flows 50 7000 20000 | lost)" 0
check "they are on its B" within 5 entries_are B 50
is "y's counts" "$(stat A hold-flows) $(stat A release-acked) $(stat B insert-created)" "50 50 50"
TOPOLOGY_PREFIX=x
is "x's counts" "$(stat A hold-flows) $(stat A release-acked) $(stat B insert-created)" "30 30 30"
on A conntrack -F >/dev/null 2>&1
check "flushed on x's A: gone on x's B" within 5 entries_are B 0
TOPOLOGY_PREFIX=y
is "y has all of its own" "$(entries A) $(entries B)" "50 50"

TOPOLOGY_PREFIX=x
on A ctsync down
on B ctsync down
topology_down
TOPOLOGY_PREFIX=y
is "x gone, y goes on" "$(udp_flows 10 7000 30000 | lost)" 0
is "and syncs" "$(stat A release-acked)" 60
for node in A B; do
	is "nothing strange came to y's $node" "$(on $node ctsync stats -j | tr ',{}' '\n\n\n' |
		awk -F: '/"(drop|skip)-/ && $2 > 0 && !/hello-rate|unproven/')" ""
done
no_invalid
finish
