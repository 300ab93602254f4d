// SPDX-License-Identifier: GPL-2.0
/* Hooks for what is this node's own: the sync link's packets are not tracked, and
 * flows that begin or end here are not synced.
 */
#include "hooks_own.h"
#include "track.h"
#include "tx.h"

#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_synproxy.h>

/* ---- our own traffic ---- */

static bool is_sync_packet(const struct ctsync_instance *inst,
			   const struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	const struct in6_addr *local = &inst->conf.local;
	unsigned int off = skb_network_offset(skb);
	const struct udphdr *uh;
	struct udphdr buf;

	if (state->pf == NFPROTO_IPV4) {
		const struct iphdr *ih = ip_hdr(skb);

		if (ih->protocol != IPPROTO_UDP || !ipv6_addr_v4mapped(local) ||
		    ih->daddr != local->s6_addr32[3])
			return false;
		off += ip_hdrlen(skb);
	} else {
		const struct ipv6hdr *ih = ipv6_hdr(skb);

		if (ih->nexthdr != IPPROTO_UDP ||
		    !ipv6_addr_equal(&ih->daddr, local))
			return false;
		off += sizeof(*ih);
	}
	uh = skb_header_pointer(skb, off, sizeof(buf), &buf);
	return uh && uh->dest == htons(inst->conf.port);
}

unsigned int ctsync_hook_raw_in(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	if (!skb->_nfct && is_sync_packet(priv, skb, state))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

unsigned int ctsync_hook_raw_out(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct ctsync_instance *inst = priv;

	if (!skb->_nfct && ctsync_socket_is(&inst->sock, state->sk))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

/* ---- flows of this node ---- */

/* @ct begins or ends on this node. If it was adopted before anybody could know,
 * the peers are told that it is not synced.
 */
static void set_local(struct ctsync_instance *inst, struct nf_conn *ct)
{
	unsigned long status = READ_ONCE(ct->status);
	struct ctsync_entry *e;

	if (likely(status & BIT_ULL(CTSYNC_STATUS_LOCAL_BIT)))
		return;
	if (status & CTSYNC_STATUS_SLOT) {
		e = ctsync_entry_of(&inst->entries, ct, status);
		if (e)
			ctsync_track_forget(inst, e, ct);
	}
	set_bit(CTSYNC_STATUS_LOCAL_BIT, &ct->status);
}

unsigned int ctsync_hook_local_out(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct || nf_ct_is_template(ct) || skb_ipvs_property(skb) ||
	    ctsync_is_error(ct, ctinfo))
		return NF_ACCEPT;
	/* an answer made by REJECT carries the conntrack of the forwarded flow
	 * and comes from no socket; a SYN proxy begins a client's flow
	 */
	if (nf_ct_is_confirmed(ct) ? !!skb->sk :
				     CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL &&
				     !nfct_synproxy(ct))
		set_local(priv, ct);
	return NF_ACCEPT;
}

unsigned int ctsync_hook_local_in(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (ct && !nf_ct_is_template(ct) && !skb_ipvs_property(skb) &&
	    !ctsync_is_error(ct, ctinfo))
		set_local(priv, ct);
	return NF_ACCEPT;
}

/* ---- IPVS ---- */

/* The packet of @e goes to a tunnel of IPVS, perhaps, and meets no other hook of ours:
 * tell now and then that the flow lives.
 */
static void speak_for(struct ctsync_instance *inst, struct ctsync_entry *e)
{
	if ((u32)jiffies - READ_ONCE(e->sent_time) <
	    READ_ONCE(inst->update_interval))
		return;
	spin_lock(&e->lock);
	e->seen_dirs |= CTSYNC_DIR_SEEN0;
	spin_unlock(&e->lock);
	ctsync_tx_event(inst, e, CTSYNC_QE_UPDATE, CTSYNC_LAZY);
}

unsigned int ctsync_hook_before_ipvs(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct ctsync_instance *inst = priv;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct ctsync_entry *e;
	unsigned long status;

	if (!ct || ctsync_is_error(ct, ctinfo))
		return NF_ACCEPT;
	status = READ_ONCE(ct->status);
	/* a flow of this node itself became local with its first packet */
	if (!(status & IPS_CONFIRMED) ||
	    status & (BIT_ULL(CTSYNC_STATUS_LOCAL_BIT) | IPS_DYING) ||
	    !ctsync_eligible(inst, READ_ONCE(ct->mark)))
		return NF_ACCEPT;
	local_bh_disable();
	e = ctsync_entry_of(&inst->entries, ct, status);
	if (e)
		speak_for(inst, e);
	else if (!(status & CTSYNC_STATUS_SLOT))
		ctsync_track_adopt(inst, ct);
	local_bh_enable();
	return NF_ACCEPT;
}
