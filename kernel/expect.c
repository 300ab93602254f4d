// SPDX-License-Identifier: GPL-2.0
/* Expectations: told, made on a peer's word, ended.
 *
 * Telling: a new expectation makes its master's entry due for a full message, and
 * behind that stand the expectations that the master has then. So nothing is
 * serialised when it happens, a copy of the table has them, and a refresh is the
 * same message again. Only an end has to be remembered, in a small ring (ends.c), also
 * after it was told, as that may be lost. By the time it is told, the same flow may be
 * expected anew, and then it is not told.
 *
 * Expectations die with their master, and of age, on each node by itself.
 *
 * Locks: nf_conntrack_expect_lock -> entry -> expects.lock. Nobody who holds an
 * entry's lock takes conntrack's; lists of expectations are read under RCU.
 */
#include "expect.h"
#include "help.h"
#include "merge.h"
#include "put.h"
#include "tx.h"

#include <linux/ktime.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>

/* What we make and end carries this port id, so that its event is no news. With
 * "report" 0 nobody else looks at it.
 */
#define OUR_PORTID 0x43745379

/* newest expectations that share a frame with the message that a packet waits for */
#define WITH_PACKET 4
/* seconds; longer than any helper's, short enough to be a number of jiffies */
#define LIFE_MAX 86400

/* ---- conntrack's words and the wire's ---- */

static unsigned int addr_len(u8 l3)
{
	return l3 == 6 ? 16 : 4;
}

static void match_get(const struct nf_conntrack_expect *exp,
		    struct ctsync_expect *out)
{
	const struct nf_conntrack_tuple *t = &exp->tuple;
	unsigned int len;

	memset(out, 0, sizeof(*out));
	out->l3 = t->src.l3num == NFPROTO_IPV6 ? 6 : 4;
	len = addr_len(out->l3);
	out->l4 = t->dst.protonum;
	memcpy(out->tuple.src, &t->src.u3, len);
	memcpy(out->tuple.dst, &t->dst.u3, len);
	out->tuple.sport = ntohs(t->src.u.all);
	out->tuple.dport = ntohs(t->dst.u.all);
	memcpy(out->mask_src, &exp->mask.src.u3, len);
	out->mask_sport = ntohs(exp->mask.src.u.all);
}

static void match_put(const struct ctsync_expect *exp,
		    struct nf_conntrack_tuple *tuple,
		    struct nf_conntrack_tuple_mask *mask)
{
	unsigned int len = addr_len(exp->l3);

	memset(tuple, 0, sizeof(*tuple));
	memset(mask, 0, sizeof(*mask));
	tuple->src.l3num = exp->l3 == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	tuple->dst.protonum = exp->l4;
	memcpy(&tuple->src.u3, exp->tuple.src, len);
	memcpy(&tuple->dst.u3, exp->tuple.dst, len);
	tuple->src.u.all = htons(exp->tuple.sport);
	tuple->dst.u.all = htons(exp->tuple.dport);
	memcpy(&mask->src.u3, exp->mask_src, len);
	mask->src.u.all = htons(exp->mask_sport);
}

static const struct {
	unsigned int ct;
	u8 ours;
} flag_map[] = {
	{ NF_CT_EXPECT_PERMANENT, CTSYNC_EXP_PERMANENT },
	{ NF_CT_EXPECT_INACTIVE, CTSYNC_EXP_INACTIVE },
	{ NF_CT_EXPECT_USERSPACE, CTSYNC_EXP_USERSPACE },
};

static u8 flags_get(unsigned int ct)
{
	unsigned int i;
	u8 ours = 0;

	for (i = 0; i < ARRAY_SIZE(flag_map); i++) {
		if (ct & flag_map[i].ct)
			ours |= flag_map[i].ours;
	}
	return ours;
}

static unsigned int flags_put(u8 ours)
{
	unsigned int i, ct = 0;

	for (i = 0; i < ARRAY_SIZE(flag_map); i++) {
		if (ours & flag_map[i].ours)
			ct |= flag_map[i].ct;
	}
	return ct;
}

/* Returns false when what sets up its NAT has no name by which a peer could find
 * it: without, the flow would be let pass untranslated.
 */
static bool expect_get(const struct nf_conntrack_expect *exp,
		       struct ctsync_expect *out)
{
	const struct nf_ct_helper_expectfn *fn = NULL;
	const struct nf_conntrack_helper *assign;
	unsigned int len;
	s32 left;

