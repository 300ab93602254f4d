// SPDX-License-Identifier: GPL-2.0
/* nl.h without a kernel: canned answers, for tests of what the tool prints.
 *
 * CTSYNC_FAKE says what the kernel is like: "absent" has no module; "down" has no instance; "lone" is
 * a node whose peer was never heard; "draining", "drained", "last" (the peer is not
 * ready) and "fenced" are what they say; in "differ" the peer has another table, in
 * "mute" it shows none; "asked" tells what a listing is asked for; anything else is a pair that is up.
 */
#include "nl.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/ctsync.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "say.h"
#include "words.h"

static char buffer[65536] __attribute__((aligned(8)));

struct nl {
	int events;
	int asked;	/* for counters */
};

static bool mode(const char *name)
{
	const char *is = getenv("CTSYNC_FAKE");

	return is && !strcmp(is, name);
}

static struct nlmsghdr *message(void)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	mnl_nlmsg_put_extra_header(h, sizeof(struct genlmsghdr));
	return h;
}

static void put_address(struct nlmsghdr *h, uint16_t type, const char *text)
{
	uint8_t bytes[16];
	bool six = strchr(text, ':');

	inet_pton(six ? AF_INET6 : AF_INET, text, bytes);
	mnl_attr_put(h, type, six ? 16 : 4, bytes);
}

static void put_tuple(struct nlmsghdr *h, uint16_t type, uint8_t proto, const char *src,
		      uint16_t sport, const char *dst, uint16_t dport)
{
	struct nlattr *nest = mnl_attr_nest_start(h, type);

	mnl_attr_put_u8(h, CTSYNC_A_TUPLE_PROTO, proto);
	put_address(h, CTSYNC_A_TUPLE_SRC, src);
	put_address(h, CTSYNC_A_TUPLE_DST, dst);
	mnl_attr_put_u16(h, CTSYNC_A_TUPLE_SPORT, sport);
	mnl_attr_put_u16(h, CTSYNC_A_TUPLE_DPORT, dport);
	mnl_attr_nest_end(h, nest);
}

static void put_config(struct nlmsghdr *h)
{
	static const uint8_t epoch[16] = { 0xde, 0xad, [15] = 1 };

	mnl_attr_put_strz(h, CTSYNC_A_VERSION, "0.1.0");
	mnl_attr_put_u8(h, CTSYNC_A_UP, !mode("down"));
	if (mode("down"))
		return;
	mnl_attr_put_u8(h, CTSYNC_A_NODE, 1);
	mnl_attr_put_u16(h, CTSYNC_A_CLUSTER, 0);
	put_address(h, CTSYNC_A_LOCAL, "10.9.0.1");
	mnl_attr_put_u16(h, CTSYNC_A_PORT, 3780);
	put_address(h, CTSYNC_A_PEER, "10.9.0.2");
	mnl_attr_put(h, CTSYNC_A_INSECURE, 0, NULL);
	mnl_attr_put_u32(h, CTSYNC_A_MARK_VALUE, 1);
	mnl_attr_put_u32(h, CTSYNC_A_MARK_MASK, 1);
	mnl_attr_put_u32(h, CTSYNC_A_MARK_SYNC, 0xff);
	mnl_attr_put_u8(h, CTSYNC_A_HOLD, CTSYNC_UAPI_HOLD_ALL);
	mnl_attr_put_u32(h, CTSYNC_A_HOLD_TIMEOUT, 20000);
	mnl_attr_put_u32(h, CTSYNC_A_JOIN_TIMEOUT, 5000000);
	mnl_attr_put_u8(h, CTSYNC_A_ROLE, CTSYNC_UAPI_ROLE_ACTIVE);
	mnl_attr_put_u8(h, CTSYNC_A_PROPAGATE_DELETE, 1);
	mnl_attr_put_u8(h, CTSYNC_A_DRAIN, mode("drained") || mode("draining") || mode("last"));
	mnl_attr_put_u8(h, CTSYNC_A_FENCE, mode("fenced"));
	if (mode("drained") || mode("draining"))
		mnl_attr_put_u32(h, CTSYNC_A_QUIET, mode("drained") ? 2000 : 1999);
	mnl_attr_put_u8(h, CTSYNC_A_READY, !mode("lone"));
	mnl_attr_put_strz(h, CTSYNC_A_NOT_READY_REASON, mode("lone") ? "joining" : "");
	mnl_attr_put_u8(h, CTSYNC_A_SYNCED, !mode("lone"));
	mnl_attr_put(h, CTSYNC_A_EPOCH, sizeof(epoch), epoch);
	mnl_attr_put_u32(h, CTSYNC_A_ENTRIES, 2);
	mnl_attr_put_u32(h, CTSYNC_A_ENTRIES_MAX, 65536);
	mnl_attr_put_strz(h, CTSYNC_A_WARNING, "frames are \"plain\"");
}

