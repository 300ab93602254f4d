// SPDX-License-Identifier: GPL-2.0
/* show queues, stats and params: plain lists. */
#include <stdio.h>
#include <string.h>

#include "params.h"
#include "print.h"
#include "say.h"
#include "show.h"

static void one_queue(const struct queue *q, void *data)
{
	(void)data;
	print_open_row();
	print_number("cpu", "%" PRIu64, q->cpu);
	print_string("queue", "%s", q->name);
	print_number("length", "%" PRIu64, q->length);
	print_number("bytes", "%" PRIu64, q->bytes);
	print_close_row();
}

int show_queues(struct nl *nl)
{
	static const char *const columns[] = { ">CPU", "QUEUE", ">LENGTH", ">BYTES OF CPU" };
	int ret;

	print_open_table(NULL, columns, sizeof(columns) / sizeof(columns[0]));
	ret = info_queues(nl, one_queue, NULL);
	print_close_table();
	return ret;
}

static void one_stat(const char *name, uint64_t value, void *data)
{
	(void)data;
	print_text("%-24s ", name);
	print_number(name, "%" PRIu64 "\n", value);
}

int show_stats(struct nl *nl)
{
	int ret;

	print_open_object(NULL);
	ret = info_stats(nl, one_stat, NULL);
	print_close_object();
	return ret;
}

static void param_value(const struct param *p, const char *key, uint32_t value)
{
	char buf[PARAM_TEXT];

	if (strchr(p->unit, '|'))
		print_string(key, "%s", param_text(p->unit, value, buf));
	else if (!strcmp(p->unit, "us"))
		print_duration(key, "%s", value, 1);
	else if (!strcmp(p->unit, "mask"))
		print_mask(key, "%s", value);
	else
		print_number(key, "%" PRIu64, value);
}

static void one_param(const struct param *p, void *data)
{
	bool choices = strchr(p->unit, '|');

	(void)data;
	print_open_row();
	print_string("name", "%s", p->name);
	param_value(p, "value", p->value);
	param_value(p, "default", p->def);
	if (choices) {
		print_absent("");
		print_absent("");
	} else {
		param_value(p, "min", p->min);
		param_value(p, "max", p->max);
	}
	/* the text of a duration has its unit */
	print_string("unit", strcmp(p->unit, "us") ? "%s" : "time%.0s", p->unit);
	print_bool("live", "live", p->live);
	print_close_row();
}

int show_params(struct nl *nl)
{
	static const char *const columns[] = {
		"PARAMETER", ">VALUE", ">DEFAULT", ">MIN", ">MAX", "UNIT", "LIVE" };
	int ret;

	print_open_table(NULL, columns, sizeof(columns) / sizeof(columns[0]));
	ret = info_params(nl, one_param, NULL);
	print_close_table();
	return ret;
}
