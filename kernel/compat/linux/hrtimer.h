/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <linux/hrtimer.h>: what newer kernels have, for older ones. */
#ifndef CTSYNC_COMPAT_LINUX_HRTIMER_H
#define CTSYNC_COMPAT_LINUX_HRTIMER_H

#include_next <linux/hrtimer.h>

/* hrtimer_setup() is of 6.13; hrtimer_init() went in 6.15. */
#ifndef CTSYNC_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif
