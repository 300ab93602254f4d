// SPDX-License-Identifier: GPL-2.0
/* Holds: a flow's packets that wait for a peer, and how they go on.
 *
 * Ownership: struct ctsync_held belongs to its entry (e->held) and to one list
 * of one CPU. Whoever turns its state from PENDING to DRAINING, under the
 * entry's lock, moves it to its own CPU's draining list; that CPU's poll sends
 * the packets with no lock held, and frees it when it finds it empty, again
 * under the entry's lock. Packets that arrive meanwhile append, so the order
 * stays. Freed by RCU, because a poll may look at the oldest pending hold of a
 * list from which another CPU takes it.
 *
 * Locks: entry -> wait_lock (of a CPU).
 */
#include "hold.h"
#include "tx.h"

#include <linux/ktime.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/sock.h>

/* Bounds over all holds of an instance. */
#define HELD_PACKETS_MAX 16384
#define HELD_BYTES_MAX (64 << 20)

struct ctsync_held {
	struct list_head list;		/* of cpu, under its wait_lock */
	struct ctsync_entry *e;		/* NULL once detached */
	struct list_head packets;	/* under e->lock; once detached: its owner's */
	u64 await;			/* set of peers */
	u64 acked;
	u64 began;			/* ktime_get_ns() */
	u64 deadline;
	u32 nr;
	u16 cpu;
	u8 state;			/* enum ctsync_hold_state, under e->lock */
	struct rcu_head rcu;
};

static const u16 release_stat[CTSYNC_HOLD_EVENT_MAX] = {
	[CTSYNC_HOLD_EV_ACKED]		= CTSYNC_STAT_RELEASE_ACKED,
	[CTSYNC_HOLD_EV_DEADLINE]	= CTSYNC_STAT_RELEASE_DEADLINE,
	[CTSYNC_HOLD_EV_BOUND]		= CTSYNC_STAT_RELEASE_BOUND,
	[CTSYNC_HOLD_EV_PEERS_GONE]	= CTSYNC_STAT_RELEASE_PEERS_GONE,
	[CTSYNC_HOLD_EV_REFUSED]	= CTSYNC_STAT_RELEASE_REFUSED,
	[CTSYNC_HOLD_EV_SHUTDOWN]	= CTSYNC_STAT_RELEASE_SHUTDOWN,
	[CTSYNC_HOLD_EV_DEVICE]		= CTSYNC_STAT_RELEASE_DEVICE,
};

/* ---- packets ---- */

/* A socket that bpf or tproxy chose ahead may be held by this RCU section only. */
static bool own_socket(struct sk_buff *skb)
{
	if (!skb_sk_is_prefetched(skb) || sk_is_refcounted(skb->sk))
		return true;
	if (!refcount_inc_not_zero(&skb->sk->sk_refcnt))
		return false;
	skb->destructor = sock_edemux;
	return true;
}

struct ctsync_packet *ctsync_packet_take(struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct ctsync_packet *p;

	/* a dst without reference must not outlive this receive batch */
	if ((skb_dst(skb) && !skb_dst_force(skb)) || !own_socket(skb))
		return NULL;
	p = kmalloc(sizeof(*p), GFP_ATOMIC);
	if (!p)
		return NULL;
	if (state->sk && !refcount_inc_not_zero(&state->sk->sk_refcnt)) {
		kfree(p);
		return NULL;
	}
	p->skb = skb;
	p->dev = skb->dev;
	p->state = *state;
	dev_hold(p->dev);
	dev_hold(state->in);
	dev_hold(state->out);
	return p;
}

void ctsync_packet_put(struct ctsync_packet *p)
{
	dev_put(p->dev);
	dev_put(p->state.in);
	dev_put(p->state.out);
	if (p->state.sk)
		sock_gen_put(p->state.sk);
	kfree(p);
}

void ctsync_packet_send(struct ctsync_packet *p)
{
	p->state.okfn(p->state.net, p->state.sk, p->skb);
	ctsync_packet_put(p);
}

/* ---- lists ---- */

void ctsync_hold_deadline(struct ctsync_cpu *c, u64 deadline)
{
	ktime_t t = ns_to_ktime(deadline);

	spin_lock(&c->wait_lock);
	/* never later than what it is set to already */
	if (!hrtimer_active(&c->hold_timer) ||
	    ktime_before(t, hrtimer_get_expires(&c->hold_timer)))
		hrtimer_start(&c->hold_timer, t, HRTIMER_MODE_ABS_PINNED_SOFT);
	spin_unlock(&c->wait_lock);
}

