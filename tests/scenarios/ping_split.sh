# SPDX-License-Identifier: GPL-2.0
# Echo requests through A, replies through B, IPv4 and IPv6: none is lost, the
# first one included.
. tests/scenarios/lib.sh

cluster_up hold all
path split

for to in 10.2.0.2 fd00:2::2; do
	on c ping -q -n -c 50 -i 0.02 "$to" >/tmp/ping
	is "50 echoes of $to" "$(sed -n 's/^\(.* received\),.*/\1/p' /tmp/ping)" \
		"50 packets transmitted, 50 received"
	# each ping is a flow: its first request and its first reply are held
	for i in 1 2 3 4 5; do on c ping -q -n -c 1 -W 2 "$to"; done >/tmp/ping
	is "5 single echoes of $to" "$(grep -c '1 packets transmitted, 1 received' /tmp/ping)" 5
done
is "A held the first request of each" "$(stat A hold-flows)" 12
is "B held the first reply of each" "$(stat B hold-flows)" 12
is "released by acknowledgement" "$(stat A release-acked) $(stat B release-acked)" "12 12"
is "one flow each, made on A" "$(stat A entry-new) $(stat B insert-created) $(stat B entry-new)" "12 12 0"
no_invalid
finish
