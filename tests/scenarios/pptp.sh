# SPDX-License-Identifier: GPL-2.0
# GRE of a PPTP call names the call of its receiver only: conntrack finds the other one by
# what the helper read on the control connection. The call goes on when A is dead, the
# next one of the same connection too, and GRE of no call passes nowhere.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		counter refused { }
		ct helper pptp { type "pptp" protocol tcp; l3proto ip; }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state new tcp dport 1723 ct mark set 1 ct helper set "pptp" accept
			ct state related ct mark set 1 accept
			ct state established accept
			counter name "refused"
		}
	}
	END
}
refused() { [[ $(on "$1" nft list counter inet fw refused) =~ packets\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }
# zeros N: N bytes of 0
zeros() { printf '\\x00%.0s' $(seq "$1"); }
# control LENGTH TYPE BODY: a control message
control() { printf '\\x00\\x%02x\\x00\\x01\\x1a\\x2b\\x3c\\x4d\\x00\\x%02x\\x00\\x00%s' $((12 + $1)) "$2" "$3"; }
asks() { # WHAT LENGTH TYPE BODY: the client the server
	printf '%b' "$(control "${@:2}")" >&"$requests"
	to_s=$((to_s + 12 + $2))
	check "$1" within 5 got /tmp/at-s $to_s
}
answers() { # WHAT LENGTH TYPE BODY
	printf '%b' "$(control "${@:2}")" >&"$replies"
	to_c=$((to_c + 12 + $2))
	check "$1" within 5 got /tmp/at-c $to_c
}
to_s=0 to_c=0
got() { [ "$(wc -c <"$1")" = "$2" ]; }
# speak CALL [WORDS]: packets of the client to the server's CALL, which are sent back
speak() {
	on c proto talk --proto 47 --to 10.2.0.2 --head "3001880b0000$1" --timeout "$(debug_or 3 1)" "${@:2}" | awk '{ print $8 }'
}
# the server sends what it got back, to the client's CALL
listen_to() {
	if [ -n "${echo:-}" ]; then
		kill "$echo"
		wait "$echo" 2>/dev/null
	fi
	ip netns exec s proto echo --proto 47 --head "3001880b0000$1" & echo=$!
	within 5 on s grep -q ':002F ' /proc/net/raw
}
calls() { conntracks "$1" -p gre | grep -c "srckey=0x$2 dstkey=0x$3"; }

modprobe -a nf_conntrack_pptp ip_gre
cluster_up hold all hold-timeout 2s flush-interval 10ms
path same
mkfifo /tmp/to-s /tmp/to-c
exec {replies}<>/tmp/to-c {requests}<>/tmp/to-s
on s busybox nc -l -p 1723 <&"$replies" >/tmp/at-s &
within 3 listens s tcp 1723
on c busybox nc 10.2.0.2 1723 <&"$requests" >/tmp/at-c &

asks "the client asks for a session" 144 1 '\x01\x00\x00\x00'"$(zeros 140)"
answers "and has one" 144 2 '\x01\x00\x01\x00'"$(zeros 140)"
asks "it calls" 156 7 '\x11\x11'"$(zeros 154)"
answers "and is answered" 20 8 '\x22\x22\x11\x11\x01'"$(zeros 15)"
listen_to 1111
is "the call: of 5 packets lost" "$(speak 2222 --count 5)" 0
is "B has it" "$(calls B 1111 2222)" 1
is "GRE of no call is refused" "$(speak 3333 --count 2 --timeout 0.2) $(refused A)" "2 2"

note "its directions on different nodes"
path split
is "of 5 packets lost" "$(speak 2222 --count 5)" 0
path swap
is "of 5 packets lost, the other way" "$(speak 2222 --count 5)" 0

note "the next call of the connection"
path same
asks "the client hangs up" 4 12 '\x11\x11\x00\x00'
answers "so does the server" 136 13 '\x22\x22\x01\x00'"$(zeros 132)"
over() { [ "$(calls A 1111 2222) $(calls B 1111 2222)" = "0 0" ]; }
check "the call is over on both" within 3 over
asks "it calls" 156 7 '\x44\x44'"$(zeros 154)"
answers "and is answered" 20 8 '\x55\x55\x44\x44\x01'"$(zeros 15)"
listen_to 4444
is "of 5 packets lost" "$(speak 5555 --count 5)" 0
is "B has it" "$(calls B 4444 5555)" 1

note "A dies"
dies A
path other
check "B sees that A is dead" within 3 peers_are B down
is "of 20 packets lost" "$(speak 5555 --count 20)" 0
answers "the server speaks" 4 5 '\x00\x00\x00\x01'
is "GRE of no call is refused by B" "$(speak 3333 --count 2 --timeout 0.2) $(refused B)" "2 2"
is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
exec {replies}>&- {requests}>&-
finish
