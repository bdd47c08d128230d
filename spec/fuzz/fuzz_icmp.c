// What arrives at a probe's socket: IPv4 headers, ICMP and ICMPv6 with what their errors quote, TCP
// heads. The first byte chooses the reader. Whatever is found must lie inside the bytes, and every
// type has words.
#include "icmp.h"
#include "tcpprobe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const uint8_t *bytes, size_t size, const uint8_t *part, size_t part_size) {
    if (part && (part < bytes || part > bytes + size || part_size > (size_t)(bytes + size - part)))
        abort();
    if (!part && part_size)
        abort();
}

static void check_text(const char *text, bool may_be_empty) {
    size_t len = strnlen(text, NLU_ICMP_TEXT);
    if (len == NLU_ICMP_TEXT || (!len && !may_be_empty))
        abort();
}

static void read_icmp(int family, const uint8_t *bytes, size_t size) {
    struct nlu_icmp m;
    char text[NLU_ICMP_TEXT];

    if (nlu_icmp_parse(family, bytes, size, &m) < 0) {
        if (size >= NLU_ICMP_HEADER)
            abort();
        return;
    }
    check_inside(bytes, size, m.payload, m.payload_size);
    check_inside(bytes, size, m.quote.payload, m.quote.payload_size);
    if ((m.quote.has_echo && !m.quote.has_ports) || (m.quote.has_ports && !m.quote.dst.family))
        abort();
    check_text(nlu_icmp_text(family, m.type, m.code, m.info, &m.gateway, text), false);
    check_text(nlu_icmp_mark(family, m.type, m.code, m.info, text), true);
    if (nlu_icmp_is_hop(family, m.type, m.code) && nlu_icmp_is_port(family, m.type, m.code))
        abort();
}

static void read_quoted(int family, const uint8_t *bytes, size_t size) {
    struct nlu_icmp_quote q;

    if (nlu_icmp_parse_quoted_echo(family, bytes, size, &q) == 0)
        check_inside(bytes, size, q.payload, q.payload_size);
}

static void read_packet(const uint8_t *bytes, size_t size) {
    struct nlu_ipv4_head head;

    if (nlu_ipv4_parse(bytes, size, &head) < 0)
        return;
    if (head.size > size || head.size < 20)
        abort();
    read_icmp(AF_INET, bytes + head.size, size - head.size);
}

static void read_tcp(const uint8_t *bytes, size_t size) {
    struct nlu_tcp_head whole, quoted;
    int rc = nlu_tcp_parse(bytes, size, &whole);

    if (nlu_tcp_parse_quoted(bytes, size, &quoted) < 0) {
        if (rc == 0)
            abort();
    } else if (rc == 0 && (whole.seq != quoted.seq || whole.dst_port != quoted.dst_port)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    // Memory of exactly the size: a read beyond it is seen.
    uint8_t *bytes = malloc(size - 1 ? size - 1 : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data + 1, size - 1);
    switch (data[0] % 6) {
    case 0:
        read_packet(bytes, size - 1);
        break;
    case 1:
        read_icmp(AF_INET, bytes, size - 1);
        break;
    case 2:
        read_icmp(AF_INET6, bytes, size - 1);
        break;
    case 3:
        read_quoted(AF_INET, bytes, size - 1);
        break;
    case 4:
        read_quoted(AF_INET6, bytes, size - 1);
        break;
    default:
        read_tcp(bytes, size - 1);
    }
    free(bytes);
    return 0;
}
