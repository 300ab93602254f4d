/* SPDX-License-Identifier: GPL-2.0 */
/* Counters and the time when a flow began: conntrack's, in the wire's words. */
#ifndef CTSYNC_COUNTS_H
#define CTSYNC_COUNTS_H

#include "wire.h"

#include <net/netfilter/nf_conntrack.h>

/* Room for them in the unconfirmed @ct, where the kernel keeps any; it begins now. */
void ctsync_counts_add(struct nf_conn *ct);
/* Does the kernel keep any of @ct? */
bool ctsync_counts_any(const struct nf_conn *ct);
void ctsync_counts_get(const struct nf_conn *ct, struct ctsync_counts *c);
/* What is told joins what is here: the larger number, the earlier time. So it does
 * not matter how often, or in which order, it is told.
 */
void ctsync_counts_join(struct nf_conn *ct, const struct ctsync_counts *c);

#endif
