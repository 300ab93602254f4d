# SPDX-License-Identifier: GPL-2.0
# A node is taken out of service: it drains, its health tells that the other shall
# carry the traffic, and it says when it may be switched off. A fenced node lets no
# forwarded packet leave, held ones neither, and its peer still hears it.
# one kernel
. tests/scenarios/lib.sh

cluster_up hold all
path same
echo_server 7000
is "5 flows pass" "$(udp_flows 5 7000 20000 | lost)" 0
check "the other node is ready too" within 8 eval 'on B ctsync health >/dev/null'

# ---- drain ----
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 20000 --count 40 --interval 0.1 >/tmp/busy &
busy=$!
is "while flows pass it cannot be switched off" "$(on A ctsync drain wait 1500ms 2>&1)" \
	"ctsync: not drained in time: synced flows still pass this node"
is "its health says so" "$(on A ctsync health; echo $?)" "draining
1"
check "the other node knows" within 3 tells '"draining": *true' on B ctsync show peers -j
is "and is healthy" "$(on B ctsync health)" healthy
path other
is "other flows pass there" "$(udp_flows 5 7000 21000 | lost)" 0
check "then it may be switched off" on A ctsync drain wait 20s
on B ctsync drain
is "both draining: nobody lets go" "$(on A ctsync health; on B ctsync health)" "healthy
healthy"
on B ctsync undrain
on A ctsync undrain
is "back" "$(on A ctsync health)" healthy

# ---- fence ----
wait "$busy" # a packet of it would count as fenced
is "the flow that was busy lost nothing" "$(lost </tmp/busy)" 0
path same
on A ctsync stats reset
on A ctsync fence on
is "5 flows do not pass" "$(udp_flows 5 7000 30000 | lost)" 5
is "each packet is counted" "$(stat A fenced)" 5
is "none was held" "$(stat A hold-flows)" 0
is "its health says so" "$(on A ctsync health; echo $?)" "fenced: no forwarded packet leaves
1"
is "its peer still hears it" "$(peer_state B)" up
on A ctsync fence off
on A ctsync set hold-timeout 5s
sync_delay 800
on c burst ping-pong --to 10.2.0.2 --port 7000 --from-port 31000 --count 1 --timeout 3 >/tmp/held &
check "a packet is held" within 3 stat_is A hold-flows 1
on A ctsync fence on
check "when its hold ends it is dropped" within 8 stat_is A fenced 6
sync_delay 0
wait
on A ctsync fence off
is "5 flows pass again" "$(udp_flows 5 7000 32000 | lost)" 0
no_invalid
finish
