// SPDX-License-Identifier: GPL-2.0
/* The wire: encoder of frames. A message is written whole or not at all. */
#include "wire_layout.h"

void ctsync_wire_begin(struct ctsync_enc *enc, u8 *buf, u32 size,
		       const struct ctsync_frame *frame)
{
	struct wire_header *h = (struct wire_header *)buf;

	enc->buf = buf;
	enc->size = size - (frame->key_id ? CTSYNC_WIRE_TAG : 0);
	enc->len = sizeof(*h);
	enc->section = 0;
	enc->messages = 0;

	memset(h, 0, sizeof(*h));
	put32(h->magic, CTSYNC_WIRE_MAGIC);
	h->version = frame->version;
	h->key_id = frame->key_id;
	put16(h->cluster, frame->cluster);
	h->node = frame->node;
	h->dest = frame->dest;
	h->channel = frame->channel;
	h->flags = frame->flags;
	put48(h->seq, frame->seq);
	memcpy(h->epoch, frame->epoch, sizeof(h->epoch));
}

void ctsync_wire_set_seq(u8 *buf, u64 seq)
{
	put48(((struct wire_header *)buf)->seq, seq);
}

/* Make room for one message of @type and @size: in the open section when type
 * and length are the same, else in a new one. NULL: it does not fit. The room
 * is all zero.
 */
u8 *ctsync_wire_room(struct ctsync_enc *enc, u8 type, u32 size)
{
	struct wire_section *s = (struct wire_section *)(enc->buf + enc->section);
	u32 room = enc->size - enc->len;
	u32 count = 0;
	u8 *p;

	if (enc->section && s->type == type && get16(s->size) == size)
		count = get16(s->count);
	if (count == 0 || count == 0xffff) {
		if (room < sizeof(*s) || room - sizeof(*s) < size)
			return NULL;
		enc->section = enc->len;
		enc->len += sizeof(*s);
		s = (struct wire_section *)(enc->buf + enc->section);
		s->type = type;
		s->flags = 0;
		put16(s->size, size);
		count = 0;
	} else if (room < size) {
		return NULL;
	}
	put16(s->count, count + 1);
	p = enc->buf + enc->len;
	memset(p, 0, size);
	enc->len += size;
	enc->messages++;
	return p;
}

void ctsync_wire_put_ref(struct wire_ref *w, const struct ctsync_ref *ref)
{
	put64(w->id, ref->id);
	put32(w->number, ref->number);
	put16(w->inc, ref->inc);
	w->origin = ref->origin;
	w->flags = ref->flags & WIRE_REF_FLAGS;
}

static u8 *put_window(u8 *p, const struct ctsync_tcp_report *r)
{
	struct wire_window *w = (struct wire_window *)p;

	put32(w->end, r->end);
	put32(w->maxend_other, r->maxend_other);
	put32(w->maxwin, r->maxwin);
	put32(w->maxack, r->maxack);
	w->scale = r->scale;
	w->flags = r->flags & CTSYNC_TCPF_WIRE;
	return p + sizeof(*w);
}

u8 *ctsync_wire_put_tuple(u8 *p, u8 l3, const struct ctsync_tuple *t)
{
	u32 addr = l3 == 4 ? 4 : 16;

	memcpy(p, t->src, addr);
	memcpy(p + addr, t->dst, addr);
	put16(p + 2 * addr, t->sport);
	put16(p + 2 * addr + 2, t->dport);
	return p + tuple_size(l3);
}

u8 *ctsync_wire_put_attr(u8 *p, u16 type, u16 size)
{
	struct wire_attr *w = (struct wire_attr *)p;

	put16(w->type, type);
	put16(w->size, size);
	return p + sizeof(*w);
}

static u8 *put_counts(u8 *p, const struct ctsync_counts *c)
{
	struct wire_counts *w;

	if (!c->present)
		return p;
	p = ctsync_wire_put_attr(p, WIRE_ATTR_COUNTS, sizeof(*w));
	w = (struct wire_counts *)p;
	put64(w->packets_orig, c->packets[0]);
	put64(w->packets_reply, c->packets[1]);
	put64(w->bytes_orig, c->bytes[0]);
	put64(w->bytes_reply, c->bytes[1]);
	put64(w->start, c->start);
	return p + sizeof(*w);
}

static u8 *put_synproxy(u8 *p, const struct ctsync_synproxy *s)
{
	struct wire_synproxy *w;

	if (!s->present)
		return p;
	p = ctsync_wire_put_attr(p, WIRE_ATTR_SYNPROXY, sizeof(*w));
	w = (struct wire_synproxy *)p;
	put32(w->isn, s->isn);
	put32(w->its, s->its);
	put32(w->tsoff, s->tsoff);
	return p + sizeof(*w);
}

static u8 *put_more_attrs(u8 *p, const struct ctsync_flow *flow)
{
	u32 i;

	if (flow->proto.clock) {
		struct wire_proto *w;

		p = ctsync_wire_put_attr(p, WIRE_ATTR_PROTO, sizeof(*w));
		w = (struct wire_proto *)p;
		put32(w->clock, flow->proto.clock);
		w->node = flow->proto.node;
		w->state = flow->proto.state;
		w->bits = flow->proto.bits;
		w->last = flow->proto.last;
		put64(w->data, flow->proto.data);
		p += sizeof(*w);
	}
	if (flow->has_labels) {
		p = ctsync_wire_put_attr(p, WIRE_ATTR_LABELS, sizeof(flow->labels));
		memcpy(p, flow->labels, sizeof(flow->labels));
		p += sizeof(flow->labels);
	}
	if (flow->zone_dir) {
		p = ctsync_wire_put_attr(p, WIRE_ATTR_ZONE_DIR, sizeof(struct wire_zone_dir));
		*p++ = flow->zone_dir;
	}
	if (flow->nr_timeouts)
		p = ctsync_wire_put_attr(p, WIRE_ATTR_TIMEOUTS, 4 * flow->nr_timeouts);
	for (i = 0; i < flow->nr_timeouts; i++, p += 4)
		put32(p, flow->timeouts[i]);
	return put_synproxy(put_counts(p, &flow->counts), &flow->synproxy);
}

