# SPDX-License-Identifier: GPL-2.0
# A node that joins a busy pair over a slow link tells the truth of itself until it has
# the table, and the pair's traffic does not suffer; all at once, none waits for another
# for ever; a lone one is ready after join-timeout.
#
#        c --- A, B --- s
#               |
#       --- sync switch ---
#               n3             behind a slow port
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash

flows=$(soak_or 20000 3000)

modprobe ctsync
topology_up
check "a switch and a third node" switch_up 3
path split
echo_server 7000
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
done
node_up() { # ID [words]
	local id=$1
	shift
	[ $# -gt 0 ] || set -- join-timeout 60s
	# shellcheck disable=SC2046 # words
	tool "$(name "$id")" up node "$id" local "10.8.0.$id" $(switch_peers 10.8.0. 3 "$id") \
		insecure mark 0x1/0x1 hold all hold-timeout 2s "$@" 2>/dev/null
}
health() { tool "$1" health "${@:2}" 2>&1; echo $?; }
healthy() { tool "$1" health >/dev/null 2>&1; }

note "a lone node"
node_up 1 join-timeout 4s
is "is not healthy at first" "$(health A)" "$(printf 'not ready: joining: waiting for the peers or for join-timeout\n1')"
is "wait-sync does not wait longer than it is told" "$(tool A wait-sync timeout 200ms >/dev/null 2>&1; echo $?)" 1
check "is healthy after join-timeout" within 8 healthy A
check "but not if one is strict" eval '! tool A health strict >/dev/null 2>&1'
tool A down

note "all at once"
node_up 1; node_up 2; node_up 3
for id in 1 2 3; do
	check "$(name $id) is in sync, long before join-timeout" tool "$(name $id)" wait-sync timeout 15s
	check "and healthy" healthy "$(name $id)"
done
check "strictly, too" within 5 tool A health strict
tool n3 down
check "one is gone: A is healthy, strictly not" eval 'healthy A && within 3 eval "! tool A health strict >/dev/null 2>&1"'

note "n3 joins, slowly"
is "$flows flows" "$(udp_flows "$flows" 7000 1024 | lost)" 0
on n3 conntrack -F 2>/dev/null
on switch tc qdisc replace dev p3 root netem rate 1mbit limit 10000
begun=$(stat A bulk-begun) acked=$(stat A release-acked) held=$(stat A hold-flows)
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 50000 --ports 500 --count 1500 --interval 0.01 >/tmp/busy &
busy=$!
node_up 3
looks=0 began=$SECONDS
until healthy n3 || [ $((SECONDS - began)) -ge "$(soak_or 120 30)" ]; do
	looks=$((looks + 1))
done
note "ready after $((SECONDS - began)) s"
is "no copy of a table was begun twice, or broken off" \
	"$(stat n3 bulk-begun) $(stat A bulk-begun) $(stat A bulk-resumed)" "2 $((begun + 1)) 0"
# what it has when it says that it is ready
has=$(entries n3)
# by each of the two once, and a few for lost frames and for flows that begin
between "it was told each flow no more than twice" "$(stat n3 in-insert)" $((2 * flows)) $((22 * (flows + 500) / 10))
check "n3 said for a while that it is not ready ($looks times)" test "$looks" -ge 5
between "and has the table when it says it is" "$has" "$flows" $((flows + 500))
check "wait-sync says the same" tool n3 wait-sync timeout 1s
wait $busy
is "nothing of the traffic was lost" "$(lost </tmp/busy)" 0
is "nothing that the pair held waited until its deadline" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
is "each hold was acknowledged" "$(($(stat A release-acked) - acked))" "$(($(stat A hold-flows) - held))"
on switch tc qdisc del dev p3 root
check "all have all" within 20 everywhere $((flows + 500)) 1 2 3
no_invalid
switch_down 3
finish
