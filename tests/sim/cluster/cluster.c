// SPDX-License-Identifier: GPL-2.0
/* Whole clusters from one seed: 2 to 16 nodes, several CPUs each, flows that come,
 * move and go on any of them, and a network and machines that fail. After every
 * step, and when all is quiet, what must hold is checked.
 *
 *	sim-cluster --seconds N | --runs N | --events N [--first SEED] [--bug NAME]
 *	sim-cluster --seed N [--trace [--watch FLOW]] [--flows N] [--faults SET]
 *	sim-cluster --bugs		is every planted bug found?
 */
#include "cluster.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct node node[NODES];
u32 nodes;
u64 now;
u32 faults;
bool tracing, quiet, digests, in_step;
u8 hold_mode;
u32 watched = ~0u;
enum bug bug;
struct tally tally;

static u64 random_state;
static bool failed;
static char why[200];

u64 rnd(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void say(const char *fmt, ...)
{
	va_list ap;

	printf("%12.3f ms  ", now / 1e6);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void fail(const char *fmt, ...)
{
	va_list ap;

	if (failed)
		return;
	failed = true;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	trace("FAILED: %s", why);
}

static u32 planned, conf_flows, conf_faults;
static u64 planned_gap;		/* between flow events, at most */

bool world_nomem(void)
{
	if (!(faults & F_nomem) || !chance(5))
		return false;
	tally.faults++;
	return true;
}

/* ---- events ---- */

enum { EV_FRAME, EV_KICK, EV_TICK, EV_FLOW, EV_FAULT, EV_RECORDING, EV_OPERATOR,
       EV_RESYNC, EV_FLAP };

struct ev {
	u64 at, order;
	u8 type, cpu;
	u16 who, len;
	u64 sent;
	u8 *buf;
};

static struct ev *heap;
static u32 nr_ev, room_ev;
static u64 order;

static bool before(const struct ev *a, const struct ev *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void push(struct ev e)
{
	u32 i;

	if (nr_ev == room_ev) {
		room_ev = room_ev ? 2 * room_ev : 4096;
		heap = realloc(heap, room_ev * sizeof(*heap));
	}
	e.order = order++;
	for (i = nr_ev++; i && before(&e, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = e;
}

static struct ev pop(void)
{
	struct ev top = heap[0], last = heap[--nr_ev];
	u32 i = 0, c;

	while ((c = 2 * i + 1) < nr_ev) {
		if (c + 1 < nr_ev && before(&heap[c + 1], &heap[c]))
			c++;
		if (!before(&heap[c], &last))
			break;
		heap[i] = heap[c];
		i = c;
	}
	heap[i] = last;
	return top;
}

/* ---- the network ---- */

static u16 cut[NODES];		/* who does not reach whom */
static u32 loss, backlog[NODES];

#define BACKLOG 400		/* frames that wait for a slow node */

void world_send(u32 from, u32 to, const u8 *buf, u32 len)
{
	u64 delay = 50000 + below(100000);
	int copies = 1;

	tally.frames++;
	if (cut[from] & 1 << to || ((faults & F_loss) && chance(loss))) {
		tally.lost++;
		tally.faults++;
		return;
	}
	if ((faults & F_dup) && chance(10)) {
		tally.faults++;
		copies = 2;
	}
	if ((faults & F_reorder) && chance(30)) {
		tally.faults++;
		/* a queue that fills, or a way that is given up */
		delay += chance(100) ? below(4 * SEC) : below(20 * MS);
	}
	for (; copies; copies--, delay += below(MS)) {
		u8 *copy = malloc(len);

		memcpy(copy, buf, len);
		push((struct ev){ .at = now + delay, .type = EV_FRAME, .who = to,
				  .cpu = below(node[to].cpus), .len = len,
				  .buf = copy, .sent = now });
	}
}

void world_kick(u32 who, u8 cpu)
{
	if (node[who].cpu[cpu].kicked)
		return;
	node[who].cpu[cpu].kicked = true;
	push((struct ev){ .at = now + 20000, .type = EV_KICK, .who = who, .cpu = cpu });
}

/* A recorder: frames that somebody may send again later, to anybody. */
#define RECORDED 64
static struct { u8 buf[FRAME]; u32 len; u64 sent; } recorded[RECORDED];

/* No (epoch, dest, channel, number) is used twice. */
static u64 last_sealed[NODES][NODES + 1][CPUS], last_epoch[NODES];

void world_sealed(const struct node *n, u8 dest, u8 channel, u64 seq,
		  const u8 *buf, u32 len)
{
	u64 *last = &last_sealed[n->id - 1][dest][channel];

	if (last_epoch[n->id - 1] != n->epoch) {
		last_epoch[n->id - 1] = n->epoch;
		memset(last_sealed[n->id - 1], 0, sizeof(last_sealed[0]));
	}
	if (seq <= *last)
		fail("node %u used number %llu twice in one epoch", n->id,
		     (unsigned long long)seq);
	*last = seq;
	if (chance(20)) {
		u32 i = below(RECORDED);

		memcpy(recorded[i].buf, buf, len);
		recorded[i].len = len;
		recorded[i].sent = now;
	}
}

static void replay(u32 i, u32 to)
{
	if (!recorded[i].len)
		return;
	tally.faults++;
	if (node[to].up && recorded[i].buf[8] != node[to].id)
		node_receive(&node[to], 0, recorded[i].buf, recorded[i].len,
			     recorded[i].sent);
}

/* All that was recorded, in the order in which it was sent, to a node that hears
 * nothing else.
 */
static void replay_all(u32 to)
{
	u64 left = ~0ull;

	_Static_assert(RECORDED == 64, "a bit each");
	while (left) {
		u32 next = __builtin_ctzll(left);

		for (u32 i = next + 1; i < RECORDED; i++) {
			if (left & 1ull << i && recorded[i].sent < recorded[next].sent)
				next = i;
		}
		left &= ~(1ull << next);
		replay(next, to);
	}
}

/* ---- flows ---- */

u32 flows_used;
#define next_flow flows_used
/* Ends that every node must hear of, unless who knows dies. */
static struct end {
	bool came;
	u8 who;
	u16 inc;
	u32 life;	/* of who */
} deleted[FLOWS], over[FLOWS];

static void note_end(struct end *end, const struct node *n, u16 f)
{
	*end = (struct end){ true, n->id - 1, n->ent[f].inc, n->life };
}

static bool outlived(const struct end *end, u16 f, u32 i)
{
	const struct ent *e = &node[i].ent[f];

	return end->came && node[end->who].life == end->life &&
	       e->where == ALIVE && e->inc <= end->inc;
}

void world_over(const struct node *n, u16 f)
{
	note_end(&over[f], n, f);
}

static const u8 steps[] = {
	CTSYNC_TCP_SYN_RECV, CTSYNC_TCP_ESTABLISHED, CTSYNC_TCP_ESTABLISHED,
	CTSYNC_TCP_FIN_O, CTSYNC_TCP_FIN_R, CTSYNC_TCP_TIME_WAIT,
};

/* What happens to flow @f of @n; false: nothing changed. */
static bool happens(struct node *n, u8 cpu, u16 f, u32 what)
{
	if (what < 75)
		return flow_packet(n, cpu, f, steps[below(sizeof(steps))]);
	if (what < 80)
		return flow_reborn(n, cpu, f);
	if (what < 90)
		return flow_mark(n, cpu, f, rnd() & 255);
	if (what < 93 && n->ent[f].where == ALIVE) {
		note_end(&deleted[f], n, f);
		return flow_delete(n, cpu, f);
	}
	if (what >= 93 && what < 95 && (faults & F_evict)) {
		tally.faults++;
		return flow_evict(n, cpu, f);
	}
	return false;
}

static u16 pick_flow(void)
{
	if (chance(700) && next_flow > 32)
		return next_flow - 1 - below(32);
	return below(next_flow);
}

/* Only what changes an entry counts; most packets change none. */
static void one_flow_event(void)
{
	struct node *n = &node[below(nodes)];
	u32 what = below(100);
	u16 f;
	u8 cpu;

	if (!n->up)
		return;
	cpu = below(n->cpus);
	if ((what < 25 || !next_flow) && next_flow < FLOWS) {
		/* its origin is its maker's */
		while (next_flow < FLOWS && next_flow % nodes != (u32)n->id - 1)
			next_flow++;
		if (next_flow < FLOWS) {
			next_flow++;
			tally.events += flow_new(n, cpu, next_flow - 1);
		}
		return;
	}
	for (int i = 0; i < 4; i++) {
		f = pick_flow();
		if (n->ent[f].where == ALIVE)
			break;
	}
	tally.events += happens(n, cpu, f, what);
}

/* ---- faults ---- */

static u64 heal_at;

static void one_fault(void)
{
	u32 a = below(nodes), b = below(nodes);

	switch (below(6)) {
	case 0:
		if (!(faults & F_partition) || heal_at)
			break;
		tally.partitions++;
		tally.faults++;
		for (u32 i = 0; i < nodes; i++) {
			u16 side = rnd();

			for (u32 j = 0; j < nodes; j++) {
				if ((side ^ side >> (j % 8)) & 1 && i != j) {
					cut[i] |= 1 << j;
					cut[j] |= 1 << i;
				}
			}
		}
		heal_at = now + (chance(500) ? below(800 * MS) : below(14 * SEC));
		trace("partition until %.3f ms", heal_at / 1e6);
		if (faults & F_recording)
			push((struct ev){ .at = now + 3 * DEAD / 2,
					  .type = EV_RECORDING, .who = a });
		break;
	case 1:
		if (!(faults & F_restart) || a == b)
			break;
		tally.restarts++;
		tally.faults++;
		if (node[a].up) {
			trace("node %u crashes", a + 1);
			node_crash(&node[a]);
		} else {
			trace("node %u boots", a + 1);
			node_boot(&node[a]);
		}
		break;
	case 2:
		if (faults & F_slow) {
			tally.faults++;
			node[a].slow_until = now + below(300 * MS);
		}
		break;
	case 3:
		if (faults & F_full) {
			tally.faults++;
			node[a].room = chance(500) ? FLOWS : node[a].alive;
		}
		break;
	case 4:
		if (faults & F_clock) {
			tally.faults++;
			/* a machine that stood still: the clock of HELLOs is monotonic */
			node[a].clock_off += below(60 * SEC);
		}
		break;
	default:
		a = below(RECORDED);
		replay(a, below(nodes));
	}
}

static void restart_with(struct node *n, u32 config)
{
	if (n->up)
		node_leave(n);
	node_boot(n);
	n->config = config;
}

/* Somebody wants tables copied, now and then within @time. */
static void impatience(u64 time)
{
	if (!(faults & F_operator))
		return;
	for (int i = 0; i < 4; i++)
		push((struct ev){ .at = now + below(time), .type = EV_RESYNC });
}

/* What operators do, nodes that lie, links that carry one way only. */
static void one_act(void)
{
	u32 a = below(nodes), b = below(nodes);

	tally.faults++;
	if (a == b)
		return;
	switch (below(6)) {
	case 0:
		impatience(100 * MS);
		break;
	case 1:
		if (node[a].up)
			node_device_gone(&node[a]);
		break;
	case 2:
		trace("node %u goes down", a + 1);
		if (node[a].up)
			node_leave(&node[a]);
		else
			node_boot(&node[a]);
		break;
	case 3:
		trace("node %u comes up with another configuration", a + 1);
		restart_with(&node[a], !node[a].config);
		break;
	case 4:
		if (node[a].up)
			node_lie(&node[a], b);
		break;
	default:
		if (heal_at)
			break;
		/* in the middle of a copy */
		if (node[a].up)
			node_resync(&node[a], b);
		cut[a] |= 1 << b;
		heal_at = now + SEC / 2 + below(2 * SEC);
		impatience(SEC);
	}
}

static void heal(void)
{
	memset(cut, 0, sizeof(cut));
	heal_at = 0;
}

/* ---- a run ---- */

static void become_quiet(void)
{
	quiet = true;
	faults = 0;
	heal();
	for (u32 i = 0; i < nodes; i++) {
		node[i].room = FLOWS;
		node[i].slow_until = 0;
		if (!node[i].up || node[i].config)
			restart_with(&node[i], 0);
	}
}

static bool comparable(const struct ent *e)
{
	return e->where == ALIVE && e->ends > now + 10 * SEC;
}

static void compare(u16 f, const struct node *a, const struct node *b)
{
	const struct ent *x = &a->ent[f], *y = &b->ent[f];

	if (comparable(x) != comparable(y)) {
		/* near the limit: one says 9.9 s, the other 10.1 s */
		if (x->where == ALIVE && y->where == ALIVE)
			return;
		fail("flow %u: on node %u %s, on node %u %s", f, a->id,
		     x->where == ALIVE ? "alive" : "not", b->id,
		     y->where == ALIVE ? "alive" : "not");
	} else if (comparable(x)) {
		if (x->inc != y->inc || x->state != y->state ||
		    x->status != y->status)
			fail("flow %u: life %u state %u status %x on node %u, %u %u %x on node %u",
			     f, x->inc, x->state, x->status, a->id, y->inc,
			     y->state, y->status, b->id);
		else if (x->mark != y->mark || x->clock != y->clock)
			fail("flow %u: mark %x (%u) on node %u, %x (%u) on node %u",
			     f, x->mark, x->clock, a->id, y->mark, y->clock, b->id);
	}
}

static void final_checks(void)
{
	for (u32 i = 0; i < nodes; i++) {
		for (u32 j = 0; j < nodes; j++) {
			if (i != j && node[i].peer[j].state != CTSYNC_MEMBER_UP)
				fail("node %u: peer %u is %s after all is quiet",
				     i + 1, j + 1, ctsync_member_state_name(
				     node[i].peer[j].state));
		}
	}
	for (u16 f = 0; f < next_flow; f++) {
		for (u32 i = 1; i < nodes; i++)
			compare(f, &node[0], &node[i]);
		for (u32 i = 0; i < nodes; i++) {
			if (outlived(&deleted[f], f, i))
				fail("flow %u was deleted and lives on node %u", f,
				     i + 1);
			if (outlived(&over[f], f, i) &&
			    !ctsync_tcpstate_over(node[i].ent[f].state))
				fail("flow %u was over and lives on node %u", f,
				     i + 1);
		}
	}
	for (u32 i = 0; i < nodes; i++) {
		for (u16 f = 0; f < next_flow; f++) {
			if (node[i].ent[f].held)
				fail("node %u still holds flow %u", i + 1, f);
		}
	}
}

static void dispatch(struct ev *e)
{
	struct node *n = &node[e->who];

	switch (e->type) {
	case EV_FRAME:
		if (n->up && n->slow_until > now) {
			/* it crawls: frames wait, or are lost */
			if (backlog[e->who] < BACKLOG) {
				backlog[e->who]++;
				e->at = n->slow_until;
				push(*e);
				return;
			}
			tally.lost++;
		} else if (n->up) {
			if (backlog[e->who])
				backlog[e->who]--;
			node_receive(n, e->cpu, e->buf, e->len, e->sent);
		}
		free(e->buf);
		break;
	case EV_KICK:
		if (n->up)
			node_flush(n, e->cpu, false);
		break;
	case EV_TICK:
		if (n->up)
			node_tick(n);
		push((struct ev){ .at = now + TICK, .type = EV_TICK, .who = e->who });
		break;
	case EV_FLOW:
		for (u32 i = 0; i < 1 + below(4) && planned; i++, planned--)
			one_flow_event();
		if (planned)
			push((struct ev){ .at = now + below(planned_gap), .type = EV_FLOW });
		break;
	case EV_RECORDING:
		if (!quiet)
			replay_all(e->who);
		break;
	case EV_RESYNC: {
		u32 a = below(nodes), b = below(nodes);

		if (!quiet && a != b && node[a].up)
			node_resync(&node[a], b);
		break;
	}
	case EV_FLAP: {
		u32 a = below(nodes), b = below(nodes);

		/* the link is lost again before all know that it is back */
		if (quiet || heal_at || a == b)
			break;
		cut[a] |= 1 << b;
		cut[b] |= 1 << a;
		heal_at = now + SEC + below(SEC);
		break;
	}
	case EV_OPERATOR:
		if (quiet)
			break;
		one_act();
		push((struct ev){ .at = now + (chance(500) ? below(100 * MS) : below(3 * SEC)),
				  .type = EV_OPERATOR });
		break;
	case EV_FAULT:
		if (quiet)
			break;
		one_fault();
		if (heal_at && now >= heal_at) {
			heal();
			impatience(400 * MS);
			if (faults & F_operator)
				push((struct ev){ .at = now + below(300 * MS),
						  .type = EV_FLAP });
		}
		push((struct ev){ .at = now + below(400 * MS), .type = EV_FAULT });
		break;
	}
}

static void begin(u64 seed)
{
	for (u32 i = 0; i < nr_ev; i++) {
		if (heap[i].type == EV_FRAME)
			free(heap[i].buf);
	}
	nr_ev = 0;
	order = 0;
	random_state = seed * 0x2545f4914f6cdd1dull + 1;
	failed = quiet = false;
	now = 0;
	next_flow = 0;
	memset(deleted, 0, sizeof(deleted));
	memset(over, 0, sizeof(over));
	memset(backlog, 0, sizeof(backlog));
	memset(last_epoch, 0, sizeof(last_epoch));
	memset(recorded, 0, sizeof(recorded));
	heal();
	nodes = chance(500) ? 2 : chance(700) ? 3 : 4 + below(NODES - 3);
	digests = chance(600);
	in_step = seed % 2;
	/* a message told again goes to all: with many nodes and much loss nearly
	 * every frame is told again, for ever
	 */
	loss = chance(500) ? 10 : chance(700) || nodes > 4 ? 100 : 300;
	planned = 2000 + below(nodes > 4 ? 3000 : 20000);
	/* without comparing, what may not heal is left out */
	faults = digests ? rnd() & ((1 << F_MAX) - 1) :
			   rnd() & (F_loss | F_dup | F_reorder | F_clock);
	planned_gap = chance(700) ? MS / 2 : 10 * MS;
	if (conf_flows)
		planned = conf_flows;
	faults &= conf_faults;
	hold_mode = chance(200) ? CTSYNC_HOLD_ANY : CTSYNC_HOLD_ALL;
	for (u32 i = 0; i < nodes; i++) {
		node[i].id = i + 1;
		node[i].cpus = 1 + below(CPUS);
		node[i].epoch = 0;
		node[i].life = 0;
		node_boot(&node[i]);
		push((struct ev){ .at = 0, .type = EV_TICK, .who = i });
	}
	push((struct ev){ .at = 2 * SEC, .type = EV_FLOW });
	push((struct ev){ .at = 2 * SEC, .type = EV_FAULT });
	if (faults & F_operator)
		push((struct ev){ .at = 2 * SEC, .type = EV_OPERATOR });
}

/* True: nothing wrong. */
static bool run(u64 seed)
{
	u64 drift = tally.drift, stop = 0, end = 0;

	begin(seed);
	while (!failed && nr_ev) {
		struct ev e = pop();

		now = e.at;
		/* faults go on for a while after the last flow event */
		if (!planned && !end) {
			stop = now + below(3 * SEC);
			end = stop + (digests ? 26 * SEC : 12 * SEC);
		}
		if (end && !quiet && now >= stop)
			become_quiet();
		if (end && now >= end) {
			push(e);
			break;
		}
		dispatch(&e);
	}
	/* a gap beyond repair is for the digests */
	if (!failed && (digests || drift == tally.drift))
		final_checks();
	return !failed;
}

/* ---- shrinking ---- */

static void print_faults(u32 set)
{
	static const char *const names[] = {
#define X(name) #name,
		FAULTS(X)
#undef X
	};

	for (u32 i = 0; i < F_MAX; i++) {
		if (set & 1 << i)
			printf(" %s", names[i]);
	}
}

static void shrink(u64 seed)
{
	u32 all = (1 << F_MAX) - 1, flows;

	begin(seed);
	flows = planned;
	for (u32 i = 0; i < F_MAX; i++) {
		conf_faults = all & ~(1 << i);
		if (!run(seed))
			all = conf_faults;
		conf_faults = all;
	}
	for (u32 step = flows / 2; step; step /= 2) {
		while (flows > step) {
			conf_flows = flows - step;
			if (run(seed))
				break;
			flows -= step;
		}
	}
	conf_flows = flows;
	run(seed);
	begin(seed);
	printf("seed %llu shrunk: --seed %llu --flows %u --faults 0x%x (%u nodes,",
	       (unsigned long long)seed, (unsigned long long)seed, flows, all, nodes);
	print_faults(faults);
	printf(")\n  %s\n", why);
	conf_flows = 0;
	conf_faults = (1 << F_MAX) - 1;
}

/* ---- main ---- */

static double seconds_since(const struct timespec *t)
{
	struct timespec n;

	clock_gettime(CLOCK_MONOTONIC, &n);
	return n.tv_sec - t->tv_sec + (n.tv_nsec - t->tv_nsec) / 1e9;
}

static void report(u64 runs, double took)
{
	printf("%llu runs in %.1f s: %llu flow events (%.0f/s), %llu faults, %llu frames, %llu lost\n",
	       (unsigned long long)runs, took, (unsigned long long)tally.events,
	       tally.events / took, (unsigned long long)tally.faults,
	       (unsigned long long)tally.frames, (unsigned long long)tally.lost);
	printf("  %llu frames repaired, %llu messages told again, %llu gaps beyond repair; %llu tables copied, %llu resumed; %llu comparisons, %llu entries told for them\n",
	       (unsigned long long)tally.repaired, (unsigned long long)tally.told,
	       (unsigned long long)tally.drift, (unsigned long long)tally.bulks,
	       (unsigned long long)tally.resumed, (unsigned long long)tally.digests,
	       (unsigned long long)tally.digest_told);
	printf("  %llu holds, %llu acknowledged, %llu at their deadline; %llu deletes, %llu crashes and boots, %llu partitions\n",
	       (unsigned long long)tally.holds, (unsigned long long)tally.acked,
	       (unsigned long long)tally.late, (unsigned long long)tally.deletes,
	       (unsigned long long)tally.restarts,
	       (unsigned long long)tally.partitions);
}

static const char *const bug_names[] = {
#define X(name, text) #name,
	BUGS(X)
#undef X
};
static const char *const bug_texts[] = {
#define X(name, text) text,
	BUGS(X)
#undef X
};

/* Seeds that found rare ones, tried first. */
static const u64 hints[BUG_MAX] = {
	[BUG_late] = 2594,
	[BUG_buried] = 7831,
	[BUG_stale] = 1012,
	[BUG_hearsay] = 2251,
	[BUG_numbers] = 887,
	[BUG_over] = 952,
};

/* Each planted bug must be found within @most runs. */
static int try_bugs(u64 first, u64 most)
{
	char what[sizeof(why)] = "";
	int bad = 0;

	for (u32 b = 1; b < BUG_MAX; b++) {
		u64 i, seed;

		for (i = 0; i < most; i++) {
			seed = i || !hints[b] ? first + i : hints[b];
			bug = b;
			if (run(seed))
				continue;
			/* the bug's own fault? */
			snprintf(what, sizeof(what), "%s", why);
			bug = BUG_none;
			if (run(seed))
				break;
			printf("not ok - seed %llu fails without a bug: %s\n",
			       (unsigned long long)seed, why);
			bad++;
		}
		if (i == most) {
			printf("not ok - %s: %s: not found in %llu runs\n",
			       bug_names[b], bug_texts[b], (unsigned long long)most);
			bad++;
		} else {
			printf("ok - %s: %s: seed %llu: %s\n", bug_names[b],
			       bug_texts[b], (unsigned long long)seed, what);
		}
		fflush(stdout);
	}
	printf("%d passed, %d failed\n", BUG_MAX - 1 - bad, bad);
	return !!bad;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", 1, NULL, 's' }, { "first", 1, NULL, 'f' },
		{ "runs", 1, NULL, 'r' }, { "seconds", 1, NULL, 't' },
		{ "trace", 0, NULL, 'v' }, { "flows", 1, NULL, 'n' },
		{ "faults", 1, NULL, 'x' }, { "bug", 1, NULL, 'b' },
		{ "events", 1, NULL, 'e' }, { "bugs", 0, NULL, 'B' },
		{ "watch", 1, NULL, 'w' }, { "cells", 0, NULL, 'c' }, { NULL, 0, NULL, 0 },
	};
	u64 seed = 0, first = 1, runs = ~0ull, events = ~0ull, done = 0;
	struct timespec start;
	double limit = 1e9;
	bool bugs = false, cells = false;
	int o;

	conf_faults = (1 << F_MAX) - 1;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'f': first = strtoull(optarg, NULL, 0); break;
		case 'r': runs = strtoull(optarg, NULL, 0); break;
		case 'e': events = strtoull(optarg, NULL, 0); break;
		case 't': limit = atof(optarg); break;
		case 'v': tracing = true; break;
		case 'n': conf_flows = atoi(optarg); break;
		case 'x': conf_faults = strtoul(optarg, NULL, 0); break;
		case 'B': bugs = true; break;
		case 'c': cells = true; break;
		case 'w': watched = atoi(optarg); break;
		case 'b':
			for (bug = 1; bug < BUG_MAX; bug++) {
				if (!strcmp(bug_names[bug], optarg))
					break;
			}
			if (bug == BUG_MAX) {
				fprintf(stderr, "no such bug: %s\n", optarg);
				return 2;
			}
			break;
		default: return 2;
		}
	}
	if (bugs)
		return try_bugs(first, runs == ~0ull ? 400 : runs);
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (seed) {
		bool good = run(seed);

		printf("seed %llu: %s\n", (unsigned long long)seed,
		       good ? "nothing wrong" : why);
		report(1, seconds_since(&start));
		return !good;
	}
	for (; done < runs && tally.events < events &&
	       seconds_since(&start) < limit; done++) {
		if (run(first + done))
			continue;
		printf("seed %llu: %s\n", (unsigned long long)(first + done), why);
		shrink(first + done);
		return 1;
	}
	report(done, seconds_since(&start));
	return cells && !cells_report();
}
