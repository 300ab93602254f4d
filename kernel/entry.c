// SPDX-License-Identifier: GPL-2.0
/* The table of entries: slots and ids; tombstones are entry_tomb.c's.
 *
 * Lock order: entry -> id bucket -> nothing; entry -> free_lock; entry ->
 * tomb_lock. Readers of both tables are under RCU; entries are freed by
 * call_rcu(), so a reader may meet an entry that has just gone: the TOMBSTONE
 * flag and e->ct under e->lock tell.
 */
#include "entry_tomb.h"

#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

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

/* Names of a node are in order, also those of before it went down and of after: 8 million
 * of each millisecond, the first at random, for the clock may have been set back to it.
 */
#define NAMES_A_MS_SHIFT 23

void ctsync_entry_names_begin(struct ctsync_entries *t)
{
	u64 ms = ktime_get_real_ns() >> 20; /* nearly */

	atomic64_set(&t->next_id, ms << NAMES_A_MS_SHIFT |
				  get_random_u32() >> (32 - NAMES_A_MS_SHIFT));
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
	t->max_tombs = max(4096u, max);	/* what a full table leaves behind */
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
	ctsync_entry_names_begin(t);
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

void ctsync_entry_release(struct ctsync_entry *e)
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
			ctsync_entry_release(e);
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
	e->asked_time = (u32)jiffies;
	return e;
}

void ctsync_entry_free(struct ctsync_entries *t, struct ctsync_entry *e)
{
	if (e->slot)
		slot_put(t, e->slot);
	ctsync_entry_release(e);
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

int ctsync_entry_id_add(struct ctsync_entries *t, struct ctsync_entry *e,
			u8 origin, u64 id)
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

void ctsync_entry_id_del(struct ctsync_entries *t, struct ctsync_entry *e)
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

#define OWN_NAMES 4	/* tries */

/* Give @e the next name of this node, which must not be one that a peer's word took before:
 * of a peer that errs, or lies. Who took one may have taken many: the next try is far.
 */
static int name_own(struct ctsync_entries *t, struct ctsync_entry *e)
{
	int i, err = -EEXIST;

	for (i = 0; i < OWN_NAMES && err; i++) {
		err = ctsync_entry_id_add(t, e, t->node,
					  atomic64_inc_return(&t->next_id));
		if (unlikely(err))
			atomic64_add(get_random_u32(), &t->next_id);
	}
	return err;
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
	e->ct = ct;
	/* an unguarded one counts as met by the walk that may be under way */
	e->flags |= guarded ? CTSYNC_E_GUARDED : CTSYNC_E_SEEN_WALK;
	err = origin ? ctsync_entry_id_add(t, e, origin, id) : name_own(t, e);
	if (err) {
		WRITE_ONCE(e->ct, NULL);
		return err;
	}
	rcu_assign_pointer(t->slot[e->slot], e);
	if (!status_set_slot(ct, e->slot)) {
		ctsync_entry_id_del(t, e);
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

void ctsync_entry_rekey(struct ctsync_entries *t, struct ctsync_entry *e,
			u8 origin, u64 id)
{
	u8 old_origin = e->origin;
	u64 old_id = e->id;

	ctsync_entry_id_del(t, e);
	/* A reader that was in the old bucket may follow e into the new one and
	 * miss what stood behind: it finds "unknown entry", which is answered
	 * by a request. Rare, and healed.
	 */
	if (ctsync_entry_id_add(t, e, origin, id)) {
		/* taken: keep the old name */
		ctsync_entry_id_add(t, e, old_origin, old_id);
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

void ctsync_entry_drop(struct ctsync_entries *t, struct ctsync_entry *e)
{
	ctsync_entry_id_del(t, e);
	ctsync_entry_release(e);
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
