# SPDX-License-Identifier: GPL-2.0
# A CPU goes and comes back under load, with packets held and queues full: no
# connection fails, nothing stays behind on the CPU that went.
# processors
. tests/scenarios/lib.sh

online() { echo "$1" >/sys/devices/system/cpu/cpu1/online; }

cluster_up hold all
path split
on s load serve -p 5001 --daemon >/dev/null
on c load run --to 10.2.0.2 --port 5001 --connections 100000 --parallel 8 --limit 12 >/tmp/load &
load=$!
failed=0 cycles=0
end=$(($(date +%s) + 10))
while [ "$(date +%s)" -lt $end ]; do
	online 0 || failed=$((failed + 1))
	sleep 0.3
	online 1 || failed=$((failed + 1))
	sleep 0.3
	cycles=$((cycles + 1))
done
note "$cycles times off and on"
wait "$load"
is "the CPU went and came" "$failed" 0
is "no connection failed" "$(awk '/^connections/ { print $4 }' /tmp/load)" 0
note "$(head -n 1 /tmp/load)"
queued() { on "$1" ctsync show queues -j | tr ',{}' '\n\n\n' | awk -F: '/"length"/ { n += $2 } END { print n + 0 }'; }
nothing_queued() { [ "$(queued A) $(queued B)" = "0 0" ]; }
check "nothing stays in a queue" within 5 nothing_queued
held() { on "$1" ctsync show entries -j | grep -o '"holds": *[0-9]*' | awk '{ n += $NF } END { print n + 0 }'; }
is "no packet stays held" "$(held A) $(held B)" "0 0"
is "no peer was lost" "$(peer_state A) $(peer_state B)" "up up"
online 0
echo_server 7000
is "with one CPU, 20 flows pass" "$(udp_flows 20 7000 20000 | lost)" 0
online 1
no_invalid
finish
