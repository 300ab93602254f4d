/* A member of a cluster in user space: it has the key, proves itself, sends and hears. */
/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_MEMBER_H
#define TESTS_TOOLS_MEMBER_H

#include "../../kernel/wire.h"
#include "common.h"
#include "rand.h"

#define MEMBER_FRAME	1400	/* bytes of our frames */
#define MEMBER_CHANNELS	8	/* streams that we use */
#define MEMBER_BATCH	32	/* frames in one system call */
#define MEMBER_LEARNT	64

/* What the peer said lately of a flow. */
struct member_flow {
	struct ctsync_ref ref;
	struct ctsync_tuple orig, reply;
	uint8_t l3, l4;
};

struct member {
	int fd;
	union address to;
	uint8_t secret[32], key_id;
	uint16_t cluster;
	uint8_t node, peer;		/* our number and the peer's */
	struct rnd rnd;
	bool acks;			/* acknowledge all that the peer asks for */
	bool forget_plain;		/* keep no frame of the peer to be spliced */

	uint8_t epoch[16], peer_epoch[16], challenge[16];
	uint64_t seq[2][MEMBER_CHANNELS];	/* last one used: to all, to the peer */
	uint64_t heard_us, hello_us, peer_seq[64];
	uint32_t peer_time, mark_value, mark_mask, mark_sync;
	bool proven;			/* the peer reads what we send */

	struct member_flow flow[MEMBER_LEARNT];
	unsigned int flows;		/* learnt so far */
	/* sections of the peer's last frame that was no HELLO, opened */
	uint8_t plain[2048];
	uint32_t plain_len;
	/* that and the one before, as they came */
	uint8_t came[2][2048];
	uint32_t came_len[2];

	uint8_t frame[MEMBER_BATCH][MEMBER_FRAME + 600];
	uint32_t len[MEMBER_BATCH];
	unsigned int queued;
	uint64_t frames, joins, heard_frames, heard_bytes, heard_messages;
};

void member_open(struct member *m, const union address *from, const union address *to);
/* A new epoch, proven to the peer; false: not within 5 s. */
bool member_join(struct member *m);
/* Room for a sealed frame on a stream; sections are put behind. */
uint8_t *member_begin(struct member *m, struct ctsync_enc *enc, uint8_t dest, uint8_t channel);
/* Seal what was put; it goes out with the batch. */
void member_end(struct member *m, struct ctsync_enc *enc);
/* A frame that is ready, whatever it is. */
void member_raw(struct member *m, const uint8_t *frame, uint32_t len);
void member_flush(struct member *m);
/* Hear what came, say HELLO if it is time. Returns false when the peer has lost us. */
bool member_turn(struct member *m);

#endif
