# SPDX-License-Identifier: GPL-2.0
# A transfer to the server passes A in both directions. A dies in mid-flow: all its
# links are dead at once. The routes move to B, and the transfer goes on there,
# although B's copy is behind and nobody is left to ask.
. tests/scenarios/lib.sh
. tests/scenarios/streams.bash

fail_over
finish
