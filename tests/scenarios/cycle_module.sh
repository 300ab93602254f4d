# SPDX-License-Identifier: GPL-2.0
# The module comes and goes a hundred times (twenty in brief, ten on a debug kernel) under
# traffic, with both instances up when it goes: unloading never waits for traffic and
# nothing is lost.
. tests/scenarios/lib.sh

cluster_up hold all
path same
on s load serve -p 5001 --daemon >/dev/null
traffic 20 &
traffic=$!

up() { # NODE-ID PEER-ID NAMESPACE
	ctsync -n "$3" up node "$1" local "10.9.0.$1" peer "10.9.0.$2" insecure \
		mark 0x1/0x1 hold all 2>/dev/null
}

failed=0 slowest=0 times=$(debug_or 10 "$(brief_or 20 100)")
for ((cycle = 0; cycle < times; cycle++)); do
	# grace periods as short as can be, now and then of the usual length
	echo $((cycle % 10 != 9)) >/sys/kernel/rcu_expedited
	start=${EPOCHREALTIME/./}
	rmmod ctsync || failed=$((failed + 1))
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	[ $took -gt $slowest ] && slowest=$took
	modprobe ctsync || failed=$((failed + 1))
	up 1 2 A || failed=$((failed + 1))
	up 2 1 B || failed=$((failed + 1))
done
is "loaded, up, unloaded, without a failure" "$failed" 0
between "the slowest unload in ms" "$slowest" 0 10000
stop_traffic
is "no connection failed" "$broken" 0
check "and there were many ($connections)" test "$connections" -gt "$times"
check "both see each other again" within 5 peers_are A up
within 5 peers_are B up
no_invalid
finish
