/* SPDX-License-Identifier: GPL-2.0 */
/* Entries: one per synced conntrack, found by slot number and by id.
 *
 * The slot number lives in the upper half of the conntrack's own status word,
 * which the kernel neither uses nor shows; so "is this flow synced" is one load
 * of a word already in cache. docs/locking.md tells who may hold what.
 */
#ifndef CTSYNC_ENTRY_H
#define CTSYNC_ENTRY_H

#include "split.h"
#include "tcpwin.h"
#include "qstate.h"
#include "wire.h"

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <net/netfilter/nf_conntrack.h>

struct ctsync_held;

/* ---- the upper half of nf_conn.status ---- */

#define CTSYNC_STATUS_SHIFT	32
#define CTSYNC_STATUS_SLOT	GENMASK_ULL(61, 32)
#define CTSYNC_STATUS_LOCAL_BIT	62	/* born or ended on this node: never synced */
#define CTSYNC_STATUS_SPLIT_BIT	63	/* the path is split: open windows at PRE_ROUTING */
#define CTSYNC_STATUS_OURS	GENMASK_ULL(63, 32)

static inline u32 ctsync_status_slot(unsigned long status)
{
	return (status & CTSYNC_STATUS_SLOT) >> CTSYNC_STATUS_SHIFT;
}

/* ---- entries ---- */

#define CTSYNC_E_GUARDED	0x0001 /* DESTROY will be delivered before the last put: ct may be followed under RCU */
#define CTSYNC_E_TOMBSTONE	0x0004 /* the conntrack is gone, the id is remembered */
#define CTSYNC_E_KEPT		0x0002 /* tombstone of what was deleted here only: stays while peers may have it */
#define CTSYNC_E_ALIAS		0x0008 /* tombstone of an id that lives on as alias_origin, alias_id */
#define CTSYNC_E_WORD1		0x0010 /* the last remote word that was no copy came from writer[1], else from writer[0] */
#define CTSYNC_E_ANNOUNCED	0x0020 /* an INSERT of it was sent, or it came from a peer */
#define CTSYNC_E_COPY		0x0040 /* its next message is a copy: no packet caused it */
#define CTSYNC_E_WANT_ACK	0x0080 /* its next message asks for acknowledgement */
#define CTSYNC_E_SYN_IGNORED	0x0100 /* conntrack noted an ignored SYN that the peers must know */
#define CTSYNC_E_REMOTE_DEL	0x0200 /* a delete of ours is running: DESTROY stays silent */
#define CTSYNC_E_RELEARNED0	0x0400 /* takeover moved this direction's window already */
#define CTSYNC_E_RELEARNED1	0x0800
#define CTSYNC_E_SEEN_WALK	0x1000 /* the last walk of the conntrack table found it */
#define CTSYNC_E_PARKED		0x2000 /* packets of it are parked, its owner is asked */
#define CTSYNC_E_FORGET		0x4000 /* its end is told by FORGET */
#define CTSYNC_E_REBORN		0x8000 /* its next message begins an incarnation: both windows are told */
#define CTSYNC_E_EXPECTS	0x1000000 /* its next message is followed by what it expects */
#define CTSYNC_E_COPIED		0x2000000 /* our last message was a copy, and told nothing new */
#define CTSYNC_E_ANSWER		0x4000000 /* its next message answers a question */
#define CTSYNC_E_IN_VAIN	0x8000000 /* no answer made its far packet valid, and no peer told of a packet since */

/* What was last had from another writer. */
struct ctsync_writer {
	u32 number;
	u16 inc;
	u8 node;	/* 0: unused */
	u8 owed : 1;	/* an acknowledgement of number is owed to it */
	u8 era : 7;	/* its peer's: numbers of another one say nothing */
};

/* What is true of a split TCP flow, beside conntrack's opened and led windows,
 * and how fast each direction moves here. Made when the split begins.
 */
struct ctsync_split_tcp {
	struct ctsync_tcp_known known;
	u32 pace[2][2];	/* td_end one and two periods ago */
	u32 pace_at[2];	/* jiffies when the period began */
};

/* How to find a conntrack that must not be followed by pointer. */
struct ctsync_adopted {
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone zone;
};

