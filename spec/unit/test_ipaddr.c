// Addresses between text and bytes: RFC 4291 in, RFC 5952 out.
#include "check.h"
#include "ipaddr.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

static void test_ip(void) {
    static const struct {
        const char *text, *canonical;
        int family;
    } good[] = {
        {"0.0.0.0", "0.0.0.0", AF_INET},
        {"192.0.2.1", "192.0.2.1", AF_INET},
        {"255.255.255.255", "255.255.255.255", AF_INET},
        {"::", "::", AF_INET6},
        {"::1", "::1", AF_INET6},
        {"2001:DB8::1", "2001:db8::1", AF_INET6},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1", AF_INET6},
        // RFC 5952: the longest run of zeros is cut, of equal ones the first, a single one never.
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", AF_INET6},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", AF_INET6},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", AF_INET6},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         AF_INET6},
        {"fe80::", "fe80::", AF_INET6},
    };
    static const char *const bad[] = {
        "",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1.1",
        "192.0.2.01x",
        "10.1",
        "0x7f.1",
        " 192.0.2.1",
        "192.0.2.1 ",
        "192.0.2.1/24",
        "2001:db8",
        ":::",
        "2001::1::",
        "fe80::1%eth0",
        "2001:db8::g",
        "[::1]",
        "12345::",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5",
        "-1.0.0.0",
        "192.0.2.1\n",
        "eth0",
        "::1.2.3",
        "256.0.0.1",
    };
    char buf[NLU_IP_TEXT];

    for (size_t i = 0; i < NLU_COUNT(good); i++) {
        struct nlu_ip ip = {0};
        CHECK_INT(nlu_ip_parse(good[i].text, &ip), 0);
        CHECK_INT(ip.family, good[i].family);
        CHECK_STR(nlu_ip_format(&ip, buf), good[i].canonical);
        CHECK_INT(nlu_ip_size(&ip), good[i].family == AF_INET ? 4 : 16);
        struct nlu_ip again = nlu_ip_from(ip.bytes, nlu_ip_size(&ip));
        CHECK(nlu_ip_equal(&ip, &again));
    }
    for (size_t i = 0; i < NLU_COUNT(bad); i++) {
        struct nlu_ip ip = {.family = 99};
        if (nlu_ip_parse(bad[i], &ip) != -EINVAL)
            CHECK_STR(bad[i], "refused");
        CHECK_INT(ip.family, 99); // outputs only on success
    }
    // Every value a byte can have.
    for (unsigned value = 0; value < 256; value++) {
        uint8_t bytes[4] = {(uint8_t)value, (uint8_t)~value, 0, (uint8_t)(value * 7)};
        struct nlu_ip ip = nlu_ip_from(bytes, 4);
        char want[NLU_IP_TEXT];
        snprintf(want, sizeof want, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
        CHECK_STR(nlu_ip_format(&ip, buf), want);
    }
    struct nlu_ip none = {0};
    CHECK_STR(nlu_ip_format(&none, buf), "");
    CHECK_INT(nlu_ip_size(&none), 0);
    for (size_t size = 0; size < 40; size++)
        CHECK_INT(nlu_ip_from("0123456789012345678901234567890123456789", size).family,
                  size == 4    ? AF_INET
                  : size == 16 ? AF_INET6
                               : 0);
}

static void test_equal(void) {
    struct nlu_ip a, b;

    CHECK_INT(nlu_ip_parse("192.0.2.1", &a), 0);
    CHECK_INT(nlu_ip_parse("192.0.2.1", &b), 0);
    CHECK(nlu_ip_equal(&a, &b));
    b.bytes[12] = 1; // behind an IPv4 address is nothing that counts
    CHECK(nlu_ip_equal(&a, &b));
    for (int i = 0; i < 4; i++) {
        b = a;
        b.bytes[i] ^= 0x10;
        CHECK(!nlu_ip_equal(&a, &b));
    }
    struct nlu_ip v6 = nlu_ip_from("\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0", 16);
    CHECK(!nlu_ip_equal(&a, &v6));
    struct nlu_ip other = v6;
    other.bytes[15] = 1;
    CHECK(!nlu_ip_equal(&v6, &other));
}

