// SPDX-License-Identifier: GPL-2.0
/* Tests of parse.c, tuple.c and words.c: good words and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <linux/ctsync.h>
#include <string.h>

#include "say.h"
#include "tuple.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Split @line at spaces into @argv; the number of words. */
static int split(char *line, char **argv)
{
	int n = 0;

	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[n++] = word;
	return n;
}

static void parse_word__prefixes(void **state)
{
	static const struct {
		const char *name;
		int other;
	} rows[] = { { "hold", 0 }, { "hold-timeout", 0 }, { "show", 0 }, { "set", 0 } };

	(void)state;
	assert_int_equal(parse_word("hold", rows, 4, sizeof(rows[0])), 0);
	assert_int_equal(parse_word("hold-", rows, 4, sizeof(rows[0])), 1);
	assert_int_equal(parse_word("hol", rows, 4, sizeof(rows[0])), PARSE_AMBIGUOUS);
	assert_int_equal(parse_word("s", rows, 4, sizeof(rows[0])), PARSE_AMBIGUOUS);
	assert_int_equal(parse_word("sh", rows, 4, sizeof(rows[0])), 2);
	assert_int_equal(parse_word("shows", rows, 4, sizeof(rows[0])), PARSE_UNKNOWN);
	assert_int_equal(parse_word("", rows, 4, sizeof(rows[0])), PARSE_UNKNOWN);
}

static void parse_number__good(void **state)
{
	uint64_t n = 0;

	(void)state;
	assert_true(parse_number("0", 0, 10, &n) && n == 0);
	assert_true(parse_number("10", 0, 10, &n) && n == 10);
	assert_true(parse_number("0x1F", 0, 255, &n) && n == 31);
	assert_true(parse_number("18446744073709551615", 0, UINT64_MAX, &n) && n == UINT64_MAX);
	assert_true(parse_number("010", 0, 10, &n) && n == 10);
}

static void parse_number__wrong(void **state)
{
	static const char *const words[] = { "", "-1", "+1", " 1", "1 ", "0x", "0x0x1", "1a", "x",
		"11", "18446744073709551616", "1.0" };
	uint64_t n = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		assert_false(parse_number(words[i], 0, 10, &n));
	assert_false(parse_number("0", 1, 10, &n));
	assert_int_equal(n, 77);
}

static void parse_duration__good(void **state)
{
	static const struct {
		const char *word;
		uint32_t us;
	} rows[] = {
		{ "20ms", 20000 }, { "1s", 1000000 }, { "500us", 500 }, { "1m", 60000000 },
		{ "1h", 3600000000 }, { "1.5s", 1500000 }, { "0.25ms", 250 }, { "0", 0 },
		{ "0s", 0 }, { "4294967295us", UINT32_MAX }, { "4294.967295s", UINT32_MAX },
	};
	uint32_t us;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		us = 77;
		assert_true(parse_duration(rows[i].word, &us));
		assert_int_equal(us, rows[i].us);
	}
}

static void parse_duration__wrong(void **state)
{
	static const char *const words[] = { "", "5", "ms", "1 s", "1sec", "-1s", "1.s", ".5s",
		"1.5us", "0.0001ms", "2h", "4294967296us", "99999999999999999999s", "1.0000001s", "1S" };
	uint32_t us = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		assert_false(parse_duration(words[i], &us));
	assert_int_equal(us, 77);
}

static void parse_value_mask__all(void **state)
{
	static const char *const wrong_words[] = { "", "/", "1/", "/1", "2/1", "0x100000000", "1/2/3",
		"1/0x100000000", "a/b", "00000000000000000000000000000000000000001/1" };
	uint32_t value, mask;

	(void)state;
	assert_true(parse_value_mask("0x1/0x3", &value, &mask));
	assert_true(value == 1 && mask == 3);
	assert_true(parse_value_mask("16/16", &value, &mask));
	assert_true(value == 16 && mask == 16);
	assert_true(parse_value_mask("0/0", &value, &mask));
	assert_true(value == 0 && mask == 0);
	assert_true(parse_value_mask("7", &value, &mask));
	assert_true(value == 7 && mask == UINT32_MAX);
	for (size_t i = 0; i < COUNT(wrong_words); i++)
		assert_false(parse_value_mask(wrong_words[i], &value, &mask));
}

