/* SPDX-License-Identifier: GPL-2.0 */
/* Flows that helpers expect: told to peers, and made and ended on a peer's word. */
#ifndef CTSYNC_EXPECT_H
#define CTSYNC_EXPECT_H

#include "instance.h"

struct nf_exp_event;

/* An expectation was made or ended here; conntrack holds its lock over all
 * expectations, so this only queues. RCU.
 */
void ctsync_expect_event(struct ctsync_instance *inst, unsigned int events,
			 const struct nf_exp_event *item);

/* ---- sending: only the poll ---- */

/* Bytes that the expectations of @ct fill, section heads included: of all, or of
 * the newest few that a packet may wait for. RCU.
 */
u32 ctsync_expect_bytes(const struct nf_conn *ct, bool all);
/* Write the expectations of @ct, whose entry is @e, the newest first, as far as
 * there is room. Returns how many. e->lock held; RCU.
 */
u32 ctsync_expect_put(struct ctsync_instance *inst, struct ctsync_enc *enc,
		      const struct ctsync_entry *e, const struct nf_conn *ct);
/* Write ends that wait. Returns false when there was no room for all. RCU. */
bool ctsync_expect_put_ends(struct ctsync_cpu *c, struct ctsync_enc *enc);

/* The end that was told from @pos of the ring was lost: it is told again, if it is still
 * there. Softirq.
 */
void ctsync_expect_end_again(struct ctsync_instance *inst, u32 pos);

/* ---- receiving ---- */

/* EXPECT_NEW or EXPECT_DEL of @p. Softirq, RCU. */
void ctsync_expect_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			   u8 type, const struct ctsync_expect *exp);

/* @ct, which has a master, was made on a peer's word: what would have made it related
 * here is fulfilled. Softirq, RCU.
 */
void ctsync_expect_fulfil(const struct nf_conn *ct);

#endif
