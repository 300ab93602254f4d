# SPDX-License-Identifier: GPL-2.0
# Many TCP flows at once change their node: by a rehash of equal-cost paths with all
# nodes alive, and because A dies: with NAT of either kind, scaled windows, SACK, both
# directions busy, packets of more than 64 KB, a window that is shut at that moment.
. tests/scenarios/lib.sh
. tests/scenarios/nat.bash

# 6.1 under emulation does not carry more, with ctsync or without: an exchange of a byte
# takes seconds then, and the server's kernel resets connections it has just accepted
case $_release in 6.1.*) many=1000 every=2 ;; *) many=2000 every=0.5 ;; esac
n=$(soak_or $many "$(brief_or 50 200)")
every=$(soak_or $every 0.5)
topology_rules() {
	plain_rules
	nat_rules
	cat <<-'END'
	table inet seen {
		counter big { }
		chain forward {
			type filter hook forward priority filter - 1;
			meta length > 65600 counter name "big"
		}
	}
	END
}
big() { [[ $(on "$1" nft list counter inet seen big) =~ packets\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }
# held FILE: what became of connections that were held open
held() { awk '/^connections/ { print $4, $6 }' "$1"; }
hold() { # NAME TO PORT
	on c load hold-open --to "$2" --port "$3" --connections "$n" --at-once 200 --every "$every" --duration "$4" \
		--ready "/tmp/open-$1" >"/tmp/held-$1"
}
# ecmp WEIGHT WEIGHT: both ends share the two firewalls between the flows
ecmp() {
	ip_batch c <<-END
	route replace 10.2.0.0/24 src 10.1.0.2 nexthop via 10.1.0.11 dev a onlink weight $1 nexthop via 10.1.0.12 dev b onlink weight $2
	END
	# its client is seen as 10.3.0.1
	ip_batch s <<-END
	route replace 10.3.0.0/24 src 10.2.0.2 nexthop via 10.2.0.11 dev a onlink weight $1 nexthop via 10.2.0.12 dev b onlink weight $2
	END
}
# rates FILE: Mbit/s of each full second
rates() { awk -F '[- ]+' '/ sec / && !/sender|receiver|SUM/ && $4 - $3 > 0.5 { for (i = 1; i <= NF; i++) if ($i == "Mbits/sec") print int($(i - 1)) }' "$1"; }

cluster_up hold all flush-interval 10ms
flows_keep_their_cpu
for node in c s; do on $node sysctl -q net.ipv4.fib_multipath_hash_policy=1; done
on s load serve -p 5001 --daemon >/dev/null
for port in 5201 5202 5203; do
	on s iperf3 -s -D -p $port
	within 3 listens s tcp $port
done

note "a rehash, all alive"
ecmp 1 1
hold ecmp 10.2.0.2 5001 7 &
job=$!
on c iperf3 -c 10.2.0.2 -p 5201 -t 6 -P 4 -f m >/tmp/iperf &
iperf=$!
within 8 test -e /tmp/open-ecmp || check "connections open" false
for weights in "1 5" "5 1"; do
	# shellcheck disable=SC2086 # two words
	ecmp $weights
	sleep 1.5
done
wait $job
is "$n connections lived on" "$(held /tmp/held-ecmp)" "$n 0"
check "and 4 transfers" wait $iperf
note "$(misses A); $(misses B)"
no_invalid

note "one stream, as fast as it goes in packets of more than 64 KB, moves with all alive"
# BIG TCP. The kernel sends such packets only where it takes a round trip for short, and
# those before 7 forward only where there is room for the header that they add to them.
for node in c A B s; do
	for link in a b client server; do
		for word in gso_max_size gro_max_size; do echo "link set dev $link $word 150000"; done
	done | ip -force -n "$node" -batch - >/dev/null 2>&1
done
for node in A B; do for link in client server; do on $node ip link set dev $link mtu 1508; done; done
for node in c s; do on $node sysctl -q net.ipv4.tcp_tso_rtt_log=20; done
received() { on c awk '$1 == "a:" || $1 == "b:" { n += $2 } END { printf "%d\n", n }' /proc/net/dev; }
# mbits NAME: what the client receives in a second to come
mbits() {
	local from since
	from=$(received) since=$(date +%s%N)
	sleep 1
	eval "$1=$((($(received) - from) * 8000 / ($(date +%s%N) - since)))"
}
nat_path same
on c iperf3 -c fd00:2::2 -p 5203 -t 8 -f m -R >/tmp/fast & fast=$!
sleep 1.5
mbits before
[ "$before" -gt 0 ] || mbits before
nat_path other
# The first second; in brief, where a second of a host that is shared says little, of three the
# first that has half of the rate. (A kernel that looks for mistakes takes part of a second for
# the first packets at B.)
for ((second = 1; second <= $(brief_or 3 1); second++)); do
	mbits after
	[ $((after * $(debug_or 50 2))) -le "$before" ] || break
done
check "it ends well" wait $fast
check "both forwarded packets of more than 64 KB" test "$(big A)" -gt 0 -a "$(big B)" -gt 0
note "$before Mbit/s, in second $second after $after: $((after * 100 / before)) %; sent again: $(awk '/sender/ { print $(NF - 1) }' /tmp/fast)"
check "it lost less than half of its rate" test $((after * $(debug_or 50 2))) -gt "$before"
no_invalid

note "A dies"
nat_path same
hold snat 10.2.0.2 5001 9 & jobs=($!)
hold dnat 10.3.0.80 8000 9 & jobs+=($!)
# one that does not read for a while: its window is shut when A dies
head -c 3000000 /dev/urandom >/tmp/sent
on s busybox nc -l -p 6000 </tmp/sent >/dev/null &
within 3 listens s tcp 6000
on c timeout 60 bash -c 'exec 3<>/dev/tcp/10.2.0.2/6000; sleep 6; head -c 3000000 <&3 >/tmp/received' &
reader=$!
on c iperf3 -c 10.2.0.2 -p 5202 -t 7 -i 1 -f m >/tmp/forward & streams=($!)
on c iperf3 -c fd00:2::2 -p 5203 -t 7 -i 1 -f m -R >/tmp/backward & streams+=($!)
for name in snat dnat; do within 8 test -e /tmp/open-$name || check "connections open" false; done
sleep 1.5
dies A
nat_path other
for stream in "${streams[@]}"; do check "a transfer ends well" wait "$stream"; done
wait "${jobs[@]}"
is "$n connections behind source NAT lived on" "$(held /tmp/held-snat)" "$n 0"
is "$n behind destination NAT" "$(held /tmp/held-dnat)" "$n 0"
wait "$reader"
check "who did not read has all of it" cmp /tmp/sent /tmp/received
note "Mbit/s by second: $(rates /tmp/forward | paste -s -d ' '), back $(rates /tmp/backward | paste -s -d ' ')"
note "packets above 64 KB: A $(big A), B $(big B)"
note "$(misses B)"
is "no packet was invalid at B" "$(invalid B)" 0
finish
