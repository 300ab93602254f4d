# SPDX-License-Identifier: GPL-2.0
# A split path and a slow server: a request, 2 s of thought, a response. By then
# the flow's last word is older than the split window on both nodes. The UDP
# server thinks in the queue of its link, which is the same to the network.
. tests/scenarios/lib.sh

cluster_up hold all
path split

cat >/tmp/server <<-'END'
	#!/bin/bash
	while read -r line; do
		sleep 2
		echo "answer to $line"
	done
END
chmod +x /tmp/server
on s nc -ll -p 5002 -e /tmp/server &
disown
within 3 listens s tcp 5002
on s burst echo --port 7000 --daemon >/dev/null

for to in 10.2.0.2 fd00:2::2; do
	# two thoughts on one connection
	{ echo first; sleep 2.5; echo second; sleep 3; } |
		on c timeout 8 nc "$to" 5002 >"/tmp/answers-$to" &
done
sleep 0.5
_topology_delay s b 2000
for to in 10.2.0.2 fd00:2::2; do
	on c burst ping-pong --to "$to" --port 7000 --count 1 --timeout 5 >"/tmp/udp-$to" &
	udp+=($!)
done
wait "${udp[@]}"
_topology_delay s b 0
sleep 4
for to in 10.2.0.2 fd00:2::2; do
	is "TCP to $to: both answers" "$(paste -s -d , "/tmp/answers-$to")" "answer to first,answer to second"
	is "UDP to $to: an answer" "$(lost <"/tmp/udp-$to")" 0
done
no_invalid
finish
