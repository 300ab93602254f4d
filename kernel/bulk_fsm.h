/* SPDX-License-Identifier: GPL-2.0 */
/* Copying the whole table to a peer: what to do next. Pure decisions of the
 * sender; the glue is bulk.c.
 *
 * The peer acknowledges marks ("so many entries were sent before this"), and no
 * more than a window of entries is under way beyond the last that it acknowledged.
 * The window follows the time that acknowledgements take: on a slow link a copy
 * that fills the queues would keep HELLOs back until the peer counts as dead.
 * Every run has a deadline by the clock on the wall; what it did not reach is
 * found by comparing digests.
 */
#ifndef CTSYNC_BULK_FSM_H
#define CTSYNC_BULK_FSM_H

#include "pure.h"

/* a simulation has few entries and little time */
#ifndef CTSYNC_BULK_CREDIT
#define CTSYNC_BULK_CREDIT	4096	/* entries under way, at most */
#define CTSYNC_BULK_LEAST	16	/* of these, however slow it is */
#define CTSYNC_BULK_STEP	512	/* entries between two marks */
#define CTSYNC_BULK_DEADLINE_NS	60000000000ull	/* and as much again for each million entries */
#endif
#define CTSYNC_BULK_FIRST	(16 * CTSYNC_BULK_LEAST)
#define CTSYNC_BULK_QUICK_NS	100000000ull	/* an acknowledgement this soon doubles the window */
#define CTSYNC_BULK_SLOW_NS	200000000ull	/* one this late halves it */
#define CTSYNC_BULK_AGAIN_NS	200000000ull	/* an unanswered mark is sent again */

#define CTSYNC_BULK_STATES(X) \
	X(IDLE)		\
	X(SENDING)	\
	X(WAITING)	/* the credit is used up */ \
	X(ENDING)	/* all was sent, its end is not acknowledged */ \
	X(BROKEN)	/* the peer went away; it goes on where it was if that comes back */

enum ctsync_bulk_state {
#define X(name) CTSYNC_BULK_##name,
	CTSYNC_BULK_STATES(X)
#undef X
	CTSYNC_BULK_STATE_MAX
};

#define CTSYNC_BULK_EVENTS(X) \
	X(JOIN)		/* a peer that has nothing of ours: from the beginning */ \
	X(WANT)		/* it, or an operator, wants our table: unless one is under way */ \
	X(BACK)		/* it hears us again, with what it had */ \
	X(FULL)		/* the credit is used up */ \
	X(CREDIT)	/* it acknowledged a mark, and there is credit */ \
	X(EXHAUSTED)	/* the last entry was sent */ \
	X(END_ACKED)	\
	X(LOST)		/* it went away */ \
	X(LATE)		/* the deadline passed */

enum ctsync_bulk_event {
#define X(name) CTSYNC_BULK_EV_##name,
	CTSYNC_BULK_EVENTS(X)
#undef X
	CTSYNC_BULK_EVENT_MAX
};

#define CTSYNC_BULK_DO_BEGIN	0x01 /* from the first entry, as a new run */
#define CTSYNC_BULK_DO_RESUME	0x02 /* from the last acknowledged mark */
#define CTSYNC_BULK_DO_DONE	0x04 /* it has our table */
#define CTSYNC_BULK_DO_LATE	0x08 /* given up: count, say so, compare */

struct ctsync_bulk_step {
	u8 next;	/* enum ctsync_bulk_state */
	u8 actions;	/* CTSYNC_BULK_DO_* */
};

struct ctsync_bulk_step ctsync_bulk_fsm(enum ctsync_bulk_state state,
					enum ctsync_bulk_event event);

/* One peer's copy. Positions (slots) are the glue's, in rising order from 1. */
struct ctsync_bulk {
	u8 state;
	u32 run;
	u32 total;	/* entries, about, when it began */
	u32 cursor;	/* next position */
	u32 sent;	/* entries */
	u32 acked;	/* highest mark that was acknowledged */
	u32 acked_cursor; /* the position that belongs to it, or lower */
	u32 mark_cursor; /* of the mark that was sent first of those not acknowledged */
	u32 mark;	/* and that mark; 0: none */
	u64 mark_ns;	/* when that was sent */
	u32 window;	/* entries that may be under way */
	u64 again;	/* when the last mark is to be sent again */
	u64 deadline;
};

/* An event; returns CTSYNC_BULK_DO_*. @run: a new number if a run begins. */
u8 ctsync_bulk_event(struct ctsync_bulk *b, enum ctsync_bulk_event event,
		     u64 now, u32 total, u32 run);
/* Entries that may be sent now, at most a step. */
u32 ctsync_bulk_room(const struct ctsync_bulk *b);
/* Forget the copy that is under way, if any. */
void ctsync_bulk_drop(struct ctsync_bulk *b);
/* @n entries were sent, @cursor is the next position, 0 when there is none.
 * A mark is due, with the number returned.
 */
u32 ctsync_bulk_sent(struct ctsync_bulk *b, u32 n, u32 cursor, u64 now);
/* Mark @mark of @run was acknowledged; returns CTSYNC_BULK_DO_*. */
u8 ctsync_bulk_acked(struct ctsync_bulk *b, u32 run, u32 mark, u64 now);
/* The clock: true when the last mark (or the end) is to be sent again. The
 * deadline is an event, if this says so in @late.
 */
bool ctsync_bulk_tick(struct ctsync_bulk *b, u64 now, bool *late);

static inline bool ctsync_bulk_running(const struct ctsync_bulk *b)
{
	return b->state == CTSYNC_BULK_SENDING ||
	       b->state == CTSYNC_BULK_WAITING ||
	       b->state == CTSYNC_BULK_ENDING;
}

const char *ctsync_bulk_state_name(enum ctsync_bulk_state state);

#endif
