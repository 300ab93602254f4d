// SPDX-License-Identifier: GPL-2.0
/* A simulated node: the project's pure files, and between them the least glue
 * that does what the module's does (rx.c, merge.c, tx.c, repair.c, bulk.c,
 * digest.c, member.c). A conntrack is a state, a window and a life.
 */
#include "cluster.h"

#include <stdlib.h>

static u64 mix(u64 z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static u32 index_of(const struct node *n)
{
	return n->id - 1;
}

static u16 active(const struct node *n)
{
	u16 set = 0;

	for (u32 i = 0; i < nodes; i++) {
		const struct peer *p = &n->peer[i];

		if (p->hears && (p->state == CTSYNC_MEMBER_SYNCING ||
				 p->state == CTSYNC_MEMBER_UP))
			set |= 1 << i;
	}
	return set;
}

static u16 waited_for(const struct node *n)
{
	u16 set = active(n);

	for (u32 i = 0; i < nodes; i++) {
		if (n->peer[i].bypass.bypassed)
			set &= ~(1 << i);
	}
	return set;
}

/* ---- queues ---- */

static void fifo_push(struct fifo *q, struct item it)
{
	if (q->head + q->len == q->room) {
		if (q->len)
			memmove(q->item, q->item + q->head, q->len * sizeof(it));
		q->head = 0;
		if (q->len == q->room) {
			q->room = q->room ? 2 * q->room : 64;
			q->item = realloc(q->item, q->room * sizeof(it));
		}
	}
	q->item[q->head + q->len++] = it;
}

static bool fifo_pop(struct fifo *q, struct item *it)
{
	if (!q->len)
		return false;
	*it = q->item[q->head++];
	q->len--;
	return true;
}

static void put_on(struct node *n, u16 f, u8 queue, u8 cpu, bool urgent)
{
	struct ent *e = &n->ent[f];

	e->queue = queue;
	e->stamp++;
	if (queue == CTSYNC_Q_NONE)
		return;
	e->cpu = cpu;
	e->pace = urgent;
	fifo_push(&n->cpu[cpu].q[urgent][queue], (struct item){ f, e->stamp });
}

static void queue_event(struct node *n, u8 cpu, u16 f, enum ctsync_qevent ev,
			bool urgent)
{
	struct ent *e = &n->ent[f];
	u8 next;

	if (e->where == ALIVE || ev == CTSYNC_QE_DELETE || ev == CTSYNC_QE_DROP)
		next = ctsync_qstate_next(e->queue, ev);
	else if (e->queue != CTSYNC_Q_NONE)
		next = e->queue; /* its end, which may have become urgent */
	else
		return;
	if (e->queue != CTSYNC_Q_NONE)
		urgent |= e->pace;
	if (next != e->queue || (urgent && (!e->pace || e->cpu != cpu)))
		put_on(n, f, next, urgent || e->queue == CTSYNC_Q_NONE ? cpu :
		       e->cpu, urgent);
	if (urgent)
		world_kick(index_of(n), cpu);
}

static void queue_note(struct node *n, u8 cpu, u8 type,
		       const struct ctsync_note *note)
{
	struct cpu *c = &n->cpu[cpu];

	if (c->notes < NOTES) {
		c->note[c->notes].type = type;
		c->note[c->notes++].note = *note;
	}
	world_kick(index_of(n), cpu);
}

/* @to: 0 for all, else a node, which has it in a frame of its own. */
static void queue_mail(struct node *n, u8 cpu, u8 to, u8 type, const u8 *msg,
		       u32 len)
{
	struct cpu *c = &n->cpu[cpu];

	if (c->mails < MAILS && !world_nomem()) {
		c->mail[c->mails].to = to;
		c->mail[c->mails].type = type;
		c->mail[c->mails].len = len;
		memcpy(c->mail[c->mails++].msg, msg, len);
	}
	world_kick(index_of(n), cpu);
}

/* ---- holds ---- */

static void release(struct node *n, struct ent *e, enum ctsync_hold_event ev)
{
	u8 before = e->held;

	e->held = ctsync_hold_fsm(before, ev);
	if (before != CTSYNC_HOLD_PENDING || e->held != CTSYNC_HOLD_DRAINING)
		return;
	if (ev == CTSYNC_HOLD_EV_ACKED) {
		tally.acked++;
		if (hold_mode == CTSYNC_HOLD_ALL ? e->await & ~e->acked :
						   !(e->await & e->acked))
			fail("node %u: a hold ended when %x of %x had answered",
			     n->id, e->acked, e->await);
	}
	if (ev == CTSYNC_HOLD_EV_DEADLINE)
		tally.late++;
	n->holding--;
	/* a late poll sends the packets */
	if (n->draining < ARRAY_SIZE(n->drains))
		n->drains[n->draining++] = e - n->ent;
	else
		e->held = ctsync_hold_fsm(e->held, CTSYNC_HOLD_EV_EMPTY);
}

static void drain_holds(struct node *n)
{
	while (n->draining) {
		struct ent *e = &n->ent[n->drains[--n->draining]];

		e->held = ctsync_hold_fsm(e->held, CTSYNC_HOLD_EV_EMPTY);
	}
}

static void release_all(struct node *n, enum ctsync_hold_event why)
{
	for (u32 f = 0; f < flows_used; f++)
		release(n, &n->ent[f], why);
}

static void hold(struct node *n, struct ent *e)
{
	u16 set = waited_for(n);
	bool waits = e->held == CTSYNC_HOLD_PENDING;

	if (!waits && (!set || n->holding >= BOUND))
		return;
	/* what drains does so on its own: this is another hold */
	if (e->held == CTSYNC_HOLD_DRAINING)
		e->held = ctsync_hold_fsm(e->held, CTSYNC_HOLD_EV_EMPTY);
	e->held = ctsync_hold_fsm(e->held, CTSYNC_HOLD_EV_START);
	if (!waits) {
		tally.holds++;
		n->holding++;
		e->await = set;
		e->hold_until = now + HOLD;
	}
	e->acked = 0;
	e->want_ack = true;
	e->ack_number = e->number + 1;
}

/* ---- flows: what packets do ---- */

u64 flow_life(u8 state)
{
	return state < CTSYNC_TCP_ESTABLISHED ? 8 * SEC :
	       ctsync_tcpstate_closing(state) ? 12 * SEC : 1000 * SEC;
}

static void window(struct ent *e, u32 bytes)
{
	for (int d = 0; d < 2; d++) {
		struct ctsync_tcp_dir *w = &e->tcp.seen[d];

		w->end += bytes;
		w->maxwin = 65535;
		w->maxack += bytes;
		w->maxend += bytes;
		w->flags = CTSYNC_TCPF_MAXACK_SET;
	}
}

static u32 first_number(const struct node *n)
{
	return bug == BUG_numbers ? 0 : 1 + (now - n->booted) / MS;
}

bool flow_new(struct node *n, u8 cpu, u16 f)
{
	struct ent *e = &n->ent[f];

	if (e->where != ABSENT || n->alive >= n->room || world_nomem())
		return false;
	memset(e, 0, sizeof(*e));
	e->where = ALIVE;
	e->queue = CTSYNC_Q_NONE;
	e->number = first_number(n);
	e->state = CTSYNC_TCP_SYN_SENT;
	e->mark_node = n->id;
	e->ends = now + flow_life(e->state);
	e->changed = now;
	e->seen = true;
	window(e, 1 + f);
	n->ever[f] = true;
	n->alive++;
	hold(n, e);
	queue_event(n, cpu, f, CTSYNC_QE_INSERT, e->held);
	return true;
}

bool flow_packet(struct node *n, u8 cpu, u16 f, u8 state)
{
	struct ent *e = &n->ent[f];

	if (e->where != ALIVE)
		return false;
	/* it follows the one that waits */
	if (e->held != CTSYNC_HOLD_NONE && n->holding >= BOUND)
		release(n, e, CTSYNC_HOLD_EV_BOUND);
	if (ctsync_tcpstate_covers(e->state, state))
		return false;
	e->state = ctsync_tcpstate_join(e->state, state);
	if (e->state >= CTSYNC_TCP_SYN_RECV)
		e->status |= CTSYNC_ST_SEEN_REPLY;
	if (e->state >= CTSYNC_TCP_ESTABLISHED)
		e->status |= CTSYNC_ST_ASSURED;
	e->ends = now + flow_life(e->state);
	e->changed = now;
	e->seen = true;
	window(e, 100);
	if (state == CTSYNC_TCP_SYN_RECV)
		hold(n, e);
	queue_event(n, cpu, f, chance(500) ? CTSYNC_QE_UPDATE : CTSYNC_QE_REQUEST,
		    e->held || chance(500));
	return true;
}

bool flow_reborn(struct node *n, u8 cpu, u16 f)
{
	struct ent *e = &n->ent[f];

	if (e->where != ALIVE || !ctsync_tcpstate_closing(e->state))
		return false;
	e->inc++;
	e->state = CTSYNC_TCP_SYN_SENT;
	e->status = 0;
	e->ends = now + flow_life(e->state);
	e->changed = now;
	e->seen = true;
	hold(n, e);
	queue_event(n, cpu, f, CTSYNC_QE_REQUEST, true);
	return true;
}

bool flow_mark(struct node *n, u8 cpu, u16 f, u32 mark)
{
	struct ent *e = &n->ent[f];

	if (e->where != ALIVE || e->mark == mark)
		return false;
	e->mark = mark;
	e->clock++;
	e->mark_node = n->id;
	/* a packet's rules did that */
	e->seen = true;
	e->ends = now + flow_life(e->state);
	e->changed = now;
	queue_event(n, cpu, f, CTSYNC_QE_REQUEST, false);
	return true;
}

static void bury(struct node *n, u16 f)
{
	struct ent *e = &n->ent[f];
	bool keep = e->reason != CTSYNC_DEL_EXPIRED && bug != BUG_tombstone;

	e->where = keep ? TOMB : ABSENT;
	e->dead_at = now;
	if (!keep)
		e->stamp++;
}

static void gone(struct node *n, u8 cpu, u16 f, u8 reason, bool tell)
{
	struct ent *e = &n->ent[f];

	if (f == watched)
		trace("node %u: flow %u ends, reason %u, %s", n->id, f, reason,
		      tell ? "told" : "silently");
	release(n, e, CTSYNC_HOLD_EV_PEERS_GONE);
	n->alive--;
	e->reason = reason;
	e->where = ENDING;
	put_on(n, f, ctsync_qstate_next(e->queue, CTSYNC_QE_DROP), 0, false);
	if (tell && e->announced)
		queue_event(n, cpu, f, CTSYNC_QE_DELETE, false);
	else
		bury(n, f);
}

bool flow_delete(struct node *n, u8 cpu, u16 f)
{
	if (n->ent[f].where != ALIVE)
		return false;
	tally.deletes++;
	trace("node %u deletes %u", n->id, f);
	gone(n, cpu, f, CTSYNC_DEL_FORCED, true);
	return true;
}

bool flow_evict(struct node *n, u8 cpu, u16 f)
{
	if (n->ent[f].where != ALIVE)
		return false;
	gone(n, cpu, f, CTSYNC_DEL_EXPIRED, false);
	return true;
}

/* ---- sending ---- */

static u8 origin_of(u16 f);

static void entry_ref(const struct ent *e, u16 f, struct ctsync_ref *ref)
{
	ref->id = f + 1;
	ref->origin = origin_of(f);
	ref->inc = e->inc;
	ref->number = e->number;
	ref->flags = 0;
}

/* Ids are the world's: a flow has one origin for ever. */
static u8 origin_of(u16 f)
{
	return f % nodes + 1;
}

static void tell(struct cpu *c, u8 type, const struct ctsync_note *note)
{
	ctsync_told_add(&c->told, &(struct ctsync_told){
		.id = note->ref.id, .win_id = note->win_id,
		.number = note->ref.number, .inc = note->ref.inc, .type = type,
		.origin = note->ref.origin, .to = note->to,
		.reason = note->reason, .win_origin = note->win_origin,
		.flags = note->ref.flags });
}

static bool put_acks(struct node *n, struct cpu *c, struct ctsync_enc *enc, u16 f)
{
	struct ent *e = &n->ent[f];
	struct ctsync_note note = {};

	for (int i = 0; i < 2; i++) {
		if (!e->w[i].owed)
			continue;
		entry_ref(e, f, &note.ref);
		note.ref.number = e->w[i].number;
		note.ref.inc = e->w[i].inc;
		note.to = e->w[i].node;
		if (!ctsync_wire_put_note(enc, CTSYNC_MSG_IACK, &note))
			return false;
		e->w[i].owed = 0;
		tell(c, CTSYNC_MSG_IACK, &note);
	}
	return true;
}

static bool put_flow(struct node *n, struct cpu *c, struct ctsync_enc *enc,
		     u16 f, u8 type)
{
	struct ent *e = &n->ent[f];
	struct ctsync_flow m = {};
	struct ctsync_note note = {};

	entry_ref(e, f, &m.ref);
	m.ref.number++;
	m.ref.flags = (e->want_ack ? CTSYNC_REF_ACK : 0) |
		      (e->copy ? CTSYNC_REF_COPY : 0);
	m.state = e->state;
	m.status = e->status;
	m.l3 = 4;
	m.l4 = 6;
	m.orig.src[0] = f >> 8;
	m.orig.src[1] = f & 255;
	m.life = e->copy ? (e->ends - now) / SEC : 0;
	m.mark = e->mark;
	m.mark_clock = e->clock;
	m.mark_node = e->mark_node;
	m.dirs = CTSYNC_DIR_WIN0 | CTSYNC_DIR_WIN1;
	for (int d = 0; d < 2; d++)
		ctsync_tcpwin_report(&e->tcp, NULL, d, &m.win[d]);
	if (!ctsync_wire_put_flow(enc, type, &m))
		return false;
	e->number = m.ref.number;
	if (e->want_ack)
		e->ack_number = e->number;
	e->want_ack = e->copy = false;
	e->announced = true;
	note.ref = m.ref;
	tell(c, type, &note);
	return true;
}

static bool put_entry(struct node *n, struct cpu *c, struct ctsync_enc *enc,
		      u16 f, u8 queue)
{
	static const u8 types[CTSYNC_Q_NONE] = {
		[CTSYNC_Q_UPDATE_C] = CTSYNC_MSG_UPDATE_C,
		[CTSYNC_Q_UPDATE] = CTSYNC_MSG_UPDATE,
		[CTSYNC_Q_INSERT] = CTSYNC_MSG_INSERT,
	};
	struct ent *e = &n->ent[f];
	struct ctsync_note note = { .reason = e->reason };

	if (!put_acks(n, c, enc, f))
		return false;
	if (queue == CTSYNC_Q_DELETE) {
		entry_ref(e, f, &note.ref);
		note.ref.number++;
		if (!ctsync_wire_put_note(enc, CTSYNC_MSG_DELETE, &note))
			return false;
		tell(c, CTSYNC_MSG_DELETE, &note);
		bury(n, f);
		return true;
	}
	return !types[queue] || e->where != ALIVE ||
	       put_flow(n, c, enc, f, types[queue]);
}

/* Fill from one queue; false: the frame is full. */
static bool drain(struct node *n, u8 cpu, struct ctsync_enc *enc, int queue,
		  bool all)
{
	struct cpu *c = &n->cpu[cpu];
	struct item it;

	for (int urgent = 1; urgent >= !all; urgent--) {
		while (fifo_pop(&c->q[urgent][queue], &it)) {
			struct ent *e = &n->ent[it.flow];

			if (e->stamp != it.stamp || e->queue != queue)
				continue;
			e->queue = ctsync_qstate_next(queue, CTSYNC_QE_SENT);
			e->stamp++;
			if (put_entry(n, c, enc, it.flow, queue))
				continue;
			put_on(n, it.flow, queue, cpu, true);
			return false;
		}
	}
	return true;
}

/* What there is to @to, until the frame is full. */
static bool drain_mail(struct cpu *c, struct ctsync_enc *enc, u8 to)
{
	u32 i, kept = 0;
	bool room = true;

	for (i = 0; i < c->mails; i++) {
		const struct mail *m = &c->mail[i];

		room = room && (m->to != to ||
				ctsync_wire_put_packed(enc, m->type, m->msg, m->len));
		if (m->to != to || !room)
			c->mail[kept++] = *m;
	}
	c->mails = kept;
	return room;
}

static bool drain_ready(struct cpu *c, struct ctsync_enc *enc)
{
	u32 i;

	if (!drain_mail(c, enc, CTSYNC_WIRE_ALL))
		return false;
	for (i = 0; i < c->notes; i++) {
		if (!ctsync_wire_put_note(enc, c->note[i].type, &c->note[i].note))
			break;
		tell(c, c->note[i].type, &c->note[i].note);
	}
	c->notes -= i;
	memmove(c->note, c->note + i, c->notes * sizeof(c->note[0]));
	return !c->notes;
}

static void header(struct node *n, u8 cpu, u8 dest, struct ctsync_enc *enc,
		   u8 *buf)
{
	struct ctsync_frame h = {
		.version = CTSYNC_WIRE_VERSION, .node = n->id, .dest = dest,
		.channel = cpu,
	};

	memcpy(h.epoch, &n->epoch, sizeof(n->epoch));
	ctsync_wire_begin(enc, buf, FRAME, &h);
}

/* A frame to the node of the first letter; false: there is none. */
static bool post(struct node *n, u8 cpu)
{
	struct cpu *c = &n->cpu[cpu];
	struct ctsync_enc enc;
	u8 buf[FRAME], to = 0;

	for (u32 i = 0; i < c->mails && !to; i++)
		to = c->mail[i].to;
	if (!to)
		return false;
	header(n, cpu, to, &enc, buf);
	drain_mail(c, &enc, to);
	if (!(active(n) & 1 << (to - 1)))
		return true;
	ctsync_wire_set_seq(buf, ++c->seq_peer[to - 1]);
	world_sealed(n, to, cpu, c->seq_peer[to - 1], buf, enc.len);
	world_send(index_of(n), to - 1, buf, enc.len);
	return true;
}

/* Who hears this node and has not said so misses that number. */
static bool any_proven(const struct node *n)
{
	bool any = false;

	for (u32 i = 0; i < nodes; i++)
		any |= n->peer[i].proven;
	return any;
}

static bool send_frame(struct node *n, u8 cpu, bool all)
{
	struct cpu *c = &n->cpu[cpu];
	u16 to = active(n);
	struct ctsync_enc enc;
	u8 buf[FRAME];
	bool room;

	header(n, cpu, CTSYNC_WIRE_ALL, &enc, buf);
	ctsync_told_begin(&c->told);
	room = drain_ready(c, &enc);
	for (int q = 0; room && q < CTSYNC_Q_NONE; q++)
		room = drain(n, cpu, &enc, q, all);
	if (!enc.messages || !any_proven(n))
		return !room;
	ctsync_wire_set_seq(buf, ++c->seq_all);
	ctsync_told_sent(&c->told, c->seq_all + (bug == BUG_ring));
	world_sealed(n, 0, cpu, c->seq_all, buf, enc.len);
	for (u32 i = 0; i < nodes; i++) {
		if (to & 1 << i)
			world_send(index_of(n), i, buf, enc.len);
	}
	return !room;
}

void node_flush(struct node *n, u8 cpu, bool all)
{
	n->cpu[cpu].kicked = false;
	for (int i = 0; i < 64 && (post(n, cpu) || send_frame(n, cpu, all)); i++)
		;
}

/* ---- merging ---- */

static struct writer *writer(struct ent *e, u8 id, u8 era)
{
	struct writer *w = &e->w[0];

	if (w->node == id || !w->node)
		goto found;
	w = &e->w[1];
	if (w->node == id)
		goto found;
	if (w->node)
		e->w[0] = *w;
found:
	if (w->node != id || w->era != era) {
		memset(w, 0, sizeof(*w));
		w->node = id;
		w->era = era;
	}
	return w;
}

static u32 newest(const struct ent *e)
{
	return max(e->w[0].number, e->w[1].number);
}

static void note_to(struct node *n, u8 cpu, u8 type, const struct ctsync_ref *ref,
		    u8 to, u8 reason)
{
	struct ctsync_note note = { .ref = *ref, .to = to, .reason = reason,
				    .win_origin = n->id };

	note.ref.flags = 0;
	queue_note(n, cpu, type, &note);
}

static void apply_mark(struct ent *e, const struct ctsync_flow *m, u8 type)
{
	const struct ctsync_write theirs = {
		.clock = m->mark_clock, .node = m->mark_node, .value = m->mark,
	}, ours = {
		.clock = e->clock, .node = e->mark_node, .value = e->mark,
	};

	if (type == CTSYNC_MSG_UPDATE_C ||
	    (bug != BUG_mark && !ctsync_write_wins(&theirs, &ours)))
		return;
	e->mark = m->mark;
	e->clock = m->mark_clock;
	e->mark_node = m->mark_node;
}

static void apply(struct ent *e, const struct ctsync_flow *m, u8 type, bool reborn)
{
	u8 before = e->state;
	/* expired, but not collected yet: it may come back */
	u64 left = e->ends > now ? e->ends - now : 0, life, derived;

	if (reborn) {
		memset(e->tcp.seen, 0, sizeof(e->tcp.seen));
		e->status = 0;
	}
	for (int d = 0; d < 2; d++)
		ctsync_tcpwin_merge(&e->tcp, d, &m->win[d], false);
	e->state = reborn || bug == BUG_overwrite ? m->state :
		   ctsync_tcpstate_join(e->state, m->state);
	if (!reborn && !ctsync_tcpstate_covers(e->state, before))
		fail("a state went back from %u to %u", before, e->state);
	e->status |= m->status;
	apply_mark(e, m, type);
	derived = flow_life(e->state);
	if (!(m->ref.flags & CTSYNC_REF_COPY)) {
		e->ends = now + derived;
		e->changed = now;
		e->seen = false;
		return;
	}
	life = min(m->life * SEC, derived);
	if (life < left)
		life = e->state != before ? min(left, derived) : left;
	e->ends = now + life;
}

static void create(struct node *n, u8 cpu, u32 from, u16 f, u8 type,
		   const struct ctsync_flow *m)
{
	struct ent *e = &n->ent[f];
	struct writer *w;
	bool failed = n->alive >= n->room || world_nomem();

	if (failed && bug != BUG_ack) {
		if (m->ref.flags & CTSYNC_REF_ACK)
			note_to(n, cpu, CTSYNC_MSG_INACK, &m->ref, from + 1,
				CTSYNC_INACK_FULL);
		/* nobody tells it again: comparing will */
		n->peer[from].drift = true;
		return;
	}
	if (failed) {
		note_to(n, cpu, CTSYNC_MSG_IACK, &m->ref, from + 1, 0);
		return;
	}
	memset(e, 0, sizeof(*e));
	e->where = ALIVE;
	e->queue = CTSYNC_Q_NONE;
	e->number = first_number(n);
	e->inc = m->ref.inc;
	e->state = m->state;
	e->ends = now + flow_life(m->state);
	if (m->ref.flags & CTSYNC_REF_COPY)
		e->ends = now + max(m->life * SEC, SEC);
	e->announced = true;
	e->word = from + 1;
	n->ever[f] = true;
	n->alive++;
	apply(e, m, type, false);
	if (m->ref.flags & CTSYNC_REF_COPY)
		e->ends = now + max(min(m->life * SEC, flow_life(e->state)), SEC);
	w = writer(e, from + 1, n->peer[from].era);
	w->number = m->ref.number;
	w->inc = m->ref.inc;
	w->owed = !!(m->ref.flags & CTSYNC_REF_ACK);
	if (w->owed)
		queue_event(n, cpu, f, CTSYNC_QE_ACK, true);
}

static void merge(struct node *n, u8 cpu, u32 from, u16 f, u8 type,
		  const struct ctsync_flow *m)
{
	struct ent *e = &n->ent[f];
	struct writer *w = writer(e, from + 1, n->peer[from].era);
	bool ack = m->ref.flags & CTSYNC_REF_ACK;
	u32 had = bug == BUG_writers ? newest(e) : w->number;
	bool fresh = w->inc != m->ref.inc || !had ||
		     ctsync_after(m->ref.number, had);

	if ((int16_t)(m->ref.inc - e->inc) < 0) {
		if (bug == BUG_incarnation) {
			apply(e, m, type, false);
			return;
		}
		if (bug != BUG_register)
			apply_mark(e, m, type);
		queue_event(n, cpu, f, CTSYNC_QE_REQUEST, true);
		return;
	}
	if (fresh) {
		bool reborn = m->ref.inc != e->inc;

		if (reborn) {
			e->inc = m->ref.inc;
			w->owed = 0;
		}
		w->inc = m->ref.inc;
		w->number = m->ref.number;
		apply(e, m, type, reborn);
		if (!(m->ref.flags & CTSYNC_REF_COPY))
			e->word = from + 1;
		e->announced = true;
	} else if (m->ref.number != w->number && bug != BUG_late &&
		   bug != BUG_writers) {
		struct ctsync_flow late = *m;

		late.ref.flags |= CTSYNC_REF_COPY;
		late.life = 0;
		apply(e, &late, type, false);
	}
	if (ack) {
		w->owed = 1;
		queue_event(n, cpu, f, CTSYNC_QE_ACK, true);
	}
}

static void rx_flow(struct node *n, u8 cpu, u32 from, u8 type,
		    const struct ctsync_flow *m)
{
	u16 f = m->ref.id - 1;
	struct ent *e = &n->ent[f];

	if (f >= FLOWS)
		return;
	if (f == watched)
		trace("node %u (it is %u) has %s %u.%u of flow %u from %u, state %u flags %x",
		      n->id, e->where, ctsync_wire_msg_name(type), m->ref.inc,
		      m->ref.number, f, from + 1, m->state, m->ref.flags);
	/* a later incarnation than the one that was deleted */
	if (e->where == TOMB && (int16_t)(m->ref.inc - e->inc) > 0 &&
	    bug != BUG_grave)
		e->where = ABSENT;
	if (e->where == TOMB || e->where == ENDING) {
		if (m->ref.flags & CTSYNC_REF_ACK)
			note_to(n, cpu, CTSYNC_MSG_INACK, &m->ref, from + 1,
				CTSYNC_INACK_REFUSED);
		if (m->ref.flags & CTSYNC_REF_COPY && e->where == TOMB)
			note_to(n, cpu, CTSYNC_MSG_DELETE, &m->ref, 0, e->reason);
		if (e->where == ENDING && e->reason == CTSYNC_DEL_EXPIRED) {
			queue_event(n, cpu, f, CTSYNC_QE_REQUEST, true);
			note_to(n, cpu, CTSYNC_MSG_REQUEST, &m->ref, from + 1, 0);
		}
	} else if (e->where == ALIVE) {
		merge(n, cpu, from, f, type, m);
	} else if (type == CTSYNC_MSG_UPDATE_C) {
		note_to(n, cpu, CTSYNC_MSG_REQUEST, &m->ref, from + 1, 0);
	} else {
		create(n, cpu, from, f, type, m);
	}
}

static void rx_delete(struct node *n, u8 cpu, u32 from,
		      const struct ctsync_note *note)
{
	u16 f = note->ref.id - 1;
	struct ent *e = &n->ent[f];

	if (f >= FLOWS || note->reason == CTSYNC_DEL_UNKNOWN_ID)
		return;
	if (f == watched)
		trace("node %u (it is %u) has delete of flow %u, reason %u", n->id,
		      e->where, f, note->reason);
	if (e->where == ABSENT && note->reason == CTSYNC_DEL_FORCED &&
	    bug != BUG_tombstone) {
		e->where = TOMB;
		e->inc = note->ref.inc;
		e->queue = CTSYNC_Q_NONE;
		e->reason = note->reason;
		e->dead_at = now;
	}
	if (e->where != ALIVE) {
		if (note->reason == CTSYNC_DEL_FORCED && bug != BUG_buried &&
		    (int16_t)(note->ref.inc - e->inc) > 0)
			e->inc = note->ref.inc;
		return;
	}
	if ((int16_t)(note->ref.inc - e->inc) < 0) {
		if (bug != BUG_stale)
			queue_event(n, cpu, f, CTSYNC_QE_REQUEST, true);
		return;
	}
	if (note->reason != CTSYNC_DEL_FORCED &&
	    (e->held || e->seen || (e->word != from + 1 && bug != BUG_hearsay))) {
		if (note->reason == CTSYNC_DEL_CLOSED && !ctsync_tcpstate_over(e->state)) {
			e->state = ctsync_tcpstate_join(e->state, CTSYNC_TCP_CLOSE);
			e->ends = now + flow_life(e->state);
			e->changed = now;
		}
		return;
	}
	if (note->reason == CTSYNC_DEL_FORCED && bug != BUG_buried)
		e->inc = note->ref.inc;
	gone(n, cpu, f, note->reason, false);
}

static void rx_note(struct node *n, u8 cpu, u32 from, u8 type,
		    const struct ctsync_note *note)
{
	u16 f = note->ref.id - 1;
	struct ent *e = &n->ent[f];

	if (type == CTSYNC_MSG_DELETE) {
		rx_delete(n, cpu, from, note);
		return;
	}
	if (note->to != n->id || f >= FLOWS)
		return;
	if (type == CTSYNC_MSG_REQUEST) {
		if (e->where != ALIVE) {
			note_to(n, cpu, CTSYNC_MSG_DELETE, &note->ref, 0,
				CTSYNC_DEL_UNKNOWN_ID);
			return;
		}
		e->copy |= !e->want_ack;
		queue_event(n, cpu, f, CTSYNC_QE_REQUEST, true);
		return;
	}
	if (e->where != ALIVE)
		return;
	if (type == CTSYNC_MSG_INACK) {
		release(n, e, CTSYNC_HOLD_EV_REFUSED);
		return;
	}
	if (note->ref.inc != e->inc ||
	    ctsync_after(e->ack_number, note->ref.number) ||
	    ctsync_after(note->ref.number, e->number))
		return;
	if (!node[from].ever[f] && node[from].epoch == n->peer[from].epoch)
		fail("node %u acknowledged flow %u to %u and never had it",
		     from + 1, f, n->id);
	ctsync_bypass_acked(&n->peer[from].bypass, true);
	e->acked |= 1 << from;
	if (bug == BUG_hold || ctsync_hold_done(hold_mode, e->await, e->acked))
		release(n, e, CTSYNC_HOLD_EV_ACKED);
}

/* ---- repair ---- */

static void tell_again(struct node *n, u8 cpu, const struct ctsync_told *t)
{
	u16 f = t->id - 1;
	struct ent *e = &n->ent[f];
	bool alive = e->where == ALIVE;
	struct ctsync_note note = {
		.ref = { .id = t->id, .number = t->number, .inc = t->inc,
			 .origin = t->origin, .flags = t->flags },
		.to = t->to, .reason = t->reason, .win_origin = t->win_origin,
		.win_id = t->win_id,
	};

	tally.told++;
	switch (t->type) {
	case CTSYNC_MSG_INSERT:
	case CTSYNC_MSG_UPDATE:
	case CTSYNC_MSG_UPDATE_C:
		if (!alive)
			return;
		if (e->held)
			e->want_ack = true;
		else if (!e->want_ack)
			e->copy = true;
		queue_event(n, cpu, f, t->type == CTSYNC_MSG_INSERT ?
			    CTSYNC_QE_INSERT : CTSYNC_QE_REQUEST, true);
		return;
	case CTSYNC_MSG_IACK:
		for (int i = 0; alive && i < 2; i++) {
			if (e->w[i].node != t->to || !e->w[i].number)
				continue;
			e->w[i].owed = 1;
			queue_event(n, cpu, f, CTSYNC_QE_ACK, true);
		}
		return;
	case CTSYNC_MSG_DELETE:
		if (alive)
			return;
		if (e->where == TOMB)
			e->dead_at = now;
		queue_note(n, cpu, t->type, &note);
		return;
	default:
		queue_note(n, cpu, t->type, &note);
	}
}

static enum ctsync_told_verdict answer_frame(struct node *n, u8 cpu, u8 channel,
					     u64 seq)
{
	u32 room = NOTES - n->cpu[cpu].notes;
	struct ctsync_told_ring *r = &n->cpu[channel].told;
	enum ctsync_told_verdict v;
	struct ctsync_told t;
	u32 first, nr;

	v = ctsync_told_ask(r, seq, now / 1000, 10000, room, &first, &nr);
	if (v != CTSYNC_TOLD_HERE)
		return v;
	for (; nr; nr--, first++) {
		if (!ctsync_told_get(r, first, &t))
			return CTSYNC_TOLD_GONE;
		tell_again(n, cpu, &t);
	}
	return CTSYNC_TOLD_HERE;
}

static void rx_nack(struct node *n, u8 cpu, u32 from, const struct ctsync_nack *m)
{
	enum ctsync_told_verdict v = CTSYNC_TOLD_HERE;
	struct ctsync_nack out = *m;
	u8 buf[CTSYNC_WIRE_MAIL_MAX];
	u32 left = 256;

	if (m->to != n->id || m->channel >= n->cpus || m->epoch != (u32)n->epoch)
		return;
	out.to = from + 1;
	out.nr = 0;
	for (u32 i = 0; i < m->nr && left && v != CTSYNC_TOLD_LATER; i++) {
		struct ctsync_range *r = &out.range[out.nr];

		*r = m->range[i];
		r->gone = false;
		for (r->count = 0; r->count < m->range[i].count && left;
		     r->count++, left--) {
			v = answer_frame(n, cpu, m->channel, r->first + r->count);
			if (v == CTSYNC_TOLD_LATER)
				break;
			r->gone |= v == CTSYNC_TOLD_GONE;
		}
		out.nr += r->count > 0;
	}
	if (!out.nr)
		return;
	queue_mail(n, cpu, out.to, CTSYNC_MSG_REPAIRED, buf,
		   ctsync_wire_pack_nack(buf, &out));
}

static void drifted(struct peer *p)
{
	tally.drift++;
	p->drift = true;
	ctsync_had_lost(&p->had, now);
}

static void count_gaps(struct peer *p, const struct ctsync_gaps_result *r)
{
	tally.repaired += r->repaired;
	if (r->drift)
		drifted(p);
}

static void rx_repaired(struct node *n, u32 from, const struct ctsync_nack *m)
{
	struct peer *p = &n->peer[from];
	struct ctsync_gaps_result r = {};

	if (m->to != n->id || m->channel >= CPUS || m->epoch != (u32)p->epoch)
		return;
	for (u32 i = 0; i < m->nr; i++) {
		ctsync_gaps_answered(&p->gaps[m->channel], &m->range[i], &r);
		ctsync_seq_close(&p->seq[m->channel], m->range[i].first,
				 m->range[i].count, p->gaps[m->channel].next);
	}
	count_gaps(p, &r);
}

static void ask(struct node *n, u32 to)
{
	struct peer *p = &n->peer[to];
	u8 buf[CTSYNC_WIRE_MAIL_MAX];

	for (u32 c = 0; n->gaps[to] >> c; c++) {
		struct ctsync_gaps_result r = {};
		struct ctsync_nack m;

		if (!(n->gaps[to] & 1 << c))
			continue;
		if (!p->gaps[c].nr) {
			n->gaps[to] &= ~(1 << c);
			continue;
		}
		memset(&m, 0, sizeof(m));
		m.to = to + 1;
		m.channel = c;
		m.epoch = p->epoch;
		m.nr = ctsync_gaps_due(&p->gaps[c], now, 1000, m.range, &r);
		count_gaps(p, &r);
		if (m.nr)
			queue_mail(n, 0, m.to, CTSYNC_MSG_NACK, buf,
				   ctsync_wire_pack_nack(buf, &m));
	}
}

/* ---- bulk ---- */

static void bulk_event(struct node *n, u32 to, enum ctsync_bulk_event ev)
{
	u8 did;

	if (n->peer[to].telling)
		ctsync_bulk_drop(&n->peer[to].bulk);
	n->peer[to].telling = false;
	did = ctsync_bulk_event(&n->peer[to].bulk, ev, now, n->alive,
				(u32)rnd() | 1);
	if (did & CTSYNC_BULK_DO_BEGIN)
		memset(n->tell, 0, sizeof(n->tell));
	tally.bulks += !!(did & CTSYNC_BULK_DO_BEGIN);
	tally.resumed += !!(did & CTSYNC_BULK_DO_RESUME);
	/* what changed while it was away is found by comparing */
	if (did & CTSYNC_BULK_DO_RESUME) {
		n->peer[to].drift = true;
		tally.drift++;
	}
}

static void bulk_done(struct node *n, u32 to)
{
	struct peer *p = &n->peer[to];

	if (p->telling)
		p->telling = false;
	else
		p->state = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_BULK_DONE).next;
}

