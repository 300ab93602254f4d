// SPDX-License-Identifier: GPL-2.0
/* How a command ends: its exit status and the sentence on stderr. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
	const char *file;
	unsigned int line, column;
	const unsigned int *columns;
} where;

void say_where(const char *file, unsigned int line, const unsigned int *columns)
{
	where.file = file;
	where.line = line;
	where.columns = columns;
	where.column = columns ? columns[0] : 0;
}

void say_word(int word)
{
	if (where.file)
		where.column = where.columns[word];
}

static void say(const char *prefix, const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "ctsync: %s", prefix);
	if (where.file)
		fprintf(stderr, "%s:%u:%u: ", where.file, where.line, where.column);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int refused(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
	return EXIT_REFUSED;
}

int wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
	return EXIT_WRONG;
}

void warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("warning: ", format, args);
	va_end(args);
}
