/* A member of a cluster in user space: HELLO and proof, sealing, what it hears. */
/* SPDX-License-Identifier: GPL-2.0 */
#include "member.h"

#include <netinet/ip.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELLO_US 80000
/* of the peer; it is taken for lost after */
#define SILENCE_US 1500000

void member_open(struct member *m, const union address *from, const union address *to)
{
	int room = 4 << 20, ttl = 255;
	bool v6 = to->any.sa_family == AF_INET6;

	if (sodium_init() < 0)
		die_usage("libsodium does not start");
	m->to = *to;
	m->fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->fd < 0)
		die_errno("socket");
	if (setsockopt(m->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL,
		       &ttl, sizeof(ttl)))
		die_errno("hop limit");
	setsockopt(m->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(m->fd, &from->any, address_len(from)))
		die_errno("bind");
}

/* ---- sending ---- */

uint8_t *member_begin(struct member *m, struct ctsync_enc *enc, uint8_t dest, uint8_t channel)
{
	struct ctsync_frame f = {
		.version = CTSYNC_WIRE_VERSION, .key_id = m->key_id, .node = m->node,
		.dest = dest, .channel = channel, .cluster = m->cluster,
	};

	if (m->queued == MEMBER_BATCH)
		member_flush(m);
	f.seq = ++m->seq[dest != CTSYNC_WIRE_ALL][channel];
	memcpy(f.epoch, m->epoch, sizeof(f.epoch));
	ctsync_wire_begin(enc, m->frame[m->queued], MEMBER_FRAME, &f);
	return m->frame[m->queued];
}

void member_end(struct member *m, struct ctsync_enc *enc)
{
	uint8_t *text = enc->buf + CTSYNC_WIRE_HDR, nonce[CTSYNC_WIRE_NONCE];
	unsigned long long len = enc->len - CTSYNC_WIRE_HDR;

	if (m->key_id) {
		ctsync_wire_nonce(enc->buf, nonce);
		crypto_aead_xchacha20poly1305_ietf_encrypt(text, &len, text, len, enc->buf,
							   CTSYNC_WIRE_HDR, NULL, nonce, m->secret);
	}
	m->len[m->queued++] = CTSYNC_WIRE_HDR + (uint32_t)len;
}

void member_raw(struct member *m, const uint8_t *frame, uint32_t len)
{
	if (m->queued == MEMBER_BATCH)
		member_flush(m);
	memcpy(m->frame[m->queued], frame, len);
	m->len[m->queued++] = len;
}

void member_flush(struct member *m)
{
	struct mmsghdr msg[MEMBER_BATCH];
	struct iovec iov[MEMBER_BATCH];
	unsigned int i, done = 0;

	memset(msg, 0, sizeof(msg));
	for (i = 0; i < m->queued; i++) {
		iov[i] = (struct iovec){ m->frame[i], m->len[i] };
		msg[i].msg_hdr.msg_name = &m->to;
		msg[i].msg_hdr.msg_namelen = address_len(&m->to);
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < m->queued) {
		int n = sendmmsg(m->fd, msg + done, m->queued - done, MSG_WAITALL);

		if (n > 0)
			done += (unsigned int)n;
		else
			usleep(200);	/* no room: the link is slower */
	}
	m->frames += m->queued;
	m->queued = 0;
}

static void say_hello(struct member *m)
{
	struct ctsync_hello h = {
		.flags = CTSYNC_HELLO_READY | CTSYNC_HELLO_COPIED, .to = m->peer,
		.mark_value = m->mark_value, .mark_mask = m->mark_mask,
		.mark_sync = m->mark_sync, .version_max = CTSYNC_WIRE_VERSION,
		.time = (uint32_t)now_us() | 1, .echo_time = m->peer_time,
	};
	struct ctsync_enc enc;
	unsigned int c, all;

	memcpy(h.to_epoch, m->peer_epoch, 16);
	memcpy(h.echo, m->challenge, 16);
	rnd_bytes(&m->rnd, h.challenge, 16);
	if (m->heard_us) {
		h.flags |= CTSYNC_HELLO_PROVEN;
		h.echo_age = (uint32_t)(now_us() - m->heard_us);
	}
	member_begin(m, &enc, m->peer, 0);
	for (all = 0; all < 2; all++) {
		for (c = 0; c < MEMBER_CHANNELS; c++)
			h.streams[h.nr_streams++] = (struct ctsync_stream){
				all ? CTSYNC_WIRE_ALL : m->peer, (uint8_t)c,
				m->seq[!all][c] + 1 };
	}
	ctsync_wire_put_hello(&enc, &h);
	member_end(m, &enc);
	member_flush(m);
	m->hello_us = now_us();
}

/* ---- hearing ---- */

static void acknowledge(struct member *m, const struct ctsync_ref *ref)
{
	struct ctsync_note note = { .ref = *ref, .to = m->peer };
	struct ctsync_enc enc;

	note.ref.flags = 0;
	member_begin(m, &enc, CTSYNC_WIRE_ALL, 0);
	ctsync_wire_put_note(&enc, CTSYNC_MSG_IACK, &note);
	member_end(m, &enc);
}

