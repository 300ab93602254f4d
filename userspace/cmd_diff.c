// SPDX-License-Identifier: GPL-2.0
/* ctsync diff: two nodes' tables side by side.
 *
 * Digests of groups first, of buckets where they differ, entries of the buckets that
 * differ; from this node and from the peer alike. As both are asked one after the
 * other while flows live on, only what differs in two rounds counts.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "info.h"
#include "print.h"
#include "say.h"
#include "tcpstate.h"
#include "wire.h"

#define PATIENCE_MS 10000	/* for one answer; a walk of a big table takes a while */
#define BETWEEN_MS 2500		/* both rounds: what changed has come to rest, or is left out */
#define GROUP 64		/* groups of so many buckets, and so many groups */

/* An entry as a node shows it, in the layout of docs/protocol.md, Digests. */
struct shown_entry {
	uint64_t id;
	uint32_t mark, mark_clock;
	uint16_t inc, status, zone;
	uint8_t origin, mark_node, l3, l4, state, changing;
	struct {
		uint8_t src[16], dst[16];
		uint16_t sport, dport;
	} tuple[2];
} __attribute__((packed));

_Static_assert(sizeof(struct shown_entry) == 100, "as on the wire");

struct table {
	const struct address *peer;	/* NULL: ours */
	struct shown_entry *entry;
	size_t n, room;
	uint32_t entries;		/* covered by its digests */
	uint64_t group[GROUP], bucket[GROUP];
};

struct difference {
	const struct shown_entry *here, *there;	/* one of them may be NULL */
};

struct comparison {
	struct nl *nl;
	uint32_t token;
	struct table here, there;
	struct difference *difference;
	size_t n;
	uint32_t changing;	/* met, but in motion */
};

/* ---- asking ---- */

static int ask(struct comparison *c, struct table *t, uint8_t what, unsigned int group,
	       uint64_t set, uint32_t cursor, struct shown *answer)
{
	struct question q = { .peer = t->peer, .what = what, .first = group * GROUP,
			      .set = set, .cursor = cursor, .token = ++c->token };
	uint64_t end = clock_us() + PATIENCE_MS * 1000;
	int ret;

	for (;;) {
		ret = info_diff(c->nl, &q, answer);
		if (ret || answer->came)
			return ret;
		if (clock_us() > end)
			return refused("no answer from the peer: is its version older than this one?");
		clock_sleep_ms(1);
	}
}

static int ask_digests(struct comparison *c, struct table *t, uint8_t what, unsigned int group,
		       uint64_t *values)
{
	struct shown a;
	int ret = ask(c, t, what, group, 0, 0, &a);

	if (ret)
		return ret;
	if (a.len != GROUP * sizeof(*values))
		return refused("an answer is not understood");
	memcpy(values, a.bytes, a.len);
	t->entries = a.entries;
	return EXIT_DONE;
}

static int keep(struct table *t, const uint8_t *bytes)
{
	if (t->n == t->room) {
		void *more = realloc(t->entry, (t->room * 2 + 64) * sizeof(*t->entry));

		if (!more)
			return refused("no memory for so many differences");
		t->entry = more;
		t->room = t->room * 2 + 64;
	}
	memcpy(&t->entry[t->n++], bytes, sizeof(*t->entry));
	return EXIT_DONE;
}

static int ask_entries(struct comparison *c, struct table *t, unsigned int group, uint64_t set)
{
	const size_t size = 8 * CTSYNC_DIGEST_WORDS;
	uint32_t cursor = 0;
	struct shown a;
	int ret;

	do {
		ret = ask(c, t, CTSYNC_DIGEST_LEVEL_SHOW_ENTRIES, group, set, cursor, &a);
		if (ret)
			return ret;
		for (size_t at = 8; at + size <= a.len && !ret; at += size)
			ret = keep(t, a.bytes + at);
		if (a.cursor && a.cursor <= cursor)
			return refused("an answer is not understood");
		cursor = a.cursor;
	} while (cursor && !ret);
	return ret;
}

/* ---- comparing ---- */

static int by_name(const void *a, const void *b)
{
	const struct shown_entry *x = a, *y = b;
	uint64_t id = be64toh(x->id), other = be64toh(y->id);

	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	return id < other ? -1 : id > other;
}

