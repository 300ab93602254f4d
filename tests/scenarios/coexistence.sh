# SPDX-License-Identifier: GPL-2.0
# Other users of conntrack go on as they were: rules as firewalld, ufw and Docker make
# them, others' bits of the mark, conntrackd in statistics mode on A, ulogd's NFCT on B.
# Connections go to a port that A publishes, and come back through B.
. tests/scenarios/lib.sh

n=$(soak_or 1000 40)

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		set refused {
			type ipv4_addr . inet_service . inet_service
			size 32; flags dynamic
		}
		# before whoever drops it
		chain forward {
			type filter hook forward priority filter - 5; policy accept;
			ct state invalid update @refused { ip saddr . tcp sport . tcp dport }
			ct state invalid counter name "invalid" drop
			ct state new ct mark set ct mark or 0x1
		}
	}
	table ip nat {
		chain DOCKER {
			iifname "docker0" return
			iifname != "docker0" tcp dport 8080 counter dnat to 10.2.0.2:5001
		}
		chain PREROUTING {
			type nat hook prerouting priority dstnat; policy accept;
			fib daddr type local counter jump DOCKER
		}
		chain OUTPUT {
			type nat hook output priority -100; policy accept;
			ip daddr != 127.0.0.0/8 fib daddr type local jump DOCKER
		}
		chain POSTROUTING {
			type nat hook postrouting priority srcnat; policy accept;
			ip saddr 172.17.0.0/16 oifname != "docker0" masquerade
			ip saddr 10.2.0.2 ip daddr 10.2.0.2 tcp dport 5001 masquerade
		}
	}
	table ip filter {
		chain ufw-before-forward {
			ct state related,established counter accept
			icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-request } accept
			ct status dnat accept
		}
		chain ufw-reject-forward {
			counter reject
		}
		chain FORWARD {
			type filter hook forward priority filter; policy drop;
			counter jump ufw-before-forward
			counter jump ufw-reject-forward
		}
	}
	table inet firewalld {
		chain mangle_PREROUTING {
			type filter hook prerouting priority mangle + 10; policy accept;
			jump mangle_PRE_public
		}
		chain mangle_PRE_public {
			ct state new ct mark set ct mark or @MARK@
		}
		chain filter_PREROUTING {
			type filter hook prerouting priority filter + 10; policy accept;
			meta nfproto ipv6 fib saddr . mark . iif oif missing drop
		}
		chain filter_FORWARD {
			type filter hook forward priority filter + 10; policy accept;
			ct state { established, related } accept
			ct status dnat accept
			iifname "lo" accept
			ct state { invalid } drop
			reject with icmpx admin-prohibited
		}
	}
	END
}
# bits of others: each node has its own
_topology_prepare_firewall() {
	_topology_prepare_node "$1"
	topology_rules | sed "s/@MARK@/$([ "$1" = A ] && echo 0x5500 || echo 0x2200)/" | on "$1" nft -f -
	on "$1" sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_be_liberal=0
}
marks() { conntracks "$1" -p tcp --orig-port-dst 8080 | grep -o 'mark=[0-9]*' | sort | uniq -c | xargs; }
statistics() { on A conntrackd -C /tmp/conntrackd.conf -s 2>/dev/null | awk '/current active connections/ { print $NF }'; }
statistics_are() { [ "$(statistics)" = "$1" ]; }
logged() { grep -c "\[$1\].*DPT=8080 " /tmp/flows.log; } # NEW, DESTROY
logged_is() { [ "$(logged "$1")" = "$2" ]; }

cluster_up hold all
cat >/tmp/conntrackd.conf <<-END
General {
	HashSize 8192
	HashLimit 65535
	LogFile /tmp/conntrackd.log
	LockFile /tmp/conntrackd.lock
	UNIX { Path /tmp/conntrackd.ctl }
}
Stats { LogFile /tmp/stats.log }
END
on A conntrackd -C /tmp/conntrackd.conf -d >/tmp/conntrackd.out 2>&1
check "conntrackd counts on A" within 20 statistics_are 0
plugins=/usr/lib/x86_64-linux-gnu/ulogd
cat >/tmp/ulogd.conf <<-END
[global]
logfile="/tmp/ulogd.log"
loglevel=3
plugin="$plugins/ulogd_inpflow_NFCT.so"
plugin="$plugins/ulogd_filter_IP2STR.so"
plugin="$plugins/ulogd_filter_PRINTFLOW.so"
plugin="$plugins/ulogd_output_LOGEMU.so"
stack=ct1:NFCT,ip2str1:IP2STR,print1:PRINTFLOW,emu1:LOGEMU
[ct1]
hash_enable=0
event_mask=0x5
[emu1]
file="/tmp/flows.log"
sync=1
END
on B ulogd -c /tmp/ulogd.conf -d
check "ulogd listens on B" within 20 test -e /tmp/flows.log
# no connection has anything to say any more: what it said after its end would be invalid
none_talks() { ! conntracks A -p tcp --orig-port-dst 8080 | grep 'ESTABLISHED\|FIN_WAIT\|CLOSE_WAIT\|LAST_ACK' >/tmp/talks; }
on s load serve -p 5001 --daemon >/dev/null
check "the server is there" within 10 listens s tcp 5001
# what comes back leaves through B
path split
start c load hold-open --to 10.1.0.11 --port 8080 --connections "$n" --every 1 --duration 200 \
	--timeout 30 --ready /tmp/ready >/tmp/load
load=$started
check "$n connections to the published port are open" within 60 test -e /tmp/ready
is "they are synced" "$(stat A entry-new) $(stat B insert-created)" "$n $n"
is "A has its own bits of the mark" "$(marks A)" "$n mark=$((0x5501))"
is "B has none of them" "$(marks B)" "$n mark=$((0x0001))"
check "conntrackd has them all" within 10 statistics_are "$n"
check "ulogd on B was told of each copy, once" within 10 logged_is NEW "$n"
is "each is translated back" "$(on B conntrack -L -p tcp --orig-port-dst 8080 2>/dev/null | grep -c 'src=10.2.0.2 dst=10.1.0.2 sport=5001')" "$n"
kill -TERM "$load"
wait "$load"
is "none broke" "$(awk '/^connections/ { print $2, $4, $6 }' /tmp/load)" "$n $n 0"
check "all are closed" within 20 none_talks
on A conntrack -D -p tcp --orig-port-dst 8080 >/dev/null 2>&1
check "deleted on A, they are gone on B" within 10 conntrack_count_is 0 B -p tcp --orig-port-dst 8080
check "ulogd logs each end, once" within 10 logged_is DESTROY "$n"
check "conntrackd has none" within 10 statistics_are 0
no_invalid
on A conntrackd -C /tmp/conntrackd.conf -k >/dev/null 2>&1
killall ulogd
finish
