/* SPDX-License-Identifier: GPL-2.0 */
/* Every attachment to the packet path. */
#ifndef CTSYNC_HOOKS_H
#define CTSYNC_HOOKS_H

#include "instance.h"

struct netlink_ext_ack;

/* Attach; process context. Fails with a sentence in extack. */
int ctsync_hooks_up(struct ctsync_instance *inst,
		    struct netlink_ext_ack *extack);
/* Detach; hooks may still run until the caller has waited for RCU. */
void ctsync_hooks_down(struct ctsync_instance *inst);
/* After that wait. */
void ctsync_hooks_free(struct ctsync_instance *inst);

#endif
