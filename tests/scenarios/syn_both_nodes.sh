# SPDX-License-Identifier: GPL-2.0
# Each SYN reaches both firewalls at the same moment (the client's link is
# doubled), so both make an entry for the flow and hold the packet. On both the
# lower name stays, the other is an alias; nothing is lost, nothing invalid.
. tests/scenarios/lib.sh

# doubled: SYNs of the client leave on both links
doubled() {
	on c nft -f - <<-'END'
	table ip doubled {
		chain output {
			type filter hook output priority filter;
			oifname "a" ip daddr 10.2.0.2 tcp flags & (syn | ack) == syn dup to 10.1.0.12 device "b"
			oifname "b" ip daddr 10.2.0.2 tcp flags & (syn | ack) == syn dup to 10.1.0.11 device "a"
		}
	}
	END
}

cluster_up hold all hold-timeout 2s flush-interval 10ms
on s load serve -p 5001 --daemon >/dev/null
check "the client's SYNs are doubled" doubled
sync_delay 50 # both hold before they hear of each other

for way in same split swap; do
	path $way
	on c load run --to 10.2.0.2 --port 5001 --connections 20 --parallel 5 --timeout 20 >/tmp/load
	is "20 connections, path $way" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "20 0"
done
start c load hold-open --to 10.2.0.2 --port 5001 --connections 5 --every 0.2 --duration 60 \
	--ready /tmp/open >/dev/null
check "5 more stay open" within 5 test -e /tmp/open
is "both nodes had made each" "$(stat A entry-new) $(stat B entry-new)" "65 65"
is "and met the other name" "$(stat A two-ids) $(stat B two-ids)" "65 65"
is "one name is left of each, that of A" "$(entry B origin proto tcp | sort | uniq -c | awk '{ print $1, $2 }')" "65 1"
is "the same on both" "$(entry B id proto tcp | sort)" "$(entry A id proto tcp | sort)"
is "every packet went on by acknowledgement" "$(stat A release-deadline) $(stat B release-deadline)" "0 0"
is "none was dropped" "$(stat A clash-lost) $(stat B clash-lost) $(stat A clash-dropped) $(stat B clash-dropped)" "0 0 0 0"
no_invalid # later some are: a deleted connection goes on sending

on A conntrack -D -p tcp --state ESTABLISHED >/dev/null 2>&1
check "deleted on A by that name, gone on B" within 3 conntrack_count_is 0 B -p tcp --state ESTABLISHED
kill "$started"
finish
