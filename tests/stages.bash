# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Stages of a long test (sourced, in the repository's root): each runs a command, its
# output goes to build/test/, a line tells what came out and how long it took.

passed=0 failed=0
_started=$(date +%s)
mkdir -p build/test
rm -f build/test/lane.* build/test/failed

# What QEMU 7.2's TCG does seldom, and nothing that a guest does can cause: it pushes
# flags that no processor has (the upper bits of EFLAGS are always 0), and the guest dies
# of what else went wrong there: a double fault, or a pointer that was none,
impossible_flags() {
	grep -oE 'EFLAGS: [0-9a-f]{8}$' "$1" | awk '{ if (substr($2, 1, 2) != "00") found = 1 } END { exit !found }'
}

# or it runs a breakpoint that memory does not have any more: what it translated while
# another processor wrote there (a static key of the kernel was switched).
stale_breakpoint() {
	awk '/Oops: int3:/ { oops = 1 }
		oops && match($0, /Code: .*[0-9a-f][0-9a-f] </) {
			stale = substr($0, RSTART + RLENGTH - 4, 2) != "cc"
			exit
		}
		END { exit !stale }' "$1"
}

emulator_failed() { impossible_flags "$1" || stale_breakpoint "$1"; }

# what_failed LOG: few lines, for who sees no more than the end of a long output
what_failed() { grep -A 3 -E '[1-9][0-9]* failed  |not ok|^vm:' "$1" | grep -v '^ *ok ' | head -n 30; }

# stage NAME COMMAND...: a command whose last line is `N passed, N failed`; one
# that prints no such line counts as one check by its exit status.
stage() {
	local name=$1 begin log p f status last
	shift
	begin=$(date +%s)
	log=build/test/${name//[^a-zA-Z0-9.]/_}.log
	"$@" >"$log" 2>&1
	status=$?
	if [ "$status" != 0 ] && emulator_failed "$log"; then
		echo "    (the emulator failed in \"$name\", which is not ours: once more)"
		cp "$log" "$log.emulator"
		"$@" >"$log" 2>&1
		status=$?
	fi
	# A machine that stops for longer than a deadline now and then is no reason
	# to fail, twice the same is. What failed is shown either way.
	if [ "$status" != 0 ] && [ -n "${once_more:-}" ]; then
		echo "    (\"$name\" failed once, this is what did:)"
		what_failed "$log" | sed 's/^/    /'
		"$@" >"$log" 2>&1
		status=$?
	fi
	last=$(tail -n 1 "$log")
	if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
		p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]}
		[ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
	elif [ "$status" = 0 ]; then
		p=1 f=0
	else
		p=0 f=1
	fi
	passed=$((passed + p)) failed=$((failed + f))
	printf '%-34s %5d passed %3d failed %5d s\n' "$name" "$p" "$f" $(($(date +%s) - begin))
	if grep '^ *failed once' "$log" | sed 's/^ */    /'; then # pipefail
		grep -E '^ *not ok' "$log" | sort -u | head -n 5 | sed 's/^ */        /'
	fi
	grep '^ *| ' "$log" # a table
	if [ "$f" -gt 0 ]; then
		grep -E '^ *not ok|, again .* [1-9][0-9]* failed ' "$log" | sort -u | head -n 10 |
			sed "s/^ */$name: /" >>build/test/failed
		what_failed "$log" | sed 's/^/    /'
		tail -n 60 "$log" | sed 's/^/    /'
	fi
}

# _lane WORDS: a stage, or a function of several, in the background, as lane number $_lanes;
# what it prints is printed by _gather.
_lanes=0
_lane() {
	(
		# shellcheck disable=SC2030 # its own sums
		passed=0 failed=0
		eval "$1"
		echo "$passed $failed" >build/test/lane.$_lanes
	) >build/test/lane.$_lanes.out &
	_lanes=$((_lanes + 1))
}
_gather() { # LANE
	local p f
	cat "build/test/lane.$1.out"
	read -r p f <"build/test/lane.$1" || p=0 f=1
	# shellcheck disable=SC2031
	passed=$((passed + p)) failed=$((failed + f))
}

# beside WORDS...: each one a stage, or a function of several, at the same time. For what
# has one thread, and for scenarios: they wait more than they compute.
beside() {
	local first=$_lanes words pids=()
	for words; do
		_lane "$words"
		pids+=($!)
	done
	wait "${pids[@]}"
	for ((; first < _lanes; first++)); do _gather $first; done
}

# meanwhile WORDS: while other stages run, on what these leave of the processors (SCHED_IDLE:
# who wakes up never waits for it). For what has no deadlines. sum_up waits for it.
_meanwhile=()
meanwhile() {
	_meanwhile+=("$_lanes")
	_lane "chrt --idle --pid 0 \$BASHPID; $1"
}

# The sum over all stages, as the last line; before it, what failed.
sum_up() {
	local lane
	wait
	for lane in "${_meanwhile[@]}"; do _gather "$lane"; done
	[ ! -e build/test/failed ] || cat build/test/failed
	echo "$(($(date +%s) - _started)) seconds"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
