// SPDX-License-Identifier: GPL-2.0
/* Commands that change something, and events. Every refusal says why. */
#include "netlink.h"
#include "bulk.h"
#include "member.h"
#include "net.h"
#include "netlink_policy.h"
#include "walk.h"

#include <linux/ctsync.h>
#include <linux/inetdevice.h>
#include <linux/ratelimit.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>

/* ---- parsing a request ---- */

static int get_any_addr(const struct nlattr *a, struct in6_addr *out,
			struct netlink_ext_ack *extack)
{
	if (nla_len(a) == 4) {
		ipv6_addr_set_v4mapped(nla_get_in_addr(a), out);
	} else if (nla_len(a) == 16) {
		*out = nla_get_in6_addr(a);
	} else {
		NL_SET_ERR_MSG_ATTR(extack, a, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	return 0;
}

static bool is_group(const struct in6_addr *addr)
{
	return ipv6_addr_is_multicast(addr) ||
	       (ipv6_addr_v4mapped(addr) &&
		ipv4_is_multicast(addr->s6_addr32[3]));
}

int ctsync_netlink_get_addr(const struct nlattr *a, struct in6_addr *out,
			    struct netlink_ext_ack *extack)
{
	int err = get_any_addr(a, out, extack);

	if (err)
		return err;
	if (is_group(out) || (ipv6_addr_v4mapped(out) &&
			      ipv4_is_lbcast(out->s6_addr32[3]))) {
		NL_SET_ERR_MSG_ATTR(extack, a, "this is no host's address: name each peer, and the group as 'group'");
		return -EINVAL;
	}
	if (ipv6_addr_any(out) ||
	    (ipv6_addr_v4mapped(out) && !out->s6_addr32[3])) {
		NL_SET_ERR_MSG_ATTR(extack, a, "the address must be one host's");
		return -EINVAL;
	}
	return 0;
}

static int get_group(const struct nlattr *a, struct ctsync_config *conf,
		     struct netlink_ext_ack *extack)
{
	int err = a ? get_any_addr(a, &conf->group, extack) : 0;

	if (err || !a)
		return err;
	/* one that reaches no other machine is of no use */
	if (!is_group(&conf->group) ||
	    (ipv6_addr_is_multicast(&conf->group) &&
	     IPV6_ADDR_MC_SCOPE(&conf->group) <= IPV6_ADDR_SCOPE_NODELOCAL)) {
		NL_SET_ERR_MSG_ATTR(extack, a, "the group is no multicast address that reaches others");
		return -EINVAL;
	}
	if (ipv6_addr_v4mapped(&conf->group) !=
	    ipv6_addr_v4mapped(&conf->local)) {
		NL_SET_ERR_MSG_ATTR(extack, a, "local and group are not of one address family");
		return -EINVAL;
	}
	if (!conf->ifindex) {
		NL_SET_ERR_MSG_ATTR(extack, a, "a group needs dev: the interface on which it is joined");
		return -EINVAL;
	}
	return 0;
}

static int get_dev(struct net *net, const struct nlattr *a,
		   struct ctsync_config *conf, struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	if (!a)
		return 0;
	nla_strscpy(conf->dev, a, sizeof(conf->dev));
	dev = dev_get_by_name(net, conf->dev);
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, a, "there is no such interface");
		return -ENODEV;
	}
	conf->ifindex = dev->ifindex;
	dev_put(dev);
	return 0;
}

static int get_peers(struct genl_info *info, struct ctsync_request *req)
{
	const struct nlattr *a;
	int err, rem;

	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem) {
		struct in6_addr *addr = &req->peer[req->nr_peers];

		if (nla_type(a) != CTSYNC_A_PEER)
			continue;
		if (req->nr_peers == CTSYNC_PEERS_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "more than 64 peers");
			return -ENOSPC;
		}
		err = ctsync_netlink_get_addr(a, addr, info->extack);
		if (err)
			return err;
		if (ipv6_addr_v4mapped(addr) !=
		    ipv6_addr_v4mapped(&req->conf.local)) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "local and peer are not of one address family");
			return -EINVAL;
		}
		if (ipv6_addr_equal(addr, &req->conf.local)) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "a peer has this node's own address");
			return -EINVAL;
		}
		req->nr_peers++;
	}
	if (!req->nr_peers) {
		NL_SET_ERR_MSG(info->extack, "at least one peer is needed, with a group too");
		return -EINVAL;
	}
	return 0;
}

