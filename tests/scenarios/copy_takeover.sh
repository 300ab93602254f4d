# SPDX-License-Identifier: GPL-2.0
# A connection was there before B came up, so all that B knows of it came as a copy. The
# client's next words pass A, too few to be told. Then A loses its power, and the server
# acknowledges them through B, which believes it: the last word was A's, if only a copy.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

cluster_up hold all update-interval 60s
by_hand
path same
on B ctsync down
check "A is alone" within 5 peers_are A down
connects 1000 5000
speaks
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all update-interval 60s
check "B is in sync" on B ctsync wait-sync timeout 20s
check "and has a copy" entry_is B state ESTABLISHED
from_c PA --len 100
c_next=$((c_next + 100))
already=$(arrived)
ip -n A link set dev sync down
check "B misses A" within 5 peers_are B down

path other
from_s PA --len 100
s_next=$((s_next + 100))
check "what acknowledges data that only A saw arrives" within 3 arrived_are $((already + 1))
is "B believed it" "$(stat B miss-adopted) $(invalid B)" "1 0"
from_c A
speaks
is "and the connection goes on" "$(arrived) $(invalid A) $(invalid B)" "$((already + 2)) 0 0"
finish
