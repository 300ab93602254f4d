// SPDX-License-Identifier: GPL-2.0
/* The table of entries: slots, ids, aliases and tombstones.
 *
 * Lock order: entry -> id bucket -> nothing; entry -> free_lock; entry ->
 * tomb_lock. Readers of both tables are under RCU; entries are freed by
 * call_rcu(), so a reader may meet an entry that has just gone: the TOMBSTONE
 * flag and e->ct under e->lock tell.
 */
#include "entry.h"

#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define REAP_MAX 4096u		/* tombstones in one go */
#define KEPT_MAX ((unsigned long)7 * 24 * 3600 * HZ)

#ifndef CONFIG_64BIT
#error "ctsync keeps its slot number in the upper half of a 64-bit status word"
#endif

#if !defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC) && \
	!defined(CONFIG_PREEMPT_RT)
static_assert(sizeof(struct ctsync_entry) <= 192);
#endif

static u32 id_hash(u8 origin, u64 id)
{
	return jhash_3words((u32)id, (u32)(id >> 32), origin, 0x63745379);
}

static struct hlist_head *id_bucket(const struct ctsync_entries *t, u8 origin,
				    u64 id)
{
	return &t->id[id_hash(origin, id) & t->id_mask];
}

static spinlock_t *id_lock(struct ctsync_entries *t, u8 origin, u64 id)
{
	return &t->id_lock[id_hash(origin, id) & t->id_mask &
			   (CTSYNC_ID_LOCKS - 1)].lock;
}

int ctsync_entries_init(struct ctsync_entries *t, u8 node, u32 max)
{
	u32 i, buckets;

	BUILD_BUG_ON(__IPS_MAX_BIT > CTSYNC_STATUS_SHIFT);
	BUILD_BUG_ON(sizeof(unsigned long) != 8);

	max = clamp_t(u32, max, 1024, 1u << 28);
	buckets = roundup_pow_of_two(max);
	t->nr_slots = max;
	t->id_mask = buckets - 1;
	t->node = node;
	t->max_tombs = max(4096u, max / 4);
	t->slot = kvcalloc(max + 1, sizeof(*t->slot), GFP_KERNEL);
	t->free = kvmalloc_array(max, sizeof(*t->free), GFP_KERNEL);
	t->id = kvcalloc(buckets, sizeof(*t->id), GFP_KERNEL);
	if (!t->slot || !t->free || !t->id)
		goto nomem;
	for (i = 0; i < max; i++)
		t->free[i] = max - i;
	t->nr_free = max;
	spin_lock_init(&t->free_lock);
	spin_lock_init(&t->tomb_lock);
	INIT_LIST_HEAD(&t->tombs);
	INIT_LIST_HEAD(&t->kept);
	for (i = 0; i < CTSYNC_ID_LOCKS; i++)
		spin_lock_init(&t->id_lock[i].lock);
	atomic64_set(&t->next_id, get_random_u64());
	return 0;

nomem:
	kvfree(t->id);
	kvfree(t->free);
	kvfree(t->slot);
	t->slot = NULL;
	return -ENOMEM;
}

static void entry_free_rcu(struct rcu_head *head)
{
	struct ctsync_entry *e = container_of(head, struct ctsync_entry, rcu);

	kfree(e->split_tcp);
	kfree(e->adopted);
	kfree(e);
}

static void entry_release(struct ctsync_entry *e)
{
	call_rcu(&e->rcu, entry_free_rcu);
}

void ctsync_entries_uninit(struct ctsync_entries *t)
{
	struct ctsync_entry *e;
	struct hlist_node *n;
	u32 i;

	if (!t->slot)
		return;
	/* every bound entry, every one queued for its end and every tombstone
	 * is in the id table
	 */
	for (i = 0; i <= t->id_mask; i++) {
		hlist_for_each_entry_safe(e, n, &t->id[i], idlink) {
			hlist_del_rcu(&e->idlink);
			entry_release(e);
		}
	}
	kvfree(t->id);
	kvfree(t->free);
	kvfree(t->slot);
	t->slot = NULL;
}

