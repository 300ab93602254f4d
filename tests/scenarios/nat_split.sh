# SPDX-License-Identifier: GPL-2.0
# NAT over a split path and through a failover, IPv4 and IPv6: source NAT to a
# range of ports, masquerade, destination NAT, both at once, ICMP identifiers.
# Every flow has the same mapping on both nodes, and keeps it.
. tests/scenarios/lib.sh
. tests/scenarios/nat.bash

topology_rules() {
	plain_rules
	nat_rules
	cat <<-'EOF'
	table inet seen {
		counter echoes { }
		counter mistaken { }
		chain postrouting {
			type filter hook postrouting priority filter;
			icmp type echo-reply ct original ip daddr 10.2.0.2 counter name echoes
			icmp type echo-reply ct original ip daddr 10.2.0.2 ct status dnat counter name mistaken
		}
	}
	EOF
}

cluster_up hold all hold-timeout 500ms flush-interval 10ms
nat_path split
# what A masquerades comes back through B
printf 'route replace %s/32 via %s dev b onlink\n' 10.2.0.11 10.2.0.12 | ip_batch s
printf 'route replace %s/128 via %s dev b\n' fd00:2::11 fd00:2::12 | ip_batch s
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000
echo_server 7001

# flows of PROTOCOL have the same mapping on both nodes, and both say which end it is of
same_mappings() {
	check "each $1 flow has the same mapping on both nodes" within 3 mappings_agree -p "$1"
	is "of the source" "$(mappings B -p "$1" --src-nat)" "$(mappings A -p "$1" --src-nat)"
	is "of the destination" "$(mappings B -p "$1" --dst-nat)" "$(mappings A -p "$1" --dst-nat)"
}

note "split: out through A, back through B"
for to in "10.2.0.2 5001" "fd00:2::2 5001" "10.3.0.80 8000" "fd00:3::80 8000"; do
	on c load run --to "${to% *}" --port "${to#* }" --connections 10 --parallel 5 >/tmp/load
	is "10 connections to $to" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "10 0"
done
same_mappings tcp
for to in "10.2.0.2 7000" "fd00:2::2 7000" "10.3.0.80 8000" "fd00:3::80 8000" "10.2.0.2 7001" "fd00:2::2 7001"; do
	is "10 UDP flows to $to" "$(on c burst ping-pong --to "${to% *}" --port "${to#* }" --from-port 30000 --ports 10 --count 30 | lost)" 0
done
same_mappings udp
is "source NAT gave ports of the range" \
	"$(mappings B -p udp --orig-port-dst 7000 | sed 's/.*dport=\(2....\)$/in range/' | sort | uniq -c | awk '{ print $1, $2, $3 }')" "20 in range"
is "masquerading ports of its own" \
	"$(mappings B -p udp --orig-port-dst 7001 | sed 's/.*dst=\(10.2.0.11\|fd00:2::11\) sport=7001 dport=3....$/of A/' | sort | uniq -c | awk '{ print $1, $2, $3 }')" "20 of A"
for to in 10.2.0.2 fd00:2::2 10.3.0.80 fd00:3::80; do
	is "10 echoes of $to" "$(on c ping -q -n -c 10 -i 0.02 "$to" | sed -n 's/^\(.* received\),.*/\1/p')" \
		"10 packets transmitted, 10 received"
done
same_mappings icmp
same_mappings icmpv6
is "echo requests another identifier" \
	"$(mappings B -p icmp | awk '{ gsub(/[a-z]*=/, ""); same += $6 == $(NF) } END { print NR, same + 0 }')" "2 0"
is "which passes for source NAT only" \
	"$(on B nft list counters table inet seen | sed -n 's/.*packets \([0-9]*\).*/\1/p' | paste -s)" "$(printf '10\t0')"
is "no flow was made twice" "$(stat A insert-created) $(stat B entry-new) $(stat A conflict) $(stat B conflict)" "0 0 0 0"

note "failover: all through A, then A dies"
nat_path same
is "10 UDP flows" "$(on c burst ping-pong --to 10.3.0.80 --port 8000 --from-port 31000 --ports 10 --count 30 | lost)" 0
mappings B -p udp | grep ' sport=310' >/tmp/before
n=0
for to in "10.2.0.2 5001" "fd00:3::80 8000"; do
	n=$((n + 1))
	on c load hold-open --to "${to% *}" --port "${to#* }" --connections 10 --every 0.1 \
		--duration 12 --ready "/tmp/open$n" >"/tmp/held$n" &
	pids[n]=$!
done
for n in 1 2; do within 5 test -e "/tmp/open$n" || check "connections open" false; done
on c ping -n -i 0.05 -w 5 10.3.0.80 >/tmp/ping &
pinger=$!
check "all open connections are known on B" within 5 eval \
	'[ "$(mappings B -p tcp --state ESTABLISHED | grep -c .)" = 20 ]'
check "with the same mapping on both nodes" within 5 mappings_agree -p tcp --state ESTABLISHED
dies A
nat_path other
is "the 10 UDP flows go on through B" "$(on c burst ping-pong --to 10.3.0.80 --port 8000 --from-port 31000 --ports 10 --count 30 | lost)" 0
is "with the same mapping" "$(mappings B -p udp | grep ' sport=310')" "$(cat /tmp/before)"
for n in 1 2; do
	wait "${pids[n]}"
	is "10 connections of kind $n lived on" "$(awk '/^connections/ { print $4, $6 }' "/tmp/held$n")" "10 0"
done
wait "$pinger"
between "the ping went on" "$(sed -n 's/.* \([0-9]*\) received.*/\1/p' /tmp/ping)" 60 101
is "one ping, one flow" "$(stat B entry-new)" 0
no_invalid
finish
