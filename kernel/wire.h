/* SPDX-License-Identifier: GPL-2.0 */
/* The wire: frame format, encoder, decoder (wire_put.c, wire_get.c, wire_help.c).
 * docs/protocol.md draws it.
 *
 * Everything is big-endian and the numbers are our own, never the kernel's.
 * Decoding checks every bound and yields plain structs; nothing above this
 * file sees a wire type.
 */
#ifndef CTSYNC_WIRE_H
#define CTSYNC_WIRE_H

#include "pure.h"
#include "tcpwin.h"

#define CTSYNC_WIRE_MAGIC	0x43745379u /* "CtSy" */
#define CTSYNC_WIRE_VERSION	1
#define CTSYNC_WIRE_VERSION_MIN	1	/* oldest version that we read */
#define CTSYNC_WIRE_PORT	24240
#define CTSYNC_WIRE_HDR		36	/* bytes of the frame header */
#define CTSYNC_WIRE_SECTION	6	/* bytes of a section header */
#define CTSYNC_WIRE_TAG		16	/* bytes of the tag; none with key id 0 */
#define CTSYNC_WIRE_NONCE	24	/* bytes of the nonce, all of the header */
#define CTSYNC_WIRE_FRAME_MAX	16384	/* bytes of a frame, also with larger MTUs */
#define CTSYNC_WIRE_CHANNELS	64	/* channels (sending CPUs) per node */
#define CTSYNC_WIRE_ALL		0	/* destination: every node */

/* Message types: name, number, smallest length of a message that we accept. */
#define CTSYNC_MSGS(X)		\
	X(INSERT,     1, 44)	\
	X(UPDATE,     2, 44)	\
	X(UPDATE_C,   3, 20)	\
	X(DELETE,     4, 20)	\
	X(FORGET,     5, 16)	\
	X(IACK,       6, 20)	\
	X(INACK,      7, 32)	\
	X(REQUEST,    8, 20)	\
	X(EXPECT_NEW, 9, 52)	\
	X(EXPECT_DEL, 10, 36)	\
	X(BULK_START, 11, 16)	\
	X(BULK_END,   12, 16)	\
	X(NACK,       13, 16)	\
	X(DIGEST,     14, 16)	\
	X(HELLO,      15, 96)	\
	X(REPAIRED,   16, 16)	\
	X(BULK_ACK,   17, 16)	\
	X(QUERY,      18, 24)	\
	X(UNKNOWN,    19, 8)

enum ctsync_msg_type {
#define X(name, number, size) CTSYNC_MSG_##name = number,
	CTSYNC_MSGS(X)
#undef X
	CTSYNC_MSG_MAX
};

/* Why a frame or a message was refused; each has a counter of its name. */
#define CTSYNC_WIRE_ERRORS(X)	\
	X(OK)			\
	X(SHORT)	/* not even a header and its tag */	\
	X(LONG)		/* more than a frame may have */	\
	X(BAD_MAGIC)		\
	X(BAD_VERSION)		\
	X(TRUNCATED)	/* a section or message runs past the frame */ \
	X(EMPTY)	/* a section of no messages or of length 0 */ \
	X(RUNT)		/* a message is shorter than its type's least or than it says */ \
	X(UNKNOWN)	/* unknown message type: skipped */	\
	X(VALUE)	/* a field has a value that cannot be */ \
	X(ATTR)		/* attributes do not parse */

enum ctsync_wire_error {
#define X(name) CTSYNC_WIRE_##name,
	CTSYNC_WIRE_ERRORS(X)
#undef X
	CTSYNC_WIRE_ERROR_MAX
};

const char *ctsync_wire_error_name(enum ctsync_wire_error e);
/* lower-case name of a message type, NULL for an unknown one */
const char *ctsync_wire_msg_name(u8 type);

struct ctsync_frame {
	u8 version;
	u8 key_id;	/* 0: no key, no tag */
	u8 node;	/* sender, 1-255 */
	u8 dest;	/* 0: all; the sender's own: a peer whose node it does not know; else node */
	u8 channel;
	u8 flags;	/* none yet: sent 0, ignored */
	u16 cluster;
	u64 seq;	/* 48 bits */
	u8 epoch[16];
};

