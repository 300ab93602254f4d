/* SPDX-License-Identifier: GPL-2.0 */
/* Pull on miss: may a packet of no known flow wait while the peers are asked?
 * Pure decisions; the glue is pull.c.
 *
 * A table of fixed size remembers what was asked, and for a while what nobody
 * knew. A bucket of tokens limits the questions, so that an outsider who sends
 * packets of unknown flows causes no more than @rate of them a second; a second's
 * may come at once, for so do the packets of a node that lost its flows. expect.c
 * asks for masters by the same rules.
 */
#ifndef CTSYNC_PULL_FSM_H
#define CTSYNC_PULL_FSM_H

#include "pure.h"

/* A thousand questions at once find their ways: one set in 10^6 has too many. */
#define CTSYNC_PULL_SLOTS	4096
#define CTSYNC_PULL_WAYS	16
#define CTSYNC_PULL_NEGATIVE_NS	1000000000ull	/* nobody knew: not asked again for so long */

#define CTSYNC_PULL_STATES(X) \
	X(FREE)		\
	X(ASKED)	/* until an answer or @until */ \
	X(NEGATIVE)	/* nobody knew, until @until */

enum ctsync_pull_state {
#define X(name) CTSYNC_PULL_##name,
	CTSYNC_PULL_STATES(X)
#undef X
	CTSYNC_PULL_STATE_MAX
};

struct ctsync_pull_slot {
	u64 key;	/* keyed hash of tuple and zone, or of a name */
	u64 await;	/* set of peers that did not say "unknown" yet */
	u64 until;
	u32 number;	/* of the question; names the slot */
	u8 state;
};

struct ctsync_pull {
	u64 tokens;	/* in millionths */
	u64 last;	/* when they were counted */
	u32 asked;	/* slots that are ASKED, some of them perhaps over */
	u32 count;	/* of questions so far */
	struct ctsync_pull_slot slot[CTSYNC_PULL_SLOTS];
};

enum ctsync_pull_verdict {
	CTSYNC_PULL_GO,		/* nobody knew it a moment ago, or nobody is there */
	CTSYNC_PULL_LIMIT,	/* too many questions: go on */
	CTSYNC_PULL_ASK,	/* send the question @number, and wait for its answer */
	CTSYNC_PULL_WAIT,	/* wait for the answer to question @number */
};

void ctsync_pull_init(struct ctsync_pull *p, u64 now);

/* A packet with the flow @key came at @now (ns); @peers (a set) can be asked, at
 * most @rate times a second, and it can wait for @patience ns.
 */
enum ctsync_pull_verdict ctsync_pull_packet(struct ctsync_pull *p, u64 key,
					    u64 now, u64 peers, u32 rate,
					    u64 patience, u32 *number);
/* Peer @index does not know what question @number asked for. True when it was
 * the last one: what waits may go on.
 */
bool ctsync_pull_unknown(struct ctsync_pull *p, u32 number, u8 index, u64 now);
/* A flow with @key came: true and the number of its question when one waits. */
bool ctsync_pull_found(struct ctsync_pull *p, u64 key, u64 now, u32 *number);

#endif
