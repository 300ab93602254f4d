/* SPDX-License-Identifier: GPL-2.0 */
/* What a peer says about flows, put into this node's conntrack. */
#ifndef CTSYNC_INJECT_H
#define CTSYNC_INJECT_H

#include "instance.h"

/* INSERT, UPDATE or UPDATE_C of peer @p. Softirq, RCU. Everything that is
 * refused is counted and, where the peer waits, answered.
 */
void ctsync_inject_flow(struct ctsync_instance *inst, struct ctsync_peer *p,
			u8 type, const struct ctsync_flow *f);
/* DELETE or FORGET. */
void ctsync_inject_end(struct ctsync_instance *inst, struct ctsync_peer *p,
		       u8 type, const struct ctsync_note *note);
/* INACK{ADOPT}: our flow lives on under the id that the note names. */
void ctsync_inject_adopt_id(struct ctsync_instance *inst,
			    struct ctsync_entry *e,
			    const struct ctsync_note *note);

/* Answer @p's message with INACK if it asked for acknowledgement, and in any case
 * when it names another flow (@winner: that flow's entry here, or NULL).
 */
void ctsync_inject_answer(struct ctsync_instance *inst, struct ctsync_peer *p,
			  const struct ctsync_flow *f,
			  enum ctsync_inack_reason reason,
			  const struct ctsync_entry *winner);
/* Delete a conntrack here, its DESTROY event being no news. @e may be NULL. The
 * caller has a reference on @ct and no lock.
 */
void ctsync_inject_delete(struct ctsync_instance *inst, struct ctsync_entry *e,
			  struct nf_conn *ct, u8 reason);

#endif
