# SPDX-License-Identifier: GPL-2.0
# One firewall of topology.sh as a machine: firewall A|B. What a line to port 9999 of its
# client's side says, it does (firewall_do.sh), until /tmp/end is there.
. tests/scenarios/machines/common.sh

n=1
[ "$1" = A ] || n=2
note "$1: $(uname -r)"
modprobe ctsync
ip netns add "$1"
check "the firewall is prepared" _topology_prepare_firewall "$1"
card eth0 "$1" client "01:00:1$n"
card eth1 "$1" server "02:00:1$n"
card eth2 "$1" sync "09:00:0$n"
_topology_firewall "1$n" $n | ip_batch "$1"
# acknowledgements come from an emulated machine on a busy host
ctsync_up "$1" $n "10.9.0.$n" "10.9.0.$((3 - n))" mark 0x1/0x1 hold all hold-timeout 2s join-timeout 20s
on "$1" nc -ll -p 9999 -e /ctsync/tests/scenarios/machines/firewall_do.sh &
# by no clock: it jumps
until [ -e /tmp/end ]; do read -rt 0.2 -u "$_silence"; done
is "no packet was invalid" "$(invalid "$1")" 0
is "no hold reached its deadline" "$(stat "$1" release-deadline)" 0
finish
