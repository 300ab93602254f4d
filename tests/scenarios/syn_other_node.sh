# SPDX-License-Identifier: GPL-2.0
# A SYN goes through A and is lost behind it, or its SYN-ACK is; the client's
# next try goes through B. It is one flow, with one id on both nodes.
. tests/scenarios/lib.sh

lose() { on "$1" tc qdisc replace dev "$2" root netem loss 100%; }
lose_no_more() { on "$1" tc qdisc del dev "$2" root; }

# same_flow PORT: client port PORT is one flow with one id, established
same_flow() {
	is "one flow on A" "$(conntrack_count A -p tcp --orig-port-src "$1")" 1
	is "one flow on B" "$(conntrack_count B -p tcp --orig-port-src "$1")" 1
	is "established on both" "$(entry A state sport "$1") $(entry B state sport "$1")" "ESTABLISHED ESTABLISHED"
	is "with one id" "$(entry A id sport "$1")" "$(entry B id sport "$1")"
	is "which A made" "$(entry A origin sport "$1") $(entry B origin sport "$1")" "1 1"
}

hold_open() { # PORT: one connection from that port, an exchange each 0.3 s
	rm -f /tmp/ready
	start c load hold-open --to 10.2.0.2 --port 5001 --connections 1 --first-port "$1" \
		--every 0.3 --duration 90 --ready /tmp/ready >/tmp/open
}
worked() {
	kill "$started"
	wait "$started"
	# the next one changes the paths
	within 3 eval '[ -z "$(on c ss -Htn state connected exclude time-wait)" ]'
	is "the connection works" "$(awk '/^connections/ { print $4, $6 }' /tmp/open)" "1 0"
}

cluster_up hold all
on s load serve -p 5001 --daemon >/dev/null

note "the SYN is lost behind A, then all goes through B"
path same
lose A server
hold_open 20001
check "A knows the flow" within 3 entries_are A 1
path other
lose_no_more A server
within 4 test -e /tmp/ready
sleep 1
same_flow 20001
worked

note "the SYN-ACK is lost behind A, then all goes through B"
path same
lose A client
hold_open 20002
check "A knows the SYN-ACK" within 3 entry_is A state SYN_RECV sport 20002
path other
lose_no_more A client
within 4 test -e /tmp/ready
sleep 1
same_flow 20002
worked

note "split, the SYN-ACK is lost behind B, then the SYN goes through B"
path split
lose B client
hold_open 20003
check "B knows the SYN-ACK" within 3 entry_is B state SYN_RECV sport 20003
path swap
lose_no_more B client
within 4 test -e /tmp/ready
sleep 1
same_flow 20003
worked

is "nobody had two ids for one flow" "$(stat A two-ids) $(stat B two-ids)" "0 0"
no_invalid
finish
