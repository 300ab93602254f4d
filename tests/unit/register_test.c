// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/register.c: of any two writes one wins, whoever asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "register.h"

static struct ctsync_write nth(u32 n)
{
	return (struct ctsync_write){
		.clock = n % 3, .node = n % 3 ? 1 + n / 3 % 3 : 0,
		.value = n / 9 % 3, .more = n / 27 % 3,
	};
}

static bool same(const struct ctsync_write *a, const struct ctsync_write *b)
{
	return a->clock == b->clock && a->node == b->node &&
	       a->value == b->value && a->more == b->more;
}

#define WRITES 81

static void write_wins__one_of_two(void **state)
{
	(void)state;
	for (u32 i = 0; i < WRITES; i++) {
		for (u32 j = 0; j < WRITES; j++) {
			struct ctsync_write a = nth(i), b = nth(j);
			bool ab = ctsync_write_wins(&a, &b);
			bool ba = ctsync_write_wins(&b, &a);

			assert_false(ab && ba);
			/* what was never written is not told, whatever it is */
			if (!same(&a, &b) && (a.clock || b.clock))
				assert_true(ab || ba);
			else
				assert_false(ab || ba);
		}
	}
}

static void write_wins__no_circles(void **state)
{
	(void)state;
	for (u32 i = 0; i < WRITES; i++) {
		for (u32 j = 0; j < WRITES; j++) {
			for (u32 k = 0; k < WRITES; k++) {
				struct ctsync_write a = nth(i), b = nth(j), c = nth(k);

				if (ctsync_write_wins(&a, &b) &&
				    ctsync_write_wins(&b, &c))
					assert_true(ctsync_write_wins(&a, &c));
			}
		}
	}
}

static void write_wins__clock_before_node_before_value(void **state)
{
	const struct ctsync_write present = { 5, 2, 7, 7 };
	const struct ctsync_write wins[] = {
		{ 6, 1, 0, 0 }, { 5, 3, 0, 0 }, { 5, 2, 8, 0 }, { 5, 2, 7, 8 },
	};
	const struct ctsync_write loses[] = {
		{ 4, 9, 9, 9 }, { 5, 1, 9, 9 }, { 5, 2, 6, 9 }, { 5, 2, 7, 6 },
		{ 5, 2, 7, 7 }, { 0, 0, 9, 9 },
	};

	(void)state;
	for (u32 i = 0; i < sizeof(wins) / sizeof(wins[0]); i++)
		assert_true(ctsync_write_wins(&wins[i], &present));
	for (u32 i = 0; i < sizeof(loses) / sizeof(loses[0]); i++)
		assert_false(ctsync_write_wins(&loses[i], &present));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_wins__one_of_two),
		cmocka_unit_test(write_wins__no_circles),
		cmocka_unit_test(write_wins__clock_before_node_before_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
