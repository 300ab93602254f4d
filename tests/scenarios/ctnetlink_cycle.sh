# SPDX-License-Identifier: GPL-2.0
# ctnetlink comes and goes while we run, and listens while we run: listeners hear
# of unmarked flows what they hear without us, we hear of our own all the time.
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

topology_up
path same
echo_server 7000
echo_server 7001
on s load serve -p 5001 --daemon >/dev/null

# What a listener hears of 5 UDP flows and 5 connections that no rule marked.
listen() { # FILE FIRST-PORT
	ip netns exec A conntrack -E -o id >/tmp/raw 2>/dev/null &
	local pid=$!
	sleep 0.5
	udp_flows 5 7000 "$2" >/dev/null
	on c load run --to 10.2.0.2 --port 5001 --connections 5 --parallel 1 \
		--first-port "$2" --ports 5 >/dev/null
	on A conntrack -D -p udp --orig-port-dst 7000 >/dev/null 2>&1
	on A conntrack -D -p tcp >/dev/null 2>&1
	sleep 0.5
	kill $pid
	wait $pid 2>/dev/null
	# type, protocol and state, without what differs each time: the seconds left
	# in the timeout, whether conntrack still found the name of a process, and whether the
	# server acknowledged the client's FIN before its own or with it
	sed -E '/UPDATE.* CLOSE_WAIT/d; s/\[([A-Z]+)\]/\1/; s/(sport|dport|id|src|dst)=[0-9a-f.:]+//g; s/ progname=[^ ]*//; s/ (tcp|udp) +[0-9]+ +[0-9]+ / \1 /; s/ +/ /g' \
		/tmp/raw | sort | uniq -c >"$1"
}

rmmod ctsync 2>/dev/null
listen /tmp/without 20000
check "a listener hears unmarked flows" grep -q DESTROY /tmp/without

modprobe ctsync
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all flush-interval 10ms
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all flush-interval 10ms
check "both see each other" within 5 peers_are A up
within 5 peers_are B up
listen /tmp/with 21000
is "the same with ctsync up" "$(diff /tmp/without /tmp/with)" ""

works() { # DESCRIPTION FIRST-PORT: flows are synced, their end as well
	local n
	is "$1: 10 marked flows pass" "$(udp_flows 10 7001 "$2" | lost)" 0
	n=$(conntrack_count B -p udp --orig-port-dst 7001)
	check "$1: they are on B" within 3 conntrack_count_is 10 B -p udp --orig-port-dst 7001
	sleep 0.3
	on A conntrack -D -p udp --orig-port-dst 7001 >/dev/null 2>&1
	check "$1: deleted on A, gone on B" within 3 conntrack_count_is 0 B -p udp --orig-port-dst 7001
	is "$1: no entry is left" "$(entries A) $(entries B)" "0 0"
}
works "before" 22000

is "10 marked flows that live through it" "$(udp_flows 10 7001 23000 | lost)" 0
check "are on B" within 3 entries_are B 10
for round in 1 2 3; do
	check "ctnetlink unloads ($round)" within 5 rmmod nf_conntrack_netlink
	is "without it, 3 flows pass ($round)" "$(udp_flows 3 7001 $((24000 + 10 * round)) | lost)" 0
	check "and are synced ($round)" within 3 entries_are B $((10 + 3 * round))
	check "ctnetlink loads ($round)" modprobe nf_conntrack_netlink
	sleep 0.3
	is "with it, the flows that lived on pass ($round)" "$(udp_flows 10 7001 23000 | lost)" 0
done
is "all entries are there" "$(entries A) $(entries B)" "19 19"
listen /tmp/after 26000
is "a listener hears the same" "$(diff /tmp/without /tmp/after)" ""
on A conntrack -D -p udp --orig-port-dst 7001 >/dev/null 2>&1
check "deleted on A, gone on B" within 3 conntrack_count_is 0 B -p udp --orig-port-dst 7001
check "no entry is left" within 3 entries_are A 0
works "after" 27000
is "the kernel has nothing to say" "$(dmesg | grep -cE 'WARNING|BUG')" 0
no_invalid
finish
