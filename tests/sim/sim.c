// SPDX-License-Identifier: GPL-2.0
/* Two firewalls, one TCP flow, any path: is every legal packet valid?
 *
 * A run is drawn from its seed: two hosts, a schedule of which firewall each
 * direction uses, delays, losses, reordering. The firewalls are the kernel's
 * own tracker with ctsync's pure files around it (node.c). What must hold is
 * checked at each packet and when all is quiet.
 */
#include "host.h"
#include "node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

u64 now;
bool tracing;
bool shim_log_on;

static u64 random_state;
static bool failed;
static const char *kind_name;

/* ---- chance ---- */

u64 rnd(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

u64 log_between(u64 lo, u64 hi)
{
	u64 top = lo;

	while (top < hi && chance(850))
		top *= 2;
	if (top > hi)
		top = hi;
	return between(lo, top);
}

/* ---- words ---- */

void say(const char *fmt, ...)
{
	va_list ap;

	printf("%12.3f us  ", now / 1000.0);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void shim_log(const char *fmt, ...)
{
	va_list ap;

	printf("%18s conntrack: ", "");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static char why[200];

void fail(const char *fmt, ...)
{
	va_list ap;

	if (failed)
		return;
	failed = true;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (tracing) {
		say("FAILED: %s", why);
		node_dump();
	}
}

/* ---- what will happen, earliest first; equal times in the order told ---- */

struct event {
	u64 at, no;
	u32 i, gen;
	u8 type, who;
};

static struct event *heap;
static u32 heap_len, heap_size;
static u64 event_no;

static bool earlier(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->no < b->no;
}

void event(u64 at, enum event_type type, int who, u32 i, u32 gen)
{
	struct event e = { at, event_no++, i, gen, type, who };
	u32 k;

	if (heap_len == heap_size) {
		heap_size = 2 * heap_size + 256;
		heap = realloc(heap, heap_size * sizeof(*heap));
	}
	for (k = heap_len++; k && earlier(&e, &heap[(k - 1) / 2]);
	     k = (k - 1) / 2)
		heap[k] = heap[(k - 1) / 2];
	heap[k] = e;
}

static struct event next_event(void)
{
	struct event first = heap[0], last = heap[--heap_len];
	u32 k = 0, c;

	while ((c = 2 * k + 1) < heap_len) {
		if (c + 1 < heap_len && earlier(&heap[c + 1], &heap[c]))
			c++;
		if (!earlier(&heap[c], &last))
			break;
		heap[k] = heap[c];
		k = c;
	}
	heap[k] = last;
	return first;
}

/* ---- packets ---- */

static struct pkt *pkts;
static u32 *free_pkts, free_len, pkt_count, pkt_no;

struct pkt *pkt_at(u32 i)
{
	return &pkts[i];
}

u32 pkt_new(void)
{
	u32 i;

	if (!free_len) {
		u32 more = pkt_count + 256;

		pkts = realloc(pkts, (pkt_count + more) * sizeof(*pkts));
		free_pkts = realloc(free_pkts,
				    (pkt_count + more) * sizeof(*free_pkts));
		for (i = 0; i < more; i++)
			free_pkts[free_len++] = pkt_count + i;
		pkt_count += more;
	}
	i = free_pkts[--free_len];
	memset(&pkts[i], 0, sizeof(pkts[i]));
	pkts[i].no = ++pkt_no;
	return i;
}

void pkt_free(u32 i)
{
	free_pkts[free_len++] = i;
}

/* ---- the network ---- */

enum kind { SAME, SPLIT, SPRAY, MOVE, REUNION, SWAP, WILD, DEATH, KINDS };

static const char *const kind_names[KINDS] = {
	[SAME] = "same",	/* all on one */
	[SPLIT] = "split",	/* O on A, R on B, for ever */
	[SPRAY] = "spray",	/* each packet on either */
	[MOVE] = "move",	/* all moves from one to the other */
	[REUNION] = "reunion",	/* split, then all on one */
	[SWAP] = "swap",	/* split, then the other way round */
	[WILD] = "wild",	/* any of these, many times */
	[DEATH] = "death",	/* all on A, or split, then A is dead */
};

enum route { ON_A, ON_B, ON_ANY };

struct leg {
	u64 delay, jitter, last;
	bool bursting;
};

static struct {
	enum kind kind;
	int changes;
	struct {
		u64 at;
		u8 route[2];
	} change[16];
	struct leg in[2][2], out[2][2];	/* [direction][node] */
	u32 loss, burst, reorder;	/* per mille */
	u64 reorder_by;
	u32 probe;
} path;

static bool lost(struct leg *leg)
{
	if (leg->bursting)
		leg->bursting = chance(800);
	else if (path.loss)
		leg->bursting = chance(path.loss);
	return leg->bursting && chance(path.burst);
}

static u64 travel(struct leg *leg, u64 at)
{
	at += leg->delay + below(leg->jitter + 1);
	if (path.reorder && chance(path.reorder))
		return at + below(path.reorder_by);
	if (at <= leg->last)
		at = leg->last + 1;
	leg->last = at;
	return at;
}

static int route(int d, u64 at)
{
	int i = path.changes;

	while (i > 1 && path.change[i - 1].at > at)
		i--;
	switch (path.change[i - 1].route[d]) {
	case ON_A:
		return A;
	case ON_B:
		return B;
	default:
		return below(2);
	}
}

void net_from_host(u32 i, u64 at)
{
	struct pkt *p = &pkts[i];
	int who = route(p->dir, at);
	struct leg *leg = &path.in[p->dir][who];

	if (lost(leg))
		pkt_free(i);
	else
		event(travel(leg, at), EV_NODE, who, i, 0);
}

void net_from_node(u32 i, int node)
{
	struct pkt *p = &pkts[i];
	struct leg *leg = &path.out[p->dir][node];

	if (lost(leg))
		pkt_free(i);
	else
		event(travel(leg, now), EV_HOST, !p->dir, i, 0);
}

/* ---- one run ---- */

static void draw_routes(u64 length)
{
	int i;

	path.changes = 1;
	path.change[0].at = 0;
	path.change[0].route[O] = ON_A;
	path.change[0].route[R] = ON_A;
	switch (path.kind) {
	case SAME:
	case KINDS:
		break;
	case SPLIT:
		path.change[0].route[R] = ON_B;
		break;
	case SPRAY:
		path.change[0].route[O] = below(3);
		path.change[0].route[R] = ON_ANY;
		break;
	case DEATH:
		path.change[0].route[R] = below(2);
		/* fallthrough */
	case MOVE:
		path.changes = 2;
		path.change[1].route[O] = ON_B;
		path.change[1].route[R] = ON_B;
		break;
	case REUNION:
		path.changes = 2;
		path.change[0].route[R] = ON_B;
		path.change[1].route[O] = path.change[1].route[R] = below(2);
		break;
	case SWAP:
		path.changes = 2;
		path.change[0].route[R] = ON_B;
		path.change[1].route[O] = ON_B;
		path.change[1].route[R] = ON_A;
		break;
	case WILD:
		path.changes = between(2, 16);
		for (i = 0; i < path.changes; i++) {
			path.change[i].route[O] = below(3);
			path.change[i].route[R] = below(3);
		}
		break;
	}
	for (i = 1; i < path.changes; i++)
		path.change[i].at = path.change[i - 1].at +
				    between(1, 2 * length / path.changes);
}

static void draw(enum kind kind)
{
	struct host_plan host[2];
	struct node_plan node = { 0 };
	u64 rtt, length;
	int i, j;

	memset(&path, 0, sizeof(path));
	path.kind = kind;
	rtt = log_between(20 * USEC, 20 * MSEC);
	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++) {
			path.in[i][j].delay = between(1, rtt / 2);
			path.out[i][j].delay = between(1, rtt / 2);
			path.in[i][j].jitter = below(rtt / 8);
			path.out[i][j].jitter = below(rtt / 8);
		}
	if (chance(500)) {
		path.loss = between(1, 20);
		path.burst = between(200, 1000);
	}
	if (chance(300)) {
		path.reorder = between(1, 50);
		path.reorder_by = between(1, rtt);
	}
	path.probe = 20;

	for (i = 0; i < 2; i++) {
		struct host_plan *h = &host[i];
		u64 min_scale = 0;

		memset(h, 0, sizeof(*h));
		h->isn = chance(500) ? rnd() : 0u - below(1 << 20) -
		     (chance(500) ? 1u << 31 : 0);
		h->rcvbuf = log_between(2048, 8 << 20);
		while (65535ull << min_scale < h->rcvbuf)
			min_scale++;
		h->scale = chance(100) ? 255 : between(min_scale,
						min_scale + below(4));
		if (h->scale != 255 && h->scale > 14)
			h->scale = 14;
		h->sack = chance(800);
		h->seg_max = log_between(536, chance(100) ? 500000 : 65000);
		h->seg_min = chance(500) ? h->seg_max :
					   between(1, h->seg_max);
		h->total = chance(200) ? below(2000) :
			   between(1, h->seg_max * 200ull);
		h->chunk = chance(500) ? h->total : between(1, 1 + h->total / 4);
		h->gap = log_between(rtt / 10, chance(100) ? SEC : 10 * rtt);
		h->read_gap = chance(500) ? 0 : log_between(rtt / 10, 20 * rtt);
		h->read = chance(500) ? 0 : between(1024, 1024 + h->rcvbuf / 2);
		h->cwnd = chance(300) ? log_between(4096, 1 << 20) : 1ull << 40;
		h->ns_per_kb = log_between(100, 20000);
		h->rto = 2 * rtt + log_between(MSEC, 50 * MSEC);
		h->delack = between(1, 20 * MSEC);
		h->ack_every = between(1, chance(200) ? 20 : 2);
		h->end = chance(800) ? END_FIN : chance(500) ? END_RST :
							       END_NONE;
		h->end_after = log_between(rtt, SEC);
		h->probe_byte = chance(300);
	}
	length = log_between(10 * rtt, SEC);
	draw_routes(length);

	node.sync_min = chance(200) ? 1 : log_between(USEC, 4 * rtt);
	node.sync_max = node.sync_min + (chance(500) ? 0 :
					 below(node.sync_min + 1));
	node.loss = chance(200) ? between(1, 100) : 0;
	node.repair = log_between(MSEC, 10 * MSEC);
	node.window = log_between(20 * MSEC, SEC) / USEC;
	node.update = node.window * USEC;
	node.flush = node.update / 10;
	node.steady = kind == SPLIT || kind == SAME;
	if (kind == DEATH)
		node.dead_at = path.change[1].at;
	node_init(&node);
	host_init(O, &host[O]);
	host_init(R, &host[R]);
	trace("%s: rtt %.0f us, sync %.0f-%.0f us, window %u us, changes %d, loss %u, reorder %u, sync loss %u",
	      kind_names[kind], rtt / 1e3, node.sync_min / 1e3,
	      node.sync_max / 1e3, node.window, path.changes - 1, path.loss,
	      path.reorder, node.loss);
	for (i = 0; i < 2; i++)
		trace("host %c: isn %u scale %u total %llu rcvbuf %llu segments %u-%u end %d",
		      "CS"[i], host[i].isn, host[i].scale,
		      (unsigned long long)host[i].total,
		      (unsigned long long)host[i].rcvbuf, host[i].seg_min,
		      host[i].seg_max, host[i].end);
	for (i = 0; i < path.changes; i++)
		trace("from %.0f us: O on %c, R on %c",
		      path.change[i].at / 1e3,
		      "AB*"[path.change[i].route[O]],
		      "AB*"[path.change[i].route[R]]);
}

#define MAX_EVENTS 60000

static void run(u64 seed, int only)
{
	enum kind kind;
	struct event e;
	u32 events = 0, i;

	random_state = seed * 0x2545f4914f6cdd1dull + 1;
	now = 0;
	failed = false;
	heap_len = 0;
	event_no = 0;
	pkt_no = 0;
	free_len = 0;
	for (i = pkt_count; i--;)
		free_pkts[free_len++] = i;
	kind = below(KINDS);
	if (only >= 0)
		kind = only;
	kind_name = kind_names[kind];
	draw(kind);
	host_start();
	while (heap_len && !failed) {
		e = next_event();
		now = e.at;
		if (++events > MAX_EVENTS)
			return;
		switch (e.type) {
		case EV_NODE:
			node_packet(e.who, e.i);
			if (chance(path.probe))
				node_probe(below(2));
			break;
		case EV_MISS:
			node_resume(e.who, e.i);
			break;
		case EV_RELEASE:
			node_release(e.who, e.i);
			break;
		case EV_HOST:
			{
				/* the host's answer may move the array */
				struct pkt p = pkts[e.i];

				pkt_free(e.i);
				host_recv(e.who, &p);
			}
			break;
		case EV_TIMER:
			host_timer(e.who, e.i, e.gen);
			break;
		case EV_SYNC:
			node_message(e.who, e.i);
			break;
		case EV_QUERY:
			node_query(e.who, e.i, e.gen);
			break;
		case EV_REQUEST:
			node_request(e.who);
			break;
		case EV_FLUSH:
			node_flush(e.who);
			break;
		}
	}
	if (!failed)
		node_settled();
}

/* ---- command line ---- */

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: sim [--seconds N] [--first N] [--kind KIND]  many seeds\n"
		"       sim --seed N [--kind KIND] [--trace]         one seed\n"
		"KIND: same split spray move reunion swap wild death\n");
	exit(2);
}

