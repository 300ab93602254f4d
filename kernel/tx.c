// SPDX-License-Identifier: GPL-2.0
/* From queues to frames: state is read and serialised here, at flush time only.
 *
 * Everything below the "poll" line runs in the poll of its CPU and nowhere
 * else: a channel's sequence numbers have one writer. An event only queues the
 * entry and, if it is urgent or a frame is full, schedules that poll, which
 * runs after the receive batch that caused the event.
 */
#include "tx.h"
#include "entry_tomb.h"
#include "expect.h"
#include "put.h"

#include <linux/jiffies.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>

#define FRAMES_PER_POLL 16

/* What the encoder may fill of a frame of @size bytes. */
static u32 frame_room(const struct ctsync_instance *inst, u32 size)
{
	return size - CTSYNC_WIRE_HDR -
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
	if (bytes >= frame_room(inst, READ_ONCE(inst->frame_max)))
		kick(c, CTSYNC_TODO_ALL);
	else if (urgency == CTSYNC_URGENT)
		kick(c, CTSYNC_TODO_URGENT);
	else
		arm(c);
	local_bh_enable();
}

static void copy(struct ctsync_instance *inst, struct ctsync_entry *e, u32 flags,
		 enum ctsync_qevent event, enum ctsync_urgency urgency)
{
	spin_lock_bh(&e->lock);
	if (!(e->flags & CTSYNC_E_WANT_ACK))
		flags |= CTSYNC_E_COPY;
	e->flags |= flags;
	spin_unlock_bh(&e->lock);
	ctsync_tx_event(inst, e, event, urgency);
}

void ctsync_tx_copy(struct ctsync_instance *inst, struct ctsync_entry *e,
		    enum ctsync_qevent event, enum ctsync_urgency urgency)
{
	copy(inst, e, 0, event, urgency);
}

void ctsync_tx_answer(struct ctsync_instance *inst, struct ctsync_entry *e,
		      enum ctsync_qevent event)
{
	copy(inst, e, CTSYNC_E_ANSWER, event, CTSYNC_URGENT);
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

void ctsync_tx_mail(struct ctsync_instance *inst, u8 to, u8 type,
		    const u8 *msg, u32 len)
{
	struct ctsync_cpu *c;

	local_bh_disable();
	c = ctsync_this_cpu(inst);
	if (!ctsync_mail_add(to == CTSYNC_WIRE_ALL ? &c->mail : &c->letters, to,
			     type, msg, len))
		ctsync_count(inst, NOTE_BOUND);
	kick(c, CTSYNC_TODO_URGENT);
	local_bh_enable();
}

void ctsync_tx_frame_size(struct ctsync_instance *inst)
{
	u64 up = atomic64_read(&inst->peers.up);
	unsigned int size = CTSYNC_WIRE_FRAME_MAX, i;

	for (i = 0; i < inst->peers.nr; i++)
		size = min(size, ctsync_socket_mtu(&inst->sock,
						   &inst->peers.peer[i]->addr));
	if (ctsync_has_group(inst))
		size = min(size, ctsync_socket_mtu(&inst->sock,
						   &inst->conf.group));
	size = max_t(unsigned int, size, CTSYNC_PATH_MIN);
	WRITE_ONCE(inst->frame_limit, size);
	for (i = 0; i < inst->peers.nr; i++) {
		if (up & BIT_ULL(i))
			size = min(size, ctsync_path_size(&inst->peers.peer[i]->path,
							  size));
	}
	WRITE_ONCE(inst->frame_max, size);
}

/* ---- poll ---- */

struct frame {
	struct sk_buff *skb;
	struct ctsync_enc enc;
	const struct ctsync_key *key;	/* that seals it, NULL: in clear */
	u8 dest;
};

/* Under RCU until the frame is sent. */
static bool frame_begin(struct ctsync_cpu *c, struct frame *f, u8 dest,
			unsigned int size)
{
	struct ctsync_instance *inst = c->inst;
	struct ctsync_frame head = {
		.version = CTSYNC_WIRE_VERSION,
		.node = inst->conf.node,
		.dest = dest,
		.channel = c->cpu,
		.cluster = inst->conf.cluster,
	};

	if (unlikely(READ_ONCE(inst->muted)))
		return false;
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

static bool xmit(struct ctsync_instance *inst, struct sk_buff *skb,
		 const struct in6_addr *to)
{
	unsigned int len = skb->len;

	if (ctsync_socket_xmit(&inst->sock, skb, to)) {
		ctsync_count(inst, XMIT_NOROUTE);
		return false;
	}
	ctsync_count(inst, OUT_FRAMES);
	ctsync_stat_add(inst->stats, CTSYNC_STAT_OUT_BYTES, len);
	return true;
}

static void count_peer(struct ctsync_peer *p, unsigned int len, u32 messages)
{
	atomic64_inc(&p->out_frames);
	atomic64_add(messages, &p->out_messages);
	atomic64_add(len, &p->out_bytes);
}

static void xmit_one(struct ctsync_instance *inst, struct ctsync_peer *p,
		     struct sk_buff *skb, u32 messages)
{
	unsigned int len = skb->len;

	if (xmit(inst, skb, &p->addr))
		count_peer(p, len, messages);
}

/* One datagram for all. Who does not hear us yet gets it too and drops it: that is
 * a frame of an epoch that it has not proven.
 */
static void xmit_group(struct ctsync_instance *inst, struct sk_buff *skb, u64 up,
		       u32 messages)
{
	unsigned int len = skb->len, i;

	if (!xmit(inst, skb, &inst->conf.group))
		return;
	ctsync_count(inst, OUT_GROUP);
	for (i = 0; i < inst->peers.nr; i++) {
		if (up & BIT_ULL(i))
			count_peer(inst->peers.peer[i], len, messages);
	}
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
		ctsync_crypto_seal(c->inst->crypto.cipher[c->cpu], f->key,
				   f->skb->data, f->enc.len);
	}
	return true;
}

static bool any_proven(const struct ctsync_instance *inst)
{
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		if (READ_ONCE(inst->peers.peer[i]->proven))
			return true;
	}
	return false;
}

