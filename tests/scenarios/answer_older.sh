# SPDX-License-Identifier: GPL-2.0
# The answer that B waits for was written before what another packet acknowledges passed A:
# it helps the one that asked, and the other one asks again. So does one that came when
# nobody waited any more, but an answer to an earlier question was still on its way.
# quick kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash
. tests/scenarios/lossy.bash

cluster_up hold all hold-timeout 8s split-window 10s
by_hand
path same
connects 1000 5000
speaks
check "B has the connection" within 3 entry_is B state ESTABLISHED
check "B hears answers only" answers_only
for _ in 1 2 3; do
	burst
	from_s A
done
is "A saw it all" "$(arrived) $(invalid A)" "5 0"

sync_delay 700
told=$(stat A out-update)
burst
path split
from_s A
check "A is asked" within 3 stat_is A in-request 1
check "and answers" within 1 stat_reaches A out-update $((told + 1))
ahead
from_s A
# on a busy machine the answer may be there by now, and then this shows less
note "$(stat B miss-parked) wait, $(stat B miss-healed) are answered"
check "both arrive" within 4 arrived_are 9
is "nothing is invalid" "$(stat B miss-healed) $(stat B miss-still-invalid) $(invalid A) $(invalid B)" "2 0 0 0"

answers_late
asked=$(stat A in-request)
ahead
answers_take 700ms
from_s A
check "A is asked by a third one" within 3 stat_is A in-request $((asked + 1))
answers_take 3s
from_s A
check "and by a fourth one" within 3 stat_is A in-request $((asked + 2))
check "the first answer helps both" within 3 arrived_are 13
ahead
from_s A
note "$(stat B miss-parked) wait, $(stat B miss-healed) are answered"
check "what waits when the second one comes arrives" within 8 arrived_are 16
is "nothing is invalid" "$(stat B miss-healed) $(stat B miss-still-invalid) $(invalid A) $(invalid B)" "5 0 0 0"
finish
