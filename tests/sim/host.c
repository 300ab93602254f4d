// SPDX-License-Identifier: GPL-2.0
/* A TCP host, simple but lawful: what it sends, a firewall must let pass.
 *
 * Window scaling, SACK, delayed acknowledgements, zero windows and probes,
 * retransmission by timeout and by duplicate acknowledgements, FIN and RST.
 * It never sends beyond the advertised window and never takes back a right
 * edge. Congestion control is a constant: the worst bursts are wanted here.
 */
#include "host.h"

enum state { CLOSED, LISTEN, SYN_SENT, SYN_RCVD, OPEN, DEAD };
enum timer { T_RTO, T_DELACK, T_WRITE, T_READ, T_END, T_SEND, TIMERS };

#define GAPS 8

struct host {
	struct host_plan plan;
	enum state state;
	u32 gen[TIMERS];
	bool armed[TIMERS];

	u64 una, nxt, max, edge; /* sent; edge: right edge granted to us */
	u64 written;		 /* bytes that the application gave us */
	u64 link_free;
	u32 tries, dups;
	u8 peer_scale, my_scale;
	bool sack;

	u64 rcv_nxt, rcv_edge, read;
	u64 gap[GAPS][2];	/* out of order ranges, sorted, disjoint */
	u32 gaps, owed;
	u64 fin_at;		/* offset of the peer's FIN, 0: unknown */
	u32 window;
	bool aborted;		/* we sent a reset: the port is closed */
};

static struct host hosts[2];

u32 host_window(int who)
{
	return hosts[who].window;
}

u32 host_isn(int who)
{
	return hosts[who].plan.isn;
}

bool host_done(int who)
{
	return hosts[who].state == DEAD;
}

static void arm(struct host *h, enum timer timer, u64 after_ns)
{
	h->armed[timer] = true;
	event(now + after_ns, EV_TIMER, h - hosts, timer, ++h->gen[timer]);
}

static void disarm(struct host *h, enum timer timer)
{
	h->armed[timer] = false;
	h->gen[timer]++;
}

static void die(struct host *h)
{
	int i;

	h->state = DEAD;
	for (i = 0; i < TIMERS; i++)
		disarm(h, i);
}

static u64 data_end(const struct host *h)
{
	return 1 + h->plan.total;
}

static bool fin_ready(const struct host *h)
{
	return h->plan.end == END_FIN && h->written == h->plan.total;
}

/* One past the last offset that may be sent now, if the window lets it. */
static u64 to_send(const struct host *h)
{
	return 1 + h->written + fin_ready(h);
}

/* The window for the header; moves rcv_edge. */
static u16 advertise(struct host *h, u8 scale)
{
	u64 used = h->rcv_nxt - h->read, want, units;

	want = used < h->plan.rcvbuf ? h->plan.rcvbuf - used : 0;
	/* silly window avoidance, so that windows of zero do happen */
	if (h->rcv_nxt + want < h->rcv_edge + 536 &&
	    h->rcv_nxt + want < h->rcv_edge + h->plan.rcvbuf / 2)
		want = h->rcv_edge > h->rcv_nxt ? h->rcv_edge - h->rcv_nxt : 0;
	units = want >> scale;
	if (h->rcv_nxt + (units << scale) < h->rcv_edge)
		units = (h->rcv_edge - h->rcv_nxt + (1 << scale) - 1) >> scale;
	if (units > 65535)
		units = 65535;
	if (h->rcv_nxt + (units << scale) > h->rcv_edge)
		h->rcv_edge = h->rcv_nxt + (units << scale);
	if (units << scale > h->window)
		h->window = units << scale;
	return units;
}

static void emit(struct host *h, u8 flags, u64 seq, u32 len)
{
	u32 i = pkt_new(), g;
	struct pkt *p = pkt_at(i);
	u64 at = now > h->link_free ? now : h->link_free;

	p->dir = h - hosts;
	p->flags = flags;
	p->seq = seq;
	p->len = len;
	p->scale = 255;
	if (flags & TCPHDR_SYN) {
		bool offered = hosts[!p->dir].plan.scale != 255;

		p->win = advertise(h, 0);
		p->scale = h->plan.scale;
		p->sack_perm = h->plan.sack;
		if (p->dir == R) {
			/* only what the SYN offered */
			if (!offered)
				p->scale = 255;
			p->sack_perm &= hosts[O].plan.sack;
		}
	} else {
		p->win = advertise(h, h->my_scale);
	}
	if (flags & TCPHDR_ACK) {
		p->ack = h->rcv_nxt;
		if (h->sack && !(flags & (TCPHDR_SYN | TCPHDR_RST))) {
			for (g = h->gaps; g-- && p->nsack < SACKS; p->nsack++)
				memcpy(p->sack[p->nsack], h->gap[g],
				       sizeof(h->gap[g]));
		}
		h->owed = 0;
		disarm(h, T_DELACK);
	}
	seq += len + !!(flags & (TCPHDR_SYN | TCPHDR_FIN));
	if (seq > h->max)
		h->max = seq;
	h->link_free = at + (len + 100) * h->plan.ns_per_kb / 1024 + 1;
	net_from_host(i, at);
}

