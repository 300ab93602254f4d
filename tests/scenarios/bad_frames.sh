# SPDX-License-Identifier: GPL-2.0
# Frames that are malformed, foreign, late or repeated, sent from B's own machine
# with B's proven epoch where the rest is to be right: each counts under its own
# name, exactly, and changes nothing.
# one kernel
. tests/scenarios/lib.sh

cluster_up hold all flush-interval 10ms
path same
echo_server 7000
# longer than all of this takes on a slow machine
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300
done
is "10 flows pass" "$(udp_flows 10 7000 20000 | lost)" 0
check "and are on B" within 3 entries_are B 10
epoch=$(peer_member A epoch)
is "B's epoch is known" "${#epoch}" 32
on B ip address add 10.9.0.3/24 dev sync
sleep 0.3
on A ctsync stats reset

# Channel 63 is nobody's: its numbers are ours.
frame() { on B frames --to 10.9.0.1 --node 2 --epoch "$epoch" "$@"; }
counts() { # DESCRIPTION COUNTER NUMBER
	check "$1: $2 $3" stat_is A "$2" "$3"
}
seq=0
next() { # a right header, body as given
	seq=$((seq + 1))
	frame --seq "$seq" "$@"
}

# ---- the header ----
frame --seq 9 --cut 0;	frame --seq 9 --cut 35
counts "nothing, and 35 bytes" drop-short 2
frame --seq 9 --key 1 --cut 51
counts "a key and no room for its tag" drop-short 3
frame --seq 9 --magic 0x43745378
counts "another magic" drop-magic 1
frame --seq 9 --version 0; frame --seq 9 --version 2
counts "another version" drop-version 2
frame --seq 9 --node 0; frame --seq 9 --channel 64
counts "node 0, channel 64" drop-value 2
frame --seq 9 --cluster 7
counts "another cluster" drop-cluster 1
frame --seq 9 --ttl 254
counts "routed" drop-hops 1
frame --seq 9 --from 10.9.0.3
counts "a foreign address" drop-source 1
frame --seq 9 --node 1
counts "our own number" drop-own-id 1
frame --seq 9 --node 3
counts "another's number" drop-node 1
frame --seq 9 --dest 9
counts "for another node" drop-dest 1
frame --seq 9 --key 1 00000000000000000000000000000000
counts "a key we do not have" drop-key 1

# ---- epoch and sequence ----
ref() { echo "$1 $2 $3 $4 $5"; } # id, number, incarnation, origin, flags
flow='0000 00 00 04 11 0000 00000000 00000001 0a010002 0a020002 9c40 1b58'
sleep 0.1
frame --epoch 00112233445566778899aabbccddeeff --seq 1 "01 00 002c 0001" \
	"$(ref 0000000000000001 00000001 0001 02 00)" "$flow"
counts "a flow of an epoch not proven" drop-unproven 1
next; next; next
frame --seq 2
counts "a frame that came already" drop-duplicate 1
seq=5000
frame --seq 5000
frame --seq 3
counts "one far behind" drop-old 1
frame --seq 0
counts "number 0" drop-old 2

# ---- sections ----
next 01 00 002c
counts "half a section header" drop-truncated 1
next 01 00 002c 0002 "$(ref 0000000000000001 00000001 0001 02 00)" "$flow"
counts "a section that runs past the end" drop-truncated 2
next 01 00 0000 0001
counts "messages of no length" drop-empty 1
next 01 00 002c 0000
counts "no messages" drop-empty 2
next c8 00 0004 0002 0123456789abcdef
counts "an unknown type" skip-unknown 1
next 01 00 0004 0002 0123456789abcdef
counts "messages too short for their type" skip-runt 1

# ---- messages ----
next 01 00 002c 0001 "$(ref 0000000000000001 00000001 0001 00 00)" "$flow"
counts "origin 0" drop-value 3
next 01 00 002c 0001 "$(ref 0000000000000001 00000001 0001 02 00)" "${flow/04 11/05 11}"
counts "IPv5" drop-value 4
next 01 00 002e 0001 "$(ref 0000000000000001 00000001 0001 02 00)" "$flow" 0001
counts "half an attribute" drop-attr 1
next 01 00 0030 0001 "$(ref 0000000000000001 00000001 0001 02 00)" "$flow" 0002 0000
counts "an attribute of a wrong length" drop-attr 2
next 04 00 0014 0001 "$(ref 1111111111111111 00000001 0001 02 00)" 00000000
counts "a delete of nothing" msg-unknown-entry 1
next 06 00 0014 0001 "$(ref 3333333333333333 00000001 0001 01 00)" 01000000
counts "an acknowledgement of nothing" msg-unknown-entry 2
next 03 00 0014 0001 "$(ref 4444444444444444 00000001 0001 02 00)" 00000000
counts "an update of nothing" msg-unknown-entry 3
next 01 00 002c 0001 "$(ref 1111111111111111 00000001 0001 02 00)" "$flow"
counts "the late insert of what was deleted" msg-tombstone 1
check "which is asked for" within 2 stat_is A out-request 1
check "and answered by B, which has none either" within 2 stat_is A in-delete 2

# ---- nothing changed ----
is "A's and B's entries" "$(entries A) $(entries B)" "10 10"
is "A's conntracks" "$(conntrack_count A -p udp --orig-port-dst 7000)" 10
is "no conntrack was made of it" "$(stat A insert-created) $(stat A insert-failed) $(stat A delete-applied)" "0 0 0"
is "both are up" "$(peer_state A) $(peer_state B)" "up up"
is "without complaint" "$(peer_reason A)$(peer_reason B)" ""
is "10 flows pass" "$(udp_flows 10 7000 21000 | lost)" 0
is "held and acknowledged" "$(stat A hold-flows) $(stat A release-acked)" "10 10"

# ---- the sender can speak: a right one is taken ----
next 01 00 002c 0001 "$(ref 2222222222222222 00000001 0001 02 00)" "${flow/9c40/9c41}"
counts "a right flow" insert-created 1
is "is in conntrack" "$(conntrack_count A -p udp --orig-port-src 40001)" 1
no_invalid
finish
