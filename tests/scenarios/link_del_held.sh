# SPDX-License-Identifier: GPL-2.0
# A device with held packets goes away at once: what is held on it goes on, and
# is lost only where it would be lost anyway.
. tests/scenarios/lib.sh

cluster_up hold all hold-timeout 10s
path same
deaf A but-hello

# hold N packets that leave by "server"
hold() {
	on c burst send --to 10.2.0.2 --port 7000 --from-port "$1" --ports 50 --count 50 >/dev/null
	is "50 packets are held" "$(stat A hold-packets)" "$2"
}
hold 20000 50

# another device goes: everything is let go at most, nothing may be stuck
for link in client server; do
	start=$(date +%s%N)
	on A ip link delete "$link"
	took=$((($(date +%s%N) - start) / 1000000))
	between "'$link' is gone within a second, in ms" "$took" 0 999
	is "really" "$(on A ip link show dev "$link" 2>/dev/null | grep -c .)" 0
done
is "its packets went on" "$(stat A release-device)" 50
is "no deadline was needed" "$(stat A release-deadline)" 0

# and the device on which our frames leave
start=$(date +%s%N)
on A ip link delete sync
took=$((($(date +%s%N) - start) / 1000000))
between "'sync' is gone within a second, in ms" "$took" 0 999
check "A misses B" within 3 peers_are A down
is "A is healthy, alone" "$(on A ctsync health >/dev/null; echo $?)" 0
finish
