// SPDX-License-Identifier: GPL-2.0
/* A firewall: the kernel's TCP tracker, and ctsync's pure logic around it.
 *
 * The order of things is that of the module: conntrack judges the packet; then,
 * on a split flow, windows are opened and led; then the path is judged and a
 * report sent if one is due. What conntrack calls invalid goes to the miss
 * handler: ask the peer, try again; if the peer is dead, plausible and adopt.
 *
 * A third conntrack, the single firewall, sees every packet at the moment it
 * comes to either node. It is the truth: what it accepts is legal, and its
 * td_end and td_maxend are what both nodes' are compared with.
 */
#include "../../kernel/split.h"
#include "../../kernel/tcpstate.h"
#include "../../kernel/tcpwin.h"
#include "host.h"
#include "node.h"

#include <stdio.h>
#include <stdlib.h>

struct message {
	struct ctsync_tcp_report r[2];
	u32 no;
	u8 dirs;		/* what the writer saw since its last one */
	u8 state;
	unsigned long status;
	bool copy;		/* an answer: no evidence of a split path */
	u32 answer;		/* to that request */
	bool used;
};

struct node {
	struct nf_conn ct;
	bool have;
	struct ctsync_split split;
	struct ctsync_tcp_sent sent[2];
	struct ctsync_tcp_known known;
	u32 had_end[2], moved[2];
	u8 had;			/* directions of which a report came */
	u32 pace[2][2];		/* td_end one and two periods ago */
	u64 pace_at[2];
	u32 next_no, had_no;
	u8 seen;		/* directions seen since our last message */
	bool local;		/* a local packet came since the peer's last */
	bool flushing;
	bool news;		/* its state moved since our last message */
	u64 sent_at, held_until;
	u32 asked, answered;	/* requests, numbered */
	bool leaked;		/* packets passed that conntrack did not look at */
	u8 adopted;		/* directions relearned */
};

static struct net net;
static const struct nf_hook_state hook = { .net = &net };
static struct node nodes[2];
static struct nf_conn single;
static bool have_single;
static struct node_plan plan;
static struct message *messages;
static u32 message_count;

struct node_stats stats;

/* ---- between conntrack's form, ours, and the wire's ---- */

static void segment(const struct pkt *p, struct sk_buff *skb)
{
	struct tcphdr *th = (struct tcphdr *)skb->data;
	u8 *opt = skb->data + sizeof(*th);
	int i;

	memset(skb, 0, sizeof(*skb));
	th->seq = htonl(host_isn(p->dir) + (u32)p->seq);
	if (p->flags & TCPHDR_ACK)
		th->ack_seq = htonl(host_isn(!p->dir) + (u32)p->ack);
	skb->data[13] = p->flags;
	th->window = htons(p->win);
	if (p->scale != 255) {
		*opt++ = TCPOPT_NOP;
		*opt++ = TCPOPT_WINDOW;
		*opt++ = TCPOLEN_WINDOW;
		*opt++ = p->scale;
	}
	if (p->sack_perm) {
		*opt++ = TCPOPT_NOP;
		*opt++ = TCPOPT_NOP;
		*opt++ = TCPOPT_SACK_PERM;
		*opt++ = TCPOLEN_SACK_PERM;
	}
	if (p->nsack) {
		*opt++ = TCPOPT_NOP;
		*opt++ = TCPOPT_NOP;
		*opt++ = TCPOPT_SACK;
		*opt++ = 2 + 8 * p->nsack;
		for (i = 0; i < 2 * p->nsack; i++) {
			u32 v = htonl(host_isn(!p->dir) +
				      (u32)p->sack[i / 2][i % 2]);

			memcpy(opt, &v, 4);
			opt += 4;
		}
	}
	th->doff = (opt - skb->data) / 4;
	skb->len = th->doff * 4 + p->len;
}

