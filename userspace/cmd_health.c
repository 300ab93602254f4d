// SPDX-License-Identifier: GPL-2.0
/* ctsync health: may this node carry traffic? For track scripts and alarms. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "print.h"
#include "say.h"
#include "show.h"
#include "words.h"

struct judgement {
	bool strict;
	char reason[160];	/* empty while healthy: the first thing found wrong */
};

static void judge_peer(const struct peer *p, void *data)
{
	struct judgement *j = data;
	char text[ADDRESS_TEXT];

	if (*j->reason || p->number[CTSYNC_A_PEER_STATE] == CTSYNC_UAPI_PEER_STATE_UP)
		return;
	snprintf(j->reason, sizeof(j->reason), "peer %s is %s%s%s%s",
		 address_text(&p->address, text),
		 info_peer_state_name(p->number[CTSYNC_A_PEER_STATE]),
		 *p->reason ? " (" : "", p->reason, *p->reason ? ")" : "");
}

static void judge_stat(const char *name, uint64_t value, void *data)
{
	struct judgement *j = data;

	if (!*j->reason && value && !strcmp(name, "conflict"))
		snprintf(j->reason, sizeof(j->reason),
			 "%" PRIu64 " conflicts counted since the last stats reset", value);
}

static int judge(struct nl *nl, struct judgement *j, struct config *c)
{
	int ret = info_config(nl, c);
	bool heir;

	if (ret)
		return ret;
	if (!c->number[CTSYNC_A_UP])
		snprintf(j->reason, sizeof(j->reason), "not up in this namespace");
	else if (!c->number[CTSYNC_A_READY])
		snprintf(j->reason, sizeof(j->reason), "not ready%s%s",
			 *c->reason ? ": " : "", c->reason);
	else if (c->number[CTSYNC_A_FENCE])
		snprintf(j->reason, sizeof(j->reason), "fenced: no forwarded packet leaves");
	if (!*j->reason && c->number[CTSYNC_A_DRAIN]) {
		ret = state_heir(nl, &heir);
		if (ret)
			return ret;
		/* the last one goes on, drain or not */
		if (heir)
			snprintf(j->reason, sizeof(j->reason), "draining");
	}
	if (*j->reason || !j->strict)
		return EXIT_DONE;
	return info_peers(nl, judge_peer, j) ?: info_stats(nl, judge_stat, j);
}

int cmd_health(int argc, char **argv)
{
	static const struct {
		const char *name;
	} words[] = { { "strict" } };
	struct judgement j = { .strict = argc };
	struct config c;
	struct nl *nl;
	int ret;

	if (argc && parse_word(argv[0], words, 1, sizeof(*words)))
		return words_wrong("health", argv[0], PARSE_UNKNOWN, words, 1, sizeof(*words));
	if (argc > 1)
		return wrong("health strict: '%s' is unknown, expected nothing", argv[1]);
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = judge(nl, &j, &c);
	nl_close(nl);
	if (ret)
		return ret;
	print_open_object(NULL);
	print_bool("healthy", NULL, !*j.reason);
	print_bool("up", NULL, c.number[CTSYNC_A_UP]);
	print_bool("ready", NULL, c.number[CTSYNC_A_READY]);
	print_bool("synced", NULL, c.number[CTSYNC_A_SYNCED]);
	print_bool("draining", NULL, c.number[CTSYNC_A_DRAIN]);
	print_bool("fenced", NULL, c.number[CTSYNC_A_FENCE]);
	print_string("reason", *j.reason ? "%s\n" : "healthy%.0s\n", j.reason);
	print_close_object();
	return *j.reason ? EXIT_REFUSED : EXIT_DONE;
}