static u32 slot_get(struct ctsync_entries *t)
{
	u32 slot = 0;

	spin_lock_bh(&t->free_lock);
	if (t->nr_free)
		slot = t->free[--t->nr_free];
	spin_unlock_bh(&t->free_lock);
	return slot;
}

static void slot_put(struct ctsync_entries *t, u32 slot)
{
	RCU_INIT_POINTER(t->slot[slot], NULL);
	spin_lock_bh(&t->free_lock);
	t->free[t->nr_free++] = slot;
	spin_unlock_bh(&t->free_lock);
}

/* A copy that was lost is made anew under its name, and peers remember the number of the
 * last message that they had from us in this epoch. No entry is told a thousand times a
 * second for long, so who begins at the time, in milliseconds, begins after that; by a
 * clock that nobody sets.
 */
static u32 first_number(void)
{
	return (u32)ktime_to_ms(ktime_get_coarse());
}

struct ctsync_entry *ctsync_entry_alloc(struct ctsync_entries *t)
{
	struct ctsync_entry *e;
	u32 slot = slot_get(t);

	if (!slot)
		return ERR_PTR(-ENOSPC);
	e = kzalloc(sizeof(*e), GFP_ATOMIC);
	if (!e) {
		slot_put(t, slot);
		return ERR_PTR(-ENOMEM);
	}
	INIT_LIST_HEAD(&e->qlink);
	INIT_HLIST_NODE(&e->idlink);
	spin_lock_init(&e->lock);
	e->slot = slot;
	e->queue = CTSYNC_Q_NONE;
	e->number = first_number();
	return e;
}

void ctsync_entry_free(struct ctsync_entries *t, struct ctsync_entry *e)
{
	if (e->slot)
		slot_put(t, e->slot);
	entry_release(e);
}

static struct ctsync_entry *id_find(const struct ctsync_entries *t, u8 origin,
				    u64 id)
{
	struct ctsync_entry *e;

	hlist_for_each_entry_rcu(e, id_bucket(t, origin, id), idlink, true) {
		if (READ_ONCE(e->id) == id && READ_ONCE(e->origin) == origin)
			return e;
	}
	return NULL;
}

static int id_add(struct ctsync_entries *t, struct ctsync_entry *e, u8 origin,
		  u64 id)
{
	spinlock_t *lock = id_lock(t, origin, id);
	int err = -EEXIST;

	spin_lock_bh(lock);
	if (!id_find(t, origin, id)) {
		WRITE_ONCE(e->id, id);
		WRITE_ONCE(e->origin, origin);
		hlist_add_head_rcu(&e->idlink, id_bucket(t, origin, id));
		err = 0;
	}
	spin_unlock_bh(lock);
	return err;
}

static void id_del(struct ctsync_entries *t, struct ctsync_entry *e)
{
	spinlock_t *lock = id_lock(t, e->origin, e->id);

	spin_lock_bh(lock);
	hlist_del_init_rcu(&e->idlink);
	spin_unlock_bh(lock);
}

/* Put @slot into the status word, if no slot is there and the flow is not one
 * of this node's own.
 */
static bool status_set_slot(struct nf_conn *ct, u32 slot)
{
	unsigned long old = READ_ONCE(ct->status);

	do {
		if (old & (CTSYNC_STATUS_SLOT | BIT_ULL(CTSYNC_STATUS_LOCAL_BIT)))
			return false;
	} while (!try_cmpxchg(&ct->status, &old,
			      old | (u64)slot << CTSYNC_STATUS_SHIFT));
	return true;
}

void ctsync_status_clear(struct nf_conn *ct, u32 slot)
{
	unsigned long old = READ_ONCE(ct->status);

	do {
		if (ctsync_status_slot(old) != slot)
			return;
	} while (!try_cmpxchg(&ct->status, &old,
			      old & ~(CTSYNC_STATUS_SLOT |
				      BIT_ULL(CTSYNC_STATUS_SPLIT_BIT))));
}

