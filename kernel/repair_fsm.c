// SPDX-License-Identifier: GPL-2.0
/* What is missing in a stream, when to ask for it, and when to give up. */
#include "repair_fsm.h"
#include "seq.h"

#define S(name) CTSYNC_GAP_##name
#define E(name) CTSYNC_GAP_EV_##name
#define DO(name) CTSYNC_GAP_DO_##name

static_assert(CTSYNC_GAP_EVENT_MAX == 5); /* a new event needs its column */

/* An answer to a question that was never asked (an old one, a lie) closes
 * nothing: the frames may still be on their way.
 */
static const struct ctsync_gap_step
table[CTSYNC_GAP_STATE_MAX][CTSYNC_GAP_EVENT_MAX] = {
	[S(CLOSED)] = {
		[E(DUE)]	= { S(CLOSED), 0 },
		[E(LAST_DUE)]	= { S(CLOSED), 0 },
		[E(CAME)]	= { S(CLOSED), 0 },
		[E(REPAIRED)]	= { S(CLOSED), 0 },
		[E(GONE)]	= { S(CLOSED), 0 },
	},
	[S(WAITING)] = {
		[E(DUE)]	= { S(ASKED), DO(ASK) },
		[E(LAST_DUE)]	= { S(ASKED), DO(ASK) },
		[E(CAME)]	= { S(CLOSED), 0 },
		[E(REPAIRED)]	= { S(WAITING), 0 },
		[E(GONE)]	= { S(WAITING), 0 },
	},
	[S(ASKED)] = {
		[E(DUE)]	= { S(ASKED), DO(ASK) },
		[E(LAST_DUE)]	= { S(CLOSED), DO(DRIFT) },
		[E(CAME)]	= { S(CLOSED), 0 },
		[E(REPAIRED)]	= { S(CLOSED), DO(COUNT) },
		[E(GONE)]	= { S(CLOSED), DO(DRIFT) },
	},
};

struct ctsync_gap_step ctsync_gap_fsm(enum ctsync_gap_state state,
				      enum ctsync_gap_event event)
{
	const struct ctsync_gap_step closed = { S(CLOSED), 0 };

	if ((u32)state >= CTSYNC_GAP_STATE_MAX ||
	    (u32)event >= CTSYNC_GAP_EVENT_MAX)
		return closed;
	CTSYNC_CELL(GAP, state, event);
	return table[state][event];
}

void ctsync_gaps_init(struct ctsync_gaps *g, u64 next)
{
	g->next = next ? next : 1;
	g->nr = 0;
}

static void take_out(struct ctsync_gaps *g, u32 i)
{
	g->nr--;
	memmove(&g->gap[i], &g->gap[i + 1], (g->nr - i) * sizeof(g->gap[0]));
}

/* Make one of gap @i and the next. */
static void join(struct ctsync_gaps *g, u32 i)
{
	struct ctsync_gap *a = &g->gap[i], *b = a + 1;

	a->count = (u32)(b->first - a->first) + b->count;
	a->due = min(a->due, b->due);
	a->tries = min(a->tries, b->tries);
	/* an answer to the question about one half is none for both */
	a->state = min(a->state, b->state);
	take_out(g, i + 1);
}

/* Make room for one more gap: join the two that are closest. Returns false when
 * none may be joined.
 */
static bool make_room(struct ctsync_gaps *g)
{
	u64 best = ~0ull, span;
	u32 i, at = 0;

	for (i = 0; i + 1 < g->nr; i++) {
		const struct ctsync_gap *a = &g->gap[i], *b = a + 1;

		span = b->first + b->count - a->first;
		if (span > CTSYNC_RANGE_MAX)
			continue;
		if (b->first - a->first - a->count < best) {
			best = b->first - a->first - a->count;
			at = i;
		}
	}
	if (best == ~0ull)
		return false;
	join(g, at);
	return true;
}

static bool put_in(struct ctsync_gaps *g, u32 i, const struct ctsync_gap *gap)
{
	if (g->nr == CTSYNC_GAPS)
		return false;
	memmove(&g->gap[i + 1], &g->gap[i], (g->nr - i) * sizeof(g->gap[0]));
	g->gap[i] = *gap;
	g->nr++;
	return true;
}

/* Numbers [g->next, next) were skipped. */
static bool skipped(struct ctsync_gaps *g, u64 next, u64 now, bool *drift)
{
	struct ctsync_gap gap = {
		.first = g->next,
		.due = now + CTSYNC_REORDER_NS,
		.state = CTSYNC_GAP_WAITING,
	};

	if (next - g->next > CTSYNC_RANGE_MAX ||
	    (g->nr == CTSYNC_GAPS && !make_room(g))) {
		*drift = true;
		return false;
	}
	gap.count = next - g->next;
	return put_in(g, g->nr, &gap);
}

/* A number of gap @i came after all. */
static void cut(struct ctsync_gaps *g, u32 i, u64 seq)
{
	struct ctsync_gap *a = &g->gap[i], b = *a;

	if (a->count == 1) {
		if (ctsync_gap_fsm(a->state, E(CAME)).next == S(CLOSED))
			take_out(g, i);
	} else if (seq == a->first) {
		a->first++;
		a->count--;
	} else if (seq == a->first + a->count - 1) {
		a->count--;
	} else {
		b.first = seq + 1;
		b.count = a->first + a->count - b.first;
		/* no room to cut it in two: it is told again for nothing */
		if (put_in(g, i + 1, &b))
			g->gap[i].count = seq - g->gap[i].first;
	}
}

