/* Sends requests of the netlink family that are wrong in any way, from one seed. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every command, as a request or a listing, with attributes that are right, wrong,
 * doubled, nested, cut short, or none; several messages in one system call. Every
 * --every messages it brings the instance up with right words, or down, so that both
 * are met. --user does it as nobody: what needs privilege must then be refused;
 * --userns as nobody in namespaces of its own, where it is not.
 */
#include "common.h"
#include "rand.h"

#include "../../uapi/linux/ctsync.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 32
#define MESSAGE_MAX 1200
#define NOBODY 65534

static struct {
	uint64_t count, every, seed;
	bool user, userns;
	const char *local, *peer;
} conf = { .count = 1000, .every = 1500, .seed = 1, .local = "10.9.0.1", .peer = "10.9.0.2" };

static const char usage_text[] =
	"usage: nlfuzz [--count N] [--every N] [--seed N] [--user | --userns] [--local ADDR --peer ADDR]\n";

static struct rnd r;
static int fd;
static uint16_t family;
static uint32_t seq;
static uint64_t accepted, refused, listed, privileged;
/* command of each message of the batch, by sequence number */
static uint8_t command[4096];

static void parse(int argc, char **argv)
{
	enum { COUNT = 256, EVERY, SEED, USER, USERNS, LOCAL, PEER };
	static const struct option options[] = {
		{ "count", required_argument, NULL, COUNT }, { "every", required_argument, NULL, EVERY },
		{ "seed", required_argument, NULL, SEED }, { "user", no_argument, NULL, USER },
		{ "userns", no_argument, NULL, USERNS },
		{ "local", required_argument, NULL, LOCAL }, { "peer", required_argument, NULL, PEER },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case COUNT: conf.count = parse_number("--count", optarg, 1, UINT32_MAX); break;
		case EVERY: conf.every = parse_number("--every", optarg, 1, UINT32_MAX); break;
		case SEED: conf.seed = parse_number("--seed", optarg, 0, UINT64_MAX); break;
		case USER: conf.user = true; break;
		case USERNS: conf.userns = true; break;
		case LOCAL: conf.local = optarg; break;
		case PEER: conf.peer = optarg; break;
		default:
			fputs(usage_text, stderr);
			exit(2);
		}
	}
}

/* ---- the socket ---- */

