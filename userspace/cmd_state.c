// SPDX-License-Identifier: GPL-2.0
/* ctsync role, fence, drain, undrain: what this node says of itself, short for set. */
#include <linux/ctsync.h>

#include "clock.h"
#include "cmd.h"
#include "nl.h"
#include "say.h"
#include "show.h"
#include "words.h"

#define QUIET_MS	2000	/* without a packet: nothing is routed here any more */
#define POLL_MS		200

static int set(const char *word, const char *value)
{
	struct attr_list list = { };
	struct nl *nl;
	int ret;

	ret = words_parse_one(word, value, &list);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = nl_do(nl, CTSYNC_CMD_SET, &list, NULL, NULL);
	nl_close(nl);
	return ret;
}

static int set_word(const char *word, const char *expected, int argc, char **argv)
{
	if (argc != 1)
		return wrong("%s: %s, expected %s", word,
			     argc ? "too many words" : "a value is missing", expected);
	return set(word, argv[0]);
}

int cmd_role(int argc, char **argv)
{
	return set_word("role", "active or standby", argc, argv);
}

int cmd_fence(int argc, char **argv)
{
	return set_word("fence", "on or off", argc, argv);
}

/* ---- drain ---- */

static void find_heir(const struct peer *p, void *data)
{
	*(bool *)data |= p->number[CTSYNC_A_PEER_STATE] == CTSYNC_UAPI_PEER_STATE_UP &&
			 p->number[CTSYNC_A_PEER_READY] && !p->number[CTSYNC_A_PEER_DRAINING];
}

int state_heir(struct nl *nl, bool *found)
{
	*found = false;
	return info_peers(nl, find_heir, found);
}

static int wait_drained(struct nl *nl, uint64_t us)
{
	uint64_t end = clock_us() + us;
	struct config c;
	bool heir;
	int ms;

	for (;;) {
		if (info_config(nl, &c) || state_heir(nl, &heir))
			return EXIT_REFUSED;
		if (!c.number[CTSYNC_A_UP])
			return refused("not up in this namespace");
		if (!c.number[CTSYNC_A_DRAIN])
			return refused("somebody ended the drain");
		if (heir && (!c.has[CTSYNC_A_QUIET] || c.number[CTSYNC_A_QUIET] >= QUIET_MS))
			return EXIT_DONE;
		ms = clock_ms_left(end, POLL_MS);
		if (!ms)
			break;
		clock_sleep_ms(ms);
	}
	return heir ? refused("not drained in time: synced flows still pass this node") :
		      refused("not drained in time: no other node is up, ready and not draining");
}

int cmd_drain(int argc, char **argv)
{
	static const struct {
		const char *name;
	} words[] = { { "wait" } };
	uint32_t us = 60000000;
	struct nl *nl;
	int ret;

	if (argc && parse_word(argv[0], words, 1, sizeof(*words)))
		return words_wrong("drain", argv[0], PARSE_UNKNOWN, words, 1, sizeof(*words));
	if (argc > 2)
		return wrong("drain: '%s' is unknown, expected nothing", argv[2]);
	if (argc == 2 && !parse_duration(argv[1], &us))
		return wrong("wait: '%s' is not understood, expected a duration such as 60s",
			     argv[1]);
	ret = set("drain", "on");
	if (ret || !argc)
		return ret;
	nl = nl_open();
	ret = nl ? wait_drained(nl, us) : EXIT_REFUSED;
	nl_close(nl);
	return ret;
}

int cmd_undrain(int argc, char **argv)
{
	if (argc)
		return wrong("undrain: '%s' is unknown, expected nothing", argv[0]);
	return set("drain", "off");
}
