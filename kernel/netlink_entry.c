// SPDX-License-Identifier: GPL-2.0
/* Entries as netlink messages: the listing, and the answer of explain. */
#include "netlink.h"
#include "filter.h"
#include "flow.h"
#include "hold.h"
#include "net.h"
#include "netlink_policy.h"

#include <linux/ctsync.h>
#include <linux/unaligned.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* ---- one entry ---- */

static int put_tuple(struct sk_buff *skb, int attr,
		     const struct nf_conntrack_tuple *t, u16 zone)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	bool v6 = t->src.l3num == NFPROTO_IPV6;
	struct ctsync_tuple ours;

	ctsync_flow_tuple_get(t, &ours);
	if (!nest || nla_put_u8(skb, CTSYNC_A_TUPLE_FAMILY, t->src.l3num) ||
	    nla_put_u8(skb, CTSYNC_A_TUPLE_PROTO, t->dst.protonum) ||
	    nla_put(skb, CTSYNC_A_TUPLE_SRC, v6 ? 16 : 4, ours.src) ||
	    nla_put(skb, CTSYNC_A_TUPLE_DST, v6 ? 16 : 4, ours.dst) ||
	    nla_put_u16(skb, CTSYNC_A_TUPLE_SPORT, ours.sport) ||
	    nla_put_u16(skb, CTSYNC_A_TUPLE_DPORT, ours.dport) ||
	    nla_put_u16(skb, CTSYNC_A_TUPLE_ZONE, zone))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_tcp_dir(struct sk_buff *skb, int attr,
		       const struct ip_ct_tcp_state *s)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_u32(skb, CTSYNC_A_TCP_DIR_END, s->td_end) ||
	    nla_put_u32(skb, CTSYNC_A_TCP_DIR_MAXEND, s->td_maxend) ||
	    nla_put_u32(skb, CTSYNC_A_TCP_DIR_MAXWIN, s->td_maxwin) ||
	    nla_put_u32(skb, CTSYNC_A_TCP_DIR_MAXACK, s->td_maxack) ||
	    nla_put_u8(skb, CTSYNC_A_TCP_DIR_SCALE, s->td_scale) ||
	    nla_put_u8(skb, CTSYNC_A_TCP_DIR_FLAGS, s->flags))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_writers(struct sk_buff *skb, const struct ctsync_entry *e)
{
	u8 buf[5 * ARRAY_SIZE(e->writer)];
	unsigned int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(e->writer); i++) {
		if (!e->writer[i].node)
			continue;
		buf[len] = e->writer[i].node;
		put_unaligned_be32(e->writer[i].number, buf + len + 1);
		len += 5;
	}
	return nla_put(skb, CTSYNC_A_ENTRY_WRITERS, len, buf);
}

static u32 age_ms(u32 since)
{
	return jiffies_to_msecs((u32)jiffies - since);
}

/* e->lock held. */
static int put_entry_words(struct sk_buff *skb, struct ctsync_entry *e)
{
	const struct ctsync_split *s = &e->split;

	return nla_put_u64_64bit(skb, CTSYNC_A_ENTRY_ID, e->id,
				 CTSYNC_A_ENTRY_PAD) ||
	       nla_put_u8(skb, CTSYNC_A_ENTRY_ORIGIN, e->origin) ||
	       nla_put_string(skb, CTSYNC_A_ENTRY_QUEUE,
			      ctsync_queue_untold(e) ? "untold" :
			      ctsync_qstate_name(READ_ONCE(e->queue))) ||
	       nla_put_u32(skb, CTSYNC_A_ENTRY_VERSION, e->number) ||
	       nla_put_u16(skb, CTSYNC_A_ENTRY_INCARNATION, e->inc) ||
	       nla_put_u8(skb, CTSYNC_A_ENTRY_SPLIT,
			  !!(s->flags & CTSYNC_SPLIT_NOW)) ||
	       (s->flags & CTSYNC_SPLIT_HAD_LOCAL &&
		nla_put_u32(skb, CTSYNC_A_ENTRY_LAST_LOCAL,
			    age_ms(s->last_local))) ||
	       (s->flags & CTSYNC_SPLIT_HAD_REMOTE &&
		nla_put_u32(skb, CTSYNC_A_ENTRY_LAST_REMOTE,
			    age_ms(s->last_remote))) ||
	       nla_put_u32(skb, CTSYNC_A_ENTRY_HOLDS, ctsync_hold_count(e)) ||
	       nla_put_u32(skb, CTSYNC_A_ENTRY_MARK, e->mark) ||
	       nla_put_u8(skb, CTSYNC_A_ENTRY_ADOPTED,
			  !(e->flags & CTSYNC_E_GUARDED)) ||
	       (e->sent_time && nla_put_u32(skb, CTSYNC_A_ENTRY_LAST_SENT,
					    age_ms(e->sent_time))) ||
	       (s->flags & CTSYNC_SPLIT_HAD_REMOTE && ctsync_entry_last_word(e) &&
		nla_put_u8(skb, CTSYNC_A_ENTRY_LAST_WRITER,
			   ctsync_entry_last_word(e))) ||
	       put_writers(skb, e);
}