static void get(const struct nf_conn *ct, struct ctsync_tcp *t)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int d;

	memset(t, 0, sizeof(*t));
	for (d = 0; d < 2; d++) {
		const struct ip_ct_tcp_state *s = &tcp->seen[d];
		struct ctsync_tcp_dir *to = &t->seen[d];

		to->end = s->td_end;
		to->maxend = s->td_maxend;
		to->maxwin = s->td_maxwin;
		to->maxack = s->td_maxack;
		to->scale = s->td_scale;
		if (s->flags & IP_CT_TCP_FLAG_WINDOW_SCALE)
			to->flags |= CTSYNC_TCPF_WSCALE;
		if (s->flags & IP_CT_TCP_FLAG_SACK_PERM)
			to->flags |= CTSYNC_TCPF_SACK;
		if (s->flags & IP_CT_TCP_FLAG_CLOSE_INIT)
			to->flags |= CTSYNC_TCPF_CLOSE_INIT;
		if (s->flags & IP_CT_TCP_FLAG_MAXACK_SET)
			to->flags |= CTSYNC_TCPF_MAXACK_SET;
		if (s->flags & IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED)
			to->flags |= CTSYNC_TCPF_UNACKED;
	}
	t->state = ctsync_tcpstate_from_ct(tcp->state,
				t->seen[0].flags & CTSYNC_TCPF_CLOSE_INIT,
				t->seen[1].flags & CTSYNC_TCPF_CLOSE_INIT);
}

static void put(struct nf_conn *ct, const struct ctsync_tcp *t)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int d;

	for (d = 0; d < 2; d++) {
		struct ip_ct_tcp_state *to = &tcp->seen[d];
		const struct ctsync_tcp_dir *s = &t->seen[d];

		to->td_end = s->end;
		to->td_maxend = s->maxend;
		to->td_maxwin = s->maxwin;
		to->td_maxack = s->maxack;
		to->td_scale = s->scale;
		to->flags = 0;
		if (s->flags & CTSYNC_TCPF_WSCALE)
			to->flags |= IP_CT_TCP_FLAG_WINDOW_SCALE;
		if (s->flags & CTSYNC_TCPF_SACK)
			to->flags |= IP_CT_TCP_FLAG_SACK_PERM;
		if (s->flags & CTSYNC_TCPF_CLOSE_INIT)
			to->flags |= IP_CT_TCP_FLAG_CLOSE_INIT;
		if (s->flags & CTSYNC_TCPF_MAXACK_SET)
			to->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
		if (s->flags & CTSYNC_TCPF_UNACKED)
			to->flags |= IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
	}
	tcp->state = ctsync_tcpstate_to_ct(t->state);
}

/* ---- conntrack ---- */

static int judge(struct nf_conn *ct, const struct pkt *p)
{
	struct sk_buff skb;
	int ret;

	segment(p, &skb);
	ret = nf_conntrack_tcp_packet(ct, &skb, 0, p->dir ? SHIM_REPLY :
							    SHIM_ORIGINAL,
				      &hook);
	if (ret > 0 && p->dir == R)
		set_bit(IPS_SEEN_REPLY_BIT, &ct->status);
	return ret;
}

static void fresh(struct nf_conn *ct)
{
	memset(ct, 0, sizeof(*ct));
	ct->net = &net;
}

/* What would one firewall on all paths have said? */
static bool legal(const struct pkt *p)
{
	/* A closed flow's resets are not checked any more. At a node that could
	 * not tell that the first reset was exact, they still are.
	 */
	if (have_single && (p->flags & TCPHDR_RST) &&
	    single.proto.tcp.state == TCP_CONNTRACK_CLOSE) {
		judge(&single, p);
		return false;
	}
	if (!have_single) {
		fresh(&single);
		if (judge(&single, p) <= 0)
			return false;
		set_bit(IPS_CONFIRMED_BIT, &single.status);
		have_single = true;
		return true;
	}
	return judge(&single, p) > 0;
}

static u32 ticks(void)
{
	/* start shortly before the 32-bit clock wraps */
	return (u32)(now / USEC) - 500000;
}

bool node_dead(int who)
{
	return who == A && plan.dead_at && now >= plan.dead_at;
}

