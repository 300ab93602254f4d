# SPDX-License-Identifier: GPL-2.0
# The sync link carries shorter frames than its interfaces say, or longer ones: frames
# adapt, nothing is lost for long, and the peer's reason says so.
#
#        A --- bridge --- B        the bridge's port to B may be narrower than A and B
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash

modprobe ctsync
topology_up
check "a switch" switch_up 2
path split
echo_server 7000
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
done
reasons_are() { [ "$(peer_reason A)/$(peer_reason B)" = "$1" ]; }
# each interface of the link: ends MTU, middle MTU
mtu() {
	local node
	for node in A B; do
		ip -n "$TOPOLOGY_PREFIX$node" link set dev cluster mtu "$1"
	done
	ip_batch switch <<-END
	link set dev p1 mtu $2
	link set dev p2 mtu $2
	END
}
# The longest UDP datagram but HELLO, its header included, that leaves A meanwhile.
longest() {
	on A nft -f - <<-'END'
	table netdev wire {
		set lengths { type integer; typeof udp length; size 4096; flags dynamic; }
		chain out {
			type filter hook egress device cluster priority 0;
			udp dport 24240 @th,352,8 != 15 update @lengths { udp length }
		}
	}
	END
	"$@" >/dev/null
	on A nft list set netdev wire lengths | sed -n '/elements/,/}/p' | tr ',{} \t' '\n' | grep -x '[0-9]*' | sort -n | tail -n 1
	on A nft delete table netdev wire
}
# Tells B all flows of A once more, in frames as long as they get: a frame goes out when
# what waits might fill it, so it need not be quite full.
all_again() { tool A resync && within 10 tables_agree && sleep 1; }

for node in A B; do
	id=1 other=2
	[ $node = A ] || id=2 other=1
	tool $node up node $id local 10.8.0.$id peer 10.8.0.$other dev cluster insecure mark 0x1/0x1 \
		hold all hold-timeout 2s flush-interval 10ms digest-interval 1s 2>/dev/null ||
		check "$node comes up" false
done
check "A is in sync" tool A wait-sync timeout 10s
check "B is in sync" tool B wait-sync timeout 10s
is "200 flows pass" "$(udp_flows 200 7000 20000 | lost)" 0
check "B knows them" within 5 entries_are B 200
sleep 0.5
between "frames are as long as MTU 1500 allows" "$(longest all_again)" 601 1480
is "nothing is wrong" "$(peer_reason A)$(peer_reason B)" ""

note "the switch carries 1300 bytes and says nothing"
mtu 1500 1300
check "both say so within seconds" within 10 reasons_are mtu/mtu
is "and stay up" "$(peer_state A) $(peer_state B)" "up up"
between "frames are shorter" "$(longest all_again)" 401 1280
is "200 flows pass" "$(udp_flows 200 7000 21000 | lost)" 0
check "B knows them" within 5 entries_are B 400
is "no packet waited until its deadline" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
mtu 1500 1500
check "when it carries all again, both are content" within 10 reasons_are /

note "jumbo frames, A before B"
ip -n "${TOPOLOGY_PREFIX}switch" link set dev p1 mtu 9000
ip -n "${TOPOLOGY_PREFIX}switch" link set dev p2 mtu 9000
ip -n "${TOPOLOGY_PREFIX}A" link set dev cluster mtu 9000
repaired=$(stat B repaired-frames)
check "A says that longer ones do not reach B" within 10 reasons_are mtu/
is "100 flows pass" "$(udp_flows 100 7000 22000 | lost)" 0
check "B knows them" within 5 entries_are B 500
is "nothing that was tried had to be told again" "$(stat B repaired-frames)" "$repaired"
ip -n "${TOPOLOGY_PREFIX}B" link set dev cluster mtu 9000
check "then all is well" within 10 reasons_are /
between "and frames are long" "$(longest all_again)" 1501 8980

note "and back, in use"
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 23000 --ports 100 --count 1000 --interval 0.001 >/tmp/busy &
mtu 1280 1280
wait $!
is "no packet was lost" "$(lost </tmp/busy)" 0
check "B knows all" within 5 entries_are B 600
check "nothing is wrong" within 10 reasons_are /
between "frames are short" "$(longest all_again)" 401 1260
is "no packet waited until its deadline" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
no_invalid
switch_down 2
finish
