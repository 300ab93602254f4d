# SPDX-License-Identifier: GPL-2.0
# What a peer costs that floods, lies or stops, a sync link that is too slow, and more
# new flows than the table has room for: a bounded amount. What passes A goes on, and
# none of it is lost.
#
#         A --- sync --- B (10.9.0.2, and the bad one: 10.9.0.3)
# one kernel
. tests/scenarios/lib.sh

seconds=$(soak_or 60 2)
flows=$(soak_or 60000 6000)	# new ones, in a row
max=4096			# conntracks

# What goes to port 9000 is not synced.
topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new tcp dport 9000 accept
			ct state new meta l4proto { tcp, udp } ct mark set ct mark or 0x1 accept
		}
	}
	END
}
node_up() { # NODE ID words
	local node=$1 id=$2
	shift 2
	ctsync_up "$node" "$id" "10.9.0.$id" "10.9.0.$((3 - id))" "$@" mark 0x1/0x1 hold any \
		hold-timeout 2s flush-interval 10ms digest-interval 1s join-timeout 200ms key /tmp/key
}
# bad MODE words: the bad peer beside the script; its report in /tmp/bad
bad() {
	local mode=$1
	shift
	start B badpeer "$mode" --to 10.9.0.1 --from 10.9.0.3 --node 3 --peer 1 --key 1 \
		--secret "$(sed -n 's/^key //p' /tmp/key)" "$@" >/tmp/bad 2>&1
	bad=$started
	within 5 grep -q seed /tmp/bad
}
# passes WHAT: while the bad peer is at it, what passes A is answered, new flows too, if
# late by as much as a packet may be held
passes() {
	local port=$((20000 + 100 * round))
	round=$((round + 1))
	is "$1: 200 packets of known flows and 20 new ones are answered" \
		"$(on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 30000 --ports 20 \
			--count 200 --interval 0.005 --timeout 4 | lost) $(on c burst ping-pong --to 10.2.0.2 \
			--port 7000 --from-port $port --ports 20 --count 20 --timeout 4 | lost)" "0 0"
}
round=0
settled() { # WHAT: after it
	is "$1: nothing waited to its deadline, nothing was invalid" \
		"$(stat A release-deadline) $(invalid A) $(invalid B)" "0 0 0"
	become_the_same "$1: A and B are up, and their tables agree" 15
	[ "$(peer_state B)" = up ] || check "$1: B sees A" false
}
queued() { # most entries on A's queues, looked at for SECONDS
	local end=$((EPOCHSECONDS + $1)) n most=0
	while [ "$EPOCHSECONDS" -lt "$end" ]; do
		n=$(tool A show queues -j | tr ',{}' '\n\n\n' | awk -F : '/"length"/ { n += $2 } END { print n + 0 }')
		[ "$n" -le "$most" ] || most=$n
	done
	echo "$most"
}

modprobe ctsync
sysctl -q net.netfilter.nf_conntrack_max=$max
ctsync key new id 1 /tmp/key
topology_up
on B ip address add 10.9.0.3/24 dev sync
on A ip neigh replace 10.9.0.3 lladdr 02:00:00:09:00:02 dev sync nud permanent
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 net.netfilter.nf_conntrack_udp_timeout_stream=300
done
node_up A 1 peer 10.9.0.3
node_up B 2
check "A and B are up" within 5 peers_are B up
on s load serve -p 9000 --daemon >/dev/null
echo_server 7000
path same
start c load hold-open --to 10.2.0.2 --port 9000 --connections 50 --every 0.5 --duration 3600 >/tmp/held
held=$started

# ---- floods ----
tool A stats reset
bad flood --for "$seconds" --only 8 --seed 1
passes "a flood of requests"
check "the flood ends well" wait "$bad"
sed 's/^/# /' /tmp/bad
settled "a flood of requests"

# ---- lies: it has all, misses every frame, and its table differs ----
# a ring full of frames that can be missed
for ((i = 0; i < 6; i++)); do
	udp_flows 250 7000 $((40000 + 250 * i)) >/dev/null
done
tool A stats reset
began=${EPOCHREALTIME/./}
bad liar --for "$seconds" --seed 2
passes "a liar"
wait "$bad"
sed 's/^/# /' /tmp/bad
took=$(((${EPOCHREALTIME/./} - began) / 1000))
note "told again $(stat A repair-told), out-messages $(stat A out-messages), out-frames $(stat A out-frames), not answered $(stat A repair-bound) in $took ms"
between "what one peer says that it misses is told at a bounded rate" "$(stat A repair-told)" 1 \
	$((8192 + took * 20))
settled "a liar"

# ---- stops ----
bad idle --for 60 --seed 3
udp_flows 5 7000 25000 >/dev/null
kill -STOP "$bad"
passes "one that stops"
kill -KILL "$bad"
wait "$bad" 2>/dev/null
settled "one that stops"

# ---- a link that is too slow for what is to be told ----
for node in A B; do
	on $node tc qdisc replace dev sync root netem rate 100kbit limit 30
done
start c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 40000 --ports 1500 --count 6000 --timeout 4 >/tmp/pong
passes "a slow link"
between "a slow link: entries wait once each, however much changes" "$(queued 3)" 0 $max
wait "$started"
is "a slow link: 6000 packets of 1500 flows are answered" "$(lost </tmp/pong)" 0
for node in A B; do
	on $node tc qdisc del dev sync root
done
become_the_same "a slow link: then the tables agree" 20

# ---- more new flows than there is room for ----
ulimit -n 65536
for ((i = 0; i < flows / 2000; i++)); do
	on c burst send --to 10.2.0.2 --port $((8000 + i)) --count 2000 --size 32 --from-port 2000 --ports 2000
done | awk '{ n += $2 } END { print "# sent " n }'
check "a flood of flows: A keeps within its table" test "$(conntrack_count A)" -le $max
check "and B" test "$(conntrack_count B)" -le $max
kill -TERM "$held"
wait "$held"
is "connections that A had all the time never noticed" "$(sed -n 's/^connections \([0-9]*\) opened \([0-9]*\) failed \([0-9]*\) .*/\1 \2 \3/p' /tmp/held)" "50 50 0"
sysctl -q net.netfilter.nf_conntrack_max=65536
finish
