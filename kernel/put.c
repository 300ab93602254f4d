// SPDX-License-Identifier: GPL-2.0
/* What an entry has to say, written into a frame and remembered as told. */
#include "put.h"
#include "counts.h"
#include "expect.h"
#include "flow.h"
#include "flow_proto.h"
#include "help.h"
#include "hold.h"
#include "master.h"
#include "tcpstate.h"
#include "trace.h"

#include <linux/jiffies.h>
#include <net/netfilter/nf_conntrack.h>

static const u16 out_stat[CTSYNC_MSG_MAX] = {
	[CTSYNC_MSG_INSERT]	= CTSYNC_STAT_OUT_INSERT,
	[CTSYNC_MSG_UPDATE]	= CTSYNC_STAT_OUT_UPDATE,
	[CTSYNC_MSG_UPDATE_C]	= CTSYNC_STAT_OUT_UPDATE_C,
	[CTSYNC_MSG_DELETE]	= CTSYNC_STAT_OUT_DELETE,
	[CTSYNC_MSG_FORGET]	= CTSYNC_STAT_OUT_FORGET,
	[CTSYNC_MSG_IACK]	= CTSYNC_STAT_OUT_IACK,
	[CTSYNC_MSG_INACK]	= CTSYNC_STAT_OUT_INACK,
	[CTSYNC_MSG_REQUEST]	= CTSYNC_STAT_OUT_REQUEST,
	[CTSYNC_MSG_HELLO]	= CTSYNC_STAT_OUT_HELLO,
	[CTSYNC_MSG_NACK]	= CTSYNC_STAT_OUT_NACK,
	[CTSYNC_MSG_REPAIRED]	= CTSYNC_STAT_OUT_REPAIRED,
	[CTSYNC_MSG_BULK_START]	= CTSYNC_STAT_OUT_BULK,
	[CTSYNC_MSG_BULK_END]	= CTSYNC_STAT_OUT_BULK,
	[CTSYNC_MSG_BULK_ACK]	= CTSYNC_STAT_OUT_BULK,
	[CTSYNC_MSG_EXPECT_DEL]	= CTSYNC_STAT_OUT_EXPECT_DEL,
	[CTSYNC_MSG_DIGEST]	= CTSYNC_STAT_OUT_DIGEST,
	[CTSYNC_MSG_QUERY]	= CTSYNC_STAT_OUT_QUERY,
	[CTSYNC_MSG_UNKNOWN]	= CTSYNC_STAT_OUT_UNKNOWN,
};

void ctsync_put_count(struct ctsync_instance *inst, u8 type)
{
	if (atomic64_read(&inst->peers.up))
		ctsync_stat_inc(inst->stats, out_stat[type]);
}

void ctsync_put_told(struct ctsync_cpu *c, u8 type,
		     const struct ctsync_note *note)
{
	struct ctsync_told t = {
		.id = note->ref.id,
		.win_id = note->win_id,
		.number = note->ref.number,
		.inc = note->ref.inc,
		.type = type,
		.origin = note->ref.origin,
		.to = note->to,
		.reason = note->reason,
		.win_origin = note->win_origin,
		.flags = note->ref.flags,
	};

	ctsync_put_count(c->inst, type);
	trace_ctsync_sent(c->inst->net->ns.inum, note->to, type, &note->ref);
	spin_lock(&c->told_lock);
	ctsync_told_add(&c->told, &t);
	spin_unlock(&c->told_lock);
}

static void entry_ref(const struct ctsync_entry *e, struct ctsync_ref *ref)
{
	ref->id = e->id;
	ref->origin = e->origin;
	ref->inc = e->inc;
	ref->number = e->number;
	ref->flags = 0;
}

/* Acknowledge to each writer that asked. Returns false when there is no room;
 * those that fitted are no longer owed. e->lock held.
 */
static bool put_acks(struct ctsync_cpu *c, struct ctsync_enc *enc,
		     struct ctsync_entry *e)
{
	struct ctsync_note note = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(e->writer); i++) {
		struct ctsync_writer *w = &e->writer[i];

		if (!w->owed)
			continue;
		entry_ref(e, &note.ref);
		note.ref.number = w->number;
		note.ref.inc = w->inc;
		note.to = w->node;
		if (!ctsync_wire_put_note(enc, CTSYNC_MSG_IACK, &note))
			return false;
		w->owed = 0;
		ctsync_put_told(c, CTSYNC_MSG_IACK, &note);
	}
	return true;
}

