/* SPDX-License-Identifier: GPL-2.0 */
/* Which queue an entry is on, and where an event moves it: one table.
 *
 * Nothing is serialised when an event happens; what goes out is the entry's
 * state at flush time. The order of the enum is the order of sending.
 */
#ifndef CTSYNC_QSTATE_H
#define CTSYNC_QSTATE_H

#include "pure.h"

#define CTSYNC_QUEUES(X) \
	X(ACK)		/* an acknowledgement is owed */ \
	X(DELETE)	\
	X(UPDATE_C)	\
	X(UPDATE)	\
	X(INSERT)

enum ctsync_queue_id {
#define X(name) CTSYNC_Q_##name,
	CTSYNC_QUEUES(X)
#undef X
	CTSYNC_Q_NONE,
	CTSYNC_Q_MAX
};

#define CTSYNC_QEVENTS(X) \
	X(INSERT)	/* a new or adopted flow, or one to be told again */ \
	X(UPDATE)	/* its state moved */ \
	X(REQUEST)	/* a full update is wanted, or a fact that only a full one carries changed */ \
	X(ACK)		/* a peer wants an acknowledgement */ \
	X(DELETE)	/* the flow is gone and the peers are to know */ \
	X(DROP)		/* the entry goes, silently */ \
	X(SENT)		/* serialised */

enum ctsync_qevent {
#define X(name) CTSYNC_QE_##name,
	CTSYNC_QEVENTS(X)
#undef X
	CTSYNC_QE_MAX
};

/* The queue after @event for an entry now on @queue. */
enum ctsync_queue_id ctsync_qstate_next(enum ctsync_queue_id queue,
					enum ctsync_qevent event);

/* "ack", "delete", ... "none" */
const char *ctsync_qstate_name(enum ctsync_queue_id queue);

#endif
