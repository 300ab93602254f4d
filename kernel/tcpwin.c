// SPDX-License-Identifier: GPL-2.0
/* TCP windows that two nodes write: report, merge, open, lead, due, plausible.
 *
 * What conntrack holds of a split flow is wider than the truth, so the truth is
 * kept beside it (struct ctsync_tcp_known), and everything starts from that.
 */
#include "tcpwin.h"
#include "tcpstate.h"

static u32 capped_win(const struct ctsync_tcp_dir *s)
{
	return min(s->maxwin, ctsync_tcpwin_cap(s->scale));
}

/* The right edge for the data of !@d that packets of @d have granted. Each
 * leaves maxend[!d] <= maxack[d] + maxwin[d] (but for one byte, if the window
 * was zero and bytes were missing); a lead that is left from an earlier split
 * breaks that, but nobody leads maxack.
 */
static u32 granted(const struct ctsync_tcp *t, int d)
{
	const struct ctsync_tcp_dir *s = &t->seen[d];
	u32 edge = t->seen[!d].maxend;
	u32 most = s->maxack + capped_win(s);

	if ((s->flags & CTSYNC_TCPF_MAXACK_SET) && ctsync_after(edge, most))
		return most;
	return edge;
}

/* How far is @to ahead of @from? 0 if it is not. */
static u32 ahead(u32 to, u32 from)
{
	return ctsync_after(to, from) ? to - from : 0;
}

/* The later of what we have and what we heard. In a mirror a value far behind
 * is not behind: the flow ran more than half way round without us. What lies a
 * window behind may be what we opened or led, and that must stay.
 */
static u32 newest(u32 have, u32 heard, bool mirror)
{
	if (mirror && have - heard > 1u << 30)
		return heard;
	return ctsync_later(have, heard);
}

static bool set32(u32 *v, u32 to)
{
	bool changed = *v != to;

	*v = to;
	return changed;
}

static bool set8(u8 *v, u8 to)
{
	bool changed = *v != to;

	*v = to;
	return changed;
}

bool ctsync_tcpwin_clamp(struct ctsync_tcp *t)
{
	bool changed;

	changed = set32(&t->seen[0].maxwin, capped_win(&t->seen[0]));
	changed |= set32(&t->seen[1].maxwin, capped_win(&t->seen[1]));
	return changed;
}

u32 ctsync_tcpwin_sent_end(const struct ctsync_tcp *t,
			   const struct ctsync_tcp_known *k, int d)
{
	return k ? k->end[d] : t->seen[d].end;
}

void ctsync_tcpwin_report(const struct ctsync_tcp *t,
			  const struct ctsync_tcp_known *k, int d,
			  struct ctsync_tcp_report *r)
{
	const struct ctsync_tcp_dir *s = &t->seen[d];

	r->end = ctsync_tcpwin_sent_end(t, k, d);
	r->maxend_other = k ? k->edge[!d] : granted(t, d);
	r->maxwin = k ? k->maxwin[d] : capped_win(s);
	r->maxack = s->maxack;
	r->scale = s->scale;
	r->flags = s->flags & CTSYNC_TCPF_WIRE;
}

/* Begin direction @d as conntrack does at a SYN-ACK: there is nothing to compare
 * with. What is in maxend is 0 + the window of the other side's SYN, unless
 * that acknowledged since; and windows are scaled only if both sides said so.
 */
static bool first_word(struct ctsync_tcp *t, int d,
		       const struct ctsync_tcp_report *r)
{
	struct ctsync_tcp_dir *s = &t->seen[d], *o = &t->seen[!d];

	if (!(o->flags & CTSYNC_TCPF_MAXACK_SET))
		s->maxend = r->end;
	s->end = r->end;
	s->scale = min(r->scale, (u8)14);
	s->flags |= r->flags & CTSYNC_TCPF_WIRE & ~CTSYNC_TCPF_MAXACK_SET;
	if (o->maxwin && !(s->flags & o->flags & CTSYNC_TCPF_WSCALE)) {
		s->scale = 0;
		o->scale = 0;
	}
	return true;
}

