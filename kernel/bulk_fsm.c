// SPDX-License-Identifier: GPL-2.0
/* Copying the whole table to a peer: what to do next. */
#include "bulk_fsm.h"

#define S(name) CTSYNC_BULK_##name
#define E(name) CTSYNC_BULK_EV_##name
#define DO(name) CTSYNC_BULK_DO_##name

static_assert(CTSYNC_BULK_FIRST <= CTSYNC_BULK_CREDIT);
static_assert(CTSYNC_BULK_EVENT_MAX == 9); /* a new event needs its column */

static const struct ctsync_bulk_step
table[CTSYNC_BULK_STATE_MAX][CTSYNC_BULK_EVENT_MAX] = {
	[S(IDLE)] = {
		[E(JOIN)]	= { S(SENDING), DO(BEGIN) },
		[E(WANT)]	= { S(SENDING), DO(BEGIN) },
		[E(BACK)]	= { S(SENDING), DO(BEGIN) },
		[E(FULL)]	= { S(IDLE), 0 },
		[E(CREDIT)]	= { S(IDLE), 0 },
		[E(EXHAUSTED)]	= { S(IDLE), 0 },
		[E(END_ACKED)]	= { S(IDLE), 0 },
		[E(LOST)]	= { S(IDLE), 0 },
		[E(LATE)]	= { S(IDLE), 0 },
	},
	[S(SENDING)] = {
		[E(JOIN)]	= { S(SENDING), DO(BEGIN) },
		[E(WANT)]	= { S(SENDING), 0 },
		[E(BACK)]	= { S(SENDING), DO(RESUME) },
		[E(FULL)]	= { S(WAITING), 0 },
		[E(CREDIT)]	= { S(SENDING), 0 },
		[E(EXHAUSTED)]	= { S(ENDING), 0 },
		[E(END_ACKED)]	= { S(SENDING), 0 },
		[E(LOST)]	= { S(BROKEN), 0 },
		[E(LATE)]	= { S(IDLE), DO(LATE) | DO(DONE) },
	},
	[S(WAITING)] = {
		[E(JOIN)]	= { S(SENDING), DO(BEGIN) },
		[E(WANT)]	= { S(WAITING), 0 },
		[E(BACK)]	= { S(SENDING), DO(RESUME) },
		[E(FULL)]	= { S(WAITING), 0 },
		[E(CREDIT)]	= { S(SENDING), 0 },
		[E(EXHAUSTED)]	= { S(ENDING), 0 },
		[E(END_ACKED)]	= { S(WAITING), 0 },
		[E(LOST)]	= { S(BROKEN), 0 },
		[E(LATE)]	= { S(IDLE), DO(LATE) | DO(DONE) },
	},
	[S(ENDING)] = {
		[E(JOIN)]	= { S(SENDING), DO(BEGIN) },
		[E(WANT)]	= { S(ENDING), 0 },
		[E(BACK)]	= { S(SENDING), DO(RESUME) },
		[E(FULL)]	= { S(ENDING), 0 },
		[E(CREDIT)]	= { S(ENDING), 0 },
		[E(EXHAUSTED)]	= { S(ENDING), 0 },
		[E(END_ACKED)]	= { S(IDLE), DO(DONE) },
		[E(LOST)]	= { S(BROKEN), 0 },
		[E(LATE)]	= { S(IDLE), DO(LATE) | DO(DONE) },
	},
	/* what changed before the cursor while it was away is not told by going
	 * on: the glue compares digests when this run ends
	 */
	[S(BROKEN)] = {
		[E(JOIN)]	= { S(SENDING), DO(BEGIN) },
		[E(WANT)]	= { S(BROKEN), 0 },
		[E(BACK)]	= { S(SENDING), DO(RESUME) },
		[E(FULL)]	= { S(BROKEN), 0 },
		[E(CREDIT)]	= { S(BROKEN), 0 },
		[E(EXHAUSTED)]	= { S(BROKEN), 0 },
		[E(END_ACKED)]	= { S(BROKEN), 0 },
		[E(LOST)]	= { S(BROKEN), 0 },
		[E(LATE)]	= { S(BROKEN), 0 },
	},
};

static const char *const names[CTSYNC_BULK_STATE_MAX] = {
	[S(IDLE)]	= "idle",
	[S(SENDING)]	= "sending",
	[S(WAITING)]	= "waiting",
	[S(ENDING)]	= "ending",
	[S(BROKEN)]	= "broken",
};

