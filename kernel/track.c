// SPDX-License-Identifier: GPL-2.0
/* Local packets and ends of conntracks: what is told to the peers, and when.
 *
 * The hot path, a packet of an established flow on one path, compares a few
 * plain words and takes no lock; a race there costs one update more or less.
 * Everything else goes through "moved", under the entry's lock and then the
 * conntrack's.
 */
#include "track.h"
#include "entry_tomb.h"
#include "flow.h"
#include "flow_proto.h"
#include "help.h"
#include "hold.h"
#include "tcpstate.h"
#include "tx.h"
#include "windows.h"
#include "young.h"

#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>

/* same path: bytes after which the slow path looks whether an update is due */
#define LOOK_AFTER_BYTES CTSYNC_MOVED_MIN

bool ctsync_track_add_events(struct nf_conn *ct)
{
	struct nf_conntrack_ecache *ext = nf_ct_ecache_find(ct);

	if (ext)
		return true;
	ext = nf_ct_ext_add(ct, NF_CT_EXT_ECACHE, GFP_ATOMIC);
	if (!ext)
		return false;
	ext->ctmask = 0xffff;
	ext->expmask = 0xffff;
	return true;
}

bool ctsync_track_guarded(const struct nf_conn *ct)
{
	const struct nf_conntrack_ecache *ext = nf_ct_ecache_find(ct);

	return ext && ext->ctmask & BIT(IPCT_DESTROY);
}

static struct ctsync_entry *entry_for(struct ctsync_instance *inst,
				      struct nf_conn *ct)
{
	struct ctsync_entry *e = ctsync_entry_alloc(&inst->entries);

	if (IS_ERR(e)) {
		ctsync_stat_inc(inst->stats, PTR_ERR(e) == -ENOSPC ?
				CTSYNC_STAT_ENTRY_FULL : CTSYNC_STAT_ENTRY_NOMEM);
		return NULL;
	}
	e->cpu = ctsync_this_channel();
	e->mark = READ_ONCE(ct->mark) & ctsync_mark_bits(inst);
	e->mark_node = inst->conf.node;
	if (ctsync_flow_proto_is(nf_ct_protonum(ct))) {
		ctsync_flow_proto_get(ct, &e->proto);
		e->proto.clock = 1;
		e->proto.node = inst->conf.node;
	}
	if (ctsync_entry_bind(&inst->entries, e, ct, 0, 0,
			      ctsync_track_guarded(ct))) {
		/* the walker may have met it while it was in the tables */
		ctsync_tx_event(inst, e, CTSYNC_QE_DROP, CTSYNC_LAZY);
		ctsync_entry_free(&inst->entries, e);
		return NULL;
	}
	return e;
}

struct ctsync_entry *ctsync_track_new(struct ctsync_instance *inst,
				      struct nf_conn *ct)
{
	if (!ctsync_track_add_events(ct)) {
		ctsync_count(inst, ENTRY_NOMEM);
		return NULL;
	}
	return entry_for(inst, ct);
}

void ctsync_track_abort(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct)
{
	ctsync_track_gone(inst, e, ct, CTSYNC_DEL_EXPIRED, false, false);
}

/* Is what would be held to be asked about although nobody waits for the answer? It
 * brings a bypassed peer back.
 */
static bool asks_anyway(const struct ctsync_instance *inst)
{
	return atomic64_read(&inst->peers.bypassed);
}

void ctsync_track_confirmed(struct ctsync_instance *inst,
			    struct ctsync_entry *e, struct nf_conn *ct,
			    bool held)
{
	ctsync_count(inst, ENTRY_NEW);
	e->seen_dirs = CTSYNC_DIR_SEEN0;
	ctsync_split_local(&e->split, IP_CT_DIR_ORIGINAL, (u32)jiffies,
			   inst->split_window);
	if (!held && asks_anyway(inst)) {
		spin_lock(&e->lock);
		ctsync_entry_ask(e);
		spin_unlock(&e->lock);
	}
	ctsync_tx_event(inst, e, CTSYNC_QE_INSERT, held ? CTSYNC_URGENT :
			READ_ONCE(inst->sync_delay) ? CTSYNC_YOUNG : CTSYNC_LAZY);
}

