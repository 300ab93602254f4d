// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/wire_repair.c: golden bytes both ways, every refusal. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire.h"

/* The section of paragraph @name of golden.txt; the caller frees @bytes. */
static struct ctsync_section golden(const char *name, u8 **bytes)
{
	struct ctsync_section sec;
	u8 *p = malloc(1024), high = 0;
	bool inside = false, half = false;
	char line[256];
	u32 len = 0;
	FILE *f = fopen(GOLDEN, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *c = line;

		if (line[0] == '#')
			continue;
		line[strcspn(line, "#\n")] = 0;
		if (!line[strspn(line, " \t")]) {
			inside = false;
			continue;
		}
		if (!strcmp(line, name)) {
			inside = true;
			continue;
		}
		for (; inside && *c; c++) {
			u8 v;

			if (!isxdigit((u8)*c))
				continue;
			v = isdigit((u8)*c) ? *c - '0' : tolower(*c) - 'a' + 10;
			if (half)
				p[len++] = high << 4 | v;
			else
				high = v;
			half = !half;
		}
	}
	fclose(f);
	assert_true(len > CTSYNC_WIRE_SECTION);
	/* exactly as long, so that reading past it is seen */
	*bytes = malloc(len - CTSYNC_WIRE_SECTION);
	memcpy(*bytes, p + CTSYNC_WIRE_SECTION, len - CTSYNC_WIRE_SECTION);
	sec = (struct ctsync_section){
		.type = p[0],
		.size = p[2] << 8 | p[3],
		.count = 1,
		.messages = *bytes,
	};
	assert_int_equal(len - CTSYNC_WIRE_SECTION, sec.size);
	free(p);
	return sec;
}

