// SPDX-License-Identifier: GPL-2.0
/* The clock of commands that wait; tests have another one. */
#include "clock.h"

#include <time.h>

uint64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}
