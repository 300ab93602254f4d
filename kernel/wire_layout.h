/* SPDX-License-Identifier: GPL-2.0 */
/* The wire's layouts: what wire_put.c writes and wire_get.c reads. Private to
 * the files wire*.c.
 *
 * The layouts are structs of bytes only, so they have no padding and need no
 * alignment; each has an assertion for its size.
 */
#ifndef CTSYNC_WIRE_LAYOUT_H
#define CTSYNC_WIRE_LAYOUT_H

#include "wire.h"

/* ---- layouts ---- */

struct wire_header {
	u8 magic[4];
	u8 version;
	u8 key_id;
	u8 cluster[2];
	u8 node;
	u8 dest;
	u8 channel;
	u8 flags;
	u8 seq[6];
	u8 reserved[2];
	u8 epoch[16];
};

struct wire_section {
	u8 type;
	u8 flags;
	u8 size[2];
	u8 count[2];
};

struct wire_ref {
	u8 id[8];
	u8 number[4];
	u8 inc[2];
	u8 origin;
	u8 flags;
};

/* Head of UPDATE_C and of the full messages; windows follow, or in full ones
 * what struct wire_full adds.
 */
struct wire_update {
	struct wire_ref ref;
	u8 status[2];
	u8 state;
	u8 dirs;
};

struct wire_full {
	struct wire_update update;
	u8 l3;
	u8 l4;
	u8 zone[2];
	u8 life[4];
	u8 mark[4];
};

struct wire_tuple4 {
	u8 src[4];
	u8 dst[4];
	u8 sport[2];
	u8 dport[2];
};

struct wire_tuple6 {
	u8 src[16];
	u8 dst[16];
	u8 sport[2];
	u8 dport[2];
};

struct wire_window {
	u8 end[4];
	u8 maxend_other[4];
	u8 maxwin[4];
	u8 maxack[4];
	u8 scale;
	u8 flags;
};

struct wire_attr {
	u8 type[2];
	u8 size[2];
};

struct wire_mark_reg {
	u8 clock[4];
	u8 node;
};

struct wire_tcp_last {
	u8 seq[4];
	u8 end[4];
	u8 win[2];
	u8 wscale;
	u8 flags;
	u8 dir;
	u8 index;
};

struct wire_proto {
	u8 clock[4];
	u8 node;
	u8 state;
	u8 bits;
	u8 last;
	u8 data[8];
};

struct wire_labels {
	u8 bits[16];
};

struct wire_zone_dir {
	u8 dir;
};

struct wire_counts {
	u8 packets_orig[8];
	u8 packets_reply[8];
	u8 bytes_orig[8];
	u8 bytes_reply[8];
	u8 start[8];
};

struct wire_synproxy {
	u8 isn[4];
	u8 its[4];
	u8 tsoff[4];
};

/* FORGET is a bare ref. */
struct wire_delete {
	struct wire_ref ref;
	u8 reason;
	u8 reserved[3];
};

/* IACK and REQUEST */
struct wire_iack {
	struct wire_ref ref;
	u8 to;
	u8 reserved[3];
};

struct wire_inack {
	struct wire_ref ref;
	u8 to;
	u8 reason;
	u8 win_origin;
	u8 reserved[5];
	u8 win_id[8];
};

struct wire_hello {
	u8 flags[2];
	u8 to;
	u8 nr_streams;
	u8 to_epoch[16];
	u8 challenge[16];
	u8 echo[16];
	u8 time[4];
	u8 echo_time[4];
	u8 echo_age[4];
	u8 mark_value[4];
	u8 mark_mask[4];
	u8 mark_sync[4];
	u8 config[4];
	u8 version_max;
	u8 stream_size;
	u8 longest[2];
	u8 had[4];
	u8 reserved[8];
};

struct wire_stream {
	u8 dest;
	u8 channel;
	u8 next[6];
};

struct wire_adjust {
	u8 pos[4];
	u8 before[4];
	u8 after[4];
};

struct wire_master {
	u8 origin;
	u8 id[8];
};

/* EXPECT_DEL, and the head of EXPECT_NEW; tuple and mask of the source address
 * follow, in EXPECT_NEW what struct wire_expect_new adds stands before them.
 */
struct wire_expect {
	struct wire_ref ref;
	u8 l3;
	u8 l4;
	u8 mask_sport[2];
};

