# SPDX-License-Identifier: GPL-2.0
# A stream in full flow changes its path, with both nodes alive: both directions
# from A to B, back, and each direction alone. It goes on, and no packet is
# invalid in the end.
. tests/scenarios/lib.sh

cluster_up hold all
path same
on s iperf3 -s -D
within 3 listens s tcp 5201

for direction in '' -R; do
	# shellcheck disable=SC2086 # no word if empty
	on c iperf3 -c 10.2.0.2 -t 5 -i 1 -f m $direction >/tmp/iperf &
	iperf=$!
	for way in other same split other swap same; do
		sleep 0.6
		path "$way"
	done
	check "${direction:-forward}: the stream ends well" wait "$iperf"
	note "$(grep receiver /tmp/iperf)"
	is "${direction:-forward}: no second without bytes" \
		"$(grep -c ' 0.00 [A-Z]*Bytes.* [01]\.[0-9]* Mbits' /tmp/iperf)" 0
	note "$(misses A); $(misses B)"
	no_invalid
done
finish
