// SPDX-License-Identifier: GPL-2.0
/* Configuration files: the words of up, on lines, with comments. */
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"
#include "say.h"
#include "words.h"

#define LINE_WORDS	32	/* more on one line is no configuration */
#define FILE_BYTES	65536

/* ---- a line ---- */

struct line {
	unsigned int number;
	char *words[LINE_WORDS];
	unsigned int columns[LINE_WORDS];
	int n;
};

/* Cut the line at @text into words, up to a comment. Returns whether they fit. */
static bool cut(char *text, struct line *line)
{
	char *p = text;

	for (line->n = 0; ; line->n++) {
		while (isspace((unsigned char)*p))
			*p++ = 0;
		if (!*p || *p == '#')
			break;
		if (line->n == LINE_WORDS)
			return false;
		line->words[line->n] = p;
		line->columns[line->n] = p - text + 1;
		while (*p && !isspace((unsigned char)*p))
			p++;
	}
	*p = 0;
	return true;
}

/* What the kernel would refuse in the attribute at @i, which a word just gave. */
static int judge_value(const struct conf *conf, size_t i)
{
	const struct attr *a = &conf->list.attrs[i];
	const struct param_limits *p = param_by_attr(a->type);
	char min[PARAM_TEXT], max[PARAM_TEXT];

	if (a->type == CTSYNC_A_NODE && !a->number)
		return wrong("node: 0 is no node, expected a number from 1 to 255");
	if (a->type == CTSYNC_A_PORT && !a->number)
		return wrong("port: 0 is no port, expected a number from 1 to 65535");
	if (a->type == CTSYNC_A_MARK_MASK && a->number && !a[-1].number)
		return wrong("mark: a value of 0 would choose every unmarked flow, expected all instead");
	if (p && (a->number < p->min || a->number > p->max))
		return wrong("%s: the value is out of range, expected %s to %s", p->name,
			     param_text(p->unit, p->min, min), param_text(p->unit, p->max, max));
	return EXIT_DONE;
}

/* The words of one line, up to the first that is wrong. */
static int take_line(struct conf *conf, const struct line *line)
{
	int used, ret = EXIT_DONE;

	for (int at = 0; at < line->n && !ret; at += used) {
		size_t before = conf->list.n;

		say_where(conf->file, line->number, line->columns + at);
		ret = words_take(line->n - at, (char **)line->words + at, WORDS_UP, &conf->list,
				 &used);
		for (size_t i = before; i < conf->list.n; i++) {
			conf->places[i] = (struct place){ line->number, line->columns[at] };
			say_word(used - 1);
			ret = ret ?: judge_value(conf, i);
		}
	}
	say_where(NULL, 0, NULL);
	return ret;
}

/* ---- the whole ---- */

static const struct attr *find(const struct attr_list *list, uint16_t type)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->attrs[i].type == type)
			return &list->attrs[i];
	return NULL;
}

static bool same(const struct address *a, const struct address *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static void at(const struct conf *conf, const struct attr *a)
{
	const struct place *place = &conf->places[a - conf->list.attrs];

	say_where(conf->file, place->line, &place->column);
}

static int judge_peer(const struct conf *conf, const struct attr *local, const struct attr *peer)
{
	at(conf, peer);
	if (peer->address.len != local->address.len)
		return wrong("peer: its address is not of the family of local");
	if (same(&peer->address, &local->address))
		return wrong("peer: it has this node's own address");
	for (const struct attr *a = conf->list.attrs; a < peer; a++)
		if (a->type == CTSYNC_A_PEER && same(&a->address, &peer->address))
			return wrong("peer: it is named twice");
	return EXIT_DONE;
}

/* A held packet waits until its flow is told. */
static int judge_delay(const struct conf *conf)
{
	const struct attr *delay = find(&conf->list, CTSYNC_A_SYNC_DELAY);
	const struct attr *hold = find(&conf->list, CTSYNC_A_HOLD);

	if (!delay || !delay->number || (hold && hold->number == CTSYNC_UAPI_HOLD_OFF))
		return EXIT_DONE;
	at(conf, delay);
	return wrong("sync-delay: it needs 'hold off'");
}

/* Words that belong together. */
static int judge_whole(const struct conf *conf)
{
	static const struct {
		uint16_t attr;
		const char *example;
	} needed[] = {
		{ CTSYNC_A_NODE, "1" }, { CTSYNC_A_LOCAL, "10.9.0.1" }, { CTSYNC_A_PEER, "10.9.0.2" },
	};
	const struct attr_list *list = &conf->list;
	const struct attr *local = find(list, CTSYNC_A_LOCAL);
	int ret = EXIT_DONE;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!find(list, needed[i].attr))
			ret = wrong("%s: %s is missing, such as '%s %s'", conf->file,
				    words_name(needed[i].attr), words_name(needed[i].attr),
				    needed[i].example);
	if (!find(list, CTSYNC_A_INSECURE) && !find(list, CTSYNC_A_KEY))
		ret = wrong("%s: key is missing, such as 'key /etc/ctsync/key', or insecure",
			    conf->file);
	if (find(list, CTSYNC_A_INSECURE) && find(list, CTSYNC_A_KEY))
		ret = wrong("%s: either key or insecure, not both", conf->file);
	for (size_t i = 0; local && i < list->n; i++)
		if (list->attrs[i].type == CTSYNC_A_PEER)
			ret = judge_peer(conf, local, &list->attrs[i]) ?: ret;
	if (local && local->address.len == 16 && local->address.bytes[0] == 0xfe &&
	    (local->address.bytes[1] & 0xc0) == 0x80 && !find(list, CTSYNC_A_DEV)) {
		at(conf, local);
		ret = wrong("local: a link-local address needs dev");
	}
	ret = judge_delay(conf) ?: ret;
	say_where(NULL, 0, NULL);
	return ret;
}

