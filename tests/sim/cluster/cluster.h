/* SPDX-License-Identifier: GPL-2.0 */
/* The simulated cluster: what the world (cluster.c) and its nodes (node.c) share.
 *
 * Everything random comes from one seed. Flows are numbers; what is true of a
 * flow that no node may contradict is kept by the world.
 */
#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include "bulk_fsm.h"
#include "digest_tree.h"
#include "had.h"
#include "hold_fsm.h"
#include "member_fsm.h"
#include "qstate.h"
#include "register.h"
#include "repair_fsm.h"
#include "seq.h"
#include "split.h"
#include "tcpstate.h"
#include "told.h"
#include "wire.h"

#define MS	1000000ull	/* time is in nanoseconds */
#define SEC	(1000 * MS)

#define NODES	16
#define CPUS	4
#define FLOWS	2048
#define FRAME	1400

#define TICK	(5 * MS)
#define HELLO	(100 * MS)
#define DEAD	(1 * SEC)
#define HOLD	(20 * MS)
#define BOUND	16	/* flows held at once */
#define DIGEST	(3 * SEC)

/* ---- planted bugs: a switch each, to see that they are found ---- */

#define BUGS(X)								\
	X(none, "")							\
	X(incarnation, "a message of an earlier incarnation is merged")	\
	X(overwrite, "a state is assigned instead of joined")		\
	X(epoch, "a frame of a retired epoch is accepted")		\
	X(floor, "on proof numbers begin at 1 again")			\
	X(replay, "the replay window is not looked at")			\
	X(nonce, "a node that restarts draws the epoch that it had")	\
	X(ring, "the ring of what was told is off by one")		\
	X(tail, "lost tails are not looked for")			\
	X(tombstone, "what was deleted leaves no tombstone")		\
	X(writers, "numbers of all writers are compared with each other") \
	X(mark, "the mark that came last wins")				\
	X(register, "a mark of an earlier incarnation is dropped")	\
	X(hold, "any acknowledgement releases")				\
	X(deadline, "holds have no deadline")				\
	X(ack, "an insert that failed is acknowledged")			\
	X(late, "a message that was overtaken is dropped")		\
	X(digest, "digests leave out the mark")				\
	X(grave, "a tombstone blocks later incarnations too")		\
	X(stale, "a delete of an earlier incarnation is not answered")	\
	X(buried, "a tombstone is of the incarnation that was here")	\
	X(proof, "an answer from before the last silence proves again")	\
	X(overtaken, "a HELLO that was overtaken counts")		\
	X(hearsay, "any node's advice that a flow expired is followed")	\
	X(numbers, "who has an entry again counts from 1 again")	\
	X(over, "a connection that is over leaves no tombstone")	\
	X(death, "tombstones do not wait for who is away or has not had them")

enum bug {
#define X(name, text) BUG_##name,
	BUGS(X)
#undef X
	BUG_MAX
};
extern enum bug bug;

/* ---- faults: a bit each, so that a failing run can be shrunk ---- */

#define FAULTS(X) \
	X(loss) X(dup) X(reorder) X(partition) X(restart) X(clock) \
	X(nomem) X(full) X(slow) X(evict) X(recording) X(operator)

enum {
#define X(name) F_BIT_##name,
	FAULTS(X)
#undef X
	F_MAX
};
enum {
#define X(name) F_##name = 1 << F_BIT_##name,
	FAULTS(X)
#undef X
};

/* ---- a node ---- */

enum { ABSENT, ALIVE, ENDING, TOMB };

struct item {
	u16 flow;
	u32 stamp;
};

/* A queue: what has another stamp than its entry has moved on. */
struct fifo {
	struct item *item;
	u32 head, len, room;
};

struct writer {
	u32 number;
	u16 inc;
	u8 node, owed, era;
};

struct ent {
	u8 where;	/* ABSENT .. */
	u8 state, status, reason;
	u8 queue, cpu, pace;
	u8 held;	/* enum ctsync_hold_state */
	u16 inc;
	u16 await, acked;
	u32 stamp, number, ack_number;
	u32 mark, clock;
	u8 mark_node;
	bool copy, want_ack, announced;
	bool seen;	/* a local packet since the last remote word */
	u8 word;	/* whose that was */
	u64 hold_until, ends, changed, dead_at;
	struct writer w[2];
	struct ctsync_tcp tcp;
};

