// SPDX-License-Identifier: GPL-2.0
/* Sequence numbers that a helper shifted: a change tells its place in the stream,
 * and includes all before it, so the later one is the whole truth.
 */
#include "adjust.h"

bool ctsync_adjust_join(struct ctsync_adjust *known,
			const struct ctsync_adjust *told)
{
	bool changed = false;
	int d;

	if (!told->present)
		return false;
	for (d = 0; d < 2; d++) {
		bool any = known->present &&
			   (known->dir[d].before || known->dir[d].after);

		if (!told->dir[d].before && !told->dir[d].after)
			continue;
		if (any && !ctsync_after(told->dir[d].pos, known->dir[d].pos))
			continue;
		known->dir[d] = told->dir[d];
		changed = true;
	}
	known->present |= changed;
	return changed;
}
