// SPDX-License-Identifier: GPL-2.0
/* Reading, resetting and naming the counters of stats.h. */
#include "stats.h"

#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/string.h>

static const char *const stat_names[] = {
#define X(name, text) [CTSYNC_STAT_##name] = #name,
	CTSYNC_STATS(X)
#undef X
};

struct ctsync_stats __percpu *ctsync_stats_alloc(u32 netns)
{
	struct ctsync_stats __percpu *s = alloc_percpu(struct ctsync_stats);
	int cpu;

	if (s) {
		for_each_possible_cpu(cpu)
			per_cpu_ptr(s, cpu)->netns = netns;
	}
	return s;
}

u64 ctsync_stat_read(const struct ctsync_stats __percpu *s, enum ctsync_stat i)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(s, cpu)->v[i]);
	return sum;
}

/* A count that happens at the same moment may be lost: acceptable. */
void ctsync_stats_reset(struct ctsync_stats __percpu *s)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(s, cpu)->v, 0, sizeof(s->v));
}

const char *ctsync_stat_name(enum ctsync_stat i, char *buf)
{
	const char *p = stat_names[i];
	int n;

	for (n = 0; p[n] && n < CTSYNC_STAT_NAME - 1; n++)
		buf[n] = p[n] == '_' ? '-' : tolower(p[n]);
	buf[n] = 0;
	return buf;
}