static void parse_address__all(void **state)
{
	static const char *const wrong_words[] = { "", "10.0.0", "10.0.0.256", "10.0.0.1/24", "[]",
		"fd00::1::2", "[fd00::1", "fd00::1]", "[10.0.0.1]", "host", "10.0.0.1:80", "fe80::1%eth0" };
	char text[ADDRESS_TEXT];
	struct address a;

	(void)state;
	assert_true(parse_address("10.0.0.1", &a) && a.len == 4);
	assert_string_equal(address_text(&a, text), "10.0.0.1");
	assert_true(parse_address("fd00::1", &a) && a.len == 16);
	assert_string_equal(address_text(&a, text), "fd00::1");
	assert_true(parse_address("[fd00::1]", &a) && a.len == 16);
	assert_true(parse_address("::ffff:255.255.255.255", &a) && a.len == 16);
	for (size_t i = 0; i < COUNT(wrong_words); i++)
		assert_false(parse_address(wrong_words[i], &a));
}

static void parse_address_port__all(void **state)
{
	static const char *const wrong_words[] = { "10.0.0.1", "10.0.0.1:", ":80", "10.0.0.1:65536",
		"fd00::1:80", "[fd00::1]", "[fd00::1]80", "[fd00::1]:", "10.0.0.1:-1", "10.0.0.1:80:80" };
	struct address a;
	uint16_t port;

	(void)state;
	assert_true(parse_address_port("10.0.0.1:80", &a, &port) && a.len == 4 && port == 80);
	assert_true(parse_address_port("[::1]:65535", &a, &port) && a.len == 16 && port == 65535);
	for (size_t i = 0; i < COUNT(wrong_words); i++)
		assert_false(parse_address_port(wrong_words[i], &a, &port));
}

static void parse_protocol__all(void **state)
{
	uint8_t proto;

	(void)state;
	assert_true(parse_protocol("tcp", &proto) && proto == 6);
	assert_true(parse_protocol("icmpv6", &proto) && proto == 58);
	assert_true(parse_protocol("132", &proto) && proto == 132);
	assert_string_equal(protocol_name(132), "sctp");
	assert_null(protocol_name(255));
	assert_false(parse_protocol("256", &proto));
	assert_false(parse_protocol("TCP", &proto));
	assert_false(parse_protocol("", &proto));
}

static void duration_text__reads_back(void **state)
{
	static const uint32_t values[] = { 0, 1, 999, 1000, 1500, 1001, 20000, 999999, 1000000,
		1500000, 1000001, 60000000, 3600000000, UINT32_MAX };
	char text[DURATION_TEXT];
	uint32_t us;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		assert_true(parse_duration(duration_text(values[i], text), &us));
		assert_int_equal(us, values[i]);
	}
	assert_string_equal(duration_text(20000, text), "20ms");
	assert_string_equal(duration_text(1500000, text), "1.5s");
	assert_string_equal(duration_text(0, text), "0s");
}

