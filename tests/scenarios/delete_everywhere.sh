# SPDX-License-Identifier: GPL-2.0
# What an operator deletes on one node is gone on all of them and does not come
# back; with propagate-delete off the copies stay.
. tests/scenarios/lib.sh

cluster_up hold all flush-interval 10ms digest-interval 1s
path same
echo_server 7000
# on a slow machine this takes longer than an unanswered flow lives
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300
done
on s load serve -p 5001 --daemon >/dev/null

is "20 flows pass" "$(udp_flows 20 7000 20000 | lost)" 0
check "and are on B" within 3 conntrack_count_is 20 B -p udp --orig-port-dst 7000
sleep 0.2 # their updates


on A conntrack -D -p udp --orig-port-dst 7000 --orig-port-src 20000 >/dev/null 2>&1
check "deleted on A: gone on B" within 3 conntrack_count_is 19 B -p udp --orig-port-dst 7000
is "and that one" "$(conntrack_count B -p udp --orig-port-dst 7000 --orig-port-src 20000)" 0
on B conntrack -D -p udp --orig-port-dst 7000 --orig-port-src 20001 >/dev/null 2>&1
check "deleted on B: gone on A" within 3 conntrack_count_is 18 A -p udp --orig-port-dst 7000
is "and that one" "$(conntrack_count A -p udp --orig-port-dst 7000 --orig-port-src 20001)" 0
is "each told once" "$(stat A out-delete) $(stat B out-delete)" "1 1"
is "and applied once" "$(stat A delete-applied) $(stat B delete-applied)" "1 1"
is "as what an operator did" "$(stat A destroy-forced) $(stat B destroy-forced)" "1 1"
sleep 1.5
is "nothing comes back" "$(conntrack_count A -p udp --orig-port-dst 7000) $(conntrack_count B -p udp --orig-port-dst 7000)" "18 18"

# A connection, idle: its copies must not bring it back
on c load hold-open --to 10.2.0.2 --port 5001 --connections 10 --every 60 --duration 60 \
	--ready /tmp/open >/dev/null &
within 5 test -e /tmp/open
check "10 connections are on B" within 3 conntrack_count_is 10 B -p tcp
no_invalid # closing a connection that was deleted is
on B conntrack -D -p tcp >/dev/null 2>&1
check "deleted on B: gone on A" within 3 conntrack_count_is 0 A -p tcp

on A ctsync set propagate-delete off
on A conntrack -D -p udp --orig-port-dst 7000 --orig-port-src 20002 >/dev/null 2>&1
sleep 0.5
is "propagate-delete off: the copy stays" "$(conntrack_count B -p udp --orig-port-dst 7000 --orig-port-src 20002)" 1
is "and is not told" "$(stat A out-delete)" 1
on B ctsync resync
check "B tells its whole table again" within 5 stat_reaches B bulk-entries 17
check "A hears of it" within 5 stat_reaches A msg-tombstone 1
is "what was deleted on A alone stays deleted there" "$(conntrack_count A -p udp --orig-port-dst 7000 --orig-port-src 20002)" 0
on A ctsync set propagate-delete on

# all of it
is "200 flows pass" "$(udp_flows 200 7000 30000 | lost)" 0
check "and are on B" within 5 entries_are B 218
on A conntrack -F >/dev/null 2>&1
check "flushed on A: all that A knew is gone on B" within 5 conntrack_count_is 1 B -p udp --orig-port-dst 7000
is "no entry is left but that copy" "$(entries A) $(entries B)" "0 1"
finish
