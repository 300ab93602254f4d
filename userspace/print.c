// SPDX-License-Identifier: GPL-2.0
/* All output of the tool, as text or as JSON, from the same calls. */
#include "print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"

#define DEPTH		8
#define COLUMNS		16
#define BATCH		128	/* rows kept before they are printed and widths settled */

static const char *const escapes[] = {
	[PRINT_PLAIN] = "", [PRINT_GOOD] = "\033[32m", [PRINT_BAD] = "\033[31m",
	[PRINT_NOTED] = "\033[33m",
};

static struct {
	bool json, pretty, coloured;
	enum print_colour colour;	/* of the next value */
	int depth;
	bool some[DEPTH];	/* is there something in the object or array already? */
} out;

static struct {
	bool open, in_row, headed;
	size_t n, rows, at;
	const char *const *columns;
	size_t width[COLUMNS];
	size_t most[COLUMNS];	/* 0: any width */
	char *cell[BATCH][COLUMNS];
	enum print_colour colour[BATCH][COLUMNS];
} table;

void print_setup(bool json, bool pretty)
{
	out.json = json;
	out.pretty = pretty;
	out.coloured = !json && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

bool print_is_json(void)
{
	return out.json;
}

/* ---- JSON ---- */

static void json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void json_break(void)
{
	if (out.pretty)
		printf("\n%*s", 4 * out.depth, "");
}

/* Comma, newline and key before a value. */
static void json_key(const char *key)
{
	if (out.depth) {
		if (out.some[out.depth - 1])
			putchar(',');
		out.some[out.depth - 1] = true;
		json_break();
	}
	if (key) {
		json_string(key);
		fputs(out.pretty ? ": " : ":", stdout);
	}
}

static void json_open(const char *key, char bracket)
{
	json_key(key);
	putchar(bracket);
	if (out.depth == DEPTH)
		abort();
	out.some[out.depth++] = false;
}

static void json_close(char bracket)
{
	if (out.some[--out.depth])
		json_break();
	putchar(bracket);
}

void print_open_object(const char *key)
{
	if (out.json)
		json_open(key, '{');
}

void print_close_object(void)
{
	if (out.json)
		json_close('}');
}

void print_open_array(const char *key)
{
	if (out.json)
		json_open(key, '[');
}

void print_close_array(void)
{
	if (out.json)
		json_close(']');
}

/* ---- text ---- */

void print_colour(enum print_colour colour)
{
	out.colour = out.coloured ? colour : PRINT_PLAIN;
}

static void text(const char *format, ...)
{
	enum print_colour colour = out.colour;
	char *cell = NULL;
	va_list args;

	out.colour = PRINT_PLAIN;
	if (!format)
		return;
	va_start(args, format);
	if (!table.in_row) {
		fputs(escapes[colour], stdout);
		vprintf(format, args);
		if (colour)
			fputs("\033[0m", stdout);
	} else if (table.at < table.n) {
		if (vasprintf(&cell, format, args) < 0)
			abort();
		table.colour[table.rows][table.at] = colour;
		table.cell[table.rows][table.at++] = cell;
	}
	va_end(args);
}

/* One line of @cells, or of the headings; @colours may be NULL. */
static void table_line(const char *const *cells, const enum print_colour *colours)
{
	size_t pending = 0;	/* spaces owed, so that no line ends in one */
	size_t left = 0;	/* where the column begins */

	for (size_t i = 0; i < table.n; i++) {
		const char *heading = table.columns[i], *cell = cells[i] ?: "";
		bool right = *heading == '>';
		size_t len, pad;

		cell += cells == table.columns && right;
		len = cells == table.columns ? strcspn(cell, "|") : strlen(cell);
		if (table.most[i] && len > table.most[i]) {
			printf("%*s%s\n", (int)pending, "", cell);
			left += table.width[i] + 2;
			pending = left;
			continue;
		}
		pad = table.width[i] > len ? table.width[i] - len : 0;
		if (right)
			pending += pad;
		if (len) {
			printf("%*s%s%.*s%s", (int)pending, "", colours ? escapes[colours[i]] : "",
			       (int)len, cell, colours && colours[i] ? "\033[0m" : "");
			pending = 0;
		}
		pending += 2 + (right ? 0 : pad);
		left += table.width[i] + 2;
	}
	putchar('\n');
}

static void table_flush(void)
{
	for (size_t r = 0; r < table.rows; r++)
		for (size_t i = 0; i < table.n; i++)
			if (table.cell[r][i] && strlen(table.cell[r][i]) > table.width[i] &&
			    (!table.most[i] || strlen(table.cell[r][i]) <= table.most[i]))
				table.width[i] = strlen(table.cell[r][i]);
	if (table.rows && !table.headed) {
		table_line(table.columns, NULL);
		table.headed = true;
	}
	for (size_t r = 0; r < table.rows; r++) {
		table_line((const char *const *)table.cell[r], table.colour[r]);
		for (size_t i = 0; i < table.n; i++) {
			free(table.cell[r][i]);
			table.cell[r][i] = NULL;
		}
	}
	table.rows = 0;
}

void print_open_table(const char *key, const char *const *columns, size_t n)
{
	if (out.json) {
		json_open(key, '[');
		return;
	}
	if (n > COLUMNS || table.open)
		abort();
	memset(&table, 0, sizeof(table));
	table.open = true;
	table.n = n;
	table.columns = columns;
	for (size_t i = 0; i < n; i++) {
		const char *most = strchr(columns[i], '|');

		table.width[i] = strcspn(columns[i], "|") - (*columns[i] == '>');
		table.most[i] = most ? strtoul(most + 1, NULL, 10) : 0;
	}
}

void print_open_row(void)
{
	if (out.json) {
		json_open(NULL, '{');
		return;
	}
	table.in_row = true;
	table.at = 0;
}

void print_close_row(void)
{
	if (out.json) {
		json_close('}');
		return;
	}
	table.in_row = false;
	if (++table.rows == BATCH)
		table_flush();
}

void print_close_table(void)
{
	if (out.json) {
		json_close(']');
		return;
	}
	table_flush();
	table.open = false;
}

/* ---- values ---- */

void print_string(const char *key, const char *format, const char *value)
{
	if (!out.json) {
		text(format, value);
		return;
	}
	json_key(key);
	json_string(value);
}

void print_number(const char *key, const char *format, uint64_t value)
{
	if (!out.json) {
		text(format, value);
		return;
	}
	json_key(key);
	printf("%" PRIu64, value);
}

void print_bool(const char *key, const char *format, bool value)
{
	if (!out.json) {
		text(format ? value ? "%s" : table.in_row ? "" : NULL : NULL, format);
		return;
	}
	json_key(key);
	fputs(value ? "true" : "false", stdout);
}

void print_duration(const char *key, const char *format, uint64_t value, uint64_t us)
{
	char buf[DURATION_TEXT];

	if (out.json)
		print_number(key, NULL, value);
	else
		text(format, duration_text(value * us, buf));
}

void print_hex(const char *key, const char *format, const uint8_t *bytes, size_t n)
{
	char digits[64 + 1] = "";

	for (size_t i = 0; i < n && i < sizeof(digits) / 2; i++)
		sprintf(digits + 2 * i, "%02x", bytes[i]);
	print_string(key, format, digits);
}

void print_mask(const char *key, const char *format, uint32_t value)
{
	char buf[16];

	if (out.json) {
		print_number(key, NULL, value);
		return;
	}
	snprintf(buf, sizeof(buf), "0x%x", value);
	text(format, buf);
}

void print_absent(const char *shown)
{
	if (!out.json)
		text("%s", shown);
}

void print_text(const char *format, ...)
{
	va_list args;

	if (out.json)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

void print_end(void)
{
	if (out.json && !out.depth)
		putchar('\n');
	fflush(stdout);
}
