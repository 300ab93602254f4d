/* SPDX-License-Identifier: GPL-2.0 */
/* The zone of a packet that conntrack refused.
 *
 * Rules give a packet its zone as a template, which conntrack consumes also where it
 * refuses the packet. So the zone is noted just before (`zones on`), in the end of the
 * packet's control block, and put back when the packet tries again.
 */
#ifndef CTSYNC_ZONE_H
#define CTSYNC_ZONE_H

#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* Just before conntrack, in PRE_ROUTING: note the zone. */
void ctsync_zone_note(struct sk_buff *skb);
/* Just behind it: what was noted; without a note the default zone. */
void ctsync_zone_noted(const struct sk_buff *skb, struct nf_conntrack_zone *zone);

/* Give @skb, which has no conntrack, to conntrack as a packet of @zone. Its verdict; a
 * packet without conntrack is invalid, also where memory was short.
 */
unsigned int ctsync_zone_track(struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       const struct nf_conntrack_zone *zone);

/* One number for zone and the direction in which alone it counts. */
static inline u32 ctsync_zone_key(u16 id, u8 dir)
{
	return id ? (u32)dir << 16 | id : 0;
}

#endif
