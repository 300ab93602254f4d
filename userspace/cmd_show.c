// SPDX-License-Identifier: GPL-2.0
/* ctsync show: which part of what the kernel knows. */
#include "cmd.h"
#include "print.h"
#include "say.h"
#include "show.h"
#include "words.h"

static int config_alone(struct nl *nl)
{
	struct config config;

	return show_config(nl, NULL, &config);
}

static int peers_alone(struct nl *nl)
{
	return info_up(nl, NULL) ?: show_peers(nl, NULL);
}

static int queues_alone(struct nl *nl)
{
	return info_up(nl, NULL) ?: show_queues(nl);
}

/* Without a word: the configuration, and the peers when there can be some. */
static int summary(struct nl *nl)
{
	struct config config;
	int ret;

	print_open_object(NULL);
	ret = show_config(nl, "config", &config);
	if (!ret && config.number[CTSYNC_A_UP]) {
		print_text("\n");
		ret = show_peers(nl, "peers");
	}
	print_close_object();
	return ret;
}

static const struct {
	const char *name;
	int (*show)(struct nl *nl);	/* NULL: entries, which take words of their own */
} parts[] = {
	{ "config", config_alone },
	{ "peers", peers_alone },
	{ "entries", NULL },
	{ "queues", queues_alone },
	{ "stats", show_stats },
	{ "params", show_params },
};

int cmd_show(int argc, char **argv)
{
	int (*show)(struct nl *nl) = summary;
	struct nl *nl;
	int found, ret;

	if (argc) {
		found = parse_word(argv[0], parts, sizeof(parts) / sizeof(parts[0]),
				   sizeof(parts[0]));
		if (found < 0)
			return words_wrong("show", argv[0], found, parts,
					   sizeof(parts) / sizeof(parts[0]), sizeof(parts[0]));
		show = parts[found].show;
		if (!show)
			return show_entries(argc - 1, argv + 1);
		if (argc > 1)
			return wrong("show %s: '%s' is unknown, expected nothing",
				     parts[found].name, argv[1]);
	}
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = show(nl);
	nl_close(nl);
	return ret;
}
