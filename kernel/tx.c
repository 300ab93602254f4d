// SPDX-License-Identifier: GPL-2.0
/* From queues to frames: state is read and serialised here, at flush time only.
 *
 * Everything below the "poll" line runs in the poll of its CPU and nowhere
 * else: a channel's sequence numbers have one writer. An event only queues the
 * entry and, if it is urgent or a frame is full, schedules that poll, which
 * runs after the receive batch that caused the event.
 */
#include "tx.h"
#include "expect.h"
#include "flow.h"
#include "help.h"
#include "master.h"
#include "tcpstate.h"

#include <linux/jiffies.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>

#define FRAMES_PER_POLL 16
#define FRAME_BYTES_MIN 512

/* A frame's worth of bytes waits: what the encoder may fill. */
static u32 frame_room(const struct ctsync_instance *inst)
{
	return READ_ONCE(inst->frame_max) - CTSYNC_WIRE_HDR -
	       (inst->conf.insecure ? 0 : CTSYNC_WIRE_TAG);
}

static void kick(struct ctsync_cpu *c, int todo)
{
	set_bit(todo, &c->todo);
	napi_schedule(&c->napi);
}

void ctsync_tx_kick(struct ctsync_instance *inst, int todo)
{
	local_bh_disable();
	kick(ctsync_this_cpu(inst), todo);
	local_bh_enable();
}

static void arm(struct ctsync_cpu *c)
{
	if (!hrtimer_active(&c->flush_timer))
		hrtimer_start(&c->flush_timer,
			      ns_to_ktime((u64)READ_ONCE(c->inst->params.flush_interval) *
					  NSEC_PER_USEC),
			      HRTIMER_MODE_REL_PINNED_SOFT);
}

void ctsync_tx_event(struct ctsync_instance *inst, struct ctsync_entry *e,
		     enum ctsync_qevent event, enum ctsync_urgency urgency)
{
	struct ctsync_cpu *c;
	u32 bytes;

	local_bh_disable();
	c = ctsync_this_cpu(inst);
	bytes = ctsync_queue_event(&inst->queues, c->cpu, e, event, urgency);
	if (bytes >= frame_room(inst))
		kick(c, CTSYNC_TODO_ALL);
	else if (urgency == CTSYNC_URGENT)
		kick(c, CTSYNC_TODO_URGENT);
	else
		arm(c);
	local_bh_enable();
}

void ctsync_tx_note(struct ctsync_instance *inst, u8 type,
		    const struct ctsync_note *note)
{
	struct ctsync_cpu *c;

	local_bh_disable();
	c = ctsync_this_cpu(inst);
	if (!ctsync_queue_note(&c->queue, type, note))
		ctsync_count(inst, NOTE_BOUND);
	kick(c, CTSYNC_TODO_URGENT);
	local_bh_enable();
}

void ctsync_tx_lazy(struct ctsync_instance *inst)
{
	local_bh_disable();
	arm(ctsync_this_cpu(inst));
	local_bh_enable();
}

void ctsync_tx_frame_size(struct ctsync_instance *inst)
{
	unsigned int size = CTSYNC_WIRE_FRAME_MAX, i;

	for (i = 0; i < inst->peers.nr; i++)
		size = min(size, ctsync_socket_mtu(&inst->sock,
						   &inst->peers.peer[i]->addr));
	WRITE_ONCE(inst->frame_max, max_t(unsigned int, size, FRAME_BYTES_MIN));
}

/* ---- poll ---- */

struct frame {
	struct sk_buff *skb;
	struct ctsync_enc enc;
	const struct ctsync_key *key;	/* that seals it, NULL: in clear */
	u8 dest;
};

