// SPDX-License-Identifier: GPL-2.0
/* Tests of kernel/tcpwin.c: windows that two nodes write.
 *
 * What conntrack itself makes of them, packet by packet, is simulated with its
 * own source in tests/sim; here each function is held to its header.
 */
#include "../../kernel/tcpwin.h"
#include "../../kernel/tcpstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define O 0
#define R 1
#define ESTABLISHED_FLAGS \
	(CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_SACK | CTSYNC_TCPF_MAXACK_SET)

/* Each case runs with its numbers around each of these. */
static const u32 bases[] = {
	0, 1, 1000000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffff0000,
};

#define for_each_base(b) \
	for (size_t i_ = 0; i_ < ARRAY_SIZE(bases) && (b = bases[i_], true); i_++)

#define SCALE	7
#define WIN_O	(500u << SCALE)		/* what O's sender advertises */
#define WIN_R	(1000u << SCALE)

/* O sent 100000 bytes, R 2000, all acknowledged; both granted their window. */
static struct ctsync_tcp flow(u32 base)
{
	struct ctsync_tcp t = {
		.seen[O] = {
			.end = base + 100000,
			.maxend = base + 100000 + WIN_R,
			.maxwin = WIN_O,
			.maxack = ~base + 2000,
			.scale = SCALE,
			.flags = ESTABLISHED_FLAGS,
		},
		.seen[R] = {
			.end = ~base + 2000,
			.maxend = ~base + 2000 + WIN_O,
			.maxwin = WIN_R,
			.maxack = base + 100000,
			.scale = SCALE,
			.flags = ESTABLISHED_FLAGS,
		},
		.state = 4,
	};

	return t;
}

/* The four rules of conntrack's tcp_in_window(). */
static bool in_window(const struct ctsync_tcp *t, int d,
		      const struct ctsync_segment *s)
{
	const struct ctsync_tcp_dir *tx = &t->seen[d], *rx = &t->seen[!d];
	u32 slack = max(tx->maxwin, CTSYNC_ACK_SLACK);

	return !ctsync_after(s->seq, tx->maxend) &&
	       ctsync_after(s->end, tx->end - rx->maxwin - 1) &&
	       !ctsync_after(s->ack, rx->end) &&
	       ctsync_after(s->ack, rx->end - slack - 1);
}

static void same(const struct ctsync_tcp *a, const struct ctsync_tcp *b)
{
	int d;

	for (d = 0; d < 2; d++) {
		assert_int_equal(a->seen[d].end, b->seen[d].end);
		assert_int_equal(a->seen[d].maxend, b->seen[d].maxend);
		assert_int_equal(a->seen[d].maxwin, b->seen[d].maxwin);
		assert_int_equal(a->seen[d].maxack, b->seen[d].maxack);
		assert_int_equal(a->seen[d].scale, b->seen[d].scale);
		assert_int_equal(a->seen[d].flags, b->seen[d].flags);
	}
}

/* ---- clamp ---- */

static void clamp__bounded_by_scale(void **unused)
{
	int scale;

	(void)unused;
	for (scale = 0; scale < 256; scale++) {
		struct ctsync_tcp t = flow(0);
		u32 cap = ctsync_tcpwin_cap(scale);

		assert_true(cap <= 65535u << 14);
		t.seen[O].scale = scale;
		t.seen[O].maxwin = cap;
		assert_false(ctsync_tcpwin_clamp(&t));
		t.seen[O].maxwin = 0xffffffff;
		assert_true(ctsync_tcpwin_clamp(&t));
		assert_int_equal(t.seen[O].maxwin, cap);
		assert_false(ctsync_tcpwin_clamp(&t));
	}
}

/* ---- report ---- */

static void report__masks_and_caps(void **unused)
{
	struct ctsync_tcp t = flow(5);
	struct ctsync_tcp_report r;

	(void)unused;
	t.seen[O].flags |= CTSYNC_TCPF_UNACKED;
	t.seen[O].maxwin = 0xffffffff;
	ctsync_tcpwin_report(&t, NULL, O, &r);
	assert_int_equal(r.flags, ESTABLISHED_FLAGS);
	assert_int_equal(r.maxwin, 65535u << SCALE);
	assert_int_equal(r.end, t.seen[O].end);
	assert_int_equal(r.maxack, t.seen[O].maxack);
	assert_int_equal(r.maxend_other, t.seen[R].maxend);
}

static void report__never_tells_a_lead(void **unused)
{
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		t.seen[R].maxend += 5 * WIN_R;
		ctsync_tcpwin_report(&t, NULL, O, &r);
		assert_int_equal(r.maxend_other, t.seen[O].maxack + WIN_O);
	}
}

static void report__of_a_split_flow_is_what_is_known(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp t = flow(9);
	struct ctsync_tcp_report r;

	(void)unused;
	ctsync_tcpwin_begin(&t, &k);
	t.seen[O].end += 50000;
	t.seen[R].maxend += 50000;
	t.seen[O].maxwin += 50000;
	ctsync_tcpwin_report(&t, &k, O, &r);
	assert_int_equal(r.end, 9 + 100000);
	assert_int_equal(r.maxend_other, ~9u + 2000 + WIN_O);
	assert_int_equal(r.maxwin, WIN_O);
}

/* ---- merge ---- */

static u32 seed = 1;

