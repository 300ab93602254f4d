# SPDX-License-Identifier: GPL-2.0
# A firewall of keepalived_machines, as an operator sets one up: router fw1|fw2. What a
# line to port 9999 of its inside says, it does (firewall_do.sh), until /tmp/end is there.
. tests/scenarios/lib.sh

n=${1#fw}
note "$1: $(uname -r)"
for card in eth0:outside eth1:inside eth2:sync; do
	within 20 test -e "/sys/class/net/${card%:*}" || check "the card ${card%:*} is there" false
	ip link set dev "${card%:*}" name "${card#*:}"
done
modprobe ctsync
nft -f - <<-END
table inet fw {
	counter invalid { }
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state invalid counter name "invalid" drop
		ct state established,related accept
		ct state new iifname inside ct mark set ct mark or 0x1 accept
	}
	# the address that the node shall have that is behind it
	chain postrouting {
		type nat hook postrouting priority srcnat;
		oifname outside tcp dport 5002 snat ip to 192.0.2.1
	}
}
END
# so little memory gives conntrack room for 4096 only
sysctl -q net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_tcp_loose=0 \
	net.netfilter.nf_conntrack_max=65536 \
	net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
ip -batch - <<-END
link set dev lo up
link set dev outside up
link set dev inside up
link set dev sync up
address add 192.0.2.1$n/24 dev outside
address add 10.0.0.1$n/24 dev inside
address add 10.9.0.$n/24 dev sync
END
check "$1: ctsync is up" ctsync up node "$n" local "10.9.0.$n" peer "10.9.0.$((3 - n))" key /etc/ctsync/key \
	mark 0x1/0x1 hold all hold-timeout 2s join-timeout 60s
ctsync wait-sync timeout 60s >/dev/null || check "$1: in sync" false
nc -ll -p 9999 -e /ctsync/tests/scenarios/machines/firewall_do.sh &
within 900 test -e /tmp/end
is "$1: no packet was invalid" "$(nft list counter inet fw invalid | awk '/packets/ { print $2 }')" 0
is "$1: no hold reached its deadline" "$(_member release-deadline "$(ctsync stats -j)")" 0
result
