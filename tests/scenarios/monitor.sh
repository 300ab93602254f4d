# SPDX-License-Identifier: GPL-2.0
# What an operator sees happen: `ctsync monitor -j`, one object per line.
# one kernel
. tests/scenarios/lib.sh

modprobe ctsync
topology_up
path same
echo_server 7000

ip netns exec A ctsync -j monitor >/tmp/monitor 2>/tmp/monitor.err &
monitor=$!
# a netlink socket, which joins the group at once
within 5 on A grep -qE "^[^ ]+ +16 +$monitor " /proc/net/netlink || check "the monitor runs" false
sleep 0.3
events() { grep -c "\"event\": *\"$1\".*$2" /tmp/monitor; }
seen() { [ "$(events "$1" "$2")" -ge "${3:-1}" ]; }

ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all
check "coming up is told" within 2 seen up ''
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all
check "the peer's coming is told" within 3 seen peer '): up"'
check "with the peer" seen peer '"address": *"10.9.0.2"'
check "that it has our table" within 3 seen peer 'has our table'
check "that this node is ready" within 3 seen ready ready
is "once each" "$(events peer '): up"') $(events peer 'has our table') $(events ready '"ready"')" "1 1 1"

deaf A but-hello
is "10 flows pass with a peer that does not acknowledge" "$(udp_flows 10 7000 20000 | lost)" 0
check "the bypass is told" within 2 seen bypass 'does not acknowledge'
hearing A
is "10 flows pass" "$(udp_flows 10 7000 21000 | lost)" 0
# several acknowledgements in a row must be in time, which they are not always on a busy machine
next=22000
returned() {
	udp_flows 10 7000 $next >/dev/null
	next=$((next + 10))
	seen bypass 'acknowledges again'
}
check "its end is told" within 5 returned

on B ctsync down
check "the peer's going is told" within 3 seen peer '): down"'
on A ctsync down
check "going down is told" within 2 seen down ''
kill "$monitor"
is "every line is an object" "$(grep -cv '^{.*}$' /tmp/monitor)" 0
is "no line is anything else" "$(cat /tmp/monitor.err)" ""
is "the times do not go back" \
	"$(sed -n 's/.*"time": *\([0-9]*\).*/\1/p' /tmp/monitor | sort -nc 2>&1)" ""
sed 's/^/# /' /tmp/monitor

# count and timeout
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1
check "count and timeout end it" eval '! timeout 5 ip netns exec A ctsync -j monitor count 100 timeout 500ms >/dev/null 2>/tmp/err'
is "with a sentence" "$(grep -c 'wanted' /tmp/err)" 1
finish