static void put_peer(struct nlmsghdr *h)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTSYNC_A_PEER_INFO);
	bool up = !mode("lone");

	mnl_attr_put_u8(h, CTSYNC_A_PEER_NODE, up ? 2 : 0);
	put_address(h, CTSYNC_A_PEER_ADDRESS,
		    mode("wide") ? "2001:db8:1111:2222:3333:4444:5555:6666" : "10.9.0.2");
	mnl_attr_put_u8(h, CTSYNC_A_PEER_STATE, mode("wide") ? CTSYNC_UAPI_PEER_STATE_CONNECTING :
			up ? CTSYNC_UAPI_PEER_STATE_UP : CTSYNC_UAPI_PEER_STATE_DOWN);
	mnl_attr_put_strz(h, CTSYNC_A_PEER_REASON, mode("wide") ? "config:mark-sync" : up ? "" : "no-hello");
	if (up) {
		mnl_attr_put_u32(h, CTSYNC_A_PEER_LAST_HEARD, 120);
		mnl_attr_put_u32(h, CTSYNC_A_PEER_RTT, 85);
	}
	mnl_attr_put_u8(h, CTSYNC_A_PEER_READY, up && !mode("last"));
	mnl_attr_put_u64(h, CTSYNC_A_PEER_IN_FRAMES, 5000000000ull);
	mnl_attr_put_u64(h, CTSYNC_A_PEER_IN_MESSAGES, 7);
	mnl_attr_put_u64(h, CTSYNC_A_PEER_OUT_FRAMES, 12);
	mnl_attr_put_u64(h, CTSYNC_A_PEER_OUT_MESSAGES, 34);
	mnl_attr_put_u64(h, CTSYNC_A_PEER_LOST, 3);
	mnl_attr_put_u64(h, CTSYNC_A_PEER_REPAIRED, 2);
	mnl_attr_put_u8(h, CTSYNC_A_PEER_KEY_ID, 9);
	mnl_attr_put_u32(h, CTSYNC_A_PEER_BULK_SENT, 50);
	mnl_attr_put_u32(h, CTSYNC_A_PEER_BULK_TOTAL, up ? 200 : 0);
	mnl_attr_nest_end(h, nest);
}

static void put_tcp_dir(struct nlmsghdr *h, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start(h, type);

	mnl_attr_put_u32(h, CTSYNC_A_TCP_DIR_END, 4000000000u);
	mnl_attr_put_u8(h, CTSYNC_A_TCP_DIR_SCALE, 7);
	mnl_attr_nest_end(h, nest);
}

static void put_entry(struct nlmsghdr *h, int which)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTSYNC_A_ENTRY_INFO);
	static const uint8_t writers[] = { 2, 0, 0, 1, 2 };

	mnl_attr_put_u64(h, CTSYNC_A_ENTRY_ID, 0x1000000000000ull + which);
	mnl_attr_put_u8(h, CTSYNC_A_ENTRY_ORIGIN, 1 + which);
	if (mode("wide")) {
		static const char *const ends[] = {
			"2001:db8:1111:2222:3333:4444:5555:6666",
			"2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff" };

		put_tuple(h, CTSYNC_A_ENTRY_ORIG, 6, ends[0], 65535, ends[1], 65535);
		put_tuple(h, CTSYNC_A_ENTRY_REPLY, 6, ends[1], 65535, ends[0], 65535);
		mnl_attr_put_strz(h, CTSYNC_A_ENTRY_STATE, "ESTABLISHED");
		mnl_attr_put_u8(h, CTSYNC_A_ENTRY_SPLIT, 1);
	} else if (which == 0) {
		put_tuple(h, CTSYNC_A_ENTRY_ORIG, 6, "10.0.0.1", 1234, "10.0.1.2", 80);
		put_tuple(h, CTSYNC_A_ENTRY_REPLY, 6, "10.0.1.2", 80, "192.0.2.1", 40000);
		mnl_attr_put_strz(h, CTSYNC_A_ENTRY_STATE, "ESTABLISHED");
		mnl_attr_put_u8(h, CTSYNC_A_ENTRY_SPLIT, 1);
		mnl_attr_put_u32(h, CTSYNC_A_ENTRY_LAST_LOCAL, 1500);
		mnl_attr_put(h, CTSYNC_A_ENTRY_WRITERS, sizeof(writers), writers);
		put_tcp_dir(h, CTSYNC_A_ENTRY_TCP_ORIG);
	} else {
		put_tuple(h, CTSYNC_A_ENTRY_ORIG, 58, "fd00::1", 77, "fd00::2", 128 << 8);
		put_tuple(h, CTSYNC_A_ENTRY_REPLY, 58, "fd00::2", 77, "fd00::1", 129 << 8);
		mnl_attr_put_strz(h, CTSYNC_A_ENTRY_STATE, "");
	}
	mnl_attr_put_strz(h, CTSYNC_A_ENTRY_QUEUE, "none");
	if (which == 0) {
		mnl_attr_put_u32(h, CTSYNC_A_ENTRY_LAST_SENT, 1600);
		mnl_attr_put_u8(h, CTSYNC_A_ENTRY_LAST_WRITER, 2);
	}
	mnl_attr_put_u32(h, CTSYNC_A_ENTRY_VERSION, 9);
	mnl_attr_put_u32(h, CTSYNC_A_ENTRY_HOLDS, 0);
	mnl_attr_put_u32(h, CTSYNC_A_ENTRY_MARK, 1);
	mnl_attr_nest_end(h, nest);
}