/* Flags of a message about an entry. */
#define CTSYNC_REF_ACK		0x01 /* the sender holds a packet until IACK */
#define CTSYNC_REF_COPY		0x02 /* a copy (bulk, requested, repair): no packet caused it;
				      * REQUEST: the sender has none and wants one
				      */
#define CTSYNC_REF_SEEN0	0x04 /* REQUEST: a packet of the original direction came here and asks;
				      * ANSWER: the writer knows more of that direction than others told it
				      */
#define CTSYNC_REF_SEEN1	0x08 /* likewise, reply direction */
#define CTSYNC_REF_ANSWER	0x10 /* written after a REQUEST or QUERY for it came */

/* The head of every message about an entry: who, which life, which word. */
struct ctsync_ref {
	u64 id;		/* cluster-wide with origin */
	u32 number;	/* the writer's own count of its messages on this entry */
	u16 inc;	/* incarnation of the conntrack */
	u8 origin;	/* node that made the id */
	u8 flags;	/* CTSYNC_REF_* */
};

struct ctsync_tuple {
	u8 src[16];	/* network order; IPv4 uses the first 4, the rest is 0 */
	u8 dst[16];
	u16 sport;	/* host order; ICMP: id */
	u16 dport;	/* host order; ICMP: type << 8 | code */
};

/* Status bits of our own numbering. */
#define CTSYNC_ST_SEEN_REPLY	0x0001
#define CTSYNC_ST_ASSURED	0x0002
#define CTSYNC_ST_FIXED_TIMEOUT	0x0004
#define CTSYNC_ST_SRC_NAT	0x0008
#define CTSYNC_ST_DST_NAT	0x0010
#define CTSYNC_ST_NAT_DONE	0x0020 /* NAT was set up, perhaps to nothing */
#define CTSYNC_ST_SYN_IGNORED	0x0040 /* last: a SYN that conntrack ignored */
#define CTSYNC_ST_OFFLOAD	0x0080 /* a flowtable of the writer forwards it: conntrack there sees nothing */
#define CTSYNC_ST_ALL		0x00ff

/* Observed and present directions. */
#define CTSYNC_DIR_SEEN0	0x01 /* writer saw original packets since its last message */
#define CTSYNC_DIR_SEEN1	0x02
#define CTSYNC_DIR_WIN0		0x04 /* a TCP report of the original direction is present */
#define CTSYNC_DIR_WIN1		0x08
#define CTSYNC_DIRS_SEEN	(CTSYNC_DIR_SEEN0 | CTSYNC_DIR_SEEN1)
#define CTSYNC_DIRS_WIN		(CTSYNC_DIR_WIN0 | CTSYNC_DIR_WIN1)

/* What conntrack noted of an ignored SYN; the SYN-ACK resyncs from it. */
struct ctsync_tcp_last {
	u32 seq;
	u32 end;
	u16 win;
	u8 wscale;
	u8 flags;	/* CTSYNC_TCPF_WSCALE, _SACK; 0x80: challenge ACK expected */
	u8 dir;
	u8 index;	/* conntrack's TCP_SYN_SET = 0 (our numbering is the same) */
};

#define CTSYNC_HELP_NAME	16	/* with its NUL */
#define CTSYNC_HELP_WORDS	4

/* A connection tracking helper by name, and what it remembers of the flow: words
 * whose meaning is the helper's (docs/protocol.md).
 */
struct ctsync_help {
	char name[CTSYNC_HELP_NAME];	/* padded with NULs; empty: no helper */
	u8 nr_words;
	u32 word[CTSYNC_HELP_WORDS];
};

/* How far a helper shifted the sequence numbers of a direction. */
struct ctsync_adjust {
	bool present;
	struct {
		u32 pos;	/* of the last change */
		s32 before;	/* offset of what is not after it */
		s32 after;	/* offset of what is */
	} dir[2];
};

/* SCTP and DCCP: conntrack's small machine as one register; flow_proto.c. */
struct ctsync_proto {
	u32 clock;	/* Lamport counter; 0: none */
	u8 node;	/* its last writer, never 0 with a clock */
	u8 state;	/* our numbering, below CTSYNC_PROTO_STATES */
	u8 bits;
	u8 last;	/* DCCP: type of the last packet */
	u64 data;	/* SCTP: both tags, the original direction's above; DCCP: sequence number of the handshake */
};

