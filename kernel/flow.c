// SPDX-License-Identifier: GPL-2.0
/* Conntrack's words and the wire's words for the same things. */
#include "flow.h"
#include "flow_proto.h"
#include "tcpstate.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/tcp.h>

static bool is_icmp(u8 l4proto)
{
	return l4proto == IPPROTO_ICMP || l4proto == IPPROTO_ICMPV6;
}

void ctsync_flow_tuple_get(const struct nf_conntrack_tuple *t,
			   struct ctsync_tuple *out)
{
	unsigned int len = t->src.l3num == NFPROTO_IPV6 ? 16 : 4;

	memset(out, 0, sizeof(*out));
	memcpy(out->src, &t->src.u3, len);
	memcpy(out->dst, &t->dst.u3, len);
	if (is_icmp(t->dst.protonum)) {
		out->sport = ntohs(t->src.u.icmp.id);
		out->dport = t->dst.u.icmp.type << 8 | t->dst.u.icmp.code;
	} else {
		out->sport = ntohs(t->src.u.all);
		out->dport = ntohs(t->dst.u.all);
	}
}

bool ctsync_flow_tuple_put(const struct ctsync_flow *f,
			   const struct ctsync_tuple *t,
			   struct nf_conntrack_tuple *out)
{
	unsigned int len = f->l3 == 6 ? 16 : 4;

	/* every other protocol conntrack at least knows by its addresses */
	if (f->l3 == 6 ? f->l4 == IPPROTO_ICMP : f->l4 == IPPROTO_ICMPV6)
		return false;
	memset(out, 0, sizeof(*out));
	out->src.l3num = f->l3 == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	out->dst.protonum = f->l4;
	memcpy(&out->src.u3, t->src, len);
	memcpy(&out->dst.u3, t->dst, len);
	if (is_icmp(f->l4)) {
		out->src.u.icmp.id = htons(t->sport);
		out->dst.u.icmp.type = t->dport >> 8;
		out->dst.u.icmp.code = t->dport & 0xff;
	} else {
		out->src.u.all = htons(t->sport);
		out->dst.u.all = htons(t->dport);
	}
	return true;
}

/* Conntrack's bits that are ours but for their place: every packet asks for them. */
#define STATUS_PLACES 1
#define STATUS_ALIKE (CTSYNC_ST_SEEN_REPLY | CTSYNC_ST_ASSURED | \
		      CTSYNC_ST_SRC_NAT | CTSYNC_ST_DST_NAT)
static_assert((IPS_SEEN_REPLY | IPS_ASSURED | IPS_SRC_NAT | IPS_DST_NAT) >>
	      STATUS_PLACES == STATUS_ALIKE);

u16 ctsync_flow_status(unsigned long status)
{
	u16 ours = status >> STATUS_PLACES & STATUS_ALIKE;

	if (status & IPS_FIXED_TIMEOUT)
		ours |= CTSYNC_ST_FIXED_TIMEOUT;
	if (status & IPS_NAT_DONE_MASK)
		ours |= CTSYNC_ST_NAT_DONE;
	if (status & (IPS_OFFLOAD | IPS_HW_OFFLOAD))
		ours |= CTSYNC_ST_OFFLOAD;
	return ours;
}

/* Likewise, in their place. */
#define TCPF_ALIKE (CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_SACK | \
		    CTSYNC_TCPF_CLOSE_INIT | CTSYNC_TCPF_UNACKED)
static_assert(IP_CT_TCP_FLAG_WINDOW_SCALE == CTSYNC_TCPF_WSCALE);
static_assert(IP_CT_TCP_FLAG_SACK_PERM == CTSYNC_TCPF_SACK);
static_assert(IP_CT_TCP_FLAG_CLOSE_INIT == CTSYNC_TCPF_CLOSE_INIT);
static_assert(IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED == CTSYNC_TCPF_UNACKED);

static u8 tcp_flags_get(u8 ct)
{
	return (ct & TCPF_ALIKE) |
	       (ct & IP_CT_TCP_FLAG_MAXACK_SET ? CTSYNC_TCPF_MAXACK_SET : 0);
}

static u8 tcp_flags_put(u8 ours, u8 old)
{
	return (old & IP_CT_TCP_FLAG_BE_LIBERAL) | (ours & TCPF_ALIKE) |
	       (ours & CTSYNC_TCPF_MAXACK_SET ? IP_CT_TCP_FLAG_MAXACK_SET : 0);
}

