# SPDX-License-Identifier: GPL-2.0
# Of what A says of a flow on a split path B hears nothing but what A tells again, which
# is no evidence that the path is split; and then the last acknowledgement, which makes it
# split for B when the connection is over. Both know that it is.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash
. tests/scenarios/lossy.bash

# frames whose first message is of a flow (INSERT, UPDATE, UPDATE_C), and no copy; of an
# UPDATE_C the state is not yet FIN of the client, acknowledged (7)
first_words_lost() {
	loses '1, 2' '@th,520,8 & 2 == 0' && loses 3 '@th,520,8 & 2 == 0 @th,544,8 < 7'
}

cluster_up hold off
link_delay 20
path split
by_hand
check "B hears copies only" first_words_lost
connects 1000 5000
check "the server answered" within 3 arrived_are 1
for _ in 1 2; do
	from_s PA --len 100
	s_next=$((s_next + 100))
	from_c A
done
check "and spoke" within 3 arrived_are 3
is "the path is split, which B has not heard" "$(entry A split) $(entry B split)" "true false"

from_c FA
c_next=$((c_next + 1))
from_s A
check "A knows that the client's FIN is acknowledged" within 3 state_is A CLOSE_WAIT
# the client's acknowledgement of the server's FIN comes sooner to A than B's word of the FIN
tool B set flush-interval 1s
from_s FA
s_next=$((s_next + 1))
from_c A
check "B heard that the path is split" within 3 entry_is B split true
for node in A B; do
	check "$node knows that it is over" within 3 entry_is $node state TIME_WAIT
done
no_invalid
finish
