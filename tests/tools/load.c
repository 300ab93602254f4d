/* TCP load generator for tests and benchmarks: commands, and what they share. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The server answers every byte with ANSWER(byte), for as long as the client
 * sends; a request is a piece of a pattern that is different for each
 * connection, and the client checks each byte of the response.
 *
 * The client closes first, so TIME_WAIT is at the client, and each connection
 * uses up a port for 60 s. For more connections than ports, set in the
 * client's network namespace:
 *   net.ipv4.ip_local_port_range="1024 65535"   ports to choose from
 *   net.ipv4.tcp_tw_reuse=1                     a port in TIME_WAIT for more than
 *                                               a second may be used again
 *   net.ipv4.tcp_max_tw_buckets=N               at most N in TIME_WAIT; 0: none
 * and net.core.somaxconn, net.ipv4.tcp_max_syn_backlog >= K at the server's for
 * --parallel K. After --limit seconds no more connections are started, and those
 * that were not count as a failure of the run. --server-closes and --linger0 leave no TIME_WAIT at the client.
 */
#include "load.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "serve", load_serve,
	  "serve [-p PORT[-LAST]]... [--close-after BYTES] [--daemon]" },
	{ "run", load_run,
	  "run --to ADDR --port P [--connections N] [--parallel K] [--size BYTES]\n"
	  "         [--from ADDR] [--first-port P --ports N] [--rounds R] [--timeout S]\n"
	  "         [--think S] [--rate CPS] [--limit S] [--linger0 | --wait-close | --server-closes]\n"
	  "         [-j]" },
	{ "hold-open", load_hold_open,
	  "hold-open --to ADDR --port P [--connections N] [--at-once N] [--every S]\n"
	  "         [--duration S] [--timeout S] [--from ADDR] [--first-port P] [--ready FILE] [-j]" },
};

static const char *const failure_names[] = {
#define X(name, meaning) #name,
	LOAD_FAILURES(X)
#undef X
};

static void usage(FILE *out)
{
	static const char *const meanings[] = {
#define X(name, meaning) meaning,
		LOAD_FAILURES(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "%s load %s\n", i ? "      " : "usage:", commands[i].usage);
	fprintf(out, "exit status: 0 all connections succeeded, 1 some failed, 2 usage, 3 trouble\n"
		     "failures:\n");
	for (size_t i = 0; i < LOAD_FAILURE_COUNT; i++)
		fprintf(out, "  %-17s %s\n", failure_names[i], meanings[i]);
}

enum load_failure load_failure_of(int error, bool connected)
{
	switch (error) {
	case ECONNREFUSED:
		return LOAD_refused;
	case ECONNRESET:
	case EPIPE:
		return LOAD_reset;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EACCES:
	case EPERM:
		return LOAD_unreachable;
	case ETIMEDOUT:
		return connected ? LOAD_response_timeout : LOAD_connect_timeout;
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return LOAD_local;
	default: {
		static bool told;

		if (!told)
			fprintf(stderr, "load: %s\n", strerror(error));
		told = true;
		return LOAD_other;
	}
	}
}

uint64_t load_failures_total(const uint64_t *failures)
{
	uint64_t total = 0;

	for (size_t i = 0; i < LOAD_FAILURE_COUNT; i++)
		total += failures[i];
	return total;
}

void load_failures_print(const uint64_t *failures, bool json)
{
	for (size_t i = 0; i < LOAD_FAILURE_COUNT; i++) {
		if (json)
			printf("%s\"%s\":%llu", i ? "," : "", failure_names[i],
			       (unsigned long long)failures[i]);
		else if (failures[i])
			printf("  %s %llu\n", failure_names[i], (unsigned long long)failures[i]);
	}
}

int load_socket(const union address *from, int family, uint16_t port)
{
	union address local = { .any = { .sa_family = (sa_family_t)family } };
	int fd, on = 1, error;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!from && !port)
		return fd;
	if (from)
		local = *from;
	address_set_port(&local, port);
	if (port)
		/* the port's last connection may be in TIME_WAIT */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else
		/* choose the port in connect(), where one may serve many destinations */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (!bind(fd, &local.any, address_len(&local)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
		usage(stdout);
		return 0;
	}
	usage(stderr);
	return 2;
}