/* Where both are sorted by name. */
static int compare(struct comparison *c)
{
	struct table *h = &c->here, *t = &c->there;
	size_t i = 0, j = 0;

	if (h->n)
		qsort(h->entry, h->n, sizeof(*h->entry), by_name);
	if (t->n)
		qsort(t->entry, t->n, sizeof(*t->entry), by_name);
	c->difference = calloc(h->n + t->n + 1, sizeof(*c->difference));
	if (!c->difference)
		return refused("no memory for so many differences");
	while (i < h->n || j < t->n) {
		int order = i == h->n ? 1 : j == t->n ? -1 : by_name(&h->entry[i], &t->entry[j]);
		struct difference d = { order <= 0 ? &h->entry[i] : NULL,
					order >= 0 ? &t->entry[j] : NULL };

		i += order <= 0;
		j += order >= 0;
		if ((d.here && d.here->changing) || (d.there && d.there->changing))
			c->changing++;
		else if (order || memcmp(d.here, d.there, sizeof(*d.here)))
			c->difference[c->n++] = d;
	}
	return EXIT_DONE;
}

static int one_group(struct comparison *c, unsigned int group)
{
	uint64_t set = 0;
	int ret;

	ret = ask_digests(c, &c->here, CTSYNC_DIGEST_LEVEL_SHOW_BUCKETS, group, c->here.bucket) ?:
	      ask_digests(c, &c->there, CTSYNC_DIGEST_LEVEL_SHOW_BUCKETS, group, c->there.bucket);
	for (unsigned int i = 0; i < GROUP && !ret; i++)
		if (c->here.bucket[i] != c->there.bucket[i])
			set |= 1ull << i;
	if (ret || !set)
		return ret;
	return ask_entries(c, &c->here, group, set) ?: ask_entries(c, &c->there, group, set);
}

static int one_round(struct comparison *c)
{
	int ret;

	ret = ask_digests(c, &c->here, CTSYNC_DIGEST_LEVEL_SHOW_GROUPS, 0, c->here.group) ?:
	      ask_digests(c, &c->there, CTSYNC_DIGEST_LEVEL_SHOW_GROUPS, 0, c->there.group);
	for (unsigned int i = 0; i < GROUP && !ret; i++)
		if (c->here.group[i] != c->there.group[i])
			ret = one_group(c, i);
	return ret ?: compare(c);
}

static const struct shown_entry *either(const struct difference *d)
{
	return d->here ? d->here : d->there;
}

/* Take out of @c what did not differ in @before in the same way. */
static void only_again(struct comparison *c, const struct comparison *before)
{
	size_t kept = 0, j = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct difference *d = &c->difference[i], *b;

		while (j < before->n && by_name(either(&before->difference[j]), either(d)) < 0)
			j++;
		b = j < before->n ? &before->difference[j] : NULL;
		if (b && !by_name(either(b), either(d)) && !b->here == !d->here &&
		    !b->there == !d->there)
			c->difference[kept++] = *d;
		else
			c->changing++;
	}
	c->n = kept;
}

/* ---- printing ---- */

static void address_of(const struct shown_entry *e, const uint8_t *bytes, struct address *a)
{
	a->len = e->l3 == 6 ? 16 : 4;
	memcpy(a->bytes, bytes, a->len);
}

static void tuple_of(const struct shown_entry *e, struct tuple *t)
{
	*t = (struct tuple){ .proto = e->l4, .sport = ntohs(e->tuple[0].sport),
			     .dport = ntohs(e->tuple[0].dport), .zone = ntohs(e->zone) };
	address_of(e, e->tuple[0].src, &t->src);
	address_of(e, e->tuple[0].dst, &t->dst);
}

static const char *state_of(const struct shown_entry *e)
{
	if (e->l4 != IPPROTO_TCP)
		return ntohs(e->status) & CTSYNC_ST_SEEN_REPLY ? "replied" : "unreplied";
	return ctsync_tcpstate_name(e->state);
}

