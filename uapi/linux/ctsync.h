/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* The generic netlink family ctsync; generated from uapi/spec/ctsync.yaml by uapi/generate, do not edit */
#ifndef _UAPI_LINUX_CTSYNC_H
#define _UAPI_LINUX_CTSYNC_H

/* Connection tracking replication. Every command acts in the network namespace
 * of the socket. Configuration, peers and counters need no privilege to
 * read; entries, which tell of other people's flows, and every change need
 * CAP_NET_ADMIN in the namespace's user namespace. Every refusal carries an extended error.
 */
#define CTSYNC_GENL_NAME	"ctsync"
#define CTSYNC_GENL_VERSION	1
#define CTSYNC_MCGRP_EVENTS	"events"

/* Whose acknowledgement a flow's first packet waits for. */
enum ctsync_hold {
	CTSYNC_UAPI_HOLD_OFF,
	CTSYNC_UAPI_HOLD_ANY,
	CTSYNC_UAPI_HOLD_ALL,
};

enum ctsync_role {
	CTSYNC_UAPI_ROLE_ACTIVE,
	CTSYNC_UAPI_ROLE_STANDBY,
};

enum ctsync_peer_state {
	CTSYNC_UAPI_PEER_STATE_DOWN,
	CTSYNC_UAPI_PEER_STATE_CONNECTING,
	CTSYNC_UAPI_PEER_STATE_SYNCING,
	CTSYNC_UAPI_PEER_STATE_UP,
};

/* What happened. */
enum ctsync_event {
	CTSYNC_UAPI_EVENT_UP,
	CTSYNC_UAPI_EVENT_DOWN,
	CTSYNC_UAPI_EVENT_PEER,
	CTSYNC_UAPI_EVENT_READY,
	CTSYNC_UAPI_EVENT_BYPASS,
	CTSYNC_UAPI_EVENT_CONFLICT,
	CTSYNC_UAPI_EVENT_HELPER,
};

/* Answer of explain. */
enum ctsync_verdict {
	CTSYNC_UAPI_VERDICT_SYNCED,
	CTSYNC_UAPI_VERDICT_NOT_TRACKED,
	CTSYNC_UAPI_VERDICT_NOT_ELIGIBLE,
	CTSYNC_UAPI_VERDICT_LOCAL,
	CTSYNC_UAPI_VERDICT_UNCONFIRMED,
	CTSYNC_UAPI_VERDICT_TABLE_FULL,
	CTSYNC_UAPI_VERDICT_NOT_YET,
	CTSYNC_UAPI_VERDICT_NOT_UP,
};

enum {
	CTSYNC_A_TUPLE_FAMILY = 1,	/* u8. AF_INET or AF_INET6. */
	CTSYNC_A_TUPLE_PROTO,	/* u8. IP protocol number. */
	CTSYNC_A_TUPLE_SRC,	/* binary. Address in network order, 4 or 16 bytes. */
	CTSYNC_A_TUPLE_DST,	/* binary */
	CTSYNC_A_TUPLE_SPORT,	/* u16. Source port, or ICMP id. */
	CTSYNC_A_TUPLE_DPORT,	/* u16. Destination port, or ICMP type << 8 | code. */
	CTSYNC_A_TUPLE_ZONE,	/* u16 */

	__CTSYNC_A_TUPLE_MAX,
	CTSYNC_A_TUPLE_MAX = (__CTSYNC_A_TUPLE_MAX - 1)
};

/* Which entries a listing wants; the first seven are those of a tuple, of the original direction. */
enum {
	CTSYNC_A_FILTER_FAMILY = 1,	/* u8. AF_INET or AF_INET6. */
	CTSYNC_A_FILTER_PROTO,	/* u8. IP protocol number. */
	CTSYNC_A_FILTER_SRC,	/* binary. Address in network order, 4 or 16 bytes. */
	CTSYNC_A_FILTER_DST,	/* binary */
	CTSYNC_A_FILTER_SPORT,	/* u16 */
	CTSYNC_A_FILTER_DPORT,	/* u16 */
	CTSYNC_A_FILTER_ZONE,	/* u16 */
	CTSYNC_A_FILTER_ADDRESS,	/* binary. Of any end of either direction. */
	CTSYNC_A_FILTER_PORT,	/* u16. Likewise, of protocols with ports. */
	CTSYNC_A_FILTER_STATE,	/* string. Protocol state, in either case. */
	CTSYNC_A_FILTER_SPLIT,	/* flag. Only flows whose path is split. */
	CTSYNC_A_FILTER_NODE,	/* u8. Node that made the id. */

