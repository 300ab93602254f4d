// SPDX-License-Identifier: GPL-2.0
/* The miss handler: known flow, window unknown; and how a packet is resumed.
 *
 * Packets that conntrack refused come here, and those that arrive behind one that
 * waits. A packet may be parked (park.c); it resumes in the poll behind our own
 * hook, so that taps, raw and conntrack's statistics see it once, and every
 * later hook sees it as if it had never waited.
 */
#include "miss.h"
#include "flow.h"
#include "park.h"
#include "pull.h"
#include "tcpstate.h"
#include "tx.h"
#include "windows.h"
#include "zone.h"

#include <linux/netfilter_bridge.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* ---- the packet and its flow ---- */

struct miss {
	struct nf_conn *ct;	/* referenced */
	struct ctsync_entry *e;
	int dir;
	bool control;		/* SYN or RST */
	bool far;		/* beyond what would be believed without an answer */
	struct ctsync_segment seg;
};

/* Find the synced flow that @skb belongs to. On true the caller puts m->ct. */
static bool find(struct ctsync_instance *inst, const struct sk_buff *skb,
		 u8 pf, const struct nf_conntrack_zone *zone, struct miss *m)
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
	h = nf_conntrack_find_get(inst->net, zone, &tuple);
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
 * must be remote, if only a copy, and takeover moves a direction only once.
 */
