// SPDX-License-Identifier: GPL-2.0
/* Creating and deleting conntracks on a peer's word; what is here already is
 * merge.c's.
 */
#include "inject.h"
#include "clash.h"
#include "counts.h"
#include "entry_tomb.h"
#include "flow.h"
#include "flow_proto.h"
#include "help.h"
#include "hold.h"
#include "inject_clash.h"
#include "inject_nat.h"
#include "master.h"
#include "member.h"
#include "merge.h"
#include "miss.h"
#include "pull.h"
#include "track.h"
#include "tx.h"

#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* ---- answers ---- */

void ctsync_inject_answer(struct ctsync_instance *inst, struct ctsync_peer *p,
			  const struct ctsync_flow *f,
			  enum ctsync_inack_reason reason,
			  const struct ctsync_entry *winner)
{
	bool asked = f->ref.flags & CTSYNC_REF_ACK;
	struct ctsync_note note = {
		.ref = f->ref,
		.to = p->node,
		.reason = reason,
		.win_origin = winner ? winner->origin : inst->conf.node,
		.win_id = winner ? winner->id : 0,
	};

	if (asked || reason == CTSYNC_INACK_ADOPT ||
	    reason == CTSYNC_INACK_CONFLICT || reason == CTSYNC_INACK_BOTH)
		ctsync_tx_note(inst, CTSYNC_MSG_INACK, &note);
}

/* ---- creating ---- */

static void add_extensions(struct ctsync_instance *inst, struct nf_conn *ct,
			   const struct ctsync_flow *f)
{
	ctsync_counts_add(ct);
	nf_ct_labels_ext_add(ct);
	if (!ctsync_timeouts_add(&inst->timeouts, ct, f))
		ctsync_count(inst, TIMEOUTS_REFUSED);
}

/* The parts of a fresh conntrack that do not merge: it has none yet. */
static void fill(struct ctsync_instance *inst, struct nf_conn *ct,
		 const struct ctsync_flow *f)
{
	u32 bits = ctsync_mark_bits(inst);
	struct ctsync_tcp t = { .state = f->state };
	int d;

	ct->mark = f->mark & bits;
	if (f->status & CTSYNC_ST_FIXED_TIMEOUT)
		ct->status |= IPS_FIXED_TIMEOUT;
	if (f->status & CTSYNC_ST_SEEN_REPLY)
		ct->status |= IPS_SEEN_REPLY;
	if (f->status & CTSYNC_ST_ASSURED)
		ct->status |= IPS_ASSURED;
	if (f->l4 == IPPROTO_UDP || f->l4 == IPPROTO_UDPLITE)
		ct->proto.udp.stream_ts = jiffies + 2 * HZ;
	if (READ_ONCE(inst->params.labels))
		ctsync_flow_labels_put(ct, f);
	if (READ_ONCE(inst->params.accounting))
		ctsync_counts_join(ct, &f->counts);
	ctsync_flow_proto_init(ct);
	if (ctsync_flow_proto_is(f->l4)) {
		spin_lock(&ct->lock);
		ctsync_flow_proto_put(ct, &f->proto);
		spin_unlock(&ct->lock);
	}
	if (f->l4 != IPPROTO_TCP)
		return;
	for (d = 0; d < 2; d++) {
		if (f->dirs & (CTSYNC_DIR_WIN0 << d))
			ctsync_tcpwin_merge(&t, d, &f->win[d], true);
	}
	ctsync_merge_settle_scaling(&t);
	memset(&ct->proto.tcp, 0, sizeof(ct->proto.tcp));
	spin_lock(&ct->lock);
	ctsync_flow_tcp_put(ct, &t);
	if (f->has_last)
		ctsync_flow_last_put(ct, &f->last);
	else
		ct->proto.tcp.last_index = 5;	/* none, as of a new conntrack */
	if (f->status & CTSYNC_ST_OFFLOAD)
		ctsync_flow_tcp_liberal(ct);
	spin_unlock(&ct->lock);
}

/* Flows go on without a helper that is not here; an operator hears of it, for one
 * helper at most once a second.
 */
