/* Messages that are well-formed and say what no honest peer would. */
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_HOSTILE_H
#define TESTS_TOOLS_HOSTILE_H

#include "member.h"

/* Put one message of @type (0: any) into the frame; false: it has no room. */
bool hostile_put(struct member *m, struct ctsync_enc *enc, uint8_t type);
/* A HELLO of our own epoch that lies about everything, in a frame of its own. */
void hostile_hello(struct member *m);
/* Change bytes, cut, insert, splice with @other: never the same as before.
 * Returns the new length, at most @size.
 */
uint32_t hostile_mutate(struct rnd *r, uint8_t *bytes, uint32_t len, uint32_t size,
			const uint8_t *other, uint32_t other_len);

#endif
