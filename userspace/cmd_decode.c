// SPDX-License-Identifier: GPL-2.0
/* ctsync decode: print the frames in a capture. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "decode.h"
#include "say.h"

static int read_keys(int *argc, char ***argv, struct decode *d)
{
	int ret = EXIT_DONE;

	for (; !ret && *argc > 1 && !strcmp(**argv, "key"); *argc -= 2, *argv += 2) {
		if (d->n_keys == DECODE_KEYS)
			return wrong("decode: at most %d keys", DECODE_KEYS);
		ret = keyfile_read((*argv)[1], &d->keys[d->n_keys++]);
	}
	return ret;
}

static int decode_file(struct decode *d, const char *path)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	const char *wrong;

	if (!in)
		return refused("%s: %s", path, strerror(errno));
	wrong = decode_capture(d, in);
	if (in != stdin)
		fclose(in);
	if (wrong)
		return refused("%s: %s", path, wrong);
	if (d->frames > d->opened)
		warning("%lu of %lu frames could not be read", d->frames - d->opened, d->frames);
	else if (!d->frames)
		warning("none of %lu packets is a frame of ctsync", d->packets);
	return EXIT_DONE;
}

int cmd_decode(int argc, char **argv)
{
	struct decode d = { .out = stdout };
	int ret;

	if (sodium_init() < 0)
		return refused("libsodium does not start");
	ret = read_keys(&argc, &argv, &d);
	if (!ret && argc != 1)
		ret = wrong("decode: %s, expected [key FILE]... CAPTURE",
			    argc ? "too many words" : "the name of a capture is missing");
	if (!ret)
		ret = decode_file(&d, argv[0]);
	explicit_bzero(&d, sizeof(d));
	return ret;
}
