# SPDX-License-Identifier: GPL-2.0
# Odd packets of synced flows: ICMP errors that arrive at the other node than the
# packet that they are about passed, fragments, two ends that open at once, FIN and RST
# over different nodes, entries that an operator makes and changes, and bridged packets,
# which are none of ours.
. tests/scenarios/lib.sh

topology_rules() {
	plain_rules
	cat <<-'END'
	table inet errors {
		counter errors { }
		chain forward {
			type filter hook forward priority filter - 1;
			icmp type destination-unreachable ct state related counter name "errors"
			icmpv6 type { destination-unreachable, packet-too-big } ct state related counter name "errors"
		}
	}
	END
}
errors() { [[ $(on "$1" nft list counter inet errors errors) =~ packets\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }
errors_are() { [ "$(errors "$1")" = "$2" ]; }

cluster_up hold all mark-sync 0xf0 flush-interval 10ms
# behind the server a network whose packets are smaller
ip_batch s <<-END
	link add name small mtu 1300 type dummy
	link set dev small up
	address add 10.5.0.1/24 dev small
	address add fd00:5::1/64 dev small nodad
	neigh replace 10.5.0.2 lladdr 02:00:00:05:00:02 dev small nud permanent
	neigh replace fd00:5::2 lladdr 02:00:00:05:00:02 dev small nud permanent
END
on s sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
for node in A B; do
	printf 'route add %s dev server\n' '10.5.0.0/24 via 10.2.0.2' 'fd00:5::/64 via fd00:2::2' | ip_batch $node
done
printf '%s\n' 'route add 10.5.0.0/24 via 10.1.0.11 dev a src 10.1.0.2' \
	'route add fd00:5::/64 via fd00:1::11 dev a src fd00:1::2' | ip_batch c
path split

note "ICMP errors about packets through A come to B"
for to in 10.2.0.2 fd00:2::2; do
	on c burst ping-pong --to $to --port 9999 --from-port 40000 --ports 5 --count 5 --timeout 0.2 >/dev/null 2>&1
done
check "10 ports unreachable: related at B" within 3 errors_are B 10
for to in 10.5.0.2 fd00:5::2; do
	on c burst send --to $to --port 9000 --from-port 41000 --size 1400 --count 1 >/dev/null
done
check "2 packets too big: likewise" within 3 errors_are B 12
is "the client knows the path's size" "$(for to in 10.5.0.2 fd00:5::2; do on c ip route get $to; done | grep -c 'mtu 1300')" 2
is "none came to A" "$(errors A)" 0

note "fragments"
echo_server 7000
for to in 10.2.0.2 fd00:2::2; do
	is "5 UDP flows to $to, datagrams of 4000 bytes" \
		"$(on c burst ping-pong --to $to --port 7000 --from-port 42000 --ports 5 --size 4000 --count 15 | lost)" 0
	is "and echoes" "$(on c ping -q -n -c 5 -i 0.02 -s 4000 $to | sed -n 's/^\(.* received\),.*/\1/p')" "5 packets transmitted, 5 received"
done

note "FIN and RST over different nodes"
on s load serve -p 5001 --daemon >/dev/null
for how in --linger0 --wait-close; do
	is "20 connections, $how" "$(on c load run --to 10.2.0.2 --port 5001 --connections 20 --parallel 4 $how | awk '/^connections/ { print $2, $4 }')" "20 0"
done
become_the_same "both tables say the same of them" 5

note "both ends open at once"
for node in c s; do
	on $node nft -f - <<-'END'
	table inet quiet {
		chain output {
			type filter hook output priority filter;
			tcp flags & rst == rst tcp sport { 30001, 30002 } drop
			tcp flags & rst == rst tcp dport { 30001, 30002 } drop
		}
		chain input {
			type filter hook input priority filter;
			tcp dport { 30001, 30002 } drop
		}
	}
	END
done
from_c() { on c rawseg --src 10.1.0.2 --sport 30001 --dst 10.2.0.2 --dport 30002 --count 1 --win 1000 "$@" >/dev/null; }
from_s() { on s rawseg --src 10.2.0.2 --sport 30002 --dst 10.1.0.2 --dport 30001 --count 1 --win 1000 "$@" >/dev/null; }
state_is() { [[ $(conntracks "$1" -p tcp --orig-port-src 30001) = *" $2 "* ]]; }
from_c --flags S --seq 1000
check "a SYN through A" within 2 state_is B SYN_SENT
from_s --flags S --seq 5000
check "a SYN through B: both nodes know" within 2 state_is A SYN_SENT2
from_c --flags SA --seq 1000 --ack 5001
check "its answer through A" within 2 state_is B SYN_RECV
from_s --flags SA --seq 5000 --ack 1001
from_c --flags A --seq 1001 --ack 5001
from_s --flags A --seq 5001 --ack 1001
check "established on A" within 2 state_is A ESTABLISHED
check "and on B" within 2 state_is B ESTABLISHED
from_c --flags PA --len 100 --seq 1001 --ack 5001
from_s --flags PA --len 100 --seq 5001 --ack 1101
from_c --flags A --seq 1101 --ack 5101
no_invalid

note "an operator makes an entry on A, and changes one"
on A conntrack -I -p udp -t 100 -u UNSET -s 10.1.0.2 -d 10.2.0.2 --sport 43000 --dport 7000 \
	-r 10.2.0.2 -q 10.1.0.2 --reply-port-src 7000 --reply-port-dst 43000 -m 0x11 >/dev/null 2>&1
is "its first packet" "$(udp_flows 1 7000 43000 | lost)" 0
check "brings it to B, with the mark" within 2 entry_is B mark 17 proto udp sport 43000
for change in "--mark 0x31" "--timeout 77"; do
	# shellcheck disable=SC2086 # two words
	on A conntrack -U -p udp -s 10.1.0.2 -d 10.2.0.2 --sport 43000 --dport 7000 $change >/dev/null 2>&1 ||
		check "$change" false
done
is "the next packet" "$(udp_flows 1 7000 43000 | lost)" 0
check "brings the mark" within 2 entry_is B mark 49 proto udp sport 43000
is "a life is nobody else's" "$(conntracks B -p udp --orig-port-src 43000 | awk '{ print ($3 < 70) }')" 1

note "bridged packets with bridge netfilter"
modprobe br_netfilter
{
	echo "netns add b1"
	echo "netns add b2"
} | ip -batch -
{
	_topology_link b1 eth 06:00:01 A left 06:00:11
	_topology_link b2 eth 06:00:02 A right 06:00:12
} | ip -batch -
for n in 1 2; do printf '%s\n' "link set dev eth up" "address add 10.6.0.$n/24 dev eth" | ip_batch b$n; done
printf '%s\n' 'link add name bridge type bridge' 'link set dev bridge up' 'link set dev left master bridge up' \
	'link set dev right master bridge up' | ip_batch A
on A sysctl -q net.bridge.bridge-nf-call-iptables=1
check "pass" eval "on b1 ping -q -n -c 3 -i 0.2 -W 2 10.6.0.2 >/dev/null"
is "conntrack of A follows them" "$(conntrack_count A -p icmp -s 10.6.0.1)" 1
is "they are not synced" "$(entry A id src 10.6.0.1 | grep -c .) $(conntrack_count B -p icmp -s 10.6.0.1)" "0 0"
for node in b1 b2; do ip netns delete $node; done
finish
