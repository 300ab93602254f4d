// SPDX-License-Identifier: GPL-2.0
/* What the kernel tells, as plain structs: the attributes of each message. */
#include "info.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "say.h"

/* ---- names ---- */

static const char *name(const char *const *names, size_t n, unsigned int value)
{
	return value < n && names[value] ? names[value] : "?";
}

#define NAMES(function, ...) \
	const char *function(unsigned int value) \
	{ \
		static const char *const names[] = { __VA_ARGS__ }; \
		return name(names, sizeof(names) / sizeof(names[0]), value); \
	}

NAMES(info_hold_name,
	[CTSYNC_UAPI_HOLD_OFF] = "off", [CTSYNC_UAPI_HOLD_ANY] = "any",
	[CTSYNC_UAPI_HOLD_ALL] = "all")
NAMES(info_role_name,
	[CTSYNC_UAPI_ROLE_ACTIVE] = "active", [CTSYNC_UAPI_ROLE_STANDBY] = "standby")
NAMES(info_peer_state_name,
	[CTSYNC_UAPI_PEER_STATE_DOWN] = "down",
	[CTSYNC_UAPI_PEER_STATE_CONNECTING] = "connecting",
	[CTSYNC_UAPI_PEER_STATE_SYNCING] = "syncing", [CTSYNC_UAPI_PEER_STATE_UP] = "up")
NAMES(info_event_name,
	[CTSYNC_UAPI_EVENT_UP] = "up", [CTSYNC_UAPI_EVENT_DOWN] = "down",
	[CTSYNC_UAPI_EVENT_PEER] = "peer", [CTSYNC_UAPI_EVENT_READY] = "ready",
	[CTSYNC_UAPI_EVENT_BYPASS] = "bypass", [CTSYNC_UAPI_EVENT_CONFLICT] = "conflict",
	[CTSYNC_UAPI_EVENT_HELPER] = "helper")
NAMES(info_verdict_name,
	[CTSYNC_UAPI_VERDICT_SYNCED] = "synced",
	[CTSYNC_UAPI_VERDICT_NOT_TRACKED] = "not-tracked",
	[CTSYNC_UAPI_VERDICT_NOT_ELIGIBLE] = "not-eligible",
	[CTSYNC_UAPI_VERDICT_LOCAL] = "local",
	[CTSYNC_UAPI_VERDICT_UNCONFIRMED] = "unconfirmed",
	[CTSYNC_UAPI_VERDICT_TABLE_FULL] = "table-full",
	[CTSYNC_UAPI_VERDICT_NOT_YET] = "not-yet", [CTSYNC_UAPI_VERDICT_NOT_UP] = "not-up")

/* ---- attributes ---- */

/* A number of whatever width; a flag is 1; 0 when there is none. */
static uint64_t number(const struct nlattr *a)
{
	if (!a)
		return 0;
	switch (mnl_attr_get_payload_len(a)) {
	case 0:
		return 1;
	case 1:
		return mnl_attr_get_u8(a);
	case 2:
		return mnl_attr_get_u16(a);
	case 4:
		return mnl_attr_get_u32(a);
	case 8:
		return mnl_attr_get_u64(a);
	}
	return 0;
}

static const char *string(const struct nlattr *a)
{
	return a && !mnl_attr_validate(a, MNL_TYPE_NUL_STRING) ? mnl_attr_get_str(a) : "";
}

static void copy_string(char *to, size_t size, const struct nlattr *a)
{
	snprintf(to, size, "%s", string(a));
}

static void copy_bytes(void *to, size_t size, const struct nlattr *a)
{
	if (mnl_attr_get_payload_len(a) == size)
		memcpy(to, mnl_attr_get_payload(a), size);
}

static void copy_address(struct address *to, const struct nlattr *a)
{
	uint16_t len = a ? mnl_attr_get_payload_len(a) : 0;

	*to = (struct address){ };
	if (len != 4 && len != 16)
		return;
	memcpy(to->bytes, mnl_attr_get_payload(a), len);
	to->len = len;
}

/* Point @tb[type] at each attribute of the nest @nest up to @max. */
static void index_nest(const struct nlattr *nest, const struct nlattr **tb, size_t max)
{
	const struct nlattr *a;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each_nested(a, nest)
		if (mnl_attr_get_type(a) <= max)
			tb[mnl_attr_get_type(a)] = a;
}

