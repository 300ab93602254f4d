# SPDX-License-Identifier: GPL-2.0
# Flows are told once they lived for a while: short ones cost not a message, those that
# stay are there when their node dies, and a path that is split is found at once.
. tests/scenarios/lib.sh

# only the client begins, as in most rulesets
topology_rules() { plain_rules | sed 's/ct state new/iifname "client" &/'; }
untold() { # flows on A of which nobody was told
	tool A show queues -j | tr '{' '\n' | sed -n 's/.*"untold", *"length": *\([0-9]*\).*/\1/p' |
		awk '{ n += $1 } END { print n }'
}
explained() { tells "$1" tool A explain tcp "10.1.0.2:$2" 10.2.0.2:5001; }

cluster_up hold off sync-delay 3s flush-interval 10ms update-interval 100ms digest-interval 1s
echo_server 7000
on s load serve -p 5001 --daemon >/dev/null
path same

note "short ones"
is "100 datagrams are answered" "$(udp_flows 100 7000 20000 | lost)" 0
on c load run --to 10.2.0.2 --port 5001 --connections 100 --parallel 4 --first-port 30000 --ports 100 >/tmp/load
is "100 connections pass" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "100 0"
is "all wait to be told" "$(entries A) $(untold)" "200 200"

note "one that stays, and says nothing more"
start c load hold-open --to 10.2.0.2 --port 5001 --connections 1 --first-port 40000 --every 4 \
	--duration 12 --timeout 30 --ready /tmp/open >/tmp/held
held=$started
check "it is open" within 5 test -e /tmp/open
check "explain says why it is not told" explained 'not told yet: younger than sync-delay' 40000
is "B does not know it" "$(entries B)" 0
check "it is told when it is old enough" within 8 entries_are B 1
is "by one message" "$(stat A out-insert) $(stat A young-grown)" "1 1"
is "the short ones are not" "$(untold)" 200
check "explain says why" explained 'not told: when it was as old' 30000
on A conntrack -D -p tcp --state TIME_WAIT >/dev/null 2>&1
on A conntrack -D -p udp >/dev/null 2>&1
check "nor is their end" within 5 stat_is A young-over 200
is "not a message more" "$(of_flows B) $(stat A out-delete) $(entries B)" "0 0 1"
check "tables that have the same: nothing differs" within 10 eval 'tool A diff 10.9.0.2 >/dev/null'

note "datagrams that come again after a silence"
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 21000 --count 2 --interval 4 >/tmp/late &
check "are told then" within 8 stat_is A young-again 1
wait $!
is "answered" "$(lost </tmp/late)" 0
is "and B has them" "$(conntrack_count B -p udp --orig-port-src 21000)" 1

note "A dies: what lived goes on"
dies A
path other
wait "$held"
is "the connection" "$(awk '/^connections/ { print $4, $6 }' /tmp/held)" "1 0"
finish
