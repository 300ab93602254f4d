# SPDX-License-Identifier: GPL-2.0
# 20 datagrams back to back begin a flow. The first is held for a round trip of
# the sync link, 20 ms here, the others queue behind it: all arrive, in order.
. tests/scenarios/lib.sh

cluster_up hold all
path same
sync_delay 10
for port in 7001 7002 7003 7004 7005; do
	rm -f /tmp/ready
	on s burst recv --port "$port" --count 20 --timeout 3 --ready /tmp/ready >/tmp/recv &
	within 2 test -e /tmp/ready
	on c burst send --to 10.2.0.2 --port "$port" --count 20 >/dev/null
	wait %%
	is "20 datagrams to port $port in order" "$(cat /tmp/recv)" \
		"received 20 reordered 0 lost 0 duplicate 0 damaged 0"
done
is "5 flows were held" "$(stat A hold-flows)" 5
is "with all that came meanwhile" "$(stat A hold-packets)" 100
is "released by acknowledgement" "$(stat A release-acked)" 5
no_invalid
finish
