/* load hold-open: keeps connections open, exchanges bytes, counts those that break. */
/* SPDX-License-Identifier: GPL-2.0 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct {
	union address to, from;
	bool have_from, json;
	uint64_t connections;
	uint64_t at_once; /* connections that may be on their way */
	uint64_t every_us, duration_us, timeout_us;
	uint32_t first_port;
	const char *ready_file;
} conf = {
	.connections = 100, .at_once = UINT64_MAX, .every_us = US_PER_S, .duration_us = 10 * US_PER_S,
	.timeout_us = 10 * US_PER_S,
};

enum state { NEW, CONNECTING, IDLE, WAITING, BROKEN };

struct conn {
	enum state state;
	int fd;
	uint64_t number, exchanges;
	uint64_t since_us; /* of the connect, or of the unanswered byte */
	uint64_t next_us;  /* when the next byte is due */
};

static struct {
	uint64_t opened, exchanges;
	uint64_t failures[LOAD_FAILURE_COUNT];
	struct samples exchange;
} result;

static int epoll_fd;
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void conn_break(struct conn *conn, enum load_failure failure)
{
	result.failures[failure]++;
	conn->state = BROKEN;
	if (conn->fd >= 0)
		close(conn->fd);
}

static void conn_start(struct conn *conn, uint64_t number)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = conn };

	conn->state = CONNECTING;
	conn->number = number;
	conn->since_us = now_us();
	conn->fd = load_socket(conf.have_from ? &conf.from : NULL, conf.to.any.sa_family,
			       conf.first_port ? (uint16_t)(conf.first_port + number) : 0);
	if (conn->fd < 0 ||
	    (connect(conn->fd, &conf.to.any, address_len(&conf.to)) && errno != EINPROGRESS) ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, conn->fd, &event))
		conn_break(conn, load_failure_of(errno, false));
}

static void conn_ask(struct conn *conn)
{
	uint8_t byte = pattern_byte(conn->number, conn->exchanges);

	conn->since_us = now_us();
	conn->state = WAITING;
	if (send(conn->fd, &byte, 1, MSG_NOSIGNAL) != 1)
		conn_break(conn, load_failure_of(errno, true));
}

static void conn_answered(struct conn *conn, uint8_t byte)
{
	if (conn->state != WAITING ||
	    byte != ANSWER(pattern_byte(conn->number, conn->exchanges))) {
		conn_break(conn, LOAD_wrong_content);
		return;
	}
	samples_add(&result.exchange, now_us() - conn->since_us);
	conn->exchanges++;
	result.exchanges++;
	conn->state = IDLE;
	conn->next_us += conf.every_us;
	/* after an outage, go on at the same pace instead of catching up */
	if (conn->next_us < now_us())
		conn->next_us = now_us() + conf.every_us;
}

static void conn_event(struct conn *conn)
{
	if (conn->state == BROKEN)
		return;
	if (conn->state == CONNECTING) {
		int error = 0;
		socklen_t len = sizeof(error);

		getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error) {
			conn_break(conn, load_failure_of(error, false));
			return;
		}
		result.opened++;
		conn->state = IDLE;
		/* spread over the interval, not all at once */
		conn->next_us = now_us() + conf.every_us * conn->number / conf.connections;
	}
	while (conn->state != BROKEN) {
		uint8_t byte;
		ssize_t got = recv(conn->fd, &byte, 1, 0);

		if (got == 1)
			conn_answered(conn, byte);
		else if (!got)
			conn_break(conn, LOAD_short_read);
		else if (errno != EAGAIN)
			conn_break(conn, load_failure_of(errno, true));
		else
			return;
	}
}

static void conn_tick(struct conn *conn, uint64_t now, bool asking)
{
	if (conn->state == IDLE && asking && conn->next_us <= now)
		conn_ask(conn);
	else if ((conn->state == WAITING || conn->state == CONNECTING) &&
		 conn->since_us + conf.timeout_us <= now)
		conn_break(conn, conn->state == CONNECTING ? LOAD_connect_timeout :
							      LOAD_response_timeout);
}

static uint64_t count_in(const struct conn *conns, enum state state)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < conf.connections; i++)
		count += conns[i].state == state;
	return count;
}

static void poll_once(struct conn *conns, bool asking)
{
	struct epoll_event events[256];
	uint64_t now;
	int count;

	count = epoll_wait(epoll_fd, events, ARRAY_SIZE(events), 5);
	for (int i = 0; i < count; i++)
		conn_event(events[i].data.ptr);
	now = now_us();
	for (uint64_t i = 0; i < conf.connections; i++)
		conn_tick(&conns[i], now, asking);
}

