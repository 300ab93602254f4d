# SPDX-License-Identifier: GPL-2.0
# Streams on a split path, from the client and from the server at once, 5 s, with a
# sync link of 5 ms each way, far slower than the path: no packet is invalid, nothing
# is lost, and far fewer updates are sent than packets.
. tests/scenarios/lib.sh
. tests/scenarios/streams.bash

two_streams 5
finish
