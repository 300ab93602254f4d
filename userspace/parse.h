/* SPDX-License-Identifier: GPL-2.0 */
/* Words of the command line to values. Nothing here prints or allocates. */
#ifndef PARSE_H
#define PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IPv4 or IPv6 address in network order; len is 4, 16, or 0 for none. */
struct address {
	uint8_t bytes[16];
	uint8_t len;
};

enum { PARSE_UNKNOWN = -1, PARSE_AMBIGUOUS = -2 };

/* Which of @n rows of @size bytes, each beginning with its name
 * (const char *), does @word name or begin? An exact name wins over longer
 * ones. The index, or PARSE_UNKNOWN or PARSE_AMBIGUOUS.
 */
int parse_word(const char *word, const void *rows, size_t n, size_t size);

/* Each of these returns whether the whole of @word was understood and in
 * range; the result is untouched otherwise.
 */

/* Decimal, 0x hexadecimal. */
bool parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *number);
/* A number with a unit and no space: 500us, 20ms, 1s, 1.5s, 1m, 1h; 0 needs
 * no unit. Result in microseconds, at most UINT32_MAX.
 */
bool parse_duration(const char *word, uint32_t *us);
/* VALUE/MASK, or VALUE alone for all bits; VALUE must lie within MASK. */
bool parse_value_mask(const char *word, uint32_t *value, uint32_t *mask);
/* 10.0.0.1 or fd00::1, also [fd00::1]. */
bool parse_address(const char *word, struct address *address);
/* 10.0.0.1:80 or [fd00::1]:80. */
bool parse_address_port(const char *word, struct address *address, uint16_t *port);
/* A protocol's name as conntrack prints it, or its number. */
bool parse_protocol(const char *word, uint8_t *protocol);

/* The name of @protocol, or NULL when it has none here. */
const char *protocol_name(uint8_t protocol);
bool protocol_has_ports(uint8_t protocol);
bool protocol_is_icmp(uint8_t protocol);

/* "10.0.0.1", "" when it has no length; @buf holds 46 bytes and is returned. */
#define ADDRESS_TEXT 46
const char *address_text(const struct address *address, char *buf);

/* "20ms", "1.5s": what parse_duration() accepts; @buf is returned. */
#define DURATION_TEXT 48
const char *duration_text(uint64_t us, char *buf);

#endif
