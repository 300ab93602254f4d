/* Messages and their echo over SCTP, DCCP or a bare IP protocol, for tests. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SCTP and DCCP through the kernel's sockets, one connection after the other; any
 * other protocol, named by its number, as raw packets of which the last 8 bytes
 * are counted (ESP looks like that to a firewall).
 */
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef SOL_DCCP
#define SOL_DCCP 269
#endif
#define DCCP_SERVICE 2 /* DCCP_SOCKOPT_SERVICE */
#define SERVICE 42
#define MESSAGE 64

static struct {
	union address to;
	uint16_t port;
	int protocol;
	bool daemon;
	uint64_t connections, count, interval_us, timeout_us;
	uint8_t head[MESSAGE / 2];	/* how each raw message begins */
	uint8_t head_len;
} conf = { .connections = 1, .count = 5, .timeout_us = 5 * US_PER_S };

static const char usage_text[] =
	"usage: proto echo --proto sctp|dccp|NUMBER [--port P] [--head HEX] [--daemon]\n"
	"       proto talk --proto sctp|dccp|NUMBER --to ADDR [--port P] [--connections N]\n"
	"                  [--count N] [--interval S] [--timeout S] [--head HEX]\n"
	"--head: what a raw message begins with, such as a header of GRE\n"
	"prints: connections N failed N sent N lost N\n";

static bool is_raw(void)
{
	return conf.protocol != IPPROTO_SCTP && conf.protocol != IPPROTO_DCCP;
}

static int socket_of(int family)
{
	int type = is_raw() ? SOCK_RAW : conf.protocol == IPPROTO_DCCP ? SOCK_DCCP : SOCK_STREAM;
	uint32_t service = htonl(SERVICE);
	int fd = socket(family, type | SOCK_CLOEXEC, conf.protocol);

	if (fd < 0)
		die_errno("socket");
	if (type == SOCK_DCCP &&
	    setsockopt(fd, SOL_DCCP, DCCP_SERVICE, &service, sizeof(service)))
		die_errno("DCCP_SOCKOPT_SERVICE");
	return fd;
}

/* A raw socket of IPv4 gives the IP header too. */
static ssize_t payload(uint8_t *packet, ssize_t len, int family)
{
	ssize_t head = is_raw() && family == AF_INET ? (packet[0] & 15) * 4 : 0;

	if (len < head)
		return -1;
	memmove(packet, packet + head, len - head);
	return len - head;
}

/* ---- echo ---- */

static void echo_one(int fd)
{
	uint8_t packet[2048];
	ssize_t got;

	while ((got = recv(fd, packet, sizeof(packet), 0)) > 0) {
		if (send(fd, packet, got, 0) != got)
			break;
	}
	close(fd);
	_exit(0);
}

static void echo_raw(int fd, int family)
{
	uint8_t packet[2048];
	union address from;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t got = recvfrom(fd, packet, sizeof(packet), 0, &from.any, &size);

		got = got < 0 ? got : payload(packet, got, family);
		if (got > conf.head_len)
			memcpy(packet, conf.head, conf.head_len);
		if (got > 0)
			sendto(fd, packet, got, 0, &from.any, size);
	}
}

static void echo_on(int fd, int family)
{
	if (is_raw())
		echo_raw(fd, family);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			continue;
		if (fork() == 0)
			echo_one(client);
		close(client);
	}
}

static int echo_socket(int family)
{
	union address any = { .any = { .sa_family = family } };
	int fd = socket_of(family), one = 1;

	if (is_raw())
		return fd;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	address_set_port(&any, conf.port);
	if (bind(fd, &any.any, address_len(&any)) || listen(fd, 64))
		die_errno("bind or listen");
	return fd;
}

static int proto_echo(void)
{
	int v4 = echo_socket(AF_INET), v6 = echo_socket(AF_INET6);

	signal(SIGCHLD, SIG_IGN);
	if (conf.daemon)
		become_daemon();
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(v4);
		echo_on(v6, AF_INET6);
	}
	close(v6);
	echo_on(v4, AF_INET);
	return 0;
}

/* ---- talk ---- */

static bool answered(int fd, uint64_t number)
{
	uint64_t deadline = now_us() + conf.timeout_us, now, value;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	uint8_t packet[2048];
	ssize_t got;

	while ((now = now_us()) < deadline) {
		if (poll(&pollfd, 1, (int)((deadline - now) / 1000) + 1) <= 0)
			continue;
		got = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (got <= 0)
			return false;
		got = payload(packet, got, conf.to.any.sa_family);
		if (got < (ssize_t)sizeof(value))
			continue;
		memcpy(&value, packet + got - sizeof(value), sizeof(value));
		if (value == number)
			return true;
	}
	return false;
}