static void index_message(const struct nlmsghdr *h, const struct nlattr **tb)
{
	const struct nlattr *a;

	memset(tb, 0, (CTSYNC_A_MAX + 1) * sizeof(*tb));
	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(a) <= CTSYNC_A_MAX)
			tb[mnl_attr_get_type(a)] = a;
}

static void read_tuple(const struct nlattr *nest, struct tuple *t)
{
	const struct nlattr *tb[CTSYNC_A_TUPLE_MAX + 1];

	index_nest(nest, tb, CTSYNC_A_TUPLE_MAX);
	t->proto = number(tb[CTSYNC_A_TUPLE_PROTO]);
	copy_address(&t->src, tb[CTSYNC_A_TUPLE_SRC]);
	copy_address(&t->dst, tb[CTSYNC_A_TUPLE_DST]);
	t->sport = number(tb[CTSYNC_A_TUPLE_SPORT]);
	t->dport = number(tb[CTSYNC_A_TUPLE_DPORT]);
	t->zone = number(tb[CTSYNC_A_TUPLE_ZONE]);
}

static void read_peer(const struct nlattr *nest, struct peer *p)
{
	const struct nlattr *a;

	memset(p, 0, sizeof(*p));
	mnl_attr_for_each_nested(a, nest) {
		uint16_t type = mnl_attr_get_type(a);

		if (type > CTSYNC_A_PEER_MAX)
			continue;
		p->has[type] = true;
		if (type == CTSYNC_A_PEER_ADDRESS)
			copy_address(&p->address, a);
		else if (type == CTSYNC_A_PEER_REASON)
			copy_string(p->reason, sizeof(p->reason), a);
		else if (type == CTSYNC_A_PEER_EPOCH)
			copy_bytes(p->epoch, sizeof(p->epoch), a);
		else
			p->number[type] = number(a);
	}
}

static void read_tcp_dir(const struct nlattr *nest, struct tcp_dir *d)
{
	const struct nlattr *tb[CTSYNC_A_TCP_DIR_MAX + 1];

	index_nest(nest, tb, CTSYNC_A_TCP_DIR_MAX);
	d->has = true;
	for (size_t i = 1; i <= CTSYNC_A_TCP_DIR_MAX; i++)
		d->number[i] = number(tb[i]);
}

/* Each writer: its node in one byte, its message number in four. */
static void read_writers(const struct nlattr *a, struct entry *e)
{
	const uint8_t *p = mnl_attr_get_payload(a);
	size_t n = mnl_attr_get_payload_len(a) / 5;
	uint32_t last;

	for (e->n_writers = 0; e->n_writers < n && e->n_writers < 64; e->n_writers++, p += 5) {
		memcpy(&last, p + 1, sizeof(last));
		e->writers[e->n_writers] = (struct writer){ p[0], ntohl(last) };
	}
}

static void read_entry(const struct nlattr *nest, struct entry *e)
{
	const struct nlattr *a;

	memset(e, 0, sizeof(*e));
	mnl_attr_for_each_nested(a, nest) {
		uint16_t type = mnl_attr_get_type(a);

		if (type > CTSYNC_A_ENTRY_MAX)
			continue;
		e->has[type] = true;
		switch (type) {
		case CTSYNC_A_ENTRY_ORIG:
			read_tuple(a, &e->orig);
			break;
		case CTSYNC_A_ENTRY_REPLY:
			read_tuple(a, &e->reply);
			break;
		case CTSYNC_A_ENTRY_STATE:
			copy_string(e->state, sizeof(e->state), a);
			break;
		case CTSYNC_A_ENTRY_QUEUE:
			copy_string(e->queue, sizeof(e->queue), a);
			break;
		case CTSYNC_A_ENTRY_WRITERS:
			read_writers(a, e);
			break;
		case CTSYNC_A_ENTRY_TCP_ORIG:
			read_tcp_dir(a, &e->tcp_orig);
			break;
		case CTSYNC_A_ENTRY_TCP_REPLY:
			read_tcp_dir(a, &e->tcp_reply);
			break;
		default:
			e->number[type] = number(a);
		}
	}
}

/* ---- requests ---- */

