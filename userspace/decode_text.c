// SPDX-License-Identifier: GPL-2.0
/* One message of a frame as one line of text. */
#include "decode_text.h"

#include "tcpstate.h"
#include "tuple.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

struct flag {
	u32 bit;
	const char *name;
};

static void put_flags(FILE *out, u32 value, const struct flag *flags, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value & flags[i].bit)
			fprintf(out, " %s", flags[i].name);
}

static void put_ref(FILE *out, const char *name, const struct ctsync_ref *ref)
{
	static const struct flag flags[] = {
		{ CTSYNC_REF_ACK, "ack" }, { CTSYNC_REF_COPY, "copy" },
		{ CTSYNC_REF_SEEN0, "seen-original" }, { CTSYNC_REF_SEEN1, "seen-reply" },
		{ CTSYNC_REF_ANSWER, "answer" },
	};

	fprintf(out, "\t%s %u:%016llx life %u number %u", name, ref->origin,
		(unsigned long long)ref->id, ref->inc, ref->number);
	put_flags(out, ref->flags, flags, N(flags));
}

static void put_tuple(FILE *out, u8 l3, u8 l4, const struct ctsync_tuple *t)
{
	char src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
	struct tuple tuple = {
		.proto = l4,
		.src.len = l3 == 4 ? 4 : 16, .dst.len = l3 == 4 ? 4 : 16,
		.sport = t->sport, .dport = t->dport,
	};

	memcpy(tuple.src.bytes, t->src, sizeof(t->src));
	memcpy(tuple.dst.bytes, t->dst, sizeof(t->dst));
	fprintf(out, "%s > %s", tuple_src_text(&tuple, src), tuple_dst_text(&tuple, dst));
	if (protocol_is_icmp(l4))
		fprintf(out, " id %u type %u code %u", t->sport, t->dport >> 8, t->dport & 255);
}

static void put_window(FILE *out, const char *name, const struct ctsync_tcp_report *w)
{
	fprintf(out, " %s[end %u grants %u win %u ack %u scale %u flags 0x%x]", name, w->end,
		w->maxend_other, w->maxwin, w->maxack, w->scale, w->flags);
}

static void put_full(FILE *out, const struct ctsync_flow *f)
{
	struct tuple proto = { .proto = f->l4 };
	char text[PROTO_TEXT];

	fprintf(out, " %s ", tuple_proto_text(&proto, text));
	put_tuple(out, f->l3, f->l4, &f->orig);
	if (f->has_reply) {
		fprintf(out, " reply ");
		put_tuple(out, f->l3, f->l4, &f->reply);
	}
	if (f->zone)
		fprintf(out, " zone %u", f->zone);
	fprintf(out, " mark 0x%x", f->mark);
	if (f->mark_clock)
		fprintf(out, " marked by %u clock %u", f->mark_node, f->mark_clock);
	if (f->life)
		fprintf(out, " lives %us", f->life);
	if (f->counts.present)
		fprintf(out, " packets %llu %llu bytes %llu %llu",
			(unsigned long long)f->counts.packets[0],
			(unsigned long long)f->counts.packets[1],
			(unsigned long long)f->counts.bytes[0],
			(unsigned long long)f->counts.bytes[1]);
	if (f->synproxy.present)
		fprintf(out, " synproxy isn %u", f->synproxy.isn);
	if (f->help.name[0])
		fprintf(out, " helper %s", f->help.name);
}

