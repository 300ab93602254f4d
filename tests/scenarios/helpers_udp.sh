# SPDX-License-Identifier: GPL-2.0
# Helpers on UDP, behind source NAT. TFTP: the answer comes from another port, over
# another path than the request, and the transfer goes on when A dies. SIP: a call is
# set up through A; its media begin only after A died, and the call ends through B.
. tests/scenarios/lib.sh

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		counter refused { }
		ct helper tftp { type "tftp" protocol udp; }
		ct helper sip { type "sip" protocol udp; }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid counter name "invalid" drop
			ct state new udp dport 69 ct mark set ct mark or 0x1 ct helper set "tftp" accept
			ct state new udp dport 5060 ct mark set ct mark or 0x1 ct helper set "sip" accept
			ct state established,related accept
			counter name "refused"
		}
		chain out {
			type nat hook postrouting priority srcnat;
			ip saddr 10.1.0.2 snat ip to 10.2.0.99
		}
	}
	END
}
refused() { on "$1" nft list counter inet fw refused | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
from_server() { # FIREWALL: the way back to the translated client
	local host=11 link=a
	[ "$1" = A ] || { host=12 link=b; }
	printf 'route replace 10.2.0.99/32 via 10.2.0.%s dev %s onlink\n' $host $link | ip_batch s
}

modprobe -a nf_conntrack_tftp nf_nat_tftp nf_conntrack_sip nf_nat_sip
cluster_up hold all hold-timeout 2s
mkdir -p /srv/tftp
head -c 30000 /dev/urandom >/srv/tftp/file
chmod 644 /srv/tftp/file
on s in.tftpd -l -a 10.2.0.2:69 -u nobody -s /srv/tftp
within 5 listens s udp 69
tftp_get() { on c tftp -4 -m binary 10.2.0.2 -c get file "/tmp/tftp.$1" && cmp /srv/tftp/file "/tmp/tftp.$1"; }

for path in split swap; do
	path $path
	[ $path = split ] && from_server B || from_server A
	check "TFTP, $path" tftp_get $path
done
is "nothing came that was not expected" "$(refused A) $(refused B)" "0 0"

path same
from_server A
on s sipp -sn uas -i 10.2.0.2 -mi 10.2.0.2 -mp 6000 -rtp_echo -nostdin -m 1 >/tmp/uas 2>&1 &
within 5 listens s udp 5060
on c sipp -sn uac 10.2.0.2 -i 10.1.0.2 -mi 10.1.0.2 -mp 7000 -nostdin -m 1 -d 15000 -timeout 60 >/tmp/uac 2>&1 &
call=$!
as_many() { [ "$(conntrack_count A expect)" -ge 4 ] && [ "$(conntrack_count A expect)" = "$(conntrack_count B expect)" ]; }
check "the call's media are expected at A, and at B" within 5 as_many
link_delay 2
head -c 300000 /dev/urandom >/srv/tftp/file
tftp_get failover & transfer=$!
sleep 0.5
dies A
path other
from_server B
check "B sees that A is dead" within 3 peers_are B down
is "media pass B, and are answered" \
	"$(on c burst ping-pong --to 10.2.0.2 --port 6000 --from-port 7050 --ports 1 --count 5 | lost)" 0
is "from the translated address" "$(conntrack_count B -p udp --orig-port-dst 6000 --reply-dst 10.2.0.99)" 1
check "the call ends well" wait $call
check "the TFTP transfer ends well" wait $transfer
is "nothing came to B that it did not expect" "$(refused B)" 0
is "no packet was invalid at B" "$(invalid B)" 0
finish
