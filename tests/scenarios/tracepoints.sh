# SPDX-License-Identifier: GPL-2.0
# Each count and each message of a flow can be watched as it happens: what the kernel's
# tracing says is what the counters say, and nothing is left of it when the module goes.
. tests/scenarios/lib.sh

tracing=/sys/kernel/tracing
[ -e $tracing/events ] || mount -t tracefs none $tracing
modprobe ctsync
echo 1 >$tracing/events/ctsync/enable
echo '!(name ~ "in-*")' >$tracing/events/ctsync/ctsync_count/filter ||
	check "counts are filtered by name" false

# traced NODE EVENT PATTERN: how many lines
traced() {
	grep -c "ctsync_$2: netns=$(command stat -Lc %i "/run/netns/$1") $3" /tmp/trace
}

cluster_up hold all flush-interval 10ms
echo_server 7000
path split
is "20 flows pass" "$(udp_flows 20 7000 20000 | lost)" 0
check "all acknowledgements are there" within 5 stat_is B in-iack 20
is "no packet waits" "$(stat A hold-flows) $(stat A release-acked)" "20 20"
echo 0 >$tracing/events/ctsync/enable
cat $tracing/trace >/tmp/trace
for counter in hold-flows release-acked entry-new insert-created; do
	is "$counter as counted" "$(traced A count "name=$counter n=1") $(traced B count "name=$counter n=1")" \
		"$(stat A $counter) $(stat B $counter)"
done
is "inserts sent" "$(traced A sent 'node=0 type=insert origin=1')" "$(stat A out-insert)"
is "and received from node 1" "$(traced B received 'node=1 type=insert origin=1')" "$(stat A out-insert)"
is "acknowledgements" "$(traced B sent 'node=1 type=iack') $(traced A received 'node=2 type=iack')" \
	"$(stat A in-iack) $(stat A in-iack)"
is "what the filter leaves out" "$(traced A count 'name=in-frames')" 0
echo >$tracing/trace
no_invalid
finish
