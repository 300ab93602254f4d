/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <linux/netfilter/nf_conntrack_proto_gre.h>: what newer kernels have, for older
 * ones.
 */
#ifndef CTSYNC_COMPAT_NF_CONNTRACK_PROTO_GRE_H
#define CTSYNC_COMPAT_NF_CONNTRACK_PROTO_GRE_H

#include_next <linux/netfilter/nf_conntrack_proto_gre.h>

/* Newer ones add both tuples of a call at once, or none; before, it was one at a time. */
#ifndef CTSYNC_HAVE_GRE_KEYMAP_PAIR
static inline bool compat_nf_ct_gre_keymap_add(struct nf_conn *ct,
					       const struct nf_conntrack_tuple *orig,
					       const struct nf_conntrack_tuple *repl)
{
	struct nf_conntrack_tuple tuple = *orig;

	if (nf_ct_gre_keymap_add(ct, IP_CT_DIR_ORIGINAL, &tuple))
		return false;
	tuple = *repl;
	if (!nf_ct_gre_keymap_add(ct, IP_CT_DIR_REPLY, &tuple))
		return true;
	nf_ct_gre_keymap_destroy(ct);
	return false;
}

#define nf_ct_gre_keymap_add compat_nf_ct_gre_keymap_add
#endif

#endif
