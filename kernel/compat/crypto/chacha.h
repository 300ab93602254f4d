/* SPDX-License-Identifier: GPL-2.0 */
/* Shadow of <crypto/chacha.h>: what newer kernels have, for older ones. */
#ifndef CTSYNC_COMPAT_CRYPTO_CHACHA_H
#define CTSYNC_COMPAT_CRYPTO_CHACHA_H

#include_next <crypto/chacha.h>

/* 6.16 gave the state a type; before it was an array of words. */
#ifndef CTSYNC_HAVE_CHACHA_STATE
struct chacha_state {
	u32 x[CHACHA_STATE_WORDS];
};

#define chacha_init(state, key, iv) chacha_init((state)->x, key, iv)
#define hchacha_block(state, out, nrounds) hchacha_block((state)->x, out, nrounds)
#define chacha20_crypt(state, dst, src, len) chacha20_crypt((state)->x, dst, src, len)
#endif

#endif