/* Parameters that the message carries, into @p. @live: only those that may
 * change while up.
 */
static int get_params(struct genl_info *info, struct ctsync_params *p, bool live)
{
	unsigned int i;

	for (i = 0; i < CTSYNC_PARAM_MAX; i++) {
		const struct ctsync_param_info *row = &ctsync_param_table[i];
		const struct nlattr *a = info->attrs[row->attr];
		u32 value;

		if (!a)
			continue;
		value = nla_len(a) == 1 ? nla_get_u8(a) : nla_get_u32(a);
		if (live && !row->live) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "this parameter is fixed while ctsync is up");
			return -EBUSY;
		}
		if (value < row->min || value > row->max) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "the value is out of range, see 'ctsync show params'");
			return -ERANGE;
		}
		*ctsync_param(p, i) = value;
	}
	if (p->sync_delay && p->hold) {
		NL_SET_ERR_MSG(info->extack, "sync-delay needs 'hold off': a held packet waits until its flow is told");
		return -EINVAL;
	}
	return 0;
}

static int get_mark(struct genl_info *info, struct ctsync_request *req)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[CTSYNC_A_MARK_VALUE] != !attrs[CTSYNC_A_MARK_MASK]) {
		NL_SET_ERR_MSG(info->extack, "mark wants a value and a mask");
		return -EINVAL;
	}
	if (!attrs[CTSYNC_A_MARK_MASK]) {
		req->conf.mark_value = 1;
		req->conf.mark_mask = 1;
		return 0;
	}
	req->conf.mark_value = nla_get_u32(attrs[CTSYNC_A_MARK_VALUE]);
	req->conf.mark_mask = nla_get_u32(attrs[CTSYNC_A_MARK_MASK]);
	if (req->conf.mark_value & ~req->conf.mark_mask) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[CTSYNC_A_MARK_VALUE],
				    "the mark's value has bits outside its mask, so no flow would match");
		return -EINVAL;
	}
	if (req->conf.mark_mask && !req->conf.mark_value) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[CTSYNC_A_MARK_VALUE],
				    "a mark value of 0 would choose every unmarked flow: say 'all' instead");
		return -EINVAL;
	}
	return 0;
}

static int get_request(struct genl_info *info, struct ctsync_request *req)
{
	struct ctsync_config *conf = &req->conf;
	struct nlattr **attrs = info->attrs;
	int err;

	ctsync_params_init(&req->params);
	if (!attrs[CTSYNC_A_NODE]) {
		NL_SET_ERR_MSG(info->extack, "node is missing");
		return -EINVAL;
	}
	if (!attrs[CTSYNC_A_LOCAL]) {
		NL_SET_ERR_MSG(info->extack, "local is missing");
		return -EINVAL;
	}
	conf->node = nla_get_u8(attrs[CTSYNC_A_NODE]);
	conf->cluster = attrs[CTSYNC_A_CLUSTER] ?
			nla_get_u16(attrs[CTSYNC_A_CLUSTER]) : 0;
	conf->port = attrs[CTSYNC_A_PORT] ? nla_get_u16(attrs[CTSYNC_A_PORT]) :
					    CTSYNC_WIRE_PORT;
	conf->insecure = attrs[CTSYNC_A_INSECURE];
	if (conf->insecure && attrs[CTSYNC_A_KEY]) {
		NL_SET_ERR_MSG(info->extack, "either a key or 'insecure', not both");
		return -EINVAL;
	}
	if (!conf->insecure && !attrs[CTSYNC_A_KEY]) {
		NL_SET_ERR_MSG(info->extack, "a key is missing: say 'key FILE', or 'insecure' to have frames neither encrypted nor authenticated on a private link");
		return -EPERM;
	}
	err = conf->insecure ? 0 : ctsync_netlink_get_key(info, &req->key);
	if (err)
		return err;
	err = ctsync_netlink_get_addr(attrs[CTSYNC_A_LOCAL], &conf->local, info->extack) ?:
	      get_dev(genl_info_net(info), attrs[CTSYNC_A_DEV], conf,
		      info->extack);
	if (err)
		return err;
	if (ipv6_addr_type(&conf->local) & IPV6_ADDR_LINKLOCAL &&
	    !conf->ifindex) {
		NL_SET_ERR_MSG(info->extack, "a link-local address needs dev");
		return -EINVAL;
	}
	return get_group(attrs[CTSYNC_A_GROUP], conf, info->extack) ?:
	       get_peers(info, req) ?: get_mark(info, req) ?:
	       get_params(info, &req->params, false);
}

