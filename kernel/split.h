/* SPDX-License-Identifier: GPL-2.0 */
/* Is a flow's path split over nodes? Judged by the order of local packets and
 * remote updates.
 *
 * A flow is split when a packet-caused remote update arrives within the split
 * window after a local packet, or a local packet comes when the last word was
 * remote. It stays split until both directions have been seen locally since the
 * last remote word on them, and no remote word came for a split window. Copies
 * (bulk, answers, repairs) are no evidence; a request that a parked packet
 * caused is, like an update of that packet's direction.
 */
#ifndef CTSYNC_SPLIT_H
#define CTSYNC_SPLIT_H

#include "pure.h"

#define CTSYNC_SPLIT_NOW	0x01 /* the path is split */
#define CTSYNC_SPLIT_EVER	0x02 /* it was split at some time */
#define CTSYNC_SPLIT_LOCAL0	0x04 /* original direction seen here since the last remote word on it */
#define CTSYNC_SPLIT_LOCAL1	0x08 /* reply direction, likewise */
#define CTSYNC_SPLIT_REMOTE	0x10 /* the last word was remote */
#define CTSYNC_SPLIT_HAD_LOCAL	0x20 /* last_local is a time, not "never" */
#define CTSYNC_SPLIT_HAD_REMOTE	0x40 /* last_remote is a time, not "never" */

/* Times are ticks of any free-running 32-bit clock, the same in all calls. A time
 * 2^32 ticks ago looks like now; the price is one early verdict.
 */
struct ctsync_split {
	u32 last_local;
	u32 last_remote;
	u8 flags;
};

enum ctsync_split_verdict {
	CTSYNC_SPLIT_SAME,	/* nothing changed */
	CTSYNC_SPLIT_BEGAN,
	CTSYNC_SPLIT_ENDED,
	CTSYNC_SPLIT_WAKE,	/* first local packet after idleness of a flow that was ever split: tell at once */
};

/* A local packet of direction @d at @now. */
enum ctsync_split_verdict ctsync_split_local(struct ctsync_split *s, int d,
					     u32 now, u32 window);

/* A remote update caused by packets of the directions in @dirs (bit 0, bit 1;
 * 0 is possible: a state change without a window), at @now.
 */
enum ctsync_split_verdict ctsync_split_remote(struct ctsync_split *s, u8 dirs,
					      u32 now, u32 window);

/* Was direction @d not seen here since the last remote word on it? This is no
 * reason not to open or lead while NOW is set: where packets are sprayed over
 * nodes, both directions were seen here of late and the next acknowledgement is
 * still for data that went the other way.
 */
static inline bool ctsync_split_unseen(const struct ctsync_split *s, int d)
{
	return !(s->flags & (d ? CTSYNC_SPLIT_LOCAL1 : CTSYNC_SPLIT_LOCAL0));
}

/* The other directions, those that were: bit 0, bit 1. */
static inline u8 ctsync_split_seen(const struct ctsync_split *s)
{
	return (s->flags & (CTSYNC_SPLIT_LOCAL0 | CTSYNC_SPLIT_LOCAL1)) /
	       CTSYNC_SPLIT_LOCAL0;
}

#endif