static enum ctsync_wire_error put_flow(FILE *out, const char *name,
				       const struct ctsync_section *sec, u32 i)
{
	static const struct flag status[] = {
		{ CTSYNC_ST_SEEN_REPLY, "replied" }, { CTSYNC_ST_ASSURED, "assured" },
		{ CTSYNC_ST_FIXED_TIMEOUT, "fixed-timeout" }, { CTSYNC_ST_SRC_NAT, "snat" },
		{ CTSYNC_ST_DST_NAT, "dnat" }, { CTSYNC_ST_SYN_IGNORED, "syn-ignored" },
	};
	static const struct flag dirs[] = {
		{ CTSYNC_DIR_SEEN0, "saw-original" }, { CTSYNC_DIR_SEEN1, "saw-reply" },
	};
	struct ctsync_flow f;
	enum ctsync_wire_error err = ctsync_wire_get_flow(sec, i, &f);

	if (err)
		return err;
	put_ref(out, name, &f.ref);
	if (sec->type != CTSYNC_MSG_UPDATE_C)
		put_full(out, &f);
	if (f.state)
		fprintf(out, " %s", ctsync_tcpstate_name(f.state));
	put_flags(out, f.status, status, N(status));
	put_flags(out, f.dirs, dirs, N(dirs));
	if (f.dirs & CTSYNC_DIR_WIN0)
		put_window(out, "original", &f.win[0]);
	if (f.dirs & CTSYNC_DIR_WIN1)
		put_window(out, "reply", &f.win[1]);
	fprintf(out, "\n");
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error put_note(FILE *out, const char *name,
				       const struct ctsync_section *sec, u32 i)
{
	static const char *const ends[] = {
#define X(reason) [CTSYNC_DEL_##reason] = #reason,
		CTSYNC_DEL_REASONS(X)
#undef X
	};
	static const char *const refusals[] = {
#define X(reason) [CTSYNC_INACK_##reason] = #reason,
		CTSYNC_INACK_REASONS(X)
#undef X
	};
	struct ctsync_note note;
	enum ctsync_wire_error err = ctsync_wire_get_note(sec, i, &note);

	if (err)
		return err;
	put_ref(out, name, &note.ref);
	if (note.to)
		fprintf(out, " to %u", note.to);
	if (sec->type == CTSYNC_MSG_DELETE && note.reason < N(ends))
		fprintf(out, " %s", ends[note.reason]);
	if (sec->type == CTSYNC_MSG_INACK && note.reason < N(refusals))
		fprintf(out, " %s", refusals[note.reason]);
	if (note.win_origin)
		fprintf(out, " of %u:%016llx", note.win_origin, (unsigned long long)note.win_id);
	fprintf(out, "\n");
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error put_expect(FILE *out, const char *name,
					 const struct ctsync_section *sec, u32 i)
{
	static const struct flag flags[] = {
		{ CTSYNC_EXP_PERMANENT, "permanent" }, { CTSYNC_EXP_INACTIVE, "inactive" },
	};
	struct tuple proto = {};
	char text[PROTO_TEXT];
	struct ctsync_expect exp;
	enum ctsync_wire_error err = ctsync_wire_get_expect(sec, i, &exp);

	if (err)
		return err;
	put_ref(out, name, &exp.ref);
	proto.proto = exp.l4;
	fprintf(out, " %s ", tuple_proto_text(&proto, text));
	put_tuple(out, exp.l3, exp.l4, &exp.tuple);
	if (sec->type == CTSYNC_MSG_EXPECT_NEW) {
		fprintf(out, " class %u lives %us", exp.class, exp.life);
		put_flags(out, exp.flags, flags, N(flags));
		if (exp.fn[0])
			fprintf(out, " by %s", exp.fn);
		if (exp.helper[0])
			fprintf(out, " helper %s", exp.helper);
	}
	fprintf(out, "\n");
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error put_hello(FILE *out, const char *name,
					const struct ctsync_section *sec, u32 i)
{
	static const struct flag flags[] = {
		{ CTSYNC_HELLO_READY, "ready" }, { CTSYNC_HELLO_STANDBY, "standby" },
		{ CTSYNC_HELLO_DRAIN, "drain" }, { CTSYNC_HELLO_PROVEN, "proven" },
		{ CTSYNC_HELLO_COPIED, "copied" }, { CTSYNC_HELLO_LEAVING, "leaving" },
		{ CTSYNC_HELLO_ANSWERS, "answers" },
	};
	struct ctsync_hello h;
	enum ctsync_wire_error err = ctsync_wire_get_hello(sec, i, &h);

	if (err)
		return err;
	fprintf(out, "\t%s to %u epoch ", name, h.to);
	for (size_t j = 0; j < 4; j++)
		fprintf(out, "%02x", h.to_epoch[j]);
	put_flags(out, h.flags, flags, N(flags));
	fprintf(out, " mark 0x%x/0x%x sync 0x%x version %u", h.mark_value, h.mark_mask,
		h.mark_sync, h.version_max);
	if (h.longest)
		fprintf(out, " longest %u", h.longest);
	for (u32 j = 0; j < h.nr_streams; j++)
		if (h.streams[j].next > 1)
			fprintf(out, " next[%u,%u] %llu", h.streams[j].dest, h.streams[j].channel,
				(unsigned long long)h.streams[j].next);
	fprintf(out, "\n");
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error (*const printers[CTSYNC_MSG_MAX])(FILE *out, const char *name,
								 const struct ctsync_section *sec,
								 u32 i) = {
	[CTSYNC_MSG_INSERT]	= put_flow,
	[CTSYNC_MSG_UPDATE]	= put_flow,
	[CTSYNC_MSG_UPDATE_C]	= put_flow,
	[CTSYNC_MSG_DELETE]	= put_note,
	[CTSYNC_MSG_FORGET]	= put_note,
	[CTSYNC_MSG_IACK]	= put_note,
	[CTSYNC_MSG_INACK]	= put_note,
	[CTSYNC_MSG_REQUEST]	= put_note,
	[CTSYNC_MSG_EXPECT_NEW]	= put_expect,
	[CTSYNC_MSG_EXPECT_DEL]	= put_expect,
	[CTSYNC_MSG_HELLO]	= put_hello,
};

void decode_text_message(FILE *out, const struct ctsync_section *sec, u32 i)
{
	const char *name = ctsync_wire_msg_name(sec->type);
	enum ctsync_wire_error err;

	if (!name || !printers[sec->type]) {
		fprintf(out, "\t%s, %u bytes\n", name ? name : "?", sec->size);
		return;
	}
	err = printers[sec->type](out, name, sec, i);
	if (err)
		fprintf(out, "\t%s, %u bytes: %s\n", name, sec->size, ctsync_wire_error_name(err));
}