struct peer {
	u8 state;
	bool proven, hears, copied_to;
	u8 era;			/* epochs that were proven */
	u32 proofs;		/* had or lost: part of the challenge */
	u64 epoch, heard_epoch, challenge;
	u32 hello_time;		/* of the last one believed, its sender's clock */
	u64 hello_sent;		/* likewise, the world's */
	u64 heard, hello;
	u64 proof_sent;		/* when the HELLO that proved it was; frames sent before are not to be accepted */
	u64 lost;		/* when it was proven last and no longer */
	struct ctsync_bypass bypass;
	struct ctsync_seq seq[CPUS];
	struct ctsync_seq own[CPUS];	/* the streams to us */
	struct ctsync_gaps gaps[CTSYNC_WIRE_CHANNELS];	/* the first CPUS of them */
	struct ctsync_had had;
	struct ctsync_had_ours had_ours;
	struct ctsync_bulk bulk;
	bool kept;
	bool drift, differs;
	struct ctsync_digest_diff diff;
	u64 digest[CTSYNC_DIGEST_GROUPS];
	u32 digest_round;
	bool digest_came;
	bool copied;	/* as it says: its table was sent to us */
	bool telling;	/* the copy to it is of what differs only */
};

struct mail {
	u8 to;			/* 0: all, else a node */
	u8 type;
	u16 len;
	u8 msg[CTSYNC_WIRE_MAIL_MAX];
};

#define MAILS 256
#define NOTES 512

struct cpu {
	struct fifo q[2][CTSYNC_Q_NONE];	/* lazy, urgent */
	struct mail mail[MAILS];
	u32 mails;
	struct ctsync_queued {
		u8 type;
		struct ctsync_note note;
	} note[NOTES];
	u32 notes;
	u64 seq_all, seq_peer[NODES];
	struct ctsync_told_ring told;
	bool kicked;
};

struct node {
	u8 id;		/* from 1 */
	bool up;
	u8 cpus;
	u32 life;	/* how often it came up */
	u64 epoch, secret, booted;
	s64 clock_off;
	u64 whole;	/* since when all peers are up; 0: one is not */
	u64 slow_until;
	u32 alive;	/* entries */
	u32 holding;	/* of them */
	u32 draining;	/* whose packets the next tick sends */
	u16 drains[FLOWS];
	u32 config;	/* what must agree */
	bool leaving;
	u32 room;	/* of them */
	u8 gaps[NODES];	/* channels of a peer that may have gaps: a set */
	struct ent ent[FLOWS];
	bool ever[FLOWS];	/* had it in this life */
	struct peer peer[NODES];	/* by index */
	struct cpu cpu[CPUS];
	struct ctsync_digest dig;
	u64 tell[CTSYNC_DIGEST_GROUPS], telling[CTSYNC_DIGEST_GROUPS];
	u64 digest_next;
	u32 digest_round;
	u8 hurry;
};

extern struct node node[NODES];
extern u32 nodes;
extern bool digests;	/* this run compares tables */
extern bool in_step;	/* all nodes say HELLO at the same time, else each in its own rhythm */
extern u8 hold_mode;	/* enum ctsync_hold_mode, of all nodes */

/* ---- node.c ---- */

void node_boot(struct node *n);
void node_crash(struct node *n);
void node_leave(struct node *n);	/* down, politely */
void node_device_gone(struct node *n);
void node_resync(struct node *n, u32 with);	/* an operator's: tables, both ways */
void node_lie(struct node *n, u32 to);	/* that it has told again what nobody asked for */
void node_tick(struct node *n);
void node_flush(struct node *n, u8 cpu, bool all);
/* A frame comes; false: refused. @sent: when it was sent. */
void node_receive(struct node *n, u8 cpu, const u8 *buf, u32 len, u64 sent);

/* Things that happen to flows at a node; true if they changed the entry. */
bool flow_new(struct node *n, u8 cpu, u16 flow);
bool flow_packet(struct node *n, u8 cpu, u16 flow, u8 state);
bool flow_reborn(struct node *n, u8 cpu, u16 flow);
bool flow_mark(struct node *n, u8 cpu, u16 flow, u32 mark);
bool flow_delete(struct node *n, u8 cpu, u16 flow);
bool flow_evict(struct node *n, u8 cpu, u16 flow);
u64 flow_life(u8 state);

/* ---- cluster.c ---- */

extern u64 now;
extern u32 flows_used;	/* numbers of flows that there are */
extern u32 faults;	/* F_*, while they are on */
extern bool tracing, quiet;
extern u32 watched;	/* a flow that a trace follows */

u64 rnd(void);
static inline u64 below(u64 n) { return n ? rnd() % n : 0; }
static inline bool chance(u32 per_mille) { return below(1000) < per_mille; }

/* A frame leaves node @from for node @to (index). */
void world_send(u32 from, u32 to, const u8 *buf, u32 len);
void world_kick(u32 who, u8 cpu);	/* flush what is urgent soon */
/* A connection that is over is forgotten by @n. */
void world_over(const struct node *n, u16 flow);
bool world_nomem(void);			/* does this allocation fail? */
void world_sealed(const struct node *n, u8 dest, u8 channel, u64 seq,
		  const u8 *buf, u32 len);
void world_count(u32 *what);

extern struct tally {
	u64 events, frames, lost, repaired, told, drift, bulks, resumed, digests,
	    digest_told, holds, acked, late, deletes, restarts, partitions,
	    faults;
} tally;

void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define trace(...) do { if (tracing) say(__VA_ARGS__); } while (0)

#endif
