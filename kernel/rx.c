// SPDX-License-Identifier: GPL-2.0
/* From datagrams to messages. The checks stand in the order of their cost; each
 * refusal has its counter; nothing is allocated for a frame that is refused.
 */
#include "rx.h"
#include "bulk.h"
#include "digest.h"
#include "expect.h"
#include "hold.h"
#include "inject.h"
#include "inject_clash.h"
#include "instance.h"
#include "member.h"
#include "merge.h"
#include "pull.h"
#include "repair.h"
#include "trace.h"
#include "tx.h"

#include <linux/ktime.h>

/* HELLOs of an unproven epoch that are looked at, per peer */
#define UNPROVEN_GAP_NS (20 * NSEC_PER_MSEC)
/* lines in the log about frames that do not authenticate, per peer */
#define COMPLAINT_GAP_NS (10 * NSEC_PER_SEC)

static const u16 wire_stat[CTSYNC_WIRE_ERROR_MAX] = {
	[CTSYNC_WIRE_SHORT]	= CTSYNC_STAT_DROP_SHORT,
	[CTSYNC_WIRE_LONG]	= CTSYNC_STAT_DROP_LONG,
	[CTSYNC_WIRE_BAD_MAGIC]	= CTSYNC_STAT_DROP_MAGIC,
	[CTSYNC_WIRE_BAD_VERSION] = CTSYNC_STAT_DROP_VERSION,
	[CTSYNC_WIRE_TRUNCATED]	= CTSYNC_STAT_DROP_TRUNCATED,
	[CTSYNC_WIRE_EMPTY]	= CTSYNC_STAT_DROP_EMPTY,
	[CTSYNC_WIRE_RUNT]	= CTSYNC_STAT_SKIP_RUNT,
	[CTSYNC_WIRE_UNKNOWN]	= CTSYNC_STAT_SKIP_UNKNOWN,
	[CTSYNC_WIRE_VALUE]	= CTSYNC_STAT_DROP_VALUE,
	[CTSYNC_WIRE_ATTR]	= CTSYNC_STAT_DROP_ATTR,
};

struct rx {
	struct ctsync_instance *inst;
	struct ctsync_peer *peer;
	struct ctsync_frame frame;
	bool proven;	/* its epoch is: more than a HELLO may be believed */
	bool collides;	/* somebody else has our number, if the frame is authentic */
};

/* ---- messages ---- */

