/* SPDX-License-Identifier: GPL-2.0 */
/* What hosts, firewalls and the network between them share: time, chance,
 * packets, and the one list of things that will happen.
 *
 * Sequence numbers here are 64-bit offsets from the initial one (the SYN is
 * byte 0), so that nothing in the model of the hosts can wrap; they become 32
 * bits only in the segment that a firewall reads.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "shim/kernel.h"

#define USEC	1000ull		/* time is in nanoseconds */
#define MSEC	(1000 * USEC)
#define SEC	(1000 * MSEC)

enum { O, R };			/* directions; also: client, server */
enum { A, B };			/* firewalls */

#define SACKS	3

struct pkt {
	u64 seq, ack;		/* offsets */
	u64 sack[SACKS][2];
	u32 len;		/* payload */
	u16 win;		/* as in the header */
	u8 dir, flags;		/* TCPHDR_* */
	u8 nsack;
	u8 scale;		/* SYN: window scale offered; 255 if none */
	bool sack_perm;		/* SYN: offered */
	bool parked;		/* it has waited for the miss handler */
	bool seen;		/* the single firewall has judged it */
	bool legal;		/* and called it valid */
	u32 no;
	u32 asked;		/* the request that it waited for */
};

enum event_type {
	EV_NODE,		/* packet @i comes to firewall @who */
	EV_MISS,		/* packet @i, parked at @who, may go on */
	EV_RELEASE,		/* packet @i, held at @who, may go on */
	EV_HOST,		/* packet @i comes to host @who */
	EV_TIMER,		/* timer @i of host @who, if @gen is its own */
	EV_SYNC,		/* message @i comes to firewall @who */
	EV_QUERY,		/* request @gen comes to @who: a packet of direction @i */
	EV_REQUEST,		/* a request without a packet comes to @who */
	EV_FLUSH,		/* firewall @who sends what is not urgent */
};

/* Everything random in a run comes from its seed. */
u64 rnd(void);
static inline u64 below(u64 n)
{
	return n ? rnd() % n : 0;
}
static inline u64 between(u64 lo, u64 hi)
{
	return lo + below(hi - lo + 1);
}
static inline bool chance(u32 per_mille)
{
	return below(1000) < per_mille;
}
/* Each power of two between @lo and @hi is as likely as another. */
u64 log_between(u64 lo, u64 hi);

extern u64 now;
extern bool tracing;
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define trace(...) do { if (tracing) say(__VA_ARGS__); } while (0)

void event(u64 at, enum event_type type, int who, u32 i, u32 gen);

struct pkt *pkt_at(u32 i);
u32 pkt_new(void);
void pkt_free(u32 i);

/* The network: @i leaves host pkt->dir now, or firewall @node. */
void net_from_host(u32 i, u64 at);
void net_from_node(u32 i, int node);

/* Something is wrong: say so, and the run has failed. */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
