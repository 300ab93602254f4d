// SPDX-License-Identifier: GPL-2.0
/* What was had of a peer's streams, told to it as a moment of its own clock. */
#include "had.h"

void ctsync_had_init(struct ctsync_had *had, u32 time)
{
	memset(had, 0, sizeof(*had));
	had->told = had->before = time;
}

void ctsync_had_lost(struct ctsync_had *had, u64 now)
{
	had->lost = now;
}

void ctsync_had_busy(struct ctsync_had *had, u64 now)
{
	if (had->lost)
		had->lost = now;
}

static bool had_all(const struct ctsync_had *had, const struct ctsync_gaps *gaps)
{
	u32 i;

	for (i = 0; i < CTSYNC_WIRE_CHANNELS; i++) {
		if (ctsync_gaps_whole(&gaps[i]) < had->next[i])
			return false;
	}
	return true;
}

static void look_at(struct ctsync_had *had, const struct ctsync_hello *h)
{
	u32 i;

	memset(had->next, 0, sizeof(had->next));
	for (i = 0; i < h->nr_streams; i++) {
		const struct ctsync_stream *s = &h->streams[i];

		if (s->dest == CTSYNC_WIRE_ALL)
			had->next[s->channel] = s->next;
	}
	had->looked_at = h->time;
}

void ctsync_had_hello(struct ctsync_had *had, const struct ctsync_gaps *gaps,
		      const struct ctsync_hello *h, u64 now)
{
	if (had->lost && now - had->lost < CTSYNC_HAD_PEACE_NS)
		return;
	had->lost = 0;
	if (had->looked_at) {
		if (!had_all(had, gaps))
			return;
		had->told = had->before;
		had->before = had->looked_at;
	}
	look_at(had, h);
}

/* Nobody has had what will be sent: a word of the future is no word. */
#define FUTURE_US 10000000u

void ctsync_had_told(struct ctsync_had_ours *ours, u32 time, u32 clock, u64 now)
{
	u32 age = clock - time;

	/* the same word once more is of the same moment, however long ago */
	if (time == ours->time)
		return;
	ours->time = time;
	if (time - clock < FUTURE_US)
		age = 0;
	ours->ns = time ? now - min(1000ull * age, now) : 0;
}
