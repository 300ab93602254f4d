// SPDX-License-Identifier: GPL-2.0
/* Which queue an entry is on, and where an event moves it: one table. */
#include "qstate.h"

#define Q(name) CTSYNC_Q_##name

static_assert(CTSYNC_QE_MAX == 7); /* a new event needs its column */

/* A row is the queue that the entry is on, a column the event. A full update
 * carries all that a compressed one does, and an insert all that an update
 * does, so each stays when less is asked. An update that goes out
 * acknowledges, so it stands for an owed acknowledgement. What was never told
 * need not be deleted.
 */
static const u8 table[CTSYNC_Q_MAX][CTSYNC_QE_MAX] = {
	[Q(ACK)] = {
		[CTSYNC_QE_INSERT]	= Q(INSERT),
		[CTSYNC_QE_UPDATE]	= Q(UPDATE_C),
		[CTSYNC_QE_REQUEST]	= Q(UPDATE),
		[CTSYNC_QE_ACK]		= Q(ACK),
		[CTSYNC_QE_DELETE]	= Q(DELETE),
		[CTSYNC_QE_DROP]	= Q(NONE),
		[CTSYNC_QE_SENT]	= Q(NONE),
	},
	[Q(DELETE)] = {
		[CTSYNC_QE_INSERT]	= Q(DELETE),
		[CTSYNC_QE_UPDATE]	= Q(DELETE),
		[CTSYNC_QE_REQUEST]	= Q(DELETE),
		[CTSYNC_QE_ACK]		= Q(DELETE),
		[CTSYNC_QE_DELETE]	= Q(DELETE),
		[CTSYNC_QE_DROP]	= Q(NONE),
		[CTSYNC_QE_SENT]	= Q(NONE),
	},
	[Q(UPDATE_C)] = {
		[CTSYNC_QE_INSERT]	= Q(INSERT),
		[CTSYNC_QE_UPDATE]	= Q(UPDATE_C),
		[CTSYNC_QE_REQUEST]	= Q(UPDATE),
		[CTSYNC_QE_ACK]		= Q(UPDATE_C),
		[CTSYNC_QE_DELETE]	= Q(DELETE),
		[CTSYNC_QE_DROP]	= Q(NONE),
		[CTSYNC_QE_SENT]	= Q(NONE),
	},
	[Q(UPDATE)] = {
		[CTSYNC_QE_INSERT]	= Q(INSERT),
		[CTSYNC_QE_UPDATE]	= Q(UPDATE),
		[CTSYNC_QE_REQUEST]	= Q(UPDATE),
		[CTSYNC_QE_ACK]		= Q(UPDATE),
		[CTSYNC_QE_DELETE]	= Q(DELETE),
		[CTSYNC_QE_DROP]	= Q(NONE),
		[CTSYNC_QE_SENT]	= Q(NONE),
	},
	[Q(INSERT)] = {
		[CTSYNC_QE_INSERT]	= Q(INSERT),
		[CTSYNC_QE_UPDATE]	= Q(INSERT),
		[CTSYNC_QE_REQUEST]	= Q(INSERT),
		[CTSYNC_QE_ACK]		= Q(INSERT),
		[CTSYNC_QE_DELETE]	= Q(NONE),
		[CTSYNC_QE_DROP]	= Q(NONE),
		[CTSYNC_QE_SENT]	= Q(NONE),
	},
	[Q(NONE)] = {
		[CTSYNC_QE_INSERT]	= Q(INSERT),
		[CTSYNC_QE_UPDATE]	= Q(UPDATE_C),
		[CTSYNC_QE_REQUEST]	= Q(UPDATE),
		[CTSYNC_QE_ACK]		= Q(ACK),
		[CTSYNC_QE_DELETE]	= Q(DELETE),
		[CTSYNC_QE_DROP]	= Q(NONE),
		[CTSYNC_QE_SENT]	= Q(NONE),
	},
};

static const char *const names[CTSYNC_Q_MAX] = {
	[Q(ACK)]	= "ack",
	[Q(DELETE)]	= "delete",
	[Q(UPDATE_C)]	= "update_c",
	[Q(UPDATE)]	= "update",
	[Q(INSERT)]	= "insert",
	[Q(NONE)]	= "none",
};

enum ctsync_queue_id ctsync_qstate_next(enum ctsync_queue_id queue,
					enum ctsync_qevent event)
{
	if ((u32)queue >= CTSYNC_Q_MAX || (u32)event >= CTSYNC_QE_MAX)
		return Q(NONE);
	CTSYNC_CELL(QUEUE, queue, event);
	return table[queue][event];
}

const char *ctsync_qstate_name(enum ctsync_queue_id queue)
{
	return (u32)queue < CTSYNC_Q_MAX ? names[queue] : "?";
}
