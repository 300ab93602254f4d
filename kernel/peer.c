// SPDX-License-Identifier: GPL-2.0
/* The list of peers. It is fixed while an instance is up: no lock to read it. */
#include "peer.h"

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/ipv6.h>

int ctsync_peer_add(struct ctsync_peers *ps, const struct in6_addr *addr)
{
	struct ctsync_peer *p;

	if (ps->nr == CTSYNC_PEERS_MAX)
		return -ENOSPC;
	if (ctsync_peer_by_addr(ps, addr))
		return -EEXIST;
	p = kvzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p->addr = *addr;
	p->index = ps->nr;
	p->reason = CTSYNC_REASON_NO_HELLO;
	spin_lock_init(&p->lock);
	ps->peer[ps->nr++] = p;
	return 0;
}

void ctsync_peers_uninit(struct ctsync_peers *ps)
{
	while (ps->nr)
		kvfree(ps->peer[--ps->nr]);
}

struct ctsync_peer *ctsync_peer_by_addr(struct ctsync_peers *ps,
					const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < ps->nr; i++) {
		if (ipv6_addr_equal(&ps->peer[i]->addr, addr))
			return ps->peer[i];
	}
	return NULL;
}

struct ctsync_peer *ctsync_peer_by_node(struct ctsync_peers *ps, u8 node)
{
	unsigned int i;

	for (i = 0; i < ps->nr; i++) {
		if (READ_ONCE(ps->peer[i]->node) == node)
			return ps->peer[i];
	}
	return NULL;
}

void ctsync_peer_refuse(struct ctsync_peer *p, enum ctsync_member_reason reason)
{
	lockdep_assert_held(&p->lock);
	if (p->proven)
		return;
	p->reason = reason;
	p->refused_ns = ktime_get_ns();
}

static void set_bit64(atomic64_t *set, u8 index, bool on)
{
	if (on)
		atomic64_or(1ll << index, set);
	else
		atomic64_andnot(1ll << index, set);
}

void ctsync_peer_update_sets(struct ctsync_peers *ps, struct ctsync_peer *p)
{
	bool up = p->hears && (p->state == CTSYNC_MEMBER_SYNCING ||
			       p->state == CTSYNC_MEMBER_UP);

	lockdep_assert_held(&p->lock);
	set_bit64(&ps->up, p->index, up);
	set_bit64(&ps->bypassed, p->index, up && p->bypass.bypassed);
	set_bit64(&ps->active, p->index,
		  up && !p->bypass.bypassed && !p->standby);
}
