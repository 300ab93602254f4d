/* SPDX-License-Identifier: GPL-2.0 */
/* What a request may carry; generated from uapi/spec/ctsync.yaml by uapi/generate, do not edit */
#ifndef CTSYNC_NETLINK_POLICY_H
#define CTSYNC_NETLINK_POLICY_H

#include <net/netlink.h>
#include <linux/ctsync.h>

extern const struct nla_policy ctsync_nl_policy[CTSYNC_A_MAX + 1];
extern const struct nla_policy ctsync_filter_nl_policy[CTSYNC_A_FILTER_MAX + 1];
extern const struct nla_policy ctsync_tuple_nl_policy[CTSYNC_A_TUPLE_MAX + 1];
extern const struct nla_policy ctsync_diff_nl_policy[CTSYNC_A_DIFF_MAX + 1];

#endif
