/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/unaligned.h> is of 6.12; before, it was <asm/unaligned.h>. */
#ifndef CTSYNC_COMPAT_LINUX_UNALIGNED_H
#define CTSYNC_COMPAT_LINUX_UNALIGNED_H

#ifdef CTSYNC_HAVE_LINUX_UNALIGNED
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif
