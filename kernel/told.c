// SPDX-License-Identifier: GPL-2.0
/* What a stream's frames told: a ring of frames over a ring of messages. */
#include "told.h"
#include "wire.h"

void ctsync_told_init(struct ctsync_told_ring *r)
{
	memset(r, 0, sizeof(*r));
}

void ctsync_told_begin(struct ctsync_told_ring *r)
{
	r->head = r->begin;
	r->notes = 0;
}

/* Is it told again as it was? Of a flow, and what is owed on one, the entry tells. */
static bool is_note(u8 type)
{
	switch (type) {
	case CTSYNC_MSG_INSERT:
	case CTSYNC_MSG_UPDATE:
	case CTSYNC_MSG_UPDATE_C:
	case CTSYNC_MSG_IACK:
	case CTSYNC_MSG_EXPECT_DEL:
		return false;
	default:
		return true;
	}
}

void ctsync_told_add(struct ctsync_told_ring *r, const struct ctsync_told *t)
{
	r->told[r->head++ % CTSYNC_TOLD_MESSAGES] = *t;
	r->notes += is_note(t->type);
}

void ctsync_told_sent(struct ctsync_told_ring *r, u64 seq)
{
	r->frame[seq % CTSYNC_TOLD_FRAMES] = (struct ctsync_told_frame){
		.seq = seq,
		.first = r->begin,
		.nr = r->head - r->begin,
		.notes = r->notes,
	};
	r->begin = r->head;
	r->notes = 0;
}

enum ctsync_told_verdict ctsync_told_ask(struct ctsync_told_ring *r, u64 seq,
					 u32 now, u32 quiet, u32 room,
					 u32 *first, u32 *nr)
{
	struct ctsync_told_frame *f = &r->frame[seq % CTSYNC_TOLD_FRAMES];

	if (!seq || f->seq != seq || r->head - f->first > CTSYNC_TOLD_MESSAGES)
		return CTSYNC_TOLD_GONE;
	if (f->was && now - f->answered < quiet)
		return CTSYNC_TOLD_REPEAT;
	if (f->notes > room)
		return CTSYNC_TOLD_LATER;
	f->was = true;
	f->answered = now;
	*first = f->first;
	*nr = f->nr;
	return CTSYNC_TOLD_HERE;
}

bool ctsync_told_get(const struct ctsync_told_ring *r, u32 pos,
		     struct ctsync_told *out)
{
	if (r->head - pos - 1 >= CTSYNC_TOLD_MESSAGES)
		return false;
	*out = r->told[pos % CTSYNC_TOLD_MESSAGES];
	return true;
}