/* How far may td_maxend[d] run beyond the last known edge? */
static u32 lead_limit(struct node *n, const struct ctsync_tcp *t, int d)
{
	u64 period = 4 * plan.sync_max + 1;
	u32 sent;

	if (!n->pace_at[d]) {
		n->pace[d][0] = n->pace[d][1] = t->seen[d].end;
		n->pace_at[d] = now;
	} else if (now - n->pace_at[d] >= period) {
		n->pace[d][1] = now - n->pace_at[d] >= 2 * period ?
				t->seen[d].end : n->pace[d][0];
		n->pace[d][0] = t->seen[d].end;
		n->pace_at[d] = now;
	}
	sent = t->seen[d].end - n->pace[d][1];
	if (sent > 1u << 28) {
		/* the direction was not known yet */
		n->pace[d][0] = n->pace[d][1] = t->seen[d].end;
		sent = 0;
	}
	return sent > t->seen[!d].maxwin ? sent : t->seen[!d].maxwin;
}

/* ---- messages ---- */

static u64 sync_delay(void)
{
	return between(plan.sync_min, plan.sync_max);
}

static u32 message_new(void)
{
	u32 i;

	for (i = 0; i < message_count; i++)
		if (!messages[i].used)
			break;
	if (i == message_count) {
		message_count = 2 * message_count + 64;
		messages = realloc(messages, message_count * sizeof(*messages));
		memset(messages + i, 0, (message_count - i) * sizeof(*messages));
	}
	messages[i].used = true;
	return i;
}

static bool is_split(const struct node *n)
{
	return n->split.flags & CTSYNC_SPLIT_NOW;
}

static void report(const struct node *n, const struct ctsync_tcp *t, int d,
		   struct ctsync_tcp_report *r)
{
	ctsync_tcpwin_report(t, is_split(n) ? &n->known : NULL, d, r);
}

/* Returns when it will be there. */
static u64 tell(int who, u8 dirs, bool copy, u32 answer)
{
	struct node *n = &nodes[who];
	u32 i = message_new();
	struct message *m = &messages[i];
	struct ctsync_tcp t;
	u64 at = now + sync_delay();
	int d;

	get(&n->ct, &t);
	for (d = 0; d < 2; d++) {
		if (!(dirs & 1 << d))
			continue;
		report(n, &t, d, &m->r[d]);
		ctsync_tcpwin_sent(&n->sent[d], &m->r[d]);
	}
	m->dirs = dirs;
	m->state = t.state;
	m->status = n->ct.status;
	m->copy = copy;
	m->answer = answer;
	m->no = ++n->next_no;
	if (!copy) {
		n->seen = 0;
		n->news = false;
		n->sent_at = now;
	}
	while (chance(plan.loss))
		at += plan.repair;
	stats.messages++;
	trace("  %c tells dirs %d state %s end %u/%u maxend %u/%u%s", "AB"[who],
	      dirs, ctsync_tcpstate_name(t.state), m->r[0].end, m->r[1].end,
	      m->r[1].maxend_other, m->r[0].maxend_other, copy ? " copy" : "");
	event(at, EV_SYNC, !who, i, 0);
	return at;
}

/* A packet of @dirs was seen by the peer. Did the split begin? */
static bool remote_word(int who, u8 dirs)
{
	struct node *n = &nodes[who];
	struct ctsync_tcp t;

	if (ctsync_split_remote(&n->split, dirs, ticks(), plan.window) !=
	    CTSYNC_SPLIT_BEGAN)
		return false;
	trace("  %c: split", "AB"[who]);
	get(&n->ct, &t);
	ctsync_tcpwin_begin(&t, &n->known);
	put(&n->ct, &t);
	return true;
}

static void heard(struct node *n, struct ctsync_tcp *t,
		  const struct message *m)
{
	int d;

	for (d = 0; d < 2; d++)
		if (m->dirs & 1 << d)
			ctsync_tcpwin_heard(t, &n->known, d, &m->r[d],
					    lead_limit(n, t, d));
}

