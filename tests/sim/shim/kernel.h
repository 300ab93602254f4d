/* SPDX-License-Identifier: GPL-2.0 */
/* Just enough of a kernel to compile conntrack's TCP tracker in user space.
 *
 * The tracker itself is taken from the kernel's source package when the
 * simulation is built; every header that it includes is replaced by an empty
 * one, and this file is included before it. One flow, one thread: locks are
 * nothing, an skb is a TCP header with a length, logging is a string.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8, u_int8_t, __u8;
typedef uint16_t u16, u_int16_t, __be16;
typedef uint32_t u32, u_int32_t, __u32, __be32;
typedef uint64_t u64;
typedef int32_t s32, __s32;
typedef int64_t s64;

#define IS_ENABLED(option)	0
#define __cold
#define noinline		__attribute__((noinline))
#define unlikely(x)		(x)
#define fallthrough		__attribute__((fallthrough))
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, to)	((x) = (to))
#define spin_lock_bh(lock)	((void)(lock))
#define spin_unlock_bh(lock)	((void)(lock))
#define pr_debug(...)		((void)0)

#define HZ			1000
#define nfct_time_stamp		0u

#define ntohs(x)		__builtin_bswap16(x)
#define htons(x)		__builtin_bswap16(x)
#define ntohl(x)		__builtin_bswap32(x)
#define htonl(x)		__builtin_bswap32(x)

static inline u32 get_unaligned_be32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return ntohl(v);
}

static inline bool before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}
#define after(a, b)		before(b, a)

static inline bool test_bit(int bit, const unsigned long *word)
{
	return *word >> bit & 1;
}

static inline void set_bit(int bit, unsigned long *word)
{
	*word |= 1ul << bit;
}

/* ---- the packet ---- */

struct tcphdr {
	__be16 source, dest;
	__be32 seq, ack_seq;
	u16 res1:4, doff:4, fin:1, syn:1, rst:1, psh:1, ack:1, urg:1, ece:1,
	    cwr:1;
	__be16 window, check, urg_ptr;
};

#define IPPROTO_TCP		6
#define TCPHDR_FIN		0x01
#define TCPHDR_SYN		0x02
#define TCPHDR_RST		0x04
#define TCPHDR_PSH		0x08
#define TCPHDR_ACK		0x10
#define TCPHDR_URG		0x20
#define TCPHDR_ECE		0x40
#define TCPHDR_CWR		0x80
#define TCP_FLAG_ACK		htonl(0x00100000)
#define TCP_FLAG_RST		htonl(0x00040000)

#define TCPOPT_EOL		0
#define TCPOPT_NOP		1
#define TCPOPT_WINDOW		3
#define TCPOPT_SACK_PERM	4
#define TCPOPT_SACK		5
#define TCPOPT_TIMESTAMP	8
#define TCPOLEN_WINDOW		3
#define TCPOLEN_SACK_PERM	2
#define TCPOLEN_TIMESTAMP	10
#define TCPOLEN_TSTAMP_ALIGNED	12
#define TCPOLEN_SACK_BASE	2
#define TCPOLEN_SACK_PERBLOCK	8
#define TCP_MAX_WSCALE		14U

/* len counts the header with its options and a payload that is not there. */
struct sk_buff {
	u32 len;
	u8 data[60];
};

static inline u8 tcp_flag_byte(const struct tcphdr *th)
{
	return ((const u8 *)th)[13];
}

static inline __be32 tcp_flag_word(const struct tcphdr *th)
{
	__be32 word;

	memcpy(&word, (const u8 *)th + 12, sizeof(word));
	return word;
}

static inline const void *skb_header_pointer(const struct sk_buff *skb,
					     int offset, int len, void *buffer)
{
	(void)buffer;
	if (offset < 0 || (size_t)offset + len > sizeof(skb->data))
		return NULL;
	return skb->data + offset;
}

/* ---- netfilter ---- */

#define NF_DROP			0
#define NF_ACCEPT		1
#define NF_REPEAT		4
#define NF_INET_PRE_ROUTING	0
#define nf_checksum(...)	0

enum ip_conntrack_dir {
	IP_CT_DIR_ORIGINAL,
	IP_CT_DIR_REPLY,
};

/* Here a ctinfo is the direction and nothing else. */
enum ip_conntrack_info {
	SHIM_ORIGINAL,
	SHIM_REPLY,
};
#define CTINFO2DIR(ctinfo)	((enum ip_conntrack_dir)(ctinfo))

enum {
	IPS_SEEN_REPLY_BIT = 1,
	IPS_ASSURED_BIT = 2,
	IPS_CONFIRMED_BIT = 3,
	IPS_FIXED_TIMEOUT_BIT = 10,
	IPS_OFFLOAD_BIT = 14,
};

enum {
	IPCT_ASSURED,
	IPCT_PROTOINFO,
};