u8 ctsync_flow_tcp_state(const struct nf_conn *ct)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;

	return ctsync_tcpstate_from_ct(READ_ONCE(tcp->state),
				       READ_ONCE(tcp->seen[0].flags) & IP_CT_TCP_FLAG_CLOSE_INIT,
				       READ_ONCE(tcp->seen[1].flags) & IP_CT_TCP_FLAG_CLOSE_INIT);
}

void ctsync_flow_tcp_get(const struct nf_conn *ct, struct ctsync_tcp *t)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int d;

	for (d = 0; d < 2; d++) {
		t->seen[d].end = READ_ONCE(tcp->seen[d].td_end);
		t->seen[d].maxend = READ_ONCE(tcp->seen[d].td_maxend);
		t->seen[d].maxwin = READ_ONCE(tcp->seen[d].td_maxwin);
		t->seen[d].maxack = READ_ONCE(tcp->seen[d].td_maxack);
		t->seen[d].scale = READ_ONCE(tcp->seen[d].td_scale);
		t->seen[d].flags = tcp_flags_get(READ_ONCE(tcp->seen[d].flags));
	}
	t->state = ctsync_flow_tcp_state(ct);
}

void ctsync_flow_tcp_put(struct nf_conn *ct, const struct ctsync_tcp *t)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int d;

	lockdep_assert_held(&ct->lock);
	for (d = 0; d < 2; d++) {
		WRITE_ONCE(tcp->seen[d].td_end, t->seen[d].end);
		WRITE_ONCE(tcp->seen[d].td_maxend, t->seen[d].maxend);
		WRITE_ONCE(tcp->seen[d].td_maxwin, t->seen[d].maxwin);
		WRITE_ONCE(tcp->seen[d].td_maxack, t->seen[d].maxack);
		WRITE_ONCE(tcp->seen[d].td_scale, t->seen[d].scale);
		WRITE_ONCE(tcp->seen[d].flags,
			   tcp_flags_put(t->seen[d].flags, tcp->seen[d].flags));
	}
	WRITE_ONCE(tcp->state, ctsync_tcpstate_to_ct(t->state));
}

bool ctsync_flow_last_get(const struct nf_conn *ct, struct ctsync_tcp_last *l)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;

	if (tcp->last_index != CTSYNC_TCP_INDEX_SYN ||
	    tcp->last_dir != IP_CT_DIR_ORIGINAL)
		return false;
	l->seq = tcp->last_seq;
	l->end = tcp->last_end;
	l->win = tcp->last_win;
	l->wscale = tcp->last_wscale;
	l->flags = tcp_flags_get(tcp->last_flags) & CTSYNC_TCPF_WIRE;
	if (tcp->last_flags & IP_CT_EXP_CHALLENGE_ACK)
		l->flags |= 0x80;
	l->dir = tcp->last_dir;
	l->index = tcp->last_index;
	return true;
}

void ctsync_flow_last_put(struct nf_conn *ct, const struct ctsync_tcp_last *l)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;

	lockdep_assert_held(&ct->lock);
	tcp->last_seq = l->seq;
	tcp->last_end = l->end;
	tcp->last_win = l->win;
	tcp->last_wscale = l->wscale;
	tcp->last_flags = tcp_flags_put(l->flags, 0) |
		(l->flags & 0x80 ? IP_CT_EXP_CHALLENGE_ACK : 0);
	tcp->last_dir = IP_CT_DIR_ORIGINAL;
	tcp->last_index = CTSYNC_TCP_INDEX_SYN;
}

u8 ctsync_flow_zone_dir(u8 dir)
{
	if (dir == NF_CT_ZONE_DIR_ORIG)
		return CTSYNC_ZONE_ORIG;
	return dir == NF_CT_ZONE_DIR_REPL ? CTSYNC_ZONE_REPLY : 0;
}

void ctsync_flow_zone_put(const struct ctsync_flow *f,
			  struct nf_conntrack_zone *zone)
{
	static const u8 dirs[] = {
		[0] = NF_CT_DEFAULT_ZONE_DIR,
		[CTSYNC_ZONE_ORIG] = NF_CT_ZONE_DIR_ORIG,
		[CTSYNC_ZONE_REPLY] = NF_CT_ZONE_DIR_REPL,
	};

	nf_ct_zone_init(zone, f->zone, dirs[f->zone_dir], 0);
}

static void labels_get(const struct nf_conn *ct, struct ctsync_flow *f)
{
	const struct nf_conn_labels *labels = nf_ct_labels_find(ct);
	unsigned int i;

	if (!labels)
		return;
	for (i = 0; i < CTSYNC_LABELS; i++) {
		f->labels[i] = READ_ONCE(labels->bits[i / sizeof(long)]) >>
			       i % sizeof(long) * 8;
		f->has_labels |= f->labels[i];
	}
}

