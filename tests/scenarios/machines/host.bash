# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Several VMs joined by wires, for scripts on the host (sourced, in the repository's
# root): boot starts one, obey carries out what one asks for, results says what all said.

# shellcheck source-path=SCRIPTDIR source=../../vm/watch.bash
. tests/vm/watch.bash

work=$(mktemp -d)
declare -A machine	# its runner's process, by name
machines=()		# names, in the order of results

end_machines() {
	local pid
	for pid in "${machine[@]}"; do
		kill "$pid" 2>/dev/null || :
	done
	wait || :
	rm -rf "$work"
}
trap end_machines EXIT

# Ports that nobody listens on now: free_ports N, into ports
free_ports() {
	local port
	ports=()
	while [ ${#ports[@]} -lt "$1" ]; do
		port=$((20000 + RANDOM % 12000))
		grep -qi "$(printf ':%04X 00000000:0000 0A' "$port")" /proc/net/tcp || ports+=("$port")
	done
}

# boot NAME KERNEL SCRIPT [word for tests/vm/run]...: in the background; its script is
# told its name, and what it prints is in $work/NAME
boot() {
	local name=$1 kernel=$2 script=$3
	shift 3
	tests/vm/run --kernel "$kernel" --mem 512 "$@" \
		--append "$watch" \
		--file tests/scenarios/lib.sh:/ctsync/tests/scenarios/lib.sh \
		--file tests/scenarios/topology.sh:/ctsync/tests/scenarios/topology.sh \
		--file build/load:/usr/bin/load --file build/enter:/usr/bin/enter --bin awk --bin timeout \
		-- "tests/scenarios/machines/$script.sh" "$name" >>"$work/$name" 2>&1 &
	machine[$name]=$!
	[[ " ${machines[*]} " == *" $name "* ]] || machines+=("$name")
}

# boot_ends SCRIPT: client, server and the switch of two firewalls' sync link, where the
# wires of boot_firewall end
boot_ends() {
	local port listen=()
	free_ports 6
	for port in "${ports[@]}"; do listen+=(--nic "listen=$port"); done
	boot ends 6.12 "$1" --timeout 400 "${listen[@]}"
}
# boot_firewall A|B KERNEL [word for tests/vm/run]...
boot_firewall() {
	local name=$1 kernel=$2 first=0
	shift 2
	[ "$name" = A ] || first=3
	boot "$name" "$kernel" firewall --timeout 400 --nic "connect=${ports[first]}" \
		--nic "connect=${ports[first + 1]}" --nic "connect=${ports[first + 2]}" "$@"
}

# Its power is cut: the emulator is gone at once, and so is what it had in memory.
power_cut() { # NAME
	kill "${machine[$1]}" 2>/dev/null || echo "--- has ended before" >>"$work/$1"
	wait "${machine[$1]}" || :
	echo "--- its power is cut" >>"$work/$1"
}

# obey NAME: while that machine runs, lines that it prints as "@WORDS" are commands, with
# "ordered WORDS" as function of the caller; then the others have 20 s to end
obey() {
	local orders order had=0
	while kill -0 "${machine[$1]}" 2>/dev/null; do
		mapfile -t orders < <(sed -n 's/^@//p' "$work/$1")
		for order in "${orders[@]:had}"; do
			had=$((had + 1))
			# shellcheck disable=SC2086 # words
			ordered $order
		done
		sleep 0.1
	done
	# who is told to end, does; of the others the log is of interest
	local name tries=200
	for name in "${machines[@]}"; do
		while kill -0 "${machine[$name]}" 2>/dev/null && [ $((tries--)) -gt 0 ]; do sleep 0.1; done
		kill "${machine[$name]}" 2>/dev/null || :
	done
}

# What all of them said, when they have ended; the last line is the sum. Fails if one did.
results() {
	local name status=0 passed=0 failed=0
	for name in "${machines[@]}"; do
		wait "${machine[$name]}" || status=1
		if [[ $(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/$name" | tail -n 1) =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
			passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
		else
			failed=$((failed + 1))
		fi
		# also of a run that its power cut ended
		[ $failed -gt 0 ] || ! grep -q '^not ok' "$work/$name" || failed=1
		echo "$name:"
		grep -v '^@' "$work/$name" | sed 's/^/    /'
	done
	[ $status = 0 ] || [ $failed -gt 0 ] || failed=1
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}
