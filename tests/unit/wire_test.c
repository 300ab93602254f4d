// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/wire*.c: golden bytes both ways, every bound, every refusal. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tcpstate.h"
#include "wire.h"

#ifndef GOLDEN
#define GOLDEN "golden.txt"
#endif

/* ---- golden bytes ---- */

struct golden {
	u8 bytes[2048];
	u32 len;
};

static int hex(int c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* Read paragraph @name of golden.txt, appending to @g. */
static void golden_add(struct golden *g, const char *name)
{
	u32 before = g->len;
	bool inside = false, blank = true;
	char line[256];
	FILE *f = fopen(GOLDEN, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *p = line;

		/* a line that is only a comment does not end a paragraph */
		if (line[0] == '#')
			continue;
		line[strcspn(line, "#\n")] = 0;
		if (line[strspn(line, " \t")] == 0) {
			blank = true;
			continue;
		}
		if (blank) {
			inside = strcmp(line, name) == 0;
			blank = false;
			continue;
		}
		while (inside && *(p += strspn(p, " \t"))) {
			int high = hex(p[0]), low = hex(p[1]);

			assert_true(high >= 0 && low >= 0);
			assert_true(g->len < sizeof(g->bytes));
			g->bytes[g->len++] = high << 4 | low;
			p += 2;
		}
	}
	fclose(f);
	if (g->len == before)
		fail_msg("no paragraph %s", name);
}

static struct golden golden_frame(const char *name)
{
	struct golden g = { .len = 0 };

	golden_add(&g, "header");
	if (name)
		golden_add(&g, name);
	return g;
}

/* ---- what the golden bytes mean ---- */

static const struct ctsync_frame header = {
	.version = 1, .key_id = 0, .node = 7, .dest = 9, .channel = 5,
	.flags = 0, .cluster = 0x0102, .seq = 0x123456789abc,
	.epoch = { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
		   0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf },
};

static const struct {
	const char *name;
	u8 type;
	struct ctsync_flow flow;
} flows[] = {
	{ "insert_v4", CTSYNC_MSG_INSERT, {
		.ref = { 0x1122334455667788, 1, 1, 7, CTSYNC_REF_ACK },
		.state = CTSYNC_TCP_SYN_SENT,
		.dirs = CTSYNC_DIR_SEEN0 | CTSYNC_DIR_WIN0,
		.win[0] = { 0x1001, 0x2002, 64240, 0x3003, 7,
			    CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_SACK },
		.l3 = 4, .l4 = 6, .mark = 0x10,
		.orig = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 }, 54321, 80 },
	} },
	{ "insert_nat_udp", CTSYNC_MSG_INSERT, {
		.ref = { 0x1122334455667789, 2, 0, 7, 0 },
		.status = CTSYNC_ST_SEEN_REPLY | CTSYNC_ST_SRC_NAT |
			  CTSYNC_ST_DST_NAT | CTSYNC_ST_NAT_DONE,
		.dirs = CTSYNC_DIR_SEEN0 | CTSYNC_DIR_SEEN1,
		.l3 = 4, .l4 = 17, .zone = 7, .mark = 0x10,
		.orig = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 }, 8080, 53 },
		.has_reply = true,
		.reply = { { 198, 51, 100, 1 }, { 203, 0, 113, 1 }, 53, 40000 },
	} },
	{ "update_v6_all", CTSYNC_MSG_UPDATE, {
		.ref = { 0xffeeddccbbaa9988, 0xfffffffe, 0xffff, 255,
			 CTSYNC_REF_COPY | CTSYNC_REF_ANSWER |
			 CTSYNC_REF_SEEN0 | CTSYNC_REF_SEEN1 },
		.status = 0x007f,
		.state = CTSYNC_TCP_ESTABLISHED,
		.dirs = 0x0f,
		.win = {
			{ 0xfffffff0, 0x80000001, 0x3fffc000, 0x7fffffff, 14,
			  CTSYNC_TCPF_WIRE },
			{ 0x10, 0x12345678, 1, 0x9abcdef0, 0, 0 },
		},
		.l3 = 6, .l4 = 6, .zone = 0xffff, .life = 3600,
		.mark = 0xdeadbeef, .mark_clock = 9, .mark_node = 3,
		.orig = { { 0x20, 1, 0xd, 0xb8, [15] = 1 },
			  { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 2 }, 1024, 443 },
		.has_reply = true,
		.reply = { { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 2 },
			   { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 443, 1025 },
		.has_last = true,
		.last = { 0x01020304, 0x05060708, 0x1000, 14, 0x83, 1, 3 },
	} },
	{ "update_c_none", CTSYNC_MSG_UPDATE_C, {
		.ref = { 1, 3, 2, 1, 0 },
		.status = CTSYNC_ST_SEEN_REPLY | CTSYNC_ST_ASSURED,
		.dirs = CTSYNC_DIR_SEEN1,
	} },
	{ "update_c_one", CTSYNC_MSG_UPDATE_C, {
		.ref = { 0x0102030405060708, 0x100, 2, 7, 0 },
		.status = CTSYNC_ST_SEEN_REPLY | CTSYNC_ST_ASSURED,
		.state = CTSYNC_TCP_ESTABLISHED,
		.dirs = CTSYNC_DIR_SEEN1 | CTSYNC_DIR_WIN1,
		.win[1] = { 0x10000, 0x20000, 0x30000, 0x40000, 5, 1 },
	} },
	{ "update_c_two", CTSYNC_MSG_UPDATE_C, {
		.ref = { 0x0102030405060708, 0x101, 2, 7, CTSYNC_REF_ACK },
		.status = CTSYNC_ST_SEEN_REPLY | CTSYNC_ST_ASSURED,
		.state = CTSYNC_TCP_LAST_ACK,
		.dirs = 0x0f,
		.win = {
			{ 0x10000, 0x20000, 0x30000, 0x40000, 5, 1 },
			{ 0x50000, 0x60000, 0x70000, 0x80000, 9, 0x0e },
		},
	} },
	{ "insert_related", CTSYNC_MSG_INSERT, {
		.ref = { 0x0102030405060710, 1, 0, 7, 0 },
		.dirs = CTSYNC_DIR_SEEN0,
		.l3 = 4, .l4 = 17, .mark = 0x10,
		.orig = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 }, 5060, 5060 },
		.help = { "sip", 3, { 7, 9, 5060 } },
		.adjust = { true, { { 0x1000, 1, 3 }, { 0xffffff00, -2, 0 } } },
		.master_origin = 7, .master_id = 0x0102030405060708,
	} },
	{ "insert_sctp", CTSYNC_MSG_INSERT, {
		.ref = { 0x112233445566778a, 3, 0, 7, 0 },
		.status = CTSYNC_ST_SEEN_REPLY | CTSYNC_ST_OFFLOAD,
		.dirs = CTSYNC_DIR_SEEN0,
		.l3 = 4, .l4 = 132, .zone = 5, .zone_dir = CTSYNC_ZONE_REPLY,
		.mark = 0x10,
		.orig = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 }, 5000, 5001 },
		.proto = { .clock = 0x01020304, .node = 7, .state = 4,
			   .bits = 3, .last = 9, .data = 0x1122334455667788 },
		.has_labels = true,
		.labels = { 1, 2, [15] = 0x80 },
	} },
	{ "insert_policy", CTSYNC_MSG_INSERT, {
		.ref = { 0x112233445566778b, 3, 0, 7, 0 },
		.status = CTSYNC_ST_SEEN_REPLY,
		.dirs = CTSYNC_DIR_SEEN0,
		.l3 = 4, .l4 = 17, .mark = 0x10,
		.orig = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 }, 5000, 5001 },
		.nr_timeouts = 2, .timeouts = { 30, 600 },
	} },
	{ "insert_counted", CTSYNC_MSG_INSERT, {
		.ref = { 0x112233445566778c, 3, 0, 7, 0 },
		.status = CTSYNC_ST_SEEN_REPLY, .state = CTSYNC_TCP_SYN_RECV,
		.dirs = CTSYNC_DIR_SEEN0 | CTSYNC_DIR_SEEN1,
		.l3 = 4, .l4 = 6, .mark = 0x10,
		.orig = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 }, 5000, 5001 },
		.counts = { true, { 3, 1ull << 32 }, { 180, 0x0102030405060708 },
			    0x1111222233334444 },
		.synproxy = { true, 0xa0a1a2a3, 0xb0b1b2b3, 5 },
	} },
};

