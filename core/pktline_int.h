// What the files that write a packet's line share. Nobody else includes this.
//
// The words and their order are tcpdump 4.99's, held against the real one by
// spec/lib/packet_line_spec.lua. Each function writes one layer and calls nlu_line_next for the
// rest.
#ifndef NLU_PKTLINE_INT_H
#define NLU_PKTLINE_INT_H

#include "dissect_int.h"
#include "pktline.h"

struct nlu_line {
    char *buf;
    size_t cap, len; // len goes on counting beyond cap
    const struct nlu_packet *packet;
    const char *ifname;
    bool link, verbose;
    bool cut; // nlu_put_truncated has been called
    struct nlu_conversations *conversations;
};

void nlu_put(struct nlu_line *l, const char *fmt, ...) NLU_PRINTF(2, 3);
// One address of 4 or 16 bytes; six bytes of a MAC, or any number of bytes written like it.
void nlu_put_ip(struct nlu_line *l, const uint8_t *p, size_t size);
void nlu_put_mac(struct nlu_line *l, const uint8_t *p, size_t size);
// Bytes as text, with what does not print as "^M" or "M-^@", which keeps a terminal sane.
void nlu_put_safe(struct nlu_line *l, const uint8_t *p, size_t size);
// " [|tcp]": the packet ends before this layer does.
void nlu_put_truncated(struct nlu_line *l, const char *protocol);
// What nobody could read, in hexadecimal, sixteen bytes a line, with or without ASCII beside it.
void nlu_put_dump(struct nlu_line *l, const uint8_t *p, size_t size);
void nlu_put_hex(struct nlu_line *l, const uint8_t *p, size_t size);
// The same with `indent` in front of each line in place of "\n\t".
void nlu_put_hex_at(struct nlu_line *l, const char *indent, const uint8_t *p, size_t size);

// Numbers and bits with names; a table ends with a NULL word.
struct nlu_line_word {
    uint32_t value;
    const char *word;
};
const char *nlu_line_word(const struct nlu_line_word *words, uint32_t value);
// The names of the bits that are set, in the table's order; "none" when none of them is.
void nlu_put_bits(struct nlu_line *l, const struct nlu_line_word *words, uint32_t bits);

// The layer behind this one, or NULL.
const struct nlu_layer *nlu_line_behind(const struct nlu_line *l, const struct nlu_layer *layer);
// Writes a layer and what is behind it.
void nlu_line_layer(struct nlu_line *l, const struct nlu_layer *layer);

void nlu_line_ip4(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_ip6(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_arp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_icmp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_icmp6(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_udp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_tcp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_llc(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_stp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_lldp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_igmp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_ospf(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_gre(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_vxlan(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_dns(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_dhcp(struct nlu_line *l, const struct nlu_layer *layer);
void nlu_line_dhcp6(struct nlu_line *l, const struct nlu_layer *layer);

// Protocols of text lines (HTTP and its like) in p[0..size): "HTTP: GET / HTTP/1.1", all lines with
// -v. `heads_only`: nothing but the name for what is no request or response.
void nlu_line_text(struct nlu_line *l, const char *protocol, bool heads_only, const uint8_t *p,
                   size_t size);

// What is behind a TCP or UDP header, by its ports; false when nothing has been written. `size`
// bytes are here, `length` were on the wire.
bool nlu_line_stream(struct nlu_line *l, uint16_t src, uint16_t dst, const uint8_t *p, size_t size);
bool nlu_line_datagram(struct nlu_line *l, uint16_t src, uint16_t dst, const uint8_t *p,
                       size_t size, uint32_t length);

// A domain name at message[*at] as tcpdump writes it, with the dot behind it; *at is moved behind.
// False when it is broken, which has been written then.
bool nlu_put_name(struct nlu_line *l, const uint8_t *message, size_t size, size_t *at);

// "0x%04x" EtherTypes and IP protocol numbers by tcpdump's names; NULL for none.
const char *nlu_line_ethertype(uint16_t type);
const char *nlu_line_protocol(uint8_t protocol);

static inline const uint8_t *nlu_line_bytes(const struct nlu_line *l,
                                            const struct nlu_layer *layer) {
    return l->packet->bytes + layer->offset;
}

#endif
