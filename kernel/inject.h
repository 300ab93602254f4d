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

#endif
