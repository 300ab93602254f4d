# SPDX-License-Identifier: GPL-2.0
# The same 1,000 client ports (200 in brief) three times in a row on a split path. The server
# closes first, so nothing keeps the client from using its ports again at once,
# while both firewalls still have the old connections.
. tests/scenarios/lib.sh

n=$(brief_or 200 1000)
cluster_up hold all
path split
on s load serve -p 5001 --close-after 16 --daemon >/dev/null
on c load run --to 10.2.0.2 --port 5001 --connections $n --rounds 3 --parallel 20 \
	--first-port 20000 --ports $n --server-closes --limit "$(debug_or 300 60)" >/tmp/load
is "3 times $n connections" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "$((3 * n)) 0"
note "$(paste -s -d ' ' /tmp/load)"
is "one entry a port" "$(entries A) $(entries B)" "$n $n"
note "released by deadline: $(stat A release-deadline) at A, $(stat B release-deadline) at B"
is "nothing was refused" "$(stat A release-refused) $(stat B release-refused)" "0 0"
no_invalid
finish
