// SPDX-License-Identifier: GPL-2.0
/* show peers: who the other nodes are and how they do. */
#include <stdio.h>

#include "print.h"
#include "say.h"
#include "show.h"

static const char *const columns[] = {
	">NODE", "ADDRESS|15", "STATE", "REASON|16", ">HEARD", ">RTT", ">LOST", ">KEY", ">COPIED",
};

/* A number that text shows in a column, with "-" where it was not told. */
static void number(const struct peer *p, const char *key, const char *format, uint16_t attr)
{
	if (p->has[attr])
		print_number(key, format, p->number[attr]);
	else if (format)
		print_absent("-");
}

static void duration(const struct peer *p, const char *key, uint16_t attr, uint64_t us)
{
	if (p->has[attr])
		print_duration(key, "%s", p->number[attr], us);
	else
		print_absent("-");
}

void show_peer_members(const struct peer *p)
{
	char text[ADDRESS_TEXT];

	print_number("node", "%" PRIu64, p->number[CTSYNC_A_PEER_NODE]);
	print_string("address", "%s", address_text(&p->address, text));
	print_colour(p->number[CTSYNC_A_PEER_STATE] == CTSYNC_UAPI_PEER_STATE_UP ? PRINT_GOOD :
		     p->number[CTSYNC_A_PEER_STATE] == CTSYNC_UAPI_PEER_STATE_DOWN ? PRINT_BAD :
		     PRINT_NOTED);
	print_string("state", "%s", info_peer_state_name(p->number[CTSYNC_A_PEER_STATE]));
	print_string("reason", "%s", p->reason);
	if (p->has[CTSYNC_A_PEER_EPOCH])
		print_hex("epoch", NULL, p->epoch, sizeof(p->epoch));
	duration(p, "last-heard", CTSYNC_A_PEER_LAST_HEARD, 1000);
	duration(p, "rtt", CTSYNC_A_PEER_RTT, 1);
	print_bool("ready", NULL, p->number[CTSYNC_A_PEER_READY]);
	print_bool("standby", NULL, p->number[CTSYNC_A_PEER_STANDBY]);
	print_bool("draining", NULL, p->number[CTSYNC_A_PEER_DRAINING]);
	print_bool("bypassed", NULL, p->number[CTSYNC_A_PEER_BYPASSED]);
	number(p, "in-frames", NULL, CTSYNC_A_PEER_IN_FRAMES);
	number(p, "in-messages", NULL, CTSYNC_A_PEER_IN_MESSAGES);
	number(p, "in-bytes", NULL, CTSYNC_A_PEER_IN_BYTES);
	number(p, "out-frames", NULL, CTSYNC_A_PEER_OUT_FRAMES);
	number(p, "out-messages", NULL, CTSYNC_A_PEER_OUT_MESSAGES);
	number(p, "out-bytes", NULL, CTSYNC_A_PEER_OUT_BYTES);
	number(p, "lost", "%" PRIu64, CTSYNC_A_PEER_LOST);
	number(p, "repaired", NULL, CTSYNC_A_PEER_REPAIRED);
	number(p, "key-id", "%" PRIu64, CTSYNC_A_PEER_KEY_ID);
	number(p, "bulk-sent", NULL, CTSYNC_A_PEER_BULK_SENT);
	number(p, "bulk-total", NULL, CTSYNC_A_PEER_BULK_TOTAL);
	if (!print_is_json() && p->number[CTSYNC_A_PEER_BULK_TOTAL])
		print_number(NULL, "%" PRIu64 "%%", p->number[CTSYNC_A_PEER_BULK_SENT] * 100 /
			     p->number[CTSYNC_A_PEER_BULK_TOTAL]);
	else
		print_absent("-");
}

static void one(const struct peer *peer, void *data)
{
	(void)data;
	print_open_row();
	show_peer_members(peer);
	print_close_row();
}

int show_peers(struct nl *nl, const char *key)
{
	int ret;

	print_open_table(key, columns, sizeof(columns) / sizeof(columns[0]));
	ret = info_peers(nl, one, NULL);
	print_close_table();
	return ret;
}
