/* Sends hand-made TCP segments over a raw socket, to disturb an existing flow. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The segments leave through the routing table of the network namespace it
 * runs in, with any source address: run it at the client or at the server and
 * give the flow's own addresses, ports and sequence numbers. Checksums are
 * right; there are no TCP options.
 */
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TTL 64
#define PAYLOAD_MAX 8000

static struct {
	union address src, dst;
	uint16_t sport, dport, ports, window;
	uint32_t seq, ack, step;
	uint8_t flags;
	uint64_t len, count, interval_us;
} conf = { .window = 65535, .count = 1, .ports = 1 };

static const struct {
	char letter;
	uint8_t bit;
} flag_letters[] = {
	{ 'F', TH_FIN }, { 'S', TH_SYN }, { 'R', TH_RST },  { 'P', TH_PUSH },
	{ 'A', TH_ACK }, { 'U', TH_URG }, { 'E', 0x40 },    { 'C', 0x80 },
};

static const char usage_text[] =
	"usage: rawseg --src A --sport P --dst B --dport Q --flags LETTERS [--seq N] [--ack N]\n"
	"              [--win N] [--len N] [--count N] [--step N] [--ports N] [--interval S]\n"
	"LETTERS of F S R P A U E C, or - for none; --step is added to seq after each segment;\n"
	"source ports are the N from P on, in turn\n";

static uint8_t parse_flags(const char *text)
{
	uint8_t flags = 0;

	for (; *text && strcmp(text, "-"); text++) {
		size_t i;

		for (i = 0; i < ARRAY_SIZE(flag_letters); i++)
			if (flag_letters[i].letter == *text)
				break;
		if (i == ARRAY_SIZE(flag_letters))
			die_usage("--flags: '%c' is not one of FSRPAUEC", *text);
		flags |= flag_letters[i].bit;
	}
	return flags;
}

