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

#define USES 192

static struct ctsync_use use(int n)
{
	return (struct ctsync_use){
		.origin = n % 3,
		.id = n / 3 % 2 ? UINT64_MAX : 5,
		.idle = (uint32_t[]){ 0, 1999, 2001, 4002 }[n / 6 % 4],
		.syn = n / 24 == 4,
		.ended = n / 24 & 3,
		.tcp = n / 24 & 4,
	};
}

#define KINS 18

static struct ctsync_kin kin(int n)
{
	return (struct ctsync_kin){
		.foreign = n % 2,
		.ahead = (uint8_t[]){ 0, 1, 2, 3, 1, 0, 0, 0, 2 }[n / 2],
		.behind = (uint8_t[]){ 0, 0, 0, 0, 2, 1, 2, 3, 1 }[n / 2],
	};
}

static struct ctsync_kin turned(struct ctsync_kin kin)
{
	return (struct ctsync_kin){ kin.foreign, kin.behind, kin.ahead };
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
			for (int k = 0; k < 2 * KINS; k++)
				assert_int_equal(
					ctsync_clash_later(&a, &b, kin(k % KINS), k / KINS),
					mirrored[ctsync_clash_later(&b, &a, turned(kin(k % KINS)),
								    k / KINS)]);
		}
	}
}

static const struct ctsync_kin same, other = { .foreign = true };

static void later__by_the_name_of_who_gave_both(void **state)
{
	struct ctsync_use a = { .origin = 1, .id = 1 }, b = { .origin = 1, .id = 2 };

	(void)state;
	assert_int_equal(ctsync_clash_later(&a, &b, other, false), CTSYNC_LATER_SECOND);
	assert_int_equal(ctsync_clash_later(&a, &b, other, true), CTSYNC_LATER_NEITHER);
	/* serially, and whatever their states */
	a = (struct ctsync_use){ .origin = 1, .id = UINT64_MAX, .tcp = true };
	b.tcp = true;
	b.ended = 3;
	assert_int_equal(ctsync_clash_later(&a, &b, other, false), CTSYNC_LATER_SECOND);
}

static void later__by_last_use(void **state)
{
	struct ctsync_use a = { .origin = 1, .id = 1, .tcp = true };
	struct ctsync_use b = { .origin = 2, .id = 1, .tcp = true, .ended = 1, .idle = 9000 };

	(void)state;
	/* also if it is the one that closes */
	a.idle = 11001;
	assert_int_equal(ctsync_clash_later(&a, &b, other, true), CTSYNC_LATER_SECOND);
	a.idle = 11000;
	assert_int_equal(ctsync_clash_later(&a, &b, other, true), CTSYNC_LATER_FIRST);
	/* neither closes, as idle: by name, where one is a copy */
	b.ended = 0;
	assert_int_equal(ctsync_clash_later(&a, &b, other, true), CTSYNC_LATER_FIRST);
	b.origin = 1;
	b.id = 2;
	assert_int_equal(ctsync_clash_later(&a, &b, other, true), CTSYNC_LATER_SECOND);
	b.origin = 2;
	assert_int_equal(ctsync_clash_later(&a, &b, other, false), CTSYNC_LATER_NEITHER);
	a.idle = 11001;
	assert_int_equal(ctsync_clash_later(&a, &b, same, true), CTSYNC_LATER_NEITHER);
	a.idle = 9000;
	a.origin = 0;
	assert_int_equal(ctsync_clash_later(&a, &b, other, true), CTSYNC_LATER_NEITHER);
}

static void later__by_what_cannot_follow_an_end(void **state)
{
	struct ctsync_use over = { .origin = 1, .id = 1, .tcp = true, .ended = 1 };
	struct ctsync_use open = { .origin = 2, .id = 1, .tcp = true };
	struct ctsync_kin original = { .ahead = 1 }, reply = { .ahead = 2 };
	struct ctsync_kin before = { .behind = 1 }, reused = { .foreign = true, .behind = 1 };

	(void)state;
	/* what a packet caused came after the end */
	assert_int_equal(ctsync_clash_later(&over, &open, before, false), CTSYNC_LATER_SECOND);
	/* a copy may be of what led to it */
	assert_int_equal(ctsync_clash_later(&over, &open, same, true), CTSYNC_LATER_NEITHER);
	assert_int_equal(ctsync_clash_later(&over, &open, before, true), CTSYNC_LATER_NEITHER);
	assert_int_equal(ctsync_clash_later(&over, &open, reply, true), CTSYNC_LATER_NEITHER);
	assert_int_equal(ctsync_clash_later(&over, &open, original, true), CTSYNC_LATER_SECOND);
	open.syn = true;
	assert_int_equal(ctsync_clash_later(&over, &open, reply, true), CTSYNC_LATER_SECOND);
	assert_int_equal(ctsync_clash_later(&over, &open, before, true), CTSYNC_LATER_NEITHER);
	/* that which is over took the ports of the other one */
	assert_int_equal(ctsync_clash_later(&over, &open, other, true), CTSYNC_LATER_SECOND);
	assert_int_equal(ctsync_clash_later(&over, &open, reused, true), CTSYNC_LATER_FIRST);
	assert_int_equal(ctsync_clash_later(&over, &open, reused, false), CTSYNC_LATER_FIRST);
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
		cmocka_unit_test(later__by_the_name_of_who_gave_both),
		cmocka_unit_test(later__by_last_use),
		cmocka_unit_test(later__by_what_cannot_follow_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