#define CTSYNC_PROTO_STATES	16

/* In which direction alone a zone counts; 0: in both. */
#define CTSYNC_ZONE_ORIG	0x01
#define CTSYNC_ZONE_REPLY	0x02

#define CTSYNC_LABELS		16	/* bytes of connection labels */

#define CTSYNC_TIMEOUT_WORDS	16	/* states of a timeout policy */

/* What passed since a flow began, by direction, as far as its writer knows. */
struct ctsync_counts {
	bool present;
	u64 packets[2];
	u64 bytes[2];
	u64 start;	/* nanoseconds since 1970; 0: not known */
};

/* What a SYN proxy made up for a flow: numbers that its first node chose. */
struct ctsync_synproxy {
	bool present;
	u32 isn;	/* sequence number that the client was given */
	u32 its;	/* time stamp likewise */
	u32 tsoff;	/* from the server's time stamps to these; 0: not known yet */
};

/* The decoded body of INSERT, UPDATE (both full) and UPDATE_C. */
struct ctsync_flow {
	struct ctsync_ref ref;
	u16 status;	/* CTSYNC_ST_* */
	u8 state;	/* TCP: enum ctsync_tcp_state, else 0 */
	u8 dirs;	/* CTSYNC_DIR_* */
	struct ctsync_tcp_report win[2];
	/* full ones only, below */
	u8 l3;		/* 4 or 6 */
	u8 l4;		/* IP protocol number */
	u16 zone;
	u8 zone_dir;	/* 0 or CTSYNC_ZONE_* */
	u32 life;	/* copies: remaining seconds; else 0: derive from state */
	u32 mark;	/* agreed bits only */
	u32 mark_clock;	/* Lamport counter of the mark register, 0: as inserted */
	u8 mark_node;	/* its last writer, never 0 with a clock */
	bool has_reply;	/* reply is not the inverse of orig (NAT) */
	bool has_last;
	bool has_labels;
	u8 labels[CTSYNC_LABELS];	/* bit n of the whole is bit n % 8 of byte n / 8 */
	struct ctsync_proto proto;	/* clock 0: none */
	u8 nr_timeouts;	/* 0: no timeout policy */
	u32 timeouts[CTSYNC_TIMEOUT_WORDS];	/* seconds by state, in the order of the kernel's user API */
	struct ctsync_counts counts;
	struct ctsync_synproxy synproxy;
	struct ctsync_tuple orig;
	struct ctsync_tuple reply;
	struct ctsync_tcp_last last;
	struct ctsync_help help;
	struct ctsync_adjust adjust;
	u64 master_id;	/* name of the flow that expected this one */
	u8 master_origin;	/* 0: nobody did */
};

/* Reasons of DELETE and of INACK. On the wire: append only. */
#define CTSYNC_DEL_REASONS(X)	\
	X(FORCED)	/* deleted by an operator: removed everywhere */ \
	X(EXPIRED)	/* advisory: only where no local packet came since */ \
	X(CLOSED)	/* likewise: the flow's own end */ \
	X(UNKNOWN_ID)	/* answer to a REQUEST: no such entry here */

enum ctsync_del_reason {
#define X(name) CTSYNC_DEL_##name,
	CTSYNC_DEL_REASONS(X)
#undef X
	CTSYNC_DEL_MAX
};

#define CTSYNC_INACK_REASONS(X)	\
	X(ADOPT)	/* same flow known by another id, named in the message; counts as ack */ \
	X(FULL)		/* no room for it here */	\
	X(CONFLICT)	/* tuple taken by another flow, named in the message */ \
	X(REFUSED)	/* malformed or not supported here */ \
	X(BOTH)		/* tuple taken by another flow, named; both had replies and stay, unsynced */

enum ctsync_inack_reason {
#define X(name) CTSYNC_INACK_##name,
	CTSYNC_INACK_REASONS(X)
#undef X
	CTSYNC_INACK_MAX
};