static void open_all(struct conn *conns)
{
	uint64_t started = 0, connecting = 0;

	do {
		for (; started < conf.connections && connecting < conf.at_once; connecting++) {
			conn_start(&conns[started], started);
			started++;
		}
		poll_once(conns, true);
		connecting = count_in(conns, CONNECTING);
	} while (connecting || started < conf.connections);
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

static int report(uint64_t elapsed_us)
{
	uint64_t broken = load_failures_total(result.failures);

	if (conf.json) {
		printf("{\"connections\":%llu,\"opened\":%llu,\"failed\":%llu,\"failures\":{",
		       (unsigned long long)conf.connections, (unsigned long long)result.opened,
		       (unsigned long long)broken);
		load_failures_print(result.failures, true);
		printf("},\"exchanges\":%llu,\"seconds\":%.3f,",
		       (unsigned long long)result.exchanges, (double)elapsed_us / US_PER_S);
		samples_print(&result.exchange, "exchange", true);
		printf("}\n");
	} else {
		printf("connections %llu opened %llu failed %llu exchanges %llu seconds %.3f\n",
		       (unsigned long long)conf.connections, (unsigned long long)result.opened,
		       (unsigned long long)broken, (unsigned long long)result.exchanges,
		       (double)elapsed_us / US_PER_S);
		load_failures_print(result.failures, false);
		samples_print(&result.exchange, "exchange", false);
	}
	return broken ? 1 : 0;
}

static void parse(int argc, char **argv)
{
	enum { TO = 256, PORT, CONNECTIONS, EVERY, DURATION, TIMEOUT, FROM, FIRST_PORT, READY,
	       AT_ONCE };
	static const struct option options[] = {
		{ "to", required_argument, NULL, TO },
		{ "port", required_argument, NULL, PORT },
		{ "connections", required_argument, NULL, CONNECTIONS },
		{ "every", required_argument, NULL, EVERY },
		{ "duration", required_argument, NULL, DURATION },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "from", required_argument, NULL, FROM },
		{ "first-port", required_argument, NULL, FIRST_PORT },
		{ "ready", required_argument, NULL, READY },
		{ "at-once", required_argument, NULL, AT_ONCE },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	uint16_t port = 0;
	int option;

	while ((option = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		switch (option) {
		case TO: address_parse(&conf.to, optarg); break;
		case PORT: port = (uint16_t)parse_number("--port", optarg, 1, 65535); break;
		case CONNECTIONS:
			conf.connections = parse_number("--connections", optarg, 1, 60000);
			break;
		case EVERY: conf.every_us = parse_seconds_us("--every", optarg); break;
		case DURATION: conf.duration_us = parse_seconds_us("--duration", optarg); break;
		case TIMEOUT: conf.timeout_us = parse_seconds_us("--timeout", optarg); break;
		case FROM:
			address_parse(&conf.from, optarg);
			conf.have_from = true;
			break;
		case FIRST_PORT:
			conf.first_port = (uint32_t)parse_number("--first-port", optarg, 1, 65535);
			break;
		case AT_ONCE: conf.at_once = parse_number("--at-once", optarg, 1, 60000); break;
		case READY: conf.ready_file = optarg; break;
		case 'j': conf.json = true; break;
		default: exit(2);
		}
	}
	if (optind != argc)
		die_usage("hold-open: '%s' is not an option", argv[optind]);
	if (!conf.to.any.sa_family || !port)
		die_usage("hold-open: --to and --port are needed");
	if (conf.have_from && conf.from.any.sa_family != conf.to.any.sa_family)
		die_usage("hold-open: --from and --to are not of one family");
	if (conf.first_port && conf.first_port + conf.connections > 65536)
		die_usage("hold-open: the ports end beyond 65535");
	address_set_port(&conf.to, port);
}

int load_hold_open(int argc, char **argv)
{
	struct conn *conns;
	uint64_t begin_us;

	parse(argc, argv);
	raise_fd_limit();
	/* Stopping it early is a normal end: what was asked is still answered. */
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	conns = calloc(conf.connections, sizeof(*conns));
	if (epoll_fd < 0 || !conns)
		die_errno("start");

	open_all(conns);
	tell_ready();
	begin_us = now_us();
	while (!stopped && now_us() - begin_us < conf.duration_us)
		poll_once(conns, true);
	while (count_in(conns, WAITING))
		poll_once(conns, false);
	return report(now_us() - begin_us);
}
