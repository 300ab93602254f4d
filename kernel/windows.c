// SPDX-License-Identifier: GPL-2.0
/* Conntrack's windows of a flow whose path is split: opened, led, let go.
 *
 * tcpwin.h says what becomes of the numbers; here is when, under which lock, and how
 * far a direction may run ahead of what the other node told.
 */
#include "windows.h"
#include "flow.h"

#include <linux/slab.h>

/* Two sync round trips, at least a tick. */
static u32 pace_period(const struct ctsync_instance *inst)
{
	u32 rtt = 0;
	unsigned int i;

	for (i = 0; i < inst->peers.nr; i++)
		rtt = max(rtt, READ_ONCE(inst->peers.peer[i]->rtt_us));
	return max(1u, (u32)usecs_to_jiffies(2 * rtt));
}

/* How far may td_maxend[@d] run beyond the edge that the other node last told?
 * As far as the receiver's window, or what was sent in the last two periods.
 */
static u32 lead_limit(const struct ctsync_instance *inst,
		      struct ctsync_split_tcp *st, const struct ctsync_tcp *t,
		      int d)
{
	u32 now = (u32)jiffies, period, past = now - st->pace_at[d];

	if (past) {
		period = pace_period(inst);
		if (past >= period) {
			st->pace[d][1] = past >= 2 * period ? t->seen[d].end :
							     st->pace[d][0];
			st->pace[d][0] = t->seen[d].end;
			st->pace_at[d] = now;
		}
	}
	return max(t->seen[!d].maxwin, t->seen[d].end - st->pace[d][1]);
}

/* Zero is no sequence number: what was sent before now counts as nothing. */
static void begin_pace(struct ctsync_split_tcp *st, const struct ctsync_tcp *t)
{
	int d;

	for (d = 0; d < 2; d++) {
		st->pace[d][0] = t->seen[d].end;
		st->pace[d][1] = t->seen[d].end;
		st->pace_at[d] = (u32)jiffies;
	}
}

/* Conntrack chose the flow's life by an UNACKED that was not true. ct->lock held. */
static void put_acked(struct nf_conn *ct, const struct ctsync_tcp *t,
		      bool was_unacked)
{
	ctsync_flow_tcp_put(ct, t);
	if (was_unacked != ctsync_tcpwin_unacked(t))
		ctsync_flow_refresh(ct, ctsync_flow_life(ct));
}

static void open_for(struct ctsync_instance *inst, struct ctsync_entry *e,
		     struct nf_conn *ct, int dir,
		     const struct ctsync_segment *seg, bool syn)
{
	struct ctsync_split_tcp *st;
	struct ctsync_tcp t;
	bool unacked;

	spin_lock(&ct->lock);
	st = e->split_tcp;
	if (st) {
		ctsync_flow_tcp_get(ct, &t);
		unacked = ctsync_tcpwin_unacked(&t);
		if (ctsync_tcpwin_packet(&t, &st->known, dir, seg, syn,
					 lead_limit(inst, st, &t, dir)))
			put_acked(ct, &t, unacked);
	}
	spin_unlock(&ct->lock);
}

void ctsync_windows_end(struct ctsync_entry *e, struct nf_conn *ct)
{
	struct ctsync_tcp t;

	spin_lock(&ct->lock);
	if (e->split_tcp) {
		ctsync_flow_tcp_get(ct, &t);
		if (ctsync_tcpwin_end(&t, &e->split_tcp->known))
			put_acked(ct, &t, true);
	}
	spin_unlock(&ct->lock);
}

void ctsync_windows_packet(struct ctsync_instance *inst, struct ctsync_entry *e,
			   struct nf_conn *ct, int dir,
			   const struct sk_buff *skb)
{
	struct ctsync_segment seg;
	struct tcphdr th;

	/* what a SYN changed is seen before confirmation; resets prove nothing */
	if (nf_ct_protonum(ct) == IPPROTO_TCP &&
	    ctsync_flow_segment(skb, nf_ct_l3num(ct), &seg, &th) &&
	    !th.syn && !th.rst) {
		seg.ack = ctsync_flow_unshift(ct, dir, seg.ack);
		open_for(inst, e, ct, dir, &seg, false);
	}
}

void ctsync_windows_heard(struct ctsync_instance *inst, struct ctsync_entry *e,
			  struct ctsync_tcp *t, const struct ctsync_flow *f)
{
	struct ctsync_split_tcp *st = e->split_tcp;
	int d;

	for (d = 0; d < 2; d++) {
		if (f->dirs & (CTSYNC_DIR_WIN0 << d))
			ctsync_tcpwin_heard(t, &st->known, d, &f->win[d],
					    lead_limit(inst, st, t, d));
	}
}

void ctsync_windows_begin(struct ctsync_instance *inst, struct ctsync_entry *e,
			  struct nf_conn *ct)
{
	struct ctsync_split_tcp *st = NULL;
	struct ctsync_tcp t;

	ctsync_count(inst, SPLIT_BEGAN);
	if (nf_ct_protonum(ct) == IPPROTO_TCP) {
		if (!READ_ONCE(e->split_tcp))
			st = kzalloc(sizeof(*st), GFP_ATOMIC);
		spin_lock(&ct->lock);
		if (!e->split_tcp) {
			e->split_tcp = st;
			st = NULL;
		}
		/* a packet and a message may both see the beginning */
		if (e->split_tcp && !test_bit(CTSYNC_STATUS_SPLIT_BIT,
					      &ct->status)) {
			ctsync_flow_tcp_get(ct, &t);
			ctsync_tcpwin_begin(&t, &e->split_tcp->known);
			ctsync_flow_tcp_put(ct, &t);
			begin_pace(e->split_tcp, &t);
		}
		set_bit(CTSYNC_STATUS_SPLIT_BIT, &ct->status);
		spin_unlock(&ct->lock);
		kfree(st);
		return;
	}
	set_bit(CTSYNC_STATUS_SPLIT_BIT, &ct->status);
}

void ctsync_windows_syn(struct ctsync_instance *inst, struct ctsync_entry *e,
			struct nf_conn *ct, int dir, const struct sk_buff *skb,
			struct ctsync_tcp *t)
{
	struct ctsync_split_tcp *st = e->split_tcp;
	struct ctsync_segment seg;
	struct tcphdr th;

	if (!st || st->known.maxwin[dir] || !t->seen[dir].maxwin ||
	    !ctsync_flow_segment(skb, nf_ct_l3num(ct), &seg, &th) || th.rst)
		return;
	if (ctsync_tcpwin_packet(t, &st->known, dir, &seg, th.syn,
				 lead_limit(inst, st, t, dir)))
		ctsync_flow_tcp_put(ct, t);
}
