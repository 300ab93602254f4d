// SPDX-License-Identifier: GPL-2.0
/* ctsync load, save, check: the configuration as a file. */
#include <stdio.h>

#include "cmd.h"
#include "conf.h"
#include "params.h"
#include "say.h"
#include "words.h"

static int one_file(const char *command, int argc, char **argv, const char **file)
{
	if (argc > 1)
		return wrong("%s: '%s' is unknown, expected nothing after the file", command, argv[1]);
	*file = argc ? argv[0] : CONF_FILE;
	return EXIT_DONE;
}

int cmd_check(int argc, char **argv)
{
	const char *file = NULL;
	struct conf conf;
	int ret;

	ret = one_file("check", argc, argv, &file);
	if (ret)
		return ret;
	ret = conf_read(file, &conf);
	conf_free(&conf);
	return ret;
}

/* What is up takes the live parameters of the file, and nothing else may differ. */
static int apply(struct nl *nl, const struct conf *conf)
{
	struct attr_list set = { };
	struct config now;
	int ret;

	ret = info_config(nl, &now);
	if (ret)
		return ret;
	if (!now.number[CTSYNC_A_UP])
		return up(nl, &conf->list);
	return conf_changes(conf, &now, &set) ?: nl_do(nl, CTSYNC_CMD_SET, &set, NULL, NULL);
}

int cmd_load(int argc, char **argv)
{
	const char *file = NULL;
	struct conf conf;
	struct nl *nl;
	int ret;

	ret = one_file("load", argc, argv, &file);
	if (ret)
		return ret;
	ret = conf_read(file, &conf);
	if (!ret) {
		nl = nl_open();
		ret = nl ? apply(nl, &conf) : EXIT_REFUSED;
		nl_close(nl);
	}
	conf_free(&conf);
	return ret;
}

static void print_conf(const struct config *c)
{
	char text[ADDRESS_TEXT], value[PARAM_TEXT];

	printf("node %u\n", c->number[CTSYNC_A_NODE]);
	if (c->number[CTSYNC_A_CLUSTER])
		printf("cluster %u\n", c->number[CTSYNC_A_CLUSTER]);
	printf("local %s\nport %u\n", address_text(&c->local, text), c->number[CTSYNC_A_PORT]);
	if (*c->dev)
		printf("dev %s\n", c->dev);
	for (size_t i = 0; i < c->n_peers; i++)
		printf("peer %s\n", address_text(&c->peers[i], text));
	if (c->has[CTSYNC_A_GROUP])
		printf("group %s\n", address_text(&c->group, text));
	if (c->has[CTSYNC_A_INSECURE])
		printf("insecure\n");
	else
		printf("# key FILE, which has key %u\n", c->number[CTSYNC_A_KEY_ID]);
	if (c->number[CTSYNC_A_MARK_MASK])
		printf("mark 0x%x/0x%x\n", c->number[CTSYNC_A_MARK_VALUE],
		       c->number[CTSYNC_A_MARK_MASK]);
	else
		printf("mark all\n");
	for (size_t i = 0; i < n_params; i++)
		if (c->has[params[i].attr])
			printf("%s%s %s\n", c->number[params[i].attr] == params[i].def ? "# " : "",
			       params[i].name, param_text(params[i].unit, c->number[params[i].attr],
							  value));
}

int cmd_save(int argc, char **argv)
{
	struct config c;
	struct nl *nl;
	int ret;

	if (argc)
		return wrong("save: '%s' is unknown, expected nothing: it writes to standard output",
			     argv[0]);
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = info_config(nl, &c);
	nl_close(nl);
	if (!ret && !c.number[CTSYNC_A_UP])
		return refused("not up in this namespace");
	if (!ret)
		print_conf(&c);
	return ret;
}
