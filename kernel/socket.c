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

int ctsync_socket_up(struct ctsync_socket *s, struct net *net,
		     const struct in6_addr *local, u16 port, int ifindex,
		     ctsync_socket_rcv rcv, void *ctx,
		     struct netlink_ext_ack *extack)
{
	struct udp_port_cfg cfg = { .local_udp_port = htons(port) };
	struct udp_tunnel_sock_cfg tunnel = {
		.encap_type = 1,
		.encap_rcv = encap_rcv,
	};
	struct ctsync_socket_ctx *c;
	int err;

	c = kmalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->rcv = rcv;
	c->ctx = ctx;
	tunnel.sk_user_data = c;

	if (ipv6_addr_v4mapped(local)) {
		cfg.family = AF_INET;
		cfg.local_ip.s_addr = local->s6_addr32[3];
		cfg.use_udp_checksums = true;
	} else {
		cfg.family = AF_INET6;
		cfg.local_ip6 = *local;
		cfg.ipv6_v6only = true;
		cfg.use_udp6_tx_checksums = true;
		cfg.use_udp6_rx_checksums = true;
	}
	cfg.bind_ifindex = ifindex;
	err = udp_sock_create(net, &cfg, &s->sock);
	if (err) {
		s->sock = NULL;
		kfree(c);
		if (err == -EADDRNOTAVAIL)
			NL_SET_ERR_MSG(extack, "local is no address of this host");
		else if (err == -EADDRINUSE)
			NL_SET_ERR_MSG(extack, "another socket has this address and port");
		else
			NL_SET_ERR_MSG(extack, "cannot open the socket of the sync link");
		return err;
	}
	s->ctx = c;
	s->net = net;
	s->local = *local;
	s->port = port;
	s->ifindex = ifindex;
	setup_udp_tunnel_sock(net, s->sock->sk, &tunnel);
	return 0;
}

void ctsync_socket_down(struct ctsync_socket *s)
{
	if (!s->sock)
		return;
	/* clears sk_user_data and waits for an RCU grace period */
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
