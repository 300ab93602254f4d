/* SPDX-License-Identifier: GPL-2.0 */
/* A flow's tuple: as words, as text. */
#ifndef TUPLE_H
#define TUPLE_H

#include "parse.h"

struct tuple {
	uint8_t proto;
	struct address src, dst;
	uint16_t sport;		/* ICMP: id */
	uint16_t dport;		/* ICMP: type << 8 | code */
	uint16_t zone;
};

/* What tuple_parse() accepts, for usage and errors. */
#define TUPLE_FORM \
	"tcp 10.0.0.1:1234 10.0.1.2:80, udp [fd00::1]:53 [fd00::2]:53, " \
	"icmp 10.0.0.1 10.0.1.2 id 77, or words of conntrack -L; also zone N"

/* Fill @tuple from @argv: all of it must be used. EXIT_DONE, or EXIT_WRONG
 * after a sentence on stderr.
 */
int tuple_parse(int argc, char **argv, struct tuple *tuple);

/* "10.0.0.1:1234", the bare address where the protocol has no ports; @buf is
 * returned.
 */
#define ENDPOINT_TEXT (ADDRESS_TEXT + 8)
const char *tuple_src_text(const struct tuple *tuple, char *buf);
const char *tuple_dst_text(const struct tuple *tuple, char *buf);
/* "tcp", or the number. */
#define PROTO_TEXT 8
const char *tuple_proto_text(const struct tuple *tuple, char *buf);

#endif
