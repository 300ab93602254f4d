/* SPDX-License-Identifier: GPL-2.0 */
/* The instance: what one network namespace has while ctsync is up in it.
 *
 * It only gathers the holders of floor 1; the engines work on it. It is made by
 * net.c and reached from there by RCU; while a hook, a callback or a poll runs
 * it is valid.
 */
#ifndef CTSYNC_INSTANCE_H
#define CTSYNC_INSTANCE_H

#include "crypto.h"
#include "entry.h"
#include "mail.h"
#include "params.h"
#include "peer.h"
#include "pull_fsm.h"
#include "queue.h"
#include "socket.h"
#include "stats.h"
#include "timeouts.h"
#include "told.h"
#include "ends.h"

#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/ratelimit_types.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>

/* Chosen at up, constant while up. */
struct ctsync_config {
	u8 node;
	u16 cluster;
	u16 port;
	struct in6_addr local;		/* IPv4 mapped */
	struct in6_addr group;		/* likewise: where frames to all go; 0: to each peer */
	char dev[IFNAMSIZ];
	int ifindex;
	bool insecure;
	u32 mark_value;
	u32 mark_mask;			/* 0: all flows */
};

/* One per CPU: its queue, and the packets that wait for it. */
struct ctsync_cpu {
	struct ctsync_instance *inst;
	struct napi_struct napi;
	struct hrtimer flush_timer;	/* flush-interval after the first lazy item */
	struct hrtimer hold_timer;	/* deadline of the oldest hold or parked packet */
	struct hrtimer repair_timer;	/* when a gap is to be asked for */
	unsigned long todo;		/* bits of CTSYNC_TODO_* */
	u16 cpu;
	struct ctsync_queue queue;
	/* holds: hold.c */
	spinlock_t wait_lock;
	struct list_head pending;	/* holds by deadline, oldest first */
	struct list_head draining;	/* holds to be sent by our poll */
	/* sending: only this CPU's poll */
	u64 seq[256];			/* last number used, by dest: never twice in an epoch */
	struct ctsync_mailbox mail;	/* messages about no entry, ready to go to all */
	struct ctsync_mailbox letters;	/* the same, each to one peer */
	spinlock_t told_lock;		/* told: our poll writes, who answers reads */
	struct ctsync_told_ring told;	/* what the stream to all said */
};

enum {
	CTSYNC_TODO_URGENT,	/* send what is urgent */
	CTSYNC_TODO_ALL,	/* send all that is due */
	CTSYNC_TODO_HELLO,
	CTSYNC_TODO_REPAIR,	/* ask for what is missing */
};

/* What place a packet takes that waits for an answer, see park.c. */
enum ctsync_place {
	CTSYNC_PLACE_FIRST,	/* came when none of its flow waited */
	CTSYNC_PLACE_BEHIND,	/* came behind others of it */
	CTSYNC_PLACE_FAR,	/* beyond what would be believed: nothing waits behind it */
	NR_CTSYNC_PLACES
};

/* Packets that wait for an answer. */
struct ctsync_park {
	spinlock_t lock;		/* all of it */
	struct list_head waiting;	/* by deadline, oldest first */
	struct list_head resumable;	/* to be resumed by a poll, in this order */
	bool resuming;			/* a CPU is at it */
	atomic_t nr[NR_CTSYNC_PLACES];	/* packets on both lists */
	u16 keys[256];			/* of these, by their key; read without the lock */
};

/* Expectations and related flows, see expect.c and master.c. */
struct ctsync_expects {
	spinlock_t lock;		/* all of it */
	struct list_head waiting;	/* flows whose master is not here yet, oldest first */
	u32 nr_waiting;
	struct ctsync_pull asked;	/* masters that peers were asked for */
	struct ctsync_ends ends;	/* expectations that ended here */
};

/* What an operator here asks of a peer's table, or ours, see diff.c. */
struct ctsync_diff {
	spinlock_t lock;		/* all but the last two */
	bool asked;
	bool answered;
	u8 node;			/* who is asked */
	struct ctsync_question q;
	unsigned long sent;		/* jiffies: when it was asked last */
	unsigned long seen;		/* jiffies: when the tool came last */
	struct ctsync_digest_msg answer;
	struct ctsync_digest *digest;	/* what we show; NULL until asked; only the worker */
	unsigned long next;		/* jiffies: when it may be made anew; only the worker */
};

