# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Which scenarios there are (sourced, in the repository's root).

# scenario_names [FOLDER]: a name a line, with "FOLDER/" before it
# shellcheck disable=SC2120 # who gives a folder sources this
scenario_names() {
	local file
	for file in "tests/scenarios/${1:+$1/}"[a-z]*.sh; do
		file=${file#tests/scenarios/} file=${file%.sh}
		case $file in lib | topology) ;; *) echo "$file" ;; esac
	done
}

# is_of_one_kernel NAME: what it tests is the same on each, it says
is_of_one_kernel() { grep -q '^# one kernel$' "tests/scenarios/$1.sh"; }

# needs_processors NAME: more than one
needs_processors() { grep -q '^# processors$' "tests/scenarios/$1.sh"; }

# needs_quick_kernel NAME: it has to do something in less time than a kernel that looks for
# mistakes takes for it
needs_quick_kernel() { grep -q '^# quick kernel$' "tests/scenarios/$1.sh"; }

# every I N: of the lines that come in, one in N, from the I-th on
every() { awk -v i="$1" -v n="$2" 'NR % n == i % n'; }

# half I CPUS: what kernel I of two runs in a machine of so many processors, 1 or 2, so that
# both kernels together run each scenario with both numbers; with two alone if it needs them,
# and once, with one or two, if it is of one kernel
half() {
	local name one=0 other=0 cpus
	for name in $(scenario_names); do
		cpus=2
		if is_of_one_kernel "$name"; then
			one=$((one % 4 + 1))
			[ $((one % 2 + 1)) = "$1" ] || continue
			[ $one -le 2 ] || cpus=1
		elif ! needs_processors "$name"; then
			other=$((other % 2 + 1))
			[ $other = "$1" ] || cpus=1
		fi
		[ $cpus != "$2" ] || echo "$name"
	done
}