/* Under RCU until the frame is sent. */
static bool frame_begin(struct ctsync_cpu *c, struct frame *f, u8 dest)
{
	struct ctsync_instance *inst = c->inst;
	struct ctsync_frame head = {
		.version = CTSYNC_WIRE_VERSION,
		.node = inst->conf.node,
		.dest = dest,
		.channel = c->cpu,
		.cluster = inst->conf.cluster,
	};
	unsigned int size = READ_ONCE(inst->frame_max);

	f->key = ctsync_crypto_sealing(&inst->crypto);
	f->dest = dest;
	head.key_id = f->key ? f->key->id : 0;
	f->skb = alloc_skb(size + CTSYNC_SOCKET_HEADROOM, GFP_ATOMIC);
	if (!f->skb) {
		ctsync_count(inst, XMIT_NOMEM);
		return false;
	}
	skb_reserve(f->skb, CTSYNC_SOCKET_HEADROOM);
	memcpy(head.epoch, inst->epoch, sizeof(head.epoch));
	ctsync_wire_begin(&f->enc, f->skb->data, size, &head);
	return true;
}

static void xmit_one(struct ctsync_instance *inst, struct ctsync_peer *p,
		     struct sk_buff *skb)
{
	unsigned int len = skb->len;

	if (ctsync_socket_xmit(&inst->sock, skb, &p->addr)) {
		ctsync_count(inst, XMIT_NOROUTE);
		return;
	}
	ctsync_count(inst, OUT_FRAMES);
	ctsync_stat_add(inst->stats, CTSYNC_STAT_OUT_BYTES, len);
	atomic64_inc(&p->out_frames);
	atomic64_add(len, &p->out_bytes);
}

/* Number and seal: the frame is as it goes out. A number is used once, as it
 * makes the nonce; false when the stream has none left.
 */
static bool frame_end(struct ctsync_cpu *c, struct frame *f)
{
	u64 seq = c->seq[f->dest] + 1;

	if (seq >= CTSYNC_SEQ_MAX) {
		ctsync_count(c->inst, XMIT_SEQ);
		return false;
	}
	WRITE_ONCE(c->seq[f->dest], seq);
	ctsync_wire_set_seq(f->skb->data, seq);
	skb_put(f->skb, f->enc.len);
	if (f->key) {
		skb_put(f->skb, CTSYNC_WIRE_TAG);
		ctsync_crypto_seal(f->key, f->skb->data, f->enc.len);
	}
	return true;
}

/* Number the frame and send it to each proven peer. */
static void frame_send_all(struct ctsync_cpu *c, struct frame *f)
{
	struct ctsync_instance *inst = c->inst;
	u64 up = atomic64_read(&inst->peers.up);
	struct sk_buff *copy;
	unsigned int i;

	if (up && !frame_end(c, f))
		up = 0;
	if (up)
		ctsync_stat_add(inst->stats, CTSYNC_STAT_OUT_MESSAGES,
				f->enc.messages);
	for (i = 0; i < inst->peers.nr && up; i++) {
		if (!(up & BIT_ULL(i)))
			continue;
		up &= ~BIT_ULL(i);
		if (!up) {
			xmit_one(inst, inst->peers.peer[i], f->skb);
			return;
		}
		copy = skb_copy(f->skb, GFP_ATOMIC);
		if (copy)
			xmit_one(inst, inst->peers.peer[i], copy);
		else
			ctsync_count(inst, XMIT_NOMEM);
	}
	/* nobody to send to: what was queued counts as told, a peer that comes
	 * is copied the whole table
	 */
	kfree_skb(f->skb);
}

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
};

/* What nobody is there to hear is encoded, but not sent. */
static void count_out(struct ctsync_instance *inst, u8 type)
{
	if (atomic64_read(&inst->peers.up))
		ctsync_stat_inc(inst->stats, out_stat[type]);
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
static bool put_acks(struct ctsync_instance *inst, struct ctsync_enc *enc,
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
		count_out(inst, CTSYNC_MSG_IACK);
	}
	return true;
}

static bool put_end(struct ctsync_instance *inst, struct ctsync_enc *enc,
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
	count_out(inst, type);
	return true;
}

