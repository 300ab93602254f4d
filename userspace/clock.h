/* SPDX-License-Identifier: GPL-2.0 */
/* Deadlines of commands that wait. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Microseconds of a clock that nobody sets. */
uint64_t clock_us(void);

void clock_sleep_ms(int ms);

/* Milliseconds until @deadline, rounded up, at most @most. */
static inline int clock_ms_left(uint64_t deadline, int most)
{
	uint64_t now = clock_us(), ms = now < deadline ? (deadline - now + 999) / 1000 : 0;

	return ms < (uint64_t)most ? (int)ms : most;
}

#endif
