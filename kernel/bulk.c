// SPDX-License-Identifier: GPL-2.0
/* Bulk: our whole table for a peer, or of it what comparing found. bulk_fsm.c decides
 * how far to go; entries are queued as copies, marks and the end go as mail once those
 * were sent.
 */
#include "bulk.h"
#include "digest.h"
#include "member.h"
#include "tx.h"
#include "walk.h"

#include <linux/ktime.h>
#include <linux/random.h>

/* The mark of a step waits until the queues of inserts are about empty, so that
 * its acknowledgement says that the step was received.
 */
#define BACKLOG 256
/* Slots looked at in a step, however few entries there are. */
#define LOOK_MAX 16384

static u32 inserts_queued(struct ctsync_instance *inst)
{
	unsigned int i;
	u32 n = 0;

	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			n += READ_ONCE(inst->cpu[i]->queue.len[CTSYNC_Q_INSERT]);
	}
	return n;
}

static void send(struct ctsync_instance *inst, struct ctsync_peer *p, u8 type,
		 u8 flags, u32 run, u32 mark, u32 total)
{
	struct ctsync_bulk_msg m = {
		.to = p->node, .flags = flags, .run = run, .mark = mark,
		.total = total,
	};
	u8 buf[16];

	if (!m.to)
		return;
	/* marks and the end go the way of the entries, so that one who misses some of
	 * these knows it
	 */
	ctsync_tx_mail(inst, type == CTSYNC_MSG_BULK_ACK ? m.to : CTSYNC_WIRE_ALL,
		       type, buf, ctsync_wire_pack_bulk(buf, &m));
}

void ctsync_bulk_start(struct ctsync_instance *inst, struct ctsync_peer *p,
		       enum ctsync_bulk_event event)
{
	u8 did;

	lockdep_assert_held(&p->lock);
	/* what was found to differ is part of the whole, or it is gone and may change */
	if (p->telling)
		ctsync_bulk_drop(&p->bulk);
	WRITE_ONCE(p->telling, false);
	did = ctsync_bulk_event(&p->bulk, event, ktime_get_ns(),
				ctsync_entries_count(&inst->entries),
				get_random_u32() ?: 1);
	if (did & CTSYNC_BULK_DO_BEGIN) {
		ctsync_count(inst, BULK_BEGUN);
		/* all are told all */
		spin_lock(&inst->digest_lock);
		memset(inst->digest_tell, 0, sizeof(inst->digest_tell));
		spin_unlock(&inst->digest_lock);
	}
	if (did & CTSYNC_BULK_DO_RESUME) {
		ctsync_count(inst, BULK_RESUMED);
		/* what changed before its cursor meanwhile is found by comparing */
		WRITE_ONCE(p->drift, true);
	}
}

void ctsync_bulk_resync(struct ctsync_instance *inst, struct ctsync_peer *p)
{
	spin_lock_bh(&p->lock);
	if (p->proven && p->hears)
		ctsync_bulk_start(inst, p, CTSYNC_BULK_EV_WANT);
	spin_unlock_bh(&p->lock);
	send(inst, p, CTSYNC_MSG_BULK_ACK, CTSYNC_BULK_WANT, 0, 0, 0);
	ctsync_walk_soon(inst);
}

/* ---- the peer's word ---- */

/* The copy to @p @did end: what is to be done of it if it was not the whole table. */
static u8 ended(struct ctsync_peer *p, u8 did)
{
	lockdep_assert_held(&p->lock);
	if (!(did & CTSYNC_BULK_DO_DONE) || !p->telling)
		return did;
	WRITE_ONCE(p->telling, false);
	return did & ~CTSYNC_BULK_DO_DONE;
}

static void done(struct ctsync_instance *inst, struct ctsync_peer *p, u8 did)
{
	if (did & CTSYNC_BULK_DO_LATE)
		ctsync_count(inst, BULK_LATE);
	/* what a run that was late did not tell is found by comparing */
	if (did & CTSYNC_BULK_DO_LATE)
		WRITE_ONCE(p->drift, true);
	if (did & CTSYNC_BULK_DO_DONE)
		ctsync_member_bulk_done(inst, p);
}

void ctsync_bulk_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			 u8 type, const struct ctsync_bulk_msg *m)
{
	u8 did = 0;

	if (type != CTSYNC_MSG_BULK_ACK) {
		send(inst, p, CTSYNC_MSG_BULK_ACK, 0, m->run, m->mark, m->total);
		return;
	}
	spin_lock(&p->lock);
	if (!(m->flags & CTSYNC_BULK_WANT))
		did = ended(p, ctsync_bulk_acked(&p->bulk, m->run, m->mark,
						 ktime_get_ns()));
	else if (p->hears) /* or it gets our table as soon as it does */
		ctsync_bulk_start(inst, p, CTSYNC_BULK_EV_WANT);
	spin_unlock(&p->lock);
	done(inst, p, did);
	ctsync_walk_soon(inst);
}

/* ---- what differs ---- */

/* Whose acknowledgements set the pace of what all are told: the peer whose copies went
 * slowest. NULL: nobody is up. A copy that is under way, to whomever, is told to all, too:
 * what differs waits for it.
 */