	__CTSYNC_A_FILTER_MAX,
	CTSYNC_A_FILTER_MAX = (__CTSYNC_A_FILTER_MAX - 1)
};

enum {
	CTSYNC_A_STAT_NAME = 1,	/* string */
	CTSYNC_A_STAT_VALUE,	/* u64 */
	CTSYNC_A_STAT_PAD,	/* pad */

	__CTSYNC_A_STAT_MAX,
	CTSYNC_A_STAT_MAX = (__CTSYNC_A_STAT_MAX - 1)
};

enum {
	CTSYNC_A_PARAM_NAME = 1,	/* string */
	CTSYNC_A_PARAM_UNIT,	/* string */
	CTSYNC_A_PARAM_VALUE,	/* u32 */
	CTSYNC_A_PARAM_DEFAULT,	/* u32 */
	CTSYNC_A_PARAM_RANGE_MIN,	/* u32 */
	CTSYNC_A_PARAM_RANGE_MAX,	/* u32 */
	CTSYNC_A_PARAM_LIVE,	/* u8. 1 when set changes it while up. */

	__CTSYNC_A_PARAM_MAX,
	CTSYNC_A_PARAM_MAX = (__CTSYNC_A_PARAM_MAX - 1)
};

enum {
	CTSYNC_A_PEER_NODE = 1,	/* u8. 0 until it was heard. */
	CTSYNC_A_PEER_ADDRESS,	/* binary */
	CTSYNC_A_PEER_STATE,	/* u8, enum ctsync_peer_state */
	CTSYNC_A_PEER_REASON,	/* string. Why it is not up; empty when it is. */
	CTSYNC_A_PEER_EPOCH,	/* binary. 16 bytes. */
	CTSYNC_A_PEER_LAST_HEARD,	/* u32. Milliseconds ago; absent when never. */
	CTSYNC_A_PEER_RTT,	/* u32. Microseconds, smoothed; absent when not measured. */
	CTSYNC_A_PEER_READY,	/* u8 */
	CTSYNC_A_PEER_STANDBY,	/* u8 */
	CTSYNC_A_PEER_DRAINING,	/* u8 */
	CTSYNC_A_PEER_BYPASSED,	/* u8. 1 while holds do not wait for it. */
	CTSYNC_A_PEER_IN_FRAMES,	/* u64 */
	CTSYNC_A_PEER_IN_MESSAGES,	/* u64 */
	CTSYNC_A_PEER_IN_BYTES,	/* u64 */
	CTSYNC_A_PEER_OUT_FRAMES,	/* u64 */
	CTSYNC_A_PEER_OUT_BYTES,	/* u64 */
	CTSYNC_A_PEER_LOST,	/* u64. Frames of it that never came. */
	CTSYNC_A_PEER_REPAIRED,	/* u64 */
	CTSYNC_A_PEER_BULK_SENT,	/* u32. Entries copied to it since its epoch was proven. */
	CTSYNC_A_PEER_BULK_TOTAL,	/* u32 */
	CTSYNC_A_PEER_PAD,	/* pad */
	CTSYNC_A_PEER_KEY_ID,	/* u8. Key that its last frame was sealed with; absent when it was not. */
	CTSYNC_A_PEER_OUT_MESSAGES,	/* u64 */

	__CTSYNC_A_PEER_MAX,
	CTSYNC_A_PEER_MAX = (__CTSYNC_A_PEER_MAX - 1)
};

