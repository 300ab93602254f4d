// SPDX-License-Identifier: GPL-2.0
/* Repair of lost frames: what is missing is asked for, and the sender tells again
 * what is true now of the flows that were in it. repair_fsm.c decides when,
 * told.c remembers what.
 */
#include "repair.h"
#include "entry_tomb.h"
#include "expect.h"
#include "tx.h"

#include <linux/ktime.h>
#include <linux/unaligned.h>

/* Frames that one NACK makes us tell again; the rest is asked for again. */
#define ANSWER_FRAMES 256
#define QUIET_MIN_US 10000

/* ---- asking ---- */

static void arm(struct ctsync_cpu *c, u64 ns)
{
	hrtimer_start(&c->repair_timer, ns_to_ktime(ns),
		      HRTIMER_MODE_REL_PINNED_SOFT);
}

/* Something of @p is beyond repair. p->lock held. */
static void drifted(struct ctsync_instance *inst, struct ctsync_peer *p, u64 now)
{
	WRITE_ONCE(p->drift, true);
	ctsync_had_lost(&p->had, now);
	ctsync_count(inst, REPAIR_DRIFT);
}

static void note_gap(struct ctsync_instance *inst, struct ctsync_peer *p,
		     u8 channel, bool opened, bool drift)
{
	struct ctsync_cpu *c = ctsync_this_cpu(inst);

	if (drift)
		drifted(inst, p, ktime_get_ns());
	if (!opened)
		return;
	WRITE_ONCE(p->gap_channels, p->gap_channels | BIT_ULL(channel));
	if (!hrtimer_active(&c->repair_timer))
		arm(c, CTSYNC_REORDER_NS);
}

void ctsync_repair_frame(struct ctsync_instance *inst, struct ctsync_peer *p,
			 u8 channel, u64 seq, u64 now)
{
	bool opened, drift;

	lockdep_assert_held(&p->lock);
	opened = ctsync_gaps_frame(&p->gaps[channel], seq, now, &drift);
	if (unlikely(opened || drift))
		note_gap(inst, p, channel, opened, drift);
}

void ctsync_repair_hello(struct ctsync_instance *inst, struct ctsync_peer *p,
			 const struct ctsync_hello *h, u64 now)
{
	bool opened, drift;
	unsigned int i;

	lockdep_assert_held(&p->lock);
	for (i = 0; i < h->nr_streams; i++) {
		const struct ctsync_stream *s = &h->streams[i];

		if (s->dest != CTSYNC_WIRE_ALL)
			continue;
		opened = ctsync_gaps_tail(&p->gaps[s->channel], s->next, now,
					  &drift);
		note_gap(inst, p, s->channel, opened, drift);
	}
	ctsync_had_hello(&p->had, p->gaps, h, now);
	ctsync_had_told(&p->had_ours, h->had, (u32)(now / NSEC_PER_USEC), now);
}

static void apply(struct ctsync_instance *inst, struct ctsync_peer *p,
		  const struct ctsync_gaps_result *r)
{
	p->repaired += r->repaired;
	ctsync_stat_add(inst->stats, CTSYNC_STAT_REPAIRED_FRAMES, r->repaired);
	if (r->drift)
		drifted(inst, p, ktime_get_ns());
}

/* Ask @p for what is due; returns when more is, 0: never. */
static u64 ask_peer(struct ctsync_cpu *c, struct ctsync_peer *p, u64 now)
{
	struct ctsync_gaps_result r = {};
	struct ctsync_nack m = {};
	u8 buf[CTSYNC_WIRE_NACK_MAX];
	u64 next = 0, at;
	int i;

	for (i = 0; i < CTSYNC_WIRE_CHANNELS; i++) {
		if (!(READ_ONCE(p->gap_channels) & BIT_ULL(i)))
			continue;
		spin_lock(&p->lock);
		m.nr = ctsync_gaps_due(&p->gaps[i], now, p->rtt_us, m.range, &r);
		m.to = p->node;
		m.epoch = get_unaligned_be32(p->epoch);
		at = ctsync_gaps_next(&p->gaps[i]);
		if (!at)
			WRITE_ONCE(p->gap_channels, p->gap_channels & ~BIT_ULL(i));
		apply(c->inst, p, &r);
		spin_unlock(&p->lock);
		memset(&r, 0, sizeof(r));
		if (at && (!next || at < next))
			next = at;
		m.channel = i;
		if (m.nr)
			ctsync_tx_mail(c->inst, m.to, CTSYNC_MSG_NACK, buf,
				       ctsync_wire_pack_nack(buf, &m));
	}
	return next;
}

