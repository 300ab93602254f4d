/* Messages that are well-formed and say what no honest peer would; mutations of bytes. */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and tuples come from small sets, so that messages meet what earlier ones made:
 * a flow is made, updated, expected from, given itself as master, and deleted. Some are
 * of flows that the peer told of. What the client and server of a scenario speak with
 * each other and is not synced is never named: nobody may touch that.
 */
#include "hostile.h"

#include <string.h>

#define NAMES 200

static uint8_t origin(struct member *m)
{
	static const uint8_t known[] = { 1, 2, 3, 3, 3, 9, 255 };

	return known[rnd_below(&m->rnd, sizeof(known))];
}

static uint64_t id(struct member *m)
{
	if (rnd_one_in(&m->rnd, 20))
		return rnd_edge(&m->rnd, 64);
	return 0x700000 + rnd_below(&m->rnd, NAMES);
}

static const struct member_flow *learnt(struct member *m)
{
	unsigned int n = m->flows < MEMBER_LEARNT ? m->flows : MEMBER_LEARNT;

	return n && rnd_one_in(&m->rnd, 4) ? &m->flow[rnd_below(&m->rnd, n)] : NULL;
}

static void fill_ref(struct member *m, struct ctsync_ref *ref)
{
	const struct member_flow *f = learnt(m);
	struct rnd *r = &m->rnd;

	if (f)
		*ref = f->ref;
	else
		*ref = (struct ctsync_ref){ .id = id(m), .origin = origin(m), .inc = 1,
					    .number = (uint32_t)rnd_below(r, 100) };
	if (rnd_one_in(r, 3))
		ref->inc = (uint16_t)rnd_edge(r, 16);
	if (rnd_one_in(r, 3))
		ref->number = (uint32_t)rnd_edge(r, 32);
	ref->flags = (uint8_t)(rnd64(r) & 0x0f);
	if (rnd_one_in(r, 200))
		ref->origin = 0;
}

static void fill_address(struct rnd *r, uint8_t l3, uint8_t out[16])
{
	static const uint8_t v4[][4] = {
		{ 0, 0, 0, 0 }, { 127, 0, 0, 1 }, { 255, 255, 255, 255 }, { 224, 0, 0, 1 },
		{ 10, 9, 0, 1 }, { 10, 9, 0, 2 }, { 10, 1, 0, 11 }, { 10, 2, 0, 11 },
	};

	memset(out, 0, 16);
	if (l3 == 4) {
		memcpy(out, v4[rnd_below(r, 8)], 4);
		if (!rnd_one_in(r, 4)) {
			out[0] = 10;
			out[1] = 7;
			out[2] = 0;
			out[3] = (uint8_t)rnd_below(r, 8);
		}
	} else {
		out[0] = 0xfd;
		out[3] = 7;
		out[15] = (uint8_t)rnd_below(r, 8);
		if (rnd_one_in(r, 8))
			rnd_bytes(r, out, 16);
		if (rnd_one_in(r, 16))
			memset(out, rnd_one_in(r, 2) ? 0 : 0xff, 16);
	}
}

static uint16_t port(struct rnd *r)
{
	static const uint16_t known[] = { 21, 69, 5060, 1720, 1723, 53, 0x0800, 0x8000, 0 };

	if (rnd_one_in(r, 2))
		return known[rnd_below(r, sizeof(known) / sizeof(*known))];
	return rnd_one_in(r, 4) ? (uint16_t)rnd_edge(r, 16) : (uint16_t)(1000 + rnd_below(r, 50));
}

static void fill_tuple(struct member *m, uint8_t l3, struct ctsync_tuple *t)
{
	fill_address(&m->rnd, l3, t->src);
	fill_address(&m->rnd, l3, t->dst);
	t->sport = port(&m->rnd);
	t->dport = port(&m->rnd);
}

static uint8_t l3(struct rnd *r)
{
	if (rnd_one_in(r, 300))
		return (uint8_t)rnd64(r);
	return rnd_one_in(r, 4) ? 6 : 4;
}

static uint8_t l4(struct rnd *r)
{
	static const uint8_t known[] = { 6, 6, 6, 17, 17, 1, 58, 132, 33, 136, 47, 0, 50, 255 };

	return rnd_one_in(r, 30) ? (uint8_t)rnd64(r) : known[rnd_below(r, sizeof(known))];
}

