// SPDX-License-Identifier: GPL-2.0
/* What a request may carry; generated from uapi/spec/ctsync.yaml by uapi/generate, do not edit */
#include <linux/if.h>

#include "netlink_policy.h"

const struct nla_policy ctsync_diff_nl_policy[CTSYNC_A_DIFF_MAX + 1] = {
	[CTSYNC_A_DIFF_WHAT] = NLA_POLICY_RANGE(NLA_U8, 4, 6),
	[CTSYNC_A_DIFF_FIRST] = NLA_POLICY_MAX(NLA_U16, 4095),
	[CTSYNC_A_DIFF_SET] = { .type = NLA_U64 },
	[CTSYNC_A_DIFF_CURSOR] = { .type = NLA_U32 },
	[CTSYNC_A_DIFF_TOKEN] = { .type = NLA_U32 },
	[CTSYNC_A_DIFF_ENTRIES] = { .type = NLA_U32 },
	[CTSYNC_A_DIFF_VALUES] = { .type = NLA_BINARY },
};

const struct nla_policy ctsync_tuple_nl_policy[CTSYNC_A_TUPLE_MAX + 1] = {
	[CTSYNC_A_TUPLE_FAMILY] = { .type = NLA_U8 },
	[CTSYNC_A_TUPLE_PROTO] = { .type = NLA_U8 },
	[CTSYNC_A_TUPLE_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_TUPLE_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_TUPLE_SPORT] = { .type = NLA_U16 },
	[CTSYNC_A_TUPLE_DPORT] = { .type = NLA_U16 },
	[CTSYNC_A_TUPLE_ZONE] = { .type = NLA_U16 },
};

const struct nla_policy ctsync_filter_nl_policy[CTSYNC_A_FILTER_MAX + 1] = {
	[CTSYNC_A_FILTER_FAMILY] = { .type = NLA_U8 },
	[CTSYNC_A_FILTER_PROTO] = { .type = NLA_U8 },
	[CTSYNC_A_FILTER_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_FILTER_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_FILTER_SPORT] = { .type = NLA_U16 },
	[CTSYNC_A_FILTER_DPORT] = { .type = NLA_U16 },
	[CTSYNC_A_FILTER_ZONE] = { .type = NLA_U16 },
	[CTSYNC_A_FILTER_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_FILTER_PORT] = { .type = NLA_U16 },
	[CTSYNC_A_FILTER_STATE] = { .type = NLA_NUL_STRING, .len = 15 },
	[CTSYNC_A_FILTER_SPLIT] = { .type = NLA_FLAG },
	[CTSYNC_A_FILTER_NODE] = NLA_POLICY_MIN(NLA_U8, 1),
};

const struct nla_policy ctsync_nl_policy[CTSYNC_A_MAX + 1] = {
	[CTSYNC_A_NODE] = NLA_POLICY_MIN(NLA_U8, 1),
	[CTSYNC_A_CLUSTER] = { .type = NLA_U16 },
	[CTSYNC_A_LOCAL] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[CTSYNC_A_DEV] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[CTSYNC_A_PEER] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_INSECURE] = { .type = NLA_FLAG },
	[CTSYNC_A_MARK_VALUE] = { .type = NLA_U32 },
	[CTSYNC_A_MARK_MASK] = { .type = NLA_U32 },
	[CTSYNC_A_MARK_SYNC] = { .type = NLA_U32 },
	[CTSYNC_A_HOLD] = NLA_POLICY_MAX(NLA_U8, 2),
	[CTSYNC_A_HOLD_TIMEOUT] = { .type = NLA_U32 },
	[CTSYNC_A_UPDATE_INTERVAL] = { .type = NLA_U32 },
	[CTSYNC_A_UPDATE_BYTES] = { .type = NLA_U32 },
	[CTSYNC_A_FLUSH_INTERVAL] = { .type = NLA_U32 },
	[CTSYNC_A_SPLIT_WINDOW] = { .type = NLA_U32 },
	[CTSYNC_A_JOIN_TIMEOUT] = { .type = NLA_U32 },
	[CTSYNC_A_ROLE] = NLA_POLICY_MAX(NLA_U8, 1),
	[CTSYNC_A_PROPAGATE_DELETE] = { .type = NLA_U8 },
	[CTSYNC_A_DRAIN] = { .type = NLA_U8 },
	[CTSYNC_A_FENCE] = { .type = NLA_U8 },
	[CTSYNC_A_TUPLE] = NLA_POLICY_NESTED(ctsync_tuple_nl_policy),
	[CTSYNC_A_FILTER] = NLA_POLICY_NESTED(ctsync_filter_nl_policy),
	[CTSYNC_A_PULL] = { .type = NLA_U8 },
	[CTSYNC_A_PULL_RATE] = { .type = NLA_U32 },
	[CTSYNC_A_PULL_MARK] = { .type = NLA_U32 },
	[CTSYNC_A_PULL_MASK] = { .type = NLA_U32 },
	[CTSYNC_A_DIGEST_INTERVAL] = { .type = NLA_U32 },
	[CTSYNC_A_KEY_ID] = NLA_POLICY_MIN(NLA_U8, 1),
	[CTSYNC_A_KEY] = NLA_POLICY_RANGE(NLA_BINARY, 1, 64),
	[CTSYNC_A_LABELS] = { .type = NLA_U8 },
	[CTSYNC_A_DIFF] = NLA_POLICY_NESTED(ctsync_diff_nl_policy),
	[CTSYNC_A_ZONES] = { .type = NLA_U8 },
	[CTSYNC_A_ACCOUNTING] = { .type = NLA_U8 },
	[CTSYNC_A_GROUP] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[CTSYNC_A_SYNC_DELAY] = { .type = NLA_U32 },
};
