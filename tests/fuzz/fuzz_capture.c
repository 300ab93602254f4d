// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: a file through `ctsync decode`: the capture, link, network and UDP
 * headers, and every frame in it. Whatever it is, it ends, and prints lines.
 */
#include <stdint.h>
#include <stdio.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct decode d = { .n_keys = 1, .keys[0] = { .id = 1 } };
	FILE *in;

	if (!out)
		out = fopen("/dev/null", "w");
	if (!out || !size)
		return 0;
	for (int i = 0; i < KEY_BYTES; i++)
		d.keys[0].bytes[i] = (uint8_t)(0x80 + i);
	in = fmemopen((void *)data, size, "r");
	if (!in)
		return 0;
	d.out = out;
	decode_capture(&d, in);
	fclose(in);
	return 0;
}
