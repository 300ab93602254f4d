// SPDX-License-Identifier: GPL-2.0
/* Netlink: requests, dumps and events of the family. The only file that knows
 * sockets; info.c is the only other one that knows messages.
 */
#include "nl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ctsync.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "words.h"

#define BUFFER	(64 * 1024)

struct nl {
	struct mnl_socket *socket;
	unsigned int seq;
	uint16_t family;
	uint32_t group;		/* id of the events, 0 while unknown */
	size_t request_len;
	bool interrupted;	/* a dump that changed while it was read */
	char request[BUFFER] __attribute__((aligned(8)));
	char answer[BUFFER] __attribute__((aligned(8)));
};

/* ---- requests ---- */

static struct nlmsghdr *start(struct nl *nl, uint16_t type, uint16_t flags, uint8_t command)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(nl->request);
	struct genlmsghdr *genl;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(h, sizeof(*genl));
	genl->cmd = command;
	genl->version = CTSYNC_GENL_VERSION;
	return h;
}

static void put(struct nlmsghdr *h, const struct attr *attrs, size_t n)
{
	for (const struct attr *a = attrs; a < attrs + n; a++) {
		struct nlattr *nest;

		switch (a->kind) {
		case ATTR_FLAG:
			mnl_attr_put(h, a->type, 0, NULL);
			break;
		case ATTR_U8:
			mnl_attr_put_u8(h, a->type, a->number);
			break;
		case ATTR_U16:
			mnl_attr_put_u16(h, a->type, a->number);
			break;
		case ATTR_U32:
			mnl_attr_put_u32(h, a->type, a->number);
			break;
		case ATTR_U64:
			mnl_attr_put_u64(h, a->type, a->wide);
			break;
		case ATTR_ADDRESS:
			mnl_attr_put(h, a->type, a->address.len, a->address.bytes);
			break;
		case ATTR_STRING:
			mnl_attr_put_strz(h, a->type, a->string);
			break;
		case ATTR_KEY:
			mnl_attr_put(h, a->type, sizeof(a->key), a->key);
			break;
		case ATTR_NEST:
			nest = mnl_attr_nest_start(h, a->type);
			put(h, a->nest, a->n_nest);
			mnl_attr_nest_end(h, nest);
			break;
		}
	}
}

/* ---- answers ---- */

/* The word whose attribute stands at @offset of the request, or NULL. */
static const char *word_at(const struct nl *nl, uint32_t offset)
{
	const struct nlattr *attr = (const void *)(nl->request + offset);

	if (offset < NLMSG_HDRLEN + GENL_HDRLEN || offset + sizeof(*attr) > nl->request_len)
		return NULL;
	return words_name(mnl_attr_get_type(attr));
}

/* Say what the kernel said in the attributes from @offset on of @h, or what
 * @error means. Without error it is a warning.
 */
static void tell(const struct nl *nl, const struct nlmsghdr *h, size_t offset, int error)
{
	const char *sentence = NULL, *word = NULL, *missing = NULL;
	const struct nlattr *attr;

	if (h->nlmsg_flags & NLM_F_ACK_TLVS) {
		mnl_attr_for_each(attr, h, offset) {
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
			    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				sentence = mnl_attr_get_str(attr);
			else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
				 !mnl_attr_validate(attr, MNL_TYPE_U32))
				word = word_at(nl, mnl_attr_get_u32(attr));
			else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MISS_TYPE &&
				 !mnl_attr_validate(attr, MNL_TYPE_U32))
				missing = words_name(mnl_attr_get_u32(attr));
		}
	}
	if (!error) {
		if (sentence)
			warning("%s", sentence);
		return;
	}
	if (!sentence && missing) {
		refused("%s is missing", missing);
		return;
	}
	if (!sentence)
		sentence = error == EPERM ? "not permitted: this needs CAP_NET_ADMIN" :
					    strerror(error);
	if (word && !strstr(sentence, word))
		refused("%s: %s", word, sentence);
	else
		refused("%s", sentence);
}

enum { MORE = 1000 };

/* One message that answers the request: MORE, or how the request ended. */
static int judge(struct nl *nl, const struct nlmsghdr *h, nl_handler handle, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(h);
	size_t offset = sizeof(*err);
	int error;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->interrupted = true;
	switch (h->nlmsg_type) {
	case NLMSG_NOOP:
		return MORE;
	case NLMSG_DONE:
		/* a dump ends with an int, and the same attributes after it */
		error = mnl_nlmsg_get_payload_len(h) >= sizeof(int) ? -err->error : 0;
		tell(nl, h, sizeof(int), error);
		return error;
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(h) < sizeof(*err))
			return EBADMSG;
		if (!(h->nlmsg_flags & NLM_F_CAPPED))
			offset += err->msg.nlmsg_len - sizeof(err->msg);
		if (offset > mnl_nlmsg_get_payload_len(h))
			return EBADMSG;
		tell(nl, h, offset, -err->error);
		return -err->error;
	}
	if (handle)
		handle(h, data);
	return MORE;
}

