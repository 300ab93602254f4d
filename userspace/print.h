/* SPDX-License-Identifier: GPL-2.0 */
/* All output of the tool, as text or as JSON, from the same calls.
 *
 * Every value has a key, which is its name in JSON (NULL in an array), and a
 * printf format, which is its look in text (NULL: not shown in text).
 * In a table the text of each value is a cell, and columns are aligned.
 */
#ifndef PRINT_H
#define PRINT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

/* Once, before anything is printed. Text has colours if it goes to a terminal,
 * unless NO_COLOR is set.
 */
void print_setup(bool json, bool pretty);
bool print_is_json(void);

void print_open_object(const char *key);
void print_close_object(void);
void print_open_array(const char *key);
void print_close_array(void);

/* An array of objects in JSON; @columns are @n headings, one that begins with
 * '>' is aligned to the right; behind a '|' may stand the most that a cell is
 * wide: one that is wider ends its line, and the row goes on below it. Tables do
 * not nest.
 */
void print_open_table(const char *key, const char *const *columns, size_t n);
void print_open_row(void);
void print_close_row(void);
void print_close_table(void);

/* The look of the next value in text. */
enum print_colour { PRINT_PLAIN, PRINT_GOOD, PRINT_BAD, PRINT_NOTED };
void print_colour(enum print_colour colour);

void print_string(const char *key, const char *format, const char *value);
/* @format is for a uint64_t. */
void print_number(const char *key, const char *format, uint64_t value);
/* Text: @format, which takes nothing, if @value; else an empty cell. */
void print_bool(const char *key, const char *format, bool value);
/* @value counts in units of @us microseconds; JSON has the number, text gets
 * it with a unit through @format, which takes a string.
 */
void print_duration(const char *key, const char *format, uint64_t value, uint64_t us);
/* @n bytes as hexadecimal digits. */
void print_hex(const char *key, const char *format, const uint8_t *bytes, size_t n);
/* A mask: text in hexadecimal, JSON a number. */
void print_mask(const char *key, const char *format, uint32_t value);
/* No value: nothing in JSON, @text in text. */
void print_absent(const char *text);
/* Text only. */
void print_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The end of a document, or of a line of the monitor: newline and flush. */
void print_end(void);

#endif
