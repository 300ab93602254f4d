/* SPDX-License-Identifier: GPL-2.0 */
/* The UDP socket of the sync link: frames out, frames in. */
#ifndef CTSYNC_SOCKET_H
#define CTSYNC_SOCKET_H

#include <linux/in6.h>
#include <linux/net.h>
#include <linux/types.h>

struct net;
struct sk_buff;
struct sock;
struct socket;
struct netlink_ext_ack;

/* Bytes in front of a frame that the stack needs. */
#define CTSYNC_SOCKET_HEADROOM 128

/* Called in softirq for each received datagram whose checksum is right;
 * @data points at the UDP payload of @len bytes (linear). @hops: the hop limit
 * it came with. The skb is freed by the caller.
 */
typedef void (*ctsync_socket_rcv)(void *ctx, const u8 *data, unsigned int len,
				  const struct in6_addr *from, u16 port,
				  u8 hops);

struct ctsync_socket_ctx {
	ctsync_socket_rcv rcv;
	void *ctx;
};

struct ctsync_socket {
	struct socket *sock;
	struct socket *member;		/* hears the group, sends nothing; or NULL */
	struct ctsync_socket_ctx *ctx;	/* the sockets' user data */
	struct net *net;
	struct in6_addr local;	/* IPv4 mapped */
	u16 port;
	int ifindex;		/* of dev, 0: any */
};

/* Bind; process context, may sleep. On failure extack says why. */
int ctsync_socket_up(struct ctsync_socket *s, struct net *net,
		     const struct in6_addr *local, u16 port, int ifindex,
		     ctsync_socket_rcv rcv, void *ctx,
		     struct netlink_ext_ack *extack);
/* Hear @group too, on the socket's device; the same. The membership ends with
 * ctsync_socket_down(), or with the device.
 */
int ctsync_socket_join(struct ctsync_socket *s, const struct in6_addr *group,
		       struct netlink_ext_ack *extack);
/* No receive callback runs any more when this returns. Sleeps. */
void ctsync_socket_down(struct ctsync_socket *s);

/* Send one frame (skb->data .. len is the UDP payload; consumed) to a host or a
 * group. Softirq or BH off. -EHOSTUNREACH when there is no route.
 */
int ctsync_socket_xmit(struct ctsync_socket *s, struct sk_buff *skb,
		       const struct in6_addr *to);
/* Largest UDP payload that reaches @to in one packet as far as this host knows. */
unsigned int ctsync_socket_mtu(struct ctsync_socket *s,
			       const struct in6_addr *to);

/* Is this packet the sync link's own? @sk: state->sk of LOCAL_OUT. */
static inline bool ctsync_socket_is(const struct ctsync_socket *s,
				    const struct sock *sk)
{
	return s->sock && sk == s->sock->sk;
}

#endif
