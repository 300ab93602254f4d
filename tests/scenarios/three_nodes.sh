# SPDX-License-Identifier: GPL-2.0
# Three nodes, started all at once: what passes A and B is known on all of them, one
# that leaves and comes back disturbs nobody and is not healthy before it has the
# table, and what its links lose is told again.
#
#            A --- sync --- B        C has a link of its own to each
#             \            /
#              a -- C -- b
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash

third_up() {
	ip netns add "${TOPOLOGY_PREFIX}C" && _topology_prepare_firewall C || return 1
	{
		_topology_link A third 09:00:11 C a 09:00:31
		_topology_link B third 09:00:12 C b 09:00:32
	} | ip -batch - || return 1
	ip_batch C <<-END
	link set dev lo up
	link set dev a up
	link set dev b up
	address add 10.9.0.3/32 dev lo
	route add 10.9.0.1/32 dev a src 10.9.0.3
	route add 10.9.0.2/32 dev b src 10.9.0.3
	neigh replace 10.9.0.1 lladdr 02:00:00:09:00:11 dev a nud permanent
	neigh replace 10.9.0.2 lladdr 02:00:00:09:00:12 dev b nud permanent
	END
	local own=1 node
	for node in A B; do
		ip_batch "$node" <<-END
		link set dev third up
		route add 10.9.0.3/32 dev third src 10.9.0.$own
		neigh replace 10.9.0.3 lladdr 02:00:00:09:00:3$own dev third nud permanent
		END
		own=2
	done
}
node_up() { # NODE ID
	local peers
	peers=$(printf 'peer 10.9.0.%s\n' 1 2 3 | grep -v "\.$2$")
	# shellcheck disable=SC2086 # words
	on "$1" ctsync up node "$2" local 10.9.0."$2" $peers insecure mark 0x1/0x1 hold all \
		hold-timeout 2s flush-interval 10ms digest-interval 1s join-timeout 60s 2>/dev/null
}
healthy() { on "$1" ctsync health >/dev/null 2>&1; }
names() { entry "$1" id | sort; }
all_the_same() {
	[ "$(entries A)" = "$1" ] && names A >/tmp/A && names B | cmp -s - /tmp/A &&
		names C | cmp -s - /tmp/A
}

modprobe ctsync
topology_up
check "a third node" third_up
echo_server 7000
for node in A B C; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
done

note "all start at once"
node_up A 1; node_up B 2; node_up C 3
for node in A B C; do
	check "$node is in sync" on $node ctsync wait-sync timeout 20s
	check "and healthy" healthy $node
done
path split
is "30 flows pass" "$(udp_flows 30 7000 20000 | lost)" 0
check "all three know them" within 10 all_the_same 30

note "C leaves and comes back"
on C ctsync down
on C conntrack -F >/dev/null 2>&1
is "30 flows pass" "$(udp_flows 30 7000 21000 | lost)" 0
on C nft -f - <<-'END'
	table inet deaf {
		chain prerouting {
			type filter hook prerouting priority -400; policy accept;
			udp dport 24240 drop
		}
	}
END
node_up C 3
is "30 flows pass" "$(udp_flows 30 7000 22000 | lost)" 0
check "C, which hears nobody, is not healthy" eval '! healthy C'
is "and knows nothing" "$(entries C)" 0
on C nft delete table inet deaf
check "C is in sync" on C ctsync wait-sync timeout 20s
check "and healthy" healthy C
check "and knows all" within 10 all_the_same 90

note "C's links lose 10 % of all frames"
for link in a b; do
	on C tc qdisc replace dev $link root netem loss 10%
done
on A tc qdisc replace dev third root netem loss 10%
on B tc qdisc replace dev third root netem loss 10%
is "50 flows pass" "$(udp_flows 50 7000 23000 | lost)" 0
on C conntrack -D -p udp --orig-port-src 20000 >/dev/null 2>&1
on A conntrack -D -p udp --orig-port-src 20001 >/dev/null 2>&1
check "all three know the same, and not what was deleted" within 15 all_the_same 138

note "who saw nothing answers first"
for link in a b; do on C tc qdisc del dev $link root; done
for node in A B; do on $node tc qdisc del dev third root; done
by_hand
path other
connects 1000 5000
check "all three know the connection" within 10 all_the_same 139
before=$(stat B miss-healed)
_topology_delay A sync 200
path split # what the client says passes A now
from_c PA --len 100
c_next=$((c_next + 100))
from_s PA --len 100
s_next=$((s_next + 100))
check "what acknowledges it waited at B for A's word, not for C's" within 3 stat_reaches B miss-healed $((before + 1))
_topology_delay A sync 0
path other
speaks

for node in A B; do
	is "no packet of $node waited until its deadline" "$(stat $node release-deadline)" 0
done
no_invalid
on C ctsync down
ip netns delete "${TOPOLOGY_PREFIX}C"
finish
