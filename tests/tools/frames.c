/* Sends frames of the sync protocol: one, right or wrong in any field, or a capture's. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The header is made of the options, whatever they say; what follows it is the
 * hexadecimal body, so a frame can be as broken as a test wants it. Run it at a
 * peer with the epoch that the receiver has proven: channel 63 is a stream that
 * no machine with fewer CPUs uses, so its sequence numbers are the test's own.
 * docs/protocol.md draws header and body. With --secret the frame is sealed.
 *
 * With --replay every datagram in the capture that came from --of is sent again,
 * as it was; how many there were is printed.
 */
#include "common.h"

#include "../../userspace/capture.h"

#include <getopt.h>
#include <netinet/ip.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER 36
#define BODY_MAX 8000
#define TAG 16

static struct {
	union address to, from;
	bool have_from;
	uint16_t port;
	uint64_t magic, version, key, cluster, node, dest, channel, flags, seq, cut, ttl, gap_us;
	uint8_t epoch[16];
	bool sealed;
	uint8_t secret[32];
	const char *replay;
	union address of;
} conf = {
	.port = 24240, .magic = 0x43745379, .version = 1, .node = 1, .channel = 63,
	.seq = 1, .cut = UINT64_MAX, .ttl = 255,
};

static const char usage_text[] =
	"usage: frames --to ADDR [--from ADDR] [--port P] [--magic N] [--version N] [--key N]\n"
	"              [--cluster N] [--node N] [--dest N] [--channel N] [--flags N] [--seq N]\n"
	"              [--epoch HEX] [--ttl N] [--cut BYTES] [--secret HEX] [HEX...]\n"
	"       frames --to ADDR [--from ADDR] --replay CAPTURE --of ADDR [--gap SECONDS]\n"
	"HEX is what follows the header; --cut sends only so many bytes of the whole\n";

/* Digits may be grouped by blanks or in several arguments. Returns bytes. */
static size_t parse_hex(const char *what, const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;

	while (*text) {
		unsigned int byte;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (n == size || sscanf(text, "%2x", &byte) != 1 || !text[1])
			die_usage("%s: '%s' is not hexadecimal or too long", what, text);
		out[n++] = (uint8_t)byte;
		text += 2;
	}
	return n;
}

static uint8_t *put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	while (bytes--)
		*at++ = (uint8_t)(value >> 8 * bytes);
	return at;
}

static void put_header(uint8_t *at)
{
	at = put(at, conf.magic, 4);
	at = put(at, conf.version, 1);
	at = put(at, conf.key, 1);
	at = put(at, conf.cluster, 2);
	at = put(at, conf.node, 1);
	at = put(at, conf.dest, 1);
	at = put(at, conf.channel, 1);
	at = put(at, conf.flags, 1);
	at = put(at, conf.seq, 6);
	at = put(at, 0, 2);
	memcpy(at, conf.epoch, sizeof(conf.epoch));
}

static void parse(int argc, char **argv)
{
	enum { TO = 256, FROM, PORT, MAGIC, VERSION, KEY, CLUSTER, NODE, DEST, CHANNEL, FLAGS,
	       SEQ, EPOCH, TTL, CUT, SECRET, REPLAY, OF, GAP };
	static const struct option options[] = {
		{ "to", required_argument, NULL, TO },
		{ "from", required_argument, NULL, FROM },
		{ "port", required_argument, NULL, PORT },
		{ "magic", required_argument, NULL, MAGIC },
		{ "version", required_argument, NULL, VERSION },
		{ "key", required_argument, NULL, KEY },
		{ "cluster", required_argument, NULL, CLUSTER },
		{ "node", required_argument, NULL, NODE },
		{ "dest", required_argument, NULL, DEST },
		{ "channel", required_argument, NULL, CHANNEL },
		{ "flags", required_argument, NULL, FLAGS },
		{ "seq", required_argument, NULL, SEQ },
		{ "epoch", required_argument, NULL, EPOCH },
		{ "ttl", required_argument, NULL, TTL },
		{ "cut", required_argument, NULL, CUT },
		{ "secret", required_argument, NULL, SECRET },
		{ "replay", required_argument, NULL, REPLAY },
		{ "of", required_argument, NULL, OF },
		{ "gap", required_argument, NULL, GAP },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case TO: address_parse(&conf.to, optarg); break;
		case FROM:
			address_parse(&conf.from, optarg);
			conf.have_from = true;
			break;
		case PORT: conf.port = (uint16_t)parse_number("--port", optarg, 1, 65535); break;
		case MAGIC: conf.magic = parse_number("--magic", optarg, 0, UINT32_MAX); break;
		case VERSION: conf.version = parse_number("--version", optarg, 0, 255); break;
		case KEY: conf.key = parse_number("--key", optarg, 0, 255); break;
		case CLUSTER: conf.cluster = parse_number("--cluster", optarg, 0, 65535); break;
		case NODE: conf.node = parse_number("--node", optarg, 0, 255); break;
		case DEST: conf.dest = parse_number("--dest", optarg, 0, 255); break;
		case CHANNEL: conf.channel = parse_number("--channel", optarg, 0, 255); break;
		case FLAGS: conf.flags = parse_number("--flags", optarg, 0, 255); break;
		case SEQ: conf.seq = parse_number("--seq", optarg, 0, (1ULL << 48) - 1); break;
		case EPOCH:
			if (parse_hex("--epoch", optarg, conf.epoch, sizeof(conf.epoch)) != 16)
				die_usage("--epoch: 32 digits are needed");
			break;
		case TTL: conf.ttl = parse_number("--ttl", optarg, 1, 255); break;
		case CUT: conf.cut = parse_number("--cut", optarg, 0, HEADER + BODY_MAX); break;
		case SECRET:
			conf.sealed = true;
			if (parse_hex("--secret", optarg, conf.secret, sizeof(conf.secret)) != 32)
				die_usage("--secret: 64 digits are needed");
			break;
		case REPLAY: conf.replay = optarg; break;
		case OF: address_parse(&conf.of, optarg); break;
		case GAP: conf.gap_us = parse_seconds_us("--gap", optarg); break;
		default:
			fputs(usage_text, stderr);
			exit(2);
		}
	}
	if (conf.replay && !conf.of.any.sa_family)
		die_usage("--of is needed");
	if (!conf.to.any.sa_family)
		die_usage("--to is needed");
	address_set_port(&conf.to, conf.port);
}