void node_message(int who, u32 i)
{
	struct node *n = &nodes[who];
	struct message m = messages[i];
	bool newer = m.no > n->had_no;
	bool mirror = newer && !n->local;
	bool began;
	struct ctsync_tcp t;
	u8 state;
	int d;

	messages[i].used = false;
	if (node_dead(who))
		return;
	if (!n->have) {
		fresh(&n->ct);
		set_bit(IPS_CONFIRMED_BIT, &n->ct.status);
		n->have = true;
	}
	get(&n->ct, &t);
	state = t.state;
	for (d = 0; d < 2; d++) {
		if (!(m.dirs & 1 << d))
			continue;
		ctsync_tcpwin_merge(&t, d, &m.r[d], mirror);
		if (!(n->had & 1 << d)) {
			n->had |= 1 << d;
			n->had_end[d] = m.r[d].end;
		} else if (ctsync_after(m.r[d].end, n->had_end[d])) {
			n->moved[d] = m.r[d].end - n->had_end[d];
			n->had_end[d] = m.r[d].end;
		}
	}
	if (is_split(n))
		heard(n, &t, &m);
	if (ctsync_tcpwin_complete(&t) ||
	    ctsync_tcpstate_covers(CTSYNC_TCP_SYN_SENT2, m.state))
		t.state = ctsync_tcpstate_join(state, m.state);
	else
		event(now + sync_delay(), EV_REQUEST, !who, 0, 0);
	if (t.state == CTSYNC_TCP_LAST_ACK &&
	    ctsync_tcpwin_closed(&t, is_split(n) ? &n->known : NULL))
		t.state = CTSYNC_TCP_TIME_WAIT;
	put(&n->ct, &t);
	n->ct.status |= m.status;
	n->adopted = 0;
	if (m.answer > n->answered)
		n->answered = m.answer;
	if (newer) {
		n->had_no = m.no;
		n->local = false;
	}
	trace("  %c hears dirs %d state %s%s%s", "AB"[who], m.dirs,
	      ctsync_tcpstate_name(t.state), mirror ? " mirror" : "",
	      m.copy ? " copy" : "");
	began = !m.copy && remote_word(who, m.dirs);
	if (began) {
		get(&n->ct, &t);
		heard(n, &t, &m);
		put(&n->ct, &t);
	}
	if (began && n->seen)
		tell(who, n->seen, false, 0);
	else if (!ctsync_tcpstate_covers(m.state, t.state))
		tell(who, 3, true, 0);	/* you are stale, here is mine */
}

void node_request(int who)
{
	if (!node_dead(who) && nodes[who].have)
		tell(who, 3, true, 0);
}

void node_query(int who, int dir, u32 number)
{
	struct node *n = &nodes[who];

	if (node_dead(who) || !n->have)
		return;
	tell(who, 3, true, number);
	/* a request that a packet caused is evidence like an update */
	remote_word(who, 1 << dir);
}

void node_flush(int who)
{
	struct node *n = &nodes[who];
	u64 next = n->sent_at + plan.update;

	n->flushing = false;
	if (!n->seen || node_dead(who))
		return;
	if (is_split(n) || n->news || now >= next) {
		tell(who, n->seen, false, 0);
	} else {
		n->flushing = true;
		event(next, EV_FLUSH, who, 0, 0);
	}
}

/* ---- checks ---- */

/* How much a node may add to what direction @d was ever granted. */
static u32 window_limit(int d)
{
	u32 maxwin = single.proto.tcp.seen[!d].td_maxwin;

	/* Before a path change was noticed, a segment may have crossed a stale edge,
	 * and what that added to td_maxwin was believed.
	 */
	return plan.steady ? maxwin : 2 * maxwin + CTSYNC_GRO_MAX;
}

/* As far as td_end[d] may be opened, and acknowledgements with it. */
static u32 end_limit(int d)
{
	const struct ip_ct_tcp *s = &single.proto.tcp;

	return ctsync_later(ctsync_later(s->seen[d].td_end, s->seen[d].td_maxend),
			    s->seen[!d].td_maxack + window_limit(d));
}

