/* SPDX-License-Identifier: GPL-2.0 */
/* Peers: what is known of each other node of the cluster. */
#ifndef CTSYNC_PEER_H
#define CTSYNC_PEER_H

#include "bulk_fsm.h"
#include "digest_tree.h"
#include "had.h"
#include "member_fsm.h"
#include "path.h"
#include "repair_fsm.h"
#include "seq.h"
#include "wire.h"

#include <linux/in6.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define CTSYNC_PEERS_MAX 64	/* sets of peers are bits of a u64 */

/* What a HELLO gave us to answer. */
struct ctsync_heard {
	u8 epoch[16];		/* of its sender; 0: none was heard */
	u8 challenge[16];	/* for this node, to be echoed; 0: none yet */
	u32 time;		/* its sender's clock */
	u64 ns;			/* when it came, our clock */
};

/* What somebody asks to be shown of our table, see diff.c. */
struct ctsync_question {
	bool came;	/* and is not answered yet */
	u8 what;	/* level of the answer */
	u16 first;	/* of its buckets */
	u32 token;	/* the asker's own, repeated in the answer */
	u32 cursor;	/* entries: slot where to go on */
	u64 set;	/* entries: of these 64 buckets */
};

struct ctsync_peer {
	struct in6_addr addr;	/* of the sync link; IPv4 is mapped (::ffff:a.b.c.d) */
	u8 index;		/* bit in sets of peers */
	u8 node;		/* 0 until heard; then bound to the address */
	u8 state;		/* enum ctsync_member_state */
	u8 reason;		/* enum ctsync_member_reason */
	bool ready;		/* as it says of itself */
	bool standby;
	bool draining;
	bool copied;		/* as it says: its table was sent to us */
	bool answers;		/* as it says: its answers have CTSYNC_REF_ANSWER */
	bool proven;		/* epoch is proven */
	bool hears;		/* it has proven ours: it reads what we send */
	spinlock_t lock;	/* everything in here that is not said to be atomic */
	u8 key_id;		/* of its last frame */
	u8 epoch[16];		/* proven one */
	u8 era;			/* epochs that were proven, modulo 128 */
	u32 proofs;		/* how often proof was had or lost: part of challenges */
	struct ctsync_heard heard; /* of the proven epoch; of any while none is proven */
	struct ctsync_heard other; /* of another epoch while one is proven, see member.c */
	bool other_waits;	/* for an answer */
	u64 heard_ns;		/* last valid frame; 0: never */
	u64 refused_ns;		/* last frame that gave the reason */
	u64 told_ns[3];		/* last complaint in the log: a tag, a key, a number; 0: never */
	u64 own_ns;		/* rate limit of frames with our own number */
	u64 unproven_ns;	/* rate limit of HELLOs from unproven epochs */
	u32 rtt_us;		/* smoothed; 0: not measured */
	struct ctsync_path path;	/* how long a frame to it may be; told is read without the lock */
	struct ctsync_bypass bypass;
	bool bypass_told;	/* its last change was logged */
	struct ctsync_bulk bulk;	/* copying our table to it */
	bool bulk_epoch_kept;	/* it had a copy, or a part, in this epoch */
	bool telling;		/* that copy is of buckets that differ only */
	struct ctsync_digest_diff diff;	/* where its table differs from ours */
	u64 digest[CTSYNC_DIGEST_GROUPS]; /* its groups, to be compared */
	u32 digest_round;	/* of these */
	bool digest_came;
	struct ctsync_question question; /* of an operator there */
	u64 in_frames, in_messages, in_bytes;
	u64 lost;
	u64 repaired;		/* lost frames whose content was told again */
	struct ctsync_budget told_again;	/* to it, because it said that it missed that */
	u64 gap_channels;	/* set of channels with a gap */
	struct ctsync_had had;	/* of it, here */
	struct ctsync_had_ours had_ours; /* of us, there; ns is read without the lock */
	bool drift;		/* something was lost beyond repair: compare tables */
	bool differs;		/* its table did in the last comparison, perhaps for a moment */
	atomic64_t out_frames, out_messages, out_bytes;
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
/* Is a peer other than @p proven under this number? */
bool ctsync_peer_node_taken(const struct ctsync_peers *ps,
			    const struct ctsync_peer *p, u8 node);

/* Why @p does not come up; says nothing of a proven one. p->lock held. */
void ctsync_peer_refuse(struct ctsync_peer *p, enum ctsync_member_reason reason);

/* Recompute the sets after a change of @p; p->lock held. */
void ctsync_peer_update_sets(struct ctsync_peers *ps, struct ctsync_peer *p);

#endif