static enum ctsync_wire_error rx_flow(struct rx *rx,
				      const struct ctsync_section *sec, u32 i)
{
	struct ctsync_flow f;
	enum ctsync_wire_error err = ctsync_wire_get_flow(sec, i, &f);

	if (err)
		return err;
	trace_ctsync_received(rx->inst->net->ns.inum, rx->frame.node, sec->type, &f.ref);
	ctsync_inject_flow(rx->inst, rx->peer, sec->type, &f);
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error get_note(struct rx *rx, const struct ctsync_section *sec,
				       u32 i, struct ctsync_note *note)
{
	enum ctsync_wire_error err = ctsync_wire_get_note(sec, i, note);

	if (!err)
		trace_ctsync_received(rx->inst->net->ns.inum, rx->frame.node,
				      sec->type, &note->ref);
	return err;
}

static enum ctsync_wire_error rx_end(struct rx *rx,
				     const struct ctsync_section *sec, u32 i)
{
	struct ctsync_note note;
	enum ctsync_wire_error err = get_note(rx, sec, i, &note);

	if (!err)
		ctsync_inject_end(rx->inst, rx->peer, sec->type, &note);
	return err;
}

/* Does @note answer the last message of @e that asked, or a later one? */
static bool answers(struct ctsync_entry *e, const struct ctsync_note *note)
{
	bool yes;

	spin_lock(&e->lock);
	yes = note->ref.inc == e->inc &&
	      !ctsync_after(e->ack_number, note->ref.number) &&
	      !ctsync_after(note->ref.number, e->number);
	spin_unlock(&e->lock);
	return yes;
}

/* @p answered what @e asked: in time? */
static void count_ack(struct rx *rx, struct ctsync_entry *e)
{
	struct ctsync_instance *inst = rx->inst;
	struct ctsync_peer *p = rx->peer;
	u32 limit = usecs_to_jiffies(READ_ONCE(inst->params.hold_timeout)) + 1;

	spin_lock(&p->lock);
	if (ctsync_bypass_acked(&p->bypass, (u32)jiffies -
				READ_ONCE(e->sent_time) <= limit)) {
		ctsync_count(inst, BYPASS_END);
		ctsync_peer_update_sets(&inst->peers, p);
	}
	spin_unlock(&p->lock);
}

static enum ctsync_wire_error rx_ack(struct rx *rx,
				     const struct ctsync_section *sec, u32 i)
{
	struct ctsync_note note;
	enum ctsync_wire_error err = get_note(rx, sec, i, &note);
	struct ctsync_entry *e;

	if (err || note.to != rx->inst->conf.node)
		return err;
	e = ctsync_entry_find(&rx->inst->entries, note.ref.origin, note.ref.id);
	if (!e || READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) {
		ctsync_stat_inc(rx->inst->stats, e ?
				CTSYNC_STAT_MSG_TOMBSTONE :
				CTSYNC_STAT_MSG_UNKNOWN_ENTRY);
		return CTSYNC_WIRE_OK;
	}
	if (!answers(e, &note)) {
		ctsync_count(rx->inst, MSG_STALE);
		return CTSYNC_WIRE_OK;
	}
	count_ack(rx, e);
	ctsync_hold_acked(rx->inst, e, rx->peer->index);
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error rx_inack(struct rx *rx,
				       const struct ctsync_section *sec, u32 i)
{
	struct ctsync_note note;
	enum ctsync_wire_error err = get_note(rx, sec, i, &note);
	struct ctsync_entry *e;

	if (err || note.to != rx->inst->conf.node)
		return err;
	e = ctsync_entry_find(&rx->inst->entries, note.ref.origin, note.ref.id);
	if (!e || READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) {
		ctsync_count(rx->inst, MSG_UNKNOWN_ENTRY);
		return CTSYNC_WIRE_OK;
	}
	count_ack(rx, e);
	if (note.reason == CTSYNC_INACK_ADOPT) {
		ctsync_inject_adopt_id(rx->inst, e, &note);
		if (answers(e, &note))
			ctsync_hold_acked(rx->inst, e, rx->peer->index);
	} else if (note.reason == CTSYNC_INACK_CONFLICT ||
		   note.reason == CTSYNC_INACK_BOTH) {
		ctsync_clash_refused(rx->inst, rx->peer, e, &note);
	} else {
		ctsync_hold_end(rx->inst, e, CTSYNC_HOLD_EV_REFUSED);
	}
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error rx_request(struct rx *rx,
					 const struct ctsync_section *sec, u32 i)
{
	struct ctsync_note note;
	enum ctsync_wire_error err = get_note(rx, sec, i, &note);
	struct ctsync_entry *e;

	if (err || note.to != rx->inst->conf.node)
		return err;
	e = ctsync_entry_find(&rx->inst->entries, note.ref.origin, note.ref.id);
	if (!e || READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) {
		note.reason = CTSYNC_DEL_UNKNOWN_ID;
		ctsync_tx_note(rx->inst, CTSYNC_MSG_DELETE, &note);
		return CTSYNC_WIRE_OK;
	}
	/* an update says only what was seen here: too little to make a copy of */
	ctsync_tx_answer(rx->inst, e, note.ref.flags & CTSYNC_REF_COPY ?
			 CTSYNC_QE_INSERT : CTSYNC_QE_REQUEST);
	/* a packet that asks is evidence of a split path like an update */
	if (note.ref.flags & (CTSYNC_REF_SEEN0 | CTSYNC_REF_SEEN1))
		ctsync_merge_evidence(rx->inst, e,
				      note.ref.flags / CTSYNC_REF_SEEN0);
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error rx_expect(struct rx *rx,
					const struct ctsync_section *sec, u32 i)
{
	struct ctsync_expect exp;
	enum ctsync_wire_error err = ctsync_wire_get_expect(sec, i, &exp);

	if (!err)
		ctsync_expect_message(rx->inst, rx->peer, sec->type, &exp);
	return err;
}

static enum ctsync_wire_error rx_nack(struct rx *rx,
				      const struct ctsync_section *sec, u32 i)
{
	struct ctsync_nack m;
	enum ctsync_wire_error err = ctsync_wire_get_nack(sec, i, &m);

	if (err || m.to != rx->inst->conf.node)
		return err;
	if (sec->type == CTSYNC_MSG_NACK)
		ctsync_repair_answer(rx->inst, rx->peer, &m);
	else
		ctsync_repair_answered(rx->inst, rx->peer, &m);
	return CTSYNC_WIRE_OK;
}

static enum ctsync_wire_error rx_bulk(struct rx *rx,
				      const struct ctsync_section *sec, u32 i)
{
	struct ctsync_bulk_msg m;
	enum ctsync_wire_error err = ctsync_wire_get_bulk(sec, i, &m);

	if (!err && m.to == rx->inst->conf.node)
		ctsync_bulk_message(rx->inst, rx->peer, sec->type, &m);
	return err;
}

static enum ctsync_wire_error rx_digest(struct rx *rx,
					const struct ctsync_section *sec, u32 i)
{
	struct ctsync_digest_msg m;
	enum ctsync_wire_error err = ctsync_wire_get_digest(sec, i, &m);

	if (!err)
		ctsync_digest_message(rx->inst, rx->peer, &m);
	return err;
}

static enum ctsync_wire_error rx_query(struct rx *rx,
				       const struct ctsync_section *sec, u32 i)
{
	struct ctsync_query q;
	enum ctsync_wire_error err = ctsync_wire_get_query(sec, i, &q);

	if (!err)
		ctsync_pull_query(rx->inst, rx->peer, &q);
	return err;
}

static enum ctsync_wire_error rx_unknown(struct rx *rx,
					 const struct ctsync_section *sec, u32 i)
{
	struct ctsync_unknown u;
	enum ctsync_wire_error err = ctsync_wire_get_unknown(sec, i, &u);

	if (!err && u.to == rx->inst->conf.node)
		ctsync_pull_unknown_here(rx->inst, rx->peer, &u);
	return err;
}

static enum ctsync_wire_error rx_hello(struct rx *rx,
				       const struct ctsync_section *sec, u32 i)
{
	enum ctsync_wire_error err;
	struct ctsync_hello *h;

	/* over a kilobyte: not for the stack of a softirq */
	h = kmalloc(sizeof(*h), GFP_ATOMIC);
	if (!h) {
		ctsync_count(rx->inst, DROP_NOMEM);
		return CTSYNC_WIRE_OK;
	}
	err = ctsync_wire_get_hello(sec, i, h);
	if (!err)
		ctsync_member_hello(rx->inst, rx->peer, &rx->frame, h);
	kfree(h);
	return err;
}

static const struct {
	enum ctsync_wire_error (*handle)(struct rx *rx,
					 const struct ctsync_section *sec, u32 i);
	u16 stat;
} handlers[CTSYNC_MSG_MAX] = {
	[CTSYNC_MSG_INSERT]	= { rx_flow, CTSYNC_STAT_IN_INSERT },
	[CTSYNC_MSG_UPDATE]	= { rx_flow, CTSYNC_STAT_IN_UPDATE },
	[CTSYNC_MSG_UPDATE_C]	= { rx_flow, CTSYNC_STAT_IN_UPDATE_C },
	[CTSYNC_MSG_DELETE]	= { rx_end, CTSYNC_STAT_IN_DELETE },
	[CTSYNC_MSG_FORGET]	= { rx_end, CTSYNC_STAT_IN_FORGET },
	[CTSYNC_MSG_IACK]	= { rx_ack, CTSYNC_STAT_IN_IACK },
	[CTSYNC_MSG_INACK]	= { rx_inack, CTSYNC_STAT_IN_INACK },
	[CTSYNC_MSG_REQUEST]	= { rx_request, CTSYNC_STAT_IN_REQUEST },
	[CTSYNC_MSG_EXPECT_NEW]	= { rx_expect, CTSYNC_STAT_IN_EXPECT_NEW },
	[CTSYNC_MSG_EXPECT_DEL]	= { rx_expect, CTSYNC_STAT_IN_EXPECT_DEL },
	[CTSYNC_MSG_HELLO]	= { rx_hello, CTSYNC_STAT_IN_HELLO },
	[CTSYNC_MSG_NACK]	= { rx_nack, CTSYNC_STAT_IN_NACK },
	[CTSYNC_MSG_REPAIRED]	= { rx_nack, CTSYNC_STAT_IN_REPAIRED },
	[CTSYNC_MSG_BULK_START]	= { rx_bulk, CTSYNC_STAT_IN_BULK },
	[CTSYNC_MSG_BULK_END]	= { rx_bulk, CTSYNC_STAT_IN_BULK },
	[CTSYNC_MSG_BULK_ACK]	= { rx_bulk, CTSYNC_STAT_IN_BULK },
	[CTSYNC_MSG_DIGEST]	= { rx_digest, CTSYNC_STAT_IN_DIGEST },
	[CTSYNC_MSG_QUERY]	= { rx_query, CTSYNC_STAT_IN_QUERY },
	[CTSYNC_MSG_UNKNOWN]	= { rx_unknown, CTSYNC_STAT_IN_UNKNOWN },
};

/* ---- frames ---- */

static void refuse(struct ctsync_instance *inst, enum ctsync_stat why)
{
	ctsync_stat_inc(inst->stats, why);
}

static void refuse_why(struct rx *rx, enum ctsync_stat why,
		       enum ctsync_member_reason reason)
{
	refuse(rx->inst, why);
	spin_lock(&rx->peer->lock);
	ctsync_peer_refuse(rx->peer, reason);
	spin_unlock(&rx->peer->lock);
}

/* The same, and a line in the log now and then. */
static void complain(struct rx *rx, enum ctsync_stat why,
		     enum ctsync_member_reason reason,
		     enum ctsync_member_news news)
{
	u64 *told = &rx->peer->told_ns[news == CTSYNC_NEWS_OTHER_KEY ? 1 :
				       news == CTSYNC_NEWS_ID_COLLISION ? 2 : 0];
	u64 now = ktime_get_ns();
	bool tell;

	refuse_why(rx, why, reason);
	spin_lock(&rx->peer->lock);
	tell = !*told || now - *told > COMPLAINT_GAP_NS;
	if (tell)
		*told = now;
	spin_unlock(&rx->peer->lock);
	if (tell)
		rx->inst->tell(rx->inst, rx->peer, news);
}

/* The checks that need no cryptography. Returns false when refused. */
static bool admit(struct rx *rx, const struct in6_addr *from, u8 hops)
{
	struct ctsync_instance *inst = rx->inst;
	const struct ctsync_frame *f = &rx->frame;

	if (f->cluster != inst->conf.cluster) {
		rx->peer = ctsync_peer_by_addr(&inst->peers, from);
		if (rx->peer)
			refuse_why(rx, CTSYNC_STAT_DROP_CLUSTER,
				   CTSYNC_REASON_CLUSTER);
		else
			refuse(inst, CTSYNC_STAT_DROP_CLUSTER);
		return false;
	}
	if (hops != 255) {
		refuse(inst, CTSYNC_STAT_DROP_HOPS);
		return false;
	}
	/* what we sent to the group, thrown back by a switch or by the kernel */
	if (ipv6_addr_equal(from, &inst->conf.local)) {
		refuse(inst, CTSYNC_STAT_DROP_OWN_ID);
		return false;
	}
	rx->peer = ctsync_peer_by_addr(&inst->peers, from);
	if (!rx->peer) {
		refuse(inst, CTSYNC_STAT_DROP_SOURCE);
		return false;
	}
	if (f->node == inst->conf.node) {
		/* our own frame, sent back, is nobody's collision */
		rx->collides = memcmp(f->epoch, inst->epoch,
				      sizeof(inst->epoch));
		if (rx->collides)
			return true;
		refuse(inst, CTSYNC_STAT_DROP_OWN_ID);
		return false;
	}
	if (rx->peer->node && rx->peer->node != f->node && rx->peer->proven) {
		refuse(inst, CTSYNC_STAT_DROP_NODE);
		return false;
	}
	if (f->dest != CTSYNC_WIRE_ALL && f->dest != inst->conf.node &&
	    f->dest != f->node) {
		refuse(inst, CTSYNC_STAT_DROP_DEST);
		return false;
	}
	if (inst->conf.insecure ? !f->key_id :
	    !!ctsync_crypto_find(&inst->crypto, f->key_id))
		return true;
	complain(rx, CTSYNC_STAT_DROP_KEY, CTSYNC_REASON_CONFIG_KEY,
		 CTSYNC_NEWS_OTHER_KEY);
	return false;
}

#define FINE CTSYNC_STAT_MAX

static struct ctsync_seq *stream(struct rx *rx)
{
	return &rx->peer->seq[rx->frame.dest != CTSYNC_WIRE_ALL]
			     [rx->frame.channel];
}

/* Epoch and sequence number: what to count the frame as, or FINE. p->lock held. */
static enum ctsync_stat judge(struct rx *rx)
{
	struct ctsync_peer *p = rx->peer;

	rx->proven = p->proven && !memcmp(p->epoch, rx->frame.epoch,
					  sizeof(p->epoch));
	if (!rx->proven)
		return FINE;
	/* to somebody whose number it does not know: it knows ours */
	if (rx->frame.dest == rx->frame.node)
		return CTSYNC_STAT_DROP_DEST;
	switch (ctsync_seq_test(stream(rx), rx->frame.seq)) {
	case CTSYNC_SEQ_NEW:
		return FINE;
	case CTSYNC_SEQ_DUPLICATE:
		return CTSYNC_STAT_DROP_DUPLICATE;
	default:
		return CTSYNC_STAT_DROP_OLD;
	}
}

/* Before the tag is looked at: nothing changes but the rate of what is not
 * proven. Returns false when refused.
 */
static bool fresh(struct rx *rx)
{
	struct ctsync_peer *p = rx->peer;
	u64 now = ktime_get_ns();
	enum ctsync_stat why;

	spin_lock(&p->lock);
	why = judge(rx);
	if (!rx->proven) {
		/* nothing to all proves an epoch, and must not use up the turn of
		 * what does: a group's frames reach who has yet to be proven to
		 */
		if (rx->frame.dest == CTSYNC_WIRE_ALL)
			why = CTSYNC_STAT_DROP_UNPROVEN;
		else if (now - p->unproven_ns < UNPROVEN_GAP_NS)
			why = CTSYNC_STAT_DROP_HELLO_RATE;
		else
			p->unproven_ns = now;
	}
	spin_unlock(&p->lock);
	if (why == FINE)
		return true;
	refuse(rx->inst, why);
	return false;
}

/* The frame is authentic, as far as that can be told: the window moves. Judged
 * again, as another CPU may have taken the same number meanwhile, or proven the
 * epoch. Returns false when refused.
 */
static bool take(struct rx *rx, unsigned int len)
{
	struct ctsync_instance *inst = rx->inst;
	struct ctsync_peer *p = rx->peer;
	struct ctsync_seq *s = stream(rx);
	enum ctsync_stat why;
	u64 lost = 0;

	spin_lock(&p->lock);
	why = judge(rx);
	if (why == FINE && rx->proven) {
		lost = s->lost;
		ctsync_seq_accept(s, rx->frame.seq);
		lost = s->lost - lost;
		p->lost += lost;
		p->heard_ns = ktime_get_ns();
		ctsync_path_heard(&p->path, len, p->heard_ns);
		p->in_frames++;
		p->in_bytes += len;
		WRITE_ONCE(p->key_id, rx->frame.key_id);
		if (rx->frame.dest == CTSYNC_WIRE_ALL)
			ctsync_repair_frame(inst, p, rx->frame.channel,
					    rx->frame.seq, p->heard_ns);
	}
	spin_unlock(&p->lock);
	if (why != FINE) {
		refuse(inst, why);
		return false;
	}
	/* what is in it is counted: an unproven HELLO, or no HELLO */
	if (!rx->proven)
		return true;
	ctsync_stat_add(inst->stats, CTSYNC_STAT_LOST_FRAMES, lost);
	ctsync_count(inst, IN_FRAMES);
	ctsync_stat_add(inst->stats, CTSYNC_STAT_IN_BYTES, len);
	return true;
}

static void section(struct rx *rx, const struct ctsync_section *sec)
{
	struct ctsync_instance *inst = rx->inst;
	enum ctsync_wire_error err;
	u32 i;

	if (!handlers[sec->type].handle) {
		refuse(inst, CTSYNC_STAT_SKIP_UNKNOWN);
		return;
	}
	ctsync_stat_add(inst->stats, handlers[sec->type].stat, sec->count);
	ctsync_stat_add(inst->stats, CTSYNC_STAT_IN_MESSAGES, sec->count);
	rx->peer->in_messages += sec->count;
	for (i = 0; i < sec->count; i++) {
		err = handlers[sec->type].handle(rx, sec, i);
		if (err)
			refuse(inst, wire_stat[err]);
	}
}

static void sections(struct rx *rx, struct ctsync_dec *dec)
{
	struct ctsync_section sec;
	enum ctsync_wire_error err;

	for (;;) {
		err = ctsync_wire_next(dec, &sec);
		if (err == CTSYNC_WIRE_UNKNOWN || err == CTSYNC_WIRE_RUNT) {
			refuse(rx->inst, wire_stat[err]);
			continue;
		}
		if (err) {
			refuse(rx->inst, wire_stat[err]);
			return;
		}
		if (!sec.count)
			return;
		if (!rx->proven && sec.type != CTSYNC_MSG_HELLO) {
			refuse(rx->inst, CTSYNC_STAT_DROP_UNPROVEN);
			return;
		}
		section(rx, &sec);
	}
}

/* Open the frame, and act on it. The clear text is in a buffer of this CPU, so
 * nothing is allocated, and the datagram stays as it came for whoever captures.
 */
static void sealed(struct rx *rx, struct ctsync_dec *dec, const u8 *data,
		   unsigned int len)
{
	struct ctsync_crypto *c = &rx->inst->crypto;
	struct ctsync_cipher *cipher = c->cipher[ctsync_this_channel()];
	const struct ctsync_key *key;

	spin_lock(&cipher->opening);
	key = ctsync_crypto_find(c, rx->frame.key_id);
	if (!key) {
		/* it was there a moment ago */
		refuse(rx->inst, CTSYNC_STAT_DROP_KEY);
	} else if (!ctsync_crypto_open(cipher, key, &rx->frame, data, len)) {
		complain(rx, CTSYNC_STAT_AUTH_FAILED, CTSYNC_REASON_AUTH_FAILED,
			 CTSYNC_NEWS_AUTH_FAILED);
	} else if (take(rx, len)) {
		dec->buf = cipher->opened;
		sections(rx, dec);
	}
	spin_unlock(&cipher->opening);
}

void ctsync_rx(void *ctx, const u8 *data, unsigned int len,
	       const struct in6_addr *from, u16 port, u8 hops)
{
	struct rx rx = { .inst = ctx };
	struct ctsync_dec dec;
	enum ctsync_wire_error err;

	if (!READ_ONCE(rx.inst->running))
		return;
	err = ctsync_wire_open(&dec, data, len, &rx.frame);
	if (err) {
		refuse(rx.inst, wire_stat[err]);
		return;
	}
	rcu_read_lock();	/* keys */
	if (!admit(&rx, from, hops)) {
		/* refused */
	} else if (rx.collides) {
		if (ctsync_member_collide(rx.inst, rx.peer, &rx.frame, data, len))
			complain(&rx, CTSYNC_STAT_DROP_OWN_ID,
				 CTSYNC_REASON_ID_COLLISION,
				 CTSYNC_NEWS_ID_COLLISION);
		else
			refuse(rx.inst, CTSYNC_STAT_DROP_OWN_ID);
	} else if (fresh(&rx)) {
		if (!rx.inst->conf.insecure)
			sealed(&rx, &dec, data, len);
		else if (take(&rx, len))
			sections(&rx, &dec);
	}
	rcu_read_unlock();
}