static void send_ack(struct host *h)
{
	/* as Linux: not beyond the peer's window, even after a probe */
	emit(h, TCPHDR_ACK, h->max < h->edge ? h->max : h->edge, 0);
}

static void send_range(struct host *h, u64 from, u64 to)
{
	u32 len = between(h->plan.seg_min, h->plan.seg_max);
	u8 flags = TCPHDR_ACK;
	u64 end = from + len;

	if (end > to)
		end = to;
	len = end - from;
	if (end > data_end(h)) {
		flags |= TCPHDR_FIN;
		len--;
	}
	emit(h, flags, from, len);
	if (end > h->nxt)
		h->nxt = end;
}

static void send_more(struct host *h)
{
	u64 limit;
	int burst = 64;

	if (h->state != OPEN)
		return;
	limit = h->una + h->plan.cwnd;
	if (limit > h->edge)
		limit = h->edge;
	if (limit > to_send(h))
		limit = to_send(h);
	while (h->nxt < limit && burst--)
		send_range(h, h->nxt, limit);
	if (h->nxt < limit && !h->armed[T_SEND])
		arm(h, T_SEND, h->link_free > now ? h->link_free - now : 1);
	/* in flight, or blocked by the window: the same timer serves both */
	if ((h->nxt > h->una || h->nxt < to_send(h)) && !h->armed[T_RTO])
		arm(h, T_RTO, h->plan.rto);
}

static void timeout(struct host *h)
{
	u64 to;

	if (++h->tries > 10) {
		trace("host %c gives up", "CS"[h - hosts]);
		die(h);
		return;
	}
	switch (h->state) {
	case SYN_SENT:
		emit(h, TCPHDR_SYN, 0, 0);
		break;
	case SYN_RCVD:
		emit(h, TCPHDR_SYN | TCPHDR_ACK, 0, 0);
		break;
	case OPEN:
		if (h->nxt == h->una && h->edge <= h->nxt) {
			/* zero window probe */
			if (h->plan.probe_byte && h->nxt < data_end(h))
				emit(h, TCPHDR_ACK, h->nxt, 1);
			else
				emit(h, TCPHDR_ACK, h->una - 1, 0);
			if (h->tries > 5)
				h->tries = 5;
			break;
		}
		to = h->nxt;
		if (to == h->una && to >= to_send(h)) {
			h->tries = 0;
			return;
		}
		if (chance(500)) {
			/* go back: all of it again */
			h->nxt = h->una;
			send_more(h);
		} else if (h->una < to) {
			send_range(h, h->una, to);
		}
		break;
	default:
		return;
	}
	arm(h, T_RTO, h->plan.rto << (h->tries < 6 ? h->tries : 6));
}

static void got_ack(struct host *h, const struct pkt *p)
{
	u8 scale = p->flags & TCPHDR_SYN ? 0 : h->peer_scale;
	u64 edge = p->ack + ((u64)p->win << scale);

	if (p->ack > h->max)
		return;
	if (edge > h->edge)
		h->edge = edge;
	if (p->ack > h->una) {
		h->una = p->ack;
		if (h->nxt < h->una)
			h->nxt = h->una;
		h->tries = 0;
		h->dups = 0;
		disarm(h, T_RTO);
	} else if (p->ack == h->una && !p->len && h->nxt > h->una) {
		if (++h->dups == 3 && h->state == OPEN)
			send_range(h, h->una, h->nxt);
	}
}

/* Take [from, to) into the ranges; returns if it was in order. */
static bool take(struct host *h, u64 from, u64 to)
{
	u64 (*g)[2] = h->gap;
	u32 i, j;

	if (to <= h->rcv_nxt)
		return false;
	if (from <= h->rcv_nxt) {
		h->rcv_nxt = to;
		for (i = 0; i < h->gaps && g[i][0] <= h->rcv_nxt; i++)
			if (g[i][1] > h->rcv_nxt)
				h->rcv_nxt = g[i][1];
		memmove(g, g + i, (h->gaps - i) * sizeof(*g));
		h->gaps -= i;
		return !h->gaps && !i;
	}
	for (i = 0; i < h->gaps && g[i][1] < from; i++)
		;
	for (j = i; j < h->gaps && g[j][0] <= to; j++) {
		if (g[j][0] < from)
			from = g[j][0];
		if (g[j][1] > to)
			to = g[j][1];
	}
	if (i == j && h->gaps == GAPS)
		return false;
	memmove(g + i + 1, g + j, (h->gaps - j) * sizeof(*g));
	h->gaps += 1 - (j - i);
	g[i][0] = from;
	g[i][1] = to;
	return false;
}

