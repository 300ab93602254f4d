/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: each count under its name, and each message of a flow.
 *
 *	echo 'name == "miss-invalid"' >/sys/kernel/tracing/events/ctsync/ctsync_count/filter
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ctsync

#if !defined(CTSYNC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CTSYNC_TRACE_H

#include "stats.h"
#include "wire.h"

#include <linux/tracepoint.h>

#define CTSYNC_TRACE_TYPE 16

/* A counter went up: what happens, and is dropped, refused or passed over. */
TRACE_EVENT(ctsync_count,
	TP_PROTO(u32 netns, enum ctsync_stat stat, u64 n),
	TP_ARGS(netns, stat, n),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u64, n)
		__array(char, name, CTSYNC_STAT_NAME)
	),
	TP_fast_assign(
		__entry->netns = netns;
		__entry->n = n;
		ctsync_stat_name(stat, __entry->name);
	),
	TP_printk("netns=%u name=%s n=%llu", __entry->netns, __entry->name, __entry->n)
);

/* A message of a flow: @node is who sent it, or 0 for all, whom we told. */
DECLARE_EVENT_CLASS(ctsync_message,
	TP_PROTO(u32 netns, u8 node, u8 type, const struct ctsync_ref *ref),
	TP_ARGS(netns, node, type, ref),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u64, id)
		__field(u32, number)
		__field(u16, inc)
		__field(u8, node)
		__field(u8, origin)
		__field(u8, flags)
		__array(char, type, CTSYNC_TRACE_TYPE)
	),
	TP_fast_assign(
		__entry->netns = netns;
		__entry->id = ref->id;
		__entry->number = ref->number;
		__entry->inc = ref->inc;
		__entry->node = node;
		__entry->origin = ref->origin;
		__entry->flags = ref->flags;
		strscpy(__entry->type, ctsync_wire_msg_name(type), CTSYNC_TRACE_TYPE);
	),
	TP_printk("netns=%u node=%u type=%s origin=%u id=%llx incarnation=%u number=%u flags=%#x",
		  __entry->netns, __entry->node, __entry->type, __entry->origin,
		  __entry->id, __entry->inc, __entry->number, __entry->flags)
);

DEFINE_EVENT(ctsync_message, ctsync_sent,
	TP_PROTO(u32 netns, u8 node, u8 type, const struct ctsync_ref *ref),
	TP_ARGS(netns, node, type, ref)
);

DEFINE_EVENT(ctsync_message, ctsync_received,
	TP_PROTO(u32 netns, u8 node, u8 type, const struct ctsync_ref *ref),
	TP_ARGS(netns, node, type, ref)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