int main(int argc, char **argv)
{
	u64 first = 1, seed, good = 0, bad = 0, missed[KINDS] = { 0 };
	double limit = 20, start = seconds(), took;
	bool one = false;
	int i, k, only = -1;

	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--trace")) {
			tracing = shim_log_on = true;
			continue;
		}
		if (!value)
			usage();
		if (!strcmp(argv[i], "--seed")) {
			one = true;
			first = strtoull(value, NULL, 0);
		} else if (!strcmp(argv[i], "--first")) {
			first = strtoull(value, NULL, 0);
		} else if (!strcmp(argv[i], "--seconds")) {
			limit = strtod(value, NULL);
		} else if (!strcmp(argv[i], "--kind")) {
			for (k = 0; k < KINDS; k++)
				if (!strcmp(value, kind_names[k]))
					only = k;
			if (only < 0)
				usage();
		} else {
			usage();
		}
		i++;
	}
	for (seed = first; one ? seed == first : seconds() - start < limit;
	     seed++) {
		u64 before = stats.missed;

		run(seed, only);
		for (k = 0; k < KINDS; k++)
			if (kind_name == kind_names[k])
				missed[k] += stats.missed - before;
		if (!failed) {
			good++;
			continue;
		}
		if (++bad <= 20)
			printf("seed %llu (%s) at %.3f us: %s\n",
			       (unsigned long long)seed, kind_name, now / 1e3,
			       why);
	}
	took = seconds() - start;
	printf("%llu schedules, %llu packets, %llu messages in %.1f s: %.0f schedules/s, %.2f M packets/s\n",
	       (unsigned long long)(good + bad),
	       (unsigned long long)stats.packets,
	       (unsigned long long)stats.messages, took, (good + bad) / took,
	       stats.packets / took / 1e6);
	printf("%llu probes, %llu adopted, %llu excused, %llu lost with their node, widest lead %llu, missed:",
	       (unsigned long long)stats.probes,
	       (unsigned long long)stats.adopted,
	       (unsigned long long)stats.excused,
	       (unsigned long long)stats.lost,
	       (unsigned long long)stats.lead_max);
	for (k = 0; k < KINDS; k++)
		printf(" %s %llu", kind_names[k],
		       (unsigned long long)missed[k]);
	printf("\n%llu passed, %llu failed\n", (unsigned long long)good,
	       (unsigned long long)bad);
	return bad != 0;
}
