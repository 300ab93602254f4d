/* SPDX-License-Identifier: GPL-2.0 */
/* Mail: messages about no entry, packed already, that wait for a frame of their
 * CPU. Bounded; what does not fit is the caller's to count, and is asked for or
 * sent again by whoever misses it.
 */
#ifndef CTSYNC_MAIL_H
#define CTSYNC_MAIL_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define CTSYNC_MAIL_MAX 256	/* in one box */

struct ctsync_mail {
	struct list_head list;
	u16 len;
	u8 type;		/* enum ctsync_msg_type */
	u8 to;			/* CTSYNC_WIRE_ALL or a node */
	u8 msg[];
};

struct ctsync_mailbox {
	spinlock_t lock;
	struct list_head list;	/* first to go first */
	u32 nr;
};

void ctsync_mail_init(struct ctsync_mailbox *box);
void ctsync_mail_clear(struct ctsync_mailbox *box);

/* Any context except hard interrupt. False: no room or no memory. */
bool ctsync_mail_add(struct ctsync_mailbox *box, u8 to, u8 type, const u8 *msg,
		     u32 len);
/* The first one, now the caller's to kfree() or give back; NULL: none. */
struct ctsync_mail *ctsync_mail_pop(struct ctsync_mailbox *box);
/* The first one to @to. */
struct ctsync_mail *ctsync_mail_pop_to(struct ctsync_mailbox *box, u8 to);
void ctsync_mail_unpop(struct ctsync_mailbox *box, struct ctsync_mail *m);

#endif