/* The windows are never wider than the truth plus what the design allows. */
static void check_bounds(int who, bool settled)
{
	const struct ip_ct_tcp *t = &nodes[who].ct.proto.tcp;
	const struct ip_ct_tcp *s = &single.proto.tcp;
	int d;

	if (!s->seen[0].td_maxwin || !s->seen[1].td_maxwin ||
	    !t->seen[0].td_maxwin || !t->seen[1].td_maxwin)
		return;
	/* the flow is over: after a reset conntrack looks at nothing more */
	if (t->state == TCP_CONNTRACK_CLOSE)
		return;
	for (d = 0; d < 2; d++) {
		u32 win = window_limit(d), top = end_limit(d);
		u32 lead = t->seen[d].td_maxend - s->seen[d].td_maxend;

		if ((nodes[who].split.flags & CTSYNC_SPLIT_NOW) &&
		    t->seen[d].td_maxwin > 
			    ctsync_tcpwin_cap(t->seen[d].td_scale))
			fail("%c: td_maxwin[%d] %u is over its cap", "AB"[who],
			     d, t->seen[d].td_maxwin);
		if (ctsync_after(t->seen[d].td_end, top))
			fail("%c: td_end[%d] is %u over the truth", "AB"[who],
			     d, t->seen[d].td_end - top);
		if ((s32)lead > 0 && lead > stats.lead_max)
			stats.lead_max = lead;
		if (settled && (s32)lead > (s64)win + 1)
			fail("%c: td_maxend[%d] is %u over the truth, window %u",
			     "AB"[who], d, lead, win);
	}
}

/* ---- packets ---- */

static void as_segment(const struct pkt *p, struct ctsync_segment *s)
{
	s->seq = host_isn(p->dir) + (u32)p->seq;
	s->end = s->seq + p->len + !!(p->flags & (TCPHDR_SYN | TCPHDR_FIN));
	s->ack = host_isn(!p->dir) + (u32)p->ack;
	s->win = p->win;
}

/* @p was accepted here. Returns until when it is held. */
static u64 passed(int who, const struct pkt *p, u8 state_before,
		  unsigned long status_before)
{
	struct node *n = &nodes[who];
	int d = p->dir;
	bool split, urgent, hold = false, syn = p->flags & TCPHDR_SYN;
	struct ctsync_tcp_report r;
	struct ctsync_segment seg;
	struct ctsync_tcp t;
	u64 at;

	n->seen |= 1 << d;
	n->local = true;
	switch (ctsync_split_local(&n->split, d, ticks(), plan.window)) {
	case CTSYNC_SPLIT_BEGAN:
		trace("  %c: split", "AB"[who]);
		get(&n->ct, &t);
		ctsync_tcpwin_begin(&t, &n->known);
		put(&n->ct, &t);
		urgent = true;
		break;
	case CTSYNC_SPLIT_WAKE:
		urgent = true;
		break;
	case CTSYNC_SPLIT_ENDED:
		trace("  %c: no longer split", "AB"[who]);
		urgent = false;
		break;
	default:
		urgent = false;
	}
	split = is_split(n);
	get(&n->ct, &t);
	if (split) {
		as_segment(p, &seg);
		if (!(p->flags & TCPHDR_RST) && (!syn || t.state != state_before))
			ctsync_tcpwin_packet(&t, &n->known, d, &seg, syn,
					     lead_limit(n, &t, d));
		put(&n->ct, &t);
		check_bounds(who, false);
	}
	if (split && (t.state != state_before ||
		      n->ct.status != status_before))
		urgent = true;
	if (t.state != state_before && (p->flags & TCPHDR_SYN)) {
		urgent |= !n->next_no || split;
		hold = urgent;
	}
	if (!urgent && split) {
		report(n, &t, d, &r);
		urgent = ctsync_tcpwin_due_split(&r, &n->sent[d],
				ctsync_later(n->known.edge[d],
					     n->sent[!d].maxend_other),
				n->known.maxwin[!d]);
	} else if (!urgent) {
		urgent = ctsync_tcpwin_due_bytes(&t, d, &n->sent[d], 0);
	}
	if (t.state != state_before || n->ct.status != status_before) {
		n->news = true;
		n->flushing = false;
	}
	if (urgent) {
		at = tell(who, n->seen, false, 0);
		if (hold)
			return at + sync_delay();
	} else if (!n->flushing) {
		n->flushing = true;
		event(now + plan.flush, EV_FLUSH, who, 0, 0);
	}
	return now;
}

