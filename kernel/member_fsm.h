/* SPDX-License-Identifier: GPL-2.0 */
/* What a peer is to us: from silence to proven and up. Pure decisions; the
 * glue is peer.c and member.c.
 */
#ifndef CTSYNC_MEMBER_FSM_H
#define CTSYNC_MEMBER_FSM_H

#include "pure.h"

#define CTSYNC_MEMBER_STATES(X) \
	X(DOWN)		/* nothing heard for dead-time */ \
	X(CONNECTING)	/* HELLOs come, its epoch is not proven */ \
	X(SYNCING)	/* proven; a copy of our table is on its way to it */ \
	X(UP)

enum ctsync_member_state {
#define X(name) CTSYNC_MEMBER_##name,
	CTSYNC_MEMBER_STATES(X)
#undef X
	CTSYNC_MEMBER_STATE_MAX
};

#define CTSYNC_MEMBER_EVENTS(X) \
	X(HELLO)	/* a HELLO whose epoch is not proven */ \
	X(PROOF)	/* a HELLO that echoes a fresh challenge and names our epoch */ \
	X(HEARING)	/* it says that it has proven us: what we send it is read */ \
	X(BULK_DONE)	/* our table was sent to it */ \
	X(SILENCE)	/* dead-time without a valid frame */ \
	X(MISMATCH)	/* a configuration that must agree does not */ \
	X(LEAVING)	/* its last word, before it goes down */

enum ctsync_member_event {
#define X(name) CTSYNC_MEMBER_EV_##name,
	CTSYNC_MEMBER_EVENTS(X)
#undef X
	CTSYNC_MEMBER_EVENT_MAX
};

/* What the glue must do; bits. */
#define CTSYNC_MEMBER_DO_FLOORS		0x01 /* set the stream floors from this HELLO, retire the old epoch */
#define CTSYNC_MEMBER_DO_BULK		0x02 /* begin to send it our table */
#define CTSYNC_MEMBER_DO_RELEASE	0x04 /* it acknowledges nothing any more: take it out of every hold */
#define CTSYNC_MEMBER_DO_TELL_UP	0x08 /* event and log line */
#define CTSYNC_MEMBER_DO_TELL_DOWN	0x10

struct ctsync_member_step {
	u8 next;	/* enum ctsync_member_state */
	u8 actions;	/* CTSYNC_MEMBER_DO_* */
};

struct ctsync_member_step ctsync_member_fsm(enum ctsync_member_state state,
					    enum ctsync_member_event event);
/* A proof of another epoch than the proven one, in any state. */
struct ctsync_member_step ctsync_member_new_epoch(enum ctsync_member_state state);

const char *ctsync_member_state_name(enum ctsync_member_state state);

/* Reasons shown for a peer that is not up. */
#define CTSYNC_MEMBER_REASONS(X)	\
	X(NONE, "")			\
	X(NO_HELLO, "no-hello")		\
	X(LEFT, "left")			\
	X(AUTH_FAILED, "auth-failed")	\
	X(CLUSTER, "cluster")		\
	X(VERSION, "version")		\
	X(CONFIG_MARK, "config:mark")	\
	X(CONFIG_MARK_SYNC, "config:mark-sync") \
	X(CONFIG_OTHER, "config:timeouts") \
	X(MTU, "mtu")			\
	X(ID_COLLISION, "id-collision")	\
	X(CONFIG_KEY, "config:key")

enum ctsync_member_reason {
#define X(name, text) CTSYNC_REASON_##name,
	CTSYNC_MEMBER_REASONS(X)
#undef X
	CTSYNC_REASON_MAX
};
const char *ctsync_member_reason_name(enum ctsync_member_reason reason);

/* Does a peer's acknowledgement still count? It leaves the hold set after 8
 * missed acknowledgements in a row and comes back after 8 good ones. Holds that wait
 * at the same time miss together: of any number that one pause of the peer, of the
 * link or of this node ends, one counts.
 */
#define CTSYNC_BYPASS_AFTER	8
#define CTSYNC_RETURN_AFTER	8

struct ctsync_bypass {
	u8 missed;	/* in a row, while in the set */
	u8 good;	/* in a row, while bypassed */
	bool bypassed;
	u64 counted;	/* when the last missed one was counted */
};

/* Return true when the peer just left or came back into the hold set. A hold that
 * began at @began ends without an acknowledgement @now, both of one clock that does
 * not begin at 0.
 */
bool ctsync_bypass_missed(struct ctsync_bypass *b, u64 began, u64 now);
bool ctsync_bypass_acked(struct ctsync_bypass *b, bool in_time);

#endif
