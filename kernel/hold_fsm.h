/* SPDX-License-Identifier: GPL-2.0 */
/* When a held packet goes on: states of one entry's hold, and whose
 * acknowledgement it waits for. Pure decisions; the glue is hold.c.
 */
#ifndef CTSYNC_HOLD_FSM_H
#define CTSYNC_HOLD_FSM_H

#include "pure.h"

#define CTSYNC_HOLD_STATES(X) \
	X(NONE)		/* nothing held, packets pass */ \
	X(PENDING)	/* packets wait for acknowledgements */ \
	X(DRAINING)	/* to be sent by the poll; arrivals still queue behind */

enum ctsync_hold_state {
#define X(name) CTSYNC_HOLD_##name,
	CTSYNC_HOLD_STATES(X)
#undef X
	CTSYNC_HOLD_STATE_MAX
};

#define CTSYNC_HOLD_EVENTS(X) \
	X(START)	/* a packet that makes state, and somebody to wait for */ \
	X(ACKED)	/* the last awaited acknowledgement came */ \
	X(DEADLINE)	\
	X(BOUND)	/* a bound in packets or bytes was reached */ \
	X(PEERS_GONE)	/* nobody is left to wait for */ \
	X(REFUSED)	/* a negative acknowledgement */ \
	X(SHUTDOWN)	/* down, namespace exit, unload */ \
	X(DEVICE)	/* a device went away */ \
	X(EMPTY)	/* the poll sent the last packet */

enum ctsync_hold_event {
#define X(name) CTSYNC_HOLD_EV_##name,
	CTSYNC_HOLD_EVENTS(X)
#undef X
	CTSYNC_HOLD_EVENT_MAX
};

enum ctsync_hold_state ctsync_hold_fsm(enum ctsync_hold_state state,
				       enum ctsync_hold_event event);
const char *ctsync_hold_state_name(enum ctsync_hold_state state);
const char *ctsync_hold_event_name(enum ctsync_hold_event event);

enum ctsync_hold_mode { CTSYNC_HOLD_OFF, CTSYNC_HOLD_ANY, CTSYNC_HOLD_ALL };

/* Does a hold that waits for @await (a set of peers, never empty) end when
 * those in @acked have answered?
 */
bool ctsync_hold_done(enum ctsync_hold_mode mode, u64 await, u64 acked);

#endif
