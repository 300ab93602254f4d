# SPDX-License-Identifier: GPL-2.0
# Flows that are older than ctsync: those there before `up` are found and copied,
# and a peer that comes later gets all that its peers have.
. tests/scenarios/lib.sh

modprobe ctsync
topology_up
path same
echo_server 7000
on s load serve -p 5001 --daemon >/dev/null

is "100 flows pass before ctsync is up" "$(udp_flows 100 7000 20000 | lost)" 0
start c load hold-open --to 10.2.0.2 --port 5001 --connections 50 --every 0.5 --duration 90 \
	--ready /tmp/open >/tmp/result
check "50 connections are open before it, too" within 10 test -e /tmp/open

ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all
check "A finds them without a packet" within 5 entries_are A 150
is "as flows that were there" "$(stat A entry-adopted) $(stat A entry-new)" "150 0"
is "30 flows pass after it" "$(udp_flows 30 7000 21000 | lost)" 0
is "A has them all" "$(entries A)" 180

ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all
check "B is in sync" eval 'on B ctsync wait-sync timeout 10s >/dev/null'
check "a peer that comes later gets them all" within 5 entries_are B 180
is "created there" "$(stat B insert-created)" 180
is "with their state" "$(conntracks B -p tcp --state ESTABLISHED | grep -c ASSURED)" 50
is "nothing was refused" "$(stat B drop-unproven) $(stat B insert-failed) $(stat A drop-unproven)" "0 0 0"

# They can be carried there.
path other
sleep 1 # an exchange or two there
kill "$started"
wait "$started"
is "no connection broke" $? 0
note "$(head -n 1 /tmp/result)"
no_invalid

# B restarts: what it had as copies it finds as flows that were there
on B ctsync down
check "they stay on B as plain conntracks" test "$(conntrack_count B -p udp --orig-port-dst 7000)" = 130
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all
check "up again, B has them once each" within 10 entries_are B "$(entries A)"
sleep 1
is "and so has A" "$(entries A)" "$(entries B)"
finish
