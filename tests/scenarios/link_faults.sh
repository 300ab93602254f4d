# SPDX-License-Identifier: GPL-2.0
# The sync link loses, reorders, doubles, crawls and goes dark, while connections
# come and go on a split path. Whatever it does, every connection works within 10 s, within
# 5 s after it the tables agree entry by entry, and no peer is taken for dead that is not.
# one kernel
. tests/scenarios/lib.sh

# fault NAME SECONDS NETEM...: the link is so, both ways, and then well again
fault() {
	local name=$1 seconds=$2 node seen
	shift 2
	for node in A B; do
		on $node tc qdisc replace dev sync root netem "$@"
	done
	case $seconds in [1-9][0-9]) # the dark is longer than a connection waits
		sleep $((seconds - 4))
		seconds=4
	esac
	# ports of their own: one that is used again is one flow
	on c load run --to 10.2.0.2 --port 5001 --connections 100 --parallel 50 --rate 40 \
		--timeout 10 --first-port $((20000 + connections)) --ports 100 >/tmp/load & local load=$!
	sleep "$seconds"
	# within the fault: what the link still holds must not come after it
	[ "$seconds" = 0 ] && wait $load
	for node in A B; do
		on $node tc qdisc del dev sync root
	done
	wait $load
	connections=$((connections + 100))
	is "$name: 100 connections, of which failed" \
		"$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "100 0"
	become_the_same "the tables agree" 5
	is "with all the flows" "$(entries A)" $connections
	seen="$(stat A release-deadline) $(stat B release-deadline)"
	note "$name: past their deadline so far $seen, invalid $(invalid A) $(invalid B), peers down so far $(deaths)"
}
deaths() { cat /tmp/news.A /tmp/news.B | grep -c ': down'; }

cluster_up hold all hold-timeout 2s flush-interval 10ms
path split
on s load serve -p 5001 --daemon >/dev/null
connections=0
for node in A B; do
	# closed ones shall stay until the tables were compared
	for state in syn_recv fin_wait close_wait last_ack time_wait close max_retrans unacknowledged; do
		echo "net.netfilter.nf_conntrack_tcp_timeout_$state=$(soak_or 3600 300)"
	done | on $node sysctl -q -p -
	start $node ctsync monitor >/tmp/news.$node
	monitors="${monitors:-} $started"
done

fault "1 % loss" 0 loss 1% limit 100000
fault "10 % loss" 0 loss 10% limit 100000
fault "reordering" 0 delay 10ms reorder 50% limit 100000
fault "doubled" 0 duplicate 30% limit 100000
fault "all of them" 0 delay 5ms 5ms loss 5% duplicate 10% reorder 20% limit 100000
fault "half of them late by half a second" 0 delay 500ms reorder 50% limit 100000
check "HELLOs that were overtaken do not count" \
	test "$(stat A hello-late)" -gt 0 -a "$(stat B hello-late)" -gt 0
fault "1 Mbit/s" 0 rate 1mbit limit 1000
is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
is "none waited until its deadline" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
# an insert, its repair and the question of whom the reply reaches can all be lost
fault "30 % loss" 0 loss 30% limit 100000
more=$(soak_or 100 0) # of 6 s or more: ten minutes
for ((i = 0; i < more; i++)); do
	fault "30 % loss, still" 0 loss 30% limit 100000
done
is "no peer was taken for dead" "$(deaths)" 0
for seconds in 0.1 1 4 $(soak_or '15 60' ''); do
	fault "$seconds s in the dark" $seconds loss 100%
done
entry A state | sort | uniq -c | sed 's/^/# /'
# shellcheck disable=SC2086 # numbers
kill $monitors
finish
