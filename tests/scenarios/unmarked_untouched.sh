# SPDX-License-Identifier: GPL-2.0
# Flows that no rule marked: no entry, no hold, not a word of them on the sync link, and
# no event extension, so a listener that starts later hears nothing of them.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new udp dport 7001 ct mark set ct mark or 0x1 accept
			ct state new accept
		}
	}
	END
}

cluster_up hold all flush-interval 10ms
path same
echo_server 7000
echo_server 7001
on s load serve -p 5001 --daemon >/dev/null

is "50 unmarked UDP flows pass" "$(udp_flows 50 7000 20000 | lost)" 0
on c load run --to 10.2.0.2 --port 5001 --connections 50 --parallel 5 >/tmp/load
is "50 unmarked connections pass" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "50 0"
is "no entry" "$(entries A) $(entries B)" "0 0"
is "no hold" "$(stat A hold-flows) $(stat A hold-packets)" "0 0"
is "no message of a flow" "$(of_flows A) $(of_flows B)" "0 0"
is "no conntrack on the peer" "$(conntrack_count B -p udp --orig-port-dst 7000) $(conntrack_count B -p tcp)" "0 0"
is "100 on A" "$(($(conntrack_count A -p udp --orig-port-dst 7000) + $(conntrack_count A -p tcp)))" 100

# One marked flow proves that the listener listens.
is "a marked flow passes" "$(udp_flows 1 7001 22000 | lost)" 0
check "and is synced" within 3 entries_are B 1
on A conntrack -E -e DESTROY,UPDATE >/tmp/events 2>/dev/null &
sleep 0.5
on A conntrack -D -p udp >/dev/null 2>&1
on A conntrack -D -p tcp >/dev/null 2>&1
check "the marked flow's end is heard" within 3 grep -q dport=7001 /tmp/events
is "nothing else is" "$(grep -c DESTROY /tmp/events)" 1
no_invalid
finish
