// SPDX-License-Identifier: GPL-2.0
/* Ended expectations: a ring of those to be told, and of those that were. */
#include "ends.h"

struct ctsync_expect *ctsync_ends_add(struct ctsync_ends *ends)
{
	if (ends->head - ends->next == CTSYNC_ENDS)
		return NULL;
	return &ends->end[ends->head++ % CTSYNC_ENDS];
}

bool ctsync_ends_take(struct ctsync_ends *ends, struct ctsync_expect *end, u32 *pos)
{
	if (ends->next == ends->head)
		return false;
	*pos = ends->next++;
	*end = ends->end[*pos % CTSYNC_ENDS];
	return true;
}

bool ctsync_ends_again(struct ctsync_ends *ends, u32 pos)
{
	struct ctsync_expect *slot, end;

	/* at most as far back as the ring reaches, and told already */
	if (ends->head - pos - 1 >= CTSYNC_ENDS || ends->next - pos - 1 >= CTSYNC_ENDS)
		return false;
	end = ends->end[pos % CTSYNC_ENDS];
	slot = ctsync_ends_add(ends);
	if (slot)
		*slot = end;
	return slot;
}
