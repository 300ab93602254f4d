// SPDX-License-Identifier: GPL-2.0
/* Mail: messages about no entry that wait for a frame of their CPU. */
#include "mail.h"

#include <linux/slab.h>
#include <linux/string.h>

void ctsync_mail_init(struct ctsync_mailbox *box)
{
	spin_lock_init(&box->lock);
	INIT_LIST_HEAD(&box->list);
	box->nr = 0;
}

bool ctsync_mail_add(struct ctsync_mailbox *box, u8 to, u8 type, const u8 *msg,
		     u32 len)
{
	struct ctsync_mail *m;
	bool room;

	m = kmalloc(struct_size(m, msg, len), GFP_ATOMIC);
	if (!m)
		return false;
	m->to = to;
	m->type = type;
	m->len = len;
	memcpy(m->msg, msg, len);
	spin_lock_bh(&box->lock);
	room = box->nr < CTSYNC_MAIL_MAX;
	if (room) {
		list_add_tail(&m->list, &box->list);
		box->nr++;
	}
	spin_unlock_bh(&box->lock);
	if (!room)
		kfree(m);
	return room;
}

struct ctsync_mail *ctsync_mail_pop(struct ctsync_mailbox *box)
{
	struct ctsync_mail *m;

	spin_lock_bh(&box->lock);
	m = list_first_entry_or_null(&box->list, struct ctsync_mail, list);
	if (m) {
		list_del(&m->list);
		box->nr--;
	}
	spin_unlock_bh(&box->lock);
	return m;
}

struct ctsync_mail *ctsync_mail_pop_to(struct ctsync_mailbox *box, u8 to)
{
	struct ctsync_mail *m, *found = NULL;

	spin_lock_bh(&box->lock);
	list_for_each_entry(m, &box->list, list) {
		if (m->to != to)
			continue;
		list_del(&m->list);
		box->nr--;
		found = m;
		break;
	}
	spin_unlock_bh(&box->lock);
	return found;
}

void ctsync_mail_unpop(struct ctsync_mailbox *box, struct ctsync_mail *m)
{
	spin_lock_bh(&box->lock);
	list_add(&m->list, &box->list);
	box->nr++;
	spin_unlock_bh(&box->lock);
}

void ctsync_mail_clear(struct ctsync_mailbox *box)
{
	struct ctsync_mail *m;

	while ((m = ctsync_mail_pop(box)))
		kfree(m);
}
