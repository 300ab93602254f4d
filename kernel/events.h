/* SPDX-License-Identifier: GPL-2.0 */
/* Conntrack's events: our place in front of ctnetlink's callback. */
#ifndef CTSYNC_EVENTS_H
#define CTSYNC_EVENTS_H

#include "instance.h"

int ctsync_events_up(struct ctsync_instance *inst);
/* Callbacks may still run until the caller has waited for RCU. */
void ctsync_events_down(struct ctsync_instance *inst);
void ctsync_events_free(struct ctsync_instance *inst);

/* ctnetlink is about to register, or has come or gone: step aside, come back. */
void ctsync_events_unchain(struct ctsync_instance *inst);
void ctsync_events_rechain(struct ctsync_instance *inst);

#endif
