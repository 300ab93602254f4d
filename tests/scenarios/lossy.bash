# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# B loses frames of one kind, or gets them late (sourced after lib.sh).

# B loses what A sends, if its first section is of one of the TYPES.
# LIMIT: nft's words for which or how many of them. Once more: of these, too.
loses() { # TYPES [LIMIT]
	on B nft -f - <<-END
	table inet lossy {
		counter lost { }
		chain prerouting {
			type filter hook prerouting priority -400; policy accept;
			iifname sync udp dport 24240 @th,352,8 { $1 } ${2:-} counter name "lost" drop
		}
	}
	END
}
# of flows B hears what answers a question of its own, and nothing else
answers_only() { loses '1, 2, 3' '@th,520,8 & 0x10 == 0'; }
lost_frames() { on B nft list counter inet lossy lost | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
loses_no_more() { on B nft delete table inet lossy; }

# What A answers of flows comes later from now on, and nothing else; answers_take says how
# much. A does not hear what B misses meanwhile, or it would tell that again.
answers_late() {
	sync_delay 0
	on A tc qdisc add dev sync root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
	on A tc qdisc add dev sync parent 1:2 handle 2: netem
	on A tc filter add dev sync parent 1: protocol ip u32 flowid 1:2 \
		match u8 0 0xfc at 64 match u8 0x10 0x10 at 85 # types 1 to 3, that say so
	on A nft 'table inet deaf {
		chain prerouting {
			type filter hook prerouting priority -400;
			iifname sync udp dport 24240 @th,352,8 13 drop # NACK
		}
	}'
}
answers_take() { on A tc qdisc change dev sync parent 1:2 handle 2: netem delay "$1"; }
