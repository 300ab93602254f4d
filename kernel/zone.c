// SPDX-License-Identifier: GPL-2.0
/* The zone of a packet that conntrack refused. */
#include "zone.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>

/* Behind what IP keeps there. Nothing writes it between our two hooks, whichever CPU
 * or context they run in; what it was before is some other layer's, so the note says
 * whose it is.
 */
#define NOTE_OFFSET 40

struct note {
	u32 mine;
	struct nf_conntrack_zone zone;
};

static struct note *note_of(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct inet_skb_parm) > NOTE_OFFSET);
	BUILD_BUG_ON(sizeof(struct inet6_skb_parm) > NOTE_OFFSET);
	BUILD_BUG_ON(NOTE_OFFSET + sizeof(struct note) > sizeof(skb->cb));
	return (struct note *)(skb->cb + NOTE_OFFSET);
}

static u32 name_of(const struct sk_buff *skb)
{
	return (u32)(uintptr_t)skb ^ 0x7a6f6e65;
}

void ctsync_zone_note(struct sk_buff *skb)
{
	struct note *note = note_of(skb);
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct nf_conntrack_zone marked;

	if (ct && !nf_ct_is_template(ct))
		ct = NULL;
	note->mine = name_of(skb);
	note->zone = *nf_ct_zone_tmpl(ct, skb, &marked);
}

void ctsync_zone_noted(const struct sk_buff *skb, struct nf_conntrack_zone *zone)
{
	const struct note *note = note_of(skb);

	*zone = note->mine == name_of(skb) ? note->zone : nf_ct_zone_dflt;
}

unsigned int ctsync_zone_track(struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       const struct nf_conntrack_zone *zone)
{
	struct nf_conn *tmpl;

	if (zone->id != NF_CT_DEFAULT_ZONE_ID) {
		tmpl = nf_ct_tmpl_alloc(state->net, zone, GFP_ATOMIC);
		if (!tmpl)
			return NF_ACCEPT;
		nf_ct_set(skb, tmpl, IP_CT_NEW);
	}
	return nf_conntrack_in(skb, state);
}