/* The decoded body of DELETE, FORGET, IACK, INACK, REQUEST. */
struct ctsync_note {
	struct ctsync_ref ref;
	u8 to;		/* IACK, INACK, REQUEST: the node it is meant for; REQUEST 0: all */
	u8 reason;	/* DELETE: ctsync_del_reason; INACK: ctsync_inack_reason */
	u8 win_origin;	/* INACK: origin and id of the entry that stays */
	u64 win_id;
};

#define CTSYNC_EXP_PERMANENT	0x01 /* stays when it was fulfilled */
#define CTSYNC_EXP_INACTIVE	0x02 /* fulfils nothing yet */
#define CTSYNC_EXP_USERSPACE	0x04
#define CTSYNC_EXP_ALL		0x07

#define CTSYNC_EXP_FN		32 /* with its NUL */

/* The decoded body of EXPECT_NEW and EXPECT_DEL: the flow that a helper expects.
 * A mask of all ones is one value, of zeroes any.
 */
struct ctsync_expect {
	struct ctsync_ref ref;	/* of the master, the flow that the helper reads */
	u8 l3;
	u8 l4;
	u16 mask_sport;
	u8 mask_src[16];	/* as the addresses of a tuple */
	struct ctsync_tuple tuple;
	/* EXPECT_NEW only, below */
	u8 class;		/* the helper's own number */
	u8 flags;		/* CTSYNC_EXP_* */
	u8 dir;			/* of the master, for NAT */
	u32 life;		/* seconds left, not 0 */
	u8 saved[16];		/* address and port before NAT changed them */
	u16 saved_port;
	char fn[CTSYNC_EXP_FN];	/* what sets up NAT of the expected flow; may be empty */
	char helper[CTSYNC_HELP_NAME]; /* helper of the expected flow; may be empty */
};

struct ctsync_stream {
	u8 dest;	/* 0 or the receiver's node */
	u8 channel;
	u64 next;	/* next sequence to be sent, 48 bits */
};

#define CTSYNC_HELLO_READY	0x0001
#define CTSYNC_HELLO_STANDBY	0x0002
#define CTSYNC_HELLO_DRAIN	0x0004
#define CTSYNC_HELLO_PROVEN	0x0008 /* to_epoch is proven: what you send is read */
#define CTSYNC_HELLO_COPIED	0x0010 /* the sender's table was sent to you */
#define CTSYNC_HELLO_LEAVING	0x0020 /* the last one of this epoch: it goes down */
#define CTSYNC_HELLO_ANSWERS	0x0040 /* the sender marks its answers: CTSYNC_REF_ANSWER */

struct ctsync_hello {
	u16 flags;		/* CTSYNC_HELLO_* */
	u8 to;			/* the node it is meant for, 0: not known yet */
	u8 nr_streams;
	u8 to_epoch[16];	/* that node's epoch as known here, 0: unknown */
	u8 challenge[16];	/* to be echoed by the receiver */
	u8 echo[16];		/* the receiver's challenge, 0: none yet */
	u32 time;		/* sender's clock, microseconds, any zero */
	u32 echo_time;		/* the receiver's last time as heard here */
	u32 echo_age;		/* microseconds since that was heard */
	u32 mark_value;
	u32 mark_mask;		/* 0 mask: all flows */
	u32 mark_sync;
	u32 config;		/* hash over what else must agree */
	u8 version_max;		/* newest protocol version spoken */
	u16 longest;		/* bytes of the longest frame had lately from the receiver; 0: not told */
	u32 had;		/* the receiver's clock: what it had sent to all before was had; 0: not told */
	bool fill;		/* only written: zero bytes behind it up to the end of the frame */
	struct ctsync_stream streams[2 * CTSYNC_WIRE_CHANNELS];
};

/* ---- messages that keep tables alike: wire_repair.c ---- */

/* Numbers [first, first + count) of a stream. */
struct ctsync_range {
	u64 first;
	u16 count;	/* 1 .. CTSYNC_RANGE_MAX */
	bool gone;	/* REPAIRED: what was in them is no longer known */
};

#define CTSYNC_RANGE_MAX	0x7fff
#define CTSYNC_WIRE_RANGES	16	/* in a message that we write or read */

