/* SPDX-License-Identifier: GPL-2.0 */
/* Flows that peers are told of only once they lived for a while: sync-delay.
 *
 * A new flow waits on its CPU's queue as YOUNG. One that ends there was never told, nor
 * is its end. What shows that its path may be split tells it at once: a peer's question
 * (CTSYNC_URGENT does), or a packet that comes again because no answer passed here.
 * When it is older than sync-delay, it is told if it lives: a connection that is open and
 * was answered. Of others it is not known whether they live; they become SILENT, and
 * their next packet tells them.
 */
#ifndef CTSYNC_YOUNG_H
#define CTSYNC_YOUNG_H

#include "instance.h"

/* Is this packet of direction @dir a reason to tell @e, which is young or silent, at once?
 * BH off; takes no lock.
 */
bool ctsync_young_tells(const struct ctsync_instance *inst, const struct ctsync_entry *e,
			const struct nf_conn *ct, int dir);

/* Look after those of @c that have grown old, if not all, return true. Only from the
 * poll.
 */
bool ctsync_young_poll(struct ctsync_cpu *c);

#endif
