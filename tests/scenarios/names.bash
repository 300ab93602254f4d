# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Which scenarios there are (sourced, in the repository's root).

# scenario_names [FOLDER]: a name a line, with "FOLDER/" before it
scenario_names() {
	local file
	for file in "tests/scenarios/${1:+$1/}"[a-z]*.sh; do
		file=${file#tests/scenarios/} file=${file%.sh}
		case $file in lib | topology) ;; *) echo "$file" ;; esac
	done
}

# is_of_one_kernel NAME: what it tests is the same on each, it says
is_of_one_kernel() { grep -q '^# one kernel$' "tests/scenarios/$1.sh"; }

# needs_quick_kernel NAME: it has to do something in less time than a kernel that looks for
# mistakes takes for it
needs_quick_kernel() { grep -q '^# quick kernel$' "tests/scenarios/$1.sh"; }

# is_long NAME: it takes long for what one more kernel would show of it
is_long() { grep -q '^# long$' "tests/scenarios/$1.sh"; }

# every I N: of the lines that come in, one in N, from the I-th on
every() { awk -v i="$1" -v n="$2" 'NR % n == i % n'; }
