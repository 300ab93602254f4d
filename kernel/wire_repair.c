// SPDX-License-Identifier: GPL-2.0
/* The wire: messages that keep tables alike (repair, bulk, digest, query), both
 * ways. They are packed when something decides to send them and copied into a
 * frame later, so they are written without one.
 */
#include "digest_tree.h"
#include "wire_layout.h"

#define RANGE_GONE 0x8000

/* ---- writing ---- */

bool ctsync_wire_put_packed(struct ctsync_enc *enc, u8 type, const u8 *msg,
			    u32 len)
{
	u8 *p = ctsync_wire_room(enc, type, len);

	if (!p)
		return false;
	memcpy(p, msg, len);
	return true;
}

u32 ctsync_wire_pack_nack(u8 *buf, const struct ctsync_nack *m)
{
	u32 nr = min((u32)m->nr, (u32)CTSYNC_WIRE_RANGES), i;
	struct wire_nack *w = (struct wire_nack *)buf;
	struct wire_range *r = (struct wire_range *)(w + 1);

	w->to = m->to;
	w->dest = m->dest;
	w->channel = m->channel;
	w->nr = nr;
	put32(w->epoch, m->epoch);
	for (i = 0; i < nr; i++, r++) {
		put48(r->first, m->range[i].first);
		put16(r->count, m->range[i].count |
				(m->range[i].gone ? RANGE_GONE : 0));
	}
	return (u8 *)r - buf;
}

u32 ctsync_wire_pack_bulk(u8 *buf, const struct ctsync_bulk_msg *m)
{
	struct wire_bulk *w = (struct wire_bulk *)buf;

	memset(w, 0, sizeof(*w));
	w->to = m->to;
	w->flags = m->flags;
	put32(w->run, m->run);
	put32(w->mark, m->mark);
	put32(w->total, m->total);
	return sizeof(*w);
}

u32 ctsync_wire_pack_digest(u8 *buf, const struct ctsync_digest_msg *m)
{
	u32 nr = min((u32)m->nr, (u32)CTSYNC_WIRE_DIGESTS), i;
	struct wire_digest *w = (struct wire_digest *)buf;
	u8 *p = (u8 *)(w + 1);

	memset(w, 0, sizeof(*w));
	w->to = m->to;
	w->level = m->level;
	put16(w->first, m->first);
	put16(w->nr, nr);
	put32(w->round, m->round);
	put32(w->entries, m->entries);
	for (i = 0; i < nr; i++, p += 8)
		put64(p, m->value[i]);
	return p - buf;
}

u32 ctsync_wire_pack_query(u8 *buf, const struct ctsync_query *m)
{
	struct wire_query *w = (struct wire_query *)buf;

	memset(w, 0, sizeof(*w));
	put32(w->number, m->number);
	w->l3 = m->l3;
	w->l4 = m->l4;
	put16(w->zone, m->zone);
	w->zone_dir = m->zone_dir;
	return ctsync_wire_put_tuple((u8 *)(w + 1), m->l3, &m->tuple) - buf;
}

u32 ctsync_wire_pack_unknown(u8 *buf, const struct ctsync_unknown *m)
{
	struct wire_unknown *w = (struct wire_unknown *)buf;

	memset(w, 0, sizeof(*w));
	w->to = m->to;
	put32(w->number, m->number);
	return sizeof(*w);
}

/* ---- reading ---- */

