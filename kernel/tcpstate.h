/* SPDX-License-Identifier: GPL-2.0 */
/* TCP states in an order of our own, and how two nodes' states join.
 *
 * Conntrack's FIN_WAIT and CLOSE_WAIT do not say whose FIN was seen; ours do,
 * so that a FIN seen on each node joins to LAST_ACK and joining a state with
 * itself changes nothing. The order is a semilattice: the join is commutative,
 * associative and idempotent (unit-tested over all triples), so order and
 * repetition of messages do not matter.
 */
#ifndef CTSYNC_TCPSTATE_H
#define CTSYNC_TCPSTATE_H

#include "pure.h"

/* These values are on the wire: append only. */
#define CTSYNC_TCP_STATES(X) \
	X(NONE)		\
	X(SYN_SENT)	\
	X(SYN_SENT2)	/* SYN seen in both directions */	\
	X(SYN_RECV)	\
	X(ESTABLISHED)	\
	X(FIN_O)	/* FIN of the original direction */	\
	X(FIN_R)	/* FIN of the reply direction */	\
	X(ACKED_O)	/* the original direction's FIN was acknowledged */ \
	X(ACKED_R)	\
	X(LAST_ACK)	/* FIN of both directions */		\
	X(TIME_WAIT)	\
	X(CLOSE)

enum ctsync_tcp_state {
#define X(name) CTSYNC_TCP_##name,
	CTSYNC_TCP_STATES(X)
#undef X
	CTSYNC_TCP_STATE_MAX
};

/* The least state that knows what both @a and @b know.
 * Both must be below CTSYNC_TCP_STATE_MAX.
 */
u8 ctsync_tcpstate_join(u8 a, u8 b);

/* Does @b know nothing that @a does not? (a join b == a) */
bool ctsync_tcpstate_covers(u8 a, u8 b);

/* Has the close begun: a FIN or RST was seen? */
bool ctsync_tcpstate_closing(u8 state);

/* The directions (1 << d) in which nothing more is to come: FIN, or RST. */
u8 ctsync_tcpstate_ended(u8 state);

/* Is nothing more to come in both? */
bool ctsync_tcpstate_over(u8 state);

/* Conntrack's state number (enum tcp_conntrack, whose values are user space
 * ABI) for @state.
 */
u8 ctsync_tcpstate_to_ct(u8 state);

/* Our state for conntrack's @ct_state; @close_o, @close_r: has the original or
 * reply direction's flag word CLOSE_INIT? An unknown @ct_state gives NONE.
 */
u8 ctsync_tcpstate_from_ct(u8 ct_state, bool close_o, bool close_r);

/* Lower-case name for people and JSON, "?" for a number out of range. */
const char *ctsync_tcpstate_name(u8 state);

#endif
