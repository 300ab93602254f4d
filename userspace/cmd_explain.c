// SPDX-License-Identifier: GPL-2.0
/* ctsync explain: why a flow is synced, or not, and where its copies are. */
#include <string.h>

#include "cmd.h"
#include "print.h"
#include "say.h"
#include "show.h"

/* What is known of a peer's copy, from here. */
static const char *copy_of(const struct peer *p, const struct entry *e)
{
	uint64_t node = p->number[CTSYNC_A_PEER_NODE];

	if (p->number[CTSYNC_A_PEER_STATE] != CTSYNC_UAPI_PEER_STATE_UP)
		return p->number[CTSYNC_A_PEER_STATE] == CTSYNC_UAPI_PEER_STATE_SYNCING ?
		       "being-copied" : "away";
	for (size_t i = 0; i < e->n_writers; i++)
		if (e->writers[i].node == node)
			return "has";
	return strcmp(e->queue, "insert") ? "told" : "waiting";
}

static void one_peer(const struct peer *p, void *data)
{
	const char *copy = copy_of(p, data);
	char text[ADDRESS_TEXT];

	print_open_object(NULL);
	print_number("node", "  copy on node %" PRIu64, p->number[CTSYNC_A_PEER_NODE]);
	print_string("address", " (%s): ", address_text(&p->address, text));
	print_string("copy", "%s\n", copy);
	print_close_object();
}

static int print(struct nl *nl, struct explanation *x)
{
	int ret = EXIT_DONE;

	print_open_object(NULL);
	print_string("verdict", "%s", info_verdict_name(x->verdict));
	print_string("text", *x->text ? ": %s\n" : "%s\n", x->text);
	if (x->has_entry) {
		show_entry("entry", &x->entry);
		print_open_array("copies");
		ret = info_peers(nl, one_peer, &x->entry);
		print_close_array();
	}
	print_close_object();
	return ret;
}

int cmd_explain(int argc, char **argv)
{
	struct explanation x;
	struct tuple tuple;
	struct nl *nl;
	int ret;

	ret = tuple_parse(argc, argv, &tuple);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = info_explain(nl, &tuple, &x) ?: print(nl, &x);
	nl_close(nl);
	return ret;
}
