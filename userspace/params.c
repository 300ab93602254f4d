// SPDX-License-Identifier: GPL-2.0
/* The kernel's list of parameters, as known when the tool was built. */
#include "params.h"

#include <inttypes.h>
#include <linux/ctsync.h>
#include <stdio.h>
#include <string.h>

#include "params_list.h"
#include "parse.h"

const struct param_limits params[] = {
#define X(field, NAME, word, unit, def, min, max, live) \
	{ word, unit, CTSYNC_A_##NAME, def, min, max, live },
	CTSYNC_PARAMS(X)
#undef X
};
const size_t n_params = sizeof(params) / sizeof(params[0]);

const struct param_limits *param_by_attr(uint16_t attr)
{
	for (size_t i = 0; i < n_params; i++)
		if (params[i].attr == attr)
			return &params[i];
	return NULL;
}

const char *param_text(const char *unit, uint32_t value, char *buf)
{
	if (!strcmp(unit, "us"))
		return duration_text(value, buf);
	if (!strcmp(unit, "mask")) {
		snprintf(buf, PARAM_TEXT, "0x%" PRIx32, value);
	} else if (strchr(unit, '|')) {
		for (; value && strchr(unit, '|'); value--)
			unit = strchr(unit, '|') + 1;
		snprintf(buf, PARAM_TEXT, "%.*s", value ? 1 : (int)strcspn(unit, "|"),
			 value ? "?" : unit);
	} else {
		snprintf(buf, PARAM_TEXT, "%" PRIu32, value);
	}
	return buf;
}
