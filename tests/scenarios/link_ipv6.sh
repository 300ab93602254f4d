# SPDX-License-Identifier: GPL-2.0
# The sync link over IPv6: between addresses of the network, and between link-local
# ones, where the device must be said. Connections on a split path work as ever.
# one kernel
. tests/scenarios/lib.sh

both_up() { # A's address, B's, words
	local a=$1 b=$2
	shift 2
	ctsync_up A 1 "$a" "$b" mark 0x1/0x1 hold all "$@" && ctsync_up B 2 "$b" "$a" mark 0x1/0x1 hold all "$@"
}

modprobe ctsync
topology_up
path split
on s load serve -p 5001 --daemon >/dev/null
check "a key" ctsync key new /tmp/key

run() { # NAME FIRST-PORT A B [words for up]
	local name=$1 port=$2
	shift 2
	note "$name"
	check "both are up" both_up "$@"
	check "both see each other" within 5 peers_are A up
	within 5 peers_are B up || check "B sees A" false
	on c load run --to 10.2.0.2 --port 5001 --connections 100 --parallel 10 \
		--first-port "$port" --ports 100 >/tmp/load
	is "100 connections" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "100 0"
	is "each SYN and each SYN-ACK was held" "$(stat A hold-flows) $(stat B hold-flows)" "100 100"
	is "and released by acknowledgement" "$(stat A release-acked) $(stat B release-acked)" "100 100"
	on A ctsync down
	on B ctsync down
}
run "addresses of the network, in clear" 20000 fd00:9::1 fd00:9::2
run "link-local addresses, with a key" 30000 fe80::ff:fe09:1 fe80::ff:fe09:2 dev sync key /tmp/key
is "without the device they are refused" \
	"$(on A ctsync up node 1 local fe80::ff:fe09:1 peer fe80::ff:fe09:2 insecure mark 0x1/0x1 2>/dev/null; echo $?)" 1
no_invalid
finish
