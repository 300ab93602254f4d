// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/clash.c: both nodes come to the same answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clash.h"

/* Every flow that can be: names of three origins, each with two ids, and all that
 * can be known of it.
 */
#define CLAIMS 24

static struct ctsync_claim claim(int n)
{
	return (struct ctsync_claim){
		.origin = 1 + n % 3,
		.id = n / 3 % 2 ? UINT64_MAX : 5,
		.held = n / 6 & 1,
		.replied = n / 6 & 2,
	};
}

static bool one_name(const struct ctsync_claim *a, const struct ctsync_claim *b)
{
	return a->origin == b->origin && a->id == b->id;
}

static void lower__origin_then_id(void **state)
{
	(void)state;
	assert_true(ctsync_clash_lower(1, 9, 2, 3));
	assert_false(ctsync_clash_lower(2, 3, 1, 9));
	assert_true(ctsync_clash_lower(2, 3, 2, 4));
	assert_false(ctsync_clash_lower(2, 4, 2, 3));
	assert_false(ctsync_clash_lower(2, 4, 2, 4));
	/* plain numbers, not serial ones */
	assert_true(ctsync_clash_lower(2, 1, 2, UINT64_MAX));
}

static void judge__same_from_both_sides(void **state)
{
	(void)state;
	for (int i = 0; i < CLAIMS; i++) {
		for (int j = 0; j < CLAIMS; j++) {
			struct ctsync_claim a = claim(i), b = claim(j);
			enum ctsync_clash ab = ctsync_clash_judge(&a, &b);
			enum ctsync_clash ba = ctsync_clash_judge(&b, &a);

			if (one_name(&a, &b))
				continue;
			if (ab == CTSYNC_CLASH_BOTH)
				assert_int_equal(ba, CTSYNC_CLASH_BOTH);
			else
				assert_int_equal(ab + ba, CTSYNC_CLASH_FIRST +
							  CTSYNC_CLASH_SECOND);
			ab = ctsync_clash_crossed(&a, &b);
			ba = ctsync_clash_crossed(&b, &a);
			assert_int_equal(ab + ba, CTSYNC_CLASH_FIRST +
						  CTSYNC_CLASH_SECOND);
		}
	}
}

/* Of three on three nodes the same one stays in whatever order they meet. */
static void judge__transitive(void **state)
{
	(void)state;
	for (int i = 0; i < CLAIMS; i++) {
		for (int j = 0; j < CLAIMS; j++) {
			for (int k = 0; k < CLAIMS; k++) {
				struct ctsync_claim a = claim(i), b = claim(j), c = claim(k);

				if (ctsync_clash_judge(&a, &b) == CTSYNC_CLASH_FIRST &&
				    ctsync_clash_judge(&b, &c) == CTSYNC_CLASH_FIRST)
					assert_int_equal(ctsync_clash_judge(&a, &c),
							 CTSYNC_CLASH_FIRST);
			}
		}
	}
}

static void judge__order_of_reasons(void **state)
{
	struct ctsync_claim low = { .origin = 1, .id = 1 }, high = { .origin = 2, .id = 1 };

	(void)state;
	assert_int_equal(ctsync_clash_judge(&low, &high), CTSYNC_CLASH_FIRST);
	low.held = true;
	assert_int_equal(ctsync_clash_judge(&low, &high), CTSYNC_CLASH_SECOND);
	high.held = true;
	assert_int_equal(ctsync_clash_judge(&low, &high), CTSYNC_CLASH_FIRST);
	/* a reply that is held: both ends know the flow */
	high.replied = true;
	assert_int_equal(ctsync_clash_judge(&low, &high), CTSYNC_CLASH_SECOND);
	low.replied = true;
	assert_int_equal(ctsync_clash_judge(&low, &high), CTSYNC_CLASH_BOTH);
	assert_int_equal(ctsync_clash_crossed(&low, &high), CTSYNC_CLASH_FIRST);
	assert_int_equal(ctsync_clash_crossed(&high, &low), CTSYNC_CLASH_SECOND);
}

