/* SPDX-License-Identifier: GPL-2.0 */
/* A firewall: the kernel's TCP tracker, and ctsync's pure logic around it. */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include "world.h"

struct node_plan {
	u64 sync_min, sync_max;	/* delay of a message */
	u32 loss;		/* of messages, per mille */
	u64 repair;		/* a lost one is noticed after */
	u32 window;		/* split window, in microseconds */
	u64 flush, update;	/* flush-interval, update-interval */
	bool steady;		/* the flow is split from its first packet on */
	u64 dead_at;		/* firewall A is dead from then on; 0: never */
};

struct node_stats {
	u64 packets, messages, missed, adopted, invalid, probes, excused, lost;
	u64 lead_max;
};
extern struct node_stats stats;

void node_init(const struct node_plan *plan);
void node_packet(int who, u32 i);
void node_resume(int who, u32 i);	/* it was parked: judge it again */
void node_release(int who, u32 i);	/* it was held: let it go on */
void node_message(int who, u32 i);
void node_query(int who, int dir, u32 number);
void node_request(int who);
void node_flush(int who);
/* A packet that no lawful host would send must not pass @who. */
void node_probe(int who);
/* Nothing happens any more: do the nodes agree with each other and with the
 * truth?
 */
void node_settled(void);
bool node_dead(int who);
void node_dump(void);

#endif
