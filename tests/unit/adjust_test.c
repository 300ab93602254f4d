// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/adjust.c: the join of shifted sequence numbers. */
#include "../../kernel/adjust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Values of one direction as one stream has them: each change includes the ones
 * before it. The last is of a stream near the wrap of its numbers.
 */
static const struct ctsync_adjust values[] = {
	{ false, { { 0, 0, 0 }, { 0, 0, 0 } } },
	{ true, { { 0, 0, 0 }, { 0, 0, 0 } } },
	{ true, { { 0xffffff00, 0, 2 }, { 0, 0, 0 } } },
	{ true, { { 0xfffffff0, 2, 1 }, { 0x10, 0, -3 } } },
	{ true, { { 0x20, 1, 9 }, { 0x10, 0, -3 } } },
	{ true, { { 0xfffffff0, 2, 1 }, { 0x30, -3, -3 } } },
};

#define for_each(v) for (u32 v = 0; v < ARRAY_SIZE(values); v++)

static struct ctsync_adjust join(struct ctsync_adjust a, struct ctsync_adjust b)
{
	ctsync_adjust_join(&a, &b);
	return a;
}

/* No change is the same as no knowledge. */
static void assert_same(struct ctsync_adjust a, struct ctsync_adjust b)
{
	assert_memory_equal(a.dir, b.dir, sizeof(a.dir));
}

static void join__commutative(void **unused)
{
	(void)unused;
	for_each(a) for_each(b)
		assert_same(join(values[a], values[b]), join(values[b], values[a]));
}

static void join__associative(void **unused)
{
	(void)unused;
	for_each(a) for_each(b) for_each(c)
		assert_same(join(join(values[a], values[b]), values[c]),
			    join(values[a], join(values[b], values[c])));
}

static void join__idempotent(void **unused)
{
	(void)unused;
	for_each(a) for_each(b) {
		struct ctsync_adjust j = join(values[a], values[b]);

		assert_false(ctsync_adjust_join(&j, &values[b]));
		assert_false(ctsync_adjust_join(&j, &values[a]));
	}
}

static void join__each_direction_by_itself(void **unused)
{
	struct ctsync_adjust j = join(values[4], values[5]);

	(void)unused;
	assert_int_equal(j.dir[0].after, 9);
	assert_int_equal(j.dir[1].pos, 0x30);
}

static void join__tells_what_is_new(void **unused)
{
	struct ctsync_adjust a = values[2];

	(void)unused;
	assert_true(ctsync_adjust_join(&a, &values[3]));
	assert_false(ctsync_adjust_join(&a, &values[2]));
	assert_false(ctsync_adjust_join(&a, &values[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(join__commutative),
		cmocka_unit_test(join__associative),
		cmocka_unit_test(join__idempotent),
		cmocka_unit_test(join__each_direction_by_itself),
		cmocka_unit_test(join__tells_what_is_new),
	};

	return cmocka_run_group_tests_name("adjust", tests, NULL, NULL);
}
