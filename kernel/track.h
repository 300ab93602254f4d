/* SPDX-License-Identifier: GPL-2.0 */
/* What a local packet, or the end of a conntrack, means for its entry. */
#ifndef CTSYNC_TRACK_H
#define CTSYNC_TRACK_H

#include "instance.h"

#include <linux/netfilter.h>

/* What the hook does with the packet. */
enum ctsync_track_verdict {
	CTSYNC_TRACK_PASS,	/* goes on */
	CTSYNC_TRACK_HOLD,	/* makes state: goes on when a peer knows it */
	CTSYNC_TRACK_FOLLOW,	/* earlier packets of its flow are held */
};

/* Make an entry for the unconfirmed @ct of a packet that rules have marked; adds
 * the event extension. NULL when that cannot be (counted). Softirq, RCU.
 */
struct ctsync_entry *ctsync_track_new(struct ctsync_instance *inst,
				      struct nf_conn *ct);
/* Undo it: @ct will not be confirmed. */
void ctsync_track_abort(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct);
/* @ct of ctsync_track_new was confirmed: tell the peers. @held: its packet
 * waits for acknowledgement.
 */
void ctsync_track_confirmed(struct ctsync_instance *inst,
			    struct ctsync_entry *e, struct nf_conn *ct,
			    bool held);
/* Make an entry for a confirmed @ct that had none. Process or softirq, RCU, the
 * caller has a reference on @ct. Returns NULL when it cannot be.
 */
struct ctsync_entry *ctsync_track_adopt(struct ctsync_instance *inst,
					struct nf_conn *ct);

/* A packet of direction @dir of a confirmed flow passed the rules. */
enum ctsync_track_verdict ctsync_track_packet(struct ctsync_instance *inst,
					      struct ctsync_entry *e,
					      struct nf_conn *ct, int dir,
					      const struct sk_buff *skb);

/* The mark was cleared: the peers keep the flow, unsynced. */
void ctsync_track_forget(struct ctsync_instance *inst, struct ctsync_entry *e,
			 struct nf_conn *ct);

/* The conntrack of @e is gone, or goes. @ct: it, if the caller has a reference.
 * @tell: the peers are to know @reason (enum ctsync_del_reason); else silent.
 * @remember: keep a tombstone when silent.
 */
void ctsync_track_gone(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct nf_conn *ct, u8 reason, bool tell, bool remember);

/* Give @ct our event extension; it must be unconfirmed. false: no memory. */
bool ctsync_track_add_events(struct nf_conn *ct);
/* Will @ct's DESTROY event reach us? */
bool ctsync_track_guarded(const struct nf_conn *ct);

#endif
