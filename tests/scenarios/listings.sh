# SPDX-License-Identifier: GPL-2.0
# What an operator sees of tables: the kernel chooses the entries of a listing, diff
# tells two tables apart and changes neither, explain says what was said of a flow.
# one kernel
. tests/scenarios/lib.sh

n=$(soak_or 20000 300)

# matching FILTER...: how many entries A lists
matching() { tool A show entries "$@" | tail -n +2 | wc -l; }
# diff_says EXPECTED-STATUS MEMBER...: "value value ..." of what A's diff with B tells
diff_says() {
	local want=$1 out status member all=
	shift
	out=$(tool A diff 10.9.0.2 -j)
	status=$?
	[ "$status" = "$want" ] || note "diff's exit status is $status: $out"
	for member; do all+=" $(_member "$member" "$out")"; done
	echo "$status$all"
}
# Flows of which something was told within two seconds are not compared.
is_at_rest() { [ "$(diff_says 0 entries-here entries-there)" = "0 $((n + 10)) $((n + 10))" ]; }

cluster_up hold all flush-interval 10ms digest-interval 0
echo_server 7000
on s burst echo --port 7001 --daemon >/dev/null
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_udp_timeout=300 \
		net.netfilter.nf_conntrack_udp_timeout_stream=300
done
path split
is "$n flows pass" "$(udp_flows "$n" 7000 20000 | lost)" 0
path same
is "10 others pass A alone" "$(udp_flows 10 7001 50000 | lost)" 0
check "B has all" within 10 entries_are B $((n + 10))

note "a listing"
is "all" "$(matching)" $((n + 10))
is "by port" "$(matching port 7001)" 10
is "by source port" "$(matching sport 50003)" 1
is "by protocol and address" "$(matching udp address 10.2.0.2 dport 7001)" 10
is "by another address" "$(matching address 10.2.0.3)" 0
is "by node" "$(matching node 2)" 0
is "by zone" "$(matching zone 0 dport 7001) $(matching zone 1)" "10 0"
is "by state, which UDP has none of" "$(matching state established)" 0
is "by split" "$(matching split)" "$(matching split dport 7000)"
is "nothing but what a filter has" "$(tool A show entries bogus 2>&1 >/dev/null | grep -c unknown)" 1

note "tables that are the same"
check "come to rest" within 20 is_at_rest
is "diff finds nothing" "$(diff_says 0 only-here only-there different entries-here entries-there)" \
	"0 0 0 0 $((n + 10)) $((n + 10))"

n_in=$(peer_member B in-messages) n_out=$(peer_member A out-messages)
# and a HELLO or two before B was up
between "A told B as many messages as B had of A" "$n_out" "$n_in" $(($(peer_member B in-messages) + 3))

note "tables that are not"
tool A set propagate-delete off
tool B set propagate-delete off
on A conntrack -D -p udp --orig-port-src 50001 >/dev/null 2>&1
on B conntrack -D -p udp --orig-port-src 50002 >/dev/null 2>&1
on B conntrack -D -p udp --orig-port-src 50003 >/dev/null 2>&1
is "diff finds what is only here and there" "$(diff_says 3 only-here only-there different)" "3 2 1 0"
tool A diff 10.9.0.2 >/tmp/diff
check "again: it changed nothing" tells '^2 only here, 1 only there, 0 different' cat /tmp/diff
check "it names them" tells '^udp *10.1.0.2:50001 *10.2.0.2:7001 *- *replied$' cat /tmp/diff
is "the other node says the same" "$(tool B diff 10.9.0.1 -j >/tmp/diff; echo $? "$(_member only-here "$(</tmp/diff)")")" "3 1"
is "of nobody's answers" "$(stat A digest-stray) $(stat B digest-stray)" "0 0"
is "who is no peer has no table" "$(tool A diff 10.9.0.9 2>&1)" "ctsync: there is no such peer"

note "explain"
check "says why" tells 'its mark 0x1 matches 0x1/0x1' tool A explain udp 10.1.0.2:50004 10.2.0.2:7001
check "when it was told" tells '^  told .* ago' tool A explain udp 10.1.0.2:50004 10.2.0.2:7001
check "and from whom it was had" tells 'last-remote .* by node 1' tool B explain udp 10.1.0.2:50004 10.2.0.2:7001

deaf A
check "B is not heard" within 5 peers_are A down
is "a peer that is away has no table" "$(tool A diff 10.9.0.2 2>&1)" "ctsync: this peer is not up"
no_invalid
finish
