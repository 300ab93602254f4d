// SPDX-License-Identifier: GPL-2.0
/* The hooks, in the order in which a forwarded packet meets them:
 *
 *  PRE_ROUTING  -300  our own socket's traffic is not tracked
 *  PRE_ROUTING  -201  with `zones on`: the packet's zone is noted
 *  PRE_ROUTING  -199  just behind conntrack: no conntrack, the miss handler;
 *                     packets of its flow wait there, behind them; split
 *                     flow, open its windows; else nothing
 *  POST_ROUTING  MAX  just before conntrack confirms: everything else
 *  LOCAL_OUT    -300  our own socket's traffic is not tracked
 *  LOCAL_OUT    -199  a flow of this node itself is never synced
 *  LOCAL_IN       97  just before IPVS: flows that go into a tunnel of it
 *  LOCAL_IN      MAX  a flow of this node itself, likewise
 *
 * Among hooks of equal priority the one registered later stands first, so ours
 * at MAX runs before conntrack's confirmation; hooks_up verifies it.
 */
#include "hooks.h"
#include "flow.h"
#include "help.h"
#include "hold.h"
#include "hooks_own.h"
#include "miss.h"
#include "park.h"
#include "pull.h"
#include "track.h"
#include "tx.h"
#include "windows.h"
#include "zone.h"

#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* ---- around conntrack ---- */

static unsigned int before_conntrack(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	ctsync_zone_note(skb);
	return NF_ACCEPT;
}

/* Without a note nobody knows the zone that rules gave the packet: where zones are
 * in use it might be given to a flow of another one.
 */
static unsigned int refused(struct ctsync_instance *inst, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct nf_conntrack_zone zone = nf_ct_zone_dflt;
	unsigned int verdict;

	if (inst->params.zones) {
		ctsync_zone_noted(skb, &zone);
	} else if (unlikely(READ_ONCE(inst->entries.zoned))) {
		ctsync_count(inst, MISS_ZONE);
		return NF_ACCEPT;
	}
	/* a verdict of NFQUEUE brings packets in process context */
	local_bh_disable();
	verdict = ctsync_miss(inst, skb, state, &zone);
	local_bh_enable();
	return verdict;
}

static unsigned int pre_routing(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct ctsync_instance *inst = priv;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct ctsync_entry *e;
	unsigned int verdict;
	unsigned long status;
	bool behind;

	if (unlikely(!ct)) {
		return ctinfo == IP_CT_UNTRACKED ? NF_ACCEPT :
						   refused(inst, skb, state);
	}
	status = READ_ONCE(ct->status);
	if (unlikely(ctsync_park_any(inst)) && status & CTSYNC_STATUS_SLOT &&
	    !ctsync_is_error(ct, ctinfo)) {
		local_bh_disable();
		behind = ctsync_miss_behind(inst, skb, state);
		local_bh_enable();
		if (behind)
			return NF_STOLEN;
	}
	if (status & CTSYNC_STATUS_SLOT &&
	    ctsync_flow_answers_unseen(ct, CTINFO2DIR(ctinfo)) &&
	    !ctsync_is_error(ct, ctinfo) &&
	    !nf_bridge_info_exists(skb)) {
		local_bh_disable();
		verdict = ctsync_pull_unseen(inst, skb, state);
		local_bh_enable();
		return verdict;
	}
	if (likely(!(status & BIT_ULL(CTSYNC_STATUS_SPLIT_BIT)))) {
		if (likely(status & (IPS_CONFIRMED | IPS_TEMPLATE)) ||
		    ctinfo != IP_CT_NEW || !ctsync_pull_wanted(inst, skb->mark) ||
		    nf_bridge_info_exists(skb))
			return NF_ACCEPT;
		local_bh_disable();
		verdict = ctsync_pull_new(inst, skb, state);
		local_bh_enable();
		return verdict;
	}
	e = ctsync_entry_of(&inst->entries, ct, status);
	if (e && !ctsync_is_error(ct, ctinfo)) {
		local_bh_disable();
		ctsync_windows_packet(inst, e, ct, CTINFO2DIR(ctinfo), skb);
		local_bh_enable();
	}
	return NF_ACCEPT;
}

