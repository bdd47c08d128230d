// icmp.c: what is built is parsed again, errors give back their probe, and words are ping's.
#include "icmp.h"

#include "check.h"
#include "cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static void builds_echo(void) {
    uint8_t payload[57], buf[128];
    struct nlu_icmp m;

    nlu_icmp_fill(payload, sizeof payload, NULL, 0);
    CHECK_INT(payload[56], 56);
    for (size_t size = 0; size <= sizeof payload; size++) {
        int len = nlu_icmp_echo_build(AF_INET, 0xabcd, 0xfffe, payload, size, buf, sizeof buf);
        CHECK_INT(len, size + 8);
        CHECK_INT(nlu_icmp_parse(AF_INET, buf, (size_t)len, &m), 0);
        CHECK_INT(m.kind, NLU_ICMP_REQUEST);
        CHECK(m.checksum_ok);
        CHECK_INT(m.id, 0xabcd);
        CHECK_INT(m.seq, 0xfffe);
        CHECK_INT(m.payload_size, size);
        CHECK(size == 0 || memcmp(m.payload, payload, size) == 0);
        buf[len - 1] ^= 1;
        CHECK_INT(nlu_icmp_parse(AF_INET, buf, (size_t)len, &m), 0);
        CHECK(!m.checksum_ok);
    }
    CHECK_INT(nlu_icmp_echo_build(AF_INET6, 1, 2, payload, 4, buf, sizeof buf), 12);
    CHECK_INT(buf[0], 128);
    CHECK_INT(buf[2] << 8 | buf[3], 0);
    CHECK_INT(nlu_icmp_echo_build(AF_INET, 1, 2, payload, 4, buf, 11), -ENOBUFS);
}

static void fills_patterns(void) {
    const uint8_t ab[] = {0xab, 0x01};
    uint8_t out[5];

    nlu_icmp_fill(out, sizeof out, ab, sizeof ab);
    CHECK(memcmp(out, "\xab\x01\xab\x01\xab", 5) == 0);
}

// An IPv4 header in front of the echo request with this id and seq, quoted by an error.
static size_t error4(uint8_t *buf, uint8_t type, uint8_t code, uint32_t rest, uint16_t id,
                     uint16_t seq) {
    static const uint8_t ip[] = {0x45, 0, 0,   84, 0, 0, 0x40, 0,  1,   1,
                                 0,    0, 192, 0,  2, 1, 198,  51, 100, 1};
    uint8_t payload[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct nlu_writer w = nlu_writer_into(buf, 256);

    nlu_write_u8(&w, type);
    nlu_write_u8(&w, code);
    nlu_write_be16(&w, 0);
    nlu_write_be32(&w, rest);
    nlu_write_bytes(&w, ip, sizeof ip);
    int n = nlu_icmp_echo_build(AF_INET, id, seq, payload, sizeof payload, buf + w.len, 128);
    w.len += (size_t)n;
    nlu_write_patch_be16(&w, 2, nlu_checksum_finish(nlu_checksum_add(0, buf, w.len)));
    return w.len;
}

static void reads_errors4(void) {
    uint8_t buf[256];
    struct nlu_icmp m;
    char text[NLU_IP_TEXT];

    size_t len = error4(buf, 3, 4, 1400, 7, 9);
    CHECK_INT(nlu_icmp_parse(AF_INET, buf, len, &m), 0);
    CHECK_INT(m.kind, NLU_ICMP_ERROR);
    CHECK(m.checksum_ok);
    CHECK_INT(m.info, 1400);
    CHECK(m.quote.has_echo);
    CHECK_INT(m.quote.id, 7);
    CHECK_INT(m.quote.seq, 9);
    CHECK_INT(m.quote.hops, 1);
    CHECK_STR(nlu_ip_format(&m.quote.dst, text), "198.51.100.1");
    CHECK_INT(m.quote.payload_size, 16);
    CHECK_INT(m.quote.payload[0], 1);

    len = error4(buf, 5, 1, 0xc00002fd, 7, 9);
    CHECK_INT(nlu_icmp_parse(AF_INET, buf, len, &m), 0);
    CHECK_INT(m.kind, NLU_ICMP_NOTICE);
    CHECK_STR(nlu_ip_format(&m.gateway, text), "192.0.2.253");

    len = error4(buf, 12, 0, 0x14000000, 7, 9);
    CHECK_INT(nlu_icmp_parse(AF_INET, buf, len, &m), 0);
    CHECK_INT(m.info, 20);
}

// Every truncation is read without harm, from memory of exactly that size, and says only what is
// there.
static void survives_truncation(void) {
    uint8_t buf[256];
    struct nlu_icmp m;
    size_t len = error4(buf, 11, 0, 0, 7, 9);

    for (size_t n = 0; n <= len; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, buf, n);
        int rc = nlu_icmp_parse(AF_INET, exact, n, &m);
        CHECK_INT(rc, n < 8 ? -EBADMSG : 0);
        if (rc == 0) {
            CHECK_INT(m.quote.dst.family, n >= 28 ? AF_INET : 0);
            CHECK_INT(m.quote.has_ports, n >= 32);
            CHECK_INT(m.quote.has_echo, n >= 36);
            CHECK_INT(m.quote.payload_size, n >= 36 ? n - 36 : 0);
        }
        free(exact);
    }
}

