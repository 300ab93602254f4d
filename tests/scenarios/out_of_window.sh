# SPDX-License-Identifier: GPL-2.0
# A split flow, quiet, and segments that someone made up, more than twice the
# window outside: data, acknowledgements, resets, both directions, at both
# nodes, near enough to be a takeover's and far away. Each is invalid, the flow
# does not notice.
. tests/scenarios/lib.sh

get() { # NODE: "end maxend maxwin" of each direction
	on "$1" ctsync -p show entries dport 5001 |
		sed -n 's/.*"\(end\|maxend\|maxwin\)": *\([0-9]*\),*$/\2/p' | tr '\n' ' '
}
later() { # of two sequence numbers
	if [ $((($2 - $1) & 0x80000000)) = 0 ]; then echo "$2"; else echo "$1"; fi
}
wrap() { echo $(($1 & 0xffffffff)); }

cluster_up hold all
path split
on s load serve -p 5001 --daemon >/dev/null
on c load hold-open --to 10.2.0.2 --port 5001 --connections 1 --first-port 20001 --every 20 --duration 24 \
	--ready /tmp/ready >/tmp/open &
opener=$!
within 3 test -e /tmp/ready
sleep 0.7

before=$(get A)$(get B)
read -r oend omax owin rend rmax rwin \
	oend_b omax_b owin_b rend_b rmax_b rwin_b <<<"$before"
oend=$(later "$oend" "$oend_b") omax=$(later "$omax" "$omax_b")
rend=$(later "$rend" "$rend_b") rmax=$(later "$rmax" "$rmax_b")
[ "$owin_b" -gt "$owin" ] && owin=$owin_b
[ "$rwin_b" -gt "$rwin" ] && rwin=$rwin_b
oedge=$(later "$oend" "$omax") redge=$(later "$rend" "$rmax")
check "windows are known" [ "${rwin_b:-0}" -gt 0 ]

# 3 kinds x 2 distances x 5 segments: forged NODE-TO-SEND-FROM
forged() {
	local far seg edge win ackedge ack
	if [ "$1" = c ]; then
		seg=(--src 10.1.0.2 --sport 20001 --dst 10.2.0.2 --dport 5001)
		edge=$oedge win=$rwin ackedge=$redge ack=$rend seq=$oend
	else
		seg=(--src 10.2.0.2 --sport 5001 --dst 10.1.0.2 --dport 20001)
		edge=$redge win=$owin ackedge=$oedge ack=$oend seq=$rend
	fi
	for far in $((2 * win + 1000)) $((1 << 29)); do
		on "$1" rawseg "${seg[@]}" --flags PA --len 100 --count 5 \
			--seq "$(wrap $((edge + far)))" --ack "$(wrap "$ack")" >/dev/null
		on "$1" rawseg "${seg[@]}" --flags A --count 5 \
			--seq "$(wrap "$seq")" --ack "$(wrap $((ackedge + far)))" >/dev/null
		on "$1" rawseg "${seg[@]}" --flags R --count 5 \
			--seq "$(wrap $((edge + far)))" >/dev/null
	done
}
invalid_is() { [ "$(invalid A) $(invalid B)" = "$1" ]; }

forged c
check "30 of the client's through A: each invalid" within 2 invalid_is "30 0"
forged s
check "30 of the server's through B: each invalid" within 2 invalid_is "30 30"
path swap
forged c
check "30 of the client's through B: each invalid" within 2 invalid_is "30 60"
forged s
check "30 of the server's through A: each invalid" within 2 invalid_is "60 60"
path split
note "$(misses A); $(misses B)"
is "the windows moved nowhere" "$(get A)$(get B)" "$before"
is "nothing was taken over" "$(stat A miss-adopted) $(stat B miss-adopted)" "0 0"
is "still established" "$(entry A state) $(entry B state)" "ESTABLISHED ESTABLISHED"
wait "$opener"
is "the flow works afterwards" "$(awk '/^connections/ { print $4, $6, $8 }' /tmp/open)" "1 0 2"
is "none of its own packets was invalid" "$(invalid A) $(invalid B)" "60 60"
finish
