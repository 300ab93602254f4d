# SPDX-License-Identifier: GPL-2.0
# Of three nodes the third one missed that a connection began, and asks A for it. The answer
# goes to all, and is on its way for long: it comes to B as a packet waits there, and was
# written before what this acknowledges passed A.
# quick kernel
. tests/scenarios/lib.sh
. tests/scenarios/switch.bash
. tests/scenarios/segments.bash

# hears NODE TYPES LIMIT: what A sends of these it does not, see lossy.bash
hears_not() {
	on "$1" nft "table inet lossy {
		chain prerouting {
			type filter hook prerouting priority -400;
			iifname cluster ip saddr 10.8.0.1 udp dport 24240 @th,352,8 { $2 } ${3:-} drop
		}
	}"
}
# What A answers waits on its way, until it goes: a part of it, or all.
answers_wait() {
	on A tc qdisc add dev cluster root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
	on A tc qdisc add dev cluster parent 1:2 handle 2: plug
	on A tc filter add dev cluster parent 1: protocol ip u32 flowid 1:2 \
		match u8 0 0xfc at 64 match u8 0x10 0x10 at 85
	# what is missed is not told again meanwhile
	on A nft 'table inet deaf {
		chain prerouting {
			type filter hook prerouting priority -400;
			iifname cluster udp dport 24240 @th,352,8 13 drop # NACK
		}
	}'
}
answers() { on A tc qdisc change dev cluster parent 1:2 handle 2: plug "$1"; }

modprobe ctsync
topology_up
check "a switch and a third node" switch_up 3
for id in 1 2 3; do
	# shellcheck disable=SC2046 # words
	tool "$(name $id)" up node $id local 10.8.0.$id $(printf 'peer 10.8.0.%s\n' 1 2 3 | grep -v "\.$id$") \
		insecure mark 0x1/0x1 hold off hold-timeout 4s split-window 20s update-interval 100ms flush-interval 10ms 2>/dev/null
done
for id in 1 2 3; do
	on "$(name $id)" ctsync wait-sync timeout 20s >/dev/null || check "node $id is in sync" false
done
by_hand
path same
hears_not n3 '1, 2' '@th,520,8 & 0x10 == 0'
answers_wait
connects 1000 5000
check "B knows the connection" within 3 entry_is B state ESTABLISHED
since=$SECONDS
hears_not B '1, 2, 3' '@th,520,8 & 0x10 == 0'
for _ in 1 2 3; do
	burst
	from_s A
done
check "the third node asks for it" within 3 stat_reaches A in-request 1
hears_not n3 '1, 2, 3' '@th,520,8 & 0x10 == 0'
answers block
# B has not asked within hold-timeout, and its copy is older
until [ $((SECONDS - since)) -gt 5 ]; do sleep 0.2; done
asked=$(stat A in-request)
ahead
from_s A
check "B asks for its packet" within 3 stat_is A in-request $((asked + 1))
answers release
check "and hears an answer" within 3 stat_reaches B in-insert 2
answers release_indefinite
check "and its own" within 3 arrived_are 7
is "nothing is invalid" "$(stat B miss-healed) $(stat B miss-still-invalid) $(invalid A) $(invalid B)" "1 0 0 0"
switch_down 3
finish