static u32 rnd(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void merge__order_and_repetition_do_not_matter(void **unused)
{
	enum { N = 8 };
	struct ctsync_tcp_report r[N];
	struct ctsync_tcp once, many, t;
	u8 dir[N], order[N];
	int round, i, j;
	u32 base;

	(void)unused;
	for (round = 0; round < 2000; round++) {
		base = bases[rnd(ARRAY_SIZE(bases))];
		t = flow(base);
		for (i = 0; i < N; i++) {
			order[i] = i;
			dir[i] = rnd(2);
			ctsync_tcpwin_report(&t, NULL, dir[i], &r[i]);
			r[i].end += rnd(1000000);
			r[i].maxack += rnd(1000000);
			r[i].maxend_other = r[i].maxack + rnd(WIN_O);
			r[i].maxwin += rnd(10000);
			r[i].flags |= rnd(2) * CTSYNC_TCPF_CLOSE_INIT;
		}
		once = t;
		for (i = 0; i < N; i++)
			ctsync_tcpwin_merge(&once, dir[i], &r[i], false);
		many = t;
		for (i = N - 1; i > 0; i--) {
			u8 x = order[i];

			j = rnd(i + 1);
			order[i] = order[j];
			order[j] = x;
		}
		for (i = 0; i < N; i++) {
			j = order[i];
			ctsync_tcpwin_merge(&many, dir[j], &r[j], false);
			if (rnd(2)) {
				j = order[rnd(i + 1)];
				assert_false(ctsync_tcpwin_merge(&many, dir[j],
								 &r[j], false));
			}
		}
		same(&once, &many);
	}
}

static void merge__only_what_the_direction_writes(void **unused)
{
	struct ctsync_tcp t, before;
	struct ctsync_tcp_report r;
	u32 base;

	(void)unused;
	for_each_base(base) {
		before = t = flow(base);
		ctsync_tcpwin_report(&t, NULL, O, &r);
		assert_false(ctsync_tcpwin_merge(&t, O, &r, false));
		assert_false(ctsync_tcpwin_merge(&t, O, &r, true));
		same(&t, &before);
		r.end += 10;
		r.maxack += 20;
		r.maxend_other += 30;
		r.maxwin += 40;
		assert_true(ctsync_tcpwin_merge(&t, O, &r, false));
		before.seen[O].end += 10;
		before.seen[O].maxack += 20;
		before.seen[R].maxend += 30;
		before.seen[O].maxwin += 40;
		same(&t, &before);
	}
}

static void merge__nothing_goes_backwards(void **unused)
{
	struct ctsync_tcp t, before;
	struct ctsync_tcp_report r;
	u32 base;

	(void)unused;
	for_each_base(base) {
		before = t = flow(base);
		ctsync_tcpwin_report(&t, NULL, O, &r);
		r.end -= 99999;
		r.maxack -= 1999;
		r.maxend_other -= 3000;
		r.maxwin = 1;
		r.flags = CTSYNC_TCPF_MAXACK_SET;
		assert_false(ctsync_tcpwin_merge(&t, O, &r, false));
		assert_false(ctsync_tcpwin_merge(&t, O, &r, true));
		same(&t, &before);
	}
}

static void merge__a_mirror_keeps_what_is_open(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_report(&t, NULL, O, &r);
		ctsync_tcpwin_begin(&t, &k);
		assert_int_equal(t.seen[O].end, base + 100000 + WIN_R);
		ctsync_tcpwin_merge(&t, O, &r, true);
		assert_int_equal(t.seen[O].end, base + 100000 + WIN_R);
	}
}

static void merge__a_mirror_follows_past_half_way_round(void **unused)
{
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_report(&t, NULL, O, &r);
		r.end += 0x90000000;
		ctsync_tcpwin_merge(&t, O, &r, false);
		assert_int_equal(t.seen[O].end, base + 100000);
		ctsync_tcpwin_merge(&t, O, &r, true);
		assert_int_equal(t.seen[O].end, base + 100000 + 0x90000000);
	}
}

static void merge__first_word_of_a_direction(void **unused)
{
	struct ctsync_tcp_report r;
	struct ctsync_tcp t, full;
	u32 base;

	(void)unused;
	for_each_base(base) {
		full = flow(base);
		/* the node saw the SYN only: maxend[R] is 0 + its window */
		t = (struct ctsync_tcp){
			.seen[O] = {
				.end = base + 1, .maxend = base + 1,
				.maxwin = 64240, .scale = SCALE,
				.flags = CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_SACK,
			},
			.seen[R].maxend = 64240,
			.state = 1,
		};
		ctsync_tcpwin_report(&full, NULL, R, &r);
		r.end = ~base + 1;
		r.maxack = base + 1;
		r.maxend_other = base + 1 + 64000;
		assert_true(ctsync_tcpwin_merge(&t, R, &r, false));
		assert_int_equal(t.seen[R].end, ~base + 1);
		assert_int_equal(t.seen[R].maxend, ~base + 1);
		assert_int_equal(t.seen[R].maxack, base + 1);
		assert_int_equal(t.seen[O].maxend, base + 1 + 64000);
		assert_int_equal(t.seen[O].scale, SCALE);
	}
}

static void merge__both_directions_into_nothing(void **unused)
{
	struct ctsync_tcp_report r[2];
	struct ctsync_tcp t, full;
	int first;
	u32 base;

	(void)unused;
	for_each_base(base)
		for (first = 0; first < 2; first++) {
			full = flow(base);
			ctsync_tcpwin_report(&full, NULL, O, &r[O]);
			ctsync_tcpwin_report(&full, NULL, R, &r[R]);
			memset(&t, 0, sizeof(t));
			ctsync_tcpwin_merge(&t, first, &r[first], true);
			ctsync_tcpwin_merge(&t, !first, &r[!first], true);
			same(&t, &full);
		}
}