struct ctsync_instance {
	struct net *net;
	struct ctsync_config conf;
	struct ctsync_params params;
	u32 split_window;		/* jiffies */
	u32 update_interval;		/* jiffies */
	u32 sync_delay;			/* jiffies; 0: new flows are told at once */
	struct ctsync_stats __percpu *stats;
	struct ctsync_crypto crypto;
	struct ctsync_entries entries;
	struct ctsync_peers peers;
	struct ctsync_socket sock;
	struct ctsync_queues queues;	/* pointers into cpu[] */
	struct ctsync_cpu *cpu[CTSYNC_WIRE_CHANNELS];
	unsigned int nr_cpus;
	struct net_device *dev;		/* dummy, owner of the NAPIs */
	unsigned int frame_limit;	/* longest frame that the interfaces carry */
	unsigned int frame_max;		/* longest one that is sent: what the peers hear */
	u8 epoch[16];
	siphash_key_t secret[2];	/* of challenges */
	bool labels_room;		/* we hold conntrack's reference of who sets labels */
	bool running;			/* false once teardown began: nothing new starts */
	bool muted;			/* nothing is sent: the epoch is about to be drawn anew */
	bool ready;			/* and in sync: every peer was up with our table and we with its, or join-timeout passed */
	u64 up_ns;
	struct ratelimit_state news_limit; /* of lines in the log: its own, or others' would take their place */
	u64 collided_ns;		/* when another node was last heard under our number; 0: never */
	struct timer_list hello_timer;
	struct delayed_work walk;	/* conntrack table, bulk, digests, tombstones: walk.c */
	unsigned long walk_flags;
	unsigned long walk_next;	/* jiffies: next periodic walk */
	bool walk_adopting;		/* only the worker */
	spinlock_t digest_lock;		/* digest: the worker writes, the receiver compares */
	struct ctsync_digest digest;	/* of our table, when it was last walked */
	u64 digest_tell[CTSYNC_DIGEST_GROUPS]; /* sets of buckets to be told; digest_lock */
	u64 telling[CTSYNC_DIGEST_GROUPS]; /* those of the copy that is of these only; only the worker */
	u32 digest_round;		/* of comparisons begun here */
	u8 digest_hurry;		/* begin one, though not first: so many; only the worker */
	unsigned long digest_next;	/* jiffies: when one is due; only the worker */
	struct ctsync_diff diff;
	u64 whole_ns;			/* since when every peer is up and sent us its table; 0: one is or did not; the tick */
	bool offloading;		/* a flow went into a flowtable: the worker speaks for such */
	unsigned long offload_next;	/* jiffies: when it does again; only the worker */
	atomic_t held_packets;		/* of holds, bounded */
	atomic_t held_bytes;
	struct ctsync_park park;
	spinlock_t pull_lock;
	struct ctsync_pull pull;	/* what is asked for by tuple: pull.c */
	const struct nf_hook_ops *miss_ops; /* behind which parked packets resume */
	struct ctsync_expects expects;	/* expect.c, master.c */
	char no_helper[CTSYNC_HELP_NAME]; /* a peer's helper that was last missed here */
	unsigned long no_helper_told;	/* jiffies */
	struct ctsync_timeouts timeouts;
	struct ctsync_hooks *hooks;	/* hooks.c */
	struct ctsync_events *events;	/* events.c */
	unsigned long clash_told;	/* jiffies: when a clash was told last */
	/* What an operator should know, set by the edge: enum ctsync_news; the
	 * peer may be NULL. Any context except hard interrupt.
	 */
	void (*tell)(struct ctsync_instance *inst, struct ctsync_peer *p,
		     int news);
};

#define ctsync_count(inst, NAME) \
	ctsync_stat_inc((inst)->stats, CTSYNC_STAT_##NAME)

/* The channel that this CPU sends on: the protocol has 64, so CPUs beyond share, and
 * what is said to be a CPU's is such a channel's. BH or preemption off.
 */
static inline unsigned int ctsync_this_channel(void)
{
	return smp_processor_id() % CTSYNC_WIRE_CHANNELS;
}

/* This CPU's part; BH or preemption off. */
static inline struct ctsync_cpu *ctsync_this_cpu(struct ctsync_instance *inst)
{
	return inst->cpu[ctsync_this_channel()];
}

/* Do frames to all go to a group? */
static inline bool ctsync_has_group(const struct ctsync_instance *inst)
{
	return !ipv6_addr_any(&inst->conf.group);
}

/* Is a flow with this mark chosen by the operator? */
static inline bool ctsync_eligible(const struct ctsync_instance *inst, u32 mark)
{
	return (mark & inst->conf.mark_mask) == inst->conf.mark_value;
}

/* Bits of the mark that are replicated. */
static inline u32 ctsync_mark_bits(const struct ctsync_instance *inst)
{
	return inst->conf.mark_mask | READ_ONCE(inst->params.mark_sync);
}

#endif
