// SPDX-License-Identifier: GPL-2.0
/* Showing our table to who asks, digests first, and asking a peer for its own.
 * Answers are made by the worker: one at a time for each asker, each of one message
 * and of a bounded walk. A question that is lost, or its answer, is asked again.
 */
#include "diff.h"
#include "digest.h"
#include "tx.h"
#include "walk.h"

#include <linux/jiffies.h>
#include <linux/unaligned.h>
#include <net/netfilter/nf_conntrack.h>

#define ASK_AGAIN (HZ / 5)	/* an answer that did not come */
#define ASK_OVER (2 * HZ)	/* nobody waits for it any more */
#define WALK_STEP 65536		/* slots looked at for an answer */
#define SHOWN ((CTSYNC_WIRE_DIGESTS - 1) / CTSYNC_DIGEST_WORDS) /* entries in one */

/* ---- answering ---- */

/* A digest of all costs a walk: at most a tenth of the time. False: later. */
static bool make_anew(struct ctsync_instance *inst)
{
	struct ctsync_diff *d = &inst->diff;
	unsigned long start = jiffies;

	if (d->digest && time_before(start, d->next))
		return false;
	if (!d->digest)
		d->digest = kvzalloc(sizeof(*d->digest), GFP_KERNEL);
	if (!d->digest)
		return false;
	ctsync_digest_make(inst, d->digest);
	d->next = jiffies + 9 * (jiffies - start);
	return true;
}

/* The entry of @slot into @m if its bucket is of @set. RCU. */
static void show_slot(struct ctsync_instance *inst, u32 slot, u16 first, u64 set,
		      const siphash_key_t *key, struct ctsync_digest_msg *m)
{
	struct ctsync_entry *e = ctsync_entry_at(&inst->entries, slot);
	u8 bytes[8 * CTSYNC_DIGEST_WORDS] = {};
	struct ctsync_digest_content *c = (void *)bytes;
	struct nf_conn *ct;
	u32 bucket, i;

	if (!e)
		return;
	bucket = ctsync_digest_bucket(ctsync_digest_name(e, key));
	if (bucket / 64 != first / 64 || !(set & BIT_ULL(bucket % 64)))
		return;
	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	if (!ct)
		return;
	spin_lock_bh(&e->lock);
	ctsync_digest_content(e, ct, c);
	spin_unlock_bh(&e->lock);
	c->changing = ctsync_digest_leaves_out(e, ct);
	nf_ct_put(ct);
	for (i = 0; i < CTSYNC_DIGEST_WORDS; i++)
		m->value[m->nr++] = get_unaligned_be64(bytes + 8 * i);
	m->value[0]++;
}

static void show_entries(struct ctsync_instance *inst, const struct ctsync_question *q,
			 struct ctsync_digest_msg *m)
{
	u32 slot = q->cursor ?: 1, nr_slots = inst->entries.nr_slots, end;
	siphash_key_t key;

	end = slot <= nr_slots ? slot + min_t(u32, nr_slots - slot, WALK_STEP) : 0;
	ctsync_digest_key(inst, &key);
	m->nr = 1;
	for (; slot <= end && m->value[0] < SHOWN; slot++) {
		rcu_read_lock();
		show_slot(inst, slot, q->first, q->set, &key, m);
		rcu_read_unlock();
		if (!(slot & 1023))
			cond_resched();
	}
	m->entries = slot <= nr_slots ? slot : 0;
}

/* The answer to @q into @m; false: later. */
static bool answer(struct ctsync_instance *inst, const struct ctsync_question *q,
		   struct ctsync_digest_msg *m)
{
	const struct ctsync_diff *d = &inst->diff;
	u32 i;

	memset(m, 0, sizeof(*m));
	m->level = q->what;
	m->round = q->token;
	m->first = q->first & ~63;
	switch (q->what) {
	case CTSYNC_DIGEST_LEVEL_SHOW_GROUPS:
		if (!make_anew(inst))
			return false;
		m->nr = CTSYNC_DIGEST_GROUPS;
		m->entries = d->digest->entries;
		for (i = 0; i < CTSYNC_DIGEST_GROUPS; i++)
			m->value[i] = ctsync_digest_group(d->digest, i);
		return true;
	case CTSYNC_DIGEST_LEVEL_SHOW_BUCKETS:
		if (!d->digest && !make_anew(inst))
			return false;
		m->nr = 64;
		m->entries = d->digest->entries;
		memcpy(m->value, &d->digest->bucket[m->first], sizeof(m->value));
		return true;
	}
	show_entries(inst, q, m);
	return true;
}

/* ---- the way of questions and answers ---- */

/* 0, or -EINVAL: no answer has that level, or no digest that bucket. */
static int get_question(const struct ctsync_digest_msg *m, struct ctsync_question *q)
{
	if (m->value[0] < CTSYNC_DIGEST_LEVEL_SHOW_GROUPS ||
	    m->value[0] >= CTSYNC_DIGEST_LEVEL_MAX || m->first >= CTSYNC_DIGEST_BUCKETS)
		return -EINVAL;
	*q = (struct ctsync_question){
		.came = true, .what = m->value[0], .first = m->first, .set = m->value[1],
		.token = m->round, .cursor = m->entries,
	};
	return 0;
}

