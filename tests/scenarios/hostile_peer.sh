# SPDX-License-Identifier: GPL-2.0
# A third member that does its worst to A: frames changed without the key, frames
# changed before they were sealed, and well-formed lies of every kind, at full speed.
# A lives, its table stays within its bound, connections that it does not sync never
# notice, B still syncs with it, and afterwards nothing is left.
#
#         A --- sync --- B (10.9.0.2, and the bad one: 10.9.0.3)
# one kernel
. tests/scenarios/lib.sh

n=$(soak_or 1000000 100000)
seed=${CTSYNC_SEED:-$((RANDOM * 32768 + RANDOM))}
max=4096	# conntracks

# What goes to port 9000 is not synced: no word of a peer may touch it.
topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state established,related accept
			ct state new tcp dport 9000 accept
			ct state new meta l4proto { tcp, udp } ct mark set ct mark or 0x1 accept
		}
	}
	END
}

node_up() { # NODE ID words
	local node=$1 id=$2
	shift 2
	ctsync_up "$node" "$id" "10.9.0.$id" "10.9.0.$((3 - id))" "$@" mark 0x1/0x1 hold any hold-timeout 2s \
		flush-interval 10ms digest-interval 1s join-timeout 200ms labels on zones on key /tmp/key
}
bad() { # MODE words: the bad peer, its report in /tmp/bad
	local mode=$1
	shift
	on B badpeer "$mode" --to 10.9.0.1 --from 10.9.0.3 --node 3 --peer 1 --key 1 \
		--secret "$(sed -n 's/^key //p' /tmp/key)" "$@" >/tmp/bad 2>&1
	local status=$?
	sed 's/^/# /' /tmp/bad
	[ "$status" = 0 ] || { tool A show peers; tool A stats; } | sed 's/^/# /'
	return $status
}
done_of() { sed -n "s/.*$1 \([0-9]*\).*/\1/p" /tmp/bad; }
slab() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }
# All refusals of a frame, from one look at the counters.
refused() {
	tool A stats -j | tr ',{}' '\n\n\n' | tr -d '" ' |
		awk -F : '/^(drop-(short|long|magic|version|value|cluster|hops|source|node|own-id|dest|key|hello-rate|duplicate|old|unproven|truncated|empty)|auth-failed|hello-unproven):/ { n += $2 }
			END { print n + 0 }'
}
# Frames of the bad peer that A accepted, a proof of an epoch left out.
accepted() {
	tool A show peers -j | tr '{' '\n' | sed -n 's/.*"10.9.0.3".*"in-frames": *\([0-9]*\).*/\1/p'
}
alive() { # WHAT was done: A after it
	is "$1: A knows no more flows than it may" \
		"$([ "$(conntrack_count A)" -le "$max" ] && [ "$(entries A)" -le "$max" ] && echo yes)" yes
	between "$1: kernel memory grew, in kB," $(($(slab) - memory)) -60000 60000
	is "$1: no packet of the others' was invalid" "$(invalid A)" 0
	check "$1: A and B are up" within 5 eval '[ "$(tool A show peers -j | tr "{" "\n" | grep -c "10.9.0.2.*\"up\"")" = 1 ]'
}

for helper in ftp tftp sip pptp sane amanda irc h323 netbios_ns snmp; do
	modprobe -q nf_conntrack_$helper
	modprobe -q nf_nat_$helper
done
modprobe ctsync
sysctl -q net.netfilter.nf_conntrack_max=$max
ctsync key new id 1 /tmp/key
topology_up
on B ip address add 10.9.0.3/24 dev sync
on A ip neigh replace 10.9.0.3 lladdr 02:00:00:09:00:02 dev sync nud permanent
node_up A 1 peer 10.9.0.3
node_up B 2
check "A and B are up" within 5 peers_are B up
on s load serve -p 5001 -p 9000 --daemon >/dev/null
echo_server 7000
path same
start c load hold-open --to 10.2.0.2 --port 9000 --connections 50 --every 0.5 --duration 3600 >/tmp/held
held=$started
is "20 synced flows pass" "$(udp_flows 20 7000 20000 | lost)" 0
memory=$(slab)

# ---- without the key ----
check "it joins" bad idle --for 0.5 --seed "$seed"
# the same seed draws the same epoch: it is to be proven anew, or joining is no proof
check "A forgets it" within 5 eval \
	'[ "$(tool A show peers -j | tr "{" "\n" | grep -c "10.9.0.3.*\"down\"")" = 1 ]'
tool A stats reset
before=$(accepted)
check "$n frames changed without the key" bad outside --count "$n" --seed "$seed"
right=$(($(done_of sent) - n))
note "$right right ones among them: HELLOs and answers; rate $(done_of rate) a second"
accepted=$(($(accepted) - before))
is "each was refused and counted, once" "$(($(refused) + accepted + $(done_of joins)))" "$(done_of sent)"
between "none was accepted: at most the right ones were" "$accepted" 1 "$right"
is "nothing was made of them" "$(stat A insert-created) $(stat A delete-applied) $(stat A expect-created)" "0 0 0"
alive outside

# ---- with the key ----
check "$n frames changed inside the key" bad inside --count "$n" --seed "$seed"
note "rate $(done_of rate) frames a second"
alive inside
check "$n messages that lie" bad hostile --count "$n" --seed "$seed"
note "rate $(done_of rate) messages a second"
alive hostile
kill -TERM "$held"
wait "$held"
is "connections that A does not sync never noticed" "$(sed -n 's/^connections \([0-9]*\) opened \([0-9]*\) failed \([0-9]*\) .*/\1 \2 \3/p' /tmp/held)" "50 50 0"

# ---- afterwards ----
# what they still say belongs to flows that are about to be forgotten
over() {
	[ -z "$(on c ss -Htn state connected exclude time-wait)$(on s ss -Htn state connected exclude time-wait)" ]
}
check "they end" within 20 over
on A conntrack -F >/dev/null 2>&1
path split
is "50 connections over both nodes" "$(on c load run --to 10.2.0.2 --port 5001 --connections 50 --parallel 5 | awk '/^connections/ { print $2, $4 }')" "50 0"
# these alone: what it said of other flows, one of the two may know and the other refuse
ours() { table "$1" | grep -E 'src:10\.1\.0\.2dst:10\.2\.0\.2sport:[0-9]*dport:5001src'; }
ours_agree() { ours A >/tmp/A; ours B >/tmp/B; [ -s /tmp/A ] && cmp -s /tmp/A /tmp/B; }
become_the_same "of which both know the same" 10 ours_agree
sysctl -q net.netfilter.nf_conntrack_max=65536
no_invalid
finish
