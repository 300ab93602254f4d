# SPDX-License-Identifier: GPL-2.0
# B missed that a connection began, and asked for it because of what A told of it later. That
# answer is late; it comes to a packet that waits for another one, and was written before what
# this packet acknowledges passed A.
# quick kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash
. tests/scenarios/lossy.bash

cluster_up hold off hold-timeout 8s split-window 10s update-interval 100ms
by_hand
path same
check "B hears of no beginning" loses '1, 2' "$no_answers"
answers_late
answers_take 3s
connects 1000 5000
check "A tells that one began" within 3 stat_is A out-insert 1
for _ in 1 2 3; do
	burst
	from_s A
done
check "it asks for what it does not know" within 3 stat_reaches A in-request 1
loses_no_more
check "and hears answers only from now on" answers_only
is "it does not know it yet" "$(entries B)" 0

answers_take 300ms
path split
from_s A
check "a packet brings it" within 3 entries_are B 1
is "and arrives" "$(arrived) $(invalid A) $(invalid B)" "5 0 0"
ahead
answers_take 4s
from_s A
check "another packet waits" within 1 stat_is B miss-parked 2
check "for its own answer" within 8 arrived_are 8
is "nothing is invalid" "$(stat B miss-healed) $(stat B miss-still-invalid) $(invalid A) $(invalid B)" "2 0 0 0"
finish
