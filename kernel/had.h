/* SPDX-License-Identifier: GPL-2.0 */
/* What was had of a peer's streams, told to it as a moment of its own clock: all that
 * it had sent to all before that. Until then it remembers what has ended.
 *
 * A HELLO names the next number of each stream. When all below was had, or told again,
 * a later HELLO is looked at, and when that is had too, the first one's time is told:
 * what was told again for the first is in what the second names.
 */
#ifndef CTSYNC_HAD_H
#define CTSYNC_HAD_H

#include "repair_fsm.h"
#include "wire.h"

/* After a loss beyond repair tables are compared, twice; until then nothing is told. */
#define CTSYNC_HAD_PEACE_NS	30000000000ull

struct ctsync_had {
	u64 next[CTSYNC_WIRE_CHANNELS];	/* as the HELLO named them that is looked at */
	u32 looked_at;			/* its time; 0: none is */
	u32 before;			/* that of the one before, of which all was had */
	u32 told;			/* what to tell */
	u64 lost;			/* when something was lost beyond repair; 0: not lately */
};

/* Begin with the HELLO of @time that proved the peer's epoch: nothing that was sent
 * before is waited for.
 */
void ctsync_had_init(struct ctsync_had *had, u32 time);
/* Something of the peer was lost beyond repair. @now: nanoseconds, not 0 */
void ctsync_had_lost(struct ctsync_had *had, u64 now);
/* What had to be compared for that is still being told. */
void ctsync_had_busy(struct ctsync_had *had, u64 now);

/* HELLO @h came, and @gaps, one for each channel of the streams to all, know of it.
 * Sets what is to be told.
 */
void ctsync_had_hello(struct ctsync_had *had, const struct ctsync_gaps *gaps,
		      const struct ctsync_hello *h, u64 now);

/* ---- who sent it ---- */

/* What a peer has had of us, as it tells. All zero: it does not. */
struct ctsync_had_ours {
	u32 time;	/* its last word */
	u64 ns;		/* the moment that this means, our clock; 0: not told */
};

/* A HELLO tells @time of our HELLOs' clock, in which it is @clock now, @now in
 * nanoseconds. 0: its sender does not know of this.
 */
void ctsync_had_told(struct ctsync_had_ours *ours, u32 time, u32 clock, u64 now);

#endif
