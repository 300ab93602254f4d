// SPDX-License-Identifier: GPL-2.0
/* Membership: HELLO out every 100 ms, HELLO in, silence, proof of epochs.
 *
 * A peer's epoch is proven when its HELLO echoes a challenge of ours and names
 * our epoch. The challenge is a keyed hash of (node, epoch, 2-second slot), so
 * no state is kept for a HELLO that may be forged or replayed. How often the
 * peer was proven or lost is in it too: a HELLO that was recorded before either
 * proves nothing after.
 *
 * While an epoch is proven, a HELLO of another one may be of a peer that
 * restarted, or recorded long ago. It gets an answer of its own, so that it can
 * prove itself; what the proven one is told stays the same.
 */
#include "member.h"
#include "bulk.h"
#include "hold.h"
#include "park.h"
#include "repair.h"
#include "tx.h"
#include "walk.h"

#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/unaligned.h>
#include <net/net_namespace.h>

#define SLOT_NS (2ull * NSEC_PER_SEC)
#define TELL_GAP_NS (10 * (u64)NSEC_PER_SEC)
#define COLLISION_GAP_NS (20 * NSEC_PER_MSEC)
#define TICK_NS ((u64)CTSYNC_HELLO_MS * NSEC_PER_MSEC)

static const u8 zero16[16];

/* ---- challenge and proof ---- */

static void challenge(const struct ctsync_instance *inst,
		      const struct ctsync_peer *p, u8 node, const u8 epoch[16],
		      u64 slot, u8 out[16])
{
	u64 a = get_unaligned_be64(epoch), b = get_unaligned_be64(epoch + 8);
	u64 who = (u64)p->proofs << 8 | node;
	int i;

	for (i = 0; i < 2; i++)
		put_unaligned_be64(siphash_4u64(a, b, who, slot,
						&inst->secret[i]), out + 8 * i);
}

/* Is it meant for our present epoch? */
static bool is_to_us(const struct ctsync_instance *inst, const struct ctsync_hello *h)
{
	return !memcmp(h->to_epoch, inst->epoch, sizeof(inst->epoch));
}

/* Is @echo a challenge that we gave (node, epoch) in this slot or the last,
 * with nothing proven or lost since? p->lock held.
 */
static bool proves(const struct ctsync_instance *inst,
		   const struct ctsync_peer *p, u8 node, const u8 epoch[16],
		   const u8 echo[16])
{
	u64 slot = div64_u64(ktime_get_ns(), SLOT_NS);
	u8 want[16];
	int back;

	for (back = 0; back < 2; back++) {
		challenge(inst, p, node, epoch, slot - back, want);
		if (!memcmp(want, echo, sizeof(want)))
			return true;
	}
	return false;
}

/* ---- what must agree ---- */

static enum ctsync_member_reason mismatch(const struct ctsync_instance *inst,
					  const struct ctsync_hello *h)
{
	if (h->mark_value != inst->conf.mark_value ||
	    h->mark_mask != inst->conf.mark_mask)
		return CTSYNC_REASON_CONFIG_MARK;
	if (h->mark_sync != ctsync_mark_bits(inst))
		return CTSYNC_REASON_CONFIG_MARK_SYNC;
	return CTSYNC_REASON_NONE;
}

/* ---- steps ---- */

static void set_floors(struct ctsync_instance *inst, struct ctsync_peer *p,
		       const struct ctsync_hello *h)
{
	unsigned int i, c;

	/* a stream that the HELLO does not name has not begun */
	for (c = 0; c < CTSYNC_WIRE_CHANNELS; c++) {
		ctsync_seq_init(&p->seq[0][c], 1);
		ctsync_seq_init(&p->seq[1][c], 1);
		ctsync_gaps_init(&p->gaps[c], 1);
	}
	p->gap_channels = 0;
	ctsync_had_init(&p->had, h->time);
	for (i = 0; i < h->nr_streams; i++) {
		const struct ctsync_stream *s = &h->streams[i];

		if (s->channel >= CTSYNC_WIRE_CHANNELS)
			continue;
		ctsync_seq_init(&p->seq[s->dest != CTSYNC_WIRE_ALL][s->channel],
				s->next);
		if (s->dest == CTSYNC_WIRE_ALL)
			ctsync_gaps_init(&p->gaps[s->channel], s->next);
	}
}

