# SPDX-License-Identifier: GPL-2.0
# The ends of node_faults, the switch of the sync link, and what happens. A line that
# begins with @ is for whoever has the power switches.
. tests/scenarios/machines/common.sh
. tests/scenarios/machines/held.bash

echo -e "netns add c\nnetns add s\nnetns add switch" | ip -batch -
check "the ends are prepared" eval '_topology_prepare_end c && _topology_prepare_end s'
card eth0 c a 01:00:02
card eth1 s a 02:00:02
card eth3 c b 01:00:02
card eth4 s b 02:00:02
card eth2 switch a 09:01:01
card eth5 switch b 09:01:02
ip_batch switch <<-END
link add name sync type bridge
link set dev sync up
link set dev a master sync up
link set dev b master sync up
END
_topology_end 1 1 | ip_batch c
_topology_end 2 2 | ip_batch s
path split
on s load serve -p 5001 --daemon >/dev/null

say() { # A|B LINE: what it answers
	local host=11
	[ "$1" = A ] || host=12
	echo "$2" | on c timeout 45 nc -w 40 10.1.0.$host 9999 2>/dev/null
}
answers() { [ "$(say "$1" 'echo here')" = here ]; }
in_sync() { [ "$(say "$1" "tool $1 wait-sync timeout 30s >/dev/null 2>&1; echo \$?")" = 0 ]; }
agree() { [ "$(say A 'table A | md5sum')" = "$(say B 'table B | md5sum')" ]; }
both_ready() {
	local node
	for node; do check "$node is there" within 90 answers "$node"; done
	for node; do check "$node is in sync" in_sync "$node"; done
	check "the tables agree" within 15 agree
}

open() { # NAME N: connections that say something each second, until let_go
	hold "$1" "$2" 30 --to 10.2.0.2 --port 5001 --every 1 --duration 350
}
# churn FIRST-PORT: 60 connections, 20 begun a second
churn() {
	on c load run --to 10.2.0.2 --port 5001 --connections 60 --parallel 30 --rate 20 \
		--timeout 20 --first-port "$1" --ports 60 >/tmp/churn
}
churned() { # [WHEN]
	is "${1:-}60 connections, of which failed" "$(awk '/^connections/ { print $2, $4 }' /tmp/churn)" "60 0"
}

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
for node in A B; do say $node 'touch /tmp/end'; done
echo "$_passed passed, $_failed failed"
[ "$_failed" = 0 ]
