// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/seq.c: replay window, floor, what was lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "seq.h"

#define W CTSYNC_SEQ_WINDOW

static struct ctsync_seq s;

static void assert_test(u64 seq, enum ctsync_seq_verdict verdict)
{
	assert_int_equal(ctsync_seq_test(&s, seq), verdict);
}

/* Accept @seq, which must be new; so many were skipped. */
static void accept(u64 seq, u64 skipped)
{
	assert_test(seq, CTSYNC_SEQ_NEW);
	assert_true(ctsync_seq_accept(&s, seq) == skipped);
	assert_test(seq, CTSYNC_SEQ_DUPLICATE);
}

static void init__numbers_start_at_one(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 0);
	assert_true(s.next == 1);
	assert_test(0, CTSYNC_SEQ_OLD);
	assert_test(1, CTSYNC_SEQ_NEW);
}

static void init__starts_anew(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(1, 0);
	accept(5, 3);
	ctsync_seq_init(&s, 3);
	assert_test(2, CTSYNC_SEQ_OLD);
	accept(5, 2);
	accept(3, 0);
	assert_true(s.lost == 0);
}

static void test__changes_nothing(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 7);
	assert_test(9, CTSYNC_SEQ_NEW);
	assert_test(9, CTSYNC_SEQ_NEW);
	assert_true(s.next == 7);
}

static void test__floor(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 100);
	assert_test(99, CTSYNC_SEQ_OLD);
	assert_test(1, CTSYNC_SEQ_OLD);
	accept(200, 100);
	/* within the window, yet below the floor */
	assert_test(99, CTSYNC_SEQ_OLD);
	assert_test(100, CTSYNC_SEQ_NEW);
}

static void test__window_edge(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(5000, 4999);
	assert_test(5000 - W, CTSYNC_SEQ_OLD);
	assert_test(5000 - W + 1, CTSYNC_SEQ_NEW);
	accept(5000 - W + 1, 0);
	accept(5001, 0);
	assert_test(5000 - W + 1, CTSYNC_SEQ_OLD);
}

static void test__largest_number(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	assert_test(CTSYNC_SEQ_MAX + 1, CTSYNC_SEQ_OLD);
	assert_test(~0ull, CTSYNC_SEQ_OLD);
	accept(CTSYNC_SEQ_MAX, CTSYNC_SEQ_MAX - 1);
	accept(CTSYNC_SEQ_MAX - 1, 0);
	assert_test(CTSYNC_SEQ_MAX + 1, CTSYNC_SEQ_OLD);
}

static void accept__in_order(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	for (u64 n = 1; n < 5 * W; n++)
		accept(n, 0);
	assert_true(s.lost == 0);
}

static void accept__reordered(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	for (u64 n = 1; n < 5 * W; n += 4) {
		accept(n + 3, 3);
		accept(n + 1, 0);
		accept(n, 0);
		accept(n + 2, 0);
	}
	assert_true(s.lost == 0);
}

static void accept__late_within_window(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(W, W - 1);
	for (u64 n = W - 1; n >= 1; n--)
		accept(n, 0);
	accept(2 * W, W - 1);
	assert_true(s.lost == 0);
}

static void accept__counts_lost_when_they_leave(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(2, 1);
	assert_true(s.lost == 0);
	accept(W, W - 3);
	assert_true(s.lost == 0);
	accept(W + 1, 0);	/* 1 leaves */
	assert_true(s.lost == 1);
	accept(W + 2, 0);	/* 2 leaves, it came */
	assert_true(s.lost == 1);
}

static void accept__jump_of_window(void **state)
{
	(void)state;
	/* by one less than, exactly and one more than the window */
	for (u64 jump = W - 1; jump <= W + 1; jump++) {
		ctsync_seq_init(&s, 10);
		accept(10, 0);
		accept(10 + jump, jump - 1);
		/* in the window now: WINDOW numbers up to 10 + jump */
		assert_true(s.lost == (jump > W ? jump - W : 0));
		assert_test(10, jump < W ? CTSYNC_SEQ_DUPLICATE : CTSYNC_SEQ_OLD);
		for (u64 n = 10 + jump - W + 1; n < 10 + jump; n++)
			if (n > 10)
				accept(n, 0);
	}
}

static void accept__jump_far(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(1, 0);
	accept(CTSYNC_SEQ_MAX, CTSYNC_SEQ_MAX - 2);
	assert_true(s.lost == CTSYNC_SEQ_MAX - W - 1);
	assert_test(CTSYNC_SEQ_MAX - W, CTSYNC_SEQ_OLD);
	assert_test(CTSYNC_SEQ_MAX - W + 1, CTSYNC_SEQ_NEW);
}

static void accept__below_floor_is_not_lost(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 500);
	for (u64 n = 500; n < 500 + 3 * W; n++)
		accept(n, 0);
	assert_true(s.lost == 0);
}

static void tail__missing(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	assert_true(ctsync_seq_tail(&s, 1) == 0);
	accept(4, 3);
	assert_true(ctsync_seq_tail(&s, 0) == 0);
	assert_true(ctsync_seq_tail(&s, 4) == 0);
	assert_true(ctsync_seq_tail(&s, 5) == 0);
	assert_true(ctsync_seq_tail(&s, 9) == 4);
}

static void close__what_is_missing(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(1, 0);
	accept(6, 4);
	assert_int_equal(ctsync_seq_close(&s, 1, 4, 7), 3);
	assert_true(s.lost == 3);
	assert_test(2, CTSYNC_SEQ_DUPLICATE);
	assert_test(4, CTSYNC_SEQ_DUPLICATE);
	accept(5, 0);
	assert_int_equal(ctsync_seq_close(&s, 1, 6, 7), 0);
	assert_true(s.lost == 3);
}

static void close__a_tail_but_not_beyond(void **state)
{
	(void)state;
	ctsync_seq_init(&s, 1);
	accept(1, 0);
	assert_int_equal(ctsync_seq_close(&s, 2, 30000, 4), 2);
	assert_test(3, CTSYNC_SEQ_DUPLICATE);
	accept(4, 0);
	assert_true(s.lost == 2);
	/* far behind: as long as the window at most */
	accept(3 * W, 3 * W - 5);
	assert_int_equal(ctsync_seq_close(&s, 1, 30000, 3 * W), W - 1);
	assert_true(s.lost == 3 * W - 5 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init__numbers_start_at_one),
		cmocka_unit_test(init__starts_anew),
		cmocka_unit_test(test__changes_nothing),
		cmocka_unit_test(test__floor),
		cmocka_unit_test(test__window_edge),
		cmocka_unit_test(test__largest_number),
		cmocka_unit_test(accept__in_order),
		cmocka_unit_test(accept__reordered),
		cmocka_unit_test(accept__late_within_window),
		cmocka_unit_test(accept__counts_lost_when_they_leave),
		cmocka_unit_test(accept__jump_of_window),
		cmocka_unit_test(accept__jump_far),
		cmocka_unit_test(accept__below_floor_is_not_lost),
		cmocka_unit_test(tail__missing),
		cmocka_unit_test(close__what_is_missing),
		cmocka_unit_test(close__a_tail_but_not_beyond),
	};

	return cmocka_run_group_tests_name("seq", tests, NULL, NULL);
}