static void on_config(const struct nlmsghdr *h, void *data)
{
	struct config *c = data;
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr)) {
		uint16_t type = mnl_attr_get_type(a);

		if (type > CTSYNC_A_MAX)
			continue;
		c->has[type] = true;
		switch (type) {
		case CTSYNC_A_LOCAL:
			copy_address(&c->local, a);
			break;
		case CTSYNC_A_PEER:
			if (c->n_peers < MAX_PEERS)
				copy_address(&c->peers[c->n_peers++], a);
			break;
		case CTSYNC_A_GROUP:
			copy_address(&c->group, a);
			break;
		case CTSYNC_A_DEV:
			copy_string(c->dev, sizeof(c->dev), a);
			break;
		case CTSYNC_A_VERSION:
			copy_string(c->version, sizeof(c->version), a);
			break;
		case CTSYNC_A_NOT_READY_REASON:
			copy_string(c->reason, sizeof(c->reason), a);
			break;
		case CTSYNC_A_EPOCH:
			copy_bytes(c->epoch, sizeof(c->epoch), a);
			break;
		case CTSYNC_A_KEY_KNOWN:
			if (c->n_keys < MAX_KEYS)
				c->keys[c->n_keys++] = number(a);
			break;
		case CTSYNC_A_WARNING:
			if (c->n_warnings < MAX_WARNINGS)
				copy_string(c->warnings[c->n_warnings++], sizeof(c->warnings[0]), a);
			break;
		default:
			c->number[type] = number(a);
		}
	}
}

int info_config(struct nl *nl, struct config *config)
{
	memset(config, 0, sizeof(*config));
	return nl_do(nl, CTSYNC_CMD_GET, NULL, on_config, config);
}

int info_up(struct nl *nl, uint32_t *entries)
{
	struct config config;
	int ret = info_config(nl, &config);

	if (!ret && !config.number[CTSYNC_A_UP])
		ret = refused("not up in this namespace");
	if (entries)
		*entries = config.number[CTSYNC_A_ENTRIES];
	return ret;
}

/* A callback with its data, on its way through nl_handler. */
struct way {
	union {
		peer_handler peer;
		entry_handler entry;
		stat_handler stat;
		param_handler param;
		queue_handler queue;
		event_handler event;
	};
	void *data;
};

static void on_peer(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *tb[CTSYNC_A_MAX + 1];
	struct way *way = data;
	struct peer peer;

	index_message(h, tb);
	if (!tb[CTSYNC_A_PEER_INFO])
		return;
	read_peer(tb[CTSYNC_A_PEER_INFO], &peer);
	way->peer(&peer, way->data);
}

int info_peers(struct nl *nl, peer_handler handle, void *data)
{
	return nl_dump(nl, CTSYNC_CMD_PEERS_GET, NULL, on_peer,
		       &(struct way){ .peer = handle, .data = data });
}

static void on_entry(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *tb[CTSYNC_A_MAX + 1];
	struct way *way = data;
	struct entry entry;

	index_message(h, tb);
	if (!tb[CTSYNC_A_ENTRY_INFO])
		return;
	read_entry(tb[CTSYNC_A_ENTRY_INFO], &entry);
	way->entry(&entry, way->data);
}

static void want(struct attr *filter, struct attr *nest, uint16_t type, enum attr_kind kind,
		 uint32_t number)
{
	if (number)
		nest[filter->n_nest++] = (struct attr){ .type = type, .kind = kind, .number = number };
}

static void want_address(struct attr *filter, struct attr *nest, uint16_t type,
			 const struct address *address)
{
	if (address->len)
		nest[filter->n_nest++] = (struct attr){
			.type = type, .kind = ATTR_ADDRESS, .address = *address };
}

int info_entries(struct nl *nl, const struct choice *c, entry_handler handle, void *data)
{
	struct attr nest[CTSYNC_A_FILTER_MAX];
	struct attr filter = { .type = CTSYNC_A_FILTER, .kind = ATTR_NEST, .nest = nest };
	struct attr_list list = { };

	want(&filter, nest, CTSYNC_A_FILTER_PROTO, ATTR_U8, c->proto);
	want(&filter, nest, CTSYNC_A_FILTER_NODE, ATTR_U8, c->node);
	want_address(&filter, nest, CTSYNC_A_FILTER_ADDRESS, &c->address);
	want_address(&filter, nest, CTSYNC_A_FILTER_SRC, &c->src);
	want_address(&filter, nest, CTSYNC_A_FILTER_DST, &c->dst);
	want(&filter, nest, CTSYNC_A_FILTER_PORT, ATTR_U16, c->port);
	want(&filter, nest, CTSYNC_A_FILTER_SPORT, ATTR_U16, c->sport);
	want(&filter, nest, CTSYNC_A_FILTER_DPORT, ATTR_U16, c->dport);
	want(&filter, nest, CTSYNC_A_FILTER_SPLIT, ATTR_FLAG, c->split);
	if (c->has_zone)
		nest[filter.n_nest++] = (struct attr){
			.type = CTSYNC_A_FILTER_ZONE, .kind = ATTR_U16, .number = c->zone };
	if (c->state)
		nest[filter.n_nest++] = (struct attr){
			.type = CTSYNC_A_FILTER_STATE, .kind = ATTR_STRING, .string = c->state };
	if (filter.n_nest)
		list.attrs[list.n++] = filter;
	return nl_dump(nl, CTSYNC_CMD_ENTRIES_GET, &list, on_entry,
		       &(struct way){ .entry = handle, .data = data });
}

