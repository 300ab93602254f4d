// SPDX-License-Identifier: GPL-2.0
/* The wire of helpers: their attributes of a full message, and the messages about
 * flows that they expect; encoder and decoder.
 */
#include "wire_layout.h"

/* ---- names ---- */

/* Length of a name in a field of @room bytes, its NUL left out. */
static u32 name_len(const char *name, u32 room)
{
	u32 n = 0;

	while (n < room - 1 && name[n])
		n++;
	return n;
}

/* A name from the wire: printable, shorter than its field, which is padded with
 * NULs so that names compare as bytes.
 */
static bool get_name(const u8 *p, u32 size, char *name, u32 room)
{
	u32 i;

	if (size == 0 || size >= room)
		return false;
	for (i = 0; i < size; i++) {
		if (p[i] <= ' ' || p[i] > '~')
			return false;
	}
	memset(name, 0, room);
	memcpy(name, p, size);
	return true;
}

/* ---- attributes of a full message ---- */

u32 ctsync_wire_help_size(const struct ctsync_flow *flow)
{
	const struct ctsync_help *h = &flow->help;
	u32 size = 0;

	if (h->name[0])
		size += sizeof(struct wire_attr) + 1 +
			name_len(h->name, sizeof(h->name)) + 4 * h->nr_words;
	if (flow->adjust.present)
		size += sizeof(struct wire_attr) + 2 * sizeof(struct wire_adjust);
	if (flow->master_origin)
		size += sizeof(struct wire_attr) + sizeof(struct wire_master);
	return size;
}

static u8 *put_helper(u8 *p, const struct ctsync_help *h)
{
	u32 len = name_len(h->name, sizeof(h->name)), i;

	p = ctsync_wire_put_attr(p, WIRE_ATTR_HELPER, 1 + len + 4 * h->nr_words);
	*p++ = len;
	memcpy(p, h->name, len);
	p += len;
	for (i = 0; i < h->nr_words; i++, p += 4)
		put32(p, h->word[i]);
	return p;
}

u8 *ctsync_wire_put_help(u8 *p, const struct ctsync_flow *flow)
{
	u32 d;

	if (flow->help.name[0])
		p = put_helper(p, &flow->help);
	if (flow->adjust.present) {
		struct wire_adjust *w;

		p = ctsync_wire_put_attr(p, WIRE_ATTR_ADJUST, 2 * sizeof(*w));
		w = (struct wire_adjust *)p;
		for (d = 0; d < 2; d++, w++) {
			put32(w->pos, flow->adjust.dir[d].pos);
			put32(w->before, (u32)flow->adjust.dir[d].before);
			put32(w->after, (u32)flow->adjust.dir[d].after);
		}
		p = (u8 *)w;
	}
	if (flow->master_origin) {
		struct wire_master *w;

		p = ctsync_wire_put_attr(p, WIRE_ATTR_MASTER, sizeof(*w));
		w = (struct wire_master *)p;
		w->origin = flow->master_origin;
		put64(w->id, flow->master_id);
		p += sizeof(*w);
	}
	return p;
}

static enum ctsync_wire_error get_helper(struct wire_rest *r,
					 struct ctsync_help *h)
{
	const u8 *len = take(r, 1), *name;

	name = len ? take(r, *len) : NULL;
	if (!name)
		return CTSYNC_WIRE_ATTR;
	/* more words than are known are a newer node's, and of no use here */
	while (r->len >= 4 && h->nr_words < CTSYNC_HELP_WORDS)
		h->word[h->nr_words++] = get32(take(r, 4));
	return get_name(name, *len, h->name, sizeof(h->name)) ?
	       CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}

static enum ctsync_wire_error get_adjust(struct wire_rest *r,
					 struct ctsync_adjust *a)
{
	const struct wire_adjust *w;
	u32 d;

	for (d = 0; d < 2; d++) {
		w = (const struct wire_adjust *)take(r, sizeof(*w));
		if (!w)
			return CTSYNC_WIRE_ATTR;
		a->dir[d].pos = get32(w->pos);
		a->dir[d].before = (s32)get32(w->before);
		a->dir[d].after = (s32)get32(w->after);
	}
	a->present = true;
	return r->len ? CTSYNC_WIRE_ATTR : CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_help(u16 type, const u8 *p, u16 size,
					    struct ctsync_flow *flow)
{
	const struct wire_master *w = (const struct wire_master *)p;
	struct wire_rest r = { p, size };

