/* Random numbers from one seed (splitmix64), the same on every machine. */
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_RAND_H
#define TESTS_TOOLS_RAND_H

#include <stddef.h>
#include <stdint.h>

struct rnd {
	uint64_t state;
};

static inline uint64_t rnd64(struct rnd *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0 to n - 1 */
static inline uint32_t rnd_below(struct rnd *r, uint32_t n)
{
	return (uint32_t)((rnd64(r) >> 32) * n >> 32);
}

/* Of so many times, once. */
static inline int rnd_one_in(struct rnd *r, uint32_t n)
{
	return !rnd_below(r, n);
}

/* A number of so many bits, most often where something may go wrong: at its ends, at
 * the middle, at powers of two, small.
 */
static inline uint64_t rnd_edge(struct rnd *r, unsigned int bits)
{
	uint64_t all = bits == 64 ? UINT64_MAX : (1ULL << bits) - 1;

	switch (rnd_below(r, 8)) {
	case 0: return 0;
	case 1: return all;
	case 2: return all - rnd_below(r, 3);
	case 3: return (all >> 1) + rnd_below(r, 3);
	case 4: return (1ULL << rnd_below(r, bits)) & all;
	case 5: return rnd_below(r, 20) & all;
	default: return rnd64(r) & all;
	}
}

static inline void rnd_bytes(struct rnd *r, void *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)rnd64(r);
}

#endif
