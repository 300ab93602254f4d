# SPDX-License-Identifier: GPL-2.0
# Connections behind nft's synproxy: A made up the sequence numbers and time stamps
# that the client sees, B shifts likewise. Through A, and on through B when A is dead;
# with the server's packets through B from the beginning. Counters go along.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		set refused {
			type ipv4_addr . inet_service . inet_service
			size 32; flags dynamic
		}
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname "client" tcp dport 5001-5201 tcp flags syn / fin,syn,rst,ack notrack
		}
		# the proxy's own SYN to the server begins the flow
		chain output {
			type filter hook output priority filter;
			ct state new ip saddr 10.1.0.2 tcp dport 5001-5201 ct mark set ct mark or 0x1
		}
		chain forward {
			type filter hook forward priority filter; policy drop;
			iifname "client" tcp dport 5001-5201 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
			ct state invalid update @refused { ip saddr . tcp sport . tcp dport }
			ct state invalid counter name "invalid" drop
			ct state established,related accept
		}
	}
	END
}
# what conntrack counted of the larger flow to port 5201, in the original direction
counted() { conntracks "$1" -p tcp --orig-port-dst 5201 | sed -n 's/.*src=10.1.0.2 [^b]*bytes=\([0-9]*\) .*/\1/p' | sort -n | tail -1; }
counted_much() { [ "$(counted "$1")" -gt "$2" ]; }

modprobe -a nf_synproxy_core nft_synproxy
cluster_up hold all accounting on update-interval 100ms flush-interval 10ms pull off
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_timestamp=1 \
		net.ipv4.tcp_syncookies=2 net.ipv4.tcp_timestamps=1
done
on s load serve -p 5001 --daemon >/dev/null
on s iperf3 -s -D
within 3 listens s tcp 5201

for way in same split; do
	note "path $way"
	path $way
	is "10 connections" "$(on c load run --to 10.2.0.2 --port 5001 --connections 10 --parallel 2 | awk '/^connections/ { print $2, $4 }')" "10 0"
done
is "made by the proxy of A, told to B" "$(stat A entry-new) $(stat B insert-created) $(stat B entry-new)" "20 20 0"
no_invalid

note "A dies in the middle of a transfer"
path same
on c load hold-open --to 10.2.0.2 --port 5001 --connections 5 --every 0.3 --duration 14 --ready /tmp/open >/tmp/held &
opener=$!
on c iperf3 -c 10.2.0.2 -t 12 -i 1 -f m >/tmp/iperf &
iperf=$!
within 5 test -e /tmp/open || check "connections open" false
check "B's copy counts what A saw" within 5 counted_much B 100000
seen=$(counted B)
is "and knows when it began" "$(on B conntrack -L -p tcp --orig-port-dst 5201 -o ktimestamp 2>/dev/null | grep -c 'start=')" "$(conntrack_count B -p tcp --orig-port-dst 5201)"
dies A
path other
check "the transfer ends well" wait "$iperf"
check "its last 2 seconds had bytes" moving 2 /tmp/iperf
wait "$opener"
is "5 connections lived on" "$(awk '/^connections/ { print $4, $6 }' /tmp/held)" "5 0"
check "B counts on from there" counted_much B "$seen"
is "no packet was invalid at B" "$(invalid B)" 0
finish
