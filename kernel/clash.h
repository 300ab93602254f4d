/* SPDX-License-Identifier: GPL-2.0 */
/* Two flows want one tuple: which of them is the later one, which of them stays.
 *
 * The rule is an order over what both nodes know of a flow, so that they come to
 * the same answer from either side. What it compares only grows (held, released,
 * replied) and is told with each message, so that an answer from old knowledge is
 * corrected by the next message.
 */
#ifndef CTSYNC_CLASH_H
#define CTSYNC_CLASH_H

#include "pure.h"
#include "tcpwin.h"

/* What a flow has to say for itself. */
struct ctsync_claim {
	u64 id;
	u8 origin;	/* 0: nobody syncs it, so it has no name either */
	bool replied;	/* there was an answer: both ends use it */
	bool held;	/* its first packet still waits: no end has seen it */
};

/* How a flow was used, by what a node has of it or is told. */
struct ctsync_use {
	u64 id;
	u8 origin;	/* 0: nobody syncs it, so it has no name either */
	bool tcp;
	/* of TCP only */
	bool syn;	/* no more than its SYN is known */
	u8 ended;	/* directions (1 << d) with a FIN; both after an RST */
	u32 idle;	/* ms since its last packet */
};

enum ctsync_later {
	CTSYNC_LATER_NEITHER,	/* nothing tells that they are two */
	CTSYNC_LATER_FIRST,	/* the first argument, the other is over */
	CTSYNC_LATER_SECOND,
};

enum ctsync_clash {
	CTSYNC_CLASH_FIRST,	/* the first argument stays, the other goes */
	CTSYNC_CLASH_SECOND,
	CTSYNC_CLASH_BOTH,	/* both are in use: each stays where it is */
};

/* Is (@origin, @id) before (@than_origin, @than_id)? The order of names. */
bool ctsync_clash_lower(u8 origin, u64 id, u8 than_origin, u64 than_id);

/* Do two flows have one tuple one after the other? Then which is the later one?
 * @kin: how the windows of @b lie to those of @a. @copy: one of the two is told by a
 * node that did not see a packet of it just now.
 */
enum ctsync_later ctsync_clash_later(const struct ctsync_use *a,
				     const struct ctsync_use *b,
				     struct ctsync_kin kin, bool copy);

/* Different flows with one tuple. */
enum ctsync_clash ctsync_clash_judge(const struct ctsync_claim *a,
				     const struct ctsync_claim *b);

/* One flow in both orientations (a reply that came first): one must stay. */
enum ctsync_clash ctsync_clash_crossed(const struct ctsync_claim *a,
				       const struct ctsync_claim *b);

#endif
