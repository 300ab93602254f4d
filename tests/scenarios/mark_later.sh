# SPDX-License-Identifier: GPL-2.0
# The mark comes later, or goes: a marked flow appears on the peer with its next
# packet, agreed bits of the mark follow, a cleared mark leaves a plain copy.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ip dscp cs1 ct mark set ct mark or 0x1
			accept
		}
	}
	END
}
mark_on() { # NODE SOURCE-PORT
	conntracks "$1" -p udp --orig-port-src "$2" | sed -n 's/.*mark=\([0-9]*\).*/\1/p'
}
set_mark() { # NODE SOURCE-PORT MARK
	on "$1" conntrack -U -p udp -s 10.1.0.2 -d 10.2.0.2 --sport "$2" --dport 7000 \
		--mark "$3" >/dev/null 2>&1 || check "the mark of $2 on $1 can be set" false
}
mark_on_is() { [ "$(mark_on "$1" "$2")" = "$3" ]; }
packet() { on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port "$1" --count "${2:-1}" | lost; }

cluster_up hold all mark-sync 0xff00 flush-interval 10ms update-interval 50ms
path same
echo_server 7000

# by conntrack(8)
is "an unmarked flow passes" "$(packet 20000 3)" 0
is "it is not synced" "$(entries A) $(conntrack_count B -p udp --orig-port-dst 7000)" "0 0"
set_mark A 20000 0x101
is "marked, its next packet passes" "$(packet 20000)" 0
check "and the flow appears on the peer" within 3 conntrack_count_is 1 B -p udp --orig-port-src 20000
is "adopted on A, created on B, not held" \
	"$(stat A entry-adopted) $(stat B insert-created) $(stat A hold-flows)" "1 1 0"
is "with the agreed bits of the mark" "$(mark_on B 20000)" 257

# by a rule, on a later packet
is "another unmarked flow passes" "$(packet 20001 2)" 0
on c nft -f - <<-'END'
	table inet c {
		chain out {
			type filter hook output priority filter;
			udp sport 20001 ip dscp set cs1
		}
	}
END
is "a rule marks its next packet" "$(packet 20001)" 0
check "and the flow appears on the peer" within 3 conntrack_count_is 1 B -p udp --orig-port-src 20001
is "both are entries on both" "$(entries A) $(entries B)" "2 2"

# bits follow; bits that nobody agreed on do not
set_mark A 20000 0x770201
is "remarked, its next packet passes" "$(packet 20000)" 0
check "the agreed bits follow" within 3 mark_on_is B 20000 513
set_mark B 20000 0x0301
path other
is "remarked on B, its next packet passes B" "$(packet 20000)" 0
check "the agreed bits come back, A's own stay" within 3 mark_on_is A 20000 $((0x770301))
path same

# cleared
is "a packet over A" "$(packet 20000)" 0
set_mark A 20000 0x300
is "cleared, its next packet passes" "$(packet 20000)" 0
check "the peer is told to forget it" within 3 stat_is B in-forget 1
is "no longer an entry anywhere" "$(entries A) $(entries B)" "1 1"
is "its copy stays" "$(conntrack_count B -p udp --orig-port-src 20000)" 1
path other
is "a packet over B passes" "$(packet 20000)" 0
sleep 1.2
is "the copy stays unsynced" "$(entries A) $(entries B)" "1 1"
is "and A's mark stays cleared" "$(mark_on A 20000)" 768
no_invalid
finish
