# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# An FTP server behind the firewalls, reached in four ways (sourced after lib.sh):
#
#	plain	10.2.0.2
#	snat	10.2.0.4, where the client is seen as 10.2.0.99
#	dnat	10.1.0.99, which is the server's 10.2.0.2
#	both	10.1.0.98, which is the server's 10.2.0.4, and the client is 10.2.0.99
#
# An address in a command or answer has another length behind NAT, so the helper
# shifts sequence numbers. The rules let nothing new pass but control connections:
# a data connection passes only where it is known to be related.

declare -A ftp_address=([plain]=10.2.0.2 [snat]=10.2.0.4 [dnat]=10.1.0.99 [both]=10.1.0.98)

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		counter refused { }
		ct helper ftp { type "ftp" protocol tcp; }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state new tcp dport 21 ct mark set ct mark or 0x1 ct helper set "ftp" accept
			ct state established,related accept
			counter name "refused"
		}
		chain in {
			type nat hook prerouting priority dstnat;
			ip daddr 10.1.0.99 dnat ip to 10.2.0.2
			ip daddr 10.1.0.98 dnat ip to 10.2.0.4
		}
		chain out {
			type nat hook postrouting priority srcnat;
			ip saddr 10.1.0.2 ip daddr 10.2.0.4 snat ip to 10.2.0.99
		}
	}
	END
}

# ftp_path PATH: as path, for the addresses of NAT as well
ftp_path() {
	local to from
	path "$1" || return
	case $1 in same | split) to=11 ;; *) to=12 ;; esac
	case $1 in same | swap) from=11 ;; *) from=12 ;; esac
	[ "$1" != swap ] || to=12 from=11
	local link_to=a link_from=a
	[ $to = 11 ] || link_to=b
	[ $from = 11 ] || link_from=b
	printf 'route replace 10.1.0.%s/32 via 10.1.0.%s dev %s src 10.1.0.2 onlink\n' \
		98 "$to" "$link_to" 99 "$to" "$link_to" | ip_batch c
	printf 'route replace 10.2.0.99/32 via 10.2.0.%s dev %s onlink\n' "$from" "$link_from" | ip_batch s
}

# Files of BYTES each in the server's directory, and the server.
ftp_server() {
	local node
	printf 'address add 10.2.0.4/32 dev a\n' | ip_batch s
	for node in A B; do
		printf 'neigh replace 10.2.0.4 lladdr 02:00:00:02:00:02 dev server nud permanent\n' | ip_batch "$node"
	done
	grep -q '^ftp:' /etc/passwd || {
		echo 'ftp:x:101:101::/srv/ftp:/bin/false' >>/etc/passwd
		echo 'ftp:x:101:' >>/etc/group
	}
	mkdir -p /srv/ftp /run/vsftpd/empty
	head -c "$1" /dev/urandom >/srv/ftp/file
	cat >/tmp/vsftpd.conf <<-END
	listen=NO
	listen_ipv6=YES
	background=YES
	anonymous_enable=YES
	no_anon_password=YES
	secure_chroot_dir=/run/vsftpd/empty
	seccomp_sandbox=NO
	isolate=NO
	isolate_network=NO
	END
	on s vsftpd /tmp/vsftpd.conf
	within 5 listens s tcp 21
}

# ftp_get NAME WAY active|passive: fetch the file twice on one control connection
ftp_get() {
	local name=$1 url=ftp://${ftp_address[$2]}/file how i
	case $3 in
	active) how=(--disable-eprt --ftp-port -) ;;
	*) how=(--disable-epsv) ;;
	esac
	on c curl -sS --max-time 60 "${how[@]}" "$url" -o "/tmp/$name.1" "$url" -o "/tmp/$name.2" || return
	for i in 1 2; do
		cmp "/srv/ftp/file" "/tmp/$name.$i" || return
		rm "/tmp/$name.$i"
	done
}

# Packets that a firewall's ruleset let pass by no rule.
refused() {
	on "$1" nft list counter inet fw refused | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}
no_refused() {
	is "no packet came where it was not expected" "$(refused A) $(refused B)" "0 0"
}

