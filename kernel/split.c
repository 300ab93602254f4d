// SPDX-License-Identifier: GPL-2.0
/* Is a flow's path split over nodes? Judged by the order of local packets and
 * remote updates.
 *
 * What happens on each path (A and B are nodes, O and R the directions):
 *
 * All on A. A hears nothing, B sees no packet: neither is ever split.
 *
 * O on A, R on B. The SYN's INSERT comes to B, then the SYN-ACK is B's first
 * local packet: BEGAN at B. B's update comes to A, whose SYN was just now, or
 * long ago if the server was slow: BEGAN then, or with the client's ACK. LOCAL1
 * is never set at A, nor LOCAL0 at B: split for ever.
 *
 * All moves from A to B at once. B's first packet comes when the last word was
 * A's: BEGAN, so B tells at once. A's late update may come still. One window
 * after A's last word B, which sees both directions, says ENDED; at once, if
 * the flow was quiet so long. B's message was BEGAN at A too, if A's last packet
 * was within the window; A stays split with no packet to apply it to.
 *
 * O moves from A to B, R stays on A. B's first packet: BEGAN at B, and its
 * message: BEGAN at A, which then opens at once what it has seen.
 *
 * Both directions sprayed over both nodes. Updates come all the time, each
 * clears the LOCAL bits and the next packets set them again. Without the rule
 * that a window must pass since the last remote word, ENDED and BEGAN would
 * alternate with each message, and between them acknowledgements of data that
 * went the other way would be invalid. As LOCAL bits say only what was seen at
 * some time, whoever opens and leads windows does so while NOW is set, in both
 * directions, whatever the LOCAL bits are.
 */
#include "split.h"

#define LOCAL_BOTH (CTSYNC_SPLIT_LOCAL0 | CTSYNC_SPLIT_LOCAL1)

/* Was @then less than @window ago? Or less than @window ahead: another CPU may
 * have stored it after ours read the clock. A time more than 2^32 - @window
 * ticks ago looks recent again (49 days at 1000 Hz): at worst one early verdict.
 */
static bool recent(u32 then, u32 now, u32 window)
{
	return now - then < window || then - now < window;
}

enum ctsync_split_verdict ctsync_split_local(struct ctsync_split *s, int d,
					     u32 now, u32 window)
{
	bool quiet = !(s->flags & CTSYNC_SPLIT_HAD_REMOTE) ||
		     !recent(s->last_remote, now, window);
	bool idle = !(s->flags & CTSYNC_SPLIT_HAD_LOCAL) ||
		    !recent(s->last_local, now, window);
	u8 was = s->flags;

	s->flags |= CTSYNC_SPLIT_HAD_LOCAL |
		    (d ? CTSYNC_SPLIT_LOCAL1 : CTSYNC_SPLIT_LOCAL0);
	s->flags &= ~CTSYNC_SPLIT_REMOTE;
	s->last_local = now;

	/* If the last word was remote, the path was there and now is here, or
	 * both. How long ago it came does not matter: a server may take longer
	 * than the window to answer a SYN.
	 */
	if (!(was & CTSYNC_SPLIT_NOW) &&
	    (!quiet || (was & CTSYNC_SPLIT_REMOTE))) {
		s->flags |= CTSYNC_SPLIT_NOW | CTSYNC_SPLIT_EVER;
		return CTSYNC_SPLIT_BEGAN;
	}
	if (idle && (was & CTSYNC_SPLIT_EVER))
		return CTSYNC_SPLIT_WAKE;
	if ((was & CTSYNC_SPLIT_NOW) && quiet &&
	    (s->flags & LOCAL_BOTH) == LOCAL_BOTH) {
		s->flags &= ~CTSYNC_SPLIT_NOW;
		return CTSYNC_SPLIT_ENDED;
	}
	return CTSYNC_SPLIT_SAME;
}

enum ctsync_split_verdict ctsync_split_remote(struct ctsync_split *s, u8 dirs,
					      u32 now, u32 window)
{
	if (dirs & 1)
		s->flags &= ~CTSYNC_SPLIT_LOCAL0;
	if (dirs & 2)
		s->flags &= ~CTSYNC_SPLIT_LOCAL1;
	s->flags |= CTSYNC_SPLIT_REMOTE | CTSYNC_SPLIT_HAD_REMOTE;
	s->last_remote = now;

	if (!(s->flags & CTSYNC_SPLIT_NOW) &&
	    (s->flags & CTSYNC_SPLIT_HAD_LOCAL) &&
	    recent(s->last_local, now, window)) {
		s->flags |= CTSYNC_SPLIT_NOW | CTSYNC_SPLIT_EVER;
		return CTSYNC_SPLIT_BEGAN;
	}
	return CTSYNC_SPLIT_SAME;
}
