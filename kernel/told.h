/* SPDX-License-Identifier: GPL-2.0 */
/* What a stream's frames told: a ring of type and name of every message that
 * would be missed, so that the present state of what was in a lost frame can be
 * told again. Never the old bytes: what is true now is worth more.
 */
#ifndef CTSYNC_TOLD_H
#define CTSYNC_TOLD_H

#include "pure.h"

#define CTSYNC_TOLD_FRAMES	1024	/* as many as a receiver's window */
#define CTSYNC_TOLD_MESSAGES	8192	/* in all of them */

/* One message; which fields mean something follows from its type. */
struct ctsync_told {
	u64 id;
	u64 win_id;	/* INACK: of the flow that stays */
	u32 number;
	u16 inc;
	u8 type;	/* enum ctsync_msg_type */
	u8 origin;
	u8 to;
	u8 reason;
	u8 win_origin;
	u8 flags;	/* CTSYNC_REF_* */
};

struct ctsync_told_frame {
	u64 seq;	/* 0: unused */
	u32 first;	/* its first message, as a position */
	u32 nr;
	u32 notes;	/* of them, told again as notes: without looking at an entry */
	u32 answered;	/* time of the last answer for it, if @was */
	bool was;
};

/* Positions count messages for ever, in 32 bits that wrap. */
struct ctsync_told_ring {
	u32 head;	/* where the next message goes */
	u32 begin;	/* first of the frame that is being filled */
	u32 notes;	/* in that so far */
	struct ctsync_told_frame frame[CTSYNC_TOLD_FRAMES];
	struct ctsync_told told[CTSYNC_TOLD_MESSAGES];
};

void ctsync_told_init(struct ctsync_told_ring *r);
/* A frame is begun; what was added to one that was never sent is forgotten. */
void ctsync_told_begin(struct ctsync_told_ring *r);
void ctsync_told_add(struct ctsync_told_ring *r, const struct ctsync_told *t);
/* The frame was sent with this number. */
void ctsync_told_sent(struct ctsync_told_ring *r, u64 seq);

enum ctsync_told_verdict {
	CTSYNC_TOLD_HERE,	/* answer it: messages [*first, *first + *nr) */
	CTSYNC_TOLD_REPEAT,	/* answered less than @quiet ago: it is on its way */
	CTSYNC_TOLD_GONE,	/* overwritten, or never sent */
	CTSYNC_TOLD_LATER,	/* more notes than there is room for now */
};

/* Somebody missed frame @seq. @now and @quiet are of one free-running clock; @room:
 * notes that there is room for now.
 */
enum ctsync_told_verdict ctsync_told_ask(struct ctsync_told_ring *r, u64 seq,
					 u32 now, u32 quiet, u32 room,
					 u32 *first, u32 *nr);
/* The message at @pos, or false when it was overwritten since. */
bool ctsync_told_get(const struct ctsync_told_ring *r, u32 pos,
		     struct ctsync_told *out);

#endif
