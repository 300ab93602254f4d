// SPDX-License-Identifier: GPL-2.0
/* Merging a peer's word into a flow that is known here.
 *
 * Each writer numbers its messages on an entry; a message is compared only with
 * what was had from the same writer, and the merge does not depend on the order
 * of writers (tcpwin.h, tcpstate.h). A higher incarnation replaces, a lower one
 * is discarded and answered.
 */
#include "merge.h"
#include "counts.h"
#include "flow.h"
#include "flow_proto.h"
#include "help.h"
#include "miss.h"
#include "register.h"
#include "tcpstate.h"
#include "tx.h"
#include "windows.h"

/* ---- answers ---- */

void ctsync_merge_request(struct ctsync_instance *inst, struct ctsync_peer *p,
			  const struct ctsync_ref *ref)
{
	struct ctsync_entry *e = ctsync_entry_find(&inst->entries, ref->origin,
						   ref->id);
	struct ctsync_note note = { .ref = *ref, .to = p->node };

	if (e)
		WRITE_ONCE(e->asked_time, (u32)jiffies);
	note.ref.flags = e && READ_ONCE(e->ct) ? 0 : CTSYNC_REF_COPY;
	ctsync_tx_note(inst, CTSYNC_MSG_REQUEST, &note);
}

void ctsync_merge_owe_ack(struct ctsync_entry *e, struct ctsync_writer *w,
			  const struct ctsync_flow *f)
{
	if (f->ref.flags & CTSYNC_REF_ACK)
		w->owed = 1;
}

void ctsync_merge_send_ack(struct ctsync_instance *inst, struct ctsync_entry *e,
			   const struct ctsync_flow *f)
{
	if (f->ref.flags & CTSYNC_REF_ACK)
		ctsync_tx_event(inst, e, CTSYNC_QE_ACK, CTSYNC_URGENT);
}

/* ---- merging ---- */

void ctsync_merge_settle_scaling(struct ctsync_tcp *t)
{
	if (t->state < CTSYNC_TCP_SYN_RECV)
		return;
	if (t->seen[0].flags & t->seen[1].flags & CTSYNC_TCPF_WSCALE)
		return;
	t->seen[0].scale = 0;
	t->seen[1].scale = 0;
}

/* How many bytes passed between this report and the one before? Its writer counts
 * from its own last, and what passed here since is in that count, not in ours:
 * then assume the most, which is bounded where it is used.
 */
static void note_moved(struct ctsync_entry *e, const struct ctsync_tcp *t,
		       const struct ctsync_tcp_known *known,
		       const struct ctsync_flow *f)
{
	int d;

	for (d = 0; d < 2; d++) {
		u32 end = ctsync_tcpwin_sent_end(t, known, d);

		if (f->dirs & (CTSYNC_DIR_WIN0 << d) && t->seen[d].maxwin &&
		    ctsync_after(f->win[d].end, end))
			e->moved[d] = ctsync_split_unseen(&e->split, d) ?
				      f->win[d].end - end : U32_MAX;
	}
}

/* Merge the TCP part into @ct. Returns false when a full update is wanted. e->lock
 * held.
 */
static bool apply_tcp(struct ctsync_instance *inst, struct ctsync_entry *e, struct nf_conn *ct,
		      const struct ctsync_flow *f, bool mirror, bool reborn)
{
	struct ctsync_tcp_known *known = NULL;
	struct ctsync_tcp t;
	bool complete;
	int d;

	spin_lock(&ct->lock);
	if (reborn) {
		e->split.flags &= ~CTSYNC_SPLIT_NOW;
		clear_bit(CTSYNC_STATUS_SPLIT_BIT, &ct->status);
	} else if (ctsync_entry_known(e)) {
		known = &e->split_tcp->known;
	}
	ctsync_flow_tcp_get(ct, &t);
	note_moved(e, &t, known, f);
	if (reborn)
		memset(t.seen, 0, sizeof(t.seen));
	for (d = 0; d < 2; d++) {
		if (f->dirs & (CTSYNC_DIR_WIN0 << d))
			ctsync_tcpwin_merge(&t, d, &f->win[d], mirror);
	}
	if (known)
		ctsync_windows_heard(inst, e, &t, f);
	/* a state whose windows did not come yet would only be in the way */
	complete = ctsync_tcpwin_complete(&t) || f->state < CTSYNC_TCP_SYN_RECV;
	if (reborn)
		t.state = f->state;
	else if (complete)
		t.state = ctsync_tcpstate_join(t.state, f->state);
	ctsync_merge_settle_scaling(&t);
	if (t.state == CTSYNC_TCP_LAST_ACK && ctsync_tcpwin_closed(&t, known))
		t.state = CTSYNC_TCP_TIME_WAIT;
	ctsync_flow_tcp_put(ct, &t);
	if (f->has_last && !(f->ref.flags & CTSYNC_REF_COPY))
		ctsync_flow_last_put(ct, &f->last);
	e->state = t.state;
	WRITE_ONCE(e->ct_state, ct->proto.tcp.state);
	spin_unlock(&ct->lock);
	return complete;
}