bool ctsync_gaps_frame(struct ctsync_gaps *g, u64 seq, u64 now, bool *drift)
{
	bool opened = false;
	u32 i;

	*drift = false;
	if (seq >= g->next) {
		if (seq > g->next)
			opened = skipped(g, seq, now, drift);
		g->next = seq + 1;
		return opened;
	}
	for (i = 0; i < g->nr; i++) {
		if (seq < g->gap[i].first ||
		    seq >= g->gap[i].first + g->gap[i].count)
			continue;
		cut(g, i, seq);
		break;
	}
	return false;
}

bool ctsync_gaps_tail(struct ctsync_gaps *g, u64 next, u64 now, bool *drift)
{
	bool opened;

	*drift = false;
	if (next <= g->next || next > CTSYNC_SEQ_MAX)
		return false;
	opened = skipped(g, next, now, drift);
	g->next = next;
	return opened;
}

u64 ctsync_gaps_whole(const struct ctsync_gaps *g)
{
	return g->nr ? g->gap[0].first : g->next;
}

/* How long to wait for an answer to the question asked @tries times. */
static u64 patience(u8 tries, u32 rtt_us)
{
	u64 wait = max(CTSYNC_REASK_NS, 2000ull * rtt_us);

	wait <<= tries > 8 ? 8 : tries;
	return min(wait, CTSYNC_REASK_MAX_NS);
}

u8 ctsync_gaps_due(struct ctsync_gaps *g, u64 now, u32 rtt_us,
		   struct ctsync_range *out, struct ctsync_gaps_result *r)
{
	u8 n = 0;
	u32 i;

	for (i = 0; i < g->nr && n < CTSYNC_WIRE_RANGES; ) {
		struct ctsync_gap *gap = &g->gap[i];
		struct ctsync_gap_step s;

		if (gap->due > now) {
			i++;
			continue;
		}
		s = ctsync_gap_fsm(gap->state, gap->tries < CTSYNC_ASK_TIMES ?
				   E(DUE) : E(LAST_DUE));
		if (s.actions & DO(DRIFT))
			r->drift = true;
		if (s.next == S(CLOSED)) {
			take_out(g, i);
			continue;
		}
		gap->state = s.next;
		if (s.actions & DO(ASK)) {
			out[n++] = (struct ctsync_range){
				.first = gap->first, .count = gap->count,
			};
			gap->due = now + patience(gap->tries++, rtt_us);
		}
		i++;
	}
	return n;
}

/* Take [first, end) off the front or the back of @gap, of which more is left.
 * Returns how many numbers that were.
 */
static u32 trim(struct ctsync_gap *gap, u64 first, u64 end)
{
	u32 before = gap->count;

	if (first <= gap->first && end > gap->first) {
		gap->count -= end - gap->first;
		gap->first = end;
		gap->due = 0;	/* ask for the rest at once */
	} else if (first > gap->first && first < gap->first + gap->count &&
		   end >= gap->first + gap->count) {
		gap->count = first - gap->first;
	}
	return before - gap->count;
}

void ctsync_gaps_answered(struct ctsync_gaps *g, const struct ctsync_range *range,
			  struct ctsync_gaps_result *r)
{
	u64 end = range->first + range->count;
	struct ctsync_gap_step s;
	u32 i;

	for (i = 0; i < g->nr; ) {
		struct ctsync_gap *gap = &g->gap[i];

		/* a part of it: the sender did not do all at once, or the gap
		 * was joined with another since
		 */
		if (gap->first < range->first || gap->first + gap->count > end) {
			if (gap->state == S(ASKED) && !range->gone)
				r->repaired += trim(gap, range->first, end);
			i++;
			continue;
		}
		s = ctsync_gap_fsm(gap->state, range->gone ? E(GONE) :
							     E(REPAIRED));
		if (s.actions & DO(COUNT))
			r->repaired += gap->count;
		if (s.actions & DO(DRIFT))
			r->drift = true;
		if (s.next == S(CLOSED)) {
			take_out(g, i);
			continue;
		}
		gap->state = s.next;
		i++;
	}
}

u64 ctsync_gaps_next(const struct ctsync_gaps *g)
{
	u64 next = 0;
	u32 i;

	for (i = 0; i < g->nr; i++) {
		if (!next || g->gap[i].due < next)
			next = g->gap[i].due;
	}
	return next;
}

u32 ctsync_budget_left(struct ctsync_budget *b, u64 now)
{
	/* shifted, not divided: about a millisecond, on every machine */
	u64 ms = (now - b->at) >> 20;

	if (ms) {
		b->spent -= ms > b->spent / CTSYNC_BUDGET_PER_MS ? b->spent :
			    (u32)ms * CTSYNC_BUDGET_PER_MS;
		b->at = now;
	}
	return CTSYNC_BUDGET_MAX - min(b->spent, (u32)CTSYNC_BUDGET_MAX);
}

void ctsync_budget_spend(struct ctsync_budget *b, u32 n)
{
	b->spent = min(b->spent + n, 2u * CTSYNC_BUDGET_MAX);
}