static void put_attrs(u8 *p, const struct ctsync_flow *flow)
{
	if (flow->has_reply) {
		p = ctsync_wire_put_attr(p, WIRE_ATTR_REPLY, tuple_size(flow->l3));
		p = ctsync_wire_put_tuple(p, flow->l3, &flow->reply);
	}
	if (flow->mark_clock) {
		struct wire_mark_reg *w;

		p = ctsync_wire_put_attr(p, WIRE_ATTR_MARK_REG, sizeof(*w));
		w = (struct wire_mark_reg *)p;
		put32(w->clock, flow->mark_clock);
		w->node = flow->mark_node;
		p += sizeof(*w);
	}
	if (flow->has_last) {
		struct wire_tcp_last *w;

		p = ctsync_wire_put_attr(p, WIRE_ATTR_TCP_LAST, sizeof(*w));
		w = (struct wire_tcp_last *)p;
		put32(w->seq, flow->last.seq);
		put32(w->end, flow->last.end);
		put16(w->win, flow->last.win);
		w->wscale = flow->last.wscale;
		w->flags = flow->last.flags & WIRE_LAST_FLAGS;
		w->dir = flow->last.dir;
		w->index = flow->last.index;
		p += sizeof(*w);
	}
	ctsync_wire_put_help(put_more_attrs(p, flow), flow);
}

bool ctsync_wire_put_flow(struct ctsync_enc *enc, u8 type,
			  const struct ctsync_flow *flow)
{
	u8 *p = ctsync_wire_room(enc, type, ctsync_wire_flow_size(type, flow));
	struct wire_update *u = (struct wire_update *)p;
	struct wire_full *f = (struct wire_full *)p;

	if (!p)
		return false;

	ctsync_wire_put_ref(&u->ref, &flow->ref);
	put16(u->status, flow->status & CTSYNC_ST_ALL);
	u->state = flow->state;
	u->dirs = flow->dirs & WIRE_DIRS;
	p += sizeof(*u);
	if (is_full(type)) {
		f->l3 = flow->l3;
		f->l4 = flow->l4;
		put16(f->zone, flow->zone);
		put32(f->life, flow->life);
		put32(f->mark, flow->mark);
		p = ctsync_wire_put_tuple((u8 *)(f + 1), flow->l3, &flow->orig);
	}
	if (flow->dirs & CTSYNC_DIR_WIN0)
		p = put_window(p, &flow->win[0]);
	if (flow->dirs & CTSYNC_DIR_WIN1)
		p = put_window(p, &flow->win[1]);
	if (is_full(type))
		put_attrs(p, flow);
	return true;
}

bool ctsync_wire_put_note(struct ctsync_enc *enc, u8 type,
			  const struct ctsync_note *note)
{
	u8 *p = ctsync_wire_room(enc, type, ctsync_wire_note_size(type));

	if (!p)
		return false;

	ctsync_wire_put_ref((struct wire_ref *)p, &note->ref);
	if (type == CTSYNC_MSG_DELETE) {
		((struct wire_delete *)p)->reason = note->reason;
	} else if (type == CTSYNC_MSG_IACK || type == CTSYNC_MSG_REQUEST) {
		((struct wire_iack *)p)->to = note->to;
	} else if (type == CTSYNC_MSG_INACK) {
		struct wire_inack *w = (struct wire_inack *)p;

		w->to = note->to;
		w->reason = note->reason;
		w->win_origin = note->win_origin;
		put64(w->win_id, note->win_id);
	}
	return true;
}

bool ctsync_wire_put_hello(struct ctsync_enc *enc,
			   const struct ctsync_hello *hello)
{
	u32 nr = min((u32)hello->nr_streams, (u32)WIRE_STREAMS);
	struct wire_stream *s;
	struct wire_hello *w;
	u32 size = sizeof(*w) + nr * sizeof(*s), fill = 0, i;

	/* to try how long a frame may be: who reads it ignores what is behind */
	if (hello->fill && enc->size - enc->len > sizeof(struct wire_section))
		fill = enc->size - enc->len - sizeof(struct wire_section);
	w = (struct wire_hello *)ctsync_wire_room(enc, CTSYNC_MSG_HELLO,
					     max(size, fill));
	if (!w)
		return false;

	put16(w->flags, hello->flags & WIRE_HELLO_FLAGS);
	w->to = hello->to;
	w->nr_streams = nr;
	memcpy(w->to_epoch, hello->to_epoch, sizeof(w->to_epoch));
	memcpy(w->challenge, hello->challenge, sizeof(w->challenge));
	memcpy(w->echo, hello->echo, sizeof(w->echo));
	put32(w->time, hello->time);
	put32(w->echo_time, hello->echo_time);
	put32(w->echo_age, hello->echo_age);
	put32(w->mark_value, hello->mark_value);
	put32(w->mark_mask, hello->mark_mask);
	put32(w->mark_sync, hello->mark_sync);
	put32(w->config, hello->config);
	w->version_max = hello->version_max;
	w->stream_size = sizeof(*s);
	put16(w->longest, hello->longest);
	put32(w->had, hello->had);
	s = (struct wire_stream *)(w + 1);
	for (i = 0; i < nr; i++, s++) {
		s->dest = hello->streams[i].dest;
		s->channel = hello->streams[i].channel;
		put48(s->next, hello->streams[i].next);
	}
	return true;
}
