// SPDX-License-Identifier: GPL-2.0
/* Frames of a capture as lines of text, opened with the keys at hand. The
 * decoder is the module's own; the seal is libsodium's.
 */
#include "decode.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "decode_text.h"
#include "parse.h"
#include "wire.h"

_Static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(CTSYNC_WIRE_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(CTSYNC_WIRE_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");

static void print_sections(FILE *out, struct ctsync_dec *dec)
{
	struct ctsync_section sec;
	enum ctsync_wire_error err;

	for (;;) {
		err = ctsync_wire_next(dec, &sec);
		if (err == CTSYNC_WIRE_UNKNOWN || err == CTSYNC_WIRE_RUNT) {
			fprintf(out, "\t%u messages of type %u, %u bytes each: %s\n",
				sec.count, sec.type, sec.size, ctsync_wire_error_name(err));
			continue;
		}
		if (err)
			fprintf(out, "\t%s\n", ctsync_wire_error_name(err));
		if (err || !sec.count)
			return;
		for (uint32_t i = 0; i < sec.count; i++)
			decode_text_message(out, &sec, i);
	}
}

static const struct key *find_key(const struct decode *d, uint8_t id)
{
	for (size_t i = 0; i < d->n_keys; i++)
		if (d->keys[i].id == id)
			return &d->keys[i];
	return NULL;
}

/* Replace @frame by what it says in clear; false when it is not of this key. */
static bool open_frame(const struct key *key, uint8_t *frame, uint32_t len)
{
	uint8_t *text = frame + CTSYNC_WIRE_HDR;
	uint8_t nonce[CTSYNC_WIRE_NONCE];

	ctsync_wire_nonce(frame, nonce);
	return !crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, text,
							   len - CTSYNC_WIRE_HDR, frame,
							   CTSYNC_WIRE_HDR, nonce, key->bytes);
}

static void print_when(FILE *out, const struct datagram *g)
{
	time_t s = g->s;
	struct tm at;
	char text[16];

	if (!gmtime_r(&s, &at) || !strftime(text, sizeof(text), "%H:%M:%S", &at))
		strcpy(text, "-");
	fprintf(out, "%s.%06u", text, g->us);
}

static void print_head(FILE *out, const struct datagram *g, const struct ctsync_frame *f)
{
	struct address src = { .len = g->address_len }, dst = src;
	char text[2][ADDRESS_TEXT];

	memcpy(src.bytes, g->src, sizeof(src.bytes));
	memcpy(dst.bytes, g->dst, sizeof(dst.bytes));
	print_when(out, g);
	fprintf(out, " %s > %s: cluster %u node %u to ", address_text(&src, text[0]),
		address_text(&dst, text[1]), f->cluster, f->node);
	if (f->dest == CTSYNC_WIRE_ALL)
		fprintf(out, "all");
	else if (f->dest == f->node)
		fprintf(out, "unknown");
	else
		fprintf(out, "%u", f->dest);
	fprintf(out, " channel %u seq %llu epoch ", f->channel, (unsigned long long)f->seq);
	for (size_t i = 0; i < 4; i++)
		fprintf(out, "%02x", f->epoch[i]);
	fprintf(out, " key %u length %u", f->key_id, g->len);
}

/* @bytes is g->data, where it may be changed. */
static void print_frame(struct decode *d, const struct datagram *g, uint8_t *bytes)
{
	const struct key *key;
	struct ctsync_frame f;
	struct ctsync_dec dec;
	enum ctsync_wire_error err = ctsync_wire_open(&dec, bytes, g->len, &f);

	d->frames++;
	if (err) {
		print_when(d->out, g);
		fprintf(d->out, " frame of %u bytes: %s\n", g->len,
			g->cut ? "cut short by the capture" : ctsync_wire_error_name(err));
		return;
	}
	print_head(d->out, g, &f);
	key = f.key_id ? find_key(d, f.key_id) : NULL;
	if (g->cut) {
		fprintf(d->out, ": cut short by the capture\n");
	} else if (f.key_id && !key) {
		fprintf(d->out, ": sealed\n");
	} else if (key && !open_frame(key, bytes, g->len)) {
		fprintf(d->out, ": the tag is wrong\n");
	} else {
		fprintf(d->out, "\n");
		d->opened++;
		print_sections(d->out, &dec);
	}
}

/* Which port frames go to is the operator's choice: they are known by their magic. */
static bool is_frame(const struct datagram *g)
{
	static const uint8_t magic[] = { 0x43, 0x74, 0x53, 0x79 };

	return g->len >= sizeof(magic) && !memcmp(g->data, magic, sizeof(magic));
}

const char *decode_capture(struct decode *d, FILE *in)
{
	uint8_t bytes[CTSYNC_WIRE_FRAME_MAX + 1];
	const char *wrong;
	struct capture *c = capture_open(in, &wrong);
	enum capture_got got;
	struct datagram g;

	if (!c)
		return wrong;
	while ((got = capture_next(c, &g)) == CAPTURE_DATAGRAM || got == CAPTURE_OTHER) {
		d->packets++;
		if (got == CAPTURE_OTHER || !is_frame(&g))
			continue;
		/* one byte more than a frame can have is enough to see that */
		if (g.len > sizeof(bytes))
			g.len = sizeof(bytes);
		memcpy(bytes, g.data, g.len);
		print_frame(d, &g, bytes);
	}
	capture_close(c);
	explicit_bzero(bytes, sizeof(bytes));
	return got == CAPTURE_BROKEN ? "it is cut short or damaged" : NULL;
}
