/* SPDX-License-Identifier: GPL-2.0 */
/* OpenMetrics text: families and their samples, written to a stream.
 *
 * Only gauges and counters are used, so that node_exporter's textfile collector,
 * which reads the older Prometheus text, takes the same bytes.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>
#include <stdio.h>

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };

struct metrics {
	FILE *to;
	const char *netns;		/* a label of every sample, NULL: none */
	char family[64];		/* the one begun last, */
	enum metric_type type;		/* of which samples are */
};

/* Begin the family ctsync_@name: dashes become underscores, a name that ends in
 * bytes or seconds says its unit. All samples of a family follow it.
 */
void metrics_family(struct metrics *m, const char *name, enum metric_type type,
		    const char *help);

/* A sample of the family begun last. @key and @label: one label, or NULL twice;
 * @key2 and @label2: another.
 */
void metrics_sample(const struct metrics *m, const char *key, const char *label,
		    const char *key2, const char *label2, uint64_t value);
/* Likewise; @value in microseconds is written in seconds. */
void metrics_sample_us(const struct metrics *m, const char *key, const char *label,
		       uint64_t value);

/* The end of the text: without it a reader takes it for cut off. */
void metrics_end(const struct metrics *m);

#endif
