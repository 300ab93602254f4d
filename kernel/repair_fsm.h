/* SPDX-License-Identifier: GPL-2.0 */
/* What is missing in a stream, when to ask for it, and when to give up. Pure
 * decisions of the receiver; the glue is repair.c.
 *
 * A gap is a run of numbers that did not come. It waits for reordering, is asked
 * for, asked for again until the sender says that it has told again what was in
 * it, and is then closed: what was told again has numbers of its own, and a loss
 * of those is another gap.
 */
#ifndef CTSYNC_REPAIR_FSM_H
#define CTSYNC_REPAIR_FSM_H

#include "wire.h"

/* Times are nanoseconds of a monotonic clock. */
#define CTSYNC_REORDER_NS	5000000ull	/* wait before the first question */
#define CTSYNC_REASK_NS		20000000ull	/* least wait before the next */
#define CTSYNC_REASK_MAX_NS	1000000000ull
#define CTSYNC_ASK_TIMES	12	/* then the gap counts as beyond repair */

#define CTSYNC_GAP_STATES(X) \
	X(CLOSED)	/* no gap: came, told again, or given up */ \
	X(WAITING)	/* it may be late only */ \
	X(ASKED)

enum ctsync_gap_state {
#define X(name) CTSYNC_GAP_##name,
	CTSYNC_GAP_STATES(X)
#undef X
	CTSYNC_GAP_STATE_MAX
};

#define CTSYNC_GAP_EVENTS(X) \
	X(DUE)		/* its time came */ \
	X(LAST_DUE)	/* likewise, and it was asked for often enough */ \
	X(CAME)		/* the frames themselves */ \
	X(REPAIRED)	/* what was in them was told again */ \
	X(GONE)		/* the sender no longer knows what was in them */

enum ctsync_gap_event {
#define X(name) CTSYNC_GAP_EV_##name,
	CTSYNC_GAP_EVENTS(X)
#undef X
	CTSYNC_GAP_EVENT_MAX
};

#define CTSYNC_GAP_DO_ASK	0x01 /* ask for it now */
#define CTSYNC_GAP_DO_COUNT	0x02 /* its frames count as repaired */
#define CTSYNC_GAP_DO_DRIFT	0x04 /* the tables may differ from now on */

struct ctsync_gap_step {
	u8 next;	/* enum ctsync_gap_state */
	u8 actions;	/* CTSYNC_GAP_DO_* */
};

struct ctsync_gap_step ctsync_gap_fsm(enum ctsync_gap_state state,
				      enum ctsync_gap_event event);

/* The gaps of one stream. When there are more, neighbours become one that has
 * frames in it which came: they are told again for nothing.
 */
#define CTSYNC_GAPS 16

struct ctsync_gap {
	u64 first;
	u64 due;
	u32 count;	/* 1 .. CTSYNC_RANGE_MAX */
	u8 state;	/* WAITING or ASKED */
	u8 tries;
};

struct ctsync_gaps {
	u64 next;	/* numbers below were looked at */
	u32 nr;
	struct ctsync_gap gap[CTSYNC_GAPS];	/* by number */
};

/* What the caller is to count or do after an event. */
struct ctsync_gaps_result {
	u32 repaired;	/* frames */
	bool drift;	/* something is beyond repair */
};

/* The stream begins, or begins anew, with number @next. */
void ctsync_gaps_init(struct ctsync_gaps *g, u64 next);

/* Frame @seq came, which the replay window called new. Returns true when that
 * opened a gap. @drift: the jump was too far to be asked for.
 */
bool ctsync_gaps_frame(struct ctsync_gaps *g, u64 seq, u64 now, bool *drift);
/* All below this number was had, told again or given up. */
u64 ctsync_gaps_whole(const struct ctsync_gaps *g);
/* The sender said that @next is its next number: all below was sent. */
bool ctsync_gaps_tail(struct ctsync_gaps *g, u64 next, u64 now, bool *drift);

/* Write up to CTSYNC_WIRE_RANGES runs that are to be asked for at @now; returns
 * how many. @rtt_us: to the sender, 0 if not known.
 */
u8 ctsync_gaps_due(struct ctsync_gaps *g, u64 now, u32 rtt_us,
		   struct ctsync_range *out, struct ctsync_gaps_result *r);

/* The sender answered for @range. */
void ctsync_gaps_answered(struct ctsync_gaps *g, const struct ctsync_range *range,
			  struct ctsync_gaps_result *r);

/* When something is due next; 0: never. */
u64 ctsync_gaps_next(const struct ctsync_gaps *g);

/* ---- who answers ---- */

#define CTSYNC_BUDGET_MAX	8192	/* messages told again to one peer in a row, */
#define CTSYNC_BUDGET_PER_MS	20	/* and as many in a millisecond on */

/* What is still told again to a peer that says it missed it: who claims to miss
 * everything must not have everything told for ever. All zero: nothing was yet.
 */
struct ctsync_budget {
	u32 spent;
	u64 at;		/* when it was last looked at, ns */
};

/* How many messages more may be told again at @now. */
u32 ctsync_budget_left(struct ctsync_budget *b, u64 now);
/* @n were. */
void ctsync_budget_spend(struct ctsync_budget *b, u32 n);

#endif
