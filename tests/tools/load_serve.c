/* load serve: answers every byte of every connection until the client closes. */
/* SPDX-License-Identifier: GPL-2.0 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BACKLOG 65535 /* the kernel cuts it to net.core.somaxconn */
#define CHUNK 65536

struct peer {
	int fd;
	bool listening;
	uint64_t answered;
	/* What the socket's buffer had no room for; reading waits for it. */
	uint8_t *unsent;
	size_t unsent_len, unsent_done;
};

static int epoll_fd;
static uint64_t close_after;

static void watch(struct peer *peer, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = peer };

	if (epoll_ctl(epoll_fd, op, peer->fd, &event))
		die_errno("epoll_ctl");
}

static struct peer *peer_new(int fd, bool listening)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		die_errno("calloc");
	peer->fd = fd;
	peer->listening = listening;
	watch(peer, EPOLL_CTL_ADD, EPOLLIN);
	return peer;
}

static void peer_free(struct peer *peer)
{
	close(peer->fd);
	free(peer->unsent);
	free(peer);
}

static void listen_on(uint16_t port)
{
	int fd = socket_bind_any(SOCK_STREAM | SOCK_NONBLOCK, port);

	if (listen(fd, BACKLOG))
		die_errno("listen");
	peer_new(fd, true);
}

static void accept_all(struct peer *listener)
{
	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			peer_new(fd, false);
		else if (errno == EAGAIN)
			return;
		else if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO)
			die_errno("accept");
	}
}

/* Sends; what is left over goes to peer->unsent. False: the connection is gone. */
static bool answer(struct peer *peer, const uint8_t *data, size_t len)
{
	ssize_t sent = send(peer->fd, data, len, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN)
		return false;
	if (sent < 0)
		sent = 0;
	peer->answered += (uint64_t)sent;
	if ((size_t)sent == len)
		return true;
	peer->unsent_len = len - (size_t)sent;
	peer->unsent_done = 0;
	peer->unsent = malloc(peer->unsent_len);
	if (!peer->unsent)
		die_errno("malloc");
	memcpy(peer->unsent, data + sent, peer->unsent_len);
	watch(peer, EPOLL_CTL_MOD, EPOLLOUT);
	return true;
}

static bool send_rest(struct peer *peer)
{
	ssize_t sent = send(peer->fd, peer->unsent + peer->unsent_done,
			    peer->unsent_len - peer->unsent_done, MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN;
	peer->answered += (uint64_t)sent;
	peer->unsent_done += (size_t)sent;
	if (peer->unsent_done == peer->unsent_len) {
		free(peer->unsent);
		peer->unsent = NULL;
		watch(peer, EPOLL_CTL_MOD, EPOLLIN);
	}
	return true;
}

static bool serve(struct peer *peer)
{
	static uint8_t chunk[CHUNK];
	ssize_t got;

	if (peer->unsent)
		return send_rest(peer);
	got = recv(peer->fd, chunk, sizeof(chunk), 0);
	if (got < 0)
		return errno == EAGAIN;
	if (!got)
		return false;
	for (ssize_t i = 0; i < got; i++)
		chunk[i] = ANSWER(chunk[i]);
	return answer(peer, chunk, (size_t)got);
}

static void handle(struct peer *peer)
{
	if (peer->listening) {
		accept_all(peer);
		return;
	}
	if (!serve(peer) || (close_after && !peer->unsent && peer->answered >= close_after))
		peer_free(peer);
}

static unsigned int listen_on_range(const char *text)
{
	char first[6] = "";
	const char *dash = strchr(text, '-');
	uint64_t port, last;

	snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - text) : 5, text);
	port = parse_number("-p", dash ? first : text, 1, 65535);
	last = dash ? parse_number("-p", dash + 1, port, 65535) : port;
	for (; port <= last; port++)
		listen_on((uint16_t)port);
	return 1;
}

int load_serve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "close-after", required_argument, NULL, 'c' },
		{ "daemon", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct epoll_event events[256];
	unsigned int ranges = 0;
	bool daemon = false;
	int option, count;

	raise_fd_limit();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	while ((option = getopt_long(argc, argv, "p:", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			ranges += listen_on_range(optarg);
			break;
		case 'c':
			close_after = parse_number("--close-after", optarg, 1, UINT64_MAX);
			break;
		case 'd':
			daemon = true;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc)
		die_usage("serve: '%s' is not an option", argv[optind]);
	if (!ranges)
		listen_on_range("5000");
	if (daemon)
		become_daemon();
	for (;;) {
		count = epoll_wait(epoll_fd, events, ARRAY_SIZE(events), -1);
		for (int i = 0; i < count; i++)
			handle(events[i].data.ptr);
	}
}
