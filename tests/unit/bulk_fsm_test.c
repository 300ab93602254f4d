// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/bulk_fsm.c: credit, marks, the end, breaking off and going on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bulk_fsm.h"

#define MS 1000000ull

static struct ctsync_bulk b;
static bool late;

static u8 event(enum ctsync_bulk_event e)
{
	return ctsync_bulk_event(&b, e, 0, 10000, b.run + 1);
}

static void begin(void)
{
	memset(&b, 0, sizeof(b));
	assert_int_equal(event(CTSYNC_BULK_EV_JOIN), CTSYNC_BULK_DO_BEGIN);
	assert_int_equal(b.cursor, 1);
}

/* ...with the widest window. */
static void begin_wide(void)
{
	begin();
	b.window = CTSYNC_BULK_CREDIT;
}

/* Send steps until the credit is used up or @max entries went; returns how many. */
static u32 fill(u32 max)
{
	u32 n, all = 0;

	while ((n = ctsync_bulk_room(&b)) && all < max) {
		all += n;
		ctsync_bulk_sent(&b, n, b.cursor + n, 0);
	}
	return all;
}

static void fsm__outside(void **state)
{
	(void)state;
	assert_int_equal(ctsync_bulk_fsm(CTSYNC_BULK_STATE_MAX, 0).next, CTSYNC_BULK_IDLE);
	assert_int_equal(ctsync_bulk_fsm(0, CTSYNC_BULK_EVENT_MAX).next, CTSYNC_BULK_IDLE);
	assert_string_equal(ctsync_bulk_state_name(CTSYNC_BULK_STATE_MAX), "?");
}

static void want__never_restarts(void **state)
{
	u32 run;

	(void)state;
	begin_wide();
	run = b.run;
	fill(1000);
	assert_int_equal(event(CTSYNC_BULK_EV_WANT), 0);
	fill(100000);
	assert_int_equal(b.state, CTSYNC_BULK_WAITING);
	assert_int_equal(event(CTSYNC_BULK_EV_WANT), 0);
	assert_int_equal(b.run, run);
	assert_int_equal(b.sent, CTSYNC_BULK_CREDIT);
}

static void room__no_more_than_credit(void **state)
{
	(void)state;
	begin_wide();
	assert_int_equal(fill(1000000), CTSYNC_BULK_CREDIT);
	assert_int_equal(ctsync_bulk_room(&b), 0);
	assert_int_equal(ctsync_bulk_acked(&b, b.run, CTSYNC_BULK_STEP, 0), 0);
	assert_int_equal(b.state, CTSYNC_BULK_SENDING);
	assert_int_equal(ctsync_bulk_room(&b), CTSYNC_BULK_STEP);
}

/* An answered window of entries, the answer after @took. */
static void window(u64 *now, u64 took)
{
	u32 n;

	while ((n = ctsync_bulk_room(&b)))
		ctsync_bulk_sent(&b, n, b.cursor + n, *now);
	*now += took;
	ctsync_bulk_acked(&b, b.run, b.sent, *now);
}

static void window__follows_the_time_that_answers_take(void **state)
{
	u64 now = 0;

	(void)state;
	begin();
	assert_int_equal(b.window, CTSYNC_BULK_FIRST);
	window(&now, 10 * MS);
	assert_int_equal(b.window, 2 * CTSYNC_BULK_FIRST);
	window(&now, 150 * MS);
	assert_int_equal(b.window, 2 * CTSYNC_BULK_FIRST);
	for (int i = 0; i < 20; i++)
		window(&now, 10 * MS);
	assert_int_equal(b.window, CTSYNC_BULK_CREDIT);
	window(&now, 201 * MS);
	assert_int_equal(b.window, CTSYNC_BULK_CREDIT / 2);
	for (int i = 0; i < 20; i++)
		window(&now, 1000 * MS);
	assert_int_equal(b.window, CTSYNC_BULK_LEAST);
	window(&now, 10 * MS);
	assert_int_equal(b.window, 2 * CTSYNC_BULK_LEAST);
}

/* What waits is asked for again: so it must know that it waits. */
static void window__smaller_than_what_is_under_way_waits(void **state)
{
	(void)state;
	begin_wide();
	fill(CTSYNC_BULK_CREDIT - CTSYNC_BULK_STEP);
	assert_int_equal(b.state, CTSYNC_BULK_SENDING);
	ctsync_bulk_acked(&b, b.run, CTSYNC_BULK_STEP, 1000 * MS);
	assert_int_equal(b.state, CTSYNC_BULK_WAITING);
	assert_int_equal(ctsync_bulk_room(&b), 0);
	assert_true(ctsync_bulk_tick(&b, 2000 * MS, &late));
	ctsync_bulk_acked(&b, b.run, b.sent, 2000 * MS);
	assert_int_equal(b.state, CTSYNC_BULK_SENDING);
}

static void acked__lies_are_ignored(void **state)
{
	(void)state;
	begin_wide();
	fill(1000);
	ctsync_bulk_acked(&b, b.run + 1, 512, 0);
	assert_int_equal(b.acked, 0);
	ctsync_bulk_acked(&b, b.run, b.sent + 1, 0);
	assert_int_equal(b.acked, 0);
	ctsync_bulk_acked(&b, b.run, 1024, 0);
	ctsync_bulk_acked(&b, b.run, 512, 0);
	assert_int_equal(b.acked, 1024);
}