static void tell_what_differs(struct node *n)
{
	struct peer *slowest = NULL;
	u64 any = 0;

	for (u32 i = 0; i < nodes; i++) {
		struct peer *p = &n->peer[i];

		if (ctsync_bulk_running(&p->bulk))
			return;
		if (p->state == CTSYNC_MEMBER_UP &&
		    (!slowest || p->bulk.window < slowest->bulk.window))
			slowest = p;
	}
	if (!slowest)
		return;
	for (u32 g = 0; g < CTSYNC_DIGEST_GROUPS; g++) {
		any |= n->telling[g] = n->tell[g];
		n->tell[g] = 0;
	}
	if (!any)
		return;
	ctsync_bulk_event(&slowest->bulk, CTSYNC_BULK_EV_WANT, now, n->alive,
			  (u32)rnd() | 1);
	slowest->telling = true;
}

static void bulk_step(struct node *n, u32 to)
{
	struct peer *p = &n->peer[to];
	struct ctsync_bulk *b = &p->bulk;
	struct ctsync_bulk_msg m = { .to = to + 1 };
	bool late, again = ctsync_bulk_tick(b, now, &late);
	u8 buf[16];
	u32 room, sent = 0, f;

	if (late) {
		/* as a late copy of all: what was not told differs still */
		ctsync_bulk_event(b, CTSYNC_BULK_EV_LATE, now, 0, 0);
		p->drift = true;
		tally.drift++;
		bulk_done(n, to);
	}
	if (!ctsync_bulk_running(b))
		return;
	room = min(ctsync_bulk_room(b), 8u);
	if (room) {
		for (f = b->cursor - 1; f < FLOWS && sent < room; f++) {
			if (n->ent[f].where != ALIVE ||
			    (p->telling && !ctsync_digest_has(n->telling, mix(f + 77))))
				continue;
			n->ent[f].copy |= !n->ent[f].want_ack;
			queue_event(n, 0, f, CTSYNC_QE_INSERT, false);
			sent++;
			tally.digest_told += p->telling;
		}
		ctsync_bulk_sent(b, sent, f < FLOWS ? f + 1 : 0, now);
		again = true;
	}
	if (b->sent - b->acked > CTSYNC_BULK_CREDIT)
		fail("node %u has %u entries under way to %u", n->id,
		     b->sent - b->acked, to + 1);
	if (!again)
		return;
	m.run = b->run;
	m.mark = b->sent;
	queue_mail(n, 0, CTSYNC_WIRE_ALL,
		   b->state == CTSYNC_BULK_ENDING ? CTSYNC_MSG_BULK_END :
		   CTSYNC_MSG_BULK_START, buf, ctsync_wire_pack_bulk(buf, &m));
}

