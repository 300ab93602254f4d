// SPDX-License-Identifier: GPL-2.0
/* What is read through netlink. Reading needs no privilege. */
#include "netlink.h"
#include "member.h"
#include "net.h"
#include "netlink_policy.h"
#include "walk.h"

#include <linux/ctsync.h>
#include <linux/ktime.h>
#include <net/ipv6.h>

int ctsync_netlink_put_addr(struct sk_buff *skb, int attr,
			    const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return nla_put_in_addr(skb, attr, addr->s6_addr32[3]);
	return nla_put_in6_addr(skb, attr, addr);
}

/* ---- configuration and condition ---- */

static int put_params(struct sk_buff *skb, struct ctsync_params *p)
{
	unsigned int i;

	for (i = 0; i < CTSYNC_PARAM_MAX; i++) {
		const struct ctsync_param_info *row = &ctsync_param_table[i];
		u32 value = READ_ONCE(*ctsync_param(p, i));

		if (ctsync_nl_policy[row->attr].type == NLA_U8 ?
		    nla_put_u8(skb, row->attr, value) :
		    nla_put_u32(skb, row->attr, value))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_warnings(struct sk_buff *skb, struct ctsync_instance *inst)
{
	if (inst->conf.insecure &&
	    nla_put_string(skb, CTSYNC_A_WARNING,
			   "insecure: frames are neither encrypted nor authenticated"))
		return -EMSGSIZE;
	if (READ_ONCE(inst->net->ct.nf_ct_proto.tcp.tcp_loose) &&
	    nla_put_string(skb, CTSYNC_A_WARNING,
			   "nf_conntrack_tcp_loose is 1: conntrack takes packets of unknown flows for new ones"))
		return -EMSGSIZE;
	if (READ_ONCE(inst->net->ct.nf_ct_proto.tcp.tcp_be_liberal) &&
	    nla_put_string(skb, CTSYNC_A_WARNING,
			   "nf_conntrack_tcp_be_liberal is 1: windows are not checked"))
		return -EMSGSIZE;
	return 0;
}

/* Which keys, never what they are. */
static int put_keys(struct sk_buff *skb, const struct ctsync_instance *inst)
{
	const struct ctsync_keyset *set = ctsync_crypto_get(&inst->crypto);
	int i;

	if (!set)
		return nla_put_flag(skb, CTSYNC_A_INSECURE);
	if (nla_put_u8(skb, CTSYNC_A_KEY_ID, set->key[set->use].id))
		return -EMSGSIZE;
	for (i = 0; i < set->nr; i++) {
		if (nla_put_u8(skb, CTSYNC_A_KEY_KNOWN, set->key[i].id))
			return -EMSGSIZE;
	}
	return 0;
}

/* Only for who wants to know: it looks at every entry. */
static int put_quiet(struct sk_buff *skb, struct ctsync_instance *inst)
{
	u32 quiet;

	if (!READ_ONCE(inst->params.drain))
		return 0;
	quiet = ctsync_walk_quiet(inst);
	return quiet == U32_MAX ? 0 : nla_put_u32(skb, CTSYNC_A_QUIET, quiet);
}

static int put_instance(struct sk_buff *skb, struct ctsync_instance *inst)
{
	const struct ctsync_config *c = &inst->conf;
	bool ready = READ_ONCE(inst->ready);
	unsigned int i;

	if (nla_put_u8(skb, CTSYNC_A_NODE, c->node) ||
	    nla_put_u16(skb, CTSYNC_A_CLUSTER, c->cluster) ||
	    ctsync_netlink_put_addr(skb, CTSYNC_A_LOCAL, &c->local) ||
	    nla_put_u16(skb, CTSYNC_A_PORT, c->port) ||
	    (c->ifindex && nla_put_string(skb, CTSYNC_A_DEV, c->dev)) ||
	    (ctsync_has_group(inst) &&
	     ctsync_netlink_put_addr(skb, CTSYNC_A_GROUP, &c->group)) ||
	    put_keys(skb, inst) ||
	    nla_put_u32(skb, CTSYNC_A_MARK_VALUE, c->mark_value) ||
	    nla_put_u32(skb, CTSYNC_A_MARK_MASK, c->mark_mask) ||
	    put_params(skb, &inst->params) ||
	    put_quiet(skb, inst) ||
	    nla_put_u8(skb, CTSYNC_A_READY, ready) ||
	    nla_put_u8(skb, CTSYNC_A_SYNCED, ready) ||
	    nla_put(skb, CTSYNC_A_EPOCH, sizeof(inst->epoch), inst->epoch) ||
	    nla_put_u32(skb, CTSYNC_A_ENTRIES,
			ctsync_entries_count(&inst->entries)) ||
	    nla_put_u32(skb, CTSYNC_A_ENTRIES_MAX, inst->entries.nr_slots))
		return -EMSGSIZE;
	if (!ready &&
	    nla_put_string(skb, CTSYNC_A_NOT_READY_REASON,
			   ctsync_member_collides(inst, ktime_get_ns()) ?
			   "id-collision: another node has this node's number" :
			   "joining: waiting for the peers or for join-timeout"))
		return -EMSGSIZE;
	for (i = 0; i < inst->peers.nr; i++) {
		if (ctsync_netlink_put_addr(skb, CTSYNC_A_PEER,
					    &inst->peers.peer[i]->addr))
			return -EMSGSIZE;
	}
	return put_warnings(skb, inst);
}

int ctsync_netlink_reply_begin(struct genl_info *info, size_t size, u8 cmd,
			       struct sk_buff **msg, void **head)
{
	*msg = genlmsg_new(size, GFP_KERNEL);
	if (!*msg)
		return -ENOMEM;
	*head = genlmsg_put_reply(*msg, info, &ctsync_genl_family, 0, cmd);
	if (*head)
		return 0;
	nlmsg_free(*msg);
	return -ENOMEM;
}

int ctsync_netlink_reply_end(struct genl_info *info, struct sk_buff *msg, void *head,
			     int err)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

int ctsync_netlink_get(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_instance *inst;
	struct sk_buff *msg;
	void *head;
	int err;

	err = ctsync_netlink_reply_begin(info, 8192, CTSYNC_CMD_GET, &msg, &head);
	if (err)
		return err;
	ctsync_net_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	err = nla_put_string(msg, CTSYNC_A_VERSION, CTSYNC_VERSION) ?:
	      nla_put_u8(msg, CTSYNC_A_UP, !!inst);
	if (!err && inst)
		err = put_instance(msg, inst);
	ctsync_net_unlock();
	return ctsync_netlink_reply_end(info, msg, head, err);
}

int ctsync_netlink_stats(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_instance *inst;
	char name[CTSYNC_STAT_NAME];
	struct nlattr *nest;
	struct sk_buff *msg;
	unsigned int i;
	void *head;
	int err;

	err = ctsync_netlink_reply_begin(info, 32768, CTSYNC_CMD_STATS_GET, &msg, &head);
	if (err)
		return err;
	ctsync_net_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	if (!inst) {
		NL_SET_ERR_MSG(info->extack, "ctsync is not up in this namespace");
		err = -ENOENT;
	}
	for (i = 0; !err && i < CTSYNC_STAT_MAX; i++) {
		nest = nla_nest_start(msg, CTSYNC_A_STAT_INFO);
		if (!nest ||
		    nla_put_string(msg, CTSYNC_A_STAT_NAME,
				   ctsync_stat_name(i, name)) ||
		    nla_put_u64_64bit(msg, CTSYNC_A_STAT_VALUE,
				      ctsync_stat_read(inst->stats, i),
				      CTSYNC_A_STAT_PAD))
			err = -EMSGSIZE;
		else
			nla_nest_end(msg, nest);
	}
	ctsync_net_unlock();
	return ctsync_netlink_reply_end(info, msg, head, err);
}

/* ---- peers ---- */

static int put_peer_numbers(struct sk_buff *skb, struct ctsync_peer *p)
{
	const struct {
		int attr;
		u64 value;
	} rows[] = {
		{ CTSYNC_A_PEER_IN_FRAMES, p->in_frames },
		{ CTSYNC_A_PEER_IN_MESSAGES, p->in_messages },
		{ CTSYNC_A_PEER_IN_BYTES, p->in_bytes },
		{ CTSYNC_A_PEER_OUT_FRAMES, atomic64_read(&p->out_frames) },
		{ CTSYNC_A_PEER_OUT_MESSAGES, atomic64_read(&p->out_messages) },
		{ CTSYNC_A_PEER_OUT_BYTES, atomic64_read(&p->out_bytes) },
		{ CTSYNC_A_PEER_LOST, p->lost },
		{ CTSYNC_A_PEER_REPAIRED, p->repaired },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (nla_put_u64_64bit(skb, rows[i].attr, rows[i].value,
				      CTSYNC_A_PEER_PAD))
			return -EMSGSIZE;
	}
	return 0;
}

int ctsync_netlink_put_peer(struct sk_buff *skb, struct ctsync_peer *p)
{
	struct nlattr *nest = nla_nest_start(skb, CTSYNC_A_PEER_INFO);
	u64 heard = READ_ONCE(p->heard_ns);

	if (!nest || nla_put_u8(skb, CTSYNC_A_PEER_NODE, p->node) ||
	    ctsync_netlink_put_addr(skb, CTSYNC_A_PEER_ADDRESS, &p->addr) ||
	    nla_put_u8(skb, CTSYNC_A_PEER_STATE, p->state) ||
	    nla_put_string(skb, CTSYNC_A_PEER_REASON,
			   ctsync_member_reason_name(p->reason)) ||
	    nla_put(skb, CTSYNC_A_PEER_EPOCH, sizeof(p->epoch), p->epoch) ||
	    (heard && nla_put_u32(skb, CTSYNC_A_PEER_LAST_HEARD,
				  (ktime_get_ns() - heard) / NSEC_PER_MSEC)) ||
	    (p->rtt_us && nla_put_u32(skb, CTSYNC_A_PEER_RTT, p->rtt_us)) ||
	    nla_put_u8(skb, CTSYNC_A_PEER_READY, p->ready) ||
	    nla_put_u8(skb, CTSYNC_A_PEER_STANDBY, p->standby) ||
	    nla_put_u8(skb, CTSYNC_A_PEER_DRAINING, p->draining) ||
	    nla_put_u8(skb, CTSYNC_A_PEER_BYPASSED, p->bypass.bypassed) ||
	    nla_put_u32(skb, CTSYNC_A_PEER_BULK_SENT, p->bulk.acked) ||
	    nla_put_u32(skb, CTSYNC_A_PEER_BULK_TOTAL,
			p->bulk.state ? p->bulk.total : p->bulk.acked) ||
	    (p->key_id && nla_put_u8(skb, CTSYNC_A_PEER_KEY_ID, p->key_id)) ||
	    put_peer_numbers(skb, p))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

void *ctsync_netlink_item_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &ctsync_genl_family, NLM_F_MULTI, cmd);
}

int ctsync_netlink_peers(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctsync_instance *inst;
	void *head;

	ctsync_net_lock();
	inst = ctsync_instance_get(sock_net(skb->sk));
	for (; inst && cb->args[0] < inst->peers.nr; cb->args[0]++) {
		head = ctsync_netlink_item_begin(skb, cb, CTSYNC_CMD_PEERS_GET);
		if (!head)
			break;
		if (ctsync_netlink_put_peer(skb, inst->peers.peer[cb->args[0]])) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	ctsync_net_unlock();
	return skb->len;
}

/* ---- queues and parameters ---- */

/* The lists of a queue that are not of one message type. */
enum { ROW_LATER = CTSYNC_Q_NONE, ROW_UNTOLD, ROWS };

static int put_queue(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct ctsync_cpu *c, unsigned int row)
{
	void *head = ctsync_netlink_item_begin(skb, cb, CTSYNC_CMD_QUEUES_GET);
	const struct ctsync_queue *q = &c->queue;
	const char *name;
	struct nlattr *nest;
	u32 length;

	if (!head)
		return -EMSGSIZE;
	switch (row) {
	case ROW_LATER:
		name = "later";
		length = READ_ONCE(q->later_len);
		break;
	case ROW_UNTOLD:
		name = "untold";
		length = READ_ONCE(q->untold_len);
		break;
	default:
		name = ctsync_qstate_name(row);
		length = READ_ONCE(q->len[row]);
	}
	nest = nla_nest_start(skb, CTSYNC_A_QUEUE_INFO);
	if (!nest || nla_put_u32(skb, CTSYNC_A_QUEUE_CPU, c->cpu) ||
	    nla_put_string(skb, CTSYNC_A_QUEUE_NAME, name) ||
	    nla_put_u32(skb, CTSYNC_A_QUEUE_LENGTH, length) ||
	    nla_put_u32(skb, CTSYNC_A_QUEUE_BYTES, READ_ONCE(q->bytes))) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

int ctsync_netlink_queues(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctsync_instance *inst;
	unsigned int i;

	ctsync_net_lock();
	inst = ctsync_instance_get(sock_net(skb->sk));
	for (i = cb->args[0]; inst && i < inst->nr_cpus * ROWS; i++) {
		const struct ctsync_cpu *c = inst->cpu[i / ROWS];

		if (c && put_queue(skb, cb, c, i % ROWS))
			break;
	}
	ctsync_net_unlock();
	cb->args[0] = i;
	return skb->len;
}

int ctsync_netlink_params(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctsync_instance *inst;
	struct nlattr *nest;
	void *head;

	ctsync_net_lock();
	inst = ctsync_instance_get(sock_net(skb->sk));
	for (; cb->args[0] < CTSYNC_PARAM_MAX; cb->args[0]++) {
		const struct ctsync_param_info *row =
			&ctsync_param_table[cb->args[0]];

		head = ctsync_netlink_item_begin(skb, cb, CTSYNC_CMD_PARAMS_GET);
		if (!head)
			break;
		nest = nla_nest_start(skb, CTSYNC_A_PARAM_INFO);
		if (!nest || nla_put_string(skb, CTSYNC_A_PARAM_NAME, row->word) ||
		    nla_put_string(skb, CTSYNC_A_PARAM_UNIT, row->unit) ||
		    nla_put_u32(skb, CTSYNC_A_PARAM_VALUE, inst ?
				*ctsync_param(&inst->params, cb->args[0]) :
				row->def) ||
		    nla_put_u32(skb, CTSYNC_A_PARAM_DEFAULT, row->def) ||
		    nla_put_u32(skb, CTSYNC_A_PARAM_RANGE_MIN, row->min) ||
		    nla_put_u32(skb, CTSYNC_A_PARAM_RANGE_MAX, row->max) ||
		    nla_put_u8(skb, CTSYNC_A_PARAM_LIVE, row->live)) {
			genlmsg_cancel(skb, head);
			break;
		}
		nla_nest_end(skb, nest);
		genlmsg_end(skb, head);
	}
	ctsync_net_unlock();
	return skb->len;
}
