# SPDX-License-Identifier: GPL-2.0
# Tables that drifted apart become the same. Flows that one node lost without
# telling are found by comparing digests, and only their buckets are told again.
# After a partition in which both sides changed both know all, and what was deleted
# on either side stays dead.
# one kernel
. tests/scenarios/lib.sh

flows_of() { entry "$1" id | sort; }
same_flows() { [ "$(flows_of A)" = "$(flows_of B)" ]; }
delete_udp() { # NODE FIRST LAST
	local port
	for port in $(seq "$2" "$3"); do
		on "$1" conntrack -D -p udp --orig-port-src "$port" >/dev/null 2>&1
	done
}

cluster_up hold all hold-timeout 500ms flush-interval 10ms digest-interval 0
echo_server 7000
path same
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300
done

note "10 of 100 copies are gone from B, which nobody told"
# later than the last that A says of them, or they come back
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=4
is "10 flows pass" "$(udp_flows 10 7000 20000 | lost)" 0
check "they expire on B" within 20 conntrack_count_is 0 B -p udp --orig-port-dst 7000
conntracks B -p udp --orig-port-dst 7000 | sed 's/^/# /'
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=300
for node in A B; do
	on $node ctsync set digest-interval 1s
done
is "90 flows pass" "$(udp_flows 90 7000 21000 | lost)" 0
check "B has all 100 again" within 60 conntrack_count_is 100 B -p udp --orig-port-dst 7000
check "with the same names" within 5 same_flows
between "of which only those of differing buckets were told" "$(stat A digest-entries)" 10 40
is "and no table was copied again" "$(stat A bulk-begun) $(stat B bulk-begun)" "1 1"

note "resync copies both, and changes nothing"
on A ctsync resync
check "A copied its table" within 5 stat_reaches A bulk-entries 100
check "B copied its table" within 5 stat_reaches B bulk-entries 100
is "once each" "$(stat A bulk-begun) $(stat B bulk-begun)" "2 2"
is "nothing is new" "$(entries A) $(entries B)" "100 100"

note "a partition"
deaf A
deaf B
check "A is alone" within 5 peers_are A down
check "B is alone" within 5 peers_are B down
is "20 flows pass A" "$(udp_flows 20 7000 41000 | lost)" 0
path other
is "20 flows pass B" "$(udp_flows 20 7000 42000 | lost)" 0
delete_udp A 20000 20002
delete_udp B 20005 20007
is "each went its own way" "$(entries A) $(entries B)" "117 117"
sleep 6 # longer than a tombstone would live
hearing A
hearing B
check "A is up again" within 5 peers_are A up
check "B is up again" within 5 peers_are B up
check "A has all that lives" within 10 entries_are A 134
check "B has all that lives" within 10 entries_are B 134
check "with the same names" within 5 same_flows
is "conntracks are alike" "$(conntrack_count A -p udp --orig-port-dst 7000) $(conntrack_count B -p udp --orig-port-dst 7000)" "134 134"
sleep 3
is "and nothing comes back" "$(entries A) $(entries B)" "134 134"
no_invalid
finish
