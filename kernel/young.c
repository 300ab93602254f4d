// SPDX-License-Identifier: GPL-2.0
/* Flows that peers are told of only once they lived for a while: sync-delay. */
#include "young.h"
#include "tcpstate.h"
#include "tx.h"

#include <linux/jiffies.h>
#include <net/netfilter/nf_conntrack.h>

#define LOOK_MAX 256	/* in one poll */

static bool was_answered(const struct nf_conn *ct)
{
	return READ_ONCE(ct->status) & IPS_SEEN_REPLY;
}

static bool is_over(const struct ctsync_entry *e, const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) == IPPROTO_TCP &&
	       ctsync_tcpstate_over(READ_ONCE(e->state));
}

/* Is @e worth telling although no packet says so: would something be lost with this
 * node that its next packet elsewhere does not make anew?
 */
static bool lives(const struct ctsync_entry *e, const struct nf_conn *ct)
{
	if (!was_answered(ct))
		return false;
	switch (nf_ct_protonum(ct)) {
	case IPPROTO_TCP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return !is_over(e, ct);
	default:
		/* a flowtable's packets do not come here to tell it */
		return READ_ONCE(ct->status) & (IPS_OFFLOAD | IPS_HW_OFFLOAD);
	}
}

bool ctsync_young_tells(const struct ctsync_instance *inst, const struct ctsync_entry *e,
			const struct nf_conn *ct, int dir)
{
	u32 again = usecs_to_jiffies(READ_ONCE(inst->params.flush_interval));

	/* a peer told of it meanwhile */
	if (READ_ONCE(e->flags) & CTSYNC_E_ANNOUNCED)
		return true;
	if (was_answered(ct))
		return READ_ONCE(e->pace) == CTSYNC_SILENT && !is_over(e, ct);
	/* two questions at once are no repetition */
	return dir == IP_CT_DIR_ORIGINAL &&
	       (u32)jiffies - READ_ONCE(e->asked_time) > again;
}

bool ctsync_young_poll(struct ctsync_cpu *c)
{
	struct ctsync_instance *inst = c->inst;
	u32 delay = READ_ONCE(inst->sync_delay);
	struct ctsync_entry *e;
	struct nf_conn *ct;
	bool tell;
	int n;

	for (n = 0; n < LOOK_MAX; n++) {
		rcu_read_lock();
		e = ctsync_queue_pop_untold(&c->queue, delay);
		if (!e) {
			rcu_read_unlock();
			return false;
		}
		ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
		tell = ct && (!delay || lives(e, ct));
		if (ct)
			nf_ct_put(ct);
		if (tell)
			ctsync_count(inst, YOUNG_GROWN);
		ctsync_tx_event(inst, e, CTSYNC_QE_INSERT,
				tell ? CTSYNC_LAZY : CTSYNC_SILENT);
		rcu_read_unlock();
	}
	return true;
}