static void rx_bulk(struct node *n, u8 cpu, u32 from, u8 type,
		    struct ctsync_bulk_msg *m)
{
	u8 buf[16];

	if (m->to != n->id)
		return;
	if (type != CTSYNC_MSG_BULK_ACK) {
		m->to = from + 1;
		queue_mail(n, cpu, m->to, CTSYNC_MSG_BULK_ACK, buf,
			   ctsync_wire_pack_bulk(buf, m));
	} else if (m->flags & CTSYNC_BULK_WANT) {
		if (n->peer[from].hears)
			bulk_event(n, from, CTSYNC_BULK_EV_WANT);
	} else if (ctsync_bulk_acked(&n->peer[from].bulk, m->run, m->mark, now) &
		   CTSYNC_BULK_DO_DONE) {
		bulk_done(n, from);
	}
}

/* ---- digests ---- */

static void make_digest(struct node *n)
{
	ctsync_digest_init(&n->dig);
	for (u32 f = 0; f < flows_used; f++) {
		const struct ent *e = &n->ent[f];
		u64 h;

		if (e->where != ALIVE || now - e->changed < 2 * SEC || e->held ||
		    e->queue != CTSYNC_Q_NONE)
			continue;
		if (e->ends < now + 10 * SEC)
			continue;
		h = mix(f + 1) ^ mix((u64)e->inc << 32 | e->state << 16 | e->status);
		if (bug != BUG_digest)
			h ^= mix((u64)e->mark << 32 | e->clock) * 3;
		ctsync_digest_add(&n->dig, mix(f + 77), mix(h));
	}
}