static const struct {
	const char *name;
	u8 type;
	struct ctsync_note note;
} notes[] = {
	{ "delete", CTSYNC_MSG_DELETE, {
		.ref = { 0x0102030405060708, 0x102, 2, 7, 0 },
		.reason = CTSYNC_DEL_CLOSED,
	} },
	{ "forget", CTSYNC_MSG_FORGET, {
		.ref = { 0x0102030405060708, 0x103, 2, 7, 0 },
	} },
	{ "iack", CTSYNC_MSG_IACK, {
		.ref = { 0x0102030405060708, 0x104, 2, 7, 0 }, .to = 9,
	} },
	{ "inack", CTSYNC_MSG_INACK, {
		.ref = { 0x0102030405060708, 0x105, 2, 9, 0 }, .to = 9,
		.reason = CTSYNC_INACK_CONFLICT, .win_origin = 7,
		.win_id = 0x8899aabbccddeeff,
	} },
	{ "request", CTSYNC_MSG_REQUEST, {
		.ref = { 0x0102030405060708, 0x106, 2, 9, CTSYNC_REF_SEEN1 },
		.to = 9,
	} },
};

static const struct {
	const char *name;
	u8 type;
	struct ctsync_expect expect;
} expects[] = {
	{ "expect_new", CTSYNC_MSG_EXPECT_NEW, {
		.ref = { 0x0102030405060708, 0x107, 2, 7, 0 },
		.l3 = 4, .l4 = 17, .mask_sport = 0xffff,
		.mask_src = { 255, 255, 255, 255 },
		.tuple = { { 192, 0, 2, 1 }, { 10, 0, 0, 1 }, 5000, 7000 },
		.class = 1, .flags = CTSYNC_EXP_PERMANENT | CTSYNC_EXP_INACTIVE,
		.dir = 1, .life = 300,
		.saved = { 10, 1, 0, 2 }, .saved_port = 7000,
		.fn = "nat-follow-master", .helper = "sip",
	} },
	{ "expect_del", CTSYNC_MSG_EXPECT_DEL, {
		.ref = { 0x0102030405060708, 0x108, 2, 7, 0 },
		.l3 = 6, .l4 = 6,
		.mask_src = { 255, 255, 255, 255, 255, 255, 255, 255,
			      255, 255, 255, 255, 255, 255, 255, 255 },
		.tuple = { { 0x20, 1, 0xd, 0xb8, [15] = 1 },
			   { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 2 }, 0, 443 },
	} },
};

static const struct ctsync_hello hello = {
	.flags = CTSYNC_HELLO_READY | CTSYNC_HELLO_DRAIN, .to = 9,
	.nr_streams = 3,
	.to_epoch = { 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
		      0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f },
	.challenge = { 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27,
		       0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f },
	.echo = { 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
		  0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f },
	.time = 1, .echo_time = 2, .echo_age = 3,
	.mark_value = 0x10, .mark_mask = 0x30, .mark_sync = 0x40,
	.config = 0xcafef00d, .version_max = 1, .longest = 1452, .had = 4,
	.streams = {
		{ 0, 0, 1 },
		{ 0, 63, 0x123456789abc },
		{ 9, 5, 0xffffffffffff },
	},
};

static void assert_ref(const struct ctsync_ref *a, const struct ctsync_ref *b)
{
	assert_true(a->id == b->id);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->inc, b->inc);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->flags, b->flags);
}

static void assert_tuple(const struct ctsync_tuple *a,
			 const struct ctsync_tuple *b)
{
	assert_memory_equal(a->src, b->src, sizeof(a->src));
	assert_memory_equal(a->dst, b->dst, sizeof(a->dst));
	assert_int_equal(a->sport, b->sport);
	assert_int_equal(a->dport, b->dport);
}

static void assert_flow(const struct ctsync_flow *a, const struct ctsync_flow *b)
{
	assert_ref(&a->ref, &b->ref);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->dirs, b->dirs);
	for (int d = 0; d < 2; d++) {
		assert_int_equal(a->win[d].end, b->win[d].end);
		assert_int_equal(a->win[d].maxend_other, b->win[d].maxend_other);
		assert_int_equal(a->win[d].maxwin, b->win[d].maxwin);
		assert_int_equal(a->win[d].maxack, b->win[d].maxack);
		assert_int_equal(a->win[d].scale, b->win[d].scale);
		assert_int_equal(a->win[d].flags, b->win[d].flags);
	}
	assert_int_equal(a->l3, b->l3);
	assert_int_equal(a->l4, b->l4);
	assert_int_equal(a->zone, b->zone);
	assert_int_equal(a->life, b->life);
	assert_int_equal(a->mark, b->mark);
	assert_int_equal(a->mark_clock, b->mark_clock);
	assert_int_equal(a->mark_node, b->mark_node);
	assert_int_equal(a->has_reply, b->has_reply);
	assert_int_equal(a->has_last, b->has_last);
	assert_tuple(&a->orig, &b->orig);
	assert_tuple(&a->reply, &b->reply);
	assert_int_equal(a->last.seq, b->last.seq);
	assert_int_equal(a->last.end, b->last.end);
	assert_int_equal(a->last.win, b->last.win);
	assert_int_equal(a->last.wscale, b->last.wscale);
	assert_int_equal(a->last.flags, b->last.flags);
	assert_int_equal(a->last.dir, b->last.dir);
	assert_int_equal(a->last.index, b->last.index);
	assert_int_equal(a->nr_timeouts, b->nr_timeouts);
	assert_memory_equal(a->timeouts, b->timeouts, sizeof(a->timeouts));
	assert_int_equal(a->counts.present, b->counts.present);
	assert_memory_equal(a->counts.packets, b->counts.packets,
			    sizeof(a->counts.packets));
	assert_memory_equal(a->counts.bytes, b->counts.bytes,
			    sizeof(a->counts.bytes));
	assert_int_equal(a->counts.start, b->counts.start);
	assert_int_equal(a->synproxy.present, b->synproxy.present);
	assert_int_equal(a->synproxy.isn, b->synproxy.isn);
	assert_int_equal(a->synproxy.its, b->synproxy.its);
	assert_int_equal(a->synproxy.tsoff, b->synproxy.tsoff);
	assert_int_equal(a->zone_dir, b->zone_dir);
	assert_int_equal(a->has_labels, b->has_labels);
	assert_memory_equal(a->labels, b->labels, sizeof(a->labels));
	assert_int_equal(a->proto.clock, b->proto.clock);
	assert_int_equal(a->proto.node, b->proto.node);
	assert_int_equal(a->proto.state, b->proto.state);
	assert_int_equal(a->proto.bits, b->proto.bits);
	assert_int_equal(a->proto.last, b->proto.last);
	assert_true(a->proto.data == b->proto.data);
	assert_memory_equal(a->help.name, b->help.name, sizeof(a->help.name));
	assert_int_equal(a->help.nr_words, b->help.nr_words);
	assert_memory_equal(a->help.word, b->help.word, sizeof(a->help.word));
	assert_int_equal(a->adjust.present, b->adjust.present);
	assert_memory_equal(a->adjust.dir, b->adjust.dir, sizeof(a->adjust.dir));
	assert_int_equal(a->master_origin, b->master_origin);
	assert_true(a->master_id == b->master_id);
}

