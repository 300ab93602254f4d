// SPDX-License-Identifier: GPL-2.0
/* show entries: the synced flows, some or all of them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "print.h"
#include "say.h"
#include "show.h"
#include "words.h"

/* What the words after "show entries" ask for. */
struct listing {
	struct choice choice;
	bool detail;
	bool progress, told;	/* on stderr */
	uint64_t read;
	uint32_t total;
};

static const char *const columns[] = {
	"PROTO", "SOURCE|21", "DESTINATION|21", "STATE|11", ">NODE", "SPLIT",
};

/* ---- one entry ---- */

/* ICMP has no ports: its id, type and code instead. */
static void members(const struct tuple *t)
{
	char text[ADDRESS_TEXT];

	print_string("src", NULL, address_text(&t->src, text));
	print_string("dst", NULL, address_text(&t->dst, text));
	if (protocol_is_icmp(t->proto)) {
		print_number("id", NULL, t->sport);
		print_number("type", NULL, t->dport >> 8);
		print_number("code", NULL, t->dport & 0xff);
	} else if (protocol_has_ports(t->proto)) {
		print_number("sport", NULL, t->sport);
		print_number("dport", NULL, t->dport);
	}
}

static void print_tuple(const char *key, const struct tuple *t, bool cells)
{
	char proto[PROTO_TEXT], text[ENDPOINT_TEXT];

	print_open_object(key);
	print_string("proto", NULL, tuple_proto_text(t, proto));
	members(t);
	print_number("zone", NULL, t->zone);
	print_close_object();
	if (print_is_json())
		return;
	if (cells) {
		print_string(NULL, "%s", proto);
		print_string(NULL, "%s", tuple_src_text(t, text));
		print_string(NULL, "%s", tuple_dst_text(t, text));
		return;
	}
	print_text("  %-8s %s %s ", key, proto, tuple_src_text(t, text));
	print_text("%s", tuple_dst_text(t, text));
	if (protocol_is_icmp(t->proto))
		print_text(" id %u type %u code %u", t->sport, t->dport >> 8, t->dport & 0xff);
	print_text(t->zone ? " zone %u\n" : "\n", t->zone);
}

static void age(const struct entry *e, const char *key, const char *format, uint16_t attr)
{
	if (e->has[attr])
		print_duration(key, format, e->number[attr], 1000);
}

static void print_tcp_dir(const char *key, const struct tcp_dir *d)
{
	if (!d->has)
		return;
	print_text("  %s", key);
	print_open_object(key);
	print_number("end", " end %" PRIu64, d->number[CTSYNC_A_TCP_DIR_END]);
	print_number("maxend", " maxend %" PRIu64, d->number[CTSYNC_A_TCP_DIR_MAXEND]);
	print_number("maxwin", " maxwin %" PRIu64, d->number[CTSYNC_A_TCP_DIR_MAXWIN]);
	print_number("maxack", " maxack %" PRIu64, d->number[CTSYNC_A_TCP_DIR_MAXACK]);
	print_number("scale", " scale %" PRIu64, d->number[CTSYNC_A_TCP_DIR_SCALE]);
	print_number("flags", " flags %" PRIu64 "\n", d->number[CTSYNC_A_TCP_DIR_FLAGS]);
	print_close_object();
}