static void tuple_parse__good(void **state)
{
	static const struct {
		const char *line;
		uint8_t proto;
		const char *src, *dst;
		uint16_t sport, dport, zone;
	} rows[] = {
		{ "tcp 10.0.0.1:1234 10.0.1.2:80", 6, "10.0.0.1:1234", "10.0.1.2:80", 1234, 80, 0 },
		{ "udp [fd00::1]:53 [fd00::2]:54 zone 7", 17, "[fd00::1]:53", "[fd00::2]:54", 53, 54, 7 },
		{ "icmp 10.0.0.1 10.0.1.2 id 77", 1, "10.0.0.1", "10.0.1.2", 77, 8 << 8, 0 },
		{ "icmp 10.0.0.1 10.0.1.2 id 77 type 13 code 1", 1, "10.0.0.1", "10.0.1.2",
		  77, 13 << 8 | 1, 0 },
		{ "icmpv6 fd00::1 fd00::2 id 1", 58, "fd00::1", "fd00::2", 1, 128 << 8, 0 },
		{ "gre 10.0.0.1 10.0.1.2", 47, "10.0.0.1", "10.0.1.2", 0, 0, 0 },
		{ "tcp 10.0.0.1 10.0.1.2 sport 5 dport 6", 6, "10.0.0.1:5", "10.0.1.2:6", 5, 6, 0 },
		{ "tcp src=10.0.0.1 dst=10.0.1.2 sport=5 dport=6 zone=3", 6,
		  "10.0.0.1:5", "10.0.1.2:6", 5, 6, 3 },
		{ "tcp src=10.0.0.1 dst=10.0.1.2 sport=5 dport=6 zone 3", 6,
		  "10.0.0.1:5", "10.0.1.2:6", 5, 6, 3 },
		{ "tcp 6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.1.2 sport=5 dport=6 "
		  "src=10.0.1.2 dst=192.0.2.1 sport=6 dport=7 [ASSURED] mark=0 use=1", 6,
		  "10.0.0.1:5", "10.0.1.2:6", 5, 6, 0 },
		{ "ipv4 2 udp 17 29 src=10.0.0.1 dst=10.0.1.2 sport=5 dport=6 [UNREPLIED] "
		  "src=10.0.1.2 dst=10.0.0.1 sport=6 dport=5 mark=0 zone=9 use=1", 17,
		  "10.0.0.1:5", "10.0.1.2:6", 5, 6, 9 },
		{ "icmp 1 29 src=10.0.0.1 dst=10.0.1.2 type=8 code=0 id=77 src=10.0.1.2 "
		  "dst=10.0.0.1 type=0 code=0 id=77 use=1", 1, "10.0.0.1", "10.0.1.2", 77, 8 << 8, 0 },
	};
	char line[256], text[ENDPOINT_TEXT], *argv[40];
	struct tuple t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_int_equal(tuple_parse(split(line, argv), argv, &t), EXIT_DONE);
		assert_int_equal(t.proto, rows[i].proto);
		assert_string_equal(tuple_src_text(&t, text), rows[i].src);
		assert_string_equal(tuple_dst_text(&t, text), rows[i].dst);
		assert_int_equal(t.sport, rows[i].sport);
		assert_int_equal(t.dport, rows[i].dport);
		assert_int_equal(t.zone, rows[i].zone);
	}
}

static void tuple_parse__wrong(void **state)
{
	static const char *const lines[] = {
		"", "tcp", "foo 10.0.0.1:1 10.0.1.2:2", "tcp 10.0.0.1:1", "tcp 10.0.0.1 10.0.1.2",
		"tcp 10.0.0.1:1 10.0.1.2", "tcp 10.0.0.1:1 [fd00::1]:2", "icmp 10.0.0.1 10.0.1.2",
		"icmp 10.0.0.1:1 10.0.1.2:2 id 1", "tcp 10.0.0.1:1 10.0.1.2:2 10.0.1.3:3",
		"tcp 10.0.0.1:1 10.0.1.2:2 zone", "tcp 10.0.0.1:1 10.0.1.2:2 zone 65536",
		"icmp 10.0.0.1 10.0.1.2 id 65536", "icmp 10.0.0.1 10.0.1.2 id 1 type 256",
		"tcp src=10.0.0.1 dst=10.0.1.2 sport=5", "tcp src=x dst=10.0.1.2 sport=5 dport=6",
		"tcp src=10.0.0.1 sport=5 dport=6", "tcp src=10.0.0.1 dst=10.0.1.2 sport= dport=6",
	};
	char line[256], *argv[40];
	struct tuple t;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(line, sizeof(line), "%s", lines[i]);
		assert_int_equal(tuple_parse(split(line, argv), argv, &t), EXIT_WRONG);
	}
}

static const struct attr *find(const struct attr_list *list, uint16_t type)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->attrs[i].type == type)
			return &list->attrs[i];
	fail_msg("attribute %u is missing", type);
	return NULL;
}