struct ctsync_entry *ctsync_track_adopt(struct ctsync_instance *inst,
					struct nf_conn *ct)
{
	struct ctsync_entry *e;

	local_bh_disable();
	e = entry_for(inst, ct);
	if (e) {
		ctsync_count(inst, ENTRY_ADOPTED);
		ctsync_tx_copy(inst, e, CTSYNC_QE_INSERT, CTSYNC_LAZY);
	}
	local_bh_enable();
	return e;
}

/* ---- local packets ---- */

/* Conntrack began the flow anew in the same place (port reuse). e->lock held. */
static void reborn(struct ctsync_entry *e, struct nf_conn *ct, u8 state)
{
	e->inc++;
	e->state = state;
	e->status = 0;
	e->flags |= CTSYNC_E_REBORN;
	memset(e->sent, 0, sizeof(e->sent));
	e->split.flags &= ~CTSYNC_SPLIT_NOW;
	clear_bit(CTSYNC_STATUS_SPLIT_BIT, &ct->status);
}

/* From an established connection conntrack goes back only for the answer to a SYN that it
 * ignored: both ends know nothing of that connection any more.
 */
static bool begins_anew(u8 before, u8 after)
{
	if (ctsync_tcpstate_closing(before))
		return !ctsync_tcpstate_closing(after);
	return before == CTSYNC_TCP_ESTABLISHED && after == CTSYNC_TCP_SYN_RECV;
}

static bool is_syn(const struct sk_buff *skb, const struct nf_conn *ct)
{
	struct ctsync_segment seg;
	struct tcphdr th;

	return ctsync_flow_segment(skb, nf_ct_l3num(ct), &seg, &th) &&
	       th.syn && !th.ack && !th.rst;
}

struct news {
	enum ctsync_qevent event;
	enum ctsync_urgency urgency;
	bool hold;
};

/* Is a report of what this packet moved due now? */
static bool due_split(const struct ctsync_entry *e, const struct ctsync_tcp *t,
		      int dir)
{
	const struct ctsync_tcp_known *known = &e->split_tcp->known;
	struct ctsync_tcp_report r;
	u32 edge;

	/* The peer opens up to what it saw granted; before we heard of the first
	 * grant, a window beyond what we told is what it will have seen.
	 * What was never told is 0, which is no number to compare with.
	 */
	edge = known->edge[dir];
	if (e->sent[!dir].maxend_other)
		edge = ctsync_later(edge, e->sent[!dir].maxend_other);
	if (e->sent[dir].end)
		edge = ctsync_later(edge, e->sent[dir].end +
					  known->maxwin[!dir]);
	ctsync_tcpwin_report(t, known, dir, &r);
	return ctsync_tcpwin_due_split(&r, &e->sent[dir], edge,
				       known->maxwin[!dir]);
}

/* States of a split path that the other node must know before the ports are used
 * again. The original side's FIN alone is not one: whoever sees the other FIN
 * tells at once, and then both know both. What follows from them can wait.
 */
static bool tells_at_once(u8 state)
{
	return state == CTSYNC_TCP_FIN_R || state == CTSYNC_TCP_LAST_ACK ||
	       state == CTSYNC_TCP_CLOSE;
}

/* What is new in a TCP flow after this packet. e->lock held. */
static void tcp_news(struct ctsync_instance *inst, struct ctsync_entry *e,
		     struct nf_conn *ct, int dir, const struct sk_buff *skb,
		     struct news *news)
{
	bool split = e->split.flags & CTSYNC_SPLIT_NOW;
	struct ctsync_tcp_last last;
	struct ctsync_tcp t;
	bool ignored;

