// SPDX-License-Identifier: GPL-2.0
/* Conntrack's helpers, in the wire's words. */
#include "help.h"
#include "adjust.h"
#include "flow.h"

#include <linux/netfilter/nf_conntrack_ftp.h>
#include <linux/netfilter/nf_conntrack_pptp.h>
#include <linux/netfilter/nf_conntrack_proto_gre.h>
#include <linux/netfilter/nf_conntrack_sane.h>
#include <linux/netfilter/nf_conntrack_sip.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_synproxy.h>

/* ---- what each helper remembers ---- */

/* FTP looks for commands only behind a line's end that it saw. Where a direction
 * passed another node it has not seen it: let it take the next packet as it is.
 */
static void ftp_moved(void *data, u8 elsewhere)
{
	struct nf_ct_ftp_master *ftp = data;
	int d;

	for (d = 0; d < 2; d++) {
		if (elsewhere & (1 << d))
			WRITE_ONCE(ftp->flags[d], ftp->flags[d] |
						  NF_CT_FTP_SEQ_PICKUP);
	}
}

/* Answers are matched to the newest request. */
static void sip_get(const void *data, u32 *word)
{
	const struct nf_ct_sip_master *sip = data;

	word[0] = READ_ONCE(sip->register_cseq);
	word[1] = READ_ONCE(sip->invite_cseq);
	word[2] = ntohs(READ_ONCE(sip->forced_dport));
}

static void sip_put(void *data, const u32 *word)
{
	struct nf_ct_sip_master *sip = data;

	if (word[0] > sip->register_cseq)
		WRITE_ONCE(sip->register_cseq, word[0]);
	if (word[1] > sip->invite_cseq)
		WRITE_ONCE(sip->invite_cseq, word[1]);
	if (word[2])
		WRITE_ONCE(sip->forced_dport, htons(word[2]));
}

static void pptp_get(const void *data, u32 *word)
{
	const struct nf_ct_pptp_master *pptp = data;

	word[0] = READ_ONCE(pptp->sstate);
	word[1] = READ_ONCE(pptp->cstate);
	word[2] = ntohs(READ_ONCE(pptp->pac_call_id));
	word[3] = ntohs(READ_ONCE(pptp->pns_call_id));
}

static void pptp_put(void *data, const u32 *word)
{
	struct nf_ct_pptp_master *pptp = data;

	if (word[0] > PPTP_SESSION_CONFIRMED || word[1] > PPTP_CALL_CLEAR_REQ)
		return;
	WRITE_ONCE(pptp->sstate, word[0]);
	WRITE_ONCE(pptp->cstate, word[1]);
	WRITE_ONCE(pptp->pac_call_id, htons(word[2]));
	WRITE_ONCE(pptp->pns_call_id, htons(word[3]));
}

#ifdef CONFIG_NF_CT_PROTO_GRE
static bool pptp_add_call(struct nf_conn *master, const struct nf_conn *ct)
{
	return nf_ct_gre_keymap_add(master, &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple,
				    &ct->tuplehash[IP_CT_DIR_REPLY].tuple);
}

/* A packet of PPTP's GRE names the call of its receiver only. Conntrack finds the
 * sender's in a list of the tuples that the helper agreed on, of one call for each
 * connection: a call before this one is over.
 */
static void pptp_related(struct nf_conn *master, const struct nf_conn *ct)
{
	if (nf_ct_protonum(ct) != IPPROTO_GRE || pptp_add_call(master, ct))
		return;
	nf_ct_gre_keymap_destroy(master);
	pptp_add_call(master, ct);
}
#else
#define pptp_related NULL
#endif

static void sane_get(const void *data, u32 *word)
{
	const struct nf_ct_sane_master *sane = data;

	word[0] = READ_ONCE(sane->state);
}

static void sane_put(void *data, const u32 *word)
{
	struct nf_ct_sane_master *sane = data;

	if (word[0] <= SANE_STATE_START_REQUESTED)
		WRITE_ONCE(sane->state, word[0]);
}

struct kind {
	const char *name;	/* or begins so, before a dash and a port */
	u8 nr_words;
	void (*get)(const void *data, u32 *word);
	void (*put)(void *data, const u32 *word);
	void (*moved)(void *data, u8 elsewhere);
	void (*related)(struct nf_conn *master, const struct nf_conn *ct);
};

