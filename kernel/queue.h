/* SPDX-License-Identifier: GPL-2.0 */
/* Per-CPU queues of entries, one per message type, and the ring of notes.
 *
 * An entry is on at most one queue of one CPU. Whoever wants to move it locks
 * the queue it is on and looks again whether it is still there. What refers to
 * no entry, or to a peer (negative acknowledgements, requests), goes into a
 * bounded ring of ready notes.
 */
#ifndef CTSYNC_QUEUE_H
#define CTSYNC_QUEUE_H

#include "entry.h"
#include "qstate.h"
#include "wire.h"

#define CTSYNC_NOTES 512

struct ctsync_queued_note {
	u8 type;
	struct ctsync_note note;
};

struct ctsync_queue {
	spinlock_t lock;	/* everything below, and E's fields marked Q */
	struct list_head list[CTSYNC_Q_NONE];	/* urgent */
	struct list_head lazy[CTSYNC_Q_NONE];	/* for a full frame or flush-interval */
	struct list_head later;	/* UPDATE_C of entries told less than update-interval ago */
	struct list_head young;	/* INSERT of entries younger than sync-delay, oldest first */
	struct list_head silent; /* INSERT of entries of which nothing is worth telling */
	u32 len[CTSYNC_Q_NONE];	/* list and lazy */
	u32 later_len;
	u32 untold_len;		/* young and silent */
	u32 bytes;		/* what lists and notes fill, about; lazy updates left out */
	u16 cpu;
	u16 note_head;
	u16 note_len;
	struct ctsync_queued_note note[CTSYNC_NOTES];
} ____cacheline_aligned_in_smp;

struct ctsync_queues {
	struct ctsync_queue *cpu[CTSYNC_WIRE_CHANNELS];
};

void ctsync_queue_init(struct ctsync_queue *q, u16 cpu);

enum ctsync_urgency {
	CTSYNC_SILENT,	/* not before something urgent happens to it: nobody was told of it */
	CTSYNC_YOUNG,	/* likewise, or until young.c finds it old enough */
	CTSYNC_LATER,	/* not before update-interval after its last message */
	CTSYNC_LAZY,	/* with the next full frame or flush-interval */
	CTSYNC_URGENT,	/* when this receive batch is done */
};

/* Does @e wait to be told for the first time until that is worth it? Read without a
 * lock, and of no harm when it is not so any more.
 */
static inline bool ctsync_queue_untold(const struct ctsync_entry *e)
{
	return READ_ONCE(e->queue) == CTSYNC_Q_INSERT &&
	       READ_ONCE(e->pace) <= CTSYNC_YOUNG &&
	       !(READ_ONCE(e->flags) & CTSYNC_E_ANNOUNCED);
}

/* Apply @event to @e; what is urgent or on no queue goes to @cpu, the caller's
 * own. BH off. Returns the bytes that wait on @cpu now (later list left out).
 */
u32 ctsync_queue_event(struct ctsync_queues *qs, u16 cpu,
		       struct ctsync_entry *e, enum ctsync_qevent event,
		       enum ctsync_urgency urgency);

/* Take the first entry of the queue @id off it (e->queue becomes NONE), or
 * NULL: urgent ones, and if @all, lazy ones, and of the later list those whose
 * time has come (@interval in jiffies).
 */
struct ctsync_entry *ctsync_queue_pop(struct ctsync_queue *q,
				      enum ctsync_queue_id id, bool all,
				      u32 interval);
/* Take off the first entry that came to be @delay jiffies ago and is still young, or
 * NULL; if @delay is 0, a silent one too.
 */
struct ctsync_entry *ctsync_queue_pop_untold(struct ctsync_queue *q, u32 delay);
/* Put back what did not fit; at the head, unless an event queued it since. */
void ctsync_queue_unpop(struct ctsync_queues *qs, struct ctsync_queue *q,
			struct ctsync_entry *e, enum ctsync_queue_id id);

/* Notes of one CPU. add returns false when the ring is full. */
bool ctsync_queue_note(struct ctsync_queue *q, u8 type,
		       const struct ctsync_note *note);
/* How many more notes it would take. */
u32 ctsync_queue_note_room(struct ctsync_queue *q);
bool ctsync_queue_note_pop(struct ctsync_queue *q,
			   struct ctsync_queued_note *out);

/* Does anything wait? */
bool ctsync_queue_busy(const struct ctsync_queue *q);

#endif
