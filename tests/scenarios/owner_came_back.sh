# SPDX-License-Identifier: GPL-2.0
# A connection through A is quiet. A loses its power and comes back with the copy that B has,
# in which the last words of the client are missing. Then the server acknowledges them
# through B. There is somebody to ask again, who knows nothing: B takes the direction over as
# if A were dead, once.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

cluster_up hold all
by_hand
path same
connects 1000 5000
speaks
check "B knows the connection" within 3 entry_is B state ESTABLISHED
become_the_same "the tables are the same" 5
ip -n A link set dev sync down
from_c PA --len 100
c_next=$((c_next + 100))
already=$(arrived)

note "A loses its power, and comes back"
check "B misses it" within 5 peers_are B down
on A ctsync down
on A conntrack -F 2>/dev/null
ip -n A link set dev sync up
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all
check "A is in sync" on A ctsync wait-sync timeout 20s
check "and has a copy" entry_is A state ESTABLISHED

path other
from_s PA --len 100
s_next=$((s_next + 100))
check "what acknowledges data that only A saw arrives" within 3 arrived_are $((already + 1))
is "B believed it" "$(stat B miss-adopted) $(stat B miss-parked) $(invalid B)" "1 1 0"
from_c A
speaks
is "and the connection goes on" "$(arrived) $(invalid B)" "$((already + 2)) 0"

note "it is no licence"
said=$c_next
c_next=$((said + 100000)) # as near as a takeover may be, and beyond the window
from_s PA --len 100
c_next=$said
speaks
check "what acknowledges more than the client said is invalid" within 5 eval '[ "$(invalid B)" = 1 ]'
is "and was not believed" "$(arrived) $(stat B miss-adopted)" "$((already + 3)) 1"
is "nothing else was invalid" "$(invalid A)" 0
finish