static bool put_end(struct ctsync_cpu *c, struct ctsync_enc *enc,
		    struct ctsync_entry *e)
{
	u8 type = e->flags & CTSYNC_E_FORGET ? CTSYNC_MSG_FORGET :
					       CTSYNC_MSG_DELETE;
	struct ctsync_note note = { .reason = e->reason };

	entry_ref(e, &note.ref);
	note.ref.number = e->number + 1;
	if (!ctsync_wire_put_note(enc, type, &note))
		return false;
	e->number++;
	ctsync_put_told(c, type, &note);
	return true;
}

/* The directions of which this node knows more than others told it. */
static u8 own_dirs(const struct ctsync_entry *e)
{
	return e->flags & CTSYNC_E_REBORN ? CTSYNC_DIRS_SEEN : ctsync_split_seen(&e->split);
}

/* Which windows may be told: those of directions that this node observed. */
static u8 window_dirs(const struct ctsync_entry *e, u8 type)
{
	u8 dirs = own_dirs(e);

	if (type == CTSYNC_MSG_INSERT)
		dirs = CTSYNC_DIRS_SEEN;
	else if (type == CTSYNC_MSG_UPDATE_C && !(e->flags & CTSYNC_E_REBORN))
		dirs = e->seen_dirs;
	return dirs * CTSYNC_DIR_WIN0;
}

/* A window of which nothing is known yet is not worth its bytes. */
static u8 known_windows(const struct ctsync_flow *f, u8 dirs)
{
	if (!f->win[0].maxwin)
		dirs &= ~CTSYNC_DIR_WIN0;
	if (!f->win[1].maxwin)
		dirs &= ~CTSYNC_DIR_WIN1;
	return dirs;
}

/* The receiver knows what a message of ours says from now on. e->lock held. */
static void mark_told(struct ctsync_entry *e, const struct ctsync_flow *f,
		      u8 ct_state)
{
	u8 state = ctsync_tcpstate_join(e->state, f->state);
	int d;

	if (e->flags & CTSYNC_E_COPY && state == e->state &&
	    !(f->status & ~e->status))
		e->flags |= CTSYNC_E_COPIED;
	else
		e->flags &= ~CTSYNC_E_COPIED;
	e->number = f->ref.number;
	if (e->flags & CTSYNC_E_WANT_ACK)
		e->ack_number = e->number;
	e->flags &= ~(CTSYNC_E_WANT_ACK | CTSYNC_E_COPY | CTSYNC_E_ANSWER |
		      CTSYNC_E_SYN_IGNORED | CTSYNC_E_REBORN |
		      CTSYNC_E_EXPECTS);
	e->flags |= CTSYNC_E_ANNOUNCED;
	e->seen_dirs = 0;
	e->status |= f->status;
	e->state = state;
	WRITE_ONCE(e->ct_state, ct_state);
	WRITE_ONCE(e->sent_time, (u32)jiffies);
	for (d = 0; d < 2; d++) {
		if (!(f->dirs & (CTSYNC_DIR_WIN0 << d)))
			continue;
		ctsync_tcpwin_sent(&e->sent[d], &f->win[d]);
	}
}

/* What a helper added to the flow, and expects behind it. Returns false when that
 * needs a frame of its own: a packet waits for all of it. e->lock held.
 */
static bool get_help(struct ctsync_instance *inst, const struct ctsync_enc *enc,
		     const struct ctsync_entry *e, struct nf_conn *ct,
		     struct ctsync_flow *f)
{
	u32 bytes;

	ctsync_help_get(ct, f);
	ctsync_master_get(inst, ct, f);
	if (!(ct->status & IPS_HELPER) || !enc->messages)
		return true;
	bytes = ctsync_expect_bytes(ct, e->flags & CTSYNC_E_COPY);
	return !bytes || enc->len + bytes + CTSYNC_WIRE_SECTION +
			 ctsync_wire_size_max(CTSYNC_MSG_INSERT) <= enc->size;
}

static void put_expected(struct ctsync_instance *inst, struct ctsync_enc *enc,
			 const struct ctsync_entry *e, const struct nf_conn *ct)
{
	u32 n = ctsync_expect_put(inst, enc, e, ct);

	if (n && atomic64_read(&inst->peers.up))
		ctsync_stat_add(inst->stats, CTSYNC_STAT_OUT_EXPECT_NEW, n);
}

/* The update-interval that it is, of those in which counters are told once each. */
static u8 counts_turn(const struct ctsync_instance *inst)
{
	return (u32)jiffies / max(READ_ONCE(inst->update_interval), 1u);
}

