// SPDX-License-Identifier: GPL-2.0
/* Set up NAT for an injected conntrack the way the NAT core itself would.
 *
 * It must be the core: a conntrack with source NAT is on a list of the core's
 * that its destruction takes it off. Both manipulations are set up, so that the
 * peer's own rules are never asked for this flow.
 */
#include "inject_nat.h"

#include <net/netfilter/nf_nat.h>

static void exact_range(struct nf_nat_range2 *range,
			const union nf_inet_addr *addr, __be16 port)
{
	memset(range, 0, sizeof(*range));
	range->flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
	range->min_addr = *addr;
	range->max_addr = *addr;
	range->min_proto.all = port;
	range->max_proto.all = port;
}

int ctsync_inject_nat(struct nf_conn *ct, const struct ctsync_flow *f,
		      const struct nf_conntrack_tuple *reply)
{
	bool icmp = f->l4 == IPPROTO_ICMP || f->l4 == IPPROTO_ICMPV6;
	struct nf_nat_range2 range;

	if (!(f->status & CTSYNC_ST_NAT_DONE) && !f->has_reply)
		return 0;
	/* of ICMP the id is what NAT changes, in the source part of a tuple */
	exact_range(&range, &reply->src.u3, reply->src.u.all);
	if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST) != NF_ACCEPT)
		return -EINVAL;
	exact_range(&range, &reply->dst.u3,
		    icmp ? reply->src.u.icmp.id : reply->dst.u.all);
	if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC) != NF_ACCEPT)
		return -EINVAL;
	if (!nf_ct_tuple_equal(&ct->tuplehash[IP_CT_DIR_REPLY].tuple, reply))
		return -EINVAL;
	return 0;
}