	match_get(exp, out);
	len = addr_len(out->l3);
	out->class = exp->class;
	out->flags = flags_get(READ_ONCE(exp->flags));
	left = READ_ONCE(exp->timeout) - nfct_time_stamp;
	out->life = max(DIV_ROUND_UP(left, HZ), 1);
#if IS_ENABLED(CONFIG_NF_NAT)
	memcpy(out->saved, &exp->saved_addr, len);
	out->saved_port = ntohs(exp->saved_proto.all);
	out->dir = exp->dir;
#endif
	if (exp->expectfn)
		fn = nf_ct_helper_expectfn_find_by_symbol(exp->expectfn);
	if (fn)
		strscpy_pad(out->fn, fn->name, sizeof(out->fn));
	assign = rcu_dereference(exp->assign_helper);
	if (assign)
		strscpy_pad(out->helper, assign->name, sizeof(out->helper));
	return !exp->expectfn || fn ||
	       !(READ_ONCE(exp->master->status) & IPS_NAT_MASK);
}

static bool same_match(const struct nf_conntrack_expect *exp,
		     const struct nf_conntrack_tuple *tuple,
		     const struct nf_conntrack_tuple_mask *mask)
{
	return nf_ct_tuple_equal(&exp->tuple, tuple) &&
	       nf_ct_tuple_mask_equal(&exp->mask, mask);
}

/* That expectation of @help, if it lives. RCU, or conntrack's expectation lock. */
static struct nf_conntrack_expect *
find(const struct nf_conn_help *help, const struct nf_conntrack_tuple *tuple,
     const struct nf_conntrack_tuple_mask *mask)
{
	struct nf_conntrack_expect *exp;

	hlist_for_each_entry_rcu(exp, &help->expectations, lnode,
				 lockdep_is_held(&nf_conntrack_expect_lock)) {
		if (same_match(exp, tuple, mask) && !nf_ct_exp_is_expired(exp))
			return exp;
	}
	return NULL;
}

/* ---- what happens here ---- */

static void remember_end(struct ctsync_instance *inst,
			 const struct ctsync_entry *e,
			 const struct nf_conntrack_expect *exp)
{
	struct ctsync_expects *x = &inst->expects;
	struct ctsync_expect *end;

	spin_lock(&x->lock);
	end = ctsync_ends_add(&x->ends);
	if (end) {
		match_get(exp, end);
		end->ref.id = e->id;
		end->ref.origin = e->origin;
		end->ref.inc = e->inc;
	}
	spin_unlock(&x->lock);
	if (!end)
		ctsync_count(inst, EXPECT_BOUND);
	else
		ctsync_tx_lazy(inst);
}

void ctsync_expect_event(struct ctsync_instance *inst, unsigned int events,
			 const struct nf_exp_event *item)
{
	struct nf_conntrack_expect *exp = item->exp;
	struct nf_conn *ct = exp->master;
	struct ctsync_entry *e;

	if (item->portid == OUR_PORTID)
		return;
	e = ctsync_entry_of(&inst->entries, ct, READ_ONCE(ct->status));
	if (!e)
		return;
	if (events & BIT(IPEXP_NEW)) {
		spin_lock(&e->lock);
		e->flags |= CTSYNC_E_EXPECTS;
		spin_unlock(&e->lock);
		/* the first message of a flow that is not confirmed yet has them */
		if (nf_ct_is_confirmed(ct))
			ctsync_tx_event(inst, e, CTSYNC_QE_REQUEST,
					CTSYNC_URGENT);
	} else if (!nf_ct_exp_is_expired(exp) && !nf_ct_is_dying(ct)) {
		remember_end(inst, e, exp);
	}
}

/* ---- sending ---- */

u32 ctsync_expect_bytes(const struct nf_conn *ct, bool all)
{
	const struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_expect *exp;
	struct ctsync_expect e;
	u32 bytes = 0, nr = 0;

	if (!help)
		return 0;
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
		if (nf_ct_exp_is_expired(exp) || !expect_get(exp, &e))
			continue;
		/* each may have another length, and so a section of its own */
		bytes += CTSYNC_WIRE_SECTION +
			 ctsync_wire_expect_size(CTSYNC_MSG_EXPECT_NEW, &e);
		if (++nr == WITH_PACKET && !all)
			break;
	}
	return bytes;
}

u32 ctsync_expect_put(struct ctsync_instance *inst, struct ctsync_enc *enc,
		      const struct ctsync_entry *e, const struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_expect *exp;
	struct ctsync_expect x;
	u32 nr = 0;

	if (!help)
		return 0;
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
		if (nf_ct_exp_is_expired(exp))
			continue;
		if (!expect_get(exp, &x)) {
			ctsync_count(inst, EXPECT_UNNAMED);
			continue;
		}
		x.ref.id = e->id;
		x.ref.origin = e->origin;
		x.ref.inc = e->inc;
		x.ref.number = e->number;
		if (!ctsync_wire_put_expect(enc, CTSYNC_MSG_EXPECT_NEW, &x)) {
			ctsync_count(inst, EXPECT_BOUND);
			continue;
		}
		nr++;
	}
	return nr;
}

