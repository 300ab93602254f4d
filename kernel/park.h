/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that wait for a peer's answer about their flow, and those of the same
 * direction that came behind them.
 *
 * One list for all CPUs, and one CPU at a time resumes: a miss is rare, and what
 * waits keeps its order whoever brings the answer.
 */
#ifndef CTSYNC_PARK_H
#define CTSYNC_PARK_H

#include "hold.h"
#include "instance.h"

#include <net/netfilter/nf_conntrack_zones.h>

/* A packet that waits. Read by its resumer, all else is park.c's. */
struct ctsync_parked {
	struct list_head list;	/* waiting or resumable, park.lock */
	struct ctsync_packet *packet;
	u64 key;		/* of its tuple and zone */
	u64 id;			/* of its entry; origin 0: of the question (pull.c) */
	u64 deadline;		/* ktime_get_ns() */
	struct nf_conntrack_zone zone; /* what rules gave the packet */
	u8 origin;
	u8 place;		/* enum ctsync_place */
	u8 again;		/* so often it may ask again: the answer may be older than it */
	u8 needs;		/* directions (CTSYNC_DIR_SEEN0, 1): it waits for word of one */
	u8 told;		/* of these the answers had word of their own */
	u64 awaited;		/* the peers (a set) that were asked and did not answer yet */
};

void ctsync_park_init(struct ctsync_park *k);

/* Does any packet wait, or did one an instant ago? Any context. */
static inline bool ctsync_park_any(const struct ctsync_instance *inst)
{
	unsigned int i;

	for (i = 0; i < NR_CTSYNC_PLACES; i++) {
		if (atomic_read(&inst->park.nr[i]))
			return true;
	}
	return false;
}

/* What a packet waits for. */
struct ctsync_awaits {
	u64 id;			/* of its entry; origin 0: the question of pull.c */
	u8 origin;
	u8 needs;		/* as above */
	bool asked;		/* a packet before it asked already */
	u8 again;		/* as above */
	bool far;		/* an answer can make it valid, nothing else can */
	u64 whom;		/* the peers that are asked; 0: whom that packet waits for */
};

/* Let @skb wait, at most for hold-timeout. @key: of its tuple and zone. BH off. False:
 * it cannot wait, the caller has it still.
 */
bool ctsync_park(struct ctsync_instance *inst, struct sk_buff *skb,
		 const struct nf_hook_state *state,
		 const struct nf_conntrack_zone *zone, u64 key,
		 const struct ctsync_awaits *awaits);
/* @w is resumed, and what it waited for is not enough: it waits for @awaits, with what
 * came behind it, until its deadline. @w is no longer the caller's. Of the resumer.
 */
void ctsync_park_again(struct ctsync_instance *inst, struct ctsync_parked *w,
		       const struct ctsync_awaits *awaits);
/* Conntrack accepted @skb; if packets with @key wait, it waits behind the last of
 * them. BH off. False: none does, or it cannot wait.
 */
bool ctsync_park_behind(struct ctsync_instance *inst, struct sk_buff *skb,
			const struct nf_hook_state *state, u64 key);

/* Peer @who answered about (@id, @origin), with word of its own on the directions
 * @told. What needs one of them, or waits for nobody else, may try again. BH off.
 * Returns whether any waits on.
 */
bool ctsync_park_told(struct ctsync_instance *inst, u64 id, u8 origin, u8 who,
		      u8 told);
/* The question @number of pull.c is answered; the deadline of some is over; all (the
 * peers that were asked are gone): they may try again in the poll of this CPU. BH off.
 */
void ctsync_park_found(struct ctsync_instance *inst, u64 number);
void ctsync_park_late(struct ctsync_cpu *c);
void ctsync_park_release_all(struct ctsync_instance *inst);

/* The CPU that resumes: begin is false when another one does or there is nothing
 * to do. next is the packet in turn, to be given to done when it is on its way;
 * at NULL the turn is over. pause ends it before. Softirq, or nobody polls.
 */
bool ctsync_park_begin(struct ctsync_instance *inst);
struct ctsync_parked *ctsync_park_next(struct ctsync_instance *inst);
void ctsync_park_done(struct ctsync_instance *inst, struct ctsync_parked *p);
void ctsync_park_pause(struct ctsync_instance *inst);

#endif
