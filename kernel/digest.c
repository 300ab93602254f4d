// SPDX-License-Identifier: GPL-2.0
/* Comparing tables in the background. A worker walks the slots and makes the
 * digests anew each time: kept up at each change they would cost every packet,
 * and what changed a moment ago could not be left out.
 *
 * The node that begins tells its groups to all; whoever has other ones answers
 * with the buckets of those groups, and is answered with the same. Both then tell
 * the entries of the buckets that differ (digest_tree.h says when they do), as a
 * copy of the table that has only these (bulk.c).
 */
#include "digest.h"
#include "diff.h"
#include "flow.h"
#include "tx.h"
#include "walk.h"

#include <linux/jiffies.h>
#include <linux/siphash.h>
#include <linux/unaligned.h>
#include <net/netfilter/nf_conntrack.h>

#define YOUNG (2 * HZ)		/* changed within: left out */
#define LIFE_MIN (10 * HZ)	/* less to live: left out */
#define SOON (5 * HZ / 2)	/* the second look at what differed */

/* ---- our digest ---- */

void ctsync_digest_key(const struct ctsync_instance *inst, siphash_key_t *key)
{
	key->key[0] = CTSYNC_WIRE_MAGIC;
	key->key[1] = inst->conf.cluster;
}

u64 ctsync_digest_name(const struct ctsync_entry *e, const siphash_key_t *key)
{
	u8 name[9];

	put_unaligned_be64(e->id, name);
	name[8] = e->origin;
	return siphash(name, sizeof(name), key);
}

void ctsync_digest_content(const struct ctsync_entry *e, struct nf_conn *ct,
			   struct ctsync_digest_content *c)
{
	struct ctsync_flow f = {};
	struct ctsync_tuple t;
	int d;

	ctsync_flow_get(ct, NULL, &f);
	*c = (struct ctsync_digest_content){
		.id = cpu_to_be64(e->id),
		.mark = cpu_to_be32(e->mark),
		.mark_clock = cpu_to_be32(e->mark_clock),
		.inc = cpu_to_be16(e->inc),
		.status = cpu_to_be16(f.status & (CTSYNC_ST_SEEN_REPLY |
						  CTSYNC_ST_ASSURED)),
		.zone = cpu_to_be16(f.zone),
		.origin = e->origin,
		.mark_node = e->mark_clock ? e->mark_node : 0,
		.l3 = f.l3,
		.l4 = f.l4,
		.state = f.state,
	};
	for (d = 0; d < 2; d++) {
		memset(&t, 0, sizeof(t));
		ctsync_flow_tuple_get(&ct->tuplehash[d].tuple, &t);
		memcpy(c->tuple[d].src, t.src, sizeof(t.src));
		memcpy(c->tuple[d].dst, t.dst, sizeof(t.dst));
		c->tuple[d].sport = cpu_to_be16(t.sport);
		c->tuple[d].dport = cpu_to_be16(t.dport);
	}
}

/* Did something happen to it a moment ago, here or elsewhere? That it is told once more
 * is nothing: copies of a whole table are on their way for long.
 */
static bool is_young(const struct ctsync_entry *e, u32 now)
{
	const struct ctsync_split *s = &e->split;
	u32 flags = READ_ONCE(e->flags);

	return (e->queue != CTSYNC_Q_NONE && !(flags & CTSYNC_E_COPY)) || e->held ||
	       (e->sent_time && !(flags & CTSYNC_E_COPIED) &&
		now - e->sent_time < YOUNG) ||
	       (s->flags & CTSYNC_SPLIT_HAD_REMOTE &&
		now - s->last_remote < YOUNG) ||
	       (s->flags & CTSYNC_SPLIT_HAD_LOCAL && now - s->last_local < YOUNG);
}

bool ctsync_digest_leaves_out(const struct ctsync_entry *e, const struct nf_conn *ct)
{
	return is_young(e, (u32)jiffies) || nf_ct_expires(ct) < LIFE_MIN;
}

static void add_entry(struct ctsync_instance *inst, struct ctsync_digest *d,
		      struct ctsync_entry *e, const siphash_key_t *key)
{
	struct ctsync_digest_content c;
	struct nf_conn *ct;

	if (is_young(e, (u32)jiffies))
		return;
	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	if (!ct)
		return;
	if (!ctsync_digest_leaves_out(e, ct)) {
		spin_lock_bh(&e->lock);
		ctsync_digest_content(e, ct, &c);
		ctsync_digest_add(d, ctsync_digest_name(e, key),
				  siphash(&c, sizeof(c), key));
		spin_unlock_bh(&e->lock);
	}
	nf_ct_put(ct);
}

