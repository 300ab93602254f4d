/* SPDX-License-Identifier: GPL-2.0 */
/* The instance of each network namespace: up, down, and how to get at it. */
#ifndef CTSYNC_NET_H
#define CTSYNC_NET_H

#include "instance.h"

struct netlink_ext_ack;

/* What `up` asks for. */
struct ctsync_request {
	struct ctsync_config conf;
	struct ctsync_params params;
	struct ctsync_key key;	/* unless insecure; wipe it */
	unsigned int nr_peers;
	struct in6_addr peer[CTSYNC_PEERS_MAX];
};

/* Serialises up, down, set and listings. Taken by callers of what follows. */
void ctsync_net_lock(void);
void ctsync_net_unlock(void);

/* The instance, or NULL: with the lock held. */
struct ctsync_instance *ctsync_instance_get(struct net *net);
/* The same under RCU; from conntrack's callbacks. */
struct ctsync_instance *ctsync_instance_of(const struct net *net);

/* Lock held. -EEXIST, -EINVAL, -ENOMEM, ...; extack says why. */
int ctsync_net_up(struct net *net, const struct ctsync_request *req,
		  struct netlink_ext_ack *extack);
/* Lock held. -ENOENT. Sleeps, but waits for no traffic. */
int ctsync_net_down(struct net *net);

/* Parameters changed: recompute what is derived. Lock held. */
void ctsync_net_params_changed(struct ctsync_instance *inst);

/* For every instance, lock taken. */
void ctsync_net_for_each(void (*fn)(struct ctsync_instance *inst));

int ctsync_net_init(void (*tell)(struct ctsync_instance *inst,
				 struct ctsync_peer *p, int news));
void ctsync_net_exit(void);

#endif
