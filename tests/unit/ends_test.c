// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/ends.c: ended expectations are told, and told again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ends.h"

static struct ctsync_ends ends;

static bool add(u64 id)
{
	struct ctsync_expect *end = ctsync_ends_add(&ends);

	if (end)
		end->ref.id = id;
	return end;
}

/* The next that is told, which must be @id; its position. */
static u32 take(u64 id)
{
	struct ctsync_expect end;
	u32 pos;

	assert_true(ctsync_ends_take(&ends, &end, &pos));
	assert_int_equal(end.ref.id, id);
	return pos;
}

static void none(void)
{
	struct ctsync_expect end;
	u32 pos;

	assert_false(ctsync_ends_take(&ends, &end, &pos));
}

static int empty(void **state)
{
	(void)state;
	/* positions wrap in each test */
	memset(&ends, 0, sizeof(ends));
	ends.head = -3;
	ends.next = -3;
	return 0;
}

static void told_in_order(void **state)
{
	(void)state;
	none();
	for (u64 id = 1; id <= 5; id++)
		assert_true(add(id));
	for (u64 id = 1; id <= 5; id++)
		take(id);
	none();
}

static void bounded(void **state)
{
	(void)state;
	for (u64 id = 0; id < CTSYNC_ENDS; id++)
		assert_true(add(id));
	assert_false(add(999));
	take(0);
	assert_true(add(CTSYNC_ENDS));
	for (u64 id = 1; id <= CTSYNC_ENDS; id++)
		take(id);
	none();
}

static void told_again(void **state)
{
	u32 one, two;

	(void)state;
	add(1);
	add(2);
	one = take(1);
	two = take(2);
	assert_true(ctsync_ends_again(&ends, one));
	add(3);
	assert_true(ctsync_ends_again(&ends, two));
	/* what is told again may be lost again */
	one = take(1);
	take(3);
	take(2);
	none();
	assert_true(ctsync_ends_again(&ends, one));
	take(1);
	none();
}

static void overwritten(void **state)
{
	u32 pos;

	(void)state;
	add(1);
	pos = take(1);
	for (u64 id = 2; id <= CTSYNC_ENDS; id++) {
		add(id);
		take(id);
	}
	/* the oldest: its own place is where it goes */
	assert_true(ctsync_ends_again(&ends, pos));
	take(1);
	assert_false(ctsync_ends_again(&ends, pos));
	none();
}

static void not_told_yet(void **state)
{
	u32 pos = ends.next;

	(void)state;
	add(1);
	assert_false(ctsync_ends_again(&ends, pos));
	assert_false(ctsync_ends_again(&ends, pos + 1));
	assert_false(ctsync_ends_again(&ends, pos + 77));
	take(1);
	none();
}

static void too_many_wait(void **state)
{
	u32 pos;

	(void)state;
	add(1);
	pos = take(1);
	for (u64 id = 2; id <= CTSYNC_ENDS; id++)
		add(id);
	assert_true(ctsync_ends_again(&ends, pos));
	assert_false(ctsync_ends_again(&ends, pos));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(told_in_order, empty),
		cmocka_unit_test_setup(bounded, empty),
		cmocka_unit_test_setup(told_again, empty),
		cmocka_unit_test_setup(overwritten, empty),
		cmocka_unit_test_setup(not_told_yet, empty),
		cmocka_unit_test_setup(too_many_wait, empty),
	};

	return cmocka_run_group_tests_name("ends", tests, NULL, NULL);
}
