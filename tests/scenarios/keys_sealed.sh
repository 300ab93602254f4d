# SPDX-License-Identifier: GPL-2.0
# With a shared key nobody reads or forges frames: nodes whose keys differ do not
# come up, and say why; with the same key the split path works, what is captured on
# the link has no flow in it, and `ctsync decode` shows it to who has the key.
. tests/scenarios/lib.sh

modprobe ctsync
topology_up
path same
on s load serve -p 5001 --daemon >/dev/null

try() { # words for up: B, put otherwise
	on B ctsync down 2>/dev/null
	ctsync_up B 2 10.9.0.2 10.9.0.1 mark 0x1/0x1 hold all hold-timeout 2s "$@" || check "B comes up with $*" false
}
not_up() { [ "$(peer_state A)" != up ] && [ "$(peer_state B)" != up ]; }
capture() { # NAME, until captured
	# in immediate mode the kernel keeps this much room for each frame, whatever its length
	start A tcpdump -i sync -U --immediate-mode -B 16384 -s 2048 -w "/tmp/$1.pcap" udp port 24240 >/dev/null 2>"/tmp/$1.err"
	within 5 grep -q listening "/tmp/$1.err" || check "tcpdump listens" false
}
captured() { kill "$started"; wait "$started" 2>/dev/null; }
flows_in() { # NAME: what A asked to acknowledge; all of it in /tmp/decoded
	ctsync decode key /tmp/key "/tmp/$1.pcap" 2>/tmp/err | tee /tmp/decoded |
		sed -n 's/^	insert 1:.* ack tcp 10.1.0.2:\([0-9]*\) > 10.2.0.2:5001 .*syn_sent .*/\1/p' | sort -u | wc -l
}
all_in() { [ "$(flows_in sealed)" = 200 ]; }
# the addresses of client and server, one behind the other as in a tuple
in_clear() { od -An -v -tx1 "/tmp/$1.pcap" | tr -d ' \n' | grep -c 0a0100020a020002; }

# ---- key files ----
refused() { # PATTERN FILE
	on B ctsync up node 2 local 10.9.0.2 peer 10.9.0.1 key "$2" 2>/tmp/err
	is "$2 is refused" "$?" 1
	check "because of $1" grep -q "$1" /tmp/err
}
ctsync key new id 1 /tmp/key
is "a key file is its owner's alone" "$(command stat -c %a /tmp/key)" 600
check "a second one does not replace it" eval '! ctsync key new id 1 /tmp/key 2>/dev/null'
check "two keys differ" eval '[ "$(ctsync key new)" != "$(ctsync key new)" ]'
cp /tmp/key /tmp/open; chmod 640 /tmp/open
refused "chmod 600" /tmp/open
cp /tmp/key /tmp/foreign; chmod 600 /tmp/foreign; chown nobody /tmp/foreign
refused "belongs neither" /tmp/foreign
mkfifo -m 600 /tmp/fifo
refused "regular" /tmp/fifo
head -n 2 /tmp/key >/tmp/none; chmod 600 /tmp/none
refused "no key in it" /tmp/none
sed 's/^key ../key /' /tmp/key >/tmp/short; chmod 600 /tmp/short
refused "64 hexadecimal" /tmp/short
printf 'id 1\nkey %064d\n' 0 >/tmp/zero; chmod 600 /tmp/zero
refused "no secret" /tmp/zero
is "of all that nothing is up" "$(on B ctsync show config -j | grep -c '"up": *true')" 0

# ---- nodes that do not share a key ----
ctsync key new id 1 /tmp/wrong
ctsync key new id 2 /tmp/other
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 2s join-timeout 100ms key /tmp/key
try
check "one without a key: A says so" within 3 peer_reason_is A config:key
check "and B" within 3 peer_reason_is B config:key
try key /tmp/other
check "a key of another id: A says so" within 3 peer_reason_is A config:key
check "and B" within 3 peer_reason_is B config:key
try key /tmp/wrong
check "another key of the same id: A says so" within 3 peer_reason_is A auth-failed
check "and B" within 3 peer_reason_is B auth-failed
check "neither is up" not_up
is "neither accepted a frame" "$(stat A in-frames) $(stat A in-messages) $(stat B in-frames) $(stat B in-messages)" "0 0 0 0"
check "the log says it" tells '10.9.0.2.: frames do not authenticate' dmesg
on c load run --to 10.2.0.2 --port 5001 --connections 1 >/dev/null 2>&1
is "and knows no flow of the other" "$(stat A insert-created) $(stat B insert-created)" "0 0"