/* ---- before confirmation ---- */

static bool is_multicast(const struct sk_buff *skb, u8 pf)
{
	return pf == NFPROTO_IPV4 ? ipv4_is_multicast(ip_hdr(skb)->daddr) ||
				    ipv4_is_lbcast(ip_hdr(skb)->daddr) :
				    ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
}

static bool may_sync(const struct nf_conn *ct, const struct sk_buff *skb,
		     const struct nf_hook_state *state, unsigned long status)
{
	return !(status & (IPS_TEMPLATE | IPS_DYING | IPS_OFFLOAD |
			   IPS_HW_OFFLOAD | IPS_NAT_CLASH |
			   BIT_ULL(CTSYNC_STATUS_LOCAL_BIT))) &&
	       !netif_is_l3_master(state->out) && !nf_bridge_info_exists(skb) &&
	       !is_multicast(skb, state->pf);
}

/* Go on behind this hook and conntrack's own, which has run already. */
static unsigned int go_on(struct sk_buff *skb, const struct nf_hook_state *state)
{
	state->okfn(state->net, state->sk, skb);
	return NF_STOLEN;
}

/* A packet whose conntrack has an entry and which conntrack has confirmed: hold
 * it, queue it behind held ones, or send it on. It is ours.
 */
static unsigned int hold_or_go(struct ctsync_instance *inst,
			       struct ctsync_entry *e, struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       struct ctsync_packet *p, bool begin)
{
	bool held = false;

	if (p) {
		spin_lock(&e->lock);
		held = begin ? ctsync_hold_begin(inst, e, p) :
			       ctsync_hold_follow(inst, e, p);
		spin_unlock(&e->lock);
	}
	if (held) {
		/* what the packet made may have been told before it could ask */
		if (begin)
			ctsync_tx_event(inst, e, CTSYNC_QE_UPDATE, CTSYNC_URGENT);
		return NF_STOLEN;
	}
	if (p)
		ctsync_packet_put(p);
	return go_on(skb, state);
}

/* A helper reads the packet while conntrack confirms, and may expect another flow
 * or shift sequence numbers. The peers must know before the packet's reader can
 * act on it: the flow that is expected may come to them.
 */
static unsigned int post_helped(struct ctsync_instance *inst,
				struct sk_buff *skb,
				const struct nf_hook_state *state,
				struct nf_conn *ct, enum ip_conntrack_info ctinfo,
				struct ctsync_entry *e)
{
	struct ctsync_packet *p = NULL;
	enum ctsync_track_verdict v;
	struct ctsync_help_mark mark;
	unsigned int verdict;
	bool news, begin;

	v = ctsync_track_packet(inst, e, ct, CTINFO2DIR(ctinfo), skb);
	if (ctsync_help_is_user(ct))
		return NF_ACCEPT;
	ctsync_help_mark(ct, &mark);
	verdict = nf_confirm(NULL, skb, state);
	if (verdict != NF_ACCEPT)
		return verdict;
	news = ctsync_help_changed(ct, &mark);
	if (!news && v == CTSYNC_TRACK_PASS)
		return go_on(skb, state);
	begin = (news || v == CTSYNC_TRACK_HOLD) &&
		ctsync_hold_wanted(inst, skb->truesize);
	if (begin || READ_ONCE(e->held)) {
		p = ctsync_packet_take(skb, state);
		if (!p)
			ctsync_count(inst, HOLD_SKIPPED_NOMEM);
	}
	if (news) {
		spin_lock(&e->lock);
		e->flags |= CTSYNC_E_EXPECTS;
		spin_unlock(&e->lock);
	}
	verdict = hold_or_go(inst, e, skb, state, p, begin);
	if (news)
		ctsync_tx_event(inst, e, CTSYNC_QE_REQUEST, CTSYNC_URGENT);
	return verdict;
}

static unsigned int post_known(struct ctsync_instance *inst,
			       struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       struct nf_conn *ct, enum ip_conntrack_info ctinfo,
			       struct ctsync_entry *e)
{
	enum ctsync_track_verdict v;
	struct ctsync_packet *p;
	unsigned int verdict;
	bool begin;

