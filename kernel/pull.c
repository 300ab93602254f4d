// SPDX-License-Identifier: GPL-2.0
/* Pull on miss: the peers are asked by tuple about packets whose flow is not
 * known here. pull_fsm.c decides whether; the packets wait in park.c.
 *
 * Never for a SYN, which begins a flow, and never for a reset, which anybody can
 * send. For a SYN's answer: where nobody waits for an acknowledgement it may come
 * before the word of the SYN, also to a connection of the same tuple that is closing
 * here, for which conntrack lets it pass. With tcp_loose=1 conntrack makes a flow of a
 * segment in mid-flow, and nothing comes here.
 */
#include "pull.h"
#include "flow.h"
#include "park.h"
#include "tx.h"
#include "zone.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ktime.h>
#include <linux/siphash.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* ---- tuples ---- */

struct subject {
	struct ctsync_tuple tuple;
	u8 l3;
	u8 l4;
	u16 unused;
	u32 zone;	/* ctsync_zone_key */
};

static u64 key_of(const struct ctsync_instance *inst, const struct subject *s)
{
	return siphash(s, sizeof(*s), &inst->secret[0]);
}

/* The zone that rules give to packets of direction @dir of @ct. */
static const struct nf_conntrack_zone *zone_of(const struct nf_conn *ct, int dir)
{
	const struct nf_conntrack_zone *zone = nf_ct_zone(ct);

	return nf_ct_zone_id(zone, dir) == NF_CT_DEFAULT_ZONE_ID ?
		       &nf_ct_zone_dflt : zone;
}

static void subject_of(const struct nf_conntrack_tuple *t,
		       const struct nf_conntrack_zone *zone, struct subject *s)
{
	BUILD_BUG_ON(sizeof(*s) != sizeof(s->tuple) + 8);
	memset(s, 0, sizeof(*s));
	ctsync_flow_tuple_get(t, &s->tuple);
	s->zone = ctsync_zone_key(zone->id, zone->dir);
	s->l3 = t->src.l3num == NFPROTO_IPV4 ? 4 : 6;
	s->l4 = t->dst.protonum;
}

u64 ctsync_pull_key_of(const struct ctsync_instance *inst,
		       const struct nf_conn *ct, int dir)
{
	struct subject s;

	subject_of(&ct->tuplehash[dir].tuple, zone_of(ct, dir), &s);
	return key_of(inst, &s);
}

/* Where the packet begins that an ICMP error is about; 0: it is no error. */
static unsigned int inner_offset(const struct sk_buff *skb, u8 pf)
{
	unsigned int off = skb_network_offset(skb);
	struct icmp6hdr ih6, *icmp6;
	struct icmphdr ih, *icmp;

	if (pf == NFPROTO_IPV4) {
		if (ip_hdr(skb)->protocol != IPPROTO_ICMP)
			return 0;
		off += ip_hdrlen(skb);
		icmp = skb_header_pointer(skb, off, sizeof(ih), &ih);
		if (!icmp || (icmp->type != ICMP_DEST_UNREACH &&
			      icmp->type != ICMP_TIME_EXCEEDED &&
			      icmp->type != ICMP_PARAMETERPROB))
			return 0;
		return off + sizeof(ih);
	}
	if (ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6)
		return 0;
	off += sizeof(struct ipv6hdr);
	icmp6 = skb_header_pointer(skb, off, sizeof(ih6), &ih6);
	if (!icmp6 || icmp6->icmp6_type >= 128)
		return 0;
	return off + sizeof(ih6);
}

/* An echo reply begins no flow: without its request it is invalid. */
static bool is_echo_reply(const struct sk_buff *skb, u8 pf)
{
	unsigned int off = skb_network_offset(skb);
	u8 buf, *type;

	if (pf == NFPROTO_IPV4) {
		if (ip_hdr(skb)->protocol != IPPROTO_ICMP)
			return false;
		off += ip_hdrlen(skb);
	} else {
		if (ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6)
			return false;
		off += sizeof(struct ipv6hdr);
	}
	type = skb_header_pointer(skb, off, sizeof(buf), &buf);
	return type && *type == (pf == NFPROTO_IPV4 ? ICMP_ECHOREPLY :
						      ICMPV6_ECHO_REPLY);
}

