// SPDX-License-Identifier: GPL-2.0
/* Moving entries between per-CPU queues, in O(1). */
#include "queue.h"

#include <linux/jiffies.h>

/* what a message of each queue adds to a frame, about: an IPv6 flow, no NAT */
static const u16 queue_bytes[CTSYNC_Q_NONE] = {
	[CTSYNC_Q_ACK]		= 20,
	[CTSYNC_Q_DELETE]	= 20,
	[CTSYNC_Q_UPDATE_C]	= 56,
	[CTSYNC_Q_UPDATE]	= 96,
	[CTSYNC_Q_INSERT]	= 96,
};

#define NOTE_BYTES 32

void ctsync_queue_init(struct ctsync_queue *q, u16 cpu)
{
	int i;

	spin_lock_init(&q->lock);
	q->cpu = cpu;
	for (i = 0; i < CTSYNC_Q_NONE; i++)
		INIT_LIST_HEAD(&q->list[i]);
	for (i = 0; i < CTSYNC_Q_NONE; i++)
		INIT_LIST_HEAD(&q->lazy[i]);
	INIT_LIST_HEAD(&q->later);
	INIT_LIST_HEAD(&q->young);
	INIT_LIST_HEAD(&q->silent);
}

/* What an entry adds to the bytes that make a frame full. A lazy update adds
 * nothing: it waits for flush-interval, for within that time a short connection
 * goes through all its states, and only the last is worth telling. Nor does who
 * may never be told.
 */
static u32 waiting_bytes(enum ctsync_queue_id id, enum ctsync_urgency pace)
{
	if (pace <= CTSYNC_YOUNG)
		return 0;
	return id == CTSYNC_Q_UPDATE_C && pace != CTSYNC_URGENT ? 0 :
								queue_bytes[id];
}

static u32 *length_of(struct ctsync_queue *q, enum ctsync_queue_id id,
		      enum ctsync_urgency pace)
{
	return pace <= CTSYNC_YOUNG ? &q->untold_len :
	       pace == CTSYNC_LATER ? &q->later_len :
				      &q->len[id];
}

static struct list_head *list_of(struct ctsync_queue *q, enum ctsync_queue_id id,
				 enum ctsync_urgency pace)
{
	switch (pace) {
	case CTSYNC_SILENT:
		return &q->silent;
	case CTSYNC_YOUNG:
		return &q->young;
	case CTSYNC_LATER:
		return &q->later;
	case CTSYNC_LAZY:
		return &q->lazy[id];
	default:
		return &q->list[id];
	}
}

static void take_off(struct ctsync_queue *q, struct ctsync_entry *e)
{
	lockdep_assert_held(&q->lock);
	if (e->queue == CTSYNC_Q_NONE)
		return;
	list_del_init(&e->qlink);
	q->bytes -= waiting_bytes(e->queue, e->pace);
	--*length_of(q, e->queue, e->pace);
	e->queue = CTSYNC_Q_NONE;
}

static void put_on(struct ctsync_queue *q, struct ctsync_entry *e,
		   enum ctsync_queue_id id, enum ctsync_urgency pace, bool head)
{
	struct list_head *list = list_of(q, id, pace);

	lockdep_assert_held(&q->lock);
	e->queue = id;
	e->pace = pace;
	q->bytes += waiting_bytes(id, pace);
	++*length_of(q, id, pace);
	if (head)
		list_add(&e->qlink, list);
	else
		list_add_tail(&e->qlink, list);
}

/* Lock two queues in the order of their CPUs; they may be the same. */
static void lock_two(struct ctsync_queue *a, struct ctsync_queue *b)
	__acquires(&a->lock)
	__acquires(&b->lock)
{
	if (a == b) {
		spin_lock(&a->lock);
		__acquire(&b->lock);
	} else if (a->cpu < b->cpu) {
		spin_lock(&a->lock);
		spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
	} else {
		spin_lock(&b->lock);
		spin_lock_nested(&a->lock, SINGLE_DEPTH_NESTING);
	}
}

static void unlock_two(struct ctsync_queue *a, struct ctsync_queue *b)
	__releases(&a->lock)
	__releases(&b->lock)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
	else
		__release(&b->lock);
}

/* How soon @e is to be told on the queue @next. Nothing gets slower, and who is untold
 * stays that for all that is not urgent, or tells it.
 */
static enum ctsync_urgency pace_of(const struct ctsync_entry *e,
				   enum ctsync_queue_id next,
				   enum ctsync_qevent event,
				   enum ctsync_urgency urgency)
{
	if (urgency != CTSYNC_URGENT && event != CTSYNC_QE_INSERT &&
	    ctsync_queue_untold(e))
		return e->pace;
	/* only updates can wait that long */
	if (urgency == CTSYNC_LATER && next != CTSYNC_Q_UPDATE_C)
		urgency = CTSYNC_LAZY;
	return e->queue == CTSYNC_Q_NONE ? urgency : max_t(u8, urgency, e->pace);
}

u32 ctsync_queue_event(struct ctsync_queues *qs, u16 cpu,
		       struct ctsync_entry *e, enum ctsync_qevent event,
		       enum ctsync_urgency urgency)
{
	struct ctsync_queue *to = qs->cpu[cpu];
	enum ctsync_queue_id next;
	struct ctsync_queue *from;
	u32 bytes;