static void assert_expect(const struct ctsync_expect *a,
			  const struct ctsync_expect *b)
{
	assert_ref(&a->ref, &b->ref);
	assert_int_equal(a->l3, b->l3);
	assert_int_equal(a->l4, b->l4);
	assert_int_equal(a->mask_sport, b->mask_sport);
	assert_memory_equal(a->mask_src, b->mask_src, sizeof(a->mask_src));
	assert_tuple(&a->tuple, &b->tuple);
	assert_int_equal(a->class, b->class);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->dir, b->dir);
	assert_int_equal(a->life, b->life);
	assert_memory_equal(a->saved, b->saved, sizeof(a->saved));
	assert_int_equal(a->saved_port, b->saved_port);
	assert_memory_equal(a->fn, b->fn, sizeof(a->fn));
	assert_memory_equal(a->helper, b->helper, sizeof(a->helper));
}

static void assert_note(const struct ctsync_note *a, const struct ctsync_note *b)
{
	assert_ref(&a->ref, &b->ref);
	assert_int_equal(a->to, b->to);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->win_origin, b->win_origin);
	assert_true(a->win_id == b->win_id);
}

static void assert_hello(const struct ctsync_hello *a,
			 const struct ctsync_hello *b)
{
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->to, b->to);
	assert_int_equal(a->nr_streams, b->nr_streams);
	assert_memory_equal(a->to_epoch, b->to_epoch, 16);
	assert_memory_equal(a->challenge, b->challenge, 16);
	assert_memory_equal(a->echo, b->echo, 16);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->echo_time, b->echo_time);
	assert_int_equal(a->echo_age, b->echo_age);
	assert_int_equal(a->mark_value, b->mark_value);
	assert_int_equal(a->mark_mask, b->mark_mask);
	assert_int_equal(a->mark_sync, b->mark_sync);
	assert_int_equal(a->config, b->config);
	assert_int_equal(a->version_max, b->version_max);
	assert_int_equal(a->longest, b->longest);
	assert_int_equal(a->had, b->had);
	for (int i = 0; i < a->nr_streams; i++) {
		assert_int_equal(a->streams[i].dest, b->streams[i].dest);
		assert_int_equal(a->streams[i].channel, b->streams[i].channel);
		assert_true(a->streams[i].next == b->streams[i].next);
	}
}

/* Begin a frame in @buf with room for exactly @room bytes after the header. */
static struct ctsync_enc begin(u8 *buf, u32 room)
{
	struct ctsync_enc enc;

	ctsync_wire_begin(&enc, buf, CTSYNC_WIRE_HDR + room, &header);
	return enc;
}

/* The first section of golden paragraph @name; @g keeps the bytes. */
static struct ctsync_section section(struct golden *g, const char *name)
{
	struct ctsync_section sec;
	struct ctsync_frame frame;
	struct ctsync_dec dec;

	*g = golden_frame(name);
	assert_int_equal(ctsync_wire_open(&dec, g->bytes, g->len, &frame), 0);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 1);
	assert_int_equal(dec.off, g->len);
	return sec;
}

/* The message of @g after the header and the section header. */
static u8 *message(struct golden *g)
{
	return g->bytes + CTSYNC_WIRE_HDR + CTSYNC_WIRE_SECTION;
}

/* A section of the one message in @g, read as @size bytes long. It lies in
 * memory of exactly that size, so that reading past it is seen.
 */
static struct ctsync_section exact(u8 type, const u8 *from, u32 size)
{
	struct ctsync_section sec = { .type = type, .size = size, .count = 1 };
	u8 *p = malloc(size ? size : 1);

	assert_non_null(p);
	memcpy(p, from, size);
	sec.messages = p;
	return sec;
}

static void release(struct ctsync_section *sec)
{
	free((void *)sec->messages);
}

/* Is @lower the lower-case form of @upper? */
static bool is_lower_of(const char *lower, const char *upper)
{
	while (*upper && tolower(*upper) == *lower) {
		upper++;
		lower++;
	}
	return !*upper && !*lower;
}

/* ---- tests ---- */