static void on_stats(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *tb[CTSYNC_A_STAT_MAX + 1], *a;
	struct way *way = data;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(a) != CTSYNC_A_STAT_INFO)
			continue;
		index_nest(a, tb, CTSYNC_A_STAT_MAX);
		way->stat(string(tb[CTSYNC_A_STAT_NAME]), number(tb[CTSYNC_A_STAT_VALUE]), way->data);
	}
}

int info_stats(struct nl *nl, stat_handler handle, void *data)
{
	return nl_do(nl, CTSYNC_CMD_STATS_GET, NULL, on_stats,
		     &(struct way){ .stat = handle, .data = data });
}

static void on_param(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *top[CTSYNC_A_MAX + 1], *tb[CTSYNC_A_PARAM_MAX + 1];
	struct way *way = data;

	index_message(h, top);
	if (!top[CTSYNC_A_PARAM_INFO])
		return;
	index_nest(top[CTSYNC_A_PARAM_INFO], tb, CTSYNC_A_PARAM_MAX);
	way->param(&(struct param){
			.name = string(tb[CTSYNC_A_PARAM_NAME]),
			.unit = string(tb[CTSYNC_A_PARAM_UNIT]),
			.value = number(tb[CTSYNC_A_PARAM_VALUE]),
			.def = number(tb[CTSYNC_A_PARAM_DEFAULT]),
			.min = number(tb[CTSYNC_A_PARAM_RANGE_MIN]),
			.max = number(tb[CTSYNC_A_PARAM_RANGE_MAX]),
			.live = number(tb[CTSYNC_A_PARAM_LIVE]) }, way->data);
}

int info_params(struct nl *nl, param_handler handle, void *data)
{
	return nl_dump(nl, CTSYNC_CMD_PARAMS_GET, NULL, on_param,
		       &(struct way){ .param = handle, .data = data });
}

static void on_queue(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *top[CTSYNC_A_MAX + 1], *tb[CTSYNC_A_QUEUE_MAX + 1];
	struct way *way = data;

	index_message(h, top);
	if (!top[CTSYNC_A_QUEUE_INFO])
		return;
	index_nest(top[CTSYNC_A_QUEUE_INFO], tb, CTSYNC_A_QUEUE_MAX);
	way->queue(&(struct queue){
			.cpu = number(tb[CTSYNC_A_QUEUE_CPU]),
			.name = string(tb[CTSYNC_A_QUEUE_NAME]),
			.length = number(tb[CTSYNC_A_QUEUE_LENGTH]),
			.bytes = number(tb[CTSYNC_A_QUEUE_BYTES]) }, way->data);
}

int info_queues(struct nl *nl, queue_handler handle, void *data)
{
	return nl_dump(nl, CTSYNC_CMD_QUEUES_GET, NULL, on_queue,
		       &(struct way){ .queue = handle, .data = data });
}

static void on_explanation(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *tb[CTSYNC_A_MAX + 1];
	struct explanation *x = data;

	index_message(h, tb);
	x->verdict = number(tb[CTSYNC_A_VERDICT]);
	copy_string(x->text, sizeof(x->text), tb[CTSYNC_A_TEXT]);
	x->has_entry = tb[CTSYNC_A_ENTRY_INFO];
	if (x->has_entry)
		read_entry(tb[CTSYNC_A_ENTRY_INFO], &x->entry);
}

