/* SPDX-License-Identifier: GPL-2.0 */
/* Timeout policies of flows: those of peers' flows, and their attribute. */
#ifndef CTSYNC_TIMEOUTS_H
#define CTSYNC_TIMEOUTS_H

#include "wire.h"

#include <linux/spinlock.h>
#include <net/netfilter/nf_conntrack.h>

struct nf_ct_timeout;

/* A cluster has few policies: so many are shared by their flows. */
#define CTSYNC_TIMEOUTS_KEPT 16

/* Policies made here for flows of peers. A conntrack holds a reference on its own,
 * so that one may go from here at any time.
 */
struct ctsync_timeouts {
	spinlock_t lock;	/* a leaf; taken with BH off */
	struct nf_ct_timeout *kept[CTSYNC_TIMEOUTS_KEPT]; /* a reference each, or NULL */
	u8 next;		/* which goes for a new one */
};

void ctsync_timeouts_init(struct ctsync_timeouts *t);
/* Copies of flows keep their policies, which are plain memory of the kernel's. */
void ctsync_timeouts_uninit(struct ctsync_timeouts *t);

/* The policy of @ct, if it has one, into @f. RCU. */
void ctsync_timeouts_get(const struct nf_conn *ct, struct ctsync_flow *f);
/* Give the unconfirmed @ct the policy that @f tells, if any. Returns false when that
 * cannot be: no memory, or a kernel with other states. Softirq or BH off.
 */
bool ctsync_timeouts_add(struct ctsync_timeouts *t, struct nf_conn *ct,
			 const struct ctsync_flow *f);

#endif