/* @lock protects what is marked L; the queue's lock (cpu) what is marked Q. */
struct ctsync_entry {
	union {
		struct list_head qlink;	/* Q */
		struct rcu_head rcu;	/* once it is on no queue for good */
	};
	struct hlist_node idlink;	/* its id bucket's lock; RCU readers */
	struct nf_conn *ct;		/* L; NULL when gone. Followed only under RCU and if GUARDED */
	u64 id;				/* written under L and the id bucket's lock */
	u32 slot;			/* 0 when the conntrack is gone */
	u32 number;			/* L: our own messages so far */
	u16 inc;			/* L: incarnation of the conntrack */
	u8 origin;			/* as id */
	u8 queue;			/* Q: enum ctsync_queue_id */
	u8 pace;			/* Q: enum ctsync_urgency */
	u16 cpu;			/* whose queue; changes under both queues' locks */
	u16 status;			/* L: CTSYNC_ST_* that peers know or were told */
	u32 flags;			/* L: CTSYNC_E_* */
	u8 ct_state;			/* conntrack's own number of that state, for the hot path */
	u8 state;			/* L: join of what was told and heard, enum ctsync_tcp_state */
	u8 seen_dirs;			/* L: directions seen since our last message */
	u8 mark_node;			/* L: last writer of the mark register */
	u8 reason;			/* L: ctsync_del_reason once gone */
	u8 counts_told;			/* L: in which update-interval counters were told, modulo 256 */
	u16 shift;			/* shift of sequence numbers as last told or heard, see help.h */
	spinlock_t lock;
	u32 sent_time;			/* jiffies of our last message; of a TOMBSTONE: when it became one */
	u32 asked_time;			/* jiffies of our last REQUEST for it, or when it came to be: one may have been before */
	struct ctsync_split split;	/* hot path: plain words, races only cost an update */
	struct ctsync_writer writer[2];	/* L */
	union {
		struct ctsync_tcp_sent sent[2];	/* L: TCP: windows last told, per direction */
		struct ctsync_proto proto;	/* L: SCTP, DCCP: the register as last told or heard */
	};
	union {
		u32 moved[2];		/* L: bytes of direction d between a peer's last two updates */
		struct {
			u32 life;	/* jiffies that the flow had left, at most */
			u32 until;	/* when it is forgotten */
		} kept;			/* L: of a KEPT tombstone */
	};
	u32 ack_number;			/* L: number of our last message that asked for acknowledgement */
	u32 mark;			/* L: agreed bits as last told or heard */
	u32 mark_clock;			/* L: Lamport counter of the mark register */
	union {
		struct ctsync_held *held;	/* L: packets that wait */
		u64 alias_id;			/* of an ALIAS */
	};
	struct ctsync_split_tcp *split_tcp; /* while or once split; ct->lock */
	struct ctsync_adopted *adopted;	/* how to find an unguarded conntrack; constant once bound */
};

struct ctsync_id_bucket_lock {
	spinlock_t lock;
} ____cacheline_aligned_in_smp;

#define CTSYNC_ID_LOCKS 64

struct ctsync_entries {
	struct ctsync_entry __rcu **slot;	/* [0 .. nr_slots], 0 unused */
	u32 *free;				/* stack of free slot numbers */
	u32 nr_free;
	u32 nr_slots;
	spinlock_t free_lock;			/* free, nr_free */
	struct hlist_head *id;			/* hash of (origin, id) */
	u32 id_mask;
	struct ctsync_id_bucket_lock id_lock[CTSYNC_ID_LOCKS];
	atomic64_t next_id;
	atomic_t nr_unguarded;			/* while not 0 the conntrack table is walked */
	spinlock_t tomb_lock;			/* the five below */
	struct list_head tombs;			/* oldest first, linked by qlink */
	struct list_head kept;			/* the KEPT ones, in the order of looking at them */
	u32 nr_kept;
	u32 nr_tombs;				/* on both lists */
	u32 max_tombs;
	u64 tombs_bounded;	/* dropped early because of max_tombs */
	u8 node;
	bool zoned;				/* one of another zone than the default one was bound */
	const void *notifier;			/* our event callback: while it is installed, GUARDED holds */
};

int ctsync_entries_init(struct ctsync_entries *t, u8 node, u32 max);
/* The next names of this node are later than any it gave, also before it went down or was
 * set back to an earlier memory, if its clock was not set back since. Any context.
 */
void ctsync_entry_names_begin(struct ctsync_entries *t);
/* Frees every entry. No reader and no queue may be left. */
void ctsync_entries_uninit(struct ctsync_entries *t);

static inline u32 ctsync_entries_count(const struct ctsync_entries *t)
{
	return t->nr_slots - READ_ONCE(t->nr_free);
}

/* Make an entry with a slot of its own, in no id table and bound to no
 * conntrack; GFP_ATOMIC. ERR_PTR(-ENOSPC) without a slot, -ENOMEM.
 */
struct ctsync_entry *ctsync_entry_alloc(struct ctsync_entries *t);
/* Undo alloc of an entry that nobody else has seen. */
void ctsync_entry_free(struct ctsync_entries *t, struct ctsync_entry *e);

/* Bind @e to @ct: slot number into its status, pointer into the entry, id into
 * the table. @origin 0: give it an id of our own. @guarded: @ct has our ecache
 * extension. The caller has a reference on @ct or it is not published yet.
 * Returns 0, or -EEXIST when @ct has an entry already or the id is taken.
 */
