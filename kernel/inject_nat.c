// SPDX-License-Identifier: GPL-2.0
/* Set up NAT for an injected conntrack the way the NAT core itself would.
 *
 * It must be the core: a conntrack with source NAT is on a list of the core's
 * that its destruction takes it off. Both manipulations are set up, so that the
 * peer's own rules are never asked for this flow.
 */
#include "inject_nat.h"
#include "flow.h"

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

/* The part of a tuple that NAT of the given end changes beside the address: a
 * port, or of ICMP the id, which is the same field for both ends.
 */
static __be16 manip_part(const struct nf_conntrack_tuple *t, bool icmp)
{
	return icmp ? t->src.u.icmp.id : t->dst.u.all;
}

static int translate(struct nf_conn *ct, const struct ctsync_flow *f,
		     const struct nf_conntrack_tuple *reply)
{
	const struct nf_conntrack_tuple *orig;
	bool icmp = f->l4 == IPPROTO_ICMP || f->l4 == IPPROTO_ICMPV6;
	struct nf_nat_range2 range;
	__be16 part;

	orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	/* an id that source NAT changed is not to pass for destination NAT */
	part = icmp && f->status & CTSYNC_ST_SRC_NAT ?
	       manip_part(orig, true) : reply->src.u.all;
	exact_range(&range, &reply->src.u3, part);
	if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST) != NF_ACCEPT)
		return -EINVAL;
	exact_range(&range, &reply->dst.u3, manip_part(reply, icmp));
	if (nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC) != NF_ACCEPT)
		return -EINVAL;
	if (!nf_ct_tuple_equal(&ct->tuplehash[IP_CT_DIR_REPLY].tuple, reply))
		return -EINVAL;
	return 0;
}

/* IPVS gives a flow that it forwards its reply tuple, and translates by its own table:
 * NAT would translate a second time. For the core such a flow is one to leave alone.
 */
static int leave_alone(struct nf_conn *ct, const struct ctsync_flow *f,
		       const struct nf_conntrack_tuple *reply)
{
	struct nf_conntrack_tuple *ours = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	struct nf_conntrack_tuple inverse = *ours;

	if (f->status & CTSYNC_ST_NAT_DONE && translate(ct, f, &inverse))
		return -EINVAL;
	*ours = *reply;
	return 0;
}

int ctsync_inject_nat(struct nf_conn *ct, const struct ctsync_flow *f,
		      const struct nf_conntrack_tuple *reply)
{
	if (ctsync_flow_is_foreign(f))
		return leave_alone(ct, f, reply);
	if (!(f->status & CTSYNC_ST_NAT_DONE) && !f->has_reply)
		return 0;
	return translate(ct, f, reply);
}
