// SPDX-License-Identifier: GPL-2.0
/* Shared keys, and the seal of a frame: XChaCha20-Poly1305. */
#include "crypto.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <crypto/chacha.h>
#include <crypto/chacha20poly1305.h>

static_assert(CTSYNC_KEY_BYTES == CHACHA20POLY1305_KEY_SIZE);
static_assert(CTSYNC_WIRE_TAG == CHACHA20POLY1305_AUTHTAG_SIZE);
static_assert(CTSYNC_WIRE_NONCE == XCHACHA20POLY1305_NONCE_SIZE);

#define KEY_WORDS (CTSYNC_KEY_BYTES / sizeof(u32))

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

static void wipe_subkeys(struct ctsync_cipher *cipher)
{
	spin_lock_bh(&cipher->opening);
	memzero_explicit(cipher->from, sizeof(cipher->from));
	spin_unlock_bh(&cipher->opening);
	spin_lock_bh(&cipher->sealing);
	memzero_explicit(&cipher->own, sizeof(cipher->own));
	spin_unlock_bh(&cipher->sealing);
}

static void replace(struct ctsync_crypto *c, struct ctsync_keyset *new)
{
	struct ctsync_keyset *old;
	unsigned int i;

	old = rcu_replace_pointer(c->set, new, true);
	/* polls and receivers that still seal or open with it */
	synchronize_rcu();
	kfree_sensitive(old);
	for (i = 0; i < ARRAY_SIZE(c->cipher); i++) {
		if (c->cipher[i])
			wipe_subkeys(c->cipher[i]);
	}
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
	struct ctsync_cipher **cipher;
	struct ctsync_keyset *set;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		cipher = &c->cipher[cpu % CTSYNC_WIRE_CHANNELS];
		if (*cipher)
			continue;
		*cipher = kvzalloc_node(sizeof(**cipher), GFP_KERNEL,
					cpu_to_node(cpu));
		if (!*cipher)
			return -ENOMEM;
		spin_lock_init(&(*cipher)->opening);
		spin_lock_init(&(*cipher)->sealing);
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

	for (i = 0; i < ARRAY_SIZE(c->cipher); i++) {
		kvfree_sensitive(c->cipher[i], sizeof(*c->cipher[i]));
		c->cipher[i] = NULL;
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

/* HChaCha20, with which XChaCha20 begins. */
static void make_subkey(struct ctsync_subkey *sub, const struct ctsync_key *key,
			const u8 *epoch)
{
	u32 words[KEY_WORDS], out[KEY_WORDS];
	struct chacha_state state;

	memcpy(words, key->bytes, sizeof(words));
	le32_to_cpu_array(words, KEY_WORDS);
	chacha_init(&state, words, epoch);
	hchacha_block(&state, out, 20);
	cpu_to_le32_array(out, KEY_WORDS);
	memcpy(sub->bytes, out, sizeof(out));
	memcpy(sub->epoch, epoch, sizeof(sub->epoch));
	sub->key_id = key->id;
	memzero_explicit(words, sizeof(words));
	memzero_explicit(out, sizeof(out));
	memzero_explicit(&state, sizeof(state));
}

static bool is_of(const struct ctsync_subkey *sub, const struct ctsync_key *key,
		  const u8 *epoch)
{
	return sub->key_id == key->id &&
	       !memcmp(sub->epoch, epoch, sizeof(sub->epoch));
}

/* What of the nonce is behind the epoch. */
static u64 rest_of(const u8 *nonce)
{
	return get_unaligned_le64(nonce + sizeof_field(struct ctsync_subkey,
						       epoch));
}

void ctsync_crypto_seal(struct ctsync_cipher *cipher,
			const struct ctsync_key *key, u8 *frame, u32 len)
{
	u8 *text = frame + CTSYNC_WIRE_HDR;
	u8 nonce[CTSYNC_WIRE_NONCE];

	ctsync_wire_nonce(frame, nonce);
	spin_lock(&cipher->sealing);
	if (unlikely(!is_of(&cipher->own, key, nonce)))
		make_subkey(&cipher->own, key, nonce);
	chacha20poly1305_encrypt(text, text, len - CTSYNC_WIRE_HDR, frame,
				 CTSYNC_WIRE_HDR, rest_of(nonce),
				 cipher->own.bytes);
	spin_unlock(&cipher->sealing);
}

bool ctsync_crypto_open(struct ctsync_cipher *cipher,
			const struct ctsync_key *key,
			const struct ctsync_frame *f, const u8 *frame, u32 len)
{
	struct ctsync_subkey *known, fresh, *sub;
	u8 nonce[CTSYNC_WIRE_NONCE];
	bool fine;

	ctsync_wire_nonce(frame, nonce);
	known = &cipher->from[f->node % ARRAY_SIZE(cipher->from)];
	sub = known;
	if (unlikely(!is_of(known, key, nonce))) {
		make_subkey(&fresh, key, nonce);
		sub = &fresh;
	}
	memcpy(cipher->opened, frame, CTSYNC_WIRE_HDR);
	fine = chacha20poly1305_decrypt(cipher->opened + CTSYNC_WIRE_HDR,
					frame + CTSYNC_WIRE_HDR,
					len - CTSYNC_WIRE_HDR, frame,
					CTSYNC_WIRE_HDR, rest_of(nonce),
					sub->bytes);
	if (unlikely(sub == &fresh)) {
		if (fine)
			*known = fresh;
		memzero_explicit(&fresh, sizeof(fresh));
	}
	return fine;
}
