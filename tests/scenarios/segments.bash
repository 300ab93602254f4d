# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# One TCP connection of segments by hand, from 10.1.0.2 port 20001 to 10.2.0.2 port 5001
# (sourced after lib.sh, by_hand after the cluster is up).

ends() { # client's next number, server's next number
	c_next=$1 s_next=$2
}
from_c() { # FLAGS [words]
	on c rawseg --src 10.1.0.2 --sport 20001 --dst 10.2.0.2 --dport 5001 --flags "$1" \
		--seq "$c_next" --ack "$s_next" "${@:2}"
}
from_s() {
	on s rawseg --src 10.2.0.2 --sport 5001 --dst 10.1.0.2 --dport 20001 --flags "$1" \
		--seq "$s_next" --ack "$c_next" "${@:2}"
}
connects() { # NUMBER-OF-CLIENT NUMBER-OF-SERVER
	ends "$1" 0
	from_c S
	ends $(($1 + 1)) "$2"
	from_s SA
	ends $(($1 + 1)) $(($2 + 1))
	from_c A
}
speaks() { # 100 bytes, their acknowledgement, and 100 bytes back
	from_c PA --len 100
	c_next=$((c_next + 100))
	from_s PA --len 100
	s_next=$((s_next + 100))
	from_c A
}
fin_of_c() {
	from_c FA
	c_next=$((c_next + 1))
	from_s A
}
fin_of_s() {
	from_s FA
	s_next=$((s_next + 1))
	from_c A
}
burst() { # 42,000 bytes of the client
	from_c PA --len 1400 --count 30 --step 1400
	c_next=$((c_next + 42000))
}
# more passes A than was granted when A last told, and than B grants by who asked
ahead() {
	path same
	for _ in 1 2; do
		from_s A
		burst
	done
	path split
}
state() { conntracks "$1" -p tcp | awk '{ print $4 }'; }
state_is() { [ "$(state "$1")" = "$2" ]; }
# how many of what the server sent came to the client
arrived() { [[ $(on c nft list counter inet raw server) =~ packets\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }
arrived_are() { [ "$(arrived)" = "$1" ]; }
# nobody listens: what is not by hand is a reset
by_hand() {
	local node
	for node in c s; do
		on "$node" nft 'add table inet raw
			add chain inet raw out { type filter hook output priority 0; }
			add rule inet raw out tcp flags rst drop'
	done
	on c nft 'add counter inet raw server
		add chain inet raw in { type filter hook prerouting priority -300; }
		add rule inet raw in tcp sport 5001 counter name server'
}
# first_is open|over: a connection on both nodes
first_is() {
	connects 3000000000 2500000000
	speaks
	local state=ESTABLISHED
	[ "$1" = open ] || { fin_of_c; fin_of_s; state=TIME_WAIT; }
	check "a connection is on A" within 3 state_is A $state
	check "and on B" within 3 state_is B $state
}
# A's replication begins anew under it, and comes to its end
starts_again() {
	ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all || check "A comes up again" false
}
in_sync() {
	check "and both see each other" within 5 peers_are A up
	tool A wait-sync timeout 10s >/dev/null || check "A is in sync" false
}
forget() { # A's conntrack may be of when nothing told of its end
	on B conntrack -F >/dev/null 2>&1
	on A conntrack -F >/dev/null 2>&1
	check "both forget it" within 3 eval 'entries_are A 0 && entries_are B 0'
}
# over each path, without an invalid packet; then it is forgotten
goes_on() {
	local way
	for way in same other split; do
		path $way
		speaks
	done
	is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
	path same
	forget
}
