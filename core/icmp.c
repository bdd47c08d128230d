#include "icmp.h"

#include "cursor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// Protocol numbers, from IANA's registry; <netinet/in.h> spells some of them differently.
enum {
    PROTO_HOP_BY_HOP = 0,
    PROTO_ICMP = 1,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_ICMP6 = 58,
    PROTO_DEST_OPTIONS = 60,
};

// More extension headers than any sender writes; a longer chain is not worth following.
enum { MAX_EXTENSIONS = 8 };

int nlu_ipv4_parse(const void *bytes, size_t size, struct nlu_ipv4_head *ret_head) {
    struct nlu_cursor c = nlu_cursor_over(bytes, size);
    struct nlu_ipv4_head head = {0};

    uint8_t first = nlu_read_u8(&c);
    head.size = (size_t)(first & 0xf) * 4;
    nlu_read_skip(&c, 7); // service, length, id, fragment
    head.ttl = nlu_read_u8(&c);
    head.protocol = nlu_read_u8(&c);
    nlu_read_skip(&c, 2);
    uint8_t src[4], dst[4];
    nlu_read_bytes(&c, src, sizeof src);
    nlu_read_bytes(&c, dst, sizeof dst);
    if (c.truncated || first >> 4 != 4 || head.size < 20 || head.size > size)
        return -EBADMSG;
    head.src = nlu_ip_from(src, sizeof src);
    head.dst = nlu_ip_from(dst, sizeof dst);
    *ret_head = head;
    return 0;
}

static bool is_request(int family, uint8_t type) {
    return type == (family == AF_INET ? NLU_ICMP4_ECHO : NLU_ICMP6_ECHO);
}

static enum nlu_icmp_kind kind_of(int family, uint8_t type) {
    if (family == AF_INET) {
        switch (type) {
        case NLU_ICMP4_ECHO:
            return NLU_ICMP_REQUEST;
        case NLU_ICMP4_ECHO_REPLY:
            return NLU_ICMP_REPLY;
        case NLU_ICMP4_UNREACH:
        case NLU_ICMP4_TIME_EXCEEDED:
        case NLU_ICMP4_PARAMETER:
            return NLU_ICMP_ERROR;
        case NLU_ICMP4_REDIRECT:
        case NLU_ICMP4_SOURCE_QUENCH:
            return NLU_ICMP_NOTICE;
        default:
            return NLU_ICMP_OTHER;
        }
    }
    switch (type) {
    case NLU_ICMP6_ECHO:
        return NLU_ICMP_REQUEST;
    case NLU_ICMP6_ECHO_REPLY:
        return NLU_ICMP_REPLY;
    case NLU_ICMP6_UNREACH:
    case NLU_ICMP6_TOO_BIG:
    case NLU_ICMP6_TIME_EXCEEDED:
    case NLU_ICMP6_PARAMETER:
        return NLU_ICMP_ERROR;
    default:
        return NLU_ICMP_OTHER;
    }
}

// The first 8 bytes of the quoted packet's own header, as far as they are there.
static void read_quoted_header(struct nlu_cursor *c, struct nlu_icmp_quote *q) {
    if (nlu_cursor_left(c) < 4)
        return;
    struct nlu_cursor echo = *c;
    q->src_port = nlu_read_be16(c);
    q->dst_port = nlu_read_be16(c);
    q->has_ports = true;
    if (q->protocol == PROTO_ICMP || q->protocol == PROTO_ICMP6) {
        int family = q->protocol == PROTO_ICMP ? AF_INET : AF_INET6;
        uint8_t type = nlu_read_u8(&echo);
        nlu_read_skip(&echo, 3);
        q->id = nlu_read_be16(&echo);
        q->seq = nlu_read_be16(&echo);
        q->has_echo = is_request(family, type) && !echo.truncated;
    }
    if (nlu_cursor_left(c) >= 4) {
        nlu_read_skip(c, 4);
        q->payload = c->p;
        q->payload_size = nlu_cursor_left(c);
    }
}