void ctsync_flow_labels_put(struct nf_conn *ct, const struct ctsync_flow *f)
{
	struct nf_conn_labels *labels = nf_ct_labels_find(ct);
	unsigned int i;

	if (!labels || !f->has_labels)
		return;
	for (i = 0; i < CTSYNC_LABELS * 8; i++) {
		if (f->labels[i / 8] & BIT(i % 8))
			set_bit(i, labels->bits);
	}
}

void ctsync_flow_get(struct nf_conn *ct, const struct ctsync_tcp_known *known,
		     struct ctsync_flow *f)
{
	const struct nf_conntrack_tuple *orig, *reply;
	struct nf_conntrack_tuple inverse;
	struct ctsync_tcp tcp;

	orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	f->l3 = nf_ct_l3num(ct) == NFPROTO_IPV6 ? 6 : 4;
	f->l4 = nf_ct_protonum(ct);
	f->zone = nf_ct_zone(ct)->id;
	f->zone_dir = ctsync_flow_zone_dir(nf_ct_zone(ct)->dir);
	labels_get(ct, f);
	f->status = ctsync_flow_status(READ_ONCE(ct->status));
	ctsync_flow_tuple_get(orig, &f->orig);
	if (!nf_ct_invert_tuple(&inverse, orig) ||
	    !nf_ct_tuple_equal(&inverse, reply)) {
		f->has_reply = true;
		ctsync_flow_tuple_get(reply, &f->reply);
	}
	if (f->l4 != IPPROTO_TCP)
		return;
	spin_lock_bh(&ct->lock);
	ctsync_flow_tcp_get(ct, &tcp);
	f->has_last = ctsync_flow_last_get(ct, &f->last) &&
		      tcp.state > CTSYNC_TCP_SYN_SENT2;
	f->state = tcp.state;
	ctsync_tcpwin_report(&tcp, known, 0, &f->win[0]);
	ctsync_tcpwin_report(&tcp, known, 1, &f->win[1]);
	spin_unlock_bh(&ct->lock);
}

bool ctsync_flow_segment(const struct sk_buff *skb, u8 pf,
			 struct ctsync_segment *s, struct tcphdr *copy)
{
	int off = skb_network_offset(skb);
	const struct tcphdr *th;
	struct tcphdr buf;
	__be16 frag;
	u8 proto;

	if (pf == NFPROTO_IPV4) {
		if (ip_is_fragment(ip_hdr(skb)))
			return false;
		proto = ip_hdr(skb)->protocol;
		off += ip_hdrlen(skb);
	} else {
		proto = ipv6_hdr(skb)->nexthdr;
		off = ipv6_skip_exthdr(skb, off + sizeof(struct ipv6hdr),
				       &proto, &frag);
		if (off < 0 || frag & htons(~0x7))
			return false;
	}
	if (proto != IPPROTO_TCP)
		return false;
	th = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!th || th->doff < 5 || skb->len < off + th->doff * 4)
		return false;
	s->seq = ntohl(th->seq);
	s->end = s->seq + skb->len - off - th->doff * 4 + th->fin + th->syn;
	s->ack = ntohl(th->ack_seq);
	s->win = ntohs(th->window);
	if (copy)
		*copy = *th;
	return true;
}

u32 ctsync_flow_unshift(const struct nf_conn *ct, int dir, u32 ack)
{
	if (likely(!test_bit(IPS_SEQ_ADJUST_BIT, &ct->status)))
		return ack;
	return ack - nf_ct_seq_offset(ct, !dir, ack - 1);
}

/* The highest edge of @n bytes of SACK blocks at @p, not below @edge. */
static u32 sack_edge(const u8 *p, unsigned int n, u32 edge)
{
	for (; n >= TCPOLEN_SACK_PERBLOCK;
	     n -= TCPOLEN_SACK_PERBLOCK, p += TCPOLEN_SACK_PERBLOCK)
		edge = ctsync_later(edge, get_unaligned_be32(p + 4));
	return edge;
}

u32 ctsync_flow_edge(const struct sk_buff *skb, u8 pf, const struct tcphdr *th)
{
	unsigned int len = th->doff * 4 - sizeof(*th), i;
	int off = skb_network_offset(skb);
	u32 edge = ntohl(th->ack_seq);
	u8 buf[MAX_TCP_OPTION_SPACE];
	const u8 *opt;
	__be16 frag;
	u8 proto;

	if (pf == NFPROTO_IPV4) {
		off += ip_hdrlen(skb);
	} else {
		proto = ipv6_hdr(skb)->nexthdr;
		off = ipv6_skip_exthdr(skb, off + sizeof(struct ipv6hdr),
				       &proto, &frag);
	}
	opt = len ? skb_header_pointer(skb, off + sizeof(*th), len, buf) : NULL;
	if (!opt)
		return edge;
	for (i = 0; i < len && opt[i] != TCPOPT_EOL;) {
		if (opt[i] == TCPOPT_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= len || opt[i + 1] < 2 || opt[i + 1] > len - i)
			break;
		if (opt[i] == TCPOPT_SACK)
			edge = sack_edge(opt + i + 2, opt[i + 1] - 2, edge);
		i += opt[i + 1];
	}
	return edge;
}

