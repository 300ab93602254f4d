/* load run: many short connections, each a request, a response and a close. */
/* SPDX-License-Identifier: GPL-2.0 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <unistd.h>

#define CHUNK 16384
/* A fixed port still in TIME_WAIT is tried again after this. */
#define PORT_RETRY_US 20000

enum closing {
	CLIENT_CLOSES, /* close() after the response */
	CLIENT_RESETS, /* the same with SO_LINGER 0: RST */
	CLIENT_WAITS,  /* shutdown(), then wait for the server's FIN */
	SERVER_CLOSES, /* wait for the server's FIN, then close() */
};

static struct {
	union address to, from;
	bool have_from, json;
	uint64_t connections, rounds, parallel, size, rate;
	uint64_t timeout_us, think_us, limit_us;
	uint32_t first_port, ports;
	enum closing closing;
} conf = {
	.connections = 1000, .rounds = 1, .parallel = 50, .size = 16,
	.timeout_us = 10 * US_PER_S,
};

enum state { CONNECTING, TALKING, THINKING, ENDING };

struct conn {
	enum state state;
	int fd;
	uint32_t port;                  /* of the fixed ones, or 0 */
	uint64_t number;
	uint64_t start_us, think_end_us;
	uint64_t sent, received;
	TAILQ_ENTRY(conn) by_start;     /* all have the same timeout: sorted by deadline */
	TAILQ_ENTRY(conn) by_think_end;
	SLIST_ENTRY(conn) free;
};

static TAILQ_HEAD(, conn) active = TAILQ_HEAD_INITIALIZER(active);
static TAILQ_HEAD(, conn) thinking = TAILQ_HEAD_INITIALIZER(thinking);
static SLIST_HEAD(, conn) unused = SLIST_HEAD_INITIALIZER(unused);

/* Fixed ports in the order in which they became free. */
static struct {
	uint32_t *ports;
	uint64_t head, tail;
	uint64_t retry_at_us;
} port_queue;

static struct {
	uint64_t started, finished, port_retries;
	uint64_t failures[LOAD_FAILURE_COUNT];
	struct samples connect, transaction;
} result;

static int epoll_fd;

/* ---- fixed ports ---- */

static void port_put(uint32_t port)
{
	if (port)
		port_queue.ports[port_queue.tail++ % conf.ports] = port;
}

static uint32_t port_get(void)
{
	return port_queue.ports[port_queue.head++ % conf.ports];
}

static void ports_init(void)
{
	port_queue.ports = calloc(conf.ports, sizeof(*port_queue.ports));
	if (!port_queue.ports)
		die_errno("calloc");
	for (uint32_t i = 0; i < conf.ports; i++)
		port_put(conf.first_port + i);
}

/* ---- one connection ---- */

static void conn_end(struct conn *conn)
{
	static const struct linger reset = { .l_onoff = 1 };

	if (conf.closing == CLIENT_RESETS)
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(conn->fd);
	port_put(conn->port);
	TAILQ_REMOVE(&active, conn, by_start);
	if (conn->state == THINKING)
		TAILQ_REMOVE(&thinking, conn, by_think_end);
	SLIST_INSERT_HEAD(&unused, conn, free);
	result.finished++;
}

static void conn_fail(struct conn *conn, enum load_failure failure)
{
	result.failures[failure]++;
	conn_end(conn);
}

static void conn_succeed(struct conn *conn)
{
	samples_add(&result.transaction, now_us() - conn->start_us);
	conn_end(conn);
}

/* The whole response is there. */
static void conn_finish(struct conn *conn)
{
	if (conf.closing == CLIENT_CLOSES || conf.closing == CLIENT_RESETS) {
		conn_succeed(conn);
		return;
	}
	conn->state = ENDING;
	if (conf.closing == CLIENT_WAITS)
		shutdown(conn->fd, SHUT_WR);
}