static void read_quote4(struct nlu_cursor *c, struct nlu_icmp_quote *q) {
    struct nlu_ipv4_head head;

    if (nlu_ipv4_parse(c->p, nlu_cursor_left(c), &head) < 0)
        return;
    q->src = head.src;
    q->dst = head.dst;
    q->protocol = head.protocol;
    q->hops = head.ttl;
    nlu_read_skip(c, head.size);
    read_quoted_header(c, q);
}

static void read_quote6(struct nlu_cursor *c, struct nlu_icmp_quote *q) {
    uint8_t src[16], dst[16];

    uint8_t first = nlu_read_u8(c);
    nlu_read_skip(c, 5);
    uint8_t next = nlu_read_u8(c);
    q->hops = nlu_read_u8(c);
    nlu_read_bytes(c, src, sizeof src);
    nlu_read_bytes(c, dst, sizeof dst);
    if (c->truncated || first >> 4 != 6) {
        q->hops = 0;
        return;
    }
    q->src = nlu_ip_from(src, sizeof src);
    q->dst = nlu_ip_from(dst, sizeof dst);
    for (int i = 0; i < MAX_EXTENSIONS; i++) {
        if (next != PROTO_HOP_BY_HOP && next != PROTO_ROUTING && next != PROTO_FRAGMENT &&
            next != PROTO_DEST_OPTIONS)
            break;
        // RFC 8200 section 4: length in units of 8 bytes beyond the first; a fragment header has 8.
        uint8_t after = nlu_read_u8(c);
        size_t more = nlu_read_u8(c);
        nlu_read_skip(c, 6 + (next == PROTO_FRAGMENT ? 0 : more * 8));
        if (c->truncated)
            return;
        next = after;
    }
    q->protocol = next;
    read_quoted_header(c, q);
}

int nlu_icmp_parse(int family, const void *bytes, size_t size, struct nlu_icmp *ret) {
    struct nlu_cursor c = nlu_cursor_over(bytes, size);
    struct nlu_icmp m = {0};

    m.type = nlu_read_u8(&c);
    m.code = nlu_read_u8(&c);
    nlu_read_skip(&c, 2);
    uint32_t rest = nlu_read_be32(&c);
    if (c.truncated)
        return -EBADMSG;
    m.kind = kind_of(family, m.type);
    m.checksum_ok =
        family == AF_INET6 || nlu_checksum_finish(nlu_checksum_add(0, bytes, size)) == 0;
    switch (m.kind) {
    case NLU_ICMP_REQUEST:
    case NLU_ICMP_REPLY:
        m.id = (uint16_t)(rest >> 16);
        m.seq = (uint16_t)rest;
        m.payload = c.p;
        m.payload_size = nlu_cursor_left(&c);
        break;
    case NLU_ICMP_ERROR:
    case NLU_ICMP_NOTICE:
        if (family == AF_INET6) {
            if (m.type == NLU_ICMP6_TOO_BIG || m.type == NLU_ICMP6_PARAMETER)
                m.info = rest;
            read_quote6(&c, &m.quote);
        } else {
            if (m.type == NLU_ICMP4_UNREACH && m.code == 4)
                m.info = rest & 0xffff; // RFC 1191: next-hop MTU
            else if (m.type == NLU_ICMP4_PARAMETER)
                m.info = rest >> 24;
            else if (m.type == NLU_ICMP4_REDIRECT)
                m.gateway = nlu_ip_from((const uint8_t *)bytes + 4, 4);
            read_quote4(&c, &m.quote);
        }
        break;
    case NLU_ICMP_OTHER:
        break;
    }
    *ret = m;
    return 0;
}

int nlu_icmp_parse_quoted_echo(int family, const void *bytes, size_t size,
                               struct nlu_icmp_quote *ret_quote) {
    struct nlu_cursor c = nlu_cursor_over(bytes, size);
    struct nlu_icmp_quote q = {.protocol = family == AF_INET ? PROTO_ICMP : PROTO_ICMP6};

    read_quoted_header(&c, &q);
    if (!q.has_echo)
        return -EBADMSG;
    *ret_quote = q;
    return 0;
}