/* Do what the state machine says. p->lock held; what needs it not is returned. */
static u8 step(struct ctsync_instance *inst, struct ctsync_peer *p,
	       struct ctsync_member_step s, const struct ctsync_hello *h)
{
	bool proven = s.next == CTSYNC_MEMBER_SYNCING ||
		      s.next == CTSYNC_MEMBER_UP;

	if (proven != p->proven || s.actions & CTSYNC_MEMBER_DO_FLOORS)
		p->proofs++;
	p->state = s.next;
	p->proven = proven;
	if (p->proven)
		p->reason = p->path.narrow ? CTSYNC_REASON_MTU :
					     CTSYNC_REASON_NONE;
	else
		WRITE_ONCE(p->hears, false);
	if (s.actions & CTSYNC_MEMBER_DO_FLOORS) {
		p->copied = false;
		if (memcmp(p->epoch, p->heard.epoch, sizeof(p->epoch))) {
			p->bulk_epoch_kept = false;
			WRITE_ONCE(p->era, (p->era + 1) % 128);
		}
		memcpy(p->epoch, p->heard.epoch, sizeof(p->epoch));
		p->other_waits = false;
		memset(&p->bypass, 0, sizeof(p->bypass));
		memset(&p->path, 0, sizeof(p->path));
		memset(&p->had_ours, 0, sizeof(p->had_ours));
		set_floors(inst, p, h);
	}
	if (s.actions & CTSYNC_MEMBER_DO_BULK)
		ctsync_bulk_start(inst, p, p->bulk_epoch_kept ?
				  CTSYNC_BULK_EV_BACK : CTSYNC_BULK_EV_JOIN);
	if (s.actions & CTSYNC_MEMBER_DO_BULK)
		p->bulk_epoch_kept = true;
	if (s.actions & CTSYNC_MEMBER_DO_TELL_DOWN)
		ctsync_bulk_start(inst, p, CTSYNC_BULK_EV_LOST);
	ctsync_peer_update_sets(&inst->peers, p);
	return s.actions;
}

static void act(struct ctsync_instance *inst, struct ctsync_peer *p, u8 actions)
{
	if (actions & CTSYNC_MEMBER_DO_TELL_DOWN)
		inst->tell(inst, p, CTSYNC_NEWS_PEER_DOWN);
	if (actions & CTSYNC_MEMBER_DO_RELEASE) {
		ctsync_hold_release_all(inst, CTSYNC_HOLD_EV_PEERS_GONE);
		ctsync_park_release_all(inst);
	}
	if (actions & CTSYNC_MEMBER_DO_TELL_UP)
		inst->tell(inst, p, CTSYNC_NEWS_PEER_UP);
	if (actions & CTSYNC_MEMBER_DO_BULK)
		ctsync_walk_soon(inst);
}

static void measure_rtt(struct ctsync_peer *p, const struct ctsync_hello *h,
			u64 now)
{
	u32 rtt;

	if (!h->echo_time)
		return;
	rtt = (u32)(now / NSEC_PER_USEC) - h->echo_time - h->echo_age;
	if (rtt > 10 * USEC_PER_SEC)
		return;
	p->rtt_us = p->rtt_us ? p->rtt_us - p->rtt_us / 8 + rtt / 8 :
				max(rtt, 1u);
}

/* Whether a proven peer hears us, as it says. What was sent to it before is
 * lost, so it gets our table from then on; who no longer hears acknowledges
 * nothing. What it says to another epoch is not meant for us. p->lock held.
 */
static u8 note_hearing(struct ctsync_instance *inst, struct ctsync_peer *p,
		       const struct ctsync_hello *h)
{
	bool hears = h->flags & CTSYNC_HELLO_PROVEN;
	struct ctsync_member_step s = { p->state, CTSYNC_MEMBER_DO_RELEASE };

	if (!p->proven || hears == p->hears || !is_to_us(inst, h))
		return 0;
	WRITE_ONCE(p->hears, hears);
	if (hears)
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_HEARING);
	return step(inst, p, s, h);
}

