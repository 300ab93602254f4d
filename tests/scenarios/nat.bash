# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# NAT on both firewalls with the same rules and the same addresses (sourced after
# lib.sh): the translated addresses 10.3.0.0/24 and fd00:3::/64 are nobody's own,
# client and server send them to the firewall of their path.

# The mapping of every flow of a node, one a line, without state and life:
# tcp src=10.1.0.2 dst=... sport=... src=...
mappings() {
	local node=$1 family
	shift
	for family in ipv4 ipv6; do
		conntracks "$node" -f "$family" "$@"
	done | grep -v 'dport=24240' | awk '{
		line = $1
		for (i = 2; i <= NF; i++)
			if ($i ~ /^(src|dst|sport|dport|id|type|code|zone|zone-orig|zone-reply)=/)
				line = line " " $i
		print line
	}' | sort
}
mappings_agree() { [ "$(mappings A "$@")" = "$(mappings B "$@")" ]; }

# nat_path same|other|split|swap: as path, the translated networks too
nat_path() {
	path "$1" || return
	local forward=A backward=A
	case $1 in other | swap) forward=B ;; esac
	case $1 in other | split) backward=B ;; esac
	_nat_route c 1 $forward && _nat_route s 2 $backward
}
_nat_route() { # NODE NETWORK FIREWALL
	local host=11 link=a
	[ "$3" = A ] || host=12 link=b
	ip_batch "$1" <<-END
	route replace 10.3.0.0/24 via 10.$2.0.$host dev $link src 10.$2.0.2 onlink
	route replace fd00:3::/64 via fd00:$2::$host dev $link src fd00:$2::2
	END
}

# What both firewalls do to addresses. Ports of the pool are drawn at random, so
# that two nodes agree on one only if one told the other.
nat_rules() {
	cat <<-'END'
	table inet nat {
		chain prerouting {
			type nat hook prerouting priority dstnat;
			ip daddr 10.3.0.80 tcp dport 8000 dnat ip to 10.2.0.2:5001
			ip daddr 10.3.0.80 udp dport 8000 dnat ip to 10.2.0.2:7000
			ip daddr 10.3.0.80 icmp type echo-request dnat ip to 10.2.0.2
			ip6 daddr fd00:3::80 tcp dport 8000 dnat ip6 to [fd00:2::2]:5001
			ip6 daddr fd00:3::80 udp dport 8000 dnat ip6 to [fd00:2::2]:7000
			ip6 daddr fd00:3::80 icmpv6 type echo-request dnat ip6 to fd00:2::2
		}
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname "server" udp dport 7001 masquerade to :30000-39999 fully-random
			oifname "server" meta nfproto ipv4 meta l4proto { tcp, udp } snat ip to 10.3.0.1:20000-29999 fully-random
			oifname "server" meta nfproto ipv6 meta l4proto { tcp, udp } snat ip6 to [fd00:3::1]:20000-29999 fully-random
			oifname "server" meta nfproto ipv4 snat ip to 10.3.0.1 fully-random
			oifname "server" meta nfproto ipv6 snat ip6 to fd00:3::1 fully-random
		}
	}
	END
}
