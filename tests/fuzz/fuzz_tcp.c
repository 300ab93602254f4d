// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: any sequence of operations of kernel/tcpwin.c and tcpstate.c
 * keeps the promises that their headers make.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tcpstate.h"
#include "tcpwin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what) do {						\
		if (!(what)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n",		\
				__FILE__, __LINE__, #what);		\
			abort();					\
		}							\
	} while (0)

struct input {
	const uint8_t *p;
	size_t len;
};

/* Numbers from the input, zeros after its end. */
static u32 take(struct input *in, u32 bytes)
{
	u32 v = 0;

	while (bytes--) {
		v <<= 8;
		if (in->len) {
			v |= *in->p++;
			in->len--;
		}
	}
	return v;
}

/* Near @near, or anywhere: both must be met often. */
static u32 take_number(struct input *in, u32 near)
{
	u32 how = take(in, 1);

	switch (how & 3) {
	case 0:
		return near + take(in, 1);
	case 1:
		return near - take(in, 2);
	case 2:
		return near + (take(in, 2) << (how >> 4));
	default:
		return take(in, 4);
	}
}

static void take_report(struct input *in, const struct ctsync_tcp *t, int d,
			struct ctsync_tcp_report *r)
{
	r->end = take_number(in, t->seen[d].end);
	r->maxend_other = take_number(in, t->seen[!d].maxend);
	r->maxwin = take_number(in, t->seen[d].maxwin);
	r->maxack = take_number(in, t->seen[d].maxack);
	r->scale = take(in, 1);
	r->flags = take(in, 1);
}

static bool same_dir(const struct ctsync_tcp_dir *a,
		     const struct ctsync_tcp_dir *b)
{
	return a->end == b->end && a->maxend == b->maxend &&
	       a->maxwin == b->maxwin && a->maxack == b->maxack &&
	       a->scale == b->scale && a->flags == b->flags;
}

static bool same(const struct ctsync_tcp *a, const struct ctsync_tcp *b)
{
	return same_dir(&a->seen[0], &b->seen[0]) &&
	       same_dir(&a->seen[1], &b->seen[1]) && a->state == b->state;
}

static bool not_lower(u32 now, u32 before)
{
	return !ctsync_after(before, now);
}

static void check_cap(const struct ctsync_tcp *t)
{
	for (int d = 0; d < 2; d++)
		CHECK(t->seen[d].maxwin <=
		      ctsync_tcpwin_cap(t->seen[d].scale));
}

static void check_report(const struct ctsync_tcp *t,
			 const struct ctsync_tcp_known *k, int d)
{
	struct ctsync_tcp_report r;

	ctsync_tcpwin_report(t, k, d, &r);
	CHECK(!(r.flags & ~CTSYNC_TCPF_WIRE));
	CHECK(r.maxwin <= ctsync_tcpwin_cap(14));
	CHECK(r.maxack == t->seen[d].maxack);
	if (k) {
		/* neither opened nor led */
		CHECK(r.end == k->end[d] && r.maxend_other == k->edge[!d]);
		return;
	}
	CHECK(r.maxwin <= ctsync_tcpwin_cap(r.scale));
	CHECK(r.end == t->seen[d].end);
	/* a lead that is left is not told as granted */
	CHECK(!ctsync_after(r.maxend_other, t->seen[!d].maxend));
	if (r.flags & CTSYNC_TCPF_MAXACK_SET)
		CHECK(!ctsync_after(r.maxend_other, r.maxack + r.maxwin));
}

/* What is known only grows, once there is something. */
static void check_known(const struct ctsync_tcp_known *k,
			const struct ctsync_tcp_known *knew)
{
	for (int d = 0; d < 2; d++) {
		CHECK(k->maxwin[d] >= knew->maxwin[d]);
		CHECK(k->maxwin[d] <= ctsync_tcpwin_cap(14));
		if (!knew->maxwin[d])
			continue;
		CHECK(not_lower(k->end[d], knew->end[d]));
		CHECK(not_lower(k->edge[d], knew->edge[d]));
	}
}

/* Nothing that conntrack tests against is taken back. */
static void check_wider(const struct ctsync_tcp *t, const struct ctsync_tcp *old)
{
	for (int d = 0; d < 2; d++) {
		CHECK(not_lower(t->seen[d].end, old->seen[d].end));
		CHECK(not_lower(t->seen[d].maxend, old->seen[d].maxend));
		CHECK(not_lower(t->seen[d].maxack, old->seen[d].maxack));
		CHECK(t->seen[d].scale == old->seen[d].scale);
		CHECK(!((t->seen[d].flags ^ old->seen[d].flags) &
			~CTSYNC_TCPF_UNACKED));
	}
	CHECK(t->state == old->state);
}

/* What was opened is not past what is known to be granted. */
static void check_opened(const struct ctsync_tcp *t,
			 const struct ctsync_tcp *old,
			 const struct ctsync_tcp_known *k)
{
	for (int d = 0; d < 2; d++) {
		if (t->seen[d].end != old->seen[d].end)
			CHECK(!ctsync_after(t->seen[d].end, k->edge[d]));
	}
}

/* Led within the limit, in direction @d; the other's edge is as granted. */
static void check_led(const struct ctsync_tcp *t, const struct ctsync_tcp *old,
		      const struct ctsync_tcp_known *k, int d, u32 limit)
{
	if (t->seen[!d].maxend != old->seen[!d].maxend)
		CHECK(t->seen[!d].maxend == k->edge[!d]);
	if (t->seen[d].maxend != old->seen[d].maxend)
		CHECK(!ctsync_after(t->seen[d].maxend,
				    k->edge[d] + limit + CTSYNC_GRO_MAX));
}

static void do_merge(struct input *in, struct ctsync_tcp *t,
		     struct ctsync_tcp_known *k, int d)
{
	const struct ctsync_tcp old = *t;
	const struct ctsync_tcp_dir *was = &old.seen[d];
	struct ctsync_tcp_report r;
	struct ctsync_tcp again;
	bool mirror = take(in, 1) & 1, changed;

	take_report(in, t, d, &r);
	changed = ctsync_tcpwin_merge(t, d, &r, mirror);
	CHECK(changed || same(t, &old));
	check_cap(t);
	CHECK(t->seen[d].scale <= 14 || t->seen[d].scale == was->scale);

	/* what a packet of direction d does not write, but for the first */
	CHECK(!was->maxwin || t->seen[d].maxend == was->maxend);
	CHECK(t->seen[!d].end == old.seen[!d].end);
	CHECK(t->seen[!d].maxack == old.seen[!d].maxack);
	CHECK(!(t->seen[d].flags & ~was->flags & ~CTSYNC_TCPF_WIRE));
	CHECK(!(was->flags & ~t->seen[d].flags));
	CHECK(t->state == old.state);

	/* nothing goes backwards; a direction not seen yet has nothing */
	if (!mirror && was->maxwin) {
		CHECK(not_lower(t->seen[d].end, was->end));
		if (old.seen[!d].maxwin)
			CHECK(not_lower(t->seen[!d].maxend,
					old.seen[!d].maxend));
		if (was->flags & CTSYNC_TCPF_MAXACK_SET)
			CHECK(not_lower(t->seen[d].maxack, was->maxack));
	}

	/* repetition does not matter */
	again = *t;
	ctsync_tcpwin_merge(&again, d, &r, mirror);
	CHECK(same(&again, t));

	if (k) {
		const struct ctsync_tcp_known knew = *k;
		u32 limit = take(in, 4) >> 3;

		again = *t;
		ctsync_tcpwin_heard(t, k, d, &r, limit);
		check_known(k, &knew);
		check_wider(t, &again);
		check_opened(t, &again, k);
		check_led(t, &again, k, d, limit);
	}
}

/* Order does not matter for reports that lie within half the number space. */
static void do_commute(struct input *in, const struct ctsync_tcp *t, int d)
{
	struct ctsync_tcp_report r[2];
	struct ctsync_tcp a = *t, b;

	for (int i = 0; i < 2; i++) {
		a.seen[i].flags |= CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_MAXACK_SET;
		a.seen[i].maxwin = max(a.seen[i].maxwin, 1u);
	}
	a.seen[!d].maxend = a.seen[d].maxack;
	for (int i = 0; i < 2; i++) {
		r[i].end = a.seen[d].end + take(in, 3);
		r[i].maxend_other = a.seen[!d].maxend + take(in, 3);
		r[i].maxwin = take(in, 3);
		r[i].maxack = a.seen[d].maxack + take(in, 3);
		r[i].scale = a.seen[d].scale;
		r[i].flags = CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_MAXACK_SET |
			     take(in, 1);
	}
	b = a;
	ctsync_tcpwin_merge(&a, d, &r[0], false);
	ctsync_tcpwin_merge(&a, d, &r[1], false);
	ctsync_tcpwin_merge(&b, d, &r[1], false);
	ctsync_tcpwin_merge(&b, d, &r[0], false);
	CHECK(same(&a, &b));
}

static void do_begin(struct ctsync_tcp *t, struct ctsync_tcp_known *k)
{
	struct ctsync_tcp old = *t;
	bool changed = ctsync_tcpwin_begin(t, k);

	CHECK(changed || same(t, &old));
	check_wider(t, &old);
	check_opened(t, &old, k);
	for (int d = 0; d < 2; d++) {
		CHECK(k->end[d] == old.seen[d].end);
		CHECK(t->seen[d].maxend == old.seen[d].maxend);
	}
}

static void do_packet(struct input *in, struct ctsync_tcp *t,
		      struct ctsync_tcp_known *k, int d)
{
	const struct ctsync_tcp_known knew = *k;
	struct ctsync_tcp old = *t;
	struct ctsync_segment s;
	u32 limit = take(in, 4) >> 3;
	bool syn = take(in, 1) & 1;

	s.seq = take_number(in, t->seen[d].end);
	s.end = s.seq + take(in, 2);
	s.ack = take_number(in, t->seen[!d].end);
	s.win = take(in, 2);
	/* conntrack saw it first */
	t->seen[d].end = ctsync_later(t->seen[d].end, s.end);
	t->seen[d].maxwin = max(t->seen[d].maxwin, 1u);
	old.seen[d].end = t->seen[d].end;

	ctsync_tcpwin_packet(t, k, d, &s, syn, limit);
	check_wider(t, &old);
	check_known(k, &knew);
	check_opened(t, &old, k);
	check_led(t, &old, k, d, limit);
	CHECK(k->edge[d] == knew.edge[d] || !knew.maxwin[d]);
}

static void do_takeover(struct input *in, struct ctsync_tcp *t, int d)
{
	u32 moved[2] = { take(in, 4), take(in, 4) }, bytes = take(in, 4);
	struct ctsync_tcp old = *t;
	struct ctsync_segment s;

	s.seq = take_number(in, t->seen[d].end);
	s.end = s.seq + take(in, 2);
	s.ack = take_number(in, t->seen[!d].end);
	s.win = take(in, 2);
	if (!ctsync_tcpwin_plausible(t, NULL, d, &s, moved, bytes))
		return;
	ctsync_tcpwin_adopt(t, d, &s);
	for (int i = 0; i < 2; i++) {
		CHECK(not_lower(t->seen[i].end, old.seen[i].end));
		CHECK(not_lower(t->seen[i].maxend, old.seen[i].maxend));
		CHECK(t->seen[i].flags == old.seen[i].flags ||
		      !(t->seen[i].flags & ~old.seen[i].flags &
			~CTSYNC_TCPF_MAXACK_SET));
	}
	/* conntrack's tests of sequence number and acknowledgement pass */
	CHECK(!ctsync_after(s.seq, t->seen[d].end));
	CHECK(!ctsync_after(s.ack, t->seen[!d].end));
	check_cap(t);
}

static void do_ask(struct input *in, const struct ctsync_tcp *t,
		   const struct ctsync_tcp_known *k, int d)
{
	struct ctsync_tcp_sent sent = {
		.end = take_number(in, t->seen[d].end),
		.maxend_other = take_number(in, t->seen[!d].maxend),
		.moved = take(in, 4),
	};
	u32 bytes = take(in, 4);
	u32 used = ctsync_tcpwin_update_bytes(t, bytes);
	struct ctsync_tcp_report r;

	CHECK(used > 0 && used <= 1u << 28);
	ctsync_tcpwin_due_bytes(t, d, &sent, bytes);
	ctsync_tcpwin_report(t, k, d, &r);
	ctsync_tcpwin_due_split(&r, &sent, take_number(in, t->seen[d].maxend),
				t->seen[!d].maxwin);
	ctsync_tcpwin_closed(t, k);
	/* what was just sent is not due */
	ctsync_tcpwin_sent(&sent, &r);
	CHECK(!ctsync_tcpwin_due_split(&r, &sent, r.end, t->seen[!d].maxwin));
	if (!k)
		CHECK(!ctsync_tcpwin_due_bytes(t, d, &sent, bytes));
}

static void do_join(struct input *in, struct ctsync_tcp *t)
{
	u8 a = take(in, 1) % CTSYNC_TCP_STATE_MAX;
	u8 b = take(in, 1) % CTSYNC_TCP_STATE_MAX;
	u8 ab = ctsync_tcpstate_join(a, b);
	u8 c = t->state;

	CHECK(ab < CTSYNC_TCP_STATE_MAX);
	CHECK(ab == ctsync_tcpstate_join(b, a));
	CHECK(ctsync_tcpstate_join(a, a) == a);
	CHECK(ctsync_tcpstate_join(ab, c) ==
	      ctsync_tcpstate_join(a, ctsync_tcpstate_join(b, c)));
	CHECK(ctsync_tcpstate_covers(ab, a) && ctsync_tcpstate_covers(ab, b));
	CHECK(ctsync_tcpstate_from_ct(take(in, 1), a & 1, b & 1) <
	      CTSYNC_TCP_STATE_MAX);
	/* a close that began does not end */
	t->state = ctsync_tcpstate_join(c, a);
	CHECK(!ctsync_tcpstate_closing(c) || ctsync_tcpstate_closing(t->state));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct ctsync_tcp t = { .state = 0 };
	struct ctsync_tcp_known known, *k = NULL; /* NULL: not split */

	for (int d = 0; d < 2; d++) {
		struct ctsync_tcp_dir *s = &t.seen[d];

		s->scale = take(&in, 1) % 15;
		s->flags = take(&in, 1) & 0x1f;
		s->end = take(&in, 4);
		s->maxend = take_number(&in, s->end);
		s->maxwin = take(&in, 4);
		s->maxack = take(&in, 4);
	}
	ctsync_tcpwin_clamp(&t);
	check_cap(&t);
	CHECK(!ctsync_tcpwin_clamp(&t));

	for (int i = 0; i < 64 && in.len; i++) {
		u32 op = take(&in, 1);
		int d = op >> 7;

		switch (op % 8) {
		case 0:
		case 1:
			do_merge(&in, &t, k, d);
			break;
		case 2:
			do_commute(&in, &t, d);
			break;
		case 3:
			/* begins or ends */
			if (!k)
				do_begin(&t, &known);
			k = k ? NULL : &known;
			break;
		case 4:
			if (k)
				do_packet(&in, &t, k, d);
			break;
		case 5:
			if (!k)
				do_takeover(&in, &t, d);
			break;
		case 6:
			do_ask(&in, &t, k, d);
			break;
		default:
			do_join(&in, &t);
		}
		check_report(&t, k, d);
		check_cap(&t);
	}
	return 0;
}
