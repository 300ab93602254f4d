/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence numbers that a helper shifted: what two nodes know of them, joined. */
#ifndef CTSYNC_ADJUST_H
#define CTSYNC_ADJUST_H

#include "pure.h"
#include "wire.h"

/* Join @told into @known: in each direction the later change stays, so order and
 * repetition do not matter. Returns true when @known changed.
 */
bool ctsync_adjust_join(struct ctsync_adjust *known,
			const struct ctsync_adjust *told);

#endif
