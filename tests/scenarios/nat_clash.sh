# SPDX-License-Identifier: GPL-2.0
# Both firewalls give one translated port to different flows at the same moment.
# The flow with the lower name keeps it. The other's first packet is dropped, and
# the next try gets another port; what both ends use already stays as it is.
# Ranges of ports that are disjoint avoid all that.
. tests/scenarios/lib.sh
. tests/scenarios/nat.bash

topology_rules() {
	plain_rules
	pool_rules 20000-29999
}
pool_rules() { # PORTS; a source port in the range is kept if it is free
	cat <<-END
	table ip pool
	delete table ip pool
	table ip pool {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname "server" meta l4proto { tcp, udp } snat to 10.3.0.1:$1
		}
	}
	END
}

# Two addresses of the client: 10.1.0.2 goes through A, 10.1.0.3 through B.
two_clients() {
	printf '%s\n' 'address add 10.1.0.3/32 dev b' 'rule add from 10.1.0.3 lookup 100' \
		'route add 10.2.0.0/24 via 10.1.0.12 dev b table 100 onlink' | ip_batch c
	printf 'neigh replace 10.1.0.3 lladdr 02:00:00:01:00:02 dev client nud permanent\n' | tee >(ip_batch A) | ip_batch B
	printf 'route replace 10.1.0.3/32 dev client\n' | tee >(ip_batch A) | ip_batch B
}

# both_at_once: 10 connections of each client from the same ports
both_at_once() {
	local from
	for from in 10.1.0.2 10.1.0.3; do
		on c load run --to 10.2.0.2 --port 5001 --from $from --first-port 20000 --ports 10 \
			--connections 10 --parallel 10 --timeout 30 >/tmp/load-$from &
	done
	wait %?10.1.0.2 2>/dev/null
	wait
	awk '/^connections/ { print $2, $4 }' /tmp/load-10.1.0.2 /tmp/load-10.1.0.3 | paste -s -d ' '
}
all_over() { [ "$(conntracks A -p tcp --state TIME_WAIT | grep -c .) $(conntracks B -p tcp --state TIME_WAIT | grep -c .)" = "20 20" ]; }
reply_tuples() { # NODE: of all TCP flows, each once
	mappings "$1" -p tcp | sed 's/.*\(src=.* dst=.* sport=.* dport=.*\)$/\1/' | sort -u | grep -c .
}

cluster_up hold all hold-timeout 5s flush-interval 10ms
nat_path same
two_clients
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000
ip netns exec B ctsync -j monitor >/tmp/monitor &
monitor=$!

note "both nodes give the same ten ports to different connections"
sync_delay "$(debug_or 700 400)" # both hold their SYNs before they hear of each other
is "all 20 connections are served, each its own" "$(both_at_once)" "10 0 10 0"
is "A kept its ports, B gave way" "$(stat A clash-lost) $(stat B clash-lost)" "0 10"
between "and dropped the packets that waited" "$(stat B clash-lost-packets)" 10 40
is "nobody else did" "$(stat A clash-lost-packets) $(stat A conflict) $(stat B conflict)" "0 0 0"
# what is on its way when the delay ends is lost, and a node that missed the end of a
# connection ignores the SYN of the next one
check "both know that all are over" within 5 all_over
sync_delay 0
check "the mappings are the same on both nodes" within 3 mappings_agree -p tcp
is "no port is used twice" "$(reply_tuples A)" 20
check "it was told" within 2 grep -q '"event": *"conflict"' /tmp/monitor
between "but not ten times" "$(grep -c '"event": *"conflict"' /tmp/monitor)" 1 3

note "disjoint ranges of ports"
on A ctsync stats reset
on B ctsync stats reset
pool_rules 20000-24999 | on A nft -f -
pool_rules 25000-29999 | on B nft -f -
sync_delay "$(debug_or 700 400)"
is "all 20 connections are served" "$(both_at_once)" "10 0 10 0"
is "nothing clashed" "$(stat A clash-lost) $(stat B clash-lost) $(stat A clash-won) $(stat B clash-won)" "0 0 0 0"
sync_delay 0

note "the nodes do not hear each other; both flows get answers"
pool_rules 20000-29999 | on A nft -f -
pool_rules 20000-29999 | on B nft -f -
deaf A
deaf B
check "both are alone" within 4 peers_are A down
within 4 peers_are B down
one() { on c burst ping-pong --to 10.2.0.2 --port 7000 --from "$1" --from-port 29000 --count 2 | lost; }
nat_path same
is "a flow through A" "$(one 10.1.0.2)" 0
nat_path other
is "a flow through B, with the same port" "$(one 10.1.0.3)" 0
hearing A
hearing B
check "they hear each other again" within 5 peers_are A up
is "A's flow goes on" "$(nat_path same; one 10.1.0.2)" 0
is "and B's" "$(nat_path other; one 10.1.0.3)" 0
check "A says that both are in use" within 5 stat_reaches A conflict 1
check "B too" within 5 stat_reaches B conflict 1
is "each keeps its own" "$(conntracks A -p udp --orig-port-src 29000 | sed 's/.*[^-]src=\(10.1.0..\) .*/\1/') $(conntracks B -p udp --orig-port-src 29000 | sed 's/.*[^-]src=\(10.1.0..\) .*/\1/')" "10.1.0.2 10.1.0.3"
check "neither is synced" within 2 eval '[ -z "$(entry A origin proto udp)$(entry B origin proto udp)" ]'
is "B's goes on" "$(one 10.1.0.3)" 0
nat_path same
is "and A's" "$(one 10.1.0.2)" 0
sleep 0.5
is "it is said once" "$(stat A conflict) $(stat B conflict)" "1 1"
kill "$monitor"
no_invalid
finish
