# SPDX-License-Identifier: GPL-2.0
# Flows are told once they lived for a while, but at once if their answers may pass another
# node: it asks, or the question comes again. And before a node is switched off.
. tests/scenarios/lib.sh

# only the client begins; B asks about datagrams of port 7001 before they make a flow
topology_rules() {
	plain_rules | sed 's/ct state new/iifname "client" &/'
	cat <<-'END'
	table inet pull {
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname server udp sport 7001 meta mark set 0x2
		}
	}
	END
}
conversation() { # PORT FIRST-SOURCE-PORT: three questions, of which so many are lost
	on c burst ping-pong --to 10.2.0.2 --port "$1" --from-port "$2" --count 3 --interval 0.3 \
		--timeout 0.5 | lost
}
run() { # N FIRST-SOURCE-PORT: connections one after the other: how many, how many failed
	on c load run --to 10.2.0.2 --port 5001 --connections "$1" --parallel 1 --first-port "$2" \
		--ports "$1" | awk '/^connections/ { print $2, $4 }'
}

cluster_up hold off sync-delay 60s flush-interval 10ms pull-mark 0x2/0x2
echo_server 7000
echo_server 7001
on s load serve -p 5001 --daemon >/dev/null
path split

is "50 connections over both" "$(run 50 30000)" "50 0"
is "B asked about each" "$(stat B pull-found) $(entries B)" "50 50"
no_invalid
is "datagrams that B asks about: none is lost" "$(conversation 7001 20000)" 0
between "others: the first, the second tells" "$(conversation 7000 21000)" 1 2
is "for it came again" "$(stat A young-again)" 1
is "B has both" "$(conntrack_count B -p udp --orig-port-dst 7000) $(conntrack_count B -p udp --orig-port-dst 7001)" "1 1"

note "B does not ask: the SYN comes again"
tool B set pull off
is "5 connections" "$(on c load run --to 10.2.0.2 --port 5001 --connections 5 --parallel 5 --first-port 31000 --ports 5 |
	awk '/^connections/ { print $2, $4 }')" "5 0"
is "A tells of each" "$(stat A young-again)" 6
tool B set pull on

note "one path"
path same
is "5 flows pass" "$(udp_flows 5 7000 22000 | lost)" 0
is "B does not know them" "$(conntrack_count B -p udp --orig-port-dst 7000)" 1
tool A drain
check "A drains: it tells all it has" within 5 conntrack_count_is 6 B -p udp --orig-port-dst 7000
is "and new ones when they come" "$(udp_flows 5 7000 23000 | lost)" 0
check "B knows them" within 5 conntrack_count_is 11 B -p udp --orig-port-dst 7000
tool A undrain
is "5 more" "$(udp_flows 5 7000 24000 | lost)" 0
tool A set sync-delay 0s
check "without sync-delay all are told" within 5 conntrack_count_is 16 B -p udp --orig-port-dst 7000
is "nobody waits to hold and not to tell" "$(tool A set hold all sync-delay 1s 2>&1)" \
	"ctsync: sync-delay needs 'hold off': a held packet waits until its flow is told"
finish
