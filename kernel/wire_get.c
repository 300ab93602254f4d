// SPDX-License-Identifier: GPL-2.0
/* The wire: decoder of frames. It checks that a part lies within its message
 * before it touches the part, and trusts no count, length or value.
 */
#include "tcpstate.h"
#include "wire_layout.h"

enum ctsync_wire_error ctsync_wire_open(struct ctsync_dec *dec, const u8 *buf,
					u32 len, struct ctsync_frame *frame)
{
	const struct wire_header *h = (const struct wire_header *)buf;

	dec->buf = buf;
	dec->len = 0;
	dec->off = 0;
	if (len < sizeof(*h))
		return CTSYNC_WIRE_SHORT;
	if (len > CTSYNC_WIRE_FRAME_MAX)
		return CTSYNC_WIRE_LONG;
	if (get32(h->magic) != CTSYNC_WIRE_MAGIC)
		return CTSYNC_WIRE_BAD_MAGIC;
	if (h->version < CTSYNC_WIRE_VERSION_MIN ||
	    h->version > CTSYNC_WIRE_VERSION)
		return CTSYNC_WIRE_BAD_VERSION;
	if (h->key_id && len < sizeof(*h) + CTSYNC_WIRE_TAG)
		return CTSYNC_WIRE_SHORT;
	if (h->node == 0 || h->channel >= CTSYNC_WIRE_CHANNELS)
		return CTSYNC_WIRE_VALUE;

	frame->version = h->version;
	frame->key_id = h->key_id;
	frame->node = h->node;
	frame->dest = h->dest;
	frame->channel = h->channel;
	frame->flags = h->flags;
	frame->cluster = get16(h->cluster);
	frame->seq = get48(h->seq);
	memcpy(frame->epoch, h->epoch, sizeof(frame->epoch));

	dec->len = len - (h->key_id ? CTSYNC_WIRE_TAG : 0);
	dec->off = sizeof(*h);
	return CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_next(struct ctsync_dec *dec,
					struct ctsync_section *sec)
{
	const struct wire_section *s;
	u32 room = dec->len - dec->off;

	memset(sec, 0, sizeof(*sec));
	if (room == 0)
		return CTSYNC_WIRE_OK;
	if (room < sizeof(*s))
		return CTSYNC_WIRE_TRUNCATED;
	s = (const struct wire_section *)(dec->buf + dec->off);
	room -= sizeof(*s);

	sec->type = s->type;
	sec->flags = s->flags;
	sec->size = get16(s->size);
	sec->count = get16(s->count);
	if (sec->size == 0 || sec->count == 0)
		return CTSYNC_WIRE_EMPTY;
	/* the product of two 16-bit numbers fits in 32 bits */
	if ((u32)sec->size * sec->count > room)
		return CTSYNC_WIRE_TRUNCATED;
	sec->messages = (const u8 *)(s + 1);
	dec->off += sizeof(*s) + (u32)sec->size * sec->count;

	if (!ctsync_wire_msg_name(sec->type))
		return CTSYNC_WIRE_UNKNOWN;
	if (sec->size < ctsync_wire_least[sec->type])
		return CTSYNC_WIRE_RUNT;
	return CTSYNC_WIRE_OK;
}

/* Message @i of @sec; false when there is no such message or it is a runt. */
static bool get_message(const struct ctsync_section *sec, u32 i, struct wire_rest *r)
{
	if (!sec->messages || i >= sec->count || sec->type >= CTSYNC_MSG_MAX ||
	    sec->size < ctsync_wire_least[sec->type])
		return false;
	r->p = sec->messages + i * sec->size;
	r->len = sec->size;
	return true;
}

enum ctsync_wire_error ctsync_wire_get_ref(const struct wire_ref *w,
				      struct ctsync_ref *ref)
{
	ref->id = get64(w->id);
	ref->number = get32(w->number);
	ref->inc = get16(w->inc);
	ref->origin = w->origin;
	ref->flags = w->flags & WIRE_REF_FLAGS;
	return ref->origin ? CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}

static enum ctsync_wire_error get_window(struct wire_rest *r,
					 struct ctsync_tcp_report *report)
{
	const struct wire_window *w;

	w = (const struct wire_window *)take(r, sizeof(*w));
	if (!w)
		return CTSYNC_WIRE_RUNT;
	report->end = get32(w->end);
	report->maxend_other = get32(w->maxend_other);
	report->maxwin = get32(w->maxwin);
	report->maxack = get32(w->maxack);
	report->scale = w->scale;
	report->flags = w->flags & CTSYNC_TCPF_WIRE;
	return w->scale <= WIRE_SCALE_MAX ? CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}

void ctsync_wire_get_tuple(const u8 *p, u8 l3, struct ctsync_tuple *t)
{
	u32 addr = l3 == 4 ? 4 : 16;

	memcpy(t->src, p, addr);
	memcpy(t->dst, p + addr, addr);
	t->sport = get16(p + 2 * addr);
	t->dport = get16(p + 2 * addr + 2);
}

static enum ctsync_wire_error get_mark_reg(const struct wire_mark_reg *w,
					   struct ctsync_flow *flow)
{
	flow->mark_clock = get32(w->clock);
	flow->mark_node = w->node;
	if (flow->mark_clock == 0 || flow->mark_node == 0)
		return CTSYNC_WIRE_VALUE;
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error get_tcp_last(const struct wire_tcp_last *w,
					   struct ctsync_flow *flow)
{
	struct ctsync_tcp_last *last = &flow->last;

	flow->has_last = true;
	last->seq = get32(w->seq);
	last->end = get32(w->end);
	last->win = get16(w->win);
	last->wscale = w->wscale;
	last->flags = w->flags & WIRE_LAST_FLAGS;
	last->dir = w->dir;
	last->index = w->index;
	if (last->wscale > WIRE_SCALE_MAX || last->dir > 1 ||
	    last->index >= WIRE_LAST_INDEXES)
		return CTSYNC_WIRE_VALUE;
	return CTSYNC_WIRE_OK;
}

const u8 *ctsync_wire_get_attr(struct wire_rest *r, u16 *type, u16 *size)
{
	const struct wire_attr *a;

	a = (const struct wire_attr *)take(r, sizeof(*a));
	if (!a)
		return NULL;
	*type = get16(a->type);
	*size = get16(a->size);
	return take(r, *size);
}

static enum ctsync_wire_error get_proto(const struct wire_proto *w,
					struct ctsync_proto *proto)
{
	proto->clock = get32(w->clock);
	proto->node = w->node;
	proto->state = w->state;
	proto->bits = w->bits;
	proto->last = w->last;
	proto->data = get64(w->data);
	if (proto->clock == 0 || proto->node == 0 ||
	    proto->state >= CTSYNC_PROTO_STATES)
		return CTSYNC_WIRE_VALUE;
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error get_zone_dir(u8 dir, struct ctsync_flow *flow)
{
	flow->zone_dir = dir;
	return dir == CTSYNC_ZONE_ORIG || dir == CTSYNC_ZONE_REPLY ?
	       CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}

static enum ctsync_wire_error get_timeouts(const u8 *p, u16 size,
					   struct ctsync_flow *flow)
{
	struct wire_rest r = { p, size };

	if (size == 0 || size % 4 || size > sizeof(flow->timeouts))
		return CTSYNC_WIRE_ATTR;
	while (r.len)
		flow->timeouts[flow->nr_timeouts++] = get32(take(&r, 4));
	return CTSYNC_WIRE_OK;
}

static void get_counts(const struct wire_counts *w, struct ctsync_counts *c)
{
	c->present = true;
	c->packets[0] = get64(w->packets_orig);
	c->packets[1] = get64(w->packets_reply);
	c->bytes[0] = get64(w->bytes_orig);
	c->bytes[1] = get64(w->bytes_reply);
	c->start = get64(w->start);
}

static void get_synproxy(const struct wire_synproxy *w,
			 struct ctsync_synproxy *s)
{
	s->present = true;
	s->isn = get32(w->isn);
	s->its = get32(w->its);
	s->tsoff = get32(w->tsoff);
}

/* All that follows the windows of a full message. What is not known is skipped,
 * so that a newer node may say more.
 */
static enum ctsync_wire_error get_attrs(struct wire_rest *r,
					struct ctsync_flow *flow)
{
	const u32 sizes[WIRE_ATTR_MAX] = {
		[WIRE_ATTR_REPLY]	= tuple_size(flow->l3),
		[WIRE_ATTR_MARK_REG]	= sizeof(struct wire_mark_reg),
		[WIRE_ATTR_TCP_LAST]	= sizeof(struct wire_tcp_last),
		[WIRE_ATTR_PROTO]	= sizeof(struct wire_proto),
		[WIRE_ATTR_LABELS]	= sizeof(struct wire_labels),
		[WIRE_ATTR_ZONE_DIR]	= sizeof(struct wire_zone_dir),
		[WIRE_ATTR_TIMEOUTS]	= 0,	/* any */
		[WIRE_ATTR_COUNTS]	= sizeof(struct wire_counts),
		[WIRE_ATTR_SYNPROXY]	= sizeof(struct wire_synproxy),
	};
	enum ctsync_wire_error ret = CTSYNC_WIRE_OK;
	u32 had = 0;

	while (r->len && ret == CTSYNC_WIRE_OK) {
		u16 type, size;
		const u8 *p;
		bool help;

		p = ctsync_wire_get_attr(r, &type, &size);
		if (!p)
			return CTSYNC_WIRE_ATTR;
		help = type >= WIRE_ATTR_HELPER && type < WIRE_ATTR_HELP_MAX;
		if (type == 0 || (type >= WIRE_ATTR_MAX && !help))
			continue;
		if (had & (1u << type) || (!help && sizes[type] && size != sizes[type]))
			return CTSYNC_WIRE_ATTR;
		had |= 1u << type;
		if (help) {
			ret = ctsync_wire_get_help(type, p, size, flow);
			continue;
		}

		if (type == WIRE_ATTR_REPLY) {
			flow->has_reply = true;
			ctsync_wire_get_tuple(p, flow->l3, &flow->reply);
		} else if (type == WIRE_ATTR_MARK_REG) {
			ret = get_mark_reg((const struct wire_mark_reg *)p, flow);
		} else if (type == WIRE_ATTR_TCP_LAST) {
			ret = get_tcp_last((const struct wire_tcp_last *)p, flow);
		} else if (type == WIRE_ATTR_PROTO) {
			ret = get_proto((const struct wire_proto *)p, &flow->proto);
		} else if (type == WIRE_ATTR_LABELS) {
			flow->has_labels = true;
			memcpy(flow->labels, p, sizeof(flow->labels));
		} else if (type == WIRE_ATTR_ZONE_DIR) {
			ret = get_zone_dir(*p, flow);
		} else if (type == WIRE_ATTR_TIMEOUTS) {
			ret = get_timeouts(p, size, flow);
		} else if (type == WIRE_ATTR_COUNTS) {
			get_counts((const struct wire_counts *)p, &flow->counts);
		} else {
			get_synproxy((const struct wire_synproxy *)p,
				     &flow->synproxy);
		}
	}
	return ret;
}

enum ctsync_wire_error ctsync_wire_get_flow(const struct ctsync_section *sec,
					    u32 i, struct ctsync_flow *flow)
{
	const struct wire_update *u;
	enum ctsync_wire_error ret;
	struct wire_rest r;
	u32 d;

	memset(flow, 0, sizeof(*flow));
	if (!is_full(sec->type) && sec->type != CTSYNC_MSG_UPDATE_C)
		return CTSYNC_WIRE_UNKNOWN;
	if (!get_message(sec, i, &r))
		return CTSYNC_WIRE_RUNT;

	/* that these heads are there was checked with the least length */
	u = (const struct wire_update *)take(&r, sizeof(*u));
	ret = ctsync_wire_get_ref(&u->ref, &flow->ref);
	if (ret != CTSYNC_WIRE_OK)
		return ret;
	flow->status = get16(u->status) & CTSYNC_ST_ALL;
	flow->state = u->state;
	flow->dirs = u->dirs & WIRE_DIRS;
	if (flow->state >= CTSYNC_TCP_STATE_MAX)
		return CTSYNC_WIRE_VALUE;

	if (is_full(sec->type)) {
		const struct wire_full *f = (const struct wire_full *)u;
		const u8 *t;

		take(&r, sizeof(*f) - sizeof(*u));
		flow->l3 = f->l3;
		flow->l4 = f->l4;
		flow->zone = get16(f->zone);
		flow->life = get32(f->life);
		flow->mark = get32(f->mark);
		if (flow->l3 != 4 && flow->l3 != 6)
			return CTSYNC_WIRE_VALUE;
		t = take(&r, tuple_size(flow->l3));
		if (!t)
			return CTSYNC_WIRE_RUNT;
		ctsync_wire_get_tuple(t, flow->l3, &flow->orig);
	}
	for (d = 0; d < 2; d++) {
		if (!(flow->dirs & (CTSYNC_DIR_WIN0 << d)))
			continue;
		ret = get_window(&r, &flow->win[d]);
		if (ret != CTSYNC_WIRE_OK)
			return ret;
	}
	return is_full(sec->type) ? get_attrs(&r, flow) : CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error get_inack(const struct wire_inack *w,
					struct ctsync_note *note)
{
	bool named;

	note->to = w->to;
	note->reason = w->reason;
	note->win_origin = w->win_origin;
	note->win_id = get64(w->win_id);
	named = note->reason == CTSYNC_INACK_ADOPT ||
		note->reason == CTSYNC_INACK_CONFLICT ||
		note->reason == CTSYNC_INACK_BOTH;
	if (note->to == 0 || note->reason >= CTSYNC_INACK_MAX ||
	    (named && note->win_origin == 0))
		return CTSYNC_WIRE_VALUE;
	return CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_note(const struct ctsync_section *sec,
					    u32 i, struct ctsync_note *note)
{
	enum ctsync_wire_error ret;
	struct wire_rest r;

	memset(note, 0, sizeof(*note));
	if (sec->type < CTSYNC_MSG_DELETE || sec->type > CTSYNC_MSG_REQUEST)
		return CTSYNC_WIRE_UNKNOWN;
	if (!get_message(sec, i, &r))
		return CTSYNC_WIRE_RUNT;

	ret = ctsync_wire_get_ref((const struct wire_ref *)r.p, &note->ref);
	if (ret != CTSYNC_WIRE_OK)
		return ret;
	if (sec->type == CTSYNC_MSG_DELETE) {
		note->reason = ((const struct wire_delete *)r.p)->reason;
		if (note->reason >= CTSYNC_DEL_MAX)
			return CTSYNC_WIRE_VALUE;
	} else if (sec->type == CTSYNC_MSG_INACK) {
		return get_inack((const struct wire_inack *)r.p, note);
	} else if (sec->type != CTSYNC_MSG_FORGET) {
		note->to = ((const struct wire_iack *)r.p)->to;
		/* a request may go to all, an acknowledgement may not */
		if (note->to == 0 && sec->type == CTSYNC_MSG_IACK)
			return CTSYNC_WIRE_VALUE;
	}
	return CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_hello(const struct ctsync_section *sec,
					     u32 i, struct ctsync_hello *hello)
{
	const struct wire_hello *w;
	struct wire_rest r;
	u32 j;

	memset(hello, 0, sizeof(*hello));
	if (sec->type != CTSYNC_MSG_HELLO)
		return CTSYNC_WIRE_UNKNOWN;
	if (!get_message(sec, i, &r))
		return CTSYNC_WIRE_RUNT;

	w = (const struct wire_hello *)take(&r, sizeof(*w));
	if (w->nr_streams > WIRE_STREAMS ||
	    w->stream_size < sizeof(struct wire_stream))
		return CTSYNC_WIRE_VALUE;
	hello->flags = get16(w->flags) & WIRE_HELLO_FLAGS;
	hello->to = w->to;
	hello->nr_streams = w->nr_streams;
	memcpy(hello->to_epoch, w->to_epoch, sizeof(hello->to_epoch));
	memcpy(hello->challenge, w->challenge, sizeof(hello->challenge));
	memcpy(hello->echo, w->echo, sizeof(hello->echo));
	hello->time = get32(w->time);
	hello->echo_time = get32(w->echo_time);
	hello->echo_age = get32(w->echo_age);
	hello->mark_value = get32(w->mark_value);
	hello->mark_mask = get32(w->mark_mask);
	hello->mark_sync = get32(w->mark_sync);
	hello->config = get32(w->config);
	hello->version_max = w->version_max;
	hello->longest = get16(w->longest);
	hello->had = get32(w->had);
	for (j = 0; j < w->nr_streams; j++) {
		struct ctsync_stream *stream = &hello->streams[j];
		const struct wire_stream *s;

		s = (const struct wire_stream *)take(&r, w->stream_size);
		if (!s)
			return CTSYNC_WIRE_RUNT;
		stream->dest = s->dest;
		stream->channel = s->channel;
		stream->next = get48(s->next);
		if ((stream->dest && stream->dest != hello->to) ||
		    stream->channel >= CTSYNC_WIRE_CHANNELS)
			return CTSYNC_WIRE_VALUE;
	}
	return CTSYNC_WIRE_OK;
}

const u8 *ctsync_wire_message(const struct ctsync_section *sec, u32 i)
{
	struct wire_rest r;

	return get_message(sec, i, &r) ? r.p : NULL;
}