static struct ctsync_peer *slowest(struct ctsync_instance *inst)
{
	struct ctsync_peer *found = NULL, *p;
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		p = inst->peers.peer[i];
		if (ctsync_bulk_running(&p->bulk))
			return NULL;
		if (READ_ONCE(p->state) == CTSYNC_MEMBER_UP &&
		    (!found || READ_ONCE(p->bulk.window) < READ_ONCE(found->bulk.window)))
			found = p;
	}
	return found;
}

/* Begin to tell the buckets that differ. */
static void tell_what_differs(struct ctsync_instance *inst)
{
	u64 entries = ctsync_entries_count(&inst->entries);
	struct ctsync_peer *p = slowest(inst);
	u32 nr = 0;
	int g;

	if (!p)
		return;
	spin_lock_bh(&inst->digest_lock);
	for (g = 0; g < CTSYNC_DIGEST_GROUPS; g++) {
		inst->telling[g] = inst->digest_tell[g];
		inst->digest_tell[g] = 0;
		nr += hweight64(inst->telling[g]);
	}
	spin_unlock_bh(&inst->digest_lock);
	if (!nr)
		return;
	spin_lock_bh(&p->lock);
	if (p->state == CTSYNC_MEMBER_UP && !ctsync_bulk_running(&p->bulk)) {
		ctsync_bulk_event(&p->bulk, CTSYNC_BULK_EV_WANT, ktime_get_ns(),
				  entries * nr / CTSYNC_DIGEST_BUCKETS + 1,
				  get_random_u32() ?: 1);
		WRITE_ONCE(p->telling, true);
	}
	spin_unlock_bh(&p->lock);
}

/* ---- steps ---- */

/* Queue up to @room entries from slot *@cursor on, of the buckets in @only if that is not
 * NULL; it becomes the next one, 0 at the end. Returns how many.
 */
static u32 queue_slots(struct ctsync_instance *inst, u32 room, const u64 *only, u32 *cursor)
{
	struct ctsync_entries *t = &inst->entries;
	u32 slot = *cursor, look, n = 0;
	struct ctsync_entry *e;
	siphash_key_t key;

	ctsync_digest_key(inst, &key);
	for (look = 0; slot <= t->nr_slots && n < room && look < LOOK_MAX;
	     slot++, look++) {
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		if (e && !ctsync_queue_untold(e) &&
		    (!only || ctsync_digest_has(only, ctsync_digest_name(e, &key)))) {
			ctsync_tx_copy(inst, e, CTSYNC_QE_INSERT, CTSYNC_LAZY);
			n++;
		}
		rcu_read_unlock();
	}
	*cursor = slot > t->nr_slots ? 0 : slot;
	return n;
}

/* True when there is more to do soon. */
static bool step(struct ctsync_instance *inst, struct ctsync_peer *p)
{
	u32 cursor, room, n, run, mark, total;
	u8 state, did = 0;
	bool again, late, telling;

	spin_lock_bh(&p->lock);
	again = ctsync_bulk_tick(&p->bulk, ktime_get_ns(), &late);
	if (late)
		did = ended(p, ctsync_bulk_event(&p->bulk, CTSYNC_BULK_EV_LATE, 0, 0, 0));
	telling = p->telling;
	room = ctsync_bulk_room(&p->bulk);
	cursor = p->bulk.cursor;
	run = p->bulk.run;
	spin_unlock_bh(&p->lock);
	local_bh_disable();
	done(inst, p, did);
	local_bh_enable();
	if (!ctsync_bulk_running(&p->bulk))
		return false;

	if (room && inserts_queued(inst) > BACKLOG) {
		ctsync_tx_kick(inst, CTSYNC_TODO_ALL);
		return true;
	}
	if (room) {
		n = queue_slots(inst, room, telling ? inst->telling : NULL, &cursor);
		ctsync_stat_add(inst->stats, telling ? CTSYNC_STAT_DIGEST_ENTRIES :
				CTSYNC_STAT_BULK_ENTRIES, n);
		ctsync_tx_kick(inst, CTSYNC_TODO_ALL);
	}
	spin_lock_bh(&p->lock);
	/* it may have begun anew meanwhile */
	if (room && p->bulk.run == run && ctsync_bulk_room(&p->bulk)) {
		ctsync_bulk_sent(&p->bulk, n, cursor, ktime_get_ns());
		again = true;
	}
	state = p->bulk.state;
	mark = p->bulk.sent;
	total = p->bulk.total;
	run = p->bulk.run;
	spin_unlock_bh(&p->lock);
	if (again)
		send(inst, p, state == CTSYNC_BULK_ENDING ? CTSYNC_MSG_BULK_END :
		     CTSYNC_MSG_BULK_START, 0, run, mark, total);
	return true;
}

bool ctsync_bulk_work(struct ctsync_instance *inst)
{
	bool more = false;
	unsigned int i;

	tell_what_differs(inst);
	for (i = 0; i < inst->peers.nr; i++) {
		if (ctsync_bulk_running(&inst->peers.peer[i]->bulk))
			more |= step(inst, inst->peers.peer[i]);
		cond_resched();
	}
	return more;
}
