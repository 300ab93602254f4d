# SPDX-License-Identifier: GPL-2.0
# The configuration as a file: load starts with it, save prints it back, load sets what
# changed in it while up, and refuses what cannot change without changing anything.
# one kernel
. tests/scenarios/lib.sh

modprobe ctsync
topology_up
cat >/tmp/a.conf <<-END
	# node 1 of the pair
	node 1
	local 10.9.0.1
	peer 10.9.0.2
	insecure
	mark 0x1/0x1
	hold-timeout 50ms update-interval 2s	# two on a line
END
sed 's/node 1/node 2/; s/10.9.0.1/@/; s/10.9.0.2/10.9.0.1/; s/@/10.9.0.2/' /tmp/a.conf >/tmp/b.conf
shown() { on A ctsync -p show config | grep -vE '"(epoch|ready|not-ready-reason|synced|entries)"'; }

check "check needs no module's word" on A ctsync check /tmp/a.conf
check "A loads its file" on A ctsync load /tmp/a.conf 2>/dev/null
check "B loads its file" on B ctsync load /tmp/b.conf 2>/dev/null
check "both see each other" within 5 peers_are A up
is "the words of the file count" \
	"$(on A ctsync -p show config | grep -E '"(hold-timeout|update-interval)"' | tr -dc '0-9 \n' | xargs)" "50000 2000000"

shown >/tmp/before
on A ctsync save >/tmp/saved.conf
on A ctsync down
check "what save printed can be loaded" on A ctsync load /tmp/saved.conf 2>/dev/null
is "and is the same" "$(shown)" "$(cat /tmp/before)"

sed -i 's/50ms update-interval 2s/60ms role standby/' /tmp/a.conf
check "load while up" on A ctsync load /tmp/a.conf
is "sets what changed, and what is no longer named to its default" \
	"$(shown | grep -vxFf /tmp/before | tr -dc 'a-z0-9: \n-' | xargs)" \
	"hold-timeout: 60000 update-interval: 1000000 role: standby"
shown >/tmp/before
for change in 's/node 1/node 3/' 's/10.9.0.2/10.9.0.3/' 's/hold-timeout 60ms/join-timeout 1s hold off/'; do
	sed "$change" /tmp/a.conf >/tmp/c.conf
	check "a file with $change is refused while up" \
		eval '! on A ctsync load /tmp/c.conf 2>/tmp/err && grep -q "/tmp/c.conf:[0-9]*:[0-9]*: .*cannot change" /tmp/err'
	is "and nothing is done" "$(shown)" "$(cat /tmp/before)"
done
for what in "show peers" "show entries" "show queues" "top count 1"; do
	# shellcheck disable=SC2086
	is "$what without an instance is refused" "$(on s ctsync $what 2>&1)" "ctsync: not up in this namespace"
done
is "metrics say so" "$(on s ctsync metrics | grep -c '^ctsync_up 0$')" 1
is "and of one that is up all" "$(on A ctsync metrics | grep -cE '^(ctsync_up 1|ctsync_peer_state\{.*state="up"\} 1|ctsync_in_hello_total [1-9].*|# EOF)$')" 4
check "save without an instance is refused" eval '! on s ctsync save 2>/dev/null'
finish
