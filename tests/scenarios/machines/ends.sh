# SPDX-License-Identifier: GPL-2.0
# The client, the server and the switches of keepalived_machines, and what happens.
# A line that begins with @ is an order to whoever has the power switches.
. tests/scenarios/lib.sh

flows=$(soak_or 1000 150)	# through the firewalls as they are
translated=$(soak_or 1000 500)	# to the address that moves

ip -batch - <<-END
netns add c
netns add s
netns add sw
END
within 20 test -e /sys/class/net/eth3 || check "the cards are there" false
ip -n sw link set dev lo up
ip -n sw -batch - <<-END
link add name outside type bridge
link add name inside type bridge
link set dev outside up
link set dev inside up
link add name client type veth peer name inside netns c
link add name server type veth peer name outside netns s
END
for card in eth0:outside eth1:inside eth2:outside eth3:inside; do
	ip link set dev "${card%:*}" netns sw
	ip -n sw link set dev "${card%:*}" master "${card#*:}" up
done
ip -n sw link set dev client master inside up
ip -n sw link set dev server master outside up
_topology_prepare_end c
_topology_prepare_end s
echo -e "link set dev lo up\nlink set dev inside up\naddress add 10.0.0.100/24 dev inside" | ip -n c -batch -
echo -e "link set dev lo up\nlink set dev outside up\naddress add 192.0.2.100/24 dev outside" | ip -n s -batch -

say() { # FW WORD...: what it answers
	local n=${1#fw}
	shift
	echo "$*" | on c timeout 10 nc -w 3 "10.0.0.1$n" 9999 2>/dev/null
}
answers() { [ -n "$(say "$1" role)" ]; }
has() { [ "$(say "$1" has "$2")" = 1 ]; }
has_not() { [ "$(say "$1" has "$2")" = 0 ]; }
has_all() { has "$1" 192.0.2.1 && has "$1" 10.0.0.1; }
has_entries() { [ "$(say "$1" entries)" -ge "$2" ]; }
role_is() { [ "$(say "$1" role)" = "$2" ]; }

# What passes while something happens: a ping ten times a second.
watch_begin() { on c ping -D -i 0.1 -W 1 192.0.2.100 >/tmp/ping 2>&1 & watched=$!; sleep 1; }
watch_end() { # WHAT: into the table
	local gap
	sleep 1
	killall -INT ping
	wait "$watched" 2>/dev/null
	gap=$(awk '/bytes from/ { t = substr($1, 2); if (last && t - last > most) most = t - last; last = t }
		END { printf "%.1f s", most }' /tmp/ping)
	printf '%-44s %8s\n' "$1" "$gap" >>/tmp/table
	note "$1: nothing passed for $gap"
}
# hold NAME PORT N: that many connections, each says something every 2 s, until let_go
hold() {
	start c load hold-open --to 192.0.2.100 --port "$2" --connections "$3" --every 2 \
		--duration 800 --timeout 60 --ready "/tmp/$1.ready" >"/tmp/$1" 2>&1
	holders+=("$started")
	within 60 test -e "/tmp/$1.ready" || check "$3 connections are open" false
}
holders=()
let_go() { # NAME...
	kill -TERM "${holders[@]}"
	holders=()
	for name; do within 30 grep -q '^connections' "/tmp/$name"; done
}
result() { awk '/^connections/ { print $2, $4, $6 }' "/tmp/$1"; }

on s load serve -p 5001-5002 --daemon >/dev/null
for fw in fw1 fw2; do
	check "$fw is there" within 200 answers $fw
done

note "active and standby"
ip -n c route add default via 10.0.0.1
ip -n s route add 10.0.0.0/24 via 192.0.2.1
say fw2 keepalived standby >/dev/null
check "fw2 gets the addresses" within 30 has_all fw2
say fw1 keepalived standby >/dev/null
check "and ctsync is told: active" within 10 role_is fw2 active
check "on fw1: standby" within 20 role_is fw1 standby
hold plain 5001 "$flows"
hold snat 5002 "$translated"
total=$((flows + translated))
check "fw1 has copies of all" within 30 has_entries fw1 $total

watch_begin
echo @cut
check "fw2 loses its power: fw1 has the addresses" within 60 has_all fw1
check "and ctsync is told: active" within 10 role_is fw1 active
within 20 on c ping -c 1 -W 1 192.0.2.100 >/dev/null 2>&1 || check "traffic goes on" false
watch_end "power cut of the active node"
echo @boot
watch_begin
check "fw2 comes back" within 200 answers fw2
check "and has copies of all" within 60 has_entries fw2 $total
say fw2 keepalived standby >/dev/null
sleep 5
check "it does not take the addresses away" has_not fw2 10.0.0.1
watch_end "it reboots and rejoins"
watch_begin
say fw1 pull >/dev/null
check "a cable of fw1 is pulled: all addresses move" within 60 has_all fw2
check "it has none" within 20 has_not fw1 10.0.0.1
within 20 on c ping -c 1 -W 1 192.0.2.100 >/dev/null 2>&1 || check "traffic goes on" false
watch_end "a cable is pulled"
say fw1 plug >/dev/null
sleep 5
check "they stay when it is back" has_all fw2
watch_begin
say fw2 stop >/dev/null
check "keepalived ends on fw2: all addresses move" within 60 has_all fw1
within 20 on c ping -c 1 -W 1 192.0.2.100 >/dev/null 2>&1 || check "traffic goes on" false
watch_end "keepalived ends on the active node"
sleep 4 # each connection says something once more
let_go plain snat
is "of $flows connections broke" "$(result plain)" "$flows $flows 0"
is "of $translated translated ones" "$(result snat)" "$translated $translated 0"
say fw1 stop >/dev/null

note "active and active: to the server through fw1, back through fw2"
check "nobody has addresses" within 20 has_not fw1 10.0.0.1
ip -n s route replace 10.0.0.0/24 via 192.0.2.2
for fw in fw1 fw2; do say $fw keepalived active >/dev/null; done
check "each has its addresses" within 60 has fw1 10.0.0.1
check "and the other" within 60 has fw2 192.0.2.2
within 20 on c ping -c 1 -W 1 192.0.2.100 >/dev/null 2>&1 || check "they forward" false
hold split 5001 "$total"
check "fw2 has copies of all" within 30 has_entries fw2 $total
watch_begin
echo @cut
check "fw2 loses its power: fw1 has its addresses too" within 60 has fw1 192.0.2.2
within 20 on c ping -c 1 -W 1 192.0.2.100 >/dev/null 2>&1 || check "traffic goes on" false
watch_end "active-active: power cut of one"
echo @boot
check "fw2 comes back" within 200 answers fw2
check "and has copies of all" within 60 has_entries fw2 $total
watch_begin
say fw2 keepalived active >/dev/null
check "it has its own addresses again" within 60 has fw2 192.0.2.2
within 20 on c ping -c 1 -W 1 192.0.2.100 >/dev/null 2>&1 || check "traffic goes on" false
watch_end "active-active: it takes its addresses back"
sleep 4
let_go split
is "of $total connections broke" "$(result split)" "$total $total 0"

printf '%-44s %8s\n' "what happened" "nothing passed for"
cat /tmp/table
for fw in fw1 fw2; do
	[ "$_failed" = 0 ] || note "$fw: $(say $fw log 12)"
	say $fw end >/dev/null
done
echo "$_passed passed, $_failed failed"
[ "$_failed" = 0 ]
