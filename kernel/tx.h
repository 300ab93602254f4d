/* SPDX-License-Identifier: GPL-2.0 */
/* When and how queued entries become frames. */
#ifndef CTSYNC_TX_H
#define CTSYNC_TX_H

#include "instance.h"

/* Queue @event for @e and see to it that it is flushed in time. Any context
 * except hard interrupt; e->lock may be held.
 */
void ctsync_tx_event(struct ctsync_instance *inst, struct ctsync_entry *e,
		     enum ctsync_qevent event, enum ctsync_urgency urgency);

/* Tell what is true of @e now, as a copy, which no packet caused: but if its next
 * message asks for acknowledgement, that will do. @event as above. e->lock must not
 * be held.
 */
void ctsync_tx_copy(struct ctsync_instance *inst, struct ctsync_entry *e,
		    enum ctsync_qevent event, enum ctsync_urgency urgency);
/* The same for a peer who asked, at once. */
void ctsync_tx_answer(struct ctsync_instance *inst, struct ctsync_entry *e,
		      enum ctsync_qevent event);

/* Queue a note; always urgent. Counted when there is no room. */
void ctsync_tx_note(struct ctsync_instance *inst, u8 type,
		    const struct ctsync_note *note);

/* What is no entry's waits: send it within flush-interval. Likewise. */
void ctsync_tx_lazy(struct ctsync_instance *inst);

/* The same for a message packed already (wire.h, pack). @to: CTSYNC_WIRE_ALL, or a
 * node, which then has it in a frame of its own that is not repaired when lost.
 */
void ctsync_tx_mail(struct ctsync_instance *inst, u8 to, u8 type,
		    const u8 *msg, u32 len);

/* Run this CPU's poll when the receive batch now running is done, with the
 * CTSYNC_TODO_ bit set. Any context except hard interrupt.
 */
void ctsync_tx_kick(struct ctsync_instance *inst, int todo);

/* Body of the poll: send frames of this CPU. Returns true when the budget of
 * frames was used up and more waits.
 */
bool ctsync_tx_flush(struct ctsync_cpu *c);

/* Send one HELLO to @p in a frame of its own, filled up to @fill bytes unless that is
 * 0; only from the poll, under RCU.
 */
void ctsync_tx_hello(struct ctsync_cpu *c, struct ctsync_peer *p,
		     struct ctsync_hello *hello, unsigned int fill);

/* This node's next sequence number on each stream that @node listens to; 0: one
 * whose number is not known.
 */
u8 ctsync_tx_streams(struct ctsync_instance *inst, u8 node,
		     struct ctsync_stream *out);

/* Recompute the size of frames from the path MTU to all peers, and from what they tell
 * that reaches them. BH off or process context, under RCU.
 */
void ctsync_tx_frame_size(struct ctsync_instance *inst);

#endif