static size_t error6(uint8_t *buf, uint8_t type, uint8_t code, uint32_t rest, bool extensions) {
    struct nlu_writer w = nlu_writer_into(buf, 256);
    struct nlu_ip ip;

    nlu_write_u8(&w, type);
    nlu_write_u8(&w, code);
    nlu_write_be16(&w, 0);
    nlu_write_be32(&w, rest);
    nlu_write_be32(&w, 0x60000000);
    nlu_write_be16(&w, 64);
    nlu_write_u8(&w, extensions ? 0 : 58);
    nlu_write_u8(&w, 1);
    CHECK_INT(nlu_ip_parse("2001:db8::1", &ip), 0);
    nlu_write_bytes(&w, ip.bytes, 16);
    CHECK_INT(nlu_ip_parse("2001:db8::2", &ip), 0);
    nlu_write_bytes(&w, ip.bytes, 16);
    if (extensions) {
        nlu_write_be64(&w, UINT64_C(0x2c01000000000000)); // hop-by-hop, 16 bytes, then a fragment
        nlu_write_be64(&w, 0);
        nlu_write_be64(&w, UINT64_C(0x3aff000000000000));
    }
    int n = nlu_icmp_echo_build(AF_INET6, 5, 6, "pay", 3, buf + w.len, 64);
    return w.len + (size_t)n;
}

static void reads_errors6(void) {
    uint8_t buf[256];
    struct nlu_icmp m;
    char text[NLU_IP_TEXT];

    for (int extensions = 0; extensions < 2; extensions++) {
        size_t len = error6(buf, 2, 0, 1280, extensions);
        CHECK_INT(nlu_icmp_parse(AF_INET6, buf, len, &m), 0);
        CHECK_INT(m.kind, NLU_ICMP_ERROR);
        CHECK_INT(m.info, 1280);
        CHECK_INT(m.quote.protocol, 58);
        CHECK(m.quote.has_echo);
        CHECK_INT(m.quote.id, 5);
        CHECK_INT(m.quote.seq, 6);
        CHECK_STR(nlu_ip_format(&m.quote.dst, text), "2001:db8::2");
        CHECK_INT(m.quote.payload_size, 3);
    }
}

static void reads_quoted_echo(void) {
    uint8_t buf[16];
    struct nlu_icmp_quote q;

    CHECK_INT(nlu_icmp_echo_build(AF_INET, 3, 4, "abcd", 4, buf, sizeof buf), 12);
    CHECK_INT(nlu_icmp_parse_quoted_echo(AF_INET, buf, 12, &q), 0);
    CHECK_INT(q.id, 3);
    CHECK_INT(q.seq, 4);
    CHECK_INT(q.payload_size, 4);
    CHECK_INT(nlu_icmp_parse_quoted_echo(AF_INET, buf, 7, &q), -EBADMSG);
    CHECK_INT(nlu_icmp_parse_quoted_echo(AF_INET6, buf, 12, &q), -EBADMSG);
}

static void speaks_as_ping(void) {
    char buf[NLU_ICMP_TEXT];
    struct nlu_ip gateway;

    CHECK_INT(nlu_ip_parse("192.0.2.9", &gateway), 0);
    CHECK_STR(nlu_icmp_text(AF_INET, 3, 1, 0, NULL, buf), "Destination Host Unreachable");
    CHECK_STR(nlu_icmp_text(AF_INET, 3, 4, 1400, NULL, buf), "Frag needed and DF set (mtu = 1400)");
    CHECK_STR(nlu_icmp_text(AF_INET, 3, 13, 0, NULL, buf), "Packet filtered");
    CHECK_STR(nlu_icmp_text(AF_INET, 3, 99, 0, NULL, buf), "Dest Unreachable, Bad Code: 99");
    CHECK_STR(nlu_icmp_text(AF_INET, 5, 1, 0, &gateway, buf),
              "Redirect Host(New nexthop: 192.0.2.9)");
    CHECK_STR(nlu_icmp_text(AF_INET, 11, 0, 0, NULL, buf), "Time to live exceeded");
    CHECK_STR(nlu_icmp_text(AF_INET6, 1, 0, 0, NULL, buf), "Destination unreachable: No route");
    CHECK_STR(nlu_icmp_text(AF_INET6, 2, 0, 1280, NULL, buf), "Packet too big: mtu=1280");
    CHECK_STR(nlu_icmp_text(AF_INET6, 3, 0, 0, NULL, buf), "Time exceeded: Hop limit");
}

static void marks_as_traceroute(void) {
    char buf[NLU_ICMP_TEXT];

    CHECK_STR(nlu_icmp_mark(AF_INET, 11, 0, 0, buf), "");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 3, 0, buf), "");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 0, 0, buf), "!N");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 1, 0, buf), "!H");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 2, 0, buf), "!P");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 4, 1492, buf), "!F-1492");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 13, 0, buf), "!X");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 15, 0, buf), "!C");
    CHECK_STR(nlu_icmp_mark(AF_INET, 3, 16, 0, buf), "!<16>");
    CHECK_STR(nlu_icmp_mark(AF_INET, 12, 1, 0, buf), "!<12-1>");
    CHECK_STR(nlu_icmp_mark(AF_INET6, 1, 4, 0, buf), "");
    CHECK_STR(nlu_icmp_mark(AF_INET6, 1, 1, 0, buf), "!X");
    CHECK_STR(nlu_icmp_mark(AF_INET6, 1, 3, 0, buf), "!H");
    CHECK_STR(nlu_icmp_mark(AF_INET6, 1, 9, 0, buf), "!<9>");
    CHECK_STR(nlu_icmp_mark(AF_INET6, 2, 0, 1280, buf), "!F-1280");
}

int main(void) {
    builds_echo();
    fills_patterns();
    reads_errors4();
    survives_truncation();
    reads_errors6();
    reads_quoted_echo();
    speaks_as_ping();
    marks_as_traceroute();
    return check_result();
}
