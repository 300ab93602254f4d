# SPDX-License-Identifier: GPL-2.0
# The client, the server and the switches of keepalived_machines, and what happens. A
# line that begins with @ is for whoever has the power switches.
. tests/scenarios/lib.sh
. tests/scenarios/machines/held.bash

plain=1500	# connections, through the firewalls as they are
translated=500	# to the address that moves
every=15	# seconds between two exchanges of each
total=$((plain + translated))

echo -e "netns add c\nnetns add s\nnetns add sw" | ip -batch -
within 20 test -e /sys/class/net/eth3 || check "the cards are there" false
check "the ends are prepared" eval '_topology_prepare_end c && _topology_prepare_end s'
for card in eth0:outside1 eth1:inside1 eth2:outside2 eth3:inside2; do
	ip link set dev "${card%:*}" name "${card#*:}" netns sw
done
ip_batch sw <<-END
link add name outside type bridge
link add name inside type bridge
link add name server type veth peer name outside netns s
link add name client type veth peer name inside netns c
link set dev outside up
link set dev inside up
link set dev outside1 master outside up
link set dev outside2 master outside up
link set dev inside1 master inside up
link set dev inside2 master inside up
link set dev server master outside up
link set dev client master inside up
END
ip_batch c <<-END
link set dev lo up
link set dev inside up
address add 10.0.0.100/24 dev inside
route add default via 10.0.0.1
END
ip_batch s <<-END
link set dev lo up
link set dev outside up
address add 192.0.2.100/24 dev outside
route add 10.0.0.0/24 via 192.0.2.1
END
on s load serve -p 5001-5002 --daemon >/dev/null

say() { # FW LINE: what it answers
	echo "$2" | on c timeout 15 nc -w 12 "10.0.0.1${1#fw}" 9999 2>/dev/null
}
# (for within)
answers() { [ "$(say "$1" 'echo here')" = here ]; }
has() { # FW ADDRESS...
	local address have
	have=$(say "$1" 'ip -4 -br address show; echo all')
	[[ $have == *all ]] || return
	for address in "${@:2}"; do [[ $have == *" $address/"* ]] || return; done
}
has_not() { # FW ADDRESS
	local have
	have=$(say "$1" 'ip -4 -br address show; echo all')
	[[ $have == *all && $have != *" $2/"* ]]
}
config() { _member "$2" "$(say "$1" 'ctsync show config -j')"; } # FW MEMBER
has_entries() { [ "$(config "$1" entries)" -ge "$2" ]; }
role_is() { [ "$(config "$1" role)" = "$2" ]; }

run_keepalived() { # FW standby|active
	say "$1" "keepalived -n -l -P -f /etc/keepalived/$2.conf -p /tmp/pid -r /tmp/vrrp.pid >>/tmp/keepalived.log 2>&1 </dev/null & echo" >/dev/null
}
end_keepalived() { say "$1" 'kill $(cat /tmp/pid); while [ -e /tmp/pid ]; do sleep 0.1; done; echo' >/dev/null; }
cable() { say "$1" "echo 'vm: $2 0' >/dev/kmsg; echo" >/dev/null; } # FW plug|unplug

invalid_so_far() { # on fw1, which is there all the time
	say fw1 "nft list counter inet fw invalid | awk '/packets/ { print \$2 }'"
}

# What passes while something happens: of a ping ten times a second. One for all, as the
# kernel switches code when the first one begins (see tests/stages.bash).
watch_begin() { # WHAT
	what=$1
	within 20 passes || check "$what: something passes before" false
	began=$EPOCHREALTIME
}
watch_end() { # into the table
	within 20 passes || check "$what: traffic goes on" false
	read -rt 1 -u "$_silence"
	local invalid
	invalid=$(invalid_so_far)
	awk -v what="$what" -v last="$began" -v invalid="$invalid" '/bytes from/ { t = substr($1, 2); if (t > last) { if (t - last > most) most = t - last; last = t } }
		END { printf "| %-44s | %4.1f s | %7d |\n", what, most, invalid }' /tmp/ping >>/tmp/table
	[ "$invalid" = 0 ] || note "fw1: $(say fw1 "ctsync stats | awk '/^miss-/ && \$2 { print \$1, \$2 }' | tr '\n' ' '")"
}
passes() { # has an answer come in the last half second?
	tail -n 1 /tmp/ping | awk -v now="$EPOCHREALTIME" '{ t = substr($1, 2) } END { exit !(now - t < 0.5) }'
}

