// SPDX-License-Identifier: GPL-2.0
/* show config: what this node was told to do, and whether it can. */
#include <stdio.h>

#include "print.h"
#include "say.h"
#include "show.h"

/* The numbers of the configuration in the order shown. */
static const struct row {
	const char *key;
	enum { PLAIN, MASK, DURATION, HOLD, ROLE, SWITCH } look;
	uint16_t attr;
} rows[] = {
	{ "hold", HOLD, CTSYNC_A_HOLD },
	{ "hold-timeout", DURATION, CTSYNC_A_HOLD_TIMEOUT },
	{ "update-interval", DURATION, CTSYNC_A_UPDATE_INTERVAL },
	{ "update-bytes", PLAIN, CTSYNC_A_UPDATE_BYTES },
	{ "flush-interval", DURATION, CTSYNC_A_FLUSH_INTERVAL },
	{ "split-window", DURATION, CTSYNC_A_SPLIT_WINDOW },
	{ "join-timeout", DURATION, CTSYNC_A_JOIN_TIMEOUT },
	{ "role", ROLE, CTSYNC_A_ROLE },
	{ "mark-sync", MASK, CTSYNC_A_MARK_SYNC },
	{ "propagate-delete", SWITCH, CTSYNC_A_PROPAGATE_DELETE },
	{ "labels", SWITCH, CTSYNC_A_LABELS },
	{ "drain", SWITCH, CTSYNC_A_DRAIN },
	{ "fence", SWITCH, CTSYNC_A_FENCE },
	{ "pull", SWITCH, CTSYNC_A_PULL },
	{ "pull-rate", PLAIN, CTSYNC_A_PULL_RATE },
	{ "pull-mark", MASK, CTSYNC_A_PULL_MARK },
	{ "pull-mask", MASK, CTSYNC_A_PULL_MASK },
	{ "digest-interval", DURATION, CTSYNC_A_DIGEST_INTERVAL },
	{ "sync-delay", DURATION, CTSYNC_A_SYNC_DELAY },
	{ "zones", SWITCH, CTSYNC_A_ZONES },
	{ "accounting", SWITCH, CTSYNC_A_ACCOUNTING },
};

static void print_row(const struct row *row, uint32_t value)
{
	switch (row->look) {
	case PLAIN:
		print_number(row->key, "%" PRIu64, value);
		break;
	case MASK:
		print_mask(row->key, "%s", value);
		break;
	case DURATION:
		print_duration(row->key, "%s", value, 1);
		break;
	case HOLD:
		print_string(row->key, "%s", info_hold_name(value));
		break;
	case ROLE:
		print_string(row->key, "%s", info_role_name(value));
		break;
	case SWITCH:
		print_bool(row->key, NULL, value);
		print_text(value ? "on" : "off");
		break;
	}
}

static void print_condition(const struct config *c)
{
	print_bool("ready", NULL, c->number[CTSYNC_A_READY]);
	print_text("condition %s", c->number[CTSYNC_A_READY] ? "ready" : "not ready");
	if (!c->number[CTSYNC_A_READY])
		print_string("not-ready-reason", *c->reason ? " (%s)" : NULL, c->reason);
	if (c->has[CTSYNC_A_QUIET])
		print_duration("quiet", ", draining, no synced packet for %s",
			       c->number[CTSYNC_A_QUIET], 1000);
	print_bool("synced", NULL, c->number[CTSYNC_A_SYNCED]);
	print_text(", %s", c->number[CTSYNC_A_SYNCED] ? "synced" : "not synced");
	print_hex("epoch", ", epoch %s\n", c->epoch, sizeof(c->epoch));
	print_number("entries", "entries %" PRIu64, c->number[CTSYNC_A_ENTRIES]);
	print_number("entries-max", " of %" PRIu64 "\n", c->number[CTSYNC_A_ENTRIES_MAX]);
}

static void print_identity(const struct config *c)
{
	char text[ADDRESS_TEXT];

	print_number("node", "node %" PRIu64, c->number[CTSYNC_A_NODE]);
	print_number("cluster", " cluster %" PRIu64, c->number[CTSYNC_A_CLUSTER]);
	print_string("local", " local %s", address_text(&c->local, text));
	print_number("port", " port %" PRIu64, c->number[CTSYNC_A_PORT]);
	if (c->has[CTSYNC_A_DEV])
		print_string("dev", " dev %s", c->dev);
	if (c->has[CTSYNC_A_GROUP])
		print_string("group", " group %s", address_text(&c->group, text));
	print_bool("insecure", " insecure", c->has[CTSYNC_A_INSECURE]);
	if (c->has[CTSYNC_A_KEY_ID])
		print_number("key-id", " key %" PRIu64, c->number[CTSYNC_A_KEY_ID]);
	print_open_array("key-known");
	for (size_t i = 0; i < c->n_keys; i++)
		print_number(NULL, NULL, c->keys[i]);
	print_close_array();
	for (size_t i = 0; c->n_keys > 1 && i < c->n_keys; i++)
		print_text("%s %u", i ? "" : " of", c->keys[i]);
	print_open_array("peers");
	for (size_t i = 0; i < c->n_peers; i++)
		print_string(NULL, "\n  peer %s", address_text(&c->peers[i], text));
	print_close_array();
	print_text("\n  mark ");
	if (print_is_json() || c->number[CTSYNC_A_MARK_MASK]) {
		print_mask("mark-value", "%s", c->number[CTSYNC_A_MARK_VALUE]);
		print_mask("mark-mask", "/%s\n", c->number[CTSYNC_A_MARK_MASK]);
	} else {
		print_text("all\n");
	}
}

int show_config(struct nl *nl, const char *key, struct config *c)
{
	int ret = info_config(nl, c);

	if (ret)
		return ret;
	print_open_object(key);
	print_bool("up", NULL, c->number[CTSYNC_A_UP]);
	if (!c->number[CTSYNC_A_UP])
		print_text("not up in this namespace\n");
	else
		print_identity(c);
	for (size_t i = 0; c->number[CTSYNC_A_UP] && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!c->has[rows[i].attr])
			continue;
		print_text("  %s ", rows[i].key);
		print_row(&rows[i], c->number[rows[i].attr]);
		print_text("\n");
	}
	if (c->number[CTSYNC_A_UP])
		print_condition(c);
	print_open_array("warnings");
	for (size_t i = 0; i < c->n_warnings; i++)
		print_string(NULL, "warning: %s\n", c->warnings[i]);
	print_close_array();
	print_string("version", "module version %s\n", c->version);
	print_close_object();
	return EXIT_DONE;
}
