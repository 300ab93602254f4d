/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink: requests, dumps and events of the family; info.h reads the messages.
 *
 * What fails here says so on stderr, with the kernel's sentence where it gave
 * one, and returns EXIT_REFUSED.
 */
#ifndef NL_H
#define NL_H

#include <stdbool.h>

#include "attr.h"

struct nl;
struct nlmsghdr;

typedef void (*nl_handler)(const struct nlmsghdr *message, void *data);

/* Open a socket in this process's network namespace. NULL after a sentence on
 * stderr: most often that the module is not loaded.
 */
struct nl *nl_open(void);
/* The same, without a sentence when the module is not loaded. */
struct nl *nl_open_quietly(void);
void nl_close(struct nl *nl);

/* Send @command with the attributes of @list (may be NULL) and wait until the
 * kernel has done it; @handle (may be NULL) gets each message of the answer.
 */
int nl_do(struct nl *nl, uint8_t command, const struct attr_list *list,
	  nl_handler handle, void *data);
/* Likewise for a command that lists. */
int nl_dump(struct nl *nl, uint8_t command, const struct attr_list *list,
	    nl_handler handle, void *data);

/* From now on events come to this socket: use another one for requests. */
int nl_subscribe(struct nl *nl);

enum { NL_EVENTS_LOST = -1 };

/* Wait at most @ms (-1: for ever) and give @handle what came. The number of
 * messages, 0 when the time is up, NL_EVENTS_LOST when the kernel had to drop
 * some; *@failed becomes true after a sentence when the socket fails.
 */
int nl_events(struct nl *nl, int ms, nl_handler handle, void *data, bool *failed);

#endif