/* Returns messages without an echo, or -1 when no connection came about. */
static int64_t talk_one(uint64_t first)
{
	uint8_t message[MESSAGE] = { 0 };
	int fd = socket_of(conf.to.any.sa_family);
	int64_t lost = 0;

	if (connect(fd, &conf.to.any, address_len(&conf.to))) {
		close(fd);
		return -1;
	}
	memcpy(message, conf.head, conf.head_len);
	for (uint64_t i = 0; i < conf.count; i++) {
		uint64_t number = first + i;

		memcpy(message + MESSAGE - sizeof(number), &number, sizeof(number));
		if (send(fd, message, MESSAGE, 0) != MESSAGE || !answered(fd, number))
			lost++;
		usleep(conf.interval_us);
	}
	close(fd);
	return lost;
}

static int proto_talk(void)
{
	uint64_t failed = 0, lost = 0;

	for (uint64_t i = 0; i < conf.connections; i++) {
		int64_t missing = talk_one((i + 1) << 32);

		failed += missing < 0;
		lost += missing < 0 ? (int64_t)conf.count : missing;
	}
	printf("connections %llu failed %llu sent %llu lost %llu\n",
	       (unsigned long long)conf.connections, (unsigned long long)failed,
	       (unsigned long long)(conf.connections * conf.count), (unsigned long long)lost);
	return failed || lost;
}

static int parse_protocol(const char *text)
{
	if (!strcmp(text, "sctp"))
		return IPPROTO_SCTP;
	if (!strcmp(text, "dccp"))
		return IPPROTO_DCCP;
	return (int)parse_number("--proto", text, 1, 254);
}

static void parse_head(const char *text)
{
	unsigned int byte;

	for (; *text; text += 2) {
		if (conf.head_len == sizeof(conf.head) || !text[1] ||
		    sscanf(text, "%2x", &byte) != 1)
			die_usage("--head: '%s' is not hexadecimal, or too long", text);
		conf.head[conf.head_len++] = (uint8_t)byte;
	}
}

static void parse(int argc, char **argv)
{
	enum { TO = 256, PORT, PROTO, CONNECTIONS, COUNT, INTERVAL, TIMEOUT, HEAD, DAEMON };
	static const struct option options[] = {
		{ "to", required_argument, NULL, TO },
		{ "port", required_argument, NULL, PORT },
		{ "proto", required_argument, NULL, PROTO },
		{ "connections", required_argument, NULL, CONNECTIONS },
		{ "count", required_argument, NULL, COUNT },
		{ "interval", required_argument, NULL, INTERVAL },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "head", required_argument, NULL, HEAD },
		{ "daemon", no_argument, NULL, DAEMON },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case TO: address_parse(&conf.to, optarg); break;
		case PORT: conf.port = (uint16_t)parse_number("--port", optarg, 1, 65535); break;
		case PROTO: conf.protocol = parse_protocol(optarg); break;
		case CONNECTIONS: conf.connections = parse_number("--connections", optarg, 1, 100000); break;
		case COUNT: conf.count = parse_number("--count", optarg, 1, 1000000); break;
		case INTERVAL: conf.interval_us = parse_seconds_us("--interval", optarg); break;
		case TIMEOUT: conf.timeout_us = parse_seconds_us("--timeout", optarg); break;
		case HEAD: parse_head(optarg); break;
		case DAEMON: conf.daemon = true; break;
		default: die_usage("%s", usage_text);
		}
	}
	if (optind != argc || !conf.protocol || (!is_raw() && !conf.port))
		die_usage("%s", usage_text);
	if (conf.to.any.sa_family)
		address_set_port(&conf.to, is_raw() ? 0 : conf.port);
}

int main(int argc, char **argv)
{
	bool talk = argc > 1 && !strcmp(argv[1], "talk");

	signal(SIGPIPE, SIG_IGN);
	if (!talk && (argc < 2 || strcmp(argv[1], "echo")))
		die_usage("%s", usage_text);
	parse(argc - 1, argv + 1);
	if (talk && !conf.to.any.sa_family)
		die_usage("--to is needed");
	return talk ? proto_talk() : proto_echo();
}