# ---- the same key ----
on B ctsync down
capture sealed
try key /tmp/key
check "with the same key both come up" within 5 peers_are A up
check "both" within 5 peers_are B up
tool B wait-sync timeout 10s >/dev/null # A waits for it when it is ready
is "without a reason" "$(peer_reason A)$(peer_reason B)" ""
path split
on A ctsync stats reset
on B ctsync stats reset
# each from its own port, by which they are counted in the capture
on c load run --to 10.2.0.2 --port 5001 --connections 200 --parallel 10 --first-port 20000 --ports 200 >/tmp/load
is "200 connections" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "200 0"
is "A held each SYN, B each SYN-ACK" "$(stat A hold-flows) $(stat B hold-flows)" "200 200"
is "released by acknowledgement" "$(stat A release-acked) $(stat B release-acked)" "200 200"
is "every tag was right" "$(stat A auth-failed) $(stat B auth-failed) $(stat A drop-key) $(stat B drop-key)" "0 0 0 0"
within 5 all_in # what tcpdump has not read yet when it ends is in no capture
captured
check "show says which key" tells 'key 1$' on A ctsync show config
is "and that of the peer" "$(on A ctsync -p show peers | member key-id)" 1
is "but never what it is" "$(for node in A B; do on $node ctsync -j show; on $node ctsync -j show config; done | grep -cF "$(sed -n 's/^key //p' /tmp/key)")" 0

# ---- what is on the wire ----
is "the capture is whole" "$(sed -n 's/ packets dropped by kernel.*//p' /tmp/sealed.err)" 0
is "no flow is to be seen in it" "$(in_clear sealed)" 0
is "with the key every flow is" "$(flows_in sealed)" 200
is "every frame opens" "$(grep -c 'key 1 length [0-9]*$' /tmp/decoded)" "$(grep -c ' channel ' /tmp/decoded)"
ctsync decode /tmp/sealed.pcap >/tmp/decoded 2>/tmp/err
is "without it none" "$(grep -c '^	' /tmp/decoded) $(grep -vc ': sealed$' /tmp/decoded)" "0 0"
check "which is said" grep -q "could not be read" /tmp/err
ctsync decode key /tmp/wrong /tmp/sealed.pcap >/tmp/decoded 2>/tmp/err
is "with the wrong one none" "$(grep -c '^	' /tmp/decoded) $(grep -vc ': the tag is wrong$' /tmp/decoded)" "0 0"

# ---- forged, with what can be seen: epoch, numbers ----
epoch=$(peer_member A epoch)
on A ctsync stats reset
forge() { on B frames --to 10.9.0.1 --node 2 --epoch "$epoch" --seq 1 "$@"; }
insert='01 00 002c 0001 0000000000000001 00000001 0001 02 00 0000 00 00 04 11 0000 00000000 00000001 0a010002 0a020002 9c40 1b58'
forge "$insert"
is "a frame in clear" "$(stat A drop-key)" 1
forge --key 1 "$insert" 00112233445566778899aabbccddeeff
is "a tag out of the air" "$(stat A auth-failed)" 1
forge --key 1 --secret "$(sed -n 's/^key //p' /tmp/wrong)" "$insert"
is "sealed with another key" "$(stat A auth-failed)" 2
is "changed nothing" "$(stat A insert-created) $(stat A insert-failed) $(peer_state A) $(peer_reason A)" "0 0 up "
forge --key 1 --secret "$(sed -n 's/^key //p' /tmp/key)" "$insert"
is "but with the key it is believed" "$(stat A insert-created)" 1

# ---- sealed by another implementation, of each length that is a block's or a piece's end ----
# a section that is filled and one behind it, both of types that nobody knows, which are
# skipped and counted where the text is what it was
lengths=0
for length in {1..17} {45..58} {173..186} {237..250} 600 1301; do
	lengths=$((lengths + 1))
	printf -v filled '%0*d' $((2 * length)) 0
	forge --key 1 --secret "$(sed -n 's/^key //p' /tmp/key)" --seq $((1 + lengths)) \
		"c8 00 $(printf %04x $length) 0001 $filled c9 00 0001 0001 00"
done
is "all of $lengths lengths are opened" "$(stat A skip-unknown) $(stat A auth-failed)" "$((2 * lengths)) 2"

# ---- the same without a key, to know that the capture would have shown it ----
on A ctsync down
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all hold-timeout 2s
capture clear
try
check "insecure, both come up" within 5 peers_are A up
check "both" within 5 peers_are B up
tool B wait-sync timeout 10s >/dev/null # A waits for it when it is ready
on c load run --to 10.2.0.2 --port 5001 --connections 1 >/dev/null
captured
check "and the flow is in the capture" test "$(in_clear clear)" -gt 0
no_invalid
finish