/* Conntrack's view of one direction, for those who debug windows. */
enum {
	CTSYNC_A_TCP_DIR_END = 1,	/* u32 */
	CTSYNC_A_TCP_DIR_MAXEND,	/* u32 */
	CTSYNC_A_TCP_DIR_MAXWIN,	/* u32 */
	CTSYNC_A_TCP_DIR_MAXACK,	/* u32 */
	CTSYNC_A_TCP_DIR_SCALE,	/* u8 */
	CTSYNC_A_TCP_DIR_FLAGS,	/* u8 */

	__CTSYNC_A_TCP_DIR_MAX,
	CTSYNC_A_TCP_DIR_MAX = (__CTSYNC_A_TCP_DIR_MAX - 1)
};

enum {
	CTSYNC_A_ENTRY_ID = 1,	/* u64 */
	CTSYNC_A_ENTRY_ORIGIN,	/* u8. Node that made the id. */
	CTSYNC_A_ENTRY_ORIG,	/* nest of CTSYNC_A_TUPLE_* */
	CTSYNC_A_ENTRY_REPLY,	/* nest of CTSYNC_A_TUPLE_* */
	CTSYNC_A_ENTRY_STATE,	/* string. Protocol state; empty where the protocol has none. */
	CTSYNC_A_ENTRY_QUEUE,	/* string */
	CTSYNC_A_ENTRY_VERSION,	/* u32. Messages this node sent about the entry. */
	CTSYNC_A_ENTRY_INCARNATION,	/* u16 */
	CTSYNC_A_ENTRY_SPLIT,	/* u8 */
	CTSYNC_A_ENTRY_LAST_LOCAL,	/* u32. Milliseconds since the last local packet; absent when never. */
	CTSYNC_A_ENTRY_LAST_REMOTE,	/* u32. Milliseconds since the last packet-caused remote update; absent when never. */
	CTSYNC_A_ENTRY_HOLDS,	/* u32. Packets held now. */
	CTSYNC_A_ENTRY_MARK,	/* u32. The agreed bits of the mark. */
	CTSYNC_A_ENTRY_TIMEOUT,	/* u32. Seconds the conntrack has left. */
	CTSYNC_A_ENTRY_SEEN_REPLY,	/* u8 */
	CTSYNC_A_ENTRY_ASSURED,	/* u8 */
	CTSYNC_A_ENTRY_ADOPTED,	/* u8. 1 when conntrack gives no destroy event for it. */
	CTSYNC_A_ENTRY_WRITERS,	/* binary. Node and last message number (5 bytes, network order) of each other writer. */
	CTSYNC_A_ENTRY_TCP_ORIG,	/* nest of CTSYNC_A_TCP_DIR_* */
	CTSYNC_A_ENTRY_TCP_REPLY,	/* nest of CTSYNC_A_TCP_DIR_* */
	CTSYNC_A_ENTRY_PAD,	/* pad */
	CTSYNC_A_ENTRY_LAST_SENT,	/* u32. Milliseconds since this node's last message about it; absent when none was sent. */
	CTSYNC_A_ENTRY_LAST_WRITER,	/* u8. Node whose word about a packet of it was the last; absent when there was none. */

	__CTSYNC_A_ENTRY_MAX,
	CTSYNC_A_ENTRY_MAX = (__CTSYNC_A_ENTRY_MAX - 1)
};

enum {
	CTSYNC_A_QUEUE_CPU = 1,	/* u32 */
	CTSYNC_A_QUEUE_NAME,	/* string */
	CTSYNC_A_QUEUE_LENGTH,	/* u32 */
	CTSYNC_A_QUEUE_BYTES,	/* u32. Bytes that all queues of this CPU would fill. */

	__CTSYNC_A_QUEUE_MAX,
	CTSYNC_A_QUEUE_MAX = (__CTSYNC_A_QUEUE_MAX - 1)
};

