// SPDX-License-Identifier: GPL-2.0
/* ctsync wait-sync: return when this node and its peers have the same table. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "say.h"
#include "show.h"
#include "words.h"

#define POLL_MS	100	/* the end of a join says nothing, so ask as well as listen */
#define LINE_US	500000	/* how often a terminal is told what is waited for */

/* The first peer that is not up yet. */
struct laggard {
	bool found;
	struct peer peer;
};

static void find_laggard(const struct peer *p, void *data)
{
	struct laggard *l = data;

	if (l->found || p->number[CTSYNC_A_PEER_STATE] == CTSYNC_UAPI_PEER_STATE_UP)
		return;
	l->found = true;
	l->peer = *p;
}

static int say_late(struct nl *nl)
{
	struct laggard l = { };
	char text[ADDRESS_TEXT];

	if (info_peers(nl, find_laggard, &l))
		return EXIT_REFUSED;
	if (!l.found)
		return refused("not synced in time");
	return refused("not synced in time: peer %s is %s%s%s%s",
		       address_text(&l.peer.address, text),
		       info_peer_state_name(l.peer.number[CTSYNC_A_PEER_STATE]),
		       *l.peer.reason ? " (" : "", l.peer.reason, *l.peer.reason ? ")" : "");
}

/* A line on a terminal that says what is waited for, and how much of the table is here. */
struct line {
	bool wanted, shown;
	uint64_t last;	/* when it was written, in us */
};

static int show_line(struct line *line, struct nl *nl, uint32_t entries)
{
	struct laggard l = { };
	char text[ADDRESS_TEXT];

	if (!line->wanted || clock_us() - line->last < LINE_US)
		return EXIT_DONE;
	if (info_peers(nl, find_laggard, &l))
		return EXIT_REFUSED;
	if (l.found)
		fprintf(stderr, "\rpeer %s is %s", address_text(&l.peer.address, text),
			info_peer_state_name(l.peer.number[CTSYNC_A_PEER_STATE]));
	else
		fputs("\rthe peers' tables come", stderr);
	fprintf(stderr, "; %" PRIu32 " entries here\033[K", entries);
	line->shown = true;
	line->last = clock_us();
	return EXIT_DONE;
}

static void remove_line(const struct line *line)
{
	if (line->shown)
		fputs("\r\033[K", stderr);
}

static void ignore(const struct event *event, void *data)
{
	(void)event;
	(void)data;
}

/* Until it is over: EXIT_DONE with @c->number[CTSYNC_A_SYNCED] 1 when synced, else it
 * was too late or this node is not up any more.
 */
static int await(struct nl *nl, struct nl *events, uint64_t us, struct config *c)
{
	struct line line = { .wanted = isatty(STDERR_FILENO), .last = clock_us() };
	uint64_t begin = clock_us();
	bool failed = false;
	int ret, ms;

	for (;;) {
		ret = info_config(nl, c);
		if (ret || !c->number[CTSYNC_A_UP] || c->number[CTSYNC_A_SYNCED])
			break;
		if (us == UINT64_MAX)
			us = c->number[CTSYNC_A_JOIN_TIMEOUT] + 1000000ull;
		ms = clock_ms_left(begin + us, POLL_MS);
		if (!ms)
			break;
		ret = show_line(&line, nl, c->number[CTSYNC_A_ENTRIES]);
		if (!ret)
			info_events(events, ms, ignore, NULL, &failed);
		if (ret || failed) {
			ret = EXIT_REFUSED;
			break;
		}
	}
	remove_line(&line);
	return ret;
}

static int wait_sync(struct nl *nl, struct nl *events, uint64_t us)
{
	struct config c;
	int ret = await(nl, events, us, &c);

	if (ret)
		return ret;
	if (!c.number[CTSYNC_A_UP])
		return refused("not up in this namespace");
	return c.number[CTSYNC_A_SYNCED] ? EXIT_DONE : say_late(nl);
}

int cmd_wait_sync(int argc, char **argv)
{
	static const struct {
		const char *name;
	} words[] = { { "timeout" } };
	struct nl *nl, *events = NULL;
	uint64_t us = UINT64_MAX;	/* join-timeout and a second */
	uint32_t given;
	int ret;

	if (argc && parse_word(argv[0], words, 1, sizeof(*words)))
		return words_wrong("wait-sync", argv[0], PARSE_UNKNOWN, words, 1, sizeof(*words));
	if (argc == 1)
		return wrong("timeout: a value is missing");
	if (argc > 2)
		return wrong("wait-sync: '%s' is unknown, expected nothing", argv[2]);
	if (argc) {
		if (!parse_duration(argv[1], &given))
			return wrong("timeout: '%s' is not understood, expected a duration such as 10s",
				     argv[1]);
		us = given;
	}
	nl = nl_open();
	if (nl)
		events = nl_open();
	if (!events)
		ret = EXIT_REFUSED;
	else
		ret = nl_subscribe(events) ?: wait_sync(nl, events, us);
	nl_close(events);
	nl_close(nl);
	return ret;
}
