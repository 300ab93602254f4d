/* SPDX-License-Identifier: GPL-2.0 */
/* Bulk: our whole table for a peer that joins, or that wants it. */
#ifndef CTSYNC_BULK_H
#define CTSYNC_BULK_H

#include "instance.h"

/* Something happened that begins, breaks or resumes a copy of our table to @p.
 * p->lock held.
 */
void ctsync_bulk_start(struct ctsync_instance *inst, struct ctsync_peer *p,
		       enum ctsync_bulk_event event);
/* An operator wants tables copied to and from @p. Process context. */
void ctsync_bulk_resync(struct ctsync_instance *inst, struct ctsync_peer *p);
/* @p says where its copy to us is, or acknowledges ours. Softirq. */
void ctsync_bulk_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			 u8 type, const struct ctsync_bulk_msg *m);

/* Part of the worker: one step for each peer. True when there is more. */
bool ctsync_bulk_work(struct ctsync_instance *inst);

#endif
