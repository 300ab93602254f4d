// SPDX-License-Identifier: GPL-2.0
/* When a held packet goes on: one table, and whose acknowledgement it needs. */
#include "hold_fsm.h"

#define S(name) CTSYNC_HOLD_##name
#define E(name) CTSYNC_HOLD_EV_##name

static_assert(CTSYNC_HOLD_EVENT_MAX == 9); /* a new event needs its column */

/* A row is the state, a column the event. Whatever ends the wait only starts
 * the draining: packets leave in order, from the poll, and who comes meanwhile
 * queues behind.
 */
static const u8 table[CTSYNC_HOLD_STATE_MAX][CTSYNC_HOLD_EVENT_MAX] = {
	[S(NONE)] = {
		[E(START)]	= S(PENDING),
		[E(ACKED)]	= S(NONE),
		[E(DEADLINE)]	= S(NONE),
		[E(BOUND)]	= S(NONE),
		[E(PEERS_GONE)]	= S(NONE),
		[E(REFUSED)]	= S(NONE),
		[E(SHUTDOWN)]	= S(NONE),
		[E(DEVICE)]	= S(NONE),
		[E(EMPTY)]	= S(NONE),
	},
	[S(PENDING)] = {
		[E(START)]	= S(PENDING),
		[E(ACKED)]	= S(DRAINING),
		[E(DEADLINE)]	= S(DRAINING),
		[E(BOUND)]	= S(DRAINING),
		[E(PEERS_GONE)]	= S(DRAINING),
		[E(REFUSED)]	= S(DRAINING),
		[E(SHUTDOWN)]	= S(DRAINING),
		[E(DEVICE)]	= S(DRAINING),
		[E(EMPTY)]	= S(PENDING),
	},
	[S(DRAINING)] = {
		[E(START)]	= S(DRAINING),
		[E(ACKED)]	= S(DRAINING),
		[E(DEADLINE)]	= S(DRAINING),
		[E(BOUND)]	= S(DRAINING),
		[E(PEERS_GONE)]	= S(DRAINING),
		[E(REFUSED)]	= S(DRAINING),
		[E(SHUTDOWN)]	= S(DRAINING),
		[E(DEVICE)]	= S(DRAINING),
		[E(EMPTY)]	= S(NONE),
	},
};

static const char *const state_names[CTSYNC_HOLD_STATE_MAX] = {
	[S(NONE)]	= "none",
	[S(PENDING)]	= "pending",
	[S(DRAINING)]	= "draining",
};

static const char *const event_names[CTSYNC_HOLD_EVENT_MAX] = {
	[E(START)]	= "start",
	[E(ACKED)]	= "acked",
	[E(DEADLINE)]	= "deadline",
	[E(BOUND)]	= "bound",
	[E(PEERS_GONE)]	= "peers_gone",
	[E(REFUSED)]	= "refused",
	[E(SHUTDOWN)]	= "shutdown",
	[E(DEVICE)]	= "device",
	[E(EMPTY)]	= "empty",
};

enum ctsync_hold_state ctsync_hold_fsm(enum ctsync_hold_state state,
				       enum ctsync_hold_event event)
{
	/* a state that cannot be must not keep a packet */
	if ((u32)state >= CTSYNC_HOLD_STATE_MAX)
		return S(DRAINING);
	if ((u32)event >= CTSYNC_HOLD_EVENT_MAX)
		return state;
	CTSYNC_CELL(HOLD, state, event);
	return table[state][event];
}

const char *ctsync_hold_state_name(enum ctsync_hold_state state)
{
	return (u32)state < CTSYNC_HOLD_STATE_MAX ? state_names[state] : "?";
}

const char *ctsync_hold_event_name(enum ctsync_hold_event event)
{
	return (u32)event < CTSYNC_HOLD_EVENT_MAX ? event_names[event] : "?";
}

bool ctsync_hold_done(enum ctsync_hold_mode mode, u64 await, u64 acked)
{
	if (mode == CTSYNC_HOLD_ALL)
		return (await & ~acked) == 0;
	if (mode == CTSYNC_HOLD_ANY)
		return (await & acked) != 0;
	return true;
}
