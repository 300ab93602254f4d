/* SPDX-License-Identifier: GPL-2.0 */
/* Key files: read with care, made anew. docs/ctsync.8, KEY FILES, has the format. */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <stdint.h>

#define KEY_BYTES 32

struct key {
	uint8_t id;	/* 1 to 255 */
	uint8_t bytes[KEY_BYTES];
};

/* Read the key in @path. EXIT_DONE; EXIT_REFUSED after a sentence on stderr,
 * with @key wiped: it is no regular file, others than its owner may use it, its
 * owner is neither root nor the caller, or there is no key in it.
 */
int keyfile_read(const char *path, struct key *key);

/* Draw a key for @id and write its file: a new one at @path, for its owner
 * alone, or to standard output when @path is NULL.
 */
int keyfile_new(const char *path, uint8_t id);

void key_wipe(struct key *key);

#endif
