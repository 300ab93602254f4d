// SPDX-License-Identifier: GPL-2.0
/* Protocols with a small state machine in conntrack: SCTP and DCCP; and the lives
 * of those with even less.
 *
 * The whole machine is one register, see docs/protocol.md: its state, the tags or
 * sequence number that it checks packets against, and who said what.
 */
#include "flow_proto.h"

#ifdef CONFIG_NF_CT_PROTO_DCCP
#include <linux/dccp.h>
#endif
#include <net/netfilter/nf_conntrack_l4proto.h>

/* Our numbers; on the wire, append only. */
static const u8 sctp_states[SCTP_CONNTRACK_MAX] = {
	[SCTP_CONNTRACK_CLOSED]		= 1,
	[SCTP_CONNTRACK_COOKIE_WAIT]	= 2,
	[SCTP_CONNTRACK_COOKIE_ECHOED]	= 3,
	[SCTP_CONNTRACK_ESTABLISHED]	= 4,
	[SCTP_CONNTRACK_SHUTDOWN_SENT]	= 5,
	[SCTP_CONNTRACK_SHUTDOWN_RECD]	= 6,
	[SCTP_CONNTRACK_SHUTDOWN_ACK_SENT] = 7,
	[SCTP_CONNTRACK_HEARTBEAT_SENT]	= 8,
};

static const char *const sctp_names[] = {
	"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED",
	"SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT",
};

static const char *const dccp_names[] = {
	"NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING",
	"TIMEWAIT",
};

/* bits */
#define SCTP_INIT0	0x01	/* an INIT of the original direction is open */
#define SCTP_INIT1	0x02
#define SCTP_TAG_FAILED	0x04	/* a HEARTBEAT had another tag */
#define SCTP_LAST_REPLY	0x08	/* and came in the reply direction */
#define DCCP_SERVER0	0x01	/* the original direction is the server's */
#define DCCP_SERVER1	0x02
#define DCCP_LAST_REPLY	0x04
#define DECIDES		0x03	/* bits that decide; the rest is of the moment */

/* conntrack's own bit for SCTP_TAG_FAILED (private to it) */
#define CT_SCTP_TAG_FAILED 1

static u8 state_of(const u8 *map, unsigned int n, u8 ours)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (map[i] == ours)
			return i;
	}
	return 0;
}

bool ctsync_flow_proto_is(u8 l4proto)
{
	return (IS_ENABLED(CONFIG_NF_CT_PROTO_SCTP) && l4proto == IPPROTO_SCTP) ||
	       (IS_ENABLED(CONFIG_NF_CT_PROTO_DCCP) && l4proto == IPPROTO_DCCP);
}

static void sctp_get(const struct ip_ct_sctp *s, struct ctsync_proto *p)
{
	u8 state = READ_ONCE(s->state);

	p->state = state < ARRAY_SIZE(sctp_states) ? sctp_states[state] : 0;
	p->bits = (s->init[0] ? SCTP_INIT0 : 0) | (s->init[1] ? SCTP_INIT1 : 0) |
		  (s->flags & CT_SCTP_TAG_FAILED ? SCTP_TAG_FAILED : 0) |
		  (s->last_dir ? SCTP_LAST_REPLY : 0);
	p->data = (u64)ntohl(READ_ONCE(s->vtag[0])) << 32 |
		  ntohl(READ_ONCE(s->vtag[1]));
}

static void sctp_put(struct ip_ct_sctp *s, const struct ctsync_proto *p)
{
	WRITE_ONCE(s->state, state_of(sctp_states, ARRAY_SIZE(sctp_states),
				      p->state));
	s->init[0] = !!(p->bits & SCTP_INIT0);
	s->init[1] = !!(p->bits & SCTP_INIT1);
	s->flags = p->bits & SCTP_TAG_FAILED ? CT_SCTP_TAG_FAILED : 0;
	s->last_dir = !!(p->bits & SCTP_LAST_REPLY);
	WRITE_ONCE(s->vtag[0], htonl(p->data >> 32));
	WRITE_ONCE(s->vtag[1], htonl((u32)p->data));
}

#ifdef CONFIG_NF_CT_PROTO_DCCP

static const u8 dccp_states[CT_DCCP_MAX + 1] = {
	[CT_DCCP_REQUEST]	= 1,
	[CT_DCCP_RESPOND]	= 2,
	[CT_DCCP_PARTOPEN]	= 3,
	[CT_DCCP_OPEN]		= 4,
	[CT_DCCP_CLOSEREQ]	= 5,
	[CT_DCCP_CLOSING]	= 6,
	[CT_DCCP_TIMEWAIT]	= 7,
};