/* The one's complement sum of the internet checksum, not yet folded. */
static uint32_t sum_bytes(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? byte[i] : (uint32_t)byte[i] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static size_t build_tcp(uint8_t *segment, uint32_t seq, uint32_t pseudo_sum)
{
	struct tcphdr tcp = {
		.source = htons(conf.sport), .dest = htons(conf.dport),
		.seq = htonl(seq), .ack_seq = htonl(conf.ack),
		.doff = sizeof(tcp) / 4, .window = htons(conf.window),
	};
	size_t len = sizeof(tcp) + conf.len;

	memcpy(segment, &tcp, sizeof(tcp));
	segment[13] = conf.flags;
	for (size_t i = 0; i < conf.len; i++)
		segment[sizeof(tcp) + i] = 'x';
	tcp.check = sum_fold(sum_bytes(pseudo_sum + IPPROTO_TCP + (uint32_t)len, segment, len));
	memcpy(segment + offsetof(struct tcphdr, check), &tcp.check, sizeof(tcp.check));
	return len;
}

static size_t build_v4(uint8_t *packet, uint32_t seq)
{
	struct iphdr ip = {
		.version = 4, .ihl = sizeof(ip) / 4, .ttl = TTL, .protocol = IPPROTO_TCP,
		.frag_off = htons(IP_DF),
		.saddr = conf.src.v4.sin_addr.s_addr, .daddr = conf.dst.v4.sin_addr.s_addr,
	};
	uint32_t sum = sum_bytes(0, &ip.saddr, 4);
	size_t len;

	len = sizeof(ip) + build_tcp(packet + sizeof(ip), seq, sum_bytes(sum, &ip.daddr, 4));
	ip.tot_len = htons((uint16_t)len);
	/* the kernel fills in the header's checksum and id */
	memcpy(packet, &ip, sizeof(ip));
	return len;
}

static size_t build_v6(uint8_t *packet, uint32_t seq)
{
	struct ip6_hdr ip = {
		.ip6_src = conf.src.v6.sin6_addr, .ip6_dst = conf.dst.v6.sin6_addr,
	};
	uint32_t sum = sum_bytes(0, &ip.ip6_src, sizeof(ip.ip6_src));
	size_t len;

	ip.ip6_flow = htonl(6U << 28);
	ip.ip6_nxt = IPPROTO_TCP;
	ip.ip6_hlim = TTL;
	len = build_tcp(packet + sizeof(ip), seq,
			sum_bytes(sum, &ip.ip6_dst, sizeof(ip.ip6_dst)));
	ip.ip6_plen = htons((uint16_t)len);
	memcpy(packet, &ip, sizeof(ip));
	return sizeof(ip) + len;
}

static void parse(int argc, char **argv)
{
	enum { SRC = 256, SPORT, DST, DPORT, SEQ, ACK, FLAGS, WIN, LEN, COUNT, STEP, PORTS, INTERVAL,
	       HELP };
	static const struct option options[] = {
		{ "src", required_argument, NULL, SRC },
		{ "sport", required_argument, NULL, SPORT },
		{ "dst", required_argument, NULL, DST },
		{ "dport", required_argument, NULL, DPORT },
		{ "seq", required_argument, NULL, SEQ },
		{ "ack", required_argument, NULL, ACK },
		{ "flags", required_argument, NULL, FLAGS },
		{ "win", required_argument, NULL, WIN },
		{ "len", required_argument, NULL, LEN },
		{ "count", required_argument, NULL, COUNT },
		{ "step", required_argument, NULL, STEP },
		{ "ports", required_argument, NULL, PORTS },
		{ "interval", required_argument, NULL, INTERVAL },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	bool have_flags = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case SRC: address_parse(&conf.src, optarg); break;
		case SPORT: conf.sport = (uint16_t)parse_number("--sport", optarg, 0, 65535); break;
		case DST: address_parse(&conf.dst, optarg); break;
		case DPORT: conf.dport = (uint16_t)parse_number("--dport", optarg, 0, 65535); break;
		case SEQ: conf.seq = (uint32_t)parse_number("--seq", optarg, 0, UINT32_MAX); break;
		case ACK: conf.ack = (uint32_t)parse_number("--ack", optarg, 0, UINT32_MAX); break;
		case FLAGS:
			conf.flags = parse_flags(optarg);
			have_flags = true;
			break;
		case WIN: conf.window = (uint16_t)parse_number("--win", optarg, 0, 65535); break;
		case LEN: conf.len = parse_number("--len", optarg, 0, PAYLOAD_MAX); break;
		case COUNT: conf.count = parse_number("--count", optarg, 1, 1000000); break;
		case STEP: conf.step = (uint32_t)parse_number("--step", optarg, 0, UINT32_MAX); break;
		case PORTS: conf.ports = (uint16_t)parse_number("--ports", optarg, 1, 65535); break;
		case INTERVAL: conf.interval_us = parse_seconds_us("--interval", optarg); break;
		case HELP:
			fputs(usage_text, stdout);
			exit(0);
		default:
			fputs(usage_text, stderr);
			exit(2);
		}
	}
	if (optind != argc)
		die_usage("'%s' is not an option", argv[optind]);
	if (!conf.src.any.sa_family || conf.src.any.sa_family != conf.dst.any.sa_family)
		die_usage("--src and --dst of one family are needed");
	if (!conf.sport || !conf.dport || !have_flags)
		die_usage("--sport, --dport and --flags are needed");
}

int main(int argc, char **argv)
{
	static uint8_t packet[sizeof(struct ip6_hdr) + sizeof(struct tcphdr) + PAYLOAD_MAX];
	uint16_t first;
	int fd;

	parse(argc, argv);
	first = conf.sport;
	/* IPPROTO_RAW: the packet comes with its IP header, in both families */
	fd = socket(conf.dst.any.sa_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		die_errno("socket");
	for (uint64_t i = 0; i < conf.count; i++) {
		uint32_t seq = conf.seq + (uint32_t)i * conf.step;
		size_t len;

		conf.sport = (uint16_t)(first + i % conf.ports);
		len = conf.dst.any.sa_family == AF_INET ? build_v4(packet, seq) :
								 build_v6(packet, seq);

		if (sendto(fd, packet, len, 0, &conf.dst.any, address_len(&conf.dst)) < 0)
			die_errno("send");
		if (conf.interval_us && i + 1 < conf.count)
			usleep((useconds_t)conf.interval_us);
	}
	return 0;
}
