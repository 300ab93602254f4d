# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Module and tool of another revision, for machines of a cluster in the middle of an
# upgrade (sourced, in the repository's root).

# build_other REVISION KERNEL: prints the build directory, which stays. In a shell of its
# own, as `$(...)` does not inherit that the first failure is the end.
build_other() (
	set -e
	revision=$(git rev-parse -q --verify --short "$1^{commit}") ||
		{ echo "'$1' is no revision of this checkout" >&2; exit 1; }
	release=$(tests/vm/kernels resolve "$2")
	headers=$(tests/vm/kernels headers "$2")
	tree=$PWD/build/other/$revision
	mkdir -p "$tree"
	git archive "$revision" | tar -x -C "$tree"
	cd "$tree"
	{
		tests/build-module "$headers" "$release" KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES=
		make -s -C userspace all
	} >&2
	echo "$tree/build"
)
