// SPDX-License-Identifier: GPL-2.0
/* ctsync up: start this namespace's instance. */
#include "cmd.h"
#include "info.h"
#include "say.h"
#include "words.h"

#include <string.h>

int up(struct nl *nl, const struct attr_list *list)
{
	struct config config;
	int ret;

	ret = nl_do(nl, CTSYNC_CMD_UP, list, NULL, NULL);
	if (!ret && !info_config(nl, &config))
		for (size_t i = 0; i < config.n_warnings; i++)
			warning("%s", config.warnings[i]);
	return ret;
}

int cmd_up(int argc, char **argv)
{
	struct attr_list list = { };
	struct nl *nl;
	int ret;

	ret = words_parse(argc, argv, WORDS_UP, &list);
	nl = ret ? NULL : nl_open();
	if (nl)
		ret = up(nl, &list);
	else if (!ret)
		ret = EXIT_REFUSED;
	explicit_bzero(&list, sizeof(list));	/* a key */
	nl_close(nl);
	return ret;
}
