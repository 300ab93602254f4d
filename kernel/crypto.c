// SPDX-License-Identifier: GPL-2.0
/* Shared keys, and the seal of a frame: XChaCha20-Poly1305. */
#include "crypto.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <crypto/chacha20poly1305.h>

static_assert(CTSYNC_KEY_BYTES == CHACHA20POLY1305_KEY_SIZE);
static_assert(CTSYNC_WIRE_TAG == CHACHA20POLY1305_AUTHTAG_SIZE);
static_assert(CTSYNC_WIRE_NONCE == XCHACHA20POLY1305_NONCE_SIZE);

/* ---- the table ---- */

/* Commands come one at a time, so what they read cannot go. */
const struct ctsync_keyset *ctsync_crypto_get(const struct ctsync_crypto *c)
{
	return rcu_dereference_protected(c->set, true);
}

/* A copy to change, NULL for want of memory. */
static struct ctsync_keyset *copy(const struct ctsync_keyset *old)
{
	return kmemdup(old, sizeof(*old), GFP_KERNEL);
}

static void replace(struct ctsync_crypto *c, struct ctsync_keyset *new)
{
	struct ctsync_keyset *old;

	old = rcu_replace_pointer(c->set, new, true);
	/* polls and receivers that still seal or open with it */
	synchronize_rcu();
	kfree_sensitive(old);
}

static int index_of(const struct ctsync_keyset *set, u8 id)
{
	int i;

	for (i = 0; i < set->nr; i++) {
		if (set->key[i].id == id)
			return i;
	}
	return -ENOENT;
}

int ctsync_crypto_add(struct ctsync_crypto *c, const struct ctsync_key *key)
{
	const struct ctsync_keyset *old = ctsync_crypto_get(c);
	struct ctsync_keyset *new;

	if (!old)
		return -EOPNOTSUPP;
	if (index_of(old, key->id) >= 0)
		return -EEXIST;
	if (old->nr == CTSYNC_KEYS_MAX)
		return -ENOSPC;
	new = copy(old);
	if (!new)
		return -ENOMEM;
	new->key[new->nr++] = *key;
	replace(c, new);
	return 0;
}

int ctsync_crypto_use(struct ctsync_crypto *c, u8 id)
{
	const struct ctsync_keyset *old = ctsync_crypto_get(c);
	struct ctsync_keyset *new;
	int i;

	if (!old)
		return -EOPNOTSUPP;
	i = index_of(old, id);
	if (i < 0)
		return i;
	new = copy(old);
	if (!new)
		return -ENOMEM;
	new->use = i;
	replace(c, new);
	return 0;
}

int ctsync_crypto_del(struct ctsync_crypto *c, u8 id)
{
	const struct ctsync_keyset *old = ctsync_crypto_get(c);
	struct ctsync_keyset *new;
	int i;

	if (!old)
		return -EOPNOTSUPP;
	i = index_of(old, id);
	if (i < 0)
		return i;
	if (i == old->use)
		return -EBUSY;
	new = copy(old);
	if (!new)
		return -ENOMEM;
	/* the last one fills the gap */
	new->nr--;
	new->key[i] = new->key[new->nr];
	if (new->use == new->nr)
		new->use = i;
	memzero_explicit(&new->key[new->nr], sizeof(new->key[0]));
	replace(c, new);
	return 0;
}

int ctsync_crypto_up(struct ctsync_crypto *c, const struct ctsync_key *key)
{
	struct ctsync_opened **opened;
	struct ctsync_keyset *set;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		opened = &c->opened[cpu % CTSYNC_WIRE_CHANNELS];
		if (*opened)
			continue;
		*opened = kvzalloc_node(sizeof(**opened), GFP_KERNEL,
					cpu_to_node(cpu));
		if (!*opened)
			return -ENOMEM;
		spin_lock_init(&(*opened)->lock);
	}
	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	set->nr = 1;
	set->key[0] = *key;
	rcu_assign_pointer(c->set, set);
	return 0;
}

void ctsync_crypto_down(struct ctsync_crypto *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->opened); i++) {
		kvfree_sensitive(c->opened[i], sizeof(*c->opened[i]));
		c->opened[i] = NULL;
	}
	kfree_sensitive(rcu_replace_pointer(c->set, NULL, true));
}

/* ---- one frame ---- */

const struct ctsync_key *ctsync_crypto_sealing(const struct ctsync_crypto *c)
{
	const struct ctsync_keyset *set = rcu_dereference(c->set);

	return set ? &set->key[set->use] : NULL;
}

const struct ctsync_key *ctsync_crypto_find(const struct ctsync_crypto *c,
					    u8 id)
{
	const struct ctsync_keyset *set = rcu_dereference(c->set);
	int i = set ? index_of(set, id) : -ENOENT;

	return i < 0 ? NULL : &set->key[i];
}

void ctsync_crypto_seal(const struct ctsync_key *key, u8 *frame, u32 len)
{
	u8 *text = frame + CTSYNC_WIRE_HDR;
	u8 nonce[CTSYNC_WIRE_NONCE];

	ctsync_wire_nonce(frame, nonce);
	xchacha20poly1305_encrypt(text, text, len - CTSYNC_WIRE_HDR, frame,
				  CTSYNC_WIRE_HDR, nonce, key->bytes);
}

bool ctsync_crypto_open(const struct ctsync_key *key, const u8 *frame, u32 len,
			u8 *out)
{
	u8 nonce[CTSYNC_WIRE_NONCE];

	ctsync_wire_nonce(frame, nonce);
	memcpy(out, frame, CTSYNC_WIRE_HDR);
	return xchacha20poly1305_decrypt(out + CTSYNC_WIRE_HDR,
					 frame + CTSYNC_WIRE_HDR,
					 len - CTSYNC_WIRE_HDR, frame,
					 CTSYNC_WIRE_HDR, nonce, key->bytes);
}
