# SPDX-License-Identifier: GPL-2.0
# Machine 1 of two: the client and A. See common.sh.
. tests/scenarios/machines/common.sh

note "$(uname -r)"
modprobe ctsync
check "half of the topology is made" half c A
_topology_link c a 01:00:02 A client 01:00:11 | ip -batch -
card eth0 A sync 09:00:01
card eth1 c b 01:00:02
card eth2 A server 02:00:11
_topology_end 1 1 | ip_batch c
_topology_firewall 11 1 | ip_batch A
_topology_route c A

on A timeout 100 nc -l -p 5556 >/tmp/go & # machine 2 says when its server is there
# acknowledgements come from an emulated machine on a busy host
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 2s join-timeout 60s
check "A sees B" within 60 peers_are A up
check "the server is there" within 60 test -s /tmp/go

# each from a port of its own
on c load run --to 10.2.0.2 --port 5001 --connections 500 --parallel 10 --size 2000 \
	--first-port 20001 --ports 500 >/tmp/load
is "500 connections over both machines" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "500 0"
note "$(head -n 1 /tmp/load)"
is "the flows are on A" "$(conntrack_count A -p tcp --orig-port-dst 5001) $(stat A entry-new)" "500 500"
is "A held each SYN" "$(stat A hold-flows)" 500
is "until the acknowledgement" "$(stat A release-acked)" 500
is "no packet was invalid on A" "$(invalid A)" 0
is "nothing strange was received" "$(on A ctsync stats -j | tr ',{}' '\n\n\n' |
	awk -F: '/"(drop|skip|lost)-/ && $2 > 0 && !/hello-rate|unproven/')" ""
echo done | on A timeout 5 nc 10.9.0.2 5555
sleep 5 # machine 2 looks
finish
