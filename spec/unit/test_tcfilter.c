#include "check.h"
#include "tcfilter.h"

#include <arpa/inet.h>

static struct nlu_prefix prefix(const char *text) {
    struct nlu_prefix p = {0};
    CHECK_INT(nlu_prefix_parse(text, &p), 0);
    return p;
}

static void key_is(const struct nlu_u32_key *key, uint32_t value, uint32_t mask, int offset) {
    CHECK_INT(ntohl(key->value), value);
    CHECK_INT(ntohl(key->mask), mask);
    CHECK_INT(key->offset, offset);
}

static void test_ipv4(void) {
    struct nlu_u32_key keys[NLU_U32_KEYS];
    struct nlu_tcmatch m = {.src = prefix("198.51.100.0/23"),
                            .dst = prefix("192.0.2.1"),
                            .has_ip_proto = true,
                            .ip_proto = 6,
                            .src_port = 1,
                            .dst_port = 80};

    CHECK_INT(nlu_u32_keys(&m, 0x0800, keys), 4);
    key_is(&keys[0], 0x00060000, 0x00ff0000, 8);
    key_is(&keys[1], 0xc6336400, 0xfffffe00, 12);
    key_is(&keys[2], 0xc0000201, 0xffffffff, 16);
    key_is(&keys[3], 0x00010050, 0xffffffff, 20);
}

static void test_ipv6(void) {
    struct nlu_u32_key keys[NLU_U32_KEYS];
    struct nlu_tcmatch m = {.src = prefix("2001:db8:1:2:3:4:5:6"),
                            .dst = prefix("2001:db8:8000::/33"),
                            .has_ip_proto = true,
                            .ip_proto = 17,
                            .dst_port = 53};

    CHECK_INT(nlu_u32_keys(&m, 0x86dd, keys), 8);
    key_is(&keys[0], 0x00001100, 0x0000ff00, 4);
    key_is(&keys[1], 0x20010db8, 0xffffffff, 8);
    key_is(&keys[4], 0x00050006, 0xffffffff, 20);
    key_is(&keys[5], 0x20010db8, 0xffffffff, 24);
    key_is(&keys[6], 0x80000000, 0x80000000, 28);
    key_is(&keys[7], 0x00000035, 0x0000ffff, 40);
}

static void test_the_longest_fits(void) {
    struct nlu_u32_key keys[NLU_U32_KEYS];
    struct nlu_tcmatch m = {.src = prefix("2001:db8::1"),
                            .dst = prefix("2001:db8::2"),
                            .has_ip_proto = true,
                            .ip_proto = 6,
                            .src_port = 1,
                            .dst_port = 2};
    CHECK_INT(nlu_u32_keys(&m, 0x86dd, keys), 10);
}

static void test_nothing_to_match(void) {
    struct nlu_u32_key keys[NLU_U32_KEYS];
    struct nlu_tcmatch m = {.src = prefix("0.0.0.0/0")};
    CHECK_INT(nlu_u32_keys(&m, 0x0800, keys), 0);
}

int main(void) {
    test_ipv4();
    test_ipv6();
    test_the_longest_fits();
    test_nothing_to_match();
    return check_result();
}