static void merge__a_refused_scale_stays_refused(void **unused)
{
	struct ctsync_tcp_report syn = {
		.end = 101, .maxwin = 64240, .scale = SCALE,
		.flags = CTSYNC_TCPF_WSCALE,
	}, synack = {
		.end = 501, .maxend_other = 101 + 8000, .maxwin = 8000,
		.maxack = 101, .flags = CTSYNC_TCPF_MAXACK_SET,
	};
	struct ctsync_tcp t = { 0 };

	(void)unused;
	ctsync_tcpwin_merge(&t, O, &syn, false);
	assert_int_equal(t.seen[O].scale, SCALE);
	ctsync_tcpwin_merge(&t, R, &synack, false);
	assert_int_equal(t.seen[O].scale, 0);
	ctsync_tcpwin_merge(&t, O, &syn, false);
	assert_int_equal(t.seen[O].scale, 0);
	ctsync_tcpwin_merge(&t, O, &syn, true);
	assert_int_equal(t.seen[O].scale, 0);
}

static void merge__ignores_who_knows_nothing(void **unused)
{
	struct ctsync_tcp_report r = { .end = 77, .maxend_other = 77 };
	struct ctsync_tcp t = flow(3), before = t;

	(void)unused;
	assert_false(ctsync_tcpwin_merge(&t, R, &r, false));
	assert_false(ctsync_tcpwin_merge(&t, R, &r, true));
	same(&t, &before);
	/* a SYN's window granted nothing */
	r = (struct ctsync_tcp_report){
		.end = before.seen[R].end, .maxend_other = ~0u, .maxwin = 1,
	};
	r.maxend_other = before.seen[O].maxend + 1000;
	assert_false(ctsync_tcpwin_merge(&t, R, &r, false));
	same(&t, &before);
}

static void merge__never_trusts(void **unused)
{
	struct ctsync_tcp_report r;
	struct ctsync_tcp t = flow(3);

	(void)unused;
	ctsync_tcpwin_report(&t, NULL, O, &r);
	r.scale = 255;
	r.maxwin = 0xffffffff;
	r.flags = 0xff;
	r.maxend_other = r.maxack + 0x7fffffff;
	ctsync_tcpwin_merge(&t, O, &r, true);
	assert_int_equal(t.seen[O].scale, 14);
	assert_int_equal(t.seen[O].maxwin, 65535u << 14);
	assert_int_equal(t.seen[O].flags, CTSYNC_TCPF_WIRE);
	assert_int_equal(t.seen[R].maxend, r.maxack + (65535u << 14));
}

static void merge__clears_unacked(void **unused)
{
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		t.seen[O].end += 500;
		t.seen[O].flags |= CTSYNC_TCPF_UNACKED;
		ctsync_tcpwin_report(&t, NULL, R, &r);
		r.maxack += 499;
		ctsync_tcpwin_merge(&t, R, &r, false);
		assert_true(t.seen[O].flags & CTSYNC_TCPF_UNACKED);
		r.maxack++;
		assert_true(ctsync_tcpwin_merge(&t, R, &r, false));
		assert_false(t.seen[O].flags & CTSYNC_TCPF_UNACKED);
	}
}

/* ---- begin, packet, heard ---- */

static struct ctsync_segment data(const struct ctsync_tcp_known *k, int d,
				  u32 len)
{
	return (struct ctsync_segment){
		.seq = k->end[d], .end = k->end[d] + len,
		.ack = k->end[!d], .win = (d ? WIN_R : WIN_O) >> SCALE,
	};
}

static void begin__opens_both(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		t.seen[O].flags |= CTSYNC_TCPF_UNACKED;
		assert_true(ctsync_tcpwin_begin(&t, &k));
		assert_int_equal(t.seen[O].end, t.seen[O].maxend);
		assert_int_equal(t.seen[R].end, t.seen[R].maxend);
		assert_false(t.seen[O].flags & CTSYNC_TCPF_UNACKED);
		assert_int_equal(k.end[O], base + 100000);
		assert_int_equal(k.edge[O], base + 100000 + WIN_R);
		assert_int_equal(k.maxwin[O], WIN_O);

	}
}

static void end__leaves_nothing_that_conntrack_would_not_clear(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp t, was;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		t.seen[O].flags |= CTSYNC_TCPF_UNACKED;
		was = t;
		assert_true(ctsync_tcpwin_end(&t, &k));
		assert_false(ctsync_tcpwin_unacked(&t));
		was.seen[O].flags = t.seen[O].flags;
		assert_memory_equal(&t, &was, sizeof(t));

		/* where nothing is open conntrack knows best */
		t.seen[R].end = k.end[R];
		t.seen[R].flags |= CTSYNC_TCPF_UNACKED;
		assert_false(ctsync_tcpwin_end(&t, &k));
		assert_true(ctsync_tcpwin_unacked(&t));
	}
}

static void begin__a_syn_grants_nothing(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp t = {
		.seen[O] = { .end = 101, .maxend = 101, .maxwin = 64240 },
		.seen[R] = { .maxend = 64240 },
	};

	(void)unused;
	assert_false(ctsync_tcpwin_begin(&t, &k));
	assert_int_equal(t.seen[R].end, 0);
	assert_int_equal(k.edge[O], 101);
}