/* TCP's timeouts, by conntrack's states. */
static const unsigned int *tcp_timeouts(const struct nf_conn *ct)
{
	return nf_ct_timeout_lookup(ct) ?: nf_tcp_pernet(nf_ct_net(ct))->timeouts;
}

static unsigned long tcp_life(const struct nf_conn *ct)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;
	const unsigned int *t = tcp_timeouts(ct);
	unsigned long life;

	life = READ_ONCE(t[tcp->state]);
	if ((tcp->seen[0].flags | tcp->seen[1].flags) &
	    IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED)
		life = min_t(unsigned long, life,
			     READ_ONCE(t[TCP_CONNTRACK_UNACK]));
	return life;
}

unsigned long ctsync_flow_life(const struct nf_conn *ct)
{
	const unsigned int *t = nf_ct_timeout_lookup(ct);
	struct net *net = nf_ct_net(ct);

	switch (nf_ct_protonum(ct)) {
	case IPPROTO_TCP:
		return tcp_life(ct);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (!t)
			t = nf_udp_pernet(net)->timeouts;
		return READ_ONCE(t[test_bit(IPS_ASSURED_BIT, &ct->status) ?
				   UDP_CT_REPLIED : UDP_CT_UNREPLIED]);
	case IPPROTO_ICMP:
		return t ? *t : READ_ONCE(nf_icmp_pernet(net)->timeout);
	case IPPROTO_ICMPV6:
		return t ? *t : READ_ONCE(nf_icmpv6_pernet(net)->timeout);
	default:
		return ctsync_flow_proto_life(ct, t);
	}
}

/* A life may have been shortened when the last packet came. */
static unsigned long tcp_idle(const unsigned int *t, u8 state, unsigned long left)
{
	static const u8 shorter[] = { TCP_CONNTRACK_UNACK, TCP_CONNTRACK_RETRANS };
	unsigned long full = READ_ONCE(t[state]), life;
	int i;

	for (i = 0; i < ARRAY_SIZE(shorter); i++) {
		life = READ_ONCE(t[shorter[i]]);
		if (left <= life)
			full = min(full, life);
	}
	return full > left ? full - left : 0;
}

unsigned long ctsync_flow_idle(const struct nf_conn *ct)
{
	return tcp_idle(tcp_timeouts(ct), READ_ONCE(ct->proto.tcp.state),
			nf_ct_expires(ct));
}

unsigned long ctsync_flow_idle_told(const struct nf_conn *ct,
				    const struct ctsync_flow *f)
{
	if (!(f->ref.flags & CTSYNC_REF_COPY))
		return 0;
	return tcp_idle(tcp_timeouts(ct), ctsync_tcpstate_to_ct(f->state),
			(unsigned long)f->life * HZ);
}

void ctsync_flow_refresh(struct nf_conn *ct, unsigned long life)
{
	if (!test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		WRITE_ONCE(ct->timeout, nfct_time_stamp + (u32)life);
}

static const char *const tcp_names[] = {
	[TCP_CONNTRACK_NONE] = "NONE",
	[TCP_CONNTRACK_SYN_SENT] = "SYN_SENT",
	[TCP_CONNTRACK_SYN_RECV] = "SYN_RECV",
	[TCP_CONNTRACK_ESTABLISHED] = "ESTABLISHED",
	[TCP_CONNTRACK_FIN_WAIT] = "FIN_WAIT",
	[TCP_CONNTRACK_CLOSE_WAIT] = "CLOSE_WAIT",
	[TCP_CONNTRACK_LAST_ACK] = "LAST_ACK",
	[TCP_CONNTRACK_TIME_WAIT] = "TIME_WAIT",
	[TCP_CONNTRACK_CLOSE] = "CLOSE",
	[TCP_CONNTRACK_SYN_SENT2] = "SYN_SENT2",
};

const char *ctsync_flow_state_name(const struct nf_conn *ct)
{
	u8 state;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return ctsync_flow_proto_name(ct);
	state = READ_ONCE(ct->proto.tcp.state);
	return state < ARRAY_SIZE(tcp_names) ? tcp_names[state] : "?";
}