static void send_digest(struct node *n, u8 to, u8 level, u32 first, u32 round)
{
	struct ctsync_digest_msg m = { .to = to, .level = level, .first = first,
				       .nr = 64, .round = round };
	u8 buf[CTSYNC_WIRE_MAIL_MAX];

	for (u32 i = 0; i < 64; i++)
		m.value[i] = level ? n->dig.bucket[first + i] :
				     ctsync_digest_group(&n->dig, i);
	queue_mail(n, 0, CTSYNC_WIRE_ALL, CTSYNC_MSG_DIGEST, buf,
		   ctsync_wire_pack_digest(buf, &m));
}

static bool copying(const struct peer *p)
{
	return ctsync_bulk_running(&p->bulk) || !p->copied;
}

static void rx_digest(struct node *n, u32 from, const struct ctsync_digest_msg *m)
{
	struct peer *p = &n->peer[from];
	u64 told;

	if (!m->level) {
		if (copying(p))
			return;
		memcpy(p->digest, m->value, sizeof(p->digest));
		p->digest_round = m->round;
		p->digest_came = true;
		return;
	}
	if (m->to != n->id || m->first % 64 || m->first / 64 >= 64)
		return;
	/* what its first answers found is told while it goes on */
	if (p->telling ? !p->copied || p->diff.round != m->round : copying(p))
		return;
	ctsync_digest_begin(&p->diff, m->round);
	told = ctsync_digest_compare(&n->dig, &p->diff, m->first / 64, m->value);
	n->tell[m->first / 64] |= told;
	p->differs |= !!(p->diff.now[m->first / 64] & ~told);
	if (m->level == 1)
		send_digest(n, from + 1, 2, m->first, m->round);
}

