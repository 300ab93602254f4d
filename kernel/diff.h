/* SPDX-License-Identifier: GPL-2.0 */
/* Two tables side by side, for an operator: a node shows digests and entries of its
 * table to who asks, and nothing changes by it. The asker is the tool, which goes from
 * groups to buckets to entries; here is only the way of a question and its answer.
 */
#ifndef CTSYNC_DIFF_H
#define CTSYNC_DIFF_H

#include "instance.h"

/* A question or an answer of @p, for us. Softirq. */
void ctsync_diff_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			 const struct ctsync_digest_msg *m);
/* Ask @p, or our own table when NULL. The same question, by its token, again: its
 * answer into @answer and 1, once it is there; else 0, and it is asked again now and
 * then. -EBUSY while somebody else's is under way. Under ctsync_net_lock().
 */
int ctsync_diff_ask(struct ctsync_instance *inst, struct ctsync_peer *p,
		    const struct ctsync_question *q, struct ctsync_digest_msg *answer);
/* Part of the worker. True when there is more to do soon. */
bool ctsync_diff_work(struct ctsync_instance *inst);
/* Nothing of it runs any more. */
void ctsync_diff_uninit(struct ctsync_instance *inst);

#endif
