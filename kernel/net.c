// SPDX-License-Identifier: GPL-2.0
/* Life of an instance.
 *
 * up:   allocate -> polls -> socket -> publish -> events -> hooks -> timers
 * down: stop     nothing new starts; hooks, events, timers are taken away
 *       wait     for readers (RCU) and polls
 *       release  every held packet goes on
 *       leave    the peers are told
 *       close    the socket
 *       clear    our half of the conntracks' status words
 *       free
 * No phase waits for traffic.
 */
#include "net.h"
#include "diff.h"
#include "events.h"
#include "hold.h"
#include "hooks.h"
#include "master.h"
#include "member.h"
#include "miss.h"
#include "park.h"
#include "poll.h"
#include "rx.h"
#include "tx.h"
#include "walk.h"

#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netns/generic.h>

static unsigned int ctsync_net_id __read_mostly;
static DEFINE_MUTEX(ctsync_mutex);
static void (*net_tell)(struct ctsync_instance *inst, struct ctsync_peer *p,
			int news);

struct ctsync_net {
	struct ctsync_instance __rcu *inst;
};

void ctsync_net_lock(void)
{
	mutex_lock(&ctsync_mutex);
}

void ctsync_net_unlock(void)
{
	mutex_unlock(&ctsync_mutex);
}

static struct ctsync_net *of(const struct net *net)
{
	return net_generic(net, ctsync_net_id);
}

struct ctsync_instance *ctsync_instance_get(struct net *net)
{
	return rcu_dereference_protected(of(net)->inst,
					 lockdep_is_held(&ctsync_mutex));
}

struct ctsync_instance *ctsync_instance_of(const struct net *net)
{
	return rcu_dereference(of(net)->inst);
}

/* The kernel makes room for labels only in a namespace where somebody sets them. */
static void follow_labels(struct ctsync_instance *inst, bool want)
{
	if (want == inst->labels_room)
		return;
	if (!want)
		nf_connlabels_put(inst->net);
	else if (nf_connlabels_get(inst->net, NF_CT_LABELS_MAX_SIZE * 8 - 1))
		return;
	inst->labels_room = want;
}

static void follow_params(struct ctsync_instance *inst)
{
	WRITE_ONCE(inst->split_window,
		   max(1u, (u32)usecs_to_jiffies(inst->params.split_window)));
	WRITE_ONCE(inst->update_interval,
		   max(1u, (u32)usecs_to_jiffies(inst->params.update_interval)));
	/* a node that is about to go tells all it has */
	WRITE_ONCE(inst->sync_delay, inst->params.drain ? 0 :
		   (u32)usecs_to_jiffies(inst->params.sync_delay));
	follow_labels(inst, inst->params.labels);
}

void ctsync_net_params_changed(struct ctsync_instance *inst)
{
	follow_params(inst);
	ctsync_member_role(inst);
}

static void hello_tick(struct timer_list *t)
{
	struct ctsync_instance *inst = container_of(t, struct ctsync_instance,
						    hello_timer);

	if (!READ_ONCE(inst->running))
		return;
	ctsync_member_tick(inst);
	mod_timer(&inst->hello_timer,
		  jiffies + msecs_to_jiffies(CTSYNC_HELLO_MS));
}

static int add_peers(struct ctsync_instance *inst,
		     const struct ctsync_request *req,
		     struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < req->nr_peers; i++) {
		err = ctsync_peer_add(&inst->peers, &req->peer[i]);
		if (err == -EEXIST)
			NL_SET_ERR_MSG(extack, "a peer is named twice");
		if (err)
			return err;
	}
	return 0;
}

/* Safe in every state that a failed up leaves. */
static void instance_free(struct ctsync_instance *inst)
{
	follow_labels(inst, false);
	ctsync_master_reap(inst, true);
	ctsync_timeouts_uninit(&inst->timeouts);
	ctsync_hooks_free(inst);
	ctsync_events_free(inst);
	ctsync_poll_free(inst);
	ctsync_entries_uninit(&inst->entries);
	ctsync_peers_uninit(&inst->peers);
	ctsync_crypto_down(&inst->crypto);
	free_percpu(inst->stats);
	ctsync_diff_uninit(inst);
	kvfree_sensitive(inst, sizeof(*inst));	/* the secret of challenges */
}