static void tell_no_helper(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_flow *f)
{
	ctsync_count(inst, HELPER_MISSING);
	if (!strcmp(inst->no_helper, f->help.name) &&
	    time_before(jiffies, READ_ONCE(inst->no_helper_told) + HZ))
		return;
	WRITE_ONCE(inst->no_helper_told, jiffies);
	strscpy(inst->no_helper, f->help.name, sizeof(inst->no_helper));
	inst->tell(inst, p, CTSYNC_NEWS_NO_HELPER);
}

static struct nf_conn *make_ct(struct ctsync_instance *inst,
			       struct ctsync_peer *p,
			       const struct ctsync_flow *f,
			       const struct nf_conntrack_zone *zone,
			       const struct nf_conntrack_tuple *orig,
			       const struct nf_conntrack_tuple *reply)
{
	struct nf_conntrack_tuple inverse;
	unsigned long life;
	struct nf_conn *ct;

	if (!nf_ct_invert_tuple(&inverse, orig))
		return ERR_PTR(-EINVAL);
	ct = nf_conntrack_alloc(inst->net, zone, orig, &inverse, GFP_ATOMIC);
	if (IS_ERR(ct))
		return ct;
	add_extensions(inst, ct, f);
	/* before NAT, which looks for a helper that may change lengths */
	if (!ctsync_help_add(ct, f))
		tell_no_helper(inst, p, f);
	if (!ctsync_track_add_events(ct) || ctsync_inject_nat(ct, f, reply)) {
		nf_conntrack_free(ct);
		return ERR_PTR(-EINVAL);
	}
	fill(inst, ct, f);
	life = f->ref.flags & CTSYNC_REF_COPY ? (unsigned long)f->life * HZ :
						ctsync_flow_life(ct);
	ct->status |= IPS_CONFIRMED;
	__nf_ct_set_timeout(ct, max_t(u64, life, HZ));
	return ct;
}

/* First words about an entry. e->lock held or e not yet public. */
static void start_entry(struct ctsync_instance *inst, struct ctsync_peer *p,
			struct ctsync_entry *e, const struct ctsync_flow *f)
{
	struct ctsync_writer *w = ctsync_entry_writer(e, p->node, READ_ONCE(p->era));

	e->cpu = ctsync_this_channel();
	e->inc = f->ref.inc;
	e->state = f->state;
	e->status = f->status;
	e->mark = f->mark & ctsync_mark_bits(inst);
	e->mark_clock = f->mark_clock;
	e->mark_node = f->mark_node;
	if (ctsync_flow_proto_is(f->l4))
		e->proto = f->proto;
	e->flags |= CTSYNC_E_ANNOUNCED;
	w->number = f->ref.number;
	w->inc = f->ref.inc;
	ctsync_merge_owe_ack(e, w, f);
}

static void first_remote_word(struct ctsync_instance *inst,
			      struct ctsync_entry *e,
			      const struct ctsync_flow *f)
{
	if (!(f->ref.flags & CTSYNC_REF_COPY))
		ctsync_split_remote(&e->split, f->dirs & CTSYNC_DIRS_SEEN, (u32)jiffies,
				    READ_ONCE(inst->split_window));
}

static bool insert_new(struct ctsync_instance *inst, struct ctsync_peer *p,
		       const struct ctsync_flow *f,
		       const struct nf_conntrack_zone *zone,
		       const struct nf_conntrack_tuple *orig,
		       const struct nf_conntrack_tuple *reply)
{
	struct nf_conn *ct, *master;
	struct ctsync_entry *e;
	int err;

	e = ctsync_entry_alloc(&inst->entries);
	if (IS_ERR(e)) {
		ctsync_count(inst, INSERT_FULL);
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_FULL, NULL);
		return false;
	}
	ct = make_ct(inst, p, f, zone, orig, reply);
	if (IS_ERR(ct)) {
		ctsync_entry_free(&inst->entries, e);
		goto failed;
	}
	spin_lock(&e->lock);
	start_entry(inst, p, e, f);
	if (f->l4 == IPPROTO_TCP)
		e->ct_state = ct->proto.tcp.state;
	e->shift = ctsync_help_shift(ct);
	spin_unlock(&e->lock);
	first_remote_word(inst, e, f);
	err = ctsync_entry_bind(&inst->entries, e, ct, f->ref.origin, f->ref.id,
				true);
	if (err) {
		ctsync_entry_free(&inst->entries, e);
		nf_conntrack_free(ct);
		goto failed;
	}
	master = ctsync_master_find(inst, f);
	if (master) {
		ct->master = master;
		ct->status |= IPS_EXPECTED;
	}
	err = nf_conntrack_hash_check_insert(ct);
	if (err) {
		ctsync_track_gone(inst, e, ct, CTSYNC_DEL_EXPIRED, false, false);
		nf_conntrack_free(ct);
		if (master)
			nf_ct_put(master);
		goto failed;
	}
	ctsync_count(inst, INSERT_CREATED);
	nf_conntrack_eventmask_report(BIT(IPCT_NEW), ct, 0, 0);
	ctsync_master_made(inst, p, e, ct, f);
	ctsync_master_arrived(inst, f->ref.origin, f->ref.id);
	ctsync_merge_send_ack(inst, e, f);
	nf_ct_put(ct);
	return true;

