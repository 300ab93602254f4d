# SPDX-License-Identifier: GPL-2.0
# 500 connections that are masqueraded to a virtual address. The address moves to the other
# node, as keepalived does it: the kernel of the node that loses it ends their conntracks
# there. None of them breaks, there or on the way back.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new iifname "client" ct mark set ct mark or 0x1 accept
		}
	}
	table ip nat {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname "server" masquerade
		}
	}
	END
}
n=500
# The address and the traffic: to NODE, from the other.
vip_to() {
	local link=a host=11 from=B
	[ "$1" = A ] || { link=b host=12 from=A; }
	ip -n "$from" address del 10.2.0.1/24 dev server 2>/dev/null
	ip_batch "$1" <<-END
	address add 10.2.0.1/24 dev server
	END
	ip_batch s <<-END
	route replace 10.2.0.1/32 dev $link src 10.2.0.2
	neigh replace 10.2.0.1 lladdr 02:00:00:02:00:$host dev $link nud permanent
	END
	_topology_route c "$1"
}
translated() { conntracks "$1" -p tcp --src-nat | grep -c 'dst=10.2.0.1 '; }
translated_are() { [ "$(translated "$1")" = "$2" ]; }

cluster_up hold all
# what is masqueraded gets the address that moves, the only one there
for node in A:11 B:12; do
	ip_batch "${node%:*}" <<-END
	address del 10.2.0.${node#*:}/24 dev server
	route add 10.2.0.0/24 dev server
	END
done
vip_to A
on s load serve -p 5001 --daemon >/dev/null
on c load hold-open --to 10.2.0.2 --port 5001 --connections $n --at-once 100 --every 1 --duration 12 \
	--ready /tmp/open >/tmp/held &
holder=$!
check "$n connections are open" within 10 test -e /tmp/open
check "B has them with their mapping" within 5 translated_are B $n

vip_to B
check "the address moves to B, and the kernel of A ends what had it" within 5 stat_is A destroy-evicted $n
is "the flows are on B" "$(translated B)" $n
check "A gets copies" within 15 translated_are A $n
vip_to A
is "it moves back, where the flows are" "$(translated A)" $n
wait $holder
is "none of them broke" "$(awk '/^connections/ { print $4, $6 }' /tmp/held)" "$n 0"
note "$(misses A); $(misses B)"
no_invalid
finish
