# SPDX-License-Identifier: GPL-2.0
# Datagrams of a flow that only A knows come to B, back to back: the first waits for
# A's answer, 4 ms later here, those that come meanwhile wait with it, and those that
# come just when the answer is there wait behind: all arrive, in order.
. tests/scenarios/lib.sh

ports="7001 7002 7003 7004 7005"

# comparing tables would bring back what B lost
cluster_up hold all hold-timeout 1s flush-interval 10ms digest-interval 0
flows_keep_their_cpu
on B nft -f - <<-'END'
	table inet pull {
		chain prerouting {
			type filter hook prerouting priority raw;
			iifname client meta l4proto udp meta mark set 0x2
		}
	}
END
on B ctsync set pull-mark 0x2 pull-mask 0x2
path same
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout="$(debug_or 10 3)"
for port in $ports; do
	on c burst send --to 10.2.0.2 --port "$port" --from-port 30000 --count 1 >/dev/null
done
check "B has five flows" within 2 conntrack_count_is 5 B -p udp --orig-port-src 30000
check "they expire there" within 8 conntrack_count_is 0 B -p udp --orig-port-src 30000
is "and stay on A" "$(conntrack_count A -p udp --orig-port-src 30000)" 5
on B sysctl -q net.netfilter.nf_conntrack_udp_timeout=30

sync_delay 2
path other
for port in $ports; do
	rm -f /tmp/ready
	on s burst recv --port "$port" --count 2000 --timeout "$(debug_or 30 3)" --ready /tmp/ready >/tmp/recv &
	within 2 test -e /tmp/ready
	on c burst send --to 10.2.0.2 --port "$port" --from-port 30000 --count 2000 >/dev/null
	wait %%
	is "2000 datagrams to port $port in order" "$(cat /tmp/recv)" \
		"received 2000 reordered 0 lost 0 duplicate 0 damaged 0"
done
is "each flow was asked for once" "$(stat B pull-found)" 5
check "none was left out" stat_is B miss-park-bound 0
note "$(misses B)"
no_invalid
finish
