/* The commands of the TCP load generator, and why a connection fails. */
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_LOAD_H
#define TESTS_TOOLS_LOAD_H

#include "common.h"

/* Name in the output, and what it means. */
#define LOAD_FAILURES(X)                                                          \
	X(connect_timeout, "no SYN-ACK before the connection's deadline")         \
	X(refused, "connect answered by RST")                                     \
	X(unreachable, "an ICMP error or no route")                               \
	X(reset, "RST after the connection was established")                      \
	X(short_read, "FIN before the whole response")                            \
	X(wrong_content, "a byte of the response is not what was asked for")      \
	X(response_timeout, "the response was not complete at the deadline")      \
	X(close_timeout, "the server's FIN did not come before the deadline")     \
	X(local, "no free local port, descriptor or memory")                      \
	X(other, "any other error, its text is printed once")

enum load_failure {
#define X(name, meaning) LOAD_##name,
	LOAD_FAILURES(X)
#undef X
	LOAD_FAILURE_COUNT
};

/* The failure that an errno of connect, send or recv stands for. */
enum load_failure load_failure_of(int error, bool connected);

/* Sum of the counts, one for each reason. */
uint64_t load_failures_total(const uint64_t *failures);
/* All reasons as members of a JSON object, or those that occurred as text. */
void load_failures_print(const uint64_t *failures, bool json);

/* A non-blocking socket with TCP_NODELAY, bound as asked; -1 and errno.
 * `from` may be NULL; port 0 is any.
 */
int load_socket(const union address *from, int family, uint16_t port);

int load_serve(int argc, char **argv);
int load_run(int argc, char **argv);
int load_hold_open(int argc, char **argv);

#endif
