// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: kernel/seq.c against a model that remembers every number. */
#include <stdio.h>
#include <stdlib.h>

#include "seq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what) do {						\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n",		\
				__FILE__, __LINE__, #what);		\
			abort();					\
		}							\
	} while (0)

#define RANGE 8192u	/* numbers from base on that the model knows */

static bool came[RANGE];
static u64 base, newest, model_floor;

static enum ctsync_seq_verdict model_test(u64 seq)
{
	if (seq < model_floor || seq > CTSYNC_SEQ_MAX ||
	    seq + CTSYNC_SEQ_WINDOW <= newest)
		return CTSYNC_SEQ_OLD;
	return came[seq - base] ? CTSYNC_SEQ_DUPLICATE : CTSYNC_SEQ_NEW;
}

static u64 model_lost(void)
{
	u64 lost = 0;

	for (u64 n = model_floor; n + CTSYNC_SEQ_WINDOW <= newest; n++)
		lost += !came[n - base];
	return lost;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u64 bases[] = {
		0, 1, 1000, (1ull << 32) - 2000, CTSYNC_SEQ_MAX - 4000,
	};
	struct ctsync_seq s;

	if (size < 2)
		return 0;
	memset(came, 0, sizeof(came));
	base = bases[data[0] % ARRAY_SIZE(bases)];
	model_floor = base + data[1];
	ctsync_seq_init(&s, model_floor);
	if (!model_floor)
		model_floor = 1;
	newest = model_floor - 1;

	/* three bytes: what, and how far from the newest */
	for (size_t i = 2; i + 3 <= size; i += 3) {
		u32 how = data[i], by = data[i + 1] << 8 | data[i + 2];
		u64 seq, skipped;

		if (how & 1)
			by %= 2 * CTSYNC_SEQ_WINDOW;
		else
			by %= 8;
		seq = how & 2 ? newest - by : newest + 1 + by;
		if (how & 2 && by > newest)
			seq = 0;
		if (seq >= base + RANGE)
			break;
		if (seq < base)
			seq = base;

		CHECK(ctsync_seq_test(&s, seq) == model_test(seq));
		CHECK(ctsync_seq_tail(&s, seq) ==
		      (seq > newest + 1 ? seq - newest - 1 : 0));
		/* now and then it does not pass authentication */
		if (how & 4 || model_test(seq) != CTSYNC_SEQ_NEW)
			continue;
		skipped = ctsync_seq_accept(&s, seq);
		CHECK(skipped == (seq > newest + 1 ? seq - newest - 1 : 0));
		came[seq - base] = true;
		newest = max(newest, seq);
		CHECK(s.next == newest + 1);
		CHECK(ctsync_seq_test(&s, seq) == CTSYNC_SEQ_DUPLICATE);
	}
	CHECK(s.lost == model_lost());
	return 0;
}
