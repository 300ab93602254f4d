// SPDX-License-Identifier: GPL-2.0
/* ctsync top: a live view of rates, holds, peers and split flows. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "info.h"
#include "say.h"
#include "words.h"

#define COUNTERS	256	/* more are not looked at */
#define FLOWS		64	/* kept to be shown */
#define FLOWS_OF	20000	/* with more entries the list of flows would cost too much */

static struct sample {
	uint64_t us;	/* when it was taken */
	struct config config;
	struct peer peers[MAX_PEERS];
	size_t n_peers;
	struct {
		char name[32];
		uint64_t value;
	} stats[COUNTERS];
	size_t n_stats;
	struct entry flows[FLOWS];	/* split ones */
	size_t n_flows, split;
	bool listed;
} samples[2];

static struct {
	unsigned int lines, columns, at;
	bool terminal;
	struct termios before;
	volatile sig_atomic_t ended;
} screen = { 24, 80 };

/* ---- the screen ---- */

/* One line, cut at the right edge; nothing below the last one. */
static void line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void line(const char *format, ...)
{
	char text[512];
	va_list args;

	if (screen.at >= screen.lines)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* no newline behind the last line: it would scroll */
	printf("%s%.*s%s", screen.at ? "\n" : "", (int)screen.columns, text,
	       screen.terminal ? "\033[K" : "");
	screen.at++;
}

static void screen_begin(void)
{
	struct winsize size;

	if (screen.terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row &&
	    size.ws_col) {
		screen.lines = size.ws_row;
		screen.columns = size.ws_col;
	}
	screen.at = 0;
	if (screen.terminal)
		fputs("\033[H", stdout);
}

static void screen_end(void)
{
	fputs(screen.terminal ? "\033[J" : "\n\n", stdout);
	fflush(stdout);
}

static void stop(int sig)
{
	(void)sig;
	screen.ended = 1;
}

/* Keys one by one, on the screen's other page. */
static void screen_open(void)
{
	const struct sigaction action = { .sa_handler = stop };
	struct termios t;

	screen.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
			  !tcgetattr(STDIN_FILENO, &screen.before);
	if (!screen.terminal)
		return;
	t = screen.before;
	t.c_lflag &= ~(ICANON | ECHO);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
	fputs("\033[?1049h\033[?25l\033[2J", stdout);
}

static void screen_close(void)
{
	if (!screen.terminal)
		return;
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
}

/* ---- a sample ---- */

static void take_peer(const struct peer *p, void *data)
{
	struct sample *s = data;

	if (s->n_peers < MAX_PEERS)
		s->peers[s->n_peers++] = *p;
}

static void take_stat(const char *name, uint64_t value, void *data)
{
	struct sample *s = data;

	if (s->n_stats == COUNTERS)
		return;
	snprintf(s->stats[s->n_stats].name, sizeof(s->stats[0].name), "%s", name);
	s->stats[s->n_stats++].value = value;
}

static void take_flow(const struct entry *e, void *data)
{
	struct sample *s = data;

	if (!e->number[CTSYNC_A_ENTRY_SPLIT])
		return;
	s->split++;
	if (s->n_flows < FLOWS)
		s->flows[s->n_flows++] = *e;
}

static int take_sample(struct nl *nl, struct sample *s)
{
	int ret;

	memset(s, 0, sizeof(*s));
	s->us = clock_us();
	ret = info_config(nl, &s->config);
	if (!ret && !s->config.number[CTSYNC_A_UP])
		return refused("not up in this namespace");
	ret = ret ?: info_peers(nl, take_peer, s) ?: info_stats(nl, take_stat, s);
	/* other people's flows want a privilege, the rest does not */
	s->listed = !geteuid() && s->config.number[CTSYNC_A_ENTRIES] <= FLOWS_OF;
	if (!ret && s->listed)
		ret = info_entries(nl, &(struct choice){ .split = true }, take_flow, s);
	return ret;
}

static uint64_t value(const struct sample *s, const char *name)
{
	for (size_t i = 0; i < s->n_stats; i++)
		if (!strcmp(s->stats[i].name, name))
			return s->stats[i].value;
	return 0;
}

/* Per second between the two samples; a reset in between counts from 0. */
static uint64_t rate(const struct sample *now, const struct sample *before, const char *name)
{
	uint64_t new = value(now, name), old = value(before, name), us = now->us - before->us;

	return us ? (new >= old ? new - old : new) * 1000000 / us : 0;
}

/* ---- what is shown ---- */

static void show_head(const struct sample *s)
{
	const struct config *c = &s->config;
	char text[ADDRESS_TEXT];

	line("ctsync node %u of cluster %u at %s%s%s", c->number[CTSYNC_A_NODE],
	     c->number[CTSYNC_A_CLUSTER], address_text(&c->local, text),
	     cmd_netns() ? ", namespace " : "", cmd_netns() ?: "");
	line("%s, %s, role %s, %u of %u entries", c->number[CTSYNC_A_READY] ? "ready" : "NOT READY",
	     c->number[CTSYNC_A_SYNCED] ? "synced" : "not synced",
	     info_role_name(c->number[CTSYNC_A_ROLE]), c->number[CTSYNC_A_ENTRIES],
	     c->number[CTSYNC_A_ENTRIES_MAX]);
	line("%s", "");
}

