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
# With count=16, as many as a cluster may have, it passes on a machine that does nothing
# else. Their HELLOs alone are 4,800 packets a second for its two emulated processors.
. tests/scenarios/lib.sh

count=8
half=$((count / 2))
nodes=$(seq 3 $count)
name() { case $1 in 1) echo A ;; 2) echo B ;; *) echo "n$1" ;; esac; }

switch_up() {
	local id hex
	for id in $nodes; do
		echo "netns add ${TOPOLOGY_PREFIX}n$id"
	done | ip -batch - && ip netns add "${TOPOLOGY_PREFIX}switch" || return 1
	for id in $nodes; do
		# conntrack, but no rules: nothing passes them
		echo 'table inet fw { chain input { type filter hook input priority 0; ct state invalid drop; }; }' |
			on "n$id" nft -f - || return 1
	done
	for id in $(seq $count); do
		printf -v hex %02x "$id"
		_topology_link "$(name "$id")" cluster "08:00:$hex" switch "p$id" "08:01:$hex"
	done | ip -batch - || return 1
	{
		echo link add name bridge type bridge
		echo link set dev bridge up
		for id in $(seq $count); do
			echo "link set dev p$id master bridge up"
		done
	} | ip_batch switch || return 1
	for id in $(seq $count); do
		ip_batch "$(name "$id")" <<-END
		link set dev lo up
		link set dev cluster up
		address add 10.8.0.$id/24 dev cluster
		END
	done
}
node_up() { # ID
	local peers
	peers=$(printf 'peer 10.8.0.%s\n' $(seq $count) | grep -v "\.$1$")
	# shellcheck disable=SC2086 # words
	on "$(name "$1")" ctsync up node "$1" local 10.8.0."$1" $peers insecure mark 0x1/0x1 hold all \
		hold-timeout 5s flush-interval 10ms join-timeout 60s 2>/dev/null
}
# each node's entries, in a word if they are the same
entries_everywhere() {
	local id
	for id in "$@"; do
		entries "$(name "$id")"
	done | sort -u | tr '\n' ' '
}
everywhere() { # COUNT ID...
	local count=$1
	shift
	[ "$(entries_everywhere "$@")" = "$count " ]
}

modprobe ctsync
topology_up
check "a switch and $((count - 2)) more nodes" switch_up
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
	is "every packet that $node held was acknowledged by all" \
		"$(stat $node hold-flows) $(stat $node release-deadline)" "$(stat $node release-acked) 0"
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
for id in $nodes; do
	on "n$id" ctsync down 2>/dev/null
	echo "netns delete ${TOPOLOGY_PREFIX}n$id"
done | ip -batch -
ip netns delete "${TOPOLOGY_PREFIX}switch"
finish