static void packet__opens_to_what_it_grants(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		s = data(&k, R, 0);
		s.ack += 30000;
		/* conntrack has done its part */
		t.seen[R].maxack = s.ack;
		t.seen[O].maxend = s.ack + WIN_R;
		assert_true(ctsync_tcpwin_packet(&t, &k, R, &s, false, WIN_O));
		assert_int_equal(t.seen[O].end, s.ack + WIN_R);
		assert_int_equal(k.edge[O], s.ack + WIN_R);
		assert_int_equal(k.end[O], base + 100000);
		assert_false(ctsync_tcpwin_packet(&t, &k, R, &s, false, WIN_O));
	}
}

static void packet__of_a_closed_window_grants_a_probe(void **unused)
{
	struct ctsync_tcp t = flow(1);
	struct ctsync_tcp_known k;
	struct ctsync_segment s;

	(void)unused;
	ctsync_tcpwin_begin(&t, &k);
	s = data(&k, R, 0);
	s.ack = k.edge[O];
	s.win = 0;
	t.seen[R].maxack = s.ack;
	ctsync_tcpwin_packet(&t, &k, R, &s, false, WIN_O);
	assert_int_equal(k.edge[O], s.ack + 1);
}

/* Conntrack ignored the packet (an overly delayed one, say), so it did not learn
 * the window. If td_end ran ahead of maxack + maxwin, it would ignore all that
 * follows.
 */
static void packet__never_opens_past_what_conntrack_tolerates(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		s = data(&k, R, 0);
		s.ack += 30000;
		s.win = 65535;
		ctsync_tcpwin_packet(&t, &k, R, &s, false, WIN_O);
		assert_int_equal(k.edge[O], s.ack + (65535u << SCALE));
		assert_int_equal(t.seen[R].maxwin, 65535u << SCALE);
		assert_int_equal(t.seen[O].end,
				 t.seen[R].maxack + t.seen[R].maxwin);
		s.seq = s.end = t.seen[R].end;
		s.ack = t.seen[R].maxack;
		assert_true(in_window(&t, R, &s));
	}
}

static void packet__leads_by_one_window(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base, i;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		for (i = 0; i < 10; i++) {
			s = data(&k, O, WIN_R / 16);
			ctsync_tcpwin_packet(&t, &k, O, &s, false, WIN_R);
			assert_int_equal(t.seen[O].maxend, s.end + WIN_R);
			assert_int_equal(k.end[O], s.end);
			/* not a byte of it is taken for a grant */
			assert_int_equal(k.edge[O], base + 100000 + WIN_R);
		}
		/* a retransmission lowers nothing */
		s.seq -= 5000;
		s.end -= 5000;
		assert_false(ctsync_tcpwin_packet(&t, &k, O, &s, false, WIN_R));
	}
}

static void packet__lead_is_limited(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base, limit = 7777;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		s = data(&k, O, 1 << 20);
		ctsync_tcpwin_packet(&t, &k, O, &s, false, limit);
		assert_int_equal(t.seen[O].maxend,
				 k.edge[O] + limit + CTSYNC_GRO_MAX);
	}
}

static void packet__does_not_lead_on_what_is_open(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base, i;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		/* both directions seen here, nothing new in either */
		for (i = 0; i < 20; i++) {
			s = data(&k, i & 1, 0);
			ctsync_tcpwin_packet(&t, &k, i & 1, &s, false, 1 << 20);
		}
		assert_int_equal(t.seen[O].maxend, base + 100000 + WIN_R);
		assert_int_equal(t.seen[R].maxend, ~base + 2000 + WIN_O);
	}
}

static void packet__undoes_what_a_crossing_added(void **unused)
{
	struct ctsync_tcp t = flow(0);
	struct ctsync_tcp_known k;
	struct ctsync_segment s;

	(void)unused;
	ctsync_tcpwin_begin(&t, &k);
	s = data(&k, O, 1000);
	t.seen[R].maxwin += 65000;
	t.seen[O].maxwin += 10;		/* a wider window of its own is true */
	ctsync_tcpwin_packet(&t, &k, O, &s, false, WIN_R);
	assert_int_equal(t.seen[R].maxwin, WIN_R);
	assert_int_equal(t.seen[O].maxwin, WIN_O + 10);
	assert_int_equal(k.maxwin[O], WIN_O + 10);
}

static void packet__two_nodes_do_not_pump_each_other(void **unused)
{
	struct ctsync_tcp_known k[2];
	struct ctsync_tcp_report r;
	struct ctsync_segment s;
	struct ctsync_tcp t[2];
	int i, d;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t[0] = t[1] = flow(base);
		ctsync_tcpwin_begin(&t[0], &k[0]);
		ctsync_tcpwin_begin(&t[1], &k[1]);
		for (i = 0; i < 1000; i++) {
			int n = i / 2 % 2;

			d = i / 3 % 2;
			s = data(&k[n], d, 0);
			ctsync_tcpwin_packet(&t[n], &k[n], d, &s, false, 1 << 20);
			ctsync_tcpwin_report(&t[n], &k[n], d, &r);
			ctsync_tcpwin_merge(&t[!n], d, &r, i & 1);
			ctsync_tcpwin_heard(&t[!n], &k[!n], d, &r, 1 << 20);
		}
		for (i = 0; i < 2; i++) {
			assert_int_equal(t[i].seen[O].maxend,
					 base + 100000 + WIN_R);
			assert_int_equal(t[i].seen[O].end,
					 base + 100000 + WIN_R);
			assert_int_equal(k[i].end[O], base + 100000);
			assert_int_equal(k[i].edge[O], base + 100000 + WIN_R);
		}
	}
}