/* What a node shows of its table: here are flows 1 to 4, there 2 to 5; 2 is in
 * another state there, 3 is the same and 4 in motion.
 */
static void put_shown_entries(uint8_t *bytes, size_t *n, bool there)
{
	for (int i = 1 + there; i <= 4 + there; i++, ++*n) {
		uint8_t *e = bytes + 8 + *n * 104;

		e[7] = i;
		e[22] = 1;
		e[24] = 4;
		e[25] = i == 5 ? 17 : 6;
		e[26] = i == 2 && there ? 10 : 4;
		e[27] = i == 4;
		memcpy(e + 28, (uint8_t[]){ 10, 1, 0, 2 }, 4);
		memcpy(e + 44, (uint8_t[]){ 10, 2, 0, 2 }, 4);
		e[63] = 80 + i;
	}
}

static void put_shown(struct nlmsghdr *h, const struct attr_list *list)
{
	const struct attr *q = list->attrs[0].nest;
	bool there = list->n == 2 && (mode("differ") || mode("mute"));
	uint8_t bytes[512] = { };
	struct nlattr *nest;
	size_t n = 0;

	if (list->n == 2 && mode("mute"))
		return;
	nest = mnl_attr_nest_start(h, CTSYNC_A_DIFF);
	mnl_attr_put_u8(h, CTSYNC_A_DIFF_WHAT, q[0].number);
	if (q[0].number == 6) {
		put_shown_entries(bytes, &n, there);
		bytes[7] = n;
		mnl_attr_put_u32(h, CTSYNC_A_DIFF_CURSOR, 0);
		mnl_attr_put(h, CTSYNC_A_DIFF_VALUES, 8 + n * 104, bytes);
	} else {
		bytes[7] = there;	/* of the first group, of its first bucket */
		mnl_attr_put_u32(h, CTSYNC_A_DIFF_ENTRIES, 4);
		mnl_attr_put(h, CTSYNC_A_DIFF_VALUES, sizeof(bytes), bytes);
	}
	mnl_attr_nest_end(h, nest);
}

static void put_param(struct nlmsghdr *h, const char *name, const char *unit, uint32_t value,
		      uint32_t def, uint32_t max)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTSYNC_A_PARAM_INFO);

	mnl_attr_put_strz(h, CTSYNC_A_PARAM_NAME, name);
	mnl_attr_put_strz(h, CTSYNC_A_PARAM_UNIT, unit);
	mnl_attr_put_u32(h, CTSYNC_A_PARAM_VALUE, value);
	mnl_attr_put_u32(h, CTSYNC_A_PARAM_DEFAULT, def);
	mnl_attr_put_u32(h, CTSYNC_A_PARAM_RANGE_MAX, max);
	mnl_attr_put_u8(h, CTSYNC_A_PARAM_LIVE, 1);
	mnl_attr_nest_end(h, nest);
}

static void put_stat(struct nlmsghdr *h, const char *name, uint64_t value)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTSYNC_A_STAT_INFO);

	mnl_attr_put_strz(h, CTSYNC_A_STAT_NAME, name);
	mnl_attr_put_u64(h, CTSYNC_A_STAT_VALUE, value);
	mnl_attr_nest_end(h, nest);
}

/* Each look at the clock finds it a second later. */
uint64_t clock_us(void)
{
	static uint64_t now;

	return now += 1000000;
}

void clock_sleep_ms(int ms)
{
	(void)ms;
}