static void error_name__all(void **state)
{
	(void)state;
#define X(name) assert_true(is_lower_of( \
		ctsync_wire_error_name(CTSYNC_WIRE_##name), #name));
	CTSYNC_WIRE_ERRORS(X)
#undef X
	assert_string_equal(ctsync_wire_error_name(CTSYNC_WIRE_ERROR_MAX), "?");
}

static void msg_name__all(void **state)
{
	(void)state;
#define X(name, number, size) assert_true(is_lower_of( \
		ctsync_wire_msg_name(CTSYNC_MSG_##name), #name));
	CTSYNC_MSGS(X)
#undef X
	assert_null(ctsync_wire_msg_name(0));
	assert_null(ctsync_wire_msg_name(CTSYNC_MSG_MAX));
	assert_null(ctsync_wire_msg_name(255));
}

static void flow_size__is_what_put_writes(void **state)
{
	u8 buf[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(flows); i++) {
		struct ctsync_enc enc = begin(buf, 400);

		assert_true(ctsync_wire_put_flow(&enc, flows[i].type,
						 &flows[i].flow));
		assert_int_equal(ctsync_wire_flow_size(flows[i].type,
						       &flows[i].flow),
				 enc.len - CTSYNC_WIRE_HDR -
				 CTSYNC_WIRE_SECTION);
	}
}

static void flow_size__compressed_is_small(void **state)
{
	struct ctsync_flow f = { .dirs = CTSYNC_DIR_WIN0 };

	(void)state;
	assert_int_equal(ctsync_wire_flow_size(CTSYNC_MSG_UPDATE_C, &f), 38);
	f.dirs = CTSYNC_DIR_WIN0 | CTSYNC_DIR_WIN1;
	assert_int_equal(ctsync_wire_flow_size(CTSYNC_MSG_UPDATE_C, &f), 56);
}

static void note_size__all(void **state)
{
	(void)state;
	assert_int_equal(ctsync_wire_note_size(CTSYNC_MSG_DELETE), 20);
	assert_int_equal(ctsync_wire_note_size(CTSYNC_MSG_FORGET), 16);
	assert_int_equal(ctsync_wire_note_size(CTSYNC_MSG_IACK), 20);
	assert_int_equal(ctsync_wire_note_size(CTSYNC_MSG_INACK), 32);
	assert_int_equal(ctsync_wire_note_size(CTSYNC_MSG_REQUEST), 20);
	assert_int_equal(ctsync_wire_note_size(0), 0);
	assert_int_equal(ctsync_wire_note_size(255), 0);
}

static void size_max__bounds_every_message(void **state)
{
	(void)state;
	assert_int_equal(ctsync_wire_size_max(CTSYNC_MSG_INSERT), 421);
	assert_int_equal(ctsync_wire_size_max(CTSYNC_MSG_UPDATE), 421);
	assert_int_equal(ctsync_wire_size_max(CTSYNC_MSG_UPDATE_C), 56);
	assert_int_equal(ctsync_wire_size_max(CTSYNC_MSG_INACK), 32);
	assert_int_equal(ctsync_wire_size_max(CTSYNC_MSG_HELLO), 96 + 128 * 8);
	for (u32 i = 0; i < ARRAY_SIZE(flows); i++)
		assert_true(ctsync_wire_flow_size(flows[i].type, &flows[i].flow)
			    <= ctsync_wire_size_max(flows[i].type));
}

static void begin__writes_header(void **state)
{
	struct golden g = golden_frame(NULL);
	struct ctsync_enc enc;
	u8 buf[64];

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	ctsync_wire_begin(&enc, buf, sizeof(buf), &header);
	assert_int_equal(enc.len, g.len);
	assert_int_equal(enc.size, sizeof(buf));
	assert_int_equal(enc.messages, 0);
	assert_memory_equal(buf, g.bytes, g.len);
}

static void begin__leaves_room_for_tag(void **state)
{
	struct ctsync_frame keyed = header;
	struct ctsync_enc enc;
	u8 buf[128];

	(void)state;
	keyed.key_id = 3;
	ctsync_wire_begin(&enc, buf, sizeof(buf), &keyed);
	assert_int_equal(enc.size, sizeof(buf) - CTSYNC_WIRE_TAG);
	assert_int_equal(buf[5], 3);
}

static void set_seq__changes_only_seq(void **state)
{
	struct golden g = golden_frame(NULL);
	u8 buf[CTSYNC_WIRE_HDR];

	(void)state;
	begin(buf, 0);
	ctsync_wire_set_seq(buf, 0xfedcba987654);
	memcpy(g.bytes + 12, "\xfe\xdc\xba\x98\x76\x54", 6);
	assert_memory_equal(buf, g.bytes, sizeof(buf));
}

/* Epoch, destination, channel, sequence number, wherever the header has them. */
static void nonce__is_of_the_header(void **state)
{
	static const u8 want[CTSYNC_WIRE_NONCE] = {
		0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
		0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
		0x09, 0x05, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc,
	};
	u8 nonce[CTSYNC_WIRE_NONCE];
	struct golden g = { .len = 0 };

	(void)state;
	golden_add(&g, "header");
	ctsync_wire_nonce(g.bytes, nonce);
	assert_memory_equal(nonce, want, sizeof(want));
}

static void open__longest(void **state)
{
	static u8 buf[CTSYNC_WIRE_FRAME_MAX + 1];
	struct golden g = { .len = 0 };
	struct ctsync_frame frame;
	struct ctsync_dec dec;

	(void)state;
	golden_add(&g, "header");
	memcpy(buf, g.bytes, g.len);
	assert_int_equal(ctsync_wire_open(&dec, buf, CTSYNC_WIRE_FRAME_MAX, &frame),
			 CTSYNC_WIRE_OK);
	assert_int_equal(ctsync_wire_open(&dec, buf, CTSYNC_WIRE_FRAME_MAX + 1, &frame),
			 CTSYNC_WIRE_LONG);
}

static void put_flow__golden(void **state)
{
	u8 buf[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(flows); i++) {
		struct golden g = golden_frame(flows[i].name);
		struct ctsync_enc enc = begin(buf, 400);

		memset(buf + enc.len, 0xee, sizeof(buf) - enc.len);
		assert_true(ctsync_wire_put_flow(&enc, flows[i].type,
						 &flows[i].flow));
		assert_int_equal(enc.len, g.len);
		assert_memory_equal(buf, g.bytes, g.len);
	}
}

static void put_flow__masks_what_has_no_place(void **state)
{
	struct ctsync_flow f = flows[5].flow;
	struct golden g = golden_frame("update_c_two");
	u8 buf[512];
	struct ctsync_enc enc = begin(buf, 400);

	(void)state;
	f.status |= 0xff00;
	f.dirs |= 0xf0;
	f.ref.flags |= 0xe0;
	f.win[0].flags |= 0xf0;
	assert_true(ctsync_wire_put_flow(&enc, CTSYNC_MSG_UPDATE_C, &f));
	assert_memory_equal(buf, g.bytes, g.len);
}

static void put_flow__shares_section(void **state)
{
	const struct ctsync_flow *one = &flows[4].flow, *two = &flows[5].flow;
	struct ctsync_section sec;
	struct ctsync_frame frame;
	struct ctsync_flow out;
	struct ctsync_dec dec;
	u8 buf[512];
	struct ctsync_enc enc = begin(buf, 400);

	(void)state;
	/* the same type and length share; another length or type does not */
	assert_true(ctsync_wire_put_flow(&enc, CTSYNC_MSG_UPDATE_C, one));
	assert_true(ctsync_wire_put_flow(&enc, CTSYNC_MSG_UPDATE_C, one));
	assert_true(ctsync_wire_put_flow(&enc, CTSYNC_MSG_UPDATE_C, two));
	assert_true(ctsync_wire_put_note(&enc, CTSYNC_MSG_IACK, &notes[2].note));
	assert_true(ctsync_wire_put_note(&enc, CTSYNC_MSG_REQUEST,
					 &notes[4].note));
	assert_int_equal(enc.messages, 5);
	assert_int_equal(enc.len, CTSYNC_WIRE_HDR + 4 * CTSYNC_WIRE_SECTION +
			 2 * 38 + 56 + 2 * 20);

	assert_int_equal(ctsync_wire_open(&dec, buf, enc.len, &frame), 0);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 2);
	assert_int_equal(sec.size, 38);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ctsync_wire_get_flow(&sec, i, &out), 0);
		assert_flow(&out, one);
	}
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 1);
	assert_int_equal(ctsync_wire_get_flow(&sec, 0, &out), 0);
	assert_flow(&out, two);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.type, CTSYNC_MSG_IACK);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.type, CTSYNC_MSG_REQUEST);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 0);
}

static void put_flow__full_frame_writes_nothing(void **state)
{
	const struct ctsync_flow *one = &flows[4].flow;
	u32 first = CTSYNC_WIRE_SECTION + 38;
	u8 buf[512], before[512];

	(void)state;
	for (u32 room = 0; room < first + 2 * 38; room++) {
		struct ctsync_enc enc = begin(buf, room), old;
		u32 fits = room < first ? 0 : 1 + (room - first) / 38;

		for (u32 i = 0; i < fits; i++)
			assert_true(ctsync_wire_put_flow(
					    &enc, CTSYNC_MSG_UPDATE_C, one));
		memset(buf + enc.len, 0xee, sizeof(buf) - enc.len);
		memcpy(before, buf, sizeof(buf));
		old = enc;
		assert_false(ctsync_wire_put_flow(&enc, CTSYNC_MSG_UPDATE_C,
						  one));
		assert_memory_equal(buf, before, sizeof(buf));
		assert_memory_equal(&enc, &old, sizeof(enc));
	}
}

static void put_flow__count_does_not_wrap(void **state)
{
	const struct ctsync_note *note = &notes[1].note;
	u32 room = 65536 * 16 + 2 * CTSYNC_WIRE_SECTION;
	u8 *buf = malloc(CTSYNC_WIRE_HDR + room);
	struct ctsync_section sec;
	struct ctsync_dec dec;
	struct ctsync_enc enc = begin(buf, room);

	(void)state;
	for (u32 i = 0; i < 65536; i++)
		assert_true(ctsync_wire_put_note(&enc, CTSYNC_MSG_FORGET, note));
	/* longer than a frame may be */
	dec = (struct ctsync_dec){ .buf = buf, .len = enc.len, .off = CTSYNC_WIRE_HDR };
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 65535);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 1);
	free(buf);
}

static void put_note__golden(void **state)
{
	u8 buf[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(notes); i++) {
		struct golden g = golden_frame(notes[i].name);
		struct ctsync_enc enc = begin(buf, 400);

		memset(buf + enc.len, 0xee, sizeof(buf) - enc.len);
		assert_true(ctsync_wire_put_note(&enc, notes[i].type,
						 &notes[i].note));
		assert_int_equal(enc.len, g.len);
		assert_memory_equal(buf, g.bytes, g.len);
	}
}

