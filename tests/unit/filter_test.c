// SPDX-License-Identifier: GPL-2.0
/* Unit tests of kernel/filter.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter.h"

/* 10.1.0.2:40000 to 10.2.0.2:80, masqueraded to 192.0.2.1:50000 */
static struct ctsync_filter_flow flow(void)
{
	return (struct ctsync_filter_flow){
		.l3 = 4, .l4 = 6, .zone = 7, .state = "ESTABLISHED",
		.tuple = {
			{ .src = { 10, 1, 0, 2 }, .dst = { 10, 2, 0, 2 },
			  .sport = 40000, .dport = 80 },
			{ .src = { 10, 2, 0, 2 }, .dst = { 192, 0, 2, 1 },
			  .sport = 80, .dport = 50000 },
		},
	};
}

#define MATCHES(...) ({							\
	struct ctsync_filter_flow is = flow();				\
	ctsync_filter_flow(&(struct ctsync_filter){ __VA_ARGS__ }, &is); })

static void flow__everything(void **state)
{
	(void)state;
	assert_true(MATCHES());
}

static void flow__address(void **state)
{
	(void)state;
	assert_true(MATCHES(.address = { 10, 1, 0, 2 }, .address_len = 4));
	assert_true(MATCHES(.address = { 10, 2, 0, 2 }, .address_len = 4));
	assert_true(MATCHES(.address = { 192, 0, 2, 1 }, .address_len = 4));
	assert_false(MATCHES(.address = { 192, 0, 2, 2 }, .address_len = 4));
	/* the first bytes of another family's */
	assert_false(MATCHES(.address = { 10, 1, 0, 2 }, .address_len = 16));
	assert_true(MATCHES(.src = { 10, 1, 0, 2 }, .src_len = 4));
	assert_false(MATCHES(.src = { 192, 0, 2, 1 }, .src_len = 4));
	assert_true(MATCHES(.dst = { 10, 2, 0, 2 }, .dst_len = 4));
	assert_false(MATCHES(.dst = { 10, 1, 0, 2 }, .dst_len = 4));
}

static void flow__port(void **state)
{
	struct ctsync_filter f = { .port = 77 };
	struct ctsync_filter_flow ping = flow();

	(void)state;
	assert_true(MATCHES(.port = 80));
	assert_true(MATCHES(.port = 50000));
	assert_false(MATCHES(.port = 81));
	assert_true(MATCHES(.sport = 40000, .dport = 80));
	assert_false(MATCHES(.sport = 80));
	assert_false(MATCHES(.dport = 50000));
	/* an id is no port */
	ping.l4 = 1;
	ping.tuple[0].sport = 77;
	assert_false(ctsync_filter_flow(&f, &ping));
}

static void flow__rest(void **state)
{
	(void)state;
	assert_true(MATCHES(.l3 = 4, .l4 = 6));
	assert_false(MATCHES(.l3 = 6));
	assert_false(MATCHES(.l4 = 17));
	assert_true(MATCHES(.has_zone = true, .zone = 7));
	assert_false(MATCHES(.has_zone = true));
	assert_true(MATCHES(.state = "established"));
	assert_true(MATCHES(.state = "ESTABLISHED"));
	assert_false(MATCHES(.state = "ESTAB"));
	assert_false(MATCHES(.state = "ESTABLISHED1"));
}

static void entry__node_and_split(void **state)
{
	struct ctsync_filter f = { .node = 2 };

	(void)state;
	assert_true(ctsync_filter_entry(&f, 2, false));
	assert_false(ctsync_filter_entry(&f, 1, true));
	f.split = true;
	assert_false(ctsync_filter_entry(&f, 2, false));
	assert_true(ctsync_filter_entry(&f, 2, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow__everything),
		cmocka_unit_test(flow__address),
		cmocka_unit_test(flow__port),
		cmocka_unit_test(flow__rest),
		cmocka_unit_test(entry__node_and_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
