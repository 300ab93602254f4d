# SPDX-License-Identifier: GPL-2.0
# hold all, any and off, changed live; a shorter timeout counts for what comes
# next even while older packets wait for a longer one.
. tests/scenarios/lib.sh

cluster_up hold all
path same
echo_server 7000

port=20000
expect() { # MODE HELD
	on A ctsync set hold "$1"
	on A ctsync stats reset
	is "hold $1: 10 flows pass" "$(udp_flows 10 7000 $port | lost)" 0
	is "hold $1: $2 held and acknowledged" "$(stat A hold-flows) $(stat A release-acked)" "$2 $2"
	is "hold $1: the configuration says so" \
		"$(on A ctsync show config -j | tr ',{}' '\n\n\n' | sed -n 's/^"hold": *"\(.*\)"/\1/p')" "$1"
	port=$((port + 100))
}
expect all 10
expect off 0
expect any 10
expect all 10
check "the peer has them all" within 5 entries_are B 40

# With a peer that answers nothing: each packet leaves by its own deadline. Both
# are held on one CPU, so that one waits in front of the other.
now_ms() { echo $(($(date +%s%N) / 1000000)); }
on s burst recv --port 7001 --count 1 --timeout 10 --ready /tmp/ready >/tmp/recv &
within 2 test -e /tmp/ready
deaf A but-hello
on A ctsync stats reset
on A ctsync set hold-timeout 3s
on c taskset 1 burst send --to 10.2.0.2 --port 7001 --count 1 --from-port 30000 >/dev/null
start=$(now_ms)
on A ctsync set hold-timeout 20ms
is "a flow that comes after passes" \
	"$(on c taskset 1 burst ping-pong --to 10.2.0.2 --port 7000 --from-port 31000 --count 1 --timeout 5 | lost)" 0
between "in its own, shorter time" $(($(now_ms) - start)) 0 1000
is "both were held, one still is" "$(stat A hold-flows) $(stat A release-deadline)" "2 1"
wait %1
is "the first arrives, too" "$(cut -d' ' -f2 /tmp/recv)" 1
between "after what it was promised" $(($(now_ms) - start)) 2500 6000
is "by its deadline" "$(stat A release-deadline)" 2
no_invalid
finish