static void put_expect__golden(void **state)
{
	u8 buf[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(expects); i++) {
		struct golden g = golden_frame(expects[i].name);
		struct ctsync_enc enc = begin(buf, 400);

		memset(buf + enc.len, 0xee, sizeof(buf) - enc.len);
		assert_true(ctsync_wire_put_expect(&enc, expects[i].type,
						   &expects[i].expect));
		assert_int_equal(enc.len, g.len);
		assert_memory_equal(buf, g.bytes, g.len);
		assert_int_equal(enc.len - CTSYNC_WIRE_HDR - CTSYNC_WIRE_SECTION,
				 ctsync_wire_expect_size(expects[i].type,
							 &expects[i].expect));
		assert_true(ctsync_wire_expect_size(expects[i].type,
						    &expects[i].expect) <=
			    ctsync_wire_size_max(expects[i].type));
		/* one byte less room: nothing is written */
		enc = begin(buf, g.len - CTSYNC_WIRE_HDR - 1);
		assert_false(ctsync_wire_put_expect(&enc, expects[i].type,
						    &expects[i].expect));
		assert_int_equal(enc.messages, 0);
	}
}

static void put_hello__golden(void **state)
{
	struct golden g = golden_frame("hello");
	u8 buf[512];
	struct ctsync_enc enc = begin(buf, 400);

	(void)state;
	memset(buf + enc.len, 0xee, sizeof(buf) - enc.len);
	assert_true(ctsync_wire_put_hello(&enc, &hello));
	assert_int_equal(enc.len, g.len);
	assert_memory_equal(buf, g.bytes, g.len);
}

static void put_hello__all_streams(void **state)
{
	struct ctsync_hello h = hello, out;
	struct ctsync_section sec;
	struct ctsync_frame frame;
	struct ctsync_dec dec;
	u8 buf[1400];
	struct ctsync_enc enc = begin(buf, sizeof(buf) - CTSYNC_WIRE_HDR);

	(void)state;
	h.nr_streams = 2 * CTSYNC_WIRE_CHANNELS;
	for (u32 i = 0; i < h.nr_streams; i++) {
		h.streams[i].dest = i < 64 ? 0 : 9;
		h.streams[i].channel = i % 64;
		h.streams[i].next = i + 1;
	}
	assert_true(ctsync_wire_put_hello(&enc, &h));
	assert_int_equal(ctsync_wire_open(&dec, buf, enc.len, &frame), 0);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.size, ctsync_wire_size_max(CTSYNC_MSG_HELLO));
	assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_hello(&out, &h);
}

static enum ctsync_wire_error open_patched(u32 off, u8 value, u32 len)
{
	struct golden g = golden_frame(NULL);
	struct ctsync_frame frame;
	struct ctsync_dec dec;

	g.bytes[off] = value;
	return ctsync_wire_open(&dec, g.bytes, len, &frame);
}

static void open__golden(void **state)
{
	struct golden g = golden_frame("iack");
	struct ctsync_frame frame;
	struct ctsync_dec dec;

	(void)state;
	assert_int_equal(ctsync_wire_open(&dec, g.bytes, g.len, &frame), 0);
	assert_int_equal(dec.len, g.len);
	assert_int_equal(dec.off, CTSYNC_WIRE_HDR);
	assert_int_equal(frame.version, header.version);
	assert_int_equal(frame.key_id, header.key_id);
	assert_int_equal(frame.node, header.node);
	assert_int_equal(frame.dest, header.dest);
	assert_int_equal(frame.channel, header.channel);
	assert_int_equal(frame.flags, header.flags);
	assert_int_equal(frame.cluster, header.cluster);
	assert_true(frame.seq == header.seq);
	assert_memory_equal(frame.epoch, header.epoch, 16);
}

static void open__tag_left_out(void **state)
{
	struct golden g = golden_frame("iack");
	struct ctsync_frame frame;
	struct ctsync_dec dec;

	(void)state;
	g.bytes[5] = 1;
	assert_int_equal(ctsync_wire_open(&dec, g.bytes, g.len, &frame), 0);
	assert_int_equal(dec.len, g.len - CTSYNC_WIRE_TAG);
	assert_int_equal(open_patched(5, 1, 36 + 15), CTSYNC_WIRE_SHORT);
	assert_int_equal(open_patched(5, 1, 36 + 16), CTSYNC_WIRE_OK);
}

static void open__refuses(void **state)
{
	(void)state;
	for (u32 len = 0; len < CTSYNC_WIRE_HDR; len++)
		assert_int_equal(open_patched(0, 0x43, len), CTSYNC_WIRE_SHORT);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(open_patched(i, 0, 36), CTSYNC_WIRE_BAD_MAGIC);
	assert_int_equal(open_patched(4, 0, 36), CTSYNC_WIRE_BAD_VERSION);
	assert_int_equal(open_patched(4, 2, 36), CTSYNC_WIRE_BAD_VERSION);
	assert_int_equal(open_patched(8, 0, 36), CTSYNC_WIRE_VALUE);
	assert_int_equal(open_patched(10, 63, 36), CTSYNC_WIRE_OK);
	assert_int_equal(open_patched(10, 64, 36), CTSYNC_WIRE_VALUE);
	/* flags and reserved bytes are not looked at */
	assert_int_equal(open_patched(11, 0xff, 36), CTSYNC_WIRE_OK);
	assert_int_equal(open_patched(18, 0xff, 36), CTSYNC_WIRE_OK);
}

/* ctsync_wire_next on a frame that ends with @len bytes of @bytes. */
static enum ctsync_wire_error next_of(const char *bytes, u32 len,
				      struct ctsync_dec *dec,
				      struct ctsync_section *sec)
{
	static struct golden g;
	struct ctsync_frame frame;

	g = golden_frame(NULL);
	memcpy(g.bytes + g.len, bytes, len);
	assert_int_equal(ctsync_wire_open(dec, g.bytes, g.len + len, &frame),
			 CTSYNC_WIRE_OK);
	return ctsync_wire_next(dec, sec);
}

static void next__end(void **state)
{
	struct ctsync_section sec;
	struct ctsync_dec dec;

	(void)state;
	assert_int_equal(next_of("", 0, &dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 0);
}

static void next__truncated(void **state)
{
	struct ctsync_section sec;
	struct ctsync_dec dec;

	(void)state;
	for (u32 len = 1; len < 6 + 16; len++)
		assert_int_equal(next_of("\5\0\0\20\0\1" "0123456789abcdef",
					 len, &dec, &sec),
				 CTSYNC_WIRE_TRUNCATED);
	assert_int_equal(next_of("\5\0\0\20\0\1" "0123456789abcdef", 22, &dec,
				 &sec), CTSYNC_WIRE_OK);
	/* length * count of 2^32 - 2^17 + 1 */
	assert_int_equal(next_of("\5\0\xff\xff\xff\xff" "0123456789abcdef", 22,
				 &dec, &sec), CTSYNC_WIRE_TRUNCATED);
}

static void next__empty(void **state)
{
	struct ctsync_section sec;
	struct ctsync_dec dec;

	(void)state;
	assert_int_equal(next_of("\5\0\0\0\0\1", 6, &dec, &sec),
			 CTSYNC_WIRE_EMPTY);
	assert_int_equal(next_of("\5\0\0\20\0\0", 6, &dec, &sec),
			 CTSYNC_WIRE_EMPTY);
}

static void next__skips_unknown_and_runt(void **state)
{
	struct ctsync_section sec;
	struct ctsync_dec dec;

	(void)state;
	assert_int_equal(next_of("\310\0\0\1\0\2" "ab"		/* 200 */
				 "\0\0\0\3\0\1" "abc"		/* 0 */
				 "\5\0\0\17\0\1" "0123456789abcde" /* short */
				 "\5\0\0\20\0\1" "0123456789abcdef", 60, &dec,
				 &sec), CTSYNC_WIRE_UNKNOWN);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_UNKNOWN);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_RUNT);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.type, CTSYNC_MSG_FORGET);
	assert_memory_equal(sec.messages, "0123456789abcdef", 16);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(sec.count, 0);
}