int info_explain(struct nl *nl, const struct tuple *t, struct explanation *answer)
{
	const struct attr nest[] = {
		{ .type = CTSYNC_A_TUPLE_FAMILY, .kind = ATTR_U8,
		  .number = t->src.len == 4 ? AF_INET : AF_INET6 },
		{ .type = CTSYNC_A_TUPLE_PROTO, .kind = ATTR_U8, .number = t->proto },
		{ .type = CTSYNC_A_TUPLE_SRC, .kind = ATTR_ADDRESS, .address = t->src },
		{ .type = CTSYNC_A_TUPLE_DST, .kind = ATTR_ADDRESS, .address = t->dst },
		{ .type = CTSYNC_A_TUPLE_SPORT, .kind = ATTR_U16, .number = t->sport },
		{ .type = CTSYNC_A_TUPLE_DPORT, .kind = ATTR_U16, .number = t->dport },
		{ .type = CTSYNC_A_TUPLE_ZONE, .kind = ATTR_U16, .number = t->zone },
	};
	struct attr_list list = { .n = 1, .attrs = { {
		.type = CTSYNC_A_TUPLE, .kind = ATTR_NEST,
		.nest = nest, .n_nest = sizeof(nest) / sizeof(nest[0]) } } };

	memset(answer, 0, sizeof(*answer));
	return nl_do(nl, CTSYNC_CMD_EXPLAIN, &list, on_explanation, answer);
}

static void on_shown(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *top[CTSYNC_A_MAX + 1], *tb[CTSYNC_A_DIFF_MAX + 1], *values;
	struct shown *s = data;

	index_message(h, top);
	if (!top[CTSYNC_A_DIFF])
		return;
	index_nest(top[CTSYNC_A_DIFF], tb, CTSYNC_A_DIFF_MAX);
	values = tb[CTSYNC_A_DIFF_VALUES];
	if (!values || mnl_attr_get_payload_len(values) > sizeof(s->bytes))
		return;
	s->came = true;
	s->cursor = number(tb[CTSYNC_A_DIFF_CURSOR]);
	s->entries = number(tb[CTSYNC_A_DIFF_ENTRIES]);
	s->len = mnl_attr_get_payload_len(values);
	memcpy(s->bytes, mnl_attr_get_payload(values), s->len);
}

int info_diff(struct nl *nl, const struct question *q, struct shown *answer)
{
	const struct attr nest[] = {
		{ .type = CTSYNC_A_DIFF_WHAT, .kind = ATTR_U8, .number = q->what },
		{ .type = CTSYNC_A_DIFF_FIRST, .kind = ATTR_U16, .number = q->first },
		{ .type = CTSYNC_A_DIFF_SET, .kind = ATTR_U64, .wide = q->set },
		{ .type = CTSYNC_A_DIFF_CURSOR, .kind = ATTR_U32, .number = q->cursor },
		{ .type = CTSYNC_A_DIFF_TOKEN, .kind = ATTR_U32, .number = q->token },
	};
	struct attr_list list = { .n = 1, .attrs = { {
		.type = CTSYNC_A_DIFF, .kind = ATTR_NEST,
		.nest = nest, .n_nest = sizeof(nest) / sizeof(nest[0]) } } };

	if (q->peer)
		list.attrs[list.n++] = (struct attr){
			.type = CTSYNC_A_PEER, .kind = ATTR_ADDRESS, .address = *q->peer };
	memset(answer, 0, sizeof(*answer));
	return nl_do(nl, CTSYNC_CMD_DIFF, &list, on_shown, answer);
}

static void on_event(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *tb[CTSYNC_A_MAX + 1];
	struct event event = { .node = -1, .ready = -1 };
	struct way *way = data;

	index_message(h, tb);
	event.event = number(tb[CTSYNC_A_EVENT]);
	event.text = string(tb[CTSYNC_A_TEXT]);
	if (tb[CTSYNC_A_NODE])
		event.node = number(tb[CTSYNC_A_NODE]);
	if (tb[CTSYNC_A_READY])
		event.ready = number(tb[CTSYNC_A_READY]);
	event.has_peer = tb[CTSYNC_A_PEER_INFO];
	if (event.has_peer)
		read_peer(tb[CTSYNC_A_PEER_INFO], &event.peer);
	way->event(&event, way->data);
}

int info_events(struct nl *nl, int ms, event_handler handle, void *data, bool *failed)
{
	return nl_events(nl, ms, on_event, &(struct way){ .event = handle, .data = data }, failed);
}