static void hear_flow(struct member *m, const struct ctsync_section *sec, uint32_t i)
{
	struct member_flow *f = &m->flow[m->flows % MEMBER_LEARNT];
	struct ctsync_flow flow;

	if (ctsync_wire_get_flow(sec, i, &flow))
		return;
	if (m->acks && flow.ref.flags & CTSYNC_REF_ACK)
		acknowledge(m, &flow.ref);
	if (sec->type == CTSYNC_MSG_UPDATE_C)
		return;
	*f = (struct member_flow){ .ref = flow.ref, .orig = flow.orig, .reply = flow.reply,
				   .l3 = flow.l3, .l4 = flow.l4 };
	m->flows++;
}

static void hear_bulk(struct member *m, const struct ctsync_section *sec, uint32_t i)
{
	struct ctsync_bulk_msg b;
	struct ctsync_enc enc;
	uint8_t buf[CTSYNC_WIRE_MAIL_MAX];

	if (sec->type == CTSYNC_MSG_BULK_ACK || ctsync_wire_get_bulk(sec, i, &b) || b.to != m->node)
		return;
	b.to = m->peer;
	b.flags = 0;
	member_begin(m, &enc, m->peer, 0);
	ctsync_wire_put_packed(&enc, CTSYNC_MSG_BULK_ACK, buf, ctsync_wire_pack_bulk(buf, &b));
	member_end(m, &enc);
}

static void hear_hello(struct member *m, const struct ctsync_frame *f,
		       const struct ctsync_section *sec, uint32_t i)
{
	struct ctsync_hello h;

	if (ctsync_wire_get_hello(sec, i, &h) || (h.to && h.to != m->node))
		return;
	if (!m->heard_us || memcmp(m->peer_epoch, f->epoch, 16))
		memset(m->challenge, 0, 16);
	memcpy(m->peer_epoch, f->epoch, 16);
	m->peer_time = h.time;
	m->heard_us = now_us();
	m->mark_value = h.mark_value;
	m->mark_mask = h.mark_mask;
	m->mark_sync = h.mark_sync;
	if (memcmp(h.to_epoch, m->epoch, 16))
		return;
	memcpy(m->challenge, h.challenge, 16);
	m->proven = h.flags & CTSYNC_HELLO_PROVEN;
}

static void hear(struct member *m, uint8_t *frame, uint32_t len)
{
	uint8_t *text = frame + CTSYNC_WIRE_HDR, nonce[CTSYNC_WIRE_NONCE];
	struct ctsync_section sec;
	struct ctsync_frame f;
	struct ctsync_dec dec;
	bool hello = false;
	uint32_t i;

	if (ctsync_wire_open(&dec, frame, len, &f) || f.node != m->peer || f.key_id != m->key_id)
		return;
	if (len <= sizeof(m->came[0])) {
		memcpy(m->came[1], m->came[0], m->came_len[0]);
		m->came_len[1] = m->came_len[0];
		memcpy(m->came[0], frame, len);
		m->came_len[0] = len;
	}
	ctsync_wire_nonce(frame, nonce);
	if (m->key_id &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, text, len - CTSYNC_WIRE_HDR,
						       frame, CTSYNC_WIRE_HDR, nonce, m->secret))
		return;
	m->heard_frames++;
	m->heard_bytes += len;
	if (f.dest == CTSYNC_WIRE_ALL)
		m->peer_seq[f.channel] = f.seq;
	while (!ctsync_wire_next(&dec, &sec) && sec.count) {
		m->heard_messages += sec.count;
		hello |= sec.type == CTSYNC_MSG_HELLO;
		for (i = 0; i < sec.count; i++) {
			if (sec.type == CTSYNC_MSG_HELLO)
				hear_hello(m, &f, &sec, i);
			else if (sec.type <= CTSYNC_MSG_UPDATE_C)
				hear_flow(m, &sec, i);
			else if (sec.type == CTSYNC_MSG_BULK_START || sec.type == CTSYNC_MSG_BULK_END)
				hear_bulk(m, &sec, i);
		}
	}
	if (!hello && dec.len - CTSYNC_WIRE_HDR <= sizeof(m->plain)) {
		m->plain_len = dec.len - CTSYNC_WIRE_HDR;
		memcpy(m->plain, text, m->plain_len);
	}
}

bool member_turn(struct member *m)
{
	uint8_t frame[CTSYNC_WIRE_FRAME_MAX];
	unsigned int most = 512;
	ssize_t n;

	while (most-- && (n = recv(m->fd, frame, sizeof(frame), 0)) > 0)
		hear(m, frame, (uint32_t)n);
	if (now_us() - m->hello_us >= HELLO_US)
		say_hello(m);
	return m->proven && now_us() - m->heard_us < SILENCE_US;
}

bool member_join(struct member *m)
{
	uint64_t until = now_us() + 5 * US_PER_S;

	member_flush(m);
	rnd_bytes(&m->rnd, m->epoch, sizeof(m->epoch));
	memset(m->seq, 0, sizeof(m->seq));
	memset(m->challenge, 0, sizeof(m->challenge));
	m->proven = false;
	m->heard_us = 0;
	m->joins++;
	while (!member_turn(m)) {
		if (now_us() > until)
			return false;
		usleep(5000);
	}
	return true;
}