static void describe(const struct pkt *p, char *buf, size_t size)
{
	snprintf(buf, size, "#%u %c%s%s%s%s %u+%u ack %u win %u%s", p->no,
		 "OR"[p->dir], p->flags & TCPHDR_SYN ? " SYN" : "",
		 p->flags & TCPHDR_FIN ? " FIN" : "",
		 p->flags & TCPHDR_RST ? " RST" : "",
		 p->nsack ? " SACK" : "",
		 host_isn(p->dir) + (u32)p->seq, p->len,
		 host_isn(!p->dir) + (u32)p->ack, p->win,
		 p->parked ? " (parked)" : "");
}

static void dump_ct(const char *name, const struct nf_conn *ct)
{
	int d;

	for (d = 0; d < 2; d++) {
		const struct ip_ct_tcp_state *s = &ct->proto.tcp.seen[d];

		say("    %s %c end %u maxend %u maxwin %u maxack %u scale %u flags %02x state %u",
		    name, "OR"[d], s->td_end, s->td_maxend, s->td_maxwin,
		    s->td_maxack, s->td_scale, s->flags, ct->proto.tcp.state);
	}
}

void node_dump(void)
{
	dump_ct("A", &nodes[A].ct);
	dump_ct("B", &nodes[B].ct);
	dump_ct("1", &single);
}

/* Did the node die so long after its last report that nobody can tell this
 * packet from a forged one? The bound is tcpwin.h's.
 */
static bool too_far(const struct node *n, const struct pkt *p)
{
	int d = p->dir;
	const struct ip_ct_tcp_state *s = n->ct.proto.tcp.seen;
	u32 seq = host_isn(d) + (u32)p->seq, ack = host_isn(!d) + (u32)p->ack;

	return (s32)(seq - s[d].td_end) > (s64)s[!d].td_maxwin +
	       2 * max(n->moved[d], CTSYNC_MOVED_MIN) ||
	       (s32)(ack - s[!d].td_end) > (s64)s[d].td_maxwin +
	       2 * max(n->moved[!d], CTSYNC_MOVED_MIN);
}

static void invalid(int who, u32 i)
{
	const struct ip_ct_tcp *t = &nodes[who].ct.proto.tcp;
	struct pkt *p = pkt_at(i);
	char buf[160];

	describe(p, buf, sizeof(buf));
	if (!p->legal) {
		stats.excused++;
	} else if (p->flags & TCPHDR_RST &&
		   single.proto.tcp.state == TCP_CONNTRACK_CLOSE) {
		/* it was legal when it came, and waited behind others */
		stats.excused++;
	} else if (p->flags & TCPHDR_SYN || nodes[who].leaked ||
		   (node_dead(!who) && too_far(&nodes[who], p)) ||
		   (nodes[who].answered < p->asked &&
		    (p->flags & TCPHDR_RST || too_far(&nodes[who], p) ||
		     t->state <= TCP_CONNTRACK_SYN_SENT))) {
		/* A peer that is dead, or whose answer was lost, alone knew the
		 * answer to the SYN; and neither a reset nor a SYN is a reason
		 * to move a window.
		 */
		stats.lost++;
	} else {
		stats.invalid++;
		fail("%c: invalid: %s", "AB"[who], buf);
	}
	pkt_free(i);
}

