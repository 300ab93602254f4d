// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/member_fsm.c: every cell of the table, and the bypass. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "member_fsm.h"

#define DOWN		CTSYNC_MEMBER_DOWN
#define CONNECTING	CTSYNC_MEMBER_CONNECTING
#define SYNCING		CTSYNC_MEMBER_SYNCING
#define UP		CTSYNC_MEMBER_UP

#define FLOORS		CTSYNC_MEMBER_DO_FLOORS
#define BULK		CTSYNC_MEMBER_DO_BULK
#define RELEASE		CTSYNC_MEMBER_DO_RELEASE
#define TELL_UP		CTSYNC_MEMBER_DO_TELL_UP
#define TELL_DOWN	CTSYNC_MEMBER_DO_TELL_DOWN

static const struct {
	u8 state, event, next, actions;
} cells[] = {
#define E(name) CTSYNC_MEMBER_EV_##name
	{ DOWN, E(HELLO), CONNECTING, 0 },
	{ DOWN, E(PROOF), SYNCING, FLOORS | TELL_UP },
	{ DOWN, E(HEARING), DOWN, 0 },
	{ DOWN, E(BULK_DONE), DOWN, 0 },
	{ DOWN, E(SILENCE), DOWN, 0 },
	{ DOWN, E(MISMATCH), DOWN, 0 },
	{ DOWN, E(LEAVING), DOWN, 0 },
	{ CONNECTING, E(HELLO), CONNECTING, 0 },
	{ CONNECTING, E(PROOF), SYNCING, FLOORS | TELL_UP },
	{ CONNECTING, E(HEARING), CONNECTING, 0 },
	{ CONNECTING, E(BULK_DONE), CONNECTING, 0 },
	{ CONNECTING, E(SILENCE), DOWN, 0 },
	{ CONNECTING, E(MISMATCH), CONNECTING, 0 },
	{ CONNECTING, E(LEAVING), DOWN, 0 },
	{ SYNCING, E(HELLO), SYNCING, 0 },
	{ SYNCING, E(PROOF), SYNCING, 0 },
	{ SYNCING, E(HEARING), SYNCING, BULK },
	{ SYNCING, E(BULK_DONE), UP, 0 },
	{ SYNCING, E(SILENCE), DOWN, RELEASE | TELL_DOWN },
	{ SYNCING, E(MISMATCH), CONNECTING, RELEASE | TELL_DOWN },
	{ SYNCING, E(LEAVING), DOWN, RELEASE | TELL_DOWN },
	{ UP, E(HELLO), UP, 0 },
	{ UP, E(PROOF), UP, 0 },
	{ UP, E(HEARING), SYNCING, BULK },
	{ UP, E(BULK_DONE), UP, 0 },
	{ UP, E(SILENCE), DOWN, RELEASE | TELL_DOWN },
	{ UP, E(MISMATCH), CONNECTING, RELEASE | TELL_DOWN },
	{ UP, E(LEAVING), DOWN, RELEASE | TELL_DOWN },
#undef E
};

static void fsm__every_cell(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(cells),
			 CTSYNC_MEMBER_STATE_MAX * CTSYNC_MEMBER_EVENT_MAX);
	for (u32 i = 0; i < ARRAY_SIZE(cells); i++) {
		struct ctsync_member_step step;

		/* in the order of the enums, so none is left out */
		assert_int_equal(cells[i].state * CTSYNC_MEMBER_EVENT_MAX +
				 cells[i].event, i);
		step = ctsync_member_fsm(cells[i].state, cells[i].event);
		assert_int_equal(step.next, cells[i].next);
		assert_int_equal(step.actions, cells[i].actions);
	}
}

static void fsm__out_of_range(void **state)
{
	struct ctsync_member_step step;

	(void)state;
	step = ctsync_member_fsm(CTSYNC_MEMBER_STATE_MAX,
				 CTSYNC_MEMBER_EV_PROOF);
	assert_int_equal(step.next, DOWN);
	assert_int_equal(step.actions, 0);
	step = ctsync_member_fsm(DOWN, CTSYNC_MEMBER_EVENT_MAX);
	assert_int_equal(step.next, DOWN);
	assert_int_equal(step.actions, 0);
}

static void new_epoch__every_state(void **state)
{
	const u8 all = FLOORS | RELEASE | TELL_UP;
	const u8 want[CTSYNC_MEMBER_STATE_MAX] = {
		[DOWN] = all, [CONNECTING] = all,
		[SYNCING] = all | TELL_DOWN, [UP] = all | TELL_DOWN,
	};

	(void)state;
	for (int s = 0; s < CTSYNC_MEMBER_STATE_MAX; s++) {
		struct ctsync_member_step step = ctsync_member_new_epoch(s);

		assert_int_equal(step.next, SYNCING);
		assert_int_equal(step.actions, want[s]);
	}
}

