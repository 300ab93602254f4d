// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/tcpstate.c: the join is a semilattice, over all triples. */
#include "../../kernel/tcpstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MAX CTSYNC_TCP_STATE_MAX

#define for_each(s) for (u8 s = 0; s < MAX; s++)

static void join__commutative(void **unused)
{
	(void)unused;
	for_each(a) for_each(b)
		assert_int_equal(ctsync_tcpstate_join(a, b),
				 ctsync_tcpstate_join(b, a));
}

static void join__associative(void **unused)
{
	(void)unused;
	for_each(a) for_each(b) for_each(c)
		assert_int_equal(
			ctsync_tcpstate_join(a, ctsync_tcpstate_join(b, c)),
			ctsync_tcpstate_join(ctsync_tcpstate_join(a, b), c));
}

static void join__idempotent(void **unused)
{
	(void)unused;
	for_each(a)
		assert_int_equal(ctsync_tcpstate_join(a, a), a);
}

static void join__stays_in_range(void **unused)
{
	(void)unused;
	for_each(a) for_each(b)
		assert_true(ctsync_tcpstate_join(a, b) < MAX);
}

static void join__is_the_least_upper_bound(void **unused)
{
	(void)unused;
	for_each(a) for_each(b) {
		u8 j = ctsync_tcpstate_join(a, b);

		assert_true(ctsync_tcpstate_covers(j, a));
		assert_true(ctsync_tcpstate_covers(j, b));
		for_each(c)
			if (ctsync_tcpstate_covers(c, a) &&
			    ctsync_tcpstate_covers(c, b))
				assert_true(ctsync_tcpstate_covers(c, j));
	}
}

static void join__fin_on_each_node_is_last_ack(void **unused)
{
	static const u8 o[] = { CTSYNC_TCP_FIN_O, CTSYNC_TCP_ACKED_O };
	static const u8 r[] = { CTSYNC_TCP_FIN_R, CTSYNC_TCP_ACKED_R };
	size_t i, j;

	(void)unused;
	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++)
			assert_int_equal(ctsync_tcpstate_join(o[i], r[j]),
					 CTSYNC_TCP_LAST_ACK);
}

static void join__fin_twice_is_one_fin(void **unused)
{
	(void)unused;
	assert_int_equal(ctsync_tcpstate_join(CTSYNC_TCP_FIN_O,
					      CTSYNC_TCP_FIN_O),
			 CTSYNC_TCP_FIN_O);
	assert_int_equal(ctsync_tcpstate_join(CTSYNC_TCP_FIN_O,
					      CTSYNC_TCP_ACKED_O),
			 CTSYNC_TCP_ACKED_O);
}

static void ended__what_either_knows(void **unused)
{
	(void)unused;
	assert_int_equal(ctsync_tcpstate_ended(CTSYNC_TCP_ESTABLISHED), 0);
	assert_int_equal(ctsync_tcpstate_ended(CTSYNC_TCP_ACKED_O), 1);
	assert_int_equal(ctsync_tcpstate_ended(CTSYNC_TCP_FIN_R), 2);
	assert_int_equal(ctsync_tcpstate_ended(CTSYNC_TCP_CLOSE), 3);
	assert_int_equal(ctsync_tcpstate_ended(MAX), 0);
	for_each(a) {
		assert_int_equal(ctsync_tcpstate_ended(a) != 0, ctsync_tcpstate_closing(a));
		assert_int_equal(ctsync_tcpstate_ended(a) == 3, ctsync_tcpstate_over(a));
		for_each(b)
			assert_int_equal(ctsync_tcpstate_ended(ctsync_tcpstate_join(a, b)),
					 ctsync_tcpstate_ended(a) | ctsync_tcpstate_ended(b));
	}
}

static void covers__is_an_order(void **unused)
{
	(void)unused;
	for_each(a) {
		assert_true(ctsync_tcpstate_covers(a, a));
		assert_true(ctsync_tcpstate_covers(a, CTSYNC_TCP_NONE));
		assert_true(ctsync_tcpstate_covers(CTSYNC_TCP_CLOSE, a));
		for_each(b) {
			if (a != b && ctsync_tcpstate_covers(a, b))
				assert_false(ctsync_tcpstate_covers(b, a));
			for_each(c)
				if (ctsync_tcpstate_covers(a, b) &&
				    ctsync_tcpstate_covers(b, c))
					assert_true(ctsync_tcpstate_covers(a, c));
		}
	}
}

static void covers__chain_and_branches(void **unused)
{
	static const u8 chain[] = {
		CTSYNC_TCP_NONE, CTSYNC_TCP_SYN_SENT, CTSYNC_TCP_SYN_SENT2,
		CTSYNC_TCP_SYN_RECV, CTSYNC_TCP_ESTABLISHED, CTSYNC_TCP_FIN_R,
		CTSYNC_TCP_ACKED_R, CTSYNC_TCP_LAST_ACK, CTSYNC_TCP_TIME_WAIT,
		CTSYNC_TCP_CLOSE,
	};
	size_t i, j;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(chain); i++)
		for (j = 0; j < ARRAY_SIZE(chain); j++)
			assert_int_equal(ctsync_tcpstate_covers(chain[i],
								chain[j]),
					 i >= j);
	assert_false(ctsync_tcpstate_covers(CTSYNC_TCP_ACKED_O,
					    CTSYNC_TCP_FIN_R));
	assert_false(ctsync_tcpstate_covers(CTSYNC_TCP_FIN_R,
					    CTSYNC_TCP_ACKED_O));
}