	if (unlikely(READ_ONCE(ct->status) & IPS_HELPER))
		return post_helped(inst, skb, state, ct, ctinfo, e);
	v = ctsync_track_packet(inst, e, ct, CTINFO2DIR(ctinfo), skb);
	if (likely(v == CTSYNC_TRACK_PASS))
		return NF_ACCEPT;
	begin = v == CTSYNC_TRACK_HOLD && ctsync_hold_wanted(inst, skb->truesize);
	if (!begin && !READ_ONCE(e->held))
		return NF_ACCEPT;
	p = ctsync_packet_take(skb, state);
	if (!p) {
		ctsync_count(inst, HOLD_SKIPPED_NOMEM);
		return NF_ACCEPT;
	}
	verdict = nf_confirm(NULL, skb, state);
	if (verdict != NF_ACCEPT) {
		ctsync_packet_put(p);
		return verdict;
	}
	return hold_or_go(inst, e, skb, state, p, begin);
}

/* Conntrack refused to confirm because an equal flow came first: a copy that a
 * peer sent meanwhile. Give the packet that one.
 */
static bool attach_winner(struct ctsync_instance *inst, struct sk_buff *skb,
			  struct nf_conn *loser, enum ip_conntrack_info ctinfo)
{
	const struct nf_conntrack_tuple_hash *lost = loser->tuplehash;
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	h = nf_conntrack_find_get(inst->net, nf_ct_zone(loser),
				  &lost[IP_CT_DIR_ORIGINAL].tuple);
	if (!h)
		return false;
	ct = nf_ct_tuplehash_to_ctrack(h);
	if (NF_CT_DIRECTION(h) == IP_CT_DIR_ORIGINAL &&
	    nf_ct_tuple_equal(&ct->tuplehash[IP_CT_DIR_REPLY].tuple,
			      &lost[IP_CT_DIR_REPLY].tuple)) {
		nf_ct_put(loser);
		nf_ct_set(skb, ct, ctinfo);
		ctsync_count(inst, CLASH_ATTACHED);
		return true;
	}
	nf_ct_put(ct);
	return false;
}

/* The packet got another conntrack than the one we made an entry for. */
static unsigned int post_clash(struct ctsync_instance *inst,
			       struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       struct ctsync_packet *p)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	enum ctsync_track_verdict v = CTSYNC_TRACK_PASS;
	struct ctsync_entry *e;

	e = ctsync_entry_of(&inst->entries, ct, READ_ONCE(ct->status));
	if (e)
		v = ctsync_track_packet(inst, e, ct, CTINFO2DIR(ctinfo), skb);
	if (v != CTSYNC_TRACK_PASS)
		return hold_or_go(inst, e, skb, state, p,
				  v == CTSYNC_TRACK_HOLD);
	if (p)
		ctsync_packet_put(p);
	return go_on(skb, state);
}

static unsigned int post_new(struct ctsync_instance *inst, struct sk_buff *skb,
			     const struct nf_hook_state *state,
			     struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	struct ctsync_packet *p = NULL;
	struct ctsync_entry *e;
	unsigned int verdict;
	bool held = false;

	/* an answer of REJECT: its flow will not be confirmed */
	if (CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL)
		return NF_ACCEPT;
	/* conntrack may queue it to user space: adopted with the next packet */
	if (ctsync_help_is_user(ct))
		return NF_ACCEPT;
	e = ctsync_track_new(inst, ct);
	if (!e)
		return NF_ACCEPT;
	/* from confirmation on the packet is ours: prepare before it */
	if (ctsync_hold_wanted(inst, skb->truesize)) {
		p = ctsync_packet_take(skb, state);
		if (!p)
			ctsync_count(inst, HOLD_SKIPPED_NOMEM);
	}
	nf_conntrack_get(&ct->ct_general);
	verdict = nf_confirm(NULL, skb, state);
	if (verdict == NF_ACCEPT && skb_nfct(skb) == &ct->ct_general) {
		if (p) {
			spin_lock(&e->lock);
			held = ctsync_hold_begin(inst, e, p);
			spin_unlock(&e->lock);
			if (!held)
				ctsync_packet_put(p);
		}
		ctsync_track_confirmed(inst, e, ct, held);
		nf_ct_put(ct);
		return held ? NF_STOLEN : go_on(skb, state);
	}

	ctsync_track_abort(inst, e, ct);
	if (verdict == NF_ACCEPT ||
	    (verdict == NF_DROP && attach_winner(inst, skb, ct, ctinfo))) {
		verdict = post_clash(inst, skb, state, p);
		nf_ct_put(ct);
		return verdict;
	}
	if (verdict == NF_DROP)
		ctsync_count(inst, CLASH_DROPPED);
	if (p)
		ctsync_packet_put(p);
	nf_ct_put(ct);
	return verdict;
}