static void packet__that_conntrack_did_not_look_at(void **unused)
{
	struct ctsync_tcp t = {
		.seen[O] = { .end = 101, .maxend = 101, .maxwin = 64240 },
		.seen[R] = { .maxend = 64240 },
	};
	struct ctsync_segment s = { .seq = 5, .end = 5, .ack = 101, .win = 9 };
	struct ctsync_tcp_known k;

	(void)unused;
	ctsync_tcpwin_begin(&t, &k);
	assert_false(ctsync_tcpwin_packet(&t, &k, R, &s, false, 1000));
	assert_int_equal(k.maxwin[R], 0);
}

static void packet__a_syn_is_not_scaled(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = (struct ctsync_tcp){
			.seen[O] = {
				.end = base + 1, .maxend = base + 1,
				.maxwin = 64240, .scale = SCALE,
				.flags = CTSYNC_TCPF_WSCALE,
			},
			.seen[R].maxend = 64240,
		};
		ctsync_tcpwin_begin(&t, &k);
		/* the SYN-ACK, as conntrack leaves it */
		t.seen[R] = (struct ctsync_tcp_dir){
			.end = ~base + 1, .maxend = ~base + 1,
			.maxwin = 60000, .maxack = base + 1, .scale = SCALE,
			.flags = CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_MAXACK_SET,
		};
		t.seen[O].maxend = base + 1 + 60000;
		s = (struct ctsync_segment){
			.seq = ~base, .end = ~base + 1, .ack = base + 1,
			.win = 60000,
		};
		assert_true(ctsync_tcpwin_packet(&t, &k, R, &s, true, 65535));
		assert_int_equal(k.edge[O], base + 1 + 60000);
		assert_int_equal(t.seen[O].end, base + 1 + 60000);
		assert_int_equal(k.end[R], ~base + 1);
		assert_int_equal(t.seen[R].maxend, ~base + 1 + 64240);
	}
}

static void heard__first_word(void **unused)
{
	struct ctsync_tcp_known k = { 0 };
	struct ctsync_tcp t = { 0 };
	struct ctsync_tcp_report r = {
		.end = 0xf0000000, .maxwin = 5, .maxend_other = 1,
	};

	(void)unused;
	ctsync_tcpwin_heard(&t, &k, R, &r, 1000);
	assert_int_equal(k.end[R], 0xf0000000);
	assert_int_equal(k.edge[R], 0xf0000000);
	assert_int_equal(k.edge[O], 0);
	r.maxwin = 0;
	r.end++;
	ctsync_tcpwin_heard(&t, &k, R, &r, 1000);
	assert_int_equal(k.end[R], 0xf0000000);
}

static void heard__opens_and_leads(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		ctsync_tcpwin_report(&t, &k, O, &r);
		r.end += 1000;
		r.maxack += 500;
		r.maxend_other += 500;
		ctsync_tcpwin_merge(&t, O, &r, false);
		assert_true(ctsync_tcpwin_heard(&t, &k, O, &r, WIN_R));
		assert_int_equal(t.seen[R].end, ~base + 2500 + WIN_O);
		assert_int_equal(t.seen[O].maxend, base + 101000 + WIN_R);
		assert_int_equal(k.edge[O], base + 100000 + WIN_R);
		assert_false(ctsync_tcpwin_heard(&t, &k, O, &r, WIN_R));
	}
}

static void unacked__derived_from_what_is_known(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp_report r;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

#define flagged() (!!(t.seen[O].flags & CTSYNC_TCPF_UNACKED))
	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		assert_false(flagged());
		s = data(&k, O, 1000);
		ctsync_tcpwin_packet(&t, &k, O, &s, false, WIN_R);
		assert_true(flagged());
		ctsync_tcpwin_report(&t, &k, R, &r);
		r.maxack += 999;
		ctsync_tcpwin_merge(&t, R, &r, false);
		ctsync_tcpwin_heard(&t, &k, R, &r, WIN_O);
		assert_true(flagged());
		r.maxack++;
		ctsync_tcpwin_merge(&t, R, &r, false);
		ctsync_tcpwin_heard(&t, &k, R, &r, WIN_O);
		assert_false(flagged());
	}
#undef flagged
}

/* ---- due ---- */

static void due_split__each_quarter_window(void **unused)
{
	struct ctsync_tcp_sent sent = { 0 };
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_report(&t, NULL, R, &r);
		ctsync_tcpwin_sent(&sent, &r);
		assert_false(ctsync_tcpwin_due_split(&r, &sent, r.end, WIN_O));
		r.maxend_other += WIN_R / 4 - 1;
		assert_false(ctsync_tcpwin_due_split(&r, &sent, r.end, WIN_O));
		r.maxend_other++;
		assert_true(ctsync_tcpwin_due_split(&r, &sent, r.end, WIN_O));
		ctsync_tcpwin_sent(&sent, &r);
		assert_false(ctsync_tcpwin_due_split(&r, &sent, r.end, WIN_O));
		r.maxend_other -= WIN_R;
		assert_false(ctsync_tcpwin_due_split(&r, &sent, r.end, WIN_O));
	}
}

static void due_split__past_the_peers_edge(void **unused)
{
	struct ctsync_tcp_sent sent = { 0 };
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base, edge;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		edge = t.seen[O].maxend;
		ctsync_tcpwin_report(&t, NULL, O, &r);
		ctsync_tcpwin_sent(&sent, &r);
		r.end = edge;
		assert_false(ctsync_tcpwin_due_split(&r, &sent, edge, WIN_R));
		r.end++;
		assert_true(ctsync_tcpwin_due_split(&r, &sent, edge, WIN_R));
		ctsync_tcpwin_sent(&sent, &r);
		r.end += WIN_R / 4 - 1;
		assert_false(ctsync_tcpwin_due_split(&r, &sent, edge, WIN_R));
		r.end++;
		assert_true(ctsync_tcpwin_due_split(&r, &sent, edge, WIN_R));
	}
}

