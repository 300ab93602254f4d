/* SPDX-License-Identifier: GPL-2.0 */
/* How a command ends: its exit status and the sentence on stderr. */
#ifndef SAY_H
#define SAY_H

enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,	/* the kernel or the system said no */
	EXIT_WRONG = 2,		/* wrong usage */
	EXIT_DIFFERS = 3,	/* diff: the tables are not the same */
};

/* Print "ctsync: SENTENCE" on stderr; return EXIT_REFUSED. */
int refused(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for wrong usage: the sentence names the word and what was expected;
 * return EXIT_WRONG.
 */
int wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Until called with NULL, each sentence begins with FILE:LINE:COLUMN of a word:
 * the one at @columns[0], or whose number say_word() gave.
 */
void say_where(const char *file, unsigned int line, const unsigned int *columns);
void say_word(int word);
/* Print "ctsync: warning: SENTENCE" on stderr. */
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
