// SPDX-License-Identifier: GPL-2.0
/* Which flows a listing wants. */
#include "filter.h"

enum { P_TCP = 6, P_UDP = 17, P_DCCP = 33, P_SCTP = 132, P_UDPLITE = 136 };

/* The ids of others stand where ports would. */
static bool has_ports(u8 l4)
{
	return l4 == P_TCP || l4 == P_UDP || l4 == P_DCCP || l4 == P_SCTP ||
	       l4 == P_UDPLITE;
}

static bool same(const u8 *want, u8 len, const u8 *is, u8 l3)
{
	return !len || (len == (l3 == 6 ? 16 : 4) && !memcmp(want, is, len));
}

static bool any_address(const struct ctsync_filter *f,
			const struct ctsync_filter_flow *flow)
{
	int d;

	for (d = 0; d < 2; d++) {
		if (same(f->address, f->address_len, flow->tuple[d].src, flow->l3) ||
		    same(f->address, f->address_len, flow->tuple[d].dst, flow->l3))
			return true;
	}
	return false;
}

static bool ports(const struct ctsync_filter *f, const struct ctsync_filter_flow *flow)
{
	const struct ctsync_tuple *o = &flow->tuple[0], *r = &flow->tuple[1];

	if (!f->port && !f->sport && !f->dport)
		return true;
	return has_ports(flow->l4) && (!f->sport || f->sport == o->sport) &&
	       (!f->dport || f->dport == o->dport) &&
	       (!f->port || f->port == o->sport || f->port == o->dport ||
		f->port == r->sport || f->port == r->dport);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static bool same_word(const char *a, const char *b)
{
	for (; *a && lower(*a) == lower(*b); a++, b++)
		;
	return lower(*a) == lower(*b);
}

bool ctsync_filter_flow(const struct ctsync_filter *f,
			const struct ctsync_filter_flow *flow)
{
	return (!f->l3 || f->l3 == flow->l3) && (!f->l4 || f->l4 == flow->l4) &&
	       (!f->has_zone || f->zone == flow->zone) &&
	       same(f->src, f->src_len, flow->tuple[0].src, flow->l3) &&
	       same(f->dst, f->dst_len, flow->tuple[0].dst, flow->l3) &&
	       any_address(f, flow) && ports(f, flow) &&
	       (!*f->state || same_word(f->state, flow->state));
}
