/* SPDX-License-Identifier: GPL-2.0 */
/* Captures: files of tcpdump's classic format, and the UDP datagrams in them.
 *
 * Nothing in a capture is trusted: each header is looked at only as far as the
 * bytes reach.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct datagram {
	uint32_t s, us;		/* when it was captured */
	uint8_t src[16], dst[16];	/* network order; IPv4: the first 4 */
	uint8_t address_len;	/* 4 or 16 */
	uint16_t sport, dport;
	const uint8_t *data;	/* the payload, until the next is read */
	uint32_t len;		/* bytes of it that were captured */
	bool cut;		/* there were more */
};

struct capture;

/* Begin to read @file, which stays the caller's. NULL after *@wrong was pointed at
 * a sentence.
 */
struct capture *capture_open(FILE *file, const char **wrong);
void capture_close(struct capture *capture);

enum capture_got {
	CAPTURE_DATAGRAM,
	CAPTURE_OTHER,	/* a packet that is no whole UDP datagram */
	CAPTURE_END,
	CAPTURE_BROKEN,	/* the file ends within a packet, or makes no sense */
};

enum capture_got capture_next(struct capture *capture, struct datagram *datagram);

#endif
