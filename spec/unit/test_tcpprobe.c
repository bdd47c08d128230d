// tcpprobe.c: a SYN that checks, and what is read back of one.
#include "tcpprobe.h"

#include "check.h"
#include "cursor.h"

#include <errno.h>
#include <stdlib.h>

static void builds_syn(const char *src_text, const char *dst_text, unsigned mss) {
    struct nlu_ip src, dst;
    struct nlu_tcp_head head;
    uint8_t buf[64];

    CHECK_INT(nlu_ip_parse(src_text, &src), 0);
    CHECK_INT(nlu_ip_parse(dst_text, &dst), 0);
    CHECK_INT(nlu_tcp_syn_build(&src, &dst, 61000, 80, 0x12345678, buf, sizeof buf), 40);
    uint32_t sum = nlu_checksum_pseudo(src.bytes, dst.bytes, nlu_ip_size(&src), 6, 40);
    CHECK_INT(nlu_checksum_finish(nlu_checksum_add(sum, buf, 40)), 0);
    CHECK_INT(nlu_tcp_parse(buf, 40, &head), 0);
    CHECK_INT(head.src_port, 61000);
    CHECK_INT(head.dst_port, 80);
    CHECK_INT(head.seq, 0x12345678);
    CHECK_INT(head.ack, 0);
    CHECK_INT(head.flags, NLU_TCP_FLAG_SYN);
    CHECK_INT(buf[12] >> 4, 10);
    CHECK_INT(buf[22] << 8 | buf[23], mss);
    CHECK_INT(nlu_tcp_syn_build(&src, &dst, 1, 2, 3, buf, 39), -ENOBUFS);
}

static void survives_truncation(void) {
    struct nlu_ip ip;
    struct nlu_tcp_head head;
    uint8_t buf[40];

    CHECK_INT(nlu_ip_parse("192.0.2.1", &ip), 0);
    CHECK_INT(nlu_tcp_syn_build(&ip, &ip, 1, 2, 3, buf, sizeof buf), 40);
    for (size_t n = 0; n <= sizeof buf; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, buf, n);
        CHECK_INT(nlu_tcp_parse(exact, n, &head), n < 20 ? -EBADMSG : 0);
        CHECK_INT(nlu_tcp_parse_quoted(exact, n, &head), n < 8 ? -EBADMSG : 0);
        free(exact);
    }
}

int main(void) {
    builds_syn("192.0.2.1", "198.51.100.1", 1460);
    builds_syn("2001:db8::1", "2001:db8::2", 1440);
    survives_truncation();
    return check_result();
}