/* A question about a table, and its answer; values as docs/protocol.md has them in DIGEST. */
enum {
	CTSYNC_A_DIFF_WHAT = 1,	/* u8. Level of the answer; groups, buckets or entries are shown. */
	CTSYNC_A_DIFF_FIRST,	/* u16. First bucket of its group. */
	CTSYNC_A_DIFF_SET,	/* u64. Buckets of the group whose entries are wanted. */
	CTSYNC_A_DIFF_CURSOR,	/* u32. Where entries go on; 0 at the beginning and at the end. */
	CTSYNC_A_DIFF_TOKEN,	/* u32. The asker's own; the same question again is the same token. */
	CTSYNC_A_DIFF_ENTRIES,	/* u32. How many entries the digests cover. */
	CTSYNC_A_DIFF_VALUES,	/* binary. The answer, each value 8 bytes in network order; absent until it came. */
	CTSYNC_A_DIFF_PAD,	/* pad */

	__CTSYNC_A_DIFF_MAX,
	CTSYNC_A_DIFF_MAX = (__CTSYNC_A_DIFF_MAX - 1)
};

enum {
	CTSYNC_A_NODE = 1,	/* u8 */
	CTSYNC_A_CLUSTER,	/* u16 */
	CTSYNC_A_LOCAL,	/* binary. Local address of the sync link, 4 or 16 bytes in network order. */
	CTSYNC_A_PORT,	/* u16 */
	CTSYNC_A_DEV,	/* string. Interface of the sync link, needed for link-local addresses. */
	CTSYNC_A_PEER,	/* binary, any number. Address of a peer, of the same family as local. */
	CTSYNC_A_INSECURE,	/* flag. Accept that frames are neither authenticated nor encrypted; excludes a key. */
	CTSYNC_A_MARK_VALUE,	/* u32 */
	CTSYNC_A_MARK_MASK,	/* u32. Flows whose mark & mask is value are synced; mask 0 means all. */
	CTSYNC_A_MARK_SYNC,	/* u32. Mark bits that are replicated. */
	CTSYNC_A_HOLD,	/* u8, enum ctsync_hold */
	CTSYNC_A_HOLD_TIMEOUT,	/* u32. Microseconds. */
	CTSYNC_A_UPDATE_INTERVAL,	/* u32. Microseconds. */
	CTSYNC_A_UPDATE_BYTES,	/* u32 */
	CTSYNC_A_FLUSH_INTERVAL,	/* u32. Microseconds. */
	CTSYNC_A_SPLIT_WINDOW,	/* u32. Microseconds. */
	CTSYNC_A_JOIN_TIMEOUT,	/* u32. Microseconds. */
	CTSYNC_A_ROLE,	/* u8, enum ctsync_role */
	CTSYNC_A_PROPAGATE_DELETE,	/* u8 */
	CTSYNC_A_DRAIN,	/* u8. 1 while this node asks to be relieved of traffic, before maintenance. */
	CTSYNC_A_FENCE,	/* u8. 1 while no forwarded packet leaves this node. */
	CTSYNC_A_QUIET,	/* u32. Milliseconds since a packet of a synced flow last passed this node; only
while it drains, absent when none ever did.
 */
	CTSYNC_A_UP,	/* u8. 1 when the instance of this namespace is up. */
	CTSYNC_A_READY,	/* u8. 1 when this node may carry traffic. */
	CTSYNC_A_NOT_READY_REASON,	/* string */
	CTSYNC_A_SYNCED,	/* u8. 1 when every configured peer is up and has this node's table, or join-timeout passed. */
	CTSYNC_A_EPOCH,	/* binary */
	CTSYNC_A_ENTRIES,	/* u32. Entries now. */
	CTSYNC_A_ENTRIES_MAX,	/* u32 */
	CTSYNC_A_VERSION,	/* string. Version of the module. */
	CTSYNC_A_WARNING,	/* string, any number. What an operator should know of this configuration. */
	CTSYNC_A_PEER_INFO,	/* nest of CTSYNC_A_PEER_* */
	CTSYNC_A_ENTRY_INFO,	/* nest of CTSYNC_A_ENTRY_* */
	CTSYNC_A_STAT_INFO,	/* nest of CTSYNC_A_STAT_*, any number */
	CTSYNC_A_PARAM_INFO,	/* nest of CTSYNC_A_PARAM_* */
	CTSYNC_A_QUEUE_INFO,	/* nest of CTSYNC_A_QUEUE_* */
	CTSYNC_A_TUPLE,	/* nest of CTSYNC_A_TUPLE_* */
	CTSYNC_A_VERDICT,	/* u8, enum ctsync_verdict */
	CTSYNC_A_EVENT,	/* u8, enum ctsync_event */
	CTSYNC_A_TEXT,	/* string. The same as the line in the kernel log. */
	CTSYNC_A_FILTER,	/* nest of CTSYNC_A_FILTER_*. Of a listing of entries; what is absent matches everything. */
	CTSYNC_A_PULL,	/* u8. 1 when peers are asked about packets of unknown flows. */
	CTSYNC_A_PULL_RATE,	/* u32. Most questions a second. */
	CTSYNC_A_PULL_MARK,	/* u32 */
	CTSYNC_A_PULL_MASK,	/* u32. Packets with pull-mark under this mask are asked about before they make a flow; 0 for none. */
	CTSYNC_A_DIGEST_INTERVAL,	/* u32. Microseconds between comparisons of tables; 0 for none. */
	CTSYNC_A_PAD,	/* pad */
	CTSYNC_A_KEY_ID,	/* u8. Which key; of the configuration, the one that seals. */
	CTSYNC_A_KEY,	/* binary. The 32 bytes of a key. Never told. */
	CTSYNC_A_KEY_KNOWN,	/* u8, any number. Ids of the keys that frames are accepted with. */
	CTSYNC_A_LABELS,	/* u8 */
	CTSYNC_A_DIFF,	/* nest of CTSYNC_A_DIFF_* */
	CTSYNC_A_ZONES,	/* u8 */
	CTSYNC_A_ACCOUNTING,	/* u8 */
	CTSYNC_A_GROUP,	/* binary. Multicast group that frames to all nodes are sent to, of the same family as
local; needs dev. Peers are named all the same.
 */
	CTSYNC_A_SYNC_DELAY,	/* u32. Microseconds that a flow lives before peers are told of it; 0 for at once. */