static bool counts_due(const struct ctsync_instance *inst,
		       const struct ctsync_entry *e, const struct nf_conn *ct)
{
	return READ_ONCE(inst->params.accounting) &&
	       READ_ONCE(e->counts_told) != counts_turn(inst) &&
	       ctsync_counts_any(ct);
}

static bool put_flow(struct ctsync_cpu *c, struct ctsync_enc *enc,
		     struct ctsync_entry *e, struct nf_conn *ct, u8 type)
{
	struct ctsync_instance *inst = c->inst;
	bool full = type != CTSYNC_MSG_UPDATE_C;
	struct ctsync_note told = {};
	struct ctsync_flow f = {};
	bool expects;
	u8 ct_state = 0;

	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		ct_state = READ_ONCE(ct->proto.tcp.state);
	ctsync_flow_get(ct, ctsync_entry_known(e), &f);
	entry_ref(e, &f.ref);
	f.ref.number = e->number + 1;
	/* every message says truly whether a packet waits: clashes go by it */
	if (e->flags & CTSYNC_E_WANT_ACK || ctsync_hold_waits(e))
		f.ref.flags |= CTSYNC_REF_ACK;
	if (e->flags & CTSYNC_E_COPY) {
		f.ref.flags |= CTSYNC_REF_COPY;
		f.life = nf_ct_expires(ct) / HZ;
	}
	f.dirs = e->seen_dirs;
	if (f.l4 == IPPROTO_TCP)
		f.dirs |= known_windows(&f, window_dirs(e, type));
	if (e->flags & CTSYNC_E_ANSWER)
		f.ref.flags |= CTSYNC_REF_ANSWER | own_dirs(e) * CTSYNC_REF_SEEN0;
	if (ctsync_flow_proto_is(f.l4))
		f.proto = e->proto;
	f.has_labels &= !!READ_ONCE(inst->params.labels);
	f.mark = e->mark;
	f.mark_clock = e->mark_clock;
	f.mark_node = e->mark_node;
	if (full)
		ctsync_timeouts_get(ct, &f);
	if (full && READ_ONCE(inst->params.accounting))
		ctsync_counts_get(ct, &f.counts);
	if (full && !get_help(inst, enc, e, ct, &f))
		return false;
	if (!ctsync_wire_put_flow(enc, type, &f))
		return false;
	/* our own, or all to who has none; an update of another kind would only
	 * bring back what ended elsewhere
	 */
	expects = full && ct->status & IPS_HELPER &&
		  (type == CTSYNC_MSG_INSERT ||
		   e->flags & (CTSYNC_E_EXPECTS | CTSYNC_E_COPY));
	mark_told(e, &f, ct_state);
	if (f.counts.present)
		WRITE_ONCE(e->counts_told, counts_turn(inst));
	if (f.adjust.present)
		e->shift = ctsync_help_shift(ct);
	told.ref = f.ref;
	ctsync_put_told(c, type, &told);
	if (expects)
		put_expected(inst, enc, e, ct);
	return true;
}

static const u8 queue_type[CTSYNC_Q_NONE] = {
	[CTSYNC_Q_UPDATE_C]	= CTSYNC_MSG_UPDATE_C,
	[CTSYNC_Q_UPDATE]	= CTSYNC_MSG_UPDATE,
	[CTSYNC_Q_INSERT]	= CTSYNC_MSG_INSERT,
};

bool ctsync_put_entry(struct ctsync_cpu *c, struct ctsync_enc *enc,
		      struct ctsync_entry *e, enum ctsync_queue_id queue)
{
	struct ctsync_instance *inst = c->inst;
	struct nf_conn *ct = NULL;
	u8 type = queue_type[queue];
	bool fits;

	if (type) {
		ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
		/* a compressed update assumes that the peer has the entry, and
		 * does not carry an ignored SYN, a changed mark, expectations or
		 * counters
		 */
		if (type == CTSYNC_MSG_UPDATE_C &&
		    (READ_ONCE(e->flags) & (CTSYNC_E_SYN_IGNORED |
					    CTSYNC_E_REBORN | CTSYNC_E_EXPECTS) ||
		     (ct && counts_due(inst, e, ct))))
			type = CTSYNC_MSG_UPDATE;
	}
	spin_lock_bh(&e->lock);
	fits = put_acks(c, enc, e);
	if (fits && queue == CTSYNC_Q_DELETE)
		fits = put_end(c, enc, e);
	else if (fits && ct && e->ct == ct)
		fits = put_flow(c, enc, e, ct, type);
	spin_unlock_bh(&e->lock);
	if (ct)
		nf_ct_put(ct);
	return fits;
}