/* A flow that is synced, or that an operator's rule chose. BH off. */
static unsigned int post_chosen(struct ctsync_instance *inst,
				struct sk_buff *skb,
				const struct nf_hook_state *state,
				struct nf_conn *ct,
				enum ip_conntrack_info ctinfo, bool eligible)
{
	unsigned long status = READ_ONCE(ct->status);
	struct ctsync_entry *e;

	e = ctsync_entry_of(&inst->entries, ct, status);
	if (e) {
		if (!(status & IPS_CONFIRMED) || nf_bridge_info_exists(skb))
			return NF_ACCEPT;
		if (eligible)
			return post_known(inst, skb, state, ct, ctinfo, e);
		ctsync_track_forget(inst, e, ct);
		return NF_ACCEPT;
	}
	if (status & CTSYNC_STATUS_SLOT)
		ctsync_status_clear(ct, ctsync_status_slot(status));
	if (!eligible || !may_sync(ct, skb, state, status))
		return NF_ACCEPT;
	if (!(status & IPS_CONFIRMED))
		return post_new(inst, skb, state, ct, ctinfo);
	/* marked after it began */
	ctsync_track_adopt(inst, ct);
	return NF_ACCEPT;
}

static bool is_forwarded(struct sk_buff *skb, u8 pf)
{
	return pf == NFPROTO_IPV4 ? IPCB(skb)->flags & IPSKB_FORWARDED :
				    IP6CB(skb)->flags & IP6SKB_FORWARDED;
}

static unsigned int post_routing(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct ctsync_instance *inst = priv;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	unsigned int verdict;
	bool eligible;

	if (unlikely(READ_ONCE(inst->params.fence)) &&
	    is_forwarded(skb, state->pf)) {
		ctsync_count(inst, FENCED);
		return NF_DROP;
	}
	if (!ct)
		return NF_ACCEPT;
	eligible = ctsync_eligible(inst, READ_ONCE(ct->mark));
	if (likely(!eligible && !(READ_ONCE(ct->status) & CTSYNC_STATUS_SLOT)))
		return NF_ACCEPT;
	if (ctsync_is_error(ct, ctinfo))
		return NF_ACCEPT;
	local_bh_disable();
	verdict = post_chosen(inst, skb, state, ct, ctinfo, eligible);
	local_bh_enable();
	return verdict;
}

/* ---- attaching ---- */

enum { OP_RAW_IN, OP_RAW_OUT, OP_PRE, OP_LOCAL_OUT, OP_LOCAL_IN, OP_POST,
       OP_IPVS, OP_ZONE, OP_MAX };

