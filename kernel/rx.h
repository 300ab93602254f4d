/* SPDX-License-Identifier: GPL-2.0 */
/* Receiving: checks in order, then sections, dispatched by table. */
#ifndef CTSYNC_RX_H
#define CTSYNC_RX_H

#include <linux/in6.h>
#include <linux/types.h>

/* One datagram for the sync link; @ctx is the instance. Softirq, RCU. */
void ctsync_rx(void *ctx, const u8 *data, unsigned int len,
	       const struct in6_addr *from, u16 port, u8 hops);

#endif
