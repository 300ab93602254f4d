/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of a flow, the mark and the state of SCTP or DCCP: of two writes every
 * node takes the same.
 */
#ifndef CTSYNC_REGISTER_H
#define CTSYNC_REGISTER_H

#include "pure.h"

struct ctsync_write {
	u32 clock;	/* Lamport counter, one more for each change; 0: never written */
	u8 node;	/* who wrote; never 0 with a clock */
	u64 value;
	u64 more;	/* of a value that needs it */
};

/* Does @w replace @present? The higher (clock, node) does. A node whose copy was evicted
 * may use a clock a second time: then the larger value. A write never replaces itself.
 */
bool ctsync_write_wins(const struct ctsync_write *w,
		       const struct ctsync_write *present);

#endif