static void words_parse__up(void **state)
{
	char line[] = "node 1 cluster 0x10 local 10.9.0.1 port 3780 dev eth0 peer 10.9.0.2 pee 10.9.0.3 "
		      "insecure mark 0x1/0x3 hold any hold-t 20ms update-i 1s update-b 4096 "
		      "flush 100ms split 1s ro standby mark-s 0xff prop off join 5s";
	struct attr_list list = { };
	char *argv[60];
	int peers = 0;

	(void)state;
	assert_int_equal(words_parse(split(line, argv), argv, WORDS_UP, &list), EXIT_DONE);
	assert_int_equal(list.n, 20);
	assert_int_equal(find(&list, CTSYNC_A_CLUSTER)->number, 16);
	assert_string_equal(find(&list, CTSYNC_A_DEV)->string, "eth0");
	assert_int_equal(find(&list, CTSYNC_A_INSECURE)->kind, ATTR_FLAG);
	assert_int_equal(find(&list, CTSYNC_A_MARK_VALUE)->number, 1);
	assert_int_equal(find(&list, CTSYNC_A_MARK_MASK)->number, 3);
	assert_int_equal(find(&list, CTSYNC_A_HOLD)->number, CTSYNC_UAPI_HOLD_ANY);
	assert_int_equal(find(&list, CTSYNC_A_HOLD_TIMEOUT)->number, 20000);
	assert_int_equal(find(&list, CTSYNC_A_ROLE)->number, CTSYNC_UAPI_ROLE_STANDBY);
	assert_int_equal(find(&list, CTSYNC_A_PROPAGATE_DELETE)->number, 0);
	for (size_t i = 0; i < list.n; i++)
		peers += list.attrs[i].type == CTSYNC_A_PEER;
	assert_int_equal(peers, 2);
}

static void words_parse__wrong(void **state)
{
	static const struct {
		const char *line;
		enum words_for command;
		int status;
	} rows[] = {
		{ "node", WORDS_UP, EXIT_WRONG },
		{ "node x", WORDS_UP, EXIT_WRONG },
		{ "node 256", WORDS_UP, EXIT_WRONG },
		{ "node 1 node 2", WORDS_UP, EXIT_WRONG },
		{ "mark 2/1", WORDS_UP, EXIT_WRONG },
		{ "mark 1/1 mark all", WORDS_UP, EXIT_WRONG },
		{ "hold a", WORDS_UP, EXIT_WRONG },
		{ "hol off", WORDS_UP, EXIT_WRONG },
		{ "dev a/b", WORDS_UP, EXIT_WRONG },
		{ "dev 0123456789abcdef", WORDS_UP, EXIT_WRONG },
		{ "frobnicate 1", WORDS_UP, EXIT_WRONG },
		{ "node 1", WORDS_SET, EXIT_WRONG },
		{ "join-timeout 5s", WORDS_SET, EXIT_WRONG },
		{ "key f", WORDS_UP, EXIT_REFUSED },
		{ "group 239.0.0.1", WORDS_SET, EXIT_WRONG },
		{ "group 239.0.0.1 group 239.0.0.2", WORDS_UP, EXIT_WRONG },
		{ "pull maybe", WORDS_UP, EXIT_WRONG },
		{ "pull-mark 3/1", WORDS_SET, EXIT_WRONG },
	};
	struct attr_list list;
	char line[256], *argv[40];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i].line);
		list.n = 0;
		assert_int_equal(words_parse(split(line, argv), argv, rows[i].command, &list),
				 rows[i].status);
	}
}

/* No number of words writes past the list. */
static void words_parse__too_many(void **state)
{
	char *argv[400];
	struct attr_list list = { };

	(void)state;
	for (int i = 0; i < 400; i += 2) {
		argv[i] = "peer";
		argv[i + 1] = "10.0.0.1";
	}
	assert_int_equal(words_parse(400, argv, WORDS_UP, &list), EXIT_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_word__prefixes),
		cmocka_unit_test(parse_number__good),
		cmocka_unit_test(parse_number__wrong),
		cmocka_unit_test(parse_duration__good),
		cmocka_unit_test(parse_duration__wrong),
		cmocka_unit_test(parse_value_mask__all),
		cmocka_unit_test(parse_address__all),
		cmocka_unit_test(parse_address_port__all),
		cmocka_unit_test(parse_protocol__all),
		cmocka_unit_test(duration_text__reads_back),
		cmocka_unit_test(tuple_parse__good),
		cmocka_unit_test(tuple_parse__wrong),
		cmocka_unit_test(words_parse__up),
		cmocka_unit_test(words_parse__wrong),
		cmocka_unit_test(words_parse__too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