static void to_pending(struct ctsync_cpu *c, struct ctsync_held *h)
{
	struct ctsync_held *before;

	h->cpu = c->cpu;
	spin_lock(&c->wait_lock);
	/* behind the last one, unless hold-timeout was shortened meanwhile */
	list_for_each_entry_reverse(before, &c->pending, list) {
		if (before->deadline <= h->deadline)
			break;
	}
	list_add(&h->list, &before->list);
	spin_unlock(&c->wait_lock);
	ctsync_hold_deadline(c, h->deadline);
}

/* The caller just turned @h to DRAINING. BH off. */
static void to_draining(struct ctsync_instance *inst, struct ctsync_held *h,
			enum ctsync_hold_event why)
{
	struct ctsync_cpu *from = inst->cpu[h->cpu];
	struct ctsync_cpu *to = ctsync_this_cpu(inst);

	ctsync_stat_inc(inst->stats, release_stat[why]);
	spin_lock(&from->wait_lock);
	list_del_init(&h->list);
	spin_unlock(&from->wait_lock);
	spin_lock(&to->wait_lock);
	list_add_tail(&h->list, &to->draining);
	spin_unlock(&to->wait_lock);
	napi_schedule(&to->napi);
}

/* Returns true when this call made it DRAINING. e->lock held. */
static bool held_step(struct ctsync_held *h, enum ctsync_hold_event event)
{
	u8 old = h->state;

	h->state = ctsync_hold_fsm(old, event);
	return old == CTSYNC_HOLD_PENDING && h->state == CTSYNC_HOLD_DRAINING;
}

/* ---- begin and follow ---- */

bool ctsync_hold_wanted(struct ctsync_instance *inst, unsigned int bytes)
{
	if (READ_ONCE(inst->params.hold) == CTSYNC_HOLD_OFF ||
	    !atomic64_read(&inst->peers.active) || !READ_ONCE(inst->running))
		return false;
	if (atomic_read(&inst->held_packets) < HELD_PACKETS_MAX &&
	    atomic_read(&inst->held_bytes) + (int)bytes < HELD_BYTES_MAX)
		return true;
	ctsync_count(inst, HOLD_SKIPPED_BOUND);
	return false;
}

static void append(struct ctsync_instance *inst, struct ctsync_held *h,
		   struct ctsync_packet *p)
{
	list_add_tail(&p->list, &h->packets);
	h->nr++;
	atomic_inc(&inst->held_packets);
	atomic_add(p->skb->truesize, &inst->held_bytes);
	ctsync_count(inst, HOLD_PACKETS);
}

bool ctsync_hold_follow(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct ctsync_packet *p)
{
	struct ctsync_held *h = e->held;

	lockdep_assert_held(&e->lock);
	if (!h)
		return false;
	append(inst, h, p);
	/* At a bound nothing is dropped and nothing overtakes: the wait ends. */
	if ((atomic_read(&inst->held_packets) >= HELD_PACKETS_MAX ||
	     atomic_read(&inst->held_bytes) >= HELD_BYTES_MAX) &&
	    held_step(h, CTSYNC_HOLD_EV_BOUND))
		to_draining(inst, h, CTSYNC_HOLD_EV_BOUND);
	return true;
}

static void await_next(struct ctsync_entry *e, struct ctsync_held *h)
{
	h->acked = 0;
	ctsync_entry_ask(e);
}

bool ctsync_hold_begin(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct ctsync_packet *p)
{
	u64 await = atomic64_read(&inst->peers.active);
	struct ctsync_held *h = e->held;

	lockdep_assert_held(&e->lock);
	/* it may have ended since it was found: nobody would detach the hold */
	if (!e->ct)
		return false;
	/* What @p made must be known, too, and is not in what was asked about
	 * before. The deadline stays that of the first packet.
	 */
	if (ctsync_hold_waits(e)) {
		await_next(e, h);
		return ctsync_hold_follow(inst, e, p);
	}
	if (!await)
		return ctsync_hold_follow(inst, e, p);
	h = kzalloc(sizeof(*h), GFP_ATOMIC);
	if (!h) {
		ctsync_count(inst, HOLD_SKIPPED_NOMEM);
		return ctsync_hold_follow(inst, e, p);
	}
	/* What goes on already does so on its own, long before an answer comes. */
	if (e->held)
		WRITE_ONCE(e->held->e, NULL);
	INIT_LIST_HEAD(&h->list);
	INIT_LIST_HEAD(&h->packets);
	h->e = e;
	h->await = await;
	h->state = ctsync_hold_fsm(CTSYNC_HOLD_NONE, CTSYNC_HOLD_EV_START);
	h->began = ktime_get_ns();
	h->deadline = h->began +
		(u64)READ_ONCE(inst->params.hold_timeout) * NSEC_PER_USEC;
	e->held = h;
	await_next(e, h);
	append(inst, h, p);
	ctsync_count(inst, HOLD_FLOWS);
	to_pending(ctsync_this_cpu(inst), h);
	return true;
}