failed:
	ctsync_count(inst, INSERT_FAILED);
	ctsync_inject_answer(inst, p, f, CTSYNC_INACK_REFUSED, NULL);
	return false;
}

/* ---- a conntrack is there already ---- */

/* Its DESTROY event is no news. */
void ctsync_inject_delete(struct ctsync_instance *inst, struct ctsync_entry *e,
			  struct nf_conn *ct, u8 reason)
{
	if (e) {
		spin_lock(&e->lock);
		e->flags |= CTSYNC_E_REMOTE_DEL;
		e->reason = reason;
		spin_unlock(&e->lock);
	}
	nf_ct_delete(ct, 0, 0);
	/* where no event came: the entry ends here */
	if (e)
		ctsync_track_gone(inst, e, ct, reason, false, true);
}

/* A conntrack that no entry has is the same flow: it becomes the entry's. */
static void attach(struct ctsync_instance *inst, struct ctsync_peer *p,
		   struct nf_conn *ct, const struct ctsync_flow *f)
{
	struct ctsync_entry *e = ctsync_entry_alloc(&inst->entries);
	u32 bits = ctsync_mark_bits(inst);

	if (IS_ERR(e)) {
		ctsync_count(inst, INSERT_FULL);
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_FULL, NULL);
		return;
	}
	spin_lock(&e->lock);
	start_entry(inst, p, e, f);
	spin_unlock(&e->lock);
	if (ctsync_entry_bind(&inst->entries, e, ct, f->ref.origin, f->ref.id,
			      ctsync_track_guarded(ct))) {
		ctsync_tx_event(inst, e, CTSYNC_QE_DROP, CTSYNC_LAZY);
		ctsync_entry_free(&inst->entries, e);
		ctsync_count(inst, INSERT_FAILED);
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_REFUSED, NULL);
		return;
	}
	spin_lock(&e->lock);
	WRITE_ONCE(ct->mark, (READ_ONCE(ct->mark) & ~bits) | (f->mark & bits));
	ctsync_merge_apply(inst, e, ct, CTSYNC_MSG_INSERT, f, false, false);
	spin_unlock(&e->lock);
	ctsync_merge_judge(inst, e, ct, f);
	ctsync_count(inst, INSERT_ATTACHED);
	ctsync_master_arrived(inst, f->ref.origin, f->ref.id);
	ctsync_merge_send_ack(inst, e, f);
}

/* Two ids for one flow: on every node the lower one stays. */
static void two_ids(struct ctsync_instance *inst, struct ctsync_peer *p,
		    struct ctsync_entry *e, u8 type,
		    const struct ctsync_flow *f)
{
	bool ours = ctsync_clash_lower(e->origin, e->id, f->ref.origin,
				       f->ref.id);
	struct ctsync_writer *w;

	ctsync_count(inst, TWO_IDS);
	spin_lock(&e->lock);
	if (ours)
		ctsync_entry_alias(&inst->entries, e, f->ref.origin, f->ref.id);
	else
		ctsync_entry_rekey(&inst->entries, e, f->ref.origin, f->ref.id);
	/* numbers on the other id start anew */
	w = ctsync_entry_writer(e, p->node, READ_ONCE(p->era));
	w->number = 0;
	spin_unlock(&e->lock);
	ctsync_merge_flow(inst, p, e, type, f);
	if (ours)
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_ADOPT, e);
}