/* False: the connection has ended. */
static bool conn_send(struct conn *conn)
{
	uint8_t chunk[CHUNK];

	while (conn->sent < conf.size) {
		uint64_t left = conf.size - conn->sent;
		size_t len = left < CHUNK ? (size_t)left : CHUNK;
		ssize_t sent;

		for (size_t i = 0; i < len; i++)
			chunk[i] = pattern_byte(conn->number, conn->sent + i);
		sent = send(conn->fd, chunk, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN)
			return true;
		if (sent < 0) {
			conn_fail(conn, load_failure_of(errno, true));
			return false;
		}
		conn->sent += (uint64_t)sent;
	}
	return true;
}

static bool content_right(const struct conn *conn, const uint8_t *data, size_t len)
{
	if (conn->received + len > conf.size)
		return false;
	for (size_t i = 0; i < len; i++)
		if (data[i] != ANSWER(pattern_byte(conn->number, conn->received + i)))
			return false;
	return true;
}

static void conn_receive(struct conn *conn)
{
	uint8_t chunk[CHUNK];

	for (;;) {
		ssize_t got = recv(conn->fd, chunk, sizeof(chunk), 0);

		if (got < 0) {
			if (errno != EAGAIN)
				conn_fail(conn, load_failure_of(errno, true));
			return;
		}
		if (!got && conn->state == ENDING) {
			conn_succeed(conn);
			return;
		}
		if (!got) {
			conn_fail(conn, LOAD_short_read);
			return;
		}
		if (!content_right(conn, chunk, (size_t)got)) {
			conn_fail(conn, LOAD_wrong_content);
			return;
		}
		conn->received += (uint64_t)got;
		if (conn->received < conf.size)
			continue;
		conn_finish(conn);
		if (conf.closing == CLIENT_CLOSES || conf.closing == CLIENT_RESETS)
			return;
	}
}

static void conn_talk(struct conn *conn)
{
	bool had_sent = conn->sent == conf.size;

	if (conn->state != ENDING && !conn_send(conn))
		return;
	if (conf.think_us && !had_sent && conn->sent == conf.size) {
		conn->state = THINKING;
		conn->think_end_us = now_us() + conf.think_us;
		TAILQ_INSERT_TAIL(&thinking, conn, by_think_end);
	}
	if (conn->state != THINKING && conn->sent)
		conn_receive(conn);
}

static void conn_event(struct conn *conn)
{
	if (conn->state == CONNECTING) {
		int error = 0;
		socklen_t len = sizeof(error);

		getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error) {
			conn_fail(conn, load_failure_of(error, false));
			return;
		}
		samples_add(&result.connect, now_us() - conn->start_us);
		conn->state = TALKING;
	}
	/* What happens while it thinks is found by the read afterwards. */
	if (conn->state != THINKING)
		conn_talk(conn);
}

/* False: the port is still busy, come back later. */
static bool conn_start(void)
{
	struct conn *conn = SLIST_FIRST(&unused);
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int error = 0;

	conn->port = conf.ports ? port_get() : 0;
	conn->start_us = now_us();
	conn->fd = load_socket(conf.have_from ? &conf.from : NULL, conf.to.any.sa_family,
			       (uint16_t)conn->port);
	if (conn->fd < 0 || (connect(conn->fd, &conf.to.any, address_len(&conf.to)) &&
			     errno != EINPROGRESS))
		error = errno;
	if (conn->port && (error == EADDRNOTAVAIL || error == EADDRINUSE)) {
		if (conn->fd >= 0)
			close(conn->fd);
		port_put(conn->port);
		port_queue.retry_at_us = conn->start_us + PORT_RETRY_US;
		result.port_retries++;
		return false;
	}

	conn->number = result.started++;
	conn->state = CONNECTING;
	conn->sent = conn->received = 0;
	SLIST_REMOVE_HEAD(&unused, free);
	TAILQ_INSERT_TAIL(&active, conn, by_start);
	event.data.ptr = conn;
	if (!error && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, conn->fd, &event))
		error = errno;
	if (error)
		conn_fail(conn, load_failure_of(error, false));
	return true;
}

