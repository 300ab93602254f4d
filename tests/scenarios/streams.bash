# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Scenarios with iperf3 that differ in one word only (sourced after lib.sh).

# two_streams SYNC-DELAY: from the client and from the server at once, 5 s, on a split
# path
two_streams() {
	cluster_up hold all
	flows_keep_their_cpu
	path split
	sync_delay "$1"
	for port in 5201 5202; do on s iperf3 -s -D -p "$port"; done
	for port in 5201 5202; do within 3 listens s tcp $port; done

	packets() { # that A and B received from client and server
		for node in A B; do on "$node" cat /proc/net/dev; done |
			awk -F '[: ]+' '{ sub(/^ */, "") } /^(client|server)/ { n += $3 } END { print n }'
	}
	updates() { # that A and B sent
		for node in A B; do on "$node" ctsync stats -j; done | tr -d '"{}' | tr , '\n' |
			awk -F ': *' '$1 == "out-update" || $1 == "out-update-c" { n += $2 } END { print n }'
	}

	on c iperf3 -c 10.2.0.2 -p 5201 -t 5 -f m >/tmp/forward &
	forward=$!
	on c iperf3 -c 10.2.0.2 -p 5202 -t 5 -f m -R >/tmp/backward &
	backward=$!
	sleep 1.5 # windows have grown
	before=$(packets) told=$(updates)
	sleep 2
	before=$(($(packets) - before)) told=$(($(updates) - told))
	check "the stream from the client ends well" wait "$forward"
	check "the stream from the server ends well" wait "$backward"
	note "$(grep -h receiver /tmp/forward /tmp/backward)"
	note "$before packets, $told updates"
	check "at least 8 packets an update" [ $((told * 8)) -le "$before" ]
	note "$(misses A); $(misses B)"
	no_invalid
}

# fail_over [iperf3's words]: A dies in the middle of a transfer that passes it in both
# directions, B takes over
fail_over() {
	cluster_up hold all
	flows_keep_their_cpu
	path same
	on s iperf3 -s -D
	within 3 listens s tcp 5201
	on c iperf3 -c 10.2.0.2 -t 6 -i 1 -f m "$@" >/tmp/iperf &
	iperf=$!
	check "B has the flows" within 3 entries_are B 2
	sleep 1.5
	dies A
	path other
	check "B sees that A is dead" within 3 peers_are B down
	check "the transfer ends well" wait "$iperf"
	note "$(grep receiver /tmp/iperf)"
	# of intervals of about a second; the very last may be a splinter
	is "its last 3 seconds had bytes" \
		"$(awk -F '[- ]+' '/ sec / && !/sender|receiver/ && $4 - $3 > 0.5 { bytes[n++] = $6 }
			END { print (bytes[n - 1] > 0) + (bytes[n - 2] > 0) + (bytes[n - 3] > 0) }' /tmp/iperf)" 3
	note "$(misses B)"
	is "no packet was invalid at B" "$(invalid B)" 0
}
