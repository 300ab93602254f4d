# SPDX-License-Identifier: GPL-2.0
# A flow on one path becomes split in mid-stream, then ceases to be: both nodes
# say so, once each. B, which sees no packet afterwards, has nothing to judge by.
. tests/scenarios/lib.sh

cluster_up hold all
path same
on s load serve -p 5001 --daemon >/dev/null
start c load hold-open --to 10.2.0.2 --port 5001 --connections 1 --every 0.1 --duration 90 \
	--ready /tmp/ready >/tmp/open
within 3 test -e /tmp/ready
check "B has the flow" within 3 entry_is B state ESTABLISHED
sleep 1.5
is "one path: not split" "$(entry A split) $(entry B split)" "false false"
is "and never was" "$(stat A split-began) $(stat B split-began)" "0 0"
path split
check "split paths: A says so" within 3 entry_is A split true
check "and B" within 3 entry_is B split true
sleep 1
is "it stays so" "$(entry A split) $(entry B split)" "true true"
is "it began once" "$(stat A split-began) $(stat B split-began)" "1 1"
is "it did not end" "$(stat A split-ended) $(stat B split-ended)" "0 0"
path same
check "one path again: A says so" within 3 entry_is A split false
sleep 1
is "it stays so" "$(entry A split)" false
is "it began and ended once" "$(stat A split-began) $(stat A split-ended)" "1 1"
kill "$started"
wait "$started"
is "the connection worked all the time" "$(awk '/^connections/ { print $4, $6 }' /tmp/open)" "1 0"
is "nothing was sent again" "$(retransmitted c) $(retransmitted s)" "0 0"
no_invalid
finish
