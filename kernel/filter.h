/* SPDX-License-Identifier: GPL-2.0 */
/* Which flows a listing wants. Pure; the attributes are netlink_entry.c's. */
#ifndef CTSYNC_FILTER_H
#define CTSYNC_FILTER_H

#include "wire.h"

/* Zero matches everything, but for what has_... says. */
struct ctsync_filter {
	u8 l3;		/* 4, 6 */
	u8 l4;
	u8 node;	/* origin */
	bool split;
	bool has_zone;
	u16 zone;
	u8 address_len, src_len, dst_len;	/* 4, 16; 0: any */
	u8 address[16];	/* any end of either direction */
	u8 src[16];	/* of the original direction */
	u8 dst[16];
	u16 port;	/* as address */
	u16 sport;
	u16 dport;
	char state[16];	/* in either case; empty: any */
};

struct ctsync_filter_flow {
	u8 l3;
	u8 l4;
	u16 zone;
	struct ctsync_tuple tuple[2];	/* original, reply */
	const char *state;
};

/* What is known without looking at the conntrack. */
static inline bool ctsync_filter_entry(const struct ctsync_filter *f, u8 origin,
				       bool split)
{
	return (!f->node || f->node == origin) && (!f->split || split);
}

bool ctsync_filter_flow(const struct ctsync_filter *f,
			const struct ctsync_filter_flow *flow);

#endif
