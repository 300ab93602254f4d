// SPDX-License-Identifier: GPL-2.0
/* Two flows want one tuple: which of them is the later one, which of them stays. */
#include "clash.h"

/* Two nodes' judgements of how long a flow was idle differ by so much: lives are
 * told in whole seconds.
 */
#define IDLE_SLACK_MS 2000

bool ctsync_clash_lower(u8 origin, u64 id, u8 than_origin, u64 than_id)
{
	return origin < than_origin || (origin == than_origin && id < than_id);
}

static enum ctsync_later second_if(bool second)
{
	return second ? CTSYNC_LATER_SECOND : CTSYNC_LATER_FIRST;
}

static bool have_one_origin(const struct ctsync_use *a, const struct ctsync_use *b)
{
	return a->origin && a->origin == b->origin && a->id != b->id;
}

/* Who gave both names knew that the one was over when it named the other. */
static enum ctsync_later named_last(const struct ctsync_use *a,
				    const struct ctsync_use *b)
{
	return second_if((s64)(b->id - a->id) > 0);
}

/* One closes, the other does not. @a closes, @ahead and @behind: the directions in which
 * the end of @b lies near that of @a. Is @a over, and @b the later one?
 */
static enum ctsync_later closing_first(const struct ctsync_use *a,
				       const struct ctsync_use *b,
				       bool foreign, u8 ahead, u8 behind,
				       bool copy)
{
	/* Nothing comes after a FIN, and nothing before a SYN. (Who takes the ports
	 * again may choose the number of its SYN right behind the last one.)
	 */
	if (ahead & (b->syn ? 3 : a->ended))
		return CTSYNC_LATER_SECOND;
	if (foreign && behind)
		return CTSYNC_LATER_FIRST;
	/* a packet's word is of what came after the end, a copy may be of what led to it */
	return foreign || !copy ? CTSYNC_LATER_SECOND : CTSYNC_LATER_NEITHER;
}

static enum ctsync_later mirrored(enum ctsync_later later)
{
	if (later == CTSYNC_LATER_NEITHER)
		return later;
	return second_if(later == CTSYNC_LATER_FIRST);
}

enum ctsync_later ctsync_clash_later(const struct ctsync_use *a,
				     const struct ctsync_use *b,
				     struct ctsync_kin kin, bool copy)
{
	if (have_one_origin(a, b) && !copy)
		return named_last(a, b);
	if (!a->tcp || !b->tcp)
		return CTSYNC_LATER_NEITHER;
	/* A node that was down comes back with a table of before, in which the older
	 * one lives on, though the later one may be closing already.
	 */
	if (kin.foreign &&
	    max(a->idle, b->idle) - min(a->idle, b->idle) > IDLE_SLACK_MS)
		return second_if(a->idle > b->idle);
	if (a->ended && !b->ended)
		return closing_first(a, b, kin.foreign, kin.ahead, kin.behind, copy);
	if (b->ended && !a->ended)
		return mirrored(closing_first(b, a, kin.foreign, kin.behind,
					      kin.ahead, copy));
	/* both in use: they are one; but of copies nobody knows that */
	if (!kin.foreign || a->ended || !copy || !a->origin || !b->origin)
		return CTSYNC_LATER_NEITHER;
	if (have_one_origin(a, b))
		return named_last(a, b);
	return second_if(ctsync_clash_lower(b->origin, b->id, a->origin, a->id));
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
