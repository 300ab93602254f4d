# SPDX-License-Identifier: GPL-2.0
# Nobody waits for acknowledgements, the sync link is slow, and the answer comes to B
# before the word of the flow does: echo replies, which conntrack calls invalid, and
# UDP and GRE, which begin a flow of their own there. B asks A, where rules say so for
# the latter; where they do not, the flow that A told of takes the place of B's.
. tests/scenarios/lib.sh

eval "$(declare -f plain_rules | sed 's/{ tcp, udp, icmp, ipv6-icmp }/{ tcp, udp, icmp, ipv6-icmp, gre }/')"
topology_rules() { plain_rules; }
tunnel() {
	printf '%s\n' "link add name tunnel type gre local $2 remote $3" \
		"address add $4/30 dev tunnel" 'link set dev tunnel up' | ip_batch "$1"
}
echoes() { on c ping -q -n -c 1 -W 3 "$1" | grep -c ' 1 received'; }
reversed() { conntracks B | grep -c '^[a-z]* *[0-9]* [0-9]* src=10.2.0.2'; }

modprobe ip_gre
cluster_up hold off hold-timeout 2s flush-interval 10ms
path split
sync_delay 100
echo_server 7000
tunnel c 10.1.0.2 10.2.0.2 10.7.0.1
tunnel s 10.2.0.2 10.1.0.2 10.7.0.2
on B nft -f - <<-'END'
	table inet pull {
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname server meta l4proto { udp, gre } meta mark set 0x2
		}
	}
END

note "B asks"
on B ctsync set pull-mark 0x2 pull-mask 0x2
is "an echo of each family" "$(echoes 10.2.0.2) $(echoes fd00:2::2)" "1 1"
is "3 UDP flows" "$(udp_flows 3 7000 20000 | lost)" 0
is "GRE" "$(echoes 10.7.0.2)" 1
is "each was asked for once, and found" "$(stat B pull-asked) $(stat B pull-found) $(stat B pull-nobody)" "6 6 0"
is "B made no flow of its own" "$(stat B entry-new) $(reversed)" "0 0"
no_invalid

note "B does not ask"
on B ctsync set pull-mask 0
before=$(stat B insert-replaced)
on A conntrack -D -p gre >/dev/null 2>&1
check "GRE is forgotten" within 3 conntrack_count_is 0 B -p gre
is "3 UDP flows" "$(udp_flows 3 7000 21000 | lost)" 0
is "GRE" "$(echoes 10.7.0.2)" 1
check "B's own, reversed, gave way" within 3 stat_is B insert-replaced $((before + 4))
become_the_same "the same flows are on both" 3
is "in the direction that A saw" "$(reversed)" 0
is "no packet was dropped for it" "$(stat A clash-lost-packets) $(stat B clash-lost-packets)" "0 0"
no_invalid
finish