	if (type == WIRE_ATTR_HELPER)
		return get_helper(&r, &flow->help);
	if (type == WIRE_ATTR_ADJUST)
		return get_adjust(&r, &flow->adjust);
	if (size != sizeof(*w))
		return CTSYNC_WIRE_ATTR;
	flow->master_origin = w->origin;
	flow->master_id = get64(w->id);
	return w->origin ? CTSYNC_WIRE_OK : CTSYNC_WIRE_VALUE;
}

/* ---- expectations ---- */

static u32 addr_size(u8 l3)
{
	return l3 == 4 ? 4 : 16;
}

static u32 expect_attr_size(const char *name, u32 room)
{
	return name[0] ? sizeof(struct wire_attr) + name_len(name, room) : 0;
}

u32 ctsync_wire_expect_size(u8 type, const struct ctsync_expect *exp)
{
	u32 size = tuple_size(exp->l3) + addr_size(exp->l3);

	if (type == CTSYNC_MSG_EXPECT_DEL)
		return size + sizeof(struct wire_expect);
	return size + sizeof(struct wire_expect_new) + addr_size(exp->l3) +
	       expect_attr_size(exp->fn, sizeof(exp->fn)) +
	       expect_attr_size(exp->helper, sizeof(exp->helper));
}

static u8 *put_name(u8 *p, u16 type, const char *name, u32 room)
{
	u32 len = name_len(name, room);

	if (!len)
		return p;
	p = ctsync_wire_put_attr(p, type, len);
	memcpy(p, name, len);
	return p + len;
}

bool ctsync_wire_put_expect(struct ctsync_enc *enc, u8 type,
			    const struct ctsync_expect *exp)
{
	u8 *p = ctsync_wire_room(enc, type, ctsync_wire_expect_size(type, exp));
	struct wire_expect_new *n = (struct wire_expect_new *)p;
	struct wire_expect *w = (struct wire_expect *)p;
	u32 addr = addr_size(exp->l3);

	if (!p)
		return false;
	ctsync_wire_put_ref(&w->ref, &exp->ref);
	w->l3 = exp->l3;
	w->l4 = exp->l4;
	put16(w->mask_sport, exp->mask_sport);
	p += sizeof(*w);
	if (type == CTSYNC_MSG_EXPECT_NEW) {
		n->class = exp->class;
		n->flags = exp->flags & CTSYNC_EXP_ALL;
		n->dir = exp->dir;
		put32(n->life, exp->life);
		put16(n->saved_port, exp->saved_port);
		p = (u8 *)(n + 1);
	}
	p = ctsync_wire_put_tuple(p, exp->l3, &exp->tuple);
	memcpy(p, exp->mask_src, addr);
	p += addr;
	if (type == CTSYNC_MSG_EXPECT_DEL)
		return true;
	memcpy(p, exp->saved, addr);
	p += addr;
	p = put_name(p, WIRE_EXPECT_FN, exp->fn, sizeof(exp->fn));
	put_name(p, WIRE_EXPECT_HELPER, exp->helper, sizeof(exp->helper));
	return true;
}

static enum ctsync_wire_error get_expect_attrs(struct wire_rest *r,
					       struct ctsync_expect *exp)
{
	while (r->len) {
		u16 type, size;
		const u8 *p = ctsync_wire_get_attr(r, &type, &size);
		bool fn = type == WIRE_EXPECT_FN;
		char *name = fn ? exp->fn : exp->helper;

		if (!p)
			return CTSYNC_WIRE_ATTR;
		if (type == 0 || type >= WIRE_EXPECT_ATTR_MAX)
			continue;
		if (name[0])
			return CTSYNC_WIRE_ATTR;
		if (!get_name(p, size, name, fn ? sizeof(exp->fn) :
						  sizeof(exp->helper)))
			return CTSYNC_WIRE_VALUE;
	}
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error get_expect_new(struct wire_rest *r,
					     struct ctsync_expect *exp)
{
	const struct wire_expect_new *n;

	/* that it is there was checked with the least length */
	n = (const struct wire_expect_new *)(r->p - sizeof(n->expect));
	take(r, sizeof(*n) - sizeof(n->expect));
	exp->class = n->class;
	exp->flags = n->flags & CTSYNC_EXP_ALL;
	exp->dir = n->dir;
	exp->life = get32(n->life);
	exp->saved_port = get16(n->saved_port);
	return n->dir > 1 || !exp->life ? CTSYNC_WIRE_VALUE : CTSYNC_WIRE_OK;
}

enum ctsync_wire_error ctsync_wire_get_expect(const struct ctsync_section *sec,
					      u32 i,
					      struct ctsync_expect *exp)
{
	const u8 *message = ctsync_wire_message(sec, i), *tuple, *mask, *saved;
	bool new = sec->type == CTSYNC_MSG_EXPECT_NEW;
	struct wire_rest r = { message, sec->size };
	const struct wire_expect *w;
	enum ctsync_wire_error ret;
	u32 addr;

	memset(exp, 0, sizeof(*exp));
	if (!new && sec->type != CTSYNC_MSG_EXPECT_DEL)
		return CTSYNC_WIRE_UNKNOWN;
	if (!message)
		return CTSYNC_WIRE_RUNT;
	w = (const struct wire_expect *)take(&r, sizeof(*w));
	ret = ctsync_wire_get_ref(&w->ref, &exp->ref);
	if (ret != CTSYNC_WIRE_OK)
		return ret;
	exp->l3 = w->l3;
	exp->l4 = w->l4;
	exp->mask_sport = get16(w->mask_sport);
	if (exp->l3 != 4 && exp->l3 != 6)
		return CTSYNC_WIRE_VALUE;
	if (new)
		ret = get_expect_new(&r, exp);
	if (ret != CTSYNC_WIRE_OK)
		return ret;
	addr = addr_size(exp->l3);
	tuple = take(&r, tuple_size(exp->l3));
	mask = take(&r, addr);
	saved = new ? take(&r, addr) : mask;
	if (!tuple || !mask || !saved)
		return CTSYNC_WIRE_RUNT;
	ctsync_wire_get_tuple(tuple, exp->l3, &exp->tuple);
	memcpy(exp->mask_src, mask, addr);
	if (!new)
		return CTSYNC_WIRE_OK;
	memcpy(exp->saved, saved, addr);
	return get_expect_attrs(&r, exp);
}
