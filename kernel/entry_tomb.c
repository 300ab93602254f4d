// SPDX-License-Identifier: GPL-2.0
/* Tombstones: what is remembered of entries whose flow has ended, so that nothing late
 * brings it back; and aliases, which are names remembered likewise.
 */
#include "entry_tomb.h"

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/slab.h>

#define REAP_MAX 4096u		/* in one go */
#define KEPT_MAX ((unsigned long)7 * 24 * 3600 * HZ)

/* tomb_lock held */
static void tomb_expire(struct ctsync_entries *t, struct ctsync_entry *e)
{
	list_del_init(&e->qlink);
	t->nr_tombs--;
	if (e->flags & CTSYNC_E_KEPT)
		t->nr_kept--;
	ctsync_entry_id_del(t, e);
	ctsync_entry_release(e);
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
	if (ctsync_entry_id_add(t, a, origin, id)) {
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

void ctsync_entry_told_dead(struct ctsync_entries *t, struct ctsync_entry *e)
{
	spin_lock_bh(&t->tomb_lock);
	/* a KEPT one is told to nobody, and one that was reaped is gone */
	if (!list_empty(&e->qlink) &&
	    (READ_ONCE(e->flags) & (CTSYNC_E_TOMBSTONE | CTSYNC_E_KEPT)) ==
	    CTSYNC_E_TOMBSTONE) {
		e->sent_time = (u32)jiffies;
		list_move_tail(&e->qlink, &t->tombs);
	}
	spin_unlock_bh(&t->tomb_lock);
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

void ctsync_entry_bury(struct ctsync_entries *t, struct ctsync_entry *e)
{
	spin_lock_bh(&e->lock);
	e->flags |= CTSYNC_E_TOMBSTONE;
	spin_unlock_bh(&e->lock);
	tomb_add(t, e);
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
