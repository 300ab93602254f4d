# SPDX-License-Identifier: GPL-2.0
# Two nodes with one number: who has it keeps it, who comes second is up with nobody and
# does not get ready; both and the third say why, in the log too. When one of them goes
# the other takes its place.
#
#        c --- A, B --- s
#               |
#       --- sync switch ---
#               n3             which says that it is node 1, as A
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash

modprobe ctsync
topology_up
check "a switch and a third node" switch_up 3
path split
echo_server 7000
ctsync key new /tmp/key
node_up() { # ID NODE-NUMBER [words]
	local id=$1 number=$2
	shift 2
	# shellcheck disable=SC2046 # words
	tool "$(name "$id")" up node "$number" local "10.8.0.$id" $(switch_peers 10.8.0. 3 "$id") \
		key /tmp/key mark 0x1/0x1 hold all hold-timeout 2s "$@"
}
# what NODE says of the one at 10.8.0.ID: state/reason
seen() {
	tool "$1" -p show peers | awk -F '"' -v want="10.8.0.$2" '
		$2 == "address" { here = $4 == want }
		here && $2 == "state" { state = $4 }
		here && $2 == "reason" { print state "/" $4; exit }'
}
seen_is() { [ "$(seen "$1" "$2")" = "$3" ]; }
healthy() { tool "$1" health >/dev/null 2>&1; }
lines() { dmesg | grep -c 'ctsync: .*its node number is taken'; }

node_up 1 1 join-timeout 1s
node_up 2 2 join-timeout 1s
check "A and B are up" within 10 seen_is A 2 up/
within 5 seen_is B 1 up/ || check "B sees A" false
check "A is healthy" within 5 healthy A
check "B is healthy" within 5 healthy B

note "n3 comes with A's number"
before=$(lines)
node_up 3 1 join-timeout 3s
check "A says so" within 5 seen_is A 3 down/id-collision
check "B says so" within 5 seen_is B 3 down/id-collision
check "n3 says so of A" within 5 tells id-collision tool n3 show peers -j
sleep 4
is "n3 is not healthy, long after its join-timeout" "$(tool n3 health; echo $?)" \
	"$(printf 'not ready: id-collision: another node has this node'\''s number\n1')"
check "A and B are" eval 'healthy A && healthy B'
is "and in sync as before" "$(seen A 2) $(seen B 1)" "up/ up/"
check "the log has it of each" test "$(($(lines) - before))" -ge 3
is "20 flows pass" "$(udp_flows 20 7000 20000 | lost)" 0
is "acknowledged by those that are up" "$(stat A hold-flows) $(stat A release-acked) $(stat B release-acked)" "20 20 20"
is "n3 was told nothing" "$(entries n3)" 0

note "A goes"
tool A down
check "B and n3 find each other" within 10 seen_is B 3 up/
check "n3 is healthy" within 10 healthy n3
check "and has the flows" within 10 entries_are n3 20

note "both begin at once"
tool B down; tool n3 down
node_up 2 1 join-timeout 3s
node_up 3 1 join-timeout 3s
check "B says so" within 5 seen_is B 3 down/id-collision
check "and n3" within 5 seen_is n3 2 down/id-collision
sleep 4
check "neither gets ready, long after join-timeout" eval '! healthy B && ! healthy n3'
tool n3 down
check "until the other goes" within 5 healthy B
node_up 3 3 join-timeout 60s
check "or has a number of its own" within 10 seen_is B 3 up/
no_invalid
switch_down 3
finish