static void fill_name(struct rnd *r, char *out, size_t size)
{
	static const char *const names[] = {
		"ftp", "ftp", "tftp", "sip", "sip-5060", "pptp", "sane", "amanda", "irc", "RAS", "Q.931",
		"netbios-ns", "snmp", "nat-follow-master", "none-such", "follow_master", "callforwarding",
	};
	const char *name = names[rnd_below(r, sizeof(names) / sizeof(*names))];
	size_t i;

	memset(out, 0, size);
	if (rnd_one_in(r, 20)) {
		for (i = 0; i < size - 1; i++)
			out[i] = (char)(33 + rnd_below(r, 94));
		return;
	}
	for (i = 0; i < size - 1 && name[i]; i++)
		out[i] = name[i];
}

static void fill_windows(struct member *m, struct ctsync_flow *f)
{
	struct rnd *r = &m->rnd;
	int d;

	for (d = 0; d < 2; d++) {
		f->win[d].end = (uint32_t)rnd_edge(r, 32);
		f->win[d].maxend_other = (uint32_t)rnd_edge(r, 32);
		f->win[d].maxwin = (uint32_t)rnd_edge(r, 32);
		f->win[d].maxack = (uint32_t)rnd_edge(r, 32);
		f->win[d].scale = (uint8_t)rnd_below(r, 15);
		f->win[d].flags = (uint8_t)rnd64(r);
	}
	if (rnd_one_in(r, 100))
		f->win[0].scale = (uint8_t)rnd64(r);
}

static void fill_attributes(struct member *m, struct ctsync_flow *f)
{
	struct rnd *r = &m->rnd;
	const struct member_flow *known = learnt(m);

	f->has_reply = rnd_one_in(r, 3);
	f->mark_clock = rnd_one_in(r, 3) ? (uint32_t)rnd_edge(r, 32) : 0;
	f->mark_node = origin(m);
	f->has_last = rnd_one_in(r, 6);
	if (f->has_last)
		f->last = (struct ctsync_tcp_last){ (uint32_t)rnd_edge(r, 32), (uint32_t)rnd_edge(r, 32),
			(uint16_t)rnd_edge(r, 16), (uint8_t)rnd_below(r, 15), (uint8_t)rnd64(r),
			(uint8_t)rnd_below(r, 2), (uint8_t)rnd_below(r, 6) };
	f->has_labels = rnd_one_in(r, 6);
	rnd_bytes(r, f->labels, sizeof(f->labels));
	if (rnd_one_in(r, 3))
		f->proto = (struct ctsync_proto){ (uint32_t)rnd_edge(r, 32), origin(m),
			(uint8_t)rnd_below(r, 16), (uint8_t)rnd64(r), (uint8_t)rnd64(r),
			rnd_edge(r, 64) };
	f->nr_timeouts = rnd_one_in(r, 6) ? (uint8_t)(1 + rnd_below(r, CTSYNC_TIMEOUT_WORDS)) : 0;
	for (int i = 0; i < f->nr_timeouts; i++)
		f->timeouts[i] = (uint32_t)rnd_edge(r, 32);
	if (rnd_one_in(r, 2)) {
		fill_name(r, f->help.name, sizeof(f->help.name));
		f->help.nr_words = (uint8_t)rnd_below(r, CTSYNC_HELP_WORDS + 1);
		for (int i = 0; i < f->help.nr_words; i++)
			f->help.word[i] = (uint32_t)rnd_edge(r, 32);
	}
	f->adjust.present = rnd_one_in(r, 6);
	for (int d = 0; d < 2; d++) {
		f->adjust.dir[d].pos = (uint32_t)rnd_edge(r, 32);
		f->adjust.dir[d].before = (int32_t)rnd_edge(r, 32);
		f->adjust.dir[d].after = (int32_t)rnd_edge(r, 32);
	}
	if (rnd_one_in(r, 3)) {
		f->master_origin = known ? known->ref.origin : origin(m);
		f->master_id = known ? known->ref.id : id(m);
		if (rnd_one_in(r, 8)) {
			f->master_origin = f->ref.origin;
			f->master_id = f->ref.id;
		}
	}
}

