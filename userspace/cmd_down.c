// SPDX-License-Identifier: GPL-2.0
/* ctsync down: stop this namespace's instance. */
#include <linux/ctsync.h>

#include "cmd.h"
#include "nl.h"
#include "say.h"

int cmd_down(int argc, char **argv)
{
	struct nl *nl;
	int ret;

	if (argc)
		return wrong("down: '%s' is unknown, expected nothing", argv[0]);
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = nl_do(nl, CTSYNC_CMD_DOWN, NULL, NULL, NULL);
	nl_close(nl);
	return ret;
}
