/* SPDX-License-Identifier: GPL-2.0 */
/* The NAT mapping of a conntrack that is made for a peer. */
#ifndef CTSYNC_INJECT_NAT_H
#define CTSYNC_INJECT_NAT_H

#include "wire.h"

#include <net/netfilter/nf_conntrack.h>

/* Give the unconfirmed @ct exactly the mapping that @f has: its reply tuple
 * becomes @reply. Softirq, RCU. -EINVAL when the kernel gives another mapping.
 */
int ctsync_inject_nat(struct nf_conn *ct, const struct ctsync_flow *f,
		      const struct nf_conntrack_tuple *reply);

#endif
