#include "wgkey.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

// --- base64 --------------------------------------------------------------------------------------

static int digit_of(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int nlu_wgkey_parse(const char *text, uint8_t ret_key[NLU_WGKEY_SIZE]) {
    uint8_t key[NLU_WGKEY_SIZE];
    uint32_t bits = 0;
    size_t at = 0;

    // 32 bytes are 43 digits, of which the last has two bits too many, and one '='.
    if (strlen(text) != NLU_WGKEY_TEXT - 1 || text[NLU_WGKEY_TEXT - 2] != '=')
        return -EINVAL;
    for (size_t i = 0; i < NLU_WGKEY_TEXT - 2; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)digit;
        // After digits 2, 3 and 4 of every four a byte is complete.
        if (i % 4 == 0)
            continue;
        const int rest = 6 - 2 * (int)(i % 4);
        key[at++] = (uint8_t)(bits >> rest);
    }
    if (bits & 3)
        return -EINVAL;
    memcpy(ret_key, key, sizeof key);
    return 0;
}

const char *nlu_wgkey_format(const uint8_t key[NLU_WGKEY_SIZE], char buf[NLU_WGKEY_TEXT]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t at = 0;

    for (size_t i = 0; i < NLU_WGKEY_SIZE; i += 3) {
        const bool last = i + 2 >= NLU_WGKEY_SIZE;
        const uint32_t bits =
            (uint32_t)key[i] << 16 | (uint32_t)key[i + 1] << 8 | (last ? 0 : key[i + 2]);
        buf[at++] = digits[bits >> 18];
        buf[at++] = digits[bits >> 12 & 63];
        buf[at++] = digits[bits >> 6 & 63];
        buf[at++] = last ? '=' : digits[bits & 63];
    }
    buf[at] = '\0';
    return buf;
}

// --- arithmetic modulo p = 2^255 - 19
// --------------------------------------------------------------

// 16 limbs of 16 bits, in 64-bit integers so that sums and products need no carry at once.
struct fe {
    int64_t limb[16];
};

static void carry(struct fe *f) {
    for (int i = 0; i < 16; i++) {
        // An arithmetic shift: limbs may be negative after a subtraction.
        const int64_t over = f->limb[i] >> 16;
        f->limb[i] -= over * 65536;
        // 2^256 is 38 modulo p.
        if (i < 15)
            f->limb[i + 1] += over;
        else
            f->limb[0] += 38 * over;
    }
}

static struct fe add(const struct fe *a, const struct fe *b) {
    struct fe f;
    for (int i = 0; i < 16; i++)
        f.limb[i] = a->limb[i] + b->limb[i];
    return f;
}

static struct fe subtract(const struct fe *a, const struct fe *b) {
    struct fe f;
    for (int i = 0; i < 16; i++)
        f.limb[i] = a->limb[i] - b->limb[i];
    return f;
}

static struct fe multiply(const struct fe *a, const struct fe *b) {
    int64_t product[31] = {0};
    struct fe f;

    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 16; j++)
            product[i + j] += a->limb[i] * b->limb[j];
    for (int i = 0; i < 15; i++)
        product[i] += 38 * product[i + 16];
    memcpy(f.limb, product, sizeof f.limb);
    carry(&f);
    carry(&f);
    return f;
}

// a^(p - 2), which is 1/a (Fermat). p - 2 in binary is ones, but for bits 2 and 4.
static struct fe invert(const struct fe *a) {
    struct fe f = *a;

    for (int bit = 253; bit >= 0; bit--) {
        f = multiply(&f, &f);
        if (bit != 2 && bit != 4)
            f = multiply(&f, a);
    }
    return f;
}

// Swaps a and b when `swap` is 1, without a branch.
static void swap_if(struct fe *a, struct fe *b, int64_t swap) {
    for (int i = 0; i < 16; i++) {
        const int64_t difference = -swap & (a->limb[i] ^ b->limb[i]);
        a->limb[i] ^= difference;
        b->limb[i] ^= difference;
    }
}

static struct fe from_bytes(const uint8_t bytes[32]) {
    struct fe f;