struct ctsync_bulk_step ctsync_bulk_fsm(enum ctsync_bulk_state state,
					enum ctsync_bulk_event event)
{
	const struct ctsync_bulk_step idle = { S(IDLE), 0 };

	if ((u32)state >= CTSYNC_BULK_STATE_MAX ||
	    (u32)event >= CTSYNC_BULK_EVENT_MAX)
		return idle;
	CTSYNC_CELL(BULK, state, event);
	return table[state][event];
}

const char *ctsync_bulk_state_name(enum ctsync_bulk_state state)
{
	return (u32)state < CTSYNC_BULK_STATE_MAX ? names[state] : "?";
}

static u64 patience(u32 total)
{
	return CTSYNC_BULK_DEADLINE_NS +
	       CTSYNC_BULK_DEADLINE_NS / 1000000 * total;
}

u8 ctsync_bulk_event(struct ctsync_bulk *b, enum ctsync_bulk_event event,
		     u64 now, u32 total, u32 run)
{
	struct ctsync_bulk_step s = ctsync_bulk_fsm(b->state, event);

	b->state = s.next;
	if (s.actions & DO(BEGIN)) {
		*b = (struct ctsync_bulk){
			.state = s.next,
			.run = run,
			.total = total,
			.cursor = 1,
			.acked_cursor = 1,
			.window = CTSYNC_BULK_FIRST,
			.again = now + CTSYNC_BULK_AGAIN_NS,
			.deadline = now + patience(total),
		};
	} else if (s.actions & DO(RESUME)) {
		b->cursor = b->acked_cursor;
		b->sent = b->acked;
		b->mark = 0;
		b->again = now + CTSYNC_BULK_AGAIN_NS;
		b->deadline = now + patience(b->total);
	}
	return s.actions;
}

void ctsync_bulk_drop(struct ctsync_bulk *b)
{
	b->state = S(IDLE);
}

u32 ctsync_bulk_room(const struct ctsync_bulk *b)
{
	u32 under_way = b->sent - b->acked;

	if (b->state != S(SENDING) || under_way >= b->window)
		return 0;
	return min((u32)CTSYNC_BULK_STEP, b->window - under_way);
}

u32 ctsync_bulk_sent(struct ctsync_bulk *b, u32 n, u32 cursor, u64 now)
{
	b->sent += n;
	b->cursor = cursor;
	/* from here it goes on if this mark is the last that was acknowledged */
	if (!b->mark) {
		b->mark = b->sent;
		b->mark_cursor = cursor;
		b->mark_ns = now;
	}
	b->again = now + CTSYNC_BULK_AGAIN_NS;
	if (!cursor)
		ctsync_bulk_event(b, E(EXHAUSTED), now, 0, 0);
	else if (b->sent - b->acked >= b->window)
		ctsync_bulk_event(b, E(FULL), now, 0, 0);
	return b->sent;
}

/* One measure for each window: of the mark that was sent first. */
static void measure(struct ctsync_bulk *b, u64 took)
{
	if (took <= CTSYNC_BULK_QUICK_NS)
		b->window = min(2 * b->window, (u32)CTSYNC_BULK_CREDIT);
	else if (took > CTSYNC_BULK_SLOW_NS)
		b->window = max(b->window / 2, (u32)CTSYNC_BULK_LEAST);
}

u8 ctsync_bulk_acked(struct ctsync_bulk *b, u32 run, u32 mark, u64 now)
{
	if (run != b->run || !ctsync_bulk_running(b) || mark > b->sent ||
	    mark < b->acked)
		return 0;
	b->acked = mark;
	if (b->mark && mark >= b->mark) {
		if (b->mark_cursor)
			b->acked_cursor = b->mark_cursor;
		b->mark = 0;
		measure(b, now - b->mark_ns);
	}
	if (b->state == S(ENDING) && mark == b->sent)
		return ctsync_bulk_event(b, E(END_ACKED), now, 0, 0);
	/* the window may just have become smaller than what is under way */
	return ctsync_bulk_event(b, b->sent - b->acked < b->window ?
				 E(CREDIT) : E(FULL), now, 0, 0);
}

bool ctsync_bulk_tick(struct ctsync_bulk *b, u64 now, bool *late)
{
	*late = ctsync_bulk_running(b) && now >= b->deadline;
	if (*late || !ctsync_bulk_running(b) || now < b->again ||
	    b->state == S(SENDING))
		return false;
	b->again = now + CTSYNC_BULK_AGAIN_NS;
	return true;
}
