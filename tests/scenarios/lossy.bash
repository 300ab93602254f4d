# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Frames of one kind that A sends are lost, or late (sourced after lib.sh; with other nodes
# than A and B, sync_link and address_of_A are set before).
: "${sync_link:=sync}" "${address_of_A:=10.9.0.1}"

# NODE loses what A sends, if its first section is of one of the TYPES.
# LIMIT: nft's words for which or how many of them. Once more: of these, too.
node_loses() { # NODE TYPES [LIMIT]
	on "$1" nft -f - <<-END
	table inet lossy {
		counter lost { }
		chain prerouting {
			type filter hook prerouting priority -400; policy accept;
			iifname $sync_link ip saddr $address_of_A udp dport 24240 @th,352,8 { $2 } ${3:-} counter name "lost" drop
		}
	}
	END
}
loses() { node_loses B "$@"; }
# of flows B hears what answers a question of its own, and nothing else
no_answers='@th,520,8 & 0x10 == 0'
answers_only() { loses '1, 2, 3' "$no_answers"; }
lost_frames() { on B nft list counter inet lossy lost | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
loses_no_more() { on B nft delete table inet lossy; }

# What A answers of flows goes through QDISC, and nothing else. A does not hear what others
# miss meanwhile, or it would tell that again.
_answers_through() {
	on A tc qdisc add dev "$sync_link" root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
	on A tc qdisc add dev "$sync_link" parent 1:2 handle 2: "$1"
	on A tc filter add dev "$sync_link" parent 1: protocol ip u32 flowid 1:2 \
		match u8 0 0xfc at 64 match u8 0x10 0x10 at 85 # types 1 to 3, that say so
	on A nft "table inet deaf {
		chain prerouting {
			type filter hook prerouting priority -400;
			iifname $sync_link udp dport 24240 @th,352,8 13 drop # NACK
		}
	}"
}
_answers_change() { on A tc qdisc change dev "$sync_link" parent 1:2 handle 2: "$@"; }
# It comes later, answers_take says how much;
answers_late() { sync_delay 0 && _answers_through netem; }
answers_take() { _answers_change netem delay "$1"; }
# or it waits: until answers_go what is there when answers_part is called, all at answers_go_all.
answers_wait() { _answers_through plug; }
answers_part() { _answers_change plug block; }
answers_go() { _answers_change plug release; }
answers_go_all() { _answers_change plug release_indefinite; }
