#include "check.h"
#include "wgkey.h"

#include <errno.h>

static void from_hex(const char *hex, uint8_t bytes[32]) {
    for (int i = 0; i < 32; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        bytes[i] = (uint8_t)byte;
    }
}

static void check_x25519(const char *scalar_hex, const char *point_hex, const char *want_hex) {
    uint8_t scalar[32], point[32], want[32], got[32];

    from_hex(scalar_hex, scalar);
    from_hex(point_hex, point);
    from_hex(want_hex, want);
    nlu_x25519(scalar, point, got);
    CHECK(memcmp(got, want, sizeof got) == 0);
}

// RFC 7748, section 5.2.
static void test_vectors(void) {
    check_x25519("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                 "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    check_x25519("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                 "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                 "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

// Section 5.2: the result is the next scalar, the scalar the next point.
static void test_iterated(void) {
    uint8_t k[32] = {9}, u[32] = {9}, next[32], want[32];

#ifdef __OPTIMIZE__
    const int rounds = 1000;
#else
    const int rounds = 1; // the others take ten seconds in a debug build
#endif
    for (int i = 1; i <= rounds; i++) {
        nlu_x25519(k, u, next);
        memcpy(u, k, sizeof u);
        memcpy(k, next, sizeof k);
        if (i == 1) {
            from_hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", want);
            CHECK(memcmp(k, want, sizeof k) == 0);
        }
    }
    from_hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", want);
    CHECK(rounds == 1 || memcmp(k, want, sizeof k) == 0);
}

// Both sides come to the same secret, as in section 6.1.
static void test_public_keys(void) {
    uint8_t alice[32], bob[32], alice_public[32], bob_public[32], one[32], other[32];

    for (int i = 0; i < 32; i++) {
        alice[i] = (uint8_t)(3 * i + 1);
        bob[i] = (uint8_t)(250 - 7 * i);
    }
    nlu_wgkey_public(alice, alice_public);
    nlu_wgkey_public(bob, bob_public);
    CHECK(memcmp(alice_public, bob_public, sizeof alice_public) != 0);
    nlu_x25519(alice, bob_public, one);
    nlu_x25519(bob, alice_public, other);
    CHECK(memcmp(one, other, sizeof one) == 0);
}

// Points that are written with p or more stand for what is left modulo p.
static void test_points_above_p(void) {
    uint8_t scalar[32] = {8}, point[32], small[32] = {1}, a[32], b[32];

    memset(point, 0xff, sizeof point);
    point[0] = 0xee; // p + 1
    point[31] = 0x7f;
    nlu_x25519(scalar, point, a);
    nlu_x25519(scalar, small, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    point[31] = 0xff; // the highest bit is not looked at
    nlu_x25519(scalar, point, a);
    CHECK(memcmp(a, b, sizeof a) == 0);
}

static void test_text(void) {
    uint8_t key[NLU_WGKEY_SIZE], back[NLU_WGKEY_SIZE];
    char text[NLU_WGKEY_TEXT];

    for (int i = 0; i < NLU_WGKEY_SIZE; i++)
        key[i] = (uint8_t)(i * 37 + 5);
    CHECK_INT(nlu_wgkey_parse(nlu_wgkey_format(key, text), back), 0);
    CHECK(memcmp(key, back, sizeof key) == 0);
    memset(key, 0, sizeof key);
    CHECK_STR(nlu_wgkey_format(key, text), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    memset(key, 0xff, sizeof key);
    CHECK_STR(nlu_wgkey_format(key, text), "//////////////////////////////////////////8=");
    CHECK_INT(nlu_wgkey_parse(text, back), 0);
    CHECK(memcmp(key, back, sizeof key) == 0);
    static const char *const bad[] = {
        "",
        "AAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", // bits behind the end
        "AAAAAAAAAAAAAAAAAAAAA-AAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
    };
    for (size_t i = 0; i < NLU_COUNT(bad); i++)
        CHECK_INT(nlu_wgkey_parse(bad[i], back), -EINVAL);
}

static void test_random(void) {
    uint8_t a[NLU_WGKEY_SIZE], b[NLU_WGKEY_SIZE];

    CHECK_INT(nlu_wgkey_random(true, a), 0);
    CHECK_INT(nlu_wgkey_random(true, b), 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK_INT(a[0] & 7, 0);
    CHECK_INT(a[31] & 192, 64);
    CHECK_INT(nlu_wgkey_random(false, b), 0);
}

int main(void) {
    test_vectors();
    test_iterated();
    test_public_keys();
    test_points_above_p();
    test_text();
    test_random();
    return check_result();
}
