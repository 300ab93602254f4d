// SPDX-License-Identifier: GPL-2.0
/* Tests of decode: the sealed frame of docs/protocol.md in captures of every kind
 * that is read, and captures that are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode.h"

static const uint8_t sealed[] = {
	0x43, 0x74, 0x53, 0x79, 0x01, 0x01, 0x01, 0x02, 0x07, 0x00, 0x05, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0xa0, 0xa1, 0xa2, 0xa3,
	0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	0xf5, 0x18, 0x4f, 0xdd, 0x8a, 0xec, 0xde, 0x50, 0x2d, 0x53, 0xae, 0xef,
	0x43, 0xf0, 0x4d, 0xba, 0x4c, 0xee, 0xa9, 0x82, 0x47, 0x72, 0xb9, 0x59,
	0xc2, 0x14, 0xe2, 0x9c, 0x12, 0x45, 0xde, 0x51, 0x43, 0xe6, 0xab, 0xd8,
	0x70, 0xad, 0xe3, 0x28, 0x7f, 0x76,
};
#define IACK "\tiack 7:1122334455667788 life 1 number 1 to 9\n"

struct file {
	uint8_t bytes[1024];
	size_t len;
};

static void add(struct file *f, const void *bytes, size_t n)
{
	assert_true(f->len + n <= sizeof(f->bytes));
	memcpy(f->bytes + f->len, bytes, n);
	f->len += n;
}

static void add16(struct file *f, uint16_t v)
{
	add(f, (uint8_t []){ v >> 8, v & 255 }, 2);
}

static void add32(struct file *f, bool big, uint32_t v)
{
	uint8_t b[] = { v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255 };

	if (big)
		add(f, b, 4);
	else
		add(f, (uint8_t []){ b[3], b[2], b[1], b[0] }, 4);
}

static void add_udp(struct file *f)
{
	add16(f, 24240);
	add16(f, 24240);
	add16(f, 8 + sizeof(sealed));
	add16(f, 0);
	add(f, sealed, sizeof(sealed));
}

static void add_ip(struct file *f)
{
	add(f, (uint8_t []){ 0x45, 0 }, 2);
	add16(f, 28 + sizeof(sealed));
	add(f, (uint8_t []){ 0, 0, 0x40, 0, 255, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2 }, 16);
	add_udp(f);
}

static void add_ipv6(struct file *f)
{
	uint8_t a[32] = { [0] = 0xfd, [15] = 1, [16] = 0xfd, [31] = 2 };

	add(f, (uint8_t []){ 0x60, 0, 0, 0 }, 4);
	add16(f, 8 + 8 + sizeof(sealed));
	add(f, (uint8_t []){ 60, 255 }, 2);
	add(f, a, sizeof(a));
	add(f, (uint8_t []){ 17, 0, 1, 4, 0, 0, 0, 0 }, 8);	/* destination options */
	add_udp(f);
}

/* A capture of one packet: @link bytes in front of it, all zero but the @type. */
static struct file capture(bool big, uint32_t linktype, size_t link, size_t at, uint16_t type,
			   bool vlan, bool six)
{
	struct file packet = { .len = link }, f = { .len = 0 };

	if (link) {
		packet.bytes[at] = (vlan ? 0x8100 : type) >> 8;
		packet.bytes[at + 1] = vlan ? 0 : type & 255;
	}
	if (vlan) {
		add16(&packet, 7);
		add16(&packet, type);
	}
	six ? add_ipv6(&packet) : add_ip(&packet);
	add32(&f, big, 0xa1b2c3d4);
	add32(&f, big, big ? 2 << 16 | 4 : 4 << 16 | 2);
	add32(&f, big, 0);
	add32(&f, big, 0);
	add32(&f, big, 65535);
	add32(&f, big, linktype);
	add32(&f, big, 3661);
	add32(&f, big, 42);
	add32(&f, big, packet.len);
	add32(&f, big, packet.len);
	add(&f, packet.bytes, packet.len);
	return f;
}