static void judge__who_has_no_name(void **state)
{
	struct ctsync_claim named = { .origin = 9, .id = 1 }, bare = { .origin = 0 };

	(void)state;
	assert_int_equal(ctsync_clash_judge(&named, &bare), CTSYNC_CLASH_FIRST);
	assert_int_equal(ctsync_clash_judge(&bare, &named), CTSYNC_CLASH_SECOND);
	bare.replied = true;
	assert_int_equal(ctsync_clash_judge(&bare, &named), CTSYNC_CLASH_FIRST);
	named.replied = true;
	assert_int_equal(ctsync_clash_judge(&bare, &named), CTSYNC_CLASH_BOTH);
}

#define USES 96

static struct ctsync_use use(int n)
{
	return (struct ctsync_use){
		.origin = n % 3,
		.id = n / 3 % 2 ? UINT64_MAX : 5,
		.idle = (uint32_t[]){ 0, 1999, 2001, 4002 }[n / 6 % 4],
		.closing = n / 24 & 1,
		.tcp = n / 24 & 2,
	};
}

static void later__same_from_both_sides(void **state)
{
	static const enum ctsync_later mirrored[] = {
		[CTSYNC_LATER_NEITHER] = CTSYNC_LATER_NEITHER,
		[CTSYNC_LATER_FIRST] = CTSYNC_LATER_SECOND,
		[CTSYNC_LATER_SECOND] = CTSYNC_LATER_FIRST,
	};

	(void)state;
	for (int i = 0; i < USES; i++) {
		for (int j = 0; j < USES; j++) {
			struct ctsync_use a = use(i), b = use(j);

			/* one flow is never asked about */
			if (a.origin == b.origin && a.id == b.id)
				continue;
			for (int how = 0; how < 4; how++)
				assert_int_equal(ctsync_clash_later(&a, &b, how & 1, how & 2),
						 mirrored[ctsync_clash_later(&b, &a, how & 1, how & 2)]);
		}
	}
}

static void later__order_of_reasons(void **state)
{
	struct ctsync_use a = { .origin = 1, .id = 1, .tcp = true };
	struct ctsync_use b = { .origin = 1, .id = 2, .tcp = true, .closing = true, .idle = 9000 };

	(void)state;
	/* who gave both names, and says so itself; also beyond TCP, and serially */
	assert_int_equal(ctsync_clash_later(&a, &b, true, false), CTSYNC_LATER_SECOND);
	a.tcp = false;
	assert_int_equal(ctsync_clash_later(&a, &b, true, false), CTSYNC_LATER_SECOND);
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_NEITHER);
	a.id = UINT64_MAX;
	assert_int_equal(ctsync_clash_later(&a, &b, true, false), CTSYNC_LATER_SECOND);
	a.tcp = true;
	/* of two connections the one that was used last, also if it is the one that closes */
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_FIRST);
	a.idle = 12000;
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_SECOND);
	/* what may be one connection: a packet's word is of what came after the end, a
	 * copy may be of what came before
	 */
	b.origin = 2;
	assert_int_equal(ctsync_clash_later(&a, &b, false, false), CTSYNC_LATER_FIRST);
	assert_int_equal(ctsync_clash_later(&a, &b, false, true), CTSYNC_LATER_NEITHER);
	b.origin = 1;
	/* as idle: not the one that closes */
	a.idle = 11000;
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_FIRST);
	/* neither closes, as idle: by name, where one is a copy */
	b.closing = false;
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_SECOND);
	b.origin = 2;
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_FIRST);
	assert_int_equal(ctsync_clash_later(&a, &b, true, false), CTSYNC_LATER_NEITHER);
	assert_int_equal(ctsync_clash_later(&a, &b, false, true), CTSYNC_LATER_NEITHER);
	a.origin = 0;
	assert_int_equal(ctsync_clash_later(&a, &b, true, true), CTSYNC_LATER_NEITHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower__origin_then_id),
		cmocka_unit_test(judge__same_from_both_sides),
		cmocka_unit_test(judge__transitive),
		cmocka_unit_test(judge__order_of_reasons),
		cmocka_unit_test(judge__who_has_no_name),
		cmocka_unit_test(later__same_from_both_sides),
		cmocka_unit_test(later__order_of_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