static void due_bytes__grows_by_half(void **unused)
{
	struct ctsync_tcp_sent sent;
	struct ctsync_tcp_report r;
	struct ctsync_tcp t;
	u32 base, want, reports;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		sent = (struct ctsync_tcp_sent){
			t.seen[O].end, t.seen[R].maxend, 0
		};
		for (want = CTSYNC_MOVED_MIN, reports = 0; want < 4u << 20;
		     reports++) {
			t.seen[O].end = sent.end + want - 1;
			assert_false(ctsync_tcpwin_due_bytes(&t, O, &sent, 0));
			t.seen[O].end++;
			assert_true(ctsync_tcpwin_due_bytes(&t, O, &sent, 0));
			ctsync_tcpwin_report(&t, NULL, O, &r);
			ctsync_tcpwin_sent(&sent, &r);
			assert_int_equal(sent.moved, want);
			want += want / 2;
		}
		assert_true(reports < 10);
		t.seen[O].end = sent.end + (4u << 20) - 1;
		assert_false(ctsync_tcpwin_due_bytes(&t, O, &sent, 0));
		t.seen[O].end++;
		assert_true(ctsync_tcpwin_due_bytes(&t, O, &sent, 0));
	}
}

static void sent__first_report_moved_nothing(void **unused)
{
	struct ctsync_tcp_report r = { .end = 0x7ff00000, .maxend_other = 7 };
	struct ctsync_tcp_sent sent = { 0 };

	(void)unused;
	ctsync_tcpwin_sent(&sent, &r);
	assert_int_equal(sent.moved, 0);
	r.end += 1234;
	ctsync_tcpwin_sent(&sent, &r);
	assert_int_equal(sent.moved, 1234);
}

static void update_bytes__bounds(void **unused)
{
	struct ctsync_tcp t = flow(0);

	(void)unused;
	assert_int_equal(ctsync_tcpwin_update_bytes(&t, 0), 4u << 20);
	assert_int_equal(ctsync_tcpwin_update_bytes(&t, 12345), 12345);
	assert_int_equal(ctsync_tcpwin_update_bytes(&t, ~0u), 1u << 28);
	t.seen[R].maxwin = 1u << 20;
	assert_int_equal(ctsync_tcpwin_update_bytes(&t, 0), 8u << 20);
	t.seen[R].maxwin = ~0u;
	t.seen[R].scale = 14;
	assert_int_equal(ctsync_tcpwin_update_bytes(&t, 0), 1u << 28);
}

/* ---- kin ---- */

static void assert_kin(const struct ctsync_tcp_report *here, const struct ctsync_tcp_report *told,
		       u8 dirs, struct ctsync_kin expected)
{
	struct ctsync_kin kin = ctsync_tcpwin_kin(here, told, dirs);

	assert_int_equal(kin.foreign, expected.foreign);
	assert_int_equal(kin.ahead, expected.ahead);
	assert_int_equal(kin.behind, expected.behind);
}

static void kin__how_far_from_the_end_that_is_known(void **unused)
{
	const u8 both = 3;
	const u32 near = 16 << 20;
	const struct ctsync_kin same = { 0 }, far = { .foreign = true };
	u32 base;

	(void)unused;
	for_each_base(base) {
		for (int d = 0; d < 2; d++) {
			const u8 bit = (u8)(1 << d);
			const struct ctsync_kin ahead = { .ahead = bit }, behind = { .behind = bit };
			struct ctsync_tcp t = flow(base);
			struct ctsync_tcp_report here[2], told[2];
			u32 end;

			ctsync_tcpwin_report(&t, NULL, O, &here[O]);
			ctsync_tcpwin_report(&t, NULL, R, &here[R]);
			memcpy(told, here, sizeof(told));
			end = here[d].end;
			assert_kin(here, told, both, same);
			told[d].end = end + 1;
			assert_kin(here, told, both, ahead);
			told[d].end = end + near;
			assert_kin(here, told, both, ahead);
			told[d].end = end + near + 1;
			assert_kin(here, told, both, far);
			/* not told */
			assert_kin(here, told, both & ~bit, same);
			told[d].end = end - 1;
			assert_kin(here, told, both, behind);
			told[d].end = end - near;
			assert_kin(here, told, both, behind);
			told[d].end = end - near - 1;
			assert_kin(here, told, both, far);
			told[d].end = end + 0x80000000;
			assert_kin(here, told, both, far);
			/* each direction for itself */
			told[!d].end++;
			assert_kin(here, told, both,
				   (struct ctsync_kin){ .foreign = true, .ahead = both & ~bit });
			told[!d].end--;
			/* its writer never saw the direction, or we did not */
			told[d].maxwin = 0;
			assert_kin(here, told, both, same);
			told[d].maxwin = 1;
			here[d].maxwin = 0;
			assert_kin(here, told, both, same);
		}
	}
}

/* ---- plausible, adopt ---- */

