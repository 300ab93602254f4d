# SPDX-License-Identifier: GPL-2.0
# What a helper expects ends, and the one frame that says so is lost: it is told again,
# so the other node does not expect it for minutes more. The same for the frame that
# brings the expectation, for which a packet waits.
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/lossy.bash
. tests/scenarios/tftp.bash

lose_one() { loses "$1" 'limit rate 1/day burst 1 packets'; } # TYPE

cluster_up hold all hold-timeout 5s flush-interval 10ms
path same

lose_one '1'
tftp_ask
check "A expects an answer" within 3 conntrack_count_is 1 A expect
check "the frame that says so to B was lost" within 3 eval '[ "$(lost_frames)" = 1 ]'
check "and B expects it all the same" within 3 conntrack_count_is 1 B expect
check "the packet waited for that" within 3 stat_is A release-acked 1
is "not for its deadline" "$(stat A release-deadline)" 0
loses_no_more

told=$(stat A repair-told)
lose_one 10
on A conntrack -F expect >/dev/null 2>&1
check "A expects nothing more" within 3 conntrack_count_is 0 A expect
check "the frame that says so to B was lost" within 3 eval '[ "$(lost_frames)" = 1 ]'
check "and B expects nothing all the same" within 5 conntrack_count_is 0 B expect
is "as it was told again" "$(stat A repair-told) $(stat A out-expect-del) $(stat B expect-deleted)" "$((told + 1)) 2 1"
loses_no_more
no_invalid
finish
