# SPDX-License-Identifier: GPL-2.0
# A peer whose conntrack table is nearly full takes no copy, says so, and evicts
# nothing of its own for it; the packet goes on at once.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new udp dport 7000 ct mark set ct mark or 0x1 accept
			ct state new accept
		}
	}
	END
}

# a refusal that did not release would cost an answer
cluster_up hold all hold-timeout 5s
echo_server 7000
echo_server 9000
path other
sysctl -q net.netfilter.nf_conntrack_max=400
is "385 flows of B's own pass" "$(udp_flows 385 9000 20000 | lost)" 0
own=$(conntrack_count B -p udp --orig-port-dst 9000)
is "and are in its table" "$own" 385

path same
is "10 flows pass A" "$(udp_flows 10 7000 30000 | lost)" 0
is "each was held" "$(stat A hold-flows)" 10
is "and released by the refusal" "$(stat A release-refused) $(stat A in-inack)" "10 10"
is "each held packet was refused once" "$(stat B out-inack)" 10
# ... and so was the flow, once more, when B asked for it at its first update
check "for want of room" within 3 stat_is B insert-full 20
is "B made none" "$(stat B insert-created) $(entries B)" "0 0"
is "B lost none of its own" "$(conntrack_count B -p udp --orig-port-dst 9000)" 385
is "nor did the kernel drop one early" \
	"$(on B conntrack -S | grep -o 'early_drop=[0-9]*' | awk -F= '{ n += $2 } END { print n }')" 0

sysctl -q net.netfilter.nf_conntrack_max=65536
is "with room again, 10 flows pass" "$(udp_flows 10 7000 31000 | lost)" 0
is "acknowledged" "$(stat A release-acked)" 10
is "what was refused comes with its next packet" "$(udp_flows 10 7000 30000 | lost)" 0
check "so that B has all" within 5 entries_are B 20
no_invalid
finish
