// SPDX-License-Identifier: GPL-2.0
/* The list of peers. It is fixed while an instance is up: no lock to read it. */
#include "instance.h"

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
	struct ctsync_peer *found = NULL;
	unsigned int i;

	/* of two that claim a number the proven one has it */
	for (i = 0; i < ps->nr; i++) {
		struct ctsync_peer *p = ps->peer[i];

		if (READ_ONCE(p->node) != node)
			continue;
		if (READ_ONCE(p->proven))
			return p;
		if (!found)
			found = p;
	}
	return found;
}

bool ctsync_peer_node_taken(const struct ctsync_peers *ps,
			    const struct ctsync_peer *p, u8 node)
{
	unsigned int i;

	for (i = 0; i < ps->nr; i++) {
		const struct ctsync_peer *other = ps->peer[i];

		if (other != p && READ_ONCE(other->proven) &&
		    READ_ONCE(other->node) == node)
			return true;
	}
	return false;
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

/* Does it join us, who are ready? Then it carries no traffic yet, and would make
 * everybody wait behind the tables that it is sent. When all begin at once nobody is
 * ready, and who has our table is waited for, from then on.
 */
static bool joins(const struct ctsync_peers *ps, const struct ctsync_peer *p)
{
	const struct ctsync_instance *inst =
		container_of(ps, struct ctsync_instance, peers);

	if (p->ready || atomic64_read(&ps->active) & BIT_ULL(p->index))
		return false;
	return p->state != CTSYNC_MEMBER_UP || READ_ONCE(inst->ready);
}

void ctsync_peer_update_sets(struct ctsync_peers *ps, struct ctsync_peer *p)
{
	bool up = p->hears && (p->state == CTSYNC_MEMBER_SYNCING ||
			       p->state == CTSYNC_MEMBER_UP);

	lockdep_assert_held(&p->lock);
	set_bit64(&ps->up, p->index, up);
	set_bit64(&ps->bypassed, p->index, up && p->bypass.bypassed);
	set_bit64(&ps->active, p->index,
		  up && !joins(ps, p) && !p->bypass.bypassed && !p->standby);
}