/* How long a frame reached @p, as it says to our present epoch. Returns what is to be
 * told, 0: nothing. p->lock held.
 */
static int note_path(struct ctsync_instance *inst, struct ctsync_peer *p,
		     const struct ctsync_hello *h, u64 now)
{
	if (!p->proven || !is_to_us(inst, h) ||
	    !ctsync_path_told(&p->path, h->longest,
			      READ_ONCE(inst->frame_limit), now))
		return 0;
	p->reason = p->path.narrow ? CTSYNC_REASON_MTU : CTSYNC_REASON_NONE;
	return p->path.narrow ? CTSYNC_NEWS_MTU_BEGIN : CTSYNC_NEWS_MTU_END;
}

/* What the next HELLO answers. p->lock held. */
static void note_heard(struct ctsync_instance *inst, struct ctsync_heard *heard,
		       const struct ctsync_frame *frame,
		       const struct ctsync_hello *h, u64 now)
{
	if (memcmp(heard->epoch, frame->epoch, sizeof(heard->epoch))) {
		memcpy(heard->epoch, frame->epoch, sizeof(heard->epoch));
		memset(heard->challenge, 0, sizeof(heard->challenge));
	}
	/* one for another epoch is of no use to this */
	if (is_to_us(inst, h))
		memcpy(heard->challenge, h->challenge, sizeof(heard->challenge));
	heard->time = h->time;
	heard->ns = now;
}

void ctsync_member_hello(struct ctsync_instance *inst, struct ctsync_peer *p,
			 const struct ctsync_frame *frame,
			 const struct ctsync_hello *h)
{
	struct ctsync_member_step s = { p->state, 0 };
	enum ctsync_member_reason reason;
	u64 now = ktime_get_ns();
	bool proof, known;
	int news = 0;
	u8 actions;

	if (h->to && h->to != inst->conf.node)
		return;
	spin_lock(&p->lock);
	/* a proven number stays; before, the last one that was heard counts */
	if (!p->proven || !p->node)
		WRITE_ONCE(p->node, frame->node);
	known = p->proven && !memcmp(p->epoch, frame->epoch, sizeof(p->epoch));
	/* it tells what was so before: that its sender did not hear us, say */
	if (known && (s32)(p->heard.time - h->time) > 0) {
		ctsync_count(inst, HELLO_LATE);
		spin_unlock(&p->lock);
		return;
	}
	proof = is_to_us(inst, h) && proves(inst, p, frame->node, frame->epoch, h->echo);
	if (!known && !proof)
		ctsync_count(inst, HELLO_UNPROVEN);
	p->other_waits |= p->proven && !known && !proof;
	note_heard(inst, p->proven && !known && !proof ? &p->other : &p->heard,
		   frame, h, now);
	if (known || proof) {
		p->heard_ns = now;
		p->ready = h->flags & CTSYNC_HELLO_READY;
		p->standby = h->flags & CTSYNC_HELLO_STANDBY;
		p->draining = h->flags & CTSYNC_HELLO_DRAIN;
		p->copied = h->flags & CTSYNC_HELLO_COPIED;
		WRITE_ONCE(p->answers, h->flags & CTSYNC_HELLO_ANSWERS);
		measure_rtt(p, h, now);
	}
	reason = mismatch(inst, h);
	/* who has a number keeps it until he goes */
	if (!known && ctsync_peer_node_taken(&inst->peers, p, frame->node))
		reason = CTSYNC_REASON_ID_COLLISION;
	if (known && h->flags & CTSYNC_HELLO_LEAVING) {
		reason = CTSYNC_REASON_LEFT;
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_LEAVING);
	} else if (reason && (known || proof || !p->proven)) {
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_MISMATCH);
	} else if (proof && p->proven && !known) {
		s = ctsync_member_new_epoch(p->state);
	} else if (proof) {
		s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_PROOF);
	} else if (!known) {
		/* an unproven epoch never displaces a proven one */
		if (!p->proven)
			s = ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_HELLO);
	}
	if (s.actions & CTSYNC_MEMBER_DO_FLOORS)
		WRITE_ONCE(p->hears, false);
	actions = step(inst, p, s, h);
	/* its own number is the first above its floor, and was had */
	if (s.actions & CTSYNC_MEMBER_DO_FLOORS && frame->dest == inst->conf.node)
		ctsync_seq_accept(&p->seq[1][frame->channel], frame->seq);
	if (reason)
		ctsync_peer_refuse(p, reason);
	if (known || proof) {
		actions |= note_hearing(inst, p, h);
		news = note_path(inst, p, h, now);
	}
	if (reason == CTSYNC_REASON_ID_COLLISION &&
	    (!p->told_ns[2] || now - p->told_ns[2] > TELL_GAP_NS)) {
		p->told_ns[2] = now;
		news = CTSYNC_NEWS_ID_COLLISION;
	}
	/* what it sent before it knew that we read it is no loss */
	if (known && h->flags & CTSYNC_HELLO_PROVEN && is_to_us(inst, h))
		ctsync_repair_hello(inst, p, h, now);
	spin_unlock(&p->lock);
	act(inst, p, actions);
	if (news)
		inst->tell(inst, p, news);
}