/* The decoded body of NACK and REPAIRED. */
struct ctsync_nack {
	u8 to;		/* NACK: whose frames; REPAIRED: who missed them */
	u8 dest;	/* the stream's destination */
	u8 channel;	/* and channel */
	u8 nr;
	u32 epoch;	/* first 4 bytes of the epoch that the stream belongs to */
	struct ctsync_range range[CTSYNC_WIRE_RANGES];
};

#define CTSYNC_BULK_WANT	0x01 /* BULK_ACK: send me your table */

/* The decoded body of BULK_START, BULK_END, BULK_ACK. */
struct ctsync_bulk_msg {
	u8 to;
	u8 flags;	/* CTSYNC_BULK_* */
	u32 run;	/* which copy of the table; drawn by its sender */
	u32 mark;	/* how far it is: entries sent before this message */
	u32 total;	/* START, END: entries that there are, about */
};

#define CTSYNC_WIRE_DIGESTS	64	/* in one message */

enum ctsync_digest_level {
	CTSYNC_DIGEST_LEVEL_GROUPS,
	CTSYNC_DIGEST_LEVEL_BUCKETS,	/* answer with yours */
	CTSYNC_DIGEST_LEVEL_BUCKETS_TOO,
	/* what an operator asks for, one node and for no effect */
	CTSYNC_DIGEST_LEVEL_ASK,	/* value: level of the answer, set of buckets */
	CTSYNC_DIGEST_LEVEL_SHOW_GROUPS,
	CTSYNC_DIGEST_LEVEL_SHOW_BUCKETS,
	CTSYNC_DIGEST_LEVEL_SHOW_ENTRIES, /* value: how many, then CTSYNC_DIGEST_WORDS of each */
	CTSYNC_DIGEST_LEVEL_MAX
};

#define CTSYNC_DIGEST_WORDS	13	/* u64 that an entry takes */

/* The decoded body of DIGEST. */
struct ctsync_digest_msg {
	u8 to;		/* 0: all; not for ASK and SHOW */
	u8 level;	/* enum ctsync_digest_level */
	u16 first;	/* number of the first group or bucket */
	u16 nr;		/* 1 .. CTSYNC_WIRE_DIGESTS */
	u32 round;	/* the sender's count of its comparisons; ASK, SHOW: of the question */
	u32 entries;	/* how many entries went into all of its digests; ASK and SHOW of entries: where to go on */
	u64 value[CTSYNC_WIRE_DIGESTS];
};

/* The decoded body of QUERY. */
struct ctsync_query {
	u32 number;	/* the asker's own, repeated in UNKNOWN */
	u8 l3;		/* 4 or 6 */
	u8 l4;
	u16 zone;
	u8 zone_dir;	/* 0 or CTSYNC_ZONE_* */
	struct ctsync_tuple tuple;	/* either direction's */
};

/* The decoded body of UNKNOWN. */
struct ctsync_unknown {
	u8 to;
	u32 number;	/* of the QUERY */
};

/* Bytes of the longest of these messages. */
#define CTSYNC_WIRE_MAIL_MAX	(16 + 8 * CTSYNC_WIRE_DIGESTS)

#define CTSYNC_WIRE_NACK_MAX	(8 + 8 * CTSYNC_WIRE_RANGES)
#define CTSYNC_WIRE_QUERY_MAX	(12 + 36)

/* Write the message alone into @buf, which must have room for the longest of its
 * type; its length.
 */
u32 ctsync_wire_pack_nack(u8 *buf, const struct ctsync_nack *m);
u32 ctsync_wire_pack_bulk(u8 *buf, const struct ctsync_bulk_msg *m);
u32 ctsync_wire_pack_digest(u8 *buf, const struct ctsync_digest_msg *m);
u32 ctsync_wire_pack_query(u8 *buf, const struct ctsync_query *m);
u32 ctsync_wire_pack_unknown(u8 *buf, const struct ctsync_unknown *m);

/* ---- encoding ---- */

/* One frame under construction. Messages of one type and length that follow
 * each other share a section.
 */
