// SPDX-License-Identifier: GPL-2.0
/* Two flows, one tuple: what of it is here, who gives way, and what becomes of it.
 *
 * clash.c has the rule. Each node applies it to what it has and to what it is told,
 * so nobody has to agree on anything: the one whose flow wins answers with it (an
 * INACK, and the flow itself as a copy), the one whose flow loses puts the winner
 * in its place. A packet that was held for the loser is dropped: its port is
 * another's. That is the only packet that ctsync ever drops, and happens after the
 * winner is in the table, so that the next try is given another port.
 */
#include "inject_clash.h"
#include "clash.h"
#include "flow.h"
#include "hold.h"
#include "inject.h"
#include "member.h"
#include "tcpstate.h"
#include "track.h"
#include "tx.h"

#include <net/netfilter/nf_conntrack_core.h>

/* What is here. e->lock held, if there is an entry. */
static void get_use(const struct nf_conn *ct, const struct ctsync_entry *e,
		    struct ctsync_use *use, struct ctsync_tcp_report win[2])
{
	struct ctsync_tcp t;
	int d;

	*use = (struct ctsync_use){ .tcp = nf_ct_protonum(ct) == IPPROTO_TCP };
	if (e) {
		use->id = e->id;
		use->origin = e->origin;
	}
	if (!use->tcp)
		return;
	ctsync_flow_tcp_get(ct, &t);
	for (d = 0; d < 2; d++)
		ctsync_tcpwin_report(&t, e ? ctsync_entry_known(e) : NULL, d, &win[d]);
	use->syn = t.state == CTSYNC_TCP_SYN_SENT;
	use->ended = ctsync_tcpstate_ended(t.state);
	use->idle = jiffies_to_msecs(ctsync_flow_idle(ct));
}

static enum ctsync_later which_is_later(const struct nf_conn *ct,
					struct ctsync_entry *e,
					const struct ctsync_flow *f)
{
	struct ctsync_use here, there = {
		.id = f->ref.id,
		.origin = f->ref.origin,
		.tcp = f->l4 == IPPROTO_TCP,
		.syn = f->state == CTSYNC_TCP_SYN_SENT,
		.ended = ctsync_tcpstate_ended(f->state),
	};
	struct ctsync_tcp_report win[2];
	struct ctsync_kin kin = {};

	if (e) {
		spin_lock(&e->lock);
		get_use(ct, e, &here, win);
		spin_unlock(&e->lock);
	} else {
		get_use(ct, NULL, &here, win);
	}
	if (here.tcp && there.tcp) {
		there.idle = jiffies_to_msecs(ctsync_flow_idle_told(ct, f));
		kin = ctsync_tcpwin_kin(win, f->win, f->dirs / CTSYNC_DIR_WIN0);
	}
	return ctsync_clash_later(&here, &there, kin,
				  f->ref.flags & CTSYNC_REF_COPY);
}

static bool has_tuples(const struct nf_conn *ct,
		       const struct nf_conntrack_tuple *orig,
		       const struct nf_conntrack_tuple *reply)
{
	return nf_ct_tuple_equal(&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple, orig) &&
	       nf_ct_tuple_equal(&ct->tuplehash[IP_CT_DIR_REPLY].tuple, reply);
}

/* Finding also collects what has expired. */
static void find_block(struct ctsync_instance *inst,
		       const struct nf_conntrack_zone *zone,
		       const struct nf_conntrack_tuple *tuple,
		       struct ctsync_clash_site *site)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	h = nf_conntrack_find_get(inst->net, zone, tuple);
	if (!h)
		return;
	ct = nf_ct_tuplehash_to_ctrack(h);
	if (site->nr && site->block[0] == ct)
		nf_ct_put(ct);
	else
		site->block[site->nr++] = ct;
}

static struct ctsync_entry *entry_of(struct ctsync_instance *inst,
				     const struct nf_conn *ct)
{
	return ctsync_entry_of(&inst->entries, ct, READ_ONCE(ct->status));
}

static enum ctsync_clash judge(const struct nf_conn *ct, struct ctsync_entry *e,
			       const struct ctsync_flow *f, bool crossed)
{
	struct ctsync_claim here = {
		.replied = test_bit(IPS_SEEN_REPLY_BIT, &ct->status),
	};
	struct ctsync_claim there = {
		.origin = f->ref.origin,
		.id = f->ref.id,
		.replied = f->status & CTSYNC_ST_SEEN_REPLY,
		.held = f->ref.flags & CTSYNC_REF_ACK,
	};

	if (e) {
		spin_lock(&e->lock);
		here.origin = e->origin;
		here.id = e->id;
		here.held = ctsync_hold_waits(e);
		spin_unlock(&e->lock);
	}
	return crossed ? ctsync_clash_crossed(&here, &there) :
			 ctsync_clash_judge(&here, &there);
}

static void tell(struct ctsync_instance *inst, struct ctsync_peer *p, int news)
{
	unsigned long now = jiffies, last = READ_ONCE(inst->clash_told);

	/* once a second at most, whatever a peer sends */
	if (time_before(now, last + HZ) ||
	    cmpxchg(&inst->clash_told, last, now) != last)
		return;
	inst->tell(inst, p, news);
}

/* Ours stays: the peer is told by whom its flow is refused, and gets that flow. */
static void win(struct ctsync_instance *inst, struct ctsync_peer *p,
		struct ctsync_entry *e, const struct ctsync_flow *f)
{
	ctsync_count(inst, CLASH_WON);
	ctsync_inject_answer(inst, p, f, CTSYNC_INACK_CONFLICT, e);
	if (e)
		ctsync_tx_copy(inst, e, CTSYNC_QE_REQUEST, CTSYNC_URGENT);
}

