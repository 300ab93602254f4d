// SPDX-License-Identifier: GPL-2.0
/* Packets that wait for a peer's answer about their flow: bounded in number and
 * time, resumed in order.
 */
#include "park.h"

#include <linux/ktime.h>

/* A second of questions waits (pull_fsm.h), on a machine with few CPUs, too. */
#define FIRST_MAX 1024
#define FIRST_PER_CPU_MAX 256
/* What comes behind is many packets of few flows that are about to go on. */
#define BEHIND_MAX 16384
/* What is far may be anybody's: it takes no place from the others. */
#define FAR_MAX 1024

void ctsync_park_init(struct ctsync_park *k)
{
	spin_lock_init(&k->lock);
	INIT_LIST_HEAD(&k->waiting);
	INIT_LIST_HEAD(&k->resumable);
}

/* ---- in ---- */

/* What comes behind a few packets takes no place from other flows' first ones. */
static bool is_full(const struct ctsync_instance *inst, enum ctsync_place place)
{
	const unsigned int max[NR_CTSYNC_PLACES] = {
		[CTSYNC_PLACE_FIRST] = max_t(unsigned int, FIRST_MAX,
					     FIRST_PER_CPU_MAX * inst->nr_cpus),
		[CTSYNC_PLACE_BEHIND] = BEHIND_MAX,
		[CTSYNC_PLACE_FAR] = FAR_MAX,
	};

	return atomic_read(&inst->park.nr[place]) >= max[place];
}

static struct ctsync_parked *make(struct ctsync_instance *inst,
				  struct sk_buff *skb,
				  const struct nf_hook_state *state, u64 key,
				  enum ctsync_place place)
{
	struct ctsync_parked *p;

	if (!READ_ONCE(inst->running) || is_full(inst, place)) {
		ctsync_count(inst, MISS_PARK_BOUND);
		return NULL;
	}
	p = kzalloc(sizeof(*p), GFP_ATOMIC);
	if (!p)
		return NULL;
	p->packet = ctsync_packet_take(skb, state);
	if (!p->packet) {
		kfree(p);
		return NULL;
	}
	p->key = key;
	p->place = place;
	return p;
}

/* Not zero while packets with @key, or with another one, wait that let wait. */
static u16 *waiting_of(struct ctsync_park *k, u64 key)
{
	return &k->keys[key % ARRAY_SIZE(k->keys)];
}

/* Count @p in or out. What is valid waits for nobody whom only his answer would make
 * so: whoever knows a tuple could stop its flow.
 */
static void count(struct ctsync_park *k, const struct ctsync_parked *p, int by)
{
	u16 *waiting = waiting_of(k, p->key);

	lockdep_assert_held(&k->lock);
	if (p->place != CTSYNC_PLACE_FAR)
		WRITE_ONCE(*waiting, *waiting + by);
	atomic_add(by, &k->nr[p->place]);
}

static void insert(struct ctsync_park *k, struct ctsync_parked *p,
		   struct list_head *before)
{
	list_add(&p->list, before);
	count(k, p, 1);
}

struct name {
	u64 id;
	u8 origin;
};

static bool has_name(const struct ctsync_parked *p, const struct name *n)
{
	return p->id == n->id && p->origin == n->origin;
}

/* The peers that the last packet before it waits for. */
static u64 awaited_before(const struct ctsync_park *k, const struct name *n)
{
	const struct ctsync_parked *p;

	lockdep_assert_held(&k->lock);
	list_for_each_entry_reverse(p, &k->waiting, list) {
		if (has_name(p, n))
			return p->awaited;
	}
	return 0;
}

static void await(const struct ctsync_park *k, struct ctsync_parked *p,
		  const struct ctsync_awaits *a)
{
	const struct name name = { a->id, a->origin };

	p->id = a->id;
	p->origin = a->origin;
	p->needs = a->needs;
	p->again = a->again;
	p->told = 0;
	p->awaited = a->whom ?: awaited_before(k, &name);
}

bool ctsync_park(struct ctsync_instance *inst, struct sk_buff *skb,
		 const struct nf_hook_state *state,
		 const struct nf_conntrack_zone *zone, u64 key,
		 const struct ctsync_awaits *awaits)
{
	struct ctsync_park *k = &inst->park;
	struct ctsync_parked *p;
	u64 deadline;

	p = make(inst, skb, state, key,
		 awaits->far ? CTSYNC_PLACE_FAR :
		 awaits->asked ? CTSYNC_PLACE_BEHIND : CTSYNC_PLACE_FIRST);
	if (!p)
		return false;
	p->zone = *zone;
	deadline = ktime_get_ns() +
		(u64)READ_ONCE(inst->params.hold_timeout) * NSEC_PER_USEC;
	p->deadline = deadline;
	spin_lock(&k->lock);
	await(k, p, awaits);
	insert(k, p, k->waiting.prev);
	spin_unlock(&k->lock);
	ctsync_hold_deadline(ctsync_this_cpu(inst), deadline);
	ctsync_count(inst, MISS_PARKED);
	return true;
}

void ctsync_park_again(struct ctsync_instance *inst, struct ctsync_parked *w,
		       const struct ctsync_awaits *awaits)
{
	struct ctsync_park *k = &inst->park;
	/* their deadlines come before those of all that wait */
	struct list_head *before = &k->waiting;
	struct ctsync_parked *p, *n;
	u64 key = w->key, deadline = w->deadline;

	spin_lock(&k->lock);
	list_for_each_entry_safe(p, n, &k->resumable, list) {
		if (p->key != key)
			continue;
		await(k, p, awaits);
		list_move(&p->list, before);
		before = &p->list;
	}
	spin_unlock(&k->lock);
	ctsync_hold_deadline(ctsync_this_cpu(inst), deadline);
}

