// SPDX-License-Identifier: GPL-2.0
/* The worker that walks: never the entries' pointers into conntrack, always
 * conntrack's own table, under its own locks.
 */
#include "walk.h"
#include "bulk.h"
#include "diff.h"
#include "digest.h"
#include "entry_tomb.h"
#include "flow.h"
#include "master.h"
#include "track.h"
#include "tx.h"

#include <linux/jiffies.h>
#include <linux/random.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>

#define PERIOD HZ
#define TOMBSTONE_LIFE (5 * HZ)
#define TOMBSTONE_PEACE (30 * NSEC_PER_SEC)	/* since the last peer came back */
#define PAUSE (HZ / 100 ?: 1)	/* between two steps of what is under way */
#define OFFLOAD_PERIOD (5 * HZ)
#define RENUMBER (1u << 24)	/* more than anybody says of a flow between a snapshot and its return */

enum { WALK_ADOPT };

static void again_in(struct ctsync_instance *inst, unsigned long delay)
{
	if (READ_ONCE(inst->running))
		mod_delayed_work(system_wq, &inst->walk, delay);
}

void ctsync_walk_soon(struct ctsync_instance *inst)
{
	again_in(inst, 0);
}

void ctsync_walk_adopt(struct ctsync_instance *inst)
{
	set_bit(WALK_ADOPT, &inst->walk_flags);
	again_in(inst, 0);
}

/* ---- conntrack's table ---- */

/* What a host says to a group (IGMP) is its own, and so is the sync link, whose first
 * packets may have come before we did.
 */
static bool is_own(const struct ctsync_instance *inst, const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[0].tuple;
	__be16 port = htons(inst->conf.port);

	if (nf_ct_l3num(ct) == NFPROTO_IPV4 ? ipv4_is_multicast(t->dst.u3.ip) :
	    ipv6_addr_is_multicast(&t->dst.u3.in6))
		return true;
	return t->dst.protonum == IPPROTO_UDP && t->src.u.udp.port == port &&
	       t->dst.u.udp.port == port;
}

static bool may_adopt(const struct ctsync_instance *inst,
		      const struct nf_conn *ct, unsigned long status)
{
	return ctsync_eligible(inst, READ_ONCE(ct->mark)) &&
	       !(status & (BIT_ULL(CTSYNC_STATUS_LOCAL_BIT) | IPS_DYING |
			   IPS_OFFLOAD | IPS_HW_OFFLOAD | IPS_TEMPLATE)) &&
	       status & IPS_CONFIRMED && !is_own(inst, ct);
}

/* One conntrack; the table's lock is held, it cannot go. */
static int visit(struct nf_conn *ct, void *data)
{
	struct ctsync_instance *inst = data;
	unsigned long status = READ_ONCE(ct->status);
	struct ctsync_entry *e;

	rcu_read_lock();
	e = ctsync_entry_of(&inst->entries, ct, status);
	if (e && !(READ_ONCE(e->flags) & CTSYNC_E_GUARDED)) {
		spin_lock_bh(&e->lock);
		e->flags |= CTSYNC_E_SEEN_WALK;
		if (ctsync_track_guarded(ct))
			ctsync_entry_reguard(&inst->entries, e);
		spin_unlock_bh(&e->lock);
	} else if (!e && inst->walk_adopting && may_adopt(inst, ct, status)) {
		if (ctsync_status_slot(status))
			ctsync_status_clear(ct, ctsync_status_slot(status));
		ctsync_track_adopt(inst, ct);
	}
	rcu_read_unlock();
	return 0;
}

static void walk_conntracks(struct ctsync_instance *inst)
{
	struct nf_ct_iter_data iter = { .net = inst->net, .data = inst };

	nf_ct_iterate_cleanup_net(visit, &iter);
}

static int clear_ours(struct nf_conn *ct, void *data)
{
	unsigned long old = READ_ONCE(ct->status);

	while (old & CTSYNC_STATUS_OURS &&
	       !try_cmpxchg(&ct->status, &old, old & ~CTSYNC_STATUS_OURS))
		;
	return 0;
}

void ctsync_walk_clear(struct net *net)
{
	struct nf_ct_iter_data iter = { .net = net };

	nf_ct_iterate_cleanup_net(clear_ours, &iter);
}

/* Entries without events that the walk did not meet: their conntrack is gone,
 * nobody knows why, so nobody is told.
 */
static void retire_unseen(struct ctsync_instance *inst)
{
	struct ctsync_entries *t = &inst->entries;
	struct ctsync_entry *e;
	bool seen;
	u32 slot;

	for (slot = 1; slot <= t->nr_slots; slot++) {
		if (!(slot & 4095))
			cond_resched();
		if (!rcu_access_pointer(t->slot[slot]))
			continue;
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		if (e && !(READ_ONCE(e->flags) & CTSYNC_E_GUARDED)) {
			spin_lock_bh(&e->lock);
			seen = e->flags & CTSYNC_E_SEEN_WALK;
			e->flags &= ~CTSYNC_E_SEEN_WALK;
			spin_unlock_bh(&e->lock);
			if (!seen) {
				ctsync_count(inst, DESTROY_EVICTED);
				ctsync_track_gone(inst, e, NULL,
						  CTSYNC_DEL_EXPIRED, false,
						  false);
			}
		}
		rcu_read_unlock();
	}
}