static void test_prefix(void) {
    static const struct {
        const char *text, *canonical;
        int len;
    } good[] = {
        {"192.0.2.0/24", "192.0.2.0/24", 24},
        {"192.0.2.1", "192.0.2.1/32", 32},
        {"2001:db8::/32", "2001:db8::/32", 32},
        {"2001:db8::1", "2001:db8::1/128", 128},
        {"0.0.0.0/0", "0.0.0.0/0", 0},
        // The kernel refuses this one, and says why better than we could.
        {"192.0.2.1/40", "192.0.2.1/40", 40},
        {"192.0.2.1/255", "192.0.2.1/255", 255},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 128},
    };
    static const char *const bad[] = {
        "",
        "/",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/256",
        "192.0.2.0/1000",
        "192.0.2/24",
        "1.2.3.4/a",
        "1.2.3.4/-1",
        "1.2.3.4/+1",
        "1.2.3.4/ 1",
        "1.2.3.4/1 ",
        "1.2.3.4//8",
        "1.2.3.4/8/8",
        "eth0/24",
        "1.2.3.4/0x8",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/12",
    };
    char buf[NLU_PREFIX_TEXT];

    for (size_t i = 0; i < NLU_COUNT(good); i++) {
        struct nlu_prefix prefix;
        CHECK_INT(nlu_prefix_parse(good[i].text, &prefix), 0);
        CHECK_INT(prefix.len, good[i].len);
        CHECK_STR(nlu_prefix_format(&prefix, buf), good[i].canonical);
    }
    for (size_t i = 0; i < NLU_COUNT(bad); i++) {
        struct nlu_prefix prefix = {.len = 77};
        if (nlu_prefix_parse(bad[i], &prefix) != -EINVAL)
            CHECK_STR(bad[i], "refused");
        CHECK_INT(prefix.len, 77);
    }
}

// Against the definition, bit by bit, for every length and each single differing bit.
static void test_contains(void) {
    static const size_t sizes[] = {4, 16};

    for (size_t s = 0; s < NLU_COUNT(sizes); s++) {
        size_t size = sizes[s];
        uint8_t bytes[16];
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(0x35 * (i + 3));
        struct nlu_prefix prefix = {.ip = nlu_ip_from(bytes, size)};
        for (size_t len = 0; len <= size * 8; len++) {
            prefix.len = (uint8_t)len;
            CHECK(nlu_prefix_contains(&prefix, &prefix.ip));
            for (size_t bit = 0; bit < size * 8; bit++) {
                struct nlu_ip ip = prefix.ip;
                ip.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
                if (nlu_prefix_contains(&prefix, &ip) != (bit >= len))
                    CHECK_INT(bit, len);
            }
        }
        prefix.len = (uint8_t)(size * 8 + 1); // no address is in a prefix that cannot be
        CHECK(!nlu_prefix_contains(&prefix, &prefix.ip));
        prefix.len = 0;
        struct nlu_ip other = nlu_ip_from(bytes, size == 4 ? 16 : 4), none = {0};
        CHECK(!nlu_prefix_contains(&prefix, &other));
        CHECK(!nlu_prefix_contains(&prefix, &none));
        prefix.ip = none;
        CHECK(!nlu_prefix_contains(&prefix, &none));
    }
}

static void test_mac(void) {
    static const char *const bad[] = {
        "",
        "02:00:5e:00:53",
        "02:00:5e:00:53:01:02",
        "02-00-5e-00-53-01",
        "2:0:5e:0:53:1",
        "02:00:5e:00:53:0g",
        "02:00:5e:00:53:01 ",
        ":02:00:5e:00:53:1",
        "02:00:5e:00:53:0",
        "0200:5e:00:53:010",
    };
    uint8_t mac[NLU_MAC_LEN] = {0};
    char buf[NLU_MAC_TEXT], text[NLU_MAC_TEXT];

    for (int value = 0; value < 256; value++)
        for (int at = 0; at < NLU_MAC_LEN; at++) {
            uint8_t want[NLU_MAC_LEN] = {0};
            want[at] = (uint8_t)value;
            nlu_mac_format(want, text);
            CHECK_INT(nlu_mac_parse(text, mac), 0);
            CHECK(memcmp(mac, want, sizeof mac) == 0);
        }
    CHECK_INT(nlu_mac_parse("02:AB:cD:00:53:fF", mac), 0);
    CHECK_STR(nlu_mac_format(mac, buf), "02:ab:cd:00:53:ff");
    for (size_t i = 0; i < NLU_COUNT(bad); i++) {
        if (nlu_mac_parse(bad[i], mac) != -EINVAL)
            CHECK_STR(bad[i], "refused");
        CHECK_STR(nlu_mac_format(mac, buf), "02:ab:cd:00:53:ff");
    }
}

int main(void) {
    test_ip();
    test_equal();
    test_prefix();
    test_contains();
    test_mac();
    return check_result();
}
