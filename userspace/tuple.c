// SPDX-License-Identifier: GPL-2.0
/* A flow's tuple: as words, as text. */
#include "tuple.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

/* What the words said so far. */
struct reading {
	struct tuple tuple;
	bool src, dst, sport, dport, id;
	uint8_t type, code;
};

/* Words with a value: "id 77" or "id=77". */
static const struct row {
	const char *name;
	uint64_t max;
} rows[] = {
	{ "src", 0 }, { "dst", 0 }, { "sport", UINT16_MAX }, { "dport", UINT16_MAX },
	{ "id", UINT16_MAX }, { "type", UINT8_MAX }, { "code", UINT8_MAX },
	{ "zone", UINT16_MAX },
};
enum { W_SRC, W_DST, W_SPORT, W_DPORT, W_ID, W_TYPE, W_CODE, W_ZONE };

static int take(struct reading *r, int which, const char *value)
{
	struct address *address = which == W_SRC ? &r->tuple.src : &r->tuple.dst;
	uint64_t n = 0;

	if (which == W_SRC || which == W_DST) {
		if (!parse_address(value, address))
			return wrong("%s: '%s' is not an address", rows[which].name, value);
		*(which == W_SRC ? &r->src : &r->dst) = true;
		return EXIT_DONE;
	}
	if (!parse_number(value, 0, rows[which].max, &n))
		return wrong("%s: '%s' is not a number from 0 to %u", rows[which].name,
			     value, (unsigned int)rows[which].max);
	switch (which) {
	case W_SPORT:
		r->tuple.sport = n;
		r->sport = true;
		break;
	case W_DPORT:
		r->tuple.dport = n;
		r->dport = true;
		break;
	case W_ID:
		r->tuple.sport = n;
		r->id = true;
		break;
	case W_TYPE:
		r->type = n;
		break;
	case W_CODE:
		r->code = n;
		break;
	case W_ZONE:
		r->tuple.zone = n;
		break;
	}
	return EXIT_DONE;
}

/* ADDRESS or ADDRESS:PORT, the source first. */
static int take_endpoint(struct reading *r, const char *word)
{
	bool ports = protocol_has_ports(r->tuple.proto), source = !r->src;
	struct address *address = source ? &r->tuple.src : &r->tuple.dst;
	uint16_t *port = source ? &r->tuple.sport : &r->tuple.dport;

	if (r->src && r->dst)
		return wrong("'%s' is unknown here, expected id, type, code or zone", word);
	if (ports && parse_address_port(word, address, port))
		*(source ? &r->sport : &r->dport) = true;
	else if (!parse_address(word, address))
		return wrong("'%s' is not %s", word, ports ?
			     "ADDRESS:PORT, such as 10.0.0.1:80 or [fd00::1]:80" : "an address");
	*(source ? &r->src : &r->dst) = true;
	return EXIT_DONE;
}

static int find_row(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].name) == len && !strncmp(rows[i].name, word, len))
			return i;
	return PARSE_UNKNOWN;
}

/* The style of this tool: endpoints, then words with values. */
static int read_own(struct reading *r, int argc, char **argv)
{
	int ret, row;

	for (int i = 0; i < argc; i++) {
		row = find_row(argv[i], strlen(argv[i]));
		if (row == PARSE_UNKNOWN) {
			ret = take_endpoint(r, argv[i]);
		} else if (i + 1 == argc) {
			return wrong("%s: a value is missing", argv[i]);
		} else {
			ret = take(r, row, argv[++i]);
		}
		if (ret)
			return ret;
	}
	return EXIT_DONE;
}

/* A line of conntrack -L: only the original direction counts, which ends where
 * a word comes again; timeout, state, flags and words like mark= say nothing
 * of the tuple. A zone= may stand at the end.
 */
static int read_conntrack(struct reading *r, int argc, char **argv)
{
	unsigned int seen = 0;
	int ret, row;

	for (int i = 0; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");

		if (!argv[i][len]) {
			if (strcmp(argv[i], "zone") || i + 1 == argc)
				continue;
			ret = take(r, W_ZONE, argv[++i]);
			if (ret)
				return ret;
			continue;
		}
		row = find_row(argv[i], len);
		if (row == PARSE_UNKNOWN || seen & 1u << row)
			continue;
		seen |= 1u << row;
		ret = take(r, row, argv[i] + len + 1);
		if (ret)
			return ret;
	}
	return EXIT_DONE;
}

static int finish(struct reading *r, struct tuple *tuple)
{
	uint8_t proto = r->tuple.proto;

	if (!r->src || !r->dst)
		return wrong("the %s address of the tuple is missing, expected " TUPLE_FORM,
			     r->src ? "destination" : "source");
	if (r->tuple.src.len != r->tuple.dst.len)
		return wrong("source and destination are of different address families");
	if (protocol_has_ports(proto) && (!r->sport || !r->dport))
		return wrong("the %s port of the tuple is missing, expected " TUPLE_FORM,
			     r->sport ? "destination" : "source");
	if (protocol_is_icmp(proto)) {
		if (!r->id)
			return wrong("the id of the ICMP tuple is missing, expected "
				     "icmp 10.0.0.1 10.0.1.2 id 77");
		r->tuple.dport = r->type << 8 | r->code;
	}
	*tuple = r->tuple;
	return EXIT_DONE;
}

int tuple_parse(int argc, char **argv, struct tuple *tuple)
{
	struct reading r = { };
	bool conntrack = false;
	int ret;

	/* conntrack -L -o extended puts the family and its number first */
	if (argc > 2 && (!strcmp(argv[0], "ipv4") || !strcmp(argv[0], "ipv6"))) {
		argc -= 2;
		argv += 2;
	}
	if (argc < 1)
		return wrong("a tuple is missing, expected " TUPLE_FORM);
	if (!parse_protocol(argv[0], &r.tuple.proto))
		return wrong("'%s' is not a protocol, expected tcp, udp, icmp, icmpv6, sctp or a number",
			     argv[0]);
	r.type = r.tuple.proto == IPPROTO_ICMPV6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	for (int i = 1; i < argc; i++)
		conntrack |= !!strchr(argv[i], '=');
	ret = conntrack ? read_conntrack(&r, argc - 1, argv + 1) :
			  read_own(&r, argc - 1, argv + 1);
	return ret ?: finish(&r, tuple);
}

static const char *endpoint_text(const struct tuple *tuple, const struct address *address,
				 uint16_t port, char *buf)
{
	char text[ADDRESS_TEXT];

	address_text(address, text);
	if (!protocol_has_ports(tuple->proto))
		snprintf(buf, ENDPOINT_TEXT, "%s", text);
	else
		snprintf(buf, ENDPOINT_TEXT, address->len == 16 ? "[%s]:%u" : "%s:%u", text, port);
	return buf;
}

const char *tuple_src_text(const struct tuple *tuple, char *buf)
{
	return endpoint_text(tuple, &tuple->src, tuple->sport, buf);
}

const char *tuple_dst_text(const struct tuple *tuple, char *buf)
{
	return endpoint_text(tuple, &tuple->dst, tuple->dport, buf);
}

const char *tuple_proto_text(const struct tuple *tuple, char *buf)
{
	const char *name = protocol_name(tuple->proto);

	if (name)
		snprintf(buf, PROTO_TEXT, "%s", name);
	else
		snprintf(buf, PROTO_TEXT, "%u", tuple->proto);
	return buf;
}