    for (size_t i = 0; i < 16; i++)
        f.limb[i] = bytes[2 * i] | (int64_t)bytes[2 * i + 1] << 8;
    f.limb[15] &= 0x7fff; // RFC 7748, section 5: the highest bit is not looked at
    return f;
}

static void to_bytes(struct fe f, uint8_t bytes[32]) {
    carry(&f);
    carry(&f);
    carry(&f);
    // What is left is below 2^256: p is taken off twice, as long as the result is not negative.
    for (int round = 0; round < 2; round++) {
        struct fe less;
        less.limb[0] = f.limb[0] - 0xffed;
        for (int i = 1; i < 16; i++) {
            less.limb[i] = f.limb[i] - (i < 15 ? 0xffff : 0x7fff) - (less.limb[i - 1] >> 16 & 1);
            less.limb[i - 1] &= 0xffff;
        }
        const int64_t negative = less.limb[15] >> 16 & 1;
        less.limb[15] &= 0xffff;
        swap_if(&f, &less, 1 - negative);
    }
    for (size_t i = 0; i < 16; i++) {
        bytes[2 * i] = (uint8_t)f.limb[i];
        bytes[2 * i + 1] = (uint8_t)(f.limb[i] >> 8);
    }
}

// --- X25519 --------------------------------------------------------------------------------------

static void clamp(uint8_t scalar[32]) {
    scalar[0] &= 248;
    scalar[31] = (uint8_t)((scalar[31] & 127) | 64);
}

// The Montgomery ladder of RFC 7748, section 5, with its names.
void nlu_x25519(const uint8_t scalar[NLU_WGKEY_SIZE], const uint8_t point[NLU_WGKEY_SIZE],
                uint8_t ret[NLU_WGKEY_SIZE]) {
    static const struct fe a24 = {{121665 & 0xffff, 121665 >> 16}};
    const struct fe x1 = from_bytes(point);
    struct fe x2 = {{1}}, z2 = {{0}}, x3 = x1, z3 = {{1}};
    uint8_t k[32];
    int64_t swap = 0;

    memcpy(k, scalar, sizeof k);
    clamp(k);
    for (int t = 254; t >= 0; t--) {
        const int64_t bit = k[t / 8] >> (t % 8) & 1;
        swap_if(&x2, &x3, swap ^ bit);
        swap_if(&z2, &z3, swap ^ bit);
        swap = bit;
        const struct fe a = add(&x2, &z2), b = subtract(&x2, &z2);
        const struct fe c = add(&x3, &z3), d = subtract(&x3, &z3);
        const struct fe aa = multiply(&a, &a), bb = multiply(&b, &b);
        const struct fe e = subtract(&aa, &bb);
        const struct fe da = multiply(&d, &a), cb = multiply(&c, &b);
        const struct fe sum = add(&da, &cb), difference = subtract(&da, &cb);
        const struct fe square = multiply(&difference, &difference);
        const struct fe a24e = multiply(&a24, &e), inner = add(&aa, &a24e);
        x3 = multiply(&sum, &sum);
        z3 = multiply(&x1, &square);
        x2 = multiply(&aa, &bb);
        z2 = multiply(&e, &inner);
    }
    swap_if(&x2, &x3, swap);
    swap_if(&z2, &z3, swap);
    const struct fe inverse = invert(&z2);
    to_bytes(multiply(&x2, &inverse), ret);
}

void nlu_wgkey_public(const uint8_t private_key[NLU_WGKEY_SIZE], uint8_t ret_key[NLU_WGKEY_SIZE]) {
    static const uint8_t base[NLU_WGKEY_SIZE] = {9};

    nlu_x25519(private_key, base, ret_key);
}

int nlu_wgkey_random(bool private_key, uint8_t ret_key[NLU_WGKEY_SIZE]) {
    uint8_t key[NLU_WGKEY_SIZE];
    ssize_t got;

    do
        got = getrandom(key, sizeof key, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof key)
        return got < 0 ? -errno : -EIO;
    if (private_key)
        clamp(key);
    memcpy(ret_key, key, sizeof key);
    return 0;
}
