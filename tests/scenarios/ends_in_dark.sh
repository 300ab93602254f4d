# SPDX-License-Identifier: GPL-2.0
# Connections that end while the sync link is down, and are forgotten by the node they
# went through, are gone on the other one soon after it is back. They do not come back,
# and connections that live on stay on both.
# one kernel
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

# in_the_dark FIRST-PORT FIRST SECOND: 20 connections end while neither hears the other, then
# FIRST hears again, SECOND a little later. Who proves the other first begins to tell what
# it has before that knows that it is heard: no answer may be lost then.
in_the_dark() {
	local ending copies=$((living + 20)) first=$2 second=$3
	hold_open "$1" 20
	ending=$started
	check "B has all of them" within 5 conntrack_count_is $copies B -p tcp --orig-port-dst 5001 --state ESTABLISHED
	deaf A
	deaf B
	check "A is alone" within 5 peers_are A down
	check "B is alone" within 5 peers_are B down
	over "$ending" "$1" 20
	check "they are over, on A" within 10 conntrack_count_is $living A -p tcp --orig-port-dst 5001
	check "and forgotten" within 60 entries_are A $living
	is "of which B knows nothing" "$(copies B)" $copies
	hearing "$first"
	sleep 0.3
	hearing "$second"
	check "the nodes hear each other, $first first" within 5 peers_are A up
	within 5 peers_are B up
	check "they are gone on B" within 5 conntrack_count_is $living B -p tcp --orig-port-dst 5001
	sleep 3
	is "nothing comes back" "$(copies A) $(copies B) $(entries A) $(entries B)" "$living $living $living $living"
}

living=5
hold_open 21000 $living
stays=$started
in_the_dark 20000 A B
in_the_dark 20100 B A
over "$stays" 21000 $living
no_invalid
finish