/* The tuple to ask for; false: this is no packet to ask about. */
static bool find_subject(struct ctsync_instance *inst, struct sk_buff *skb,
			 u8 pf, const struct nf_conntrack_zone *zone,
			 struct subject *s)
{
	struct nf_conntrack_tuple tuple, inner;
	struct ctsync_segment seg;
	unsigned int off;
	struct tcphdr th;

	if (ctsync_flow_segment(skb, pf, &seg, &th)) {
		if (th.rst || !th.ack ||
		    !nf_ct_get_tuplepr(skb, skb_network_offset(skb), pf,
				       inst->net, &tuple))
			return false;
	} else if (is_echo_reply(skb, pf)) {
		if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), pf,
				       inst->net, &tuple))
			return false;
	} else {
		off = inner_offset(skb, pf);
		/* the flow's other direction is what comes back to us */
		if (!off || !nf_ct_get_tuplepr(skb, off, pf, inst->net, &inner) ||
		    !nf_ct_invert_tuple(&tuple, &inner))
			return false;
	}
	subject_of(&tuple, zone, s);
	return true;
}

/* ---- asking ---- */

static void ask(struct ctsync_instance *inst, const struct subject *s,
		u32 number)
{
	struct ctsync_query q = {
		.number = number,
		.l3 = s->l3,
		.l4 = s->l4,
		.zone = s->zone & U16_MAX,
		.zone_dir = ctsync_flow_zone_dir(s->zone >> 16),
		.tuple = s->tuple,
	};
	u8 buf[CTSYNC_WIRE_QUERY_MAX];

	ctsync_count(inst, PULL_ASKED);
	ctsync_tx_mail(inst, CTSYNC_WIRE_ALL, CTSYNC_MSG_QUERY, buf,
		       ctsync_wire_pack_query(buf, &q));
}

static unsigned int wait_for(struct ctsync_instance *inst, struct sk_buff *skb,
			     const struct nf_hook_state *state,
			     const struct nf_conntrack_zone *zone,
			     const struct subject *s)
{
	u64 patience = (u64)READ_ONCE(inst->params.hold_timeout) * NSEC_PER_USEC;
	struct ctsync_awaits awaits = {};
	u64 key = key_of(inst, s);
	enum ctsync_pull_verdict v;
	u32 number;

	spin_lock(&inst->pull_lock);
	v = ctsync_pull_packet(&inst->pull, key, ktime_get_ns(),
			       atomic64_read(&inst->peers.up),
			       READ_ONCE(inst->params.pull_rate), patience,
			       &number);
	spin_unlock(&inst->pull_lock);
	switch (v) {
	case CTSYNC_PULL_GO:
		ctsync_count(inst, PULL_NEGATIVE);
		return NF_ACCEPT;
	case CTSYNC_PULL_LIMIT:
		ctsync_count(inst, PULL_LIMIT);
		return NF_ACCEPT;
	default:
		break;
	}
	awaits.id = number;
	awaits.asked = v == CTSYNC_PULL_WAIT;
	if (!ctsync_park(inst, skb, state, zone, key, &awaits))
		return NF_ACCEPT;
	if (v == CTSYNC_PULL_ASK)
		ask(inst, s, number);
	return NF_STOLEN;
}

unsigned int ctsync_pull_miss(struct ctsync_instance *inst, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      const struct nf_conntrack_zone *zone)
{
	struct subject s;

	if (!READ_ONCE(inst->params.pull) ||
	    !find_subject(inst, skb, state->pf, zone, &s))
		return NF_ACCEPT;
	return wait_for(inst, skb, state, zone, &s);
}

/* Ask about a packet, of @dir in @zone, that conntrack accepted. */
static unsigned int wait_anew(struct ctsync_instance *inst, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      struct nf_conntrack_zone zone, int dir)
{
	const struct nf_conn *ct = (struct nf_conn *)skb_nfct(skb);
	unsigned int verdict;
	struct subject s;

	if (!READ_ONCE(inst->params.pull))
		return NF_ACCEPT;
	subject_of(&ct->tuplehash[dir].tuple, &zone, &s);
	nf_reset_ct(skb);
	verdict = wait_for(inst, skb, state, &zone, &s);
	return verdict == NF_STOLEN ? verdict :
				      ctsync_zone_track(skb, state, &zone);
}

unsigned int ctsync_pull_new(struct ctsync_instance *inst, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct nf_conn *ct = (struct nf_conn *)skb_nfct(skb);

	return wait_anew(inst, skb, state, *nf_ct_zone(ct), IP_CT_DIR_ORIGINAL);
}