static int put_entry(struct sk_buff *skb, struct ctsync_entry *e,
		     const struct nf_conn *ct)
{
	struct nlattr *nest = nla_nest_start(skb, CTSYNC_A_ENTRY_INFO);
	u16 zone = nf_ct_zone(ct)->id;
	int err;

	if (!nest)
		return -EMSGSIZE;
	spin_lock_bh(&e->lock);
	err = put_entry_words(skb, e);
	spin_unlock_bh(&e->lock);
	if (err ||
	    put_tuple(skb, CTSYNC_A_ENTRY_ORIG,
		      &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple, zone) ||
	    put_tuple(skb, CTSYNC_A_ENTRY_REPLY,
		      &ct->tuplehash[IP_CT_DIR_REPLY].tuple, zone) ||
	    nla_put_string(skb, CTSYNC_A_ENTRY_STATE,
			   ctsync_flow_state_name(ct)) ||
	    nla_put_u32(skb, CTSYNC_A_ENTRY_TIMEOUT, nf_ct_expires(ct) / HZ) ||
	    nla_put_u8(skb, CTSYNC_A_ENTRY_SEEN_REPLY,
		       test_bit(IPS_SEEN_REPLY_BIT, &ct->status)) ||
	    nla_put_u8(skb, CTSYNC_A_ENTRY_ASSURED,
		       test_bit(IPS_ASSURED_BIT, &ct->status)))
		return -EMSGSIZE;
	if (nf_ct_protonum(ct) == IPPROTO_TCP &&
	    (put_tcp_dir(skb, CTSYNC_A_ENTRY_TCP_ORIG, &ct->proto.tcp.seen[0]) ||
	     put_tcp_dir(skb, CTSYNC_A_ENTRY_TCP_REPLY, &ct->proto.tcp.seen[1])))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- the listing ---- */

static u8 get_address(const struct nlattr *a, u8 *to)
{
	u8 len = a ? nla_len(a) : 0;

	if (a)
		memcpy(to, nla_data(a), len);
	return len;
}

/* What the listing wants, from its request; everything when it does not say. */
static int get_filter(struct netlink_callback *cb, struct ctsync_filter *f)
{
	struct nlattr **top, *tb[CTSYNC_A_FILTER_MAX + 1];
	int err;

	memset(f, 0, sizeof(*f));
	top = kcalloc(CTSYNC_A_MAX + 1, sizeof(*top), GFP_KERNEL);
	if (!top)
		return -ENOMEM;
	err = genlmsg_parse(cb->nlh, &ctsync_genl_family, top, CTSYNC_A_MAX,
			    ctsync_nl_policy, cb->extack);
	if (err || !top[CTSYNC_A_FILTER])
		goto out;
	err = nla_parse_nested(tb, CTSYNC_A_FILTER_MAX, top[CTSYNC_A_FILTER],
			       ctsync_filter_nl_policy, cb->extack);
	if (err)
		goto out;
	if (tb[CTSYNC_A_FILTER_FAMILY])
		f->l3 = nla_get_u8(tb[CTSYNC_A_FILTER_FAMILY]) == AF_INET6 ? 6 : 4;
	if (tb[CTSYNC_A_FILTER_PROTO])
		f->l4 = nla_get_u8(tb[CTSYNC_A_FILTER_PROTO]);
	if (tb[CTSYNC_A_FILTER_NODE])
		f->node = nla_get_u8(tb[CTSYNC_A_FILTER_NODE]);
	f->has_zone = tb[CTSYNC_A_FILTER_ZONE];
	if (f->has_zone)
		f->zone = nla_get_u16(tb[CTSYNC_A_FILTER_ZONE]);
	f->address_len = get_address(tb[CTSYNC_A_FILTER_ADDRESS], f->address);
	f->src_len = get_address(tb[CTSYNC_A_FILTER_SRC], f->src);
	f->dst_len = get_address(tb[CTSYNC_A_FILTER_DST], f->dst);
	if (tb[CTSYNC_A_FILTER_PORT])
		f->port = nla_get_u16(tb[CTSYNC_A_FILTER_PORT]);
	if (tb[CTSYNC_A_FILTER_SPORT])
		f->sport = nla_get_u16(tb[CTSYNC_A_FILTER_SPORT]);
	if (tb[CTSYNC_A_FILTER_DPORT])
		f->dport = nla_get_u16(tb[CTSYNC_A_FILTER_DPORT]);
	if (tb[CTSYNC_A_FILTER_STATE])
		nla_strscpy(f->state, tb[CTSYNC_A_FILTER_STATE], sizeof(f->state));
	f->split = tb[CTSYNC_A_FILTER_SPLIT];
out:
	kfree(top);
	return err;
}

static bool matches(const struct ctsync_filter *f, const struct nf_conn *ct)
{
	struct ctsync_filter_flow flow = {
		.l3 = nf_ct_l3num(ct) == NFPROTO_IPV6 ? 6 : 4,
		.l4 = nf_ct_protonum(ct),
		.zone = nf_ct_zone(ct)->id,
		.state = ctsync_flow_state_name(ct),
	};
	int d;

	for (d = 0; d < 2; d++)
		ctsync_flow_tuple_get(&ct->tuplehash[d].tuple, &flow.tuple[d]);
	return ctsync_filter_flow(f, &flow);
}

/* The entry of one slot as a message if @f wants it; -EMSGSIZE when there is no
 * room. RCU.
 */
static int dump_slot(struct sk_buff *skb, struct netlink_callback *cb,
		     struct ctsync_instance *inst, u32 slot,
		     const struct ctsync_filter *f)
{
	struct ctsync_entry *e = ctsync_entry_at(&inst->entries, slot);
	struct nf_conn *ct;
	void *head;
	int err;

	if (!e || !ctsync_filter_entry(f, e->origin, e->split.flags & CTSYNC_SPLIT_NOW))
		return 0;
	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	if (!ct)
		return 0;
	if (!matches(f, ct)) {
		nf_ct_put(ct);
		return 0;
	}
	head = ctsync_netlink_item_begin(skb, cb, CTSYNC_CMD_ENTRIES_GET);
	err = head ? put_entry(skb, e, ct) : -EMSGSIZE;
	nf_ct_put(ct);
	if (err && head)
		genlmsg_cancel(skb, head);
	else if (!err)
		genlmsg_end(skb, head);
	return err;
}

int ctsync_netlink_entries(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctsync_instance *inst;
	u32 slot = cb->args[0] ?: 1;
	struct ctsync_filter filter;
	int err;

	err = get_filter(cb, &filter);
	if (err)
		return err;
	ctsync_net_lock();
	inst = ctsync_instance_get(sock_net(skb->sk));
	for (; inst && slot <= inst->entries.nr_slots; slot++) {
		rcu_read_lock();
		err = dump_slot(skb, cb, inst, slot, &filter);
		rcu_read_unlock();
		if (err)
			break;
		if (!(slot & 4095))
			cond_resched();
	}
	ctsync_net_unlock();
	cb->args[0] = slot;
	return skb->len;
}

/* ---- explain ---- */

static int get_tuple(struct genl_info *info, struct nf_conntrack_tuple *out,
		     struct nf_conntrack_zone *zone)
{
	struct nlattr *tb[CTSYNC_A_TUPLE_MAX + 1];
	struct ctsync_tuple t = {};
	struct ctsync_flow f = {};
	unsigned int len;
	int err;

	if (!info->attrs[CTSYNC_A_TUPLE])
		goto missing;
	err = nla_parse_nested(tb, CTSYNC_A_TUPLE_MAX,
			       info->attrs[CTSYNC_A_TUPLE],
			       ctsync_tuple_nl_policy, info->extack);
	if (err)
		return err;
	if (!tb[CTSYNC_A_TUPLE_PROTO] || !tb[CTSYNC_A_TUPLE_SRC] ||
	    !tb[CTSYNC_A_TUPLE_DST])
		goto missing;
	len = nla_len(tb[CTSYNC_A_TUPLE_SRC]);
	if ((len != 4 && len != 16) || nla_len(tb[CTSYNC_A_TUPLE_DST]) != len) {
		NL_SET_ERR_MSG(info->extack, "source and destination are not of one address family");
		return -EINVAL;
	}
	f.l3 = len == 16 ? 6 : 4;
	f.l4 = nla_get_u8(tb[CTSYNC_A_TUPLE_PROTO]);
	memcpy(t.src, nla_data(tb[CTSYNC_A_TUPLE_SRC]), len);
	memcpy(t.dst, nla_data(tb[CTSYNC_A_TUPLE_DST]), len);
	if (tb[CTSYNC_A_TUPLE_SPORT])
		t.sport = nla_get_u16(tb[CTSYNC_A_TUPLE_SPORT]);
	if (tb[CTSYNC_A_TUPLE_DPORT])
		t.dport = nla_get_u16(tb[CTSYNC_A_TUPLE_DPORT]);
	nf_ct_zone_init(zone, tb[CTSYNC_A_TUPLE_ZONE] ?
			nla_get_u16(tb[CTSYNC_A_TUPLE_ZONE]) : 0,
			NF_CT_DEFAULT_ZONE_DIR, 0);
	if (ctsync_flow_tuple_put(&f, &t, out))
		return 0;
	NL_SET_ERR_MSG(info->extack, "this protocol is not replicated in this version");
	return -EPROTONOSUPPORT;

missing:
	NL_SET_ERR_MSG(info->extack, "a tuple wants protocol, source and destination");
	return -EINVAL;
}

/* @why has room for WHY bytes. */
#define WHY 160
static u8 verdict_of(struct ctsync_instance *inst, const struct nf_conn *ct,
		     const struct ctsync_entry *e, char *why)
{
	unsigned long status = READ_ONCE(ct->status);
	u32 mark = READ_ONCE(ct->mark);

	if (e && ctsync_queue_untold(e)) {
		strscpy(why, READ_ONCE(e->pace) == CTSYNC_YOUNG ?
			"not told yet: younger than sync-delay" :
			"not told: when it was as old as sync-delay it was over, or silent; the next packet of one that lives will tell it", WHY);
		return CTSYNC_UAPI_VERDICT_NOT_YET;
	}
	if (e) {
		snprintf(why, WHY, "its mark %#x matches %#x/%#x%s", mark,
			 inst->conf.mark_value, inst->conf.mark_mask,
			 status & (IPS_OFFLOAD | IPS_HW_OFFLOAD) ?
			 "; a flowtable forwards its packets" : "");
		return CTSYNC_UAPI_VERDICT_SYNCED;
	}
	if (status & BIT_ULL(CTSYNC_STATUS_LOCAL_BIT)) {
		strscpy(why, "not synced: the flow begins or ends on this node itself", WHY);
		return CTSYNC_UAPI_VERDICT_LOCAL;
	}
	if (!ctsync_eligible(inst, mark)) {
		snprintf(why, WHY, "not synced: its mark %#x does not match %#x/%#x, so no rule chose it",
			 mark, inst->conf.mark_value, inst->conf.mark_mask);
		return CTSYNC_UAPI_VERDICT_NOT_ELIGIBLE;
	}
	if (!ctsync_entries_count(&inst->entries) ||
	    READ_ONCE(inst->entries.nr_free)) {
		strscpy(why, "not synced yet: the next packet or walk will find it", WHY);
		return CTSYNC_UAPI_VERDICT_NOT_YET;
	}
	strscpy(why, "not synced: every slot is taken", WHY);
	return CTSYNC_UAPI_VERDICT_TABLE_FULL;
}

int ctsync_netlink_explain(struct sk_buff *skb, struct genl_info *info)
{
	u8 verdict = CTSYNC_UAPI_VERDICT_NOT_UP;
	char why[WHY] = "ctsync is not up in this namespace";
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone zone;
	struct ctsync_entry *e = NULL;
	struct ctsync_instance *inst;
	struct nf_conn *ct = NULL;
	struct sk_buff *msg;
	void *head;
	int err;

	err = get_tuple(info, &tuple, &zone) ?:
	      ctsync_netlink_reply_begin(info, NLMSG_DEFAULT_SIZE, CTSYNC_CMD_EXPLAIN, &msg,
			  &head);
	if (err)
		return err;
	ctsync_net_lock();
	rcu_read_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	h = inst ? nf_conntrack_find_get(inst->net, &zone, &tuple) : NULL;
	if (h) {
		ct = nf_ct_tuplehash_to_ctrack(h);
		e = ctsync_entry_of(&inst->entries, ct, READ_ONCE(ct->status));
		verdict = verdict_of(inst, ct, e, why);
	} else if (inst) {
		verdict = CTSYNC_UAPI_VERDICT_NOT_TRACKED;
		strscpy(why, "conntrack knows no such flow here", WHY);
	}
	err = nla_put_u8(msg, CTSYNC_A_VERDICT, verdict) ?:
	      nla_put_string(msg, CTSYNC_A_TEXT, why) ?:
	      e ? put_entry(msg, e, ct) : 0;
	if (ct)
		nf_ct_put(ct);
	rcu_read_unlock();
	ctsync_net_unlock();
	return ctsync_netlink_reply_end(info, msg, head, err);
}