/* ---- telling who listens ---- */

static void multicast(struct net *net, u8 node, bool ready,
		      struct ctsync_peer *p, u8 event, const char *text)
{
	struct sk_buff *msg;
	void *head;

	if (!genl_has_listeners(&ctsync_genl_family, net, 0))
		return;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!msg)
		return;
	head = genlmsg_put(msg, 0, 0, &ctsync_genl_family, 0, CTSYNC_CMD_EVENT);
	if (!head || nla_put_u8(msg, CTSYNC_A_EVENT, event) ||
	    nla_put_string(msg, CTSYNC_A_TEXT, text) ||
	    nla_put_u8(msg, CTSYNC_A_NODE, node) ||
	    nla_put_u8(msg, CTSYNC_A_READY, ready) ||
	    (p && ctsync_netlink_put_peer(msg, p))) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, head);
	genlmsg_multicast_netns(&ctsync_genl_family, net, msg, 0, 0,
				GFP_ATOMIC);
}

/* ---- commands ---- */

static int cmd_up(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_request *req = kzalloc(sizeof(*req), GFP_KERNEL);
	int err = req ? get_request(info, req) : -ENOMEM;

	if (!err) {
		ctsync_net_lock();
		err = ctsync_net_up(genl_info_net(info), req, info->extack);
		/* before any other event of it, or anybody's "down" */
		if (!err)
			multicast(genl_info_net(info), req->conf.node, false,
				  NULL, CTSYNC_UAPI_EVENT_UP, "up");
		ctsync_net_unlock();
	}
	if (!err)
		pr_info_ratelimited("ctsync: %u: up, node %u; frames are %s\n",
				    genl_info_net(info)->ns.inum, req->conf.node,
				    req->conf.insecure ?
				    "neither encrypted nor authenticated" :
				    "encrypted and authenticated");
	kfree_sensitive(req);
	ctsync_netlink_wipe_key(info);
	return err;
}

static int not_up(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "ctsync is not up in this namespace");
	return -ENOENT;
}

static int cmd_down(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct ctsync_instance *inst;
	u8 node = 0;
	int err;

	ctsync_net_lock();
	inst = ctsync_instance_get(net);
	if (inst)
		node = inst->conf.node;
	err = ctsync_net_down(net);
	if (!err)
		multicast(net, node, false, NULL, CTSYNC_UAPI_EVENT_DOWN,
			  "down");
	ctsync_net_unlock();
	if (err)
		return not_up(info);
	pr_info_ratelimited("ctsync: %u: down\n", net->ns.inum);
	return 0;
}

static int cmd_set(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_instance *inst;
	struct ctsync_params p;
	unsigned int i;
	int err;

	ctsync_net_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	if (!inst) {
		err = not_up(info);
		goto unlock;
	}
	p = inst->params;
	err = get_params(info, &p, true);
	if (err)
		goto unlock;
	/* commit */
	for (i = 0; i < CTSYNC_PARAM_MAX; i++)
		WRITE_ONCE(*ctsync_param(&inst->params, i), *ctsync_param(&p, i));
	ctsync_net_params_changed(inst);
unlock:
	ctsync_net_unlock();
	return err;
}

