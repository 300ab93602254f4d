# SPDX-License-Identifier: GPL-2.0
# Eight nodes with one switch between them: all come in sync with all, what passes two
# of them is known on every one, a packet is held until all of them have it, and when
# half of them go the others carry on.
#
#        c --- A, B --- s          A and B forward, 3 to 8 listen
#               |
#     ----- sync switch -----
#      |    |    |   ...   |
#      3    4    5         8
#
# Under soak there are sixteen, as many as a cluster may have, and frames to all go to a
# group: to each peer, their HELLOs and acknowledgements would be more packets than two
# emulated processors carry.
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash

count=$(soak_or 16 8)
group=$(soak_or 'dev cluster group 239.8.8.8' '')
half=$((count / 2))
node_up() { # ID
	# shellcheck disable=SC2046,SC2086 # words
	tool "$(name "$1")" up node "$1" local 10.8.0."$1" $(other_nodes "$1" "$count") \
		$group insecure mark 0x1/0x1 hold all hold-timeout 5s flush-interval 10ms join-timeout 60s 2>/dev/null
}

# releases NODE: how its holds ended, in one line
releases() { on "$1" ctsync stats | awk '/^release-/ && $2 { print $1, $2 }' | paste -s -d ' '; }

modprobe ctsync
topology_up
check "a switch and $((count - 2)) more nodes" switch_up "$count"
for id in $(seq $count); do
	node_up "$id" || check "node $id comes up" false
done
for id in $(seq $count); do
	on "$(name "$id")" ctsync wait-sync timeout 60s >/dev/null || check "node $id is in sync" false
	on "$(name "$id")" ctsync health >/dev/null || check "node $id is healthy" false
done
is "each sees all others" "$(for id in $(seq $count); do
	on "$(name "$id")" ctsync -j show peers | grep -o '"state":"up"' | wc -l
done | sort -u)" $((count - 1))

path split
echo_server 7000
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
done
is "50 flows on a split path" "$(udp_flows 50 7000 20000 | lost)" 0
# shellcheck disable=SC2046 # numbers
check "all know them" within 20 everywhere 50 $(seq $count)
for node in A B; do
	is "every packet that $node held was acknowledged by all" "$(releases $node)" \
		"release-acked $(stat $node hold-flows)"
done

note "the upper half goes"
for id in $(seq $((half + 1)) $count); do
	on "$(name "$id")" ctsync down
done
is "50 flows more" "$(udp_flows 50 7000 21000 | lost)" 0
# shellcheck disable=SC2046 # numbers
check "those that stay know them" within 20 everywhere 100 $(seq $half)
is "nobody's deadline passed" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
on n3 conntrack -D -p udp --orig-port-src 20000 >/dev/null 2>&1
# shellcheck disable=SC2046 # numbers
check "what one deletes is gone from all" within 20 everywhere 99 $(seq $half)

no_invalid
switch_down "$count"
finish