int nlu_icmp_echo_build(int family, uint16_t id, uint16_t seq, const void *payload, size_t size,
                        void *buf, size_t cap) {
    struct nlu_writer w = nlu_writer_into(buf, cap);

    nlu_write_u8(&w, family == AF_INET ? NLU_ICMP4_ECHO : NLU_ICMP6_ECHO);
    nlu_write_u8(&w, 0);
    nlu_write_be16(&w, 0);
    nlu_write_be16(&w, id);
    nlu_write_be16(&w, seq);
    nlu_write_bytes(&w, payload, size);
    if (w.overflow)
        return -ENOBUFS;
    if (family == AF_INET)
        nlu_write_patch_be16(&w, 2, nlu_checksum_finish(nlu_checksum_add(0, buf, w.len)));
    return (int)w.len;
}

void nlu_icmp_fill(uint8_t *payload, size_t size, const uint8_t *pattern, size_t pattern_size) {
    for (size_t i = 0; i < size; i++)
        payload[i] = pattern_size ? pattern[i % pattern_size] : (uint8_t)i;
}

// --- words ------------------------------------------------------------------------------------

static const char *const unreach4[] = {
    "Destination Net Unreachable",
    "Destination Host Unreachable",
    "Destination Protocol Unreachable",
    "Destination Port Unreachable",
    NULL, // needs its number
    "Source Route Failed",
    "Destination Net Unknown",
    "Destination Host Unknown",
    "Source Host Isolated",
    "Destination Net Prohibited",
    "Destination Host Prohibited",
    "Destination Net Unreachable for Type of Service",
    "Destination Host Unreachable for Type of Service",
    "Packet filtered",
    "Precedence Violation",
    "Precedence Cutoff",
};

static const char *const redirect4[] = {
    "Redirect Network",
    "Redirect Host",
    "Redirect Type of Service and Network",
    "Redirect Type of Service and Host",
};

static const char *const exceeded4[] = {"Time to live exceeded", "Frag reassembly time exceeded"};

static const char *const unreach6[] = {
    "No route",
    "Administratively prohibited",
    "Beyond scope of source address",
    "Address unreachable",
    "Port unreachable",
};

static const char *const exceeded6[] = {"Hop limit", "Defragmentation failure"};

static const char *const parameter6[] = {"Wrong header field", "Unknown header", "Unknown option"};

static void text4(uint8_t type, uint8_t code, uint32_t info, const struct nlu_ip *gateway,
                  char buf[NLU_ICMP_TEXT]) {
    char ip[NLU_IP_TEXT];

    switch (type) {
    case NLU_ICMP4_UNREACH:
        if (code == 4)
            snprintf(buf, NLU_ICMP_TEXT, "Frag needed and DF set (mtu = %u)", info);
        else if (code < NLU_COUNT(unreach4))
            snprintf(buf, NLU_ICMP_TEXT, "%s", unreach4[code]);
        else
            snprintf(buf, NLU_ICMP_TEXT, "Dest Unreachable, Bad Code: %u", code);
        break;
    case NLU_ICMP4_SOURCE_QUENCH:
        snprintf(buf, NLU_ICMP_TEXT, "Source Quench");
        break;
    case NLU_ICMP4_REDIRECT:
        if (code < NLU_COUNT(redirect4))
            snprintf(buf, NLU_ICMP_TEXT, "%s(New nexthop: %s)", redirect4[code],
                     gateway ? nlu_ip_format(gateway, ip) : "");
        else
            snprintf(buf, NLU_ICMP_TEXT, "Redirect, Bad Code: %u", code);
        break;
    case NLU_ICMP4_TIME_EXCEEDED:
        if (code < NLU_COUNT(exceeded4))
            snprintf(buf, NLU_ICMP_TEXT, "%s", exceeded4[code]);
        else
            snprintf(buf, NLU_ICMP_TEXT, "Time exceeded, Bad Code: %u", code);
        break;
    case NLU_ICMP4_PARAMETER:
        snprintf(buf, NLU_ICMP_TEXT, "Parameter problem: pointer = %u", info);
        break;
    default:
        snprintf(buf, NLU_ICMP_TEXT, "Bad ICMP type: %u", type);
    }
}

