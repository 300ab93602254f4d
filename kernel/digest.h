/* SPDX-License-Identifier: GPL-2.0 */
/* Comparing tables: digests of ours, differences to a peer's, telling what
 * differs.
 */
#ifndef CTSYNC_DIGEST_H
#define CTSYNC_DIGEST_H

#include "instance.h"

/* A digest of @p came. Softirq. */
void ctsync_digest_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_digest_msg *m);
/* Part of the worker. True when there is more to do soon. */
bool ctsync_digest_work(struct ctsync_instance *inst);

#endif