open() { # NAME PORT N: connections that say something now and then, until let_go
	hold "$1" "$3" 120 --to 192.0.2.100 --port "$2" --every "$every" --duration 800
}

for fw in fw1 fw2; do check "$fw is there" within 120 answers $fw; done

start c stdbuf -oL ping -D -i 0.1 192.0.2.100 >/tmp/ping 2>&1

note "active and standby"
run_keepalived fw2 standby
check "fw2 gets the addresses" within 60 has fw2 192.0.2.1 10.0.0.1
run_keepalived fw1 standby
check "and ctsync is told: active" within 20 role_is fw2 active
check "on fw1: standby" within 30 role_is fw1 standby
open plain 5001 "$plain"
open translated 5002 "$translated"
check "fw1 has copies of all" within 60 has_entries fw1 $total

watch_begin "power cut of the active node"
echo "@cut fw2"
check "fw2 loses its power: fw1 has the addresses" within 60 has fw1 192.0.2.1 10.0.0.1
check "and ctsync is told: active" within 20 role_is fw1 active
watch_end
watch_begin "it boots and joins"
echo "@boot fw2"
check "fw2 comes back" within 120 answers fw2
check "and has copies of all" within 60 has_entries fw2 $total
run_keepalived fw2 standby
check "ctsync is told: standby" within 30 role_is fw2 standby
check "it does not take the addresses away" has_not fw2 10.0.0.1
watch_end
watch_begin "a cable of the active node is pulled"
cable fw1 unplug
check "a cable of fw1 is pulled: all addresses move" within 60 has fw2 192.0.2.1 10.0.0.1
check "fw1 has none" within 20 has_not fw1 10.0.0.1
watch_end
cable fw1 plug
check "ctsync on fw1 is told: standby" within 30 role_is fw1 standby
check "the addresses stay where they are" has fw2 192.0.2.1 10.0.0.1
watch_begin "keepalived ends on the active node"
end_keepalived fw2
check "keepalived ends on fw2: all addresses move" within 60 has fw1 192.0.2.1 10.0.0.1
watch_end
read -rt $((every + 1)) -u "$_silence" # each connection says something once more
let_go plain "$plain" 30
let_go translated "$translated" 30
end_keepalived fw1
check "nobody has addresses" within 30 has_not fw1 10.0.0.1

note "active and active: to the server through fw1, back through fw2"
ip -n s route replace 10.0.0.0/24 via 192.0.2.2
for fw in fw1 fw2; do
	run_keepalived $fw active
	# what the notify script said last, above, holds for a pair of which one is idle
	say $fw 'ctsync role active; echo' >/dev/null
	check "ctsync on $fw: active" role_is $fw active
done
check "fw1 has its addresses" within 60 has fw1 192.0.2.1 10.0.0.1
check "and fw2 the others" within 60 has fw2 192.0.2.2 10.0.0.2
within 20 passes || check "they forward" false
open split 5001 "$total"
check "fw2 has copies of all" within 60 has_entries fw2 $total
watch_begin "active-active: power cut of one"
echo "@cut fw2"
check "fw2 loses its power: fw1 has its addresses too" within 60 has fw1 192.0.2.2 10.0.0.2
watch_end
echo "@boot fw2"
check "fw2 comes back" within 120 answers fw2
check "and has copies of all" within 60 has_entries fw2 $total
watch_begin "active-active: it takes its addresses back"
run_keepalived fw2 active
check "it has its own addresses again" within 60 has fw2 192.0.2.2 10.0.0.2
watch_end
read -rt $((every + 1)) -u "$_silence"
let_go split "$total" 30

printf '| %-44s | %6s | %7s |\n' "what happened; nothing passed for; invalid" "" "so far"
cat /tmp/table
for fw in fw1 fw2; do
	[ "$_failed" = 0 ] || note "$fw: $(say $fw 'tail -n 15 /tmp/keepalived.log')"
	say $fw 'touch /tmp/end; echo' >/dev/null
done
result
