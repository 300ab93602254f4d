// SPDX-License-Identifier: GPL-2.0
/* What a stream's frames told: a ring of frames over a ring of messages. */
#include "told.h"

void ctsync_told_init(struct ctsync_told_ring *r)
{
	memset(r, 0, sizeof(*r));
}

void ctsync_told_begin(struct ctsync_told_ring *r)
{
	r->head = r->begin;
}

void ctsync_told_add(struct ctsync_told_ring *r, const struct ctsync_told *t)
{
	r->told[r->head++ % CTSYNC_TOLD_MESSAGES] = *t;
}

void ctsync_told_sent(struct ctsync_told_ring *r, u64 seq)
{
	r->frame[seq % CTSYNC_TOLD_FRAMES] = (struct ctsync_told_frame){
		.seq = seq,
		.first = r->begin,
		.nr = r->head - r->begin,
	};
	r->begin = r->head;
}

enum ctsync_told_verdict ctsync_told_ask(struct ctsync_told_ring *r, u64 seq,
					 u32 now, u32 quiet, u32 *first, u32 *nr)
{
	struct ctsync_told_frame *f = &r->frame[seq % CTSYNC_TOLD_FRAMES];

	if (!seq || f->seq != seq || r->head - f->first > CTSYNC_TOLD_MESSAGES)
		return CTSYNC_TOLD_GONE;
	if (f->was && now - f->answered < quiet)
		return CTSYNC_TOLD_REPEAT;
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