static void next__least_length_of_each_type(void **state)
{
	static const u16 least[CTSYNC_MSG_MAX] = {
#define X(name, number, size) [number] = size,
		CTSYNC_MSGS(X)
#undef X
	};
	struct ctsync_section sec;
	struct ctsync_dec dec;
	char bytes[6 + 96] = { 0 };

	(void)state;
	for (u32 type = 1; type < CTSYNC_MSG_MAX; type++) {
		bytes[0] = type;
		bytes[3] = least[type];
		bytes[5] = 1;
		assert_int_equal(next_of(bytes, 6 + least[type], &dec, &sec),
				 CTSYNC_WIRE_OK);
		bytes[3] = least[type] - 1;
		assert_int_equal(next_of(bytes, 6 + least[type] - 1, &dec,
					 &sec), CTSYNC_WIRE_RUNT);
	}
}

static void get_flow__golden(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(flows); i++) {
		struct golden g;
		struct ctsync_section sec = section(&g, flows[i].name);
		struct ctsync_flow out;

		assert_int_equal(sec.type, flows[i].type);
		memset(&out, 0xee, sizeof(out));
		assert_int_equal(ctsync_wire_get_flow(&sec, 0, &out), 0);
		assert_flow(&out, &flows[i].flow);
	}
}

static void get_flow__longer_than_known(void **state)
{
	struct ctsync_section sec;
	struct ctsync_flow out;
	struct golden g;

	(void)state;
	/* the tail of a compressed update is ignored */
	section(&g, "update_c_one");
	sec = exact(CTSYNC_MSG_UPDATE_C, message(&g), 38 + 5);
	assert_int_equal(ctsync_wire_get_flow(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_flow(&out, &flows[4].flow);
	release(&sec);
	/* an unknown attribute is skipped: type 255 with 3 bytes, 0 with none */
	section(&g, "update_v6_all");
	memcpy(message(&g) + 171, "\0\377\0\3xyz\0\0\0\0", 11);
	sec = exact(CTSYNC_MSG_UPDATE, message(&g), 171 + 11);
	assert_int_equal(ctsync_wire_get_flow(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_flow(&out, &flows[2].flow);
	release(&sec);
}

static void get_flow__cut_anywhere(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(flows); i++) {
		struct golden g;
		u32 size = section(&g, flows[i].name).size;

		for (u32 n = 0; n < size; n++) {
			struct ctsync_section sec = exact(flows[i].type,
							  message(&g), n);
			enum ctsync_wire_error ret;
			struct ctsync_flow out;

			ret = ctsync_wire_get_flow(&sec, 0, &out);
			/* whole but for its last attributes */
			if (ret == CTSYNC_WIRE_OK)
				assert_int_equal(n, ctsync_wire_flow_size(
							    flows[i].type,
							    &out));
			else if (ret != CTSYNC_WIRE_RUNT)
				assert_int_equal(ret, CTSYNC_WIRE_ATTR);
			release(&sec);
		}
	}
}

/* Decode golden @name with byte @off of its message set to @value. */
static enum ctsync_wire_error flow_patched(const char *name, u32 off, u8 value,
					   struct ctsync_flow *out)
{
	struct golden g;
	struct ctsync_section sec = section(&g, name);

	message(&g)[off] = value;
	return ctsync_wire_get_flow(&sec, 0, out);
}

static void get_flow__refuses_values(void **state)
{
	struct ctsync_flow out;

	(void)state;
	/* origin */
	assert_int_equal(flow_patched("update_c_one", 14, 0, &out),
			 CTSYNC_WIRE_VALUE);
	/* state */
	assert_int_equal(flow_patched("update_c_one", 18,
				      CTSYNC_TCP_STATE_MAX - 1, &out),
			 CTSYNC_WIRE_OK);
	assert_int_equal(flow_patched("update_c_one", 18, CTSYNC_TCP_STATE_MAX,
				      &out), CTSYNC_WIRE_VALUE);
	/* window scale */
	assert_int_equal(flow_patched("update_c_one", 36, 14, &out),
			 CTSYNC_WIRE_OK);
	assert_int_equal(flow_patched("update_c_one", 36, 15, &out),
			 CTSYNC_WIRE_VALUE);
	/* address family */
	for (u32 l3 = 0; l3 < 256; l3++)
		if (l3 != 4 && l3 != 6)
			assert_int_equal(flow_patched("insert_v4", 20, l3,
						      &out),
					 CTSYNC_WIRE_VALUE);
	/* mark register: clock, node */
	assert_int_equal(flow_patched("update_v6_all", 151, 0, &out),
			 CTSYNC_WIRE_VALUE);
	assert_int_equal(flow_patched("update_v6_all", 152, 0, &out),
			 CTSYNC_WIRE_VALUE);
	/* last: scale, direction, index */
	assert_int_equal(flow_patched("update_v6_all", 167, 15, &out),
			 CTSYNC_WIRE_VALUE);
	assert_int_equal(flow_patched("update_v6_all", 169, 2, &out),
			 CTSYNC_WIRE_VALUE);
	assert_int_equal(flow_patched("update_v6_all", 170, 6, &out),
			 CTSYNC_WIRE_VALUE);
}

static void get_flow__masks_unknown_bits(void **state)
{
	struct ctsync_flow out;

	(void)state;
	assert_int_equal(flow_patched("update_c_one", 16, 0xff, &out), 0);
	assert_flow(&out, &flows[4].flow);
	assert_int_equal(flow_patched("update_c_one", 15, 0xe0, &out), 0);
	assert_flow(&out, &flows[4].flow);
	assert_int_equal(flow_patched("update_c_one", 19, 0xfa, &out), 0);
	assert_flow(&out, &flows[4].flow);
	assert_int_equal(flow_patched("update_c_one", 37, 0xf1, &out), 0);
	assert_flow(&out, &flows[4].flow);
	assert_int_equal(flow_patched("update_v6_all", 168, 0xff, &out), 0);
	assert_flow(&out, &flows[2].flow);
}

static void get_flow__refuses_attributes(void **state)
{
	struct ctsync_section sec;
	struct ctsync_flow out;
	struct golden g;

	(void)state;
	/* REPLY, MARK_REG, TCP_LAST longer or shorter than they are */
	/* the register of SCTP: no clock, no writer, a state that cannot be */
	assert_int_equal(flow_patched("insert_sctp", 52, 4, &out), 0);
	assert_int_equal(flow_patched("insert_sctp", 52, 0, &out),
			 CTSYNC_WIRE_VALUE);
	assert_int_equal(flow_patched("insert_sctp", 53, CTSYNC_PROTO_STATES, &out),
			 CTSYNC_WIRE_VALUE);
	/* a zone of both directions is said by nothing */
	assert_int_equal(flow_patched("insert_sctp", 88, 3, &out),
			 CTSYNC_WIRE_VALUE);
	assert_int_equal(flow_patched("insert_sctp", 88, 0, &out),
			 CTSYNC_WIRE_VALUE);
	/* whole words, one at least */
	assert_int_equal(flow_patched("insert_policy", 47, 0, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("insert_policy", 47, 7, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("insert_policy", 47, 12, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("update_v6_all", 107, 0x23, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("update_v6_all", 147, 4, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("update_v6_all", 147, 6, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("update_v6_all", 156, 0xd, &out),
			 CTSYNC_WIRE_ATTR);
	/* past the message */
	assert_int_equal(flow_patched("update_v6_all", 156, 0xf, &out),
			 CTSYNC_WIRE_ATTR);
	assert_int_equal(flow_patched("update_v6_all", 155, 0xff, &out),
			 CTSYNC_WIRE_ATTR);
	/* twice */
	section(&g, "insert_nat_udp");
	memcpy(message(&g) + 60, message(&g) + 44, 16);
	sec = exact(CTSYNC_MSG_INSERT, message(&g), 76);
	assert_int_equal(ctsync_wire_get_flow(&sec, 0, &out), CTSYNC_WIRE_ATTR);
	release(&sec);
}

static void get_flow__v6_as_short_as_v4(void **state)
{
	struct ctsync_flow out;

	(void)state;
	/* the least length lets IPv4 pass; an IPv6 tuple does not fit there */
	assert_int_equal(flow_patched("insert_nat_udp", 20, 6, &out),
			 CTSYNC_WIRE_RUNT);
}

static void get_flow__not_a_flow(void **state)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "iack");
	struct ctsync_flow out;

	(void)state;
	assert_int_equal(ctsync_wire_get_flow(&sec, 0, &out),
			 CTSYNC_WIRE_UNKNOWN);
	sec = section(&g, "insert_v4");
	assert_int_equal(ctsync_wire_get_flow(&sec, 1, &out), CTSYNC_WIRE_RUNT);
}

static void get_note__golden(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(notes); i++) {
		struct golden g;
		struct ctsync_section sec = section(&g, notes[i].name);
		struct ctsync_note out;

		assert_int_equal(sec.type, notes[i].type);
		memset(&out, 0xee, sizeof(out));
		assert_int_equal(ctsync_wire_get_note(&sec, 0, &out), 0);
		assert_note(&out, &notes[i].note);
	}
}

static void get_note__longer_and_cut(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(notes); i++) {
		struct golden g;
		u32 size = section(&g, notes[i].name).size;

		for (u32 n = 0; n < size + 9; n++) {
			struct ctsync_section sec = exact(notes[i].type,
							  message(&g), n);
			struct ctsync_note out;

			assert_int_equal(ctsync_wire_get_note(&sec, 0, &out),
					 n < size ? CTSYNC_WIRE_RUNT :
					 CTSYNC_WIRE_OK);
			if (n >= size)
				assert_note(&out, &notes[i].note);
			release(&sec);
		}
	}
}

static enum ctsync_wire_error note_patched(const char *name, u32 off, u8 value)
{
	struct golden g;
	struct ctsync_section sec = section(&g, name);
	struct ctsync_note out;

	message(&g)[off] = value;
	return ctsync_wire_get_note(&sec, 0, &out);
}

static void get_note__refuses_values(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(notes); i++)
		assert_int_equal(note_patched(notes[i].name, 14, 0),
				 CTSYNC_WIRE_VALUE);
	assert_int_equal(note_patched("delete", 16, CTSYNC_DEL_MAX - 1),
			 CTSYNC_WIRE_OK);
	assert_int_equal(note_patched("delete", 16, CTSYNC_DEL_MAX),
			 CTSYNC_WIRE_VALUE);
	assert_int_equal(note_patched("iack", 16, 0), CTSYNC_WIRE_VALUE);
	assert_int_equal(note_patched("request", 16, 0), CTSYNC_WIRE_OK);
	assert_int_equal(note_patched("inack", 16, 0), CTSYNC_WIRE_VALUE);
	assert_int_equal(note_patched("inack", 17, CTSYNC_INACK_MAX),
			 CTSYNC_WIRE_VALUE);
	/* a winner must be named */
	assert_int_equal(note_patched("inack", 18, 0), CTSYNC_WIRE_VALUE);
}

static void get_note__winner_only_where_there_is_one(void **state)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "inack");
	struct ctsync_note out;

	(void)state;
	message(&g)[18] = 0;
	message(&g)[17] = CTSYNC_INACK_FULL;
	assert_int_equal(ctsync_wire_get_note(&sec, 0, &out), CTSYNC_WIRE_OK);
	message(&g)[17] = CTSYNC_INACK_REFUSED;
	assert_int_equal(ctsync_wire_get_note(&sec, 0, &out), CTSYNC_WIRE_OK);
	message(&g)[17] = CTSYNC_INACK_ADOPT;
	assert_int_equal(ctsync_wire_get_note(&sec, 0, &out),
			 CTSYNC_WIRE_VALUE);
}

static void get_note__not_a_note(void **state)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "insert_v4");
	struct ctsync_note out;

	(void)state;
	assert_int_equal(ctsync_wire_get_note(&sec, 0, &out),
			 CTSYNC_WIRE_UNKNOWN);
	sec = section(&g, "iack");
	assert_int_equal(ctsync_wire_get_note(&sec, 1, &out), CTSYNC_WIRE_RUNT);
}

