// SPDX-License-Identifier: GPL-2.0
/* ctsync resync: copy tables to and from all peers, or one. */
#include <linux/ctsync.h>

#include "cmd.h"
#include "nl.h"
#include "say.h"
#include "words.h"

int cmd_resync(int argc, char **argv)
{
	struct attr_list list = { };
	struct nl *nl;
	int ret;

	if (argc > 1)
		return wrong("resync: '%s' is unknown, expected one address of a peer", argv[1]);
	if (argc) {
		ret = words_parse_one("peer", argv[0], &list);
		if (ret)
			return ret;
	}
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = nl_do(nl, CTSYNC_CMD_RESYNC, &list, NULL, NULL);
	nl_close(nl);
	return ret;
}
