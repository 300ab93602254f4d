// SPDX-License-Identifier: GPL-2.0
/* The words of up and set: names, values, attributes. Ranges are the kernel's
 * to check; here it is only said what a word cannot mean at all.
 */
#include "words.h"

#include <linux/ctsync.h>
#include <stdio.h>
#include <string.h>

#include "keyfile.h"
#include "say.h"

struct word;
typedef bool (*reader)(const struct word *word, const char *value, struct attr *attr);

static bool read_number(const struct word *word, const char *value, struct attr *attr);
static bool read_duration(const struct word *word, const char *value, struct attr *attr);
static bool read_address(const struct word *word, const char *value, struct attr *attr);
static bool read_device(const struct word *word, const char *value, struct attr *attr);
static bool read_choice(const struct word *word, const char *value, struct attr *attr);

enum {
	LIVE = 1,	/* set takes it */
	MANY = 2,	/* may come again */
	BARE = 4,	/* has no value */
	MARK = 8,	/* two attributes, see read_mark() */
	MASKED = 16,	/* likewise where a mask is given, else a number */
	KEY = 32,	/* two attributes, see read_key() */
};

static const struct choice {
	const char *name;
} holds[] = { { "off" }, { "any" }, { "all" } },
  roles[] = { { "active" }, { "standby" } },
  switches[] = { { "off" }, { "on" } };

