# SPDX-License-Identifier: GPL-2.0
# A pair of IPVS directors: IPVS's own daemon copies its table, ctsync conntrack's.
# LVS-NAT with TCP, and FTP of both modes through ip_vs_ftp; LVS-DR and LVS-TUN with
# UDP (their answers pass no director, so conntrack can follow no TCP there). Strict
# rules let all of it pass before A dies and after, and nothing is translated twice.
#
#	10.1.0.100	the service's address, on both firewalls
#	10.2.0.2	the real server
. tests/scenarios/lib.sh
. tests/scenarios/ftp.bash

topology_rules() {
	cat <<-'END'
	table inet fw {
		counter invalid { }
		set refused {
			type ipv4_addr . inet_service . inet_service
			size 32; flags dynamic
		}
		ct helper ftp { type "ftp" protocol tcp; }
		chain input {
			type filter hook input priority filter; policy accept;
			iifname "sync" accept
			ct state invalid update @refused { ip saddr . tcp sport . tcp dport }
			ct state invalid counter name "invalid" drop
			ct state new ip daddr 10.1.0.100 tcp dport 21 ct helper set "ftp"
			ct state new,related ip daddr 10.1.0.100 meta l4proto { tcp, udp } ct mark set ct mark or 0x1
		}
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state invalid update @refused { ip saddr . tcp sport . tcp dport }
			ct state invalid counter name "invalid" drop
			ct state established,related ct mark set ct mark or 0x1 accept
		}
	}
	END
}
director() { # NODE master|backup
	local node=$1 sync=1
	[ "$2" = master ] || sync=2
	printf 'address add 10.1.0.100/32 dev lo\n' | ip_batch "$node"
	on "$node" sysctl -q net.ipv4.vs.conntrack=1 net.ipv4.vs.sync_threshold='1 2' net.ipv4.vs.expire_nodest_conn=0
	on "$node" ipvsadm --restore <<-END || return
	-A -t 10.1.0.100:5001 -s rr
	-a -t 10.1.0.100:5001 -r 10.2.0.2:5001 -m
	-A -t 10.1.0.100:21 -s rr
	-a -t 10.1.0.100:21 -r 10.2.0.2:21 -m
	-A -u 10.1.0.100:7000 -s rr
	-a -u 10.1.0.100:7000 -r 10.2.0.2:7000 -m
	-A -u 10.1.0.100:7001 -s rr
	-a -u 10.1.0.100:7001 -r 10.2.0.2:7001 -g
	-A -u 10.1.0.100:7002 -s rr
	-a -u 10.1.0.100:7002 -r 10.2.0.2:7002 -i
	END
	on "$node" ipvsadm --start-daemon "$2" --mcast-interface sync --syncid 1 || return
	on "$node" ipvsadm --start-daemon "$([ "$2" = master ] && echo backup || echo master)" --mcast-interface sync --syncid 1 || return
}
# client and server reach each other over which firewall
ipvs_path() {
	local host=11 link=a
	path "$1"
	[ "$1" = same ] || { host=12 link=b; }
	echo "route replace 10.1.0.100/32 via 10.1.0.$host dev $link src 10.1.0.2 onlink" | ip_batch c
}
ftp_of_vip() { # NAME active|passive
	local how=(--disable-epsv)
	[ "$2" = passive ] || how=(--disable-eprt --ftp-port -)
	on c curl -sS --max-time 40 "${how[@]}" ftp://10.1.0.100/file -o "/tmp/$1.1" ftp://10.1.0.100/file -o "/tmp/$1.2" || return
	cmp /srv/ftp/file "/tmp/$1.1" && cmp /srv/ftp/file "/tmp/$1.2"
}
pings() { # PORT N WORDS...: datagrams through the service, answers
	local port=$1 n=$2
	shift 2
	on c burst ping-pong --to 10.1.0.100 --port "$port" --from-port 30000 --ports "$n" --count "$n" "$@" | lost
}
arrived() { [[ $(on s nft list counter inet seen "$1") = *"packets $2 "* ]]; }
flows() { conntracks "$1" -p "$2" --orig-port-dst "$3" | sed 's/ \[[A-Z]*\]//g; s/^[a-z]* *[0-9]* [0-9]* //; s/mark.*//; s/^[A-Z_]* //' | sort; }
same_flows() { [ "$(flows A "$1" "$2")" = "$(flows B "$1" "$2")" ] && [ -n "$(flows B "$1" "$2")" ]; }

modprobe -a ip_vs ip_vs_rr ip_vs_ftp ipip nf_conntrack_ftp
cluster_up hold all hold-timeout 2s flush-interval 10ms
# what DR and TUN send has the service's address at the server
ip_batch s <<-END
	address add 10.1.0.100/32 dev lo
	link set dev tunl0 up
