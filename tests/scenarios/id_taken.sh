# SPDX-License-Identifier: GPL-2.0
# A peer that errs or lies says of names that A will give next that their flows are dead. A's
# new flows get other names: each is held, acknowledged and known to B.
# quick kernel
. tests/scenarios/lib.sh

cluster_up hold all flush-interval 10ms
path same
echo_server 7000
is "a flow passes" "$(udp_flows 1 7000 20000 | lost)" 0
check "and is on B" within 3 entries_are B 1
# of names: DELETE{FORCED}, number, incarnation, origin; channel 63 is nobody's
epoch=$(peer_member A epoch)
id=$(entry A id)
dead=$(for i in {1..16}; do printf '%016x 00000001 0001 01 00 00000000 ' $((id + i)); done)
check "B, or who speaks for it, says that the next 16 are dead" \
	on B frames --to 10.9.0.1 --node 2 --epoch "$epoch" --channel 63 04 00 0014 0010 "$dead"
check "A hears it" within 3 stat_is A in-delete 16
is "10 more flows pass" "$(udp_flows 10 7000 30000 | lost)" 0
is "each is held, and acknowledged" "$(stat A entry-new) $(stat A entry-adopted) $(stat A release-acked)" "11 0 11"
check "B knows them all" within 3 entries_are B 11
no_invalid
finish
