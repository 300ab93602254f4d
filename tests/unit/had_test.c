// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/had.c: which moment a peer is told, and what that moment means to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "had.h"

#define MS	1000000ull
#define PEACE	CTSYNC_HAD_PEACE_NS

static struct ctsync_had had;
static struct ctsync_gaps gaps[CTSYNC_WIRE_CHANNELS];
static bool drift;

static void begin(void)
{
	ctsync_had_init(&had, 100);
	for (int i = 0; i < CTSYNC_WIRE_CHANNELS; i++)
		ctsync_gaps_init(&gaps[i], 1);
}

/* A HELLO of @time, which names @next on channel 3. */
static u32 hello(u32 time, u64 next, u64 now)
{
	struct ctsync_hello h = {
		.time = time, .nr_streams = 2,
		.streams = { { 0, 3, next }, { 7, 4, 1000 } },
	};

	ctsync_gaps_tail(&gaps[3], next, now, &drift);
	ctsync_had_hello(&had, gaps, &h, now);
	return had.told;
}

static void frames(u64 first, u64 last)
{
	for (; first <= last; first++)
		ctsync_gaps_frame(&gaps[3], first, MS, &drift);
}

static void hello__of_the_proof_is_told(void **state)
{
	(void)state;
	begin();
	assert_int_equal(had.told, 100);
}

static void hello__is_told_when_the_next_one_was_had(void **state)
{
	(void)state;
	begin();
	frames(1, 9);
	assert_int_equal(hello(200, 10, MS), 100);
	assert_int_equal(hello(300, 10, MS), 100);
	assert_int_equal(hello(400, 10, MS), 200);
	assert_int_equal(hello(500, 10, MS), 300);
}

static void hello__is_not_told_while_something_is_missing(void **state)
{
	struct ctsync_gaps_result r = {};
	struct ctsync_range out[CTSYNC_WIRE_RANGES];

	(void)state;
	begin();
	frames(1, 5);
	frames(7, 9);
	for (u32 t = 200; t < 1000; t += 100)
		assert_int_equal(hello(t, 10, MS), 100);
	/* what comes later does not matter to it */
	frames(12, 12);
	assert_int_equal(ctsync_gaps_due(&gaps[3], 100 * MS, 0, out, &r), 2);
	ctsync_gaps_answered(&gaps[3], &out[0], &r);
	assert_int_equal(hello(1000, 10, MS), 100);
	ctsync_gaps_answered(&gaps[3], &out[1], &r);
	assert_int_equal(hello(1100, 13, MS), 200);
}

static void hello__goes_on_under_new_losses(void **state)
{
	struct ctsync_gaps_result r = {};
	struct ctsync_range out[CTSYNC_WIRE_RANGES];
	u32 told = 0;

	(void)state;
	begin();
	/* of each ten frames one is missing when the HELLO comes, and told again after */
	for (u32 i = 0; i < 10; i++) {
		frames(i * 10 + 1, i * 10 + 9);
		told = hello(200 + i, i * 10 + 11, i * 100 * MS);
		assert_int_equal(ctsync_gaps_due(&gaps[3], (i * 100 + 50) * MS, 0, out, &r), 1);
		ctsync_gaps_answered(&gaps[3], &out[0], &r);
	}
	assert_int_equal(told, 207);
}

static void lost__nothing_is_told_for_a_while(void **state)
{
	(void)state;
	begin();
	hello(200, 1, MS);
	hello(300, 1, MS);
	ctsync_had_lost(&had, MS);
	assert_int_equal(hello(400, 1, PEACE), 100);
	ctsync_had_busy(&had, PEACE);
	assert_int_equal(hello(500, 1, PEACE + 2 * MS), 100);
	assert_int_equal(hello(600, 1, 2 * PEACE), 200);
}

static void lost__busy_alone_is_no_loss(void **state)
{
	(void)state;
	begin();
	hello(200, 1, MS);
	ctsync_had_busy(&had, MS);
	hello(300, 1, 2 * MS);
	assert_int_equal(hello(400, 1, 3 * MS), 200);
}

static struct ctsync_had_ours ours;

static void told(u32 time, u64 now)
{
	ctsync_had_told(&ours, time, (u32)(now / 1000), now);
}

static void told__is_a_moment_of_our_clock(void **state)
{
	(void)state;
	told(0, 5000 * MS);
	assert_true(ours.ns == 0);
	told(4000000, 5000 * MS);
	assert_true(ours.ns == 4000 * MS);
	/* the same once more */
	told(4000000, 9000 * MS);
	assert_true(ours.ns == 4000 * MS);
	told(0, 9000 * MS);
	assert_true(ours.ns == 0);
}

static void told__over_the_end_of_32_bits(void **state)
{
	const u64 now = (1ull << 32) * 1000 + 1000 * MS;

	(void)state;
	told(0xfffffffe, now);
	assert_true(ours.ns == now - 1000 * MS - 2000);
}

static void told__lies(void **state)
{
	(void)state;
	told(7000000, 5000 * MS);
	assert_true(ours.ns == 5000 * MS);
	/* before the clock began */
	told(0x80000000, 5000 * MS);
	assert_true(ours.ns == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello__of_the_proof_is_told),
		cmocka_unit_test(hello__is_told_when_the_next_one_was_had),
		cmocka_unit_test(hello__is_not_told_while_something_is_missing),
		cmocka_unit_test(hello__goes_on_under_new_losses),
		cmocka_unit_test(lost__nothing_is_told_for_a_while),
		cmocka_unit_test(lost__busy_alone_is_no_loss),
		cmocka_unit_test(told__is_a_moment_of_our_clock),
		cmocka_unit_test(told__over_the_end_of_32_bits),
		cmocka_unit_test(told__lies),
	};

	return cmocka_run_group_tests_name("had", tests, NULL, NULL);
}