static char *read_all(const char *file)
{
	FILE *f = fopen(file, "re");
	char *text = f ? calloc(1, FILE_BYTES + 1) : NULL;
	size_t n;

	if (!f || !text) {
		refused("%s: %s", file, strerror(errno));
	} else {
		n = fread(text, 1, FILE_BYTES + 1, f);
		if (!ferror(f) && n <= FILE_BYTES && strlen(text) == n) {
			fclose(f);
			return text;
		}
		refused("%s: %s", file, ferror(f) ? strerror(errno) :
			n > FILE_BYTES ? "more than 64 KiB" : "it is no text");
	}
	if (f)
		fclose(f);
	free(text);
	return NULL;
}

int conf_read(const char *file, struct conf *conf)
{
	struct line line = { };
	int ret = EXIT_DONE;
	char *next, *p;

	*conf = (struct conf){ .file = file, .text = read_all(file) };
	if (!conf->text)
		return EXIT_REFUSED;
	for (p = conf->text; p; p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = 0;
		line.number++;
		if (!cut(p, &line))
			ret = wrong("%s:%u:%u: more than %u words on a line", file, line.number,
				    line.columns[LINE_WORDS - 1], LINE_WORDS);
		else
			ret = take_line(conf, &line) ?: ret;
	}
	/* of half a file it cannot be said what is missing */
	return ret ?: judge_whole(conf);
}

void conf_free(struct conf *conf)
{
	free(conf->text);
	explicit_bzero(&conf->list, sizeof(conf->list));	/* a key */
}

/* ---- against what is up ---- */

static int fixed(const struct conf *conf, const struct attr *a, uint16_t type)
{
	int ret;

	if (a)
		at(conf, a);
	ret = refused("%s%s%s differs from what is up and cannot change: 'ctsync down' first",
		      a ? "" : conf->file, a ? "" : ": ", words_name(type));
	say_where(NULL, 0, NULL);
	return ret;
}

static int compare_numbers(const struct conf *conf, const struct config *now)
{
	static const struct {
		uint16_t type;
		uint32_t def;
	} rows[] = {
		{ CTSYNC_A_NODE, 0 }, { CTSYNC_A_CLUSTER, 0 }, { CTSYNC_A_PORT, 24240 },
		{ CTSYNC_A_MARK_VALUE, 1 }, { CTSYNC_A_MARK_MASK, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct attr *a = find(&conf->list, rows[i].type);

		if ((a ? a->number : rows[i].def) != now->number[rows[i].type])
			return fixed(conf, a, rows[i].type);
	}
	for (size_t i = 0; i < n_params; i++) {
		const struct attr *a = find(&conf->list, params[i].attr);

		if (!params[i].live && (a ? a->number : params[i].def) != now->number[params[i].attr])
			return fixed(conf, a, params[i].attr);
	}
	return EXIT_DONE;
}

static int compare_addresses(const struct conf *conf, const struct config *now)
{
	const struct attr *local = find(&conf->list, CTSYNC_A_LOCAL);
	const struct attr *dev = find(&conf->list, CTSYNC_A_DEV);
	const struct attr *group = find(&conf->list, CTSYNC_A_GROUP);
	const struct attr *a = conf->list.attrs;
	size_t n = 0, i;

	if (!same(&local->address, &now->local))
		return fixed(conf, local, CTSYNC_A_LOCAL);
	if (strcmp(dev ? dev->string : "", now->dev))
		return fixed(conf, dev, CTSYNC_A_DEV);
	if (group ? !same(&group->address, &now->group) : now->has[CTSYNC_A_GROUP])
		return fixed(conf, group, CTSYNC_A_GROUP);
	for (; a < conf->list.attrs + conf->list.n; a++) {
		if (a->type != CTSYNC_A_PEER)
			continue;
		for (i = 0; i < now->n_peers && !same(&a->address, &now->peers[i]); i++)
			;
		if (i == now->n_peers)
			return fixed(conf, a, CTSYNC_A_PEER);
		n++;
	}
	return n == now->n_peers ? EXIT_DONE : fixed(conf, NULL, CTSYNC_A_PEER);
}

/* Keys change by 'ctsync key'; the file's may be any of those that are known. */
static int compare_keys(const struct conf *conf, const struct config *now)
{
	const struct attr *insecure = find(&conf->list, CTSYNC_A_INSECURE);
	const struct attr *id = find(&conf->list, CTSYNC_A_KEY_ID);

	if (!!insecure != now->has[CTSYNC_A_INSECURE])
		return fixed(conf, insecure, CTSYNC_A_INSECURE);
	for (size_t i = 0; id && i < now->n_keys; i++)
		if (now->keys[i] == id->number)
			return EXIT_DONE;
	if (!id)
		return EXIT_DONE;
	at(conf, id);
	refused("key: it is not known to what is up: 'ctsync key add' and 'ctsync key use'");
	say_where(NULL, 0, NULL);
	return EXIT_REFUSED;
}

int conf_changes(const struct conf *conf, const struct config *now, struct attr_list *set)
{
	int ret;

	ret = compare_numbers(conf, now) ?: compare_addresses(conf, now) ?:
	      compare_keys(conf, now);
	for (size_t i = 0; !ret && i < n_params; i++) {
		const struct attr *a = find(&conf->list, params[i].attr);

		if (params[i].live)
			set->attrs[set->n++] = a ? *a : (struct attr){
				.type = params[i].attr, .kind = words_kind(params[i].attr),
				.number = params[i].def };
	}
	return ret;
}