/* Number the frame and send it to each proven peer that hears us, or to their group. One
 * may hear us and not have said so: it tells its table already, and what we answer must
 * not be lost. So it misses that number, and has it told again.
 */
static void frame_send_all(struct ctsync_cpu *c, struct frame *f)
{
	struct ctsync_instance *inst = c->inst;
	u64 up = atomic64_read(&inst->peers.up);
	struct sk_buff *copy;
	unsigned int i;

	if ((up || any_proven(inst)) && frame_end(c, f)) {
		spin_lock(&c->told_lock);
		ctsync_told_sent(&c->told, c->seq[CTSYNC_WIRE_ALL]);
		spin_unlock(&c->told_lock);
		ctsync_stat_add(inst->stats, CTSYNC_STAT_OUT_MESSAGES,
				f->enc.messages);
	} else {
		up = 0;
	}
	if (up && ctsync_has_group(inst)) {
		xmit_group(inst, f->skb, up, f->enc.messages);
		return;
	}
	for (i = 0; i < inst->peers.nr && up; i++) {
		if (!(up & BIT_ULL(i)))
			continue;
		up &= ~BIT_ULL(i);
		if (!up) {
			xmit_one(inst, inst->peers.peer[i], f->skb, f->enc.messages);
			return;
		}
		copy = skb_copy(f->skb, GFP_ATOMIC);
		if (copy)
			xmit_one(inst, inst->peers.peer[i], copy, f->enc.messages);
		else
			ctsync_count(inst, XMIT_NOMEM);
	}
	/* nobody to send to: what was queued counts as told, a peer that comes
	 * is copied the whole table
	 */
	kfree_skb(f->skb);
}

/* Fill the frame from one queue. Returns false when the frame is full. */
static bool drain_queue(struct ctsync_cpu *c, struct frame *f,
			enum ctsync_queue_id queue, bool all)
{
	struct ctsync_instance *inst = c->inst;
	struct ctsync_entry *e;

