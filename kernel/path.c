// SPDX-License-Identifier: GPL-2.0
/* How long may a frame to a peer be? */
#include "path.h"

/* While a change is fresh, something is tried at each call; then at each fifth. */
#define HURRY_NS 2500000000ull
#define CALM 5

/* Frames that fit the MTUs one meets, with IPv6's and UDP's headers off: 9000,
 * 4352, 2002, 1500, 1492 (PPPoE), 1450 (VXLAN), 1420 (WireGuard), 1380, 1280, 1006.
 */
static const u16 sizes[] = {
	8952, 4304, 1954, 1452, 1444, 1402, 1372, 1332, 1232, 958,
	CTSYNC_PATH_MIN,
};

static void roll(struct ctsync_path *p, u64 now)
{
	if (now - p->slot < CTSYNC_PATH_SLOT_NS)
		return;
	/* a slot in which nothing came at all is one, too */
	p->heard[1] = now - p->slot < 2 * CTSYNC_PATH_SLOT_NS ? p->heard[0] : 0;
	p->heard[0] = 0;
	p->slot = now;
}

void ctsync_path_heard(struct ctsync_path *p, u32 len, u64 now)
{
	roll(p, now);
	p->heard[0] = max((u32)p->heard[0], min(len, 0xffffu));
}

u16 ctsync_path_tell(struct ctsync_path *p, u64 now)
{
	roll(p, now);
	return max(max(p->heard[0], p->heard[1]), (u16)1);
}

bool ctsync_path_told(struct ctsync_path *p, u32 len, u32 limit, u64 now)
{
	bool was = p->narrow;

	p->told = min(len, 0xffffu);
	if (!p->told || p->told >= limit) {
		p->short_ns = 0;
		p->narrow = false;
	} else if (!p->short_ns) {
		p->short_ns = now;
	} else if (now - p->short_ns >= CTSYNC_PATH_SHOW_NS) {
		p->narrow = true;
	}
	return p->narrow != was;
}

u32 ctsync_path_size(const struct ctsync_path *p, u32 limit)
{
	u32 told = p->told;

	if (!told || told >= limit)
		return limit;
	return min(max(told, (u32)CTSYNC_PATH_MIN), limit);
}

/* The index of the longest of sizes[] that is not longer than @len. */
static u32 at_most(u32 len)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes) - 1 && sizes[i] > len; i++)
		;
	return i;
}

u32 ctsync_path_probes(struct ctsync_path *p, u32 limit, u32 tick, u64 now,
		       u16 size[CTSYNC_PATH_PROBES])
{
	u32 first = at_most(limit - 1), last = at_most(ctsync_path_size(p, limit));
	bool hurry = p->short_ns && now - p->short_ns < HURRY_NS;

	if (!p->told || (!hurry && tick % CALM))
		return 0;
	size[0] = limit;
	if (p->told >= limit)
		return 1;
	/* Of those between, one after the other; what is in use is among them, as
	 * the peer has to go on telling of it. When calm, only that and what is longer
	 * take turns.
	 */
	if (hurry) {
		size[1] = sizes[first + p->turn++ % (ARRAY_SIZE(sizes) - first)];
		return 2;
	}
	size[1] = sizes[last];
	size[0] = p->turn++ & 1 || !last || last <= first ? limit : sizes[last - 1];
	return 2;
}