u32 ctsync_hold_count(const struct ctsync_entry *e)
{
	return e->held ? e->held->nr : 0;
}

/* ---- end ---- */

static void end_locked(struct ctsync_instance *inst, struct ctsync_entry *e,
		       enum ctsync_hold_event why)
{
	struct ctsync_held *h = e->held;

	if (h && held_step(h, why))
		to_draining(inst, h, why);
}

void ctsync_hold_end(struct ctsync_instance *inst, struct ctsync_entry *e,
		     enum ctsync_hold_event why)
{
	spin_lock_bh(&e->lock);
	end_locked(inst, e, why);
	spin_unlock_bh(&e->lock);
}

void ctsync_hold_acked(struct ctsync_instance *inst, struct ctsync_entry *e,
		       u8 index)
{
	struct ctsync_held *h;

	spin_lock_bh(&e->lock);
	h = e->held;
	if (h) {
		h->acked |= BIT_ULL(index);
		if (ctsync_hold_done(READ_ONCE(inst->params.hold), h->await,
				     h->acked))
			end_locked(inst, e, CTSYNC_HOLD_EV_ACKED);
	}
	spin_unlock_bh(&e->lock);
}

bool ctsync_hold_waits(const struct ctsync_entry *e)
{
	return e->held && e->held->state == CTSYNC_HOLD_PENDING;
}

void ctsync_hold_take(struct ctsync_instance *inst, struct ctsync_entry *e,
		      struct list_head *packets)
{
	lockdep_assert_held(&e->lock);
	if (!ctsync_hold_waits(e))
		return;
	list_splice_tail_init(&e->held->packets, packets);
	e->held->nr = 0;
	end_locked(inst, e, CTSYNC_HOLD_EV_REFUSED);
}

/* A packet is no longer among those that wait. */
static void unaccount(struct ctsync_instance *inst, struct ctsync_packet *p)
{
	list_del(&p->list);
	atomic_dec(&inst->held_packets);
	atomic_sub(p->skb->truesize, &inst->held_bytes);
}

u32 ctsync_hold_drop(struct ctsync_instance *inst, struct list_head *packets)
{
	struct ctsync_packet *p, *n;
	u32 dropped = 0;

	list_for_each_entry_safe(p, n, packets, list) {
		unaccount(inst, p);
		kfree_skb(p->skb);
		ctsync_packet_put(p);
		dropped++;
	}
	return dropped;
}

void ctsync_hold_detach(struct ctsync_instance *inst, struct ctsync_entry *e)
{
	struct ctsync_held *h = e->held;

	lockdep_assert_held(&e->lock);
	if (!h)
		return;
	end_locked(inst, e, CTSYNC_HOLD_EV_REFUSED);
	e->held = NULL;
	WRITE_ONCE(h->e, NULL);
}

void ctsync_hold_release_all(struct ctsync_instance *inst,
			     enum ctsync_hold_event why)
{
	struct ctsync_held *h;
	struct ctsync_entry *e;
	unsigned int i;

	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < inst->nr_cpus; i++) {
		struct ctsync_cpu *c = inst->cpu[i];
		u32 left = HELD_PACKETS_MAX;

		while (c && left--) {
			spin_lock(&c->wait_lock);
			h = list_first_entry_or_null(&c->pending,
						     struct ctsync_held, list);
			if (h)
				list_del_init(&h->list);
			spin_unlock(&c->wait_lock);
			if (!h)
				break;
			e = READ_ONCE(h->e);
			if (e)
				ctsync_hold_end(inst, e, why);
		}
	}
	rcu_read_unlock();
	local_bh_enable();
}

/* ---- poll ---- */