int ctsync_entry_bind(struct ctsync_entries *t, struct ctsync_entry *e,
		      struct nf_conn *ct, u8 origin, u64 id, bool guarded)
{
	int err;

	if (!guarded) {
		e->adopted = kmalloc(sizeof(*e->adopted), GFP_ATOMIC);
		if (!e->adopted)
			return -ENOMEM;
		e->adopted->tuple = ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
		e->adopted->zone = *nf_ct_zone(ct);
	}
	if (!origin) {
		origin = t->node;
		id = atomic64_inc_return(&t->next_id);
	}
	e->ct = ct;
	/* an unguarded one counts as met by the walk that may be under way */
	e->flags |= guarded ? CTSYNC_E_GUARDED : CTSYNC_E_SEEN_WALK;
	err = id_add(t, e, origin, id);
	if (err) {
		WRITE_ONCE(e->ct, NULL);
		return err;
	}
	rcu_assign_pointer(t->slot[e->slot], e);
	if (!status_set_slot(ct, e->slot)) {
		id_del(t, e);
		WRITE_ONCE(e->ct, NULL);
		return -EEXIST;
	}
	if (!guarded)
		atomic_inc(&t->nr_unguarded);
	if (unlikely(nf_ct_zone(ct)->id))
		WRITE_ONCE(t->zoned, true);
	return 0;
}

struct ctsync_entry *ctsync_entry_at(const struct ctsync_entries *t, u32 slot)
{
	if (!slot || slot > t->nr_slots)
		return NULL;
	return rcu_dereference(t->slot[slot]);
}

struct ctsync_entry *ctsync_entry_of(const struct ctsync_entries *t,
				     const struct nf_conn *ct,
				     unsigned long status)
{
	struct ctsync_entry *e = ctsync_entry_at(t, ctsync_status_slot(status));

	return e && READ_ONCE(e->ct) == ct ? e : NULL;
}

struct ctsync_entry *ctsync_entry_find(const struct ctsync_entries *t,
				       u8 origin, u64 id)
{
	struct ctsync_entry *e = id_find(t, origin, id);

	if (e && READ_ONCE(e->flags) & CTSYNC_E_ALIAS)
		e = id_find(t, e->reason, e->alias_id);
	return e;
}

static struct nf_conn *find_by_tuple(struct net *net, struct ctsync_entry *e)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	if (!e->adopted)
		return NULL;
	h = nf_conntrack_find_get(net, &e->adopted->zone, &e->adopted->tuple);
	if (!h)
		return NULL;
	ct = nf_ct_tuplehash_to_ctrack(h);
	if (ctsync_status_slot(READ_ONCE(ct->status)) == e->slot)
		return ct;
	nf_ct_put(ct);
	return NULL;
}

struct nf_conn *ctsync_entry_get_ct(const struct ctsync_entries *t,
				    struct net *net, struct ctsync_entry *e)
{
	struct nf_conn *ct;

	if (!(READ_ONCE(e->flags) & CTSYNC_E_GUARDED))
		return READ_ONCE(e->ct) ? find_by_tuple(net, e) : NULL;

	/* The DESTROY callback clears e->ct before the last put, and the page
	 * of a freed conntrack stays a page of conntracks for a grace period.
	 * If the callback was taken out after this look at it, then whatever
	 * it missed was freed after our RCU section began.
	 */
	ct = READ_ONCE(e->ct);
	if (!ct || rcu_access_pointer(net->ct.nf_conntrack_event_cb) !=
			t->notifier || !refcount_inc_not_zero(&ct->ct_general.use))
		return NULL;
	smp_acquire__after_ctrl_dep();
	if (READ_ONCE(e->ct) == ct &&
	    ctsync_status_slot(READ_ONCE(ct->status)) == e->slot)
		return ct;
	nf_ct_put(ct);
	return NULL;
}

