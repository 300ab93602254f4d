# SPDX-License-Identifier: GPL-2.0
# Nodes that do not belong together do not come up, and say why; once put right
# they do, whatever number the other had before.
# one kernel
. tests/scenarios/lib.sh

modprobe ctsync
topology_up
path same
echo_server 7000
try() { # ID [words]: B, put otherwise
	local id=$1
	shift
	on B ctsync down 2>/dev/null
	ctsync_up B "$id" 10.9.0.2 10.9.0.1 "$@"
}
not_up() { [ "$(peer_state A)" != up ] && [ "$(peer_state B)" != up ]; }

ctsync_up A 1 10.9.0.1 10.9.0.2 cluster 5 mark 0x1/0x1 hold all join-timeout 100ms
try 2 cluster 6 mark 0x1/0x1
check "another cluster: A says so" within 3 peer_reason_is A cluster
check "and B" within 3 peer_reason_is B cluster
check "neither is up" not_up
try 1 cluster 5 mark 0x1/0x1
check "the same number: A says so" within 3 peer_reason_is A id-collision
check "and B" within 3 peer_reason_is B id-collision
check "neither is up" not_up
try 2 cluster 5 mark 0x2/0x2
check "another mark: A says so" within 3 peer_reason_is A config:mark
check "and B" within 3 peer_reason_is B config:mark
try 2 cluster 5 mark 0x1/0x3
check "another mask: A says so" within 3 peer_reason_is A config:mark
check "and B" within 3 peer_reason_is B config:mark
try 2 cluster 5 mark 0x1/0x1 mark-sync 0xf0
check "other agreed bits: A says so" within 3 peer_reason_is A config:mark-sync
check "and B" within 3 peer_reason_is B config:mark-sync
check "neither is up" not_up
is "a flow passes" "$(udp_flows 1 7000 20000 | lost)" 0
is "is not held" "$(stat A hold-flows)" 0
is "and nobody was told" "$(stat B in-insert) $(entries B)" "0 0"
is "nor is it counted as if" "$(stat A out-insert)" 0

on B ctsync set mark-sync 0
check "put right live, they come up" within 5 peers_are A up
check "both" within 5 peers_are B up
is "without a reason" "$(peer_reason A)$(peer_reason B)" ""
check "and the flow is there" within 3 entries_are B 1
on B ctsync set mark-sync 0xf0
check "made different live, they part" within 3 peer_reason_is A config:mark-sync

try 3 cluster 5 mark 0x1/0x1 hold all
check "with another number it comes up" within 5 peers_are A up
check "both" within 5 peers_are B up
tool B wait-sync timeout 10s >/dev/null # A waits for it when it is ready
is "under that number" "$(on A ctsync show peers -j | tr ',{}' '\n\n\n' | sed -n 's/^"node": *//p')" 3
is "10 flows pass" "$(udp_flows 10 7000 21000 | lost)" 0
is "held and acknowledged" "$(stat A hold-flows) $(stat A release-acked)" "10 10"
no_invalid
finish