END
on s sysctl -q net.ipv4.conf.tunl0.rp_filter=0
on s nft -f - <<-'END'
	table inet seen {
		counter direct { }
		counter tunnel { }
		chain input {
			type filter hook input priority filter;
			ip daddr 10.1.0.100 udp dport 7001 counter name "direct"
			ip daddr 10.1.0.100 udp dport 7002 counter name "tunnel"
		}
	}
END
ftp_server 200000
for node in A B; do
	check "$node is a director" director $node "$([ $node = A ] && echo master || echo backup)"
done
on s load serve -p 5001 --daemon >/dev/null
echo_server 7000

note "through A"
ipvs_path same
is "10 connections, NAT" "$(on c load run --to 10.1.0.100 --port 5001 --connections 10 --parallel 5 | awk '/^connections/ { print $2, $4 }')" "10 0"
is "10 UDP flows, NAT" "$(pings 7000 10)" 0
check "the same flows on B, with the server's address" within 3 same_flows udp 7000
is "which no NAT translates" "$(conntrack_count B -p udp --orig-port-dst 7000 --src-nat) $(conntrack_count B -p udp --orig-port-dst 7000 --dst-nat)" "0 0"
for port in 7001 7002; do
	way=$([ $port = 7001 ] && echo direct || echo tunnel)
	for _ in 1 2; do
		on c burst send --to 10.1.0.100 --port $port --from-port 30000 --ports 10 --count 10 >/dev/null
	done
	check "10 UDP flows, $way, 2 datagrams each" within 2 arrived $way 20
	check "the same flows on B" within 4 same_flows udp $port
	is "10 of them" "$(conntrack_count B -p udp --orig-port-dst $port)" 10
done
for mode in active passive; do check "FTP, $mode" ftp_of_vip "$mode" $mode; done

note "IPVS of A lets flows expire: they go there, and nowhere else"
for state in master backup; do on B ipvsadm --stop-daemon $state; done
on A ipvsadm --set 0 0 2
before=$(stat A destroy-evicted)
is "10 UDP flows more" "$(on c burst ping-pong --to 10.1.0.100 --port 7000 --from-port 31000 --ports 10 --count 10 | lost)" 0
gone() { [ "$(conntracks A -p udp --orig-port-dst 7000 | grep -c 'src=10.1.0.2 dst=10.1.0.100 sport=31')" = 0 ]; }
check "they expire on A" within 10 gone
is "evicted" $(($(stat A destroy-evicted) - before)) 10
is "told to nobody: they are on B" "$(conntracks B -p udp --orig-port-dst 7000 | grep -c 'src=10.1.0.2 dst=10.1.0.100 sport=31')" 10
on A ipvsadm --set 0 0 300
for state in master backup; do on B ipvsadm --start-daemon $state --mcast-interface sync --syncid 1; done

note "A dies in the middle"
on c sysctl -q net.ipv4.tcp_rmem='4096 16384 32768'
on s tc qdisc replace dev a root netem rate 1mbit
on c load hold-open --to 10.1.0.100 --port 5001 --connections 5 --every 0.3 --duration 10 --ready /tmp/open >/tmp/held &
opener=$!
jobs=()
for mode in active passive; do ftp_of_vip late-$mode $mode >/tmp/late-$mode.log 2>&1 & jobs+=($!); done
within 5 test -e /tmp/open || check "connections open" false
# A knows which go on; B, which is told what IPVS's daemon finds worth it, of the ones before
# not that they are over
talking() { on "$1" ipvsadm -Lnc | awk '$3 == "ESTABLISHED" && $5 ~ /:(21|5001)$/ { print $4 }' | sort; }
established() { [ "$(talking A | wc -l)" = 7 ] && [ -z "$(grep -vxFf <(talking B) <(talking A))" ]; }
check "IPVS of B has the connections" within 5 established || on B ipvsadm -Lnc
note "$(on B ipvsadm -Lnc | tail -12)"
sleep 1
dies A
ipvs_path other
wait "$opener"
is "5 connections lived on" "$(awk '/^connections/ { print $4, $6 }' /tmp/held)" "5 0"
for mode in active passive; do
	check "FTP, $mode: the transfer goes on, and another follows" wait "${jobs[0]}"
	cat /tmp/late-$mode.log
	jobs=("${jobs[@]:1}")
done
before=$(conntrack_count B -p udp --orig-port-dst 7000)
is "the UDP flows go on" "$(pings 7000 10)" 0
is "B made none of them" "$(conntrack_count B -p udp --orig-port-dst 7000)" "$before"
no_invalid

finish
