/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's list of parameters, as known when the tool was built: for files
 * that are checked where no module is loaded.
 */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct param_limits {
	const char *name;
	const char *unit;	/* "us", "bytes", "mask", or choices: "off|on" */
	uint16_t attr;		/* CTSYNC_A_* */
	uint32_t def, min, max;
	bool live;		/* may change while up */
};

extern const struct param_limits params[];
extern const size_t n_params;

/* Of the parameter that attribute @attr sets; NULL when it sets none. */
const struct param_limits *param_by_attr(uint16_t attr);

/* @value as the words of up want it; @buf holds PARAM_TEXT bytes, is returned. */
#define PARAM_TEXT 48
const char *param_text(const char *unit, uint32_t value, char *buf);

#endif
