/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that conntrack called invalid although their flow is synced: the
 * copy here may be stale. Ask the flow's owner, or, when it is dead, believe
 * the packet within the written bound.
 */
#ifndef CTSYNC_MISS_H
#define CTSYNC_MISS_H

#include "instance.h"

#include <linux/netfilter.h>

/* A packet without conntrack at PRE_ROUTING, just behind conntrack's own hook.
 * Returns NF_STOLEN when it waits for an answer, else NF_ACCEPT; it may have
 * its conntrack then.
 */
unsigned int ctsync_miss(struct ctsync_instance *inst, struct sk_buff *skb,
			 const struct nf_hook_state *state);

/* Let @skb wait, at most for hold-timeout, for what is known by (@id, @origin);
 * origin 0: by the question @id of pull.c. BH off. False: it cannot wait.
 */
bool ctsync_miss_park(struct ctsync_instance *inst, struct sk_buff *skb,
		      const struct nf_hook_state *state, u64 id, u8 origin);
/* What waits for that may try again. Softirq. */
void ctsync_miss_resume(struct ctsync_instance *inst, u64 id, u8 origin);

/* A message about @e was merged: its parked packets may try again. */
void ctsync_miss_answered(struct ctsync_instance *inst, struct ctsync_entry *e);
/* Peers died: parked packets need not wait for them. */
void ctsync_miss_release_all(struct ctsync_instance *inst);

/* Part of the poll. */
void ctsync_miss_poll(struct ctsync_cpu *c);
/* Teardown, as ctsync_hold_flush. */
void ctsync_miss_flush(struct ctsync_instance *inst);

#endif