	/* it may move to another CPU before its queue is locked */
	for (;;) {
		from = qs->cpu[READ_ONCE(e->cpu)];
		lock_two(from, to);
		if (READ_ONCE(e->cpu) == from->cpu)
			break;
		unlock_two(from, to);
	}
	next = ctsync_qstate_next(e->queue, event);
	/* An entry whose conntrack is gone has only its end to tell; once that
	 * is told it is freed after RCU, so nothing may queue it again. Whoever
	 * unbinds it drops it from its queue afterwards, under this lock.
	 */
	if (!READ_ONCE(e->ct) && event != CTSYNC_QE_DELETE &&
	    event != CTSYNC_QE_DROP)
		next = e->queue;

	if (next == CTSYNC_Q_NONE) {
		take_off(from, e);
	} else {
		enum ctsync_urgency pace = pace_of(e, next, event, urgency);
		bool queued = e->queue != CTSYNC_Q_NONE;

		if (e->queue != next || e->pace != pace ||
		    (pace == CTSYNC_URGENT && from != to)) {
			bool stay = queued && pace != CTSYNC_URGENT;

			take_off(from, e);
			if (!stay)
				WRITE_ONCE(e->cpu, cpu);
			put_on(stay ? from : to, e, next, pace, false);
		}
	}
	bytes = to->bytes;
	unlock_two(from, to);
	return bytes;
}

/* The later list is in the order of arrival, not of due time: an entry waits at
 * most twice the interval.
 */
static struct ctsync_entry *first_due(struct ctsync_queue *q, u32 interval)
{
	struct ctsync_entry *e;

	e = list_first_entry_or_null(&q->later, struct ctsync_entry, qlink);
	if (e && (u32)jiffies - READ_ONCE(e->sent_time) < interval)
		return NULL;
	return e;
}

struct ctsync_entry *ctsync_queue_pop(struct ctsync_queue *q,
				      enum ctsync_queue_id id, bool all,
				      u32 interval)
{
	struct ctsync_entry *e;

	spin_lock_bh(&q->lock);
	e = list_first_entry_or_null(&q->list[id], struct ctsync_entry, qlink);
	if (!e && all)
		e = list_first_entry_or_null(&q->lazy[id], struct ctsync_entry,
					     qlink);
	if (!e && all && id == CTSYNC_Q_UPDATE_C)
		e = first_due(q, interval);
	if (e)
		take_off(q, e);
	spin_unlock_bh(&q->lock);
	return e;
}

struct ctsync_entry *ctsync_queue_pop_untold(struct ctsync_queue *q, u32 delay)
{
	struct ctsync_entry *e;

	if (!READ_ONCE(q->untold_len))
		return NULL;
	spin_lock_bh(&q->lock);
	e = list_first_entry_or_null(&q->young, struct ctsync_entry, qlink);
	if (e && (u32)jiffies - READ_ONCE(e->asked_time) < delay)
		e = NULL;
	if (!e && !delay)
		e = list_first_entry_or_null(&q->silent, struct ctsync_entry, qlink);
	if (e)
		take_off(q, e);
	spin_unlock_bh(&q->lock);
	return e;
}

void ctsync_queue_unpop(struct ctsync_queues *qs, struct ctsync_queue *q,
			struct ctsync_entry *e, enum ctsync_queue_id id)
{
	struct ctsync_queue *from;

	local_bh_disable();
	/* it may move to another CPU before its queue is locked */
	for (;;) {
		from = qs->cpu[READ_ONCE(e->cpu)];
		lock_two(from, q);
		if (READ_ONCE(e->cpu) == from->cpu)
			break;
		unlock_two(from, q);
	}
	if (!READ_ONCE(e->ct) && id != CTSYNC_Q_DELETE) {
		/* gone meanwhile: see ctsync_queue_event */
	} else if (e->queue == CTSYNC_Q_NONE) {
		WRITE_ONCE(e->cpu, q->cpu);
		put_on(q, e, id, CTSYNC_URGENT, true);
	} else if (e->queue != CTSYNC_Q_DELETE && e->queue < id) {
		/* queued anew for less than what it was owed */
		take_off(from, e);
		WRITE_ONCE(e->cpu, q->cpu);
		put_on(q, e, id, CTSYNC_URGENT, true);
	}
	unlock_two(from, q);
	local_bh_enable();
}

bool ctsync_queue_note(struct ctsync_queue *q, u8 type,
		       const struct ctsync_note *note)
{
	struct ctsync_queued_note *n;
	bool room;

	spin_lock_bh(&q->lock);
	room = q->note_len < CTSYNC_NOTES;
	if (room) {
		n = &q->note[(q->note_head + q->note_len++) % CTSYNC_NOTES];
		n->type = type;
		n->note = *note;
		q->bytes += NOTE_BYTES;
	}
	spin_unlock_bh(&q->lock);
	return room;
}

u32 ctsync_queue_note_room(struct ctsync_queue *q)
{
	u32 room;

	spin_lock_bh(&q->lock);
	room = CTSYNC_NOTES - q->note_len;
	spin_unlock_bh(&q->lock);
	return room;
}

bool ctsync_queue_note_pop(struct ctsync_queue *q,
			   struct ctsync_queued_note *out)
{
	bool any;

	spin_lock_bh(&q->lock);
	any = q->note_len;
	if (any) {
		*out = q->note[q->note_head];
		q->note_head = (q->note_head + 1) % CTSYNC_NOTES;
		q->note_len--;
		q->bytes -= NOTE_BYTES;
	}
	spin_unlock_bh(&q->lock);
	return any;
}

bool ctsync_queue_busy(const struct ctsync_queue *q)
{
	return READ_ONCE(q->bytes) || READ_ONCE(q->len[CTSYNC_Q_UPDATE_C]) ||
	       READ_ONCE(q->later_len) || READ_ONCE(q->untold_len);
}
