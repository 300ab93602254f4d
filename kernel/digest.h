/* SPDX-License-Identifier: GPL-2.0 */
/* Comparing tables: digests of ours, differences to a peer's. */
#ifndef CTSYNC_DIGEST_H
#define CTSYNC_DIGEST_H

#include "instance.h"

#include <linux/siphash.h>

/* Everything two nodes must agree in, byte for byte as docs/protocol.md says. */
struct ctsync_digest_content {
	__be64 id;
	__be32 mark;
	__be32 mark_clock;
	__be16 inc;
	__be16 status;
	__be16 zone;
	u8 origin;
	u8 mark_node;
	u8 l3;
	u8 l4;
	u8 state;
	u8 changing;	/* 0 in what is hashed; shown: 1, it would have been left out */
	struct {
		u8 src[16];
		u8 dst[16];
		__be16 sport;
		__be16 dport;
	} tuple[2];
} __packed;

static_assert(sizeof(struct ctsync_digest_content) == 28 + 2 * 36);
static_assert(sizeof(struct ctsync_digest_content) <= 8 * CTSYNC_DIGEST_WORDS);

void ctsync_digest_key(const struct ctsync_instance *inst, siphash_key_t *key);
/* Hash of the entry's name, which gives its bucket. */
u64 ctsync_digest_name(const struct ctsync_entry *e, const siphash_key_t *key);
/* What @e, whose conntrack is @ct, has to say. e->lock held. */
void ctsync_digest_content(const struct ctsync_entry *e, struct nf_conn *ct,
			   struct ctsync_digest_content *c);
/* Is @e left out of digests: did something happen to it a moment ago, or is it about
 * to end? RCU.
 */
bool ctsync_digest_leaves_out(const struct ctsync_entry *e, const struct nf_conn *ct);
/* Make the digest of our whole table. Process context. */
void ctsync_digest_make(struct ctsync_instance *inst, struct ctsync_digest *d);

/* A digest of @p came. Softirq. */
void ctsync_digest_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_digest_msg *m);
/* Part of the worker. */
void ctsync_digest_work(struct ctsync_instance *inst);

#endif
