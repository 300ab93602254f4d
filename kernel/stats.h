/* SPDX-License-Identifier: GPL-2.0 */
/* Counters: each thing dropped, refused or decided counts under one name.
 *
 * X(NAME, "what it counts"); the name shown is NAME in lower case with dashes.
 * Per CPU, written without a lock by whoever runs there.
 */
#ifndef CTSYNC_STATS_H
#define CTSYNC_STATS_H

#include <linux/percpu.h>
#include <linux/tracepoint-defs.h>
#include <linux/types.h>

#define CTSYNC_STATS(X) \
	X(IN_FRAMES, "frames received and accepted") \
	X(IN_BYTES, "UDP payload bytes of accepted frames") \
	X(IN_MESSAGES, "messages in accepted frames") \
	X(IN_INSERT, "INSERT messages received") \
	X(IN_UPDATE, "full UPDATE messages received") \
	X(IN_UPDATE_C, "compressed UPDATE messages received") \
	X(IN_DELETE, "DELETE messages received") \
	X(IN_FORGET, "FORGET messages received") \
	X(IN_IACK, "acknowledgements received") \
	X(IN_INACK, "negative acknowledgements received") \
	X(IN_REQUEST, "requests for a full update received") \
	X(IN_EXPECT_NEW, "EXPECT_NEW messages received") \
	X(IN_EXPECT_DEL, "EXPECT_DEL messages received") \
	X(IN_HELLO, "HELLO messages received") \
	X(IN_NACK, "messages received that ask for lost frames") \
	X(IN_REPAIRED, "answers to such messages received") \
	X(IN_BULK, "messages received about a copy of a table") \
	X(IN_DIGEST, "digests received") \
	X(IN_QUERY, "questions about a tuple received") \
	X(IN_UNKNOWN, "answers received that a tuple is not known") \
	X(OUT_FRAMES, "frames sent, once per peer; to a group once") \
	X(OUT_BYTES, "UDP payload bytes sent") \
	X(OUT_MESSAGES, "messages sent, once for all peers of a frame") \
	X(OUT_INSERT, "INSERT messages sent") \
	X(OUT_UPDATE, "full UPDATE messages sent") \
	X(OUT_UPDATE_C, "compressed UPDATE messages sent") \
	X(OUT_DELETE, "DELETE messages sent") \
	X(OUT_FORGET, "FORGET messages sent") \
	X(OUT_IACK, "acknowledgements sent") \
	X(OUT_INACK, "negative acknowledgements sent") \
	X(OUT_REQUEST, "requests for a full update sent") \
	X(OUT_EXPECT_NEW, "EXPECT_NEW messages sent") \
	X(OUT_EXPECT_DEL, "EXPECT_DEL messages sent") \
	X(OUT_HELLO, "HELLO messages sent") \
	X(OUT_NACK, "messages sent that ask for lost frames") \
	X(OUT_REPAIRED, "answers to such messages sent") \
	X(OUT_BULK, "messages sent about a copy of a table") \
	X(OUT_DIGEST, "digests sent") \
	X(OUT_QUERY, "questions about a tuple sent") \
	X(OUT_UNKNOWN, "answers sent that a tuple is not known") \
	X(DROP_SHORT, "frames too short for a header") \
	X(DROP_LONG, "frames longer than a frame may be") \
	X(DROP_MAGIC, "frames that are not ctsync's") \
	X(DROP_VERSION, "frames of a version not spoken here") \
	X(DROP_CLUSTER, "frames of another cluster") \
	X(DROP_HOPS, "frames with a hop limit below 255") \
	X(DROP_SOURCE, "frames from an address that is no peer's") \
	X(DROP_NODE, "frames whose node is not the one bound to the address") \
	X(DROP_OWN_ID, "frames that carry our own node id, or come from our own address") \
	X(DROP_DEST, "frames meant for another node") \
	X(DROP_KEY, "frames with a key id that is not here, or without one") \
	X(AUTH_FAILED, "frames whose tag is wrong") \
	X(DROP_UNPROVEN, "frames of an epoch not proven, HELLO left out") \
	X(HELLO_UNPROVEN, "HELLO messages of epochs not proven: answered, not believed") \
	X(HELLO_LATE, "HELLO messages that a later one overtook: not looked at") \
	X(DROP_HELLO_RATE, "HELLO frames of unproven epochs above the rate limit") \
	X(DROP_DUPLICATE, "frames already received") \
	X(DROP_OLD, "frames below the floor or the replay window") \
	X(DROP_TRUNCATED, "frames with a section that runs past the end") \
	X(DROP_EMPTY, "frames with a section of nothing") \
	X(DROP_NOMEM, "frames dropped for want of memory") \
	X(SKIP_UNKNOWN, "sections of unknown type skipped") \
	X(SKIP_RUNT, "sections of too short messages skipped") \
	X(DROP_VALUE, "messages with an impossible value") \
	X(DROP_ATTR, "messages whose attributes do not parse") \
	X(LOST_FRAMES, "frames of peers that never came") \
	X(REPAIRED_FRAMES, "lost frames whose content their sender told again") \
	X(REPAIR_TOLD, "messages told again because their frame was lost") \
	X(REPAIR_REPEAT, "lost frames asked for again while the answer was on its way") \
	X(REPAIR_GONE, "lost frames asked for of which nothing is known any more") \
	X(REPAIR_DRIFT, "gaps beyond repair: the tables are compared instead") \
	X(BULK_BEGUN, "copies of the table begun") \
	X(BULK_RESUMED, "copies of the table gone on with where they were") \
	X(BULK_LATE, "copies of the table given up at their deadline") \
	X(BULK_ENTRIES, "entries sent in copies of the table") \
	X(DIGEST_ROUNDS, "comparisons of tables begun here") \
	X(DIGEST_DIFFER, "buckets that differed twice in a row and were told") \
	X(DIGEST_ENTRIES, "entries sent because their bucket differed") \
	X(DIGEST_STRAY, "answers to diff that nobody waited for any more") \
	X(MSG_STALE, "messages older than what was had from the same writer") \
	X(MSG_STALE_LIFE, "messages about an earlier incarnation") \
	X(MSG_TOMBSTONE, "messages about an entry already deleted") \
	X(MSG_UNKNOWN_ENTRY, "messages about an entry not known here") \
	X(MSG_UNSUPPORTED, "messages about a protocol not supported here") \
	X(INSERT_CREATED, "conntracks created for a peer") \
	X(INSERT_ATTACHED, "conntracks that were here already and became synced") \
	X(INSERT_REPLACED, "conntracks replaced by a newer flow of the same tuple") \
	X(INSERT_FULL, "inserts refused: conntrack table 95 % full or no slot") \
	X(INSERT_FAILED, "inserts the kernel refused") \
	X(TWO_IDS, "flows made on two nodes at once, resolved to one id") \
	X(CONFLICT, "flows that share a tuple with a peer's, both with replies: neither is synced") \
	X(CLASH_WON, "messages of flows refused because ours has their tuple") \
	X(CLASH_LOST, "flows that gave their tuple up while their first packet was held") \
	X(CLASH_LOST_PACKETS, "packets dropped with them") \
	X(INACK_LATE, "refusals that came when the packet had gone on") \
	X(APPLIED, "updates merged into a conntrack") \
	X(HELPER_MISSING, "flows made without their helper, which is not loaded here") \
	X(TIMEOUTS_REFUSED, "flows made without their timeout policy: no memory, or a kernel with other states") \
	X(EXPECT_CREATED, "expectations made for a peer") \
	X(EXPECT_REFRESHED, "expectations of a peer that were here already") \
	X(EXPECT_DELETED, "expectations ended for a peer") \
	X(EXPECT_REFUSED, "expectations of a peer that cannot be made here") \
	X(EXPECT_UNNAMED, "expectations not told because their NAT function has no name") \
	X(EXPECT_BOUND, "expectations or their ends not told because a bound was reached") \
	X(MASTER_AWAITED, "related flows that came before their master") \
	X(MASTER_JOINED, "of these, ones joined to their master when it came") \
	X(MASTER_LOST, "related flows left without a master: it did not come in time") \
	X(ENTRY_NEW, "entries made for flows of this node") \
	X(ENTRY_ADOPTED, "entries made for flows that existed already") \
	X(ENTRY_FULL, "flows not synced for want of a slot") \
	X(ENTRY_NOMEM, "flows not synced for want of memory") \
	X(FORGOTTEN, "flows no longer synced because their mark changed") \
	X(YOUNG_OVER, "flows that ended and no peer was told of, for sync-delay") \
	X(YOUNG_GROWN, "flows told because they grew older than sync-delay") \
	X(YOUNG_AGAIN, "untold flows told because a packet was not answered here, or came late") \
	X(HOLD_FLOWS, "holds begun") \
	X(HOLD_PACKETS, "packets held, followers included") \
	X(RELEASE_ACKED, "holds ended by acknowledgement") \
	X(RELEASE_DEADLINE, "holds ended by deadline") \
	X(RELEASE_BOUND, "holds ended because a bound was reached") \
	X(RELEASE_PEERS_GONE, "holds ended because no peer is left") \
	X(RELEASE_REFUSED, "holds ended by a negative acknowledgement") \
	X(RELEASE_SHUTDOWN, "holds ended by down, namespace exit or unload") \
	X(HOLD_SKIPPED_BOUND, "first packets not held because a bound was reached") \
	X(HOLD_SKIPPED_NOMEM, "first packets not held for want of memory") \
	X(FENCED, "forwarded packets dropped because an operator fenced this node") \
	X(RELEASE_DEVICE, "holds ended because a device went away") \
	X(BYPASS_BEGIN, "peers that left the hold set") \
	X(BYPASS_END, "peers that came back into the hold set") \
	X(SPLIT_BEGAN, "flows that became split") \
	X(SPLIT_ENDED, "flows that ceased to be split") \
	X(CLASH_ATTACHED, "packets given the copy of their own flow that came first") \
	X(CLASH_DROPPED, "packets dropped by conntrack's own clash handling") \
	X(MISS_INVALID, "invalid packets of flows that are synced") \
	X(MISS_LOCAL, "of these, ones whose flow was tracked here: invalid stays") \
	X(MISS_IMPLAUSIBLE, "of these, ones beyond the takeover bound that nobody was asked about: invalid stays") \
	X(MISS_PARKED, "packets parked while the owner is asked") \
	X(MISS_BEHIND, "packets that waited behind parked ones of their flow") \
	X(MISS_ZONE, "invalid packets not looked at: zones are in use and `zones` is off") \
	X(MISS_PARK_BOUND, "packets not parked because a bound was reached") \
	X(MISS_HEALED, "parked packets that the answer made valid") \
	X(MISS_ADOPTED, "packets that moved a stale window after their node died") \
	X(MISS_STILL_INVALID, "packets resumed that conntrack calls invalid for good") \
	X(PULL_ASKED, "unknown flows that the peers were asked for") \
	X(PULL_LIMIT, "unknown flows not asked for because of pull-rate") \
	X(PULL_NEGATIVE, "unknown flows not asked for because nobody knew them a moment ago") \
	X(PULL_FOUND, "unknown flows that a peer knew") \
	X(PULL_NOBODY, "unknown flows that no peer knew") \
	X(DESTROY_FORCED, "entries ended by an operator's delete") \
	X(DESTROY_EXPIRED, "entries ended by timeout") \
	X(DESTROY_CLOSED, "entries ended by the flow itself") \
	X(DESTROY_EVICTED, "entries ended by eviction: copies live on") \
	X(DELETE_APPLIED, "conntracks deleted for a peer") \
	X(DELETE_KEPT, "advisory deletes ignored because the flow is alive here") \
	X(NOTE_BOUND, "acknowledgements or requests not sent because their ring was full") \
	X(XMIT_NOMEM, "frames not sent for want of memory") \
	X(XMIT_NOROUTE, "frames not sent for want of a route") \
	X(XMIT_SEQ, "frames not sent because a stream has no numbers left") \
	X(REPAIR_BOUND, "answers about lost frames cut short because their peer asked for too many") \
	X(OUT_GROUP, "frames sent to the group, once for all peers") \
	X(EPOCH_REDRAWN, "times that this machine was restored or copied, and began anew")

