/* SPDX-License-Identifier: GPL-2.0 */
/* Between conntrack and messages: read a conntrack, write into one. */
#ifndef CTSYNC_FLOW_H
#define CTSYNC_FLOW_H

#include "tcpwin.h"
#include "wire.h"

#include <linux/tcp.h>
#include <net/netfilter/nf_conntrack.h>

void ctsync_flow_tuple_get(const struct nf_conntrack_tuple *t,
			   struct ctsync_tuple *out);
/* false when the message's family or protocol is not supported here */
bool ctsync_flow_tuple_put(const struct ctsync_flow *f,
			   const struct ctsync_tuple *t,
			   struct nf_conntrack_tuple *out);

/* Our word for the directions in which a zone counts, which are @dir. */
u8 ctsync_flow_zone_dir(u8 dir);
void ctsync_flow_zone_put(const struct ctsync_flow *f,
			  struct nf_conntrack_zone *zone);
/* Did something else than NAT, such as IPVS, choose the reply tuple? Then NAT has
 * nothing to translate.
 */
static inline bool ctsync_flow_is_foreign(const struct ctsync_flow *f)
{
	return f->has_reply &&
	       !(f->status & (CTSYNC_ST_SRC_NAT | CTSYNC_ST_DST_NAT));
}

/* Add the labels of @f to those that @ct has, if it has room for any. */
void ctsync_flow_labels_put(struct nf_conn *ct, const struct ctsync_flow *f);

/* Our numbering of what conntrack's status word says. */
u16 ctsync_flow_status(unsigned long status);

/* Conntrack's TCP windows and state. ct->lock held, or the caller lives with
 * fields that do not belong together.
 */
void ctsync_flow_tcp_get(const struct nf_conn *ct, struct ctsync_tcp *t);
/* The state alone (enum ctsync_tcp_state). Without a lock, of some moment. */
u8 ctsync_flow_tcp_state(const struct nf_conn *ct);
/* Write them back; flags that are conntrack's own (liberal) stay. ct->lock
 * held.
 */
void ctsync_flow_tcp_put(struct nf_conn *ct, const struct ctsync_tcp *t);

/* From now on conntrack passes both directions of @ct whatever their windows. ct->lock
 * held, or nobody else has @ct.
 */
static inline void ctsync_flow_tcp_liberal(struct nf_conn *ct)
{
	ct->proto.tcp.seen[0].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	ct->proto.tcp.seen[1].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
}

/* conntrack's own names for them are private */
#define CTSYNC_TCP_INDEX_SYN 0
#define CTSYNC_TCP_INDEX_SYNACK 1

/* Did conntrack let a packet of @dir pass as the answer to a SYN that it did not see, for a
 * connection that is closing here? Cheap: for each packet.
 */
static inline bool ctsync_flow_answers_unseen(const struct nf_conn *ct, int dir)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;
	u8 state;

	if (nf_ct_protonum(ct) != IPPROTO_TCP || dir != IP_CT_DIR_REPLY)
		return false;
	state = READ_ONCE(tcp->state);
	return unlikely(state > TCP_CONNTRACK_ESTABLISHED &&
			state <= TCP_CONNTRACK_CLOSE) &&
	       READ_ONCE(tcp->last_index) == CTSYNC_TCP_INDEX_SYNACK &&
	       READ_ONCE(tcp->last_dir) == dir;
}

/* What conntrack remembers of a SYN that it ignored. ct->lock held. */
bool ctsync_flow_last_get(const struct nf_conn *ct, struct ctsync_tcp_last *l);
void ctsync_flow_last_put(struct nf_conn *ct, const struct ctsync_tcp_last *l);

/* Everything of a conntrack that a full message says; ref, dirs and the mark
 * are the caller's. @known: what is true of a split flow, else NULL. Takes
 * ct->lock.
 */
void ctsync_flow_get(struct nf_conn *ct, const struct ctsync_tcp_known *known,
		     struct ctsync_flow *f);

/* The TCP segment in @skb; false if it is none (fragment, other protocol, cut
 * short). @th, when not NULL, gets a copy of its header.
 */
bool ctsync_flow_segment(const struct sk_buff *skb, u8 pf,
			 struct ctsync_segment *s, struct tcphdr *th);
/* A helper shifted sequence numbers of @ct: those that an arriving packet of @dir
 * acknowledges, as the other side numbered them.
 */
u32 ctsync_flow_unshift(const struct nf_conn *ct, int dir, u32 ack);
/* The highest edge that the segment with header @th tells, as conntrack takes
 * it: its acknowledgement, or a SACK block beyond it.
 */
u32 ctsync_flow_edge(const struct sk_buff *skb, u8 pf, const struct tcphdr *th);

/* The life that a flow in this condition has from now on, in jiffies, from the
 * namespace's timeouts or the flow's timeout policy. ct->lock held for TCP.
 */
unsigned long ctsync_flow_life(const struct nf_conn *ct);
/* How long, in jiffies, no packet of @ct came anywhere, judged by the life that it
 * has left; the same of the flow that a peer tells of, which is of the present if a
 * packet caused the message. TCP.
 */
unsigned long ctsync_flow_idle(const struct nf_conn *ct);
unsigned long ctsync_flow_idle_told(const struct nf_conn *ct,
				    const struct ctsync_flow *f);
/* Start that life now, unless the flow's timeout is fixed. */
void ctsync_flow_refresh(struct nf_conn *ct, unsigned long life);

/* Name of the protocol state for people: "ESTABLISHED", "" where there is none. */
const char *ctsync_flow_state_name(const struct nf_conn *ct);

#endif
