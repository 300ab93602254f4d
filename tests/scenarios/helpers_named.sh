# SPDX-License-Identifier: GPL-2.0
# Every helper of the kernel's own goes with its flow, by name. Two that read a line of
# text expect something there, and the other node does too; what is no longer expected
# at one ends at the other. A flow that is told again with its table keeps all that.
. tests/scenarios/lib.sh

tcp=(21-ftp 1723-pptp 6566-sane 6667-irc 1720-Q.931)
udp=(69-tftp 137-netbios-ns 161-snmp 1719-RAS 5060-sip 10080-amanda)
topology_rules() {
	local each
	echo 'table inet fw { counter invalid { }'
	for each in "${tcp[@]/%/-tcp}" "${udp[@]/%/-udp}"; do
		set -- "${each%%-*}" "${each#*-}"
		echo "ct helper h$1 { type \"${2%-*}\" protocol ${2##*-}; l3proto ip; }"
	done
	echo 'chain forward {'
	echo 'type filter hook forward priority filter; policy drop;'
	echo 'ct state invalid counter name "invalid" drop'
	echo 'ct state established,related accept'
	for each in "${tcp[@]/%/-tcp}" "${udp[@]/%/-udp}"; do
		set -- "${each%%-*}" "${each##*-}"
		echo "$2 dport $1 ct mark set 1 ct helper set \"h$1\" accept"
	done
	printf '}\n}\n'
}

modprobe -a nf_conntrack_{ftp,pptp,sane,irc,h323,tftp,netbios_ns,snmp,sip,amanda}
cluster_up hold all hold-timeout 2s
for each in "${tcp[@]}"; do
	on s sh -c "sleep 100 | busybox nc -l -p ${each%%-*} >/dev/null" &
done
for each in "${udp[@]}"; do echo_server "${each%%-*}"; done
listening() { [ "$(on s ss -Hltn | grep -c .)" = "${#tcp[@]}" ]; }
check "servers listen" within 5 listening

# one packet of each, then lines for IRC and Amanda as they are put into a file
mkfifo /tmp/lines
cat >/tmp/client <<'END'
for port in $tcp; do
	exec {fd}<>"/dev/tcp/10.2.0.2/$port"
	[ "$port" != 6667 ] || irc=$fd
done
for port in $udp; do
	exec {fd}<>"/dev/udp/10.2.0.2/$port"
	echo x >&$fd
	[ "$port" != 10080 ] || amanda=$fd
done
exec 3<>/tmp/lines # both ways: it stays open between two lines
while read -r where line <&3; do printf '%b\n' "$line" >&${!where}; done
END
tcp=$(printf '%s ' "${tcp[@]%%-*}") udp=$(printf '%s ' "${udp[@]%%-*}") on c bash /tmp/client &
say() { echo "$*" 1<>/tmp/lines; }
all=$((${#tcp[@]} + ${#udp[@]}))
check "B has all flows" within 10 entries_are B $all
conntracks B >/tmp/flows
for each in "${tcp[@]}" "${udp[@]}"; do
	is "${each#*-}" "$(grep -c "dport=${each%%-*} .*helper=${each#*-}" /tmp/flows)" 1
done

# a client offers a file at 10.1.0.2 port 7777
say irc 'PRIVMSG x :\001DCC SEND f 167837698 7777 9\001'
check "IRC: both nodes expect the file" within 5 eval "conntrack_count_is 1 A expect && conntrack_count_is 1 B expect"
# the server names three ports; the echo stands for it
say amanda CONNECT DATA 1000 MESG 1001 INDEX 1002
check "Amanda: and three more ports" within 5 eval "conntrack_count_is 4 A expect && conntrack_count_is 4 B expect"
is "A told of each once" "$(stat B expect-created) $(stat B expect-refused)" "4 0"
on A conntrack -F expect
check "what A no longer expects, B does not either" within 5 conntrack_count_is 0 B expect

say irc 'PRIVMSG x :\001DCC SEND f 167837698 7778 9\001'
check "IRC: another file" within 5 conntrack_count_is 1 B expect
flows=$(entries A)
on B ctsync down
on B conntrack -F 2>/dev/null
check "B begins with nothing" conntrack_count_is 0 B expect
ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all hold-timeout 2s
check "and gets flows" within 10 entries_are B "$flows"
check "helpers" within 5 eval '[ "$(conntracks B | grep -c helper=)" = "$(conntracks A | grep -c helper=)" ]'
check "and what is expected" within 5 conntrack_count_is 1 B expect
no_invalid
finish
