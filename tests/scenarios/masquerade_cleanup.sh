# SPDX-License-Identifier: GPL-2.0
# Masqueraded flows: when the outer address goes away, as keepalived does it, the
# kernel of that node ends them there; the copies live on elsewhere, and when tables
# are compared the node gets copies again: what it was may die next.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new ct mark set ct mark or 0x1 accept
		}
	}
	table ip nat {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname "server" masquerade
		}
	}
	END
}

# neither a packet that asks nor a comparison brings an entry back while we count
cluster_up hold all flush-interval 10ms digest-interval 0 pull off
path same
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000

on c load hold-open --to 10.2.0.2 --port 5001 --connections 100 --every 60 --duration 60 \
	--ready /tmp/open >/dev/null &
check "100 connections are open" within 10 test -e /tmp/open
is "100 UDP flows pass" "$(udp_flows 100 7000 20000 | lost)" 0
check "200 flows are on B" within 5 entries_are B 200
is "with their mapping" "$(conntracks B --src-nat | grep -c 'dst=10.2.0.11')" 200
is "and on A" "$(conntrack_count A --src-nat)" 200

on A ip address del 10.2.0.11/24 dev server
check "the kernel cleans up on A" within 5 conntrack_count_is 0 A --src-nat
is "as evictions" "$(stat A destroy-evicted) $(stat A destroy-forced)" "200 0"
is "nothing was said of it" "$(stat A out-delete)" 0
sleep 1
is "all 200 stay on B" "$(conntrack_count B --src-nat) $(entries B)" "200 200"
is "A has no entry left" "$(entries A)" 0
for node in A B; do on $node ctsync set digest-interval 1s; done
check "comparing tables makes A a standby for all of them" within 15 entries_are A 200
is "with their mapping" "$(conntracks A --src-nat | grep -c 'dst=10.2.0.11')" 200
no_invalid
finish
