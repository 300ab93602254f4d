/* SPDX-License-Identifier: GPL-2.0 */
/* Hooks for what is this node's own; hooks.c registers them. */
#ifndef CTSYNC_HOOKS_OWN_H
#define CTSYNC_HOOKS_OWN_H

#include "instance.h"

#include <linux/netfilter.h>

/* PRE_ROUTING and LOCAL_OUT at raw: the sync link's packets. */
unsigned int ctsync_hook_raw_in(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);
unsigned int ctsync_hook_raw_out(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);
/* LOCAL_OUT behind conntrack, LOCAL_IN before it confirms: this node's flows. */
unsigned int ctsync_hook_local_out(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state);
unsigned int ctsync_hook_local_in(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state);

/* LOCAL_IN just before IPVS: flows that it confirms itself, and sends into a tunnel, are
 * adopted there.
 */
unsigned int ctsync_hook_before_ipvs(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state);

/* An ICMP error bears the conntrack of the flow that it is about. */
static inline bool ctsync_is_error(const struct nf_conn *ct,
				   enum ip_conntrack_info ctinfo)
{
	return ctinfo == IP_CT_RELATED_REPLY ||
	       (ctinfo == IP_CT_RELATED && nf_ct_is_confirmed(ct));
}

#endif
