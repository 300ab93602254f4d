# SPDX-License-Identifier: GPL-2.0
# After long streams on a split path with a slow sync link no td_maxwin is more
# than a window can be, 65535 << scale, on any node; and once it is quiet the
# windows of both nodes agree within one window. (A segment that crosses a stale
# td_maxend makes conntrack add to td_maxwin; a merge would spread it.)
. tests/scenarios/lib.sh

cluster_up hold all
path split
sync_delay 3

for port in 5201 5202; do on s iperf3 -s -D -p "$port"; done
for port in 5201 5202; do within 3 listens s tcp $port; done
on c iperf3 -c 10.2.0.2 -p 5201 --cport 30001 -t 5 -f m >/tmp/forward &
forward=$!
on c iperf3 -c 10.2.0.2 -p 5202 --cport 30002 -t 5 -f m -R >/tmp/backward &
backward=$!
check "the stream from the client ends well" wait "$forward"
check "the stream from the server ends well" wait "$backward"
note "$(grep -h receiver /tmp/forward /tmp/backward)"
sleep 1.2 # what is told lazily

# far NUMBER NUMBER: the distance of two sequence numbers
far() {
	local d=$((($1 - $2) & 0xffffffff))
	[ "$d" -lt $((1 << 31)) ] || d=$(((1 << 32) - d))
	echo "$d"
}
for port in 30001 30002; do
	for node in A B; do
		on "$node" ctsync -p show entries sport "$port" >"/tmp/$node"
	done
	for dir in orig reply; do
		scale=$(member "tcp-$dir.scale" </tmp/A)
		is "$port $dir: one scale" "$scale" "$(member "tcp-$dir.scale" </tmp/B)"
		for node in A B; do
			between "$port $dir: td_maxwin at $node is a window" \
				"$(member "tcp-$dir.maxwin" <"/tmp/$node")" 1 $((65535 << scale))
		done
		# data of dir is bounded by what the other side advertised
		other=reply
		[ "$dir" = orig ] || other=orig
		window=$(member "tcp-$other.maxwin" </tmp/A)
		for edge in end maxend; do
			between "$port $dir: td_$edge agrees within a window" \
				"$(far "$(member "tcp-$dir.$edge" </tmp/A)" "$(member "tcp-$dir.$edge" </tmp/B)")" \
				0 "$window"
		done
	done
done
note "$(misses A); $(misses B)"
no_invalid
finish