struct ctsync_enc {
	u8 *buf;
	u32 size;	/* room, the tag left out */
	u32 len;	/* bytes written */
	u32 section;	/* offset of the open section, 0: none */
	u32 messages;	/* messages written */
};

/* Start a frame in @buf of @size bytes (>= CTSYNC_WIRE_HDR + tag). */
void ctsync_wire_begin(struct ctsync_enc *enc, u8 *buf, u32 size,
		       const struct ctsync_frame *frame);
/* Rewrite the sequence number of an already begun frame. */
void ctsync_wire_set_seq(u8 *buf, u64 seq);
/* The nonce of the frame that begins with @header (CTSYNC_WIRE_HDR bytes). */
void ctsync_wire_nonce(const u8 *header, u8 nonce[CTSYNC_WIRE_NONCE]);

/* Each returns false, with nothing written, when the message does not fit. */
bool ctsync_wire_put_flow(struct ctsync_enc *enc, u8 type,
			  const struct ctsync_flow *flow);
bool ctsync_wire_put_note(struct ctsync_enc *enc, u8 type,
			  const struct ctsync_note *note);
bool ctsync_wire_put_hello(struct ctsync_enc *enc,
			   const struct ctsync_hello *hello);
bool ctsync_wire_put_expect(struct ctsync_enc *enc, u8 type,
			    const struct ctsync_expect *exp);
/* A message packed before, of @type and @len bytes. */
bool ctsync_wire_put_packed(struct ctsync_enc *enc, u8 type, const u8 *msg,
			    u32 len);

/* Bytes that put_flow would write for the message alone (no section). */
u32 ctsync_wire_flow_size(u8 type, const struct ctsync_flow *flow);
u32 ctsync_wire_note_size(u8 type);
u32 ctsync_wire_expect_size(u8 type, const struct ctsync_expect *exp);
/* An upper bound for a message of @type, whatever it holds. */
u32 ctsync_wire_size_max(u8 type);

/* ---- decoding ---- */

struct ctsync_dec {
	const u8 *buf;
	u32 len;	/* the tag left out */
	u32 off;	/* where the next section starts */
};

struct ctsync_section {
	u8 type;
	u8 flags;
	u16 size;	/* declared length of each message */
	u16 count;
	const u8 *messages;
};

/* Read the header of a frame of @len bytes into @frame, prepare @dec. */
enum ctsync_wire_error ctsync_wire_open(struct ctsync_dec *dec, const u8 *buf,
					u32 len, struct ctsync_frame *frame);

/* Next section: OK, or UNKNOWN or RUNT (skip it, go on), or an error that ends
 * the frame (TRUNCATED, EMPTY). At the end of the frame OK with sec->count 0.
 */
enum ctsync_wire_error ctsync_wire_next(struct ctsync_dec *dec,
					struct ctsync_section *sec);

/* Decode message @i (< sec->count) of a section. */
enum ctsync_wire_error ctsync_wire_get_flow(const struct ctsync_section *sec,
					    u32 i, struct ctsync_flow *flow);
enum ctsync_wire_error ctsync_wire_get_note(const struct ctsync_section *sec,
					    u32 i, struct ctsync_note *note);
enum ctsync_wire_error ctsync_wire_get_hello(const struct ctsync_section *sec,
					     u32 i, struct ctsync_hello *hello);
enum ctsync_wire_error ctsync_wire_get_nack(const struct ctsync_section *sec,
					    u32 i, struct ctsync_nack *m);
enum ctsync_wire_error ctsync_wire_get_bulk(const struct ctsync_section *sec,
					    u32 i, struct ctsync_bulk_msg *m);
enum ctsync_wire_error ctsync_wire_get_digest(const struct ctsync_section *sec,
					      u32 i,
					      struct ctsync_digest_msg *m);
enum ctsync_wire_error ctsync_wire_get_query(const struct ctsync_section *sec,
					     u32 i, struct ctsync_query *m);
enum ctsync_wire_error ctsync_wire_get_unknown(const struct ctsync_section *sec,
					       u32 i, struct ctsync_unknown *m);

enum ctsync_wire_error ctsync_wire_get_expect(const struct ctsync_section *sec,
					      u32 i,
					      struct ctsync_expect *exp);

#endif