/* Is what ended expected again, or did its master end? Then there is no news. */
static bool end_is_news(struct ctsync_instance *inst,
			const struct ctsync_expect *end)
{
	struct nf_conntrack_tuple_mask mask;
	struct nf_conntrack_tuple tuple;
	struct nf_conn_help *help;
	struct ctsync_entry *e;
	struct nf_conn *ct;
	bool news;

	e = ctsync_entry_find(&inst->entries, end->ref.origin, end->ref.id);
	ct = e ? ctsync_entry_get_ct(&inst->entries, inst->net, e) : NULL;
	if (!ct)
		return false;
	help = nfct_help(ct);
	match_put(end, &tuple, &mask);
	news = help && !find(help, &tuple, &mask);
	nf_ct_put(ct);
	return news;
}

static bool take_end(struct ctsync_expects *x, struct ctsync_expect *end,
		     u32 *pos)
{
	bool any;

	spin_lock_bh(&x->lock);
	any = ctsync_ends_take(&x->ends, end, pos);
	spin_unlock_bh(&x->lock);
	return any;
}

bool ctsync_expect_put_ends(struct ctsync_cpu *c, struct ctsync_enc *enc)
{
	u32 most = ctsync_wire_size_max(CTSYNC_MSG_EXPECT_DEL);
	struct ctsync_expects *x = &c->inst->expects;
	struct ctsync_note told = {};
	struct ctsync_expect end;

	while (READ_ONCE(x->ends.next) != READ_ONCE(x->ends.head)) {
		if (enc->len + CTSYNC_WIRE_SECTION + most > enc->size)
			return false;
		/* what is told again is found by its position in the ring */
		if (!take_end(x, &end, &told.ref.number) ||
		    !end_is_news(c->inst, &end))
			continue;
		ctsync_wire_put_expect(enc, CTSYNC_MSG_EXPECT_DEL, &end);
		ctsync_put_told(c, CTSYNC_MSG_EXPECT_DEL, &told);
	}
	return true;
}

void ctsync_expect_end_again(struct ctsync_instance *inst, u32 pos)
{
	struct ctsync_expects *x = &inst->expects;
	bool there;

	spin_lock(&x->lock);
	there = ctsync_ends_again(&x->ends, pos);
	spin_unlock(&x->lock);
	if (there)
		ctsync_tx_lazy(inst);
	else
		ctsync_count(inst, EXPECT_BOUND);
}

/* ---- a peer's expectations ---- */

/* A peer tells again what is here: it lives longer, or begins to count. */
static void refresh(struct nf_conntrack_expect *exp,
		    const struct ctsync_expect *told)
{
	u32 until = nfct_time_stamp + min_t(u32, told->life, LIFE_MAX) * HZ;

	if ((s32)(until - READ_ONCE(exp->timeout)) > 0)
		WRITE_ONCE(exp->timeout, until);
	if (!(told->flags & CTSYNC_EXP_INACTIVE))
		WRITE_ONCE(exp->flags, exp->flags & ~NF_CT_EXPECT_INACTIVE);
}

static bool refresh_known(struct nf_conn *ct, const struct ctsync_expect *told)
{
	struct nf_conntrack_tuple_mask mask;
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_expect *exp;

	match_put(told, &tuple, &mask);
	spin_lock(&nf_conntrack_expect_lock);
	exp = find(nfct_help(ct), &tuple, &mask);
	if (exp)
		refresh(exp, told);
	spin_unlock(&nf_conntrack_expect_lock);
	return exp;
}

/* Fill what nf_ct_expect_init() does not know. Returns false when a name that it
 * needs is not here.
 */
static bool fill(struct nf_conntrack_expect *exp,
		 const struct ctsync_expect *told)
{
	const struct nf_ct_helper_expectfn *fn;
	struct nf_conntrack_helper *h;

	match_put(told, &exp->tuple, &exp->mask);
	exp->flags = flags_put(told->flags);
#if IS_ENABLED(CONFIG_NF_NAT)
	memcpy(&exp->saved_addr, told->saved, addr_len(told->l3));
	exp->saved_proto.all = htons(told->saved_port);
	exp->dir = told->dir;
#endif
	if (told->fn[0]) {
		fn = nf_ct_helper_expectfn_find_by_name(told->fn);
		if (!fn)
			return false;
		exp->expectfn = fn->expectfn;
	}
	if (told->helper[0]) {
		h = __nf_conntrack_helper_find(told->helper,
					       exp->tuple.src.l3num, told->l4);
		if (!h)
			return false;
		rcu_assign_pointer(exp->assign_helper, h);
	}
	return true;
}

