# SPDX-License-Identifier: GPL-2.0
# FTP over a split path: client to server through A, server to client through B, so a
# command (PORT) is read at one firewall and the data connection that it announces
# begins at the other, or the answer (227) at one and the data connection at the other.
# Without NAT, with either kind and with both. The sync link is slow: the announcing
# packet waits until the other node expects the connection.
. tests/scenarios/lib.sh
. tests/scenarios/ftp.bash

modprobe -a nf_conntrack_ftp nf_nat_ftp
cluster_up hold all hold-timeout 2s
ftp_server 30000
sync_delay 5
for each in split:{plain,snat,dnat,both}:{active,passive} swap:both:{active,passive}; do
	IFS=: read -r path way mode <<<"$each"
	ftp_path "$path"
	check "$mode, $way, $path" ftp_get "$each" "$way" "$mode"
done
is "each announcement made an expectation at the other node" \
	"$(($(stat A expect-created) + $(stat B expect-created)))" 20
is "none was refused" "$(stat A expect-refused) $(stat B expect-refused)" "0 0"
is "no related flow lost its master" "$(stat A master-lost) $(stat B master-lost)" "0 0"
is "holds ended by acknowledgement alone" \
	"$(stat A release-deadline) $(stat B release-deadline)" "0 0"
is "no helper was missing" "$(stat A helper-missing) $(stat B helper-missing)" "0 0"
check "what was expected has come, on A" within 5 conntrack_count_is 0 A expect
check "and on B" within 5 conntrack_count_is 0 B expect
no_refused
no_invalid
finish
