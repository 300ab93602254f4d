# SPDX-License-Identifier: GPL-2.0
# Allocations fail (a kernel with failslab, tests/debug): each one of every command in
# turn, which is then refused with a reason or does without; then one of ten of those
# that packets, messages and walks cause, while connections come and go on a split path.
# Nothing is left behind, and but for a few that were not synced connections go through;
# afterwards the tables agree.
. tests/scenarios/lib.sh
failslab=/sys/kernel/debug/failslab

# Only what has code of ours in its stack.
aim() {
	local first last
	read -r first </sys/module/ctsync/sections/.text
	last=$(awk '$4 == "[ctsync]" && $2 ~ /[tT]/ { print $1 }' /proc/kallsyms | sort | tail -n 1)
	echo 0 >$failslab/probability
	echo "$first" >$failslab/require-start
	echo "0x$last" >$failslab/require-end
	echo 32 >$failslab/stacktrace-depth
	echo N >$failslab/ignore-gfp-wait
	echo 0 >$failslab/verbose
	echo 1 >$failslab/interval
	echo -1 >$failslab/times
}
fail_percent() { echo "$1" >$failslab/probability; }

# each_fails AFTERWARDS COMMAND...: the command on A, again and again, each time with
# the next of its allocations failing, until it makes no more; AFTERWARDS is run after
# each with how it ended (0, 1). Sets tried, refused and wrong (neither done nor refused
# with a reason).
each_fails() {
	local afterwards=$1 status said
	shift
	tried=0 refused=0 wrong=0
	while :; do
		said=$(on A nth $((tried + 1)) "$@" 2>&1 >/dev/null)
		status=$?
		[ $status != 100 ] || break
		tried=$((tried + 1))
		case $status in
		0) ;;
		1) refused=$((refused + 1)); [ -n "$said" ] || wrong=$((wrong + 1)) ;;
		*) wrong=$((wrong + 1)); note "allocation $tried: status $status: $said" ;;
		esac
		$afterwards $status
		[ $tried -lt 1000 ] || break
	done
	$afterwards 0
}
nothing() { :; }
down_again() {
	if [ "$1" = 0 ]; then
		tool A down || wrong=$((wrong + 1))
	elif tells '"up": *true' tool A show config -j; then
		note "allocation $tried: refused, and yet up"
		wrong=$((wrong + 1))
		tool A down
	fi
}

modprobe ctsync
topology_up || check "the topology is up" false
check "allocations of the module can be made to fail" test -e $failslab/require-start
aim
ctsync key new /tmp/key >/dev/null
ctsync key new id 2 /tmp/key2 >/dev/null
up=(ctsync up node 1 local 10.9.0.1 peer 10.9.0.2 key /tmp/key mark 0x1/0x1 hold all hold-timeout 2s)

each_fails down_again "${up[@]}"
note "up: $tried allocations, $refused times refused"
is "an allocation that fails in up is refused or done without" $wrong 0
check "there were some ($tried)" test $refused -gt 10

on A "${up[@]}"
on B ctsync up node 2 local 10.9.0.2 peer 10.9.0.1 key /tmp/key mark 0x1/0x1 hold all hold-timeout 2s
check "both see each other" within 20 peers_are A up
within 20 peers_are B up
echo_server 7000
path split
is "20 flows pass" "$(udp_flows 20 7000 20000 | lost)" 0
for words in 'set hold-timeout 2s' 'show config' 'show peers' 'show entries' 'show queues' 'show params' \
	stats resync 'explain udp 10.1.0.2:20000 10.2.0.2:7000' 'key add /tmp/key2' 'key del 2' \
	'role active' drain undrain; do
	# shellcheck disable=SC2086 # words
	each_fails nothing ctsync $words
	is "likewise in $words ($tried)" $wrong 0
done

on s load serve -p 5001 --daemon >/dev/null
# closed ones shall stay until the tables were compared
for node in A B; do
	on $node sysctl -q net.netfilter.nf_conntrack_tcp_timeout_time_wait=900 \
		net.netfilter.nf_conntrack_tcp_timeout_close=900 \
		net.netfilter.nf_conntrack_tcp_timeout_last_ack=900
done
fail_percent 10
on c load run --to 10.2.0.2 --port 5001 --connections 200 --parallel 5 --timeout 60 >/tmp/load
# a flow that is not synced for want of memory cannot cross a split path
between "200 connections while one of ten allocations fails: failed" \
	"$(awk '/^connections/ { print $4 }' /tmp/load)" 0 4
udp_flows 100 7000 21000 >/tmp/udp
note "of 100 flows of UDP $(lost </tmp/udp) datagrams were lost to the kernel's own failures"
for port in $(seq 20000 20009); do
	on A conntrack -D -p udp --orig-port-src "$port" >/dev/null 2>&1
done
tool A resync >/dev/null 2>&1
fail_percent 0
for node in A B; do
	note "$node: $(for counter in entry-nomem hold-skipped-nomem xmit-nomem drop-nomem insert-failed; do
		echo "$counter $(stat $node $counter)"
	done | tr '\n' ' ')"
done
check "frames were not sent for want of memory" \
	test "$(stat A xmit-nomem)" -gt 10 -a "$(stat B xmit-nomem)" -gt 10
check "flows were not synced for want of memory" test "$(stat A entry-nomem)" -gt 0

is "afterwards 50 connections pass" "$(on c load run --to 10.2.0.2 --port 5001 --connections 50 \
	--parallel 5 --timeout 60 | awk '/^connections/ { print $2, $4 }')" "50 0"
tool A resync >/dev/null 2>&1
tool B resync >/dev/null 2>&1
become_the_same "and the tables agree" 60
diff /tmp/A /tmp/B | head -n 20
is "nothing that was deleted is left" \
	"$(conntrack_count B -p udp --orig-port-dst 7000 --orig-port-src 20005)" 0
finish
