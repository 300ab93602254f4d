# SPDX-License-Identifier: GPL-2.0
# Three nodes on a switch that send frames to all to one multicast group, IPv4, IPv6 and
# link-local: one datagram each, not one for each peer; nobody reads his own; a split path
# works as ever, with loss too; what the kernel says for the group is not synced.
#
#        c --- A, B --- s          A and B forward, n3 listens
#               |
#       --- sync switch ---
#               n3
# one kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash

modprobe ctsync
topology_up
check "a switch and a third node" switch_up 3
path split
echo_server 7000
ctsync key new /tmp/key
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
done

# group_up ADDRESS-PREFIX GROUP [words]
group_up() {
	local prefix=$1 group=$2 id
	shift 2
	for id in 1 2 3; do
		# shellcheck disable=SC2046 # words
		tool "$(name $id)" up node $id local "$prefix$id" $(switch_peers "$prefix" 3 $id) \
			group "$group" dev cluster hold all hold-timeout 2s flush-interval 10ms "$@" 2>/dev/null || return 1
	done
}
group_down() {
	local id
	for id in 1 2 3; do
		tool "$(name $id)" down
	done
}
in_sync() {
	local id
	for id in 1 2 3; do
		tool "$(name $id)" wait-sync timeout 20s >/dev/null || return 1
	done
}
all_up() { [ "$(tool "$1" show peers -j | grep -o '"state": *"up"' | wc -l)" = 2 ]; }
# Datagrams to the group that leave A's device; and inserts and acknowledgements, as far as
# they are in clear, that do not go there.
watch_wire() {
	on A nft -f - <<-END
	table netdev wire {
		counter group { }
		counter one { }
		chain out {
			type filter hook egress device cluster priority 0;
			$1 daddr $2 udp dport 24240 counter name group accept
			udp dport 24240 @th,352,8 { 1, 6 } counter name one
				}
	}
	END
}
wire() { [[ $(on A nft list counter netdev wire "${1:-group}") =~ packets\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }
memberships() { on A grep -ci "$1" "$2"; }

run() { # NAME FIRST-PORT FAMILY PREFIX GROUP [words]
	local name=$1 port=$2 family=$3 prefix=$4 group=$5 lost
	shift 5
	note "$name"
	watch_wire "$family" "$group"
	check "all come up" group_up "$prefix" "$group" "$@"
	check "and are in sync" in_sync
	check "each sees both others" eval 'within 5 all_up A && within 5 all_up B && within 5 all_up n3'
	lost="$(stat A lost-frames) $(stat B lost-frames) $(stat n3 lost-frames)"
	is "30 flows pass" "$(udp_flows 30 7000 "$port" | lost)" 0
	check "all three know them" within 10 everywhere 30 1 2 3
	[ "$(entries A)" = 30 ] || tool A show entries | grep -v 10.2.0.2:7000
	is "each was held until both others had it" "$(stat A hold-flows) $(stat A release-acked) $(stat A release-deadline)" "30 30 0"
	tool A set hold off; tool B set hold off
	check "each frame to the group is one datagram ($(wire))" within 3 eval '[ "$(stat A out-group)" = "$(wire)" ]'
	check "all that was to be acknowledged went that way" test "$(wire)" -ge 30
	case " $* " in *" key "*) ;; *) is "none of it went to one peer" "$(wire one)" 0 ;; esac
	is "nobody got his own back" "$(stat A drop-own-id) $(stat B drop-own-id) $(stat n3 drop-own-id)" "0 0 0"
	# what the group said before one was proven counts, so not from the start
	is "no frame was lost meanwhile" "$(stat A lost-frames) $(stat B lost-frames) $(stat n3 lost-frames)" "$lost"
	on A nft delete table netdev wire
}

run "IPv4, in clear" 20000 ip 10.8.0. 239.8.8.8 insecure mark all
check "what the kernel says of the group is tracked" tells 'dst=224.0.0.22' conntracks A
is "and not synced" "$(tool A show entries proto 2 -j | grep -c '"id"')" 0
check "A is a member of the group" test "$(memberships 080808EF /proc/net/igmp)" = 1

note "n3 leaves and comes back, the others go on"
tool n3 down
is "30 flows pass" "$(udp_flows 30 7000 21000 | lost)" 0
tool n3 up node 3 local 10.8.0.3 peer 10.8.0.1 peer 10.8.0.2 group 239.8.8.8 dev cluster insecure mark all \
	join-timeout 60s 2>/dev/null
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 22000 --ports 30 --count 3000 --interval 0.001 >/tmp/busy &
check "n3 is in sync while the group is busy" tool n3 wait-sync timeout 10s
wait $!
is "nothing of that was lost" "$(lost </tmp/busy)" 0
check "all three know all" within 10 everywhere 90 1 2 3

note "10 % loss"
for id in 1 2 3; do
	on switch tc qdisc replace dev p$id root netem loss 10%
done
tool A set hold all; tool B set hold all
is "50 flows pass" "$(udp_flows 50 7000 23000 | lost)" 0
check "all three know them" within 15 everywhere 140 1 2 3
check "frames were lost, and told again" test "$(stat B repaired-frames)" -gt 0
is "no packet waited until its deadline" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
for id in 1 2 3; do
	on switch tc qdisc del dev p$id root
done

group_down
is "the group was left" "$(memberships 080808EF /proc/net/igmp)" 0
on A conntrack -F 2>/dev/null; on B conntrack -F 2>/dev/null; on n3 conntrack -F 2>/dev/null

run "IPv6, link-local, with a key" 30000 ip6 fe80::ff:fe08: ff02::4242 key /tmp/key mark 0x1/0x1
note "the device goes: the others are up, nothing hangs"
ip -n "${TOPOLOGY_PREFIX}n3" link delete dev cluster
check "A sees that n3 is gone" within 5 tells '"state": *"down"' tool A show peers -j
is "30 flows pass" "$(udp_flows 30 7000 31000 | lost)" 0
group_down
no_invalid
switch_down 3
finish
