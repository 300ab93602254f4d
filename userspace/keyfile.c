// SPDX-License-Identifier: GPL-2.0
/* Key files: read with care, made anew. What held a key is wiped on every path. */
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse.h"
#include "say.h"

#define FILE_MAX 4096	/* bytes; a key and some comments */
#define LINES_MAX 128

void key_wipe(struct key *key)
{
	explicit_bzero(key, sizeof(*key));
}

/* ---- read ---- */

static bool digit(char c, uint8_t *value)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		return false;
	*value = at - digits < 16 ? at - digits : at - digits - 6;
	return true;
}

static bool read_bytes(const char *word, struct key *key)
{
	if (strlen(word) != 2 * KEY_BYTES)
		return false;
	for (size_t i = 0; i < KEY_BYTES; i++) {
		uint8_t high, low;

		if (!digit(word[2 * i], &high) || !digit(word[2 * i + 1], &low))
			return false;
		key->bytes[i] = high << 4 | low;
	}
	return true;
}

/* One line: nothing, a comment, "id N" or "key DIGITS". Says what is wrong. */
static const char *read_line(char *line, struct key *key, bool *has_bytes)
{
	char *rest, *name = strtok_r(line, " \t\r", &rest);
	char *value = name ? strtok_r(NULL, " \t\r", &rest) : NULL;
	uint64_t n;

	if (!name || *name == '#')
		return NULL;
	if (!value || strtok_r(NULL, " \t\r", &rest))
		return "a line is neither 'id N', 'key DIGITS', a comment nor empty";
	if (!strcmp(name, "id")) {
		if (key->id)
			return "two ids";
		if (!parse_number(value, 1, UINT8_MAX, &n))
			return "the id is not a number from 1 to 255";
		key->id = n;
		return NULL;
	}
	if (strcmp(name, "key"))
		return "a line is neither 'id N', 'key DIGITS', a comment nor empty";
	if (*has_bytes)
		return "two keys";
	*has_bytes = true;
	return read_bytes(value, key) ? NULL : "the key is not 64 hexadecimal digits";
}

static const char *read_text(char *text, struct key *key)
{
	bool has_bytes = false;
	const char *wrong = NULL;

	for (char *line = text, *end; line && !wrong; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = 0;
		wrong = read_line(line, key, &has_bytes);
	}
	if (wrong)
		return wrong;
	if (!key->id)
		return "there is no id in it";
	return has_bytes ? NULL : "there is no key in it";
}

/* Whose is the file, and who else may use it? */
static const char *check_owner(int fd)
{
	struct stat is;

	if (fstat(fd, &is))
		return strerror(errno);
	if (!S_ISREG(is.st_mode))
		return "it is not a regular file";
	if (is.st_uid != 0 && is.st_uid != geteuid())
		return "it belongs neither to root nor to you";
	if (is.st_mode & 0177)
		return "others than its owner may use it: chmod 600";
	return NULL;
}

int keyfile_read(const char *path, struct key *key)
{
	char text[FILE_MAX + 1];
	const char *wrong;
	ssize_t got = 0;
	size_t len = 0;
	int fd;

	memset(key, 0, sizeof(*key));
	/* not to wait for the writer of a fifo */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return refused("key %s: %s", path, strerror(errno));
	wrong = check_owner(fd);
	while (!wrong && len < FILE_MAX && (got = read(fd, text + len, FILE_MAX - len)) > 0)
		len += got;
	if (!wrong && got < 0)
		wrong = strerror(errno);
	if (!wrong && (len == FILE_MAX || memchr(text, 0, len)))
		wrong = "it is not a key file";
	text[len] = 0;
	if (!wrong)
		wrong = read_text(text, key);
	explicit_bzero(text, sizeof(text));
	close(fd);
	if (!wrong)
		return EXIT_DONE;
	key_wipe(key);
	return refused("key %s: %s", path, wrong);
}

/* ---- new ---- */

static bool write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

static bool draw(uint8_t *bytes)
{
	ssize_t n;

	do
		n = getrandom(bytes, KEY_BYTES, 0);
	while (n < 0 && errno == EINTR);
	return n == KEY_BYTES;
}

int keyfile_new(const char *path, uint8_t id)
{
	struct key key = { .id = id };
	char text[256];
	int fd = STDOUT_FILENO, ret = EXIT_DONE, n;

	if (!draw(key.bytes))
		return refused("no random numbers: %s", strerror(errno));
	n = snprintf(text, sizeof(text), "# a key of ctsync, see ctsync(8): all nodes of a "
		     "cluster have the same\nid %u\nkey ", id);
	for (size_t i = 0; i < KEY_BYTES; i++)
		n += sprintf(text + n, "%02x", key.bytes[i]);
	text[n++] = '\n';
	if (path)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		ret = refused("key %s: %s", path, strerror(errno));
	else if (!write_all(fd, text, n) || (path && fsync(fd)))
		ret = refused("key %s: %s", path ? path : "", strerror(errno));
	if (path && fd >= 0)
		close(fd);
	if (ret && path && fd >= 0)
		unlink(path);
	explicit_bzero(text, sizeof(text));
	key_wipe(&key);
	return ret;
}