static void show_rates(const struct sample *now, const struct sample *before)
{
	static const struct {
		const char *label, *names[3];
	} rows[] = {
		{ "frames     in, out, lost", { "in-frames", "out-frames", "lost-frames" } },
		{ "bytes      in, out", { "in-bytes", "out-bytes" } },
		{ "messages   in, out", { "in-messages", "out-messages" } },
		{ "inserts    in, out, refused", { "in-insert", "out-insert", "in-inack" } },
		{ "updates    in, out, compressed", { "in-update", "out-update", "out-update-c" } },
		{ "holds      begun, acked, late", { "hold-flows", "release-acked",
						     "release-deadline" } },
		{ "split      began, ended", { "split-began", "split-ended" } },
		{ "misses     invalid, parked, healed", { "miss-invalid", "miss-parked",
							  "miss-healed" } },
	};
	char cell[3][24];

	line("%-34s %14s %14s %14s", "PER SECOND", "", "", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t n = 0; n < 3; n++) {
			cell[n][0] = 0;
			if (rows[i].names[n])
				snprintf(cell[n], sizeof(cell[n]), "%" PRIu64,
					 rate(now, before, rows[i].names[n]));
		}
		line("%-34s %14s %14s %14s", rows[i].label, cell[0], cell[1], cell[2]);
	}
	line("%s", "");
}

static void show_peers_lines(const struct sample *s)
{
	char address[ADDRESS_TEXT], heard[DURATION_TEXT], rtt[DURATION_TEXT];

	line("%4s  %-24s %-10s %-16s %7s %7s", "NODE", "PEER", "STATE", "REASON", "HEARD", "RTT");
	for (size_t i = 0; i < s->n_peers; i++) {
		const struct peer *p = &s->peers[i];

		line("%4" PRIu64 "  %-24s %-10s %-16s %7s %7s", p->number[CTSYNC_A_PEER_NODE],
		     address_text(&p->address, address),
		     info_peer_state_name(p->number[CTSYNC_A_PEER_STATE]), p->reason,
		     p->has[CTSYNC_A_PEER_LAST_HEARD] ?
			duration_text(p->number[CTSYNC_A_PEER_LAST_HEARD] * 1000, heard) : "-",
		     p->has[CTSYNC_A_PEER_RTT] ?
			duration_text(p->number[CTSYNC_A_PEER_RTT], rtt) : "-");
	}
	line("%s", "");
}

static void show_flows(const struct sample *s)
{
	char proto[PROTO_TEXT], src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];

	if (!s->listed) {
		line("split flows are listed for root, with at most %u entries", FLOWS_OF);
		return;
	}
	line("%zu SPLIT FLOWS", s->split);
	for (size_t i = 0; i < s->n_flows; i++)
		line("%-6s %s -> %s %s", tuple_proto_text(&s->flows[i].orig, proto),
		     tuple_src_text(&s->flows[i].orig, src), tuple_dst_text(&s->flows[i].orig, dst),
		     s->flows[i].state);
}

static void show(const struct sample *now, const struct sample *before)
{
	screen_begin();
	show_head(now);
	show_rates(now, before);
	show_peers_lines(now);
	show_flows(now);
	screen_end();
}

/* ---- the command ---- */

/* Until the interval is over. Returns whether the operator wants to leave. */
static bool wait_key(uint32_t us)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	if (poll(&p, screen.terminal, us / 1000) <= 0)
		return screen.ended;
	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

static int parse(int argc, char **argv, uint64_t *count, uint32_t *us)
{
	static const struct {
		const char *name;
	} words[] = { { "count" }, { "interval" } };
	int found;

	for (int i = 0; i < argc; i += 2) {
		found = parse_word(argv[i], words, 2, sizeof(*words));
		if (found < 0)
			return words_wrong("top", argv[i], found, words, 2, sizeof(*words));
		if (i + 1 == argc)
			return wrong("%s: a value is missing", words[found].name);
		if (found == 0 && !parse_number(argv[i + 1], 1, UINT32_MAX, count))
			return wrong("count: '%s' is not a number from 1", argv[i + 1]);
		if (found == 1 && (!parse_duration(argv[i + 1], us) || *us < 10000))
			return wrong("interval: '%s' is not understood, expected a duration from 10ms",
				     argv[i + 1]);
	}
	return EXIT_DONE;
}

int cmd_top(int argc, char **argv)
{
	uint32_t us = 1000000;
	uint64_t count = 0;
	struct nl *nl;
	int ret;

	ret = parse(argc, argv, &count, &us);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = take_sample(nl, &samples[0]);
	if (!ret)
		screen_open();
	for (uint64_t n = 1; !ret; n++) {
		if (wait_key(us))
			break;
		ret = take_sample(nl, &samples[n % 2]);
		if (!ret)
			show(&samples[n % 2], &samples[(n + 1) % 2]);
		if (n == count)
			break;
	}
	screen_close();
	nl_close(nl);
	return ret;
}
