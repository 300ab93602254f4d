// SPDX-License-Identifier: GPL-2.0
/* The miss handler: known flow, window unknown; and how a packet is resumed.
 *
 * Only packets that conntrack refused come here. A packet may be parked, for at
 * most hold-timeout, bounded in number; it resumes in the poll behind our own
 * hook, so that taps, raw and conntrack's statistics see it once, and every
 * later hook sees it as if it had never waited.
 */
#include "miss.h"
#include "flow.h"
#include "hold.h"
#include "pull.h"
#include "tcpstate.h"
#include "track.h"
#include "tx.h"

#include <linux/ktime.h>
#include <linux/netfilter_bridge.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define PARKED_PER_CPU_MAX 256

struct parked {
	struct list_head list;	/* of a CPU's parked or resumable, wait_lock */
	struct ctsync_packet *packet;
	u64 id;			/* of its entry; origin 0: of the question (pull.c) */
	u64 deadline;		/* ktime_get_ns() */
	u8 origin;
	bool answered;
};

/* ---- the packet and its flow ---- */

struct miss {
	struct nf_conn *ct;	/* referenced */
	struct ctsync_entry *e;
	int dir;
	bool control;		/* SYN or RST */
	struct ctsync_segment seg;
};

/* Find the synced flow that @skb belongs to. On true the caller puts m->ct. */
static bool find(struct ctsync_instance *inst, const struct sk_buff *skb,
		 u8 pf, struct miss *m)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;
	struct tcphdr th;

	if (!ctsync_flow_segment(skb, pf, &m->seg, &th) ||
	    !nf_ct_get_tuplepr(skb, skb_network_offset(skb), pf, inst->net,
			       &tuple))
		return false;
	m->control = th.syn || th.rst || !th.ack;
	m->seg.ack = ctsync_flow_edge(skb, pf, &th);
	h = nf_conntrack_find_get(inst->net, &nf_ct_zone_dflt, &tuple);
	if (!h)
		return false;
	m->ct = nf_ct_tuplehash_to_ctrack(h);
	m->dir = NF_CT_DIRECTION(h);
	m->seg.ack = ctsync_flow_unshift(m->ct, m->dir, m->seg.ack);
	m->e = ctsync_entry_of(&inst->entries, m->ct, READ_ONCE(m->ct->status));
	if (m->e)
		return true;
	nf_ct_put(m->ct);
	return false;
}

/* ---- judging ---- */

static u32 relearned(int dir)
{
	return dir ? CTSYNC_E_RELEARNED1 : CTSYNC_E_RELEARNED0;
}

/* Could the copy here be stale for this packet? The last word on the direction
 * must be remote, and takeover moves a direction only once.
 */
static bool may_be_stale(const struct miss *m)
{
	const struct ctsync_split *s = &m->e->split;

	return !m->control && s->flags & CTSYNC_SPLIT_HAD_REMOTE &&
	       !(READ_ONCE(m->e->flags) & relearned(m->dir)) &&
	       (ctsync_split_unseen(s, m->dir) ||
		ctsync_split_unseen(s, !m->dir));
}

static bool plausible(struct ctsync_instance *inst, const struct miss *m)
{
	struct ctsync_tcp t;
	bool ok;

	spin_lock(&m->e->lock);
	spin_lock(&m->ct->lock);
	ctsync_flow_tcp_get(m->ct, &t);
	ok = t.state >= CTSYNC_TCP_SYN_RECV &&
	     ctsync_tcpwin_plausible(&t, ctsync_entry_known(m->e),
				     m->dir, &m->seg, m->e->moved,
				     READ_ONCE(inst->params.update_bytes));
	spin_unlock(&m->ct->lock);
	spin_unlock(&m->e->lock);
	return ok;
}

static void adopt(struct ctsync_instance *inst, const struct miss *m)
{
	struct ctsync_tcp t;

	spin_lock(&m->e->lock);
	spin_lock(&m->ct->lock);
	ctsync_flow_tcp_get(m->ct, &t);
	ctsync_tcpwin_adopt(&t, m->dir, &m->seg);
	ctsync_flow_tcp_put(m->ct, &t);
	spin_unlock(&m->ct->lock);
	m->e->flags |= relearned(m->dir);
	spin_unlock(&m->e->lock);
	ctsync_count(inst, MISS_ADOPTED);
}

/* Who of the living may know more than the copy here (a set of peers)? Whoever
 * wrote its state. If it was written here, any of them: a direction may have
 * moved there an instant ago, and the acknowledgement of its data be quicker
 * here than that node's word.
 */
static u64 whom_to_ask(struct ctsync_instance *inst, const struct miss *m,
		       bool stale)
{
	u64 up = atomic64_read(&inst->peers.up), owners = 0;
	struct ctsync_peer *p;
	int i;

	if (m->control)
		return 0;
	if (!stale)
		return up;
	spin_lock(&m->e->lock);
	for (i = 0; i < ARRAY_SIZE(m->e->writer); i++) {
		p = m->e->writer[i].node ?
			ctsync_peer_by_node(&inst->peers,
					    m->e->writer[i].node) : NULL;
		if (p)
			owners |= BIT_ULL(p->index);
	}
	spin_unlock(&m->e->lock);
	return owners & up;
}