static bool put_flow(struct member *m, struct ctsync_enc *enc, uint8_t type)
{
	const struct member_flow *known = learnt(m);
	struct ctsync_flow f = {};
	struct rnd *r = &m->rnd;

	fill_ref(m, &f.ref);
	f.status = (uint16_t)rnd64(r);
	f.state = (uint8_t)rnd_below(r, rnd_one_in(r, 100) ? 256 : 12);
	f.dirs = (uint8_t)rnd64(r);
	fill_windows(m, &f);
	if (type != CTSYNC_MSG_UPDATE_C) {
		f.l3 = l3(r);
		f.l4 = l4(r);
		f.zone = rnd_one_in(r, 8) ? (uint16_t)rnd_edge(r, 16) : 0;
		f.zone_dir = rnd_one_in(r, 16) ? (uint8_t)(1 + rnd_below(r, 2)) : 0;
		f.life = (uint32_t)rnd_edge(r, 32);
		f.mark = (uint32_t)rnd_edge(r, 32);
		fill_tuple(m, f.l3, &f.orig);
		fill_tuple(m, f.l3, &f.reply);
		if (rnd_one_in(r, 2)) {	/* NAT of one end only */
			memcpy(f.reply.src, f.orig.dst, 16);
			f.reply.sport = f.orig.dport;
		}
		if (known && rnd_one_in(r, 2)) {
			f.l3 = known->l3;
			f.l4 = known->l4;
			f.orig = known->orig;
		}
		fill_attributes(m, &f);
	}
	return ctsync_wire_put_flow(enc, type, &f);
}

static bool put_note(struct member *m, struct ctsync_enc *enc, uint8_t type)
{
	struct rnd *r = &m->rnd;
	struct ctsync_note n = {
		.to = rnd_one_in(r, 20) ? (uint8_t)rnd64(r) : m->peer,
		.reason = (uint8_t)rnd_below(r, rnd_one_in(r, 50) ? 256 : 5),
		.win_origin = origin(m), .win_id = id(m),
	};
	const struct member_flow *known = learnt(m);

	fill_ref(m, &n.ref);
	if (known) {
		n.win_origin = known->ref.origin;
		n.win_id = known->ref.id;
	}
	return ctsync_wire_put_note(enc, type, &n);
}

static bool put_expect(struct member *m, struct ctsync_enc *enc, uint8_t type)
{
	struct rnd *r = &m->rnd;
	struct ctsync_expect x = {
		.l3 = l3(r), .l4 = l4(r), .mask_sport = (uint16_t)rnd_edge(r, 16),
		.class = rnd_one_in(r, 8) ? (uint8_t)rnd64(r) : (uint8_t)rnd_below(r, 3),
		.flags = (uint8_t)rnd64(r),
		.dir = (uint8_t)rnd_below(r, rnd_one_in(r, 50) ? 256 : 2),
		.life = (uint32_t)rnd_edge(r, 32), .saved_port = port(r),
	};

	fill_ref(m, &x.ref);
	fill_tuple(m, x.l3, &x.tuple);
	memset(x.mask_src, rnd_one_in(r, 3) ? 0 : 0xff, 16);
	if (rnd_one_in(r, 4))
		rnd_bytes(r, x.mask_src, 16);
	if (rnd_one_in(r, 3))
		fill_address(r, x.l3, x.saved);
	if (rnd_one_in(r, 3))
		fill_name(r, x.fn, sizeof(x.fn));
	if (rnd_one_in(r, 3))
		fill_name(r, x.helper, sizeof(x.helper));
	return ctsync_wire_put_expect(enc, type, &x);
}

static uint32_t pack_nack(struct member *m, uint8_t type, uint8_t *buf)
{
	struct rnd *r = &m->rnd;
	struct ctsync_nack n = {
		.to = m->peer, .channel = (uint8_t)rnd_below(r, rnd_one_in(r, 20) ? 64 : 2),
		.dest = rnd_one_in(r, 20) ? (uint8_t)rnd64(r) : 0,
		.nr = (uint8_t)(1 + rnd_below(r, CTSYNC_WIRE_RANGES)),
	};
	const uint8_t *epoch = type == CTSYNC_MSG_NACK ? m->peer_epoch : m->epoch;
	uint64_t now = type == CTSYNC_MSG_NACK ? m->peer_seq[n.channel] :
		       m->seq[0][n.channel % MEMBER_CHANNELS];

	n.epoch = (uint32_t)epoch[0] << 24 | (uint32_t)epoch[1] << 16 | (uint32_t)epoch[2] << 8 | epoch[3];
	for (int i = 0; i < n.nr; i++) {
		n.range[i].first = rnd_one_in(r, 2) ? rnd_edge(r, 48) : now - rnd_below(r, 2000);
		n.range[i].count = (uint16_t)rnd_edge(r, 15);
		n.range[i].gone = rnd_one_in(r, 4);
	}
	return ctsync_wire_pack_nack(buf, &n);
}

