// SPDX-License-Identifier: GPL-2.0
/* The module: init in order, exit in reverse. */
#include "events.h"
#include "net.h"
#include "netlink.h"

#include <linux/module.h>

/* ctnetlink overwrites whatever event callback it finds, with a warning. */
static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct module *mod = data;

	if (strcmp(mod->name, "nf_conntrack_netlink"))
		return NOTIFY_DONE;
	switch (event) {
	case MODULE_STATE_COMING:
		ctsync_net_for_each(ctsync_events_unchain);
		break;
	case MODULE_STATE_LIVE:
	case MODULE_STATE_GOING:	/* gone, or it failed to come */
		ctsync_net_for_each(ctsync_events_rechain);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

static int __init ctsync_init(void)
{
	int err;

	err = ctsync_net_init(ctsync_netlink_tell);
	if (err)
		return err;
	err = register_module_notifier(&module_notifier);
	if (err)
		goto net;
	err = ctsync_netlink_init();
	if (err)
		goto notifier;
	return 0;

notifier:
	unregister_module_notifier(&module_notifier);
net:
	ctsync_net_exit();
	return err;
}

static void __exit ctsync_exit(void)
{
	ctsync_netlink_exit();
	unregister_module_notifier(&module_notifier);
	ctsync_net_exit();
}

module_init(ctsync_init);
module_exit(ctsync_exit);

MODULE_DESCRIPTION("Connection tracking replication between firewalls");
MODULE_AUTHOR("The ctsync authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(CTSYNC_VERSION);
MODULE_ALIAS_GENL_FAMILY("ctsync");
MODULE_SOFTDEP("pre: nf_conntrack_netlink");