static const struct kind kinds[] = {
	{ "ftp", .moved = ftp_moved },
	{ "sip", 3, sip_get, sip_put },
	{ "pptp", 4, pptp_get, pptp_put, .related = pptp_related },
	{ "sane", 1, sane_get, sane_put },
};

static const struct kind *kind_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].name);

		if (!strncmp(name, kinds[i].name, len) &&
		    (!name[len] || name[len] == '-'))
			return &kinds[i];
	}
	return NULL;
}

/* ---- helpers of conntracks ---- */

static const struct nf_conntrack_helper *helper_of(const struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);

	return help ? rcu_dereference(help->helper) : NULL;
}

bool ctsync_help_is_user(const struct nf_conn *ct)
{
	const struct nf_conntrack_helper *h = helper_of(ct);

	return h && h->flags & NF_CT_HELPER_F_USERSPACE;
}

static void help_get(struct nf_conn *ct, struct ctsync_help *out)
{
	const struct nf_conntrack_helper *h = helper_of(ct);
	const struct kind *kind;

	if (!h || h->flags & NF_CT_HELPER_F_USERSPACE)
		return;
	strscpy_pad(out->name, h->name, sizeof(out->name));
	kind = kind_of(h->name);
	if (!kind || !kind->get)
		return;
	kind->get(nfct_help_data(ct), out->word);
	out->nr_words = kind->nr_words;
}

/* ct->lock held */
static void adjust_read(const struct nf_conn_seqadj *s, struct ctsync_adjust *a)
{
	int d;

	a->present = true;
	for (d = 0; d < 2; d++) {
		a->dir[d].pos = s->seq[d].correction_pos;
		a->dir[d].before = s->seq[d].offset_before;
		a->dir[d].after = s->seq[d].offset_after;
	}
}

static void adjust_get(struct nf_conn *ct, struct ctsync_adjust *a)
{
	const struct nf_conn_seqadj *s = nfct_seqadj(ct);

	if (!s || !test_bit(IPS_SEQ_ADJUST_BIT, &ct->status))
		return;
	spin_lock_bh(&ct->lock);
	adjust_read(s, a);
	spin_unlock_bh(&ct->lock);
}

static void adjust_join(struct nf_conn *ct, const struct ctsync_adjust *told)
{
	struct nf_conn_seqadj *s = nfct_seqadj(ct);
	struct ctsync_adjust a = {};
	int d;

	if (!s || !told->present)
		return;
	spin_lock_bh(&ct->lock);
	adjust_read(s, &a);
	if (ctsync_adjust_join(&a, told)) {
		for (d = 0; d < 2; d++) {
			s->seq[d].correction_pos = a.dir[d].pos;
			s->seq[d].offset_before = a.dir[d].before;
			s->seq[d].offset_after = a.dir[d].after;
		}
		set_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
	}
	spin_unlock_bh(&ct->lock);
}

u16 ctsync_help_shift(const struct nf_conn *ct)
{
	const struct nf_conn_seqadj *s = nfct_seqadj(ct);

	if (!s || !test_bit(IPS_SEQ_ADJUST_BIT, &ct->status))
		return 0;
	return READ_ONCE(s->seq[0].offset_after) * 31 +
	       READ_ONCE(s->seq[1].offset_after);
}

void ctsync_help_reborn(struct nf_conn *ct)
{
	struct nf_conn_seqadj *s = nfct_seqadj(ct);

	if (!s)
		return;
	spin_lock(&ct->lock);
	memset(s, 0, sizeof(*s));
	spin_unlock(&ct->lock);
}

/* ---- a SYN proxy ---- */

static void synproxy_get(const struct nf_conn *ct, struct ctsync_synproxy *out)
{
	const struct nf_conn_synproxy *s = nfct_synproxy(ct);

	if (!s)
		return;
	out->present = true;
	out->isn = READ_ONCE(s->isn);
	out->its = READ_ONCE(s->its);
	out->tsoff = READ_ONCE(s->tsoff);
}

/* What was made up is the first node's, and is told once; the offset of time stamps
 * follows with the server's answer.
 */
