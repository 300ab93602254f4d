# SPDX-License-Identifier: GPL-2.0
# A machine with both firewalls is restored from a snapshot, as another machine: each
# node draws a new epoch, proves its peer again and is ready only when it has its table;
# what went on before goes on.
. tests/scenarios/lib.sh

epoch() { tool "$1" show config -j | sed -n 's/.*"epoch": *"\([0-9a-f]*\)".*/\1/p'; }
restored() { [ "$(stat A epoch-redrawn) $(stat B epoch-redrawn)" = "1 1" ]; }

ctsync key new /tmp/key
cluster_up hold all hold-timeout 2s key /tmp/key
path split
echo_server 7000
is "30 flows pass" "$(udp_flows 30 7000 20000 | lost)" 0
check "B knows them" within 5 entries_are B 30
before="$(epoch A) $(epoch B)"
numbers=$(entry A id | sort | md5sum)
is "nothing was restored yet" "$(stat A epoch-redrawn)" 0

note "snapshot"
echo 'vm: snapshot' >/dev/kmsg
check "both notice that this is another machine" within 60 restored
is "neither has an epoch of before" "$(for now in $(epoch A) $(epoch B); do
	[[ " $before " != *" $now "* ]] || echo "$now"
done)" ""
check "both are up again" within 10 peers_are A up
within 10 peers_are B up || check "B sees A" false
check "A is in sync" tool A wait-sync timeout 10s
check "B is in sync" tool B wait-sync timeout 10s
check "the log has it" tells 'restored or copied' dmesg
is "the flows are the same" "$(entry A id | sort | md5sum)" "$numbers"
is "they go on" "$(udp_flows 30 7000 20000 | lost)" 0
is "and others begin" "$(udp_flows 30 7000 21000 | lost)" 0
check "which B knows" within 5 entries_are B 60
is "every packet that waited was acknowledged" "$(stat A hold-flows) $(stat A release-deadline)" "$(stat A release-acked) 0"
no_invalid
finish
