# SPDX-License-Identifier: GPL-2.0
# A session is recorded on the link and sent again: while both nodes are up, after
# the receiver restarted, after the sender did, after both did. Every frame is
# refused under a name, and nothing changes: no flow comes back, no peer goes down.
# one kernel
. tests/scenarios/lib.sh

ctsync key new /tmp/key
cluster_up hold all hold-timeout 2s flush-interval 10ms key /tmp/key
path same
echo_server 7000

# ---- the session: flows that B makes, and that are deleted everywhere ----
start B tcpdump -i sync -U --immediate-mode -s 0 -w /tmp/session.pcap udp port 24240 >/dev/null 2>/tmp/err
within 5 grep -q listening /tmp/err || check "tcpdump listens" false
path other
is "20 flows through B" "$(udp_flows 20 7000 20000 | lost)" 0
check "are on A" within 3 entries_are A 20
on B conntrack -F >/dev/null 2>&1
check "until they are deleted" within 5 entries_are A 0
check "everywhere" within 5 conntrack_count_is 0 A -p udp --orig-port-dst 7000
recorded() { [ "$(tcpdump -nr /tmp/session.pcap src host 10.9.0.2 2>/dev/null | wc -l)" -ge 25 ]; }
check "and 25 frames of B recorded" within 5 recorded
kill "$started"
wait "$started" 2>/dev/null
is "the record has B's inserts" "$(ctsync decode key /tmp/key /tmp/session.pcap 2>/dev/null | grep -c '^	insert 2:.* udp 10.1.0.2:[0-9]* > 10.2.0.2:7000')" 20
is "and its deletes" "$(ctsync decode key /tmp/key /tmp/session.pcap 2>/dev/null | grep -c '^	delete 2:.* FORCED')" 20

# Flows that live now: what is replayed must not touch them.
is "10 other flows" "$(udp_flows 10 7000 30000 | lost)" 0
check "are on A" within 3 entries_are A 10

refusals="drop-duplicate drop-old drop-dest drop-hello-rate drop-unproven hello-unproven"
# A's counters are read once for several questions: starting programs is what takes time.
snapshot() { on A ctsync stats -j | tr ',{}' '\n\n\n' | tr -d '" ' >/tmp/counters; }
sum() { # COUNTERS: of the snapshot
	awk -F : -v names=" $* " 'index(names, " " $1 " ") { n += $2 } END { print n + 0 }' /tmp/counters
}
refused_are() { snapshot; [ "$(sum "$refusals")" = "$1" ]; }
state() { # what must stay as it is
	on A ctsync -p show | grep -E '"(state|reason|epoch|entries)":' | tr -d ' \n'
	on B ctsync -p show | grep -E '"(state|reason|epoch|entries)":' | tr -d ' \n'
	conntrack_count A -p udp --orig-port-dst 7000
}

# replayed WHEN GAP COUNTERS: as B; GAP lets the rate limit pass some
replayed() {
	local when=$1 gap=$2 names=$3 before sent
	on A ctsync stats reset
	before=$(state)
	sent=$(on B frames --to 10.9.0.1 --replay /tmp/session.pcap --of 10.9.0.2 --gap "$gap")
	between "$when: a session was sent again" "$sent" 25 2000
	check "$when: each frame was refused" within 3 refused_are "$sent"
	is "$when: under its name" "$(sum "$names")" "$sent"
	is "$when: no message of it came in but HELLO" "$(sum in-insert in-delete in-iack)" 0
	is "$when: no flow was made or deleted" "$(sum insert-created insert-attached delete-applied msg-tombstone msg-unknown-entry)" 0
	is "$when: no tag was wrong" "$(sum auth-failed)" 0
	is "$when: nothing changed" "$(state)" "$before"
}
both_up() { # and what A has is B's again
	check "they find each other" within 8 peers_are A up
	check "both" within 8 peers_are B up
	check "with the flows" within 8 entries_are A 10
}

replayed "while up" 0 "drop-duplicate drop-old drop-dest"

# B's own view: its peer is sent back what it said itself
on B ctsync stats reset
sent=$(on A frames --to 10.9.0.2 --replay /tmp/session.pcap --of 10.9.0.2)
is "B's frames sent back to B" "$(stat B drop-own-id)" "$sent"
is "are no collision" "$(peer_state B) $(peer_reason B)" "up "

on A ctsync down
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 2s flush-interval 10ms key /tmp/key
both_up
replayed "after the receiver restarted" 0 "drop-duplicate drop-old drop-dest"

on B ctsync down
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all hold-timeout 2s flush-interval 10ms key /tmp/key
both_up
replayed "after the sender restarted" 0.021 "drop-hello-rate drop-unproven hello-unproven"
between "some got as far as their sections" "$(sum drop-unproven)" 1 2000
between "some as HELLOs that are answered" "$(sum hello-unproven)" 1 2000

on A ctsync down
on B ctsync down
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 2s flush-interval 10ms key /tmp/key
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all hold-timeout 2s flush-interval 10ms key /tmp/key
both_up
replayed "after both restarted" 0 "drop-hello-rate drop-unproven hello-unproven"

# ---- and all works as before ----
on B ctsync stats reset
is "10 flows pass" "$(udp_flows 10 7000 40000 | lost)" 0
is "held and acknowledged" "$(stat B hold-flows) $(stat B release-acked)" "10 10"
no_invalid
finish