struct wire_expect_new {
	struct wire_expect expect;
	u8 class;
	u8 flags;
	u8 dir;
	u8 reserved;
	u8 life[4];
	u8 saved_port[2];
	u8 reserved2[2];
};

/* NACK and REPAIRED; ranges follow. */
struct wire_nack {
	u8 to;
	u8 dest;
	u8 channel;
	u8 nr;
	u8 epoch[4];
};

struct wire_range {
	u8 first[6];
	u8 count[2];	/* highest bit: gone */
};

/* BULK_START, BULK_END, BULK_ACK */
struct wire_bulk {
	u8 to;
	u8 flags;
	u8 reserved[2];
	u8 run[4];
	u8 mark[4];
	u8 total[4];
};

/* DIGEST; values of 8 bytes follow. */
struct wire_digest {
	u8 to;
	u8 level;
	u8 first[2];
	u8 nr[2];
	u8 reserved[2];
	u8 round[4];
	u8 entries[4];
};

/* QUERY; a tuple follows. */
struct wire_query {
	u8 number[4];
	u8 l3;
	u8 l4;
	u8 zone[2];
	u8 zone_dir;
	u8 reserved[3];
};

struct wire_unknown {
	u8 to;
	u8 reserved[3];
	u8 number[4];
};

static_assert(sizeof(struct wire_header) == CTSYNC_WIRE_HDR);
static_assert(sizeof(struct wire_section) == CTSYNC_WIRE_SECTION);
static_assert(sizeof(struct wire_ref) == 16);
static_assert(sizeof(struct wire_update) == 20);
static_assert(sizeof(struct wire_full) == 32);
static_assert(sizeof(struct wire_tuple4) == 12);
static_assert(sizeof(struct wire_tuple6) == 36);
static_assert(sizeof(struct wire_window) == 18);
static_assert(sizeof(struct wire_attr) == 4);
static_assert(sizeof(struct wire_mark_reg) == 5);
static_assert(sizeof(struct wire_tcp_last) == 14);
static_assert(sizeof(struct wire_proto) == 16);
static_assert(sizeof(struct wire_labels) == CTSYNC_LABELS);
static_assert(sizeof(struct wire_zone_dir) == 1);
static_assert(sizeof(struct wire_delete) == 20);
static_assert(sizeof(struct wire_iack) == 20);
static_assert(sizeof(struct wire_inack) == 32);
static_assert(sizeof(struct wire_hello) == 96);
static_assert(sizeof(struct wire_stream) == 8);
static_assert(sizeof(struct wire_counts) == 40);
static_assert(sizeof(struct wire_synproxy) == 12);
static_assert(sizeof(struct wire_adjust) == 12);
static_assert(sizeof(struct wire_master) == 9);
static_assert(sizeof(struct wire_expect) == 20);
static_assert(sizeof(struct wire_expect_new) == 32);
static_assert(sizeof(struct wire_nack) == 8);
static_assert(sizeof(struct wire_range) == 8);
static_assert(sizeof(struct wire_bulk) == 16);
static_assert(sizeof(struct wire_digest) == 16);
static_assert(sizeof(struct wire_query) == 12);
static_assert(sizeof(struct wire_unknown) == 8);

/* Attributes of the full messages. Append only. */
enum wire_attr_type {
	WIRE_ATTR_REPLY = 1,	/* a tuple of the message's family */
	WIRE_ATTR_MARK_REG,	/* struct wire_mark_reg */
	WIRE_ATTR_TCP_LAST,	/* struct wire_tcp_last */
	WIRE_ATTR_PROTO,	/* struct wire_proto */
	WIRE_ATTR_LABELS,	/* struct wire_labels */
	WIRE_ATTR_ZONE_DIR,	/* struct wire_zone_dir */
	WIRE_ATTR_TIMEOUTS,	/* be32 of each state */
	WIRE_ATTR_COUNTS,	/* struct wire_counts */
	WIRE_ATTR_SYNPROXY,	/* struct wire_synproxy */
	WIRE_ATTR_MAX
};

/* Attributes of the full messages that wire_help.c writes and reads. */
enum wire_help_attr_type {
	WIRE_ATTR_HELPER = 16,	/* length of the name, name, words */
	WIRE_ATTR_ADJUST,	/* struct wire_adjust of each direction */
	WIRE_ATTR_MASTER,	/* struct wire_master */
	WIRE_ATTR_HELP_MAX
};

