# SPDX-License-Identifier: GPL-2.0
# Machine 2 of two: the server and B. See common.sh.
. tests/scenarios/machines/common.sh

note "$(uname -r)"
modprobe ctsync
check "half of the topology is made" half s B
_topology_link s b 02:00:02 B server 02:00:12 | ip -batch -
card eth0 B sync 09:00:02
card eth1 B client 01:00:12
card eth2 s a 02:00:02
_topology_end 2 2 | ip_batch s
_topology_firewall 12 2 | ip_batch B
_topology_route s B

# its standard input stays open: at an end of file it would hang up
sleep 150 | on B timeout 150 nc -l -p 5555 >/tmp/done &
tell() { echo "$1" | on B timeout 5 nc 10.9.0.1 5556; }
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all hold-timeout 2s join-timeout 60s
check "B sees A" within 60 peers_are B up
on s load serve -p 5001 --daemon >/dev/null
check "machine 1 hears that" within 20 tell ready
# not for the pipe: it lives as long as its sleep, longer than closed flows do
check "machine 1 is done" within 150 test -s /tmp/done
is "B has each flow of A" "$(stat B insert-created)" 500
is "B held each SYN-ACK" "$(stat B hold-flows)" 500
is "until the acknowledgement" "$(stat B release-acked)" 500
is "the flows are on B" "$(conntrack_count B -p tcp --orig-port-dst 5001)" 500
is "no packet was invalid on B" "$(invalid B)" 0
is "nothing strange was received" "$(on B ctsync stats -j | tr ',{}' '\n\n\n' |
	awk -F: '/"(drop|skip|lost)-/ && $2 > 0 && !/hello-rate|unproven/')" ""
killall sleep
finish