void ctsync_member_bulk_done(struct ctsync_instance *inst,
			     struct ctsync_peer *p)
{
	u8 actions;

	spin_lock_bh(&p->lock);
	actions = step(inst, p, ctsync_member_fsm(p->state, CTSYNC_MEMBER_EV_BULK_DONE), NULL);
	spin_unlock_bh(&p->lock);
	act(inst, p, actions);
	inst->tell(inst, p, CTSYNC_NEWS_BULK_END);
}

void ctsync_member_role(struct ctsync_instance *inst)
{
	ctsync_tx_kick(inst, CTSYNC_TODO_HELLO);
}

/* ---- the tick ---- */

static void check_silence(struct ctsync_instance *inst, struct ctsync_peer *p,
			  u64 now)
{
	const s64 dead = (s64)CTSYNC_DEAD_MS * NSEC_PER_MSEC;
	u8 actions = 0;

	spin_lock(&p->lock);
	/* signed: a frame on another CPU may have come after now was read */
	if (p->state != CTSYNC_MEMBER_DOWN &&
	    (s64)(now - max(p->heard_ns, p->proven ? 0 : p->heard.ns)) > dead)
		actions = step(inst, p, ctsync_member_fsm(p->state,
					CTSYNC_MEMBER_EV_SILENCE), NULL);
	/* a reason is as old as the last frame that gave it */
	if (p->state == CTSYNC_MEMBER_DOWN && p->reason != CTSYNC_REASON_LEFT &&
	    (s64)(now - p->refused_ns) > dead)
		p->reason = CTSYNC_REASON_NO_HELLO;
	spin_unlock(&p->lock);
	act(inst, p, actions);
}

/* Two peers that were proven under one number at the same moment, on two CPUs. */
static void check_number(struct ctsync_instance *inst, struct ctsync_peer *p)
{
	u8 actions = 0;

	spin_lock(&p->lock);
	if (p->proven &&
	    ctsync_peer_node_taken(&inst->peers, p, p->node)) {
		actions = step(inst, p, ctsync_member_fsm(p->state,
					CTSYNC_MEMBER_EV_MISMATCH), NULL);
		ctsync_peer_refuse(p, CTSYNC_REASON_ID_COLLISION);
	}
	spin_unlock(&p->lock);
	act(inst, p, actions);
}

static void tell_bypass(struct ctsync_instance *inst, struct ctsync_peer *p)
{
	bool bypassed = READ_ONCE(p->bypass.bypassed);

	if (bypassed == p->bypass_told)
		return;
	p->bypass_told = bypassed;
	inst->tell(inst, p, bypassed ? CTSYNC_NEWS_BYPASS_BEGIN :
				       CTSYNC_NEWS_BYPASS_END);
}

