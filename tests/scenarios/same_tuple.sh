# SPDX-License-Identifier: GPL-2.0
# What a node finds in the way of a peer's flow: a reply that came before the flow
# was told, an unsynced entry with another mapping, an expired one. Both nodes end
# with the same entry.
. tests/scenarios/lib.sh
. tests/scenarios/nat.bash

cluster_up hold off flush-interval 10ms
echo_server 7000

note "the reply comes to B before B hears of the flow"
path split
sync_delay 300
is "10 flows, one answer each" "$(udp_flows 10 7000 20000 | lost)" 0
is "B made entries of its own, reversed" "$(stat B entry-new)" 10
check "B gave way" within 3 stat_is B insert-replaced 10
sync_delay 0
is "A did not" "$(stat A insert-replaced)" 0
is "10 more of each" "$(udp_flows 10 7000 20000 | lost)" 0
check "the same flows are on both" within 3 mappings_agree -p udp
is "as the client began them" "$(mappings B -p udp | grep -c '^udp src=10.1.0.2')" 10
is "under A's names" "$(entry B origin | sort | uniq -c | awk '{ print $1, $2 }')" "10 1"
is "and no other" "$(entries A) $(entries B)" "10 10"
is "no packet was dropped for it" "$(stat A clash-lost-packets) $(stat B clash-lost-packets)" "0 0"

note "B has the tuples with another mapping"
on A ctsync set hold all hold-timeout 500ms
on B ctsync set hold all hold-timeout 500ms
path same
for port in 30000 30001 30002; do
	status=UNSET timeout=60
	[ $port = 30001 ] && status=SEEN_REPLY
	[ $port = 30002 ] && timeout=1
	on B conntrack -I -p udp -t $timeout -u $status -s 10.1.0.2 -d 10.2.0.2 --sport $port --dport 7000 \
		-r 10.2.0.2 -q 10.3.0.9 --reply-port-src 7000 --reply-port-dst $port >/dev/null 2>&1
done
sleep 1.2
on A ctsync stats reset
on B ctsync stats reset
is "three flows through A" "$(udp_flows 3 7000 30000 | lost)" 0
check "the mapping without an answer gave way" within 5 eval \
	"tells 'sport=30000 .*dst=10.1.0.2 sport=7000' mappings B -p udp"
is "the one with answers stays" "$(mappings B -p udp | grep -c 'sport=30001 .*dst=10.3.0.9')" 1
is "the expired one was nothing" "$(mappings B -p udp | grep -c 'sport=30002 .*dst=10.1.0.2 sport=7000')" 1
is "one gave way, one did not" "$(stat B insert-replaced)" 1
no_invalid
finish