static void end__only_when_acknowledged(void **state)
{
	(void)state;
	begin();
	ctsync_bulk_sent(&b, 10, 0, 0);
	assert_int_equal(b.state, CTSYNC_BULK_ENDING);
	assert_int_equal(ctsync_bulk_room(&b), 0);
	assert_int_equal(ctsync_bulk_acked(&b, b.run, 9, 0), 0);
	assert_int_equal(ctsync_bulk_acked(&b, b.run, 10, 0), CTSYNC_BULK_DO_DONE);
	assert_int_equal(b.state, CTSYNC_BULK_IDLE);
	assert_int_equal(ctsync_bulk_acked(&b, b.run, 10, 0), 0);
}

static void end__of_nothing(void **state)
{
	(void)state;
	begin();
	ctsync_bulk_sent(&b, 0, 0, 0);
	assert_int_equal(ctsync_bulk_acked(&b, b.run, 0, 0), CTSYNC_BULK_DO_DONE);
}

static void tick__repeats_what_is_not_answered(void **state)
{
	(void)state;
	begin();
	ctsync_bulk_sent(&b, 10, 0, 0);
	assert_false(ctsync_bulk_tick(&b, CTSYNC_BULK_AGAIN_NS - 1, &late));
	assert_true(ctsync_bulk_tick(&b, CTSYNC_BULK_AGAIN_NS, &late));
	assert_false(ctsync_bulk_tick(&b, CTSYNC_BULK_AGAIN_NS + MS, &late));
	assert_true(ctsync_bulk_tick(&b, 2 * CTSYNC_BULK_AGAIN_NS, &late));
	assert_false(late);
}

static void tick__deadline(void **state)
{
	(void)state;
	begin();
	fill(1000000);
	ctsync_bulk_tick(&b, b.deadline - 1, &late);
	assert_false(late);
	assert_false(ctsync_bulk_tick(&b, b.deadline, &late));
	assert_true(late);
	assert_int_equal(event(CTSYNC_BULK_EV_LATE),
			 CTSYNC_BULK_DO_LATE | CTSYNC_BULK_DO_DONE);
	assert_false(ctsync_bulk_running(&b));
	ctsync_bulk_tick(&b, ~0ull, &late);
	assert_false(late);
}

static void back__goes_on_at_the_last_acknowledged_mark(void **state)
{
	u32 run;

	(void)state;
	begin_wide();
	run = b.run;
	fill(1024);
	ctsync_bulk_acked(&b, b.run, 512, 0);
	assert_int_equal(b.acked_cursor, 513);
	fill(1024);
	event(CTSYNC_BULK_EV_LOST);
	assert_int_equal(b.state, CTSYNC_BULK_BROKEN);
	assert_int_equal(ctsync_bulk_room(&b), 0);
	assert_int_equal(ctsync_bulk_acked(&b, run, 1024, 0), 0);
	assert_int_equal(event(CTSYNC_BULK_EV_BACK), CTSYNC_BULK_DO_RESUME);
	assert_int_equal(b.run, run);
	assert_int_equal(b.cursor, 513);
	assert_int_equal(b.sent, 512);
	/* a peer that restarted has nothing */
	event(CTSYNC_BULK_EV_LOST);
	assert_int_equal(event(CTSYNC_BULK_EV_JOIN), CTSYNC_BULK_DO_BEGIN);
	assert_int_equal(b.cursor, 1);
	assert_int_equal(b.sent, 0);
}

static void back__after_all_was_copied_begins(void **state)
{
	(void)state;
	begin();
	ctsync_bulk_sent(&b, 10, 0, 0);
	ctsync_bulk_acked(&b, b.run, 10, 0);
	assert_int_equal(event(CTSYNC_BULK_EV_LOST), 0);
	assert_int_equal(event(CTSYNC_BULK_EV_BACK), CTSYNC_BULK_DO_BEGIN);
}

/* Whatever is lost on the way, every position is sent and the end is reached. */
static void random__reaches_the_end(void **state)
{
	(void)state;
	for (u32 seed = 1; seed < 300; seed++) {
		u32 r = seed, total = 1 + seed * 97 % 20000, steps = 0;
		bool done = false;
		u64 now = 0;

		begin();
		while (!done && steps++ < 100000) {
			u32 room = ctsync_bulk_room(&b), n;

			now += 10 * MS;
			r = r * 1664525 + 1013904223;
			if (room) {
				n = min(room, total - b.cursor + 1);
				ctsync_bulk_sent(&b, n, b.cursor + n > total ? 0 :
						 b.cursor + n, now);
			}
			ctsync_bulk_tick(&b, now, &late);
			assert_false(late);
			assert_true(b.sent - b.acked <= CTSYNC_BULK_CREDIT);
			if (r >> 28 == 0) {
				ctsync_bulk_event(&b, CTSYNC_BULK_EV_LOST, now, 0, 0);
				ctsync_bulk_event(&b, CTSYNC_BULK_EV_BACK, now,
						  total, b.run + 1);
			} else if (r >> 30) {
				done = ctsync_bulk_acked(&b, b.run, b.sent, now) &
				       CTSYNC_BULK_DO_DONE;
			}
		}
		assert_true(done);
		assert_true(b.sent >= total);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsm__outside),
		cmocka_unit_test(want__never_restarts),
		cmocka_unit_test(room__no_more_than_credit),
		cmocka_unit_test(window__follows_the_time_that_answers_take),
		cmocka_unit_test(window__smaller_than_what_is_under_way_waits),
		cmocka_unit_test(acked__lies_are_ignored),
		cmocka_unit_test(end__only_when_acknowledged),
		cmocka_unit_test(end__of_nothing),
		cmocka_unit_test(tick__repeats_what_is_not_answered),
		cmocka_unit_test(tick__deadline),
		cmocka_unit_test(back__goes_on_at_the_last_acknowledged_mark),
		cmocka_unit_test(back__after_all_was_copied_begins),
		cmocka_unit_test(random__reaches_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