static void take_answer(struct ctsync_instance *inst, u8 node,
			const struct ctsync_digest_msg *m)
{
	struct ctsync_diff *d = &inst->diff;
	bool waits;

	spin_lock_bh(&d->lock);
	waits = d->asked && !d->answered && d->node == node && d->q.token == m->round &&
		d->q.what == m->level;
	if (waits) {
		d->answer = *m;
		d->answered = true;
	}
	spin_unlock_bh(&d->lock);
	if (!waits)
		ctsync_count(inst, DIGEST_STRAY);
}

void ctsync_diff_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			 const struct ctsync_digest_msg *m)
{
	struct ctsync_question q;

	if (m->level != CTSYNC_DIGEST_LEVEL_ASK) {
		take_answer(inst, p->node, m);
		return;
	}
	if (get_question(m, &q)) {
		ctsync_count(inst, DROP_VALUE);
		return;
	}
	spin_lock(&p->lock);
	p->question = q;
	spin_unlock(&p->lock);
	ctsync_walk_soon(inst);
}

static void send(struct ctsync_instance *inst, u8 to, struct ctsync_digest_msg *m)
{
	u8 *buf = kmalloc(CTSYNC_WIRE_MAIL_MAX, GFP_KERNEL);

	m->to = to;
	if (buf)
		ctsync_tx_mail(inst, to, CTSYNC_MSG_DIGEST, buf,
			       ctsync_wire_pack_digest(buf, m));
	kfree(buf);
}

/* What is asked of @node, our own number: the worker answers. */
static void ask(struct ctsync_instance *inst, u8 node, const struct ctsync_question *q)
{
	struct ctsync_digest_msg m = {
		.level = CTSYNC_DIGEST_LEVEL_ASK, .first = q->first, .nr = 2,
		.round = q->token, .entries = q->cursor, .value = { q->what, q->set },
	};

	if (node == inst->conf.node)
		ctsync_walk_soon(inst);
	else
		send(inst, node, &m);
}

int ctsync_diff_ask(struct ctsync_instance *inst, struct ctsync_peer *p,
		    const struct ctsync_question *q, struct ctsync_digest_msg *answer)
{
	u8 node = p ? READ_ONCE(p->node) : inst->conf.node;
	struct ctsync_diff *d = &inst->diff;
	bool due = false;
	int ret = 0;

	spin_lock_bh(&d->lock);
	if (!d->asked || d->q.token != q->token || d->node != node) {
		if (d->asked && !d->answered && time_before(jiffies, d->seen + ASK_OVER)) {
			ret = -EBUSY;
		} else {
			d->q = *q;
			d->node = node;
			d->asked = true;
			d->answered = false;
			due = true;
		}
	} else if (d->answered) {
		*answer = d->answer;
		d->asked = false;
		ret = 1;
	} else {
		due = time_after_eq(jiffies, d->sent + ASK_AGAIN);
	}
	if (due)
		d->sent = jiffies;
	if (ret != -EBUSY)
		d->seen = jiffies;
	spin_unlock_bh(&d->lock);
	if (due)
		ask(inst, node, q);
	return ret;
}

/* ---- the worker ---- */

/* The question of @p, if there is one; true: it waits. */
static bool answer_peer(struct ctsync_instance *inst, struct ctsync_peer *p,
			struct ctsync_digest_msg *m)
{
	struct ctsync_question q;
	u8 node;

	spin_lock_bh(&p->lock);
	q = p->question;
	node = p->node;
	spin_unlock_bh(&p->lock);
	if (!q.came)
		return false;
	if (!answer(inst, &q, m))
		return true;
	spin_lock_bh(&p->lock);
	/* another one came meanwhile: it is the next */
	if (p->question.token == q.token)
		p->question.came = false;
	spin_unlock_bh(&p->lock);
	send(inst, node, m);
	return false;
}

static bool answer_self(struct ctsync_instance *inst, struct ctsync_digest_msg *m)
{
	struct ctsync_diff *d = &inst->diff;
	struct ctsync_question q;
	bool waits;

	spin_lock_bh(&d->lock);
	q = d->q;
	waits = d->asked && !d->answered && d->node == inst->conf.node;
	spin_unlock_bh(&d->lock);
	if (!waits)
		return false;
	if (!answer(inst, &q, m))
		return true;
	take_answer(inst, inst->conf.node, m);
	return false;
}

bool ctsync_diff_work(struct ctsync_instance *inst)
{
	struct ctsync_digest_msg *m = NULL;
	bool more = false;
	unsigned int i;

	for (i = 0; i < inst->peers.nr && !m; i++) {
		if (READ_ONCE(inst->peers.peer[i]->question.came))
			m = kmalloc(sizeof(*m), GFP_KERNEL);
	}
	if (!m && READ_ONCE(inst->diff.asked))
		m = kmalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return false;
	for (i = 0; i < inst->peers.nr; i++)
		more |= answer_peer(inst, inst->peers.peer[i], m);
	more |= answer_self(inst, m);
	kfree(m);
	return more;
}

void ctsync_diff_uninit(struct ctsync_instance *inst)
{
	kvfree(inst->diff.digest);
}
