/* SPDX-License-Identifier: GPL-2.0 */
/* The few words that the pure floor needs, from the kernel or from user space.
 *
 * A pure file includes this header and other pure headers, nothing else: no
 * lock, no skb, no conntrack, no clock. So the very same object code runs in
 * the module, in unit tests, in fuzzers and in simulators.
 */
#ifndef CTSYNC_PURE_H
#define CTSYNC_PURE_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* as the kernel's: the message may be left out */
#undef static_assert
#define static_assert(expr, ...) pure_static_assert(expr, ##__VA_ARGS__, #expr)
#define pure_static_assert(expr, text, ...) _Static_assert(expr, text)
#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif

#endif

/* A decision of a state table: simulations count which they met. */
#ifndef CTSYNC_CELL
#define CTSYNC_CELL(table, row, column) ((void)0)
#endif

/* Serial arithmetic (RFC 1982) on 32-bit numbers: is @a later than @b? */
static inline bool ctsync_after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static inline u32 ctsync_later(u32 a, u32 b)
{
	return ctsync_after(a, b) ? a : b;
}

#endif
