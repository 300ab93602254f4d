# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Root trees for test VMs and the cpio archives made of them (sourced).
#
# The kernel unpacks concatenated archives one after the other, so a VM's root
# is made of layers: the base (programs and modules of one release, cached),
# the programs asked for with --bin (cached), and what differs per run.
#
# A tree is merged-usr like Debian's. Every layer repeats the links bin, sbin,
# lib and lib64: unpacking a directory of that name would replace the link.

# Programs of every VM. Busybox fills in for the rest of coreutils; the GNU
# tools here are those whose options differ from busybox's in ways that bite.
image_programs=(bash dash ip tc nft conntrack iperf3 ping ss bridge nsenter unshare
	kmod sysctl tcpdump date find grep sed sort stat timeout tail xargs mktemp env)
# Taken along where the host has them.
image_optional=(ethtool socat jq conntrackd ipvsadm iptables ip6tables
	xtables-nft-multi arping stdbuf)
# Data that programs above read.
image_data=(/etc/iproute2 /usr/share/iproute2 /usr/lib/tc /usr/share/tc
	/etc/protocols /etc/services /etc/nsswitch.conf
	/usr/lib/x86_64-linux-gnu/xtables /usr/libexec/coreutils/libstdbuf.so)
# Modules of every VM, as paths in lib/modules/RELEASE/kernel; their
# dependencies come along.
image_modules='^kernel/('\
'net/(netfilter|ipv[46]/netfilter|bridge|sched|8021q|sctp|dccp|netlink|unix|packet|psample)/|'\
'net/core/pktgen|'\
'net/ipv4/(udp_tunnel|inet_diag|tcp_diag|udp_diag|raw_diag|ip_tunnel|tunnel4|ipip|gre|ip_gre)\.|'\
'net/ipv6/(ip6_udp_tunnel|ip6_tunnel|tunnel6|sit)\.|'\
'drivers/net/(bonding/|(veth|dummy|vrf|ifb|nlmon|macvlan|virtio_net|tun)\.)|'\
'drivers/net/(vxlan|ethernet/intel/e1000)/|'\
'drivers/virtio/virtio(_pci|_ring|_mmio)?\.|drivers/char/(virtio_console|hw_random/virtio-rng)\.|'\
'(arch/x86/)?crypto/(crc32c|chacha|poly1305|xts|gcm|aesni|cryptomgr|hmac|md5)|'\
'lib/(libcrc32c|crc-itu-t|ts_kmp|crypto/)|arch/x86/lib/crypto/'\
')'

# Where a program is, by name or path. The system's come first: a wrapper in
# somebody's home is no use in a VM.
image_which() {
	case $1 in
	*/*) [ -x "$1" ] && realpath -s "$1" ;;
	*) PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:$PATH \
		type -P "$1" ;;
	esac
}

image_new_root() {
	mkdir -p "$1"/usr/{bin,sbin,lib,lib64} "$1"/{etc,var}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$1"
	ln -s ../run "$1/var/run"
}

# DEST is a path in the VM; a trailing slash or an existing directory means
# "into it". A link is followed, so that what arrives is the content.
image_add_file() {
	local root=$1 source=$2 dest=$3
	case $dest in */) dest+=$(basename "$source") ;; esac
	mkdir -p "$root/$(dirname "$dest")"
	if [ -d "$source" ]; then
		mkdir -p "$root/$dest"
		cp -rL "$source/." "$root/$dest"
	else
		cp -L "$source" "$root/$dest"
	fi
}

# The shared libraries of the given files, where the loader will look for them.
# A static program or a script has none, which ldd calls an error.
image_add_libraries() {
	local root=$1 library
	shift
	{ ldd "$@" 2>/dev/null || :; } | sed -n 's/.*\(=> \|^\t\)\(\/[^ ]*\) (0x.*/\2/p' | sort -u |
	while read -r library; do
		[ -e "$root$library" ] || image_add_file "$root" "$library" "$library"
	done
}

