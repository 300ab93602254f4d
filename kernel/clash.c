// SPDX-License-Identifier: GPL-2.0
/* Two flows want one tuple: which of them stays. */
#include "clash.h"

bool ctsync_clash_lower(u8 origin, u64 id, u8 than_origin, u64 than_id)
{
	return origin < than_origin || (origin == than_origin && id < than_id);
}

/* How much is lost with it: a packet that nobody saw, one that somebody saw, a
 * conversation.
 */
static int weight(const struct ctsync_claim *c)
{
	if (c->replied)
		return 2;
	return c->held ? 0 : 1;
}

static enum ctsync_clash by_name(const struct ctsync_claim *a,
				 const struct ctsync_claim *b)
{
	/* of two that weigh the same, the one that the cluster knows */
	if (!a->origin || !b->origin)
		return a->origin ? CTSYNC_CLASH_FIRST : CTSYNC_CLASH_SECOND;
	return ctsync_clash_lower(a->origin, a->id, b->origin, b->id) ?
	       CTSYNC_CLASH_FIRST : CTSYNC_CLASH_SECOND;
}

enum ctsync_clash ctsync_clash_judge(const struct ctsync_claim *a,
				     const struct ctsync_claim *b)
{
	if (weight(a) != weight(b))
		return weight(a) > weight(b) ? CTSYNC_CLASH_FIRST :
					       CTSYNC_CLASH_SECOND;
	return a->replied ? CTSYNC_CLASH_BOTH : by_name(a, b);
}

enum ctsync_clash ctsync_clash_crossed(const struct ctsync_claim *a,
				       const struct ctsync_claim *b)
{
	enum ctsync_clash v = ctsync_clash_judge(a, b);

	return v == CTSYNC_CLASH_BOTH ? by_name(a, b) : v;
}
