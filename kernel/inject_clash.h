/* SPDX-License-Identifier: GPL-2.0 */
/* What stands in the way of a flow that a peer tells of, and who gives way. */
#ifndef CTSYNC_INJECT_CLASH_H
#define CTSYNC_INJECT_CLASH_H

#include "instance.h"

#include <net/netfilter/nf_conntrack.h>

enum ctsync_way {
	CTSYNC_WAY_FREE,	/* nothing there, or all of it gives way */
	CTSYNC_WAY_SAME,	/* the same flow is there: block[0] */
	CTSYNC_WAY_TAKEN,	/* what is there stays; the peer was answered */
};

/* The conntracks that have one of a flow's tuples, referenced, and what was held
 * of the flows that gave way.
 */
struct ctsync_clash_site {
	struct nf_conn *block[2];
	int nr;
	bool crossed;			/* block[0] is the flow itself, reversed */
	struct list_head packets;
};

/* Look up both tuples of @f (@orig, @reply) in @zone and decide. Softirq, RCU.
 * Every call is followed by ctsync_clash_done.
 */
enum ctsync_way ctsync_clash_look(struct ctsync_instance *inst,
				  struct ctsync_peer *p,
				  const struct ctsync_flow *f,
				  const struct nf_conntrack_zone *zone,
				  const struct nf_conntrack_tuple *orig,
				  const struct nf_conntrack_tuple *reply,
				  struct ctsync_clash_site *site);
/* After CTSYNC_WAY_FREE: delete what gives way; what it held is kept until done,
 * when the winner is in the table.
 */
void ctsync_clash_clear(struct ctsync_instance *inst, struct ctsync_peer *p,
			struct ctsync_clash_site *site);
void ctsync_clash_done(struct ctsync_instance *inst,
		       struct ctsync_clash_site *site);

/* A peer did not take our flow @e because another has its tuple: INACK{CONFLICT}
 * or {BOTH}. Softirq, RCU.
 */
void ctsync_clash_refused(struct ctsync_instance *inst, struct ctsync_peer *p,
			  struct ctsync_entry *e,
			  const struct ctsync_note *note);

#endif
