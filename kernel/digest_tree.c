// SPDX-License-Identifier: GPL-2.0
/* Digests of a table, and where two tables differ. */
#include "digest_tree.h"

void ctsync_digest_init(struct ctsync_digest *d)
{
	memset(d, 0, sizeof(*d));
}

void ctsync_digest_add(struct ctsync_digest *d, u64 name, u64 content)
{
	d->bucket[ctsync_digest_bucket(name)] ^= content;
	d->entries++;
}

u64 ctsync_digest_group(const struct ctsync_digest *d, u32 group)
{
	u64 sum = 0;
	u32 i;

	/* each bucket weighs as its place, so that what moved is seen */
	for (i = 0; i < 64; i++)
		sum = sum * 0x9e3779b97f4a7c15ull +
		      d->bucket[group % CTSYNC_DIGEST_GROUPS * 64 + i];
	return sum;
}

u64 ctsync_digest_groups(const struct ctsync_digest *d, const u64 *theirs)
{
	u64 set = 0;
	u32 g;

	for (g = 0; g < CTSYNC_DIGEST_GROUPS; g++) {
		if (ctsync_digest_group(d, g) != theirs[g])
			set |= 1ull << g;
	}
	return set;
}

bool ctsync_digest_begin(struct ctsync_digest_diff *diff, u32 round)
{
	bool any = false;
	u32 g;

	if (diff->round == round)
		return false;
	diff->round = round;
	for (g = 0; g < CTSYNC_DIGEST_GROUPS; g++) {
		diff->last[g] = diff->now[g];
		diff->now[g] = 0;
		any |= !!diff->last[g];
	}
	return any;
}

u64 ctsync_digest_compare(const struct ctsync_digest *d,
			  struct ctsync_digest_diff *diff, u32 group,
			  const u64 *theirs)
{
	u64 set = 0;
	u32 i;

	if (group >= CTSYNC_DIGEST_GROUPS)
		return 0;
	for (i = 0; i < 64; i++) {
		if (d->bucket[group * 64 + i] != theirs[i])
			set |= 1ull << i;
	}
	diff->now[group] = set;
	return set & diff->last[group];
}
