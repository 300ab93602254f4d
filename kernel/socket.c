// SPDX-License-Identifier: GPL-2.0
/* The sync link's UDP socket, through the kernel's UDP tunnel library.
 *
 * Every frame leaves with hop limit 255, so a receiver that wants 255 knows
 * that no router was in between.
 */
#include "socket.h"

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

/* Published as sk_user_data; freed after the socket's release has waited. */
static int encap_rcv(struct sock *sk, struct sk_buff *skb)
{
	const struct ctsync_socket_ctx *c = rcu_dereference_sk_user_data(sk);
	struct in6_addr from;
	u8 hops;

	if (!c || skb_linearize(skb))
		goto out;
	if (skb->protocol == htons(ETH_P_IPV6)) {
		from = ipv6_hdr(skb)->saddr;
		hops = ipv6_hdr(skb)->hop_limit;
	} else {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &from);
		hops = ip_hdr(skb)->ttl;
	}
	c->rcv(c->ctx, skb->data + sizeof(struct udphdr),
	       skb->len - sizeof(struct udphdr), &from,
	       ntohs(udp_hdr(skb)->source), hops);
out:
	kfree_skb(skb);
	return 0;
}

/* A socket bound to @addr, a host's or a group's, that is not heard yet. */
static int bound(struct ctsync_socket *s, const struct in6_addr *addr,
		 struct socket **sock, struct netlink_ext_ack *extack)
{
	struct udp_port_cfg cfg = {
		.local_udp_port = htons(s->port),
		.bind_ifindex = s->ifindex,
	};
	int err;

	if (ipv6_addr_v4mapped(addr)) {
		cfg.family = AF_INET;
		cfg.local_ip.s_addr = addr->s6_addr32[3];
		cfg.use_udp_checksums = true;
	} else {
		cfg.family = AF_INET6;
		cfg.local_ip6 = *addr;
		cfg.ipv6_v6only = true;
		cfg.use_udp6_tx_checksums = true;
		cfg.use_udp6_rx_checksums = true;
	}
	err = udp_sock_create(s->net, &cfg, sock);
	if (!err)
		return 0;
	*sock = NULL;
	if (err == -EADDRNOTAVAIL)
		NL_SET_ERR_MSG(extack, "local is no address of this host");
	else if (err == -EADDRINUSE)
		NL_SET_ERR_MSG(extack, "another socket has this address and port");
	else
		NL_SET_ERR_MSG(extack, "cannot open the socket of the sync link");
	return err;
}

static void hear(struct ctsync_socket *s, struct socket *sock)
{
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = s->ctx,
		.encap_type = 1,
		.encap_rcv = encap_rcv,
	};

	setup_udp_tunnel_sock(s->net, sock->sk, &tunnel);
}

/* By the options that a program would use: they take the locks, and are the same
 * in every kernel.
 */
static int set_option(struct socket *sock, int level, int name, void *value,
		      int len)
{
	return sock->ops->setsockopt(sock, level, name, KERNEL_SOCKPTR(value),
				     len);
}

int ctsync_socket_up(struct ctsync_socket *s, struct net *net,
		     const struct in6_addr *local, u16 port, int ifindex,
		     ctsync_socket_rcv rcv, void *ctx,
		     struct netlink_ext_ack *extack)
{
	struct ctsync_socket_ctx *c = kmalloc(sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return -ENOMEM;
	c->rcv = rcv;
	c->ctx = ctx;
	s->net = net;
	s->local = *local;
	s->port = port;
	s->ifindex = ifindex;
	err = bound(s, local, &s->sock, extack);
	if (err) {
		kfree(c);
		return err;
	}
	s->ctx = c;
	hear(s, s->sock);
	return 0;
}

int ctsync_socket_join(struct ctsync_socket *s, const struct in6_addr *group,
		       struct netlink_ext_ack *extack)
{
	struct ip_mreqn mreq4 = {
		.imr_multiaddr.s_addr = group->s6_addr32[3],
		.imr_ifindex = s->ifindex,
	};
	struct ipv6_mreq mreq6 = {
		.ipv6mr_multiaddr = *group,
		.ipv6mr_ifindex = s->ifindex,
	};
	int err, off = 0;

