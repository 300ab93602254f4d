/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <net/netfilter/nf_conntrack_core.h>: newer calls for older kernels. */
#ifndef CTSYNC_COMPAT_NF_CONNTRACK_CORE_H
#define CTSYNC_COMPAT_NF_CONNTRACK_CORE_H

#include_next <net/netfilter/nf_conntrack_core.h>

/* Since 6.3 nf_confirm() is itself the hook; before, the hooks around it were
 * static and did what this does.
 */
#ifndef CTSYNC_HAVE_NF_CONFIRM_HOOK
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>

static inline unsigned int compat_nf_confirm(struct sk_buff *skb,
					     const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	__be16 frag_off;
	int protoff;
	u8 proto;

	if (!ct || ctinfo == IP_CT_RELATED_REPLY)
		return nf_conntrack_confirm(skb);
	if (state->pf == NFPROTO_IPV4) {
		protoff = skb_network_offset(skb) + ip_hdrlen(skb);
	} else {
		proto = ipv6_hdr(skb)->nexthdr;
		protoff = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &proto,
					   &frag_off);
		if (protoff < 0 || (frag_off & htons(~0x7)) != 0)
			return nf_conntrack_confirm(skb);
	}
	return nf_confirm(skb, protoff, ct, ctinfo);
}

#define nf_confirm(priv, skb, state) compat_nf_confirm(skb, state)
#endif

#endif
