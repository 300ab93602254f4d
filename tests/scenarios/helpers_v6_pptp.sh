# SPDX-License-Identifier: GPL-2.0
# FTP over IPv6, whose commands are EPRT and EPSV; PPTP, whose GRE packets name the call
# of their receiver only. Both through A, on a split path, and on when A is dead.
. tests/scenarios/lib.sh
. tests/scenarios/ftp.bash

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		counter refused { }
		ct helper ftp { type "ftp" protocol tcp; }
		ct helper pptp { type "pptp" protocol tcp; l3proto ip; }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state new tcp dport 21 ct mark set 1 ct helper set "ftp" accept
			ct state new tcp dport 1723 ct mark set 1 ct helper set "pptp" accept
			ct state related ct mark set 1 accept
			ct state established accept
			counter name "refused"
		}
	}
	END
}
ftp6() { # NAME active|passive
	local how=()
	[ "$2" = passive ] || how=(--ftp-port -)
	on c curl -6 -sS --max-time 60 "${how[@]}" "ftp://[fd00:2::2]/file" -o "/tmp/$1" && cmp /srv/ftp/file "/tmp/$1"
}
# zeros N: N bytes of 0
zeros() { printf '\\x00%.0s' $(seq "$1"); }
# a control message of PPTP: type, body
control() { printf '\\x00\\x%02x\\x00\\x01\\x1a\\x2b\\x3c\\x4d\\x00\\x%02x\\x00\\x00%s' $((12 + $1)) "$2" "$3"; }
gre() { # WORDS: messages of the call and their answers
	on c proto talk --proto 47 --to 10.2.0.2 --head 3001880b00002222 "$@" | awk '{ print "lost", $8 }'
}

modprobe -a nf_conntrack_ftp nf_conntrack_pptp ip_gre
jobs=()
cluster_up hold all hold-timeout 2s flush-interval 10ms
ftp_server 600000
on s proto echo --proto 47 --head 3001880b00001111 --daemon
for way in same split; do
	path $way
	for mode in active passive; do check "$way: FTP over IPv6, $mode" ftp6 f $mode; done
done

note "PPTP: session, call"
path same
mkfifo /tmp/to-s /tmp/to-c
exec {answers}<>/tmp/to-c {requests}<>/tmp/to-s
on s busybox nc -l -p 1723 <&"$answers" >/tmp/at-s &
within 3 listens s tcp 1723
on c busybox nc 10.2.0.2 1723 <&"$requests" >/tmp/at-c &
got() { [ "$(wc -c <"$1")" = "$2" ]; }
printf '%b' "$(control 144 1 '\x01\x00\x00\x00'"$(zeros 140)")" >&"$requests"
check "the server is asked for a session" within 5 got /tmp/at-s 156
printf '%b' "$(control 144 2 '\x01\x00\x01\x00'"$(zeros 140)")" >&"$answers"
check "and answers" within 5 got /tmp/at-c 156
printf '%b' "$(control 156 7 '\x11\x11'"$(zeros 154)")" >&"$requests"
check "for a call" within 5 got /tmp/at-s 324
printf '%b' "$(control 20 8 '\x22\x22\x11\x11\x01'"$(zeros 15)")" >&"$answers"
check "and answers" within 5 got /tmp/at-c 188
is "GRE of the call" "$(gre --count 5)" "lost 0"
is "B has it, related" "$(conntracks B -p gre | grep -c 'srckey=0x1111 dstkey=0x2222\|srckey=0x.*111.* dstkey=0x.*222')" 1

note "A dies"
path same
on c sysctl -q net.ipv4.tcp_rmem='4096 16384 32768'
on s tc qdisc replace dev a root netem rate 1mbit
for mode in active passive; do ftp6 late-$mode $mode >/tmp/late-$mode.log 2>&1 & jobs[${#mode}]=$!; done
gre --count 60 --interval 0.05 --timeout 0.5 >/tmp/gre &
talker=$!
check "two transfers are on B" within 5 eval '[ "$(conntrack_count B -p tcp -f ipv6 --state ESTABLISHED)" -ge 4 ]'
printf 'link set dev %s down\n' sync client server | ip_batch A
path other
wait $talker
between "GRE goes on, lost of 60" "$(awk '{ print $2 }' /tmp/gre)" 0 6
for mode in active passive; do
	check "FTP over IPv6, $mode: the transfer goes on" wait "${jobs[${#mode}]}"
	cat /tmp/late-$mode.log
done
is "nothing came to B that it did not expect" "$(refused B)" 0
is "no packet was invalid" "$(invalid A) $(invalid B)" "0 0"
exec {answers}>&- {requests}>&-
finish