static void closing__never_ends(void **unused)
{
	(void)unused;
	assert_false(ctsync_tcpstate_closing(CTSYNC_TCP_ESTABLISHED));
	assert_true(ctsync_tcpstate_closing(CTSYNC_TCP_FIN_O));
	assert_true(ctsync_tcpstate_closing(CTSYNC_TCP_FIN_R));
	assert_true(ctsync_tcpstate_closing(CTSYNC_TCP_CLOSE));
	assert_false(ctsync_tcpstate_closing(MAX));
	for_each(a) for_each(b)
		if (ctsync_tcpstate_closing(a))
			assert_true(ctsync_tcpstate_closing(
				ctsync_tcpstate_join(a, b)));
}

static void over__ends_never(void **unused)
{
	(void)unused;
	assert_false(ctsync_tcpstate_over(CTSYNC_TCP_ACKED_R));
	assert_true(ctsync_tcpstate_over(CTSYNC_TCP_LAST_ACK));
	assert_true(ctsync_tcpstate_over(CTSYNC_TCP_CLOSE));
	assert_false(ctsync_tcpstate_over(MAX));
	for_each(a) for_each(b)
		if (ctsync_tcpstate_over(a))
			assert_true(ctsync_tcpstate_over(
				ctsync_tcpstate_join(a, b)));
}

static void to_ct__and_back(void **unused)
{
	(void)unused;
	for_each(s) {
		u8 ct = ctsync_tcpstate_to_ct(s);
		bool o = s == CTSYNC_TCP_FIN_O || s == CTSYNC_TCP_ACKED_O;
		bool r = s == CTSYNC_TCP_FIN_R || s == CTSYNC_TCP_ACKED_R;

		assert_true(ct <= 9);
		assert_int_equal(ctsync_tcpstate_from_ct(ct, o, r), s);
	}
	assert_int_equal(ctsync_tcpstate_to_ct(MAX), 0);
}

static void to_ct__numbers_are_the_kernels(void **unused)
{
	(void)unused;
	assert_int_equal(ctsync_tcpstate_to_ct(CTSYNC_TCP_SYN_RECV), 2);
	assert_int_equal(ctsync_tcpstate_to_ct(CTSYNC_TCP_ESTABLISHED), 3);
	assert_int_equal(ctsync_tcpstate_to_ct(CTSYNC_TCP_FIN_R), 4);
	assert_int_equal(ctsync_tcpstate_to_ct(CTSYNC_TCP_ACKED_R), 5);
	assert_int_equal(ctsync_tcpstate_to_ct(CTSYNC_TCP_CLOSE), 8);
	assert_int_equal(ctsync_tcpstate_to_ct(CTSYNC_TCP_SYN_SENT2), 9);
}

static void from_ct__close_flags(void **unused)
{
	int ct;

	(void)unused;
	assert_int_equal(ctsync_tcpstate_from_ct(4, true, true),
			 CTSYNC_TCP_LAST_ACK);
	assert_int_equal(ctsync_tcpstate_from_ct(5, true, true),
			 CTSYNC_TCP_LAST_ACK);
	assert_int_equal(ctsync_tcpstate_from_ct(4, false, false),
			 CTSYNC_TCP_FIN_O);
	assert_int_equal(ctsync_tcpstate_from_ct(5, false, false),
			 CTSYNC_TCP_ACKED_O);
	assert_int_equal(ctsync_tcpstate_from_ct(3, true, true),
			 CTSYNC_TCP_ESTABLISHED);
	for (ct = 10; ct < 256; ct++)
		assert_int_equal(ctsync_tcpstate_from_ct(ct, true, false),
				 CTSYNC_TCP_NONE);
}

static void name__all_differ(void **unused)
{
	(void)unused;
	for_each(a) for_each(b)
		assert_int_equal(!strcmp(ctsync_tcpstate_name(a),
					 ctsync_tcpstate_name(b)), a == b);
	assert_string_equal(ctsync_tcpstate_name(CTSYNC_TCP_SYN_SENT2),
			    "syn_sent2");
	assert_string_equal(ctsync_tcpstate_name(MAX), "?");
	assert_string_equal(ctsync_tcpstate_name(255), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(join__commutative),
		cmocka_unit_test(join__associative),
		cmocka_unit_test(join__idempotent),
		cmocka_unit_test(join__stays_in_range),
		cmocka_unit_test(join__is_the_least_upper_bound),
		cmocka_unit_test(join__fin_on_each_node_is_last_ack),
		cmocka_unit_test(join__fin_twice_is_one_fin),
		cmocka_unit_test(ended__what_either_knows),
		cmocka_unit_test(covers__is_an_order),
		cmocka_unit_test(covers__chain_and_branches),
		cmocka_unit_test(closing__never_ends),
		cmocka_unit_test(over__ends_never),
		cmocka_unit_test(to_ct__and_back),
		cmocka_unit_test(to_ct__numbers_are_the_kernels),
		cmocka_unit_test(from_ct__close_flags),
		cmocka_unit_test(name__all_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