static void open_socket(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int room = 1 << 20;

	if (fd > 0)
		close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		die_errno("netlink");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

static struct nlattr *put(uint8_t *msg, uint16_t type, const void *value, uint16_t len)
{
	struct nlmsghdr *h = (struct nlmsghdr *)msg;
	struct nlattr *a = (struct nlattr *)(msg + NLMSG_ALIGN(h->nlmsg_len));

	if (NLMSG_ALIGN(h->nlmsg_len) + NLA_HDRLEN + NLA_ALIGN(len) > MESSAGE_MAX)
		return NULL;
	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(len));
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((uint8_t *)a + NLA_HDRLEN, value, len);
	h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static void begin(uint8_t *msg, uint16_t type, uint16_t flags, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *h = (struct nlmsghdr *)msg;
	struct genlmsghdr *g = (struct genlmsghdr *)(h + 1);

	memset(msg, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	h->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	h->nlmsg_type = type;
	h->nlmsg_flags = flags;
	h->nlmsg_seq = ++seq;
	g->cmd = cmd;
	g->version = version;
	command[seq % sizeof(command)] = cmd;
}

static void resolve(void)
{
	uint8_t msg[MESSAGE_MAX] __attribute__((aligned(4))), answer[4096] __attribute__((aligned(4)));
	struct nlmsghdr *h = (struct nlmsghdr *)answer;
	struct nlattr *a;
	ssize_t n;

	begin(msg, GENL_ID_CTRL, NLM_F_REQUEST, CTRL_CMD_GETFAMILY, 1);
	put(msg, CTRL_ATTR_FAMILY_NAME, CTSYNC_GENL_NAME, sizeof(CTSYNC_GENL_NAME));
	if (send(fd, msg, ((struct nlmsghdr *)msg)->nlmsg_len, 0) < 0)
		die_errno("send");
	n = recv(fd, answer, sizeof(answer), 0);
	if (n < (ssize_t)NLMSG_HDRLEN || h->nlmsg_type == NLMSG_ERROR)
		die_usage("there is no family of this name");
	for (a = (struct nlattr *)(answer + NLMSG_HDRLEN + GENL_HDRLEN);
	     (uint8_t *)a + NLA_HDRLEN <= answer + h->nlmsg_len && a->nla_len >= NLA_HDRLEN;
	     a = (struct nlattr *)((uint8_t *)a + NLA_ALIGN(a->nla_len)))
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&family, (uint8_t *)a + NLA_HDRLEN, 2);
	if (!family)
		die_usage("the family has no number");
}

static bool needs_privilege(uint8_t cmd)
{
	switch (cmd) {
	case CTSYNC_CMD_GET:
	case CTSYNC_CMD_PEERS_GET:
	case CTSYNC_CMD_QUEUES_GET:
	case CTSYNC_CMD_STATS_GET:
	case CTSYNC_CMD_PARAMS_GET:
		return false;
	default:
		return true;
	}
}

/* Read all answers; listings go on with each read. */
static void answers(void)
{
	static uint8_t buf[32768] __attribute__((aligned(4)));
	const struct nlmsgerr *err;
	struct nlmsghdr *h;
	ssize_t n;
	int left;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) >= 0 || errno == ENOBUFS) {
		if (n < 0)
			continue;
		for (h = (struct nlmsghdr *)buf, left = (int)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type != NLMSG_ERROR) {
				listed++;
				continue;
			}
			err = NLMSG_DATA(h);
			if (err->error) {
				refused++;
				continue;
			}
			accepted++;
			/* what is no request is acknowledged, and not done */
			if (conf.user && err->msg.nlmsg_type == family &&
			    err->msg.nlmsg_flags & NLM_F_REQUEST &&
			    needs_privilege(command[h->nlmsg_seq % sizeof(command)]))
				privileged++;
		}
	}
}

/* ---- what is sent ---- */

static uint16_t address(uint8_t *out)
{
	static const char *const known[] = { "10.9.0.1", "10.9.0.2", "10.9.0.9", "0.0.0.0", "224.0.0.1",
					     "255.255.255.255", "127.0.0.1" };

	if (rnd_one_in(&r, 4)) {
		rnd_bytes(&r, out, 16);
		return rnd_one_in(&r, 2) ? 16 : (uint16_t)rnd_below(&r, 17);
	}
	inet_pton(AF_INET, known[rnd_below(&r, ARRAY_SIZE(known))], out);
	return 4;
}

/* Bytes of a number that this attribute holds. */
static uint16_t size_of(uint16_t type, unsigned int depth)
{
	if (depth)
		return type == CTSYNC_A_TUPLE_SRC || type == CTSYNC_A_TUPLE_DST ? 4 :
		       type <= CTSYNC_A_TUPLE_PROTO ? 1 : 2;
	switch (type) {
	case CTSYNC_A_NODE:
	case CTSYNC_A_HOLD:
	case CTSYNC_A_ROLE:
	case CTSYNC_A_PROPAGATE_DELETE:
	case CTSYNC_A_DRAIN:
	case CTSYNC_A_PULL:
	case CTSYNC_A_LABELS:
	case CTSYNC_A_KEY_ID:
		return 1;
	case CTSYNC_A_CLUSTER:
	case CTSYNC_A_PORT:
		return 2;
	default:
		return 4;
	}
}

