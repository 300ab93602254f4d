// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/qstate.c: every cell of the table. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "qstate.h"

/* One row per queue; the columns are the events in the order of the enum:
 * INSERT, UPDATE, REQUEST, ACK, DELETE, DROP, SENT. The letters: a ACK,
 * d DELETE, c UPDATE_C, u UPDATE, i INSERT, - NONE.
 */
static const char *const want[CTSYNC_Q_MAX] = {
	[CTSYNC_Q_ACK]		= "icuad--",
	[CTSYNC_Q_DELETE]	= "ddddd--",
	[CTSYNC_Q_UPDATE_C]	= "icucd--",
	[CTSYNC_Q_UPDATE]	= "iuuud--",
	[CTSYNC_Q_INSERT]	= "iiii---",
	[CTSYNC_Q_NONE]		= "icuad--",
};

static const char letters[CTSYNC_Q_MAX] = {
	[CTSYNC_Q_ACK] = 'a', [CTSYNC_Q_DELETE] = 'd',
	[CTSYNC_Q_UPDATE_C] = 'c', [CTSYNC_Q_UPDATE] = 'u',
	[CTSYNC_Q_INSERT] = 'i', [CTSYNC_Q_NONE] = '-',
};

static void next__every_cell(void **state)
{
	(void)state;
	for (int q = 0; q < CTSYNC_Q_MAX; q++) {
		assert_int_equal(strlen(want[q]), CTSYNC_QE_MAX);
		for (int e = 0; e < CTSYNC_QE_MAX; e++)
			assert_int_equal(letters[ctsync_qstate_next(q, e)],
					 want[q][e]);
	}
}

static void next__out_of_range(void **state)
{
	(void)state;
	assert_int_equal(ctsync_qstate_next(CTSYNC_Q_MAX, CTSYNC_QE_UPDATE),
			 CTSYNC_Q_NONE);
	assert_int_equal(ctsync_qstate_next(CTSYNC_Q_INSERT, CTSYNC_QE_MAX),
			 CTSYNC_Q_NONE);
}

static void next__insert_then_delete_sends_nothing(void **state)
{
	enum ctsync_queue_id q = CTSYNC_Q_NONE;

	(void)state;
	q = ctsync_qstate_next(q, CTSYNC_QE_INSERT);
	q = ctsync_qstate_next(q, CTSYNC_QE_UPDATE);
	q = ctsync_qstate_next(q, CTSYNC_QE_DELETE);
	assert_int_equal(q, CTSYNC_Q_NONE);
}

static void next__nothing_queues_what_is_to_be_deleted(void **state)
{
	(void)state;
	for (int e = 0; e < CTSYNC_QE_DROP; e++)
		assert_int_equal(ctsync_qstate_next(CTSYNC_Q_DELETE, e),
				 CTSYNC_Q_DELETE);
}

static void name__all(void **state)
{
	(void)state;
#define X(name) do {							\
		const char *n = ctsync_qstate_name(CTSYNC_Q_##name);	\
		const char *u = #name;					\
									\
		assert_int_equal(strlen(n), strlen(u));			\
		for (; *u; u++, n++)					\
			assert_int_equal(*n, tolower(*u));		\
	} while (0);
	CTSYNC_QUEUES(X)
#undef X
	assert_string_equal(ctsync_qstate_name(CTSYNC_Q_NONE), "none");
	assert_string_equal(ctsync_qstate_name(CTSYNC_Q_MAX), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next__every_cell),
		cmocka_unit_test(next__out_of_range),
		cmocka_unit_test(next__insert_then_delete_sends_nothing),
		cmocka_unit_test(next__nothing_queues_what_is_to_be_deleted),
		cmocka_unit_test(name__all),
	};

	return cmocka_run_group_tests_name("qstate", tests, NULL, NULL);
}
