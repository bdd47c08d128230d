// Keys of WireGuard: 32 bytes, written in base64; Curve25519, RFC 7748. Pure but for the random
// one.
#ifndef NLU_WGKEY_H
#define NLU_WGKEY_H

#include "util.h"

enum {
    NLU_WGKEY_SIZE = 32,
    NLU_WGKEY_TEXT = 45, // with its NUL
};

// 44 characters of base64 (RFC 4648). 0 or -EINVAL.
NLU_CHECKED int nlu_wgkey_parse(const char *text, uint8_t ret_key[NLU_WGKEY_SIZE]);

// Returns buf.
const char *nlu_wgkey_format(const uint8_t key[NLU_WGKEY_SIZE], char buf[NLU_WGKEY_TEXT]);

// The public key of a private one: X25519 with the base point 9 (RFC 7748, section 6.1). No branch
// and no address depends on the key.
void nlu_wgkey_public(const uint8_t private_key[NLU_WGKEY_SIZE], uint8_t ret_key[NLU_WGKEY_SIZE]);

// X25519(scalar, point): what the test vectors of RFC 7748 are about.
void nlu_x25519(const uint8_t scalar[NLU_WGKEY_SIZE], const uint8_t point[NLU_WGKEY_SIZE],
                uint8_t ret[NLU_WGKEY_SIZE]);

// A new key out of the kernel's random numbers; a private one has its bits set as X25519 wants
// them, as `wg genkey` does, a preshared one (`wg genpsk`) is used as it is. 0 or -errno.
NLU_CHECKED int nlu_wgkey_random(bool private_key, uint8_t ret_key[NLU_WGKEY_SIZE]);

#endif