static size_t seal(uint8_t *frame, size_t len)
{
	unsigned long long text;
	uint8_t nonce[24];

	memcpy(nonce, conf.epoch, 16);
	nonce[16] = (uint8_t)conf.dest;
	nonce[17] = (uint8_t)conf.channel;
	put(nonce + 18, conf.seq, 6);
	crypto_aead_xchacha20poly1305_ietf_encrypt(frame + HEADER, &text, frame + HEADER,
						   len - HEADER, frame, HEADER, NULL, nonce,
						   conf.secret);
	return HEADER + text;
}

static bool is_of(const struct datagram *d)
{
	if (conf.of.any.sa_family == AF_INET6)
		return d->address_len == 16 && !memcmp(d->src, &conf.of.v6.sin6_addr, 16);
	return d->address_len == 4 && !memcmp(d->src, &conf.of.v4.sin_addr, 4);
}

static void replay(int fd)
{
	FILE *in = fopen(conf.replay, "re");
	struct capture *capture;
	enum capture_got got;
	struct datagram d;
	const char *wrong;
	unsigned int n = 0;

	if (!in)
		die_errno(conf.replay);
	capture = capture_open(in, &wrong);
	if (!capture)
		die_usage("%s: %s", conf.replay, wrong);
	while ((got = capture_next(capture, &d)) == CAPTURE_DATAGRAM || got == CAPTURE_OTHER) {
		if (got == CAPTURE_OTHER || d.cut || !is_of(&d))
			continue;
		if (sendto(fd, d.data, d.len, 0, &conf.to.any, address_len(&conf.to)) < 0)
			die_errno("sendto");
		n++;
		if (conf.gap_us)
			usleep((useconds_t)conf.gap_us);
	}
	capture_close(capture);
	fclose(in);
	printf("%u\n", n);
}

int main(int argc, char **argv)
{
	static uint8_t frame[HEADER + BODY_MAX + TAG];
	size_t len = HEADER;
	bool v6;
	int fd, ttl;

	parse(argc, argv);
	if (sodium_init() < 0)
		die_usage("libsodium does not start");
	put_header(frame);
	for (; optind < argc; optind++)
		len += parse_hex("body", argv[optind], frame + len, sizeof(frame) - TAG - len);
	if (conf.sealed)
		len = seal(frame, len);
	if (len > conf.cut)
		len = conf.cut;

	v6 = conf.to.any.sa_family == AF_INET6;
	ttl = (int)conf.ttl;
	fd = socket(conf.to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die_errno("socket");
	if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL,
		       &ttl, sizeof(ttl)))
		die_errno("hop limit");
	if (conf.have_from && bind(fd, &conf.from.any, address_len(&conf.from)))
		die_errno("bind");
	if (conf.replay)
		replay(fd);
	else if (sendto(fd, frame, len, 0, &conf.to.any, address_len(&conf.to)) < 0)
		die_errno("sendto");
	return 0;
}
