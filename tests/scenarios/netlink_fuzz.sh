# SPDX-License-Identifier: GPL-2.0
# Every command of the netlink family with words that are wrong in any way, while the
# instance goes up and down and traffic runs: no connection fails; who has no privilege
# changes nothing; in namespaces of one's own it is one's own; nothing is left.
. tests/scenarios/lib.sh

n=$(soak_or 1000000 "$(debug_or 20000 "$(brief_or 10000 100000)")")
seed=${CTSYNC_SEED:-$((RANDOM * 32768 + RANDOM))}

fuzz() { # NODE words: its report in /tmp/fuzz
	local node=$1
	shift
	on "$node" nlfuzz --seed "$seed" "$@" >/tmp/fuzz 2>&1
	local status=$?
	sed 's/^/# /' /tmp/fuzz
	return $status
}
reported() { sed -n "s/.* $1 \([0-9]*\).*/\1/p" /tmp/fuzz; }

cluster_up hold all
on s load serve -p 5001 --daemon >/dev/null
# On one path: what a node starts while it is down the other cannot know.
path same
traffic 50 &
traffic=$!

config() { tool A show config -j | tr -d ' ' | sed 's/"entries":[0-9]*//'; }
config=$(config)
check "as nobody, $((n / 10)) messages: nothing that needs privilege was done" fuzz A --user --count $((n / 10))
between "of which were refused" "$(reported refused)" $((n / 40)) $((n / 10))
is "and nothing changed" "$(config)" "$config"
check "as nobody in namespaces of his own, $((n / 10)) messages" fuzz A --userns --count $((n / 10))
check "some of them were accepted" test "$(reported accepted)" -gt $((n / 400))
is "and nothing changed here" "$(config)" "$config"
check "as root, $n messages" fuzz A --count "$n"
check "some of them were accepted" test "$(reported accepted)" -gt $((n / 200))0
check "many refused" test "$(reported refused)" -gt $((n / 4))

tool A down 2>/dev/null
ctsync_up A 1 10.9.0.1 10.9.0.2 mark 0x1/0x1 hold all || check "A comes up again" false
check "and both see each other" within 5 peers_are A up
stop_traffic
is "no connection failed" "$broken" 0
check "and there were many ($connections)" test "$connections" -gt 50
is "20 flows pass" "$(on c load run --to 10.2.0.2 --port 5001 --connections 20 | awk '/^connections/ { print $2, $4 }')" "20 0"
no_invalid
finish
