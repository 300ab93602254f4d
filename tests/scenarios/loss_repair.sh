# SPDX-License-Identifier: GPL-2.0
# The sync link loses 5 % of all frames, both ways, while connections come and go
# on a split path: what was lost is asked for and told again, both tables are the
# same in the end, and no packet is held past its deadline.
# one kernel
. tests/scenarios/lib.sh

lossy() { # LOSS, such as 5%; the link's own queue must not lose
	local node
	for node in A B; do
		on $node tc qdisc replace dev sync root netem loss "$1" limit 100000
	done
}
lossless() {
	on A tc qdisc del dev sync root
	on B tc qdisc del dev sync root
}

cluster_up hold all hold-timeout 2s flush-interval 10ms
path split
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000
# closed ones shall stay until the tables were compared
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300 \
		net.netfilter.nf_conntrack_tcp_timeout_time_wait=300 \
		net.netfilter.nf_conntrack_tcp_timeout_close=300 \
		net.netfilter.nf_conntrack_tcp_timeout_last_ack=300
done

lossy 5%
on c load run --to 10.2.0.2 --port 5001 --connections 500 --parallel 60 \
	--first-port 30000 --ports 500 >/tmp/load
is "500 connections on a lossy link" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "500 0"
is "100 flows of UDP" "$(udp_flows 100 7000 20000 | lost)" 0
for port in $(seq 20000 20004); do
	on A conntrack -D -p udp --orig-port-src "$port" >/dev/null 2>&1
done
become_the_same "both tables become the same while it is lossy" 10
is "nothing that was deleted is left" "$(conntrack_count A -p udp --orig-port-dst 7000) $(conntrack_count B -p udp --orig-port-dst 7000)" "95 95"
is "with all the flows" "$(entries A)" 595

entry A state | sort | uniq -c | sed 's/^/# /'
for node in A B; do
	check "$node missed frames that were repaired" stat_reaches $node repaired-frames 10
	check "$node told again what was lost" stat_reaches $node repair-told 10
	is "$node gave nothing up" "$(stat $node repair-drift) $(stat $node repair-gone)" "0 0"
	is "no packet of $node waited until its deadline" "$(stat $node release-deadline)" 0
done
lossless
no_invalid
finish