	spin_lock(&ct->lock);
	ctsync_flow_tcp_get(ct, &t);
	ctsync_windows_syn(inst, e, ct, dir, skb, &t);
	ignored = dir == IP_CT_DIR_ORIGINAL &&
		  t.state > CTSYNC_TCP_SYN_SENT2 &&
		  ctsync_flow_last_get(ct, &last);
	spin_unlock(&ct->lock);

	if (ignored && is_syn(skb, ct)) {
		e->flags |= CTSYNC_E_SYN_IGNORED;
		*news = (struct news){ CTSYNC_QE_REQUEST, CTSYNC_URGENT, true };
		return;
	}
	if (begins_anew(e->state, t.state)) {
		reborn(e, ct, t.state);
		*news = (struct news){ CTSYNC_QE_REQUEST, CTSYNC_URGENT,
				       t.state == CTSYNC_TCP_SYN_RECV };
		return;
	}
	if (!ctsync_tcpstate_covers(e->state, t.state)) {
		if (split && tells_at_once(t.state))
			news->urgency = CTSYNC_URGENT;
		else if (news->urgency == CTSYNC_LATER)
			news->urgency = CTSYNC_LAZY;
		e->state = ctsync_tcpstate_join(e->state, t.state);
		e->ct_state = ct->proto.tcp.state;
	}
	if (split && e->split_tcp) {
		if (due_split(e, &t, dir))
			news->urgency = CTSYNC_URGENT;
		else if (news->urgency == CTSYNC_LATER)
			news->urgency = CTSYNC_LAZY;
	} else if (e->sent[dir].end &&	/* else nothing was told of it yet */
		   ctsync_tcpwin_due_bytes(&t, dir, &e->sent[dir],
					   READ_ONCE(inst->params.update_bytes))) {
		news->urgency = CTSYNC_URGENT;
	}
}

/* What is new in a flow of SCTP or DCCP. Conntrack checks the next packet against
 * it, which on a split path comes over another node: that must know it first.
 * e->lock held.
 */
static void proto_news(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct nf_conn *ct, struct news *news)
{
	struct ctsync_proto now = e->proto;

	spin_lock(&ct->lock);
	ctsync_flow_proto_get(ct, &now);
	spin_unlock(&ct->lock);
	if (!ctsync_flow_proto_differs(&now, &e->proto))
		return;
	now.clock++;
	now.node = inst->conf.node;
	e->proto = now;
	news->event = CTSYNC_QE_REQUEST;
	if (e->split.flags & CTSYNC_SPLIT_NOW)
		news->hold = true;
	else if (news->urgency == CTSYNC_LATER)
		news->urgency = CTSYNC_LAZY;
}

static void mark_news(struct ctsync_instance *inst, struct ctsync_entry *e,
		      const struct nf_conn *ct, struct news *news)
{
	u32 mark = READ_ONCE(ct->mark) & ctsync_mark_bits(inst);

	if (likely(mark == e->mark))
		return;
	e->mark = mark;
	e->mark_clock++;
	e->mark_node = inst->conf.node;
	news->event = CTSYNC_QE_REQUEST;
	if (news->urgency == CTSYNC_LATER)
		news->urgency = CTSYNC_LAZY;
}

/* Were sequence numbers shifted by who is no helper: a SYN proxy, IPVS? Then it was
 * before this packet came here, and who continues the flow must shift likewise.
 * e->lock held.
 */
static void shift_news(struct ctsync_entry *e, const struct nf_conn *ct,
		       struct news *news)
{
	u16 shift;

	if (likely(!(READ_ONCE(ct->status) & IPS_SEQ_ADJUST)))
		return;
	shift = ctsync_help_shift(ct);
	if (shift == e->shift)
		return;
	WRITE_ONCE(e->shift, shift);
	news->event = CTSYNC_QE_REQUEST;
	news->hold = true;
}