/* Send the request in nl->request and read until its end: 0 or an errno that
 * was told; -errno when the socket failed, told too.
 */
static int talk(struct nl *nl, const struct nlmsghdr *request, nl_handler handle, void *data)
{
	unsigned int port = mnl_socket_get_portid(nl->socket);

	nl->request_len = request->nlmsg_len;
	nl->interrupted = false;
	if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0) {
		refused("netlink: %s", strerror(errno));
		return -errno;
	}
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(nl->socket, nl->answer, sizeof(nl->answer));
		const struct nlmsghdr *h = (const void *)nl->answer;
		int len = got, ret;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			refused("netlink: %s", strerror(errno));
			return -errno;
		}
		for (; mnl_nlmsg_ok(h, len); h = mnl_nlmsg_next(h, &len)) {
			if (!mnl_nlmsg_seq_ok(h, nl->seq) || !mnl_nlmsg_portid_ok(h, port))
				continue;
			ret = judge(nl, h, handle, data);
			if (ret != MORE)
				return ret;
		}
	}
}

int nl_do(struct nl *nl, uint8_t command, const struct attr_list *list,
	  nl_handler handle, void *data)
{
	struct nlmsghdr *h = start(nl, nl->family, NLM_F_ACK, command);

	int ret;

	if (list)
		put(h, list->attrs, list->n);
	ret = talk(nl, h, handle, data);
	/* there may have been a key in it */
	explicit_bzero(nl->request, nl->request_len);
	return ret ? EXIT_REFUSED : EXIT_DONE;
}

int nl_dump(struct nl *nl, uint8_t command, const struct attr_list *list,
	    nl_handler handle, void *data)
{
	struct nlmsghdr *h = start(nl, nl->family, NLM_F_ACK | NLM_F_DUMP, command);

	if (list)
		put(h, list->attrs, list->n);
	if (talk(nl, h, handle, data))
		return EXIT_REFUSED;
	if (nl->interrupted)
		warning("what is listed changed while it was read");
	return EXIT_DONE;
}

/* ---- open ---- */

static void read_group(struct nl *nl, const struct nlattr *group)
{
	const struct nlattr *attr;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, group) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(attr);
	}
	if (!strcmp(name, CTSYNC_MCGRP_EVENTS))
		nl->group = id;
}

static void read_family(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *attr, *group;
	struct nl *nl = data;

	mnl_attr_for_each(attr, h, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(group, attr)
				read_group(nl, group);
	}
}

/* Ask for the family's number by a dump: a family that is not there is then
 * no error, and no sentence of the kernel's stands where ours should.
 */
static void read_if_ours(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, h, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME &&
		    !strcmp(mnl_attr_get_str(attr), CTSYNC_GENL_NAME))
			read_family(h, data);
}

static struct nl *open_socket(bool quietly)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	struct nlmsghdr *h;
	int one = 1;

	if (!nl) {
		refused("out of memory");
		return NULL;
	}
	nl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		refused("netlink: %s", strerror(errno));
		nl_close(nl);
		return NULL;
	}
	/* without them there is no sentence, but everything works */
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &one, sizeof(one));
	h = start(nl, GENL_ID_CTRL, NLM_F_ACK | NLM_F_DUMP, CTRL_CMD_GETFAMILY);
	((struct genlmsghdr *)mnl_nlmsg_get_payload(h))->version = 1;
	if (talk(nl, h, read_if_ours, nl)) {
		nl_close(nl);
		return NULL;
	}
	if (!nl->family) {
		if (!quietly)
			refused("the kernel module is not loaded (modprobe ctsync)");
		nl_close(nl);
		return NULL;
	}
	return nl;
}

struct nl *nl_open(void)
{
	return open_socket(false);
}

struct nl *nl_open_quietly(void)
{
	return open_socket(true);
}

void nl_close(struct nl *nl)
{
	if (!nl)
		return;
	if (nl->socket)
		mnl_socket_close(nl->socket);
	free(nl);
}

/* ---- events ---- */

int nl_subscribe(struct nl *nl)
{
	if (mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP,
				  &nl->group, sizeof(nl->group)) < 0)
		return refused("cannot listen to events: %s", strerror(errno));
	return EXIT_DONE;
}

int nl_events(struct nl *nl, int ms, nl_handler handle, void *data, bool *failed)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(nl->socket), .events = POLLIN };
	const struct nlmsghdr *h = (const void *)nl->answer;
	int len, n = 0;
	ssize_t got;

	if (poll(&p, 1, ms) <= 0)
		return 0;
	got = mnl_socket_recvfrom(nl->socket, nl->answer, sizeof(nl->answer));
	if (got < 0 && errno == ENOBUFS)
		return NL_EVENTS_LOST;
	if (got < 0 && errno != EINTR) {
		refused("netlink: %s", strerror(errno));
		*failed = true;
	}
	len = got;
	for (; mnl_nlmsg_ok(h, len); h = mnl_nlmsg_next(h, &len), n++)
		if (h->nlmsg_type == nl->family)
			handle(h, data);
	return n;
}
