// SPDX-License-Identifier: GPL-2.0
/* Timeout policies (nft's `ct timeout`, nfct's) go with their flows, by value.
 *
 * An object of nft has no name that anybody but nft could look up, and rules are
 * never asked for a copy. So a message says how long each state lives, and the copy
 * gets a policy of its own: a piece of memory that conntrack counts references on
 * and frees with the last flow, whoever made it. Nothing of it is left to us after
 * `down`.
 */
#include "timeouts.h"

#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>

#if IS_ENABLED(CONFIG_NF_CONNTRACK_TIMEOUT)

/* How many states of @l4 have a life. */
static unsigned int words(u8 l4)
{
	return min_t(unsigned int, CTSYNC_TIMEOUT_WORDS,
		     nf_ct_l4proto_find(l4)->ctnl_timeout.obj_size /
		     sizeof(unsigned int));
}

/* Seconds of a message in jiffies: a second at least, as for every copy. */
static unsigned int life_of(u32 seconds)
{
	return clamp_t(u32, seconds, 1, INT_MAX / HZ) * HZ;
}

static void put(struct nf_ct_timeout *p)
{
	if (p && refcount_dec_and_test(&p->refcnt))
		kfree_rcu(p, rcu);
}

static bool is_policy(const struct nf_ct_timeout *p, const struct ctsync_flow *f)
{
	const unsigned int *data = (const unsigned int *)p->data;
	unsigned int i;

	if (p->l3num != (f->l3 == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4) ||
	    p->l4proto != nf_ct_l4proto_find(f->l4))
		return false;
	for (i = 0; i < f->nr_timeouts; i++) {
		if (data[i] != life_of(f->timeouts[i]))
			return false;
	}
	return true;
}

static struct nf_ct_timeout *make(const struct ctsync_flow *f)
{
	struct nf_ct_timeout *p;
	unsigned int *data, i;

	p = kzalloc(sizeof(*p) + f->nr_timeouts * sizeof(*data), GFP_ATOMIC);
	if (!p)
		return NULL;
	data = (unsigned int *)p->data;
	p->l3num = f->l3 == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	p->l4proto = nf_ct_l4proto_find(f->l4);
	refcount_set(&p->refcnt, 1);
	for (i = 0; i < f->nr_timeouts; i++)
		data[i] = life_of(f->timeouts[i]);
	return p;
}

/* t->lock held. */
static struct nf_ct_timeout *find_or_make(struct ctsync_timeouts *t,
					  const struct ctsync_flow *f)
{
	struct nf_ct_timeout *p;
	unsigned int i;

	for (i = 0; i < CTSYNC_TIMEOUTS_KEPT; i++) {
		if (t->kept[i] && is_policy(t->kept[i], f))
			return t->kept[i];
	}
	p = make(f);
	if (!p)
		return NULL;
	put(t->kept[t->next]);
	t->kept[t->next] = p;
	t->next = (t->next + 1) % CTSYNC_TIMEOUTS_KEPT;
	return p;
}

void ctsync_timeouts_init(struct ctsync_timeouts *t)
{
	spin_lock_init(&t->lock);
}

void ctsync_timeouts_uninit(struct ctsync_timeouts *t)
{
	unsigned int i;

	for (i = 0; i < CTSYNC_TIMEOUTS_KEPT; i++) {
		put(t->kept[i]);
		t->kept[i] = NULL;
	}
}

void ctsync_timeouts_get(const struct nf_conn *ct, struct ctsync_flow *f)
{
	const unsigned int *data = nf_ct_timeout_lookup(ct);
	unsigned int i;

	if (likely(!data))
		return;
	f->nr_timeouts = words(nf_ct_protonum(ct));
	for (i = 0; i < f->nr_timeouts; i++)
		f->timeouts[i] = READ_ONCE(data[i]) / HZ;
}

bool ctsync_timeouts_add(struct ctsync_timeouts *t, struct nf_conn *ct,
			 const struct ctsync_flow *f)
{
	struct nf_ct_timeout *p;
	bool done = false;

	if (likely(!f->nr_timeouts))
		return true;
	if (f->nr_timeouts != words(f->l4))
		return false;
	spin_lock(&t->lock);
	p = find_or_make(t, f);
	if (p)
		done = nf_ct_timeout_ext_add(ct, p, GFP_ATOMIC);
	spin_unlock(&t->lock);
	return done;
}

#else

void ctsync_timeouts_init(struct ctsync_timeouts *t)
{
}

void ctsync_timeouts_uninit(struct ctsync_timeouts *t)
{
}

void ctsync_timeouts_get(const struct nf_conn *ct, struct ctsync_flow *f)
{
}

bool ctsync_timeouts_add(struct ctsync_timeouts *t, struct nf_conn *ct,
			 const struct ctsync_flow *f)
{
	return !f->nr_timeouts;
}

#endif
