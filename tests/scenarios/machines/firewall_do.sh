#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the third machine may tell a firewall (keepalived_machines): one word a
# connection, which is answered by a line.
n=$(cat /tmp/n)
read -r word argument
case $word in
keepalived) # standby, active: with that configuration
	sed "s/node1/fw$n/" "/etc/keepalived/$argument.conf" >/tmp/keepalived.conf
	if [ "$argument$n" = active2 ]; then
		sed -i 's/priority 150/priority 1/; s/priority 100/priority 150/; s/priority 1$/priority 100/' /tmp/keepalived.conf
	fi
	keepalived -n -l -P -f /tmp/keepalived.conf -p /tmp/pid -r /tmp/vrrp.pid >>/tmp/keepalived.log 2>&1 </dev/null &
	echo started
	;;
stop) # keepalived
	[ ! -e /tmp/pid ] || kill "$(cat /tmp/pid)"
	echo stopped
	;;
pull | plug) # the cable of the outside
	ip link set dev outside "$([ "$word" = pull ] && echo down || echo up)"
	echo "$word"
	;;
has) ip -4 -br address show | grep -c "$argument/" ;;
role) ctsync -p show config | sed -n 's/.*"role": "\(.*\)",/\1/p' ;;
entries) ctsync -p show config | sed -n 's/.*"entries": \([0-9]*\),/\1/p' ;;
log) tail -n "$argument" /tmp/keepalived.log | cut -c 1-150 | tr '\n' '|' ;;
end) touch /tmp/end; echo end ;;
esac
