/* SPDX-License-Identifier: GPL-2.0 */
/* Deadlines of commands that wait. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds of a clock that nobody sets. */
static inline uint64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

/* Milliseconds until @deadline, rounded up, at most @most. */
static inline int clock_ms_left(uint64_t deadline, int most)
{
	uint64_t now = clock_us(), ms = now < deadline ? (deadline - now + 999) / 1000 : 0;

	return ms < (uint64_t)most ? (int)ms : most;
}

#endif
