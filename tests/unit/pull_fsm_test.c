// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/pull_fsm.c: questions, their limit, what nobody knew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pull_fsm.h"

#define S 1000000000ull
#define MS 1000000ull

static struct ctsync_pull p;
static u32 number;

static void begin(void)
{
	ctsync_pull_init(&p, 0);
}

static enum ctsync_pull_verdict packet(u64 key, u64 now)
{
	return ctsync_pull_packet(&p, key, now, 3, 1000, 20 * MS, &number);
}

static void packet__nobody_to_ask(void **state)
{
	(void)state;
	begin();
	assert_int_equal(ctsync_pull_packet(&p, 1, S, 0, 1000, MS, &number),
			 CTSYNC_PULL_GO);
	assert_int_equal(p.asked, 0);
}

static void packet__asks_once_then_waits(void **state)
{
	u32 first;

	(void)state;
	begin();
	assert_int_equal(packet(7, S), CTSYNC_PULL_ASK);
	first = number;
	assert_int_equal(packet(7, S + MS), CTSYNC_PULL_WAIT);
	assert_int_equal(number, first);
	assert_int_equal(packet(8, S + MS), CTSYNC_PULL_ASK);
	assert_int_not_equal(number, first);
	/* unanswered: asked again after its deadline */
	assert_int_equal(packet(7, S + 20 * MS), CTSYNC_PULL_ASK);
	assert_int_not_equal(number, first);
}

static void unknown__all_must_say_so(void **state)
{
	u32 n;

	(void)state;
	begin();
	packet(7, S);
	n = number;
	assert_false(ctsync_pull_unknown(&p, n, 0, S));
	assert_false(ctsync_pull_unknown(&p, n, 0, S));
	assert_false(ctsync_pull_unknown(&p, n, 63, S));
	assert_false(ctsync_pull_unknown(&p, n, 64, S));
	assert_true(ctsync_pull_unknown(&p, n, 1, S));
	assert_false(ctsync_pull_unknown(&p, n, 1, S));
	assert_int_equal(p.asked, 0);
	assert_int_equal(packet(7, S + MS), CTSYNC_PULL_GO);
	assert_int_equal(packet(7, S + CTSYNC_PULL_NEGATIVE_NS - 1), CTSYNC_PULL_GO);
	assert_int_equal(packet(7, S + CTSYNC_PULL_NEGATIVE_NS), CTSYNC_PULL_ASK);
}

static void unknown__of_another_question(void **state)
{
	(void)state;
	begin();
	packet(7, S);
	assert_false(ctsync_pull_unknown(&p, number + CTSYNC_PULL_SLOTS, 0, S));
	assert_false(ctsync_pull_unknown(&p, number + CTSYNC_PULL_SLOTS, 1, S));
	assert_int_equal(packet(7, S), CTSYNC_PULL_WAIT);
}

static void found__tells_which_question(void **state)
{
	u32 n, got;

	(void)state;
	begin();
	assert_false(ctsync_pull_found(&p, 7, S, &got));
	packet(7, S);
	n = number;
	assert_false(ctsync_pull_found(&p, 8, S, &got));
	assert_true(ctsync_pull_found(&p, 7, S, &got));
	assert_int_equal(got, n);
	assert_int_equal(p.asked, 0);
	assert_false(ctsync_pull_found(&p, 7, S, &got));
	/* after its deadline nobody waits */
	packet(7, 2 * S);
	assert_false(ctsync_pull_found(&p, 7, 3 * S, &got));
	assert_int_equal(p.asked, 0);
}

/* An outsider: every packet another flow. */
static void packet__rate(void **state)
{
	static const u64 gaps[] = { 100, 777, 1000, 50000, 3 * MS };
	static const u32 rates[] = { 1, 50, 1000, 1000000 };

	(void)state;
	for (u32 g = 0; g < ARRAY_SIZE(gaps); g++) {
		for (u32 r = 0; r < ARRAY_SIZE(rates); r++) {
			u64 asked = 0, now = S, most, end = now + 5 * S;
			u64 n = 0, possible;

			begin();
			if (gaps[g] < 1000)
				end = now + S / 10;
			for (; now < end; now += gaps[g], n++)
				asked += ctsync_pull_packet(&p, (u64)rand() << 32 | n,
							    now, 1, rates[r], 1,
							    &number) ==
					 CTSYNC_PULL_ASK;
			most = (end - S) / 1000 * rates[r] / 1000000 +
			       rates[r] + 1;
			possible = min(n, most);
			assert_true(asked <= most);
			assert_true(asked + 3 >= possible * 9 / 10);
		}
	}
}

/* The flows of a node that lost them speak all at once. */
static void packet__a_second_worth_at_once(void **state)
{
	(void)state;
	for (u32 t = 0; t < 200; t++) {
		begin();
		for (u64 i = 0; i < 1000; i++)
			assert_int_equal(packet((u64)rand() << 32 | i, S + i),
					 CTSYNC_PULL_ASK);
		assert_int_equal(packet(1000, S + 1000), CTSYNC_PULL_LIMIT);
	}
}

static void packet__full_set_keeps_questions(void **state)
{
	u64 step = CTSYNC_PULL_SLOTS / CTSYNC_PULL_WAYS, i;

	(void)state;
	begin();
	for (i = 0; i < CTSYNC_PULL_WAYS; i++)
		assert_int_equal(packet(5 + i * step, S), CTSYNC_PULL_ASK);
	assert_int_equal(packet(5 + i * step, S), CTSYNC_PULL_LIMIT);
	for (i = 0; i < CTSYNC_PULL_WAYS; i++)
		assert_int_equal(packet(5 + i * step, S), CTSYNC_PULL_WAIT);
	/* a negative one gives way */
	ctsync_pull_unknown(&p, number, 0, S);
	assert_true(ctsync_pull_unknown(&p, number, 1, S));
	assert_int_equal(packet(5 + i * step, S), CTSYNC_PULL_ASK);
	assert_int_equal(p.asked, CTSYNC_PULL_WAYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packet__nobody_to_ask),
		cmocka_unit_test(packet__asks_once_then_waits),
		cmocka_unit_test(unknown__all_must_say_so),
		cmocka_unit_test(unknown__of_another_question),
		cmocka_unit_test(found__tells_which_question),
		cmocka_unit_test(packet__rate),
		cmocka_unit_test(packet__a_second_worth_at_once),
		cmocka_unit_test(packet__full_set_keeps_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
