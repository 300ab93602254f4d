// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/split.c: every path that packets of one flow can take. */
#include "../../kernel/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WINDOW 1000u
#define O 0
#define R 1
#define SAME CTSYNC_SPLIT_SAME
#define BEGAN CTSYNC_SPLIT_BEGAN
#define ENDED CTSYNC_SPLIT_ENDED
#define WAKE CTSYNC_SPLIT_WAKE

/* Each case runs with the clock starting at each of these. */
static const u32 starts[] = { 0, 1, 12345, 0x7fffff00, 0x80000000, 0xffffff00 };

static struct ctsync_split a, b;
static u32 base;

#define local(n, d, t) ctsync_split_local(&(n), d, base + (t), WINDOW)
#define remote(n, dirs, t) ctsync_split_remote(&(n), dirs, base + (t), WINDOW)
#define is_split(n) (!!((n).flags & CTSYNC_SPLIT_NOW))

#define for_each_start \
	for (size_t i_ = 0; i_ < ARRAY_SIZE(starts) && \
	     (memset(&a, 0, sizeof(a)), memset(&b, 0, sizeof(b)), \
	      base = starts[i_], true); i_++)

static void local__same_path_never_splits(void **unused)
{
	u32 t;

	(void)unused;
	for_each_start {
		for (t = 0; t < 5000; t += 100) {
			assert_int_equal(local(a, t / 100 % 2, t), SAME);
			assert_int_equal(remote(b, 3, t + 1), SAME);
		}
		assert_false(is_split(a));
		assert_false(is_split(b));
	}
}

static void local__split_from_the_syn_on(void **unused)
{
	u32 t;

	(void)unused;
	for_each_start {
		assert_int_equal(local(a, O, 0), SAME);		/* SYN */
		assert_int_equal(remote(b, 1, 1), SAME);	/* INSERT */
		assert_int_equal(local(b, R, 2), BEGAN);	/* SYN-ACK */
		assert_int_equal(remote(a, 2, 3), BEGAN);	/* UPDATE */
		for (t = 10; t < 900; t += 10) {
			assert_int_equal(local(a, O, t), SAME);
			assert_int_equal(remote(b, 1, t), SAME);
			assert_int_equal(local(b, R, t), SAME);
			assert_int_equal(remote(a, 2, t), SAME);
		}
		/* silence, and still: each sees one direction only */
		assert_int_equal(local(a, O, 1000), SAME);
		assert_int_equal(local(a, O, 5000), WAKE);
		assert_int_equal(local(a, O, 5900), SAME);
		assert_true(is_split(a));
	}
}

static void local__slow_server(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		remote(b, 1, 1);
		assert_int_equal(local(b, R, 3 * WINDOW), BEGAN);
		assert_int_equal(remote(a, 2, 3 * WINDOW + 1), SAME);
		assert_int_equal(local(a, O, 3 * WINDOW + 2), BEGAN);
	}
}

static void local__all_moves_at_once(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		local(a, R, 1);
		remote(b, 3, 100);
		local(a, O, 150);
		assert_int_equal(local(b, O, 200), BEGAN);
		assert_int_equal(remote(a, 1, 201), BEGAN);
		assert_int_equal(local(b, R, 210), SAME);
		/* A's late update about the time before */
		assert_int_equal(remote(b, 3, 250), SAME);
		assert_int_equal(local(b, O, 260), SAME);
		assert_int_equal(local(b, R, 270), SAME);
		assert_int_equal(local(b, O, 250 + WINDOW - 1), SAME);
		assert_int_equal(local(b, O, 250 + WINDOW), ENDED);
		assert_int_equal(local(b, O, 251 + WINDOW), SAME);
		assert_false(is_split(b));
	}
}

static void local__all_moves_after_silence(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		local(a, R, 1);
		remote(b, 3, 100);
		assert_int_equal(local(b, O, 9000), BEGAN);
		assert_int_equal(local(b, R, 9001), ENDED);
		/* A had not seen a packet for long: it is a move, no split */
		assert_int_equal(remote(a, 1, 9002), SAME);
		assert_false(is_split(a));
		assert_false(is_split(b));
	}
}

