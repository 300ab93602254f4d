// SPDX-License-Identifier: GPL-2.0
/* The wire: names and sizes of messages. docs/protocol.md draws the format,
 * wire_put.c writes it, wire_get.c reads it,
 * wire_help.c does both for what is about helpers.
 */
#include "wire_layout.h"

const u16 ctsync_wire_least[CTSYNC_MSG_MAX] = {
#define X(name, number, size) [CTSYNC_MSG_##name] = size,
	CTSYNC_MSGS(X)
#undef X
};

static const char *const msg_names[CTSYNC_MSG_MAX] = {
	[CTSYNC_MSG_INSERT]	= "insert",
	[CTSYNC_MSG_UPDATE]	= "update",
	[CTSYNC_MSG_UPDATE_C]	= "update_c",
	[CTSYNC_MSG_DELETE]	= "delete",
	[CTSYNC_MSG_FORGET]	= "forget",
	[CTSYNC_MSG_IACK]	= "iack",
	[CTSYNC_MSG_INACK]	= "inack",
	[CTSYNC_MSG_REQUEST]	= "request",
	[CTSYNC_MSG_EXPECT_NEW]	= "expect_new",
	[CTSYNC_MSG_EXPECT_DEL]	= "expect_del",
	[CTSYNC_MSG_BULK_START]	= "bulk_start",
	[CTSYNC_MSG_BULK_END]	= "bulk_end",
	[CTSYNC_MSG_NACK]	= "nack",
	[CTSYNC_MSG_DIGEST]	= "digest",
	[CTSYNC_MSG_HELLO]	= "hello",
	[CTSYNC_MSG_REPAIRED]	= "repaired",
	[CTSYNC_MSG_BULK_ACK]	= "bulk_ack",
	[CTSYNC_MSG_QUERY]	= "query",
	[CTSYNC_MSG_UNKNOWN]	= "unknown",
};

static const char *const error_names[CTSYNC_WIRE_ERROR_MAX] = {
	[CTSYNC_WIRE_OK]	= "ok",
	[CTSYNC_WIRE_SHORT]	= "short",
	[CTSYNC_WIRE_LONG]	= "long",
	[CTSYNC_WIRE_BAD_MAGIC]	= "bad_magic",
	[CTSYNC_WIRE_BAD_VERSION] = "bad_version",
	[CTSYNC_WIRE_TRUNCATED]	= "truncated",
	[CTSYNC_WIRE_EMPTY]	= "empty",
	[CTSYNC_WIRE_RUNT]	= "runt",
	[CTSYNC_WIRE_UNKNOWN]	= "unknown",
	[CTSYNC_WIRE_VALUE]	= "value",
	[CTSYNC_WIRE_ATTR]	= "attr",
};

const char *ctsync_wire_error_name(enum ctsync_wire_error e)
{
	return (u32)e < CTSYNC_WIRE_ERROR_MAX ? error_names[e] : "?";
}

const char *ctsync_wire_msg_name(u8 type)
{
	return type < CTSYNC_MSG_MAX ? msg_names[type] : NULL;
}

void ctsync_wire_nonce(const u8 *header, u8 nonce[CTSYNC_WIRE_NONCE])
{
	const struct wire_header *h = (const struct wire_header *)header;

	memcpy(nonce, h->epoch, 16);
	nonce[16] = h->dest;
	nonce[17] = h->channel;
	memcpy(nonce + 18, h->seq, 6);
}

u32 ctsync_wire_flow_size(u8 type, const struct ctsync_flow *flow)
{
	u32 size = sizeof(struct wire_update);

	if (flow->dirs & CTSYNC_DIR_WIN0)
		size += sizeof(struct wire_window);
	if (flow->dirs & CTSYNC_DIR_WIN1)
		size += sizeof(struct wire_window);
	if (!is_full(type))
		return size;

	size += sizeof(struct wire_full) - sizeof(struct wire_update);
	size += tuple_size(flow->l3);
	if (flow->has_reply)
		size += sizeof(struct wire_attr) + tuple_size(flow->l3);
	if (flow->mark_clock)
		size += sizeof(struct wire_attr) + sizeof(struct wire_mark_reg);
	if (flow->has_last)
		size += sizeof(struct wire_attr) + sizeof(struct wire_tcp_last);
	if (flow->proto.clock)
		size += sizeof(struct wire_attr) + sizeof(struct wire_proto);
	if (flow->has_labels)
		size += sizeof(struct wire_attr) + sizeof(struct wire_labels);
	if (flow->zone_dir)
		size += sizeof(struct wire_attr) + sizeof(struct wire_zone_dir);
	if (flow->nr_timeouts)
		size += sizeof(struct wire_attr) + 4 * flow->nr_timeouts;
	if (flow->counts.present)
		size += sizeof(struct wire_attr) + sizeof(struct wire_counts);
	if (flow->synproxy.present)
		size += sizeof(struct wire_attr) + sizeof(struct wire_synproxy);
	return size + ctsync_wire_help_size(flow);
}

u32 ctsync_wire_note_size(u8 type)
{
	return type < CTSYNC_MSG_MAX ? ctsync_wire_least[type] : 0;
}

u32 ctsync_wire_size_max(u8 type)
{
	static const struct ctsync_flow all = {
		.dirs = CTSYNC_DIRS_WIN,
		.l3 = 6,
		.mark_clock = 1,
		.has_reply = true,
		.has_last = true,
		.proto.clock = 1,
		.has_labels = true,
		.zone_dir = CTSYNC_ZONE_ORIG,
		.nr_timeouts = CTSYNC_TIMEOUT_WORDS,
		.counts = { .present = true },
		.synproxy = { .present = true },
		.help = { .name = "fifteen letters", .nr_words = CTSYNC_HELP_WORDS },
		.adjust = { .present = true },
		.master_origin = 1,
	};
	static const struct ctsync_expect expect = {
		.l3 = 6,
		.fn = "a name of thirty-one characters",
		.helper = "fifteen letters",
	};

	if (is_full(type) || type == CTSYNC_MSG_UPDATE_C)
		return ctsync_wire_flow_size(type, &all);
	if (type == CTSYNC_MSG_HELLO)
		return sizeof(struct wire_hello) +
		       WIRE_STREAMS * sizeof(struct wire_stream);
	if (type == CTSYNC_MSG_EXPECT_NEW || type == CTSYNC_MSG_EXPECT_DEL)
		return ctsync_wire_expect_size(type, &expect);
	if (type == CTSYNC_MSG_NACK || type == CTSYNC_MSG_REPAIRED)
		return sizeof(struct wire_nack) +
		       CTSYNC_WIRE_RANGES * sizeof(struct wire_range);
	if (type == CTSYNC_MSG_DIGEST)
		return CTSYNC_WIRE_MAIL_MAX;
	if (type == CTSYNC_MSG_QUERY)
		return sizeof(struct wire_query) + tuple_size(6);
	return ctsync_wire_note_size(type);
}
