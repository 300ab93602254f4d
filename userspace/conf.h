/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration files: the words of up, on lines, with comments. */
#ifndef CONF_H
#define CONF_H

#include "attr.h"
#include "info.h"

#define CONF_FILE	"/etc/ctsync/ctsync.conf"

struct place {
	unsigned int line, column;	/* from 1 */
};

struct conf {
	const char *file;
	char *text;			/* strings of the attributes point into it */
	struct attr_list list;
	struct place places[sizeof(((struct attr_list *)0)->attrs) / sizeof(struct attr)];
};

/* Read @file and say on stderr, as FILE:LINE:COLUMN: SENTENCE, everything that is
 * wrong with it, what the kernel would refuse too as far as it shows. EXIT_DONE,
 * EXIT_WRONG, or EXIT_REFUSED when it cannot be read. Either way conf_free().
 */
int conf_read(const char *file, struct conf *conf);
void conf_free(struct conf *conf);

/* Does @conf want something of what is up, in @now, that cannot change? Then
 * EXIT_REFUSED after a sentence. Else @set has the live parameters, those that
 * the file does not name with their defaults.
 */
int conf_changes(const struct conf *conf, const struct config *now, struct attr_list *set);

#endif
