# SPDX-License-Identifier: GPL-2.0
# Split: A sees requests, B their answers. Acknowledgements do not come for a while, and each
# node bypasses the other. Both come back, B too, which never begins a flow. Where
# nobody waits, a client's next packet may come before the word of the answer to its
# SYN: it is asked for.
. tests/scenarios/lib.sh

connections() { # NUMBER: how many of them failed
	on c load run --to 10.2.0.2 --port 5001 --connections "$1" --parallel 10 --timeout 20 |
		awk '/^connections/ { print $4 }'
}

cluster_up hold all hold-timeout 50ms
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000
path split

note "A hears nothing of flows"
deaf A but-hello
is "10 flows one after the other pass" "$(udp_flows 10 7000 | lost)" 0
is "each bypasses the other" "$(stat A bypass-begin) $(stat B bypass-begin)" "1 1"
on A ctsync set hold-timeout 500ms
on B ctsync set hold-timeout 500ms
hearing A
before="$(invalid A) $(invalid B)"
is "50 connections, none failed" "$(connections 50)" 0
is "both are back" "$(stat A bypass-end) $(stat B bypass-end)" "1 1"
is "no packet of these was invalid" "$(invalid A) $(invalid B)" "$before"

note "hold off, and the word of a SYN's answer takes longer than the answer"
on A ctsync set hold off
on B ctsync set hold off
sync_delay 20
on A ctsync stats reset
on B ctsync stats reset
before=$(invalid A)
is "50 connections, none failed" "$(connections 50)" 0
check "what came before the word was asked for" stat_reaches A miss-parked 50
is "and found right" "$(stat A miss-healed)" "$(stat A miss-parked)"
is "no packet was invalid on A" "$(invalid A)" "$before"
finish