void ctsync_repair_poll(struct ctsync_cpu *c)
{
	struct ctsync_peers *ps = &c->inst->peers;
	u64 now, next = 0, at;
	unsigned int i;

	if (!test_and_clear_bit(CTSYNC_TODO_REPAIR, &c->todo))
		return;
	now = ktime_get_ns();
	for (i = 0; i < ps->nr; i++) {
		if (!READ_ONCE(ps->peer[i]->gap_channels))
			continue;
		at = ask_peer(c, ps->peer[i], now);
		if (at && (!next || at < next))
			next = at;
	}
	if (next)
		arm(c, next > now ? next - now : 1);
}

void ctsync_repair_answered(struct ctsync_instance *inst, struct ctsync_peer *p,
			    const struct ctsync_nack *m)
{
	struct ctsync_gaps *g = &p->gaps[m->channel];
	struct ctsync_gaps_result r = {};
	u32 lost = 0;
	int i;

	if (m->dest != CTSYNC_WIRE_ALL)
		return;
	spin_lock(&p->lock);
	if (m->epoch == get_unaligned_be32(p->epoch)) {
		for (i = 0; i < m->nr; i++) {
			ctsync_gaps_answered(g, &m->range[i], &r);
			/* should one come after all, it is older than what was
			 * told again, and nobody knows by how much
			 */
			lost += ctsync_seq_close(&p->seq[0][m->channel],
						 m->range[i].first,
						 m->range[i].count, g->next);
		}
		p->lost += lost;
		apply(inst, p, &r);
	}
	spin_unlock(&p->lock);
	ctsync_stat_add(inst->stats, CTSYNC_STAT_LOST_FRAMES, lost);
}

/* ---- answering ---- */

static void tell_note(struct ctsync_instance *inst, const struct ctsync_told *t,
		      u8 reason)
{
	struct ctsync_note note = {
		.ref = {
			.id = t->id,
			.number = t->number,
			.inc = t->inc,
			.origin = t->origin,
			.flags = t->flags,
		},
		.to = t->to,
		.reason = reason,
		.win_origin = t->win_origin,
		.win_id = t->win_id,
	};

	ctsync_tx_note(inst, t->type, &note);
}

/* What is true now of a flow. While its packets wait for an acknowledgement the
 * message asks for it again; else it is a copy, that no packet caused.
 */
static void tell_flow(struct ctsync_instance *inst, struct ctsync_entry *e,
		      const struct ctsync_told *t)
{
	enum ctsync_qevent event = t->type == CTSYNC_MSG_INSERT ?
					   CTSYNC_QE_INSERT : CTSYNC_QE_REQUEST;

	spin_lock(&e->lock);
	/* what waits for an acknowledgement may wait for expectations as well */
	if (e->held)
		e->flags |= CTSYNC_E_WANT_ACK | CTSYNC_E_EXPECTS;
	spin_unlock(&e->lock);
	if (t->flags & CTSYNC_REF_ANSWER)
		ctsync_tx_answer(inst, e, event);
	else
		ctsync_tx_copy(inst, e, event, CTSYNC_URGENT);
}

static void tell_ack(struct ctsync_instance *inst, struct ctsync_entry *e,
		     u8 to)
{
	bool owed = false;
	int i;

	spin_lock(&e->lock);
	for (i = 0; i < ARRAY_SIZE(e->writer); i++) {
		if (e->writer[i].node != to || !e->writer[i].number)
			continue;
		e->writer[i].owed = 1;
		owed = true;
	}
	spin_unlock(&e->lock);
	if (owed)
		ctsync_tx_event(inst, e, CTSYNC_QE_ACK, CTSYNC_URGENT);
}

/* Tell again what a lost message said, as it is now. A flow that is gone says
 * nothing here: its end was told, if it was to be, in a message of its own.
 */