/* What is printed of the first @len bytes of @f; *wrong gets the verdict. */
static char *run(const struct file *f, size_t len, bool key, const char **wrong)
{
	struct decode d = { .n_keys = key, .keys[0].id = 1 };
	char *text = NULL;
	size_t size;
	FILE *in = fmemopen((void *)f->bytes, len, "r");

	for (int i = 0; i < KEY_BYTES; i++)
		d.keys[0].bytes[i] = 0x80 + i;
	d.out = open_memstream(&text, &size);
	assert_non_null(in);
	assert_non_null(d.out);
	*wrong = decode_capture(&d, in);
	fclose(in);
	fclose(d.out);
	return text;
}

static void opens(const struct file *f, const char *who)
{
	const char *wrong;
	char want[300], *text = run(f, f->len, true, &wrong);

	snprintf(want, sizeof(want), "01:01:01.000042 %s: cluster 258 node 7 to all channel 5 "
		 "seq 9 epoch a0a1a2a3 key 1 length 78\n" IACK, who);
	assert_string_equal(text, want);
	assert_null(wrong);
	free(text);
}

static void decode__every_link(void **state)
{
	static const struct {
		uint32_t number;
		size_t len, at;
	} links[] = { { 1, 14, 12 }, { 113, 16, 14 }, { 276, 20, 0 }, { 101, 0, 0 }, { 12, 0, 0 } };
	struct file f;

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		for (int big = 0; big < 2; big++) {
			f = capture(big, links[i].number, links[i].len, links[i].at, 0x800,
				    false, false);
			opens(&f, "10.9.0.1 > 10.9.0.2");
			f = capture(big, links[i].number, links[i].len, links[i].at, 0x86dd,
				    false, true);
			opens(&f, "fd00::1 > fd00::2");
		}
		if (!links[i].len)
			continue;
		f = capture(false, links[i].number, links[i].len, links[i].at, 0x800, true, false);
		opens(&f, "10.9.0.1 > 10.9.0.2");
	}
}

static void decode__other_link(void **state)
{
	struct file f = capture(false, 147, 14, 12, 0x800, false, false);
	const char *wrong;

	(void)state;
	free(run(&f, f.len, true, &wrong));
	assert_non_null(wrong);
}

static void decode__without_its_key(void **state)
{
	struct file f = capture(false, 1, 14, 12, 0x800, false, false);
	const char *wrong;
	char *text = run(&f, f.len, false, &wrong);

	(void)state;
	assert_non_null(strstr(text, "key 1 length 78: sealed\n"));
	assert_null(strstr(text, "iack"));
	free(text);
}

/* Each byte of a frame is under the seal: changed, the tag is wrong, or the frame
 * is no longer one that is read.
 */
static void decode__changed_anywhere(void **state)
{
	struct file f = capture(false, 101, 0, 0, 0, false, false);
	size_t start = f.len - sizeof(sealed);
	const char *wrong;

	(void)state;
	for (size_t i = start; i < f.len; i++) {
		char *text;

		f.bytes[i] ^= 0x40;
		text = run(&f, f.len, true, &wrong);
		f.bytes[i] ^= 0x40;
		assert_null(strstr(text, "iack"));
		free(text);
	}
}

/* Cut at any byte: said to be, and nothing is printed of what is not there. */
static void decode__cut_anywhere(void **state)
{
	struct file f = capture(true, 1, 14, 12, 0x800, false, false);
	const char *wrong;

	(void)state;
	for (size_t len = 1; len < f.len; len++) {
		char *text = run(&f, len, true, &wrong);

		assert_true(len == 24 ? !wrong : !!wrong);
		assert_string_equal(text, "");
		free(text);
	}
}

static void decode__short_snapshot(void **state)
{
	struct file f = capture(true, 101, 0, 0, 0, false, false);
	const char *wrong;
	char *text;

	(void)state;
	f.len -= 10;
	f.bytes[24 + 11] -= 10;
	text = run(&f, f.len, true, &wrong);
	assert_null(wrong);
	assert_non_null(strstr(text, "cut short by the capture"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode__every_link),
		cmocka_unit_test(decode__other_link),
		cmocka_unit_test(decode__without_its_key),
		cmocka_unit_test(decode__changed_anywhere),
		cmocka_unit_test(decode__cut_anywhere),
		cmocka_unit_test(decode__short_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