bool ctsync_member_collide(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_frame *f, const u8 *data,
			   unsigned int len)
{
	struct ctsync_cipher *cipher = inst->crypto.cipher[ctsync_this_channel()];
	u64 now = ktime_get_ns();
	bool fine, look;

	spin_lock(&p->lock);
	look = now - p->own_ns >= COLLISION_GAP_NS;
	if (look)
		p->own_ns = now;
	spin_unlock(&p->lock);
	if (!look)
		return false;
	fine = inst->conf.insecure && !f->key_id;
	if (!inst->conf.insecure) {
		const struct ctsync_key *key =
			ctsync_crypto_find(&inst->crypto, f->key_id);

		spin_lock(&cipher->opening);
		fine = key && ctsync_crypto_open(cipher, key, f, data, len);
		spin_unlock(&cipher->opening);
	}
	if (fine)
		WRITE_ONCE(inst->collided_ns, now);
	return fine;
}

bool ctsync_member_collides(const struct ctsync_instance *inst, u64 now)
{
	u64 when = READ_ONCE(inst->collided_ns);

	return when && (s64)(now - when) <
		       (s64)CTSYNC_DEAD_MS * NSEC_PER_MSEC;
}

/* May this node carry traffic, and is everybody in sync with it? */
static void check_ready(struct ctsync_instance *inst, u64 now)
{
	bool late = now - inst->up_ns >
		(u64)inst->params.join_timeout * NSEC_PER_USEC;
	bool all_up = true, have_all = true;
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		const struct ctsync_peer *p = inst->peers.peer[i];

		if (READ_ONCE(p->state) != CTSYNC_MEMBER_UP)
			all_up = false;
		if (!READ_ONCE(p->copied))
			have_all = false;
	}
	if (!all_up || !have_all)
		WRITE_ONCE(inst->whole_ns, 0);
	else if (!inst->whole_ns)
		WRITE_ONCE(inst->whole_ns, now);
	/* Ready when every peer sent us its table, or join-timeout passed, so that
	 * a cold start of all does not wait for ever. Once ready, a node stays so
	 * until it goes down: no loss of a link or a peer takes down a lone
	 * survivor. One that has another's number does not get ready beside it.
	 */
	if (!inst->ready && (late || (all_up && have_all)) &&
	    !ctsync_member_collides(inst, now)) {
		WRITE_ONCE(inst->ready, true);
		inst->tell(inst, NULL, CTSYNC_NEWS_READY);
	}
}

void ctsync_member_tick(struct ctsync_instance *inst)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++) {
		check_silence(inst, inst->peers.peer[i], now);
		check_number(inst, inst->peers.peer[i]);
		tell_bypass(inst, inst->peers.peer[i]);
	}
	check_ready(inst, now);
	ctsync_tx_kick(inst, CTSYNC_TODO_HELLO);
}

/* ---- the poll ---- */

/* A HELLO to the epoch in @heard, which is the peer's main or other one; and those
 * that try how long a frame may be, of which one may take its place. Not the last
 * one of all: it has no second chance.
 */
