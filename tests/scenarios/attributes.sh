# SPDX-License-Identifier: GPL-2.0
# What belongs to a flow besides its mapping and state: a zone that counts in one
# direction, a label, a timeout policy. Rules of A gave them, B has them too: while
# the path is split, and when A has died.
. tests/scenarios/lib.sh

# the same on both: a packet must be given the zone that its flow is in
topology_rules() {
	plain_rules
	cat <<-'END'
	table inet zones {
		counter labelled { }
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname "client" ct original zone set 7
		}
		chain postrouting {
			type filter hook postrouting priority filter;
			oifname "client" ct label 5 counter name labelled
		}
	}
	END
}
# on A alone: nobody but A can have told B
only_on_A() {
	on A nft -f - <<-'END'
	table ip a {
		ct timeout talk { protocol udp; l3proto ip; policy = { unreplied : 300, replied : 900 }; }
		ct timeout visit { protocol tcp; l3proto ip; policy = { established : 7200 }; }
		chain prerouting {
			type filter hook prerouting priority -150;
			ct state new udp dport 7000 ct timeout set "talk"
			ct state new tcp dport 5001 ct timeout set "visit"
			ct state new ct label set 5
		}
	}
	END
}
# lives NODE PROTOCOL LOW HIGH: how many flows have a life left in that range
lives() {
	conntracks "$1" -p "$2" | awk -v low="$3" -v high="$4" '$3 >= low && $3 <= high { n++ } END { print n + 0 }'
}
labelled() { on "$1" nft list counter inet zones labelled | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

cluster_up hold all zones on labels on flush-interval 10ms
check "A has policies and labels" only_on_A
path split
echo_server 7000
on s load serve -p 5001 --daemon >/dev/null

note "split: out through A, back through B"
is "10 UDP flows, 2 datagrams each" "$(udp_flows 10 7000 | lost) $(udp_flows 10 7000 | lost)" "0 0"
start c load hold-open --to 10.2.0.2 --port 5001 --connections 5 --every 0.2 --duration 60 \
	--ready /tmp/open >/tmp/held
check "5 connections" within 5 test -e /tmp/open
is "in zone 7, of the original direction" "$(conntracks B -p udp | grep -c 'zone-orig=7')" 10
is "and the connections" "$(conntracks B -p tcp | grep -c 'zone-orig=7')" 5
is "B's copies live by A's policy" "$(lives B udp 200 300)" 10
# (shorter while something is not acknowledged)
alive_long() { [ "$(lives B tcp 7000 7200)" = 5 ]; }
check "the connections, too" within 5 alive_long
between "with A's label" "$(labelled B)" 20 100000
is "each is one flow" "$(stat B entry-new) $(stat A insert-created) $(stat B timeouts-refused)" "0 0 0"

note "A dies"
dies A
path other
is "the UDP flows go on through B" "$(udp_flows 10 7000 | lost)" 0
is "B made none of its own" "$(stat B entry-new) $(conntrack_count B -p udp --orig-port-dst 7000)" "0 10"
# conntrack gives the longer life to what is more than two seconds old
long_lived() { udp_flows 10 7000 >/dev/null && [ "$(lives B udp 800 900)" = 10 ]; }
check "they still live by A's policy" within 10 long_lived
# conntrack, whose windows are open, must see that all is acknowledged
check "and the connections" within 5 alive_long
kill "$started"
no_invalid
finish
