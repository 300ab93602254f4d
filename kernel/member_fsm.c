// SPDX-License-Identifier: GPL-2.0
/* What a peer is to us: from silence to proven and up. One table, and when an
 * acknowledgement still counts.
 */
#include "member_fsm.h"

#define S(name) CTSYNC_MEMBER_##name
#define E(name) CTSYNC_MEMBER_EV_##name

#define DO_PROVEN (CTSYNC_MEMBER_DO_FLOORS | CTSYNC_MEMBER_DO_TELL_UP)
#define DO_LEFT (CTSYNC_MEMBER_DO_RELEASE | CTSYNC_MEMBER_DO_TELL_DOWN)

static_assert(CTSYNC_MEMBER_EVENT_MAX == 7); /* a new event needs its column */

/* A row is the state, a column the event. */
static const struct ctsync_member_step
table[CTSYNC_MEMBER_STATE_MAX][CTSYNC_MEMBER_EVENT_MAX] = {
	[S(DOWN)] = {
		[E(HELLO)]	= { S(CONNECTING), 0 },
		[E(PROOF)]	= { S(SYNCING), DO_PROVEN },
		[E(HEARING)]	= { S(DOWN), 0 },
		[E(BULK_DONE)]	= { S(DOWN), 0 },
		[E(SILENCE)]	= { S(DOWN), 0 },
		[E(MISMATCH)]	= { S(DOWN), 0 },
		[E(LEAVING)]	= { S(DOWN), 0 },
	},
	[S(CONNECTING)] = {
		[E(HELLO)]	= { S(CONNECTING), 0 },
		[E(PROOF)]	= { S(SYNCING), DO_PROVEN },
		[E(HEARING)]	= { S(CONNECTING), 0 },
		[E(BULK_DONE)]	= { S(CONNECTING), 0 },
		[E(SILENCE)]	= { S(DOWN), 0 },
		[E(MISMATCH)]	= { S(CONNECTING), 0 },
		[E(LEAVING)]	= { S(DOWN), 0 },
	},
	/* An unproven epoch never displaces a proven one: HELLO does nothing.
	 * What was sent while it did not hear us is lost: it gets our table.
	 */
	[S(SYNCING)] = {
		[E(HELLO)]	= { S(SYNCING), 0 },
		[E(PROOF)]	= { S(SYNCING), 0 },
		[E(HEARING)]	= { S(SYNCING), CTSYNC_MEMBER_DO_BULK },
		[E(BULK_DONE)]	= { S(UP), 0 },
		[E(SILENCE)]	= { S(DOWN), DO_LEFT },
		[E(MISMATCH)]	= { S(CONNECTING), DO_LEFT },
		[E(LEAVING)]	= { S(DOWN), DO_LEFT },
	},
	[S(UP)] = {
		[E(HELLO)]	= { S(UP), 0 },
		[E(PROOF)]	= { S(UP), 0 },
		[E(HEARING)]	= { S(SYNCING), CTSYNC_MEMBER_DO_BULK },
		[E(BULK_DONE)]	= { S(UP), 0 },
		[E(SILENCE)]	= { S(DOWN), DO_LEFT },
		[E(MISMATCH)]	= { S(CONNECTING), DO_LEFT },
		[E(LEAVING)]	= { S(DOWN), DO_LEFT },
	},
};

static const char *const state_names[CTSYNC_MEMBER_STATE_MAX] = {
	[S(DOWN)]	= "down",
	[S(CONNECTING)]	= "connecting",
	[S(SYNCING)]	= "syncing",
	[S(UP)]		= "up",
};

static const char *const reason_names[CTSYNC_REASON_MAX] = {
#define X(name, text) [CTSYNC_REASON_##name] = text,
	CTSYNC_MEMBER_REASONS(X)
#undef X
};

struct ctsync_member_step ctsync_member_fsm(enum ctsync_member_state state,
					    enum ctsync_member_event event)
{
	const struct ctsync_member_step lost = { S(DOWN), 0 };

	if ((u32)state >= CTSYNC_MEMBER_STATE_MAX ||
	    (u32)event >= CTSYNC_MEMBER_EVENT_MAX)
		return lost;
	CTSYNC_CELL(MEMBER, state, event);
	return table[state][event];
}

struct ctsync_member_step ctsync_member_new_epoch(enum ctsync_member_state state)
{
	struct ctsync_member_step step = {
		S(SYNCING), DO_PROVEN | CTSYNC_MEMBER_DO_RELEASE
	};

	if (state == S(SYNCING) || state == S(UP))
		step.actions |= CTSYNC_MEMBER_DO_TELL_DOWN;
	return step;
}

const char *ctsync_member_state_name(enum ctsync_member_state state)
{
	return (u32)state < CTSYNC_MEMBER_STATE_MAX ? state_names[state] : "?";
}

const char *ctsync_member_reason_name(enum ctsync_member_reason reason)
{
	return (u32)reason < CTSYNC_REASON_MAX ? reason_names[reason] : "?";
}

bool ctsync_bypass_missed(struct ctsync_bypass *b, u64 began, u64 now)
{
	b->good = 0;
	if (b->bypassed || began < b->counted)
		return false;
	b->counted = now;
	if (++b->missed < CTSYNC_BYPASS_AFTER)
		return false;
	b->missed = 0;
	b->bypassed = true;
	return true;
}

bool ctsync_bypass_acked(struct ctsync_bypass *b, bool in_time)
{
	/* a late one was already counted as missed, if anybody waited for it */
	if (!in_time) {
		b->good = 0;
		return false;
	}
	b->missed = 0;
	if (!b->bypassed || ++b->good < CTSYNC_RETURN_AFTER)
		return false;
	b->good = 0;
	b->bypassed = false;
	return true;
}
