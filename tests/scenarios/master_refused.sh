# SPDX-License-Identifier: GPL-2.0
# A has no room for a flow of B's that expects others. What B says of the expectation
# makes A ask for the flow, the answer brings the expectation again: A asks once a
# second, and not each time for as long as there is no room.
. tests/scenarios/lib.sh
. tests/scenarios/tftp.bash

cluster_up hold all hold-timeout 5s digest-interval 1s
echo_server 9000
path same
sysctl -q net.netfilter.nf_conntrack_max=400
is "385 flows of A's own pass" "$(udp_flows 385 9000 20000 | lost)" 0
path other
for i in 1 2 3; do tftp_ask; done
check "B expects three answers" within 3 conntrack_count_is 3 B expect
check "A has no room for the flows" within 5 eval '[ "$(stat A insert-full)" -ge 3 ]'
check "asks B for each" within 3 eval '[ "$(stat A out-request)" -ge 3 ]'
asked=$(stat A out-request) told=$(stat A in-messages)
sleep 3 # what is counted is what happens in a time
between "in three seconds A asked" $(($(stat A out-request) - asked)) 0 12
between "and heard so many messages" $(($(stat A in-messages) - told)) 10 200

sysctl -q net.netfilter.nf_conntrack_max=65536
check "with room, A has the flows" within 5 entries_are A 3
check "and expects what B does" within 5 conntrack_count_is 3 A expect
no_invalid
finish