static void apply_status(struct nf_conn *ct, u16 status)
{
	if (status & CTSYNC_ST_SEEN_REPLY)
		set_bit(IPS_SEEN_REPLY_BIT, &ct->status);
	if (status & CTSYNC_ST_ASSURED)
		set_bit(IPS_ASSURED_BIT, &ct->status);
}

/* The mark is a register of the conntrack, whatever its incarnation. e->lock held. */
static void apply_mark(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct nf_conn *ct, const struct ctsync_flow *f)
{
	u32 bits = ctsync_mark_bits(inst);
	const struct ctsync_write theirs = {
		.clock = f->mark_clock, .node = f->mark_node,
		.value = f->mark & bits,
	}, ours = {
		.clock = e->mark_clock, .node = e->mark_node, .value = e->mark,
	};

	if (!ctsync_write_wins(&theirs, &ours))
		return;
	e->mark = theirs.value;
	e->mark_clock = f->mark_clock;
	e->mark_node = f->mark_node;
	WRITE_ONCE(ct->mark, (READ_ONCE(ct->mark) & ~bits) | e->mark);
}

/* A life is derived from the merged state and the last packet anywhere. A copy is
 * no packet: it takes the life that its sender has left, where that is more than
 * is left here, and a state that it made known shortens it.
 */
static void apply_life(struct nf_conn *ct, const struct ctsync_flow *f,
		       bool moved)
{
	unsigned long derived = ctsync_flow_life(ct), left, life;

	if (!(f->ref.flags & CTSYNC_REF_COPY)) {
		ctsync_flow_refresh(ct, derived);
		return;
	}
	left = nf_ct_expires(ct);
	life = min((unsigned long)f->life * HZ, derived);
	if (life < left)
		life = moved ? min(left, derived) : left;
	if (life != left)
		ctsync_flow_refresh(ct, life);
}

static struct ctsync_write proto_write(const struct ctsync_proto *p)
{
	return (struct ctsync_write){
		.clock = p->clock, .node = p->node,
		.value = p->state, .more = p->data,
	};
}

/* The state of SCTP or DCCP is a register, too: the messages that make it follow
 * each other. e->lock held.
 */
static void apply_proto(struct ctsync_entry *e, struct nf_conn *ct,
			const struct ctsync_proto *p)
{
	const struct ctsync_write theirs = proto_write(p),
		ours = proto_write(&e->proto);

	if (!ctsync_write_wins(&theirs, &ours))
		return;
	e->proto = *p;
	spin_lock(&ct->lock);
	ctsync_flow_proto_put(ct, p);
	spin_unlock(&ct->lock);
}

/* A flowtable of the writer forwards the flow: conntrack there saw the last of its
 * windows, so that here it must follow without them. As the kernel itself does with
 * a flow that it offloads.
 */
static void apply_offload(struct nf_conn *ct, u16 status)
{
	if (!(status & CTSYNC_ST_OFFLOAD) || nf_ct_protonum(ct) != IPPROTO_TCP)
		return;
	spin_lock(&ct->lock);
	ctsync_flow_tcp_liberal(ct);
	spin_unlock(&ct->lock);
}

