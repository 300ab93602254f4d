/* SPDX-License-Identifier: GPL-2.0 */
/* Between conntrack's helpers and messages: names, what helpers remember, and the
 * sequence numbers that they shifted.
 */
#ifndef CTSYNC_HELP_H
#define CTSYNC_HELP_H

#include "wire.h"

#include <net/netfilter/nf_conntrack.h>

/* Does something else than conntrack's usual way happen to packets of @status? */
static inline bool ctsync_help_has(unsigned long status)
{
	return status & (IPS_HELPER | IPS_SEQ_ADJUST);
}

/* Does a program in user space help @ct? It sees each packet, so conntrack may
 * queue it: such packets are never confirmed by us, and the help is not told.
 * RCU.
 */
bool ctsync_help_is_user(const struct nf_conn *ct);

/* Helper, adjustment and what a SYN proxy made up of @ct, into @f. Takes ct->lock; RCU. */
void ctsync_help_get(struct nf_conn *ct, struct ctsync_flow *f);

/* One number for how far sequence numbers are shifted: it differs when they were
 * shifted anew. 0: not at all.
 */
u16 ctsync_help_shift(const struct nf_conn *ct);
/* The connection begins anew: nothing is shifted. Softirq. */
void ctsync_help_reborn(struct nf_conn *ct);

/* Give the unconfirmed @ct the helper and adjustment that @f tells, before NAT is
 * set up. Returns false when the helper is not here; @ct is of use all the same.
 * Softirq, RCU.
 */
bool ctsync_help_add(struct nf_conn *ct, const struct ctsync_flow *f);
/* Merge what @f tells into the confirmed @ct. @elsewhere: directions (bits 1, 2)
 * whose packets pass other nodes now. Softirq, RCU.
 */
void ctsync_help_apply(struct nf_conn *ct, const struct ctsync_flow *f,
		       u8 elsewhere);

/* @ct was made here and is related to @master: what the helper of @master keeps to tell
 * packets of @ct apart. Softirq, RCU.
 */
void ctsync_help_related(struct nf_conn *master, const struct nf_conn *ct);

/* What a helper may change while it reads a packet. */
struct ctsync_help_mark {
	u32 nr;			/* expectations */
	u64 sum;		/* over what may change of them; only compared */
	struct ctsync_help help;
	struct ctsync_adjust adjust;
};

void ctsync_help_mark(struct nf_conn *ct, struct ctsync_help_mark *m);
/* Did the packet since @m make something that the peers must know? */
bool ctsync_help_changed(struct nf_conn *ct, const struct ctsync_help_mark *m);

#endif
