# SPDX-License-Identifier: GPL-2.0
# Two networks with the same addresses, one of them in a VRF and in zone 2, and in both
# the same tuple. A packet that comes where its flow is not known, or where the copy is
# stale because a node died, is judged in its own zone and finds its own flow.
#
#	c, s		as ever, in the default zone
#	c2, s2		client2 and server2 of each firewall, with c's and s's addresses
. tests/scenarios/lib.sh

topology_rules() {
	plain_rules
	cat <<-'END'
	table inet zones {
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname { "client2", "server2", "red" } ct zone set 2
		}
	}
	END
}
second_network() {
	local node host
	for node in c2 s2; do echo "netns add $node"; done | ip -batch - || return
	for node in c2 s2; do _topology_prepare_end $node; done
	{
		_topology_link c2 a 01:00:02 A client2 01:00:11
		_topology_link c2 b 01:00:02 B client2 01:00:12
		_topology_link s2 a 02:00:02 A server2 02:00:11
		_topology_link s2 b 02:00:02 B server2 02:00:12
	} | ip -batch - && _topology_end 1 1 | ip_batch c2 && _topology_end 2 2 | ip_batch s2 || return
	for node in A B; do
		host=11
		[ $node = A ] || host=12
		ip_batch $node <<-END || return
		link add name red type vrf table 100
		link set dev red up
		link set dev client2 master red
		link set dev server2 master red
		link set dev client2 up
		link set dev server2 up
		address add 10.1.0.$host/24 dev client2
		address add 10.2.0.$host/24 dev server2
		neigh replace 10.1.0.2 lladdr 02:00:00:01:00:02 dev client2 nud permanent
		neigh replace 10.2.0.2 lladdr 02:00:00:02:00:02 dev server2 nud permanent
		END
	done
	path2 A
}
# path2 FIREWALL: both directions of the second network
path2() {
	local link=a host=11
	[ "$1" = A ] || { link=b host=12; }
	echo "route replace 10.2.0.0/24 via 10.1.0.$host dev $link src 10.1.0.2 onlink" | ip_batch c2
	echo "route replace 10.1.0.0/24 via 10.2.0.$host dev $link src 10.2.0.2 onlink" | ip_batch s2
}
# hold_open NODE: a connection of one tuple, which says something each 9 s
hold_open() {
	on "$1" load hold-open --to 10.2.0.2 --port 5001 --connections 1 --first-port 20001 --every 9 \
		--duration 24 --ready "/tmp/open-$1" >"/tmp/held-$1"
}
bulk() { on "$1" iperf3 -c 10.2.0.2 -p 5201 --cport 30000 -t 8 -i 1 -f m >"/tmp/iperf-$1"; }

modprobe vrf
cluster_up hold all zones on flush-interval 10ms digest-interval 0s
check "a second network of the same addresses" second_network
for node in s s2; do
	on $node load serve -p 5001 --daemon >/dev/null
	on $node iperf3 -s -D
	within 3 listens $node tcp 5201
done

note "one tuple in two zones; B's copies expire"
on B sysctl -q net.netfilter.nf_conntrack_tcp_timeout_established=1
hold_open c & jobs=($!)
hold_open c2 & jobs+=($!)
for node in c c2; do within 5 test -e /tmp/open-$node || check "$node connects" false; done
is "it is two flows on A" "$(conntracks A -p tcp --orig-port-src 20001 | sed 's/.* zone=\([0-9]*\).*/\1/; /zone\|tcp/s/.*/0/' | sort | paste -s)" "$(printf '0\t2')"
is "and on B" "$(stat B insert-created)" 2
# what A has to tell of the first words, an update-interval later, brings them once more
sleep 1.5
check "where they expire" within 5 conntrack_count_is 0 B -p tcp --orig-port-src 20001
on B sysctl -q net.netfilter.nf_conntrack_tcp_timeout_established=1000
path other
path2 B
for job in "${jobs[@]}"; do wait "$job"; done
for node in c c2; do
	is "the connection of $node goes on over B" "$(awk '/^connections/ { print $4, $6 }' /tmp/held-$node)" "1 0"
done
is "which asked for each, and A knew both" "$(stat B pull-asked) $(stat B pull-found) $(stat B pull-nobody)" "2 2 0"
no_invalid

note "A dies in the middle of a transfer of the same tuple in each"
path same
path2 A
bulk c & jobs=($!)
bulk c2 & jobs+=($!)
check "both are on B" within 4 conntrack_count_is 2 B -p tcp --orig-port-src 30000
sleep 1
dies A client2 server2
path other
path2 B
is "still one flow in each zone" "$(conntrack_count B -p tcp --orig-port-src 30000)" 2
for job in "${jobs[@]}"; do check "a transfer ends well" wait "$job"; done
for node in c c2; do check "and moved bytes in its last 3 seconds" moving 3 /tmp/iperf-$node; done
note "$(misses B)"
is "B made none of its own" "$(stat B entry-new)" 0
is "no packet was invalid at B" "$(invalid B)" 0
for node in c2 s2; do
	for process in /proc/[1-9]*; do
		[ ! "$process/ns/net" -ef "/run/netns/$node" ] || kill -KILL "${process#/proc/}"
	done
	ip netns delete $node
done
finish
