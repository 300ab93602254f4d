# SPDX-License-Identifier: GPL-2.0
# A peer that goes silent costs a few deadlines, then nothing: after eight missed
# acknowledgements it is bypassed, after a second of silence it is down. Back, it
# is waited for again. A peer that lives but acknowledges late is bypassed, still
# asked, and returns after eight good acknowledgements. A pause, however many flows
# wait in it, is one missed acknowledgement. A peer that is taken down says so, and
# nobody waits for it.
# one kernel
. tests/scenarios/lib.sh

cluster_up hold all
path same
echo_server 7000
is "5 flows pass" "$(udp_flows 5 7000 20000 | lost)" 0
is "all acknowledged" "$(stat A hold-flows) $(stat A release-acked)" "5 5"

# silent; eight deadlines must pass before a second of silence has
on A ctsync set hold-timeout 20ms
deaf A
is "12 flows pass while the peer is silent" "$(udp_flows 12 7000 21000 | lost)" 0
is "eight were held" "$(stat A hold-flows)" 13
is "until the deadline" "$(stat A release-deadline)" 8
is "then the peer was bypassed" "$(stat A bypass-begin)" 1
check "a second later it is down" within 3 peers_are A down
is "of which it says why" "$(peer_reason A)" no-hello
is "12 more flows pass" "$(udp_flows 12 7000 22000 | lost)" 0
is "none was held" "$(stat A hold-flows) $(stat A release-peers-gone)" "13 0"

# back
on A ctsync set hold-timeout 500ms
hearing A
check "it comes back" within 5 peers_are A up
is "5 flows pass" "$(udp_flows 5 7000 23000 | lost)" 0
is "held and acknowledged again" "$(stat A hold-flows) $(stat A release-acked)" "18 10"
check "the peer gets what it missed" within 5 entries_are B 34

# alive, and late
on A ctsync stats reset
on A ctsync set hold-timeout 1ms
sync_delay 20
is "20 flows pass while acknowledgements are late" "$(udp_flows 20 7000 24000 | lost)" 0
is "eight were held" "$(stat A hold-flows) $(stat A release-deadline)" "8 8"
is "then the peer was bypassed, once" "$(stat A bypass-begin)" 1
check "which the peer's line tells" tells '"bypassed": *true' on A ctsync show peers -j
is "it is up all the same" "$(peer_state A)" up
sync_delay 0
on A ctsync set hold-timeout 500ms
sleep 0.5 # late acknowledgements still under way
before=$(stat A hold-flows)
is "20 flows pass, asked for but not held" "$(udp_flows 20 7000 25000 | lost)" 0
check "eight good acknowledgements bring it back" within 3 stat_is A bypass-end 1
held=$(($(stat A hold-flows) - before))
is "5 flows pass" "$(udp_flows 5 7000 26000 | lost)" 0
is "and are held" "$(stat A hold-flows)" $((before + held + 5))
is "and acknowledged" "$(stat A release-acked)" $((held + 5))

# a pause
on A ctsync stats reset
on A ctsync set hold-timeout 200ms
deaf A but-hello
on c burst send --to 10.2.0.2 --port 7000 --count 100 --from-port 28000 --ports 100 >/dev/null
check "100 flows at once wait until the deadline" within 5 stat_is A release-deadline 100
hearing A
on A ctsync set hold-timeout 500ms
is "5 more are held and acknowledged" "$(udp_flows 5 7000 28200 | lost) $(stat A release-acked)" "0 5"
is "the peer was not bypassed" "$(stat A bypass-begin)" 0

# it says that it goes down
on A ctsync stats reset
on A ctsync set hold-timeout 10s
deaf A but-hello
on c burst send --to 10.2.0.2 --port 7000 --count 3 --from-port 27000 --ports 3 >/dev/null
is "3 packets wait for the peer" "$(stat A hold-flows) $(stat A release-deadline)" "3 0"
on B ctsync down
check "they go on when it goes down" within 2 stat_is A release-peers-gone 3
is "because it said so" "$(peer_state A) $(peer_reason A)" "down left"
is "none by its deadline" "$(stat A release-deadline)" 0
no_invalid
finish
