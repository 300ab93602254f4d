/* SPDX-License-Identifier: GPL-2.0 */
/* Walks over tables, in a worker: adopting flows, retiring unguarded entries,
 * copying our table to a peer that joined, reaping tombstones.
 */
#ifndef CTSYNC_WALK_H
#define CTSYNC_WALK_H

#include "instance.h"

/* There is something to do: bulk.c, digest.c. Any context. */
void ctsync_walk_soon(struct ctsync_instance *inst);
/* Look for eligible flows that have no entry: at up, and after a time in which
 * events were not seen.
 */
void ctsync_walk_adopt(struct ctsync_instance *inst);

/* The worker; once a second, sooner when there is something to do. */
void ctsync_walk_work(struct work_struct *work);

/* Milliseconds since a packet of a synced flow passed here; U32_MAX when none ever
 * did. Looks at every entry. Process context, under ctsync_net_lock().
 */
u32 ctsync_walk_quiet(struct ctsync_instance *inst);

/* Clear our half of every status word of this namespace. Process context. */
void ctsync_walk_clear(struct net *net);

/* After names and numbers may have been used that nobody here remembers: go on with
 * others. Process context.
 */
void ctsync_walk_renumber(struct ctsync_instance *inst);

#endif