/* tomb_lock held */
static void tomb_expire(struct ctsync_entries *t, struct ctsync_entry *e)
{
	list_del_init(&e->qlink);
	t->nr_tombs--;
	if (e->flags & CTSYNC_E_KEPT)
		t->nr_kept--;
	id_del(t, e);
	entry_release(e);
}

static void tomb_add(struct ctsync_entries *t, struct ctsync_entry *e)
{
	spin_lock_bh(&t->tomb_lock);
	if (t->nr_tombs >= t->max_tombs) {
		tomb_expire(t, list_first_entry(list_empty(&t->tombs) ?
						&t->kept : &t->tombs,
						struct ctsync_entry, qlink));
		t->tombs_bounded++;
	}
	e->sent_time = (u32)jiffies;
	if (e->flags & CTSYNC_E_KEPT) {
		list_add_tail(&e->qlink, &t->kept);
		t->nr_kept++;
	} else {
		list_add_tail(&e->qlink, &t->tombs);
	}
	t->nr_tombs++;
	spin_unlock_bh(&t->tomb_lock);
}

void ctsync_entries_unguard(struct ctsync_entries *t)
{
	struct ctsync_entry *e;
	u32 slot;

	for (slot = 1; slot <= t->nr_slots; slot++) {
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		if (e) {
			spin_lock_bh(&e->lock);
			if (e->flags & CTSYNC_E_GUARDED && e->ct) {
				e->flags &= ~CTSYNC_E_GUARDED;
				atomic_inc(&t->nr_unguarded);
			}
			spin_unlock_bh(&e->lock);
		}
		rcu_read_unlock();
	}
}

void ctsync_entry_reguard(struct ctsync_entries *t, struct ctsync_entry *e)
{
	lockdep_assert_held(&e->lock);
	if (e->flags & CTSYNC_E_GUARDED || !e->ct)
		return;
	e->flags |= CTSYNC_E_GUARDED;
	atomic_dec(&t->nr_unguarded);
}

/* A tombstone that was never an entry, found by (@origin, @id). */
static void remember(struct ctsync_entries *t, u8 origin, u64 id, u32 flags,
		     u16 inc, u8 reason, u64 alias_id)
{
	struct ctsync_entry *a = kzalloc(sizeof(*a), GFP_ATOMIC);

	if (!a)
		return;		/* the name is unknown then */
	INIT_LIST_HEAD(&a->qlink);
	INIT_HLIST_NODE(&a->idlink);
	spin_lock_init(&a->lock);
	a->queue = CTSYNC_Q_NONE;
	a->flags = flags | CTSYNC_E_TOMBSTONE;
	a->inc = inc;
	a->reason = reason;
	a->alias_id = alias_id;
	if (id_add(t, a, origin, id)) {
		kfree(a);
		return;
	}
	tomb_add(t, a);
}

void ctsync_entry_tombstone(struct ctsync_entries *t, u8 origin, u64 id,
			    u16 inc, u8 reason)
{
	remember(t, origin, id, 0, inc, reason, 0);
}

void ctsync_entry_exhume(struct ctsync_entries *t, struct ctsync_entry *e)
{
	spin_lock_bh(&t->tomb_lock);
	/* somebody else may have, and one whose end is not told is not buried */
	if (!list_empty(&e->qlink))
		tomb_expire(t, e);
	spin_unlock_bh(&t->tomb_lock);
}

void ctsync_entry_alias(struct ctsync_entries *t, const struct ctsync_entry *e,
			u8 origin, u64 id)
{
	if (e->origin != origin || e->id != id)
		remember(t, origin, id, CTSYNC_E_ALIAS, 0, e->origin, e->id);
}

void ctsync_entry_rekey(struct ctsync_entries *t, struct ctsync_entry *e,
			u8 origin, u64 id)
{
	u8 old_origin = e->origin;
	u64 old_id = e->id;

	id_del(t, e);
	/* A reader that was in the old bucket may follow e into the new one and
	 * miss what stood behind: it finds "unknown entry", which is answered
	 * by a request. Rare, and healed.
	 */
	if (id_add(t, e, origin, id)) {
		/* taken: keep the old name */
		id_add(t, e, old_origin, old_id);
		return;
	}
	ctsync_entry_alias(t, e, old_origin, old_id);
}

