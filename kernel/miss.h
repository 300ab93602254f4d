/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that conntrack called invalid although their flow is synced: the
 * copy here may be stale. Ask the flow's owner, or, when it is dead, believe
 * the packet within the written bound.
 */
#ifndef CTSYNC_MISS_H
#define CTSYNC_MISS_H

#include "instance.h"

#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* A packet without conntrack at PRE_ROUTING, just behind conntrack's own hook.
 * Returns NF_STOLEN when it waits for an answer, else NF_ACCEPT; it may have
 * its conntrack then. @zone: the one that rules gave it.
 */
unsigned int ctsync_miss(struct ctsync_instance *inst, struct sk_buff *skb,
			 const struct nf_hook_state *state,
			 const struct nf_conntrack_zone *zone);

/* Conntrack accepted @skb and its flow is synced. True: it waits behind packets of
 * its direction that wait, and is no longer the caller's. BH off.
 */
bool ctsync_miss_behind(struct ctsync_instance *inst, struct sk_buff *skb,
			const struct nf_hook_state *state);

/* An answer of @p about @e was merged: parked packets may try again. @told: the
 * directions (CTSYNC_DIR_SEEN0, 1) of which @p saw the packets last; of another one it
 * knows only what others told, and what needs that waits for who else was asked.
 * Softirq.
 */
void ctsync_miss_answered(struct ctsync_instance *inst, struct ctsync_entry *e,
			  const struct ctsync_peer *p, u8 told);
/* Part of the poll; true when its budget was used up. */
bool ctsync_miss_poll(struct ctsync_cpu *c);
/* Teardown, as ctsync_hold_flush. */
void ctsync_miss_flush(struct ctsync_instance *inst);

#endif
