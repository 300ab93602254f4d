# SPDX-License-Identifier: GPL-2.0
# A split flow is idle for longer than the timeout of unacknowledged data, 3 s
# here: neither node sees both the data and its acknowledgement, yet both know
# that nothing is unacknowledged, and the flow lives on.
. tests/scenarios/lib.sh

ct_timeout() { # NODE: seconds left
	conntracks "$1" -p tcp | awk '{ print $3 }'
}

cluster_up hold all
path split
for node in A B; do
	on "$node" sysctl -q net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=3
done
on s load serve -p 5001 --daemon >/dev/null
on c load hold-open --to 10.2.0.2 --port 5001 --connections 1 --every 6 --duration 9 \
	--ready /tmp/ready >/tmp/open &
opener=$!
within 3 test -e /tmp/ready
sleep 0.7 # the first exchange, its acknowledgements, and what is told lazily

is "established on both" "$(entry A state) $(entry B state)" "ESTABLISHED ESTABLISHED"
is "split on both" "$(entry A split) $(entry B split)" "true true"
between "A's timeout is that of an established flow" "$(ct_timeout A)" 431900 432000
between "and B's" "$(ct_timeout B)" 431900 432000
sleep 4
is "still there, on both" "$(conntrack_count A -p tcp) $(conntrack_count B -p tcp)" "1 1"
wait "$opener"
is "an exchange after 6 s of silence works" \
	"$(awk '/^connections/ { print $4, $6, $8 }' /tmp/open)" "1 0 2"
is "and needed nothing sent again" "$(retransmitted c) $(retransmitted s)" "0 0"
no_invalid
finish
