// SPDX-License-Identifier: GPL-2.0
/* Words of the command line to values, and values to the same words. */
#include "parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int parse_word(const char *word, const void *rows, size_t n, size_t size)
{
	size_t len = strlen(word);
	int found = PARSE_UNKNOWN;

	if (!len)
		return PARSE_UNKNOWN;
	for (size_t i = 0; i < n; i++) {
		const char *name = *(const char *const *)((const char *)rows + i * size);

		if (!strcmp(name, word))
			return i;
		if (!strncmp(name, word, len))
			found = found == PARSE_UNKNOWN ? (int)i : PARSE_AMBIGUOUS;
	}
	return found;
}

bool parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *number)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	const char *digits = hex ? word + 2 : word;
	unsigned long long n;
	char *end;

	/* strtoull() would take spaces, signs and a second 0x */
	if (!*digits || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
		return false;
	errno = 0;
	n = strtoull(digits, &end, hex ? 16 : 10);
	if (errno || *end || n < min || n > max)
		return false;
	*number = n;
	return true;
}

static const struct {
	const char *name;
	uint64_t us;
} units[] = {
	{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 },
	{ "m", 60000000 }, { "h", 3600000000 },
};

bool parse_duration(const char *word, uint32_t *us)
{
	uint64_t whole = 0, fraction = 0, scale = 1, total;
	const char *p = word;
	bool digits = false;

	for (; *p >= '0' && *p <= '9'; p++, digits = true)
		if ((whole = whole * 10 + (*p - '0')) > UINT32_MAX)
			return false;
	if (digits && *p == '.') {
		digits = false;
		for (p++; *p >= '0' && *p <= '9'; p++, digits = true) {
			if (scale >= 1000000)
				return false;
			fraction = fraction * 10 + (*p - '0');
			scale *= 10;
		}
	}
	if (!digits)
		return false;
	if (!*p && !whole && !fraction) {
		*us = 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(p, units[i].name))
			continue;
		if (fraction * units[i].us % scale)
			return false;	/* finer than a microsecond */
		total = whole * units[i].us + fraction * units[i].us / scale;
		if (total > UINT32_MAX)
			return false;
		*us = total;
		return true;
	}
	return false;
}

bool parse_value_mask(const char *word, uint32_t *value, uint32_t *mask)
{
	uint64_t v, m = UINT32_MAX;
	char left[32];
	size_t len = strcspn(word, "/");

	if (len >= sizeof(left))
		return false;
	memcpy(left, word, len);
	left[len] = 0;
	if (!parse_number(left, 0, UINT32_MAX, &v))
		return false;
	if (word[len] && !parse_number(word + len + 1, 0, UINT32_MAX, &m))
		return false;
	if (v & ~m)
		return false;
	*value = v;
	*mask = m;
	return true;
}

bool parse_address(const char *word, struct address *address)
{
	size_t len = strlen(word);
	struct address a = { .len = 16 };
	char plain[ADDRESS_TEXT];

	if (word[0] == '[' && len > 2 && word[len - 1] == ']') {
		word++;
		len -= 2;
	} else if (inet_pton(AF_INET, word, a.bytes) == 1) {
		a.len = 4;
		*address = a;
		return true;
	}
	if (len >= sizeof(plain))
		return false;
	memcpy(plain, word, len);
	plain[len] = 0;
	if (inet_pton(AF_INET6, plain, a.bytes) != 1)
		return false;
	*address = a;
	return true;
}

bool parse_address_port(const char *word, struct address *address, uint16_t *port)
{
	const char *colon = strrchr(word, ':');
	char left[ADDRESS_TEXT + 2];
	size_t len = colon ? colon - word : 0;
	struct address a;
	uint64_t n;

	if (!colon || len >= sizeof(left))
		return false;
	memcpy(left, word, len);
	left[len] = 0;
	/* fd00::1:80 says nothing of where the address ends: want brackets */
	if (!parse_address(left, &a) || (a.len == 16 && left[0] != '['))
		return false;
	if (!parse_number(colon + 1, 0, UINT16_MAX, &n))
		return false;
	*address = a;
	*port = n;
	return true;
}

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	{ "icmp", IPPROTO_ICMP }, { "icmpv6", IPPROTO_ICMPV6 },
	{ "sctp", IPPROTO_SCTP }, { "dccp", IPPROTO_DCCP },
	{ "udplite", IPPROTO_UDPLITE }, { "gre", IPPROTO_GRE },
	{ "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
};

bool parse_protocol(const char *word, uint8_t *protocol)
{
	uint64_t n;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!strcmp(word, protocols[i].name)) {
			*protocol = protocols[i].number;
			return true;
		}
	}
	if (!parse_number(word, 0, UINT8_MAX, &n))
		return false;
	*protocol = n;
	return true;
}

const char *protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return NULL;
}

bool protocol_has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

bool protocol_is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

const char *address_text(const struct address *address, char *buf)
{
	buf[0] = 0;
	if (address->len)
		inet_ntop(address->len == 4 ? AF_INET : AF_INET6,
			  address->bytes, buf, ADDRESS_TEXT);
	return buf;
}

/* The largest unit that leaves at most three digits after the point. */
const char *duration_text(uint64_t us, char *buf)
{
	const char *unit = us ? "us" : "s";
	uint64_t size = 1;
	char digits[24];
	size_t n;

	if (us >= 1000000) {
		unit = "s";
		size = 1000000;
	} else if (us >= 1000) {
		unit = "ms";
		size = 1000;
	}
	if (size > 1 && us * 1000 % size == 0 && us % size) {
		snprintf(digits, sizeof(digits), ".%03u", (unsigned int)(us % size * 1000 / size));
		for (n = strlen(digits); digits[n - 1] == '0'; n--)
			digits[n - 1] = 0;
		snprintf(buf, DURATION_TEXT, "%" PRIu64 "%s%s", us / size, digits, unit);
	} else if (us % size) {
		snprintf(buf, DURATION_TEXT, "%" PRIu64 "us", us);
	} else {
		snprintf(buf, DURATION_TEXT, "%" PRIu64 "%s", us / size, unit);
	}
	return buf;
}
