# SPDX-License-Identifier: GPL-2.0
# What a peer says of helpers, frame by frame, sent from B's machine with B's proven
# epoch. A flow whose helper is not here is made without; a related flow may come
# before its master; an expectation is made, refreshed, refused or ended.
# one kernel
. tests/scenarios/lib.sh

modprobe nf_conntrack_tftp
cluster_up hold all flush-interval 10ms
epoch=$(peer_member A epoch)
on A ctsync -j monitor >/tmp/monitor & sleep 0.3
on A ctsync stats reset

seq=0
next() { seq=$((seq + 1)); on B frames --to 10.9.0.1 --node 2 --epoch "$epoch" --seq "$seq" "$@"; }
ref() { echo "00000000000000$1 00000001 0001 02 00"; }
flow() { echo "0000 00 01 04 11 0000 00000000 00000001 0a010002 0a020002 $1 0045"; }
counts() { check "$1: $2 $3" within 2 stat_is A "$2" "$3"; }
# CLASS FLAGS LIFE PORT [more]: a server's answer from any port
expect() { echo "$(ref "$5") 04 11 0000 $1 $2 01 00 $3 0000 0000 0a020002 0a010002 0000 $4 ffffffff 00000000"; }

# ---- a helper that is not here ----
next 01 00 0037 0001 "$(ref a1)" "$(flow 9c41)" 0010 0007 06 6e6f73756368
counts "a flow whose helper is unknown" helper-missing 1
counts "is made all the same" insert-created 1
is "in conntrack, without" "$(conntracks A -p udp --orig-port-src 40001 | grep -c helper=)" 0
check "the operator is told its name" within 2 grep -q '"event": *"helper".*: nosuch"' /tmp/monitor
next 01 00 0035 0001 "$(ref a2)" "$(flow 9c42)" 0010 0005 04 74667470
counts "one whose helper is here" insert-created 2
is "has it" "$(conntracks A -p udp --orig-port-src 40002 | grep -c helper=tftp)" 1
counts "nothing else is missing" helper-missing 1

# ---- expectations ----
next 09 00 0034 0001 "$(expect 00 00 00000064 9c42 a2)"
counts "an expectation" expect-created 1
next 09 00 0034 0001 "$(expect 00 00 00000064 9c42 a2)"
counts "told again" expect-refreshed 1
is "conntrack has one" "$(conntrack_count A expect)" 1
next 09 00 0034 0001 "$(expect 09 00 00000064 9c43 a2)"
counts "of a class that the helper has not" expect-refused 1
next 09 00 0034 0001 "$(expect 00 00 00000064 9c41 a1)"
counts "of a flow without helper" expect-refused 2
next 09 00 003e 0001 "$(expect 00 00 00000064 9c44 a2)" 0001 0006 6e6f73756368
counts "whose NAT nobody here can set up" expect-refused 3
next 09 00 003e 0001 "$(expect 00 00 00000064 9c44 a2)" 0002 0006 6e6f73756368
counts "that wants a helper that is not here" expect-refused 4
next 09 00 0034 0001 "$(expect 00 00 00000000 9c44 a2)"
counts "that has no life" drop-value 1
next 09 00 0034 0001 "$(expect 00 00 00000064 9c44 af)"
counts "of an unknown flow" msg-unknown-entry 1
check "which is asked for" within 2 stat_is A out-request 1
next 0a 00 0024 0001 "$(ref a2) 04 11 0000 0a020002 0a010002 0000 9c42 ffffffff"
counts "its end" expect-deleted 1
is "conntrack has none" "$(conntrack_count A expect)" 0

# ---- related flows ----
next 09 00 0034 0001 "$(expect 00 00 00000064 9c42 a2)"
counts "an expectation" expect-created 2
next 01 00 0039 0001 "$(ref a3)" "0000 00 01 04 11 0000 00000000 00000001 0a020002 0a010002 1388 9c42" \
	0012 0009 02 00000000000000a2
counts "what was expected came elsewhere" insert-created 3
is "it is expected no more" "$(conntrack_count A expect)" 0
next 01 00 0039 0001 "$(ref a4)" "$(flow 9c45)" 0012 0009 02 00000000000000a5
counts "a flow that came before its master" master-awaited 1
check "which is asked for" within 2 stat_is A out-request 2
next 01 00 0035 0001 "$(ref a5)" "$(flow 9c46)" 0010 0005 04 74667470
counts "when that comes" master-joined 1
# each the other's master: neither could ever be freed, which the end would show
next 01 00 0039 0001 "$(ref a6)" "$(flow 9c47)" 0012 0009 02 00000000000000a7
next 01 00 0039 0001 "$(ref a7)" "$(flow 9c48)" 0012 0009 02 00000000000000a6
counts "of two that name each other one goes without" master-lost 1
next 01 00 0039 0001 "$(ref a8)" "$(flow 9c49)" 0012 0009 02 00000000000000a8
counts "and one that names itself" master-lost 2
check "both nodes are up" peers_are A up
finish
