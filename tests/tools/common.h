/* What the test tools share: clock, addresses, numbers, percentiles, test pattern. */
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_COMMON_H
#define TESTS_TOOLS_COMMON_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define US_PER_S 1000000ULL

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Exit 2 is wrong usage, exit 3 a failure of the tool itself: a test must not
 * take either for "some connections failed", which is 1.
 */
_Noreturn void die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_errno(const char *what);

uint64_t now_us(void);

/* Numbers and seconds from arguments; out of range is wrong usage. */
uint64_t parse_number(const char *option, const char *text, uint64_t min, uint64_t max);
uint64_t parse_seconds_us(const char *option, const char *text);

/* An IPv4 or IPv6 address without a name look-up, and its port. */
void address_parse(union address *address, const char *text);
void address_set_port(union address *address, uint16_t port);
socklen_t address_len(const union address *address);

/* A bound socket for both families, or for IPv4 only where IPv6 is off. */
int socket_bind_any(int type, uint16_t port);

/* As many file descriptors as the hard limit allows. */
void raise_fd_limit(void);

/* Forks to the background once the socket is ready; the parent prints the
 * child's process id and exits, so a script can use the server at once.
 */
void become_daemon(void);

/* Byte number `offset` of stream `number`. No two streams are alike, so that a
 * byte delivered to the wrong connection is seen.
 */
uint8_t pattern_byte(uint64_t number, uint64_t offset);
/* What a server answers for a byte: not the byte itself, so that a client
 * cannot take its own request for an answer.
 */
#define ANSWER(byte) ((uint8_t)((byte) ^ 0x5a))

/* Times in microseconds, kept to tell percentiles. */
struct samples {
	uint32_t *us;
	size_t count, room;
};

void samples_add(struct samples *samples, uint64_t us);
void samples_sort(struct samples *samples);
/* Of sorted samples: 50, 90, 99, and 100 for the largest; 0 if there are none. */
uint32_t samples_percentile(const struct samples *samples, unsigned int percent);
/* "p50 1 p90 2 p99 3 max 4" in us, or a JSON object; sorts first. */
void samples_print(struct samples *samples, const char *name, bool json);

#endif