/* What has no column. @full: text shows it too. */
static void print_rest(const struct entry *e, bool full)
{
	print_number("version", full ? " version %" PRIu64 : NULL, e->number[CTSYNC_A_ENTRY_VERSION]);
	print_number("incarnation", full ? " incarnation %" PRIu64 : NULL,
		     e->number[CTSYNC_A_ENTRY_INCARNATION]);
	print_number("holds", full ? " holds %" PRIu64 "\n" : NULL, e->number[CTSYNC_A_ENTRY_HOLDS]);
	print_mask("mark", full ? "  mark %s" : NULL, e->number[CTSYNC_A_ENTRY_MARK]);
	print_number("timeout", full ? " timeout %" PRIu64 "s" : NULL,
		     e->number[CTSYNC_A_ENTRY_TIMEOUT]);
	print_bool("seen-reply", full ? " seen-reply" : NULL, e->number[CTSYNC_A_ENTRY_SEEN_REPLY]);
	print_bool("assured", full ? " assured" : NULL, e->number[CTSYNC_A_ENTRY_ASSURED]);
	print_bool("adopted", full ? " adopted" : NULL, e->number[CTSYNC_A_ENTRY_ADOPTED]);
	print_open_array("writers");
	for (size_t i = 0; i < e->n_writers; i++) {
		print_open_object(NULL);
		print_number("node", full ? "\n  writer %" PRIu64 : NULL, e->writers[i].node);
		print_number("last", full ? " last %" PRIu64 : NULL, e->writers[i].last);
		print_close_object();
	}
	print_close_array();
	if (full)
		print_text("\n");
	if (print_is_json() || full) {
		print_tcp_dir("tcp-orig", &e->tcp_orig);
		print_tcp_dir("tcp-reply", &e->tcp_reply);
	}
}

/* What was said of it last, by whom. */
static void print_updates(const struct entry *e, bool full)
{
	if (e->has[CTSYNC_A_ENTRY_LAST_WRITER])
		print_number("last-writer", full ? " by node %" PRIu64 : NULL,
			     e->number[CTSYNC_A_ENTRY_LAST_WRITER]);
	age(e, "last-sent", full ? "\n  told %s ago" : NULL, CTSYNC_A_ENTRY_LAST_SENT);
}

void show_entry(const char *key, const struct entry *e)
{
	print_open_object(key);
	print_number("id", "entry %" PRIu64, e->number[CTSYNC_A_ENTRY_ID]);
	print_number("origin", " of node %" PRIu64 "\n", e->number[CTSYNC_A_ENTRY_ORIGIN]);
	print_tuple("orig", &e->orig, false);
	print_tuple("reply", &e->reply, false);
	print_string("state", *e->state ? "  state %s" : "  no state%.0s", e->state);
	print_string("queue", *e->queue ? " queue %s" : NULL, e->queue);
	print_bool("split", " split", e->number[CTSYNC_A_ENTRY_SPLIT]);
	age(e, "last-local", " last-local %s", CTSYNC_A_ENTRY_LAST_LOCAL);
	age(e, "last-remote", " last-remote %s", CTSYNC_A_ENTRY_LAST_REMOTE);
	print_updates(e, true);
	print_text("\n ");
	print_rest(e, true);
	print_close_object();
}

static void row(const struct entry *e)
{
	print_open_row();
	print_number("id", NULL, e->number[CTSYNC_A_ENTRY_ID]);
	print_tuple("orig", &e->orig, true);
	if (print_is_json())
		print_tuple("reply", &e->reply, true);
	print_string("state", "%s", e->state);
	print_number("origin", "%" PRIu64, e->number[CTSYNC_A_ENTRY_ORIGIN]);
	print_string("queue", NULL, e->queue);
	print_colour(PRINT_NOTED);
	print_bool("split", "split", e->number[CTSYNC_A_ENTRY_SPLIT]);
	age(e, "last-local", NULL, CTSYNC_A_ENTRY_LAST_LOCAL);
	age(e, "last-remote", NULL, CTSYNC_A_ENTRY_LAST_REMOTE);
	print_updates(e, false);
	print_rest(e, false);
	print_close_row();
}

/* ---- which ones ---- */

/* A long listing that goes to a file says now and then how far it is. */
static void progress(struct listing *c, bool end)
{
	if (!c->progress)
		return;
	if (end && c->told)
		fputs("\r\033[K", stderr);
	if (end || ++c->read % 8192)
		return;
	fprintf(stderr, "\r%" PRIu64 " of about %u entries", c->read, c->total);
	c->told = true;
}

static void one(const struct entry *e, void *data)
{
	struct listing *c = data;

	progress(c, false);
	if (c->detail)
		show_entry(NULL, e);
	else
		row(e);
}

static int take_port(const char *word, const char *value, uint16_t *port)
{
	uint64_t n;

	if (!parse_number(value, 1, UINT16_MAX, &n))
		return wrong("%s: '%s' is not a number from 1 to 65535", word, value);
	*port = n;
	return EXIT_DONE;
}

