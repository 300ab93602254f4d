# SPDX-License-Identifier: GPL-2.0
# Of what A says of a flow on a split path B hears nothing but what A tells again, which
# is no evidence that the path is split; and then the last acknowledgement, which makes it
# split for B when the connection is over. Both know that it is.
. tests/scenarios/lib.sh

answered() { on c ss -Htn sport = 20000 | awk '$2 > 0 { n++ } END { exit !n }'; }

# frames whose first message is of a flow (INSERT, UPDATE, UPDATE_C), and no copy; of an
# UPDATE_C the state is not yet FIN of the client, acknowledged (7)
first_words_lost() {
	on B nft -f - <<-END
	table inet lossy {
		chain prerouting {
			type filter hook prerouting priority -400; policy accept;
			iifname sync udp dport 24240 @th,352,8 { 1, 2 } @th,520,8 & 2 == 0 counter drop
			iifname sync udp dport 24240 @th,352,8 3 @th,520,8 & 2 == 0 @th,544,8 < 7 counter drop
		}
	}
	END
}

cluster_up hold off
link_delay 20
path split
check "B hears copies only" first_words_lost
on s load serve -p 5001 --daemon >/dev/null
on c load run --to 10.2.0.2 --port 5001 --connections 1 --first-port 20000 --ports 1 \
	--think 2 --wait-close >/tmp/load & load=$!
check "the server answered" within 3 answered
is "the path is split, which B has not heard" "$(entry A split) $(entry B split)" "true false"
# the client's acknowledgement of the server's FIN comes sooner to A than B's word of the FIN
tool B set flush-interval 1s
wait $load
is "the connection worked" "$(awk '/^connections/ { print $2, $4 }' /tmp/load)" "1 0"
check "B heard that the path is split" within 3 entry_is B split true sport 20000
for node in A B; do
	check "$node knows that it is over" within 3 entry_is $node state TIME_WAIT sport 20000
done
no_invalid
finish
