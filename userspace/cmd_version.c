// SPDX-License-Identifier: GPL-2.0
/* ctsync version: of the tool, and of the module when it is loaded. */
#include "cmd.h"
#include "print.h"
#include "say.h"
#include "show.h"

int cmd_version(int argc, char **argv)
{
	struct config c;
	struct nl *nl;
	int ret = EXIT_DONE;

	if (argc)
		return wrong("version: '%s' is unknown, expected nothing", argv[0]);
	print_open_object(NULL);
	print_string("tool", "ctsync %s\n", CTSYNC_VERSION);
	nl = nl_open_quietly();
	if (nl) {
		ret = info_config(nl, &c);
		if (!ret)
			print_string("module", "module %s\n", c.version);
	} else {
		print_text("module not loaded\n");
	}
	nl_close(nl);
	print_close_object();
	return ret;
}