static bool may_be_stale(const struct miss *m)
{
	const struct ctsync_split *s = &m->e->split;
	bool told;

	spin_lock(&m->e->lock);
	told = ctsync_entry_last_word(m->e);
	spin_unlock(&m->e->lock);
	return !m->control && told &&
	       !(READ_ONCE(m->e->flags) & relearned(m->dir)) &&
	       ctsync_split_seen(s) != CTSYNC_DIRS_SEEN;
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

/* Does it follow a SYN of which no answer is known here? Then the answer passed
 * another node, and the word of it is on its way, or was not waited for, or died with
 * that node. Nothing is known of the other direction that could be judged: what is
 * learned will be.
 */
static bool follows_syn(const struct miss *m)
{
	struct ctsync_tcp t;

	spin_lock(&m->ct->lock);
	ctsync_flow_tcp_get(m->ct, &t);
	spin_unlock(&m->ct->lock);
	return m->dir == IP_CT_DIR_ORIGINAL &&
	       ctsync_tcpwin_follows_syn(&t, &m->seg);
}

static void adopt(struct ctsync_instance *inst, const struct miss *m)
{
	struct ctsync_tcp t;
	bool open;

	spin_lock(&m->e->lock);
	spin_lock(&m->ct->lock);
	ctsync_flow_tcp_get(m->ct, &t);
	open = t.state == CTSYNC_TCP_SYN_SENT;
	if (open)
		ctsync_tcpwin_adopt_open(&t, &m->seg);
	else
		ctsync_tcpwin_adopt(&t, m->dir, &m->seg);
	ctsync_flow_tcp_put(m->ct, &t);
	if (open) {
		ctsync_flow_tcp_liberal(m->ct);
		set_bit(IPS_SEEN_REPLY_BIT, &m->ct->status);
	}
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

/* Answers to so many earlier questions may come before its own, each told once more if
 * frames are late. What is far may be anybody's: it costs two questions at most.
 */
#define AGAIN_MAX 8
#define AGAIN_FAR 1

/* May an answer be on its way to a question that was asked before now? Answers go to all,
 * and nobody knows what another peer asked. e->lock held.
 */
static bool was_asked(const struct ctsync_instance *inst,
		      const struct ctsync_entry *e)
{
	return hweight64(atomic64_read(&inst->peers.up)) > 1 ||
	       (u32)jiffies - e->asked_time <=
		       usecs_to_jiffies(READ_ONCE(inst->params.hold_timeout));
}

/* What the packet waits for, if @whom is asked. Where its direction may go is told by
 * the other one's packets, and so is what it may acknowledge. e->lock held.
 */
static struct ctsync_awaits awaits(const struct miss *m, u64 whom)
{
	const struct ctsync_entry *e = m->e;
	struct ctsync_awaits a = {
		.id = e->id,
		.origin = e->origin,
		.needs = CTSYNC_DIR_SEEN0 << !m->dir,
		.asked = e->flags & CTSYNC_E_PARKED,
		.far = m->far,
		.whom = whom,
	};

	/* One question per entry and tick is enough, while it is not answered: an
	 * answer frees what was parked until then, and who was not asked must not
	 * pass for one who does not answer.
	 */
	if (a.asked && e->asked_time == (u32)jiffies)
		a.whom = 0;
	return a;
}

/* Park @skb for its entry, and ask @whom for that. */
static bool park(struct ctsync_instance *inst, struct sk_buff *skb,
		 const struct nf_hook_state *state,
		 const struct nf_conntrack_zone *zone, const struct miss *m,
		 u64 whom)
{
	u64 key = ctsync_pull_key_of(inst, m->ct, m->dir);
	struct ctsync_entry *e = m->e;
	struct ctsync_awaits a;
	bool parked;

	spin_lock(&e->lock);
	a = awaits(m, whom);
	if (was_asked(inst, e))
		a.again = m->far ? AGAIN_FAR : AGAIN_MAX;
	/* no answer may come between the packet and the flag */
	parked = ctsync_park(inst, skb, state, zone, key, &a);
	if (parked)
		e->flags |= CTSYNC_E_PARKED;
	spin_unlock(&e->lock);
	if (parked && a.whom)
		ask(inst, e, a.whom);
	return parked;
}

/* May what was had be older than the packet? Then it asks (again): a peer who had its
 * tuple gave us a copy, or the answer was to one before it.
 */
static bool may_ask_again(struct ctsync_instance *inst,
			  const struct ctsync_parked *w, const struct miss *m)
{
	if (!READ_ONCE(inst->running) || ktime_get_ns() >= w->deadline)
		return false;
	return w->origin ? w->again : plausible(inst, m) || follows_syn(m);
}

static bool park_again(struct ctsync_instance *inst, struct ctsync_parked *w,
		       const struct miss *m)
{
	/* of a copy nobody knows who may have seen the packet before */
	u64 whom = whom_to_ask(inst, m, w->origin && may_be_stale(m));
	struct ctsync_entry *e = m->e;
	struct ctsync_awaits a;

	if (!whom || !may_ask_again(inst, w, m))
		return false;
	spin_lock(&e->lock);
	a = awaits(m, whom);
	a.again = w->again ? w->again - 1 : 0;
	ctsync_park_again(inst, w, &a);
	e->flags |= CTSYNC_E_PARKED;
	spin_unlock(&e->lock);
	if (a.whom)
		ask(inst, e, a.whom);
	return true;
}

unsigned int ctsync_miss(struct ctsync_instance *inst, struct sk_buff *skb,
			 const struct nf_hook_state *state,
			 const struct nf_conntrack_zone *zone)
{
	unsigned int verdict = NF_ACCEPT;
	struct miss m = {};
	bool stale, near;
	u64 whom;

	if (nf_bridge_info_exists(skb))
		return NF_ACCEPT;
	if (!find(inst, skb, state->pf, zone, &m))
		return ctsync_pull_miss(inst, skb, state, zone);
	ctsync_count(inst, MISS_INVALID);
	stale = may_be_stale(&m);
	whom = whom_to_ask(inst, &m, stale);
	near = plausible(inst, &m);
	m.far = !near && !follows_syn(&m);
	if (!stale && !whom) {
		ctsync_count(inst, MISS_LOCAL);
	} else if (m.far && (!whom || READ_ONCE(m.e->flags) & CTSYNC_E_IN_VAIN)) {
		ctsync_count(inst, MISS_IMPLAUSIBLE);
	} else if (!whom) {
		adopt(inst, &m);
		verdict = ctsync_zone_track(skb, state, zone);
	} else if (park(inst, skb, state, zone, &m, whom)) {
		verdict = NF_STOLEN;
	} else if (stale && near) {
		/* no room to wait for an answer: as if none had come */
		adopt(inst, &m);
		verdict = ctsync_zone_track(skb, state, zone);
	}
	nf_ct_put(m.ct);
	return verdict;
}

bool ctsync_miss_behind(struct ctsync_instance *inst, struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ctsync_park_behind(inst, skb, state,
				  ctsync_pull_key_of(inst, ct,
						     CTINFO2DIR(ctinfo)));
}

/* ---- answers ---- */

void ctsync_miss_answered(struct ctsync_instance *inst, struct ctsync_entry *e,
			  const struct ctsync_peer *p, u8 told)
{
	spin_lock(&e->lock);
	if (e->flags & CTSYNC_E_PARKED &&
	    !ctsync_park_told(inst, e->id, e->origin, p->index, told))
		e->flags &= ~CTSYNC_E_PARKED;
	spin_unlock(&e->lock);
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
		ctsync_windows_packet(inst, e, ct, CTINFO2DIR(ctinfo), skb);
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

/* Is what the packet needs known by now, so that it contradicts what somebody saw?
 * Who told of its own direction only leaves the other to us, if it passed here.
 */
static bool is_answered(const struct miss *m, const struct ctsync_parked *w)
{
	return w->told & CTSYNC_DIR_SEEN0 << !m->dir ||
	       (w->told && !ctsync_split_unseen(&m->e->split, !m->dir));
}

/* No answer helps it. Whoever knows a tuple can send what is far from its windows: that
 * asks no more, until a peer tells of a packet that passed there.
 */
static void give_up(struct ctsync_instance *inst, struct ctsync_entry *e,
		    const struct ctsync_parked *w)
{
	ctsync_count(inst, MISS_STILL_INVALID);
	if (w->place != CTSYNC_PLACE_FAR)
		return;
	spin_lock(&e->lock);
	e->flags |= CTSYNC_E_IN_VAIN;
	spin_unlock(&e->lock);
}

/* Conntrack once more: an earlier packet or the answer may have healed the
 * window. Returns its verdict; a packet without conntrack is still invalid. NF_STOLEN:
 * it waits again.
 */
static unsigned int retry(struct ctsync_instance *inst, struct ctsync_parked *w)
{
	struct ctsync_packet *p = w->packet;
	unsigned int verdict = ctsync_zone_track(p->skb, &p->state, &w->zone);
	struct miss m = {};

	if (verdict == NF_ACCEPT && skb_nfct(p->skb)) {
		ctsync_count(inst, MISS_HEALED);
		return verdict;
	}
	if (verdict != NF_ACCEPT ||
	    !find(inst, p->skb, p->state.pf, &w->zone, &m)) {
		ctsync_count(inst, MISS_STILL_INVALID);
		return verdict;
	}
	if (park_again(inst, w, &m)) {
		verdict = NF_STOLEN;
	} else if (!is_answered(&m, w) && may_be_stale(&m) &&
		   (plausible(inst, &m) || (!w->told && follows_syn(&m)))) {
		/* nobody who lives knows more, or says so by the deadline */
		adopt(inst, &m);
		verdict = ctsync_zone_track(p->skb, &p->state, &w->zone);
	} else {
		give_up(inst, m.e, w);
	}
	nf_ct_put(m.ct);
	return verdict;
}

static void resume(struct ctsync_instance *inst, struct ctsync_parked *w)
{
	struct ctsync_packet *p = w->packet;
	unsigned int verdict = NF_ACCEPT;

	/* what waited behind another was accepted when it came */
	if (!skb_nfct(p->skb))
		verdict = retry(inst, w);
	if (verdict == NF_STOLEN)
		return;
	if (verdict == NF_ACCEPT) {
		after_conntrack(inst, p->skb);
		continue_behind(inst, p);
	} else {
		kfree_skb(p->skb);
	}
	ctsync_park_done(inst, w);
}

/* Resume up to @budget packets; true: more are left. */
static bool resume_some(struct ctsync_instance *inst, u32 budget)
{
	struct ctsync_parked *w;

	if (!ctsync_park_begin(inst))
		return false;
	rcu_read_lock();
	while ((w = ctsync_park_next(inst)) && budget) {
		resume(inst, w);
		budget--;
	}
	rcu_read_unlock();
	if (w)
		ctsync_park_pause(inst);
	return w;
}

bool ctsync_miss_poll(struct ctsync_cpu *c)
{
	ctsync_park_late(c);
	return resume_some(c->inst, NAPI_POLL_WEIGHT);
}

void ctsync_miss_flush(struct ctsync_instance *inst)
{
	ctsync_park_release_all(inst);
	local_bh_disable();
	resume_some(inst, U32_MAX);
	local_bh_enable();
}