static void get_expect__golden(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(expects); i++) {
		struct golden g;
		struct ctsync_section sec = section(&g, expects[i].name);
		struct ctsync_expect out;

		assert_int_equal(sec.type, expects[i].type);
		memset(&out, 0xee, sizeof(out));
		assert_int_equal(ctsync_wire_get_expect(&sec, 0, &out), 0);
		assert_expect(&out, &expects[i].expect);
	}
}

/* A cut is noticed wherever it is, but between two attributes. */
static void get_expect__cut_anywhere(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(expects); i++) {
		struct golden g;
		u32 size = section(&g, expects[i].name).size;

		for (u32 n = 0; n < size; n++) {
			struct ctsync_section sec = exact(expects[i].type,
							  message(&g), n);
			struct ctsync_expect out;
			int ret = ctsync_wire_get_expect(&sec, 0, &out);
			bool whole = i == 0 && (n == 52 || n == 52 + 21);

			assert_int_equal(ret, whole ? CTSYNC_WIRE_OK :
					 i == 0 && n > 52 ? CTSYNC_WIRE_ATTR :
							    CTSYNC_WIRE_RUNT);
			release(&sec);
		}
	}
}

static enum ctsync_wire_error expect_patched(const char *name, u32 off, u8 value)
{
	struct golden g;
	struct ctsync_section sec = section(&g, name);
	struct ctsync_expect out;

	message(&g)[off] = value;
	return ctsync_wire_get_expect(&sec, 0, &out);
}

static void get_expect__refuses_values(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(expects); i++) {
		assert_int_equal(expect_patched(expects[i].name, 14, 0),
				 CTSYNC_WIRE_VALUE);
		assert_int_equal(expect_patched(expects[i].name, 16, 5),
				 CTSYNC_WIRE_VALUE);
	}
	assert_int_equal(expect_patched("expect_new", 22, 2), CTSYNC_WIRE_VALUE);
	/* a life of 300 s without its low bytes */
	assert_int_equal(expect_patched("expect_new", 26, 0), CTSYNC_WIRE_OK);
	/* names are printable, come once, and fit their fields */
	assert_int_equal(expect_patched("expect_new", 56, ' '), CTSYNC_WIRE_VALUE);
	assert_int_equal(expect_patched("expect_new", 56, 0), CTSYNC_WIRE_VALUE);
	assert_int_equal(expect_patched("expect_new", 74, 1), CTSYNC_WIRE_ATTR);
	assert_int_equal(expect_patched("expect_new", 74, 9), CTSYNC_WIRE_OK);
	/* an IPv4 message that says IPv6 is too short for it */
	assert_int_equal(expect_patched("expect_new", 16, 6), CTSYNC_WIRE_RUNT);
}

static void get_expect__flags_unknown_are_ignored(void **state)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "expect_new");
	struct ctsync_expect out;

	(void)state;
	message(&g)[21] = 0xff;
	assert_int_equal(ctsync_wire_get_expect(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_int_equal(out.flags, CTSYNC_EXP_ALL);
	sec = section(&g, "iack");
	assert_int_equal(ctsync_wire_get_expect(&sec, 0, &out),
			 CTSYNC_WIRE_UNKNOWN);
}

static enum ctsync_wire_error related_patched(u32 off, u8 value)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "insert_related");
	struct ctsync_flow out;

	message(&g)[off] = value;
	return ctsync_wire_get_flow(&sec, 0, &out);
}