bool ctsync_tcpwin_merge(struct ctsync_tcp *t, int d,
			 const struct ctsync_tcp_report *r, bool mirror)
{
	struct ctsync_tcp_dir *s = &t->seen[d], *o = &t->seen[!d];
	u8 scale = min(r->scale, (u8)14);
	u8 flags = r->flags & CTSYNC_TCPF_WIRE;
	u32 maxwin = min(r->maxwin, ctsync_tcpwin_cap(scale));
	bool had_ack = s->flags & CTSYNC_TCPF_MAXACK_SET;
	bool changed = false;

	/* The writer has not seen this direction either. Conntrack takes a
	 * maxwin of 0 for "learn from the next packet": never let it come back.
	 */
	if (!maxwin)
		return false;

	if (!s->maxwin)
		changed |= first_word(t, d, r);
	changed |= set32(&s->end, newest(s->end, r->end, mirror));
	changed |= set32(&s->maxwin, max(s->maxwin, maxwin));
	changed |= set8(&s->flags, s->flags | flags);
	/* Both must have said so; but a late report of a SYN must not bring a
	 * scale back that the SYN-ACK refused.
	 */
	if (flags & o->flags & CTSYNC_TCPF_WSCALE)
		changed |= set8(&s->scale, scale);

	/* Before its first acknowledgement a direction grants nothing (a SYN
	 * leaves 0 + window in the other direction's maxend).
	 */
	if (flags & CTSYNC_TCPF_MAXACK_SET) {
		u32 edge = r->maxend_other;
		u32 most = r->maxack + maxwin;

		if (ctsync_after(edge, most))
			edge = most;
		changed |= set32(&s->maxack, !had_ack ? r->maxack :
				 newest(s->maxack, r->maxack, mirror));
		changed |= set32(&o->maxend, !o->maxwin ? edge :
				 newest(o->maxend, edge, mirror));
	}
	changed |= ctsync_tcpwin_clamp(t);

	if ((o->flags & CTSYNC_TCPF_UNACKED) &&
	    (flags & CTSYNC_TCPF_MAXACK_SET) &&
	    !ctsync_after(o->end, r->maxack))
		changed |= set8(&o->flags, o->flags & ~CTSYNC_TCPF_UNACKED);
	return changed;
}

/* Acknowledgements for all that was granted to @d must pass. But not further
 * than the receiver's maxwin above its maxack: conntrack ignores what lies more
 * than a maxwin below td_end, and would learn nothing more from the receiver.
 */
static bool open(struct ctsync_tcp *t, const struct ctsync_tcp_known *k, int d)
{
	struct ctsync_tcp_dir *s = &t->seen[d];
	u32 most = t->seen[!d].maxack + t->seen[!d].maxwin;
	u32 edge = ctsync_after(k->edge[d], most) ? most : k->edge[d];

	/* A SYN grants nothing. */
	if (!s->maxwin || !(t->seen[!d].flags & CTSYNC_TCPF_MAXACK_SET))
		return false;
	return set32(&s->end, ctsync_later(s->end, edge));
}

/* Is data of @d without acknowledgement, as far as anybody told? Conntrack
 * compares with td_end, which is open.
 */
static bool unacked(struct ctsync_tcp *t, const struct ctsync_tcp_known *k,
		    int d)
{
	struct ctsync_tcp_dir *s = &t->seen[d];
	u8 flags = s->flags & ~CTSYNC_TCPF_UNACKED;

	if (!(t->seen[!d].flags & CTSYNC_TCPF_MAXACK_SET))
		return false;
	if (ctsync_after(k->end[d], t->seen[!d].maxack))
		flags |= CTSYNC_TCPF_UNACKED;
	return set8(&s->flags, flags);
}

static bool open_both(struct ctsync_tcp *t, const struct ctsync_tcp_known *k)
{
	bool changed;

	changed = open(t, k, 0);
	changed |= open(t, k, 1);
	changed |= unacked(t, k, 0);
	changed |= unacked(t, k, 1);
	return changed;
}

static bool lead(struct ctsync_tcp *t, const struct ctsync_tcp_known *k, int d,
		 u32 end, u32 limit)
{
	struct ctsync_tcp_dir *s = &t->seen[d];
	u32 edge = end + k->maxwin[!d];
	u32 most = k->edge[d] + limit + CTSYNC_GRO_MAX;

	if (ctsync_after(edge, most))
		edge = most;
	return set32(&s->maxend, ctsync_later(s->maxend, edge));
}

bool ctsync_tcpwin_begin(struct ctsync_tcp *t, struct ctsync_tcp_known *k)
{
	bool changed;
	int d;

	changed = ctsync_tcpwin_clamp(t);
	for (d = 0; d < 2; d++) {
		k->end[d] = t->seen[d].end;
		k->edge[d] = t->seen[!d].flags & CTSYNC_TCPF_MAXACK_SET ?
			     granted(t, !d) : t->seen[d].end;
		k->maxwin[d] = t->seen[d].maxwin;
	}
	return changed | open_both(t, k);
}

bool ctsync_tcpwin_end(struct ctsync_tcp *t, const struct ctsync_tcp_known *k)
{
	bool changed = false;
	int d;

	for (d = 0; d < 2; d++) {
		struct ctsync_tcp_dir *s = &t->seen[d];

		if (ctsync_after(s->end, k->end[d]))
			changed |= set8(&s->flags,
					s->flags & ~CTSYNC_TCPF_UNACKED);
	}
	return changed;
}

