# SPDX-License-Identifier: GPL-2.0
# What happens in rolling_upgrade.
. tests/scenarios/machines/pair.bash

# replace A|B PATH: it leaves as before maintenance, the traffic takes PATH, and it comes
# back as what it is told
port=20000
module() { say "$1" 'cat /sys/module/ctsync/srcversion'; }
module_is_not() { # MODULE A|B
	local has
	has=$(module "$2")
	[ "$has" ] && [ "$has" != "$1" ]
}
replace() {
	local node=$1 before
	before=$(module "$node")
	churn $port & busy=$!
	say "$node" "tool $node drain; echo"
	path "$2" # as a router that asks health would find
	is "$node is drained" "$(say "$node" "tool $node drain wait 20s >/dev/null 2>&1; echo \$?")" 0
	say "$node" 'touch /tmp/end'
	echo "@replace $node"
	wait $busy
	churned "while $node leaves: "
	# until then who leaves may answer
	check "$node has another module" within 90 module_is_not "$before" "$node"
	both_ready A B
	path split
	churn $((port + 100))
	churned "with $node as it is now: "
	check "the tables agree" within 15 agree
	port=$((port + 200))
}

both_ready A B
open all 40
churn 19000
churned "before: "

note "B becomes the new one"
replace B same
note "A, too"
replace A other
note "and B is the old one again"
replace B same
let_go all 40 20
check "the tables agree" within 15 agree
pair_ends
