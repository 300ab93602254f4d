// SPDX-License-Identifier: GPL-2.0
/* The tracepoints of trace.h, and the slow half of counting while one is on. */
#include <linux/string.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

void ctsync_stat_trace(struct ctsync_stats __percpu *s, enum ctsync_stat i, u64 n)
{
	trace_ctsync_count(raw_cpu_read(s->netns), i, n);
}