static void send_hello(struct ctsync_cpu *c, struct ctsync_peer *p,
		       const struct ctsync_heard *heard, struct ctsync_hello *h)
{
	struct ctsync_instance *inst = c->inst;
	u16 probe[CTSYNC_PATH_PROBES];
	u32 nr = 0, i;
	u64 now;

	memset(h, 0, sizeof(*h));
	h->flags = (READ_ONCE(inst->ready) ? CTSYNC_HELLO_READY : 0) |
		   (READ_ONCE(inst->params.role) ? CTSYNC_HELLO_STANDBY : 0) |
		   (READ_ONCE(inst->params.drain) ? CTSYNC_HELLO_DRAIN : 0) |
		   (READ_ONCE(inst->running) ? 0 : CTSYNC_HELLO_LEAVING) | CTSYNC_HELLO_ANSWERS;
	h->mark_value = inst->conf.mark_value;
	h->mark_mask = inst->conf.mark_mask;
	h->mark_sync = ctsync_mark_bits(inst);
	h->version_max = CTSYNC_WIRE_VERSION;
	spin_lock(&p->lock);
	now = ktime_get_ns();
	h->time = max((u32)(now / NSEC_PER_USEC), 1u);
	h->to = p->node;
	if (memcmp(heard->epoch, zero16, sizeof(zero16))) {
		memcpy(h->to_epoch, heard->epoch, sizeof(h->to_epoch));
		memcpy(h->echo, heard->challenge, sizeof(h->echo));
		challenge(inst, p, p->node, heard->epoch,
			  div64_u64(now, SLOT_NS), h->challenge);
		h->echo_time = heard->time;
		h->echo_age = (now - heard->ns) / NSEC_PER_USEC;
		if (p->proven && !memcmp(p->epoch, heard->epoch,
					 sizeof(p->epoch)))
			h->flags |= CTSYNC_HELLO_PROVEN |
				    (p->state == CTSYNC_MEMBER_UP ?
				     CTSYNC_HELLO_COPIED : 0);
	}
	if (h->flags & CTSYNC_HELLO_PROVEN) {
		h->longest = ctsync_path_tell(&p->path, now);
		h->had = p->had.told;
		nr = p->hears && READ_ONCE(inst->running) ?
		     ctsync_path_probes(&p->path, READ_ONCE(inst->frame_limit),
					div64_u64(now, TICK_NS), now, probe) : 0;
	}
	spin_unlock(&p->lock);
	h->nr_streams = ctsync_tx_streams(inst, h->to, h->streams);
	if (nr != 1)
		ctsync_tx_hello(c, p, h, 0);
	for (i = 0; i < nr; i++)
		ctsync_tx_hello(c, p, h, probe[i]);
}

/* Who spoke with another epoch since the last tick gets an answer too. */
static bool other_waits(struct ctsync_peer *p)
{
	bool waits;

	spin_lock(&p->lock);
	waits = p->proven && p->other_waits;
	p->other_waits = false;
	spin_unlock(&p->lock);
	return waits;
}

static void send_hellos(struct ctsync_cpu *c)
{
	struct ctsync_hello *h;
	unsigned int i;

	/* over a kilobyte: not for the stack */
	h = kmalloc(sizeof(*h), GFP_ATOMIC);
	if (!h) {
		ctsync_count(c->inst, XMIT_NOMEM);
		return;
	}
	ctsync_tx_frame_size(c->inst);
	rcu_read_lock();
	for (i = 0; i < c->inst->peers.nr; i++) {
		struct ctsync_peer *p = c->inst->peers.peer[i];

		send_hello(c, p, &p->heard, h);
		if (other_waits(p))
			send_hello(c, p, &p->other, h);
	}
	rcu_read_unlock();
	kfree(h);
}

static void forget(struct ctsync_instance *inst, struct ctsync_peer *p)
{
	u8 actions;

	spin_lock_bh(&p->lock);
	actions = step(inst, p, ctsync_member_fsm(p->state,
						  CTSYNC_MEMBER_EV_SILENCE), NULL);
	memset(&p->heard, 0, sizeof(p->heard));
	memset(&p->other, 0, sizeof(p->other));
	p->other_waits = false;
	p->copied = false;
	p->reason = CTSYNC_REASON_NO_HELLO;
	spin_unlock_bh(&p->lock);
	local_bh_disable();
	act(inst, p, actions);
	local_bh_enable();
}

void ctsync_member_restored(struct ctsync_instance *inst)
{
	unsigned int i;

	/* first, so that nothing that names the old epoch proves anything */
	get_random_bytes(inst->epoch, sizeof(inst->epoch));
	get_random_bytes(inst->secret, sizeof(inst->secret));
	for (i = 0; i < inst->peers.nr; i++)
		forget(inst, inst->peers.peer[i]);
	inst->up_ns = ktime_get_ns();
	WRITE_ONCE(inst->ready, false);
	ctsync_count(inst, EPOCH_REDRAWN);
	inst->tell(inst, NULL, CTSYNC_NEWS_RESTORED);
}

void ctsync_member_poll(struct ctsync_cpu *c)
{
	if (test_and_clear_bit(CTSYNC_TODO_HELLO, &c->todo))
		send_hellos(c);
}

void ctsync_member_leave(struct ctsync_instance *inst)
{
	local_bh_disable();
	rcu_read_lock();
	send_hellos(ctsync_this_cpu(inst));
	rcu_read_unlock();
	local_bh_enable();
}