void ctsync_digest_make(struct ctsync_instance *inst, struct ctsync_digest *d)
{
	struct ctsync_entries *t = &inst->entries;
	struct ctsync_entry *e;
	siphash_key_t key;
	u32 slot;

	ctsync_digest_key(inst, &key);
	ctsync_digest_init(d);
	for (slot = 1; slot <= t->nr_slots; slot++) {
		if (!(slot & 1023))
			cond_resched();
		if (!rcu_access_pointer(t->slot[slot]))
			continue;
		rcu_read_lock();
		e = ctsync_entry_at(t, slot);
		if (e)
			add_entry(inst, d, e, &key);
		rcu_read_unlock();
	}
}

/* Walk our table; false when there is no memory. */
static bool make_digest(struct ctsync_instance *inst)
{
	struct ctsync_digest *d = kvzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return false;
	ctsync_digest_make(inst, d);
	spin_lock_bh(&inst->digest_lock);
	inst->digest = *d;
	spin_unlock_bh(&inst->digest_lock);
	kvfree(d);
	return true;
}

/* ---- messages ---- */

/* Is a table on its way between us and @p? What differs then is no drift, and telling it
 * once more would only take the way from the copy.
 */
static bool copying(const struct ctsync_peer *p)
{
	return ctsync_bulk_running(&p->bulk) || !READ_ONCE(p->copied);
}

/* Does comparison @round with @p go on? It does while what its first answers found is told. */
static bool comparing(const struct ctsync_peer *p, u32 round)
{
	return READ_ONCE(p->telling) ? READ_ONCE(p->copied) && p->diff.round == round :
				       !copying(p);
}

/* What was lost of @p beyond repair is not all compared yet: it was not had. */
static void note_busy(struct ctsync_peer *p)
{
	spin_lock_bh(&p->lock);
	ctsync_had_busy(&p->had, ktime_get_ns());
	spin_unlock_bh(&p->lock);
}

static void send_groups(struct ctsync_instance *inst)
{
	struct ctsync_digest_msg *m = kzalloc(sizeof(*m), GFP_KERNEL);
	u8 *buf = kmalloc(CTSYNC_WIRE_MAIL_MAX, GFP_KERNEL);
	u32 i;

	if (m && buf) {
		m->level = CTSYNC_DIGEST_LEVEL_GROUPS;
		m->nr = CTSYNC_DIGEST_GROUPS;
		m->round = inst->digest_round;
		spin_lock_bh(&inst->digest_lock);
		m->entries = inst->digest.entries;
		for (i = 0; i < CTSYNC_DIGEST_GROUPS; i++)
			m->value[i] = ctsync_digest_group(&inst->digest, i);
		spin_unlock_bh(&inst->digest_lock);
		ctsync_tx_mail(inst, CTSYNC_WIRE_ALL, CTSYNC_MSG_DIGEST, buf,
			       ctsync_wire_pack_digest(buf, m));
	}
	kfree(buf);
	kfree(m);
}

/* Our buckets of @group, for @to. */
static void send_buckets(struct ctsync_instance *inst, u8 to, u8 level,
			 u32 group, u32 round, gfp_t gfp)
{
	struct ctsync_digest_msg *m = kzalloc(sizeof(*m), gfp);
	u8 *buf = kmalloc(CTSYNC_WIRE_MAIL_MAX, gfp);

	if (m && buf) {
		m->to = to;
		m->level = level;
		m->first = group * 64;
		m->nr = 64;
		m->round = round;
		spin_lock_bh(&inst->digest_lock);
		m->entries = inst->digest.entries;
		memcpy(m->value, &inst->digest.bucket[group * 64],
		       sizeof(m->value));
		spin_unlock_bh(&inst->digest_lock);
		ctsync_tx_mail(inst, CTSYNC_WIRE_ALL, CTSYNC_MSG_DIGEST, buf,
			       ctsync_wire_pack_digest(buf, m));
	}
	kfree(buf);
	kfree(m);
}

static void compare_buckets(struct ctsync_instance *inst, struct ctsync_peer *p,
			    const struct ctsync_digest_msg *m)
{
	u32 group = m->first / 64;
	u64 tell;

	spin_lock(&p->lock);
	ctsync_digest_begin(&p->diff, m->round);
	spin_lock(&inst->digest_lock);
	tell = ctsync_digest_compare(&inst->digest, &p->diff, group, m->value);
	inst->digest_tell[group] |= tell;
	spin_unlock(&inst->digest_lock);
	if (p->diff.now[group] & ~tell)
		WRITE_ONCE(p->differs, true);	/* look again soon */
	spin_unlock(&p->lock);
	if (tell) {
		ctsync_stat_add(inst->stats, CTSYNC_STAT_DIGEST_DIFFER,
				hweight64(tell));
		ctsync_walk_soon(inst);
	}
}