static void get_flow__refuses_help(void **state)
{
	(void)state;
	assert_int_equal(related_patched(48, 0), CTSYNC_WIRE_VALUE);
	assert_int_equal(related_patched(48, 16), CTSYNC_WIRE_ATTR);
	assert_int_equal(related_patched(49, 0x7f), CTSYNC_WIRE_VALUE);
	assert_int_equal(related_patched(67, 23), CTSYNC_WIRE_ATTR);
	assert_int_equal(related_patched(95, 8), CTSYNC_WIRE_ATTR);
	assert_int_equal(related_patched(96, 0), CTSYNC_WIRE_VALUE);
	/* twice the same */
	assert_int_equal(related_patched(65, 0x10), CTSYNC_WIRE_ATTR);
}

static void get_hello__golden(void **state)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "hello");
	struct ctsync_hello out;

	(void)state;
	assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_hello(&out, &hello);
}

static void get_hello__longer_and_cut(void **state)
{
	struct ctsync_hello out;
	struct golden g;

	(void)state;
	section(&g, "hello");
	for (u32 n = 0; n < 120 + 50; n++) {
		struct ctsync_section sec = exact(CTSYNC_MSG_HELLO,
						  message(&g), n);

		assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out),
				 n < 120 ? CTSYNC_WIRE_RUNT : CTSYNC_WIRE_OK);
		release(&sec);
	}
}

static void get_hello__longer_records(void **state)
{
	struct ctsync_section sec;
	struct ctsync_hello out;
	struct golden g;
	u8 longer[96 + 3 * 11] = { 0 };

	(void)state;
	section(&g, "hello");
	memcpy(longer, message(&g), 96);
	longer[81] = 11;
	for (int i = 0; i < 3; i++)
		memcpy(longer + 96 + 11 * i, message(&g) + 96 + 8 * i, 8);
	sec = exact(CTSYNC_MSG_HELLO, longer, sizeof(longer));
	assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_hello(&out, &hello);
	release(&sec);
}

static enum ctsync_wire_error hello_patched(u32 off, u8 value)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "hello");
	struct ctsync_hello out;

	message(&g)[off] = value;
	return ctsync_wire_get_hello(&sec, 0, &out);
}

static void get_hello__refuses_values(void **state)
{
	(void)state;
	/* the third stream's destination is not the receiver */
	assert_int_equal(hello_patched(2, 0), CTSYNC_WIRE_VALUE);
	/* more streams than there are, more than there can be */
	assert_int_equal(hello_patched(3, 4), CTSYNC_WIRE_RUNT);
	assert_int_equal(hello_patched(3, 128), CTSYNC_WIRE_RUNT);
	assert_int_equal(hello_patched(3, 129), CTSYNC_WIRE_VALUE);
	assert_int_equal(hello_patched(3, 255), CTSYNC_WIRE_VALUE);
	/* record size */
	assert_int_equal(hello_patched(81, 0), CTSYNC_WIRE_VALUE);
	assert_int_equal(hello_patched(81, 7), CTSYNC_WIRE_VALUE);
	assert_int_equal(hello_patched(81, 255), CTSYNC_WIRE_RUNT);
	/* a stream's destination, channel */
	assert_int_equal(hello_patched(96, 8), CTSYNC_WIRE_VALUE);
	assert_int_equal(hello_patched(97, 64), CTSYNC_WIRE_VALUE);
	assert_int_equal(hello_patched(119, 0), CTSYNC_WIRE_OK);
}

/* A first HELLO does not know the receiver's node, and so can name no stream to
 * it alone.
 */
static void get_hello__to_nobody_yet(void **state)
{
	struct ctsync_hello h = { .version_max = 1, .nr_streams = 1,
				  .streams = { { 0, 3, 1 } } }, out;
	struct ctsync_frame frame = { .version = 1, .node = 7 };
	struct ctsync_section sec;
	struct ctsync_enc enc;
	struct ctsync_dec dec;
	u8 buf[256];

	(void)state;
	ctsync_wire_begin(&enc, buf, sizeof(buf), &frame);
	assert_true(ctsync_wire_put_hello(&enc, &h));
	assert_int_equal(ctsync_wire_open(&dec, buf, enc.len, &frame),
			 CTSYNC_WIRE_OK);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out), CTSYNC_WIRE_OK);
	assert_hello(&out, &h);

	h.streams[0].dest = 9;
	ctsync_wire_begin(&enc, buf, sizeof(buf), &frame);
	assert_true(ctsync_wire_put_hello(&enc, &h));
	assert_int_equal(ctsync_wire_open(&dec, buf, enc.len, &frame),
			 CTSYNC_WIRE_OK);
	assert_int_equal(ctsync_wire_next(&dec, &sec), CTSYNC_WIRE_OK);
	assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out),
			 CTSYNC_WIRE_VALUE);
}

static void get_hello__not_a_hello(void **state)
{
	struct golden g;
	struct ctsync_section sec = section(&g, "iack");
	struct ctsync_hello out;

	(void)state;
	assert_int_equal(ctsync_wire_get_hello(&sec, 0, &out),
			 CTSYNC_WIRE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_name__all),
		cmocka_unit_test(msg_name__all),
		cmocka_unit_test(flow_size__is_what_put_writes),
		cmocka_unit_test(flow_size__compressed_is_small),
		cmocka_unit_test(note_size__all),
		cmocka_unit_test(size_max__bounds_every_message),
		cmocka_unit_test(begin__writes_header),
		cmocka_unit_test(begin__leaves_room_for_tag),
		cmocka_unit_test(set_seq__changes_only_seq),
		cmocka_unit_test(nonce__is_of_the_header),
		cmocka_unit_test(put_flow__golden),
		cmocka_unit_test(put_flow__masks_what_has_no_place),
		cmocka_unit_test(put_flow__shares_section),
		cmocka_unit_test(put_flow__full_frame_writes_nothing),
		cmocka_unit_test(put_flow__count_does_not_wrap),
		cmocka_unit_test(put_note__golden),
		cmocka_unit_test(put_expect__golden),
		cmocka_unit_test(put_hello__golden),
		cmocka_unit_test(put_hello__all_streams),
		cmocka_unit_test(open__golden),
		cmocka_unit_test(open__tag_left_out),
		cmocka_unit_test(open__refuses),
		cmocka_unit_test(open__longest),
		cmocka_unit_test(next__end),
		cmocka_unit_test(next__truncated),
		cmocka_unit_test(next__empty),
		cmocka_unit_test(next__skips_unknown_and_runt),
		cmocka_unit_test(next__least_length_of_each_type),
		cmocka_unit_test(get_flow__golden),
		cmocka_unit_test(get_flow__longer_than_known),
		cmocka_unit_test(get_flow__cut_anywhere),
		cmocka_unit_test(get_flow__refuses_values),
		cmocka_unit_test(get_flow__masks_unknown_bits),
		cmocka_unit_test(get_flow__refuses_attributes),
		cmocka_unit_test(get_flow__v6_as_short_as_v4),
		cmocka_unit_test(get_flow__not_a_flow),
		cmocka_unit_test(get_note__golden),
		cmocka_unit_test(get_note__longer_and_cut),
		cmocka_unit_test(get_note__refuses_values),
		cmocka_unit_test(get_note__winner_only_where_there_is_one),
		cmocka_unit_test(get_note__not_a_note),
		cmocka_unit_test(get_flow__refuses_help),
		cmocka_unit_test(get_expect__golden),
		cmocka_unit_test(get_expect__cut_anywhere),
		cmocka_unit_test(get_expect__refuses_values),
		cmocka_unit_test(get_expect__flags_unknown_are_ignored),
		cmocka_unit_test(get_hello__golden),
		cmocka_unit_test(get_hello__longer_and_cut),
		cmocka_unit_test(get_hello__longer_records),
		cmocka_unit_test(get_hello__refuses_values),
		cmocka_unit_test(get_hello__to_nobody_yet),
		cmocka_unit_test(get_hello__not_a_hello),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