int ctsync_entry_bind(struct ctsync_entries *t, struct ctsync_entry *e,
		      struct nf_conn *ct, u8 origin, u64 id, bool guarded);

/* The entry of @ct, or NULL. RCU read side. */
struct ctsync_entry *ctsync_entry_of(const struct ctsync_entries *t,
				     const struct nf_conn *ct,
				     unsigned long status);
/* By id; follows one alias. May be a tombstone. RCU read side. */
struct ctsync_entry *ctsync_entry_find(const struct ctsync_entries *t,
				       u8 origin, u64 id);
struct ctsync_entry *ctsync_entry_at(const struct ctsync_entries *t, u32 slot);

/* Events were or may have been missed: no entry's pointer is to be followed
 * until a walk of conntrack's table has met it and called reguard. While our
 * callback is not installed nobody follows any.
 */
void ctsync_entries_unguard(struct ctsync_entries *t);
/* @ct of @e is in conntrack's table, has our extension, and our callback is
 * installed. e->lock held.
 */
void ctsync_entry_reguard(struct ctsync_entries *t, struct ctsync_entry *e);

/* The conntrack of @e with a reference, or NULL when it is gone. RCU read
 * side. The caller puts it.
 */
struct nf_conn *ctsync_entry_get_ct(const struct ctsync_entries *t,
				    struct net *net, struct ctsync_entry *e);

/* Give @e another id; the old one lives on as an alias of the new one. */
void ctsync_entry_rekey(struct ctsync_entries *t, struct ctsync_entry *e,
			u8 origin, u64 id);

/* The conntrack of @e goes or is no longer synced: clear slot and pointer.
 * @ct: the conntrack, if the caller holds a reference on it; must be given for a
 * guarded entry. Returns false when somebody else did already. e->lock held.
 */
bool ctsync_entry_unbind(struct ctsync_entries *t, struct ctsync_entry *e,
			 struct nf_conn *ct);
/* A slot number in @ct's status word that is no entry's: clear it. */
void ctsync_status_clear(struct nf_conn *ct, u32 slot);

/* An unbound entry that is on no queue: forget it now. */
void ctsync_entry_drop(struct ctsync_entries *t, struct ctsync_entry *e);

/* Once its end was told, is the id forgotten (true), or remembered as a
 * tombstone, so that nothing late brings the flow back? An expired copy and a
 * flow that is no longer synced may come back.
 */
static inline bool ctsync_entry_short_lived(const struct ctsync_entry *e)
{
	return e->flags & CTSYNC_E_FORGET || e->reason == CTSYNC_DEL_EXPIRED;
}

/* What is true of @e's windows if its path is split, else NULL. */
static inline const struct ctsync_tcp_known *
ctsync_entry_known(const struct ctsync_entry *e)
{
	return e->split.flags & CTSYNC_SPLIT_NOW && e->split_tcp ?
	       &e->split_tcp->known : NULL;
}

/* The next message of @e asks for acknowledgement, and only what answers that one
 * counts. e->lock held, before the message is queued.
 */
static inline void ctsync_entry_ask(struct ctsync_entry *e)
{
	lockdep_assert_held(&e->lock);
	e->flags |= CTSYNC_E_WANT_ACK;
	e->ack_number = e->number + 1;
}

/* The writer record for @node in its @era (peer.h), the older one recycled. What was
 * had in another era is forgotten; e->lock held.
 */
struct ctsync_writer *ctsync_entry_writer(struct ctsync_entry *e, u8 node, u8 era);

/* @w, of @e, has told of a packet; e->lock held. */
static inline void ctsync_entry_heard(struct ctsync_entry *e,
				      const struct ctsync_writer *w)
{
	e->flags &= ~(CTSYNC_E_WORD1 | CTSYNC_E_IN_VAIN);
	if (w == &e->writer[1])
		e->flags |= CTSYNC_E_WORD1;
}

/* The node that told last of a packet of @e; if none did, the first that told of it
 * at all; 0: nobody did. e->lock held.
 */
static inline u8 ctsync_entry_last_word(const struct ctsync_entry *e)
{
	return e->writer[!!(e->flags & CTSYNC_E_WORD1)].node;
}

/* ---- for entry_tomb.c ---- */

/* Let @e be found by (@origin, @id). -EEXIST. */
int ctsync_entry_id_add(struct ctsync_entries *t, struct ctsync_entry *e,
			u8 origin, u64 id);
void ctsync_entry_id_del(struct ctsync_entries *t, struct ctsync_entry *e);
/* Free @e, which is in no list, after the readers that may have met it. */
void ctsync_entry_release(struct ctsync_entry *e);

#endif