bool ctsync_merge_apply(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct, u8 type, const struct ctsync_flow *f,
			bool mirror, bool reborn)
{
	bool complete = true;
	u8 before = e->state;

	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		complete = apply_tcp(inst, e, ct, f, mirror, reborn);
	else if (ctsync_flow_proto_is(nf_ct_protonum(ct)) && f->proto.clock)
		apply_proto(e, ct, &f->proto);
	if (reborn)
		e->status = 0;
	apply_offload(ct, f->status);
	if (READ_ONCE(inst->params.labels))
		ctsync_flow_labels_put(ct, f);
	apply_status(ct, f->status);
	e->status |= f->status;
	if (READ_ONCE(inst->params.accounting))
		ctsync_counts_join(ct, &f->counts);
	if (type != CTSYNC_MSG_UPDATE_C)
		apply_mark(inst, e, ct, f);
	if (reborn)
		ctsync_help_reborn(ct);
	if (unlikely(ctsync_help_has(READ_ONCE(ct->status)) ||
		     f->adjust.present || f->synproxy.present)) {
		ctsync_help_apply(ct, f, f->dirs & CTSYNC_DIRS_SEEN & ~ctsync_split_seen(&e->split));
		WRITE_ONCE(e->shift, ctsync_help_shift(ct));
	}
	apply_life(ct, f, e->state != before);
	if (reborn || f->dirs & CTSYNC_DIRS_WIN)
		e->flags &= ~(CTSYNC_E_RELEARNED0 | CTSYNC_E_RELEARNED1);
	ctsync_count(inst, APPLIED);
	return complete;
}

void ctsync_merge_over(struct ctsync_instance *inst, struct ctsync_entry *e)
{
	struct nf_conn *ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	bool closed = false;
	struct ctsync_tcp t;

	if (!ct)
		return;
	spin_lock(&e->lock);
	spin_lock(&ct->lock);
	if (nf_ct_protonum(ct) == IPPROTO_TCP) {
		ctsync_flow_tcp_get(ct, &t);
		closed = !ctsync_tcpstate_over(t.state);
	}
	if (closed) {
		t.state = ctsync_tcpstate_join(t.state, CTSYNC_TCP_CLOSE);
		ctsync_flow_tcp_put(ct, &t);
		e->state = t.state;
		WRITE_ONCE(e->ct_state, ct->proto.tcp.state);
		ctsync_flow_refresh(ct, ctsync_flow_life(ct));
	}
	spin_unlock(&ct->lock);
	spin_unlock(&e->lock);
	nf_ct_put(ct);
}

void ctsync_merge_judge(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct, const struct ctsync_flow *f)
{
	struct ctsync_tcp t;

	if (f->ref.flags & CTSYNC_REF_COPY)
		return;
	if (ctsync_split_remote(&e->split, f->dirs & CTSYNC_DIRS_SEEN, (u32)jiffies,
				READ_ONCE(inst->split_window)) !=
	    CTSYNC_SPLIT_BEGAN)
		return;
	ctsync_windows_begin(inst, e, ct);
	spin_lock(&e->lock);
	spin_lock(&ct->lock);
	if (ctsync_entry_known(e)) {
		ctsync_flow_tcp_get(ct, &t);
		ctsync_windows_heard(inst, e, &t, f);
		ctsync_flow_tcp_put(ct, &t);
	}
	spin_unlock(&ct->lock);
	spin_unlock(&e->lock);
	/* tell it what we saw while we thought that we saw all */
	if (READ_ONCE(e->seen_dirs))
		ctsync_tx_event(inst, e, CTSYNC_QE_UPDATE, CTSYNC_URGENT);
}

void ctsync_merge_evidence(struct ctsync_instance *inst,
			   struct ctsync_entry *e, u8 dirs)
{
	struct ctsync_flow f = { .dirs = dirs & CTSYNC_DIRS_SEEN };
	struct nf_conn *ct;

	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	if (!ct)
		return;
	ctsync_merge_judge(inst, e, ct, &f);
	nf_ct_put(ct);
}

/* A message that a later one of its writer overtook. The later one need not say all
 * that this one does: a compressed one has no mark, and only the windows that moved
 * since. What joins is joined; life and an ignored SYN are of its time. e->lock
 * held.
 */
static void apply_late(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct nf_conn *ct, u8 type, const struct ctsync_flow *f)
{
	struct ctsync_flow late = *f;

	late.ref.flags |= CTSYNC_REF_COPY;
	late.life = 0;
	late.has_last = false;
	ctsync_merge_apply(inst, e, ct, type, &late, false, false);
}

