/* A peer that does its worst: mutated frames without and with the key, hostile messages. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * It joins as a member (member.c), and then, until --count frames or messages or --for
 * seconds are over:
 *
 *   outside   frames that were right, changed without the key: none may be accepted
 *   inside    right frames whose sections were changed before they were sealed
 *   hostile   messages that are well-formed and say what no honest peer would
 *   flood     the same, of --only one type, with no limit but the link's
 *   liar      acknowledges all, misses every frame, has another table, repeats itself
 *   idle      joins, acknowledges what it is asked, and is quiet
 *
 * All follows from --seed, which is printed.
 */
#include "hostile.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	union address to, from;
	uint16_t port;
	const char *mode;
	uint64_t count, for_us, seed;
	uint8_t only;
} conf = { .port = 24240, .count = UINT64_MAX, .seed = 1 };

static const char usage_text[] =
	"usage: badpeer outside|inside|hostile|flood|liar|idle --to ADDR --from ADDR --node N --peer N\n"
	"               --key ID --secret HEX [--cluster N] [--count N] [--for SECONDS]\n"
	"               [--only TYPE] [--seed N]\n";

static struct member m;

static void secret(const char *text)
{
	unsigned int byte;

	for (size_t i = 0; i < sizeof(m.secret); i++, text += 2) {
		if (sscanf(text, "%2x", &byte) != 1 || !text[1])
			die_usage("--secret: 64 digits are needed");
		m.secret[i] = (uint8_t)byte;
	}
}

static void parse(int argc, char **argv)
{
	enum { TO = 256, FROM, NODE, PEER, KEY, SECRET, CLUSTER, COUNT, FOR, ONLY, SEED };
	static const struct option options[] = {
		{ "to", required_argument, NULL, TO }, { "from", required_argument, NULL, FROM },
		{ "node", required_argument, NULL, NODE }, { "peer", required_argument, NULL, PEER },
		{ "key", required_argument, NULL, KEY }, { "secret", required_argument, NULL, SECRET },
		{ "cluster", required_argument, NULL, CLUSTER },
		{ "count", required_argument, NULL, COUNT }, { "for", required_argument, NULL, FOR },
		{ "only", required_argument, NULL, ONLY }, { "seed", required_argument, NULL, SEED },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case TO: address_parse(&conf.to, optarg); break;
		case FROM: address_parse(&conf.from, optarg); break;
		case NODE: m.node = (uint8_t)parse_number("--node", optarg, 1, 255); break;
		case PEER: m.peer = (uint8_t)parse_number("--peer", optarg, 1, 255); break;
		case KEY: m.key_id = (uint8_t)parse_number("--key", optarg, 0, 255); break;
		case SECRET: secret(optarg); break;
		case CLUSTER: m.cluster = (uint16_t)parse_number("--cluster", optarg, 0, 65535); break;
		case COUNT: conf.count = parse_number("--count", optarg, 1, UINT32_MAX); break;
		case FOR: conf.for_us = parse_seconds_us("--for", optarg); break;
		case ONLY: conf.only = (uint8_t)parse_number("--only", optarg, 1, CTSYNC_MSG_MAX - 1); break;
		case SEED: conf.seed = parse_number("--seed", optarg, 0, UINT64_MAX); break;
		default:
			fputs(usage_text, stderr);
			exit(2);
		}
	}
	if (optind + 1 != argc || !conf.to.any.sa_family || !conf.from.any.sa_family || !m.node || !m.peer) {
		fputs(usage_text, stderr);
		exit(2);
	}
	conf.mode = argv[optind];
	address_set_port(&conf.to, conf.port);
	address_set_port(&conf.from, conf.port);
}

/* The frame that was just ended, taken out of the batch again: it is not sent. */
static uint32_t take_back(uint8_t *out)
{
	uint32_t len = m.len[--m.queued];

	memcpy(out, m.frame[m.queued], len);
	return len;
}

/* A right frame whose number stays unused: changed, it would be the first with it. */
static uint32_t template(uint8_t *out)
{
	struct ctsync_enc enc;
	uint32_t len;

	member_begin(&m, &enc, CTSYNC_WIRE_ALL, (uint8_t)rnd_below(&m.rnd, MEMBER_CHANNELS));
	m.seq[0][enc.buf[10]]--;
	hostile_put(&m, &enc, 0);
	if (rnd_one_in(&m.rnd, 4))
		hostile_put(&m, &enc, 0);
	member_end(&m, &enc);
	len = take_back(out);
	return len;
}

static uint64_t outside(void)
{
	static uint8_t right[2][2048], bad[2048];
	static uint32_t len[2];
	static unsigned int used;
	unsigned int of = rnd_below(&m.rnd, 8) ? 0 : 1, n;
	uint32_t l;

	/* one sealed frame is changed in many ways */
	if (!(used++ % 16) || !len[0]) {
		memcpy(right[1], right[0], len[0]);
		len[1] = len[0];
		len[0] = template(right[0]);
	}
	n = m.came_len[of] && rnd_one_in(&m.rnd, 8);
	l = n ? m.came_len[of] : len[0];
	do {
		memcpy(bad, n ? m.came[of] : right[0], l);
		len[1] = len[1] ? len[1] : len[0];
		l = hostile_mutate(&m.rnd, bad, l, sizeof(bad) - 8, right[1], len[1]);
	} while ((l == len[0] && !memcmp(bad, right[0], l)) || (l == len[1] && !memcmp(bad, right[1], l)));
	member_raw(&m, bad, l);
	return 1;
}