enum tcp_conntrack {
	TCP_CONNTRACK_NONE,
	TCP_CONNTRACK_SYN_SENT,
	TCP_CONNTRACK_SYN_RECV,
	TCP_CONNTRACK_ESTABLISHED,
	TCP_CONNTRACK_FIN_WAIT,
	TCP_CONNTRACK_CLOSE_WAIT,
	TCP_CONNTRACK_LAST_ACK,
	TCP_CONNTRACK_TIME_WAIT,
	TCP_CONNTRACK_CLOSE,
	TCP_CONNTRACK_SYN_SENT2,
	TCP_CONNTRACK_MAX,
	TCP_CONNTRACK_IGNORE,
	TCP_CONNTRACK_RETRANS,
	TCP_CONNTRACK_UNACK,
	TCP_CONNTRACK_TIMEOUT_MAX
};

#define IP_CT_TCP_FLAG_WINDOW_SCALE		0x01
#define IP_CT_TCP_FLAG_SACK_PERM		0x02
#define IP_CT_TCP_FLAG_CLOSE_INIT		0x04
#define IP_CT_TCP_FLAG_BE_LIBERAL		0x08
#define IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED	0x10
#define IP_CT_TCP_FLAG_MAXACK_SET		0x20
#define IP_CT_EXP_CHALLENGE_ACK			0x40
#define IP_CT_TCP_SIMULTANEOUS_OPEN		0x80

struct ip_ct_tcp_state {
	u32 td_end, td_maxend, td_maxwin, td_maxack;
	u8 td_scale, flags;
};

struct ip_ct_tcp {
	struct ip_ct_tcp_state seen[2];
	u8 state, last_dir, retrans, last_index;
	u32 last_seq, last_ack, last_end;
	u16 last_win;
	u8 last_wscale, last_flags;
};

struct nf_tcp_net {
	unsigned int timeouts[TCP_CONNTRACK_TIMEOUT_MAX];
	u8 tcp_loose, tcp_be_liberal, tcp_max_retrans, tcp_ignore_invalid_rst;
};

struct net {
	struct {
		int sysctl_checksum;
		struct nf_tcp_net tcp;
	} ct;
};

struct nf_hook_state {
	struct net *net;
	u8 hook, pf;
};

struct nf_conntrack_tuple {
	int none;
};

struct nf_conn {
	struct {
		struct nf_conntrack_tuple tuple;
	} tuplehash[2];
	struct net *net;
	int lock;
	unsigned long status;
	unsigned long timeout;
	bool killed;
	struct {
		struct ip_ct_tcp tcp;
	} proto;
};

struct nf_conntrack_l4proto {
	u8 l4proto;
	bool (*can_early_drop)(const struct nf_conn *ct);
};

static inline struct net *nf_ct_net(const struct nf_conn *ct)
{
	return ct->net;
}

static inline struct nf_tcp_net *nf_tcp_pernet(struct net *net)
{
	return &net->ct.tcp;
}

static inline bool nf_ct_is_confirmed(const struct nf_conn *ct)
{
	return test_bit(IPS_CONFIRMED_BIT, &ct->status);
}

static inline bool nf_conntrack_tcp_established(const struct nf_conn *ct)
{
	return ct->proto.tcp.state == TCP_CONNTRACK_ESTABLISHED &&
	       test_bit(IPS_ASSURED_BIT, &ct->status);
}

static inline bool nf_ct_kill(struct nf_conn *ct)
{
	ct->killed = true;
	return true;
}

static inline unsigned int *nf_ct_timeout_lookup(const struct nf_conn *ct)
{
	(void)ct;
	return NULL;
}

#define nf_ct_kill_acct(ct, ctinfo, skb)	((void)nf_ct_kill(ct))
#define nf_ct_refresh_acct(ct, ctinfo, skb, to)	((void)((ct)->timeout = (to)))
#define nf_ct_seq_offset(ct, dir, seq)		0
#define nf_ct_expires(ct)			((ct)->timeout)
#define nf_ct_dump_tuple(tuple)			((void)(tuple))
#define nf_conntrack_event_cache(event, ct)	((void)(ct))
#define nfct_synproxy(ct)			false

/* Why the last packet was called invalid or ignored; kept when shim_log_on. */
extern bool shim_log_on;
void shim_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define nf_l4proto_log_invalid(skb, state, proto, ...) \
	do { if (shim_log_on) shim_log(__VA_ARGS__); } while (0)
#define nf_ct_l4proto_log_invalid(skb, ct, state, ...) \
	do { if (shim_log_on) shim_log(__VA_ARGS__); } while (0)

/* ---- what the tracker exports ---- */

int nf_conntrack_tcp_packet(struct nf_conn *ct, struct sk_buff *skb,
			    unsigned int dataoff, enum ip_conntrack_info ctinfo,
			    const struct nf_hook_state *state);
void nf_conntrack_tcp_init_net(struct net *net);
void nf_conntrack_tcp_set_closing(struct nf_conn *ct);

#endif
