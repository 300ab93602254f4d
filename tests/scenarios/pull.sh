# SPDX-License-Identifier: GPL-2.0
# Packets in mid-flow come to a node that has no copies of their flows, all at once: the
# peers are asked, and they go on. Packets of flows that nobody knows cause no more questions
# than pull-rate allows, and are invalid as ever.
. tests/scenarios/lib.sh

invalid_is() { [ "$(invalid "$1")" = "$2" ]; }

# comparing tables would bring back what B lost
cluster_up hold all hold-timeout 500ms flush-interval 10ms update-interval 100ms \
	digest-interval 0s
on s load serve -p 5001 --daemon >/dev/null
path same

n=500
# B's copies live for 4 s only, connections say something every second: idle ones expire
# there, and are no loss to A. (One that expired while it was used would come again, with
# the time that A gives it.)
on B sysctl -q net.netfilter.nf_conntrack_tcp_timeout_established=4
start c load hold-open --to 10.2.0.2 --port 5001 --connections $n --at-once 100 --first-port 20001 \
	--duration 9 --timeout 120 --ready /tmp/open >/tmp/held
check "$n connections are open" within 10 test -e /tmp/open
kill -STOP "$started"
check "idle: their copies expire on B" within 10 conntrack_count_is 0 B -p tcp
is "and stay on A" "$(conntrack_count A -p tcp)" $n
on B sysctl -q net.netfilter.nf_conntrack_tcp_timeout_established=1000
path other
on B ctsync stats reset
on A ctsync stats reset
kill -CONT "$started"
wait "$started"
is "all at once they go on over B" "$(awk '/^connections/ { print $4, $6 }' /tmp/held)" "$n 0"
is "which asked for each once" "$(stat B pull-asked) $(stat B out-query)" "$n $n"
is "and A knew them" "$(stat B pull-found) $(stat A in-query)" "$n $n"
no_invalid

note "forged segments of flows that nobody knows"
on B ctsync set pull-rate 50
on B ctsync stats reset
start=$(date +%s%N)
on c rawseg --src 10.1.0.2 --sport 1024 --ports 4000 --dst 10.2.0.2 --dport 5001 --flags A \
	--seq 1 --ack 1 --count 4000 --step 0
check "each is invalid in the end" within 5 invalid_is B 4000
took=$((($(date +%s%N) - start) / 1000000))
asked=$(stat B pull-asked)
between "at most 50 questions a second in $took ms, and 50" "$asked" 1 $((took * 50 / 1000 + 51))
is "the others were not asked about" "$(($(stat B pull-limit) + asked))" 4000
check "nobody knew them" within 2 stat_is B pull-nobody "$asked"
note "one flow, again and again"
on B ctsync set pull-rate 1000000
on c rawseg --src 10.1.0.2 --sport 999 --dst 10.2.0.2 --dport 5001 --flags A --seq 1 --ack 1 \
	--count 100 --interval 0.02
check "is not asked for again for a second" within 2 stat_reaches B pull-negative 50
check "each is invalid all the same" within 5 invalid_is B 4100
asked=$(stat B pull-asked)
on c rawseg --src 10.1.0.2 --sport 998 --dst 10.2.0.2 --dport 5001 --flags R --seq 1 --ack 1 --count 20
on c rawseg --src 10.1.0.2 --sport 997 --dst 10.2.0.2 --dport 5001 --flags S --seq 1 --count 1
sleep 0.2
is "resets and SYNs are never asked about" "$(stat B pull-asked)" "$asked"

note "off"
on B ctsync set pull off
on c rawseg --src 10.1.0.2 --sport 996 --dst 10.2.0.2 --dport 5001 --flags A --seq 1 --ack 1 --count 1
sleep 0.2
is "nothing is asked" "$(stat B pull-asked)" "$asked"
on B ctsync set pull on

note "a reply of UDP that comes before its flow is known, where rules say so"
on A ctsync set propagate-delete off
on B nft -f - <<-'END'
	table inet pull {
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname server udp sport 7000 meta mark set 0x2
		}
	}
END
on B ctsync set pull-mark 0x2 pull-mask 0x2
path split
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=3
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 40000 --ports 1 --count 1 --timeout 0.2 >/dev/null 2>&1
check "a flow over A and B" within 2 conntrack_count_is 1 B -p udp --orig-port-src 40000
check "expires on B" within 12 conntrack_count_is 0 B -p udp --orig-port-src 40000
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=30
on s burst ping-pong --to 10.1.0.2 --port 40000 --from-port 7000 --ports 1 --count 1 --timeout 0.2 >/dev/null 2>&1
is "B knows it in the direction that A saw" "$(conntrack_count B -p udp --orig-port-src 40000)" 1
is "not the other" "$(conntrack_count B -p udp --orig-port-src 7000)" 0
finish
