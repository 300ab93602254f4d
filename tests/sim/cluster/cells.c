// SPDX-License-Identifier: GPL-2.0
/* Which cells of the state tables the simulation met, and which no node can meet. */
#include "cells.h"

#include <stdio.h>

#include "bulk_fsm.h"
#include "hold_fsm.h"
#include "member_fsm.h"
#include "qstate.h"
#include "repair_fsm.h"

unsigned long long cells_met[CELLS_MAX][8][16];

#define X(name) #name,
static const char *const queue_names[] = { CTSYNC_QUEUES(X) "NONE" };
static const char *const queue_events[] = { CTSYNC_QEVENTS(X) };
static const char *const hold_names[] = { CTSYNC_HOLD_STATES(X) };
static const char *const hold_events[] = { CTSYNC_HOLD_EVENTS(X) };
static const char *const member_names[] = { CTSYNC_MEMBER_STATES(X) };
static const char *const member_events[] = { CTSYNC_MEMBER_EVENTS(X) };
static const char *const bulk_names[] = { CTSYNC_BULK_STATES(X) };
static const char *const bulk_events[] = { CTSYNC_BULK_EVENTS(X) };
static const char *const gap_names[] = { CTSYNC_GAP_STATES(X) };
static const char *const gap_events[] = { CTSYNC_GAP_EVENTS(X) };
#undef X

static const struct {
	const char *name;
	const char *const *rows, *const *columns;
	u32 nr_rows, nr_columns;
} tables[CELLS_MAX] = {
#define TABLE(id, name, rows, columns) \
	[id] = { name, rows, columns, ARRAY_SIZE(rows), ARRAY_SIZE(columns) }
	TABLE(CELLS_QUEUE, "queue", queue_names, queue_events),
	TABLE(CELLS_HOLD, "hold", hold_names, hold_events),
	TABLE(CELLS_MEMBER, "member", member_names, member_events),
	TABLE(CELLS_BULK, "bulk", bulk_names, bulk_events),
	TABLE(CELLS_GAP, "gap", gap_names, gap_events),
#undef TABLE
};

static const char superseded[] = "what was queued of an entry is dropped before its end is told";
static const char unproven[] = "of who is not proven nothing is believed";
static const char proven[] = "an unproven epoch is no event while another is proven";
static const char no_copy[] = "no copy is under way";
static const char lost[] = "the epoch before was lost, and the copy with it";

/* Cells that are there because a table has no holes. */
static const struct {
	u8 table, row;
	u32 columns;		/* a set */
	const char *why;
} never[] = {
#define E(name) (1u << CTSYNC_QE_##name)
	/* track.c drops first; queue.c lets an entry without a conntrack only end */
	{ CELLS_QUEUE, CTSYNC_Q_ACK, E(DELETE), superseded },
	{ CELLS_QUEUE, CTSYNC_Q_UPDATE_C, E(DELETE), superseded },
	{ CELLS_QUEUE, CTSYNC_Q_UPDATE, E(DELETE), superseded },
	{ CELLS_QUEUE, CTSYNC_Q_INSERT, E(DELETE), superseded },
	{ CELLS_QUEUE, CTSYNC_Q_DELETE,
	  E(INSERT) | E(UPDATE) | E(REQUEST) | E(ACK) | E(DELETE), superseded },
	{ CELLS_QUEUE, CTSYNC_Q_NONE, E(SENT), "only what was queued is sent" },
#undef E
#define E(name) (1u << CTSYNC_HOLD_EV_##name)
	{ CELLS_HOLD, CTSYNC_HOLD_NONE, E(DEADLINE) | E(BOUND),
	  "who holds nothing waits for nothing" },
	{ CELLS_HOLD, CTSYNC_HOLD_DRAINING, E(START),
	  "what drains does so on its own: it is another hold" },
#undef E
#define E(name) (1u << CTSYNC_MEMBER_EV_##name)
	{ CELLS_MEMBER, CTSYNC_MEMBER_DOWN, E(HEARING) | E(LEAVING), unproven },
	{ CELLS_MEMBER, CTSYNC_MEMBER_CONNECTING, E(HEARING) | E(LEAVING), unproven },
	{ CELLS_MEMBER, CTSYNC_MEMBER_DOWN, E(BULK_DONE), no_copy },
	{ CELLS_MEMBER, CTSYNC_MEMBER_CONNECTING, E(BULK_DONE), no_copy },
	{ CELLS_MEMBER, CTSYNC_MEMBER_DOWN, E(SILENCE), "it is silent already" },
	{ CELLS_MEMBER, CTSYNC_MEMBER_SYNCING, E(HELLO), proven },
	{ CELLS_MEMBER, CTSYNC_MEMBER_UP, E(HELLO), proven },
#undef E
#define E(name) (1u << CTSYNC_BULK_EV_##name)
	{ CELLS_BULK, CTSYNC_BULK_IDLE,
	  E(FULL) | E(CREDIT) | E(EXHAUSTED) | E(END_ACKED) | E(LATE), no_copy },
	{ CELLS_BULK, CTSYNC_BULK_BROKEN,
	  E(FULL) | E(CREDIT) | E(EXHAUSTED) | E(END_ACKED) | E(LATE), no_copy },
	{ CELLS_BULK, CTSYNC_BULK_BROKEN, E(WANT), "it gets all as soon as it hears us" },
	{ CELLS_BULK, CTSYNC_BULK_SENDING, E(END_ACKED), "its end was not sent" },
	{ CELLS_BULK, CTSYNC_BULK_WAITING, E(END_ACKED), "its end was not sent" },
	{ CELLS_BULK, CTSYNC_BULK_WAITING, E(EXHAUSTED), "nothing is sent" },
	{ CELLS_BULK, CTSYNC_BULK_ENDING, E(EXHAUSTED), "nothing is sent" },
	{ CELLS_BULK, CTSYNC_BULK_SENDING, E(JOIN), lost },
	{ CELLS_BULK, CTSYNC_BULK_WAITING, E(JOIN), lost },
	{ CELLS_BULK, CTSYNC_BULK_ENDING, E(JOIN), lost },
#undef E
#define E(name) (1u << CTSYNC_GAP_EV_##name)
	{ CELLS_GAP, CTSYNC_GAP_CLOSED,
	  E(DUE) | E(LAST_DUE) | E(CAME) | E(REPAIRED) | E(GONE), "it is no gap any more" },
	{ CELLS_GAP, CTSYNC_GAP_WAITING, E(LAST_DUE), "it was never asked for" },
#undef E
};

static const char *why_never(u32 table, u32 row, u32 column)
{
	for (u32 i = 0; i < ARRAY_SIZE(never); i++) {
		if (never[i].table == table && never[i].row == row &&
		    never[i].columns & 1u << column)
			return never[i].why;
	}
	return NULL;
}

bool cells_report(void)
{
	u32 met = 0, cannot = 0, bad = 0;

	for (u32 t = 0; t < CELLS_MAX; t++) {
		for (u32 r = 0; r < tables[t].nr_rows; r++) {
			for (u32 c = 0; c < tables[t].nr_columns; c++) {
				const char *why = why_never(t, r, c);

				met += !!cells_met[t][r][c];
				cannot += !!why;
				if (!!why != !!cells_met[t][r][c])
					continue;
				printf("not ok - %s table, %s, %s: %s%s\n",
				       tables[t].name, tables[t].rows[r],
				       tables[t].columns[c],
				       why ? "met, and yet: " : "not met",
				       why ? why : "");
				bad++;
			}
		}
	}
	printf("%u cells of %d state tables met, %u cannot be\n", met, CELLS_MAX, cannot);
	return !bad;
}
