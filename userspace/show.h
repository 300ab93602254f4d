/* SPDX-License-Identifier: GPL-2.0 */
/* How the things the kernel tells are shown; each part of show is one call. */
#ifndef SHOW_H
#define SHOW_H

#include "info.h"

/* Print what the kernel lists under @key (NULL: the document itself).
 * EXIT_DONE, or EXIT_REFUSED after a sentence on stderr.
 */
int show_config(struct nl *nl, const char *key, struct config *config);
int show_peers(struct nl *nl, const char *key);
int show_queues(struct nl *nl);
int show_stats(struct nl *nl);
int show_params(struct nl *nl);

/* The words after "show entries" choose; EXIT_WRONG when they make no sense. */
int show_entries(int argc, char **argv);

/* Print "  FILTER VALUE" of each filter for the help of show. */
void show_entries_help(void);

/* The members of one peer's object; text shows only what has a column. */
void show_peer_members(const struct peer *peer);
/* One entry in full, as an object named @key. */
void show_entry(const char *key, const struct entry *entry);

#endif
