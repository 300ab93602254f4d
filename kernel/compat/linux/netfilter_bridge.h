/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <linux/netfilter_bridge.h>: kernels without bridge netfilter. */
#ifndef CTSYNC_COMPAT_NETFILTER_BRIDGE_H
#define CTSYNC_COMPAT_NETFILTER_BRIDGE_H

#include_next <linux/netfilter_bridge.h>

#if !IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
static inline bool nf_bridge_info_exists(const struct sk_buff *skb)
{
	return false;
}
#endif

#endif
