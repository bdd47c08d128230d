// ICMP and ICMPv6 as probes see them: echo requests and replies, and the errors that quote a probe.
// RFC 792, RFC 4443, RFC 4884. Pure: bytes in, struct out.
#ifndef NLU_ICMP_H
#define NLU_ICMP_H

#include "ipaddr.h"
#include "util.h"

enum {
    NLU_ICMP_HEADER = 8,
    NLU_ICMP_TEXT = 96,

    NLU_ICMP4_ECHO_REPLY = 0,
    NLU_ICMP4_UNREACH = 3,
    NLU_ICMP4_SOURCE_QUENCH = 4,
    NLU_ICMP4_REDIRECT = 5,
    NLU_ICMP4_ECHO = 8,
    NLU_ICMP4_TIME_EXCEEDED = 11,
    NLU_ICMP4_PARAMETER = 12,

    NLU_ICMP6_UNREACH = 1,
    NLU_ICMP6_TOO_BIG = 2,
    NLU_ICMP6_TIME_EXCEEDED = 3,
    NLU_ICMP6_PARAMETER = 4,
    NLU_ICMP6_ECHO = 128,
    NLU_ICMP6_ECHO_REPLY = 129,
};

enum nlu_icmp_kind {
    NLU_ICMP_OTHER, // nothing a probe waits for
    NLU_ICMP_REQUEST,
    NLU_ICMP_REPLY,
    NLU_ICMP_ERROR, // the probe did not arrive: unreachable, too big, time exceeded, parameter
    NLU_ICMP_NOTICE, // the probe went on: redirect, source quench
};

// What an error quotes of the packet that caused it. Fields that were cut off are zero, and `seen`
// says how much is there.
struct nlu_icmp_quote {
    struct nlu_ip src, dst;
    uint8_t protocol; // of the quoted packet, behind IPv6 extension headers
    uint8_t hops; // its TTL or hop limit when the error was made
    bool has_ports; // the first 4 bytes behind the header: ports, or type, code and checksum
    uint16_t src_port, dst_port;
    bool has_echo; // it is an echo request, with id and seq
    uint16_t id, seq;
    const uint8_t *payload; // what is left behind the 8 bytes of the quoted header
    size_t payload_size;
};

struct nlu_icmp {
    enum nlu_icmp_kind kind;
    uint8_t type, code;
    bool checksum_ok; // IPv4 only; the kernel has checked ICMPv6 already
    uint16_t id, seq; // of an echo
    uint32_t info; // error: next-hop MTU or the pointer; 0 for none
    struct nlu_ip gateway; // redirect
    struct nlu_icmp_quote quote; // error, notice; family 0 in quote.dst when nothing is quoted
    const uint8_t *payload; // of an echo
    size_t payload_size;
};

// The IPv4 header in front of what a raw socket hands out. RFC 791.
struct nlu_ipv4_head {
    struct nlu_ip src, dst;
    uint8_t protocol, ttl;
    size_t size; // where the payload begins
};

// Reads an IPv4 header of at least 20 bytes. 0 or -EBADMSG.
NLU_CHECKED int nlu_ipv4_parse(const void *bytes, size_t size, struct nlu_ipv4_head *ret_head);

// Reads one ICMP message (family AF_INET) or ICMPv6 message (AF_INET6), from its type byte on.
// Pointers in *ret point into bytes. 0, or -EBADMSG when not even the 8-byte header is there.
NLU_CHECKED int nlu_icmp_parse(int family, const void *bytes, size_t size, struct nlu_icmp *ret);

// Reads what an error queue gives for an echo socket: the quoted request from its ICMP header on.
// 0, or -EBADMSG when it is no whole echo request header.
NLU_CHECKED int nlu_icmp_parse_quoted_echo(int family, const void *bytes, size_t size,
                                           struct nlu_icmp_quote *ret_quote);

// Writes an echo request: header, then size bytes of payload. IPv4's checksum is filled in; the
// kernel does that for ICMPv6, whose sum covers addresses we do not know. Returns the length,
// or -ENOBUFS when cap is too small.
NLU_CHECKED int nlu_icmp_echo_build(int family, uint16_t id, uint16_t seq, const void *payload,
                                    size_t size, void *buf, size_t cap);

// Fills size bytes with a repeated pattern (1 to 16 bytes); without one (pattern_size 0) with each
// byte's own offset, as ping does.
void nlu_icmp_fill(uint8_t *payload, size_t size, const uint8_t *pattern, size_t pattern_size);

// What an error or notice means, in ping's words: "Destination Host Unreachable",
// "Time exceeded: Hop limit". Returns buf.
const char *nlu_icmp_text(int family, uint8_t type, uint8_t code, uint32_t info,
                          const struct nlu_ip *gateway, char buf[NLU_ICMP_TEXT]);

// traceroute's mark for an error that ends a path: "!H", "!N", "!P", "!X", "!F-1492", "!S", "!<9>";
// "" for port unreachable and for time exceeded, which are what a trace asks for. Returns buf.
const char *nlu_icmp_mark(int family, uint8_t type, uint8_t code, uint32_t info,
                          char buf[NLU_ICMP_TEXT]);

// Is the error the answer of a router on the way (time exceeded in transit)?
bool nlu_icmp_is_hop(int family, uint8_t type, uint8_t code);

// Is it the answer of the target itself (port unreachable)?
bool nlu_icmp_is_port(int family, uint8_t type, uint8_t code);

#endif
