# SPDX-License-Identifier: GPL-2.0
# A namespace with packets held is deleted: it is gone within seconds, devices,
# conntracks and all, and can be made again.
. tests/scenarios/lib.sh

modprobe ctsync
round() {
	topology_up
	path same
	ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 10s
	ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all
	check "both see each other" within 5 peers_are A up
	deaf A but-hello
	on c burst send --to 10.2.0.2 --port 7000 --from-port 20000 --ports 50 --count 50 >/dev/null
	is "50 packets are held" "$(stat A hold-packets) $(stat A release-deadline)" "50 0"

	# The namespace is gone when its last device is: the other end of a link
	# goes with it.
	start=$(date +%s%N)
	ip netns pids A | xargs -r kill -KILL
	ip netns delete A
	check "the namespace goes" within 5 eval '! on c ip link show dev a >/dev/null 2>&1'
	between "long before the packets' deadline, in ms" $((($(date +%s%N) - start) / 1000000)) \
		0 "$(debug_or 9500 2000)"
	check "its neighbour's link, too" eval '! on s ip link show dev a >/dev/null 2>&1'
	topology_down
	check "no conntrack is left in the kernel" within 5 _slab_is_empty
	is "the kernel waits for nothing" "$(dmesg | grep -c 'waiting for')" 0
}
round
note "again"
round
finish
