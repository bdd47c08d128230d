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

// "0x%04x" EtherTypes and IP protocol numbers by tcpdump's names; NULL for none.
const char *nlu_line_ethertype(uint16_t type);
const char *nlu_line_protocol(uint8_t protocol);

static inline const uint8_t *nlu_line_bytes(const struct nlu_line *l,
                                            const struct nlu_layer *layer) {
    return l->packet->bytes + layer->offset;
}

#endif
