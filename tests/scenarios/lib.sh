# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What every scenario shares (sourced): a cluster, checks, conditions, the end.
#
# A scenario is one script and one behaviour. It begins with its topology drawn
# where it differs from topology.sh's, then:
#
#	. tests/scenarios/lib.sh
#	cluster_up hold all		# words for `ctsync up` on both firewalls
#	path split
#	is "what is claimed" "$(how it is seen)" expected
#	finish				# proves that nothing is left behind
#
# It runs as root in a VM, in the repository's root, with strict conntrack:
# `ct state invalid drop`, tcp_loose=0, be_liberal=0. Conditions are waited for,
# not seconds; counts are exact.
#
# A line "# one kernel" says that it is about nodes and their link, and meets nothing of a
# kernel that others do not: `make test` runs it on one of its two, in turns.

set -uo pipefail
. tests/scenarios/topology.sh

exec {_silence}<> <(:)
_passed=0
_failed=0

# check DESCRIPTION COMMAND...: does the command succeed?
check() {
	local what=$1
	shift
	if "$@"; then
		_passed=$((_passed + 1))
		echo "ok - $what"
	else
		_failed=$((_failed + 1))
		echo "not ok - $what"
	fi
}

# The last line; fails if a check did.
result() {
	echo "$_passed passed, $_failed failed"
	[ "$_failed" = 0 ]
}

# is DESCRIPTION GOT EXPECTED
is() {
	if [ "$2" = "$3" ]; then
		check "$1" true
	else
		check "$1" false
		echo "#   got: $2"
		echo "#   expected: $3"
	fi
}

# between DESCRIPTION GOT LOW HIGH (integers, inclusive)
between() {
	if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
		check "$1 ($2)" true
	else
		check "$1" false
		echo "#   got: $2, expected: $3 to $4"
	fi
}

# debug_or LONG SHORT: a time, on a kernel that looks for mistakes (tests/debug) and else
read -r _release </proc/sys/kernel/osrelease
debug_or() {
	if [[ $_release == *-debug-* ]]; then echo "$1"; else echo "$2"; fi
}

# within SECONDS COMMAND...: wait until the command succeeds; five times as long on a kernel
# that looks for mistakes, which is that much slower
_patience=$(debug_or 5 1)
within() {
	local end=$((EPOCHSECONDS + $1 * _patience))
	shift
	until "$@"; do
		[ "$EPOCHSECONDS" -lt "$end" ] || return 1
		# a sleep that starts no program; a condition can be over soon
		read -rt 0.05 -u "$_silence" || :
	done
}

# tells PATTERN COMMAND...: does its output have a line that matches? (`COMMAND | grep -q`
# would break the command's pipe, which pipefail takes for a failure now and then.)
tells() {
	local pattern=$1
	shift
	[ "$("$@" | grep -c -- "$pattern")" != 0 ]
}

# listens NODE tcp|udp PORT (for within)
listens() { [ -n "$(on "$1" ss -Hln "--$2" sport = "$3")" ]; }

note() { echo "# $*"; }

# soak_or LONG SHORT: how much to do, in `make soak` (tests/soak) and else
soak_or() {
	if grep -qw ctsync.soak=1 /proc/cmdline; then echo "$1"; else echo "$2"; fi
}

# brief_or BRIEF USUAL: how much to do where the same runs on other kernels too (`run
# --brief`), and else
brief_or() {
	if grep -qw ctsync.brief=1 /proc/cmdline; then echo "$1"; else echo "$2"; fi
}

# Starting a program takes 30 ms under emulation, and most of what scenarios start is
# to look at something: so the tool enters the namespace itself, and bash reads it.
# tool NODE WORDS...: ctsync there
tool() {
	local node=$1
	shift
	ctsync -n "$TOPOLOGY_PREFIX$node" "$@"
}