static uint32_t pack_digest(struct member *m, uint8_t *buf)
{
	struct rnd *r = &m->rnd;
	struct ctsync_digest_msg d = {
		.to = rnd_one_in(r, 2) ? 0 : m->peer, .level = (uint8_t)rnd_below(r, 3),
		.first = (uint16_t)rnd_edge(r, rnd_one_in(r, 2) ? 12 : 16),
		.nr = (uint16_t)(1 + rnd_below(r, CTSYNC_WIRE_DIGESTS)),
		.round = rnd_one_in(r, 2) ? (uint32_t)rnd_edge(r, 32) : rnd_below(r, 20),
		.entries = (uint32_t)rnd_edge(r, 32),
	};

	rnd_bytes(r, d.value, sizeof(d.value));
	return ctsync_wire_pack_digest(buf, &d);
}

static bool put_mail(struct member *m, struct ctsync_enc *enc, uint8_t type)
{
	struct rnd *r = &m->rnd;
	struct ctsync_bulk_msg b = { m->peer, (uint8_t)rnd_one_in(r, 50), (uint32_t)rnd_edge(r, 32),
				     (uint32_t)rnd_edge(r, 32), (uint32_t)rnd_edge(r, 32) };
	struct ctsync_query q = {
		.number = (uint32_t)rnd_edge(r, 32), .l3 = l3(r), .l4 = l4(r),
		.zone = rnd_one_in(r, 4) ? (uint16_t)rnd_edge(r, 16) : 0,
		.zone_dir = rnd_one_in(r, 4) ? (uint8_t)rnd_edge(r, 8) : 0,
	};
	struct ctsync_unknown u = { m->peer, (uint32_t)rnd_edge(r, 32) };
	uint8_t buf[CTSYNC_WIRE_MAIL_MAX];
	uint32_t len;

	switch (type) {
	case CTSYNC_MSG_NACK:
	case CTSYNC_MSG_REPAIRED:
		len = pack_nack(m, type, buf);
		break;
	case CTSYNC_MSG_DIGEST:
		len = pack_digest(m, buf);
		break;
	case CTSYNC_MSG_QUERY:
		fill_tuple(m, q.l3, &q.tuple);
		len = ctsync_wire_pack_query(buf, &q);
		break;
	case CTSYNC_MSG_UNKNOWN:
		len = ctsync_wire_pack_unknown(buf, &u);
		break;
	default:
		len = ctsync_wire_pack_bulk(buf, &b);
		break;
	}
	return ctsync_wire_put_packed(enc, type, buf, len);
}

static bool put_unknown_type(struct member *m, struct ctsync_enc *enc)
{
	uint8_t buf[64];
	uint32_t len = 1 + rnd_below(&m->rnd, sizeof(buf));

	rnd_bytes(&m->rnd, buf, sizeof(buf));
	return ctsync_wire_put_packed(enc, (uint8_t)(CTSYNC_MSG_MAX + rnd_below(&m->rnd, 200)), buf, len);
}