static void state_name__all(void **state)
{
	(void)state;
#define X(name) do {							\
		const char *n = ctsync_member_state_name(		\
			CTSYNC_MEMBER_##name);				\
		const char *u = #name;					\
									\
		assert_int_equal(strlen(n), strlen(u));			\
		for (; *u; u++, n++)					\
			assert_int_equal(*n, tolower(*u));		\
	} while (0);
	CTSYNC_MEMBER_STATES(X)
#undef X
	assert_string_equal(ctsync_member_state_name(CTSYNC_MEMBER_STATE_MAX),
			    "?");
}

static void reason_name__all(void **state)
{
	(void)state;
#define X(name, text) assert_string_equal( \
		ctsync_member_reason_name(CTSYNC_REASON_##name), text);
	CTSYNC_MEMBER_REASONS(X)
#undef X
	assert_string_equal(ctsync_member_reason_name(CTSYNC_REASON_MAX), "?");
}

/* A hold after all that came before, in vain. */
static bool missed(struct ctsync_bypass *b)
{
	static u64 clock = 1;

	clock += 20;
	return ctsync_bypass_missed(b, clock - 20, clock);
}

static struct ctsync_bypass bypassed(void)
{
	struct ctsync_bypass b = { 0 };

	for (int i = 0; i < CTSYNC_BYPASS_AFTER; i++)
		missed(&b);
	assert_true(b.bypassed);
	return b;
}

static void bypass_missed__leaves_after_8_in_a_row(void **state)
{
	struct ctsync_bypass b = { 0 };

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_false(missed(&b));
	assert_false(b.bypassed);
	assert_true(missed(&b));
	assert_true(b.bypassed);
	for (int i = 0; i < 1000; i++)
		assert_false(missed(&b));
	assert_true(b.bypassed);
}

static void bypass_missed__at_the_same_time_counts_once(void **state)
{
	struct ctsync_bypass b = { 0 };

	(void)state;
	/* holds begin each millisecond and last 20: each 20th is the first that
	 * began after one that counted
	 */
	for (u64 now = 21; now < 21 + 7 * 20; now++)
		assert_false(ctsync_bypass_missed(&b, now - 20, now));
	assert_int_equal(b.missed, 7);
	assert_true(ctsync_bypass_missed(&b, 21 + 6 * 20 + 20, 21 + 7 * 20 + 20));

	/* a thousand of them that end late, at once */
	b = (struct ctsync_bypass){ 0 };
	for (u64 i = 0; i < 1000; i++)
		assert_false(ctsync_bypass_missed(&b, 1000 + i, 3000));
	assert_int_equal(b.missed, 1);
}

static void bypass_missed__one_good_starts_anew(void **state)
{
	struct ctsync_bypass b = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(i % 8 == 7 ? ctsync_bypass_acked(&b, true)
					: missed(&b));
	assert_false(b.bypassed);
}

static void bypass_acked__comes_back_after_8_good(void **state)
{
	struct ctsync_bypass b = bypassed();

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_false(ctsync_bypass_acked(&b, true));
	assert_true(b.bypassed);
	assert_true(ctsync_bypass_acked(&b, true));
	assert_false(b.bypassed);
	/* and leaves again only after 8 more */
	for (int i = 0; i < 7; i++)
		assert_false(missed(&b));
	assert_true(missed(&b));
}

static void bypass_acked__late_or_missed_starts_anew(void **state)
{
	struct ctsync_bypass b = bypassed();

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(ctsync_bypass_acked(&b, i % 8 != 7));
	assert_true(b.bypassed);
	b = bypassed();
	for (int i = 0; i < 100; i++)
		assert_false(i % 8 == 7 ? missed(&b)
					: ctsync_bypass_acked(&b, true));
	assert_true(b.bypassed);
}

static void bypass_acked__late_does_not_excuse(void **state)
{
	struct ctsync_bypass b = { 0 };

	(void)state;
	for (int i = 0; i < 7; i++) {
		assert_false(missed(&b));
		assert_false(ctsync_bypass_acked(&b, false));
	}
	assert_true(missed(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsm__every_cell),
		cmocka_unit_test(fsm__out_of_range),
		cmocka_unit_test(new_epoch__every_state),
		cmocka_unit_test(state_name__all),
		cmocka_unit_test(reason_name__all),
		cmocka_unit_test(bypass_missed__leaves_after_8_in_a_row),
		cmocka_unit_test(bypass_missed__at_the_same_time_counts_once),
		cmocka_unit_test(bypass_missed__one_good_starts_anew),
		cmocka_unit_test(bypass_acked__comes_back_after_8_good),
		cmocka_unit_test(bypass_acked__late_or_missed_starts_anew),
		cmocka_unit_test(bypass_acked__late_does_not_excuse),
	};

	return cmocka_run_group_tests_name("member_fsm", tests, NULL, NULL);
}
