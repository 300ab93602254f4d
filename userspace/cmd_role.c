// SPDX-License-Identifier: GPL-2.0
/* ctsync role: say whether this node carries traffic; short for set role. */
#include <linux/ctsync.h>

#include "cmd.h"
#include "nl.h"
#include "say.h"
#include "words.h"

int cmd_role(int argc, char **argv)
{
	struct attr_list list = { };
	struct nl *nl;
	int ret;

	if (argc != 1)
		return wrong("role: %s, expected active or standby",
			     argc ? "too many words" : "a value is missing");
	ret = words_parse_one("role", argv[0], &list);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = nl_do(nl, CTSYNC_CMD_SET, &list, NULL, NULL);
	nl_close(nl);
	return ret;
}