static int cmd_resync(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_instance *inst;
	struct in6_addr addr;
	unsigned int i, n = 0;
	int err = 0;

	if (info->attrs[CTSYNC_A_PEER]) {
		err = ctsync_netlink_get_addr(info->attrs[CTSYNC_A_PEER], &addr, info->extack);
		if (err)
			return err;
	}
	ctsync_net_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	for (i = 0; inst && i < inst->peers.nr; i++) {
		struct ctsync_peer *p = inst->peers.peer[i];

		if (info->attrs[CTSYNC_A_PEER] && !ipv6_addr_equal(&p->addr, &addr))
			continue;
		ctsync_bulk_resync(inst, p);
		n++;
	}
	if (!inst) {
		err = not_up(info);
	} else if (!n) {
		NL_SET_ERR_MSG(info->extack, "there is no such peer");
		err = -ENOENT;
	}
	ctsync_net_unlock();
	return err;
}

static int cmd_stats_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct ctsync_instance *inst;
	int err = 0;

	ctsync_net_lock();
	inst = ctsync_instance_get(genl_info_net(info));
	if (inst)
		ctsync_stats_reset(inst->stats);
	else
		err = not_up(info);
	ctsync_net_unlock();
	return err;
}

/* ---- events ---- */

static const struct {
	u8 event;
	const char *text;
} news_table[CTSYNC_NEWS_MAX] = {
	[CTSYNC_NEWS_PEER_UP]	   = { CTSYNC_UAPI_EVENT_PEER, "up" },
	[CTSYNC_NEWS_PEER_DOWN]	   = { CTSYNC_UAPI_EVENT_PEER, "down" },
	[CTSYNC_NEWS_READY]	   = { CTSYNC_UAPI_EVENT_READY, "ready" },
	[CTSYNC_NEWS_NOT_READY]	   = { CTSYNC_UAPI_EVENT_READY, "not ready" },
	[CTSYNC_NEWS_BYPASS_BEGIN] = { CTSYNC_UAPI_EVENT_BYPASS, "bypassed: it does not acknowledge" },
	[CTSYNC_NEWS_BYPASS_END]   = { CTSYNC_UAPI_EVENT_BYPASS, "acknowledges again" },
	[CTSYNC_NEWS_BULK_END]	   = { CTSYNC_UAPI_EVENT_PEER, "has our table" },
	[CTSYNC_NEWS_NO_HELPER]	   = { CTSYNC_UAPI_EVENT_HELPER, "a flow's helper is not here" },
	[CTSYNC_NEWS_AUTH_FAILED]  = { CTSYNC_UAPI_EVENT_PEER, "frames do not authenticate" },
	[CTSYNC_NEWS_OTHER_KEY]	   = { CTSYNC_UAPI_EVENT_PEER, "frames come without a key, or with one that is not here" },
	[CTSYNC_NEWS_CLASH]	   = { CTSYNC_UAPI_EVENT_CONFLICT, "a new flow here got the translated port of one there: its packet is dropped" },
	[CTSYNC_NEWS_CONFLICT]	   = { CTSYNC_UAPI_EVENT_CONFLICT, "two flows in use have one tuple: both stay, neither is synced" },
	[CTSYNC_NEWS_MTU_BEGIN]	   = { CTSYNC_UAPI_EVENT_PEER, "frames as long as the interface's MTU do not reach it: shorter ones are sent" },
	[CTSYNC_NEWS_MTU_END]	   = { CTSYNC_UAPI_EVENT_PEER, "frames as long as the interface's MTU reach it again" },
	[CTSYNC_NEWS_RESTORED]	   = { CTSYNC_UAPI_EVENT_READY, "this machine was restored or copied: not ready, begins anew" },
	[CTSYNC_NEWS_ID_COLLISION] = { CTSYNC_UAPI_EVENT_PEER, "its node number is taken, by this node or by a peer that is up" },
};