/* Direction @d reached @end; @win is the largest window it advertised. */
static void know(struct ctsync_tcp_known *k, int d, u32 end, u32 win)
{
	if (!k->maxwin[d]) {
		/* its first word: 0 is no number to compare with */
		k->end[d] = end;
		k->edge[d] = end;
	}
	k->end[d] = ctsync_later(k->end[d], end);
	k->maxwin[d] = max(k->maxwin[d], win);
}

/* As td_end is open, conntrack takes some probes and retransmissions for old
 * ones and ignores what they acknowledge. Make up for it.
 */
static bool acknowledged(struct ctsync_tcp *t, const struct ctsync_tcp_known *k,
			 int d, u32 ack)
{
	struct ctsync_tcp_dir *tx = &t->seen[d], *rx = &t->seen[!d];
	bool changed = false;

	if (ctsync_after(ack, rx->end))
		return false;
	changed |= set32(&tx->maxack, ctsync_later(tx->maxack, ack));
	changed |= set32(&rx->maxend, ctsync_later(rx->maxend, k->edge[!d]));
	return changed;
}

bool ctsync_tcpwin_packet(struct ctsync_tcp *t, struct ctsync_tcp_known *k,
			  int d, const struct ctsync_segment *s, bool syn,
			  u32 limit)
{
	struct ctsync_tcp_dir *tx = &t->seen[d];
	u32 win = syn ? s->win : s->win << min(tx->scale, (u8)14);
	bool changed;

	/* Conntrack let it pass without looking (an answer in SYN_SENT), or does
	 * not know yet whether windows are scaled.
	 */
	if (!ctsync_tcpwin_complete(t))
		return false;
	changed = ctsync_tcpwin_clamp(t);
	know(k, d, s->end, max(tx->maxwin, win));
	changed |= set32(&tx->maxwin, k->maxwin[d]);
	changed |= set32(&t->seen[!d].maxwin, k->maxwin[!d]);
	/* what is known may be of a scale that did not come about */
	changed |= ctsync_tcpwin_clamp(t);
	if (tx->flags & CTSYNC_TCPF_MAXACK_SET) {
		k->edge[!d] = ctsync_later(k->edge[!d], s->ack + max(win, 1u));
		changed |= acknowledged(t, k, d, s->ack);
	}
	changed |= open_both(t, k);
	changed |= lead(t, k, d, s->end, limit);
	return changed;
}

bool ctsync_tcpwin_heard(struct ctsync_tcp *t, struct ctsync_tcp_known *k,
			 int d, const struct ctsync_tcp_report *r, u32 limit)
{
	u32 win = min(r->maxwin, ctsync_tcpwin_cap(r->scale));
	bool changed;

	if (!win)
		return false;
	know(k, d, r->end, win);
	if (r->flags & CTSYNC_TCPF_MAXACK_SET)
		k->edge[!d] = ctsync_later(k->edge[!d], r->maxend_other);
	changed = open_both(t, k);
	if (ctsync_tcpwin_complete(t))
		changed |= lead(t, k, d, r->end, limit);
	return changed;
}

void ctsync_tcpwin_sent(struct ctsync_tcp_sent *sent,
			const struct ctsync_tcp_report *r)
{
	bool first = !sent->end && !sent->maxend_other && !sent->moved;

	sent->moved = first ? 0 : ahead(r->end, sent->end);
	sent->end = r->end;
	sent->maxend_other = r->maxend_other;
}

bool ctsync_tcpwin_due_split(const struct ctsync_tcp_report *r,
			     const struct ctsync_tcp_sent *sent,
			     u32 peer_maxend, u32 maxwin_other)
{
	if (ahead(r->maxend_other, sent->maxend_other) >=
	    max(r->maxwin / 4, 1u))
		return true;
	if (!ctsync_after(r->end, peer_maxend))
		return false;
	return !ctsync_after(sent->end, peer_maxend) ||
	       ahead(r->end, sent->end) >= max(maxwin_other / 4, 1u);
}

bool ctsync_tcpwin_due_bytes(const struct ctsync_tcp *t, int d,
			     const struct ctsync_tcp_sent *sent,
			     u32 update_bytes)
{
	u32 bytes = ctsync_tcpwin_update_bytes(t, update_bytes);
	u32 moved = min(sent->moved, 1u << 28);

	bytes = min(bytes, max(moved + moved / 2, CTSYNC_MOVED_MIN));
	return ahead(t->seen[d].end, sent->end) >= bytes ||
	       ahead(granted(t, d), sent->maxend_other) >= bytes;
}

u32 ctsync_tcpwin_update_bytes(const struct ctsync_tcp *t, u32 update_bytes)
{
	const u32 most = 1u << 28, least = 4u << 20;
	u32 win = max(capped_win(&t->seen[0]), capped_win(&t->seen[1]));

	if (!update_bytes)
		update_bytes = win > most / 8 ? most : max(8 * win, least);
	return min(update_bytes, most);
}

