// SPDX-License-Identifier: GPL-2.0
/* ctsync set: change parameters while up. */
#include <linux/ctsync.h>

#include "cmd.h"
#include "nl.h"
#include "say.h"
#include "words.h"

int cmd_set(int argc, char **argv)
{
	struct attr_list list = { };
	struct nl *nl;
	int ret;

	if (!argc)
		return wrong("set: a parameter is missing, 'ctsync help set' lists them");
	ret = words_parse(argc, argv, WORDS_SET, &list);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = nl_do(nl, CTSYNC_CMD_SET, &list, NULL, NULL);
	nl_close(nl);
	return ret;
}