void ctsync_inject_adopt_id(struct ctsync_instance *inst,
			    struct ctsync_entry *e,
			    const struct ctsync_note *note)
{
	struct ctsync_entry *dead;

	/* deleted here only, and here again: the peers' name for it is free */
	dead = ctsync_entry_find(&inst->entries, note->win_origin, note->win_id);
	if (dead && !(~READ_ONCE(dead->flags) &
		      (CTSYNC_E_KEPT | CTSYNC_E_TOMBSTONE)))
		ctsync_entry_exhume(&inst->entries, dead);
	spin_lock(&e->lock);
	if (e->origin != note->win_origin || e->id != note->win_id)
		ctsync_entry_rekey(&inst->entries, e, note->win_origin,
				   note->win_id);
	spin_unlock(&e->lock);
}

static void create(struct ctsync_instance *inst, struct ctsync_peer *p, u8 type,
		   const struct ctsync_flow *f)
{
	struct nf_conntrack_tuple orig, reply;
	struct ctsync_clash_site site;
	struct nf_conntrack_zone zone;
	struct ctsync_entry *e;

	if (!ctsync_flow_tuple_put(f, &f->orig, &orig) ||
	    (f->has_reply ? !ctsync_flow_tuple_put(f, &f->reply, &reply) :
			    !nf_ct_invert_tuple(&reply, &orig))) {
		ctsync_count(inst, MSG_UNSUPPORTED);
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_REFUSED, NULL);
		return;
	}
	ctsync_flow_zone_put(f, &zone);

	switch (ctsync_clash_look(inst, p, f, &zone, &orig, &reply, &site)) {
	case CTSYNC_WAY_SAME:
		e = ctsync_entry_of(&inst->entries, site.block[0],
				    READ_ONCE(site.block[0]->status));
		if (e)
			two_ids(inst, p, e, type, f);
		else
			attach(inst, p, site.block[0], f);
		break;
	case CTSYNC_WAY_FREE:
		/* beyond that the kernel would evict flows of this node for it */
		if (!site.nr && nf_conntrack_count(inst->net) >=
		    nf_conntrack_max - nf_conntrack_max / 20) {
			ctsync_count(inst, INSERT_FULL);
			ctsync_inject_answer(inst, p, f, CTSYNC_INACK_FULL,
					     NULL);
			break;
		}
		ctsync_clash_clear(inst, p, &site);
		if (insert_new(inst, p, f, &zone, &orig, &reply))
			ctsync_pull_arrived(inst, f);
		break;
	case CTSYNC_WAY_TAKEN:
		break;
	}
	ctsync_clash_done(inst, &site);
}

/* ---- messages ---- */

/* A peer that copies what was deleted did not hear of its end. */
static void tell_dead(struct ctsync_instance *inst, struct ctsync_entry *e,
		      const struct ctsync_flow *f)
{
	struct ctsync_note note = { .ref = f->ref, .reason = e->reason };

	if (!(f->ref.flags & CTSYNC_REF_COPY) ||
	    READ_ONCE(e->flags) & (CTSYNC_E_ALIAS | CTSYNC_E_KEPT))
		return;
	note.ref.flags = 0;
	ctsync_entry_told_dead(&inst->entries, e);
	ctsync_tx_note(inst, CTSYNC_MSG_DELETE, &note);
}

/* Was an earlier incarnation deleted than the one that a peer tells of? Its deleter
 * did not know that it had begun anew.
 */
static bool outlives(const struct ctsync_entry *e, const struct ctsync_flow *f)
{
	u32 flags = READ_ONCE(e->flags);

	return flags & CTSYNC_E_TOMBSTONE && !(flags & CTSYNC_E_ALIAS) &&
	       (s16)(f->ref.inc - e->inc) > 0;
}

/* @e ended here and its end waits to be told. What only timed out lives on at @p: it
 * is created anew by the answer to our question, as the end is told with that.
 */
static void word_of_ended(struct ctsync_instance *inst, struct ctsync_peer *p,
			  struct ctsync_entry *e, const struct ctsync_flow *f)
{
	ctsync_count(inst, MSG_TOMBSTONE);
	ctsync_inject_answer(inst, p, f, CTSYNC_INACK_REFUSED, NULL);
	if (READ_ONCE(e->reason) != CTSYNC_DEL_EXPIRED)
		return;
	ctsync_tx_event(inst, e, CTSYNC_QE_REQUEST, CTSYNC_URGENT);
	ctsync_merge_request(inst, p, &f->ref);
}

