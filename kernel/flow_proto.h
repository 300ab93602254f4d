/* SPDX-License-Identifier: GPL-2.0 */
/* Protocols with a small state machine in conntrack: SCTP and DCCP. */
#ifndef CTSYNC_FLOW_PROTO_H
#define CTSYNC_FLOW_PROTO_H

#include "wire.h"

#include <net/netfilter/nf_conntrack.h>

/* Does conntrack keep such a state for @l4proto on this kernel? */
bool ctsync_flow_proto_is(u8 l4proto);

/* What conntrack knows, in our words, clock and node left alone. May be called
 * without ct->lock: a race there looks like a change, or hides one until the next
 * packet.
 */
void ctsync_flow_proto_get(const struct nf_conn *ct, struct ctsync_proto *p);
/* Write it back; what is not ours to say stays. ct->lock held. */
void ctsync_flow_proto_put(struct nf_conn *ct, const struct ctsync_proto *p);
/* Do they differ in what decides about packets? */
bool ctsync_flow_proto_differs(const struct ctsync_proto *a,
			       const struct ctsync_proto *b);

/* What a fresh conntrack of GRE needs beyond its tuples. */
void ctsync_flow_proto_init(struct nf_conn *ct);

/* Did PPTP's helper end this GRE flow, because its connection said that the call is over?
 * (While the connection lives: where a copy of it goes, its calls go along.) @ct is on
 * its way out.
 */
bool ctsync_flow_proto_hung_up(const struct nf_conn *ct);

/* The life of a flow of SCTP, DCCP, GRE or a protocol that conntrack does not know,
 * in jiffies; @t: the timeouts of its policy or NULL.
 */
unsigned long ctsync_flow_proto_life(const struct nf_conn *ct,
				     const unsigned int *t);
/* Name of the state for people, "" if there is none. */
const char *ctsync_flow_proto_name(const struct nf_conn *ct);

#endif