enum ctsync_wire_error ctsync_wire_get_nack(const struct ctsync_section *sec,
					    u32 i, struct ctsync_nack *m)
{
	const u8 *p = ctsync_wire_message(sec, i);
	const struct wire_nack *w = (const struct wire_nack *)p;
	const struct wire_range *r;
	u32 j;

	memset(m, 0, sizeof(*m));
	if (sec->type != CTSYNC_MSG_NACK && sec->type != CTSYNC_MSG_REPAIRED)
		return CTSYNC_WIRE_UNKNOWN;
	if (!p)
		return CTSYNC_WIRE_RUNT;
	m->to = w->to;
	m->dest = w->dest;
	m->channel = w->channel;
	m->nr = w->nr;
	m->epoch = get32(w->epoch);
	if (!m->to || m->channel >= CTSYNC_WIRE_CHANNELS || !m->nr ||
	    m->nr > CTSYNC_WIRE_RANGES)
		return CTSYNC_WIRE_VALUE;
	if (sec->size < sizeof(*w) + m->nr * sizeof(*r))
		return CTSYNC_WIRE_RUNT;
	r = (const struct wire_range *)(w + 1);
	for (j = 0; j < m->nr; j++, r++) {
		m->range[j].first = get48(r->first);
		m->range[j].count = get16(r->count) & CTSYNC_RANGE_MAX;
		m->range[j].gone = get16(r->count) & RANGE_GONE;
		if (!m->range[j].first || !m->range[j].count)
			return CTSYNC_WIRE_VALUE;
	}
	return CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_bulk(const struct ctsync_section *sec,
					    u32 i, struct ctsync_bulk_msg *m)
{
	const u8 *p = ctsync_wire_message(sec, i);
	const struct wire_bulk *w = (const struct wire_bulk *)p;

	memset(m, 0, sizeof(*m));
	if (sec->type != CTSYNC_MSG_BULK_START &&
	    sec->type != CTSYNC_MSG_BULK_END && sec->type != CTSYNC_MSG_BULK_ACK)
		return CTSYNC_WIRE_UNKNOWN;
	if (!p)
		return CTSYNC_WIRE_RUNT;
	m->to = w->to;
	m->flags = w->flags & CTSYNC_BULK_WANT;
	m->run = get32(w->run);
	m->mark = get32(w->mark);
	m->total = get32(w->total);
	return m->to ? CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}

/* Values are of groups or buckets that there are; questions and their answers are for one
 * node and have all that they need.
 */
static bool digest_is_sane(const struct ctsync_digest_msg *m)
{
	u32 end = m->first + m->nr;

	switch (m->level) {
	case CTSYNC_DIGEST_LEVEL_GROUPS:
		return end <= CTSYNC_DIGEST_GROUPS;
	case CTSYNC_DIGEST_LEVEL_BUCKETS:
	case CTSYNC_DIGEST_LEVEL_BUCKETS_TOO:
		return end <= CTSYNC_DIGEST_BUCKETS;
	case CTSYNC_DIGEST_LEVEL_ASK:
		return m->to && m->nr == 2 && m->first < CTSYNC_DIGEST_BUCKETS;
	case CTSYNC_DIGEST_LEVEL_SHOW_GROUPS:
	case CTSYNC_DIGEST_LEVEL_SHOW_BUCKETS:
		return m->to && m->nr == 64 && end <= CTSYNC_DIGEST_BUCKETS;
	case CTSYNC_DIGEST_LEVEL_SHOW_ENTRIES:
		return m->to && m->nr % CTSYNC_DIGEST_WORDS == 1 &&
		       m->first < CTSYNC_DIGEST_BUCKETS;
	}
	return false;
}

enum ctsync_wire_error ctsync_wire_get_digest(const struct ctsync_section *sec,
					      u32 i,
					      struct ctsync_digest_msg *m)
{
	const u8 *p = ctsync_wire_message(sec, i);
	const struct wire_digest *w = (const struct wire_digest *)p;
	u32 j;

	memset(m, 0, sizeof(*m));
	if (sec->type != CTSYNC_MSG_DIGEST)
		return CTSYNC_WIRE_UNKNOWN;
	if (!p)
		return CTSYNC_WIRE_RUNT;
	m->to = w->to;
	m->level = w->level;
	m->first = get16(w->first);
	m->nr = get16(w->nr);
	m->round = get32(w->round);
	m->entries = get32(w->entries);
	if (!m->nr || m->nr > CTSYNC_WIRE_DIGESTS || !digest_is_sane(m))
		return CTSYNC_WIRE_VALUE;
	if (sec->size < sizeof(*w) + m->nr * 8)
		return CTSYNC_WIRE_RUNT;
	for (j = 0; j < m->nr; j++)
		m->value[j] = get64(p + sizeof(*w) + 8 * j);
	return CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_query(const struct ctsync_section *sec,
					     u32 i, struct ctsync_query *m)
{
	const u8 *p = ctsync_wire_message(sec, i);
	const struct wire_query *w = (const struct wire_query *)p;

	memset(m, 0, sizeof(*m));
	if (sec->type != CTSYNC_MSG_QUERY)
		return CTSYNC_WIRE_UNKNOWN;
	if (!p)
		return CTSYNC_WIRE_RUNT;
	m->number = get32(w->number);
	m->l3 = w->l3;
	m->l4 = w->l4;
	m->zone = get16(w->zone);
	m->zone_dir = w->zone_dir;
	if ((m->l3 != 4 && m->l3 != 6) || m->zone_dir > CTSYNC_ZONE_REPLY)
		return CTSYNC_WIRE_VALUE;
	if (sec->size < sizeof(*w) + tuple_size(m->l3))
		return CTSYNC_WIRE_RUNT;
	ctsync_wire_get_tuple((const u8 *)(w + 1), m->l3, &m->tuple);
	return CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_unknown(const struct ctsync_section *sec,
					       u32 i, struct ctsync_unknown *m)
{
	const u8 *p = ctsync_wire_message(sec, i);
	const struct wire_unknown *w = (const struct wire_unknown *)p;

	memset(m, 0, sizeof(*m));
	if (sec->type != CTSYNC_MSG_UNKNOWN)
		return CTSYNC_WIRE_UNKNOWN;
	if (!p)
		return CTSYNC_WIRE_RUNT;
	m->to = w->to;
	m->number = get32(w->number);
	return m->to ? CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}
