/* UDP for tests: numbered datagrams back to back, their arrival, echo, ping-pong. */
/* SPDX-License-Identifier: GPL-2.0 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x62727374
#define SIZE_MAX_UDP 65000
/* Room for a burst that arrives faster than the receiver runs. */
#define RECEIVE_BUFFER (64 << 20)

/* What a datagram starts with; the rest is the pattern of its number. */
struct head {
	uint32_t magic, number;
};

static struct {
	union address to, from;
	bool have_from, json, daemon;
	uint16_t port, from_port;
	uint64_t count, size, ports;
	uint64_t timeout_us, interval_us;
	const char *ready_file;
} conf = {
	.count = 100, .size = 64, .ports = 1, .timeout_us = US_PER_S, .interval_us = 0,
};

static uint8_t packet[SIZE_MAX_UDP];

static void packet_fill(uint32_t number)
{
	struct head head = { .magic = htonl(MAGIC), .number = htonl(number) };

	for (size_t i = 0; i < conf.size; i++)
		packet[i] = pattern_byte(number, i);
	memcpy(packet, &head, sizeof(head));
}

/* The number of a datagram that is whole and unchanged, or -1. */
static int64_t packet_check(size_t len)
{
	struct head head;

	if (len < sizeof(head))
		return -1;
	memcpy(&head, packet, sizeof(head));
	if (ntohl(head.magic) != MAGIC)
		return -1;
	for (size_t i = sizeof(head); i < len; i++)
		if (packet[i] != pattern_byte(ntohl(head.number), i))
			return -1;
	return ntohl(head.number);
}

/* @offset: of the source port, if one was given. */
static int socket_to_peer(uint16_t offset)
{
	union address local = { .any = { .sa_family = conf.to.any.sa_family } };
	int fd = socket(conf.to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die_errno("socket");
	if (conf.have_from)
		local = conf.from;
	address_set_port(&local, conf.from_port ? conf.from_port + offset : 0);
	if ((conf.have_from || conf.from_port) && bind(fd, &local.any, address_len(&local)))
		die_errno("bind");
	if (connect(fd, &conf.to.any, address_len(&conf.to)))
		die_errno("connect");
	return fd;
}

/* One for each source port: --ports flows that take turns. */
static int *sockets_to_peer(void)
{
	int *fds = calloc(conf.ports, sizeof(*fds));

	if (!fds)
		die_errno("calloc");
	raise_fd_limit();
	for (uint64_t i = 0; i < conf.ports; i++)
		fds[i] = socket_to_peer((uint16_t)i);
	return fds;
}

static void tell_ready(void)
{
	int fd;

	if (!conf.ready_file)
		return;
	fd = open(conf.ready_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		die_errno(conf.ready_file);
	close(fd);
}

/* Waits for a datagram until the deadline; its length, or -1. */
static ssize_t receive_until(int fd, uint64_t deadline_us)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	for (;;) {
		uint64_t now = now_us();
		ssize_t got = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

		/* An ICMP error, of an earlier datagram, is no reason to stop. */
		if (got >= 0)
			return got;
		if (errno == EAGAIN && now >= deadline_us)
			return -1;
		if (errno == EAGAIN)
			poll(&pollfd, 1, (int)((deadline_us - now + 999) / 1000));
	}
}

/* ---- commands ---- */

static int burst_send(void)
{
	int *fds = sockets_to_peer();
	uint64_t errors = 0;

	for (uint64_t i = 0; i < conf.count; i++) {
		int fd = fds[i % conf.ports];

		packet_fill((uint32_t)i);
		/* an ICMP error of an earlier one is reported once: send again */
		if (send(fd, packet, conf.size, 0) < 0 && send(fd, packet, conf.size, 0) < 0)
			errors++;
		if (conf.interval_us)
			usleep((useconds_t)conf.interval_us);
	}
	printf(conf.json ? "{\"sent\":%llu,\"failed\":%llu}\n" : "sent %llu failed %llu\n",
	       (unsigned long long)(conf.count - errors), (unsigned long long)errors);
	return errors ? 1 : 0;
}

static int burst_recv(void)
{
	uint64_t received = 0, reordered = 0, duplicate = 0, damaged = 0, lost;
	int fd = socket_bind_any(SOCK_DGRAM, conf.port), room = RECEIVE_BUFFER;
	uint8_t *seen = calloc(conf.count, 1);
	int64_t highest = -1;
	uint64_t deadline;

	if (!seen)
		die_errno("calloc");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	tell_ready();
	deadline = now_us() + conf.timeout_us;
	while (received < conf.count) {
		ssize_t len = receive_until(fd, deadline);
		int64_t number;

		if (len < 0)
			break;
		number = packet_check((size_t)len);
		if (number < 0 || (uint64_t)number >= conf.count) {
			damaged++;
			continue;
		}
		if (seen[number]) {
			duplicate++;
			continue;
		}
		seen[number] = 1;
		received++;
		if (number < highest)
			reordered++;
		else
			highest = number;
	}
	lost = conf.count - received;
	printf(conf.json ? "{\"received\":%llu,\"reordered\":%llu,\"lost\":%llu,"
			   "\"duplicate\":%llu,\"damaged\":%llu}\n" :
			   "received %llu reordered %llu lost %llu duplicate %llu damaged %llu\n",
	       (unsigned long long)received, (unsigned long long)reordered,
	       (unsigned long long)lost, (unsigned long long)duplicate,
	       (unsigned long long)damaged);
	return reordered || lost || duplicate || damaged ? 1 : 0;
}

static int burst_echo(void)
{
	int fd = socket_bind_any(SOCK_DGRAM, conf.port), room = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	tell_ready();
	if (conf.daemon)
		become_daemon();
	for (;;) {
		union address peer;
		socklen_t peer_len = sizeof(peer);
		ssize_t len = recvfrom(fd, packet, sizeof(packet), 0, &peer.any, &peer_len);

		/* ICMP errors of earlier answers come as errors, too */
		if (len < 0 && errno == EBADF)
			return 3;
		if (len >= 0)
			sendto(fd, packet, (size_t)len, 0, &peer.any, peer_len);
	}
}

/* One request at a time; a late answer to an earlier request counts as lost. */
static int burst_ping_pong(void)
{
	int *fds = sockets_to_peer();
	struct samples rtt = { 0 };
	uint64_t lost = 0, damaged = 0;

	for (uint64_t i = 0; i < conf.count; i++) {
		int fd = fds[i % conf.ports];
		uint64_t start = now_us();
		int64_t number = -1;

		packet_fill((uint32_t)i);
		if (send(fd, packet, conf.size, 0) < 0)
			send(fd, packet, conf.size, 0);
		while (number != (int64_t)i) {
			ssize_t len = receive_until(fd, start + conf.timeout_us);

			if (len < 0)
				break;
			number = packet_check((size_t)len);
			if (number < 0 || (size_t)len != conf.size)
				damaged++;
		}
		if (number == (int64_t)i)
			samples_add(&rtt, now_us() - start);
		else
			lost++;
		if (conf.interval_us)
			usleep((useconds_t)conf.interval_us);
	}
	printf(conf.json ? "{\"sent\":%llu,\"lost\":%llu,\"damaged\":%llu," :
			   "sent %llu lost %llu damaged %llu\n",
	       (unsigned long long)conf.count, (unsigned long long)lost,
	       (unsigned long long)damaged);
	samples_print(&rtt, "rtt", conf.json);
	if (conf.json)
		printf("}\n");
	return lost || damaged ? 1 : 0;
}

static const struct {
	const char *name;
	int (*run)(void);
	bool to_peer;
	const char *usage;
} commands[] = {
	{ "send", burst_send, true,
	  "send --to A --port P [--count N] [--size BYTES] [--interval S] [--from ADDR]\n"
	  "             [--from-port P] [--ports N] [-j]" },
	{ "recv", burst_recv, false,
	  "recv --port P [--count N] [--timeout S] [--ready FILE] [-j]" },
	{ "echo", burst_echo, false, "echo --port P [--daemon] [--ready FILE]" },
	{ "ping-pong", burst_ping_pong, true,
	  "ping-pong --to A --port P [--count N] [--size BYTES] [--timeout S]\n"
	  "             [--interval S] [--from ADDR] [--from-port P] [--ports N] [-j]" },
};

static int usage(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "%s burst %s\n", i ? "      " : "usage:", commands[i].usage);
	fputs("exit status: 0 all arrived as sent, 1 not all, 2 usage, 3 trouble\n", out);
	return out == stdout ? 0 : 2;
}

