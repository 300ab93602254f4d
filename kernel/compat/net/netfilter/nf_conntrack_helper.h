/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <net/netfilter/nf_conntrack_helper.h>: newer calls for older kernels. */
#ifndef CTSYNC_COMPAT_NF_CONNTRACK_HELPER_H
#define CTSYNC_COMPAT_NF_CONNTRACK_HELPER_H

#include_next <net/netfilter/nf_conntrack_helper.h>

/* Newer helpers count the conntracks that point at them; older ones wait for RCU
 * readers and walk the table when they go.
 */
static inline bool nf_ct_helper_hold(struct nf_conntrack_helper *h)
{
#ifdef CTSYNC_HAVE_HELPER_CT_REFCNT
	return refcount_inc_not_zero(&h->ct_refcnt);
#else
	return true;
#endif
}

#endif
