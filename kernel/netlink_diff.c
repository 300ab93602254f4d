// SPDX-License-Identifier: GPL-2.0
/* The questions of ctsync diff: one command, said again until its answer is there. */
#include "diff.h"
#include "net.h"
#include "netlink.h"
#include "netlink_policy.h"

#include <linux/ctsync.h>
#include <linux/unaligned.h>
#include <net/ipv6.h>

static int get_question(struct genl_info *info, struct ctsync_question *q)
{
	struct nlattr *tb[CTSYNC_A_DIFF_MAX + 1];
	int err;

	if (!info->attrs[CTSYNC_A_DIFF])
		goto missing;
	err = nla_parse_nested(tb, CTSYNC_A_DIFF_MAX, info->attrs[CTSYNC_A_DIFF],
			       ctsync_diff_nl_policy, info->extack);
	if (err)
		return err;
	if (!tb[CTSYNC_A_DIFF_WHAT] || !tb[CTSYNC_A_DIFF_TOKEN])
		goto missing;
	*q = (struct ctsync_question){
		.what = nla_get_u8(tb[CTSYNC_A_DIFF_WHAT]),
		.token = nla_get_u32(tb[CTSYNC_A_DIFF_TOKEN]),
	};
	if (tb[CTSYNC_A_DIFF_FIRST])
		q->first = nla_get_u16(tb[CTSYNC_A_DIFF_FIRST]) & ~63;
	if (tb[CTSYNC_A_DIFF_SET])
		q->set = nla_get_u64(tb[CTSYNC_A_DIFF_SET]);
	if (tb[CTSYNC_A_DIFF_CURSOR])
		q->cursor = nla_get_u32(tb[CTSYNC_A_DIFF_CURSOR]);
	return 0;

missing:
	NL_SET_ERR_MSG(info->extack, "a question about a table wants what and token");
	return -EINVAL;
}

static int find_peer(struct ctsync_instance *inst, struct genl_info *info,
		     struct ctsync_peer **peer)
{
	struct in6_addr addr;
	int err;

	*peer = NULL;
	if (!info->attrs[CTSYNC_A_PEER])
		return 0;
	err = ctsync_netlink_get_addr(info->attrs[CTSYNC_A_PEER], &addr, info->extack);
	if (err)
		return err;
	*peer = ctsync_peer_by_addr(&inst->peers, &addr);
	if (!*peer) {
		NL_SET_ERR_MSG(info->extack, "there is no such peer");
		return -ENOENT;
	}
	if (READ_ONCE((*peer)->state) == CTSYNC_MEMBER_UP)
		return 0;
	NL_SET_ERR_MSG(info->extack, "this peer is not up");
	return -ENOTCONN;
}

static int put_answer(struct sk_buff *msg, const struct ctsync_digest_msg *m)
{
	struct nlattr *nest = nla_nest_start(msg, CTSYNC_A_DIFF), *values;
	bool is_entries = m->level == CTSYNC_DIGEST_LEVEL_SHOW_ENTRIES;
	u8 *p;
	u32 i;

	if (!nest || nla_put_u8(msg, CTSYNC_A_DIFF_WHAT, m->level) ||
	    nla_put_u32(msg, is_entries ? CTSYNC_A_DIFF_CURSOR : CTSYNC_A_DIFF_ENTRIES,
			m->entries))
		return -EMSGSIZE;
	values = nla_reserve(msg, CTSYNC_A_DIFF_VALUES, 8 * m->nr);
	if (!values)
		return -EMSGSIZE;
	for (i = 0, p = nla_data(values); i < m->nr; i++, p += 8)
		put_unaligned_be64(m->value[i], p);
	nla_nest_end(msg, nest);
	return 0;
}

int ctsync_netlink_diff(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_digest_msg *m = NULL;
	struct ctsync_instance *inst;
	struct ctsync_question q;
	struct ctsync_peer *peer;
	struct sk_buff *msg;
	void *head;
	int err;

	err = get_question(info, &q) ?:
	      ctsync_netlink_reply_begin(info, 1024, CTSYNC_CMD_DIFF, &msg, &head);
	if (err)
		return err;
	ctsync_net_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	if (!inst) {
		NL_SET_ERR_MSG(info->extack, "ctsync is not up in this namespace");
		err = -ENOENT;
	}
	err = err ?: find_peer(inst, info, &peer);
	if (!err) {
		m = kmalloc(sizeof(*m), GFP_KERNEL);
		err = m ? ctsync_diff_ask(inst, peer, &q, m) : -ENOMEM;
	}
	if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack, "another diff is under way here");
	if (err > 0)
		err = put_answer(msg, m);
	ctsync_net_unlock();
	kfree(m);
	return ctsync_netlink_reply_end(info, msg, head, err);
}