enum ctsync_stat {
#define X(name, text) CTSYNC_STAT_##name,
	CTSYNC_STATS(X)
#undef X
	CTSYNC_STAT_MAX
};

struct ctsync_stats {
	u64 v[CTSYNC_STAT_MAX];
	u32 netns;	/* whose, for the tracepoint */
};

DECLARE_TRACEPOINT(ctsync_count);
void ctsync_stat_trace(struct ctsync_stats __percpu *s, enum ctsync_stat i, u64 n);

static inline void ctsync_stat_add(struct ctsync_stats __percpu *s,
				   enum ctsync_stat i, u64 n)
{
	this_cpu_add(s->v[i], n);
	if (tracepoint_enabled(ctsync_count))
		ctsync_stat_trace(s, i, n);
}

#define ctsync_stat_inc(s, i) ctsync_stat_add(s, i, 1)

/* Counters of the namespace with inode number @netns; NULL without memory. */
struct ctsync_stats __percpu *ctsync_stats_alloc(u32 netns);
/* Sum over all CPUs. */
u64 ctsync_stat_read(const struct ctsync_stats __percpu *s, enum ctsync_stat i);
void ctsync_stats_reset(struct ctsync_stats __percpu *s);
/* "in-frames", ...; @buf of CTSYNC_STAT_NAME bytes is filled and returned. */
#define CTSYNC_STAT_NAME 32
const char *ctsync_stat_name(enum ctsync_stat i, char *buf);

#endif
