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

/* Helper and adjustment of @ct, into @f. Takes ct->lock; RCU. */
void ctsync_help_get(struct nf_conn *ct, struct ctsync_flow *f);

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
