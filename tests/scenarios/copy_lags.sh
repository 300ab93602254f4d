# SPDX-License-Identifier: GPL-2.0
# What A tells of a connection does not come to B, nothing but answers does. The connection
# moves on by more than B would believe of anybody, and then to B: B asks A, and no packet
# is invalid. Who is as far off but of no connection is asked about once, and delays nobody.
. tests/scenarios/lib.sh
. tests/scenarios/segments.bash
. tests/scenarios/lossy.bash

# 840,000 bytes; twice 256 KiB and a window would be believed
transfer() {
	for _ in {1..20}; do
		burst
		from_s A
	done
}
# strangers PACKETS
strangers() {
	on c rawseg --src 10.1.0.2 --sport 20001 --dst 10.2.0.2 --dport 5001 --flags PA --len 100 \
		--seq $((c_next + 500000000)) --ack "$s_next" --count "$1"
}

cluster_up hold all hold-timeout 1s
by_hand
path same
connects 1000 5000
speaks
check "B has the connection" within 3 entry_is B state ESTABLISHED
check "B hears answers only" answers_only
transfer
is "A saw it all" "$(arrived) $(invalid A)" "22 0"

path other
from_c PA --len 100
c_next=$((c_next + 100))
from_s A
check "what acknowledges the first bytes that pass B arrives" within 3 arrived_are 23
is "B asked A about one packet" "$(stat B miss-parked) $(stat B miss-healed) $(invalid B)" "1 1 0"
speaks
is "the connection goes on" "$(arrived) $(invalid A) $(invalid B)" "24 0 0"

strangers 10
check "what is far is invalid" within 3 stat_is B miss-implausible 9
is "and asked about once" "$(stat B miss-parked) $(stat B miss-still-invalid) $(invalid B)" "2 1 10"
speaks
is "the connection goes on beside it" "$(arrived)" 25

note "after A told of a packet, and the answer takes a while"
loses_no_more
path same
heard=$(stat B in-update-c)
transfer
check "B hears of it" within 3 stat_reaches B in-update-c $((heard + 1))
sync_delay 50
path other
asked=$(stat B out-request)
strangers 50
check "all of them waited" within 3 stat_is B miss-still-invalid 51
# the first, some while it is not answered, and for all that came since once more
between "and asked a few times" $(($(stat B out-request) - asked)) 2 10
speaks
is "the connection goes on" "$(arrived) $(invalid B)" "46 60"
finish