static struct ctsync_parked *last_of(struct list_head *list, u64 key)
{
	struct ctsync_parked *p;

	list_for_each_entry_reverse(p, list, list) {
		if (p->key == key)
			return p;
	}
	return NULL;
}

bool ctsync_park_behind(struct ctsync_instance *inst, struct sk_buff *skb,
			const struct nf_hook_state *state, u64 key)
{
	struct ctsync_park *k = &inst->park;
	struct ctsync_parked *p, *before;

	if (!READ_ONCE(*waiting_of(k, key)))
		return false;
	p = make(inst, skb, state, key, CTSYNC_PLACE_BEHIND);
	if (!p)
		return false;
	spin_lock(&k->lock);
	before = last_of(&k->waiting, key) ?: last_of(&k->resumable, key);
	if (before) {
		p->id = before->id;
		p->origin = before->origin;
		p->deadline = before->deadline;
		p->needs = before->needs;
		p->told = before->told;
		p->awaited = before->awaited;
		insert(k, p, &before->list);
	}
	spin_unlock(&k->lock);
	if (!before) {
		ctsync_packet_put(p->packet);
		kfree(p);
		return false;
	}
	ctsync_count(inst, MISS_BEHIND);
	return true;
}

/* ---- answers and deadlines ---- */

static bool match_question(const struct ctsync_parked *p, const void *number)
{
	return !p->origin && p->id == *(const u64 *)number;
}

static bool match_all(const struct ctsync_parked *p, const void *arg)
{
	return true;
}

static bool match_late(const struct ctsync_parked *p, const void *now)
{
	return p->deadline <= *(const u64 *)now;
}

static void to_resumable(struct ctsync_instance *inst,
			 bool (*match)(const struct ctsync_parked *, const void *),
			 const void *arg)
{
	struct ctsync_park *k = &inst->park;
	struct ctsync_parked *p, *n;
	bool some = false;

	spin_lock(&k->lock);
	list_for_each_entry_safe(p, n, &k->waiting, list) {
		if (!match(p, arg))
			continue;
		list_move_tail(&p->list, &k->resumable);
		some = true;
	}
	spin_unlock(&k->lock);
	if (some)
		napi_schedule(&ctsync_this_cpu(inst)->napi);
}

bool ctsync_park_told(struct ctsync_instance *inst, u64 id, u8 origin, u8 who,
		      u8 told)
{
	const struct name name = { id, origin };
	struct ctsync_park *k = &inst->park;
	struct ctsync_parked *p, *n;
	bool some = false, left = false;

	if (!ctsync_park_any(inst))
		return false;
	spin_lock(&k->lock);
	list_for_each_entry_safe(p, n, &k->waiting, list) {
		if (!has_name(p, &name))
			continue;
		p->told |= told;
		p->awaited &= ~BIT_ULL(who);
		if (p->awaited && !(p->told & p->needs)) {
			left = true;
			continue;
		}
		list_move_tail(&p->list, &k->resumable);
		some = true;
	}
	spin_unlock(&k->lock);
	if (some)
		napi_schedule(&ctsync_this_cpu(inst)->napi);
	return left;
}

void ctsync_park_found(struct ctsync_instance *inst, u64 number)
{
	if (ctsync_park_any(inst))
		to_resumable(inst, match_question, &number);
}

void ctsync_park_late(struct ctsync_cpu *c)
{
	struct ctsync_park *k = &c->inst->park;
	struct ctsync_parked *first;
	u64 now, next = 0;

	if (list_empty_careful(&k->waiting))
		return;
	now = ktime_get_ns();
	to_resumable(c->inst, match_late, &now);
	spin_lock(&k->lock);
	first = list_first_entry_or_null(&k->waiting, struct ctsync_parked, list);
	if (first)
		next = first->deadline;
	spin_unlock(&k->lock);
	if (next)
		ctsync_hold_deadline(c, next);
}

void ctsync_park_release_all(struct ctsync_instance *inst)
{
	local_bh_disable();
	to_resumable(inst, match_all, NULL);
	local_bh_enable();
}

/* ---- out ---- */

bool ctsync_park_begin(struct ctsync_instance *inst)
{
	struct ctsync_park *k = &inst->park;
	bool mine;

	if (list_empty_careful(&k->resumable))
		return false;
	spin_lock(&k->lock);
	mine = !k->resuming && !list_empty(&k->resumable);
	if (mine)
		k->resuming = true;
	spin_unlock(&k->lock);
	return mine;
}

struct ctsync_parked *ctsync_park_next(struct ctsync_instance *inst)
{
	struct ctsync_park *k = &inst->park;
	struct ctsync_parked *p;

	spin_lock(&k->lock);
	p = list_first_entry_or_null(&k->resumable, struct ctsync_parked, list);
	if (!p)
		k->resuming = false;
	spin_unlock(&k->lock);
	return p;
}

void ctsync_park_done(struct ctsync_instance *inst, struct ctsync_parked *p)
{
	struct ctsync_park *k = &inst->park;

	spin_lock(&k->lock);
	list_del(&p->list);
	count(k, p, -1);
	spin_unlock(&k->lock);
	ctsync_packet_put(p->packet);
	kfree(p);
}

void ctsync_park_pause(struct ctsync_instance *inst)
{
	struct ctsync_park *k = &inst->park;

	spin_lock(&k->lock);
	k->resuming = false;
	spin_unlock(&k->lock);
}
