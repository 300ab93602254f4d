// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/told.c: what was in a frame that was lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "told.h"
#include "wire.h"

static struct ctsync_told_ring r;

/* Send frame @seq with @nr messages named @seq * 1000 and up. */
static void send(u64 seq, u32 nr)
{
	ctsync_told_begin(&r);
	for (u32 i = 0; i < nr; i++)
		ctsync_told_add(&r, &(struct ctsync_told){ .id = seq * 1000 + i });
	ctsync_told_sent(&r, seq);
}

static void here(u64 seq, u32 nr)
{
	struct ctsync_told t;
	u32 first, n;

	assert_int_equal(ctsync_told_ask(&r, seq, 0, 0, 8192, &first, &n),
			 CTSYNC_TOLD_HERE);
	assert_int_equal(n, nr);
	for (u32 i = 0; i < nr; i++) {
		assert_true(ctsync_told_get(&r, first + i, &t));
		assert_true(t.id == seq * 1000 + i);
	}
}

static void gone(u64 seq)
{
	u32 first, n;

	assert_int_equal(ctsync_told_ask(&r, seq, 0, 0, 8192, &first, &n),
			 CTSYNC_TOLD_GONE);
}

static void ask__each_frame_its_own(void **state)
{
	(void)state;
	ctsync_told_init(&r);
	send(1, 3);
	send(2, 1);
	send(3, 0);
	send(4, 70);
	here(1, 3);
	here(2, 1);
	here(3, 0);
	here(4, 70);
}

static void ask__never_sent(void **state)
{
	(void)state;
	ctsync_told_init(&r);
	gone(0);
	gone(1);
	send(1, 1);
	gone(2);
	gone(1 + CTSYNC_TOLD_FRAMES);
	gone(~0ull);
}

static void begin__forgets_what_was_not_sent(void **state)
{
	(void)state;
	ctsync_told_init(&r);
	ctsync_told_begin(&r);
	ctsync_told_add(&r, &(struct ctsync_told){ .id = 7 });
	send(1, 2);
	here(1, 2);
}

static void ask__ring_of_frames_wraps(void **state)
{
	(void)state;
	ctsync_told_init(&r);
	for (u64 n = 1; n <= CTSYNC_TOLD_FRAMES + 1; n++)
		send(n, 1);
	gone(1);
	here(2, 1);
	here(CTSYNC_TOLD_FRAMES + 1, 1);
}

static void ask__ring_of_messages_wraps(void **state)
{
	(void)state;
	ctsync_told_init(&r);
	send(1, 10);
	send(2, CTSYNC_TOLD_MESSAGES - 10);
	here(1, 10);
	send(3, 1);
	gone(1);
	here(2, CTSYNC_TOLD_MESSAGES - 10);
	here(3, 1);
}

static void get__bounds(void **state)
{
	struct ctsync_told t;
	u32 first, n;

	(void)state;
	ctsync_told_init(&r);
	assert_false(ctsync_told_get(&r, 0, &t));
	send(1, 1);
	assert_int_equal(ctsync_told_ask(&r, 1, 0, 0, 8192, &first, &n), CTSYNC_TOLD_HERE);
	assert_true(ctsync_told_get(&r, first, &t));
	assert_false(ctsync_told_get(&r, first + 1, &t));
	/* overwritten between the question and the look */
	send(2, CTSYNC_TOLD_MESSAGES);
	assert_false(ctsync_told_get(&r, first, &t));
}

static void positions__wrap(void **state)
{
	(void)state;
	ctsync_told_init(&r);
	r.head = r.begin = 0xffffffff - 5;
	send(1, 3);
	send(2, 10);
	here(1, 3);
	here(2, 10);
}

static void ask__a_repeat_is_ignored_for_a_while(void **state)
{
	u32 first, n;

	(void)state;
	ctsync_told_init(&r);
	send(1, 1);
	assert_int_equal(ctsync_told_ask(&r, 1, 0, 100, 8192, &first, &n), CTSYNC_TOLD_HERE);
	assert_int_equal(ctsync_told_ask(&r, 1, 99, 100, 8192, &first, &n), CTSYNC_TOLD_REPEAT);
	assert_int_equal(ctsync_told_ask(&r, 1, 100, 100, 8192, &first, &n), CTSYNC_TOLD_HERE);
	assert_int_equal(ctsync_told_ask(&r, 1, 101, 100, 8192, &first, &n), CTSYNC_TOLD_REPEAT);
	/* another frame in the same place was never answered */
	send(1 + CTSYNC_TOLD_FRAMES, 1);
	assert_int_equal(ctsync_told_ask(&r, 1 + CTSYNC_TOLD_FRAMES, 101, 100,
					 8192, &first, &n), CTSYNC_TOLD_HERE);
}

static void ask__later_when_there_is_no_room(void **state)
{
	struct ctsync_told t = { .type = CTSYNC_MSG_DELETE };
	u32 first, n;

	(void)state;
	ctsync_told_init(&r);
	/* of three messages two become notes */
	ctsync_told_begin(&r);
	ctsync_told_add(&r, &t);
	ctsync_told_add(&r, &(struct ctsync_told){ .type = CTSYNC_MSG_INSERT });
	ctsync_told_add(&r, &t);
	ctsync_told_sent(&r, 1);
	assert_int_equal(ctsync_told_ask(&r, 1, 50, 100, 1, &first, &n), CTSYNC_TOLD_LATER);
	/* which was no answer */
	assert_int_equal(ctsync_told_ask(&r, 1, 60, 100, 2, &first, &n), CTSYNC_TOLD_HERE);
	assert_int_equal(n, 3);
	/* those of a frame that was not sent do not count for the next */
	ctsync_told_add(&r, &t);
	ctsync_told_begin(&r);
	ctsync_told_sent(&r, 2);
	assert_int_equal(ctsync_told_ask(&r, 2, 60, 100, 0, &first, &n), CTSYNC_TOLD_HERE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ask__each_frame_its_own),
		cmocka_unit_test(ask__never_sent),
		cmocka_unit_test(begin__forgets_what_was_not_sent),
		cmocka_unit_test(ask__ring_of_frames_wraps),
		cmocka_unit_test(ask__ring_of_messages_wraps),
		cmocka_unit_test(get__bounds),
		cmocka_unit_test(positions__wrap),
		cmocka_unit_test(ask__a_repeat_is_ignored_for_a_while),
		cmocka_unit_test(ask__later_when_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
