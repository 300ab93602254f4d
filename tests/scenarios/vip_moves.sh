# SPDX-License-Identifier: GPL-2.0
# 500 connections that are masqueraded to a virtual address. The address moves to the other
# node and back, as keepalived does it: the kernel of the node that loses it ends their
# conntracks there. The client and the server follow at once or later, one before the other,
# so that packets still come to who has the flows no more. None of the connections breaks.
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
n=$(brief_or 100 500)
# vip_to NODE SERVER CLIENT: the address goes there from the other node, and the server
# follows after SERVER seconds, the client after CLIENT more
vip_to() {
	local link=a host=11 from=B
	[ "$1" = A ] || { link=b host=12 from=A; }
	ip -n "$from" address del 10.2.0.1/24 dev server 2>/dev/null
	ip_batch "$1" <<-END
	address add 10.2.0.1/24 dev server
	END
	sleep "$2"
	ip_batch s <<-END
	route replace 10.2.0.1/32 dev $link src 10.2.0.2
	neigh replace 10.2.0.1 lladdr 02:00:00:02:00:$host dev $link nud permanent
	END
	sleep "$3"
	_topology_route c "$1"
}
translated() { conntracks "$1" -p tcp --src-nat | grep -c 'dst=10.2.0.1 '; }
translated_are() { [ "$(translated "$1")" = "$2" ]; }
closed() { [ "$(on s ss -Htan sport = 5001 | grep -vc LISTEN)" = 0 ]; }

# 500 questions at once, of an emulated machine on a busy host
cluster_up hold all hold-timeout 2s
# what is masqueraded gets the address that moves, the only one of that net; with another
# one the device keeps its routes when that goes
for node in A:11 B:12; do
	ip_batch "${node%:*}" <<-END
	address del 10.2.0.${node#*:}/24 dev server
	address add 10.8.0.${node#*:}/24 dev server
	route add 10.2.0.0/24 dev server
	END
done
vip_to A 0 0
on s load serve -p 5001 --daemon >/dev/null

rounds=0
# moves SERVER CLIENT: connections are opened, move to B, and back again
moves() {
	local holder
	note "the server follows after $1 s, the client after $2 s more"
	rm -f /tmp/open
	on c load hold-open --to 10.2.0.2 --port 5001 --connections $n --at-once 100 --every 1 --duration 6 \
		--first-port $((10000 + rounds * n)) --ready /tmp/open >/tmp/held &
	holder=$!
	check "$n connections are open" within 10 test -e /tmp/open
	check "B has them with their mapping" within 5 translated_are B $n
	vip_to B "$1" "$2"
	rounds=$((rounds + 1))
	check "the kernel of A ends what had the address" within 5 stat_is A destroy-evicted $((rounds * n))
	is "the flows are on B" "$(translated B)" $n
	check "A gets copies" within 5 translated_are A $n
	vip_to A "$1" "$2"
	is "they move back" "$(translated A)" $n
	wait $holder
	is "none of them broke" "$(awk '/^connections/ { print $4, $6 }' /tmp/held)" "$n 0"
	no_invalid
	# what is still to be said would be invalid, and is in the next round's counts
	check "they are closed" within 10 closed
	on A conntrack -F 2>/dev/null
	check "they end" within 5 eval '[ "$(entries A) $(entries B)" = "0 0" ]'
}
moves 0 0
moves 0 0.1
moves 0.3 0
moves 0.5 0.5
note "$(misses A); $(misses B)"
finish