# _member NAME JSON: the first value of that name
_member() {
	[[ $2 =~ \"$1\":\ *\"?([^\",}]*) ]] && echo "${BASH_REMATCH[1]}"
}

# peer_member NODE MEMBER: what NODE says of its first peer, such as epoch
peer_member() { _member "$2" "$(tool "$1" show peers -j)"; }

# stat NODE COUNTER: one counter of ctsync
stat() { _member "$2" "$(tool "$1" stats -j)"; }

# stat_is NODE COUNTER VALUE (for within)
stat_is() { [ "$(stat "$1" "$2")" = "$3" ]; }
stat_reaches() { [ "$(stat "$1" "$2")" -ge "$3" ]; }

# of_flows NODE: messages sent that are of a flow, not of the peers' tables as a whole
of_flows() {
	tool "$1" stats -j | tr ',{}' '\n\n\n' |
		awk -F: '/"out-(insert|update|update-c|delete|forget|iack|inack|request|expect-new|expect-del)"/ {
			n += $2 } END { print n }'
}

# misses NODE: its counters of packets that are missing something, of those that are not 0, for a note
misses() {
	tool "$1" stats -j | tr -d '"{}' | tr , '\n' |
		awk -F ': *' -v node="$1" '/^(miss|pull)-/ && $2 { all = all " " $1 " " $2 } END { print node ":" (all ? all : " no miss") }'
}

# entries NODE: how many flows ctsync knows there
entries() {
	_member entries "$(tool "$1" show config -j)"
}
entries_are() { [ "$(entries "$1")" = "$2" ]; }

# entry NODE MEMBER [filter of show entries]: a member of each entry, such as
# split or tcp-orig.end, one a line
entry() {
	local node=$1 member=$2
	shift 2
	tool "$node" -p show entries "$@" | member "$member"
}
# member MEMBER <entries: the same from what ctsync -p show entries printed
member() {
	awk -F '"' -v want="$1" '
		/": {$/ { prefix = $2 "."; next }
		/^ *},?$/ { prefix = "" }
		prefix $2 == want {
			sub(/^[^:]*: "?/, "")
			sub(/"?,?$/, "")
			print
		}'
}
entry_is() { # NODE MEMBER VALUE [filter] (for within)
	local node=$1 member=$2 want=$3
	shift 3
	[ "$(entry "$node" "$member" "$@")" = "$want" ]
}

# conntracks NODE [conntrack -L words]: lines of conntrack's table
conntracks() {
	local node=$1
	shift
	on "$node" conntrack -L "$@" 2>/dev/null
}

# conntrack_count NODE [words]
conntrack_count() {
	local -a lines
	mapfile -t lines < <(conntracks "$@")
	echo "${#lines[@]}"
}
conntrack_count_is() { # EXPECTED NODE [words]
	local want=$1
	shift
	[ "$(conntrack_count "$@")" = "$want" ]
}

peer_state() {
	_member state "$(tool "$1" show peers -j)"
}
peers_are() { # NODE STATE
	[ "$(peer_state "$1")" = "$2" ]
}

peer_reason() {
	_member reason "$(tool "$1" show peers -j)"
}
peer_reason_is() { # NODE REASON (for within)
	[ "$(peer_reason "$1")" = "$2" ]
}

# What NODE no longer hears of its peer, from now on: deaf NODE [but-hello]
# With but-hello the peer stays alive, yet nothing it says of flows arrives, an
# acknowledgement neither: a HELLO goes in a frame of its own, whose first
# section (behind 8 bytes of UDP and 36 of the header) is of type 15.
deaf() {
	on "$1" nft -f - <<-END
	table inet deaf {
		chain prerouting {
			type filter hook prerouting priority -400; policy accept;
			iifname sync udp dport 24240 ${2:+@th,352,8 != 15 }counter drop
		}
	}
	END
}
hearing() { on "$1" nft delete table inet deaf; }

# A firewall's power is cut: nothing passes or leaves it any more, from one packet to the
# next. Its links alone go one after the other, in 200 ms on a busy machine, and what goes
# last carries what nobody is told. dies NODE [ITS-OTHER-LINKS]
dies() {
	on "$1" nft -f - <<-'END'
	table inet dead {
		chain prerouting { type filter hook prerouting priority -500; policy drop; }
		chain output { type filter hook output priority -500; policy drop; }
	}
	END
	printf 'link set dev %s down\n' sync client server "${@:2}" | ip_batch "$1"
}

# A UDP echo server behind the firewalls: echo_server PORT
echo_server() { on s burst echo --port "$1" --daemon >/dev/null; }

# N UDP flows from client to echo server, a request and an answer on each,
# one after the other: udp_flows N PORT [FIRST-SOURCE-PORT]
# prints "sent N lost N damaged N" and the round trips in microseconds
udp_flows() {
	on c burst ping-pong --to 10.2.0.2 --port "$2" --from-port "${3:-20000}" \
		--ports "$1" --count "$1"
}
# ... of which these were lost
lost() { sed -n 's/.* lost \([0-9]*\) .*/\1/p'; }

# moving N FILE: did the last N seconds of a transfer, of which iperf3 printed each second
# into FILE, have bytes? The very last may be a splinter.
moving() {
	[ "$(awk -F '[- ]+' '/ sec / && !/sender|receiver/ && $4 - $3 > 0.5 { bytes[n++] = $6 }
		END { for (i = 1; i <= '"$1"'; i++) moved += bytes[n - i] > 0; print moved + 0 }' "$2")" = "$1" ]
}

# traffic [RATE]: connections to the server's port 5001 without end, 200 a second,
# started by `traffic & traffic=$!`, until stop_traffic, which counts them.
traffic() {
	until [ -e /tmp/stop ]; do
		on c load run --to 10.2.0.2 --port 5001 --connections 100 --parallel 4 --rate "${1:-200}"
	done >/tmp/load 2>&1
}
# shellcheck disable=SC2154,SC2034 # $traffic is the caller's; what is counted is for it
stop_traffic() {
	touch /tmp/stop
	wait "$traffic"
	rm /tmp/stop
	connections=$(awk '/^connections/ { n += $2 } END { print n + 0 }' /tmp/load)
	broken=$(awk '/^connections/ { n += $4 } END { print n + 0 }' /tmp/load)
}

# ctsync_up NODE ID OWN-ADDRESS PEER-ADDRESS [words for up]: insecure unless the
# words have a key. Holds have half a second, not 20 ms, unless they say otherwise: a
# scenario counts what ctsync does, and an emulated machine stops for 20 ms now and then.
ctsync_up() {
	local node=$1 id=$2 own=$3 peer=$4
	shift 4
	case " $* " in *" key "*) ;; *) set -- insecure "$@" ;; esac
	case " $* " in *" hold-timeout "*) ;; *) set -- hold-timeout 500ms "$@" ;; esac
	tool "$node" up node "$id" local "$own" peer "$peer" "$@" 2>/dev/null
}

