/* SPDX-License-Identifier: GPL-2.0 */
/* Holding packets until peers know the flow: begin, follow, acknowledge,
 * release. A held packet always goes on, in the order of arrival.
 */
#ifndef CTSYNC_HOLD_H
#define CTSYNC_HOLD_H

#include "hold_fsm.h"
#include "instance.h"

#include <linux/netfilter.h>

/* A packet taken out of netfilter, with all that it refers to. */
struct ctsync_packet {
	struct list_head list;
	struct sk_buff *skb;
	struct net_device *dev;		/* skb->dev when it was taken */
	struct nf_hook_state state;
};

/* Take references so that @skb can wait; NULL when that cannot be (no memory,
 * no route to keep). Softirq or BH off. The packet is still the caller's.
 */
struct ctsync_packet *ctsync_packet_take(struct sk_buff *skb,
					 const struct nf_hook_state *state);
/* Give the references back; the skb is the caller's. */
void ctsync_packet_put(struct ctsync_packet *p);
/* Send @p on behind the hook that took it, and put it. BH off, RCU. */
void ctsync_packet_send(struct ctsync_packet *p);

/* Is there anybody whose acknowledgement a packet would wait for, and room? */
bool ctsync_hold_wanted(struct ctsync_instance *inst, unsigned int bytes);

/* Begin to hold @p for @e, whose next message asks for acknowledgement; or
 * append to what waits already, which then waits for that message, too. e->lock held. Returns false when the packet
 * must go on at once (nobody to wait for; memory). The caller then sends it.
 */
bool ctsync_hold_begin(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct ctsync_packet *p);

/* Does @e hold packets, so that this one must queue behind? e->lock held.
 * Appends @p and returns true, or returns false.
 */
bool ctsync_hold_follow(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct ctsync_packet *p);

/* Peer @index acknowledged what @e holds, or refused it. RCU. */
void ctsync_hold_acked(struct ctsync_instance *inst, struct ctsync_entry *e,
		       u8 index);
void ctsync_hold_end(struct ctsync_instance *inst, struct ctsync_entry *e,
		     enum ctsync_hold_event why);
/* Does a packet of @e still wait? (Not: is it on its way.) e->lock held. */
bool ctsync_hold_waits(const struct ctsync_entry *e);
/* Move what waits for @e to @packets, for drop. What is on its way already stays.
 * e->lock held.
 */
void ctsync_hold_take(struct ctsync_instance *inst, struct ctsync_entry *e,
		      struct list_head *packets);
/* Drop packets that were taken; no lock held. Returns how many. */
u32 ctsync_hold_drop(struct ctsync_instance *inst, struct list_head *packets);
/* The entry goes: let its packets go on. e->lock held. */
void ctsync_hold_detach(struct ctsync_instance *inst, struct ctsync_entry *e);

/* The set of active peers shrank, or a device went away: release every hold of
 * this instance for @why. Any context except hard interrupt.
 */
void ctsync_hold_release_all(struct ctsync_instance *inst,
			     enum ctsync_hold_event why);

/* See to it that @c's poll runs at @deadline (ktime_get_ns) at the latest. */
void ctsync_hold_deadline(struct ctsync_cpu *c, u64 deadline);

/* Part of the poll: deadlines that passed, packets that may go on, a NAPI budget of
 * them. Returns true when there are more.
 */
bool ctsync_hold_poll(struct ctsync_cpu *c);
/* Teardown, after hooks and receiver are gone and polls are disabled: send what
 * is left. Process context.
 */
void ctsync_hold_flush(struct ctsync_instance *inst);

/* Packets of @e that wait. e->lock held. */
u32 ctsync_hold_count(const struct ctsync_entry *e);

#endif