/* Returns true when @p may be judged once more. */
static bool relearn(int who, const struct pkt *p)
{
	struct node *n = &nodes[who];
	struct ctsync_segment s;
	struct ctsync_tcp t;
	int i;

	as_segment(p, &s);
	for (i = 0; i < p->nsack; i++)
		s.ack = ctsync_later(s.ack, host_isn(!p->dir) +
					    (u32)p->sack[i][1]);
	get(&n->ct, &t);
	if (!ctsync_tcpwin_plausible(&t, is_split(n) ? &n->known : NULL, p->dir,
				     &s, n->moved, 0))
		return false;
	ctsync_tcpwin_adopt(&t, p->dir, &s);
	put(&n->ct, &t);
	n->adopted |= 1 << p->dir;
	stats.adopted++;
	return true;
}

static void process(int who, u32 i)
{
	struct node *n = &nodes[who];
	struct pkt *p = pkt_at(i);
	unsigned long status;
	struct ctsync_tcp t;
	char buf[160];
	u8 state;
	u64 at;
	int ret;

	if (tracing) {
		describe(p, buf, sizeof(buf));
		trace("%c gets %s", "AB"[who], buf);
	}
	if (!n->have) {
		fresh(&n->ct);
		ret = judge(&n->ct, p);
		if (ret > 0) {
			set_bit(IPS_CONFIRMED_BIT, &n->ct.status);
			n->have = true;
		}
		state = CTSYNC_TCP_NONE;
		status = 0;
	} else {
		get(&n->ct, &t);
		state = t.state;
		status = n->ct.status;
		ret = judge(&n->ct, p);
	}
	if (ret <= 0 && n->have && p->parked && n->answered < p->asked &&
	    !(p->flags & TCPHDR_RST) && relearn(who, p))
		ret = judge(&n->ct, p);
	/* Conntrack lets it pass without a look: the SYN-ACK was seen by the peer
	 * alone. That is a stale copy, too.
	 */
	if (ret > 0 && n->ct.proto.tcp.state == TCP_CONNTRACK_SYN_SENT &&
	    !(p->flags & (TCPHDR_SYN | TCPHDR_RST)) &&
	    n->split.flags & CTSYNC_SPLIT_HAD_REMOTE) {
		if (p->parked)
			n->leaked = true;
		else
			ret = 0;
	}
	if (ret > 0) {
		at = passed(who, p, state, status);
		if (at > now) {
			n->held_until = at;
			trace("  held");
		}
		if (at > now)
			event(at, EV_RELEASE, who, i, 0);
		else
			net_from_node(i, who);
		return;
	}
	trace("  invalid at %c%s", "AB"[who], p->parked ? ", again" : "");
	if (tracing)
		node_dump();
	if (p->parked || !n->have || (p->flags & TCPHDR_SYN)) {
		invalid(who, i);
		return;
	}
	stats.missed++;
	/* The first reports after the SYN-ACK bring the scaled windows. A sender
	 * that is faster than they are goes over the 64 KB of the SYN-ACK.
	 */
	if (plan.steady && p->legal && !plan.loss &&
	    !(p->flags & TCPHDR_RST) &&
	    (!is_split(n) || n->known.maxwin[!p->dir] > 65535 ||
	     n->known.maxwin[!p->dir] >= host_window(!p->dir)))
		fail("%c: missed in the steady state", "AB"[who]);
	p->parked = true;
	p->asked = ++n->asked;
	at = now + sync_delay();
	event(at, EV_QUERY, !who, p->dir, p->asked);
	at += plan.sync_max + 1;
	n->held_until = at;
	event(at, EV_MISS, who, i, 0);
}

void node_packet(int who, u32 i)
{
	struct pkt *p = pkt_at(i);
	struct node *n = &nodes[who];

	if (node_dead(who)) {
		pkt_free(i);
		return;
	}
	if (!p->seen) {
		p->seen = true;
		p->legal = legal(p);
		stats.packets++;
	}
	/* whatever is held or parked, the rest of its flow waits behind it */
	if (now < n->held_until) {
		event(n->held_until, EV_NODE, who, i, 0);
		return;
	}
	process(who, i);
}