/* One that a request may carry, more often than any number at all. */
static uint16_t type_of(unsigned int depth)
{
	static const uint8_t common[] = {
		CTSYNC_A_HOLD, CTSYNC_A_HOLD_TIMEOUT, CTSYNC_A_UPDATE_INTERVAL, CTSYNC_A_UPDATE_BYTES,
		CTSYNC_A_FLUSH_INTERVAL, CTSYNC_A_SPLIT_WINDOW, CTSYNC_A_ROLE, CTSYNC_A_MARK_SYNC,
		CTSYNC_A_PROPAGATE_DELETE, CTSYNC_A_LABELS, CTSYNC_A_DRAIN, CTSYNC_A_PULL,
		CTSYNC_A_PULL_RATE, CTSYNC_A_DIGEST_INTERVAL, CTSYNC_A_SYNC_DELAY, CTSYNC_A_KEY_ID, CTSYNC_A_KEY,
		CTSYNC_A_TUPLE, CTSYNC_A_FILTER, CTSYNC_A_PEER, CTSYNC_A_FENCE,
	};

	if (rnd_one_in(&r, 40))
		return (uint16_t)rnd_edge(&r, 16);
	if (depth)
		return (uint16_t)(1 + rnd_below(&r, CTSYNC_A_TUPLE_ZONE));
	if (rnd_one_in(&r, 8))
		return (uint16_t)rnd_below(&r, CTSYNC_A_MAX + 3);
	return common[rnd_below(&r, ARRAY_SIZE(common))];
}

static void attribute(uint8_t *msg, unsigned int depth)
{
	uint16_t type = type_of(depth);
	uint8_t value[80] = { 0 };
	struct nlattr *a;
	/* most limits are in microseconds */
	uint64_t v = rnd_one_in(&r, 3) ? rnd_edge(&r, 32) : rnd_below(&r, rnd_one_in(&r, 2) ? 3 : 500000);
	uint16_t len;

	memcpy(value, &v, sizeof(v));
	switch (depth ? 0 : type) {
	case CTSYNC_A_LOCAL:
	case CTSYNC_A_PEER:
		len = address(value);
		break;
	case CTSYNC_A_TUPLE:
	case CTSYNC_A_FILTER:
		a = put(msg, type | (rnd_one_in(&r, 8) ? 0 : NLA_F_NESTED), value, 0);
		for (uint32_t n = rnd_below(&r, 9); a && depth < 6 && n; n--)
			attribute(msg, depth + 1);
		if (a)
			a->nla_len = (uint16_t)(msg + ((struct nlmsghdr *)msg)->nlmsg_len - (uint8_t *)a);
		return;
	case CTSYNC_A_FENCE:
		value[0] = 0;	/* traffic runs meanwhile */
		len = 1;
		break;
	case CTSYNC_A_KEY:
		rnd_bytes(&r, value, 64);
		len = 32;
		break;
	case CTSYNC_A_DEV:
		len = (uint16_t)(1 + rnd_below(&r, 16));
		memset(value, 'x', len - 1u);
		if (rnd_one_in(&r, 2))
			len = (uint16_t)snprintf((char *)value, sizeof(value), "sync") + 1;
		break;
	case CTSYNC_A_INSECURE:
		len = 0;
		break;
	default:
		len = rnd_one_in(&r, 30) ? (uint16_t)(1 << rnd_below(&r, 4)) : size_of(type, depth);
		break;
	}
	if (rnd_one_in(&r, 40) && type != CTSYNC_A_FENCE) {
		len = (uint16_t)rnd_below(&r, sizeof(value));
		rnd_bytes(&r, value, len);
	}
	a = put(msg, type | (rnd_one_in(&r, 80) ? NLA_F_NESTED : 0), value, len);
	if (a && rnd_one_in(&r, 80))
		a->nla_len = (uint16_t)rnd_edge(&r, 16);
}

