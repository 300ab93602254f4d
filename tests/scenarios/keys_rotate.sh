# SPDX-License-Identifier: GPL-2.0
# A key is replaced on both nodes under traffic: added on each, used on each,
# deleted on each. No frame is lost, nothing is invalid, no connection breaks; what
# would cut nodes off is refused with a sentence.
# one kernel
. tests/scenarios/lib.sh

for id in 1 2 3 4 5; do
	ctsync key new id $id /tmp/key$id
done
cluster_up hold all hold-timeout 2s key /tmp/key1
path split
on s load serve -p 5001 --daemon >/dev/null
on A ctsync stats reset
on B ctsync stats reset

peer_key_is() { # NODE ID: what it heard its peer seal with last
	[ "$(on "$1" ctsync -p show peers | member key-id)" = "$2" ]
}
refused() { # PATTERN NODE WORDS
	local pattern=$1 node=$2
	shift 2
	on "$node" ctsync "$@" 2>/tmp/err
	is "$node: ctsync $*" "$?" 1
	check "  is refused: $pattern" grep -q "$pattern" /tmp/err
}

traffic & traffic=$!
within 5 stat_reaches B insert-created 20 || check "there is traffic" false

refused "no key with this id" A key use 2
refused "no key with this id" A key del 2
refused "only key" A key del 1
check "A gets the second key" on A ctsync key add /tmp/key2
refused "already" A key add /tmp/key2
refused "seals what is sent" A key del 1
check "B gets it too" on B ctsync key add /tmp/key2
check "A seals with it" on A ctsync key use 2
check "which B hears" within 3 peer_key_is B 2
refused "a peer seals" A key del 1
check "B seals with it" on B ctsync key use 2
check "which A hears" within 3 peer_key_is A 2
check "A forgets the first" on A ctsync key del 1
check "and B" on B ctsync key del 1
is "both say so" "$(on A ctsync show config -j | tr -d ' \n' | grep -c '"key-id":2,"key-known":\[2\]')" 1
seen=$(stat B insert-created)
check "and the traffic goes on" within 5 stat_reaches B insert-created $((seen + 20))

check "a third, a fourth and a fifth" eval 'for i in 3 4 5; do on A ctsync key add /tmp/key$i || break; done'
refused "4 keys already" A key add /tmp/key1
for id in 3 4 5; do on A ctsync key del $id; done

# ---- the id of a deleted key may become another key's ----
ctsync key new id 1 /tmp/another1
check "another key gets the id of the first" on A ctsync key add /tmp/another1
on B ctsync key add /tmp/another1
on A ctsync key use 1
on B ctsync key use 1
check "and is what both seal with" within 3 eval 'peer_key_is A 1 && peer_key_is B 1'
seen=$(stat B insert-created)
check "traffic goes on" within 5 stat_reaches B insert-created $((seen + 20))

stop_traffic
note "$connections connections"
is "no connection broke" "$broken" 0
is "no frame was lost" "$(stat A lost-frames) $(stat B lost-frames)" "0 0"
is "nor refused" "$(stat A drop-key) $(stat B drop-key) $(stat A auth-failed) $(stat B auth-failed)" "0 0 0 0"
is "each hold was released by acknowledgement" "$(stat A release-acked) $(stat B release-acked)" "$(stat A hold-flows) $(stat B hold-flows)"
no_invalid

# ---- without keys there is nothing to change ----
on A ctsync down
refused "not up" A key use 2
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1
refused "insecure" A key add /tmp/key2
refused "insecure" A key use 2
refused "insecure" A key del 2
finish
