// SPDX-License-Identifier: GPL-2.0
/* ctsync metrics: condition, peers and counters for a monitoring system. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "info.h"
#include "metrics.h"
#include "say.h"
#include "stats_list.h"
#include "words.h"

#define QUEUES	16

/* All that is told, gathered first: the samples of a family stand together. */
struct gathered {
	bool loaded;
	struct config config;
	struct peer peers[MAX_PEERS];
	size_t n_peers;
	struct {
		char name[16];
		uint64_t length;
	} queues[QUEUES];	/* summed over all CPUs */
	size_t n_queues;
	struct metrics *out;	/* the counters go there as they come */
};

static void take_peer(const struct peer *p, void *data)
{
	struct gathered *g = data;

	if (g->n_peers < MAX_PEERS)
		g->peers[g->n_peers++] = *p;
}

static void take_queue(const struct queue *q, void *data)
{
	struct gathered *g = data;
	size_t i = 0;

	while (i < g->n_queues && strcmp(g->queues[i].name, q->name))
		i++;
	if (i == QUEUES)
		return;
	if (i == g->n_queues)
		snprintf(g->queues[g->n_queues++].name, sizeof(g->queues[i].name), "%s", q->name);
	g->queues[i].length += q->length;
}

static const char *help_of(const char *name)
{
	static const struct {
		const char *name, *help;
	} stats[] = {
#define X(NAME, text) { #NAME, text },
		CTSYNC_STATS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		const char *a = stats[i].name, *b = name;

		/* IN_FRAMES is in-frames */
		while (*a && (*a == '_' ? *b == '-' : *b == *a + ('a' - 'A') || *b == *a))
			a++, b++;
		if (!*a && !*b)
			return stats[i].help;
	}
	return "of a module newer than this tool";
}

static void one_stat(const char *name, uint64_t value, void *data)
{
	struct gathered *g = data;

	metrics_family(g->out, name, METRIC_COUNTER, help_of(name));
	metrics_sample(g->out, NULL, NULL, NULL, NULL, value);
}

static void gauge(struct metrics *m, const char *name, const char *help, uint64_t value)
{
	metrics_family(m, name, METRIC_GAUGE, help);
	metrics_sample(m, NULL, NULL, NULL, NULL, value);
}

/* ---- peers ---- */

static const struct row {
	const char *name, *help;
	uint16_t attr;
	enum metric_type type;
	uint32_t us;	/* the kernel's unit in microseconds, 0: not a time */
} peer_rows[] = {
	{ "peer-node", "number of the peer, 0 until heard", CTSYNC_A_PEER_NODE },
	{ "peer-last-heard-seconds", "since the peer was heard", CTSYNC_A_PEER_LAST_HEARD,
	  METRIC_GAUGE, 1000 },
	{ "peer-rtt-seconds", "round trip time of the sync link, smoothed", CTSYNC_A_PEER_RTT,
	  METRIC_GAUGE, 1 },
	{ "peer-ready", "1 when the peer may carry traffic", CTSYNC_A_PEER_READY },
	{ "peer-standby", "1 when the peer's role is standby", CTSYNC_A_PEER_STANDBY },
	{ "peer-draining", "1 when the peer asks to be relieved of traffic", CTSYNC_A_PEER_DRAINING },
	{ "peer-bypassed", "1 while holds do not wait for the peer", CTSYNC_A_PEER_BYPASSED },
	{ "peer-copied-entries", "entries of this node's table copied to the peer",
	  CTSYNC_A_PEER_BULK_SENT },
	{ "peer-to-copy-entries", "entries of this node's table to copy to the peer in all",
	  CTSYNC_A_PEER_BULK_TOTAL },
	{ "peer-in-frames", "frames accepted from the peer", CTSYNC_A_PEER_IN_FRAMES,
	  METRIC_COUNTER },
	{ "peer-in-messages", "messages accepted from the peer", CTSYNC_A_PEER_IN_MESSAGES,
	  METRIC_COUNTER },
	{ "peer-in-bytes", "bytes accepted from the peer", CTSYNC_A_PEER_IN_BYTES,
	  METRIC_COUNTER },
	{ "peer-out-frames", "frames sent to the peer", CTSYNC_A_PEER_OUT_FRAMES, METRIC_COUNTER },
	{ "peer-out-messages", "messages sent to the peer", CTSYNC_A_PEER_OUT_MESSAGES,
	  METRIC_COUNTER },
	{ "peer-out-bytes", "bytes sent to the peer", CTSYNC_A_PEER_OUT_BYTES, METRIC_COUNTER },
	{ "peer-lost-frames", "frames of the peer that never came", CTSYNC_A_PEER_LOST,
	  METRIC_COUNTER },
	{ "peer-repaired-frames", "losses made good by asking again", CTSYNC_A_PEER_REPAIRED,
	  METRIC_COUNTER },
};

static void put_peer_row(struct metrics *m, const struct gathered *g, const struct row *row)
{
	char text[ADDRESS_TEXT];

	metrics_family(m, row->name, row->type, row->help);
	for (size_t i = 0; i < g->n_peers; i++) {
		const struct peer *p = &g->peers[i];

		if (!p->has[row->attr])
			continue;
		address_text(&p->address, text);
		if (row->us)
			metrics_sample_us(m, "peer", text, p->number[row->attr] * row->us);
		else
			metrics_sample(m, "peer", text, NULL, NULL, p->number[row->attr]);
	}
}

