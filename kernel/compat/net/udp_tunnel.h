/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <net/udp_tunnel.h>: what newer kernels have, for older ones. */
#ifndef CTSYNC_COMPAT_NET_UDP_TUNNEL_H
#define CTSYNC_COMPAT_NET_UDP_TUNNEL_H

#include_next <net/udp_tunnel.h>

/* 6.17 gave the transmit functions a last argument of control block flags. */
#ifndef CTSYNC_HAVE_UDP_TUNNEL_CB_FLAGS
#define udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport, dport, \
			    xnet, nocheck, ipcb_flags) \
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport, dport, \
			    xnet, nocheck)
#define udp_tunnel6_xmit_skb(dst, sk, skb, dev, saddr, daddr, prio, ttl, label, \
			     sport, dport, nocheck, ip6cb_flags) \
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, saddr, daddr, prio, ttl, label, \
			     sport, dport, nocheck)
#endif

/* 7.0 made these two take the sock instead of the socket. */
#ifndef CTSYNC_HAVE_UDP_TUNNEL_SETUP_SK
#define setup_udp_tunnel_sock(net, sk, cfg) \
	setup_udp_tunnel_sock(net, (sk)->sk_socket, cfg)
#endif
#ifndef CTSYNC_HAVE_UDP_TUNNEL_RELEASE_SK
#define udp_tunnel_sock_release(sk) udp_tunnel_sock_release((sk)->sk_socket)
#endif

#endif
