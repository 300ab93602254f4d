/* SPDX-License-Identifier: GPL-2.0 */
/* Conntrack's windows of a flow whose path is split: opened, led, let go. */
#ifndef CTSYNC_WINDOWS_H
#define CTSYNC_WINDOWS_H

#include "instance.h"

/* Flow @e, by the judgement of split.h, became split: begin to keep what is true
 * apart from what is opened. Softirq; takes ct->lock. Without memory the flow is
 * split all the same, with conntrack's own windows.
 */
void ctsync_windows_begin(struct ctsync_instance *inst, struct ctsync_entry *e,
			  struct nf_conn *ct);

/* A packet of direction @dir just passed conntrack and the flow is split: open
 * the windows that packets on the other node's path need. SYN and RST change
 * nothing. Softirq; takes ct->lock.
 */
void ctsync_windows_packet(struct ctsync_instance *inst, struct ctsync_entry *e,
			   struct nf_conn *ct, int dir,
			   const struct sk_buff *skb);

/* Of a flow that was split before, the first word of direction @dir is a SYN or a
 * SYN-ACK, which PRE_ROUTING leaves alone: what conntrack made of it, @t, is known
 * only behind the rules. (The SYN went both ways, or came again over the other
 * node.) ct->lock held; writes @ct and @t.
 */
void ctsync_windows_syn(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct, int dir, const struct sk_buff *skb,
			struct ctsync_tcp *t);

/* A report of a split flow was merged into @t, @ct's windows: remember what it
 * says, open and lead. ct->lock held; @ct is not written.
 */
void ctsync_windows_heard(struct ctsync_instance *inst, struct ctsync_entry *e,
			  struct ctsync_tcp *t, const struct ctsync_flow *f);

/* The split of @e ended: conntrack's windows are left alone from now on. Softirq;
 * takes ct->lock.
 */
void ctsync_windows_end(struct ctsync_entry *e, struct nf_conn *ct);

#endif
