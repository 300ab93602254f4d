/* SPDX-License-Identifier: GPL-2.0 */
/* The NAPI of each CPU: made, run, unmade. */
#ifndef CTSYNC_POLL_H
#define CTSYNC_POLL_H

#include "instance.h"

int ctsync_poll_up(struct ctsync_instance *inst);
/* No poll and no timer of ours runs after this. Sleeps. */
void ctsync_poll_stop(struct ctsync_instance *inst);
void ctsync_poll_free(struct ctsync_instance *inst);

/* No poll runs between these two; timers go on. Process context, sleeps. */
void ctsync_poll_pause(struct ctsync_instance *inst);
void ctsync_poll_resume(struct ctsync_instance *inst);

#endif
