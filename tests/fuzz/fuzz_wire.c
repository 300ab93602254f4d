// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: a frame through every decoder of kernel/wire_get.c, and what
 * decoded back through the encoder: it must decode to the same, and never write
 * when it does not fit.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tcpstate.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what) do {						\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n",		\
				__FILE__, __LINE__, #what);		\
			abort();					\
		}							\
	} while (0)

union body {
	struct ctsync_flow flow;
	struct ctsync_note note;
	struct ctsync_expect expect;
	struct ctsync_hello hello;
	struct ctsync_nack nack;
	struct ctsync_bulk_msg bulk;
	struct ctsync_digest_msg digest;
	struct ctsync_query query;
	struct ctsync_unknown unknown;
};

enum kind { FLOW, NOTE, EXPECT, HELLO, NACK, BULK, DIGEST, QUERY, UNKNOWN, OTHER };

static enum kind kind_of(u8 type)
{
	if (type == CTSYNC_MSG_INSERT || type == CTSYNC_MSG_UPDATE ||
	    type == CTSYNC_MSG_UPDATE_C)
		return FLOW;
	if (type >= CTSYNC_MSG_DELETE && type <= CTSYNC_MSG_REQUEST)
		return NOTE;
	switch (type) {
	case CTSYNC_MSG_HELLO:
		return HELLO;
	case CTSYNC_MSG_EXPECT_NEW:
	case CTSYNC_MSG_EXPECT_DEL:
		return EXPECT;
	case CTSYNC_MSG_NACK:
	case CTSYNC_MSG_REPAIRED:
		return NACK;
	case CTSYNC_MSG_BULK_START:
	case CTSYNC_MSG_BULK_END:
	case CTSYNC_MSG_BULK_ACK:
		return BULK;
	case CTSYNC_MSG_DIGEST:
		return DIGEST;
	case CTSYNC_MSG_QUERY:
		return QUERY;
	case CTSYNC_MSG_UNKNOWN:
		return UNKNOWN;
	default:
		return OTHER;
	}
}

static enum ctsync_wire_error get(const struct ctsync_section *sec, u32 i,
				  union body *b)
{
	switch (kind_of(sec->type)) {
	case FLOW:
		return ctsync_wire_get_flow(sec, i, &b->flow);
	case NOTE:
		return ctsync_wire_get_note(sec, i, &b->note);
	case EXPECT:
		return ctsync_wire_get_expect(sec, i, &b->expect);
	case HELLO:
		return ctsync_wire_get_hello(sec, i, &b->hello);
	case NACK:
		return ctsync_wire_get_nack(sec, i, &b->nack);
	case BULK:
		return ctsync_wire_get_bulk(sec, i, &b->bulk);
	case DIGEST:
		return ctsync_wire_get_digest(sec, i, &b->digest);
	case QUERY:
		return ctsync_wire_get_query(sec, i, &b->query);
	case UNKNOWN:
		return ctsync_wire_get_unknown(sec, i, &b->unknown);
	default:
		return CTSYNC_WIRE_UNKNOWN;
	}
}

static bool put(struct ctsync_enc *enc, u8 type, const union body *b)
{
	u8 msg[CTSYNC_WIRE_MAIL_MAX];
	u32 len = 0;

	switch (kind_of(type)) {
	case FLOW:
		return ctsync_wire_put_flow(enc, type, &b->flow);
	case NOTE:
		return ctsync_wire_put_note(enc, type, &b->note);
	case EXPECT:
		return ctsync_wire_put_expect(enc, type, &b->expect);
	case HELLO:
		return ctsync_wire_put_hello(enc, &b->hello);
	case NACK:
		len = ctsync_wire_pack_nack(msg, &b->nack);
		break;
	case BULK:
		len = ctsync_wire_pack_bulk(msg, &b->bulk);
		break;
	case DIGEST:
		len = ctsync_wire_pack_digest(msg, &b->digest);
		break;
	case QUERY:
		len = ctsync_wire_pack_query(msg, &b->query);
		break;
	default:
		len = ctsync_wire_pack_unknown(msg, &b->unknown);
	}
	CHECK(len <= ctsync_wire_size_max(type));
	return ctsync_wire_put_packed(enc, type, msg, len);
}

static size_t body_size(u8 type)
{
	static const size_t sizes[] = {
		[FLOW] = sizeof(struct ctsync_flow),
		[NOTE] = sizeof(struct ctsync_note),
		[EXPECT] = sizeof(struct ctsync_expect),
		[HELLO] = sizeof(struct ctsync_hello),
		[NACK] = sizeof(struct ctsync_nack),
		[BULK] = sizeof(struct ctsync_bulk_msg),
		[DIGEST] = sizeof(struct ctsync_digest_msg),
		[QUERY] = sizeof(struct ctsync_query),
		[UNKNOWN] = sizeof(struct ctsync_unknown),
	};

	return sizes[kind_of(type)];
}

/* What a decoder promises to those above. */
static void check_values(u8 type, const union body *b)
{
	if (kind_of(type) == FLOW) {
		CHECK(b->flow.ref.origin);
		CHECK(b->flow.state < CTSYNC_TCP_STATE_MAX);
		CHECK(!(b->flow.status & ~CTSYNC_ST_ALL));
		CHECK(b->flow.win[0].scale <= 14 && b->flow.win[1].scale <= 14);
		CHECK(!(b->flow.win[0].flags & ~CTSYNC_TCPF_WIRE));
		CHECK(!(b->flow.win[1].flags & ~CTSYNC_TCPF_WIRE));
		CHECK(b->flow.last.dir < 2);
		CHECK(!b->flow.help.name[sizeof(b->flow.help.name) - 1]);
		CHECK(b->flow.help.nr_words <= CTSYNC_HELP_WORDS);
		if (type != CTSYNC_MSG_UPDATE_C)
			CHECK(b->flow.l3 == 4 || b->flow.l3 == 6);
	} else if (kind_of(type) == NOTE) {
		CHECK(b->note.ref.origin);
		if (type == CTSYNC_MSG_DELETE)
			CHECK(b->note.reason < CTSYNC_DEL_MAX);
		if (type == CTSYNC_MSG_INACK)
			CHECK(b->note.reason < CTSYNC_INACK_MAX);
	} else if (kind_of(type) == EXPECT) {
		CHECK(b->expect.ref.origin);
		CHECK(b->expect.l3 == 4 || b->expect.l3 == 6);
		CHECK(b->expect.dir < 2);
		CHECK(type == CTSYNC_MSG_EXPECT_DEL || b->expect.life);
		CHECK(!b->expect.fn[sizeof(b->expect.fn) - 1]);
		CHECK(!b->expect.helper[sizeof(b->expect.helper) - 1]);
	} else if (kind_of(type) == NACK) {
		CHECK(b->nack.to && b->nack.nr &&
		      b->nack.nr <= CTSYNC_WIRE_RANGES &&
		      b->nack.channel < CTSYNC_WIRE_CHANNELS);
		for (u32 i = 0; i < b->nack.nr; i++)
			CHECK(b->nack.range[i].first && b->nack.range[i].count);
	} else if (kind_of(type) == DIGEST) {
		CHECK(b->digest.nr && b->digest.nr <= CTSYNC_WIRE_DIGESTS);
	} else if (kind_of(type) == QUERY) {
		CHECK(b->query.l3 == 4 || b->query.l3 == 6);
	} else if (kind_of(type) == HELLO) {
		CHECK(b->hello.nr_streams <= ARRAY_SIZE(b->hello.streams));
		for (u32 i = 0; i < b->hello.nr_streams; i++) {
			CHECK(b->hello.streams[i].channel <
			      CTSYNC_WIRE_CHANNELS);
			CHECK(!b->hello.streams[i].dest ||
			      b->hello.streams[i].dest == b->hello.to);
			CHECK(!(b->hello.streams[i].next >> 48));
		}
	}
}

static void check_round(const struct ctsync_frame *frame, u8 type,
			const union body *b)
{
	u8 buf[CTSYNC_WIRE_HDR + CTSYNC_WIRE_SECTION + 1200 + CTSYNC_WIRE_TAG];
	struct ctsync_frame frame2;
	struct ctsync_section sec;
	struct ctsync_enc enc;
	struct ctsync_dec dec;
	union body again;
	u32 full;

	ctsync_wire_begin(&enc, buf, sizeof(buf), frame);
	CHECK(put(&enc, type, b));
	full = enc.len;
	CHECK(full - CTSYNC_WIRE_HDR - CTSYNC_WIRE_SECTION <=
	      ctsync_wire_size_max(type));

	CHECK(ctsync_wire_open(&dec, buf,
			       full + (frame->key_id ? CTSYNC_WIRE_TAG : 0),
			       &frame2) == CTSYNC_WIRE_OK);
	CHECK(frame2.seq == frame->seq && frame2.node == frame->node &&
	      frame2.dest == frame->dest && frame2.channel == frame->channel &&
	      frame2.cluster == frame->cluster);
	CHECK(ctsync_wire_next(&dec, &sec) == CTSYNC_WIRE_OK);
	CHECK(sec.type == type && sec.count == 1);
	memset(&again, 0x55, sizeof(again));
	CHECK(get(&sec, 0, &again) == CTSYNC_WIRE_OK);
	CHECK(!memcmp(&again, b, body_size(type)));
	CHECK(ctsync_wire_next(&dec, &sec) == CTSYNC_WIRE_OK && !sec.count);

	/* one byte less room: nothing is written */
	ctsync_wire_begin(&enc, buf, full - 1 +
			  (frame->key_id ? CTSYNC_WIRE_TAG : 0), frame);
	memset(buf + enc.len, 0xaa, sizeof(buf) - enc.len);
	CHECK(!put(&enc, type, b));
	for (u32 i = enc.len; i < sizeof(buf); i++)
		CHECK(buf[i] == 0xaa);
	CHECK(enc.len == CTSYNC_WIRE_HDR && !enc.messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctsync_frame frame;
	struct ctsync_section sec;
	struct ctsync_dec dec;
	union body b;

	if (ctsync_wire_open(&dec, data, size, &frame) != CTSYNC_WIRE_OK)
		return 0;
	for (;;) {
		u32 off = dec.off;
		enum ctsync_wire_error ret = ctsync_wire_next(&dec, &sec);

		if (ret != CTSYNC_WIRE_OK && ret != CTSYNC_WIRE_UNKNOWN &&
		    ret != CTSYNC_WIRE_RUNT)
			break;
		if (ret == CTSYNC_WIRE_OK && !sec.count)
			break;
		/* every section takes us on, within the frame */
		CHECK(dec.off > off && dec.off <= dec.len);
		for (u32 i = 0; i < sec.count; i++) {
			enum ctsync_wire_error msg = get(&sec, i, &b);

			if (ret != CTSYNC_WIRE_OK)
				CHECK(msg != CTSYNC_WIRE_OK);
			if (msg != CTSYNC_WIRE_OK)
				continue;
			check_values(sec.type, &b);
			check_round(&frame, sec.type, &b);
		}
	}
	return 0;
}
