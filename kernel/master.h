/* SPDX-License-Identifier: GPL-2.0 */
/* Related flows: told with their masters, and joined to them. */
#ifndef CTSYNC_MASTER_H
#define CTSYNC_MASTER_H

#include "instance.h"

/* The name of the flow that expected @ct, into @f. RCU. */
void ctsync_master_get(struct ctsync_instance *inst, const struct nf_conn *ct,
		       struct ctsync_flow *f);

/* @f names a master that is here: a reference on it, for ct->master, else NULL.
 * Softirq, RCU.
 */
struct nf_conn *ctsync_master_find(struct ctsync_instance *inst,
				   const struct ctsync_flow *f);
/* @ct with entry @e was made from @f: what expected it is fulfilled; if its master
 * is not here, wait for it and ask @p. Softirq, RCU.
 */
void ctsync_master_made(struct ctsync_instance *inst, struct ctsync_peer *p,
			struct ctsync_entry *e, struct nf_conn *ct,
			const struct ctsync_flow *f);
/* The flow (@origin, @id) is here now: join what waited for it. Softirq, RCU. */
void ctsync_master_arrived(struct ctsync_instance *inst, u8 origin, u64 id);
/* Forget what waited too long, or with @all everything. */
void ctsync_master_reap(struct ctsync_instance *inst, bool all);

#endif