void ctsync_digest_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_digest_msg *m)
{
	if (m->level >= CTSYNC_DIGEST_LEVEL_ASK) {
		if (m->to == inst->conf.node)
			ctsync_diff_message(inst, p, m);
		return;
	}
	if (m->level != CTSYNC_DIGEST_LEVEL_GROUPS) {
		/* our own digests are those of this comparison still */
		if (m->to != inst->conf.node || !comparing(p, m->round))
			return;
		if (m->first % 64 || m->nr != 64) {
			ctsync_count(inst, DROP_VALUE);
			return;
		}
		compare_buckets(inst, p, m);
		if (m->level == CTSYNC_DIGEST_LEVEL_BUCKETS)
			send_buckets(inst, p->node, CTSYNC_DIGEST_LEVEL_BUCKETS_TOO,
				     m->first / 64, m->round, GFP_ATOMIC);
		return;
	}
	if (m->first || m->nr != CTSYNC_DIGEST_GROUPS) {
		ctsync_count(inst, DROP_VALUE);
		return;
	}
	if (copying(p))
		return;
	spin_lock(&p->lock);
	memcpy(p->digest, m->value, sizeof(p->digest));
	p->digest_round = m->round;
	WRITE_ONCE(p->digest_came, true);
	spin_unlock(&p->lock);
	ctsync_walk_soon(inst);
}

/* ---- the worker ---- */

/* The groups of @p came: answer with what differs. */
static void answer(struct ctsync_instance *inst, struct ctsync_peer *p)
{
	u64 differ;
	u32 round;
	int g;

	if (!make_digest(inst))
		return;
	spin_lock_bh(&p->lock);
	p->digest_came = false;
	round = p->digest_round;
	ctsync_digest_begin(&p->diff, round);
	spin_lock(&inst->digest_lock);
	differ = ctsync_digest_groups(&inst->digest, p->digest);
	spin_unlock(&inst->digest_lock);
	spin_unlock_bh(&p->lock);
	for (g = 0; g < CTSYNC_DIGEST_GROUPS; g++) {
		if (differ & BIT_ULL(g))
			send_buckets(inst, p->node, CTSYNC_DIGEST_LEVEL_BUCKETS, g, round,
				     GFP_KERNEL);
	}
}

/* Is it for us to begin: is ours the lowest number of those that are up? */
static bool is_first(const struct ctsync_instance *inst)
{
	unsigned int i;
	bool any = false;

	for (i = 0; i < inst->peers.nr; i++) {
		const struct ctsync_peer *p = inst->peers.peer[i];

		if (READ_ONCE(p->state) != CTSYNC_MEMBER_UP)
			continue;
		if (p->node < inst->conf.node)
			return false;
		any = true;
	}
	return any;
}

/* When is a comparison due? What differs is looked at again soon, once. Who lost
 * something beyond repair begins one itself, when tables that are being copied are there.
 */
static bool is_due(struct ctsync_instance *inst)
{
	bool drift = false, differs = false, any = false;
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		struct ctsync_peer *p = inst->peers.peer[i];

		if (copying(p)) {
			if (READ_ONCE(p->drift))
				note_busy(p);
			continue;
		}
		any |= READ_ONCE(p->state) == CTSYNC_MEMBER_UP;
		drift |= READ_ONCE(p->drift);
		differs |= READ_ONCE(p->differs);
		WRITE_ONCE(p->drift, false);
		WRITE_ONCE(p->differs, false);
	}
	if ((drift || (differs && is_first(inst))) && !inst->digest_hurry &&
	    time_after(inst->digest_next, jiffies + SOON)) {
		inst->digest_next = jiffies + SOON;
		inst->digest_hurry = 2;
	}
	return any && (is_first(inst) || inst->digest_hurry) &&
	       time_after_eq(jiffies, inst->digest_next);
}

static void begin_round(struct ctsync_instance *inst)
{
	unsigned long interval =
		usecs_to_jiffies(READ_ONCE(inst->params.digest_interval));
	unsigned long start = jiffies;

	if (!make_digest(inst))
		return;
	inst->digest_round++;
	if (inst->digest_hurry)
		inst->digest_hurry--;
	ctsync_count(inst, DIGEST_ROUNDS);
	send_groups(inst);
	/* never more than a hundredth of the time */
	interval = max(interval, 100 * (jiffies - start));
	inst->digest_next = jiffies + (inst->digest_hurry > 1 ? SOON : interval);
}

/* Is something found that is not told yet? */
static bool is_telling(const struct ctsync_instance *inst)
{
	unsigned int i;
	int g;

	for (g = 0; g < CTSYNC_DIGEST_GROUPS; g++) {
		if (READ_ONCE(inst->digest_tell[g]))
			return true;
	}
	for (i = 0; i < inst->peers.nr; i++) {
		if (READ_ONCE(inst->peers.peer[i]->telling))
			return true;
	}
	return false;
}

void ctsync_digest_work(struct ctsync_instance *inst)
{
	unsigned int i;

	if (!READ_ONCE(inst->params.digest_interval))
		return;
	for (i = 0; i < inst->peers.nr; i++) {
		if (READ_ONCE(inst->peers.peer[i]->digest_came))
			answer(inst, inst->peers.peer[i]);
	}
	if (is_due(inst))
		begin_round(inst);
	if (!is_telling(inst))
		return;
	for (i = 0; i < inst->peers.nr; i++)
		note_busy(inst->peers.peer[i]);
}
