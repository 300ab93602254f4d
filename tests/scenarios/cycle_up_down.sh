# SPDX-License-Identifier: GPL-2.0
# A hundred times (twenty in brief, ten with PREEMPT_RT or on a debug kernel) up and down on
# the node that carries the traffic: no packet is lost to it, no connection fails, the other
# node goes on.
. tests/scenarios/lib.sh

cluster_up hold all
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000
# On one path: what a node starts while it is down the other cannot know.
path same
traffic 50 &
traffic=$!
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 20000 --count 100000 --interval 0.01 \
	--timeout 2 >/tmp/pong &

# a kernel with PREEMPT_RT does not expedite grace periods, whatever it is told
times=$(debug_or 10 "$(brief_or 20 100)")
[ ! -e /sys/kernel/realtime ] || times=10
start=$(date +%s%N)
# in one process of the namespace: starting others takes longer than what they do
failed=$(on A bash -c '
	for ((cycle = 0; cycle < '$times'; cycle++)); do
		# grace periods as short as can be, now and then of the usual length
		echo $((cycle % 10 != 9)) >/sys/kernel/rcu_expedited
		ctsync down && ctsync up node 1 local 10.9.0.1 peer 10.9.0.2 insecure \
			mark 0x1/0x1 hold all 2>/dev/null || echo failed
	done' | wc -l)
took=$((($(date +%s%N) - start) / 1000000))
is "$times times down and up" "$failed" 0
note "$((took / times)) ms for one"
stop_traffic
is "no connection failed" "$broken" 0
check "and there were many ($connections)" test "$connections" -gt "$times"
ip netns pids c | xargs -r kill
check "B is still up" eval 'on B ctsync health >/dev/null'
check "both see each other again" within 5 peers_are A up
within 5 peers_are B up
is "20 flows pass" "$(udp_flows 20 7000 30000 | lost)" 0
is "held and acknowledged" "$(stat A release-acked | awk '$1 >= 20 { print "yes" }')" yes
no_invalid
finish