struct nl *nl_open(void)
{
	return calloc(1, sizeof(struct nl));
}

struct nl *nl_open_quietly(void)
{
	return mode("absent") ? NULL : nl_open();
}

void nl_close(struct nl *nl)
{
	free(nl);
}

int nl_do(struct nl *nl, uint8_t command, const struct attr_list *list,
	  nl_handler handle, void *data)
{
	struct nlmsghdr *h = message();

	switch (command) {
	case CTSYNC_CMD_GET:
		put_config(h);
		break;
	case CTSYNC_CMD_STATS_GET:
		put_stat(h, "in-frames", 18446744073709551615ull);
		put_stat(h, "conflict", mode("conflict"));
		if (mode("busy")) {
			put_stat(h, "hold-flows", 1000 + 250 * ++nl->asked);
			put_stat(h, "release-acked", nl->asked < 3 ? 5000 : 30);
		}
		break;
	case CTSYNC_CMD_EXPLAIN:
		mnl_attr_put_u8(h, CTSYNC_A_VERDICT, CTSYNC_UAPI_VERDICT_SYNCED);
		mnl_attr_put_strz(h, CTSYNC_A_TEXT, "on 1 of 1 peers");
		put_entry(h, 0);
		break;
	case CTSYNC_CMD_DIFF:
		put_shown(h, list);
		break;
	case CTSYNC_CMD_UP:
	case CTSYNC_CMD_SET:
		for (size_t i = 0; i < list->n; i++)
			printf("%s %u\n", words_name(list->attrs[i].type), list->attrs[i].number);
		break;
	default:
		return refused("the fake kernel refuses");
	}
	if (handle)
		handle(h, data);
	return EXIT_DONE;
}

/* What a listing asks for: type and value of each attribute. */
static void print_filter(const struct attr_list *list)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; list->n && i < list->attrs[0].n_nest; i++) {
		const struct attr *a = &list->attrs[0].nest[i];

		if (a->kind == ATTR_ADDRESS)
			fprintf(stderr, "%u %s,", a->type, address_text(&a->address, text));
		else if (a->kind == ATTR_STRING)
			fprintf(stderr, "%u %s,", a->type, a->string);
		else
			fprintf(stderr, "%u %u,", a->type, a->number);
	}
}

int nl_dump(struct nl *nl, uint8_t command, const struct attr_list *list,
	    nl_handler handle, void *data)
{
	struct nlmsghdr *h;
	struct nlattr *nest;

	(void)nl;
	if (mode("asked") && command == CTSYNC_CMD_ENTRIES_GET) {
		print_filter(list);
		return EXIT_DONE;
	}
	for (int i = 0; i < 2; i++) {
		h = message();
		if (command == CTSYNC_CMD_PEERS_GET && i == 0) {
			put_peer(h);
		} else if (command == CTSYNC_CMD_ENTRIES_GET) {
			put_entry(h, i);
		} else if (command == CTSYNC_CMD_PARAMS_GET && i == 0) {
			put_param(h, "hold-timeout", "us", 20000, 20000, 10000000);
		} else if (command == CTSYNC_CMD_PARAMS_GET) {
			put_param(h, "hold", "off|any|all", 1, 2, 2);
		} else if (command == CTSYNC_CMD_QUEUES_GET && i == 0) {
			nest = mnl_attr_nest_start(h, CTSYNC_A_QUEUE_INFO);
			mnl_attr_put_u32(h, CTSYNC_A_QUEUE_CPU, 0);
			mnl_attr_put_strz(h, CTSYNC_A_QUEUE_NAME, "insert");
			mnl_attr_put_u32(h, CTSYNC_A_QUEUE_LENGTH, 4);
			mnl_attr_nest_end(h, nest);
		}
		handle(h, data);
	}
	return EXIT_DONE;
}

int nl_subscribe(struct nl *nl)
{
	(void)nl;
	return EXIT_DONE;
}

/* Two calls bring an event of a peer, the third tells of lost ones. */
int nl_events(struct nl *nl, int ms, nl_handler handle, void *data, bool *failed)
{
	struct nlmsghdr *h = message();

	(void)ms;
	(void)failed;
	if (++nl->events % 3 == 0)
		return NL_EVENTS_LOST;
	mnl_attr_put_u8(h, CTSYNC_A_EVENT, CTSYNC_UAPI_EVENT_PEER);
	mnl_attr_put_strz(h, CTSYNC_A_TEXT, "peer 2 (10.9.0.2): up");
	mnl_attr_put_u8(h, CTSYNC_A_NODE, 2);
	put_peer(h);
	handle(h, data);
	return 1;
}
