/* SPDX-License-Identifier: GPL-2.0 */
/* One message of a frame as one line of text. */
#ifndef DECODE_TEXT_H
#define DECODE_TEXT_H

#include <stdio.h>

#include "wire.h"

/* Print message @i (< sec->count) of a section whose type is known. */
void decode_text_message(FILE *out, const struct ctsync_section *sec, u32 i);

#endif