static void put_peers(struct metrics *m, const struct gathered *g)
{
	char text[ADDRESS_TEXT];

	metrics_family(m, "peer-state", METRIC_GAUGE, "1 for the state that the peer is in");
	for (size_t i = 0; i < g->n_peers; i++)
		for (unsigned int s = 0; s <= CTSYNC_UAPI_PEER_STATE_UP; s++)
			metrics_sample(m, "peer", address_text(&g->peers[i].address, text),
				       "state", info_peer_state_name(s),
				       g->peers[i].number[CTSYNC_A_PEER_STATE] == s);
	metrics_family(m, "peer-not-up", METRIC_GAUGE, "1 with the reason why the peer is not up");
	for (size_t i = 0; i < g->n_peers; i++)
		if (*g->peers[i].reason)
			metrics_sample(m, "peer", address_text(&g->peers[i].address, text),
				       "reason", g->peers[i].reason, 1);
	for (size_t i = 0; i < sizeof(peer_rows) / sizeof(peer_rows[0]); i++)
		put_peer_row(m, g, &peer_rows[i]);
}

/* ---- all ---- */

static void put_condition(struct metrics *m, const struct gathered *g)
{
	const struct config *c = &g->config;

	metrics_family(m, "version", METRIC_GAUGE, "versions of tool and module, as labels");
	metrics_sample(m, "tool", CTSYNC_VERSION, "module", g->loaded ? c->version : "", 1);
	gauge(m, "loaded", "1 when the module is loaded", g->loaded);
	gauge(m, "up", "1 when ctsync is up in this network namespace", c->number[CTSYNC_A_UP]);
	if (!c->number[CTSYNC_A_UP])
		return;
	gauge(m, "node", "number of this node", c->number[CTSYNC_A_NODE]);
	gauge(m, "ready", "1 when this node may carry traffic", c->number[CTSYNC_A_READY]);
	gauge(m, "synced", "1 when every peer is up and has this node's table, or join-timeout passed",
	      c->number[CTSYNC_A_SYNCED]);
	gauge(m, "standby", "1 when this node's role is standby",
	      c->number[CTSYNC_A_ROLE] == CTSYNC_UAPI_ROLE_STANDBY);
	gauge(m, "entries", "flows synced now", c->number[CTSYNC_A_ENTRIES]);
	gauge(m, "entries-max", "flows that can be synced", c->number[CTSYNC_A_ENTRIES_MAX]);
	gauge(m, "warnings", "warnings about the configuration, see ctsync show", c->n_warnings);
}

static int put_all(struct metrics *m, struct nl *nl)
{
	static struct gathered g;
	int ret = EXIT_DONE;

	g = (struct gathered){ .loaded = nl, .out = m };
	if (nl)
		ret = info_config(nl, &g.config);
	if (ret)
		return ret;
	put_condition(m, &g);
	if (g.config.number[CTSYNC_A_UP]) {
		ret = info_peers(nl, take_peer, &g) ?: info_queues(nl, take_queue, &g);
		if (ret)
			return ret;
		put_peers(m, &g);
		metrics_family(m, "queued-messages", METRIC_GAUGE, "messages that wait to be sent");
		for (size_t i = 0; i < g.n_queues; i++)
			metrics_sample(m, "queue", g.queues[i].name, NULL, NULL,
				       g.queues[i].length);
		ret = info_stats(nl, one_stat, &g);
	}
	if (!ret)
		metrics_end(m);
	return ret;
}

/* The file is there as a whole or not at all: a collector may read any time. */
static int to_file(struct metrics *m, struct nl *nl, const char *path)
{
	char *temporary;
	int ret, fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return refused("out of memory");
	fd = mkstemp(temporary);
	m->to = fd < 0 ? NULL : fdopen(fd, "w");
	if (!m->to) {
		ret = refused("cannot write %s: %s", path, strerror(errno));
		free(temporary);
		return ret;
	}
	fchmod(fd, 0644);
	ret = put_all(m, nl);
	if ((ferror(m->to) | fclose(m->to)) && !ret)
		ret = refused("cannot write %s: %s", path, strerror(errno));
	if (!ret && rename(temporary, path))
		ret = refused("cannot rename %s to %s: %s", temporary, path, strerror(errno));
	if (ret)
		unlink(temporary);
	free(temporary);
	return ret;
}

int cmd_metrics(int argc, char **argv)
{
	static const struct {
		const char *name;
	} words[] = { { "to" } };
	struct metrics m = { .to = stdout, .netns = cmd_netns() };
	struct nl *nl;
	int ret;

	if (argc && parse_word(argv[0], words, 1, sizeof(*words)))
		return words_wrong("metrics", argv[0], PARSE_UNKNOWN, words, 1, sizeof(*words));
	if (argc == 1)
		return wrong("to: a value is missing, expected a file");
	if (argc > 2)
		return wrong("metrics to: '%s' is unknown, expected nothing", argv[2]);
	nl = nl_open_quietly();
	ret = argc ? to_file(&m, nl, argv[1]) : put_all(&m, nl);
	nl_close(nl);
	return ret;
}