/* ---- the run ---- */

static void earliest(uint64_t *when, uint64_t candidate)
{
	if (candidate < *when)
		*when = candidate;
}

static uint64_t deadline(const struct conn *conn)
{
	return conn->start_us + conf.timeout_us + conf.think_us;
}

/* Starts all that may start now; *wake is when the next may. */
static void start_some(uint64_t begin_us, uint64_t until, uint64_t *wake)
{
	while (result.started < until && !SLIST_EMPTY(&unused)) {
		uint64_t now = now_us();

		if (conf.rate) {
			uint64_t due = begin_us + result.started * US_PER_S / conf.rate;

			if (due > now) {
				earliest(wake, due);
				return;
			}
		}
		if (port_queue.retry_at_us > now || !conn_start()) {
			earliest(wake, port_queue.retry_at_us);
			return;
		}
	}
}

static void expire(void)
{
	uint64_t now = now_us();
	struct conn *conn;

	while ((conn = TAILQ_FIRST(&thinking)) && conn->think_end_us <= now) {
		TAILQ_REMOVE(&thinking, conn, by_think_end);
		conn->state = TALKING;
		conn_talk(conn);
	}
	while ((conn = TAILQ_FIRST(&active)) && deadline(conn) <= now)
		conn_fail(conn, conn->state == CONNECTING ? LOAD_connect_timeout :
				conn->state == ENDING ? LOAD_close_timeout :
				LOAD_response_timeout);
}

/* Until so many have finished, or, once the limit has passed, all that were started. */
static void run_until(uint64_t begin_us, uint64_t until)
{
	struct epoll_event events[256];

	while (result.finished < until) {
		uint64_t wake = UINT64_MAX, now;
		int count, wait_ms = 0;

		if (conf.limit_us && now_us() - begin_us >= conf.limit_us) {
			until = result.started;
			if (result.finished == until)
				return;
		}
		start_some(begin_us, until, &wake);
		if (!TAILQ_EMPTY(&active))
			earliest(&wake, deadline(TAILQ_FIRST(&active)));
		if (!TAILQ_EMPTY(&thinking))
			earliest(&wake, TAILQ_FIRST(&thinking)->think_end_us);
		now = now_us();
		if (wake > now && wake != UINT64_MAX)
			wait_ms = (int)((wake - now + 999) / 1000);
		count = epoll_wait(epoll_fd, events, ARRAY_SIZE(events), wait_ms);
		for (int i = 0; i < count; i++)
			conn_event(events[i].data.ptr);
		expire();
	}
}

static int report(uint64_t elapsed_us)
{
	uint64_t failed = load_failures_total(result.failures);
	uint64_t unstarted = conf.connections * conf.rounds - result.started;
	double seconds = (double)elapsed_us / US_PER_S;
	double rate = (double)(result.finished - failed) / (seconds > 0 ? seconds : 1e-6);

	if (conf.json) {
		printf("{\"connections\":%llu,\"unstarted\":%llu,\"failed\":%llu,\"failures\":{",
		       (unsigned long long)result.finished, (unsigned long long)unstarted,
		       (unsigned long long)failed);
		load_failures_print(result.failures, true);
		printf("},\"seconds\":%.3f,\"rate\":%.1f,\"port_retries\":%llu,", seconds, rate,
		       (unsigned long long)result.port_retries);
		samples_print(&result.connect, "connect", true);
		putchar(',');
		samples_print(&result.transaction, "transaction", true);
		printf("}\n");
	} else {
		printf("connections %llu failed %llu seconds %.3f connections/s %.1f\n",
		       (unsigned long long)result.finished, (unsigned long long)failed,
		       seconds, rate);
		if (unstarted)
			printf("  unstarted %llu\n", (unsigned long long)unstarted);
		load_failures_print(result.failures, false);
		samples_print(&result.connect, "connect", false);
		samples_print(&result.transaction, "transaction", false);
	}
	return failed || unstarted ? 1 : 0;
}