u32 ctsync_walk_quiet(struct ctsync_instance *inst)
{
	struct ctsync_entries *t = &inst->entries;
	const struct ctsync_entry *e;
	u32 slot, now = jiffies, youngest = U32_MAX;

	for (slot = 1; slot <= t->nr_slots; slot++) {
		if (!(slot & 4095))
			cond_resched();
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		if (e && READ_ONCE(e->split.flags) & CTSYNC_SPLIT_HAD_LOCAL)
			youngest = min(youngest,
				       now - READ_ONCE(e->split.last_local));
		rcu_read_unlock();
	}
	return youngest == U32_MAX ? U32_MAX : jiffies_to_msecs(youngest);
}

/* ---- flowtables ---- */

/* Speak for a flow whose packets a flowtable forwards. Returns whether it is one. */
static bool offloaded(struct ctsync_instance *inst, struct ctsync_entry *e)
{
	struct nf_conn *ct;
	bool is;

	if (!(READ_ONCE(e->status) & CTSYNC_ST_OFFLOAD))
		return false;
	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	is = ct && READ_ONCE(ct->status) & (IPS_OFFLOAD | IPS_HW_OFFLOAD);
	if (ct)
		nf_ct_put(ct);
	if (!is)
		return false;
	spin_lock_bh(&e->lock);
	e->seen_dirs |= CTSYNC_DIRS_SEEN;
	spin_unlock_bh(&e->lock);
	ctsync_tx_event(inst, e, CTSYNC_QE_UPDATE, CTSYNC_LAZY);
	return true;
}

/* Packets in a flowtable meet no hook, so nothing tells that the flow lives: copies
 * of it would time out. The kernel takes an idle flow out within 30 s.
 */
static void speak_for_offloaded(struct ctsync_instance *inst)
{
	struct ctsync_entries *t = &inst->entries;
	struct ctsync_entry *e;
	bool any = false;
	u32 slot;

	/* first: what is offloaded meanwhile sets it again */
	WRITE_ONCE(inst->offloading, false);
	for (slot = 1; slot <= t->nr_slots; slot++) {
		if (!(slot & 4095))
			cond_resched();
		if (!rcu_access_pointer(t->slot[slot]))
			continue;
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		any |= e && offloaded(inst, e);
		rcu_read_unlock();
	}
	if (any)
		WRITE_ONCE(inst->offloading, true);
}

/* ---- the work ---- */

/* How long a tombstone stays: until all peers have had what was sent when it was made. */
static unsigned long tombstone_life(const struct ctsync_instance *inst, u64 now)
{
	u64 had = now;
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		u64 ns = READ_ONCE(inst->peers.peer[i]->had_ours.ns);

		if (ns && ns < had)
			had = ns;
	}
	return max_t(unsigned long, TOMBSTONE_LIFE, nsecs_to_jiffies(now - had));
}

/* A peer that is away did not hear who died: tombstones stay until it is back and
 * had time to say what it has, at the latest in the second of two comparisons.
 */
static void reap(struct ctsync_instance *inst)
{
	u64 whole = READ_ONCE(inst->whole_ns), now = ktime_get_ns();

	if (whole && now - whole > TOMBSTONE_PEACE)
		ctsync_entries_reap(&inst->entries, tombstone_life(inst, now));
}

void ctsync_walk_work(struct work_struct *work)
{
	struct ctsync_instance *inst =
		container_of(to_delayed_work(work), struct ctsync_instance, walk);
	unsigned long delay = PERIOD;

	inst->walk_adopting = test_and_clear_bit(WALK_ADOPT, &inst->walk_flags);
	if (time_after_eq(jiffies, inst->walk_next) || inst->walk_adopting) {
		bool unguarded = atomic_read(&inst->entries.nr_unguarded);

		inst->walk_next = jiffies + PERIOD;
		if (unguarded || inst->walk_adopting)
			walk_conntracks(inst);
		if (unguarded && !inst->walk_adopting)
			retire_unseen(inst);
		reap(inst);
		ctsync_master_reap(inst, false);
		if (READ_ONCE(inst->offloading) &&
		    time_after_eq(jiffies, inst->offload_next)) {
			inst->offload_next = jiffies + OFFLOAD_PERIOD;
			speak_for_offloaded(inst);
		}
	}
	if (ctsync_bulk_work(inst))
		delay = PAUSE;
	ctsync_digest_work(inst);
	if (ctsync_diff_work(inst))
		delay = PAUSE;
	again_in(inst, delay);
}

void ctsync_walk_renumber(struct ctsync_instance *inst)
{
	struct ctsync_entries *t = &inst->entries;
	struct ctsync_entry *e;
	u32 slot;

	ctsync_entry_names_begin(t);
	for (slot = 1; slot <= t->nr_slots; slot++) {
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		if (e) {
			spin_lock_bh(&e->lock);
			e->number += RENUMBER;
			spin_unlock_bh(&e->lock);
		}
		rcu_read_unlock();
		cond_resched();
	}
}
