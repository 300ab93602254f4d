/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence numbers of one stream: replay window, floor, and what is missing.
 *
 * A stream is (node, epoch, destination, channel); its frames are numbered
 * from 1. The window moves only after the frame was authenticated: test first,
 * then accept.
 */
#ifndef CTSYNC_SEQ_H
#define CTSYNC_SEQ_H

#include "pure.h"

#define CTSYNC_SEQ_WINDOW	1024	/* frames behind the newest that may still come */
#define CTSYNC_SEQ_MAX		((1ull << 48) - 1)

struct ctsync_seq {
	u64 next;	/* one past the newest accepted */
	u64 floor;	/* nothing below is accepted */
	u64 lost;	/* numbers that left the window without having come */
	u64 seen[CTSYNC_SEQ_WINDOW / 64]; /* bit n % WINDOW: number n came */
};

enum ctsync_seq_verdict {
	CTSYNC_SEQ_NEW,		/* not seen, may be accepted */
	CTSYNC_SEQ_DUPLICATE,
	CTSYNC_SEQ_OLD,		/* below the window or the floor, or not a number */
};

/* Start, or start anew, with @floor as the first number that is accepted. */
void ctsync_seq_init(struct ctsync_seq *s, u64 floor);
enum ctsync_seq_verdict ctsync_seq_test(const struct ctsync_seq *s, u64 seq);
/* Take @seq, for which test said NEW. Returns how many numbers were skipped
 * between the newest so far and @seq (0: in order, or it filled a gap).
 */
u64 ctsync_seq_accept(struct ctsync_seq *s, u64 seq);
/* What is missing of the @count numbers from @first on, and below @end, is lost and
 * was told again: from now on it counts as seen. Returns how many that were.
 */
u32 ctsync_seq_close(struct ctsync_seq *s, u64 first, u32 count, u64 end);
/* The peer said that @next is its next number: how many of ours are missing at
 * the tail?
 */
u64 ctsync_seq_tail(const struct ctsync_seq *s, u64 next);

#endif