static bool is_first(const struct node *n)
{
	bool any = false;

	for (u32 i = 0; i < nodes; i++) {
		if (n->peer[i].state != CTSYNC_MEMBER_UP)
			continue;
		if (i < index_of(n))
			return false;
		any = true;
	}
	return any;
}

static void digest_answer(struct node *n, u32 to)
{
	struct peer *p = &n->peer[to];
	u64 differ;

	p->digest_came = false;
	make_digest(n);
	ctsync_digest_begin(&p->diff, p->digest_round);
	differ = ctsync_digest_groups(&n->dig, p->digest);
	for (u32 g = 0; g < 64; g++) {
		if (differ & 1ull << g)
			send_digest(n, to + 1, 1, g * 64, p->digest_round);
	}
}

static bool is_telling(const struct node *n)
{
	bool any = false;

	for (u32 g = 0; g < CTSYNC_DIGEST_GROUPS; g++)
		any |= n->tell[g] != 0;
	for (u32 i = 0; i < nodes; i++)
		any |= n->peer[i].telling;
	return any;
}

static void digest_work(struct node *n)
{
	bool drift = false, differs = false, any = false;

	for (u32 i = 0; i < nodes; i++) {
		struct peer *p = &n->peer[i];

		if (p->digest_came)
			digest_answer(n, i);
		if (copying(p)) {
			if (p->drift)
				ctsync_had_busy(&p->had, now);
			continue;
		}
		any |= p->state == CTSYNC_MEMBER_UP;
		drift |= p->drift;
		differs |= p->differs;
		p->drift = p->differs = false;
	}
	if ((drift || (differs && is_first(n))) && !n->hurry &&
	    n->digest_next > now + 5 * SEC / 2) {
		n->digest_next = now + 5 * SEC / 2;
		n->hurry = 2;
	}
	if (any && (is_first(n) || n->hurry) && now >= n->digest_next) {
		n->digest_round++;
		n->hurry -= !!n->hurry;
		n->digest_next = now + DIGEST;
		tally.digests++;
		make_digest(n);
		send_digest(n, 0, 0, 0, n->digest_round);
	}
	if (is_telling(n)) {
		for (u32 i = 0; i < nodes; i++)
			ctsync_had_busy(&n->peer[i].had, now);
	}
}