void node_resume(int who, u32 i)
{
	if (node_dead(who))
		pkt_free(i);
	else
		process(who, i);
}

void node_release(int who, u32 i)
{
	if (node_dead(who))
		pkt_free(i);
	else
		net_from_node(i, who);
}

void node_probe(int who)
{
	struct node *n = &nodes[who];
	const struct ip_ct_tcp *s = &single.proto.tcp;
	struct pkt p = { .flags = TCPHDR_ACK, .scale = 255, .win = 100 };
	struct nf_conn copy;
	u32 seq, ack, far;
	int d = below(2), kind = below(3);
	bool log = shim_log_on;

	if (!n->have || node_dead(who) || !s->seen[0].td_maxwin ||
	    !s->seen[1].td_maxwin || n->ct.proto.tcp.state !=
	    TCP_CONNTRACK_ESTABLISHED)
		return;
	far = 1 + below(1u << 30);
	seq = s->seen[d].td_end;
	ack = s->seen[!d].td_end;
	p.dir = d;
	switch (kind) {
	case 0:
	case 1:
		/* data or a reset over the window */
		seq = ctsync_later(seq, s->seen[d].td_maxend) +
		      2 * s->seen[!d].td_maxwin + far +
		      lead_limit(n, &(struct ctsync_tcp){
				.seen[0].end = n->ct.proto.tcp.seen[0].td_end,
				.seen[1].end = n->ct.proto.tcp.seen[1].td_end,
		      }, d) + CTSYNC_GRO_MAX;
		p.len = 100;
		/* but a reset may answer a SYN that conntrack ignored */
		if (kind == 1 && n->ct.proto.tcp.last_index != 0)
			p.flags |= TCPHDR_RST;
		break;
	case 2:
		/* an acknowledgement of what nobody was ever allowed to send */
		ack = end_limit(!d) + far;
		break;
	}
	p.seq = seq - host_isn(d);
	p.ack = ack - host_isn(!d);
	copy = n->ct;
	shim_log_on = false;
	stats.probes++;
	if (judge(&copy, &p) > 0)
		fail("%c: accepted an illegal packet of kind %d, direction %d, seq %u ack %u, %u bytes too far",
		     "AB"[who], kind, d, seq, ack, far);
	shim_log_on = log;
}

void node_settled(void)
{
	struct ctsync_tcp a, b;
	int d;

	if (!nodes[A].have || !nodes[B].have || plan.dead_at)
		return;
	get(&nodes[A].ct, &a);
	get(&nodes[B].ct, &b);
	if (a.state != b.state)
		fail("settled: states differ: %s, %s",
		     ctsync_tcpstate_name(a.state),
		     ctsync_tcpstate_name(b.state));
	for (d = 0; d < 2; d++) {
		if (a.seen[d].maxack != b.seen[d].maxack)
			fail("settled: maxack[%d] differs: %u, %u", d,
			     a.seen[d].maxack, b.seen[d].maxack);
		/* a reset that came to a node before the SYN-ACK has no scale */
		if (a.seen[d].scale != b.seen[d].scale &&
		    a.state != CTSYNC_TCP_CLOSE)
			fail("settled: scale[%d] differs", d);
		if ((a.seen[d].flags ^ b.seen[d].flags) & CTSYNC_TCPF_WIRE)
			fail("settled: flags[%d] differ: %x, %x", d,
			     a.seen[d].flags, b.seen[d].flags);
	}
	if (nodes[A].ct.status != nodes[B].ct.status)
		fail("settled: status differs: %lx, %lx", nodes[A].ct.status,
		     nodes[B].ct.status);
	check_bounds(A, true);
	check_bounds(B, true);
}

void node_init(const struct node_plan *p)
{
	u32 i;

	plan = *p;
	memset(nodes, 0, sizeof(nodes));
	have_single = false;
	for (i = 0; i < message_count; i++)
		messages[i].used = false;
	nf_conntrack_tcp_init_net(&net);
	net.ct.tcp.tcp_loose = 0;
}