static void local__one_direction_moves(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		local(a, R, 1);
		remote(b, 3, 2);
		local(a, R, 500);
		assert_int_equal(local(b, O, 501), BEGAN);
		assert_int_equal(remote(a, 1, 502), BEGAN);
		assert_int_equal(local(a, R, 503), SAME);
		assert_true(ctsync_split_unseen(&a, O));
		assert_false(ctsync_split_unseen(&a, R));
		assert_true(ctsync_split_unseen(&b, R));
		/* never again, as long as it is so */
		assert_int_equal(local(b, O, 500 + WINDOW), SAME);
		assert_int_equal(local(b, O, 500 + 9 * WINDOW), WAKE);
		assert_true(is_split(b));
	}
}

static void local__reunion(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		remote(b, 1, 1);
		local(b, R, 2);
		remote(a, 2, 3);
		assert_int_equal(local(a, R, 10), SAME);
		assert_int_equal(local(a, O, 20), SAME);
		assert_int_equal(local(a, R, 2 + WINDOW), SAME);
		assert_int_equal(local(a, R, 3 + WINDOW), ENDED);
		assert_true(a.flags & CTSYNC_SPLIT_EVER);
	}
}

static void local__sprayed_does_not_flap(void **unused)
{
	u32 t;

	(void)unused;
	for_each_start {
		int began = 0, ended = 0;

		local(a, O, 0);
		remote(b, 1, 1);
		for (t = 2; t < 5 * WINDOW; t += 10) {
			began += local(a, t / 10 % 2, t) == BEGAN;
			began += remote(b, 3, t) == BEGAN;
			ended += local(b, t / 20 % 2, t + 5) == ENDED;
			began += remote(a, 3, t + 5) == BEGAN;
		}
		assert_in_range(began, 1, 2);
		assert_int_equal(ended, 0);
		assert_true(is_split(a));
		assert_true(is_split(b));
	}
}

static void local__wake_only_if_ever_split(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		assert_int_equal(local(a, O, 7000), SAME);
		remote(a, 2, 7001);
		local(a, R, 7002);
		assert_int_equal(local(a, R, 7001 + WINDOW), ENDED);
		assert_int_equal(local(a, R, 7000 + 2 * WINDOW), SAME);
		assert_int_equal(local(a, R, 7000 + 3 * WINDOW), WAKE);
	}
}

static void local__half_a_clock_ago_is_not_recent(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		assert_int_equal(remote(a, 2, 0x80000000u), SAME);
		memset(&b, 0, sizeof(b));
		remote(b, 1, 0);
		b.flags &= ~CTSYNC_SPLIT_REMOTE;
		assert_int_equal(local(b, O, 0x90000000u), SAME);
	}
}

static void local__clock_of_another_cpu_may_be_ahead(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 5);
		assert_int_equal(remote(a, 2, 4), BEGAN);
	}
}

static void remote__a_state_change_has_no_direction(void **unused)
{
	(void)unused;
	for_each_start {
		local(a, O, 0);
		assert_int_equal(remote(a, 0, 1), BEGAN);
		assert_false(ctsync_split_unseen(&a, O));
		assert_true(a.flags & CTSYNC_SPLIT_REMOTE);
		local(a, R, 2);
		assert_false(a.flags & CTSYNC_SPLIT_REMOTE);
	}
}

static void remote__never_local_never_split(void **unused)
{
	u32 t;

	(void)unused;
	for_each_start
		for (t = 0; t < 5000; t += 7)
			assert_int_equal(remote(a, t & 3, t), SAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local__same_path_never_splits),
		cmocka_unit_test(local__split_from_the_syn_on),
		cmocka_unit_test(local__slow_server),
		cmocka_unit_test(local__all_moves_at_once),
		cmocka_unit_test(local__all_moves_after_silence),
		cmocka_unit_test(local__one_direction_moves),
		cmocka_unit_test(local__reunion),
		cmocka_unit_test(local__sprayed_does_not_flap),
		cmocka_unit_test(local__wake_only_if_ever_split),
		cmocka_unit_test(local__half_a_clock_ago_is_not_recent),
		cmocka_unit_test(local__clock_of_another_cpu_may_be_ahead),
		cmocka_unit_test(remote__a_state_change_has_no_direction),
		cmocka_unit_test(remote__never_local_never_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