static void tell_again(struct ctsync_instance *inst, const struct ctsync_told *t)
{
	struct ctsync_entry *e = ctsync_entry_find(&inst->entries, t->origin,
						   t->id);
	bool alive = e && !(READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) &&
		     READ_ONCE(e->ct);

	switch (t->type) {
	case CTSYNC_MSG_INSERT:
	case CTSYNC_MSG_UPDATE:
	case CTSYNC_MSG_UPDATE_C:
		if (alive)
			tell_flow(inst, e, t);
		break;
	case CTSYNC_MSG_IACK:
		if (alive)
			tell_ack(inst, e, t->to);
		break;
	case CTSYNC_MSG_EXPECT_DEL:
		ctsync_expect_end_again(inst, t->number);
		break;
	case CTSYNC_MSG_DELETE:
	case CTSYNC_MSG_FORGET:
		/* expired or forgotten, and back since */
		if (alive)
			break;
		if (e)
			ctsync_entry_told_dead(&inst->entries, e);
		tell_note(inst, t, t->reason);
		break;
	default:
		tell_note(inst, t, t->reason);
		break;
	}
	ctsync_count(inst, REPAIR_TOLD);
}

/* Frame @seq of channel @c was lost. What is told is taken off @left, which may go
 * below 0.
 */
static enum ctsync_told_verdict answer_frame(struct ctsync_cpu *c, u64 seq,
					     u32 quiet, s32 *left)
{
	u32 now = (u32)(ktime_get_ns() / NSEC_PER_USEC), room, pos, nr;
	enum ctsync_told_verdict v;
	struct ctsync_told t;

	/* what it told may all become notes, and wait in this CPU's ring */
	room = ctsync_queue_note_room(&ctsync_this_cpu(c->inst)->queue);
	spin_lock(&c->told_lock);
	v = ctsync_told_ask(&c->told, seq, now, quiet, room, &pos, &nr);
	spin_unlock(&c->told_lock);
	if (v == CTSYNC_TOLD_REPEAT)
		ctsync_count(c->inst, REPAIR_REPEAT);
	if (v != CTSYNC_TOLD_HERE)
		return v;
	*left -= nr;
	for (; nr; nr--, pos++) {
		bool there;

		spin_lock(&c->told_lock);
		there = ctsync_told_get(&c->told, pos, &t);
		spin_unlock(&c->told_lock);
		if (!there)
			return CTSYNC_TOLD_GONE;
		tell_again(c->inst, &t);
	}
	return CTSYNC_TOLD_HERE;
}

/* How much @p may still be told again, as it says that it missed it. */
static s32 budget(struct ctsync_peer *p)
{
	s32 left;

	spin_lock(&p->lock);
	left = ctsync_budget_left(&p->told_again, ktime_get_ns());
	spin_unlock(&p->lock);
	return left;
}

static void spend(struct ctsync_peer *p, u32 messages)
{
	spin_lock(&p->lock);
	ctsync_budget_spend(&p->told_again, messages);
	spin_unlock(&p->lock);
}

void ctsync_repair_answer(struct ctsync_instance *inst, struct ctsync_peer *p,
			  const struct ctsync_nack *m)
{
	u32 quiet = max(2 * READ_ONCE(p->rtt_us), (u32)QUIET_MIN_US);
	struct ctsync_nack out = { .to = p->node, .dest = m->dest,
				   .channel = m->channel, .epoch = m->epoch };
	enum ctsync_told_verdict v = CTSYNC_TOLD_HERE;
	u32 left = ANSWER_FRAMES, i, n;
	s32 may, had;
	u8 buf[CTSYNC_WIRE_NACK_MAX];

	if (m->dest != CTSYNC_WIRE_ALL || m->channel >= inst->nr_cpus ||
	    !inst->cpu[m->channel] ||
	    m->epoch != get_unaligned_be32(inst->epoch)) {
		ctsync_count(inst, DROP_VALUE);
		return;
	}
	had = may = budget(p);
	for (i = 0; i < m->nr && left && may > 0 && v != CTSYNC_TOLD_LATER; i++) {
		struct ctsync_range *r = &out.range[out.nr];

		r->first = m->range[i].first;
		for (n = 0; n < m->range[i].count && left && may > 0; n++, left--) {
			v = answer_frame(inst->cpu[m->channel], r->first + n,
					 quiet, &may);
			if (v == CTSYNC_TOLD_LATER)
				break;
			if (v != CTSYNC_TOLD_GONE)
				continue;
			r->gone = true;
			ctsync_count(inst, REPAIR_GONE);
		}
		r->count = n;
		out.nr += n > 0;
	}
	spend(p, had - may);
	if (may <= 0)
		ctsync_count(inst, REPAIR_BOUND);
	if (!out.nr)
		return;
	ctsync_tx_mail(inst, out.to, CTSYNC_MSG_REPAIRED, buf,
		       ctsync_wire_pack_nack(buf, &out));
}
