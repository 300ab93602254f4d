# SPDX-License-Identifier: GPL-2.0
# What happens in node_faults.
. tests/scenarios/machines/pair.bash

both_ready A B
open all 40

note "clocks jump"
jump() { # A|B SECONDS
	say "$1" "date -s @\$((\$(date +%s) + $2)) >/dev/null; echo done" >/dev/null
}
port=20000
for step in 'A 86400' 'B -86400' 'A -172800' 'B 315360000'; do
	churn $port & busy=$!
	read -rt 1 -u "$_silence"
	# shellcheck disable=SC2086 # words
	jump $step
	wait $busy
	churned "$step seconds: "
	# the same ports, twice: an entry that is made anew after a jump back is believed
	[ "$step" = 'B -86400' ] || port=$((port + 100))
done
check "the tables agree" within 15 agree

note "B's power is cut"
churn 21000 & busy=$!
read -rt 1 -u "$_silence"
echo "@cut B"
path same # as a router would find
wait $busy
churned
echo "@boot B"
both_ready B
path split
churn 21100
churned

note "A's power is cut"
churn 21200 & busy=$!
read -rt 1 -u "$_silence"
echo "@cut A"
path other
wait $busy
churned
echo "@boot A"
both_ready A
path split
churn 21300
churned
check "the tables agree" within 15 agree
let_go all 40 20

note "both at once"
echo "@cut A"
echo "@cut B"
echo "@boot A"
echo "@boot B"
both_ready A B
open again 40
churn 21400
churned
let_go again 40 20
check "the tables agree" within 15 agree

note "B is set back to what it was before"
open over 20
open still 40
say B 'echo "vm: remember" >/dev/kmsg'
for port in 21500 21600 21700; do
	churn $port
	churned
done
# what B remembers as open has ended
let_go over 20 20
churn 21800 & busy=$!
echo 'echo "vm: go back" >/dev/kmsg' | on c timeout 2 nc -w 1 10.1.0.12 9999 >/dev/null 2>&1
path same
wait $busy
churned
redrew() { [ "$(say B 'stat B epoch-redrawn')" = 1 ]; }
check "B notices" within 90 redrew
both_ready A B
path split
churn 21900
churned
let_go still 40 20
check "the tables agree" within 15 agree
pair_ends
