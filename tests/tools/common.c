/* What the test tools share: clock, addresses, numbers, percentiles, test pattern. */
/* SPDX-License-Identifier: GPL-2.0 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

void die_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

void die_errno(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(3);
}

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * US_PER_S + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t parse_number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value < min || value > max)
		die_usage("%s: '%s' is not a number from %llu to %llu", option, text,
			  (unsigned long long)min, (unsigned long long)max);
	return value;
}

uint64_t parse_seconds_us(const char *option, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= 1e6))
		die_usage("%s: '%s' is not a number of seconds", option, text);
	return (uint64_t)(value * US_PER_S);
}

void address_parse(union address *address, const char *text)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1)
		address->any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1)
		address->any.sa_family = AF_INET6;
	else
		die_usage("'%s' is not an address", text);
}

void address_set_port(union address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET)
		address->v4.sin_port = htons(port);
	else
		address->v6.sin6_port = htons(port);
}

socklen_t address_len(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

int socket_bind_any(int type, uint16_t port)
{
	union address any = { .v6 = { .sin6_family = AF_INET6 } };
	int fd, on = 1, off = 0;

	fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		any = (union address){ .v4 = { .sin_family = AF_INET } };
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	}
	if (fd < 0)
		die_errno("socket");
	if (any.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	address_set_port(&any, port);
	if (bind(fd, &any.any, address_len(&any)))
		die_errno("bind");
	return fd;
}

void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void become_daemon(void)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		die_errno("fork");
	if (pid) {
		printf("%d\n", (int)pid);
		exit(0);
	}
	setsid();
	/* A script that reads the process id with $(...) waits until every
	 * holder of the pipe has closed it.
	 */
	null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		close(null);
	}
}

uint8_t pattern_byte(uint64_t number, uint64_t offset)
{
	/* One word of splitmix64 serves eight bytes. */
	uint64_t z = (number << 32) + offset / 8 + 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return (uint8_t)(z >> (offset % 8 * 8));
}

void samples_add(struct samples *samples, uint64_t us)
{
	if (samples->count == samples->room) {
		samples->room = samples->room ? samples->room * 2 : 4096;
		samples->us = realloc(samples->us, samples->room * sizeof(*samples->us));
		if (!samples->us)
			die_errno("realloc");
	}
	samples->us[samples->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int compare_us(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void samples_sort(struct samples *samples)
{
	if (samples->count)
		qsort(samples->us, samples->count, sizeof(*samples->us), compare_us);
}

uint32_t samples_percentile(const struct samples *samples, unsigned int percent)
{
	size_t rank;

	if (!samples->count)
		return 0;
	/* nearest rank: the smallest value that `percent` of all do not exceed */
	rank = (samples->count * percent + 99) / 100;
	return samples->us[rank ? rank - 1 : 0];
}

void samples_print(struct samples *samples, const char *name, bool json)
{
	samples_sort(samples);
	printf(json ? "\"%s_us\":{\"p50\":%u,\"p90\":%u,\"p99\":%u,\"max\":%u}" :
		      "%s us: p50 %u p90 %u p99 %u max %u\n", name,
	       samples_percentile(samples, 50), samples_percentile(samples, 90),
	       samples_percentile(samples, 99), samples_percentile(samples, 100));
}