static uint64_t inside(void)
{
	static uint8_t other[2048];
	static uint32_t other_len;
	struct ctsync_enc enc;
	uint32_t len, size = MEMBER_FRAME - CTSYNC_WIRE_HDR - CTSYNC_WIRE_TAG;

	member_begin(&m, &enc, rnd_one_in(&m.rnd, 4) ? m.peer : CTSYNC_WIRE_ALL,
		     (uint8_t)rnd_below(&m.rnd, MEMBER_CHANNELS));
	if (m.plain_len && m.plain_len <= size && rnd_one_in(&m.rnd, 4)) {
		memcpy(enc.buf + CTSYNC_WIRE_HDR, m.plain, m.plain_len);
		enc.len = CTSYNC_WIRE_HDR + m.plain_len;
	} else {
		for (uint32_t n = rnd_one_in(&m.rnd, 4) ? 3 : 1; n; n--)
			hostile_put(&m, &enc, 0);
	}
	len = hostile_mutate(&m.rnd, enc.buf + CTSYNC_WIRE_HDR, enc.len - CTSYNC_WIRE_HDR, size,
			     other, other_len);
	other_len = len;
	memcpy(other, enc.buf + CTSYNC_WIRE_HDR, len);
	enc.len = CTSYNC_WIRE_HDR + len;
	member_end(&m, &enc);
	return 1;
}

/* A frame of some messages; how many. */
static uint64_t hostile(uint32_t most)
{
	struct ctsync_enc enc;
	uint32_t n = 1 + rnd_below(&m.rnd, most);

	if (!conf.only && rnd_one_in(&m.rnd, 500)) {
		hostile_hello(&m);
		return 1;
	}
	/* now and then some numbers are left out, or begin anew far above */
	if (rnd_one_in(&m.rnd, 200))
		m.seq[0][rnd_below(&m.rnd, MEMBER_CHANNELS)] += rnd_one_in(&m.rnd, 8) ? 70000 : rnd_below(&m.rnd, 50);
	member_begin(&m, &enc, CTSYNC_WIRE_ALL, (uint8_t)rnd_below(&m.rnd, MEMBER_CHANNELS));
	while (n && hostile_put(&m, &enc, conf.only))
		n--;
	member_end(&m, &enc);
	return enc.messages;
}

static void send_nacks(void)
{
	struct ctsync_nack n = { .to = m.peer, .nr = 4 };
	uint8_t buf[CTSYNC_WIRE_NACK_MAX];
	struct ctsync_enc enc;

	n.epoch = (uint32_t)m.peer_epoch[0] << 24 | (uint32_t)m.peer_epoch[1] << 16 |
		  (uint32_t)m.peer_epoch[2] << 8 | m.peer_epoch[3];
	for (n.channel = 0; n.channel < 2; n.channel++) {
		if (m.peer_seq[n.channel] < 1024)
			continue;
		for (int i = 0; i < n.nr; i++) {
			n.range[i].first = m.peer_seq[n.channel] - 1023 + 256 * (uint64_t)i;
			n.range[i].count = 256;
		}
		member_begin(&m, &enc, m.peer, 0);
		ctsync_wire_put_packed(&enc, CTSYNC_MSG_NACK, buf, ctsync_wire_pack_nack(buf, &n));
		member_end(&m, &enc);
	}
}

/* Has all, misses all, differs in all. */
static uint64_t liar(void)
{
	static const uint8_t lies[] = { CTSYNC_MSG_DIGEST, CTSYNC_MSG_REPAIRED, CTSYNC_MSG_BULK_ACK };
	struct ctsync_enc enc;

	send_nacks();
	member_begin(&m, &enc, m.peer, 0);
	for (size_t i = 0; i < sizeof(lies); i++)
		hostile_put(&m, &enc, lies[i]);
	member_end(&m, &enc);
	member_flush(&m);
	usleep(1000);
	return enc.messages;
}

static uint64_t step(void)
{
	if (!strcmp(conf.mode, "outside"))
		return outside();
	if (!strcmp(conf.mode, "inside"))
		return inside();
	if (!strcmp(conf.mode, "hostile"))
		return hostile(12);
	if (!strcmp(conf.mode, "flood"))
		return hostile(30);
	if (!strcmp(conf.mode, "liar"))
		return liar();
	if (strcmp(conf.mode, "idle"))
		die_usage("no mode '%s'", conf.mode);
	usleep(2000);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t began, done = 0, us;
	unsigned int n = 0;

	parse(argc, argv);
	m.rnd.state = conf.seed;
	m.acks = !strcmp(conf.mode, "liar") || !strcmp(conf.mode, "idle");
	member_open(&m, &conf.from, &conf.to);
	if (!member_join(&m)) {
		fprintf(stderr, "badpeer: the peer does not hear us\n");
		return 1;
	}
	printf("seed %llu\n", (unsigned long long)conf.seed);
	fflush(stdout);
	began = now_us();
	while (done < conf.count && (!conf.for_us || now_us() - began < conf.for_us)) {
		done += step();
		if (++n % 16 && m.queued < MEMBER_BATCH)
			continue;
		member_flush(&m);
		if (!member_turn(&m) && !member_join(&m)) {
			fprintf(stderr, "badpeer: the peer is gone after %llu\n", (unsigned long long)done);
			return 1;
		}
	}
	member_flush(&m);
	us = now_us() - began;
	printf("done %llu sent %llu joins %llu heard %llu messages %llu bytes %llu rate %llu/s ms %llu\n",
	       (unsigned long long)done, (unsigned long long)m.frames, (unsigned long long)m.joins,
	       (unsigned long long)m.heard_frames, (unsigned long long)m.heard_messages,
	       (unsigned long long)m.heard_bytes, (unsigned long long)(done * US_PER_S / (us + 1)),
	       (unsigned long long)(us / 1000));
	return 0;
}
