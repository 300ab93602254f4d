// SPDX-License-Identifier: GPL-2.0
/* One NAPI per possible CPU on a dummy device: it runs after the poll that now
 * runs on that CPU, so what one receive batch caused shares frames. When a CPU
 * goes, the kernel moves a scheduled NAPI to another: everything here belongs to
 * the struct ctsync_cpu, never to "this CPU".
 */
#include "poll.h"
#include "hold.h"
#include "member.h"
#include "miss.h"
#include "repair.h"
#include "tx.h"
#include "young.h"

#include <linux/slab.h>

static int poll(struct napi_struct *napi, int budget)
{
	struct ctsync_cpu *c = container_of(napi, struct ctsync_cpu, napi);
	bool more;

	more = ctsync_miss_poll(c);
	ctsync_repair_poll(c);
	more |= ctsync_young_poll(c);
	more |= ctsync_tx_flush(c);
	more |= ctsync_hold_poll(c);
	ctsync_member_poll(c);
	/* budget 0: netpoll, which must not be told of work done */
	if (more && budget)
		return budget;
	napi_complete_done(napi, 0);
	return 0;
}

static enum hrtimer_restart flush_due(struct hrtimer *timer)
{
	struct ctsync_cpu *c = container_of(timer, struct ctsync_cpu,
					    flush_timer);

	set_bit(CTSYNC_TODO_ALL, &c->todo);
	napi_schedule(&c->napi);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart hold_due(struct hrtimer *timer)
{
	napi_schedule(&container_of(timer, struct ctsync_cpu, hold_timer)->napi);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart repair_due(struct hrtimer *timer)
{
	struct ctsync_cpu *c = container_of(timer, struct ctsync_cpu,
					    repair_timer);

	set_bit(CTSYNC_TODO_REPAIR, &c->todo);
	napi_schedule(&c->napi);
	return HRTIMER_NORESTART;
}

static void cancel_timers(struct ctsync_cpu *c)
{
	hrtimer_cancel(&c->flush_timer);
	hrtimer_cancel(&c->hold_timer);
	hrtimer_cancel(&c->repair_timer);
}

static int cpu_up(struct ctsync_instance *inst, unsigned int cpu)
{
	struct ctsync_cpu *c = kvzalloc_node(sizeof(*c), GFP_KERNEL,
					     cpu_to_node(cpu));

	cpu %= CTSYNC_WIRE_CHANNELS;
	if (!c)
		return -ENOMEM;
	c->inst = inst;
	c->cpu = cpu;
	ctsync_queue_init(&c->queue, cpu);
	ctsync_mail_init(&c->mail);
	ctsync_mail_init(&c->letters);
	spin_lock_init(&c->told_lock);
	spin_lock_init(&c->wait_lock);
	INIT_LIST_HEAD(&c->pending);
	INIT_LIST_HEAD(&c->draining);
	hrtimer_setup(&c->flush_timer, flush_due, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_SOFT);
	hrtimer_setup(&c->hold_timer, hold_due, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED_SOFT);
	hrtimer_setup(&c->repair_timer, repair_due, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_SOFT);
	netif_napi_add_tx(inst->dev, &c->napi, poll);
	napi_enable(&c->napi);
	inst->cpu[cpu] = c;
	inst->queues.cpu[cpu] = &c->queue;
	return 0;
}

int ctsync_poll_up(struct ctsync_instance *inst)
{
	unsigned int cpu;
	int err;

	inst->dev = alloc_netdev_dummy(0);
	if (!inst->dev)
		return -ENOMEM;
	inst->nr_cpus = min_t(unsigned int, nr_cpu_ids, CTSYNC_WIRE_CHANNELS);
	for_each_possible_cpu(cpu) {
		err = inst->cpu[cpu % CTSYNC_WIRE_CHANNELS] ?
		      0 : cpu_up(inst, cpu);
		if (err)
			return err;
	}
	return 0;
}

void ctsync_poll_stop(struct ctsync_instance *inst)
{
	unsigned int i;

	for (i = 0; i < inst->nr_cpus; i++) {
		struct ctsync_cpu *c = inst->cpu[i];

		if (!c)
			continue;
		cancel_timers(c);
		napi_disable(&c->napi);
		/* the last poll may have armed them again */
		cancel_timers(c);
	}
}

void ctsync_poll_pause(struct ctsync_instance *inst)
{
	unsigned int i;

	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			napi_disable(&inst->cpu[i]->napi);
	}
}

void ctsync_poll_resume(struct ctsync_instance *inst)
{
	unsigned int i;

	for (i = 0; i < inst->nr_cpus; i++) {
		struct ctsync_cpu *c = inst->cpu[i];

		if (!c)
			continue;
		napi_enable(&c->napi);
		/* what was scheduled meanwhile is forgotten */
		set_bit(CTSYNC_TODO_ALL, &c->todo);
		local_bh_disable();
		napi_schedule(&c->napi);
		local_bh_enable();
	}
}

void ctsync_poll_free(struct ctsync_instance *inst)
{
	unsigned int i;

	if (!inst->dev)
		return;
	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i])
			__netif_napi_del(&inst->cpu[i]->napi);
	}
	/* one grace period for all, not one for each CPU */
	synchronize_net();
	for (i = 0; i < inst->nr_cpus; i++) {
		if (inst->cpu[i]) {
			ctsync_mail_clear(&inst->cpu[i]->mail);
			ctsync_mail_clear(&inst->cpu[i]->letters);
		}
		kvfree(inst->cpu[i]);
		inst->cpu[i] = NULL;
	}
	free_netdev_dummy(inst->dev);
	inst->dev = NULL;
}
