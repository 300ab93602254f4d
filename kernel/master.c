// SPDX-License-Identifier: GPL-2.0
/* Related flows and their masters, in whatever order they come.
 *
 * A related flow holds a reference on its master, as conntrack's own do. One whose
 * master is not here yet is made without, and waits in a bounded list while the
 * master is asked for.
 *
 * No conntrack is looked for, and no reference put, under expects.lock: that may
 * end another conntrack, whose events come back to us.
 */
#include "master.h"
#include "expect.h"
#include "help.h"
#include "merge.h"

#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>

#define WAITING_MAX 1024
#define WAITING_LIFE (10 * HZ)
/* masters of masters: a call that was set up by a call, and so on */
#define DEPTH_MAX 8

/* A flow whose master is not here yet. */
struct waiting {
	struct list_head list;
	u64 id;
	u64 master_id;
	u8 origin;
	u8 master_origin;
	u32 since;	/* jiffies */
};

void ctsync_master_get(struct ctsync_instance *inst, const struct nf_conn *ct,
		       struct ctsync_flow *f)
{
	const struct nf_conn *master = READ_ONCE(ct->master);
	const struct ctsync_entry *e;

	if (!master)
		return;
	e = ctsync_entry_of(&inst->entries, master, READ_ONCE(master->status));
	if (!e)
		return;		/* not synced: the flow goes on its own */
	f->master_origin = READ_ONCE(e->origin);
	f->master_id = READ_ONCE(e->id);
}

/* How many masters stand above @ct? Each holds a reference on the next, and none
 * changes once it is set. @child: a flow that must not be among them.
 */
static bool fits_above(const struct nf_conn *master, const struct nf_conn *child)
{
	int depth;

	for (depth = 0; master; depth++) {
		if (master == child || depth == DEPTH_MAX)
			return false;
		master = READ_ONCE(master->master);
	}
	return true;
}

/* The conntrack of that name, referenced, or NULL. */
static struct nf_conn *by_name(struct ctsync_instance *inst, u8 origin, u64 id)
{
	struct ctsync_entry *e = ctsync_entry_find(&inst->entries, origin, id);

	return e ? ctsync_entry_get_ct(&inst->entries, inst->net, e) : NULL;
}

struct nf_conn *ctsync_master_find(struct ctsync_instance *inst,
				   const struct ctsync_flow *f)
{
	struct nf_conn *ct;

	if (!f->master_origin)
		return NULL;
	ct = by_name(inst, f->master_origin, f->master_id);
	if (ct && !fits_above(ct, NULL)) {
		nf_ct_put(ct);
		ct = NULL;
	}
	return ct;
}

static void wait_for_master(struct ctsync_instance *inst,
			    const struct ctsync_entry *e,
			    const struct ctsync_flow *f)
{
	struct ctsync_expects *x = &inst->expects;
	struct waiting *w = kmalloc(sizeof(*w), GFP_ATOMIC);

	if (!w) {
		ctsync_count(inst, MASTER_LOST);
		return;
	}
	w->origin = e->origin;
	w->id = e->id;
	w->master_origin = f->master_origin;
	w->master_id = f->master_id;
	w->since = (u32)jiffies;
	spin_lock(&x->lock);
	if (x->nr_waiting < WAITING_MAX) {
		list_add_tail(&w->list, &x->waiting);
		x->nr_waiting++;
		w = NULL;
	}
	spin_unlock(&x->lock);
	if (w)
		ctsync_count(inst, MASTER_LOST);
	kfree(w);
}

void ctsync_master_made(struct ctsync_instance *inst, struct ctsync_peer *p,
			struct ctsync_entry *e, struct nf_conn *ct,
			const struct ctsync_flow *f)
{
	struct ctsync_ref ref = { .id = f->master_id,
				  .origin = f->master_origin };

	if (!f->master_origin)
		return;
	if (READ_ONCE(ct->master)) {
		ctsync_help_related(ct->master, ct);
		ctsync_expect_fulfil(ct);
		return;
	}
	ctsync_count(inst, MASTER_AWAITED);
	wait_for_master(inst, e, f);
	ctsync_merge_request(inst, p, &ref);
	/* it may have come between the look and the wait */
	if (ctsync_entry_find(&inst->entries, ref.origin, ref.id))
		ctsync_master_arrived(inst, ref.origin, ref.id);
}

/* Join @ct to @master. The lock, because two that join at once could make a
 * circle, and then neither would ever be freed.
 */
static void join(struct ctsync_instance *inst, struct nf_conn *ct,
		 struct nf_conn *master)
{
	struct ctsync_expects *x = &inst->expects;
	bool joined = false;

	spin_lock(&x->lock);
	if (fits_above(master, ct) && !ct->master) {
		nf_conntrack_get(&master->ct_general);
		/* who sees the bit follows the pointer */
		smp_store_release(&ct->master, master);
		smp_mb__before_atomic();
		set_bit(IPS_EXPECTED_BIT, &ct->status);
		joined = true;
	}
	spin_unlock(&x->lock);
	if (joined) {
		ctsync_count(inst, MASTER_JOINED);
		ctsync_help_related(master, ct);
	} else {
		ctsync_count(inst, MASTER_LOST);
	}
}

void ctsync_master_arrived(struct ctsync_instance *inst, u8 origin, u64 id)
{
	struct ctsync_expects *x = &inst->expects;
	struct nf_conn *master, *ct;
	struct waiting *w, *n;
	LIST_HEAD(done);

	if (list_empty_careful(&x->waiting))
		return;
	master = by_name(inst, origin, id);
	if (!master)
		return;
	spin_lock(&x->lock);
	list_for_each_entry_safe(w, n, &x->waiting, list) {
		if (w->master_id != id || w->master_origin != origin)
			continue;
		list_move_tail(&w->list, &done);
		x->nr_waiting--;
	}
	spin_unlock(&x->lock);
	/* finding may collect what expired, which no lock of ours may be held for */
	list_for_each_entry_safe(w, n, &done, list) {
		ct = by_name(inst, w->origin, w->id);
		if (ct) {
			join(inst, ct, master);
			nf_ct_put(ct);
		}
		kfree(w);
	}
	nf_ct_put(master);
}

void ctsync_master_reap(struct ctsync_instance *inst, bool all)
{
	struct ctsync_expects *x = &inst->expects;
	struct waiting *w, *n;

	if (list_empty_careful(&x->waiting))
		return;
	spin_lock_bh(&x->lock);
	list_for_each_entry_safe(w, n, &x->waiting, list) {
		if (!all && (u32)jiffies - w->since < WAITING_LIFE)
			break;
		list_del(&w->list);
		x->nr_waiting--;
		ctsync_count(inst, MASTER_LOST);
		kfree(w);
	}
	spin_unlock_bh(&x->lock);
}