static void synproxy_put(struct nf_conn_synproxy *s,
			 const struct ctsync_synproxy *told)
{
	if (!s || !told->present || (s->tsoff && !told->tsoff))
		return;
	WRITE_ONCE(s->isn, told->isn);
	WRITE_ONCE(s->its, told->its);
	WRITE_ONCE(s->tsoff, told->tsoff);
}

void ctsync_help_get(struct nf_conn *ct, struct ctsync_flow *f)
{
	synproxy_get(ct, &f->synproxy);
	if (!ctsync_help_has(READ_ONCE(ct->status)))
		return;
	help_get(ct, &f->help);
	adjust_get(ct, &f->adjust);
}

static bool add_helper(struct nf_conn *ct, const struct ctsync_help *told)
{
	struct nf_conntrack_helper *h;
	const struct kind *kind;
	struct nf_conn_help *help;

	h = __nf_conntrack_helper_find(told->name, nf_ct_l3num(ct),
				       nf_ct_protonum(ct));
	if (!h || h->flags & NF_CT_HELPER_F_USERSPACE || !nf_ct_helper_hold(h))
		return false;
	help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
	if (!help)
		return false;
	kind = kind_of(told->name);
	if (kind && kind->put && told->nr_words >= kind->nr_words)
		kind->put(help->data, told->word);
	if (kind && kind->moved)
		kind->moved(help->data, 3);
	rcu_assign_pointer(help->helper, h);
	return true;
}

bool ctsync_help_add(struct nf_conn *ct, const struct ctsync_flow *f)
{
	bool here = true;

	if (f->help.name[0])
		here = add_helper(ct, &f->help);
	/* NAT adds it only where it finds a helper, and only if addresses change */
	if (f->l4 == IPPROTO_TCP && !nfct_seqadj(ct) &&
	    (f->adjust.present || f->synproxy.present || nfct_help(ct) ||
	     ctsync_flow_is_foreign(f)))
		nfct_seqadj_ext_add(ct);
	if (f->l4 == IPPROTO_TCP && f->synproxy.present)
		synproxy_put(nfct_synproxy_ext_add(ct), &f->synproxy);
	adjust_join(ct, &f->adjust);
	return here;
}

void ctsync_help_apply(struct nf_conn *ct, const struct ctsync_flow *f,
		       u8 elsewhere)
{
	const struct nf_conntrack_helper *h;
	const struct kind *kind;

	adjust_join(ct, &f->adjust);
	synproxy_put(nfct_synproxy(ct), &f->synproxy);
	h = helper_of(ct);
	if (!h || h->flags & NF_CT_HELPER_F_USERSPACE)
		return;
	kind = kind_of(h->name);
	if (!kind)
		return;
	if (kind->put && f->help.nr_words >= kind->nr_words &&
	    !strcmp(f->help.name, h->name))
		kind->put(nfct_help_data(ct), f->help.word);
	if (kind->moved)
		kind->moved(nfct_help_data(ct), elsewhere);
}

void ctsync_help_related(struct nf_conn *master, const struct nf_conn *ct)
{
	const struct nf_conntrack_helper *h = helper_of(master);
	const struct kind *kind = h ? kind_of(h->name) : NULL;

	if (kind && kind->related)
		kind->related(master, ct);
}

/* ---- what a packet changed ---- */

/* A registration that is answered activates or prolongs without an event. */
void ctsync_help_mark(struct nf_conn *ct, struct ctsync_help_mark *m)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_expect *exp;

	memset(m, 0, sizeof(*m));
	if (help) {
		hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
			m->nr++;
			m->sum += (uintptr_t)exp +
				  ((u64)READ_ONCE(exp->flags) << 32) +
				  READ_ONCE(exp->timeout);
		}
	}
	help_get(ct, &m->help);
	adjust_get(ct, &m->adjust);
}

bool ctsync_help_changed(struct nf_conn *ct, const struct ctsync_help_mark *m)
{
	struct ctsync_help_mark now;

	ctsync_help_mark(ct, &now);
	return (now.nr && now.sum != m->sum) ||
	       memcmp(now.help.word, m->help.word, sizeof(now.help.word)) ||
	       memcmp(&now.adjust, &m->adjust, sizeof(now.adjust));
}