static const struct word {
	const char *name;
	const char *form;	/* of its value */
	const char *expected;	/* for errors */
	reader read;
	uint16_t attr;
	uint8_t kind;
	uint8_t flags;
	uint8_t n_choices;
	const struct choice *choices;
	uint32_t max;		/* numbers */
	uint16_t mask;		/* the second attribute of MARK and MASKED */
} words[] = {
	{ "node", "ID", "a number from 1 to 255", read_number,
	  CTSYNC_A_NODE, ATTR_U8, .max = UINT8_MAX },
	{ "cluster", "N", "a number from 0 to 65535", read_number,
	  CTSYNC_A_CLUSTER, ATTR_U16, .max = UINT16_MAX },
	{ "local", "ADDR", "an IPv4 or IPv6 address", read_address,
	  CTSYNC_A_LOCAL, ATTR_ADDRESS },
	{ "port", "PORT", "a number from 1 to 65535", read_number,
	  CTSYNC_A_PORT, ATTR_U16, .max = UINT16_MAX },
	{ "dev", "IFACE", "the name of an interface", read_device,
	  CTSYNC_A_DEV, ATTR_STRING },
	{ "peer", "ADDR", "an IPv4 or IPv6 address", read_address,
	  CTSYNC_A_PEER, ATTR_ADDRESS, MANY },
	{ "group", "ADDR", "an IPv4 or IPv6 multicast address", read_address,
	  CTSYNC_A_GROUP, ATTR_ADDRESS },
	{ "key", "FILE", "the name of a key file", NULL, CTSYNC_A_KEY, ATTR_KEY, KEY },
	{ "insecure", "", "", NULL, CTSYNC_A_INSECURE, ATTR_FLAG, BARE },
	{ "mark", "VALUE/MASK|all",
	  "VALUE/MASK such as 0x1/0x1, with no bit of VALUE outside MASK, or all", NULL,
	  CTSYNC_A_MARK_VALUE, ATTR_U32, MARK, .mask = CTSYNC_A_MARK_MASK },
	{ "hold", "all|any|off", "all, any or off", read_choice,
	  CTSYNC_A_HOLD, ATTR_U8, LIVE, 3, holds },
	{ "hold-timeout", "DUR", "a duration such as 20ms", read_duration,
	  CTSYNC_A_HOLD_TIMEOUT, ATTR_U32, LIVE },
	{ "update-interval", "DUR", "a duration such as 1s", read_duration,
	  CTSYNC_A_UPDATE_INTERVAL, ATTR_U32, LIVE },
	{ "update-bytes", "N", "a number of bytes", read_number,
	  CTSYNC_A_UPDATE_BYTES, ATTR_U32, LIVE, .max = UINT32_MAX },
	{ "flush-interval", "DUR", "a duration such as 100ms", read_duration,
	  CTSYNC_A_FLUSH_INTERVAL, ATTR_U32, LIVE },
	{ "split-window", "DUR", "a duration such as 1s", read_duration,
	  CTSYNC_A_SPLIT_WINDOW, ATTR_U32, LIVE },
	{ "role", "active|standby", "active or standby", read_choice,
	  CTSYNC_A_ROLE, ATTR_U8, LIVE, 2, roles },
	{ "mark-sync", "MASK", "a mask such as 0xff", read_number,
	  CTSYNC_A_MARK_SYNC, ATTR_U32, LIVE, .max = UINT32_MAX },
	{ "propagate-delete", "on|off", "on or off", read_choice,
	  CTSYNC_A_PROPAGATE_DELETE, ATTR_U8, LIVE, 2, switches },
	{ "labels", "on|off", "on or off", read_choice,
	  CTSYNC_A_LABELS, ATTR_U8, LIVE, 2, switches },
	{ "drain", "on|off", "on or off", read_choice,
	  CTSYNC_A_DRAIN, ATTR_U8, LIVE, 2, switches },
	{ "fence", "on|off", "on or off", read_choice,
	  CTSYNC_A_FENCE, ATTR_U8, LIVE, 2, switches },
	{ "pull", "on|off", "on or off", read_choice,
	  CTSYNC_A_PULL, ATTR_U8, LIVE, 2, switches },
	{ "pull-rate", "N", "a number of questions a second", read_number,
	  CTSYNC_A_PULL_RATE, ATTR_U32, LIVE, .max = UINT32_MAX },
	{ "pull-mark", "VALUE/MASK",
	  "VALUE/MASK such as 0x2/0x2, with no bit of VALUE outside MASK, or a VALUE", read_number,
	  CTSYNC_A_PULL_MARK, ATTR_U32, LIVE | MASKED, .max = UINT32_MAX,
	  .mask = CTSYNC_A_PULL_MASK },
	{ "pull-mask", "MASK", "a mask such as 0x2", read_number,
	  CTSYNC_A_PULL_MASK, ATTR_U32, LIVE, .max = UINT32_MAX },
	{ "digest-interval", "DUR", "a duration such as 10s", read_duration,
	  CTSYNC_A_DIGEST_INTERVAL, ATTR_U32, LIVE },
	{ "sync-delay", "DUR", "a duration such as 2s, or 0", read_duration,
	  CTSYNC_A_SYNC_DELAY, ATTR_U32, LIVE },
	{ "join-timeout", "DUR", "a duration such as 5s", read_duration,
	  CTSYNC_A_JOIN_TIMEOUT, ATTR_U32 },
	{ "zones", "on|off", "on or off", read_choice,
	  CTSYNC_A_ZONES, ATTR_U8, 0, 2, switches },
	{ "accounting", "on|off", "on or off", read_choice,
	  CTSYNC_A_ACCOUNTING, ATTR_U8, LIVE, 2, switches },
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

static bool read_number(const struct word *word, const char *value, struct attr *attr)
{
	uint64_t n;

	if (!parse_number(value, 0, word->max, &n))
		return false;
	attr->number = n;
	return true;
}

static bool read_duration(const struct word *word, const char *value, struct attr *attr)
{
	(void)word;
	return parse_duration(value, &attr->number);
}

static bool read_address(const struct word *word, const char *value, struct attr *attr)
{
	(void)word;
	return parse_address(value, &attr->address);
}

static bool read_device(const struct word *word, const char *value, struct attr *attr)
{
	(void)word;
	attr->string = value;
	return *value && strlen(value) < 16 && !strchr(value, '/');
}

static bool read_choice(const struct word *word, const char *value, struct attr *attr)
{
	int found = parse_word(value, word->choices, word->n_choices, sizeof(*word->choices));

	attr->number = found;
	return found >= 0;
}

/* VALUE/MASK, or all: mask 0. */
static bool read_mark(const struct word *word, const char *value, struct attr_list *list)
{
	struct attr *attrs = list->attrs + list->n;
	uint32_t v = 0, mask = 0;

	if (strcmp(value, "all") && !parse_value_mask(value, &v, &mask))
		return false;
	attrs[0] = (struct attr){ .type = word->attr, .kind = ATTR_U32, .number = v };
	attrs[1] = (struct attr){ .type = word->mask, .kind = ATTR_U32, .number = mask };
	list->n += 2;
	return true;
}

/* What is in the file FILE: an id and a key. */
static int read_key(const char *value, struct attr_list *list)
{
	struct attr *attrs = list->attrs + list->n;
	struct key key;
	int ret = keyfile_read(value, &key);

	if (ret)
		return ret;
	attrs[0] = (struct attr){ .type = CTSYNC_A_KEY_ID, .kind = ATTR_U8, .number = key.id };
	attrs[1] = (struct attr){ .type = CTSYNC_A_KEY, .kind = ATTR_KEY };
	memcpy(attrs[1].key, key.bytes, sizeof(attrs[1].key));
	list->n += 2;
	key_wipe(&key);
	return EXIT_DONE;
}

static bool given(const struct attr_list *list, uint16_t type)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->attrs[i].type == type)
			return true;
	return false;
}

