// SPDX-License-Identifier: GPL-2.0
/* Counters and the time when a flow began. */
#include "counts.h"

#include <linux/timekeeping.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_timestamp.h>

void ctsync_counts_add(struct nf_conn *ct)
{
	struct nf_conn_tstamp *tstamp;

	nf_ct_acct_ext_add(ct, GFP_ATOMIC);
	tstamp = nf_ct_tstamp_ext_add(ct, GFP_ATOMIC);
	if (tstamp)
		tstamp->start = ktime_get_real_ns();
}

bool ctsync_counts_any(const struct nf_conn *ct)
{
	return nf_conn_acct_find(ct) || nf_conn_tstamp_find(ct);
}

void ctsync_counts_get(const struct nf_conn *ct, struct ctsync_counts *c)
{
	const struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(ct);
	const struct nf_conn_acct *acct = nf_conn_acct_find(ct);
	int d;

	c->present = acct || tstamp;
	for (d = 0; acct && d < 2; d++) {
		c->packets[d] = atomic64_read(&acct->counter[d].packets);
		c->bytes[d] = atomic64_read(&acct->counter[d].bytes);
	}
	if (tstamp)
		c->start = tstamp->start;
}

/* A packet may be counted meanwhile: it stays counted. */
static void raise(atomic64_t *here, u64 told)
{
	u64 now = atomic64_read(here);

	if (told > now)
		atomic64_add(told - now, here);
}

void ctsync_counts_join(struct nf_conn *ct, const struct ctsync_counts *c)
{
	struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(ct);
	struct nf_conn_acct *acct = nf_conn_acct_find(ct);
	int d;

	if (!c->present)
		return;
	for (d = 0; acct && d < 2; d++) {
		raise(&acct->counter[d].packets, c->packets[d]);
		raise(&acct->counter[d].bytes, c->bytes[d]);
	}
	if (tstamp && c->start && c->start < tstamp->start)
		WRITE_ONCE(tstamp->start, c->start);
}
