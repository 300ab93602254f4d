# SPDX-License-Identifier: GPL-2.0
# Both ends of a connection were switched off, and the firewalls have it as established
# still. Another one takes its ports: conntrack alone follows it, and so do two nodes.
. tests/scenarios/lib.sh

# Segments by hand. The first connection's numbers seem to be ahead of the second's.
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
state() { conntracks "$1" -p tcp | awk '{ print $4 }'; }
state_is() { [ "$(state "$1")" = "$2" ]; }

# Windows of a split path are open: by no more than what may be on its way.
follows() { # NODE
	local c s
	c=$(entry "$1" tcp-orig.end) s=$(entry "$1" tcp-reply.end)
	[ "$((c - c_next >= 0 && c - c_next < 100000 && s - s_next >= 0 && s - s_next < 100000))" = 1 ] &&
		state_is "$1" ESTABLISHED
}

cluster_up hold all
# nobody listens: what is not by hand is a reset
for node in c s; do
	on "$node" nft 'add table inet raw
		add chain inet raw out { type filter hook output priority 0; }
		add rule inet raw out tcp flags rst drop'
done

for way in same other split; do
	note "path $way"
	path "$way"
	connects 3000000000 2500000000
	speaks
	check "a connection is on A" within 3 state_is A ESTABLISHED
	check "and on B" within 3 state_is B ESTABLISHED
	sleep 1.5
	connects 1000000000 500000000
	speaks
	speaks
	for node in A B; do
		check "$node has the second, both directions" within 3 follows $node
	done
	for next in same other; do
		path "$next"
		speaks
	done
	is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
	note "$(misses A); $(misses B)"
	on A conntrack -F >/dev/null 2>&1
	check "both forget it" within 3 eval 'entries_are A 0 && entries_are B 0'
done
no_invalid
finish