static int take(const struct word *word, const char *value, struct attr_list *list)
{
	struct attr *attr = list->attrs + list->n;

	if (given(list, word->attr) && !(word->flags & MANY))
		return wrong("'%s' is given twice", word->name);
	if (list->n + 2 > sizeof(list->attrs) / sizeof(list->attrs[0]))
		return wrong("'%s' is given too often", word->name);
	say_word(value != NULL);
	if (word->flags & KEY)
		return read_key(value, list);
	if (word->flags & MARK || (word->flags & MASKED && strchr(value, '/'))) {
		if (given(list, word->mask))
			return wrong("'%s' is given twice", words_name(word->mask));
		if (!read_mark(word, value, list))
			return wrong("%s: '%s' is not understood, expected %s",
				     word->name, value, word->expected);
		return EXIT_DONE;
	}
	*attr = (struct attr){ .type = word->attr, .kind = word->kind };
	if (word->read && !word->read(word, value, attr))
		return wrong("%s: '%s' is not understood, expected %s",
			     word->name, value, word->expected);
	list->n++;
	return EXIT_DONE;
}

int words_wrong(const char *what, const char *word, int found,
		const void *rows, size_t n, size_t size)
{
	char names[512] = "";
	size_t at = 0, shown = 0;

	for (size_t i = 0; i < n && at < sizeof(names); i++) {
		const char *name = *(const char *const *)((const char *)rows + i * size);

		if (found == PARSE_AMBIGUOUS && strncmp(name, word, strlen(word)))
			continue;
		at += snprintf(names + at, sizeof(names) - at, "%s%s", shown++ ? ", " : "", name);
	}
	if (found == PARSE_AMBIGUOUS)
		return wrong("%s: '%s' is ambiguous, it could be %s", what, word, names);
	return wrong("%s: '%s' is unknown, expected %s", what, word, names);
}

int words_take(int argc, char **argv, enum words_for command, struct attr_list *list, int *used)
{
	const char *what = command == WORDS_UP ? "up" : "set";
	struct word live[N_WORDS];
	size_t n = 0;
	int found;

	for (size_t i = 0; i < N_WORDS; i++)
		if (command == WORDS_UP || words[i].flags & LIVE)
			live[n++] = words[i];
	*used = 1;
	found = parse_word(argv[0], live, n, sizeof(*live));
	if (found < 0) {
		int any = parse_word(argv[0], words, N_WORDS, sizeof(*words));

		if (any >= 0 && found == PARSE_UNKNOWN)
			return wrong("set: '%s' cannot change while up", words[any].name);
		return words_wrong(what, argv[0], found, live, n, sizeof(*live));
	}
	if (live[found].flags & BARE)
		return take(&live[found], NULL, list);
	if (argc == 1)
		return wrong("%s: a value is missing, expected %s",
			     live[found].name, live[found].expected);
	*used = 2;
	return take(&live[found], argv[1], list);
}

int words_parse(int argc, char **argv, enum words_for command, struct attr_list *list)
{
	int used, ret = EXIT_DONE;

	for (int i = 0; i < argc && !ret; i += used)
		ret = words_take(argc - i, argv + i, command, list, &used);
	return ret;
}

int words_parse_one(const char *name, const char *value, struct attr_list *list)
{
	int found = parse_word(name, words, N_WORDS, sizeof(*words));

	return take(&words[found], value, list);
}

const char *words_name(uint16_t type)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (words[i].attr == type || (words[i].flags & MARK && words[i].mask == type) ||
		    (words[i].flags & KEY && type == CTSYNC_A_KEY_ID))
			return words[i].name;
	return NULL;
}

enum attr_kind words_kind(uint16_t type)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (words[i].attr == type)
			return words[i].kind;
	return ATTR_U32;
}

void words_help(enum words_for command)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (command == WORDS_UP || words[i].flags & LIVE)
			printf("  %s%s%s%s\n", words[i].name, *words[i].form ? " " : "",
			       words[i].form, words[i].flags & MANY ? "   (any number of them)" : "");
}
