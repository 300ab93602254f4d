/* SPDX-License-Identifier: GPL-2.0 */
/* How long may a frame to a peer be? The interface says one thing, and a device
 * in between may carry less without a word. So a frame is only as long as the peer
 * was heard to say that frames reach it.
 *
 * Each node tells in its HELLOs how long the longest frame was that it lately had
 * from the other. Now and then a HELLO is filled up to what the interface would carry;
 * if the peer does not tell of it, HELLOs of other sizes try what does pass.
 */
#ifndef CTSYNC_PATH_H
#define CTSYNC_PATH_H

#include "pure.h"

#define CTSYNC_PATH_MIN		512	/* every path carries this */
#define CTSYNC_PATH_SLOT_NS	2000000000ull
#define CTSYNC_PATH_SHOW_NS	3000000000ull /* a path is called narrow after so long */
#define CTSYNC_PATH_PROBES	2	/* at most, at once */

struct ctsync_path {
	/* of the peer's frames */
	u64 slot;	/* since when heard[0] counts */
	u16 heard[2];	/* longest frame in this slot, and in the one before */
	/* of ours, as the peer tells */
	u16 told;	/* 0: it does not */
	bool narrow;	/* for so long that somebody should know */
	u64 short_ns;	/* since when it tells of less than the interface carries; 0: it does not */
	u8 turn;	/* of what to try */
};

/* A frame of @len bytes came from the peer. */
void ctsync_path_heard(struct ctsync_path *p, u32 len, u64 now);
/* What to tell the peer: the longest frame in the last 2 to 4 s; never 0. */
u16 ctsync_path_tell(struct ctsync_path *p, u64 now);

/* The peer tells that a frame of @len bytes reached it; the interface carries @limit.
 * Returns true when `narrow` has changed.
 */
bool ctsync_path_told(struct ctsync_path *p, u32 len, u32 limit, u64 now);

/* How long a frame may be. */
u32 ctsync_path_size(const struct ctsync_path *p, u32 limit);

/* Which sizes to try with HELLOs now, @tick counts the calls (10 a second). Returns
 * how many of @size there are.
 */
u32 ctsync_path_probes(struct ctsync_path *p, u32 limit, u32 tick, u64 now,
		       u16 size[CTSYNC_PATH_PROBES]);

#endif