# A program of the system keeps its place, any other goes to /usr/local/bin.
image_add_program() {
	local root=$1 path dest
	path=$(image_which "$2") || return 1
	case $path in
	/usr/* | /bin/* | /sbin/*) dest=$path ;;
	*) dest=/usr/local/bin/$(basename "$path") ;;
	esac
	image_add_file "$root" "$path" "$dest"
	image_add_libraries "$root" "$path"
}

# Python is its program and its standard library, byte code included (compiling
# in an emulated VM is slow), without the parts that tests have no use for.
image_add_python() {
	local root=$1 python library skip
	python=$(image_which "$2") || return 1
	library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
	image_add_program "$root" "$(realpath "$("$python" -c 'import sys; print(sys.executable)')")"
	mkdir -p "$root/usr/bin" "$root$library"
	[ -e "$root/usr/bin/$2" ] || ln -s "$("$python" -c \
		'import os, sys; print(os.path.realpath(sys.executable))')" "$root/usr/bin/$2"
	skip=(--exclude=./test --exclude=./idlelib --exclude=./tkinter --exclude=./lib2to3
		--exclude=./ensurepip --exclude='./config-*' --exclude=./site-packages
		--exclude=./dist-packages --exclude=./pydoc_data --exclude=./turtledemo)
	tar -C "$library" "${skip[@]}" -cf - . | tar -C "$root$library" -xf -
	image_add_libraries "$root" "$library"/lib-dynload/*.so
}

# Busybox's other tools, as links in the places nothing real took.
image_add_busybox() {
	local root=$1 busybox name
	busybox=$(image_which busybox) || return 1
	cp -L "$busybox" "$root/usr/bin/busybox"
	for name in $("$busybox" --list); do
		[ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] ||
			ln -s busybox "$root/usr/bin/$name"
	done
}

# ---- modules ----

# Paths of the modules whose path matches a pattern, and of all they need.
image_select_modules() {
	awk -F: -v pattern="$2" '$1 ~ pattern { print $1; n = split($2, need, " ")
		for (i = 1; i <= n; i++) print need[i] }' "$1/modules.dep" | sort -u
}

# The pattern for modules by name, in which - and _ are the same.
image_module_pattern() {
	local name list=
	for name; do
		list+=${list:+|}${name//[-_]/[-_]}
	done
	echo "/($list)[.]ko\$"
}

image_has_module() {
	local pattern
	pattern=$(image_module_pattern "$2")
	pattern=${pattern%\$}
	grep -qE "$pattern:" "$1/modules.dep" || grep -qE "$pattern" "$1/modules.builtin"
}

# Copies selected modules of a kernel with the lists that depmod starts from.
image_add_modules() {
	local root=$1 source=$2 release=$3 pattern=$4 target
	target=$root/usr/lib/modules/$release
	mkdir -p "$target"
	(cd "$source" && cp modules.builtin* modules.order "$target" &&
		image_select_modules . "$pattern" | xargs -r cp --parents -t "$target")
}

image_depmod() {
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$1" "$2"
}

# ---- archives ----

image_pack() {
	(cd "$1" && find . -mindepth 1 -printf '%P\n' |
		cpio --quiet -o -H newc -R 0:0) >"$2"
}

image_add_accounts() {
	local etc=$1/etc
	# tcpdump and ping want names for the users they become
	printf '%s\n' root:x:0:0:root:/root:/bin/bash tcpdump:x:100:100::/:/bin/false \
		nobody:x:65534:65534:nobody:/:/bin/false >"$etc/passwd"
	printf '%s\n' root:x:0: tcpdump:x:100: nogroup:x:65534: >"$etc/group"
	echo '127.0.0.1 localhost vm' >"$etc/hosts"
	echo '::1 localhost' >>"$etc/hosts"
	[ -e "$etc/protocols" ] || printf '%s\n' 'ip 0 IP' 'icmp 1 ICMP' 'tcp 6 TCP' \
		'udp 17 UDP' 'dccp 33 DCCP' 'gre 47 GRE' 'ipv6-icmp 58 IPv6-ICMP' \
		'sctp 132 SCTP' 'udplite 136 UDPLite' >"$etc/protocols"
}

image_build_base() {
	local root=$1 modules=$2 release=$3 name
	image_new_root "$root"
	for name in "${image_programs[@]}"; do
		image_add_program "$root" "$name" ||
			echo "vm: $name is not installed: left out of the image" >&2
	done
	for name in "${image_optional[@]}"; do
		image_add_program "$root" "$name" || :
	done
	for name in modprobe insmod rmmod lsmod modinfo depmod; do
		ln -sf ../bin/kmod "$root/usr/sbin/$name"
	done
	# not busybox's shell: that one prefers busybox's ip to the real one
	ln -sf dash "$root/usr/bin/sh"
	image_add_busybox "$root"
	for name in "${image_data[@]}"; do
		[ ! -e "$name" ] || image_add_file "$root" "$name" "$name"
	done
	image_add_libraries "$root" /usr/lib/x86_64-linux-gnu/xtables/*.so
	image_add_accounts "$root"
	image_add_modules "$root" "$modules" "$release" "$image_modules"
	image_depmod "$root" "$release"
}

# A name for what an image is made from: this file, the programs as they are on
# the host now, the libraries by the loader's cache, and the given words.
image_key() {
	local name path
	{
		cat "${BASH_SOURCE[0]}"
		stat -L -c '%n %s %Y' /etc/ld.so.cache 2>/dev/null
		for name; do
			path=$(image_which "$name") && stat -L -c '%n %s %Y' "$path"
			echo "$name"
		done
	} | sha256sum | cut -c 1-16
}

# Runs the builder in a temporary directory unless DIR is there already; one
# process at a time. Images that nothing used for two weeks go.
image_cached() {
	local dir=$1 images
	shift
	images=$(dirname "$dir")
	mkdir -p "$images"
	(
		exec 9>"$images/lock"
		flock 9
		if [ -d "$dir" ]; then
			touch "$dir"
			exit
		fi
		rm -rf "$images"/tmp.*
		find "$images" -mindepth 1 -maxdepth 1 -type d -mtime +14 -exec rm -rf {} +
		set -e
		new=$(mktemp -d "$images/tmp.XXXXXX")
		"$@" "$new"
		mv "$new" "$dir"
	)
}

# In DIR: base.cpio and modules/, the tree that depmod reads for a run's own
# modules.
image_make_base() {
	local modules=$1 release=$2 dir=$3
	image_build_base "$dir/root" "$modules" "$release"
	image_pack "$dir/root" "$dir/base.cpio"
	mkdir "$dir/modules"
	mv "$dir/root/usr/lib/modules/$release" "$dir/modules/$release"
	rm -rf "$dir/root"
}

image_make_programs() {
	local dir=${!#} name
	image_new_root "$dir/root"
	for name in "${@:1:$#-1}"; do
		case $name in
		python3*) image_add_python "$dir/root" "$name" ;;
		*) image_add_program "$dir/root" "$name" ;;
		esac || { echo "vm: no program $name" >&2; return 1; }
	done
	image_pack "$dir/root" "$dir/base.cpio"
	rm -rf "$dir/root"
}

# Both print the directory that holds base.cpio.
image_base() {
	local cache=$1 modules=$2 release=$3 dir
	dir=$cache/images/$release-$(image_key "$modules/modules.dep" busybox \
		"${image_programs[@]}" "${image_optional[@]}")
	image_cached "$dir" image_make_base "$modules" "$release" >&2
	echo "$dir"
}

image_of_programs() {
	local cache=$1 dir
	shift
	dir=$cache/images/bin-$(image_key "$@")
	image_cached "$dir" image_make_programs "$@" >&2
	echo "$dir"
}