# cluster_up [words for up]: topology, both firewalls up and in sync
cluster_up() {
	modprobe ctsync || { check "the module loads" false; finish; }
	topology_up || check "the topology is up" false
	case " $* " in *" mark "* | *" all "*" all "*) ;; *) set -- mark 0x1/0x1 "$@" ;; esac
	ctsync_up A 1 10.9.0.1 10.9.0.2 "$@" || check "A comes up" false
	ctsync_up B 2 10.9.0.2 10.9.0.1 "$@" || check "B comes up" false
	check "both see each other" within 5 peers_are A up
	within 5 peers_are B up || check "B sees A" false
	tool A wait-sync timeout 10s >/dev/null || check "A is in sync" false
	tool B wait-sync timeout 10s >/dev/null || check "B is in sync" false
}

# What the tables of all nodes must agree in, a flow a line.
table() {
	on "$1" ctsync -p show entries | awk -F '"' '
		/^ *{$/ || /^    },?$/ { if (line) print line; line = "" }
		/"(id|origin|state|mark|src|dst|sport|dport|incarnation|seen-reply|assured)":/ { line = line " " $0 }
		END { if (line) print line }' | tr -d ' ,"' | sort
}
# (for within); what differs can be seen in /tmp/A and /tmp/B
tables_agree() {
	table A >/tmp/A
	table B >/tmp/B
	cmp -s /tmp/A /tmp/B
}
# become_the_same DESCRIPTION SECONDS [AGREE]: do the tables, by then? If not, where they
# differ.
become_the_same() {
	if within "$2" "${3:-tables_agree}"; then
		check "$1" true
		return
	fi
	check "$1" false
	diff /tmp/A /tmp/B | head -n 20 | sed 's/^/# /'
}

no_invalid() {
	local node seen
	seen="$(invalid A) $(invalid B)"
	is "no packet was invalid" "$seen" "0 0"
	[ "$seen" != "0 0" ] || return 0
	for node in A B; do
		note "$node: $(invalid_segments $node) $(misses $node)"
	done
}

# What the kernel still has of conntracks: 0 when nobody leaked one.
_slab_conntracks() {
	local objects
	# without debugging, what a CPU keeps for itself counts as in use
	echo 1 >/sys/kernel/slab/nf_conntrack/shrink
	read -r objects _ </sys/kernel/slab/nf_conntrack/objects
	echo "$objects"
}
_slab_is_empty() { [ "$(_slab_conntracks)" = 0 ]; }

# Take everything down and prove that it is gone; the last line of a scenario.
finish() {
	local node
	for node in A B; do
		[ -e "/run/netns/$TOPOLOGY_PREFIX$node" ] || continue
		tool "$node" down 2>/dev/null
	done
	topology_down
	check "the module unloads" within 5 rmmod ctsync
	check "no conntrack is left in the kernel" within 20 _slab_is_empty
	result
	exit
}
