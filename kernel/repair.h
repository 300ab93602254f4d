/* SPDX-License-Identifier: GPL-2.0 */
/* Repair: asking for what was lost, and telling again what others lost. */
#ifndef CTSYNC_REPAIR_H
#define CTSYNC_REPAIR_H

#include "instance.h"

/* Frame @seq of the stream to all of @channel came and is new. p->lock held,
 * softirq.
 */
void ctsync_repair_frame(struct ctsync_instance *inst, struct ctsync_peer *p,
			 u8 channel, u64 seq, u64 now);
/* What @p says that it has sent to all, and had of us. p->lock held, softirq. */
void ctsync_repair_hello(struct ctsync_instance *inst, struct ctsync_peer *p,
			 const struct ctsync_hello *h, u64 now);

/* Part of the poll: ask for what is due. */
void ctsync_repair_poll(struct ctsync_cpu *c);

/* @p missed frames of ours: tell again what was in them. Softirq, RCU. */
void ctsync_repair_answer(struct ctsync_instance *inst, struct ctsync_peer *p,
			  const struct ctsync_nack *m);
/* @p told again what was in frames that we missed. Softirq. */
void ctsync_repair_answered(struct ctsync_instance *inst, struct ctsync_peer *p,
			    const struct ctsync_nack *m);

#endif