/* ---- members ---- */

static u64 challenge(const struct node *n, u32 to, u64 epoch, u64 slot)
{
	return mix(n->secret ^ mix(epoch) ^ mix(slot) ^
		   ((u64)n->peer[to].proofs << 8 | to));
}

static u64 own_time(const struct node *n)
{
	return now + n->clock_off;
}

static void step(struct node *n, u32 i, struct ctsync_member_step s,
		 const struct ctsync_hello *h)
{
	struct peer *p = &n->peer[i];

	if (s.actions & (CTSYNC_MEMBER_DO_FLOORS | CTSYNC_MEMBER_DO_TELL_DOWN) &&
	    bug != BUG_proof)
		p->proofs++;
	if (s.actions & CTSYNC_MEMBER_DO_TELL_DOWN)
		p->lost = now;
	p->state = s.next;
	p->proven = s.next == CTSYNC_MEMBER_SYNCING || s.next == CTSYNC_MEMBER_UP;
	if (!p->proven)
		p->hears = false;
	if (s.actions & CTSYNC_MEMBER_DO_FLOORS) {
		p->copied = false;
		if (p->epoch != p->heard_epoch) {
			p->kept = false;
			p->era++;
		}
		p->epoch = p->heard_epoch;
		memset(&p->bypass, 0, sizeof(p->bypass));
		memset(&p->had_ours, 0, sizeof(p->had_ours));
		ctsync_had_init(&p->had, h->time);
		for (u32 c = 0; c < CPUS; c++) {
			ctsync_seq_init(&p->seq[c], 1);
			ctsync_seq_init(&p->own[c], 1);
			ctsync_gaps_init(&p->gaps[c], 1);
		}
		for (u32 j = 0; j < h->nr_streams && bug != BUG_floor; j++) {
			const struct ctsync_stream *t = &h->streams[j];

			if (t->channel >= CPUS)
				continue;
			ctsync_seq_init(t->dest ? &p->own[t->channel] :
					&p->seq[t->channel], t->next);
			if (!t->dest)
				ctsync_gaps_init(&p->gaps[t->channel], t->next);
		}
	}
	if (s.actions & CTSYNC_MEMBER_DO_BULK) {
		bulk_event(n, i, p->kept ? CTSYNC_BULK_EV_BACK :
					   CTSYNC_BULK_EV_JOIN);
		p->kept = true;
	}
	if (s.actions & CTSYNC_MEMBER_DO_TELL_DOWN)
		bulk_event(n, i, CTSYNC_BULK_EV_LOST);
	if (s.actions & CTSYNC_MEMBER_DO_RELEASE)
		release_all(n, CTSYNC_HOLD_EV_PEERS_GONE);
}

