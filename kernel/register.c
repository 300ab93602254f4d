// SPDX-License-Identifier: GPL-2.0
/* Which of two writes to a register of a flow is taken. */
#include "register.h"

bool ctsync_write_wins(const struct ctsync_write *w,
		       const struct ctsync_write *present)
{
	if (w->clock != present->clock)
		return w->clock > present->clock;
	if (w->node != present->node)
		return w->node > present->node;
	if (!w->clock)
		return false;
	if (w->value != present->value)
		return w->value > present->value;
	return w->more > present->more;
}