/* How far can a copy be behind in direction @d? */
static u32 bound(const struct ctsync_tcp *t, int d, u32 moved, u32 update_bytes)
{
	return 2 * max(min(moved, update_bytes), CTSYNC_MOVED_MIN) +
	       capped_win(&t->seen[!d]);
}

/* Does @x lie from @below under the end of @d up to @bound over it? What is known
 * of a split flow is the end for below, what is open the one for over.
 */
static bool within(const struct ctsync_tcp *t, const struct ctsync_tcp_known *k,
		   int d, u32 x, u32 below, u32 bound)
{
	u32 known = ctsync_tcpwin_sent_end(t, k, d);

	return x - (known - below) <=
	       ahead(t->seen[d].end, known) + below + bound;
}

bool ctsync_tcpwin_plausible(const struct ctsync_tcp *t,
			     const struct ctsync_tcp_known *k, int d,
			     const struct ctsync_segment *s,
			     const u32 moved[2], u32 update_bytes)
{
	u32 bytes = ctsync_tcpwin_update_bytes(t, update_bytes);
	u32 slack = max(capped_win(&t->seen[d]), CTSYNC_ACK_SLACK);

	/* A direction that was never seen has no window to be near to. */
	if (!ctsync_tcpwin_complete(t))
		return false;
	return within(t, k, d, s->seq, capped_win(&t->seen[!d]),
		      bound(t, d, moved[d], bytes)) &&
	       within(t, k, !d, s->ack, slack,
		      bound(t, !d, moved[!d], bytes));
}

void ctsync_tcpwin_adopt(struct ctsync_tcp *t, int d,
			 const struct ctsync_segment *s)
{
	struct ctsync_tcp_dir *tx = &t->seen[d], *rx = &t->seen[!d];

	/* td_end may be past maxend: conntrack lets some of that pass */
	if (!ctsync_after(tx->end, s->seq) || ctsync_after(s->seq, tx->maxend)) {
		tx->end = ctsync_later(tx->end, s->seq);
		tx->maxend = ctsync_later(tx->maxend,
					  s->seq + capped_win(rx));
	}
	if (ctsync_after(s->ack, rx->end)) {
		rx->end = s->ack;
		rx->maxend = ctsync_later(rx->maxend, s->ack);
	}
}

/* a window without scale */
#define BEHIND_SYN_MAX 65535u

bool ctsync_tcpwin_follows_syn(const struct ctsync_tcp *t,
			       const struct ctsync_segment *s)
{
	return t->state == CTSYNC_TCP_SYN_SENT &&
	       s->seq - t->seen[0].end <= BEHIND_SYN_MAX;
}

void ctsync_tcpwin_adopt_open(struct ctsync_tcp *t, const struct ctsync_segment *s)
{
	struct ctsync_tcp_dir *client = &t->seen[0], *server = &t->seen[1];

	client->end = s->seq;
	client->maxend = s->seq + BEHIND_SYN_MAX;
	/* conntrack takes its window from its first packet that passes here */
	memset(server, 0, sizeof(*server));
	server->end = s->ack;
	server->maxend = s->ack + capped_win(client);
	t->state = CTSYNC_TCP_SYN_RECV;
}

/* More than a copy lags behind a flow that is not long unheard; of two unrelated
 * connections one in 16,000 is nearer in both directions.
 */
#define FOREIGN_DISTANCE (16u << 20)

struct ctsync_kin ctsync_tcpwin_kin(const struct ctsync_tcp_report here[2],
				    const struct ctsync_tcp_report told[2],
				    u8 dirs)
{
	struct ctsync_kin kin = {};
	int d;

	for (d = 0; d < 2; d++) {
		u32 ahead = told[d].end - here[d].end;

		if (!(dirs & (1 << d)) || !told[d].maxwin || !here[d].maxwin)
			continue;
		if (min(ahead, -ahead) > FOREIGN_DISTANCE)
			kin.foreign = true;
		else if ((s32)ahead > 0)
			kin.ahead |= 1 << d;
		else if (ahead)
			kin.behind |= 1 << d;
	}
	return kin;
}

bool ctsync_tcpwin_closed(const struct ctsync_tcp *t,
			  const struct ctsync_tcp_known *k)
{
	return (t->seen[0].flags & t->seen[1].flags & CTSYNC_TCPF_MAXACK_SET) &&
	       !ctsync_after(ctsync_tcpwin_sent_end(t, k, 0), t->seen[1].maxack) &&
	       !ctsync_after(ctsync_tcpwin_sent_end(t, k, 1), t->seen[0].maxack);
}
