# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The topology of topology.sh on two machines (sourced). What was a pair of
# virtual links between them are network cards, one emulated wire each:
#
#   machine 1                                  machine 2
#   .-------.  veth  .-----.  sync   eth0      .-----.  veth  .-------.
#   |   c   |--------|  A  |-------------------|  B  |--------|   s   |
#   '-------' a      '-----'                   '-----'      b '-------'
#       | b             | server eth2             | client        | a
#       '---------------+---------- eth1 ---------'               |
#                       '-----------------------------------------'
#
# Client to server goes through A, server to client through B.
. tests/scenarios/lib.sh

# A card becomes a link of a node: card NAME NODE LINK MAC
card() {
	within 10 test -e "/sys/class/net/$1" || check "the card $1 is there" false
	ip link set dev "$1" down
	ip link set dev "$1" address "02:00:00:$4"
	ip link set dev "$1" name "$3" netns "$2"
}

# half END FIREWALL: the two nodes of this machine
half() {
	local pid pids=()
	echo -e "netns add $1\nnetns add $2" | ip -batch - || return 1
	_topology_prepare_end "$1" & pids+=($!)
	_topology_prepare_firewall "$2" & pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid" || return 1
	done
}