static void dccp_get(const struct nf_conn *ct, struct ctsync_proto *p)
{
	const struct nf_ct_dccp *d = &ct->proto.dccp;
	u8 state = READ_ONCE(d->state);

	p->state = state < ARRAY_SIZE(dccp_states) ? dccp_states[state] : 0;
	p->bits = (d->role[0] == CT_DCCP_ROLE_SERVER ? DCCP_SERVER0 : 0) |
		  (d->role[1] == CT_DCCP_ROLE_SERVER ? DCCP_SERVER1 : 0) |
		  (d->last_dir ? DCCP_LAST_REPLY : 0);
	p->last = d->last_pkt;	/* the protocol's own packet type */
	p->data = READ_ONCE(d->handshake_seq);
}

static void dccp_put(struct nf_conn *ct, const struct ctsync_proto *p)
{
	struct nf_ct_dccp *d = &ct->proto.dccp;

	WRITE_ONCE(d->state, state_of(dccp_states, ARRAY_SIZE(dccp_states),
				      p->state));
	d->role[0] = p->bits & DCCP_SERVER0 ? CT_DCCP_ROLE_SERVER :
					      CT_DCCP_ROLE_CLIENT;
	d->role[1] = p->bits & DCCP_SERVER1 ? CT_DCCP_ROLE_SERVER :
					      CT_DCCP_ROLE_CLIENT;
	d->last_dir = !!(p->bits & DCCP_LAST_REPLY);
	d->last_pkt = min_t(u8, p->last, DCCP_PKT_INVALID);
	WRITE_ONCE(d->handshake_seq, p->data);
}

#else

static void dccp_get(const struct nf_conn *ct, struct ctsync_proto *p)
{
}

static void dccp_put(struct nf_conn *ct, const struct ctsync_proto *p)
{
}

#endif

void ctsync_flow_proto_get(const struct nf_conn *ct, struct ctsync_proto *p)
{
	p->last = 0;
	if (nf_ct_protonum(ct) == IPPROTO_SCTP)
		sctp_get(&ct->proto.sctp, p);
	else
		dccp_get(ct, p);
}

void ctsync_flow_proto_put(struct nf_conn *ct, const struct ctsync_proto *p)
{
	lockdep_assert_held(&ct->lock);
	if (nf_ct_protonum(ct) == IPPROTO_SCTP)
		sctp_put(&ct->proto.sctp, p);
	else
		dccp_put(ct, p);
}

bool ctsync_flow_proto_differs(const struct ctsync_proto *a,
			       const struct ctsync_proto *b)
{
	return a->state != b->state || a->data != b->data ||
	       (a->bits ^ b->bits) & DECIDES;
}

void ctsync_flow_proto_init(struct nf_conn *ct)
{
#ifdef CONFIG_NF_CT_PROTO_GRE
	const unsigned int *t = nf_gre_pernet(nf_ct_net(ct))->timeouts;

	if (nf_ct_protonum(ct) != IPPROTO_GRE)
		return;
	/* conntrack notes them with the first packet that it tracks itself */
	ct->proto.gre.timeout = READ_ONCE(t[GRE_CT_UNREPLIED]);
	ct->proto.gre.stream_timeout = READ_ONCE(t[GRE_CT_REPLIED]);
#endif
}

bool ctsync_flow_proto_hung_up(const struct nf_conn *ct)
{
#ifdef CONFIG_NF_CT_PROTO_GRE
	return nf_ct_protonum(ct) == IPPROTO_GRE &&
	       !ct->proto.gre.timeout && !ct->proto.gre.stream_timeout &&
	       ct->master && !nf_ct_is_dying(ct->master);
#else
	return false;
#endif
}

unsigned long ctsync_flow_proto_life(const struct nf_conn *ct,
				     const unsigned int *t)
{
	struct net *net = nf_ct_net(ct);

	switch (nf_ct_protonum(ct)) {
#ifdef CONFIG_NF_CT_PROTO_SCTP
	case IPPROTO_SCTP:
		if (!t)
			t = nf_sctp_pernet(net)->timeouts;
		return READ_ONCE(t[ct->proto.sctp.state]);
#endif
#ifdef CONFIG_NF_CT_PROTO_DCCP
	case IPPROTO_DCCP:
		if (!t)
			t = nf_dccp_pernet(net)->dccp_timeout;
		return READ_ONCE(t[ct->proto.dccp.state]);
#endif
#ifdef CONFIG_NF_CT_PROTO_GRE
	case IPPROTO_GRE:
		return test_bit(IPS_SEEN_REPLY_BIT, &ct->status) ?
		       ct->proto.gre.stream_timeout : ct->proto.gre.timeout;
#endif
	default:
		return t ? *t : READ_ONCE(nf_generic_pernet(net)->timeout);
	}
}

const char *ctsync_flow_proto_name(const struct nf_conn *ct)
{
	struct ctsync_proto p;

	if (!ctsync_flow_proto_is(nf_ct_protonum(ct)))
		return "";
	ctsync_flow_proto_get(ct, &p);
	return nf_ct_protonum(ct) == IPPROTO_SCTP ? sctp_names[p.state] :
						    dccp_names[p.state];
}