bool ctsync_entry_unbind(struct ctsync_entries *t, struct ctsync_entry *e,
			 struct nf_conn *ct)
{
	lockdep_assert_held(&e->lock);
	if (!e->ct)
		return false;
	WRITE_ONCE(e->ct, NULL);
	if (ct)
		ctsync_status_clear(ct, e->slot);
	if (!(e->flags & CTSYNC_E_GUARDED))
		atomic_dec(&t->nr_unguarded);
	slot_put(t, e->slot);
	e->slot = 0;
	return true;
}

void ctsync_entry_bury(struct ctsync_entries *t, struct ctsync_entry *e)
{
	spin_lock_bh(&e->lock);
	e->flags |= CTSYNC_E_TOMBSTONE;
	spin_unlock_bh(&e->lock);
	tomb_add(t, e);
}

void ctsync_entry_drop(struct ctsync_entries *t, struct ctsync_entry *e)
{
	id_del(t, e);
	entry_release(e);
}

void ctsync_entry_keep(struct ctsync_entry *e, unsigned long life)
{
	lockdep_assert_held(&e->lock);
	e->flags |= CTSYNC_E_KEPT;
	e->kept.life = min(life, KEPT_MAX);
	e->kept.until = (u32)jiffies + e->kept.life;
}

void ctsync_entry_keep_longer(struct ctsync_entry *e, u32 life)
{
	u32 until;

	spin_lock(&e->lock);
	if (e->flags & CTSYNC_E_KEPT) {
		until = (u32)jiffies +
			(life ? min_t(unsigned long, life, KEPT_MAX) :
				e->kept.life);
		if ((s32)(until - e->kept.until) > 0)
			e->kept.until = until;
	}
	spin_unlock(&e->lock);
}

void ctsync_entry_keep_dead(struct ctsync_entry *e, u16 inc)
{
	spin_lock(&e->lock);
	if ((s16)(inc - e->inc) > 0)
		e->inc = inc;
	spin_unlock(&e->lock);
}

/* A few of those whose time is not that of their burial. tomb_lock held */
static u32 reap_kept(struct ctsync_entries *t)
{
	u32 left = min_t(u32, t->nr_kept, REAP_MAX), reaped = 0;
	struct ctsync_entry *e;

	for (; left; left--) {
		e = list_first_entry(&t->kept, struct ctsync_entry, qlink);
		if ((s32)((u32)jiffies - READ_ONCE(e->kept.until)) < 0) {
			list_move_tail(&e->qlink, &t->kept);
			continue;
		}
		tomb_expire(t, e);
		reaped++;
	}
	return reaped;
}

u32 ctsync_entries_reap(struct ctsync_entries *t, u32 age)
{
	struct ctsync_entry *e, *n;
	u32 reaped = 0;

	spin_lock_bh(&t->tomb_lock);
	list_for_each_entry_safe(e, n, &t->tombs, qlink) {
		if ((u32)jiffies - e->sent_time < age || reaped >= REAP_MAX)
			break;
		tomb_expire(t, e);
		reaped++;
	}
	reaped += reap_kept(t);
	spin_unlock_bh(&t->tomb_lock);
	return reaped;
}

struct ctsync_writer *ctsync_entry_writer(struct ctsync_entry *e, u8 node, u8 era)
{
	struct ctsync_writer *w = &e->writer[0];

	lockdep_assert_held(&e->lock);
	if (w->node == node || !w->node)
		goto found;
	w = &e->writer[1];
	if (w->node == node)
		goto found;
	/* a third writer takes the place of the one that was met first */
	if (w->node) {
		e->writer[0] = *w;
		e->flags &= ~CTSYNC_E_WORD1;
	}
found:
	if (w->node != node || w->era != era) {
		memset(w, 0, sizeof(*w));
		w->node = node;
		w->era = era;
	}
	return w;
}
