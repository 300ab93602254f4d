// SPDX-License-Identifier: GPL-2.0
/* Captures: files of tcpdump's classic format, and the UDP datagrams in them. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_MAX (256 * 1024)	/* tcpdump's own limit */

enum {
	PROTO_UDP = 17,
	ETHER_IP = 0x0800, ETHER_IPV6 = 0x86dd,
	ETHER_VLAN = 0x8100, ETHER_QINQ = 0x88a8,
};

struct capture {
	FILE *file;
	bool big, nano;		/* byte order of the file, unit of its times */
	const struct link *link;
	uint8_t packet[PACKET_MAX];
};

/* What is left of a packet. */
struct rest {
	const uint8_t *at;
	uint32_t len;
};

static uint16_t be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* Take @n bytes off the front, NULL when there are fewer. */
static const uint8_t *take(struct rest *r, uint32_t n)
{
	const uint8_t *at = r->at;

	if (r->len < n)
		return NULL;
	r->at += n;
	r->len -= n;
	return at;
}

/* ---- the link's header: which protocol follows it, 0 for none we know ---- */

static uint16_t after_vlans(struct rest *r, uint16_t type)
{
	while (type == ETHER_VLAN || type == ETHER_QINQ) {
		const uint8_t *tag = take(r, 4);

		if (!tag)
			return 0;
		type = be16(tag + 2);
	}
	return type;
}

static uint16_t link_ethernet(struct rest *r)
{
	const uint8_t *h = take(r, 14);

	return h ? after_vlans(r, be16(h + 12)) : 0;
}

static uint16_t link_sll(struct rest *r)
{
	const uint8_t *h = take(r, 16);

	return h ? after_vlans(r, be16(h + 14)) : 0;
}

static uint16_t link_sll2(struct rest *r)
{
	const uint8_t *h = take(r, 20);

	return h ? after_vlans(r, be16(h)) : 0;
}

static uint16_t link_raw(struct rest *r)
{
	if (!r->len)
		return 0;
	return r->at[0] >> 4 == 4 ? ETHER_IP : ETHER_IPV6;
}

static const struct link {
	uint32_t number;	/* as tcpdump.org lists them */
	uint16_t (*type)(struct rest *r);
} links[] = {
	{ 1, link_ethernet }, { 113, link_sll }, { 276, link_sll2 },
	{ 12, link_raw }, { 14, link_raw }, { 101, link_raw },
	{ 228, link_raw }, { 229, link_raw },
};

/* ---- the network's header: leaves @r at UDP ---- */

static void set_addresses(struct datagram *d, const uint8_t *source, uint8_t len)
{
	memcpy(d->src, source, len);
	memcpy(d->dst, source + len, len);
	d->address_len = len;
}

/* Padding behind the packet goes; what is missing of it is noted. */
static void set_length(struct rest *r, uint32_t len, struct datagram *d)
{
	if (r->len > len)
		r->len = len;
	d->cut = r->len < len;
}

static bool network_ip(struct rest *r, struct datagram *d)
{
	const uint8_t *h = r->at;
	uint32_t size, total;

	if (r->len < 20 || h[0] >> 4 != 4)
		return false;
	size = (h[0] & 15) * 4;
	total = be16(h + 2);
	/* of a fragment only the first has UDP's header, and none is whole */
	if (size < 20 || total < size || be16(h + 6) & 0x3fff || h[9] != PROTO_UDP)
		return false;
	set_addresses(d, h + 12, 4);
	set_length(r, total, d);
	return take(r, size);
}

static bool network_ipv6(struct rest *r, struct datagram *d)
{
	const uint8_t *h = take(r, 40);
	uint8_t next;

	if (!h || h[0] >> 4 != 6)
		return false;
	next = h[6];
	set_addresses(d, h + 8, 16);
	set_length(r, be16(h + 4), d);
	/* hop-by-hop, routing, destination options */
	while (next == 0 || next == 43 || next == 60) {
		const uint8_t *option = take(r, 8);

		if (!option || !take(r, option[1] * 8))
			return false;
		next = option[0];
	}
	return next == PROTO_UDP;
}

static bool transport(struct rest *r, struct datagram *d)
{
	const uint8_t *h = take(r, 8);
	uint32_t len;

	if (!h || be16(h + 4) < 8)
		return false;
	d->sport = be16(h);
	d->dport = be16(h + 2);
	len = be16(h + 4) - 8;
	if (r->len > len)
		r->len = len;
	d->cut = r->len < len;
	d->data = r->at;
	d->len = r->len;
	return true;
}

static bool dissect(const struct link *link, struct rest *r, struct datagram *d)
{
	switch (link->type(r)) {
	case ETHER_IP:
		return network_ip(r, d) && transport(r, d);
	case ETHER_IPV6:
		return network_ipv6(r, d) && transport(r, d);
	}
	return false;
}

/* ---- the file ---- */

static uint32_t number(const struct capture *c, const uint8_t *p)
{
	if (c->big)
		return (uint32_t)be16(p) << 16 | be16(p + 2);
	return (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
}

static const char *read_header(struct capture *c)
{
	static const uint8_t magics[][4] = {
		{ 0xd4, 0xc3, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xc3, 0xd4 },
		{ 0x4d, 0x3c, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0x3c, 0x4d },
	};
	uint8_t h[24];
	uint32_t type;
	size_t i;

	if (fread(h, sizeof(h), 1, c->file) != 1)
		return "it is no capture";
	for (i = 0; i < 4; i++)
		if (!memcmp(h, magics[i], 4))
			break;
	if (i == 4)
		return "it is no capture of tcpdump's format (pcapng can be converted by editcap -F pcap)";
	c->big = i & 1;
	c->nano = i & 2;
	/* the upper bits tell of frame check sequences */
	type = number(c, h + 20) & 0x0fffffff;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].number == type)
			c->link = &links[i];
	return c->link ? NULL : "its type of link is not known";
}

struct capture *capture_open(FILE *file, const char **wrong)
{
	struct capture *c = malloc(sizeof(*c));

	if (!c) {
		*wrong = "out of memory";
		return NULL;
	}
	c->file = file;
	c->link = NULL;
	*wrong = read_header(c);
	if (!*wrong)
		return c;
	free(c);
	return NULL;
}

void capture_close(struct capture *capture)
{
	free(capture);
}

enum capture_got capture_next(struct capture *c, struct datagram *d)
{
	struct rest r = { .at = c->packet };
	uint8_t h[16];
	size_t got;

	memset(d, 0, sizeof(*d));
	got = fread(h, 1, sizeof(h), c->file);
	if (got == 0)
		return CAPTURE_END;
	r.len = number(c, h + 8);
	if (got != sizeof(h) || r.len > PACKET_MAX ||
	    fread(c->packet, 1, r.len, c->file) != r.len)
		return CAPTURE_BROKEN;
	d->s = number(c, h);
	d->us = number(c, h + 4) / (c->nano ? 1000 : 1) % 1000000;
	return dissect(c->link, &r, d) ? CAPTURE_DATAGRAM : CAPTURE_OTHER;
}