/* @sent: when, which no node knows. */
static void rx_hello(struct node *n, u32 i, u64 epoch, u64 sent,
		     const struct ctsync_hello *h)
{
	struct peer *p = &n->peer[i];
	struct ctsync_member_step s = { p->state, 0 };
	u64 slot = now / (2 * SEC), echo, to_epoch;
	bool known, proof, hears;

	memcpy(&to_epoch, h->to_epoch, 8);
	memcpy(&echo, h->echo, 8);
	known = p->proven && p->epoch == epoch;
	if (known && (int32_t)(p->hello_time - h->time) > 0 && bug != BUG_overtaken)
		return;
	if (known && sent < p->hello_sent)
		fail("node %u believed a HELLO of %u that a later one overtook", n->id,
		     i + 1);
	memcpy(&p->challenge, h->challenge, 8);
	p->heard_epoch = epoch;
	p->hello = now;
	proof = to_epoch == n->epoch && (echo == challenge(n, i, epoch, slot) ||
					 echo == challenge(n, i, epoch, slot - 1));
	if (known || proof) {
		p->heard = now;
		p->copied = h->flags & CTSYNC_HELLO_COPIED;
		p->hello_time = h->time;
		p->hello_sent = sent;
	}
	if (known && h->flags & CTSYNC_HELLO_LEAVING)
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_LEAVING);
	else if (h->config != n->config && (known || proof || !p->proven))
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_MISMATCH);
	else if (proof && p->proven && !known)
		s = ctsync_member_new_epoch(p->state);
	else if (proof)
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_PROOF);
	else if (!known && !p->proven)
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_HELLO);
	if (s.actions & CTSYNC_MEMBER_DO_FLOORS) {
		p->hears = false;
		p->proof_sent = sent;
		if (sent < p->lost)
			fail("node %u takes for a proof what %u said before it was lost", n->id, i + 1);
	}
	step(n, i, s, h);
	if (!known && !proof)
		return;
	hears = h->flags & CTSYNC_HELLO_PROVEN && to_epoch == n->epoch;
	if (p->proven && hears != p->hears) {
		p->hears = hears;
		s = (struct ctsync_member_step){ p->state, CTSYNC_MEMBER_DO_RELEASE };
		if (hears)
			s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_HEARING);
		step(n, i, s, h);
	}
	if (!known || !hears || bug == BUG_tail)
		return;
	for (u32 j = 0; j < h->nr_streams; j++) {
		bool drift = false;

		if (!h->streams[j].dest && h->streams[j].channel < CPUS)
			n->gaps[i] |= ctsync_gaps_tail(
				&p->gaps[h->streams[j].channel],
				h->streams[j].next, now,
				&drift) << h->streams[j].channel;
		if (drift)
			drifted(p);
	}
	ctsync_had_hello(&p->had, p->gaps, h, now);
	ctsync_had_told(&p->had_ours, h->had, (u32)(own_time(n) / 1000), own_time(n));
}

static void send_hello(struct node *n, u32 to)
{
	struct peer *p = &n->peer[to];
	struct ctsync_hello h = {
		.flags = n->leaving ? CTSYNC_HELLO_LEAVING : 0,
		.to = to + 1, .config = n->config,
	};
	struct ctsync_enc enc;
	u8 buf[FRAME];
	u64 c;

	if (p->heard_epoch) {
		memcpy(h.to_epoch, &p->heard_epoch, 8);
		memcpy(h.echo, &p->challenge, 8);
		c = challenge(n, to, p->heard_epoch, now / (2 * SEC));
		memcpy(h.challenge, &c, 8);
		if (p->proven && p->epoch == p->heard_epoch) {
			h.flags |= CTSYNC_HELLO_PROVEN |
				   (p->state == CTSYNC_MEMBER_UP ? CTSYNC_HELLO_COPIED : 0);
			h.had = p->had.told;
		}
	}
	h.time = max((u32)(own_time(n) / 1000), 1u);
	for (u32 i = 0; i < n->cpus; i++) {
		h.streams[h.nr_streams++] = (struct ctsync_stream){
			.channel = i, .next = n->cpu[i].seq_all + 1 };
		h.streams[h.nr_streams++] = (struct ctsync_stream){
			.dest = to + 1, .channel = i,
			.next = n->cpu[i].seq_peer[to] + 1 };
	}
	header(n, 0, to + 1, &enc, buf);
	if (!ctsync_wire_put_hello(&enc, &h))
		return;
	ctsync_wire_set_seq(buf, ++n->cpu[0].seq_peer[to]);
	world_sealed(n, to + 1, 0, n->cpu[0].seq_peer[to], buf, enc.len);
	world_send(index_of(n), to, buf, enc.len);
}

/* ---- receiving ---- */

static bool admit(struct node *n, u32 from, const struct ctsync_frame *h,
		  u64 epoch, u64 sent, bool *proven)
{
	struct peer *p = &n->peer[from];
	struct ctsync_seq *s = h->dest ? &p->own[h->channel] : &p->seq[h->channel];
	bool drift = false;

	*proven = p->proven && (p->epoch == epoch || bug == BUG_epoch);
	if (!*proven)
		return true;
	if (ctsync_seq_test(s, h->seq) != CTSYNC_SEQ_NEW && bug != BUG_replay)
		return false;
	if (sent < p->proof_sent)
		fail("node %u took frame %llu of %u that was sent before its proof",
		     n->id, (unsigned long long)h->seq, h->node);
	if (p->epoch != epoch)
		fail("node %u took a frame of %u of an epoch that is over", n->id,
		     h->node);
	if (ctsync_seq_test(s, h->seq) == CTSYNC_SEQ_DUPLICATE)
		fail("node %u took frame %llu of %u twice", n->id,
		     (unsigned long long)h->seq, h->node);
	ctsync_seq_accept(s, h->seq);
	if (!h->dest)
		n->gaps[from] |= ctsync_gaps_frame(&p->gaps[h->channel], h->seq,
						   now, &drift) << h->channel;
	if (drift)
		drifted(p);
	p->heard = now;
	return true;
}

static void message(struct node *n, u8 cpu, u32 from, u64 epoch, u64 sent,
		    const struct ctsync_section *sec, u32 i)
{
	union {
		struct ctsync_flow flow;
		struct ctsync_note note;
		struct ctsync_hello hello;
		struct ctsync_nack nack;
		struct ctsync_bulk_msg bulk;
		struct ctsync_digest_msg digest;
	} m;

	switch (sec->type) {
	case CTSYNC_MSG_INSERT:
	case CTSYNC_MSG_UPDATE:
	case CTSYNC_MSG_UPDATE_C:
		if (!ctsync_wire_get_flow(sec, i, &m.flow))
			rx_flow(n, cpu, from, sec->type, &m.flow);
		break;
	case CTSYNC_MSG_HELLO:
		if (!ctsync_wire_get_hello(sec, i, &m.hello) &&
		    m.hello.to == n->id)
			rx_hello(n, from, epoch, sent, &m.hello);
		break;
	case CTSYNC_MSG_NACK:
		if (!ctsync_wire_get_nack(sec, i, &m.nack))
			rx_nack(n, cpu, from, &m.nack);
		break;
	case CTSYNC_MSG_REPAIRED:
		if (!ctsync_wire_get_nack(sec, i, &m.nack))
			rx_repaired(n, from, &m.nack);
		break;
	case CTSYNC_MSG_BULK_START:
	case CTSYNC_MSG_BULK_END:
	case CTSYNC_MSG_BULK_ACK:
		if (!ctsync_wire_get_bulk(sec, i, &m.bulk))
			rx_bulk(n, cpu, from, sec->type, &m.bulk);
		break;
	case CTSYNC_MSG_DIGEST:
		if (digests && !ctsync_wire_get_digest(sec, i, &m.digest))
			rx_digest(n, from, &m.digest);
		break;
	default:
		if (!ctsync_wire_get_note(sec, i, &m.note))
			rx_note(n, cpu, from, sec->type, &m.note);
	}
}