/* Which windows may be told: those of directions that this node observed. */
static u8 window_dirs(const struct ctsync_entry *e, u8 type)
{
	u8 dirs = 0;

	if (type == CTSYNC_MSG_INSERT || e->flags & CTSYNC_E_REBORN)
		return CTSYNC_DIR_WIN0 | CTSYNC_DIR_WIN1;
	if (type == CTSYNC_MSG_UPDATE_C) {
		if (e->seen_dirs & CTSYNC_DIR_SEEN0)
			dirs |= CTSYNC_DIR_WIN0;
		if (e->seen_dirs & CTSYNC_DIR_SEEN1)
			dirs |= CTSYNC_DIR_WIN1;
		return dirs;
	}
	if (!ctsync_split_unseen(&e->split, 0))
		dirs |= CTSYNC_DIR_WIN0;
	if (!ctsync_split_unseen(&e->split, 1))
		dirs |= CTSYNC_DIR_WIN1;
	return dirs;
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
	int d;

	e->number = f->ref.number;
	if (f->ref.flags & CTSYNC_REF_ACK)
		e->ack_number = e->number;
	e->flags &= ~(CTSYNC_E_WANT_ACK | CTSYNC_E_COPY |
		      CTSYNC_E_SYN_IGNORED | CTSYNC_E_REBORN |
		      CTSYNC_E_EXPECTS);
	e->flags |= CTSYNC_E_ANNOUNCED;
	e->seen_dirs = 0;
	e->status |= f->status;
	e->state = ctsync_tcpstate_join(e->state, f->state);
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

static bool put_flow(struct ctsync_instance *inst, struct ctsync_enc *enc,
		     struct ctsync_entry *e, struct nf_conn *ct, u8 type)
{
	bool full = type != CTSYNC_MSG_UPDATE_C;
	struct ctsync_flow f = {};
	bool expects;
	u8 ct_state = 0;

	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		ct_state = READ_ONCE(ct->proto.tcp.state);
	ctsync_flow_get(ct, ctsync_entry_known(e), &f);
	entry_ref(e, &f.ref);
	f.ref.number = e->number + 1;
	if (e->flags & CTSYNC_E_WANT_ACK)
		f.ref.flags |= CTSYNC_REF_ACK;
	if (e->flags & CTSYNC_E_COPY) {
		f.ref.flags |= CTSYNC_REF_COPY;
		f.life = nf_ct_expires(ct) / HZ;
	}
	f.dirs = e->seen_dirs;
	if (f.l4 == IPPROTO_TCP)
		f.dirs |= known_windows(&f, window_dirs(e, type));
	f.mark = e->mark;
	f.mark_clock = e->mark_clock;
	f.mark_node = e->mark_node;
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
	count_out(inst, type);
	if (expects)
		put_expected(inst, enc, e, ct);
	return true;
}

static const u8 queue_type[CTSYNC_Q_NONE] = {
	[CTSYNC_Q_UPDATE_C]	= CTSYNC_MSG_UPDATE_C,
	[CTSYNC_Q_UPDATE]	= CTSYNC_MSG_UPDATE,
	[CTSYNC_Q_INSERT]	= CTSYNC_MSG_INSERT,
};

/* Write what @e, taken off @queue, has to say. Returns false when there is no
 * room. An entry whose conntrack is gone says nothing: its end is an event of
 * its own.
 */
static bool put_entry(struct ctsync_instance *inst, struct ctsync_enc *enc,
		      struct ctsync_entry *e, enum ctsync_queue_id queue)
{
	struct nf_conn *ct = NULL;
	u8 type = queue_type[queue];
	bool fits;

	if (type) {
		ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
		/* a compressed update assumes that the peer has the entry, and
		 * does not carry an ignored SYN, a changed mark or expectations
		 */
		if (type == CTSYNC_MSG_UPDATE_C &&
		    READ_ONCE(e->flags) & (CTSYNC_E_SYN_IGNORED |
					   CTSYNC_E_REBORN | CTSYNC_E_EXPECTS))
			type = CTSYNC_MSG_UPDATE;
	}
	spin_lock_bh(&e->lock);
	fits = put_acks(inst, enc, e);
	if (fits && queue == CTSYNC_Q_DELETE)
		fits = put_end(inst, enc, e);
	else if (fits && ct && e->ct == ct)
		fits = put_flow(inst, enc, e, ct, type);
	spin_unlock_bh(&e->lock);
	if (ct)
		nf_ct_put(ct);
	return fits;
}

/* Fill the frame from one queue. Returns false when the frame is full. */
static bool drain_queue(struct ctsync_cpu *c, struct frame *f,
			enum ctsync_queue_id queue, bool all)
{
	struct ctsync_instance *inst = c->inst;
	struct ctsync_entry *e;

	while ((e = ctsync_queue_pop(&c->queue, queue, all,
				     READ_ONCE(inst->update_interval)))) {
		if (!put_entry(inst, &f->enc, e, queue)) {
			ctsync_queue_unpop(&inst->queues, &c->queue, e, queue);
			return false;
		}
		if (queue == CTSYNC_Q_DELETE) {
			if (ctsync_entry_short_lived(e))
				ctsync_entry_drop(&inst->entries, e);
			else
				ctsync_entry_bury(&inst->entries, e);
		}
	}
	return true;
}

static bool drain_notes(struct ctsync_cpu *c, struct frame *f)
{
	struct ctsync_queued_note n;

	while (f->enc.len + CTSYNC_WIRE_SECTION + 32 <= f->enc.size &&
	       ctsync_queue_note_pop(&c->queue, &n)) {
		if (!ctsync_wire_put_note(&f->enc, n.type, &n.note)) {
			ctsync_count(c->inst, NOTE_BOUND);
			return false;
		}
		count_out(c->inst, n.type);
	}
	return !READ_ONCE(c->queue.note_len);
}

/* One frame, filled in the order of the queues. Returns true when it was full,
 * so that there may be more.
 */
static bool build_and_send(struct ctsync_cpu *c, bool all)
{
	struct frame f;
	bool room;
	int queue;

	if (!frame_begin(c, &f, CTSYNC_WIRE_ALL))
		return false;
	room = drain_notes(c, &f);
	if (room && all)
		room = ctsync_expect_put_ends(c->inst, &f.enc);
	for (queue = 0; room && queue < CTSYNC_Q_NONE; queue++)
		room = drain_queue(c, &f, queue, all);
	if (f.enc.messages)
		frame_send_all(c, &f);
	else
		kfree_skb(f.skb);
	return !room;
}

bool ctsync_tx_flush(struct ctsync_cpu *c)
{
	bool urgent = test_and_clear_bit(CTSYNC_TODO_URGENT, &c->todo);
	bool all = test_and_clear_bit(CTSYNC_TODO_ALL, &c->todo);
	int frames;

	if (!urgent && !all)
		return false;
	rcu_read_lock();
	for (frames = 0; frames < FRAMES_PER_POLL; frames++) {
		if (!build_and_send(c, all))
			break;
	}
	rcu_read_unlock();
	if (ctsync_queue_busy(&c->queue))
		arm(c);
	if (frames < FRAMES_PER_POLL)
		return false;
	set_bit(all ? CTSYNC_TODO_ALL : CTSYNC_TODO_URGENT, &c->todo);
	return true;
}

void ctsync_tx_hello(struct ctsync_cpu *c, struct ctsync_peer *p,
		     const struct ctsync_hello *hello)
{
	struct frame f;

	/* Not to "all" while its number is not known: the others would miss what
	 * they never get, and no two frames may have one number.
	 */
	if (!frame_begin(c, &f, hello->to ?: c->inst->conf.node))
		return;
	if (!ctsync_wire_put_hello(&f.enc, hello) || !frame_end(c, &f)) {
		kfree_skb(f.skb);
		return;
	}
	ctsync_count(c->inst, OUT_HELLO);
	ctsync_stat_add(c->inst->stats, CTSYNC_STAT_OUT_MESSAGES, 1);
	xmit_one(c->inst, p, f.skb);
}

u8 ctsync_tx_streams(struct ctsync_instance *inst, u8 node,
		     struct ctsync_stream *out)
{
	unsigned int i;
	u8 n = 0;

	for (i = 0; i < inst->nr_cpus; i++) {
		if (!inst->cpu[i])
			continue;
		out[n++] = (struct ctsync_stream){
			.dest = CTSYNC_WIRE_ALL,
			.channel = i,
			.next = READ_ONCE(inst->cpu[i]->seq[CTSYNC_WIRE_ALL]) + 1,
		};
		if (!node)
			continue;
		out[n++] = (struct ctsync_stream){
			.dest = node,
			.channel = i,
			.next = READ_ONCE(inst->cpu[i]->seq[node]) + 1,
		};
	}
	return n;
}