void ctsync_inject_flow(struct ctsync_instance *inst, struct ctsync_peer *p,
			u8 type, const struct ctsync_flow *f)
{
	struct ctsync_entry *e;

	e = ctsync_entry_find(&inst->entries, f->ref.origin, f->ref.id);
	if (e && outlives(e, f)) {
		ctsync_entry_exhume(&inst->entries, e);
		e = NULL;
	}
	if (e && READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) {
		ctsync_count(inst, MSG_TOMBSTONE);
		ctsync_entry_keep_longer(e, f->life * HZ);
		ctsync_inject_answer(inst, p, f, CTSYNC_INACK_REFUSED, NULL);
		tell_dead(inst, e, f);
		return;
	}
	if (e) {
		if (!ctsync_merge_flow(inst, p, e, type, f))
			word_of_ended(inst, p, e, f);
		return;
	}
	if (type == CTSYNC_MSG_UPDATE_C) {
		ctsync_count(inst, MSG_UNKNOWN_ENTRY);
		ctsync_merge_request(inst, p, &f->ref);
		return;
	}
	create(inst, p, type, f);
}

void ctsync_inject_end(struct ctsync_instance *inst, struct ctsync_peer *p,
		       u8 type, const struct ctsync_note *note)
{
	bool advisory = type == CTSYNC_MSG_DELETE &&
			note->reason != CTSYNC_DEL_FORCED;
	struct ctsync_entry *e;
	struct nf_conn *ct;
	bool alive;

	e = ctsync_entry_find(&inst->entries, note->ref.origin, note->ref.id);
	/* the answer to a request; that a peer has no copy ends nothing here */
	if (type == CTSYNC_MSG_DELETE && note->reason == CTSYNC_DEL_UNKNOWN_ID) {
		if (e)
			ctsync_miss_answered(inst, e, p, 0);
		return;
	}
	if (!e || READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) {
		ctsync_stat_inc(inst->stats, e ? CTSYNC_STAT_MSG_TOMBSTONE :
				CTSYNC_STAT_MSG_UNKNOWN_ENTRY);
		if (e && note->reason == CTSYNC_DEL_FORCED)
			ctsync_entry_keep_dead(e, note->ref.inc);
		/* its insert may be late or lost: it must not come after this */
		if (!e && type == CTSYNC_MSG_DELETE &&
		    note->reason == CTSYNC_DEL_FORCED)
			ctsync_entry_tombstone(&inst->entries, note->ref.origin,
					       note->ref.id, note->ref.inc,
					       note->reason);
		return;
	}
	spin_lock(&e->lock);
	if ((s16)(note->ref.inc - e->inc) < 0) {
		spin_unlock(&e->lock);
		ctsync_count(inst, MSG_STALE_LIFE);
		/* its sender did not know that it began anew: say so */
		ctsync_tx_event(inst, e, CTSYNC_QE_REQUEST, CTSYNC_URGENT);
		return;
	}
	alive = e->held || ctsync_split_seen(&e->split) ||
		ctsync_entry_last_word(e) != p->node;
	/* what ends is the incarnation of the message: its beginning may be late,
	 * and the tombstone must stop it
	 */
	if (note->reason == CTSYNC_DEL_FORCED && type == CTSYNC_MSG_DELETE)
		e->inc = note->ref.inc;
	spin_unlock(&e->lock);
	if (advisory && alive) {
		ctsync_count(inst, DELETE_KEPT);
		if (note->reason == CTSYNC_DEL_CLOSED)
			ctsync_merge_over(inst, e);
		return;
	}
	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	if (type == CTSYNC_MSG_FORGET) {
		/* or the next packet here would choose it again */
		if (ct)
			WRITE_ONCE(ct->mark, READ_ONCE(ct->mark) &
					     ~inst->conf.mark_mask);
		ctsync_track_gone(inst, e, ct, 0, false, false);
	} else if (ct) {
		ctsync_count(inst, DELETE_APPLIED);
		ctsync_inject_delete(inst, e, ct, note->reason);
	}
	if (ct)
		nf_ct_put(ct);
}