	while ((e = ctsync_queue_pop(&c->queue, queue, all,
				     READ_ONCE(inst->update_interval)))) {
		if (!ctsync_put_entry(c, &f->enc, e, queue)) {
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
		ctsync_put_told(c, n.type, &n.note);
	}
	return !READ_ONCE(c->queue.note_len);
}

/* Mail is not remembered: who misses an answer asks again. */
static bool drain_mail(struct ctsync_cpu *c, struct frame *f)
{
	struct ctsync_mail *m;

	while ((m = ctsync_mail_pop(&c->mail))) {
		if (ctsync_wire_put_packed(&f->enc, m->type, m->msg, m->len)) {
			ctsync_put_count(c->inst, m->type);
		} else if (f->enc.messages) {
			ctsync_mail_unpop(&c->mail, m);
			return false;
		} else {
			/* longer than a frame of this path */
			ctsync_count(c->inst, NOTE_BOUND);
		}
		kfree(m);
	}
	return true;
}

/* A frame with what waits for the peer of the first letter. Who answers is in need
 * of an answer, who asks asks again: so nobody repairs these frames, and the question
 * which frames were lost is not one more of them. Returns false when no letter was
 * there.
 */
static bool post(struct ctsync_cpu *c)
{
	struct ctsync_mail *m = ctsync_mail_pop(&c->letters);
	struct ctsync_peer *p;
	struct frame f;

	if (!m)
		return false;
	p = ctsync_peer_by_node(&c->inst->peers, m->to);
	/* as with frames to all: one that does not hear us is told nothing */
	if (!p || !READ_ONCE(p->hears) ||
	    !frame_begin(c, &f, m->to, READ_ONCE(c->inst->frame_max))) {
		kfree(m);
		return true;
	}
	while (m && ctsync_wire_put_packed(&f.enc, m->type, m->msg, m->len)) {
		ctsync_put_count(c->inst, m->type);
		kfree(m);
		m = ctsync_mail_pop_to(&c->letters, f.dest);
	}
	if (m && f.enc.messages) {
		ctsync_mail_unpop(&c->letters, m);
	} else if (m) {
		/* longer than a frame of this path */
		ctsync_count(c->inst, NOTE_BOUND);
		kfree(m);
	}
	if (f.enc.messages && frame_end(c, &f)) {
		ctsync_stat_add(c->inst->stats, CTSYNC_STAT_OUT_MESSAGES,
				f.enc.messages);
		xmit_one(c->inst, p, f.skb, f.enc.messages);
	} else {
		kfree_skb(f.skb);
	}
	return true;
}

/* One frame, filled in the order of the queues. Returns true when it was full,
 * so that there may be more.
 */
static bool build_and_send(struct ctsync_cpu *c, bool all)
{
	struct frame f;
	bool room;
	int queue;

	if (!frame_begin(c, &f, CTSYNC_WIRE_ALL, READ_ONCE(c->inst->frame_max)))
		return false;
	spin_lock(&c->told_lock);
	ctsync_told_begin(&c->told);
	spin_unlock(&c->told_lock);
	room = drain_mail(c, &f) && drain_notes(c, &f);
	if (room && all)
		room = ctsync_expect_put_ends(c, &f.enc);
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
		if (!post(c) && !build_and_send(c, all))
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
		     struct ctsync_hello *hello, unsigned int fill)
{
	struct frame f;

	hello->fill = fill;
	/* Not to "all" while its number is not known: the others would miss what
	 * they never get, and no two frames may have one number.
	 */
	if (!frame_begin(c, &f, hello->to ?: c->inst->conf.node,
			 fill ?: READ_ONCE(c->inst->frame_limit)))
		return;
	if (!ctsync_wire_put_hello(&f.enc, hello) || !frame_end(c, &f)) {
		kfree_skb(f.skb);
		return;
	}
	ctsync_count(c->inst, OUT_HELLO);
	ctsync_stat_add(c->inst->stats, CTSYNC_STAT_OUT_MESSAGES, 1);
	xmit_one(c->inst, p, f.skb, f.enc.messages);
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
