/* SPDX-License-Identifier: GPL-2.0 */
/* Frames of a capture as lines of text, opened with the keys at hand. */
#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <stdio.h>

#include "keyfile.h"

#define DECODE_KEYS 8

struct decode {
	FILE *out;
	struct key keys[DECODE_KEYS];
	size_t n_keys;
	unsigned long packets, frames, opened;	/* met so far */
};

/* Print every frame in the capture @in to @d->out: a line for each, and an
 * indented one for each message. NULL, or what is wrong with the capture: what
 * came before that was printed.
 */
const char *decode_capture(struct decode *d, FILE *in);

#endif