unsigned int ctsync_pull_unseen(struct ctsync_instance *inst, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	const struct nf_conn *ct = (struct nf_conn *)skb_nfct(skb);

	return wait_anew(inst, skb, state, *zone_of(ct, IP_CT_DIR_REPLY),
			 IP_CT_DIR_REPLY);
}

/* ---- answering ---- */

static struct ctsync_entry *find_entry(struct ctsync_instance *inst,
				       const struct ctsync_query *q,
				       struct nf_conn **ct)
{
	struct ctsync_flow f = { .l3 = q->l3, .l4 = q->l4, .zone = q->zone,
				 .zone_dir = q->zone_dir };
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone zone;
	struct ctsync_entry *e;

	if (!ctsync_flow_tuple_put(&f, &q->tuple, &tuple))
		return NULL;
	ctsync_flow_zone_put(&f, &zone);
	h = nf_conntrack_find_get(inst->net, &zone, &tuple);
	if (!h)
		return NULL;
	*ct = nf_ct_tuplehash_to_ctrack(h);
	e = ctsync_entry_of(&inst->entries, *ct, READ_ONCE((*ct)->status));
	if (!e)
		nf_ct_put(*ct);
	return e;
}

void ctsync_pull_query(struct ctsync_instance *inst, struct ctsync_peer *p,
		       const struct ctsync_query *q)
{
	struct ctsync_unknown u = { .to = p->node, .number = q->number };
	struct ctsync_entry *e;
	struct nf_conn *ct;
	u8 buf[8];

	e = find_entry(inst, q, &ct);
	if (!e) {
		ctsync_tx_mail(inst, u.to, CTSYNC_MSG_UNKNOWN, buf,
			       ctsync_wire_pack_unknown(buf, &u));
		return;
	}
	ctsync_tx_answer(inst, e, CTSYNC_QE_INSERT);
	nf_ct_put(ct);
}

void ctsync_pull_unknown_here(struct ctsync_instance *inst,
			      struct ctsync_peer *p,
			      const struct ctsync_unknown *u)
{
	bool last;

	spin_lock(&inst->pull_lock);
	last = ctsync_pull_unknown(&inst->pull, u->number, p->index,
				   ktime_get_ns());
	spin_unlock(&inst->pull_lock);
	if (!last)
		return;
	ctsync_count(inst, PULL_NOBODY);
	ctsync_park_found(inst, u->number);
}

static void arrived(struct ctsync_instance *inst, const struct subject *s)
{
	bool waits;
	u32 number;

	spin_lock(&inst->pull_lock);
	waits = ctsync_pull_found(&inst->pull, key_of(inst, s), ktime_get_ns(),
				  &number);
	spin_unlock(&inst->pull_lock);
	if (!waits)
		return;
	ctsync_count(inst, PULL_FOUND);
	ctsync_park_found(inst, number);
}

/* Does a packet of @tuple, direction @dir of a flow in @zone, wait? Where the zone
 * counts in the other direction only the packet may have been given it or not.
 */
static void arrived_dir(struct ctsync_instance *inst,
			const struct nf_conntrack_tuple *tuple,
			const struct nf_conntrack_zone *zone, int dir)
{
	struct subject s;

	subject_of(tuple, zone, &s);
	arrived(inst, &s);
	if (zone->id && zone->dir != NF_CT_DEFAULT_ZONE_DIR) {
		s.zone = ctsync_zone_key(nf_ct_zone_id(zone, dir),
					 NF_CT_DEFAULT_ZONE_DIR);
		arrived(inst, &s);
	}
}

void ctsync_pull_arrived(struct ctsync_instance *inst,
			 const struct ctsync_flow *f)
{
	struct nf_conntrack_tuple orig, reply;
	struct nf_conntrack_zone zone;

	if (!READ_ONCE(inst->pull.asked) ||
	    !ctsync_flow_tuple_put(f, &f->orig, &orig))
		return;
	ctsync_flow_zone_put(f, &zone);
	arrived_dir(inst, &orig, &zone, IP_CT_DIR_ORIGINAL);
	if (f->has_reply ? !ctsync_flow_tuple_put(f, &f->reply, &reply) :
			   !nf_ct_invert_tuple(&reply, &orig))
		return;
	arrived_dir(inst, &reply, &zone, IP_CT_DIR_REPLY);
}
