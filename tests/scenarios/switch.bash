# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Nodes on one switch (sourced, after lib.sh): A and B of topology.sh are the first two,
# n3, n4, ... stand beside them and forward nothing. Each has the device `cluster`, with
# 10.8.0.ID and fd00:8::ID; a link-local address is fe80::ff:fe08:ID. The switch is a
# bridge in a namespace of its own, its port to node ID is pID.
#
#        c --- A, B --- s
#               |
#     ----- sync switch -----
#      |    |    |   ...
#      3    4    5

# The name of node ID.
name() { case $1 in 1) echo A ;; 2) echo B ;; *) echo "n$1" ;; esac; }

# The words for all nodes but ID as its peers, of COUNT.
# shellcheck disable=SC2046 # numbers
other_nodes() { printf 'peer 10.8.0.%s\n' $(seq "$2") | grep -v "\.$1$"; }

switch_up() { # COUNT: of nodes, A and B included
	local id hex
	for id in $(seq 3 "$1"); do
		echo "netns add ${TOPOLOGY_PREFIX}n$id"
	done | ip -batch - && ip netns add "${TOPOLOGY_PREFIX}switch" || return 1
	for id in $(seq 3 "$1"); do
		_topology_prepare_node "n$id"
		# conntrack, but no rules: nothing passes them
		echo 'table inet fw { chain input { type filter hook input priority 0; ct state invalid drop; }; }' |
			on "n$id" nft -f - || return 1
	done
	for id in $(seq "$1"); do
		printf -v hex %02x "$id"
		_topology_link "$(name "$id")" cluster "08:00:$hex" switch "p$id" "08:01:$hex"
	done | ip -batch - || return 1
	{
		echo link add name bridge type bridge mcast_snooping 0
		echo link set dev bridge up
		for id in $(seq "$1"); do
			echo "link set dev p$id master bridge up"
		done
	} | ip_batch switch || return 1
	for id in $(seq "$1"); do
		ip_batch "$(name "$id")" <<-END
		link set dev lo up
		link set dev cluster up
		address add 10.8.0.$id/24 dev cluster
		address add fd00:8::$id/64 dev cluster nodad
		END
	done
}

switch_down() { # COUNT
	local id
	for id in $(seq 3 "$1"); do
		tool "n$id" down 2>/dev/null
		echo "netns delete ${TOPOLOGY_PREFIX}n$id"
	done | ip -batch -
	ip netns delete "${TOPOLOGY_PREFIX}switch"
}

# switch_peers PREFIX COUNT ID: "peer PREFIX1 peer PREFIX2 ..." without ID's own
switch_peers() {
	local id
	for id in $(seq "$2"); do
		[ "$id" = "$3" ] || printf 'peer %s%x ' "$1" "$id"
	done
}

# Each node's number of entries, in a word if they are the same.
entries_everywhere() {
	local id
	for id in "$@"; do
		entries "$(name "$id")"
	done | sort -u | tr '\n' ' '
}
everywhere() { # COUNT ID... (for within)
	local count=$1
	shift
	[ "$(entries_everywhere "$@")" = "$count " ]
}