static void plausible__exactly_at_the_edges(void **unused)
{
	const u32 moved[2] = { 1000000, 300000 };
	const u32 ahead_seq = 2 * 1000000 + WIN_R;
	const u32 ahead_ack = 2 * 300000 + WIN_O;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

#define ok() ctsync_tcpwin_plausible(&t, NULL, O, &s, moved, 0)
	(void)unused;
	for_each_base(base) {
		t = flow(base);
		s.seq = t.seen[O].end;
		s.ack = t.seen[R].end;
		assert_true(ok());
		s.seq = t.seen[O].end + ahead_seq;
		assert_true(ok());
		s.seq++;
		assert_false(ok());
		s.seq = t.seen[O].end - WIN_R;
		assert_true(ok());
		s.seq--;
		assert_false(ok());
		s.seq = t.seen[O].end;
		s.ack = t.seen[R].end + ahead_ack;
		assert_true(ok());
		s.ack++;
		assert_false(ok());
		s.ack = t.seen[R].end - CTSYNC_ACK_SLACK;
		assert_true(ok());
		s.ack--;
		assert_false(ok());
	}
#undef ok
}

static void plausible__moved_has_bounds(void **unused)
{
	const u32 none[2] = { 0, 0 }, all[2] = { ~0u, ~0u };
	struct ctsync_tcp t = flow(7);
	struct ctsync_segment s = { .ack = t.seen[R].end };

	(void)unused;
	s.seq = t.seen[O].end + 2 * CTSYNC_MOVED_MIN + WIN_R;
	assert_true(ctsync_tcpwin_plausible(&t, NULL, O, &s, none, 0));
	s.seq++;
	assert_false(ctsync_tcpwin_plausible(&t, NULL, O, &s, none, 0));
	s.seq = t.seen[O].end + 2 * (4u << 20) + WIN_R;
	assert_true(ctsync_tcpwin_plausible(&t, NULL, O, &s, all, 0));
	s.seq++;
	assert_false(ctsync_tcpwin_plausible(&t, NULL, O, &s, all, 0));
}

static void plausible__of_a_split_flow_from_what_is_known(void **unused)
{
	const u32 moved[2] = { 0, 0 };
	struct ctsync_tcp_known k;
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		ctsync_tcpwin_begin(&t, &k);
		t.seen[O].end += 10 * WIN_R;
		s.seq = base + 100000;
		s.ack = ~base + 2000;
		assert_false(ctsync_tcpwin_plausible(&t, NULL, O, &s, moved, 0));
		assert_true(ctsync_tcpwin_plausible(&t, &k, O, &s, moved, 0));
	}
}

static void plausible__never_without_a_window(void **unused)
{
	const u32 moved[2] = { 100, 100 };
	struct ctsync_tcp t = flow(7);
	struct ctsync_segment s = {
		.seq = t.seen[O].end, .ack = t.seen[R].end,
	};

	(void)unused;
	t.seen[R].maxwin = 0;
	assert_false(ctsync_tcpwin_plausible(&t, NULL, O, &s, moved, 0));
}

/* From either start, at any staleness: this packet, later data, both sides'
 * acknowledgements and retransmissions are accepted.
 */
static void adopt__then_conntrack_accepts(void **unused)
{
	static const u32 stale[] = { 0, 1, 70000, 7u << 20, 250u << 20 };
	struct ctsync_segment s, later;
	struct ctsync_tcp t;
	size_t i;
	u32 base;

	(void)unused;
	for_each_base(base)
		for (i = 0; i < ARRAY_SIZE(stale); i++) {
			/* data first */
			t = flow(base);
			s = (struct ctsync_segment){
				.seq = base + 100000 + stale[i],
				.ack = ~base + 2000 + stale[i] / 50,
			};
			s.end = s.seq + 60000;
			ctsync_tcpwin_adopt(&t, O, &s);
			assert_true(in_window(&t, O, &s));
			later = s;
			later.seq += WIN_R;
			later.end = later.seq;
			assert_true(in_window(&t, O, &later));
			t.seen[O].end = s.seq + WIN_R;
			later.seq = s.seq;
			later.end = s.seq + 1;
			assert_true(in_window(&t, O, &later));
			/* its acknowledgement */
			later = (struct ctsync_segment){
				.seq = s.ack, .end = s.ack, .ack = s.end,
			};
			assert_true(in_window(&t, R, &later));

			/* acknowledgement first */
			t = flow(base);
			s = (struct ctsync_segment){
				.seq = ~base + 2000, .end = ~base + 2000,
				.ack = base + 100000 + stale[i],
			};
			ctsync_tcpwin_adopt(&t, R, &s);
			assert_true(in_window(&t, R, &s));
			later = (struct ctsync_segment){
				.seq = s.ack, .end = s.ack + 60000,
				.ack = s.seq,
			};
			assert_true(in_window(&t, O, &later));
		}
}

static void adopt__past_the_edge_but_not_past_the_end(void **unused)
{
	struct ctsync_tcp t = flow(0);
	struct ctsync_segment s;

	(void)unused;
	/* conntrack moved td_end for data beyond the window, but not maxend */
	t.seen[O].end = t.seen[O].maxend + 5000;
	s = (struct ctsync_segment){
		.seq = t.seen[O].end, .end = t.seen[O].end + 100,
		.ack = t.seen[R].end,
	};
	assert_false(in_window(&t, O, &s));
	ctsync_tcpwin_adopt(&t, O, &s);
	assert_true(in_window(&t, O, &s));
}

/* ---- behind a SYN ---- */

static struct ctsync_tcp syn(u32 base)
{
	return (struct ctsync_tcp){
		.state = CTSYNC_TCP_SYN_SENT,
		.seen[O] = { .end = base, .maxend = base, .maxwin = 64240, .scale = 7,
			     .flags = CTSYNC_TCPF_WSCALE },
	};
}

