# SPDX-License-Identifier: GPL-2.0
# Connections that end while the sync link is down, and are forgotten by the node they
# went through, are gone on the other one soon after it is back. They do not come back,
# and connections that live on stay on both.
. tests/scenarios/lib.sh

hold_open() { # FIRST-PORT CONNECTIONS: an exchange each 0.3 s on each
	rm -f /tmp/ready
	start c load hold-open --to 10.2.0.2 --port 5001 --connections "$2" --first-port "$1" \
		--every 0.3 --duration 90 --ready /tmp/ready >"/tmp/open.$1"
	check "$2 connections are open" within 5 test -e /tmp/ready
}
over() { # PID FIRST-PORT CONNECTIONS: all of them worked until now
	kill "$1"
	wait "$1"
	is "they worked" "$(awk '/^connections/ { print $4, $6 }' "/tmp/open.$2")" "$3 0"
}
copies() { conntrack_count "$1" -p tcp --orig-port-dst 5001; }

cluster_up hold all hold-timeout 500ms flush-interval 10ms
on s load serve -p 5001 --daemon >/dev/null
path same
for state in time_wait last_ack close; do
	echo "net.netfilter.nf_conntrack_tcp_timeout_$state=1"
done | on A sysctl -q -p -

hold_open 20000 20
ending=$started
hold_open 21000 5
living=$started
check "B has all of them" within 5 conntrack_count_is 25 B -p tcp --orig-port-dst 5001 --state ESTABLISHED

deaf A
deaf B
check "A is alone" within 5 peers_are A down
check "B is alone" within 5 peers_are B down
over "$ending" 20000 20
check "they are over, on A" within 10 conntrack_count_is 5 A -p tcp --orig-port-dst 5001
is "of which B knows nothing" "$(copies B)" 25

hearing A
hearing B
check "the nodes hear each other" within 5 peers_are A up
within 5 peers_are B up
check "they are gone on B" within 5 conntrack_count_is 5 B -p tcp --orig-port-dst 5001
sleep 3
is "nothing comes back" "$(copies A) $(copies B) $(entries A) $(entries B)" "5 5 5 5"
over "$living" 21000 5
no_invalid
finish