/* ---- parking ---- */

static void ask(struct ctsync_instance *inst, struct ctsync_entry *e, u64 whom)
{
	struct ctsync_note note = {};
	unsigned int i;

	WRITE_ONCE(e->asked_time, (u32)jiffies);
	spin_lock(&e->lock);
	note.ref = (struct ctsync_ref){ .id = e->id, .origin = e->origin,
					.inc = e->inc };
	spin_unlock(&e->lock);
	for (i = 0; i < inst->peers.nr; i++) {
		if (!(whom & BIT_ULL(i)))
			continue;
		note.to = READ_ONCE(inst->peers.peer[i]->node);
		ctsync_tx_note(inst, CTSYNC_MSG_REQUEST, &note);
	}
}

bool ctsync_miss_park(struct ctsync_instance *inst, struct sk_buff *skb,
		      const struct nf_hook_state *state, u64 id, u8 origin)
{
	struct ctsync_cpu *c = ctsync_this_cpu(inst);
	struct parked *p;

	if (!READ_ONCE(inst->running) ||
	    atomic_read(&inst->parked) >= PARKED_PER_CPU_MAX * inst->nr_cpus) {
		ctsync_count(inst, MISS_PARK_BOUND);
		return false;
	}
	p = kmalloc(sizeof(*p), GFP_ATOMIC);
	if (!p)
		return false;
	p->packet = ctsync_packet_take(skb, state);
	if (!p->packet) {
		kfree(p);
		return false;
	}
	p->id = id;
	p->origin = origin;
	p->answered = false;
	p->deadline = ktime_get_ns() +
		(u64)READ_ONCE(inst->params.hold_timeout) * NSEC_PER_USEC;
	atomic_inc(&inst->parked);
	spin_lock(&c->wait_lock);
	list_add_tail(&p->list, &c->parked);
	spin_unlock(&c->wait_lock);
	ctsync_hold_deadline(c, p->deadline);
	ctsync_count(inst, MISS_PARKED);
	return true;
}

/* Park @skb for its entry, and ask @whom for that. */
static bool park(struct ctsync_instance *inst, struct sk_buff *skb,
		 const struct nf_hook_state *state, struct ctsync_entry *e,
		 u64 whom)
{
	bool asked;

	spin_lock(&e->lock);
	asked = e->flags & CTSYNC_E_PARKED;
	e->flags |= CTSYNC_E_PARKED;
	spin_unlock(&e->lock);
	if (!ctsync_miss_park(inst, skb, state, e->id, e->origin))
		return false;
	/* One question per entry and tick is enough, while it is not answered: an
	 * answer frees what was parked until then, and who was not asked must not
	 * pass for one who does not answer.
	 */
	if (!asked || READ_ONCE(e->asked_time) != (u32)jiffies)
		ask(inst, e, whom);
	return true;
}

unsigned int ctsync_miss(struct ctsync_instance *inst, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	unsigned int verdict = NF_ACCEPT;
	struct miss m;
	bool stale;
	u64 whom;

	if (nf_bridge_info_exists(skb))
		return NF_ACCEPT;
	if (!find(inst, skb, state->pf, &m))
		return ctsync_pull_miss(inst, skb, state);
	ctsync_count(inst, MISS_INVALID);
	stale = may_be_stale(&m);
	whom = whom_to_ask(inst, &m, stale);
	if (!stale && !whom) {
		ctsync_count(inst, MISS_LOCAL);
	} else if (!plausible(inst, &m)) {
		ctsync_count(inst, MISS_IMPLAUSIBLE);
	} else if (!whom) {
		adopt(inst, &m);
		verdict = nf_conntrack_in(skb, state);
	} else if (park(inst, skb, state, m.e, whom)) {
		verdict = NF_STOLEN;
	}
	nf_ct_put(m.ct);
	return verdict;
}

/* ---- answers and deadlines ---- */

static void to_resumable(struct ctsync_instance *inst, struct ctsync_cpu *from,
			 bool (*match)(const struct parked *, const void *),
			 const void *arg, bool answered)
{
	struct ctsync_cpu *to = ctsync_this_cpu(inst);
	struct parked *p, *n;
	LIST_HEAD(moved);

	spin_lock(&from->wait_lock);
	list_for_each_entry_safe(p, n, &from->parked, list) {
		if (!match(p, arg))
			continue;
		p->answered = answered;
		list_move_tail(&p->list, &moved);
	}
	spin_unlock(&from->wait_lock);
	if (list_empty(&moved))
		return;
	spin_lock(&to->wait_lock);
	list_splice_tail(&moved, &to->resumable);
	spin_unlock(&to->wait_lock);
	napi_schedule(&to->napi);
}

struct name {
	u64 id;
	u8 origin;
};

static bool match_name(const struct parked *p, const void *arg)
{
	const struct name *n = arg;

	return p->id == n->id && p->origin == n->origin;
}

static bool match_all(const struct parked *p, const void *arg)
{
	return true;
}

