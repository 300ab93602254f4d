/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <linux/skbuff.h>: kernels without IPVS. */
#ifndef CTSYNC_COMPAT_SKBUFF_H
#define CTSYNC_COMPAT_SKBUFF_H

#include_next <linux/skbuff.h>

/* Does IPVS forward @skb? */
static inline bool skb_ipvs_property(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IP_VS)
	return skb->ipvs_property;
#else
	return false;
#endif
}

#endif
