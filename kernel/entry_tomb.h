/* SPDX-License-Identifier: GPL-2.0 */
/* Tombstones and aliases: names of what has ended, or lives under another name. */
#ifndef CTSYNC_ENTRY_TOMB_H
#define CTSYNC_ENTRY_TOMB_H

#include "entry.h"

/* Let (@origin, @id) be another name of @e. */
void ctsync_entry_alias(struct ctsync_entries *t, const struct ctsync_entry *e,
			u8 origin, u64 id);
/* An unbound entry that is on no queue: remember its id for a while. */
void ctsync_entry_bury(struct ctsync_entries *t, struct ctsync_entry *e);
/* Remember that (@origin, @id), of which no entry is known here, was deleted. */
void ctsync_entry_tombstone(struct ctsync_entries *t, u8 origin, u64 id,
			    u16 inc, u8 reason);
/* The end that tombstone @e stands for was told once more: it stays as long as if it
 * were new.
 */
void ctsync_entry_told_dead(struct ctsync_entries *t, struct ctsync_entry *e);
/* The flow of tombstone @e lives, in a later incarnation than that which was
 * deleted: its name is free.
 */
void ctsync_entry_exhume(struct ctsync_entries *t, struct ctsync_entry *e);
/* @e, about to be buried, is deleted on this node only: its tombstone stays for
 * @life jiffies, and as long again after each word of a peer about it.
 * e->lock held.
 */
void ctsync_entry_keep(struct ctsync_entry *e, unsigned long life);
/* A peer spoke of the flow of tombstone @e, that has @life jiffies to live
 * (0: not said). Nothing for a tombstone that is not KEPT.
 */
void ctsync_entry_keep_longer(struct ctsync_entry *e, u32 life);
/* Incarnation @inc of what tombstone @e is of was deleted too. */
void ctsync_entry_keep_dead(struct ctsync_entry *e, u16 inc);
/* Drop tombstones older than @age jiffies, and KEPT ones whose time is over; a
 * few thousand at most. Returns how many.
 */
u32 ctsync_entries_reap(struct ctsync_entries *t, u32 age);

#endif