static void one(uint8_t *msg)
{
	uint16_t flags = NLM_F_REQUEST | NLM_F_ACK;
	uint8_t cmd = (uint8_t)(rnd_one_in(&r, 30) ? rnd64(&r) : 1 + rnd_below(&r, CTSYNC_CMD_MAX + 1));
	struct nlmsghdr *h = (struct nlmsghdr *)msg;

	/* "down" needs no words: not each time */
	if (cmd == CTSYNC_CMD_DOWN && !rnd_one_in(&r, 100))
		cmd = CTSYNC_CMD_SET;
	if (cmd == CTSYNC_CMD_PEERS_GET || cmd == CTSYNC_CMD_ENTRIES_GET ||
	    cmd == CTSYNC_CMD_QUEUES_GET || cmd == CTSYNC_CMD_PARAMS_GET || rnd_one_in(&r, 20))
		flags |= rnd_one_in(&r, 20) ? 0 : NLM_F_DUMP;
	if (rnd_one_in(&r, 60))
		flags ^= (uint16_t)(1u << rnd_below(&r, 12));
	begin(msg, family, flags, cmd, (uint8_t)(rnd_one_in(&r, 20) ? rnd64(&r) : 1));
	for (uint32_t n = rnd_below(&r, rnd_one_in(&r, 20) ? 40 : 4); n; n--)
		attribute(msg, 0);
	if (rnd_one_in(&r, 80))
		h->nlmsg_len -= rnd_below(&r, h->nlmsg_len - NLMSG_HDRLEN + 1);
}

static void up(uint8_t *msg)
{
	uint8_t addr[4], node = 1, key[32];
	uint32_t one = 1;

	begin(msg, family, NLM_F_REQUEST | NLM_F_ACK, CTSYNC_CMD_UP, 1);
	put(msg, CTSYNC_A_NODE, &node, 1);
	inet_pton(AF_INET, conf.local, addr);
	put(msg, CTSYNC_A_LOCAL, addr, 4);
	inet_pton(AF_INET, conf.peer, addr);
	put(msg, CTSYNC_A_PEER, addr, 4);
	put(msg, CTSYNC_A_MARK_VALUE, &one, 4);
	put(msg, CTSYNC_A_MARK_MASK, &one, 4);
	if (rnd_one_in(&r, 2)) {
		put(msg, CTSYNC_A_INSECURE, key, 0);
		return;
	}
	rnd_bytes(&r, key, sizeof(key));
	put(msg, CTSYNC_A_KEY_ID, &node, 1);
	put(msg, CTSYNC_A_KEY, key, sizeof(key));
}

static void own_namespaces(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		die_errno("setresuid");
	if (conf.userns && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		die_errno("unshare");
}

int main(int argc, char **argv)
{
	static uint8_t buf[BATCH * MESSAGE_MAX] __attribute__((aligned(4)));
	uint64_t sent = 0, switches = 0, began, us;
	struct nlmsghdr *h;
	uint32_t len, n;

	parse(argc, argv);
	r.state = conf.seed;
	if (conf.user || conf.userns)
		own_namespaces();
	open_socket();
	resolve();
	printf("seed %llu\n", (unsigned long long)conf.seed);
	fflush(stdout);
	began = now_us();
	while (sent < conf.count) {
		len = 0;
		for (n = 0; n < BATCH && sent < conf.count; n++, sent++) {
			if (sent % conf.every || sent % (2 * conf.every))
				one(buf + len);
			else
				up(buf + len);
			if (!(sent % conf.every) && sent % (2 * conf.every))
				begin(buf + len, family, NLM_F_REQUEST | NLM_F_ACK, CTSYNC_CMD_DOWN, 1);
			switches += !(sent % conf.every);
			h = (struct nlmsghdr *)(buf + len);
			len += NLMSG_ALIGN(h->nlmsg_len);
		}
		if (send(fd, buf, len, 0) < 0 && errno != EINVAL)
			die_errno("send");
		answers();
		if (rnd_one_in(&r, 300))
			open_socket();
	}
	us = now_us() - began;
	printf("sent %llu accepted %llu refused %llu listed %llu switched %llu privileged %llu rate %llu/s in %llu ms\n",
	       (unsigned long long)sent, (unsigned long long)accepted, (unsigned long long)refused,
	       (unsigned long long)listed, (unsigned long long)switches, (unsigned long long)privileged,
	       (unsigned long long)(sent * US_PER_S / (us + 1)), (unsigned long long)(us / 1000));
	return privileged ? 1 : 0;
}