static const struct nf_hook_ops ops_template[OP_MAX] = {
	[OP_RAW_IN]	= { .hook = ctsync_hook_raw_in, .hooknum = NF_INET_PRE_ROUTING,
			    .priority = NF_IP_PRI_RAW },
	[OP_RAW_OUT]	= { .hook = ctsync_hook_raw_out, .hooknum = NF_INET_LOCAL_OUT,
			    .priority = NF_IP_PRI_RAW },
	[OP_PRE]	= { .hook = pre_routing, .hooknum = NF_INET_PRE_ROUTING,
			    .priority = NF_IP_PRI_CONNTRACK + 1 },
	[OP_LOCAL_OUT]	= { .hook = ctsync_hook_local_out, .hooknum = NF_INET_LOCAL_OUT,
			    .priority = NF_IP_PRI_CONNTRACK + 1 },
	[OP_LOCAL_IN]	= { .hook = ctsync_hook_local_in, .hooknum = NF_INET_LOCAL_IN,
			    .priority = NF_IP_PRI_CONNTRACK_CONFIRM },
	[OP_POST]	= { .hook = post_routing, .hooknum = NF_INET_POST_ROUTING,
			    .priority = NF_IP_PRI_CONNTRACK_CONFIRM },
	[OP_IPVS]	= { .hook = ctsync_hook_before_ipvs, .hooknum = NF_INET_LOCAL_IN,
			    .priority = NF_IP_PRI_NAT_SRC - 3 },
	/* last, as it is there with `zones on` only */
	[OP_ZONE]	= { .hook = before_conntrack, .hooknum = NF_INET_PRE_ROUTING,
			    .priority = NF_IP_PRI_CONNTRACK - 1 },
};

struct ctsync_hooks {
	struct nf_hook_ops ops[OP_MAX];
	unsigned int nr;
};

/* Is there a hook of the last priority behind ours? That is conntrack's. */
static bool stands_before_confirm(const struct nf_hook_entries *hooks,
				  const struct nf_hook_ops *ours)
{
	struct nf_hook_ops **ops;
	unsigned int i;

	if (!hooks)
		return false;
	ops = nf_hook_entries_get_hook_ops(hooks);
	for (i = 0; i + 1 < hooks->num_hook_entries; i++) {
		if (ops[i] == ours)
			return i + 2 == hooks->num_hook_entries &&
			       ops[i + 1]->priority ==
			       NF_IP_PRI_CONNTRACK_CONFIRM;
	}
	return false;
}

static bool order_is_right(struct ctsync_instance *inst)
{
	const struct nf_hook_ops *ours = &inst->hooks->ops[OP_POST];
	bool right;

	rcu_read_lock();
	right = stands_before_confirm(rcu_dereference(
			inst->net->nf.hooks_ipv4[NF_INET_POST_ROUTING]), ours) &&
		stands_before_confirm(rcu_dereference(
			inst->net->nf.hooks_ipv6[NF_INET_POST_ROUTING]), ours);
	rcu_read_unlock();
	return right;
}

int ctsync_hooks_up(struct ctsync_instance *inst,
		    struct netlink_ext_ack *extack)
{
	struct ctsync_hooks *h;
	int err, i;

	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	memcpy(h->ops, ops_template, sizeof(h->ops));
	for (i = 0; i < OP_MAX; i++) {
		h->ops[i].pf = NFPROTO_INET;
		h->ops[i].priv = inst;
	}
	inst->hooks = h;
	inst->miss_ops = &h->ops[OP_PRE];

	err = nf_ct_netns_get(inst->net, NFPROTO_INET);
	if (err) {
		NL_SET_ERR_MSG(extack, "connection tracking does not start in this namespace");
		goto free;
	}
	h->nr = inst->params.zones ? OP_MAX : OP_ZONE;
	err = nf_register_net_hooks(inst->net, h->ops, h->nr);
	if (err) {
		NL_SET_ERR_MSG(extack, "the netfilter hooks cannot be registered");
		goto put;
	}
	if (!order_is_right(inst)) {
		NL_SET_ERR_MSG(extack, "another module stands between ctsync and conntrack's confirmation hook");
		err = -EBUSY;
		goto unregister;
	}
	return 0;

unregister:
	nf_unregister_net_hooks(inst->net, h->ops, h->nr);
	synchronize_net();
put:
	nf_ct_netns_put(inst->net, NFPROTO_INET);
free:
	kfree(h);
	inst->hooks = NULL;
	return err;
}

void ctsync_hooks_down(struct ctsync_instance *inst)
{
	nf_unregister_net_hooks(inst->net, inst->hooks->ops, inst->hooks->nr);
	nf_ct_netns_put(inst->net, NFPROTO_INET);
}

void ctsync_hooks_free(struct ctsync_instance *inst)
{
	kfree(inst->hooks);
	inst->hooks = NULL;
}