static bool expect_add(struct nf_conn *ct, const struct ctsync_expect *told)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *h;
	union nf_inet_addr addr = {};
	struct nf_conntrack_expect *exp;
	__be16 port = 0;
	bool ok;

	h = help ? rcu_dereference(help->helper) : NULL;
	if (!h || told->class > h->expect_class_max)
		return false;
	exp = nf_ct_expect_alloc(ct);
	if (!exp)
		return false;
	nf_ct_expect_init(exp, told->class, told->l3 == 6 ? AF_INET6 : AF_INET,
			  &addr, &addr, told->l4, &port, &port);
	ok = fill(exp, told) &&
	     !nf_ct_expect_related_report(exp, OUR_PORTID, 0, 0);
	if (ok)		/* the helper's own time to live was added to it */
		WRITE_ONCE(exp->timeout, nfct_time_stamp +
			   min_t(u32, told->life, LIFE_MAX) * HZ);
	nf_ct_expect_put(exp);
	return ok;
}

static void expect_new(struct ctsync_instance *inst, struct nf_conn *ct,
		       const struct ctsync_expect *told)
{
	if (nfct_help(ct) && refresh_known(ct, told))
		ctsync_count(inst, EXPECT_REFRESHED);
	else if (expect_add(ct, told))
		ctsync_count(inst, EXPECT_CREATED);
	else
		ctsync_count(inst, EXPECT_REFUSED);
}

static void expect_del(struct ctsync_instance *inst, struct nf_conn *ct,
		       const struct ctsync_expect *told)
{
	struct nf_conntrack_tuple_mask mask;
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_expect *exp;

	if (!nfct_help(ct))
		return;
	match_put(told, &tuple, &mask);
	spin_lock(&nf_conntrack_expect_lock);
	exp = find(nfct_help(ct), &tuple, &mask);
	if (exp)
		nf_ct_unlink_expect_report(exp, OUR_PORTID, 0);
	spin_unlock(&nf_conntrack_expect_lock);
	if (exp)
		ctsync_count(inst, EXPECT_DELETED);
}

/* Once a second: the answer brings the expectation again, and perhaps a flow that
 * cannot be made here.
 */
static void ask_for_master(struct ctsync_instance *inst, struct ctsync_peer *p,
			   const struct ctsync_ref *master)
{
	u64 key = siphash_2u64(master->origin, master->id, &inst->secret[0]);
	struct ctsync_expects *x = &inst->expects;
	enum ctsync_pull_verdict v;
	u32 number;

	spin_lock(&x->lock);
	v = ctsync_pull_packet(&x->asked, key, ktime_get_ns(), 1ull << p->index,
			       READ_ONCE(inst->params.pull_rate), NSEC_PER_SEC,
			       &number);
	spin_unlock(&x->lock);
	if (v == CTSYNC_PULL_ASK)
		ctsync_merge_request(inst, p, master);
	else if (v == CTSYNC_PULL_LIMIT)
		ctsync_count(inst, PULL_LIMIT);
}

void ctsync_expect_message(struct ctsync_instance *inst, struct ctsync_peer *p,
			   u8 type, const struct ctsync_expect *told)
{
	struct ctsync_entry *e;
	struct nf_conn *ct;

	e = ctsync_entry_find(&inst->entries, told->ref.origin, told->ref.id);
	if (!e || READ_ONCE(e->flags) & CTSYNC_E_TOMBSTONE) {
		ctsync_stat_inc(inst->stats, e ? CTSYNC_STAT_MSG_TOMBSTONE :
				CTSYNC_STAT_MSG_UNKNOWN_ENTRY);
		/* the answer brings the master, and its expectations behind it */
		if (!e && type == CTSYNC_MSG_EXPECT_NEW)
			ask_for_master(inst, p, &told->ref);
		return;
	}
	ct = ctsync_entry_get_ct(&inst->entries, inst->net, e);
	if (!ct)
		return;
	if (type == CTSYNC_MSG_EXPECT_NEW)
		expect_new(inst, ct, told);
	else
		expect_del(inst, ct, told);
	nf_ct_put(ct);
}

void ctsync_expect_fulfil(const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *tuple =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	struct nf_conn_help *help = nfct_help(ct->master);
	struct nf_conntrack_expect *exp;

	if (!help)
		return;
	spin_lock(&nf_conntrack_expect_lock);
	hlist_for_each_entry(exp, &help->expectations, lnode) {
		if (nf_ct_tuple_mask_cmp(tuple, &exp->tuple, &exp->mask) &&
		    !(exp->flags & (NF_CT_EXPECT_PERMANENT |
				    NF_CT_EXPECT_INACTIVE))) {
			nf_ct_unlink_expect_report(exp, OUR_PORTID, 0);
			break;
		}
	}
	spin_unlock(&nf_conntrack_expect_lock);
}
