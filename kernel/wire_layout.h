/* SPDX-License-Identifier: GPL-2.0 */
/* The wire's layouts: what wire_put.c writes and wire_get.c reads. Private to
 * the three files wire*.c.
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
	u8 reserved[14];
};

struct wire_stream {
	u8 dest;
	u8 channel;
	u8 next[6];
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

/* Attributes of the full messages. Append only. */
enum wire_attr_type {
	WIRE_ATTR_REPLY = 1,	/* a tuple of the message's family */
	WIRE_ATTR_MARK_REG,	/* struct wire_mark_reg */
	WIRE_ATTR_TCP_LAST,	/* struct wire_tcp_last */
	WIRE_ATTR_PROTO,	/* struct wire_proto */
	WIRE_ATTR_LABELS,	/* struct wire_labels */
	WIRE_ATTR_ZONE_DIR,	/* struct wire_zone_dir */
	WIRE_ATTR_MAX
};

#define WIRE_HELLO_FLAGS	(CTSYNC_HELLO_READY | CTSYNC_HELLO_STANDBY | \
				 CTSYNC_HELLO_DRAIN | CTSYNC_HELLO_PROVEN | \
				 CTSYNC_HELLO_COPIED | CTSYNC_HELLO_LEAVING)
#define WIRE_REF_FLAGS	(CTSYNC_REF_ACK | CTSYNC_REF_COPY | \
			 CTSYNC_REF_SEEN0 | CTSYNC_REF_SEEN1)
#define WIRE_DIRS		(CTSYNC_DIR_SEEN0 | CTSYNC_DIR_SEEN1 | \
				 CTSYNC_DIR_WIN0 | CTSYNC_DIR_WIN1)
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

#endif
