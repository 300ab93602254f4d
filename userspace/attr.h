/* SPDX-License-Identifier: GPL-2.0 */
/* An attribute of a request, before it is netlink. */
#ifndef ATTR_H
#define ATTR_H

#include <stddef.h>
#include <stdint.h>

#include "parse.h"

enum attr_kind { ATTR_FLAG, ATTR_U8, ATTR_U16, ATTR_U32, ATTR_U64, ATTR_ADDRESS, ATTR_STRING, ATTR_KEY, ATTR_NEST };

struct attr {
	uint16_t type;			/* CTSYNC_A_* */
	enum attr_kind kind;
	uint32_t number;		/* U8, U16, U32 */
	uint64_t wide;			/* U64 */
	struct address address;
	const char *string;		/* not copied */
	uint8_t key[32];		/* a secret: wipe the list */
	const struct attr *nest;	/* of n_nest, not copied */
	size_t n_nest;
};

/* For those who fill a fixed array. */
struct attr_list {
	struct attr attrs[96];
	size_t n;
};

#endif