static struct ctsync_instance *instance_alloc(struct net *net,
					      const struct ctsync_request *req)
{
	struct ctsync_instance *inst = kvzalloc(sizeof(*inst), GFP_KERNEL);

	if (!inst)
		return NULL;
	inst->net = net;
	inst->conf = req->conf;
	inst->params = req->params;
	inst->tell = net_tell;
	inst->up_ns = ktime_get_ns();
	ratelimit_state_init(&inst->news_limit, 5 * HZ, 20);
	get_random_bytes(inst->epoch, sizeof(inst->epoch));
	get_random_bytes(inst->secret, sizeof(inst->secret));
	spin_lock_init(&inst->digest_lock);
	spin_lock_init(&inst->diff.lock);
	spin_lock_init(&inst->pull_lock);
	ctsync_park_init(&inst->park);
	ctsync_pull_init(&inst->pull, inst->up_ns);
	inst->digest_round = (u32)req->conf.node << 24;
	inst->digest_next = jiffies;
	timer_setup(&inst->hello_timer, hello_tick, 0);
	INIT_DELAYED_WORK(&inst->walk, ctsync_walk_work);
	spin_lock_init(&inst->expects.lock);
	INIT_LIST_HEAD(&inst->expects.waiting);
	ctsync_pull_init(&inst->expects.asked, inst->up_ns);
	ctsync_timeouts_init(&inst->timeouts);
	inst->stats = ctsync_stats_alloc(net->ns.inum);
	return inst;
}

int ctsync_net_up(struct net *net, const struct ctsync_request *req,
		  struct netlink_ext_ack *extack)
{
	struct ctsync_instance *inst;
	int err = -ENOMEM;

	if (ctsync_instance_get(net)) {
		NL_SET_ERR_MSG(extack, "ctsync is up already in this namespace");
		return -EEXIST;
	}
	inst = instance_alloc(net, req);
	if (!inst)
		return -ENOMEM;
	if (!inst->stats ||
	    ctsync_entries_init(&inst->entries, req->conf.node,
				nf_conntrack_max))
		goto free;
	err = add_peers(inst, req, extack);
	if (!err && !req->conf.insecure)
		err = ctsync_crypto_up(&inst->crypto, &req->key);
	if (err)
		goto free;
	err = ctsync_poll_up(inst);
	if (err)
		goto stop_poll;
	err = ctsync_socket_up(&inst->sock, net, &req->conf.local,
			       req->conf.port, req->conf.ifindex, ctsync_rx,
			       inst, extack);
	if (!err && ctsync_has_group(inst))
		err = ctsync_socket_join(&inst->sock, &req->conf.group, extack);
	if (err)
		goto close;
	ctsync_tx_frame_size(inst);
	follow_params(inst);
	WRITE_ONCE(inst->running, true);
	rcu_assign_pointer(of(net)->inst, inst);
	err = ctsync_events_up(inst);
	if (err)
		goto unpublish;
	err = ctsync_hooks_up(inst, extack);
	if (err)
		goto unchain;
	mod_timer(&inst->hello_timer, jiffies + 1);
	ctsync_walk_adopt(inst);
	return 0;

unchain:
	ctsync_events_down(inst);
	ctsync_walk_clear(net);
unpublish:
	WRITE_ONCE(inst->running, false);
	synchronize_net();
	RCU_INIT_POINTER(of(net)->inst, NULL);
	synchronize_net();
close:
	ctsync_socket_down(&inst->sock);
stop_poll:
	ctsync_poll_stop(inst);
free:
	instance_free(inst);
	return err;
}

/* ---- down, phase by phase ---- */

static void down_stop(struct ctsync_instance *inst)
{
	WRITE_ONCE(inst->running, false);
	ctsync_hooks_down(inst);
	ctsync_events_down(inst);
	timer_shutdown_sync(&inst->hello_timer);
	cancel_delayed_work_sync(&inst->walk);
}

