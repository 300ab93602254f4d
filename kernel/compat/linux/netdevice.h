/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <linux/netdevice.h>: what newer kernels have, for older ones. */
#ifndef CTSYNC_COMPAT_LINUX_NETDEVICE_H
#define CTSYNC_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>

/* alloc_netdev_dummy() is of 6.10; init_dummy_netdev() is no longer exported. */
#ifdef CTSYNC_HAVE_ALLOC_NETDEV_DUMMY
#define free_netdev_dummy(dev) free_netdev(dev)
#else
#include <linux/slab.h>

static inline struct net_device *compat_alloc_netdev_dummy(void)
{
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

#define alloc_netdev_dummy(sizeof_priv) compat_alloc_netdev_dummy()
#define free_netdev_dummy(dev) kfree(dev)
#endif

#endif
