/* SPDX-License-Identifier: GPL-2.0 */
/* Peers: what is known of each other node of the cluster. */
#ifndef CTSYNC_PEER_H
#define CTSYNC_PEER_H

#include "bulk_fsm.h"
#include "digest_tree.h"
#include "member_fsm.h"
#include "repair_fsm.h"
#include "seq.h"
#include "wire.h"

#include <linux/in6.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define CTSYNC_PEERS_MAX 64	/* sets of peers are bits of a u64 */

/* An address of the sync link; IPv4 is mapped (::ffff:a.b.c.d). */
struct ctsync_peer {
	struct in6_addr addr;
	u8 index;		/* bit in sets of peers */
	u8 node;		/* 0 until heard; then bound to the address */
	u8 state;		/* enum ctsync_member_state */
	u8 reason;		/* enum ctsync_member_reason */
	bool ready;		/* as it says of itself */
	bool standby;
	bool copied;		/* as it says: its table was sent to us */
	bool proven;		/* epoch is proven */
	bool hears;		/* it has proven ours: it reads what we send */
	spinlock_t lock;	/* everything in here that is not said to be atomic */
	u8 epoch[16];		/* proven one */
	u8 heard_epoch[16];	/* of its last HELLO */
	u8 challenge[16];	/* its last challenge, echoed by our HELLO */
	u32 hello_time;		/* its clock in its last HELLO */
	u64 hello_ns;		/* when that came, our clock */
	u64 heard_ns;		/* last valid frame; 0: never */
	u64 unproven_ns;	/* rate limit of HELLOs from unproven epochs */
	u32 rtt_us;		/* smoothed; 0: not measured */
	struct ctsync_bypass bypass;
	bool bypass_told;	/* its last change was logged */
	struct ctsync_bulk bulk;	/* copying our table to it */
	bool bulk_epoch_kept;	/* it had a copy, or a part, in this epoch */
	struct ctsync_digest_diff diff;	/* where its table differs from ours */
	u64 digest[CTSYNC_DIGEST_GROUPS]; /* its groups, to be compared */
	u32 digest_round;	/* of these */
	bool digest_came;
	u64 in_frames, in_messages, in_bytes;
	u64 lost;
	u64 repaired;		/* lost frames whose content was told again */
	u64 gap_channels;	/* set of channels with a gap */
	bool drift;		/* something was lost beyond repair: compare tables */
	bool differs;		/* its table did in the last comparison, perhaps for a moment */
	atomic64_t out_frames, out_bytes;
	struct ctsync_seq seq[2][CTSYNC_WIRE_CHANNELS]; /* [to all, to us][channel] */
	struct ctsync_gaps gaps[CTSYNC_WIRE_CHANNELS];	/* of the streams to all */
};

struct ctsync_peers {
	unsigned int nr;
	struct ctsync_peer *peer[CTSYNC_PEERS_MAX];
	atomic64_t active;	/* set of up, active, not bypassed peers: who a hold waits for */
	atomic64_t up;		/* set of proven peers that hear us */
	atomic64_t bypassed;	/* set of up peers that acknowledge badly */
};

/* Add a peer; at configuration time only. 0, -EEXIST, -ENOSPC, -ENOMEM. */
int ctsync_peer_add(struct ctsync_peers *ps, const struct in6_addr *addr);
void ctsync_peers_uninit(struct ctsync_peers *ps);

/* By source address, NULL if it is no peer's. */
struct ctsync_peer *ctsync_peer_by_addr(struct ctsync_peers *ps,
					const struct in6_addr *addr);
struct ctsync_peer *ctsync_peer_by_node(struct ctsync_peers *ps, u8 node);

/* Recompute the sets after a change of @p; p->lock held. */
void ctsync_peer_update_sets(struct ctsync_peers *ps, struct ctsync_peer *p);

#endif
