# SPDX-License-Identifier: GPL-2.0
# FTP through A, behind NAT of either kind, active and passive. A dies while data
# flows: transfers and control connections go on through B, whose helper then reads
# the next commands, whose sequence numbers A shifted before.
. tests/scenarios/lib.sh
. tests/scenarios/ftp.bash

modprobe -a nf_conntrack_ftp nf_nat_ftp
cluster_up hold all hold-timeout 2s
ftp_server 600000
# through A, not through B, the files take some ten seconds, in small windows
on c sysctl -q net.ipv4.tcp_rmem='4096 16384 32768'
on s tc qdisc replace dev a root netem rate 2mbit
ftp_path same
jobs=()
for way in snat dnat; do
	for mode in active passive; do
		ftp_get $way-$mode $way $mode >/tmp/$way-$mode.log 2>&1 &
		jobs+=($!)
	done
done
check "B has 4 control and 4 data connections" within 20 stat_reaches B insert-created 8
is "each expected by A, and so by B" "$(stat B expect-created)" 4
is "with their masters" "$(stat B master-lost)" 0
check "data flow" [ "$(conntrack_count A -p tcp --state ESTABLISHED)" -gt 4 ]
dies A
ftp_path other
check "B sees that A is dead" within 3 peers_are B down
for way in snat dnat; do
	for mode in active passive; do
		check "$mode, $way: the transfer goes on, and another follows" wait "${jobs[0]}"
		cat /tmp/$way-$mode.log
		jobs=("${jobs[@]:1}")
	done
done
note "$(misses B)"
is "nothing came to B that it did not expect" "$(refused B)" 0
is "no packet was invalid at B" "$(invalid B)" 0
finish
