/* SPDX-License-Identifier: GPL-2.0 */
/* Shared keys, and the seal of a frame: XChaCha20-Poly1305 with the header as
 * associated data (docs/protocol.md, Seal).
 *
 * The keys are one small table that is never changed: a command puts another in
 * its place and wipes the old one, and all that was made of it, when no reader is
 * left. Who seals or opens a frame stays in one RCU section from looking a key up
 * to its last use.
 */
#ifndef CTSYNC_CRYPTO_H
#define CTSYNC_CRYPTO_H

#include "wire.h"

#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#define CTSYNC_KEY_BYTES 32
#define CTSYNC_KEY_WORDS (CTSYNC_KEY_BYTES / 4)
#define CTSYNC_KEYS_MAX 4

struct ctsync_key {
	u8 id;			/* on the wire; not 0 */
	u8 bytes[CTSYNC_KEY_BYTES];
};

struct ctsync_keyset {
	u8 nr;
	u8 use;			/* index of the one that seals; all open */
	struct ctsync_key key[CTSYNC_KEYS_MAX];
};

/* What XChaCha20 makes of a key and the first 16 bytes of a nonce. Those are the
 * epoch of the sender, so it is the same for all frames until that starts anew.
 */
struct ctsync_subkey {
	u8 key_id;		/* 0: none here */
	u8 epoch[16];
	u32 words[CTSYNC_KEY_WORDS];
};

/* Where a CPU opens and seals frames. A datagram's own bytes stay as they came:
 * whoever captures on the link may share them. A subkey gets in by a frame whose
 * tag is right, so nobody without the key displaces one.
 */
struct ctsync_cipher {
	spinlock_t opening;	/* from opening a frame until its messages are done */
	struct ctsync_subkey from[16];	/* by the sender's node, modulo */
	u8 opened[CTSYNC_WIRE_FRAME_MAX];

	spinlock_t sealing;
	struct ctsync_subkey own;
};

/* All NULL: no keys, frames in clear. */
struct ctsync_crypto {
	struct ctsync_keyset __rcu *set;
	struct ctsync_cipher *cipher[CTSYNC_WIRE_CHANNELS]; /* by CPU */
};

/* Start with one key, which seals. -ENOMEM. May sleep. */
int ctsync_crypto_up(struct ctsync_crypto *c, const struct ctsync_key *key);
/* Wipe and free all; nobody may read any more. */
void ctsync_crypto_down(struct ctsync_crypto *c);

/* Change the keys; the caller lets one at a time. When they return, what was
 * removed is wiped. Sleep.
 * add: -EEXIST (the id is here), -ENOSPC. use: -ENOENT. del: -ENOENT, -EBUSY (it
 * seals). -ENOMEM. -EOPNOTSUPP: this instance has no keys.
 */
int ctsync_crypto_add(struct ctsync_crypto *c, const struct ctsync_key *key);
int ctsync_crypto_use(struct ctsync_crypto *c, u8 id);
int ctsync_crypto_del(struct ctsync_crypto *c, u8 id);

/* The table for listings, or NULL; the caller keeps commands out. */
const struct ctsync_keyset *ctsync_crypto_get(const struct ctsync_crypto *c);

/* The key that seals, NULL in an instance without keys; the key of @id, NULL
 * when there is none. Under RCU, valid as long as that.
 */
const struct ctsync_key *ctsync_crypto_sealing(const struct ctsync_crypto *c);
const struct ctsync_key *ctsync_crypto_find(const struct ctsync_crypto *c,
					    u8 id);

/* Seal the frame of @len bytes in place and append the tag, for which there
 * must be room. The nonce is of the header, so its sequence number is set. Under
 * RCU since @key was looked up, softirqs off; takes cipher->sealing.
 */
void ctsync_crypto_seal(struct ctsync_cipher *cipher,
			const struct ctsync_key *key, u8 *frame, u32 len);

/* Open the frame of @len bytes (header and tag at least, as ctsync_wire_open() saw of
 * one with a key id, and at most CTSYNC_WIRE_FRAME_MAX; header and tag in
 * it), of which @f is the header, into cipher->opened: header and sections. False
 * when the tag is wrong: nothing there may be looked at. Under RCU since @key was
 * looked up, and under cipher->opening.
 */
bool ctsync_crypto_open(struct ctsync_cipher *cipher,
			const struct ctsync_key *key,
			const struct ctsync_frame *f, const u8 *frame, u32 len);

#endif