void ctsync_netlink_tell(struct ctsync_instance *inst, struct ctsync_peer *p,
			 int news)
{
	const char *what = news_table[news].text;
	char text[192];

	if (!p)
		snprintf(text, sizeof(text), "%s", what);
	else if (ipv6_addr_v4mapped(&p->addr))
		snprintf(text, sizeof(text), "peer %u (%pI4): %s", p->node,
			 &p->addr.s6_addr32[3], what);
	else
		snprintf(text, sizeof(text), "peer %u (%pI6c): %s", p->node,
			 &p->addr, what);
	if (news == CTSYNC_NEWS_NO_HELPER)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 ": %.*s", CTSYNC_HELP_NAME - 1, inst->no_helper);
	if (__ratelimit(&inst->news_limit))
		pr_info("ctsync: %u: %s\n", inst->net->ns.inum, text);
	multicast(inst->net, inst->conf.node, READ_ONCE(inst->ready), p,
		  news_table[news].event, text);
}

/* ---- the family ---- */

static const struct genl_ops ops[] = {
	{ .cmd = CTSYNC_CMD_UP, .flags = GENL_UNS_ADMIN_PERM, .doit = cmd_up },
	{ .cmd = CTSYNC_CMD_DOWN, .flags = GENL_UNS_ADMIN_PERM, .doit = cmd_down },
	{ .cmd = CTSYNC_CMD_RESYNC, .flags = GENL_UNS_ADMIN_PERM, .doit = cmd_resync },
	{ .cmd = CTSYNC_CMD_SET, .flags = GENL_UNS_ADMIN_PERM, .doit = cmd_set },
	{ .cmd = CTSYNC_CMD_STATS_RESET, .flags = GENL_UNS_ADMIN_PERM,
	  .doit = cmd_stats_reset },
	{ .cmd = CTSYNC_CMD_KEY_ADD, .flags = GENL_UNS_ADMIN_PERM,
	  .doit = ctsync_netlink_key_add },
	{ .cmd = CTSYNC_CMD_KEY_USE, .flags = GENL_UNS_ADMIN_PERM,
	  .doit = ctsync_netlink_key_use },
	{ .cmd = CTSYNC_CMD_KEY_DEL, .flags = GENL_UNS_ADMIN_PERM,
	  .doit = ctsync_netlink_key_del },
	{ .cmd = CTSYNC_CMD_DIFF, .flags = GENL_UNS_ADMIN_PERM,
	  .doit = ctsync_netlink_diff },
	{ .cmd = CTSYNC_CMD_GET, .doit = ctsync_netlink_get },
	{ .cmd = CTSYNC_CMD_STATS_GET, .doit = ctsync_netlink_stats },
	{ .cmd = CTSYNC_CMD_EXPLAIN, .flags = GENL_UNS_ADMIN_PERM,
	  .doit = ctsync_netlink_explain },
	{ .cmd = CTSYNC_CMD_PEERS_GET, .dumpit = ctsync_netlink_peers },
	{ .cmd = CTSYNC_CMD_ENTRIES_GET, .flags = GENL_UNS_ADMIN_PERM,
	  .dumpit = ctsync_netlink_entries },
	{ .cmd = CTSYNC_CMD_QUEUES_GET, .dumpit = ctsync_netlink_queues },
	{ .cmd = CTSYNC_CMD_PARAMS_GET, .dumpit = ctsync_netlink_params },
};

static const struct genl_multicast_group groups[] = {
	{ .name = CTSYNC_MCGRP_EVENTS },
};

struct genl_family ctsync_genl_family __ro_after_init = {
	.name = CTSYNC_GENL_NAME,
	.version = CTSYNC_GENL_VERSION,
	.maxattr = CTSYNC_A_MAX,
	.policy = ctsync_nl_policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = CTSYNC_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int ctsync_netlink_init(void)
{
	return genl_register_family(&ctsync_genl_family);
}

void ctsync_netlink_exit(void)
{
	genl_unregister_family(&ctsync_genl_family);
}