static int take_address(const char *word, const char *value, struct address *address)
{
	if (!parse_address(value, address))
		return wrong("%s: '%s' is not an address", word, value);
	return EXIT_DONE;
}

enum { W_ADDRESS, W_SRC, W_DST, W_PORT, W_SPORT, W_DPORT, W_PROTO, W_STATE, W_NODE, W_ZONE,
	W_SPLIT, W_DETAIL };

static const struct {
	const char *name;
	const char *form;	/* of its value; empty: it has none */
} filters[] = {
	{ "address", "ADDR" }, { "src", "ADDR" }, { "dst", "ADDR" }, { "port", "PORT" },
	{ "sport", "PORT" }, { "dport", "PORT" }, { "proto", "PROTOCOL" }, { "state", "STATE" },
	{ "node", "ID" }, { "zone", "N" }, { "split", "" }, { "detail", "" },
};

void show_entries_help(void)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		printf("  %s%s%s\n", filters[i].name, *filters[i].form ? " " : "", filters[i].form);
}

static int take(struct listing *l, int which, const char *value)
{
	struct choice *c = &l->choice;
	const char *word = filters[which].name;
	uint64_t n;

	switch (which) {
	case W_ADDRESS:
		return take_address(word, value, &c->address);
	case W_SRC:
		return take_address(word, value, &c->src);
	case W_DST:
		return take_address(word, value, &c->dst);
	case W_PORT:
		return take_port(word, value, &c->port);
	case W_SPORT:
		return take_port(word, value, &c->sport);
	case W_DPORT:
		return take_port(word, value, &c->dport);
	case W_PROTO:
		if (!parse_protocol(value, &c->proto))
			return wrong("proto: '%s' is not a protocol, expected tcp, udp, icmp, "
				     "icmpv6, sctp or a number", value);
		return EXIT_DONE;
	case W_STATE:
		if (!*value || strlen(value) > 15)
			return wrong("state: '%s' is no state of a protocol", value);
		c->state = value;
		return EXIT_DONE;
	case W_NODE:
		if (!parse_number(value, 1, UINT8_MAX, &n))
			return wrong("node: '%s' is not a number from 1 to 255", value);
		c->node = n;
		return EXIT_DONE;
	case W_ZONE:
		if (!parse_number(value, 0, UINT16_MAX, &n))
			return wrong("zone: '%s' is not a number from 0 to 65535", value);
		c->zone = n;
		c->has_zone = true;
		return EXIT_DONE;
	case W_SPLIT:
		c->split = true;
		return EXIT_DONE;
	case W_DETAIL:
		l->detail = true;
		return EXIT_DONE;
	}
	return EXIT_WRONG;
}

static int parse(int argc, char **argv, struct listing *l)
{
	size_t n = sizeof(filters) / sizeof(filters[0]);
	int found, ret;

	for (int i = 0; i < argc; i++) {
		found = parse_word(argv[i], filters, n, sizeof(*filters));
		/* a protocol's name alone will do */
		if (found == PARSE_UNKNOWN && parse_protocol(argv[i], &l->choice.proto))
			continue;
		if (found < 0)
			return words_wrong("show entries", argv[i], found,
					   filters, n, sizeof(*filters));
		if (*filters[found].form && i + 1 == argc)
			return wrong("%s: a value is missing", filters[found].name);
		ret = take(l, found, *filters[found].form ? argv[++i] : NULL);
		if (ret)
			return ret;
	}
	return EXIT_DONE;
}

int show_entries(int argc, char **argv)
{
	struct listing c = { };
	int ret = parse(argc, argv, &c);
	struct nl *nl;

	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = info_up(nl, &c.total);
	if (ret) {
		nl_close(nl);
		return ret;
	}
	c.progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	if (c.detail)
		print_open_array(NULL);
	else
		print_open_table(NULL, columns, sizeof(columns) / sizeof(columns[0]));
	ret = info_entries(nl, &c.choice, one, &c);
	progress(&c, true);
	if (c.detail)
		print_close_array();
	else
		print_close_table();
	nl_close(nl);
	return ret;
}
