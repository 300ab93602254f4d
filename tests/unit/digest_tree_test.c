// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/digest_tree.c: equal tables look equal, others do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "digest_tree.h"

static struct ctsync_digest a, b;
static struct ctsync_digest_diff diff;

static u64 mix(u64 n)
{
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ull;
	n = (n ^ n >> 27) * 0x94d049bb133111ebull;
	return n ^ n >> 31;
}

static void add(struct ctsync_digest *d, u64 n)
{
	ctsync_digest_add(d, mix(n), mix(n + 1000000));
}

static void begin(u64 n)
{
	ctsync_digest_init(&a);
	ctsync_digest_init(&b);
	memset(&diff, 0, sizeof(diff));
	for (u64 i = 1; i <= n; i++) {
		add(&a, i);
		add(&b, n + 1 - i);
	}
}

static u64 groups(void)
{
	u64 theirs[CTSYNC_DIGEST_GROUPS];

	for (u32 g = 0; g < CTSYNC_DIGEST_GROUPS; g++)
		theirs[g] = ctsync_digest_group(&b, g);
	return ctsync_digest_groups(&a, theirs);
}

static u64 compare(u32 group)
{
	return ctsync_digest_compare(&a, &diff, group, &b.bucket[group * 64]);
}

static void groups__order_does_not_matter(void **state)
{
	(void)state;
	begin(10000);
	assert_true(groups() == 0);
	assert_int_equal(a.entries, 10000);
}

static void groups__one_entry_is_seen(void **state)
{
	(void)state;
	for (u64 n = 0; n < 1000; n++) {
		u32 bucket = ctsync_digest_bucket(mix(n + 50000));

		begin(300);
		add(&a, n + 50000);
		assert_true(groups() == 1ull << bucket / 64);
	}
}

static void groups__what_it_says_is_seen(void **state)
{
	(void)state;
	begin(100);
	ctsync_digest_add(&a, mix(7), 1);
	ctsync_digest_add(&b, mix(7), 2);
	assert_true(groups() != 0);
}

static void groups__the_same_in_another_bucket_is_seen(void **state)
{
	(void)state;
	begin(0);
	ctsync_digest_add(&a, 64 * 5 + 1, 0x1234);
	ctsync_digest_add(&b, 64 * 5 + 2, 0x1234);
	assert_true(groups() == 1ull << 5);
}

static void compare__told_when_it_differs_twice(void **state)
{
	u32 bucket = ctsync_digest_bucket(mix(99999)), g = bucket / 64;

	(void)state;
	begin(500);
	add(&a, 99999);
	assert_false(ctsync_digest_begin(&diff, 1));
	assert_true(compare(g) == 0);
	assert_true(compare(g) == 0);	/* the same round */
	assert_true(ctsync_digest_begin(&diff, 2));
	assert_true(compare(g) == 1ull << bucket % 64);
	/* healed */
	add(&b, 99999);
	ctsync_digest_begin(&diff, 3);
	assert_true(compare(g) == 0);
	assert_false(ctsync_digest_begin(&diff, 4));
}

static void compare__not_when_it_is_another_each_time(void **state)
{
	u32 g = ctsync_digest_bucket(mix(99999)) / 64, told = 0;

	(void)state;
	begin(500);
	for (u32 i = 0; i < 64; i++) {
		ctsync_digest_begin(&diff, i + 1);
		ctsync_digest_add(&a, g * 64 + i, 77);
		told += compare(g) != 0;
		ctsync_digest_add(&a, g * 64 + i, 77);	/* out again */
	}
	assert_int_equal(told, 0);
	assert_true(ctsync_digest_compare(&a, &diff, 64, a.bucket) == 0);
}

static void compare__a_round_that_was_skipped_in_a_group(void **state)
{
	u32 g = ctsync_digest_bucket(mix(99999)) / 64;

	(void)state;
	begin(500);
	add(&a, 99999);
	ctsync_digest_begin(&diff, 1);
	compare(g);
	ctsync_digest_begin(&diff, 2);	/* the group was equal: no message */
	ctsync_digest_begin(&diff, 3);
	assert_true(compare(g) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups__order_does_not_matter),
		cmocka_unit_test(groups__one_entry_is_seen),
		cmocka_unit_test(groups__what_it_says_is_seen),
		cmocka_unit_test(groups__the_same_in_another_bucket_is_seen),
		cmocka_unit_test(compare__told_when_it_differs_twice),
		cmocka_unit_test(compare__not_when_it_is_another_each_time),
		cmocka_unit_test(compare__a_round_that_was_skipped_in_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
