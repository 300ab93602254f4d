# SPDX-License-Identifier: GPL-2.0
# TCP over a split path, IPv4 and IPv6: client to server through A, server to
# client through B. Every connection works, every hold is released by an
# acknowledgement, nothing is invalid.
. tests/scenarios/lib.sh

cluster_up hold all
path split
on s load serve -p 5001 --daemon >/dev/null

for to in 10.2.0.2 fd00:2::2; do
	on c load run --to "$to" --port 5001 --connections 200 --parallel 10 >/tmp/load
	is "200 connections to $to" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "200 0"
done
is "A held each SYN" "$(stat A hold-flows)" 400
is "B held each SYN-ACK" "$(stat B hold-flows)" 400
is "A's were released by acknowledgement" "$(stat A release-acked)" 400
is "B's were released by acknowledgement" "$(stat B release-acked)" 400
is "B has A's flows" "$(stat B insert-created)" 400
no_invalid
finish
