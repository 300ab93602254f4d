// SPDX-License-Identifier: GPL-2.0
/* Sequence numbers of one stream: replay window, floor, and what is missing. */
#include "seq.h"

static u64 bit(u64 n)
{
	return 1ull << (n % 64);
}

static u64 *word(struct ctsync_seq *s, u64 n)
{
	return &s->seen[n % CTSYNC_SEQ_WINDOW / 64];
}

void ctsync_seq_init(struct ctsync_seq *s, u64 floor)
{
	/* numbers start at 1; those below the floor are not missed when they
	 * leave the window: they count as seen
	 */
	s->floor = floor ? floor : 1;
	s->next = s->floor;
	s->lost = 0;
	memset(s->seen, 0xff, sizeof(s->seen));
}

enum ctsync_seq_verdict ctsync_seq_test(const struct ctsync_seq *s, u64 seq)
{
	if (seq < s->floor || seq > CTSYNC_SEQ_MAX)
		return CTSYNC_SEQ_OLD;
	if (seq >= s->next)
		return CTSYNC_SEQ_NEW;
	if (s->next - seq > CTSYNC_SEQ_WINDOW)
		return CTSYNC_SEQ_OLD;
	if (s->seen[seq % CTSYNC_SEQ_WINDOW / 64] & bit(seq))
		return CTSYNC_SEQ_DUPLICATE;
	return CTSYNC_SEQ_NEW;
}

u64 ctsync_seq_accept(struct ctsync_seq *s, u64 seq)
{
	u64 skipped, n;

	if (seq < s->next) {
		*word(s, seq) |= bit(seq);
		return 0;
	}

	/* each number that enters pushes out the one WINDOW below it, which
	 * has the same bit
	 */
	skipped = seq - s->next;
	for (n = s->next; n <= seq && n - s->next < CTSYNC_SEQ_WINDOW; n++) {
		if (!(*word(s, n) & bit(n)))
			s->lost++;
		*word(s, n) &= ~bit(n);
	}
	/* a jump over more than the window pushes out what never was in it */
	if (skipped >= CTSYNC_SEQ_WINDOW)
		s->lost += skipped - CTSYNC_SEQ_WINDOW + 1;
	*word(s, seq) |= bit(seq);
	s->next = seq + 1;
	return skipped;
}

u32 ctsync_seq_close(struct ctsync_seq *s, u64 first, u32 count, u64 end)
{
	u64 n = first;
	u32 closed = 0;

	if (first + count < end)
		end = first + count;
	if (s->next > CTSYNC_SEQ_WINDOW && n < s->next - CTSYNC_SEQ_WINDOW)
		n = s->next - CTSYNC_SEQ_WINDOW;
	for (; n < end; n++) {
		if (ctsync_seq_test(s, n) != CTSYNC_SEQ_NEW)
			continue;
		ctsync_seq_accept(s, n);
		closed++;
	}
	s->lost += closed;
	return closed;
}

u64 ctsync_seq_tail(const struct ctsync_seq *s, u64 next)
{
	return next > s->next ? next - s->next : 0;
}
