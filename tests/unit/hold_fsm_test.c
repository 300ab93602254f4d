// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/hold_fsm.c: every cell of the table, every mode. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hold_fsm.h"

/* One row per state; the columns are the events in the order of the enum:
 * START, ACKED, DEADLINE, BOUND, PEERS_GONE, REFUSED, SHUTDOWN, DEVICE, EMPTY.
 * The letters: n NONE, p PENDING, d DRAINING.
 */
static const char *const want[CTSYNC_HOLD_STATE_MAX] = {
	[CTSYNC_HOLD_NONE]	= "pnnnnnnnn",
	[CTSYNC_HOLD_PENDING]	= "pdddddddp",
	[CTSYNC_HOLD_DRAINING]	= "ddddddddn",
};

static void fsm__every_cell(void **state)
{
	(void)state;
	for (int s = 0; s < CTSYNC_HOLD_STATE_MAX; s++) {
		assert_int_equal(strlen(want[s]), CTSYNC_HOLD_EVENT_MAX);
		for (int e = 0; e < CTSYNC_HOLD_EVENT_MAX; e++)
			assert_int_equal("npd"[ctsync_hold_fsm(s, e)],
					 want[s][e]);
	}
}

static void fsm__out_of_range(void **state)
{
	(void)state;
	assert_int_equal(ctsync_hold_fsm(CTSYNC_HOLD_STATE_MAX,
					 CTSYNC_HOLD_EV_START),
			 CTSYNC_HOLD_DRAINING);
	for (int s = 0; s < CTSYNC_HOLD_STATE_MAX; s++)
		assert_int_equal(ctsync_hold_fsm(s, CTSYNC_HOLD_EVENT_MAX), s);
}

static void assert_lower(const char *name, const char *upper)
{
	assert_int_equal(strlen(name), strlen(upper));
	for (; *upper; upper++, name++)
		assert_int_equal(*name, tolower(*upper));
}

static void state_name__all(void **state)
{
	(void)state;
#define X(name) assert_lower(ctsync_hold_state_name(CTSYNC_HOLD_##name), #name);
	CTSYNC_HOLD_STATES(X)
#undef X
	assert_string_equal(ctsync_hold_state_name(CTSYNC_HOLD_STATE_MAX), "?");
}

static void event_name__all(void **state)
{
	(void)state;
#define X(name) assert_lower(ctsync_hold_event_name(CTSYNC_HOLD_EV_##name), \
			     #name);
	CTSYNC_HOLD_EVENTS(X)
#undef X
	assert_string_equal(ctsync_hold_event_name(CTSYNC_HOLD_EVENT_MAX), "?");
}

static void done__every_set_of_three(void **state)
{
	(void)state;
	for (u64 await = 1; await < 8; await++) {
		for (u64 acked = 0; acked < 8; acked++) {
			bool any = false, all = true;

			for (int i = 0; i < 3; i++) {
				if (!(await & 1u << i))
					continue;
				any |= acked >> i & 1;
				all &= acked >> i & 1;
			}
			assert_int_equal(ctsync_hold_done(CTSYNC_HOLD_ALL,
							  await, acked), all);
			assert_int_equal(ctsync_hold_done(CTSYNC_HOLD_ANY,
							  await, acked), any);
			assert_true(ctsync_hold_done(CTSYNC_HOLD_OFF, await,
						     acked));
		}
	}
}

static void done__highest_peer(void **state)
{
	const u64 high = 1ull << 63;

	(void)state;
	assert_false(ctsync_hold_done(CTSYNC_HOLD_ALL, high, ~high));
	assert_false(ctsync_hold_done(CTSYNC_HOLD_ANY, high, ~high));
	assert_true(ctsync_hold_done(CTSYNC_HOLD_ALL, high, high));
	assert_true(ctsync_hold_done(CTSYNC_HOLD_ANY, high, high));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsm__every_cell),
		cmocka_unit_test(fsm__out_of_range),
		cmocka_unit_test(state_name__all),
		cmocka_unit_test(event_name__all),
		cmocka_unit_test(done__every_set_of_three),
		cmocka_unit_test(done__highest_peer),
	};

	return cmocka_run_group_tests_name("hold_fsm", tests, NULL, NULL);
}
