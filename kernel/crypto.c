// SPDX-License-Identifier: GPL-2.0
/* Shared keys, and the seal of a frame: XChaCha20-Poly1305. */
#include "crypto.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <crypto/algapi.h>
#include <crypto/chacha.h>
#include <crypto/poly1305.h>

static_assert(CTSYNC_KEY_BYTES == CHACHA_KEY_SIZE);
static_assert(CTSYNC_WIRE_NONCE + sizeof(u64) == XCHACHA_IV_SIZE);

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
	u32 words[CTSYNC_KEY_WORDS];
	struct chacha_state state;

	memcpy(words, key->bytes, sizeof(words));
	le32_to_cpu_array(words, CTSYNC_KEY_WORDS);
	chacha_init(&state, words, epoch);
	hchacha_block(&state, sub->words, 20);
	memcpy(sub->epoch, epoch, sizeof(sub->epoch));
	sub->key_id = key->id;
	memzero_explicit(words, sizeof(words));
	memzero_explicit(&state, sizeof(state));
}

static bool is_of(const struct ctsync_subkey *sub, const struct ctsync_key *key,
		  const u8 *epoch)
{
	return sub->key_id == key->id &&
	       !memcmp(sub->epoch, epoch, sizeof(sub->epoch));
}

/* The AEAD of RFC 8439 of one frame, from the kernel's ChaCha20 and Poly1305. Its
 * chacha20poly1305_encrypt() asks ChaCha20 for the tag's key and for the text one
 * after the other, and the vector code begins at more than one block of 64 bytes:
 * most frames are of one message or two and would never come to it. So the key and
 * the first of the text are one piece here (docs/performance.md, With a key).
 */
#define FIRST_TEXT (3 * CHACHA_BLOCK_SIZE)

struct aead {
	struct chacha_state state;
	struct {
		u8 tag_key[CHACHA_BLOCK_SIZE];	/* the half of it */
		u8 text[FIRST_TEXT];
	} first;
	u8 tag[CTSYNC_WIRE_TAG];
};

static_assert(POLY1305_KEY_SIZE <= CHACHA_BLOCK_SIZE);
static_assert(POLY1305_DIGEST_SIZE == CTSYNC_WIRE_TAG);

/* How much of a text of @len bytes comes with the tag's key. */
static u32 first_of(u32 len)
{
	return min_t(u32, len, FIRST_TEXT);
}

/* The tag's key, and the first of what @text is when sealed or opened. @nonce: of
 * the frame, its epoch is @sub's.
 */
static void aead_begin(struct aead *a, const struct ctsync_subkey *sub,
		       const u8 *nonce, const u8 *text, u32 len)
{
	u8 iv[CHACHA_IV_SIZE] = {};	/* a counter of blocks, four zeros, the rest */
	const size_t rest = CTSYNC_WIRE_NONCE - sizeof(sub->epoch);

	memcpy(iv + sizeof(iv) - rest, nonce + sizeof(sub->epoch), rest);
	chacha_init(&a->state, sub->words, iv);
	memset(a->first.tag_key, 0, sizeof(a->first.tag_key));
	memcpy(a->first.text, text, first_of(len));
	chacha20_crypt(&a->state, (u8 *)&a->first, (u8 *)&a->first,
		       sizeof(a->first.tag_key) + first_of(len));
}

/* What @text is when sealed or opened; may be @out. */
static void aead_text(struct aead *a, u8 *out, const u8 *text, u32 len)
{
	u32 first = first_of(len);

	memcpy(out, a->first.text, first);
	if (len > first)
		chacha20_crypt(&a->state, out + first, text + first,
			       len - first);
}

/* The tag of @header and the sealed @text. */
static void aead_tag(struct aead *a, const u8 *header, const u8 *text, u32 len)
{
	u8 padded[round_up(CTSYNC_WIRE_HDR, POLY1305_BLOCK_SIZE)] = {};
	static const u8 zeros[POLY1305_BLOCK_SIZE];
	const struct {
		__le64 header, text;
	} lengths = { cpu_to_le64(CTSYNC_WIRE_HDR), cpu_to_le64(len) };
	struct poly1305_desc_ctx mac;

	memcpy(padded, header, CTSYNC_WIRE_HDR);
	poly1305_init(&mac, a->first.tag_key);
	poly1305_update(&mac, padded, sizeof(padded));
	poly1305_update(&mac, text, len);
	poly1305_update(&mac, zeros, -len % POLY1305_BLOCK_SIZE);
	poly1305_update(&mac, (const u8 *)&lengths, sizeof(lengths));
	poly1305_final(&mac, a->tag);
}

void ctsync_crypto_seal(struct ctsync_cipher *cipher,
			const struct ctsync_key *key, u8 *frame, u32 len)
{
	u8 *text = frame + CTSYNC_WIRE_HDR;
	u8 nonce[CTSYNC_WIRE_NONCE];
	struct aead a;

	len -= CTSYNC_WIRE_HDR;
	ctsync_wire_nonce(frame, nonce);
	spin_lock(&cipher->sealing);
	if (unlikely(!is_of(&cipher->own, key, nonce)))
		make_subkey(&cipher->own, key, nonce);
	aead_begin(&a, &cipher->own, nonce, text, len);
	spin_unlock(&cipher->sealing);
	aead_text(&a, text, text, len);
	aead_tag(&a, frame, text, len);
	memcpy(text + len, a.tag, sizeof(a.tag));
	memzero_explicit(&a, sizeof(a));
}

bool ctsync_crypto_open(struct ctsync_cipher *cipher,
			const struct ctsync_key *key,
			const struct ctsync_frame *f, const u8 *frame, u32 len)
{
	struct ctsync_subkey *known, fresh, *sub;
	const u8 *text = frame + CTSYNC_WIRE_HDR;
	u8 nonce[CTSYNC_WIRE_NONCE];
	struct aead a;
	bool fine;

	len -= CTSYNC_WIRE_HDR + CTSYNC_WIRE_TAG;
	ctsync_wire_nonce(frame, nonce);
	known = &cipher->from[f->node % ARRAY_SIZE(cipher->from)];
	sub = known;
	if (unlikely(!is_of(known, key, nonce))) {
		make_subkey(&fresh, key, nonce);
		sub = &fresh;
	}
	aead_begin(&a, sub, nonce, text, len);
	aead_tag(&a, frame, text, len);
	fine = !crypto_memneq(a.tag, text + len, sizeof(a.tag));
	if (fine) {
		memcpy(cipher->opened, frame, CTSYNC_WIRE_HDR);
		aead_text(&a, cipher->opened + CTSYNC_WIRE_HDR, text, len);
	}
	memzero_explicit(&a, sizeof(a));
	if (unlikely(sub == &fresh)) {
		if (fine)
			*known = fresh;
		memzero_explicit(&fresh, sizeof(fresh));
	}
	return fine;
}
