// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/repair_fsm.c: gaps, when they are asked for, when they close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "repair_fsm.h"

#define MS 1000000ull

static struct ctsync_gaps g;
static struct ctsync_range out[CTSYNC_WIRE_RANGES];
static struct ctsync_gaps_result res;
static bool drift;

static void begin(u64 next)
{
	ctsync_gaps_init(&g, next);
	memset(&res, 0, sizeof(res));
}

static bool frame(u64 seq, u64 now)
{
	return ctsync_gaps_frame(&g, seq, now, &drift);
}

static u8 due(u64 now)
{
	return ctsync_gaps_due(&g, now, 0, out, &res);
}

static void is_range(const struct ctsync_range *r, u64 first, u32 count)
{
	assert_true(r->first == first);
	assert_int_equal(r->count, count);
}

static void answered(u64 first, u32 count, bool gone)
{
	struct ctsync_range r = { .first = first, .count = count, .gone = gone };

	ctsync_gaps_answered(&g, &r, &res);
}

static void fsm__outside(void **state)
{
	(void)state;
	assert_int_equal(ctsync_gap_fsm(CTSYNC_GAP_STATE_MAX, 0).next, CTSYNC_GAP_CLOSED);
	assert_int_equal(ctsync_gap_fsm(0, CTSYNC_GAP_EVENT_MAX).actions, 0);
}

static void fsm__what_was_not_asked_is_not_answered(void **state)
{
	(void)state;
	assert_int_equal(ctsync_gap_fsm(CTSYNC_GAP_WAITING, CTSYNC_GAP_EV_REPAIRED).next,
			 CTSYNC_GAP_WAITING);
	assert_int_equal(ctsync_gap_fsm(CTSYNC_GAP_WAITING, CTSYNC_GAP_EV_GONE).next,
			 CTSYNC_GAP_WAITING);
}

static void frame__in_order_opens_nothing(void **state)
{
	(void)state;
	begin(1);
	for (u64 n = 1; n < 100; n++)
		assert_false(frame(n, 0));
	assert_true(ctsync_gaps_next(&g) == 0);
}

static void frame__reordered_is_not_asked_for(void **state)
{
	(void)state;
	begin(1);
	assert_true(frame(3, 0));
	assert_int_equal(due(CTSYNC_REORDER_NS - 1), 0);
	assert_false(frame(2, MS));
	assert_false(frame(1, MS));
	assert_int_equal(g.nr, 0);
	assert_int_equal(due(100 * MS), 0);
}

static void due__after_the_wait(void **state)
{
	(void)state;
	begin(1);
	assert_true(frame(2, 0));
	assert_true(frame(6, MS));
	assert_true(ctsync_gaps_next(&g) == CTSYNC_REORDER_NS);
	assert_int_equal(due(CTSYNC_REORDER_NS), 1);
	is_range(&out[0], 1, 1);
	assert_int_equal(due(CTSYNC_REORDER_NS + MS), 1);
	is_range(&out[0], 3, 3);
	assert_int_equal(due(CTSYNC_REORDER_NS + 2 * MS), 0);
}

static void frame__late_one_cuts(void **state)
{
	(void)state;
	begin(1);
	frame(10, 0);
	frame(1, 0);	/* front */
	frame(9, 0);	/* back */
	frame(5, 0);	/* middle */
	assert_int_equal(due(CTSYNC_REORDER_NS), 2);
	is_range(&out[0], 2, 3);
	is_range(&out[1], 6, 3);
}

static void tail__what_the_sender_says(void **state)
{
	(void)state;
	begin(5);
	assert_false(ctsync_gaps_tail(&g, 5, 0, &drift));
	assert_true(ctsync_gaps_tail(&g, 7, 0, &drift));
	assert_false(ctsync_gaps_tail(&g, 7, 0, &drift));
	assert_false(ctsync_gaps_tail(&g, 1ull << 48, 0, &drift));
	assert_int_equal(due(CTSYNC_REORDER_NS), 1);
	is_range(&out[0], 5, 2);
	/* late only */
	frame(5, 0);
	frame(6, 0);
	assert_int_equal(g.nr, 0);
}

