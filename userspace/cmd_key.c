// SPDX-License-Identifier: GPL-2.0
/* ctsync key: make a key file, and change the keys while up. */
#include <linux/ctsync.h>
#include <string.h>

#include "cmd.h"
#include "keyfile.h"
#include "nl.h"
#include "say.h"
#include "words.h"

static int ask(uint8_t command, const struct attr_list *list)
{
	struct nl *nl = nl_open();
	int ret;

	if (!nl)
		return EXIT_REFUSED;
	ret = nl_do(nl, command, list, NULL, NULL);
	nl_close(nl);
	return ret;
}

static int key_new(int argc, char **argv)
{
	uint64_t id = 1;

	if (argc && !strcmp(argv[0], "id")) {
		if (argc < 2 || !parse_number(argv[1], 1, UINT8_MAX, &id))
			return wrong("key new: id wants a number from 1 to 255");
		argc -= 2;
		argv += 2;
	}
	if (argc > 1)
		return wrong("key new: '%s' is unknown, expected nothing", argv[1]);
	return keyfile_new(argc ? argv[0] : NULL, id);
}

static int key_add(int argc, char **argv)
{
	struct attr_list list = { };
	int ret;

	if (argc != 1)
		return wrong("key add: %s, expected the name of a key file",
			     argc ? "too many words" : "a value is missing");
	ret = words_parse_one("key", argv[0], &list);
	if (!ret)
		ret = ask(CTSYNC_CMD_KEY_ADD, &list);
	explicit_bzero(&list, sizeof(list));
	return ret;
}

static int with_id(const char *what, uint8_t command, int argc, char **argv)
{
	struct attr_list list = { .n = 1 };
	uint64_t id;

	if (argc != 1 || !parse_number(argv[0], 1, UINT8_MAX, &id))
		return wrong("key %s: expected the id of a key, 1 to 255", what);
	list.attrs[0] = (struct attr){ .type = CTSYNC_A_KEY_ID, .kind = ATTR_U8, .number = id };
	return ask(command, &list);
}

static int key_use(int argc, char **argv)
{
	return with_id("use", CTSYNC_CMD_KEY_USE, argc, argv);
}

static int key_del(int argc, char **argv)
{
	return with_id("del", CTSYNC_CMD_KEY_DEL, argc, argv);
}

static const struct {
	const char *name;
	command_run run;
} verbs[] = {
	{ "new", key_new }, { "add", key_add }, { "use", key_use }, { "del", key_del },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

int cmd_key(int argc, char **argv)
{
	int found;

	if (!argc)
		return wrong("key: a word is missing, expected new, add, use or del");
	found = parse_word(argv[0], verbs, N_VERBS, sizeof(verbs[0]));
	if (found < 0)
		return words_wrong("key", argv[0], found, verbs, N_VERBS, sizeof(verbs[0]));
	return verbs[found].run(argc - 1, argv + 1);
}
