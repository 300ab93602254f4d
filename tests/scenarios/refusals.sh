# SPDX-License-Identifier: GPL-2.0
# What cannot be is refused: exit status 1 and one sentence that says why, and
# nothing is left of the attempt. Wrong words are exit status 2.
# one kernel
. tests/scenarios/lib.sh

topology_up

# refused STATUS PATTERN WORDS: the tool, in A
refused() {
	local want=$1 pattern=$2 status
	shift 2
	on A ctsync "$@" >/tmp/refused.out 2>/tmp/refused.err
	status=$?
	check "ctsync $*: exit $want" test "$status" = "$want"
	check "  in one sentence of $pattern" \
		eval '[ "$(grep -c . /tmp/refused.err)" = 1 ] && grep -q -- "$pattern" /tmp/refused.err && [ ! -s /tmp/refused.out ]'
	[ "$(grep -c . /tmp/refused.err)" = 1 ] && grep -q -- "$pattern" /tmp/refused.err || sed 's/^/#   /' /tmp/refused.err /tmp/refused.out
}
ctsync key new /tmp/key
pair="local 10.9.0.1 peer 10.9.0.2 insecure"

refused 1 "not loaded (modprobe ctsync)" stats
modprobe ctsync
# shellcheck disable=SC2086
{
refused 1 "not up" down
refused 1 "not up" stats
refused 1 "not up" set hold off
refused 1 "node is missing" up $pair
refused 1 "local is missing" up node 1 peer 10.9.0.2 insecure
refused 1 "peer is needed" up node 1 local 10.9.0.1 insecure
refused 1 "insecure" up node 1 local 10.9.0.1 peer 10.9.0.2
refused 1 "no address of this host" up node 1 local 10.9.0.77 peer 10.9.0.2 insecure
refused 1 "one address family" up node 1 local 10.9.0.1 peer fd00:9::2 insecure
refused 1 "own address" up node 1 local 10.9.0.1 peer 10.9.0.1 insecure
refused 1 "named twice" up node 1 $pair peer 10.9.0.2
refused 1 "no host's" up node 1 local 10.9.0.1 peer 224.0.0.5 insecure
refused 1 "peer is needed, with a group too" up node 1 local 10.9.0.1 dev sync group 239.0.0.5 insecure
refused 1 "a group needs dev" up node 1 $pair group 239.0.0.5
refused 1 "no multicast address" up node 1 $pair dev sync group 10.9.0.3
refused 1 "one address family" up node 1 $pair dev sync group ff02::5
refused 1 "that reaches others" up node 1 local fd00:9::1 peer fd00:9::2 insecure dev sync group ff01::5
refused 1 "one host's" up node 1 local 0.0.0.0 peer 10.9.0.2 insecure
refused 1 "no such interface" up node 1 $pair dev nothing0
refused 1 "needs dev" up node 1 local fe80::1 peer fe80::2 insecure
refused 1 "say 'all'" up node 1 $pair mark 0/1
refused 1 "out of range" up node 1 $pair hold-timeout 1us
refused 1 "out of range" up node 1 $pair hold-timeout 11s
refused 1 "out of range" up node 1 $pair flush-interval 2s
refused 1 "No such file" up node 1 $pair key /etc/key
refused 1 "not both" up node 1 $pair key /tmp/key
refused 2 "0 to 255\|1 to 255" up node 256 $pair
refused 2 "1 to 65535" up node 1 $pair port 65536
refused 2 "outside MASK" up node 1 $pair mark 0x3/0x1
refused 2 "all, any or off" up node 1 $pair hold some
refused 2 "unknown" up node 1 $pair colour red
refused 2 "a value is missing" up node 1 local 10.9.0.1 peer
refused 2 "given twice" up node 1 node 2 $pair
refused 1 "" up node 0 $pair
refused 1 "" up node 1 $pair port 0
is "nothing is up after all that" "$(on A ctsync show config -j | grep -c '"up": *true')" 0
is "and no socket is open" "$(on A ss -Hunl sport = :24240 | grep -c .)" 0

# taken by somebody else
on A socat UDP4-LISTEN:24240,bind=10.9.0.1 - >/dev/null 2>&1 & other=$!
if within 2 listens A udp 24240; then
	refused 1 "another socket" up node 1 $pair
fi
ip netns pids A | xargs -r kill
wait "$other" 2>/dev/null

check "up is possible" eval 'on A ctsync up node 1 $pair 2>/dev/null'
refused 1 "up already" up node 1 $pair
refused 1 "out of range" set hold-timeout 0ms
refused 2 "cannot change while up" set join-timeout 1s
refused 2 "cannot change while up" set node 2
refused 2 "a value is missing" set hold
refused 1 "out of range" set hold off hold-timeout 60s
is "nothing of a refused set is done" "$(on A ctsync show config -j | grep -c '"hold": *"all"')" 1
unprivileged() { on A setpriv --reuid 65534 --regid 65534 --clear-groups ctsync "$@"; }
check "without privilege counters are shown" tells 'in-frames' unprivileged stats
check "  peers too" eval 'unprivileged show peers >/dev/null'
is "  flows are not" "$(unprivileged show entries 2>&1 >/dev/null; echo $?)" \
	"ctsync: not permitted: this needs CAP_NET_ADMIN
1"
check "  and metrics" tells '^ctsync_up 1' unprivileged metrics
is "  but nothing is changed" "$(unprivileged set hold off 2>&1; echo $?)" "ctsync: not permitted: this needs CAP_NET_ADMIN
1"
check "down is possible" on A ctsync down
refused 1 "not up" down
}
finish