#define ROUND(name, what, type_name)					\
	static void what##__##name(void **state)			\
	{								\
		struct type_name m;					\
		struct ctsync_section sec;				\
		u8 *bytes, *out;					\
		u32 len;						\
									\
		(void)state;						\
		sec = golden(#name, &bytes);				\
		assert_int_equal(ctsync_wire_get_##what(&sec, 0, &m),	\
				 CTSYNC_WIRE_OK);			\
		out = malloc(sec.size);					\
		len = ctsync_wire_pack_##what(out, &m);			\
		assert_int_equal(len, sec.size);			\
		assert_memory_equal(out, bytes, len);			\
		assert_true(len <= ctsync_wire_size_max(sec.type));	\
		assert_int_equal(ctsync_wire_get_##what(&sec, 1, &m),	\
				 CTSYNC_WIRE_RUNT);			\
		sec.type = CTSYNC_MSG_HELLO;				\
		assert_int_equal(ctsync_wire_get_##what(&sec, 0, &m),	\
				 CTSYNC_WIRE_UNKNOWN);			\
		free(out);						\
		free(bytes);						\
	}

ROUND(nack, nack, ctsync_nack)
ROUND(repaired, nack, ctsync_nack)
ROUND(bulk_start, bulk, ctsync_bulk_msg)
ROUND(bulk_end, bulk, ctsync_bulk_msg)
ROUND(bulk_ack, bulk, ctsync_bulk_msg)
ROUND(digest, digest, ctsync_digest_msg)
ROUND(digest_ask, digest, ctsync_digest_msg)
ROUND(digest_entries, digest, ctsync_digest_msg)
ROUND(query_v4, query, ctsync_query)
ROUND(query_v6, query, ctsync_query)
ROUND(unknown, unknown, ctsync_unknown)

/* What each byte of the golden ones means. */
static void get__meaning(void **state)
{
	struct ctsync_nack n;
	struct ctsync_bulk_msg b;
	struct ctsync_digest_msg d;
	struct ctsync_query q;
	struct ctsync_section sec;
	u8 *bytes;

	(void)state;
	sec = golden("repaired", &bytes);
	ctsync_wire_get_nack(&sec, 0, &n);
	assert_int_equal(n.to, 9);
	assert_int_equal(n.channel, 5);
	assert_int_equal(n.nr, 2);
	assert_int_equal(n.epoch, 0x10111213);
	assert_true(n.range[0].first == 7 && n.range[0].count == 1 && !n.range[0].gone);
	assert_true(n.range[1].first == 0x123456789abc && n.range[1].gone);
	assert_int_equal(n.range[1].count, CTSYNC_RANGE_MAX);
	free(bytes);
	sec = golden("bulk_start", &bytes);
	ctsync_wire_get_bulk(&sec, 0, &b);
	assert_true(b.to == 9 && b.run == 0x11121314 && b.mark == 512 && b.total == 65536);
	free(bytes);
	sec = golden("digest", &bytes);
	ctsync_wire_get_digest(&sec, 0, &d);
	assert_true(d.to == 0 && d.level == 1 && d.first == 4032 && d.nr == 2);
	assert_true(d.round == 3 && d.entries == 1000000);
	assert_true(d.value[0] == 0x0102030405060708 && d.value[1] == ~0ull);
	free(bytes);
	sec = golden("query_v4", &bytes);
	ctsync_wire_get_query(&sec, 0, &q);
	assert_true(q.number == 258 && q.l3 == 4 && q.l4 == 6 && q.zone == 7);
	assert_true(q.tuple.sport == 40000 && q.tuple.dport == 5001);
	free(bytes);
}

/* Byte @at of message @name made @value is refused with @want. */
static void refuses(const char *name, u32 at, u8 value,
		    enum ctsync_wire_error want)
{
	struct ctsync_section sec;
	struct ctsync_bulk_msg b;
	struct ctsync_digest_msg d;
	struct ctsync_query q;
	struct ctsync_unknown u;
	struct ctsync_nack n;
	enum ctsync_wire_error err;
	u8 *bytes;

	sec = golden(name, &bytes);
	bytes[at] = value;
	switch (sec.type) {
	case CTSYNC_MSG_NACK:
		err = ctsync_wire_get_nack(&sec, 0, &n);
		break;
	case CTSYNC_MSG_BULK_START:
		err = ctsync_wire_get_bulk(&sec, 0, &b);
		break;
	case CTSYNC_MSG_DIGEST:
		err = ctsync_wire_get_digest(&sec, 0, &d);
		break;
	case CTSYNC_MSG_QUERY:
		err = ctsync_wire_get_query(&sec, 0, &q);
		break;
	default:
		err = ctsync_wire_get_unknown(&sec, 0, &u);
	}
	assert_int_equal(err, want);
	free(bytes);
}

static void get__refuses(void **state)
{
	(void)state;
	refuses("nack", 0, 0, CTSYNC_WIRE_VALUE);	/* to nobody */
	refuses("nack", 2, 64, CTSYNC_WIRE_VALUE);	/* channel */
	refuses("nack", 3, 0, CTSYNC_WIRE_VALUE);	/* no range */
	refuses("nack", 3, 3, CTSYNC_WIRE_RUNT);	/* more than there are */
	refuses("nack", 3, 17, CTSYNC_WIRE_VALUE);
	refuses("nack", 3, 255, CTSYNC_WIRE_VALUE);
	refuses("nack", 13, 0, CTSYNC_WIRE_VALUE);	/* number 0 */
	refuses("nack", 15, 0, CTSYNC_WIRE_VALUE);	/* no numbers */
	refuses("bulk_start", 0, 0, CTSYNC_WIRE_VALUE);
	refuses("digest", 1, 7, CTSYNC_WIRE_VALUE);	/* level */
	refuses("digest", 1, 3, CTSYNC_WIRE_VALUE);	/* a question to all */
	refuses("digest", 2, 0x10, CTSYNC_WIRE_VALUE);	/* bucket 4288 of 4096 */
	refuses("digest", 3, 0xff, CTSYNC_WIRE_VALUE);	/* the second is the 4097th */
	refuses("digest", 1, 0, CTSYNC_WIRE_VALUE);	/* group 4032 of 64 */
	refuses("digest_ask", 2, 0x10, CTSYNC_WIRE_VALUE);
	refuses("digest_entries", 2, 0x10, CTSYNC_WIRE_VALUE);
	refuses("digest_ask", 0, 0, CTSYNC_WIRE_VALUE);
	refuses("digest_ask", 1, 4, CTSYNC_WIRE_VALUE);	/* 2 groups */
	refuses("digest_ask", 1, 5, CTSYNC_WIRE_VALUE);	/* 2 buckets */
	refuses("digest_ask", 1, 6, CTSYNC_WIRE_VALUE);	/* a part of an entry */
	refuses("digest_ask", 5, 1, CTSYNC_WIRE_VALUE);
	refuses("digest_entries", 0, 0, CTSYNC_WIRE_VALUE);
	refuses("digest_entries", 5, 13, CTSYNC_WIRE_VALUE);
	refuses("digest_entries", 5, 27, CTSYNC_WIRE_RUNT);
	refuses("digest", 5, 0, CTSYNC_WIRE_VALUE);	/* no values */
	refuses("digest", 5, 3, CTSYNC_WIRE_RUNT);
	refuses("digest", 5, 65, CTSYNC_WIRE_VALUE);
	refuses("query_v4", 4, 5, CTSYNC_WIRE_VALUE);	/* IPv5 */
	refuses("query_v4", 4, 6, CTSYNC_WIRE_RUNT);	/* no room for IPv6 */
	refuses("query_v4", 8, 3, CTSYNC_WIRE_VALUE);	/* a zone that counts nowhere */
	refuses("unknown", 0, 0, CTSYNC_WIRE_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nack__nack),
		cmocka_unit_test(nack__repaired),
		cmocka_unit_test(bulk__bulk_start),
		cmocka_unit_test(bulk__bulk_end),
		cmocka_unit_test(bulk__bulk_ack),
		cmocka_unit_test(digest__digest),
		cmocka_unit_test(digest__digest_ask),
		cmocka_unit_test(digest__digest_entries),
		cmocka_unit_test(query__query_v4),
		cmocka_unit_test(query__query_v6),
		cmocka_unit_test(unknown__unknown),
		cmocka_unit_test(get__meaning),
		cmocka_unit_test(get__refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
