/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: commands in, events out. */
#ifndef CTSYNC_NETLINK_H
#define CTSYNC_NETLINK_H

#include "instance.h"

#include <net/genetlink.h>

int ctsync_netlink_init(void);
void ctsync_netlink_exit(void);

/* Kernel log line and multicast event: enum ctsync_member_news. */
void ctsync_netlink_tell(struct ctsync_instance *inst, struct ctsync_peer *p,
			 int news);

/* The key that a request carries, into @key; -EINVAL with a sentence. */
int ctsync_netlink_get_key(struct genl_info *info, struct ctsync_key *key);
/* Wipe it where it came in, whatever became of the request. */
void ctsync_netlink_wipe_key(struct genl_info *info);
int ctsync_netlink_key_add(struct sk_buff *skb, struct genl_info *info);
int ctsync_netlink_key_use(struct sk_buff *skb, struct genl_info *info);
int ctsync_netlink_key_del(struct sk_buff *skb, struct genl_info *info);

/* The address of one host that @a carries, IPv4 mapped; -EINVAL with a sentence. */
int ctsync_netlink_get_addr(const struct nlattr *a, struct in6_addr *out,
			    struct netlink_ext_ack *extack);

/* Listings and single replies: netlink_dump.c, netlink_entry.c. */
int ctsync_netlink_get(struct sk_buff *skb, struct genl_info *info);
int ctsync_netlink_stats(struct sk_buff *skb, struct genl_info *info);
int ctsync_netlink_explain(struct sk_buff *skb, struct genl_info *info);
int ctsync_netlink_diff(struct sk_buff *skb, struct genl_info *info);
int ctsync_netlink_peers(struct sk_buff *skb, struct netlink_callback *cb);
int ctsync_netlink_entries(struct sk_buff *skb, struct netlink_callback *cb);
int ctsync_netlink_queues(struct sk_buff *skb, struct netlink_callback *cb);
int ctsync_netlink_params(struct sk_buff *skb, struct netlink_callback *cb);
int ctsync_netlink_put_peer(struct sk_buff *skb, struct ctsync_peer *p);
/* Begin a reply of one message of @size bytes; -ENOMEM or 0. */
int ctsync_netlink_reply_begin(struct genl_info *info, size_t size, u8 cmd,
			       struct sk_buff **msg, void **head);
/* Send it, or free it and hand on @err. */
int ctsync_netlink_reply_end(struct genl_info *info, struct sk_buff *msg,
			     void *head, int err);
/* One message of a listing; NULL when there is no room. */
void *ctsync_netlink_item_begin(struct sk_buff *skb,
				struct netlink_callback *cb, u8 cmd);
/* An address of the sync link: 4 bytes when it is IPv4, else 16. */
int ctsync_netlink_put_addr(struct sk_buff *skb, int attr,
			    const struct in6_addr *addr);

extern struct genl_family ctsync_genl_family;

#endif