static void follows_syn__near_behind_it_only(void **unused)
{
	struct ctsync_segment s;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = syn(base);
		s = (struct ctsync_segment){ .seq = base, .end = base, .ack = ~base };
		assert_true(ctsync_tcpwin_follows_syn(&t, &s));
		s.seq = base + 65535;
		assert_true(ctsync_tcpwin_follows_syn(&t, &s));
		s.seq = base + 65536;
		assert_false(ctsync_tcpwin_follows_syn(&t, &s));
		s.seq = base - 1;
		assert_false(ctsync_tcpwin_follows_syn(&t, &s));
		t.state = CTSYNC_TCP_ESTABLISHED;
		s.seq = base;
		assert_false(ctsync_tcpwin_follows_syn(&t, &s));
	}
}

/* The client's packet, and what the server answers. */
static void adopt_open__then_conntrack_accepts(void **unused)
{
	struct ctsync_segment s, answer;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = syn(base);
		s = (struct ctsync_segment){
			.seq = base + 1000, .end = base + 1100, .ack = ~base,
		};
		ctsync_tcpwin_adopt_open(&t, &s);
		assert_int_equal(t.state, CTSYNC_TCP_SYN_RECV);
		assert_int_equal(t.seen[O].scale, 7);
		assert_true(in_window(&t, O, &s));
		t.seen[O].end = s.end;
		answer = (struct ctsync_segment){
			.seq = s.ack, .end = s.ack + 1000, .ack = s.end,
		};
		assert_true(in_window(&t, R, &answer));
		/* nothing of the server's own is made up */
		assert_int_equal(t.seen[R].maxwin, 0);
	}
}

/* ---- closed ---- */

static void closed__both_fins_acknowledged(void **unused)
{
	struct ctsync_tcp_known k;
	struct ctsync_tcp t;
	u32 base;

	(void)unused;
	for_each_base(base) {
		t = flow(base);
		assert_true(ctsync_tcpwin_closed(&t, NULL));
		t.seen[R].end++;
		assert_false(ctsync_tcpwin_closed(&t, NULL));
		t.seen[R].end--;
		ctsync_tcpwin_begin(&t, &k);
		assert_true(ctsync_tcpwin_closed(&t, &k));
		k.end[O]++;
		assert_false(ctsync_tcpwin_closed(&t, &k));
		t.seen[R].maxack++;
		assert_true(ctsync_tcpwin_closed(&t, &k));
		k.end[R]++;
		assert_false(ctsync_tcpwin_closed(&t, &k));
		t.seen[O].maxack++;
		assert_true(ctsync_tcpwin_closed(&t, &k));
		t.seen[O].flags &= ~CTSYNC_TCPF_MAXACK_SET;
		assert_false(ctsync_tcpwin_closed(&t, &k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clamp__bounded_by_scale),
		cmocka_unit_test(report__masks_and_caps),
		cmocka_unit_test(report__never_tells_a_lead),
		cmocka_unit_test(report__of_a_split_flow_is_what_is_known),
		cmocka_unit_test(merge__order_and_repetition_do_not_matter),
		cmocka_unit_test(merge__only_what_the_direction_writes),
		cmocka_unit_test(merge__nothing_goes_backwards),
		cmocka_unit_test(merge__a_mirror_keeps_what_is_open),
		cmocka_unit_test(merge__a_mirror_follows_past_half_way_round),
		cmocka_unit_test(merge__first_word_of_a_direction),
		cmocka_unit_test(merge__both_directions_into_nothing),
		cmocka_unit_test(merge__a_refused_scale_stays_refused),
		cmocka_unit_test(merge__ignores_who_knows_nothing),
		cmocka_unit_test(merge__never_trusts),
		cmocka_unit_test(merge__clears_unacked),
		cmocka_unit_test(begin__opens_both),
		cmocka_unit_test(begin__a_syn_grants_nothing),
		cmocka_unit_test(end__leaves_nothing_that_conntrack_would_not_clear),
		cmocka_unit_test(packet__opens_to_what_it_grants),
		cmocka_unit_test(packet__of_a_closed_window_grants_a_probe),
		cmocka_unit_test(packet__never_opens_past_what_conntrack_tolerates),
		cmocka_unit_test(packet__leads_by_one_window),
		cmocka_unit_test(packet__lead_is_limited),
		cmocka_unit_test(packet__does_not_lead_on_what_is_open),
		cmocka_unit_test(packet__undoes_what_a_crossing_added),
		cmocka_unit_test(packet__two_nodes_do_not_pump_each_other),
		cmocka_unit_test(packet__that_conntrack_did_not_look_at),
		cmocka_unit_test(packet__a_syn_is_not_scaled),
		cmocka_unit_test(heard__first_word),
		cmocka_unit_test(heard__opens_and_leads),
		cmocka_unit_test(unacked__derived_from_what_is_known),
		cmocka_unit_test(due_split__each_quarter_window),
		cmocka_unit_test(due_split__past_the_peers_edge),
		cmocka_unit_test(due_bytes__grows_by_half),
		cmocka_unit_test(sent__first_report_moved_nothing),
		cmocka_unit_test(update_bytes__bounds),
		cmocka_unit_test(kin__how_far_from_the_end_that_is_known),
		cmocka_unit_test(plausible__exactly_at_the_edges),
		cmocka_unit_test(plausible__moved_has_bounds),
		cmocka_unit_test(plausible__of_a_split_flow_from_what_is_known),
		cmocka_unit_test(plausible__never_without_a_window),
		cmocka_unit_test(adopt__then_conntrack_accepts),
		cmocka_unit_test(adopt__past_the_edge_but_not_past_the_end),
		cmocka_unit_test(follows_syn__near_behind_it_only),
		cmocka_unit_test(adopt_open__then_conntrack_accepts),
		cmocka_unit_test(closed__both_fins_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
