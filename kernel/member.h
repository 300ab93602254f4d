/* SPDX-License-Identifier: GPL-2.0 */
/* Heartbeats: who is alive, whose epoch is proven, who may be waited for. */
#ifndef CTSYNC_MEMBER_H
#define CTSYNC_MEMBER_H

#include "instance.h"

#define CTSYNC_HELLO_MS 100
#define CTSYNC_DEAD_MS 1000

/* A HELLO of @p came in @frame. Softirq. */
void ctsync_member_hello(struct ctsync_instance *inst, struct ctsync_peer *p,
			 const struct ctsync_frame *frame,
			 const struct ctsync_hello *hello);

/* Every CTSYNC_HELLO_MS: silence, readiness. Softirq. */
void ctsync_member_tick(struct ctsync_instance *inst);
/* Part of the poll: send HELLOs if they are due. */
void ctsync_member_poll(struct ctsync_cpu *c);
/* Teardown: tell the peers, so that they need not wait for silence. Polls are
 * stopped, so this may number frames; inst->running is false. Process context.
 */
void ctsync_member_leave(struct ctsync_instance *inst);

/* A frame of @p has our number, and is not ours: is it authentic? One in 20 ms is looked
 * at, as a tag costs. Softirq, under RCU.
 */
bool ctsync_member_collide(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_frame *frame, const u8 *data,
			   unsigned int len);
/* Was another node heard under our number lately? */
bool ctsync_member_collides(const struct ctsync_instance *inst, u64 now);

/* This machine was restored or copied: who was proven is to prove himself again, and this
 * node is not ready until it has the peers' tables. Process context.
 */
void ctsync_member_restored(struct ctsync_instance *inst);

/* Our table was copied to @p. */
void ctsync_member_bulk_done(struct ctsync_instance *inst,
			     struct ctsync_peer *p);
/* The role changed, locally. */
void ctsync_member_role(struct ctsync_instance *inst);

/* Told through inst->tell. */
enum ctsync_member_news {
	CTSYNC_NEWS_PEER_UP,
	CTSYNC_NEWS_PEER_DOWN,
	CTSYNC_NEWS_READY,
	CTSYNC_NEWS_NOT_READY,
	CTSYNC_NEWS_BYPASS_BEGIN,
	CTSYNC_NEWS_BYPASS_END,
	CTSYNC_NEWS_BULK_END,
	CTSYNC_NEWS_NO_HELPER,	/* inst->no_helper */
	CTSYNC_NEWS_AUTH_FAILED,
	CTSYNC_NEWS_OTHER_KEY,
	CTSYNC_NEWS_CLASH,
	CTSYNC_NEWS_CONFLICT,
	CTSYNC_NEWS_MTU_BEGIN,
	CTSYNC_NEWS_MTU_END,
	CTSYNC_NEWS_ID_COLLISION,
	CTSYNC_NEWS_RESTORED,
	CTSYNC_NEWS_MAX
};

#endif