static void answered__closes(void **state)
{
	(void)state;
	begin(1);
	frame(4, 0);
	answered(1, 3, false);
	assert_int_equal(g.nr, 1);	/* not asked yet */
	due(CTSYNC_REORDER_NS);
	answered(1, 3, false);
	assert_int_equal(g.nr, 0);
	assert_int_equal(res.repaired, 3);
	assert_false(res.drift);
	answered(1, 3, false);		/* again: nothing */
	assert_int_equal(res.repaired, 3);
}

static void answered__a_part(void **state)
{
	(void)state;
	begin(1);
	frame(101, 0);
	due(CTSYNC_REORDER_NS);
	answered(1, 40, false);
	assert_int_equal(res.repaired, 40);
	/* the rest is asked for at once */
	assert_int_equal(due(CTSYNC_REORDER_NS), 1);
	is_range(&out[0], 41, 60);
	answered(90, 11, false);
	assert_int_equal(res.repaired, 51);
	answered(41, 49, false);
	assert_int_equal(res.repaired, 100);
	assert_int_equal(g.nr, 0);
}

static void answered__gone_is_drift(void **state)
{
	(void)state;
	begin(1);
	frame(4, 0);
	due(CTSYNC_REORDER_NS);
	answered(1, 3, true);
	assert_true(res.drift);
	assert_int_equal(res.repaired, 0);
	assert_int_equal(g.nr, 0);
}

static void due__asks_again_ever_slower_then_gives_up(void **state)
{
	u64 now = 0, last = 0, wait = 0;
	int asked = 0;

	(void)state;
	begin(1);
	frame(2, 0);
	while (g.nr) {
		now = ctsync_gaps_next(&g);
		assert_true(asked < 100);
		if (!due(now))
			break;
		if (asked > 1) {
			assert_true(now - last >= wait);
			assert_true(now - last <= CTSYNC_REASK_MAX_NS);
			wait = now - last;
		}
		last = now;
		asked++;
	}
	assert_int_equal(asked, CTSYNC_ASK_TIMES);
	assert_true(res.drift);
	assert_int_equal(g.nr, 0);
	assert_true(now < 20000 * MS);
}

static void due__waits_two_round_trips(void **state)
{
	(void)state;
	begin(1);
	frame(2, 0);
	assert_int_equal(ctsync_gaps_due(&g, CTSYNC_REORDER_NS, 100000, out, &res), 1);
	assert_true(ctsync_gaps_next(&g) == CTSYNC_REORDER_NS + 200 * MS);
}

static void frame__far_jump_is_drift(void **state)
{
	(void)state;
	begin(1);
	assert_true(frame(1 + CTSYNC_RANGE_MAX, 0));
	assert_false(drift);
	begin(1);
	assert_false(frame(2 + CTSYNC_RANGE_MAX, 0));
	assert_true(drift);
	assert_false(frame(3 + CTSYNC_RANGE_MAX, 0));
	assert_false(drift);
}

