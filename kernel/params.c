// SPDX-License-Identifier: GPL-2.0
/* The table of parameters, made from the list in params.h. */
#include "params.h"

#include <linux/stddef.h>
#include <linux/ctsync.h>

const struct ctsync_param_info ctsync_param_table[] = {
#define X(field, NAME, word, unit, def, lo, hi, live) \
	[CTSYNC_PARAM_##NAME] = { word, unit, def, lo, hi, CTSYNC_A_##NAME, \
		offsetof(struct ctsync_params, field), live },
	CTSYNC_PARAMS(X)
#undef X
};

void ctsync_params_init(struct ctsync_params *p)
{
	unsigned int i;

	for (i = 0; i < CTSYNC_PARAM_MAX; i++)
		*ctsync_param(p, i) = ctsync_param_table[i].def;
}
