# SPDX-License-Identifier: GPL-2.0
# A copy that times out on one node takes nothing away from a node where the flow
# is alive, and comes back with the next update. A flow that nobody saw since
# times out everywhere. A node that lost its copies and has them again is believed, also if
# its clock was put back meanwhile.
. tests/scenarios/lib.sh

cluster_up hold all flush-interval 10ms update-interval 4s
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2
path same
echo_server 7000

# Listing collects what is expired.
copies() { conntrack_count "$1" -p udp --orig-port-dst 7000; }

on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 20000 --count 32 --interval 0.3 >/tmp/busy &
check "a busy flow is on B" within 2 conntrack_count_is 1 B -p udp --orig-port-dst 7000
check "its copy times out there" within 4 conntrack_count_is 0 B -p udp --orig-port-dst 7000
is "which is said, as advice" "$(stat B destroy-expired)" 1
check "and said to A" within 2 stat_is A in-delete 1
is "where the flow is alive and stays" "$(stat A delete-kept) $(copies A)" "1 1"
check "it comes back on B" within 7 conntrack_count_is 1 B -p udp --orig-port-dst 7000
is "asked for by B" "$(stat B out-request) $(stat A in-request)" "1 1"
is "created anew" "$(stat B insert-created)" 2
wait %1
is "no packet of it was lost" "$(lost </tmp/busy)" 0

# What a peer says while the end of an expired copy waits to be told is not lost.
on B ctsync set flush-interval 1s
on A ctsync set update-interval 100ms
is "one more flow passes" "$(udp_flows 1 7000 23000 | lost)" 0
check "and is on B" within 3 conntrack_count_is 1 B -p udp --orig-port-src 23000
check "its copy times out there" within 4 conntrack_count_is 0 B -p udp --orig-port-src 23000
ended=$(stat B msg-tombstone) asked=$(stat B out-request)
is "a packet passes A" "$(udp_flows 1 7000 23000 | lost)" 0
check "and the flow is on B again" within 3 conntrack_count_is 1 B -p udp --orig-port-src 23000
is "which heard of it once before it told the end, and asked once" "$(stat B msg-tombstone) $(stat B out-request)" "$((ended + 1)) $((asked + 1))"
on B ctsync set flush-interval 10ms
on A ctsync set update-interval 4s

# the other way: A's own flow ends on A
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=60 net.netfilter.nf_conntrack_udp_timeout_stream=60
on A sysctl -q net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2
on A conntrack -D -p udp --orig-port-dst 7000 >/dev/null 2>&1
check "a clean start" within 2 conntrack_count_is 0 B -p udp --orig-port-dst 7000
on B ctsync stats reset
is "10 flows pass" "$(udp_flows 10 7000 21000 | lost)" 0
check "and are on B" within 3 conntrack_count_is 10 B -p udp --orig-port-dst 7000
is "with B's longer life" "$(conntracks B -p udp --orig-port-dst 7000 | awk '$3 > 10 { n++ } END { print n + 0 }')" 10
check "they time out on A" within 5 conntrack_count_is 0 A -p udp --orig-port-dst 7000
check "B saw nothing of them since and lets them go" within 3 conntrack_count_is 0 B -p udp --orig-port-dst 7000
is "on the advice" "$(stat B delete-applied)" 10
is "no entry is left" "$(entries A) $(entries B)" "0 0"
jump() { date -s "@$((EPOCHSECONDS + $1))" >/dev/null; }
more() { on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 22000 --count "$1" --interval 0.1 | lost; }
restart() { # HOW SECONDS: its clock jumps by so many meanwhile
	note "B speaks of a flow, is restarted$1, and speaks of it again"
	for node in A B; do on $node ctsync stats reset; done
	path other
	is "it passes B" "$(more 12)" 0
	check "which told A of it" within 3 stat_reaches A in-update-c 3
	on B ctsync down
	on B conntrack -F >/dev/null 2>&1
	jump "$2"
	on B ctsync up node 2 local 10.9.0.2 peer 10.9.0.1 insecure mark 0x1/0x1 hold all update-interval 100ms 2>/dev/null
	check "B is up again" within 5 peers_are A up
	path same
	is "it passes A" "$(more 3)" 0
	check "and is on B again" within 3 conntrack_count_is 1 B -p udp --orig-port-src 22000
	path other
	on A ctsync stats reset
	is "it passes B again" "$(more 12)" 0
	check "which tells A of it" within 3 stat_reaches A in-update-c 3
	is "and is believed" "$(stat A msg-stale)" 0
}
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=60 net.netfilter.nf_conntrack_udp_timeout_stream=60
	on $node ctsync set update-interval 100ms
done
restart "" 0
restart ", its clock a day late" -86400
jump 86400
no_invalid
finish
