/* SPDX-License-Identifier: GPL-2.0 */
/* Ended expectations: a ring of those to be told, which remembers what was told until
 * it is overwritten, so that an end whose message was lost can be told again. Nothing
 * else is left of an expectation that ended.
 */
#ifndef CTSYNC_ENDS_H
#define CTSYNC_ENDS_H

#include "wire.h"

#define CTSYNC_ENDS 128

/* Positions count ends for ever, in 32 bits that wrap. */
struct ctsync_ends {
	u32 head;	/* where the next one goes */
	u32 next;	/* the next to be told; head: none is */
	struct ctsync_expect end[CTSYNC_ENDS];
};

/* A place for one more to be told, or NULL: too many wait. */
struct ctsync_expect *ctsync_ends_add(struct ctsync_ends *ends);
/* The next to be told, and its position; false: there is none. */
bool ctsync_ends_take(struct ctsync_ends *ends, struct ctsync_expect *end, u32 *pos);
/* What was told from @pos is to be told again; false: it is no longer there, or too
 * many wait.
 */
bool ctsync_ends_again(struct ctsync_ends *ends, u32 pos);

#endif
