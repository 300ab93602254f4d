/* SPDX-License-Identifier: GPL-2.0 */
/* The numbers an operator can choose: one list, one struct, their limits. */
#ifndef CTSYNC_PARAMS_H
#define CTSYNC_PARAMS_H

#include <linux/types.h>

/* X(field, NAME, "word", unit, default, min, max, live)
 * NAME is the netlink attribute CTSYNC_A_NAME; live: can change while up.
 * Durations are microseconds on netlink and here.
 */
#define CTSYNC_PARAMS(X) \
	X(hold, HOLD, "hold", "off|any|all", 2, 0, 2, 1) \
	X(hold_timeout, HOLD_TIMEOUT, "hold-timeout", "us", 20000, 1000, 10000000, 1) \
	X(update_interval, UPDATE_INTERVAL, "update-interval", "us", 1000000, 10000, 60000000, 1) \
	X(update_bytes, UPDATE_BYTES, "update-bytes", "bytes", 0, 0, 1 << 28, 1) \
	X(flush_interval, FLUSH_INTERVAL, "flush-interval", "us", 100000, 1000, 1000000, 1) \
	X(sync_delay, SYNC_DELAY, "sync-delay", "us", 0, 0, 60000000, 1) \
	X(split_window, SPLIT_WINDOW, "split-window", "us", 1000000, 10000, 60000000, 1) \
	X(join_timeout, JOIN_TIMEOUT, "join-timeout", "us", 5000000, 0, 3600000000u, 0) \
	X(role, ROLE, "role", "active|standby", 0, 0, 1, 1) \
	X(mark_sync, MARK_SYNC, "mark-sync", "mask", 0, 0, 0xffffffffu, 1) \
	X(propagate_delete, PROPAGATE_DELETE, "propagate-delete", "off|on", 1, 0, 1, 1) \
	X(labels, LABELS, "labels", "off|on", 0, 0, 1, 1) \
	X(drain, DRAIN, "drain", "off|on", 0, 0, 1, 1) \
	X(fence, FENCE, "fence", "off|on", 0, 0, 1, 1) \
	X(pull, PULL, "pull", "off|on", 1, 0, 1, 1) \
	X(pull_rate, PULL_RATE, "pull-rate", "queries/s", 1000, 1, 1000000, 1) \
	X(pull_mark, PULL_MARK, "pull-mark", "mask", 0, 0, 0xffffffffu, 1) \
	X(pull_mask, PULL_MASK, "pull-mask", "mask", 0, 0, 0xffffffffu, 1) \
	X(digest_interval, DIGEST_INTERVAL, "digest-interval", "us", 10000000, 0, 3600000000u, 1) \
	X(zones, ZONES, "zones", "off|on", 0, 0, 1, 0) \
	X(accounting, ACCOUNTING, "accounting", "off|on", 0, 0, 1, 1)

enum ctsync_param_id {
#define X(field, NAME, word, unit, def, lo, hi, live) CTSYNC_PARAM_##NAME,
	CTSYNC_PARAMS(X)
#undef X
	CTSYNC_PARAM_MAX
};

struct ctsync_params {
#define X(field, NAME, word, unit, def, lo, hi, live) u32 field;
	CTSYNC_PARAMS(X)
#undef X
};

struct ctsync_param_info {
	const char *word;
	const char *unit;
	u32 def;
	u32 min;
	u32 max;
	u16 attr;	/* CTSYNC_A_* */
	u16 offset;	/* of the u32 in struct ctsync_params */
	bool live;
};

/* CTSYNC_PARAM_MAX rows, in the order of the list. */
extern const struct ctsync_param_info ctsync_param_table[];

void ctsync_params_init(struct ctsync_params *p);

static inline u32 *ctsync_param(struct ctsync_params *p, unsigned int id)
{
	return (u32 *)((char *)p + ctsync_param_table[id].offset);
}

#endif
