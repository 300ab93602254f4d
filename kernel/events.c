// SPDX-License-Identifier: GPL-2.0
/* Why a conntrack was destroyed, and how we come to hear of it.
 *
 * A namespace has one event callback, ctnetlink's. Ours stands in front of it:
 * it calls the other first and returns its value, so that listeners see exactly
 * what they saw without us. ctnetlink overwrites whatever it finds when it is
 * loaded, so we step aside before and come back after (main.c's module
 * notifier); what happened meanwhile is found by a walk.
 */
#include "events.h"
#include "entry_tomb.h"
#include "expect.h"
#include "flow.h"
#include "flow_proto.h"
#include "net.h"
#include "tcpstate.h"
#include "track.h"
#include "tx.h"
#include "walk.h"

#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>

struct ctsync_events {
	struct nf_ct_event_notifier ops;
	const struct nf_ct_event_notifier *prev;	/* set before ops is published */
};

static u8 tcp_state(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) == IPPROTO_TCP ? ctsync_flow_tcp_state(ct) :
						   CTSYNC_TCP_NONE;
}

/* What a packet may bring back in good right is not remembered; a connection that is
 * over is, for a peer that did not hear of its end has it for days.
 */
static u8 why_expired(const struct nf_conn *ct)
{
	return ctsync_tcpstate_over(tcp_state(ct)) ? CTSYNC_DEL_CLOSED :
						     CTSYNC_DEL_EXPIRED;
}

/* Peers keep it and will tell of it; it stays deleted here. */
static void keep_dead(struct ctsync_entry *e, const struct nf_conn *ct)
{
	spin_lock_bh(&e->lock);
	ctsync_entry_keep(e, nf_ct_expires(ct));
	spin_unlock_bh(&e->lock);
}

/* The order of the questions is the definition of the reasons. */
static void destroyed(struct ctsync_instance *inst,
		      const struct nf_ct_event *item)
{
	bool propagate = READ_ONCE(inst->params.propagate_delete);
	struct nf_conn *ct = item->ct;
	struct ctsync_entry *e;

	e = ctsync_entry_of(&inst->entries, ct, READ_ONCE(ct->status));
	if (!e)
		return;
	if (READ_ONCE(e->flags) & CTSYNC_E_REMOTE_DEL) {
		ctsync_track_gone(inst, e, ct, READ_ONCE(e->reason), false,
				  true);
	} else if (item->portid) {
		ctsync_count(inst, DESTROY_FORCED);
		if (!propagate)
			keep_dead(e, ct);
		ctsync_track_gone(inst, e, ct, CTSYNC_DEL_FORCED, propagate,
				  true);
	} else if (nf_ct_is_expired(ct)) {
		ctsync_count(inst, DESTROY_EXPIRED);
		ctsync_track_gone(inst, e, ct, why_expired(ct), true, true);
	} else if (ctsync_tcpstate_over(tcp_state(ct))) {
		ctsync_count(inst, DESTROY_CLOSED);
		ctsync_track_gone(inst, e, ct, CTSYNC_DEL_CLOSED, true, true);
	} else if (ctsync_flow_proto_hung_up(ct)) {
		/* said on the control connection, whoever saw packets since */
		ctsync_count(inst, DESTROY_CLOSED);
		ctsync_track_gone(inst, e, ct, CTSYNC_DEL_FORCED, true, true);
	} else {
		ctsync_count(inst, DESTROY_EVICTED);
		ctsync_track_gone(inst, e, ct, CTSYNC_DEL_EXPIRED, false, false);
	}
}

/* Rules set labels after the packet passed our hook, or without any. */
static void labelled(struct ctsync_instance *inst, struct nf_conn *ct)
{
	struct ctsync_entry *e;

	e = ctsync_entry_of(&inst->entries, ct, READ_ONCE(ct->status));
	if (e)
		ctsync_tx_event(inst, e, CTSYNC_QE_REQUEST, CTSYNC_LAZY);
}

static int ct_event(unsigned int events, const struct nf_ct_event *item)
{
	struct ctsync_instance *inst = ctsync_instance_of(nf_ct_net(item->ct));
	const struct nf_ct_event_notifier *prev;
	int ret = 0;

	if (!inst)
		return 0;
	prev = READ_ONCE(inst->events->prev);
	if (prev)
		ret = prev->ct_event(events, item);
	/* redelivered when ret < 0: by then the entry is no longer bound */
	if (events & BIT(IPCT_DESTROY))
		destroyed(inst, item);
	else if (events & BIT(IPCT_LABEL) && READ_ONCE(inst->params.labels))
		labelled(inst, item->ct);
	return ret;
}

static int exp_event(unsigned int events, const struct nf_exp_event *item)
{
	struct ctsync_instance *inst =
		ctsync_instance_of(nf_ct_net(item->exp->master));
	const struct nf_ct_event_notifier *prev;
	int ret = 0;

	if (!inst)
		return 0;
	prev = READ_ONCE(inst->events->prev);
	if (prev)
		ret = prev->exp_event(events, item);
	ctsync_expect_event(inst, events, item);
	return ret;
}

static struct nf_ct_event_notifier __rcu **place(struct net *net)
{
	return &net->ct.nf_conntrack_event_cb;
}

static void chain(struct ctsync_instance *inst)
{
	struct nf_ct_event_notifier *ours = &inst->events->ops, *old;

	do {
		old = rcu_access_pointer(*place(inst->net));
		if (old == ours)
			return;
		WRITE_ONCE(inst->events->prev, old);
		/* prev before ops */
		smp_wmb();
	} while (cmpxchg((__force struct nf_ct_event_notifier **)
			 place(inst->net), old, ours) != old);
}

void ctsync_events_unchain(struct ctsync_instance *inst)
{
	struct nf_ct_event_notifier *ours = &inst->events->ops;

	/* Not ours: ctnetlink went and took us out with it. Nobody else in the
	 * kernel chains.
	 */
	cmpxchg((__force struct nf_ct_event_notifier **)place(inst->net), ours,
		(struct nf_ct_event_notifier *)READ_ONCE(inst->events->prev));
}

void ctsync_events_rechain(struct ctsync_instance *inst)
{
	/* what ended meanwhile left pointers that nobody may follow */
	ctsync_entries_unguard(&inst->entries);
	chain(inst);
	ctsync_walk_adopt(inst);
}

int ctsync_events_up(struct ctsync_instance *inst)
{
	struct ctsync_events *ev = kzalloc(sizeof(*ev), GFP_KERNEL);

	if (!ev)
		return -ENOMEM;
	ev->ops.ct_event = ct_event;
	ev->ops.exp_event = exp_event;
	inst->events = ev;
	inst->entries.notifier = &ev->ops;
	chain(inst);
	return 0;
}

void ctsync_events_down(struct ctsync_instance *inst)
{
	ctsync_events_unchain(inst);
}

void ctsync_events_free(struct ctsync_instance *inst)
{
	kfree(inst->events);
	inst->events = NULL;
}
