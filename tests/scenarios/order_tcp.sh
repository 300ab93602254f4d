# SPDX-License-Identifier: GPL-2.0
# Data right behind the third packet of the handshake, a split path, and a sync
# link of 10 ms each way: B has heard of the SYN only. Nothing is lost, nothing
# overtakes, so nothing is sent again.
. tests/scenarios/lib.sh

cluster_up hold all
path split
sync_delay 10
on s load serve -p 5001 --daemon >/dev/null
start s tcpdump -i a --immediate-mode -n -w /tmp/a.pcap 'tcp dst port 5001' 2>/tmp/tcpdump
within 5 grep -q listening /tmp/tcpdump
# 4000 bytes: three segments in one go
on c load run --to 10.2.0.2 --port 5001 --connections 100 --parallel 5 --size 4000 >/tmp/load
is "100 connections" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "100 0"
is "nothing was sent again" "$(retransmitted c) $(retransmitted s)" "0 0"
sleep 0.5
kill "$started"
wait
# of each connection: sequence numbers as they came
is "segments arrived in order" "$(tcpdump -r /tmp/a.pcap -n -S 2>/dev/null | awk '
	{
		for (i = 1; i < NF; i++)
			if ($i == "seq") { split($(i + 1), s, /[:,]/); n = s[1] + 0
				if ($3 in last && n < last[$3]) bad++
				last[$3] = n }
	}
	END { print length(last), bad + 0 }')" "100 0"
is "only SYNs were held at A" "$(stat A hold-flows) $(stat A hold-packets)" "100 100"
is "only SYN-ACKs at B" "$(stat B hold-flows) $(stat B hold-packets)" "100 100"
is "released by acknowledgement" "$(stat A release-acked) $(stat B release-acked)" "100 100"
no_invalid
finish
