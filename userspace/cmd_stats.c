// SPDX-License-Identifier: GPL-2.0
/* ctsync stats: the counters, or back to zero with them. */
#include <linux/ctsync.h>

#include "cmd.h"
#include "say.h"
#include "show.h"
#include "words.h"

int cmd_stats(int argc, char **argv)
{
	static const struct {
		const char *name;
	} words[] = { { "reset" } };
	struct nl *nl;
	int ret;

	if (argc && parse_word(argv[0], words, 1, sizeof(*words)))
		return words_wrong("stats", argv[0], PARSE_UNKNOWN, words, 1, sizeof(*words));
	if (argc > 1)
		return wrong("stats reset: '%s' is unknown, expected nothing", argv[1]);
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = argc ? nl_do(nl, CTSYNC_CMD_STATS_RESET, NULL, NULL, NULL) : show_stats(nl);
	nl_close(nl);
	return ret;
}