enum freshness { FRESH, AGAIN, STALE, STALE_LIFE };

/* Is the message newer than what we had from this writer? e->lock held. */
static enum freshness compare(const struct ctsync_entry *e,
			      const struct ctsync_writer *w,
			      const struct ctsync_ref *ref)
{
	if ((s16)(ref->inc - e->inc) < 0)
		return STALE_LIFE;
	if (w->inc != ref->inc || !w->number ||
	    ctsync_after(ref->number, w->number))
		return FRESH;
	return ref->number == w->number ? AGAIN : STALE;
}

/* Does the message answer what a parked packet asked? An older version does not say. */
static bool is_answer(const struct ctsync_peer *p, u8 type,
		      const struct ctsync_flow *f)
{
	if (READ_ONCE(p->answers))
		return f->ref.flags & CTSYNC_REF_ANSWER;
	/* a full message has the windows of all that its writer saw */
	return f->dirs & CTSYNC_DIRS_WIN || type == CTSYNC_MSG_UPDATE;
}

/* The directions of which the answer's writer knows more than others told it. */
static u8 told_dirs(const struct ctsync_peer *p, const struct ctsync_flow *f)
{
	u8 windows = f->dirs & CTSYNC_DIRS_WIN;

	if (!READ_ONCE(p->answers))
		return windows ? CTSYNC_DIRS_SEEN : 0;
	return windows / CTSYNC_DIR_WIN0 & f->ref.flags / CTSYNC_REF_SEEN0;
}

bool ctsync_merge_flow(struct ctsync_instance *inst, struct ctsync_peer *p,
		       struct ctsync_entry *e, u8 type, const struct ctsync_flow *f)
{
	struct nf_conn *ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	struct ctsync_writer *w;
	enum freshness fresh;
	bool reborn, parked, complete = true;

	if (unlikely(!ct))
		return false;
	spin_lock(&e->lock);
	w = ctsync_entry_writer(e, p->node, READ_ONCE(p->era));
	fresh = compare(e, w, &f->ref);
	if (fresh == FRESH) {
		reborn = f->ref.inc != e->inc;
		if (reborn) {
			e->inc = f->ref.inc;
			w->owed = 0;
		}
		w->inc = f->ref.inc;
		w->number = f->ref.number;
		if (!(f->ref.flags & CTSYNC_REF_COPY))
			ctsync_entry_heard(e, w);
		complete = ctsync_merge_apply(inst, e, ct, type, f,
					      !ctsync_split_seen(&e->split), reborn);
		e->flags |= CTSYNC_E_ANNOUNCED;
	}
	if (fresh == STALE)
		apply_late(inst, e, ct, type, f);
	if (fresh == STALE_LIFE && type != CTSYNC_MSG_UPDATE_C)
		apply_mark(inst, e, ct, f);
	if (fresh != STALE_LIFE)
		ctsync_merge_owe_ack(e, w, f);
	parked = e->flags & CTSYNC_E_PARKED && fresh != STALE_LIFE;
	spin_unlock(&e->lock);

	switch (fresh) {
	case FRESH:
		ctsync_merge_judge(inst, e, ct, f);
		/* an answer that lacks it shows that its writer has no more */
		if (!complete && !(f->ref.flags & CTSYNC_REF_COPY))
			ctsync_merge_request(inst, p, &f->ref);
		fallthrough;
	case AGAIN:
		ctsync_merge_send_ack(inst, e, f);
		break;
	case STALE_LIFE:
		ctsync_count(inst, MSG_STALE_LIFE);
		/* ours is newer: say so, at most once per tick */
		if (READ_ONCE(e->sent_time) != (u32)jiffies)
			ctsync_tx_event(inst, e, CTSYNC_QE_REQUEST,
					CTSYNC_URGENT);
		break;
	case STALE:
		ctsync_count(inst, MSG_STALE);
		ctsync_merge_send_ack(inst, e, f);
		break;
	}
	if (parked && is_answer(p, type, f))
		ctsync_miss_answered(inst, e, p, told_dirs(p, f));
	nf_ct_put(ct);
	return true;
}
