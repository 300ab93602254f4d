/* SPDX-License-Identifier: GPL-2.0 */
/* Digests of a table: what a set of entries looks like in 4096 numbers, 64
 * groups of 64 buckets, and where two tables differ. Pure; the glue is digest.c.
 *
 * An entry's bucket follows from the hash of its name. A bucket's digest is the
 * XOR of the hashes of what its entries say, so it does not depend on order.
 */
#ifndef CTSYNC_DIGEST_TREE_H
#define CTSYNC_DIGEST_TREE_H

#include "pure.h"

#define CTSYNC_DIGEST_GROUPS	64
#define CTSYNC_DIGEST_BUCKETS	(64 * CTSYNC_DIGEST_GROUPS)

struct ctsync_digest {
	u32 entries;
	u64 bucket[CTSYNC_DIGEST_BUCKETS];
};

static inline u32 ctsync_digest_bucket(u64 name)
{
	return name % CTSYNC_DIGEST_BUCKETS;
}

/* Is the bucket of who has that hash of its name in a set of buckets, 64 for each group? */
static inline bool ctsync_digest_has(const u64 *set, u64 name)
{
	u32 bucket = ctsync_digest_bucket(name);

	return set[bucket / 64] & (1ull << bucket % 64);
}

void ctsync_digest_init(struct ctsync_digest *d);
/* An entry, by hashes of its name and of what it says; twice: taken out. */
void ctsync_digest_add(struct ctsync_digest *d, u64 name, u64 content);
u64 ctsync_digest_group(const struct ctsync_digest *d, u32 group);
/* Which groups differ from @theirs, a set. */
u64 ctsync_digest_groups(const struct ctsync_digest *d, const u64 *theirs);

/* What is known of the differences to one peer. A bucket counts as different
 * when it differed in two comparisons in a row: flows that change all the time
 * differ here and there for a moment, but not twice the same.
 */
struct ctsync_digest_diff {
	u32 round;	/* of the comparison under way */
	u64 now[CTSYNC_DIGEST_GROUPS];	/* buckets that differ, a set for each group */
	u64 last[CTSYNC_DIGEST_GROUPS];	/* in the comparison before */
};

/* Comparison @round begins; true when anything differed in the one before. */
bool ctsync_digest_begin(struct ctsync_digest_diff *diff, u32 round);
/* Buckets of @group at the peer; returns those that are to be told (a set). */
u64 ctsync_digest_compare(const struct ctsync_digest *d,
			  struct ctsync_digest_diff *diff, u32 group,
			  const u64 *theirs);

#endif
