# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# TFTP that nobody answers, so that what is expected stays (sourced after lib.sh). What
# goes to UDP port 9000 is not synced.

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		ct helper tftp { type "tftp" protocol udp; }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state new udp dport 69 ct mark set ct mark or 0x1 ct helper set "tftp" accept
			ct state new udp dport 9000 accept
			ct state established,related accept
		}
	}
	END
}
# a request for a file, as tftp sends it
tftp_ask() {
	on c bash -c "printf '\\0\\1file\\0octet\\0' >/dev/udp/10.2.0.2/69"
}

modprobe -a nf_conntrack_tftp