bool hostile_put(struct member *m, struct ctsync_enc *enc, uint8_t type)
{
	static const uint8_t often[] = {
		CTSYNC_MSG_INSERT, CTSYNC_MSG_INSERT, CTSYNC_MSG_INSERT, CTSYNC_MSG_UPDATE,
		CTSYNC_MSG_UPDATE, CTSYNC_MSG_UPDATE_C, CTSYNC_MSG_EXPECT_NEW, CTSYNC_MSG_EXPECT_NEW,
	};

	if (!type && rnd_one_in(&m->rnd, 2))
		type = often[rnd_below(&m->rnd, sizeof(often))];
	else if (!type)
		type = (uint8_t)(1 + rnd_below(&m->rnd, CTSYNC_MSG_MAX));
	switch (type) {
	case CTSYNC_MSG_INSERT:
	case CTSYNC_MSG_UPDATE:
	case CTSYNC_MSG_UPDATE_C:
		return put_flow(m, enc, type);
	case CTSYNC_MSG_DELETE:
	case CTSYNC_MSG_FORGET:
	case CTSYNC_MSG_IACK:
	case CTSYNC_MSG_INACK:
	case CTSYNC_MSG_REQUEST:
		return put_note(m, enc, type);
	case CTSYNC_MSG_EXPECT_NEW:
	case CTSYNC_MSG_EXPECT_DEL:
		return put_expect(m, enc, type);
	case CTSYNC_MSG_HELLO:
	case CTSYNC_MSG_MAX:
		return put_unknown_type(m, enc);
	default:
		return put_mail(m, enc, type);
	}
}

void hostile_hello(struct member *m)
{
	struct rnd *r = &m->rnd;
	struct ctsync_hello h = {
		.flags = (uint16_t)rnd64(r), .to = m->peer,
		.nr_streams = (uint8_t)rnd_below(r, 128),
		.time = (uint32_t)now_us() + (rnd_one_in(r, 2) ? 0 : (uint32_t)rnd_edge(r, 32)),
		.echo_time = (uint32_t)rnd_edge(r, 32), .echo_age = (uint32_t)rnd_edge(r, 32),
		.mark_value = m->mark_value, .mark_mask = m->mark_mask, .mark_sync = m->mark_sync,
		.config = (uint32_t)rnd64(r), .version_max = (uint8_t)rnd64(r),
	};
	struct ctsync_enc enc;

	/* what would take us out of the cluster: seldom, as coming back takes a while */
	if (!rnd_one_in(r, 8))
		h.flags &= (uint16_t)~CTSYNC_HELLO_LEAVING;
	if (rnd_one_in(r, 16))
		h.mark_mask ^= 1u << rnd_below(r, 32);
	if (!rnd_one_in(r, 8))
		memcpy(h.to_epoch, m->peer_epoch, 16);
	memcpy(h.echo, m->challenge, 16);
	for (int i = 0; i < h.nr_streams; i++)
		h.streams[i] = (struct ctsync_stream){ rnd_one_in(r, 2) ? 0 : m->peer,
			(uint8_t)(i % 64), rnd_edge(r, 48) };
	member_begin(m, &enc, m->peer, 0);
	ctsync_wire_put_hello(&enc, &h);
	member_end(m, &enc);
}

/* ---- mutations ---- */

static uint32_t mutate_once(struct rnd *r, uint8_t *bytes, uint32_t len, uint32_t size,
			    const uint8_t *other, uint32_t other_len)
{
	uint32_t at = len ? rnd_below(r, len) : 0, n;

	switch (rnd_below(r, 8)) {
	case 0:		/* cut the end off */
		return at;
	case 1:		/* more behind the end */
		n = 1 + rnd_below(r, 64);
		n = n > size - len ? size - len : n;
		rnd_bytes(r, bytes + len, n);
		return len + n;
	case 2:		/* the end of another frame instead of the own */
		if (at >= other_len || other_len > size)
			break;
		memcpy(bytes + at, other + at, other_len - at);
		return other_len;
	case 3:		/* something left out */
		n = len - at ? 1 + rnd_below(r, len - at) : 0;
		memmove(bytes + at, bytes + at + n, len - at - n);
		return len - n;
	case 4:		/* a number at its ends */
		n = 1u << rnd_below(r, 3);
		for (uint64_t v = rnd_edge(r, 32); n-- && at < len; v >>= 8)
			bytes[at++] = (uint8_t)v;
		return len;
	default:
		break;
	}
	if (len)
		bytes[at] ^= (uint8_t)(1u << rnd_below(r, 8));
	return len;
}

uint32_t hostile_mutate(struct rnd *r, uint8_t *bytes, uint32_t len, uint32_t size,
			const uint8_t *other, uint32_t other_len)
{
	uint32_t times = 1 + (rnd_one_in(r, 3) ? rnd_below(r, 8) : 0);

	while (times--)
		len = mutate_once(r, bytes, len, size, other, other_len);
	return len;
}
