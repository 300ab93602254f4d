// SPDX-License-Identifier: GPL-2.0
/* OpenMetrics text: families and their samples, written to a stream. */
#include "metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static const char *const types[] = {
	[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter",
};

/* What OpenMetrics calls a unit must be the end of the name. */
static const char *unit_of(const char *name)
{
	static const char *const units[] = { "bytes", "seconds" };
	size_t len = strlen(name), n;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		n = strlen(units[i]);
		if (len > n && name[len - n - 1] == '_' && !strcmp(name + len - n, units[i]))
			return units[i];
	}
	return NULL;
}

static void escaped(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

void metrics_family(struct metrics *m, const char *name, enum metric_type type,
		    const char *help)
{
	const char *unit;

	snprintf(m->family, sizeof(m->family), "ctsync_%s", name);
	for (char *p = m->family; *p; p++)
		if (*p == '-')
			*p = '_';
	m->type = type;
	unit = unit_of(m->family);
	fprintf(m->to, "# TYPE %s %s\n", m->family, types[type]);
	if (unit)
		fprintf(m->to, "# UNIT %s %s\n", m->family, unit);
	fprintf(m->to, "# HELP %s ", m->family);
	escaped(m->to, help);
	fputc('\n', m->to);
}

static void label(FILE *to, bool *some, const char *key, const char *value)
{
	if (!key || !value)
		return;
	fprintf(to, "%c%s=\"", *some ? ',' : '{', key);
	escaped(to, value);
	fputc('"', to);
	*some = true;
}

static void begin(const struct metrics *m, const char *key, const char *value,
		  const char *key2, const char *value2)
{
	bool some = false;

	fprintf(m->to, "%s%s", m->family, m->type == METRIC_COUNTER ? "_total" : "");
	label(m->to, &some, "netns", m->netns);
	label(m->to, &some, key, value);
	label(m->to, &some, key2, value2);
	fputs(some ? "} " : " ", m->to);
}

void metrics_sample(const struct metrics *m, const char *key, const char *value,
		    const char *key2, const char *value2, uint64_t number)
{
	begin(m, key, value, key2, value2);
	fprintf(m->to, "%" PRIu64 "\n", number);
}

void metrics_sample_us(const struct metrics *m, const char *key, const char *value, uint64_t us)
{
	begin(m, key, value, NULL, NULL);
	fprintf(m->to, "%" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

void metrics_end(const struct metrics *m)
{
	fputs("# EOF\n", m->to);
}
