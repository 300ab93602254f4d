// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/path.c: two nodes and a path that carries so much and loses so many. */
#include "../../kernel/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define MS 1000000ull
#define TICK (100 * MS)
#define SECONDS(n) ((n) * 1000 * MS)

/* Node 0 sends, node 1 hears and tells. */
static struct ctsync_path node[2];
static u32 limit, carries, loss; /* loss of 100 */
static u64 now;
static u32 changes, sent;

static bool lost(void)
{
	return (u32)(rand() % 100) < loss;
}

static void frame(u32 len)
{
	sent++;
	if (len <= carries && !lost())
		ctsync_path_heard(&node[1], len, now);
}

static void run(u64 ns)
{
	u16 size[CTSYNC_PATH_PROBES];
	u64 end = now + ns;
	u32 n, i;

	for (; now < end; now += TICK) {
		n = ctsync_path_probes(&node[0], limit, now / TICK, now, size);
		assert_true(n <= CTSYNC_PATH_PROBES);
		if (n != 1)
			frame(200);
		for (i = 0; i < n; i++) {
			assert_in_range(size[i], CTSYNC_PATH_MIN, limit);
			frame(size[i]);
		}
		if (!lost())
			changes += ctsync_path_told(&node[0],
						    ctsync_path_tell(&node[1], now),
						    limit, now);
	}
}

static void begin(u32 interface, u32 path, u32 percent)
{
	memset(node, 0, sizeof(node));
	limit = interface;
	carries = path;
	loss = percent;
	now = SECONDS(1000);
	changes = 0;
	sent = 0;
	srand(1);
}

static u32 size(void)
{
	return ctsync_path_size(&node[0], limit);
}

static void size__all_that_the_interface_says(void **state)
{
	(void)state;
	begin(1472, 1472, 0);
	assert_int_equal(size(), 1472); /* an old node tells nothing */
	run(SECONDS(1));
	assert_int_equal(size(), 1472);
	run(SECONDS(60));
	assert_int_equal(size(), 1472);
	assert_int_equal(changes, 0);
	/* two of ten are filled, none is one more */
	assert_in_range(sent, 600, 612);
}

static void size__nothing_is_longer_before_it_was_heard(void **state)
{
	(void)state;
	begin(8972, 1472, 0);
	ctsync_path_told(&node[0], ctsync_path_tell(&node[1], now), limit, now);
	assert_int_equal(size(), CTSYNC_PATH_MIN);
	run(SECONDS(3));
	assert_int_equal(size(), 1452);
	assert_int_equal(changes, 0);
	run(SECONDS(1));
	assert_true(node[0].narrow);
	run(SECONDS(60));
	assert_int_equal(size(), 1452);
	assert_int_equal(changes, 1);
}

static void size__follows_the_path(void **state)
{
	static const struct {
		u32 carries, size;
	} steps[] = {
		{ 1300, 1232 }, { 1472, 1472 }, { 600, 512 }, { 1250, 1232 }, { 1000, 958 },
		{ 1472, 1472 }, { 100, 512 }, { 1472, 1472 },
	};

	(void)state;
	begin(1472, 1472, 0);
	run(SECONDS(5));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		carries = steps[i].carries;
		run(SECONDS(8));
		assert_int_equal(size(), steps[i].size);
		assert_int_equal(node[0].narrow, carries < limit);
	}
	assert_int_equal(changes, 6);
}

/* What does not pass is noticed within the time that somebody remembers what did. */
static void size__within_five_seconds(void **state)
{
	(void)state;
	begin(1472, 1472, 0);
	run(SECONDS(5));
	carries = 1400;
	run(SECONDS(5));
	assert_in_range(size(), 1, 1400);
}

static void size__interface_changes(void **state)
{
	(void)state;
	begin(1472, 8972, 0);
	run(SECONDS(3));
	limit = 8972;
	assert_int_equal(size(), 1472); /* until longer ones were heard */
	run(SECONDS(1));
	assert_int_equal(size(), 8972);
	limit = 1252;
	assert_int_equal(size(), 1252);
	assert_int_equal(changes, 0);
}

/* Loss alone is no narrow path, in ten minutes at 30 %. */
static void size__loss(void **state)
{
	u64 short_ms = 0;

	(void)state;
	begin(1472, 1472, 30);
	run(SECONDS(5));
	for (int i = 0; i < 6000; i++) {
		run(TICK);
		short_ms += size() < limit ? 100 : 0;
	}
	assert_int_equal(changes, 0);
	assert_in_range(short_ms, 0, 12000);
	carries = 1300;
	run(SECONDS(12));
	assert_true(node[0].narrow);
	assert_int_equal(changes, 1);
}

static void tell__never_nothing(void **state)
{
	struct ctsync_path p = { 0 };

	(void)state;
	assert_int_equal(ctsync_path_tell(&p, 5), 1);
	ctsync_path_heard(&p, 70000, 6);
	assert_int_equal(ctsync_path_tell(&p, 7), 65535);
	assert_int_equal(ctsync_path_tell(&p, 7 + 2 * CTSYNC_PATH_SLOT_NS), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size__all_that_the_interface_says),
		cmocka_unit_test(size__nothing_is_longer_before_it_was_heard),
		cmocka_unit_test(size__follows_the_path),
		cmocka_unit_test(size__within_five_seconds),
		cmocka_unit_test(size__interface_changes),
		cmocka_unit_test(size__loss),
		cmocka_unit_test(tell__never_nothing),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