static void got_data(struct host *h, const struct pkt *p)
{
	u64 from = p->seq, to = p->seq + p->len;
	bool in_order;

	if (p->flags & TCPHDR_FIN) {
		h->fin_at = to;
		to++;
	}
	if (to == from) {
		/* a probe, a keepalive: answered; an acknowledgement: not */
		if (from < h->rcv_nxt)
			send_ack(h);
		return;
	}
	if (to > h->rcv_edge)
		to = h->rcv_edge;
	in_order = to > from && take(h, from, to);
	if (!h->plan.read_gap)
		h->read = h->rcv_nxt;
	else if (!h->armed[T_READ])
		arm(h, T_READ, between(1, h->plan.read_gap));
	if (!in_order || ++h->owed >= h->plan.ack_every ||
	    (h->fin_at && h->rcv_nxt > h->fin_at))
		send_ack(h);
	else if (!h->armed[T_DELACK])
		arm(h, T_DELACK, h->plan.delack);
}

static void opened(struct host *h)
{
	h->state = OPEN;
	h->tries = 0;
	disarm(h, T_RTO);
	arm(h, T_WRITE, between(1, h->plan.gap));
	if (h->plan.end == END_RST)
		arm(h, T_END, h->plan.end_after);
}

static void options(struct host *h, const struct pkt *p)
{
	bool scaled = p->scale != 255 && h->plan.scale != 255;

	h->peer_scale = scaled ? p->scale : 0;
	h->my_scale = scaled ? h->plan.scale : 0;
	h->sack = p->sack_perm && h->plan.sack;
	h->rcv_nxt = 1;
	h->read = 1;
	if (!h->rcv_edge)
		h->rcv_edge = 1;
	/* the SYN advertised a window from offset 0, before it could know 1 */
	if (h->state == SYN_SENT)
		h->rcv_edge++;
}

void host_recv(int who, const struct pkt *p)
{
	struct host *h = &hosts[who];
	bool rst = p->flags & TCPHDR_RST, syn = p->flags & TCPHDR_SYN;

	switch (h->state) {
	case CLOSED:
		return;
	case DEAD:
		if (h->aborted && !rst && (p->flags & TCPHDR_ACK))
			emit(h, TCPHDR_RST, p->ack, 0);
		return;
	case LISTEN:
		if (!syn || (p->flags & TCPHDR_ACK))
			return;
		options(h, p);
		h->state = SYN_RCVD;
		emit(h, TCPHDR_SYN | TCPHDR_ACK, 0, 0);
		h->nxt = 1;
		arm(h, T_RTO, h->plan.rto);
		return;
	case SYN_SENT:
		if (rst)
			die(h);
		if (!syn || p->ack != 1)
			return;
		options(h, p);
		h->nxt = 1;
		opened(h);
		got_ack(h, p);
		send_ack(h);
		return;
	case SYN_RCVD:
		if (rst) {
			die(h);
			return;
		}
		if (syn) {
			emit(h, TCPHDR_SYN | TCPHDR_ACK, 0, 0);
			return;
		}
		if (!p->ack)
			return;
		opened(h);
		break;
	case OPEN:
		if (rst) {
			trace("host %c was reset", "CS"[who]);
			die(h);
			return;
		}
		if (syn) {
			send_ack(h);
			return;
		}
		break;
	}
	got_ack(h, p);
	got_data(h, p);
	send_more(h);
}

void host_timer(int who, u32 timer, u32 gen)
{
	struct host *h = &hosts[who];
	u64 n;

	if (gen != h->gen[timer])
		return;
	h->armed[timer] = false;
	switch (timer) {
	case T_RTO:
		timeout(h);
		break;
	case T_DELACK:
		if (h->owed)
			send_ack(h);
		break;
	case T_SEND:
		send_more(h);
		break;
	case T_WRITE:
		n = between(1, h->plan.chunk);
		if (n > h->plan.total - h->written)
			n = h->plan.total - h->written;
		h->written += n;
		if (h->written < h->plan.total)
			arm(h, T_WRITE, between(1, h->plan.gap));
		send_more(h);
		break;
	case T_READ:
		n = h->plan.read ? between(1, h->plan.read) : ~0ull;
		if (n > h->rcv_nxt - h->read)
			n = h->rcv_nxt - h->read;
		h->read += n;
		if (h->rcv_nxt - h->read)
			arm(h, T_READ, between(1, h->plan.read_gap));
		/* tell that the window opened, if it was nearly closed */
		if (h->state == OPEN &&
		    h->rcv_edge - h->rcv_nxt < h->plan.rcvbuf / 2)
			send_ack(h);
		break;
	case T_END:
		emit(h, TCPHDR_RST | TCPHDR_ACK,
		     h->max < h->edge ? h->max : h->edge, 0);
		die(h);
		h->aborted = true;
		break;
	}
}

void host_init(int who, const struct host_plan *plan)
{
	struct host *h = &hosts[who];
	u32 gen[TIMERS];
	int i;

	for (i = 0; i < TIMERS; i++)
		gen[i] = h->gen[i] + 1;
	memset(h, 0, sizeof(*h));
	memcpy(h->gen, gen, sizeof(gen));
	h->plan = *plan;
	h->state = who == O ? CLOSED : LISTEN;
}

void host_start(void)
{
	struct host *h = &hosts[O];

	h->state = SYN_SENT;
	emit(h, TCPHDR_SYN, 0, 0);
	arm(h, T_RTO, h->plan.rto);
}