/* What is different of @e, against @other; @text has room for 24. */
static const char *what(const struct shown_entry *e, const struct shown_entry *other, char *text)
{
	if (!other || e->state != other->state)
		return state_of(e);
	if (e->mark != other->mark)
		snprintf(text, 24, "mark %#x", ntohl(e->mark));
	else if (e->status != other->status)
		snprintf(text, 24, "%s", ntohs(e->status) & CTSYNC_ST_ASSURED ? "assured" :
			 ntohs(e->status) & CTSYNC_ST_SEEN_REPLY ? "replied" : "unreplied");
	else if (e->inc != other->inc)
		snprintf(text, 24, "life %u", ntohs(e->inc));
	else if (memcmp(e->tuple, other->tuple, sizeof(e->tuple)))
		snprintf(text, 24, "other NAT");
	else
		snprintf(text, 24, "mark of %u", e->mark_node);
	return text;
}

/* In JSON all that was compared. */
static void print_side(const char *key, const struct shown_entry *e,
		       const struct shown_entry *other)
{
	char text[24];

	if (!e) {
		print_absent("-");
		return;
	}
	print_open_object(key);
	print_string("state", "%s", print_is_json() ? state_of(e) : what(e, other, text));
	if (print_is_json()) {
		print_number("mark", NULL, ntohl(e->mark));
		print_number("incarnation", NULL, ntohs(e->inc));
		print_bool("seen-reply", NULL, ntohs(e->status) & CTSYNC_ST_SEEN_REPLY);
		print_bool("assured", NULL, ntohs(e->status) & CTSYNC_ST_ASSURED);
	}
	print_close_object();
}

static void print_one(const struct difference *d)
{
	const struct shown_entry *e = either(d);
	char proto[PROTO_TEXT], text[ENDPOINT_TEXT];
	struct tuple t;

	tuple_of(e, &t);
	print_open_row();
	print_number("id", NULL, be64toh(e->id));
	print_number("origin", NULL, e->origin);
	print_string("proto", "%s", tuple_proto_text(&t, proto));
	print_string("source", "%s", tuple_src_text(&t, text));
	print_string("destination", "%s", tuple_dst_text(&t, text));
	print_number("zone", NULL, t.zone);
	print_side("here", d->here, d->there);
	print_side("there", d->there, d->here);
	print_close_row();
}

static int print(const struct comparison *c)
{
	static const char *const columns[] = {
		"PROTO", "SOURCE|21", "DESTINATION|21", "HERE|11", "THERE|11",
	};
	uint32_t here = 0, there = 0;

	for (size_t i = 0; i < c->n; i++) {
		here += !c->difference[i].there;
		there += !c->difference[i].here;
	}
	print_open_object(NULL);
	if (c->n || print_is_json()) {
		print_open_table("differences", columns, sizeof(columns) / sizeof(columns[0]));
		for (size_t i = 0; i < c->n; i++)
			print_one(&c->difference[i]);
		print_close_table();
	}
	print_number("entries-here", "compared %" PRIu64, c->here.entries);
	print_number("entries-there", " entries here with %" PRIu64 " there\n", c->there.entries);
	print_number("only-here", "%" PRIu64 " only here, ", here);
	print_number("only-there", "%" PRIu64 " only there, ", there);
	print_number("different", "%" PRIu64 " different", c->n - here - there);
	print_number("changing", ", %" PRIu64 " in motion\n", c->changing);
	print_close_object();
	return c->n ? EXIT_DIFFERS : EXIT_DONE;
}

static void clear(struct comparison *c)
{
	free(c->here.entry);
	free(c->there.entry);
	free(c->difference);
}

int cmd_diff(int argc, char **argv)
{
	struct comparison first = { }, second = { };
	struct address peer;
	int ret;

	if (argc != 1)
		return wrong(argc ? "diff: '%s' is unknown, expected one address of a peer" :
			     "diff: the address of a peer is missing", argc ? argv[1] : "");
	if (!parse_address(argv[0], &peer))
		return wrong("diff: '%s' is not an address of a peer", argv[0]);
	first.nl = nl_open();
	if (!first.nl)
		return EXIT_REFUSED;
	first.there.peer = &peer;
	first.token = getpid() << 16;
	ret = one_round(&first);
	if (!ret && first.n) {
		clock_sleep_ms(BETWEEN_MS);
		second = (struct comparison){ .nl = first.nl, .token = first.token,
					      .there.peer = &peer };
		ret = one_round(&second);
		if (!ret)
			only_again(&second, &first);
	}
	if (!ret)
		ret = print(first.n ? &second : &first);
	nl_close(first.nl);
	clear(&first);
	clear(&second);
	return ret;
}
