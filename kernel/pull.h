/* SPDX-License-Identifier: GPL-2.0 */
/* Pull on miss: packets whose flow is not known here, but perhaps to a peer. */
#ifndef CTSYNC_PULL_H
#define CTSYNC_PULL_H

#include "instance.h"

#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* What direction @dir of @ct is known by in this instance. */
u64 ctsync_pull_key_of(const struct ctsync_instance *inst,
		       const struct nf_conn *ct, int dir);

/* A packet without conntrack, and none of its tuple is here. NF_STOLEN when it
 * waits while the peers are asked, else NF_ACCEPT. BH off.
 */
unsigned int ctsync_pull_miss(struct ctsync_instance *inst, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      const struct nf_conntrack_zone *zone);
/* A packet that would begin a flow; is it one to ask about? */
static inline bool ctsync_pull_wanted(const struct ctsync_instance *inst,
				      u32 mark)
{
	u32 mask = READ_ONCE(inst->params.pull_mask);

	return mask && (mark & mask) == READ_ONCE(inst->params.pull_mark);
}
/* Ask about it: as ctsync_pull_miss, but its unconfirmed conntrack is given up
 * and made again.
 */
unsigned int ctsync_pull_new(struct ctsync_instance *inst, struct sk_buff *skb,
			     const struct nf_hook_state *state);
/* Likewise about the answer to a SYN that did not pass here, where conntrack has an
 * older connection of that tuple (ctsync_flow_answers_unseen). BH off.
 */
unsigned int ctsync_pull_unseen(struct ctsync_instance *inst, struct sk_buff *skb,
				const struct nf_hook_state *state);

/* @p asks who knows a tuple. Softirq. */
void ctsync_pull_query(struct ctsync_instance *inst, struct ctsync_peer *p,
		       const struct ctsync_query *q);
/* @p does not know it. Softirq. */
void ctsync_pull_unknown_here(struct ctsync_instance *inst,
			      struct ctsync_peer *p,
			      const struct ctsync_unknown *u);
/* A flow came from a peer: does a packet wait for it? Softirq. */
void ctsync_pull_arrived(struct ctsync_instance *inst,
			 const struct ctsync_flow *f);

#endif