/* However frames are lost, late or doubled: what never came is asked for. */
static void random__nothing_is_forgotten(void **state)
{
	enum { N = 3000 };
	static bool came[N + 1], asked[N + 1];

	(void)state;
	srand(1);
	for (int run = 0; run < 200; run++) {
		u64 now = 0, n = 1;

		memset(came, 0, sizeof(came));
		memset(asked, 0, sizeof(asked));
		begin(1);
		drift = false;
		while (n <= N) {
			u64 seq = n;

			if (rand() % 4 == 0 && n > 5)
				seq = n - 1 - (u64)rand() % 5;	/* late */
			else
				n++;
			now += (u64)(rand() % 2000) * 1000;
			if (rand() % 3 == 0)
				continue;
			came[seq] = true;
			ctsync_gaps_frame(&g, seq, now, &drift);
			assert_false(drift);
			for (u32 i = 0; i < g.nr; i++) {
				assert_true(g.gap[i].count > 0);
				assert_true(!i || g.gap[i].first >=
					    g.gap[i - 1].first + g.gap[i - 1].count);
			}
			for (u8 i = due(now), j = 0; j < i; j++) {
				for (u32 k = 0; k < out[j].count; k++)
					asked[out[j].first + k] = true;
				if (rand() % 2)
					answered(out[j].first, out[j].count, false);
			}
		}
		ctsync_gaps_tail(&g, N + 1, now, &drift);
		now += 10 * MS;
		for (int i = 0; i < 100 && g.nr; i++) {
			for (u8 k = due(now), j = 0; j < k; j++) {
				for (u32 m = 0; m < out[j].count; m++)
					asked[out[j].first + m] = true;
				answered(out[j].first, out[j].count, false);
			}
			now += 1000 * MS;
		}
		assert_int_equal(g.nr, 0);
		for (n = 1; n <= N; n++)
			assert_true(came[n] || asked[n]);
		assert_false(res.drift);
	}
}

static void budget__bounds_what_one_peer_is_told(void **state)
{
	struct ctsync_budget b = {};
	u64 t = 5000 * MS;

	(void)state;
	assert_int_equal(ctsync_budget_left(&b, t), CTSYNC_BUDGET_MAX);
	ctsync_budget_spend(&b, 100);
	assert_int_equal(ctsync_budget_left(&b, t), CTSYNC_BUDGET_MAX - 100);
	ctsync_budget_spend(&b, CTSYNC_BUDGET_MAX);
	assert_int_equal(ctsync_budget_left(&b, t), 0);
	/* a frame may have gone over it, by no more than the ring has */
	ctsync_budget_spend(&b, UINT32_MAX / 2);
	assert_int_equal(ctsync_budget_left(&b, t), 0);
	t += (u64)CTSYNC_BUDGET_MAX / CTSYNC_BUDGET_PER_MS << 20;
	assert_in_range(ctsync_budget_left(&b, t), 0, CTSYNC_BUDGET_PER_MS);
	t += 10 << 20;
	assert_in_range(ctsync_budget_left(&b, t), 9 * CTSYNC_BUDGET_PER_MS,
			11 * CTSYNC_BUDGET_PER_MS);
	/* within a millisecond nothing comes back, and nothing is lost */
	for (int i = 0; i < 2000; i++)
		ctsync_budget_left(&b, t += 1000);
	assert_in_range(ctsync_budget_left(&b, t), 10 * CTSYNC_BUDGET_PER_MS,
			12 * CTSYNC_BUDGET_PER_MS + CTSYNC_BUDGET_PER_MS);
	t += 1000ull << 40;
	assert_int_equal(ctsync_budget_left(&b, t), CTSYNC_BUDGET_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsm__outside),
		cmocka_unit_test(fsm__what_was_not_asked_is_not_answered),
		cmocka_unit_test(frame__in_order_opens_nothing),
		cmocka_unit_test(frame__reordered_is_not_asked_for),
		cmocka_unit_test(due__after_the_wait),
		cmocka_unit_test(frame__late_one_cuts),
		cmocka_unit_test(tail__what_the_sender_says),
		cmocka_unit_test(answered__closes),
		cmocka_unit_test(answered__a_part),
		cmocka_unit_test(answered__gone_is_drift),
		cmocka_unit_test(due__asks_again_ever_slower_then_gives_up),
		cmocka_unit_test(due__waits_two_round_trips),
		cmocka_unit_test(frame__far_jump_is_drift),
		cmocka_unit_test(random__nothing_is_forgotten),
		cmocka_unit_test(budget__bounds_what_one_peer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