static void parse(int argc, char **argv, bool to_peer)
{
	enum { TO = 256, PORT, COUNT, SIZE, TIMEOUT, INTERVAL, FROM, FROM_PORT,
	       PORTS, READY, DAEMON };
	static const struct option options[] = {
		{ "to", required_argument, NULL, TO },
		{ "port", required_argument, NULL, PORT },
		{ "count", required_argument, NULL, COUNT },
		{ "size", required_argument, NULL, SIZE },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "interval", required_argument, NULL, INTERVAL },
		{ "from", required_argument, NULL, FROM },
		{ "from-port", required_argument, NULL, FROM_PORT },
		{ "ports", required_argument, NULL, PORTS },
		{ "ready", required_argument, NULL, READY },
		{ "daemon", no_argument, NULL, DAEMON },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		switch (option) {
		case TO: address_parse(&conf.to, optarg); break;
		case PORT: conf.port = (uint16_t)parse_number("--port", optarg, 1, 65535); break;
		case COUNT: conf.count = parse_number("--count", optarg, 1, 100000000); break;
		case SIZE:
			conf.size = parse_number("--size", optarg, sizeof(struct head),
						 SIZE_MAX_UDP);
			break;
		case TIMEOUT: conf.timeout_us = parse_seconds_us("--timeout", optarg); break;
		case INTERVAL: conf.interval_us = parse_seconds_us("--interval", optarg); break;
		case FROM:
			address_parse(&conf.from, optarg);
			conf.have_from = true;
			break;
		case FROM_PORT:
			conf.from_port = (uint16_t)parse_number("--from-port", optarg, 1, 65535);
			break;
		case PORTS: conf.ports = parse_number("--ports", optarg, 1, 60000); break;
		case READY: conf.ready_file = optarg; break;
		case DAEMON: conf.daemon = true; break;
		case 'j': conf.json = true; break;
		default: exit(usage(stderr));
		}
	}
	if (optind != argc)
		die_usage("'%s' is not an option", argv[optind]);
	if (!conf.port || (to_peer && !conf.to.any.sa_family))
		die_usage(to_peer ? "--to and --port are needed" : "--port is needed");
	if (to_peer)
		address_set_port(&conf.to, conf.port);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		parse(argc - 1, argv + 1, commands[i].to_peer);
		return commands[i].run();
	}
	return usage(argc > 1 && !strcmp(argv[1], "--help") ? stdout : stderr);
}