static void parse(int argc, char **argv)
{
	enum { TO = 256, PORT, CONNECTIONS, PARALLEL, SIZE, FROM, FIRST_PORT, PORTS, ROUNDS,
	       TIMEOUT, THINK, RATE, LIMIT };
	static int closing;
	static const struct option options[] = {
		{ "to", required_argument, NULL, TO },
		{ "port", required_argument, NULL, PORT },
		{ "connections", required_argument, NULL, CONNECTIONS },
		{ "parallel", required_argument, NULL, PARALLEL },
		{ "size", required_argument, NULL, SIZE },
		{ "from", required_argument, NULL, FROM },
		{ "first-port", required_argument, NULL, FIRST_PORT },
		{ "ports", required_argument, NULL, PORTS },
		{ "rounds", required_argument, NULL, ROUNDS },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ "think", required_argument, NULL, THINK },
		{ "rate", required_argument, NULL, RATE },
		{ "limit", required_argument, NULL, LIMIT },
		{ "linger0", no_argument, &closing, CLIENT_RESETS },
		{ "wait-close", no_argument, &closing, CLIENT_WAITS },
		{ "server-closes", no_argument, &closing, SERVER_CLOSES },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	uint16_t port = 0;
	int option;

	while ((option = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		switch (option) {
		case 0: break;
		case TO: address_parse(&conf.to, optarg); break;
		case PORT: port = (uint16_t)parse_number("--port", optarg, 1, 65535); break;
		case CONNECTIONS:
			conf.connections = parse_number("--connections", optarg, 1, UINT32_MAX);
			break;
		case PARALLEL:
			conf.parallel = parse_number("--parallel", optarg, 1, 1000000);
			break;
		case SIZE: conf.size = parse_number("--size", optarg, 1, 1ULL << 40); break;
		case FROM:
			address_parse(&conf.from, optarg);
			conf.have_from = true;
			break;
		case FIRST_PORT:
			conf.first_port = (uint32_t)parse_number("--first-port", optarg, 1, 65535);
			break;
		case PORTS:
			conf.ports = (uint32_t)parse_number("--ports", optarg, 1, 65535);
			break;
		case ROUNDS: conf.rounds = parse_number("--rounds", optarg, 1, 1000000); break;
		case TIMEOUT: conf.timeout_us = parse_seconds_us("--timeout", optarg); break;
		case THINK: conf.think_us = parse_seconds_us("--think", optarg); break;
		case RATE: conf.rate = parse_number("--rate", optarg, 1, 1000000); break;
		case LIMIT: conf.limit_us = parse_seconds_us("--limit", optarg); break;
		case 'j': conf.json = true; break;
		default: exit(2);
		}
	}
	conf.closing = (enum closing)closing;
	if (optind != argc)
		die_usage("run: '%s' is not an option", argv[optind]);
	if (!conf.to.any.sa_family || !port)
		die_usage("run: --to and --port are needed");
	if (conf.have_from && conf.from.any.sa_family != conf.to.any.sa_family)
		die_usage("run: --from and --to are not of one family");
	if (!conf.first_port != !conf.ports || conf.first_port + conf.ports > 65536)
		die_usage("run: --first-port and --ports go together, up to 65535");
	if (conf.ports && conf.parallel > conf.ports)
		conf.parallel = conf.ports;
	address_set_port(&conf.to, port);
}

int load_run(int argc, char **argv)
{
	uint64_t begin_us;
	struct conn *conns;

	parse(argc, argv);
	raise_fd_limit();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	conns = calloc(conf.parallel, sizeof(*conns));
	if (epoll_fd < 0 || !conns)
		die_errno("start");
	for (uint64_t i = 0; i < conf.parallel; i++)
		SLIST_INSERT_HEAD(&unused, &conns[i], free);
	if (conf.ports)
		ports_init();

	begin_us = now_us();
	for (uint64_t round = 1; round <= conf.rounds; round++)
		run_until(begin_us, round * conf.connections);
	return report(now_us() - begin_us);
}