/* Attributes of EXPECT_NEW. Append only. */
enum wire_expect_attr_type {
	WIRE_EXPECT_FN = 1,	/* a name */
	WIRE_EXPECT_HELPER,	/* a name */
	WIRE_EXPECT_ATTR_MAX
};

#define WIRE_HELLO_FLAGS	(CTSYNC_HELLO_READY | CTSYNC_HELLO_STANDBY | \
				 CTSYNC_HELLO_DRAIN | CTSYNC_HELLO_PROVEN | \
				 CTSYNC_HELLO_COPIED | CTSYNC_HELLO_LEAVING | \
				 CTSYNC_HELLO_ANSWERS)
#define WIRE_REF_FLAGS	(CTSYNC_REF_ACK | CTSYNC_REF_COPY | \
			 CTSYNC_REF_SEEN0 | CTSYNC_REF_SEEN1 | CTSYNC_REF_ANSWER)
#define WIRE_DIRS		(CTSYNC_DIRS_SEEN | CTSYNC_DIRS_WIN)
#define WIRE_LAST_FLAGS		(CTSYNC_TCPF_WSCALE | CTSYNC_TCPF_SACK | 0x80)
#define WIRE_LAST_INDEXES	6	/* SYN, SYN-ACK, FIN, ACK, RST, none */
#define WIRE_SCALE_MAX		14
#define WIRE_STREAMS		(2 * CTSYNC_WIRE_CHANNELS)

/* ---- sizes ---- */

/* Smallest length of a message that we accept, by type; 0: no such type. */
extern const u16 ctsync_wire_least[CTSYNC_MSG_MAX];

static inline bool is_full(u8 type)
{
	return type == CTSYNC_MSG_INSERT || type == CTSYNC_MSG_UPDATE;
}

static inline u32 tuple_size(u8 l3)
{
	return l3 == 4 ? sizeof(struct wire_tuple4) : sizeof(struct wire_tuple6);
}

/* ---- numbers ---- */

static inline void put16(u8 *p, u16 v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static inline void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static inline void put48(u8 *p, u64 v)
{
	put16(p, (v >> 32) & 0xffff);
	put32(p + 2, v & 0xffffffff);
}

static inline void put64(u8 *p, u64 v)
{
	put32(p, v >> 32);
	put32(p + 4, v & 0xffffffff);
}

static inline u16 get16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 get32(const u8 *p)
{
	return (u32)get16(p) << 16 | get16(p + 2);
}

static inline u64 get48(const u8 *p)
{
	return (u64)get16(p) << 32 | get32(p + 2);
}

static inline u64 get64(const u8 *p)
{
	return (u64)get32(p) << 32 | get32(p + 4);
}

/* ---- parts that several files write and read ---- */

/* The rest of one message while it is read. */
struct wire_rest {
	const u8 *p;
	u32 len;
};

/* Take @size bytes off the front of @r; NULL when it has not as many. */
static inline const u8 *take(struct wire_rest *r, u32 size)
{
	const u8 *p = r->p;

	if (r->len < size)
		return NULL;
	r->p += size;
	r->len -= size;
	return p;
}

/* Room for one message, all zero; NULL when it does not fit. */
u8 *ctsync_wire_room(struct ctsync_enc *enc, u8 type, u32 size);
/* Message @i of @sec, of sec->size bytes; NULL when there is none. */
const u8 *ctsync_wire_message(const struct ctsync_section *sec, u32 i);
u8 *ctsync_wire_put_tuple(u8 *p, u8 l3, const struct ctsync_tuple *t);
void ctsync_wire_get_tuple(const u8 *p, u8 l3, struct ctsync_tuple *t);
void ctsync_wire_put_ref(struct wire_ref *w, const struct ctsync_ref *ref);
enum ctsync_wire_error ctsync_wire_get_ref(const struct wire_ref *w,
					   struct ctsync_ref *ref);
u8 *ctsync_wire_put_attr(u8 *p, u16 type, u16 size);
/* Next attribute of @r: its value and size; NULL: it does not parse. */
const u8 *ctsync_wire_get_attr(struct wire_rest *r, u16 *type, u16 *size);

/* Attributes of a full message that are about helpers. */
u32 ctsync_wire_help_size(const struct ctsync_flow *flow);
u8 *ctsync_wire_put_help(u8 *p, const struct ctsync_flow *flow);
/* @type is one of enum wire_help_attr_type. */
enum ctsync_wire_error ctsync_wire_get_help(u16 type, const u8 *p, u16 size,
					    struct ctsync_flow *flow);

#endif
