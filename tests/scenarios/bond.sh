# SPDX-License-Identifier: GPL-2.0
# Two sync links in an active-backup bond: one of them is pulled under traffic, then the
# other, and nothing is lost.
#
#        A === B     links sync and sync2, slaves of bond0, which has the addresses
# one kernel
. tests/scenarios/lib.sh

modprobe ctsync
modprobe bonding
topology_up
bond_up() {
	_topology_link A sync2 09:01:01 B sync2 09:01:02 | ip -batch - || return 1
	local node id=1
	for node in A B; do
		ip_batch $node <<-END || return 1
		link set dev sync down
		link add name bond0 type bond mode active-backup miimon 50 primary sync
		link set dev sync master bond0
		link set dev sync2 master bond0
		link set dev bond0 up
		address add 10.8.0.$id/24 dev bond0
		END
		id=2
	done
}
active() { on "$1" cat /proc/net/bonding/bond0 | sed -n 's/^Currently Active Slave: //p'; }
active_is() { [ "$(active A)/$(active B)" = "$1/$1" ]; }
pull() { ip -n "${TOPOLOGY_PREFIX}A" link set dev "$1" down; }
plug() { ip -n "${TOPOLOGY_PREFIX}A" link set dev "$1" up; }

check "two links are bonded" bond_up
check "the first is in use" within 5 active_is sync
path split
on s load serve -p 5001 --daemon >/dev/null
ctsync key new /tmp/key
ctsync_up A 1 10.8.0.1 10.8.0.2 dev bond0 key /tmp/key mark 0x1/0x1 hold all hold-timeout 2s || check "A comes up" false
ctsync_up B 2 10.8.0.2 10.8.0.1 dev bond0 key /tmp/key mark 0x1/0x1 hold all hold-timeout 2s || check "B comes up" false
check "A is in sync" tool A wait-sync timeout 10s
check "B is in sync" tool B wait-sync timeout 10s

traffic 100 & traffic=$!
within 5 stat_reaches B insert-created 20 || check "there is traffic" false
goes_on() { within 10 stat_reaches B insert-created $(($(stat B insert-created) + 50)); }
pull sync
check "one link is pulled: the other is in use" within 5 active_is sync2
check "traffic goes on" goes_on
plug sync
check "it comes back" within 5 active_is sync
pull sync2
check "traffic goes on without the other" goes_on
plug sync2
stop_traffic
note "$connections connections"
is "no connection broke" "$broken" 0
is "no peer was taken for dead" "$(peer_state A) $(peer_state B) $(stat A release-peers-gone) $(stat B release-peers-gone)" "up up 0 0"
for node in A B; do
	# a slave that goes is a device that goes: what is held then goes on
	is "every hold of $node was acknowledged, or ended with a link" "$(stat $node hold-flows) $(stat $node release-deadline)" \
		"$(($(stat $node release-acked) + $(stat $node release-device))) 0"
done
become_the_same "the tables are the same" 10
# whose hold ended with a link goes on before the other node knows it: the answer may be
# invalid there, and comes again
unacknowledged=$(($(stat A release-device) + $(stat B release-device)))
if [ $unacknowledged = 0 ]; then
	no_invalid
else
	between "no packet was invalid but such answers" $(($(invalid A) + $(invalid B))) 0 $unacknowledged
fi
finish
