# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# A client, two firewalls and a server as network namespaces (sourced).
#
#              10.1.0.11 .---------. 10.2.0.11
#             .----------|    A    |----------.
#        a   /    client '---------' server    \   a
#   .-------'                 | sync 10.9.0.1   '-------.
#   |   c   | 10.1.0.2        |        10.2.0.2 |   s   |
#   '-------.                 | sync 10.9.0.2   .-------'
#        b   \    client .---------. server    /   b
#             '----------|    B    |----------'
#              10.1.0.12 '---------' 10.2.0.12
#
# IPv6 likewise: fd00:1::2, ::11, ::12; fd00:2::2, ::11, ::12; fd00:9::1, ::2.
#
# Client and server have a link of its own to each firewall, with the same
# address on both: which way a direction takes is then one route at its sender,
# and no bridge adds to the path. Firewalls have both networks directly, so
# they need no route. MAC addresses and neighbours are fixed: no packet of a
# test waits for ARP or neighbour discovery.
#
# Segmentation and checksum offloads stay on, as on real machines.
#
# Set TOPOLOGY_PREFIX before topology_up to have several at once; node names in
# arguments are without it.

TOPOLOGY_PREFIX=${TOPOLOGY_PREFIX:-}

# Runs a command in a node: on A conntrack -L. Its /sys stays that of the machine:
# `ip netns exec` would mount another one, which takes a quarter of a second under
# emulation, and nsenter takes three times as long to start as tests/tools/enter.c.
on() {
	local node=$1
	shift
	enter "$TOPOLOGY_PREFIX$node" "$@"
}

# Starts a command in a node, beside the script; $started is its process, to be
# killed (that of `on ... &` is a shell, which leaves its command behind).
# shellcheck disable=SC2034 # $started is the caller's
start() {
	local node=$1
	shift
	enter "$TOPOLOGY_PREFIX$node" "$@" & started=$!
}

# Runs ip's commands from stdin in a node; four times quicker than one by one.
ip_batch() {
	ip -n "$TOPOLOGY_PREFIX$1" -batch -
}

# The ruleset of a firewall; a test that wants another one redefines topology_rules. The
# chain for invalid packets is where they are lost: what counts as invalid in
# the end is what the ruleset sees, after every hook of conntrack and ctsync.
plain_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		set refused {
			type ipv4_addr . inet_service . inet_service
			size 32; flags dynamic
		}
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid update @refused { ip saddr . tcp sport . tcp dport }
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new meta l4proto { tcp, udp, icmp, ipv6-icmp } ct mark set ct mark or 0x1 accept
		}
	}
	END
}
topology_rules() { plain_rules; }

# Before the links exist: default.* is what a new interface starts with. No
# duplicate address detection, or IPv6 addresses would be of no use for a second.
_topology_prepare_node() {
	on "$1" sysctl -q \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.router_solicitations=0
}

_topology_prepare_firewall() {
	_topology_prepare_node "$1"
	# a rule that looks at conntrack switches it on in this namespace
	topology_rules | on "$1" nft -f -
	on "$1" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_be_liberal=0
}

# Ports and TIME_WAIT for tens of thousands of connections, see tests/tools/load.c.
_topology_prepare_end() {
	_topology_prepare_node "$1"
	on "$1" sysctl -q net.ipv4.ip_local_port_range='1024 65535' net.ipv4.tcp_tw_reuse=1 \
		net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535
}

# One end's addresses: NODE NETWORK (1 client's, 2 server's).
_topology_end() {
	cat <<-END
	link set dev lo up
	link set dev a up
	link set dev b up
	address add 10.$2.0.2/24 dev a
	address add 10.$2.0.2/32 dev b
	route add 10.$2.0.12/32 dev b src 10.$2.0.2
	address add fd00:$2::2/64 dev a nodad
	address add fd00:$2::2/128 dev b nodad
	route add fd00:$2::12/128 dev b
	neigh replace 10.$2.0.11 lladdr 02:00:00:0$2:00:11 dev a nud permanent
	neigh replace 10.$2.0.12 lladdr 02:00:00:0$2:00:12 dev b nud permanent
	neigh replace fd00:$2::11 lladdr 02:00:00:0$2:00:11 dev a nud permanent
	neigh replace fd00:$2::12 lladdr 02:00:00:0$2:00:12 dev b nud permanent
	END
}

# One firewall's addresses: HOST (11 or 12) SYNC (its number on the sync link).
_topology_firewall() {
	cat <<-END
	link set dev lo up
	link set dev client up
	link set dev server up
	link set dev sync up
	address add 10.1.0.$1/24 dev client
	address add 10.2.0.$1/24 dev server
	address add 10.9.0.$2/24 dev sync
	address add fd00:1::$1/64 dev client nodad
	address add fd00:2::$1/64 dev server nodad
	address add fd00:9::$2/64 dev sync nodad
	neigh replace 10.1.0.2 lladdr 02:00:00:01:00:02 dev client nud permanent
	neigh replace 10.2.0.2 lladdr 02:00:00:02:00:02 dev server nud permanent
	neigh replace fd00:1::2 lladdr 02:00:00:01:00:02 dev client nud permanent
	neigh replace fd00:2::2 lladdr 02:00:00:02:00:02 dev server nud permanent
	END
	# the other firewall on the sync link is 3 - SYNC
	cat <<-END
	neigh replace 10.9.0.$((3 - $2)) lladdr 02:00:00:09:00:0$((3 - $2)) dev sync nud permanent
	neigh replace fd00:9::$((3 - $2)) lladdr 02:00:00:09:00:0$((3 - $2)) dev sync nud permanent
	END
}

