# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# B loses frames of one kind (sourced after lib.sh).

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