/* Both are in use: neither is told of any more, each lives on where it is. */
static void keep_local(struct ctsync_instance *inst, struct ctsync_peer *p,
		       struct nf_conn *ct, struct ctsync_entry *e)
{
	if (test_and_set_bit(CTSYNC_STATUS_LOCAL_BIT, &ct->status))
		return;
	ctsync_count(inst, CONFLICT);
	if (e)
		ctsync_track_forget(inst, e, ct);
	tell(inst, p, CTSYNC_NEWS_CONFLICT);
}

/* Decide about one conntrack in the way. Returns true when it gives way. */
static bool gives_way(struct ctsync_instance *inst, struct ctsync_peer *p,
		      const struct ctsync_flow *f, struct nf_conn *ct,
		      struct ctsync_entry *e, enum ctsync_later later,
		      bool crossed)
{
	switch (later) {
	case CTSYNC_LATER_SECOND:
		return true;
	case CTSYNC_LATER_FIRST:
		/* joining the two would end ours; ours replaces it there */
		ctsync_count(inst, MSG_STALE_LIFE);
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_REFUSED, NULL);
		if (e)
			ctsync_tx_event(inst, e, CTSYNC_QE_INSERT, CTSYNC_LAZY);
		return false;
	case CTSYNC_LATER_NEITHER:
		break;
	}
	switch (judge(ct, e, f, crossed)) {
	case CTSYNC_CLASH_SECOND:
		return true;
	case CTSYNC_CLASH_FIRST:
		win(inst, p, e, f);
		return false;
	case CTSYNC_CLASH_BOTH:
		break;
	}
	ctsync_inject_answer(inst, p, f, CTSYNC_INACK_BOTH, e);
	keep_local(inst, p, ct, e);
	return false;
}

enum ctsync_way ctsync_clash_look(struct ctsync_instance *inst,
				  struct ctsync_peer *p,
				  const struct ctsync_flow *f,
				  const struct nf_conntrack_zone *zone,
				  const struct nf_conntrack_tuple *orig,
				  const struct nf_conntrack_tuple *reply,
				  struct ctsync_clash_site *site)
{
	struct ctsync_entry *e;
	enum ctsync_later later;
	bool same;
	int i;

	*site = (struct ctsync_clash_site){};
	INIT_LIST_HEAD(&site->packets);
	find_block(inst, zone, orig, site);
	find_block(inst, zone, reply, site);
	if (!site->nr)
		return CTSYNC_WAY_FREE;
	same = site->nr == 1 && has_tuples(site->block[0], orig, reply);
	site->crossed = site->nr == 1 && !same &&
			has_tuples(site->block[0], reply, orig);
	for (i = 0; i < site->nr; i++) {
		e = entry_of(inst, site->block[i]);
		later = which_is_later(site->block[i], e, f);
		if (same && later == CTSYNC_LATER_NEITHER)
			return CTSYNC_WAY_SAME;
		if (!gives_way(inst, p, f, site->block[i], e, later,
			       site->crossed))
			return CTSYNC_WAY_TAKEN;
	}
	return CTSYNC_WAY_FREE;
}

void ctsync_clash_clear(struct ctsync_instance *inst, struct ctsync_peer *p,
			struct ctsync_clash_site *site)
{
	struct ctsync_entry *e;
	int i;

	for (i = 0; i < site->nr; i++) {
		e = entry_of(inst, site->block[i]);
		/* Reversed, without NAT, the packet is right as it is: its hold
		 * ends with the entry and it goes on.
		 */
		if (e && !site->crossed) {
			spin_lock(&e->lock);
			ctsync_hold_take(inst, e, &site->packets);
			spin_unlock(&e->lock);
		}
		ctsync_count(inst, INSERT_REPLACED);
		ctsync_inject_delete(inst, e, site->block[i],
				     CTSYNC_DEL_CLOSED);
	}
	if (list_empty(&site->packets))
		return;
	ctsync_count(inst, CLASH_LOST);
	tell(inst, p, CTSYNC_NEWS_CLASH);
}

void ctsync_clash_done(struct ctsync_instance *inst,
		       struct ctsync_clash_site *site)
{
	u32 dropped = ctsync_hold_drop(inst, &site->packets);
	int i;

	ctsync_stat_add(inst->stats, CTSYNC_STAT_CLASH_LOST_PACKETS, dropped);
	for (i = 0; i < site->nr; i++)
		nf_ct_put(site->block[i]);
}

void ctsync_clash_refused(struct ctsync_instance *inst, struct ctsync_peer *p,
			  struct ctsync_entry *e, const struct ctsync_note *note)
{
	struct nf_conn *ct;
	bool waits;

	spin_lock(&e->lock);
	waits = ctsync_hold_waits(e);
	spin_unlock(&e->lock);
	if (note->reason == CTSYNC_INACK_BOTH) {
		ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
		if (!ct)
			return;
		keep_local(inst, p, ct, e);
		nf_ct_put(ct);
	} else if (!waits) {
		/* what left cannot be taken back; the next words decide */
		ctsync_count(inst, INACK_LATE);
	} else if (!note->win_id) {
		/* to a flow that nobody syncs: there is nothing to wait for */
		ctsync_hold_end(inst, e, CTSYNC_HOLD_EV_REFUSED);
	}
	/* else the winner is on its way; until it is here the packet waits */
}
