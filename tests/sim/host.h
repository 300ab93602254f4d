/* SPDX-License-Identifier: GPL-2.0 */
/* A TCP host, simple but lawful: what it sends, a firewall must let pass. */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "world.h"

enum host_end { END_NONE, END_FIN, END_RST };

struct host_plan {
	u32 isn;
	u8 scale;		/* offered; 255: none */
	bool sack;		/* offered */
	u64 total;		/* bytes to send */
	u64 chunk, gap;		/* written by the application: bytes, every */
	u64 rcvbuf;
	u64 read, read_gap;	/* read by it: bytes (0: all at once), every */
	u64 cwnd;
	u32 seg_min, seg_max;	/* segment sizes, up to what GRO makes */
	u64 ns_per_kb;		/* speed of its link */
	u64 rto, delack;
	u32 ack_every;
	enum host_end end;
	u64 end_after;		/* RST: when */
	bool probe_byte;	/* zero window probes carry a byte */
};

void host_init(int who, const struct host_plan *plan);
void host_start(void);
void host_recv(int who, const struct pkt *p);
void host_timer(int who, u32 timer, u32 gen);

/* The largest window that @who ever advertised. */
u32 host_window(int who);
u32 host_isn(int who);
bool host_done(int who);

#endif
