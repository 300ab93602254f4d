# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Debian roots to try things in (sourced, in the repository's root; needs root and a
# mirror): unpacked in $work, made once and kept in the cache, so that a second run needs no
# mirror for them.

cache=${CTSYNC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ctsync}
work=$(mktemp -d)
passed=0 failed=0

# claim WHAT COMMAND...: does it succeed? What it printed is in $work/out.
claim() {
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $what"
	else
		failed=$((failed + 1))
		echo "not ok - $what"
		tail -n 25 "$work/out" | sed 's/^/    /'
		return 1
	fi
}

# The end, whatever comes: the last line is the sum.
_end() {
	local proc
	# shellcheck disable=SC2046 # one each
	kill $(jobs -p) 2>/dev/null
	for proc in "$work"/*/proc; do umount "$proc" 2>/dev/null; done
	rm -rf "$work"
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
}
trap _end EXIT

# root NAME PACKAGES: a root with these (words with commas), as $work/NAME
root() {
	local name=$1 packages=$2 tar
	tar=$cache/root-$name-$(md5sum <<<"$packages" | cut -c1-8).tar
	if [ ! -e "$tar" ]; then
		mkdir -p "$cache"
		mmdebstrap --quiet --format=tar --variant=minbase --include="$packages" bookworm "$tar.new" || return
		mv "$tar.new" "$tar"
	fi
	mkdir "$work/$name"
	tar -xf "$tar" -C "$work/$name" && mount -t proc proc "$work/$name/proc"
}
# in_root NAME [VARIABLE=VALUE]... COMMAND...
in_root() {
	local name=$1 words=()
	shift
	while [[ $1 == *=* ]]; do words+=("$1") && shift; done
	env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "${words[@]}" chroot "$work/$name" "$@"
}