static void text6(uint8_t type, uint8_t code, uint32_t info, char buf[NLU_ICMP_TEXT]) {
    switch (type) {
    case NLU_ICMP6_UNREACH:
        if (code < NLU_COUNT(unreach6))
            snprintf(buf, NLU_ICMP_TEXT, "Destination unreachable: %s", unreach6[code]);
        else
            snprintf(buf, NLU_ICMP_TEXT, "Destination unreachable: Unknown code %u", code);
        break;
    case NLU_ICMP6_TOO_BIG:
        if (code)
            snprintf(buf, NLU_ICMP_TEXT, "Packet too big: mtu=%u, code=%u", info, code);
        else
            snprintf(buf, NLU_ICMP_TEXT, "Packet too big: mtu=%u", info);
        break;
    case NLU_ICMP6_TIME_EXCEEDED:
        if (code < NLU_COUNT(exceeded6))
            snprintf(buf, NLU_ICMP_TEXT, "Time exceeded: %s", exceeded6[code]);
        else
            snprintf(buf, NLU_ICMP_TEXT, "Time exceeded: code %u", code);
        break;
    case NLU_ICMP6_PARAMETER:
        if (code < NLU_COUNT(parameter6))
            snprintf(buf, NLU_ICMP_TEXT, "Parameter problem: %s at %u", parameter6[code], info);
        else
            snprintf(buf, NLU_ICMP_TEXT, "Parameter problem: code %u at %u", code, info);
        break;
    default:
        snprintf(buf, NLU_ICMP_TEXT, "unknown icmp type: %u", type);
    }
}

const char *nlu_icmp_text(int family, uint8_t type, uint8_t code, uint32_t info,
                          const struct nlu_ip *gateway, char buf[NLU_ICMP_TEXT]) {
    if (family == AF_INET)
        text4(type, code, info, gateway, buf);
    else
        text6(type, code, info, buf);
    return buf;
}

bool nlu_icmp_is_hop(int family, uint8_t type, uint8_t code) {
    return code == 0 &&
           type == (family == AF_INET ? NLU_ICMP4_TIME_EXCEEDED : NLU_ICMP6_TIME_EXCEEDED);
}

bool nlu_icmp_is_port(int family, uint8_t type, uint8_t code) {
    return family == AF_INET ? type == NLU_ICMP4_UNREACH && code == 3
                             : type == NLU_ICMP6_UNREACH && code == 4;
}

const char *nlu_icmp_mark(int family, uint8_t type, uint8_t code, uint32_t info,
                          char buf[NLU_ICMP_TEXT]) {
    // One letter a code, by number; '?' has none and is shown as a number. As traceroute(8) has it.
    static const char marks4[] = "NHP?FSNHNXXNHXVC";
    static const char marks6[] = "NXHH?";
    bool v4 = family == AF_INET;
    char mark = '?';

    buf[0] = '\0';
    if (nlu_icmp_is_hop(family, type, code) || nlu_icmp_is_port(family, type, code))
        return buf;
    if (type == (v4 ? NLU_ICMP4_UNREACH : NLU_ICMP6_UNREACH)) {
        if (code < (v4 ? sizeof marks4 : sizeof marks6) - 1)
            mark = v4 ? marks4[code] : marks6[code];
    } else if (!v4 && type == NLU_ICMP6_TOO_BIG) {
        mark = 'F';
    } else {
        snprintf(buf, NLU_ICMP_TEXT, "!<%u-%u>", type, code);
        return buf;
    }
    if (mark == 'F')
        snprintf(buf, NLU_ICMP_TEXT, "!F-%u", info);
    else if (mark == '?')
        snprintf(buf, NLU_ICMP_TEXT, "!<%u>", code);
    else
        snprintf(buf, NLU_ICMP_TEXT, "!%c", mark);
    return buf;
}
