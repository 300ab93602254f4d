// SPDX-License-Identifier: GPL-2.0
/* Commands that change keys. Every refusal says why; no answer has a key in it. */
#include "netlink.h"
#include "net.h"

#include <linux/ctsync.h>

int ctsync_netlink_get_key(struct genl_info *info, struct ctsync_key *key)
{
	const struct nlattr *a = info->attrs[CTSYNC_A_KEY];

	if (!a) {
		NL_SET_ERR_MSG(info->extack, "key is missing");
		return -EINVAL;
	}
	if (!info->attrs[CTSYNC_A_KEY_ID]) {
		NL_SET_ERR_MSG_ATTR(info->extack, a, "the key's id is missing");
		return -EINVAL;
	}
	if (nla_len(a) != sizeof(key->bytes)) {
		NL_SET_ERR_MSG_ATTR(info->extack, a, "a key has 32 bytes");
		return -EINVAL;
	}
	if (!memchr_inv(nla_data(a), 0, sizeof(key->bytes))) {
		NL_SET_ERR_MSG_ATTR(info->extack, a, "a key of zeros is no secret");
		return -EINVAL;
	}
	key->id = nla_get_u8(info->attrs[CTSYNC_A_KEY_ID]);
	memcpy(key->bytes, nla_data(a), sizeof(key->bytes));
	return 0;
}

/* The socket's answer to a refused request has a copy of it. */
void ctsync_netlink_wipe_key(struct genl_info *info)
{
	struct nlattr *a = info->attrs[CTSYNC_A_KEY];

	if (a)
		memzero_explicit(nla_data(a), nla_len(a));
}

static const struct {
	int err;
	const char *text;
} sentences[] = {
	{ -EOPNOTSUPP, "this instance is insecure, it has no keys: down, and up with a key" },
	{ -EEXIST, "there is a key with this id already" },
	{ -ENOSPC, "there are 4 keys already: delete one first" },
	{ -ENOENT, "there is no key with this id" },
	{ -EBUSY, "this key seals what is sent: use another one first" },
	{ -ENOMEM, "out of memory" },
};

/* Say why, unless that was said more exactly. */
static int refused(struct genl_info *info, int err)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sentences); i++) {
		if (sentences[i].err == err && info->extack &&
		    !info->extack->_msg)
			info->extack->_msg = sentences[i].text;
	}
	return err;
}

/* Run @change on the keys of the instance that is up, with the id in the request. */
static int change(struct genl_info *info, const char *what,
		  int (*fn)(struct ctsync_instance *inst, u8 id,
			    struct genl_info *info))
{
	struct net *net = genl_info_net(info);
	struct ctsync_instance *inst;
	int err = -ESRCH;
	u8 id;

	if (!info->attrs[CTSYNC_A_KEY_ID]) {
		NL_SET_ERR_MSG(info->extack, "the key's id is missing");
		return -EINVAL;
	}
	id = nla_get_u8(info->attrs[CTSYNC_A_KEY_ID]);
	ctsync_net_lock();
	inst = ctsync_instance_get(net);
	if (inst)
		err = fn(inst, id, info);
	else
		NL_SET_ERR_MSG(info->extack, "ctsync is not up in this namespace");
	ctsync_net_unlock();
	if (err)
		return refused(info, err);
	pr_info_ratelimited("ctsync: %u: key %u %s\n", net->ns.inum, id, what);
	return 0;
}

static int add(struct ctsync_instance *inst, u8 id, struct genl_info *info)
{
	struct ctsync_key key;
	int err = ctsync_netlink_get_key(info, &key);

	if (!err)
		err = ctsync_crypto_add(&inst->crypto, &key);
	memzero_explicit(&key, sizeof(key));
	return err;
}

static int use(struct ctsync_instance *inst, u8 id, struct genl_info *info)
{
	return ctsync_crypto_use(&inst->crypto, id);
}

/* Not while a peer that lives seals with it: its frames would be lost. */
static int del(struct ctsync_instance *inst, u8 id, struct genl_info *info)
{
	const struct ctsync_keyset *set = ctsync_crypto_get(&inst->crypto);
	unsigned int i;

	if (set && set->nr == 1 && set->key[0].id == id) {
		NL_SET_ERR_MSG(info->extack, "this is the only key: add another one and use it first");
		return -EBUSY;
	}
	if (set && set->key[set->use].id == id)
		return -EBUSY;
	for (i = 0; i < inst->peers.nr; i++) {
		const struct ctsync_peer *p = inst->peers.peer[i];

		if (!READ_ONCE(p->proven) || READ_ONCE(p->key_id) != id)
			continue;
		NL_SET_ERR_MSG(info->extack, "a peer seals with this key: use another one there first, 'show peers' tells");
		return -EBUSY;
	}
	return ctsync_crypto_del(&inst->crypto, id);
}

int ctsync_netlink_key_add(struct sk_buff *skb, struct genl_info *info)
{
	int err = change(info, "added", add);

	ctsync_netlink_wipe_key(info);
	return err;
}

int ctsync_netlink_key_use(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, "in use", use);
}

int ctsync_netlink_key_del(struct sk_buff *skb, struct genl_info *info)
{
	return change(info, "deleted", del);
}
