# SPDX-License-Identifier: GPL-2.0
# Protocols besides TCP, UDP and ICMP: SCTP, DCCP, GRE (a tunnel between client and
# server) and ESP (as any protocol that conntrack does not know), over a split path
# and through the death of A. Kernels from 6.16 on have no DCCP.
. tests/scenarios/lib.sh

eval "$(declare -f plain_rules | sed 's/{ tcp, udp, icmp, ipv6-icmp }/{ tcp, udp, icmp, ipv6-icmp, sctp, dccp, gre, esp }/')"
topology_rules() { plain_rules; }

# talk PROTO ADDRESS [words]: "failed N lost N"
talk() {
	local proto=$1 to=$2
	shift 2
	on c proto talk --proto "$proto" --to "$to" --port 5000 "$@" | awk '{ print "failed", $4, "lost", $8 }'
}
# the state of SCTP and DCCP flows that conntrack knows, and their tuples
states() {
	conntracks "$1" -p "$2" | grep -v TIMEWAIT | sed 's/ \[.*//; s/^[a-z]* *[0-9]* [0-9]* //' | sort
}
known() { [ "$(states "$1" "$2" | grep -c "^$3")" = "$4" ]; } # NODE PROTO STATE NUMBER
same_states() { [ "$(states A "$1")" = "$(states B "$1")" ]; }

# tunnel NODE OWN-ADDRESS OTHER INNER
tunnel() {
	printf '%s\n' "link add name tunnel type gre local $2 remote $3" \
		"address add $4/30 dev tunnel" 'link set dev tunnel up' | ip_batch "$1"
}

modprobe -a sctp ip_gre
if [[ $_release == 6.1.* || $_release == 6.12.* ]]; then
	protocols=(sctp dccp 50)
	modprobe -a dccp_ipv4 dccp_ipv6
else
	protocols=(sctp 50)
fi
has() { [[ " ${protocols[*]} " == *" $1 "* ]]; }
cluster_up hold all hold-timeout 1s flush-interval 10ms
flows_keep_their_cpu # nobody sends a lost DCCP message again
path split
for proto in "${protocols[@]}"; do on s proto echo --proto $proto --port 5000 --daemon >/dev/null; done
tunnel c 10.1.0.2 10.2.0.2 10.7.0.1
tunnel s 10.2.0.2 10.1.0.2 10.7.0.2

note "split: out through A, back through B"
is "SCTP, 5 associations" "$(talk sctp 10.2.0.2 --connections 5)" "failed 0 lost 0"
check "with the same state on both nodes" within 3 same_states sctp
is "over IPv6" "$(talk sctp fd00:2::2 --connections 2)" "failed 0 lost 0"
if has dccp; then
	is "DCCP, 5 connections" "$(talk dccp 10.2.0.2 --connections 5)" "failed 0 lost 0"
	check "with the same state on both nodes" within 3 same_states dccp
fi
is "ESP" "$(talk 50 10.2.0.2)" "failed 0 lost 0"
is "over IPv6" "$(talk 50 fd00:2::2)" "failed 0 lost 0"
is "GRE" "$(on c ping -q -n -c 10 -i 0.02 10.7.0.2 | sed -n 's/^\(.* received\),.*/\1/p')" "10 packets transmitted, 10 received"
is "every flow was made on A, once" "$(stat B entry-new) $(stat A insert-created)" "0 0"
is "every packet that waited was acknowledged" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"

note "failover: all through A, then A dies"
path same
for proto in "${protocols[@]}"; do
	talk "$proto" 10.2.0.2 --count 100 --interval 0.1 --timeout 0.5 >"/tmp/talk-$proto" &
done
talk sctp fd00:2::2 --count 100 --interval 0.1 --timeout 3 >/tmp/talk-sctp6 &
on c ping -q -n -i 0.1 -c 110 10.7.0.2 >/tmp/ping &
check "B knows the SCTP associations" within 4 known B sctp ESTABLISHED 2
! has dccp || check "and the DCCP connection" within 4 known B dccp OPEN 1
check "as A does" within 3 same_states sctp
before=$(stat B entry-new)
dies A
path other
wait
for proto in "${protocols[@]}" sctp6; do
	is "$proto: the connection lived" "$(awk '{ print $1, $2 }' "/tmp/talk-$proto")" "failed 0"
	between "of 100 messages these were lost" "$(awk '{ print $4 }' "/tmp/talk-$proto")" 0 6
done
between "GRE went on, of 110 echoes these came" "$(sed -n 's/.* \([0-9]*\) received.*/\1/p' /tmp/ping)" 100 110
is "B made no flow of its own for it" "$(stat B entry-new)" "$before"
no_invalid
finish
