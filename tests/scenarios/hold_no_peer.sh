# SPDX-License-Identifier: GPL-2.0
# With no peer that could acknowledge, nothing is held and nothing waits: while
# the peer was never there, while it is on standby, and after it went away. A
# timeout of ten seconds makes any hold a lost answer.
. tests/scenarios/lib.sh

modprobe ctsync
topology_up
path same
echo_server 7000

ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 10s
is "20 flows pass without a peer" "$(udp_flows 20 7000 20000 | lost)" 0
is "they are synced flows" "$(stat A entry-new)" 20

ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all role standby
check "both see each other" within 5 peers_are A up
is "20 flows pass with the peer on standby" "$(udp_flows 20 7000 21000 | lost)" 0
check "the peer gets them all the same" within 5 entries_are B 40
is "nothing was held until now" "$(stat A hold-flows)" 0

on B ctsync role active
sleep 0.3 # three HELLOs
is "20 flows pass with the peer active" "$(udp_flows 20 7000 22000 | lost)" 0
is "those were held" "$(stat A hold-flows) $(stat A release-acked)" "20 20"

on B ctsync down
check "A misses B" within 3 peers_are A down
is "20 flows pass after the peer went" "$(udp_flows 20 7000 23000 | lost)" 0
is "nothing more was held" "$(stat A hold-flows) $(stat A hold-packets)" "20 20"
no_invalid
finish
