# SPDX-License-Identifier: GPL-2.0
# Of three nodes the third one missed that a connection began, and asks A for it. The answer
# goes to all, and is on its way for long: it comes to B as a packet waits there, and was
# written before what this acknowledges passed A.
# quick kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash
. tests/scenarios/segments.bash
sync_link=cluster address_of_A=10.8.0.1
. tests/scenarios/lossy.bash

modprobe ctsync
topology_up
check "a switch and a third node" switch_up 3
for id in 1 2 3; do
	# shellcheck disable=SC2046 # words
	tool "$(name $id)" up node $id local 10.8.0.$id $(other_nodes $id 3) \
		insecure mark 0x1/0x1 hold off hold-timeout 4s split-window 20s update-interval 100ms flush-interval 10ms 2>/dev/null
done
for id in 1 2 3; do
	on "$(name $id)" ctsync wait-sync timeout 20s >/dev/null || check "node $id is in sync" false
done
# a node that came up before another asked about what that one's kernel refused of its frames
on B ctsync stats reset
by_hand
path same
node_loses n3 '1, 2' "$no_answers"
answers_wait
connects 1000 5000
check "B knows the connection" within 3 entry_is B state ESTABLISHED
since=$SECONDS
answers_only
for _ in 1 2 3; do
	burst
	from_s A
done
check "the third node asks for it" within 3 stat_reaches A in-request 1
node_loses n3 '1, 2, 3' "$no_answers"
answers_part
# B has not asked within hold-timeout, and its copy is older
until [ $((SECONDS - since)) -gt 5 ]; do sleep 0.2; done
asked=$(stat A in-request)
ahead
from_s A
check "B asks for its packet" within 3 stat_is A in-request $((asked + 1))
answers_go
check "and hears an answer" within 3 stat_reaches B in-insert 2
answers_go_all
check "and its own" within 3 arrived_are 7
is "nothing is invalid" "$(stat B miss-healed) $(stat B miss-still-invalid) $(invalid A) $(invalid B)" "1 0 0 0"
switch_down 3
finish
