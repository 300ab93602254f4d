# SPDX-License-Identifier: GPL-2.0
# UDP over a split path, IPv4 and IPv6: each flow's first datagram and first
# answer are held until the peer knows them; no datagram is lost.
. tests/scenarios/lib.sh

cluster_up hold all
path split
on s burst echo --port 7000 --daemon >/dev/null

for to in 10.2.0.2 fd00:2::2; do
	on c burst ping-pong --to "$to" --port 7000 --from-port 20000 --ports 100 --count 300 >/tmp/udp
	is "100 flows to $to, three answers each" "$(awk '/^sent/ { print $2, $4, $6 }' /tmp/udp)" "300 0 0"
done
is "A held each flow's first datagram" "$(stat A hold-flows) $(stat A hold-packets)" "200 200"
is "B held each flow's first answer" "$(stat B hold-flows) $(stat B hold-packets)" "200 200"
is "each went on by acknowledgement" "$(stat A release-acked) $(stat B release-acked)" "200 200"
is "B has A's flows, A made them" "$(stat B insert-created) $(stat A entry-new)" "200 200"
is "and nobody made one twice" "$(stat A insert-created) $(stat B entry-new)" "0 0"
is "no clash, no second id" "$(stat A clash-attached) $(stat B clash-attached) $(stat A two-ids) $(stat B two-ids)" "0 0 0 0"
check "A knows of the answers" within 3 conntrack_count_is 200 A -p udp -u SEEN_REPLY --orig-port-dst 7000
check "B too" within 3 conntrack_count_is 200 B -p udp -u SEEN_REPLY --orig-port-dst 7000
no_invalid
finish