# A link line of ip -batch: NODE NAME MAC NODE NAME MAC. A bare "a" would be
# taken for "address": names always follow "name" or "dev".
_topology_link() {
	echo "link add name $2 address 02:00:00:$3 netns $TOPOLOGY_PREFIX$1 type veth" \
		"peer name $5 address 02:00:00:$6 netns $TOPOLOGY_PREFIX$4"
}

# Builds all of it, with both directions through A. Non-zero if a part failed.
topology_up() {
	local node pid pids=()
	for node in c A B s; do
		echo "netns add $TOPOLOGY_PREFIX$node"
	done | ip -batch - || return 1
	# The parts do not depend on each other; starting programs is what takes time.
	_topology_prepare_end c & pids+=($!)
	_topology_prepare_end s & pids+=($!)
	_topology_prepare_firewall A & pids+=($!)
	_topology_prepare_firewall B & pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid" || return 1
	done
	{
		_topology_link c a 01:00:02 A client 01:00:11
		_topology_link c b 01:00:02 B client 01:00:12
		_topology_link s a 02:00:02 A server 02:00:11
		_topology_link s b 02:00:02 B server 02:00:12
		_topology_link A sync 09:00:01 B sync 09:00:02
	} | ip -batch - &&
		_topology_end 1 1 | ip_batch c && _topology_end 2 2 | ip_batch s &&
		_topology_firewall 11 1 | ip_batch A && _topology_firewall 12 2 | ip_batch B &&
		path same
}

# Ends what runs in the namespaces and removes them; quiet if there is nothing.
topology_down() {
	local node process
	for process in /proc/[1-9]*; do
		for node in c A B s; do
			[ "$process/ns/net" -ef "/run/netns/$TOPOLOGY_PREFIX$node" ] &&
				kill -KILL "${process#/proc/}"
		done
	done 2>/dev/null
	for node in c A B s; do
		[ ! -e "/run/netns/$TOPOLOGY_PREFIX$node" ] ||
			echo "netns delete $TOPOLOGY_PREFIX$node"
	done | ip -batch - 2>/dev/null
	return 0
}

# The routes of one direction: NODE FIREWALL, at its sender.
_topology_route() {
	local own=1 other=2 link=a host=11
	[ "$1" = c ] || { own=2 other=1; }
	[ "$2" = A ] || { link=b host=12; }
	ip_batch "$1" <<-END
	route replace 10.$other.0.0/24 via 10.$own.0.$host dev $link src 10.$own.0.2 onlink
	route replace fd00:$other::/64 via fd00:$own::$host dev $link src fd00:$own::2
	END
}

# Which firewall each direction passes, for every protocol, live:
#        client to server   server to client
# same          A                  A
# other         B                  B
# split         A                  B
# swap          B                  A
path() {
	case $1 in
	same) _topology_route c A && _topology_route s A ;;
	other) _topology_route c B && _topology_route s B ;;
	split) _topology_route c A && _topology_route s B ;;
	swap) _topology_route c B && _topology_route s A ;;
	*) echo "path: '$1' is not same, other, split or swap" >&2 && return 2 ;;
	esac
}

# netem's queue is long: it must delay, not drop.
_topology_delay() {
	local node=$1 link=$2 ms=$3
	if [ "$ms" = 0 ]; then
		# fails when there was no delay
		ip netns exec "$TOPOLOGY_PREFIX$node" tc qdisc del dev "$link" root 2>/dev/null || :
	else
		on "$node" tc qdisc replace dev "$link" root netem delay "${ms}ms" limit 100000
	fi
}

# Delay of the sync link in ms, each way; 0 for none.
sync_delay() {
	_topology_delay A sync "$1" && _topology_delay B sync "$1"
}

# Delay of each client and server link in ms, each way: a round trip between
# client and server crosses four of them.
link_delay() {
	local node
	for node in c s; do
		_topology_delay "$node" a "$1" && _topology_delay "$node" b "$1" || return 1
	done
	for node in A B; do
		_topology_delay "$node" client "$1" && _topology_delay "$node" server "$1" || return 1
	done
}

# A network card with several queues hands all packets of one direction of a flow to
# one CPU; veth hands each to the CPU that sent it, so that segments overtake each
# other wherever their sender or a timer of netem changes CPU. Where order is measured
# receive packet steering does what the card does.
flows_keep_their_cpu() {
	local node
	for node in c A B s; do
		# its own /sys, which `on` does not have
		ip netns exec "$TOPOLOGY_PREFIX$node" bash -c '
			for cpus in /sys/class/net/*/queues/rx-0/rps_cpus; do
				echo 3 >"$cpus"
			done'
	done
}

# Packets that a firewall's ruleset dropped as invalid.
invalid() {
	[[ $(on "$1" nft list counter inet fw invalid) =~ packets\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# What they were, of TCP over IPv4, as far as the set has room.
invalid_segments() {
	on "$1" nft list set inet fw refused 2>/dev/null | sed -n '/elements/,/}/p'
}

# Segments that a node's TCP sent again.
retransmitted() {
	# shellcheck disable=SC2016 # awk's own variables
	on "$1" awk '$1 == "Tcp:" && !n { n = split($0, name); next }
		$1 == "Tcp:" { for (i = 1; i <= n; i++) if (name[i] == "RetransSegs") print $i }' \
		/proc/net/snmp
}

# Packets on the sync link and bytes of UDP payload in them, both ways, IPv4:
# what a packet has before its payload is 14 + 20 + 8 bytes.
sync_traffic() {
	{
		on A cat /proc/net/dev
		on B cat /proc/net/dev
	} | awk -F '[: ]+' '$2 == "sync" { packets += $12; bytes += $11 }
		END { print packets, bytes - 42 * packets }'
}