void node_receive(struct node *n, u8 cpu, const u8 *buf, u32 len, u64 sent)
{
	struct ctsync_frame h;
	struct ctsync_section sec;
	struct ctsync_dec dec;
	bool proven;
	u64 epoch;

	if (ctsync_wire_open(&dec, buf, len, &h) || h.channel >= CPUS)
		return;
	if (h.dest && h.dest != n->id)
		return;
	memcpy(&epoch, h.epoch, 8);
	if (!admit(n, h.node - 1, &h, epoch, sent, &proven))
		return;
	while (!ctsync_wire_next(&dec, &sec) && sec.count) {
		if (!proven && sec.type != CTSYNC_MSG_HELLO)
			return;
		for (u32 i = 0; i < sec.count; i++)
			message(n, cpu, h.node - 1, epoch, sent, &sec, i);
	}
}

/* ---- time ---- */

static void check_peers(struct node *n)
{
	bool whole = true;

	for (u32 i = 0; i < nodes; i++) {
		struct peer *p = &n->peer[i];
		struct ctsync_member_step s;

		if (i == index_of(n))
			continue;
		if (p->state != CTSYNC_MEMBER_DOWN &&
		    now - max(p->heard, p->proven ? 0 : p->hello) > DEAD) {
			s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_SILENCE);
			trace("node %u: %u is silent", n->id, i + 1);
			step(n, i, s, NULL);
		}
		whole &= p->state == CTSYNC_MEMBER_UP;
	}
	if (!whole)
		n->whole = 0;
	else if (!n->whole)
		n->whole = now;
}

static void holds(struct node *n)
{
	for (u32 f = 0; f < flows_used && n->holding; f++) {
		struct ent *e = &n->ent[f];

		if (e->held != CTSYNC_HOLD_NONE && now >= e->hold_until &&
		    bug != BUG_deadline) {
			for (u32 i = 0; i < nodes && e->held == CTSYNC_HOLD_PENDING; i++) {
				if (e->await & ~e->acked & 1 << i)
					ctsync_bypass_missed(&n->peer[i].bypass,
							     e->hold_until - HOLD, now);
			}
			release(n, e, CTSYNC_HOLD_EV_DEADLINE);
		}
		if (e->held == CTSYNC_HOLD_PENDING && now > e->hold_until + 2 * TICK)
			fail("node %u holds flow %u past its deadline", n->id, f);
	}
}

static u64 tombstone_life(const struct node *n)
{
	u64 own = own_time(n), had = own;

	for (u32 i = 0; i < nodes && bug != BUG_death; i++) {
		if (n->peer[i].had_ours.ns)
			had = min(had, n->peer[i].had_ours.ns);
	}
	return max(5 * SEC, own - had);
}

static void lives(struct node *n)
{
	bool reap = (n->whole && now - n->whole > 30 * SEC) || bug == BUG_death;
	u64 life = tombstone_life(n);

	for (u32 f = 0; f < flows_used; f++) {
		struct ent *e = &n->ent[f];

		if (e->where == ALIVE && now >= e->ends) {
			bool over = ctsync_tcpstate_over(e->state);

			if (over)
				world_over(n, f);
			gone(n, 0, f, over && bug != BUG_over ? CTSYNC_DEL_CLOSED :
								CTSYNC_DEL_EXPIRED, true);
		}
		if (e->where == TOMB && reap && now - e->dead_at > life)
			e->where = ABSENT;
	}
}

static bool anything(const struct cpu *c)
{
	u32 any = c->mails | c->notes;

	for (u32 q = 0; q < CTSYNC_Q_NONE; q++)
		any |= c->q[0][q].len | c->q[1][q].len;
	return any;
}

void node_tick(struct node *n)
{
	if ((now / TICK + (in_step ? 0 : 7 * n->id)) % (HELLO / TICK) == 0) {
		for (u32 i = 0; i < nodes; i++) {
			if (i != index_of(n))
				send_hello(n, i);
		}
		check_peers(n);
	}
	holds(n);
	drain_holds(n);
	if (now % (250 * MS) == 0)
		lives(n);
	if (now % (10 * MS) == 0)
		tell_what_differs(n);
	for (u32 i = 0; i < nodes; i++) {
		ask(n, i);
		if (now % (10 * MS) == 0)
			bulk_step(n, i);
	}
	if (digests && now % (50 * MS) == 0)
		digest_work(n);
	for (u32 c = 0; c < n->cpus; c++) {
		if (anything(&n->cpu[c]))
			node_flush(n, c, now % (20 * MS) == 0);
	}
}

void node_boot(struct node *n)
{
	struct fifo kept[CPUS][2][CTSYNC_Q_NONE];
	u64 old = n->epoch;
	u32 life = n->life, i;
	u8 id = n->id, cpus = n->cpus;

	for (i = 0; i < CPUS; i++)
		memcpy(kept[i], n->cpu[i].q, sizeof(kept[i]));
	memset(n, 0, sizeof(*n));
	for (i = 0; i < CPUS; i++) {
		memcpy(n->cpu[i].q, kept[i], sizeof(kept[i]));
		for (u32 j = 0; j < CTSYNC_Q_NONE; j++)
			n->cpu[i].q[0][j].len = n->cpu[i].q[1][j].len = 0;
	}
	n->id = id;
	n->cpus = cpus;
	n->life = life + 1;
	n->epoch = bug == BUG_nonce && old ? old : rnd() | 1;
	n->secret = rnd();
	n->booted = now;
	n->room = FLOWS;
	n->digest_round = (u32)id << 24;
	n->digest_next = now;
	n->up = true;
	for (u32 f = 0; f < FLOWS; f++)
		n->ent[f].queue = CTSYNC_Q_NONE;
}

void node_crash(struct node *n)
{
	n->up = false;
}

void node_leave(struct node *n)
{
	n->leaving = true;
	release_all(n, CTSYNC_HOLD_EV_SHUTDOWN);
	for (u32 i = 0; i < nodes; i++) {
		if (i != index_of(n))
			send_hello(n, i);
	}
	for (u32 f = 0; f < flows_used; f++)
		queue_event(n, 0, f, CTSYNC_QE_DROP, false);
	n->up = false;
}

void node_device_gone(struct node *n)
{
	release_all(n, CTSYNC_HOLD_EV_DEVICE);
}

void node_resync(struct node *n, u32 with)
{
	struct ctsync_bulk_msg m = { .to = with + 1, .flags = CTSYNC_BULK_WANT };
	u8 buf[16];

	if (n->peer[with].proven && n->peer[with].hears)
		bulk_event(n, with, CTSYNC_BULK_EV_WANT);
	queue_mail(n, 0, m.to, CTSYNC_MSG_BULK_ACK, buf,
		   ctsync_wire_pack_bulk(buf, &m));
}

void node_lie(struct node *n, u32 to)
{
	const struct node *about = &node[to];
	struct ctsync_nack m = {
		.to = to + 1, .channel = below(n->cpus), .epoch = n->epoch, .nr = 1,
	};
	u64 next = about->peer[index_of(n)].gaps[m.channel].next;
	u8 buf[CTSYNC_WIRE_MAIL_MAX];

	m.range[0].first = next > 64 ? next - 64 : 1;
	m.range[0].count = 1 + below(128);
	m.range[0].gone = chance(500);
	queue_mail(n, 0, m.to, CTSYNC_MSG_REPAIRED, buf, ctsync_wire_pack_nack(buf, &m));
}