static void down_wait(struct ctsync_instance *inst)
{
	/* hooks, event callbacks and receivers that were under way */
	synchronize_net();
	RCU_INIT_POINTER(of(inst->net)->inst, NULL);
	/* a receiver that had passed its test of running may have kicked these */
	ctsync_poll_stop(inst);
	cancel_delayed_work_sync(&inst->walk);
	synchronize_net();
}

static void down_release(struct ctsync_instance *inst)
{
	ctsync_hold_flush(inst);
	ctsync_miss_flush(inst);
}

int ctsync_net_down(struct net *net)
{
	struct ctsync_instance *inst = ctsync_instance_get(net);

	if (!inst)
		return -ENOENT;
	down_stop(inst);
	down_wait(inst);
	down_release(inst);
	ctsync_member_leave(inst);
	ctsync_socket_down(&inst->sock);
	ctsync_walk_clear(net);
	instance_free(inst);
	return 0;
}

void ctsync_net_for_each(void (*fn)(struct ctsync_instance *inst))
{
	struct ctsync_instance *inst;
	struct net *net;

	ctsync_net_lock();
	down_read(&net_rwsem);
	for_each_net(net) {
		inst = ctsync_instance_get(net);
		if (inst)
			fn(inst);
	}
	up_read(&net_rwsem);
	ctsync_net_unlock();
}

/* Before the namespace's devices go: a held packet keeps its device alive. */
static void __net_exit net_pre_exit(struct net *net)
{
	ctsync_net_lock();
	ctsync_net_down(net);
	ctsync_net_unlock();
}

static struct pernet_operations net_ops = {
	.pre_exit = net_pre_exit,
	.id = &ctsync_net_id,
	.size = sizeof(struct ctsync_net),
};

/* A device that goes must not wait for packets that are held on it. */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct ctsync_instance *inst;

	if (event != NETDEV_GOING_DOWN && event != NETDEV_DOWN &&
	    event != NETDEV_UNREGISTER && event != NETDEV_CHANGEMTU)
		return NOTIFY_DONE;
	rcu_read_lock();
	inst = ctsync_instance_of(dev_net(dev));
	if (inst && !READ_ONCE(inst->running)) {
		/* nothing is sent or held any more */
	} else if (inst && event == NETDEV_CHANGEMTU) {
		ctsync_tx_frame_size(inst);
	} else if (inst) {
		ctsync_hold_release_all(inst, CTSYNC_HOLD_EV_DEVICE);
		ctsync_park_release_all(inst);
	}
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

/* ---- a machine that was restored from a snapshot, or copied ---- */

static void mute(void)
{
	struct ctsync_instance *inst;
	struct net *net;

	down_read(&net_rwsem);
	rcu_read_lock();
	for_each_net(net) {
		inst = ctsync_instance_of(net);
		if (inst)
			WRITE_ONCE(inst->muted, true);
	}
	rcu_read_unlock();
	up_read(&net_rwsem);
}

/* What was sent since the snapshot is not remembered here: its numbers, which make
 * nonces, and its names must not be used again. And what was heard since may be
 * played again to windows that do not know it.
 */
static void begin_anew(struct ctsync_instance *inst)
{
	ctsync_poll_pause(inst);
	ctsync_member_restored(inst);
	ctsync_walk_renumber(inst);
	WRITE_ONCE(inst->muted, false);
	ctsync_poll_resume(inst);
}

static int machine_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	mute();		/* at once; the rest may have to wait */
	ctsync_net_for_each(begin_anew);
	return NOTIFY_DONE;
}

static struct notifier_block machine_notifier = {
	.notifier_call = machine_event,
};

int ctsync_net_init(void (*tell)(struct ctsync_instance *inst,
				 struct ctsync_peer *p, int news))
{
	int err;

	net_tell = tell;
	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		unregister_pernet_subsys(&net_ops);
	else
		register_random_vmfork_notifier(&machine_notifier);
	return err;
}

void ctsync_net_exit(void)
{
	unregister_random_vmfork_notifier(&machine_notifier);
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&net_ops);
	/* entries, holds and aliases that wait for a grace period */
	rcu_barrier();
}