	/* A socket that is bound to a host's address hears no group. */
	err = bound(s, group, &s->member, extack);
	if (err)
		return err;
	hear(s, s->member);
	if (ipv6_addr_v4mapped(group)) {
		/* looping back was switched off with the tunnel */
		err = set_option(s->member, SOL_IP, IP_ADD_MEMBERSHIP, &mreq4,
				 sizeof(mreq4));
	} else {
		/* that switched it off for IPv4 only */
		err = set_option(s->sock, SOL_IPV6, IPV6_MULTICAST_LOOP, &off,
				 sizeof(off)) ?:
		      set_option(s->member, SOL_IPV6, IPV6_ADD_MEMBERSHIP,
				 &mreq6, sizeof(mreq6));
	}
	if (err)
		NL_SET_ERR_MSG(extack, "cannot join the group on this interface");
	return err;
}

void ctsync_socket_down(struct ctsync_socket *s)
{
	/* these clear sk_user_data and wait for an RCU grace period */
	if (s->member)
		udp_tunnel_sock_release(s->member->sk);
	s->member = NULL;
	if (!s->sock)
		return;
	udp_tunnel_sock_release(s->sock->sk);
	s->sock = NULL;
	kfree(s->ctx);
	s->ctx = NULL;
}

static struct rtable *route4(struct ctsync_socket *s, const struct in6_addr *to,
			     struct flowi4 *fl4)
{
	memset(fl4, 0, sizeof(*fl4));
	fl4->flowi4_oif = s->ifindex;
	fl4->flowi4_proto = IPPROTO_UDP;
	fl4->saddr = s->local.s6_addr32[3];
	fl4->daddr = to->s6_addr32[3];
	fl4->fl4_sport = htons(s->port);
	fl4->fl4_dport = htons(s->port);
	return ip_route_output_key(s->net, fl4);
}

static struct dst_entry *route6(struct ctsync_socket *s,
				const struct in6_addr *to)
{
	struct flowi6 fl6 = {
		.flowi6_oif = s->ifindex,
		.flowi6_proto = IPPROTO_UDP,
		.saddr = s->local,
		.daddr = *to,
		.fl6_sport = htons(s->port),
		.fl6_dport = htons(s->port),
	};

	return ip6_dst_lookup_flow(s->net, s->sock->sk, &fl6, NULL);
}

int ctsync_socket_xmit(struct ctsync_socket *s, struct sk_buff *skb,
		       const struct in6_addr *to)
{
	struct in6_addr saddr = s->local, daddr = *to;
	__be16 port = htons(s->port);
	struct dst_entry *dst;
	struct flowi4 fl4;
	struct rtable *rt;

	skb_reset_inner_headers(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
	if (ipv6_addr_v4mapped(to)) {
		rt = route4(s, to, &fl4);
		if (IS_ERR(rt))
			goto noroute;
		udp_tunnel_xmit_skb(rt, s->sock->sk, skb, fl4.saddr, fl4.daddr,
				    0xc0, 255, htons(IP_DF), port, port, false,
				    false, 0);
		return 0;
	}
	dst = route6(s, to);
	if (IS_ERR(dst))
		goto noroute;
	/* no device: its statistics would be a tunnel's */
	udp_tunnel6_xmit_skb(dst, s->sock->sk, skb, NULL, &saddr, &daddr,
			     0xc0, 255, 0, port, port, false, 0);
	return 0;

noroute:
	kfree_skb(skb);
	return -EHOSTUNREACH;
}

unsigned int ctsync_socket_mtu(struct ctsync_socket *s,
			       const struct in6_addr *to)
{
	unsigned int mtu = 1280 - sizeof(struct ipv6hdr) - sizeof(struct udphdr);
	struct dst_entry *dst;
	struct flowi4 fl4;
	struct rtable *rt;

	if (ipv6_addr_v4mapped(to)) {
		rt = route4(s, to, &fl4);
		if (IS_ERR(rt))
			return mtu;
		mtu = dst_mtu(&rt->dst) - sizeof(struct iphdr) -
		      sizeof(struct udphdr);
		ip_rt_put(rt);
		return mtu;
	}
	dst = route6(s, to);
	if (IS_ERR(dst))
		return mtu;
	mtu = dst_mtu(dst) - sizeof(struct ipv6hdr) - sizeof(struct udphdr);
	dst_release(dst);
	return mtu;
}
