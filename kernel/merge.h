/* SPDX-License-Identifier: GPL-2.0 */
/* Merging a peer's word into a flow that is known here. */
#ifndef CTSYNC_MERGE_H
#define CTSYNC_MERGE_H

#include "instance.h"

/* A message of @p about @e, which is no tombstone. Softirq, RCU. Merges, acknowledges
 * and judges whether the path is split; counts what it refuses. False when the
 * conntrack has gone, and its end waits to be told: nothing was done.
 */
bool ctsync_merge_flow(struct ctsync_instance *inst, struct ctsync_peer *p,
		       struct ctsync_entry *e, u8 type,
		       const struct ctsync_flow *f);

/* Merge @f into @ct. @mirror: tcpwin.h; @reborn: @f begins an incarnation.
 * Returns false when a full update is wanted first. e->lock held.
 */
bool ctsync_merge_apply(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct, u8 type,
			const struct ctsync_flow *f, bool mirror, bool reborn);

/* A peer says that @e's connection is over; here packets came since: it ends as a
 * closed one does. Softirq, RCU.
 */
void ctsync_merge_over(struct ctsync_instance *inst, struct ctsync_entry *e);

/* @f was caused by packets on a peer, unless it is a copy: is the path split? */
void ctsync_merge_judge(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct, const struct ctsync_flow *f);
/* The same for packets of @dirs that only asked. */
void ctsync_merge_evidence(struct ctsync_instance *inst,
			   struct ctsync_entry *e, u8 dirs);

/* Conntrack scales windows only when both sides offered it. */
void ctsync_merge_settle_scaling(struct ctsync_tcp *t);

/* Note that writer @w waits for an acknowledgement, if @f says so. e->lock held. */
void ctsync_merge_owe_ack(struct ctsync_entry *e, struct ctsync_writer *w,
			  const struct ctsync_flow *f);
/* Send what is owed. */
void ctsync_merge_send_ack(struct ctsync_instance *inst, struct ctsync_entry *e,
			   const struct ctsync_flow *f);
/* Ask @p for all it knows of an entry; also for windows that others told it, if there is
 * no copy here. Softirq, RCU.
 */
void ctsync_merge_request(struct ctsync_instance *inst, struct ctsync_peer *p,
			  const struct ctsync_ref *ref);

#endif
