# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The ends of a pair of firewalls that are machines of their own (firewall.sh), with the
# switch of the sync link (sourced; makes them). A line that begins with @ is for whoever
# has the power switches.
. tests/scenarios/machines/common.sh
. tests/scenarios/machines/held.bash

echo -e "netns add c\nnetns add s\nnetns add switch" | ip -batch -
check "the ends are prepared" eval '_topology_prepare_end c && _topology_prepare_end s'
card eth0 c a 01:00:02
card eth1 s a 02:00:02
card eth3 c b 01:00:02
card eth4 s b 02:00:02
card eth2 switch a 09:01:01
card eth5 switch b 09:01:02
ip_batch switch <<-END
link add name sync type bridge
link set dev sync up
link set dev a master sync up
link set dev b master sync up
END
_topology_end 1 1 | ip_batch c
_topology_end 2 2 | ip_batch s
path split
on s load serve -p 5001 --daemon >/dev/null

say() { # A|B LINE: what it answers
	local host=11
	[ "$1" = A ] || host=12
	echo "$2" | on c timeout 45 nc -w 40 10.1.0.$host 9999 2>/dev/null
}
answers() { [ "$(say "$1" 'echo here')" = here ]; }
in_sync() { [ "$(say "$1" "tool $1 wait-sync timeout 30s >/dev/null 2>&1; echo \$?")" = 0 ]; }
agree() { [ "$(say A 'table A | md5sum')" = "$(say B 'table B | md5sum')" ]; }
both_ready() {
	local node
	for node; do check "$node is there" within 90 answers "$node"; done
	for node; do check "$node is in sync" in_sync "$node"; done
	check "the tables agree" within 15 agree
}

open() { # NAME N: connections that say something each second, until let_go
	hold "$1" "$2" 30 --to 10.2.0.2 --port 5001 --every 1 --duration 350
}
# churn FIRST-PORT: 60 connections, 20 begun a second
churn() {
	on c load run --to 10.2.0.2 --port 5001 --connections 60 --parallel 30 --rate 20 \
		--timeout 20 --first-port "$1" --ports 60 >/tmp/churn
}
churned() { # [WHEN]
	is "${1:-}60 connections, of which failed" "$(awk '/^connections/ { print $2, $4 }' /tmp/churn)" "60 0"
}

pair_ends() {
	for node in A B; do say $node 'touch /tmp/end'; done
	result
}