/* The slow path. */
static enum ctsync_track_verdict moved(struct ctsync_instance *inst,
				       struct ctsync_entry *e,
				       struct nf_conn *ct, int dir,
				       const struct sk_buff *skb,
				       enum ctsync_split_verdict split)
{
	struct news news = { CTSYNC_QE_UPDATE, CTSYNC_LATER, false };
	u16 status = ctsync_flow_status(READ_ONCE(ct->status));
	enum ctsync_track_verdict verdict = CTSYNC_TRACK_PASS;

	if (split == CTSYNC_SPLIT_BEGAN || split == CTSYNC_SPLIT_WAKE)
		news.urgency = CTSYNC_URGENT;
	if (ctsync_queue_untold(e) && ctsync_young_tells(inst, e, ct, dir)) {
		news.urgency = CTSYNC_URGENT;
		ctsync_count(inst, YOUNG_AGAIN);
	}

	spin_lock(&e->lock);
	e->seen_dirs |= CTSYNC_DIR_SEEN0 << dir;
	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		tcp_news(inst, e, ct, dir, skb, &news);
	else if (ctsync_flow_proto_is(nf_ct_protonum(ct)))
		proto_news(inst, e, ct, &news);
	mark_news(inst, e, ct, &news);
	shift_news(e, ct, &news);
	if (status & ~e->status) {
		/* the first reply of a flow whose other direction a peer saw makes
		 * state there
		 */
		if (status & ~e->status & CTSYNC_ST_SEEN_REPLY &&
		    dir == IP_CT_DIR_REPLY &&
		    (e->origin != inst->conf.node ||
		     e->split.flags & CTSYNC_SPLIT_NOW))
			news.hold = true;
		/* from now on its packets pass us by */
		if (status & ~e->status & CTSYNC_ST_OFFLOAD)
			WRITE_ONCE(inst->offloading, true);
		if (news.urgency == CTSYNC_LATER &&
		    (e->split.flags & CTSYNC_SPLIT_NOW ||
		     status & CTSYNC_ST_OFFLOAD))
			news.urgency = CTSYNC_LAZY;
		e->status |= status;
	}
	if (news.hold) {
		verdict = CTSYNC_TRACK_HOLD;
		if (!e->held && asks_anyway(inst))
			ctsync_entry_ask(e);
	} else if (e->held) {
		verdict = CTSYNC_TRACK_FOLLOW;
	}
	spin_unlock(&e->lock);

	if (verdict == CTSYNC_TRACK_HOLD)
		news.urgency = CTSYNC_URGENT;
	ctsync_tx_event(inst, e, news.event, news.urgency);
	return verdict;
}

static enum ctsync_split_verdict judge(struct ctsync_instance *inst,
				       struct ctsync_entry *e,
				       struct nf_conn *ct, int dir,
				       const struct sk_buff *skb)
{
	enum ctsync_split_verdict v;

	v = ctsync_split_local(&e->split, dir, (u32)jiffies,
			       READ_ONCE(inst->split_window));
	if (v == CTSYNC_SPLIT_BEGAN) {
		ctsync_windows_begin(inst, e, ct);
		ctsync_windows_packet(inst, e, ct, dir, skb);
	} else if (v == CTSYNC_SPLIT_ENDED) {
		clear_bit(CTSYNC_STATUS_SPLIT_BIT, &ct->status);
		ctsync_windows_end(e, ct);
		ctsync_count(inst, SPLIT_ENDED);
	}
	return v;
}

static bool proto_is_told(const struct ctsync_entry *e, const struct nf_conn *ct)
{
	struct ctsync_proto now;

	if (!ctsync_flow_proto_is(nf_ct_protonum(ct)))
		return true;
	ctsync_flow_proto_get(ct, &now);
	return !ctsync_flow_proto_differs(&now, &e->proto);
}

