/* SPDX-License-Identifier: GPL-2.0 */
/* The words of up and set: names, values, attributes. */
#ifndef WORDS_H
#define WORDS_H

#include "attr.h"

enum words_for { WORDS_UP, WORDS_SET };

/* Append to @list what @argv says. EXIT_DONE; EXIT_WRONG, or EXIT_REFUSED for
 * a word that this version does not have, after a sentence on stderr.
 */
int words_parse(int argc, char **argv, enum words_for command, struct attr_list *list);

/* Likewise for the first word and its value; @used: how many of @argv they are. */
int words_take(int argc, char **argv, enum words_for command, struct attr_list *list, int *used);

/* Likewise for the value of one word. */
int words_parse_one(const char *word, const char *value, struct attr_list *list);

/* The word that sets attribute @type, or NULL. */
const char *words_name(uint16_t type);

/* How wide the number of attribute @type is. */
enum attr_kind words_kind(uint16_t type);

/* Print "  NAME VALUE" of each word for a command's help. */
void words_help(enum words_for command);

/* Say on stderr that @word is not one of @n rows that begin with their name,
 * or that it is ambiguous; @what says whose words they are. EXIT_WRONG.
 */
int words_wrong(const char *what, const char *word, int found,
		const void *rows, size_t n, size_t size);

#endif