static bool match_late(const struct parked *p, const void *now)
{
	return p->deadline <= *(const u64 *)now;
}

void ctsync_miss_resume(struct ctsync_instance *inst, u64 id, u8 origin)
{
	const struct name n = { id, origin };
	unsigned int i;

	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			to_resumable(inst, inst->cpu[i], match_name, &n, true);
	}
}

void ctsync_miss_answered(struct ctsync_instance *inst, struct ctsync_entry *e)
{
	spin_lock(&e->lock);
	e->flags &= ~CTSYNC_E_PARKED;
	spin_unlock(&e->lock);
	ctsync_miss_resume(inst, e->id, e->origin);
}

void ctsync_miss_release_all(struct ctsync_instance *inst)
{
	unsigned int i;

	local_bh_disable();
	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			to_resumable(inst, inst->cpu[i], match_all, NULL, false);
	}
	local_bh_enable();
}

/* ---- resuming ---- */

/* Our own work at POST_ROUTING and -199 is skipped for what resumes behind it. */
static void after_conntrack(struct ctsync_instance *inst, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct ctsync_entry *e;
	unsigned long status;

	if (!ct)
		return;
	status = READ_ONCE(ct->status);
	if (!(status & BIT_ULL(CTSYNC_STATUS_SPLIT_BIT)))
		return;
	e = ctsync_entry_of(&inst->entries, ct, status);
	if (e)
		ctsync_track_open(inst, e, ct, CTINFO2DIR(ctinfo), skb);
}

/* Continue behind our hook in the chain of PRE_ROUTING. RCU. */
static void continue_behind(struct ctsync_instance *inst,
			    struct ctsync_packet *p)
{
	const struct nf_hook_entries *hooks;
	struct nf_hook_ops **ops;
	unsigned int i;

	if (p->state.pf == NFPROTO_IPV4)
		hooks = rcu_dereference(inst->net->nf.hooks_ipv4[NF_INET_PRE_ROUTING]);
	else
		hooks = rcu_dereference(inst->net->nf.hooks_ipv6[NF_INET_PRE_ROUTING]);
	if (hooks) {
		ops = nf_hook_entries_get_hook_ops(hooks);
		for (i = 0; i < hooks->num_hook_entries; i++) {
			if (ops[i] != inst->miss_ops)
				continue;
			if (nf_hook_slow(p->skb, &p->state, hooks, i + 1) == 1)
				p->state.okfn(p->state.net, p->state.sk, p->skb);
			return;
		}
	}
	p->state.okfn(p->state.net, p->state.sk, p->skb);
}

static void resume(struct ctsync_instance *inst, struct parked *w)
{
	struct ctsync_packet *p = w->packet;
	unsigned int verdict;
	struct miss m;

	/* an earlier packet or the answer may have healed the window */
	verdict = nf_conntrack_in(p->skb, &p->state);
	if (verdict == NF_ACCEPT && skb_nfct(p->skb)) {
		ctsync_count(inst, MISS_HEALED);
	} else if (verdict == NF_ACCEPT && !w->answered &&
		   find(inst, p->skb, p->state.pf, &m)) {
		/* the owner died or did not answer by the deadline */
		if (may_be_stale(&m) && plausible(inst, &m)) {
			adopt(inst, &m);
			verdict = nf_conntrack_in(p->skb, &p->state);
		} else {
			ctsync_count(inst, MISS_STILL_INVALID);
		}
		nf_ct_put(m.ct);
	} else {
		ctsync_count(inst, MISS_STILL_INVALID);
	}
	if (verdict == NF_ACCEPT) {
		after_conntrack(inst, p->skb);
		continue_behind(inst, p);
	} else {
		kfree_skb(p->skb);
	}
	ctsync_packet_put(p);
	kfree(w);
	atomic_dec(&inst->parked);
}

static void resume_list(struct ctsync_cpu *c)
{
	struct parked *p;

	for (;;) {
		spin_lock(&c->wait_lock);
		p = list_first_entry_or_null(&c->resumable, struct parked, list);
		if (p)
			list_del(&p->list);
		spin_unlock(&c->wait_lock);
		if (!p)
			return;
		resume(c->inst, p);
	}
}

void ctsync_miss_poll(struct ctsync_cpu *c)
{
	struct parked *first;
	u64 now;

	if (!list_empty_careful(&c->parked)) {
		now = ktime_get_ns();
		to_resumable(c->inst, c, match_late, &now, false);
		spin_lock(&c->wait_lock);
		first = list_first_entry_or_null(&c->parked, struct parked, list);
		if (first)
			ctsync_hold_deadline(c, first->deadline);
		spin_unlock(&c->wait_lock);
	}
	if (!list_empty_careful(&c->resumable)) {
		rcu_read_lock();
		resume_list(c);
		rcu_read_unlock();
	}
}

void ctsync_miss_flush(struct ctsync_instance *inst)
{
	unsigned int i;

	ctsync_miss_release_all(inst);
	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			resume_list(inst->cpu[i]);
	}
	rcu_read_unlock();
	local_bh_enable();
}
