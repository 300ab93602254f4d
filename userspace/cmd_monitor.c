// SPDX-License-Identifier: GPL-2.0
/* ctsync monitor: events as they happen, a line each. */
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

#include "clock.h"
#include "cmd.h"
#include "print.h"
#include "say.h"
#include "show.h"
#include "words.h"

struct watch {
	uint64_t count;		/* events wanted, 0: no end */
	uint64_t seen;
};

/* Seconds since 1970 in JSON, the time of day in text. */
static void print_time(void)
{
	char text[32], day[16];
	struct timeval now;

	gettimeofday(&now, NULL);
	strftime(day, sizeof(day), "%H:%M:%S", localtime(&now.tv_sec));
	snprintf(text, sizeof(text), "%s.%03u", day, (unsigned int)(now.tv_usec / 1000));
	print_number("time", NULL, now.tv_sec * 1000ull + now.tv_usec / 1000);
	print_text("%s ", text);
}

static void one(const struct event *e, void *data)
{
	struct watch *watch = data;

	if (watch->count && watch->seen == watch->count)
		return;
	watch->seen++;
	print_open_object(NULL);
	print_time();
	print_string("event", "%-8s ", info_event_name(e->event));
	if (e->node >= 0)
		print_number("node", NULL, e->node);
	if (e->ready >= 0)
		print_bool("ready", NULL, e->ready);
	if (e->has_peer && print_is_json()) {
		print_open_object("peer");
		show_peer_members(&e->peer);
		print_close_object();
	}
	print_string("text", "%s\n", e->text);
	print_close_object();
	print_end();
}

static void lost(void)
{
	print_open_object(NULL);
	print_time();
	print_string("event", "%-8s ", "lost");
	print_string("text", "%s\n", "events came faster than they were read, some are lost");
	print_close_object();
	print_end();
}

static int parse(int argc, char **argv, struct watch *watch, uint32_t *us)
{
	static const struct {
		const char *name;
	} words[] = { { "count" }, { "timeout" } };
	int found;

	for (int i = 0; i < argc; i += 2) {
		found = parse_word(argv[i], words, 2, sizeof(*words));
		if (found < 0)
			return words_wrong("monitor", argv[i], found, words, 2, sizeof(*words));
		if (i + 1 == argc)
			return wrong("%s: a value is missing", words[found].name);
		if (found == 0 && !parse_number(argv[i + 1], 1, UINT32_MAX, &watch->count))
			return wrong("count: '%s' is not a number from 1", argv[i + 1]);
		if (found == 1 && (!parse_duration(argv[i + 1], us) || !*us))
			return wrong("timeout: '%s' is not understood, expected a duration such as 10s",
				     argv[i + 1]);
	}
	return EXIT_DONE;
}

int cmd_monitor(int argc, char **argv)
{
	struct watch watch = { };
	uint64_t deadline = 0;
	bool failed = false;
	uint32_t us = 0;
	struct nl *nl;
	int ret;

	ret = parse(argc, argv, &watch, &us);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = nl_subscribe(nl);
	if (us)
		deadline = clock_us() + us;
	while (!ret && !failed && (!watch.count || watch.seen < watch.count)) {
		int ms = us ? clock_ms_left(deadline, 3600000) : -1;

		if (!ms) {
			if (watch.count)
				ret = refused("%u events came in time, %u were wanted",
					      (unsigned int)watch.seen, (unsigned int)watch.count);
			break;
		}
		if (info_events(nl, ms, one, &watch, &failed) == NL_EVENTS_LOST)
			lost();
	}
	nl_close(nl);
	return failed ? EXIT_REFUSED : ret;
}
