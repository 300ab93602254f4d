/* SPDX-License-Identifier: GPL-2.0 */
/* What an entry has to say, written into a frame and remembered as told. Only the
 * poll of the CPU whose frame it is, under RCU.
 */
#ifndef CTSYNC_PUT_H
#define CTSYNC_PUT_H

#include "instance.h"

/* Count a message of @type that goes out. What nobody is there to hear is encoded,
 * but not sent.
 */
void ctsync_put_count(struct ctsync_instance *inst, u8 type);

/* Count a message that is in the frame now, and remember what to tell again if
 * the frame is lost.
 */
void ctsync_put_told(struct ctsync_cpu *c, u8 type,
		     const struct ctsync_note *note);

/* Write what @e, taken off @queue, has to say. Returns false when there is no
 * room. An entry whose conntrack is gone says nothing: its end is an event of
 * its own.
 */
bool ctsync_put_entry(struct ctsync_cpu *c, struct ctsync_enc *enc,
		      struct ctsync_entry *e, enum ctsync_queue_id queue);

#endif