/* Nothing to tell that is not queued already? */
static bool nothing_new(const struct ctsync_instance *inst,
			const struct ctsync_entry *e, const struct nf_conn *ct,
			int dir)
{
	if (READ_ONCE(e->queue) == CTSYNC_Q_NONE ||
	    !(READ_ONCE(e->seen_dirs) & CTSYNC_DIR_SEEN0 << dir) ||
	    READ_ONCE(e->held) ||
	    READ_ONCE(e->split.flags) & CTSYNC_SPLIT_NOW ||
	    (READ_ONCE(ct->mark) & ctsync_mark_bits(inst)) != READ_ONCE(e->mark))
		return false;
	if (unlikely(READ_ONCE(e->pace) <= CTSYNC_YOUNG) &&
	    ctsync_young_tells(inst, e, ct, dir))
		return false;
	if (ctsync_flow_status(READ_ONCE(ct->status)) & ~READ_ONCE(e->status))
		return false;
	if (unlikely(READ_ONCE(ct->status) & IPS_SEQ_ADJUST) &&
	    ctsync_help_shift(ct) != READ_ONCE(e->shift))
		return false;
	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return proto_is_told(e, ct);
	return READ_ONCE(ct->proto.tcp.state) == READ_ONCE(e->ct_state) &&
	       READ_ONCE(ct->proto.tcp.last_index) &&
	       READ_ONCE(ct->proto.tcp.seen[dir].td_end) -
			READ_ONCE(e->sent[dir].end) < LOOK_AFTER_BYTES;
}

enum ctsync_track_verdict ctsync_track_packet(struct ctsync_instance *inst,
					      struct ctsync_entry *e,
					      struct nf_conn *ct, int dir,
					      const struct sk_buff *skb)
{
	enum ctsync_split_verdict split = CTSYNC_SPLIT_SAME;
	u8 local = dir ? CTSYNC_SPLIT_LOCAL1 : CTSYNC_SPLIT_LOCAL0;
	u8 flags = READ_ONCE(e->split.flags);

	if (unlikely(READ_ONCE(e->split.last_local) != (u32)jiffies ||
		     !(flags & local) || flags & CTSYNC_SPLIT_REMOTE))
		split = judge(inst, e, ct, dir, skb);
	if (likely(split == CTSYNC_SPLIT_SAME && nothing_new(inst, e, ct, dir)))
		return CTSYNC_TRACK_PASS;
	return moved(inst, e, ct, dir, skb, split);
}

/* ---- ends ---- */

void ctsync_track_gone(struct ctsync_instance *inst, struct ctsync_entry *e,
		       struct nf_conn *ct, u8 reason, bool tell, bool remember)
{
	bool announced, queued = false, untold = ctsync_queue_untold(e);

	spin_lock_bh(&e->lock);
	if (!ctsync_entry_unbind(&inst->entries, e, ct)) {
		spin_unlock_bh(&e->lock);
		return;
	}
	e->reason = reason;
	ctsync_hold_detach(inst, e);
	announced = e->flags & CTSYNC_E_ANNOUNCED;
	spin_unlock_bh(&e->lock);
	if (untold)
		ctsync_count(inst, YOUNG_OVER);

	/* what was queued about it is superseded by its end */
	ctsync_tx_event(inst, e, CTSYNC_QE_DROP, CTSYNC_LAZY);
	if (tell && announced) {
		queued = true;
		ctsync_tx_event(inst, e, CTSYNC_QE_DELETE, CTSYNC_LAZY);
	}
	if (queued)
		return;		/* buried or dropped when it was sent */
	/* what expired, here or elsewhere, may come back */
	if (remember && reason != CTSYNC_DEL_EXPIRED)
		ctsync_entry_bury(&inst->entries, e);
	else
		ctsync_entry_drop(&inst->entries, e);
}

void ctsync_track_forget(struct ctsync_instance *inst, struct ctsync_entry *e,
			 struct nf_conn *ct)
{
	spin_lock_bh(&e->lock);
	e->flags |= CTSYNC_E_FORGET;
	spin_unlock_bh(&e->lock);
	ctsync_count(inst, FORGOTTEN);
	ctsync_track_gone(inst, e, ct, CTSYNC_DEL_EXPIRED, true, false);
}