/* Peers of whom a hold waited since @began, in vain. */
static void count_missed(struct ctsync_instance *inst, u64 missing, u64 began,
			 u64 now)
{
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		struct ctsync_peer *p = inst->peers.peer[i];

		if (!(missing & BIT_ULL(i)))
			continue;
		spin_lock(&p->lock);
		if (ctsync_bypass_missed(&p->bypass, began, now)) {
			ctsync_count(inst, BYPASS_BEGIN);
			ctsync_peer_update_sets(&inst->peers, p);
			p->bypass_told = false;
		}
		spin_unlock(&p->lock);
	}
}

static void expire(struct ctsync_cpu *c)
{
	struct ctsync_instance *inst = c->inst;
	u64 now = ktime_get_ns(), next, began, missing;
	struct ctsync_entry *e;
	struct ctsync_held *h;

	for (;;) {
		spin_lock(&c->wait_lock);
		h = list_first_entry_or_null(&c->pending, struct ctsync_held,
					     list);
		next = h ? h->deadline : 0;
		if (next > now)
			h = NULL;
		if (h)
			list_del_init(&h->list);
		spin_unlock(&c->wait_lock);
		if (next > now)
			ctsync_hold_deadline(c, next);
		if (!h)
			return;
		e = READ_ONCE(h->e);
		if (!e)
			continue;
		spin_lock(&e->lock);
		began = h->began;
		missing = h->await & ~h->acked;
		if (e->held != h || h->state != CTSYNC_HOLD_PENDING)
			missing = 0;
		else
			end_locked(inst, e, CTSYNC_HOLD_EV_DEADLINE);
		spin_unlock(&e->lock);
		count_missed(inst, missing & atomic64_read(&inst->peers.active),
			     began, now);
	}
}

static u32 move_packets(struct ctsync_held *h, struct list_head *packets,
			u32 max)
{
	u32 n;

	for (n = 0; n < max && !list_empty(&h->packets); n++)
		list_move_tail(h->packets.next, packets);
	h->nr -= n;
	return n;
}

/* Take up to @max of the packets that wait in @h, and return how many; at 0 @h
 * ends. Once it is detached nobody else touches its list.
 */
static u32 take_packets(struct ctsync_held *h, struct list_head *packets,
			u32 max)
{
	struct ctsync_entry *e = READ_ONCE(h->e);
	u32 n;

	if (!e)
		return move_packets(h, packets, max);
	spin_lock(&e->lock);
	n = move_packets(h, packets, max);
	if (!n && e->held == h)
		e->held = NULL;
	spin_unlock(&e->lock);
	return n;
}

static void send_packets(struct ctsync_instance *inst,
			 struct list_head *packets)
{
	struct ctsync_packet *p, *n;

	list_for_each_entry_safe(p, n, packets, list) {
		unaccount(inst, p);
		if (unlikely(READ_ONCE(inst->params.fence))) {
			ctsync_count(inst, FENCED);
			kfree_skb(p->skb);
			ctsync_packet_put(p);
			continue;
		}
		ctsync_packet_send(p);
	}
}

/* Send up to @budget packets; true when it was used up. */
static bool drain(struct ctsync_cpu *c, u32 budget)
{
	struct ctsync_held *h;
	LIST_HEAD(packets);
	u32 n;

	for (;;) {
		spin_lock(&c->wait_lock);
		h = list_first_entry_or_null(&c->draining, struct ctsync_held,
					     list);
		if (h && budget)
			list_del_init(&h->list);
		spin_unlock(&c->wait_lock);
		if (!h || !budget)
			return h;
		do {
			n = take_packets(h, &packets, budget);
			send_packets(c->inst, &packets);
			budget -= n;
		} while (n && budget);
		if (!n) {
			kfree_rcu(h, rcu);
			continue;
		}
		/* its turn goes on in the next poll */
		spin_lock(&c->wait_lock);
		list_add(&h->list, &c->draining);
		spin_unlock(&c->wait_lock);
	}
}

bool ctsync_hold_poll(struct ctsync_cpu *c)
{
	bool more = false;

	rcu_read_lock();
	if (!list_empty_careful(&c->pending))
		expire(c);
	if (!list_empty_careful(&c->draining))
		more = drain(c, NAPI_POLL_WEIGHT);
	rcu_read_unlock();
	return more;
}

void ctsync_hold_flush(struct ctsync_instance *inst)
{
	unsigned int i;

	ctsync_hold_release_all(inst, CTSYNC_HOLD_EV_SHUTDOWN);
	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			drain(inst->cpu[i], U32_MAX);
	}
	rcu_read_unlock();
	local_bh_enable();
}
