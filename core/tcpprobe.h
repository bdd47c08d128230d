// TCP segments as a trace needs them: a SYN to send, and the ports of what comes back. RFC 9293.
// Pure.
#ifndef NLU_TCPPROBE_H
#define NLU_TCPPROBE_H

#include "ipaddr.h"
#include "util.h"

enum {
    NLU_TCP_SYN_SIZE = 40, // 20 bytes of header, 20 of the options any real SYN carries
    NLU_TCP_FLAG_SYN = 0x02,
    NLU_TCP_FLAG_RST = 0x04,
    NLU_TCP_FLAG_ACK = 0x10,
};

struct nlu_tcp_head {
    uint16_t src_port, dst_port;
    uint32_t seq, ack;
    uint8_t flags;
};

// Writes a SYN with its checksum (src and dst are of one family). Returns its length, or -ENOBUFS.
NLU_CHECKED int nlu_tcp_syn_build(const struct nlu_ip *src, const struct nlu_ip *dst,
                                  uint16_t src_port, uint16_t dst_port, uint32_t seq, void *buf,
                                  size_t cap);

// Reads the fixed header. 0, or -EBADMSG when it is not all there.
NLU_CHECKED int nlu_tcp_parse(const void *bytes, size_t size, struct nlu_tcp_head *ret_head);

// Reads only the ports and the sequence number: all that an error must quote (RFC 792). 0 or
// -EBADMSG.
NLU_CHECKED int nlu_tcp_parse_quoted(const void *bytes, size_t size, struct nlu_tcp_head *ret_head);

#endif