	__CTSYNC_A_MAX,
	CTSYNC_A_MAX = (__CTSYNC_A_MAX - 1)
};

enum {
	CTSYNC_CMD_UP = 1,	/* Create and start this namespace's instance. */
	CTSYNC_CMD_DOWN,	/* Stop it; replicated conntracks stay as plain ones. */
	CTSYNC_CMD_SET,	/* Change parameters while up. */
	CTSYNC_CMD_GET,	/* Configuration and condition. */
	CTSYNC_CMD_RESYNC,	/* Copy tables to and from all peers, or the one named; one that is under way goes on. */
	CTSYNC_CMD_PEERS_GET,	/* Each peer, one message each. */
	CTSYNC_CMD_ENTRIES_GET,	/* Each entry, one message each. */
	CTSYNC_CMD_QUEUES_GET,	/* Each queue of each CPU, one message each. */
	CTSYNC_CMD_STATS_GET,	/* Every counter. */
	CTSYNC_CMD_STATS_RESET,	/* Counters to zero. */
	CTSYNC_CMD_PARAMS_GET,	/* Each parameter with its range, one message each. */
	CTSYNC_CMD_EXPLAIN,	/* Why is the flow with this tuple synced, or not. */
	CTSYNC_CMD_EVENT,	/* Sent to the group events. */
	CTSYNC_CMD_KEY_ADD,	/* Accept frames that are sealed with one more key. */
	CTSYNC_CMD_KEY_USE,	/* Seal with this key from now on. */
	CTSYNC_CMD_KEY_DEL,	/* Forget a key. */
	CTSYNC_CMD_DIFF,	/* Ask for a part of a peer's table, or of this node's without one; again until values are there. */

	__CTSYNC_CMD_MAX,
	CTSYNC_CMD_MAX = (__CTSYNC_CMD_MAX - 1)
};

#endif
