// What the files of the dissector share with each other, with the lines and with the builder.
// Nobody else includes this.
#ifndef NLU_DISSECT_INT_H
#define NLU_DISSECT_INT_H

#include "cursor.h"
#include "dissect.h"

// The walk down a packet. A parser reads at `pos`, describes its layer, moves on and says what is
// next.
struct nlu_walk {
    struct nlu_packet *packet;
    uint32_t pos; // where the next layer stands
    uint32_t end; // captured bytes go up to here; outer lengths have narrowed it
    uint32_t length; // bytes from pos on that are there according to the layers so far
    enum nlu_layer_kind next;
    bool fragment; // a first fragment: inner lengths may point past its end
};

// One kind of layer. `parse` sets layer->header (and end and length when the header narrows them)
// and w->next. `check` looks for faults that finding the layers does not need to know.
struct nlu_dissector {
    const char *name;
    void (*parse)(struct nlu_walk *w, struct nlu_layer *layer);
    const struct nlu_field *fields;
    const char *(*check)(const struct nlu_packet *packet, const struct nlu_layer *layer);
};

extern const struct nlu_dissector nlu_dissect_eth, nlu_dissect_sll, nlu_dissect_sll2,
    nlu_dissect_loopback, nlu_dissect_vlan, nlu_dissect_llc, nlu_dissect_stp, nlu_dissect_lldp,
    nlu_dissect_arp, nlu_dissect_ip4, nlu_dissect_ip6, nlu_dissect_icmp, nlu_dissect_icmp6,
    nlu_dissect_igmp, nlu_dissect_ospf, nlu_dissect_gre, nlu_dissect_udp, nlu_dissect_tcp,
    nlu_dissect_vxlan, nlu_dissect_dns, nlu_dissect_dhcp, nlu_dissect_dhcp6, nlu_dissect_http;

// The header's first `size` bytes, or NULL: then the layer has what there is as its header and a
// problem, and the walk ends here.
const uint8_t *nlu_walk_header(struct nlu_walk *w, struct nlu_layer *layer, uint32_t size);

// The layer says how long it and its payload are: narrows the walk, or notes that it cannot be.
void nlu_walk_narrow(struct nlu_walk *w, struct nlu_layer *layer, uint32_t length);

// Which layer an EtherType or an IP protocol number stands for.
enum nlu_layer_kind nlu_walk_ethertype(uint16_t type);
enum nlu_layer_kind nlu_walk_protocol(uint8_t protocol, bool ip6);

// Is this IPv6 next-header value an extension header, and what is it called? NULL for no word.
bool nlu_ip6_is_extension(uint8_t type);
const char *nlu_ip6_extension_word(uint8_t type);

// The destination that the upper layer's checksum is over: the end of a source route that is still
// under way, or the header's own. `header` is all of the IP header's length and has been captured.
const uint8_t *nlu_ip4_final_dst(const uint8_t *ip, uint32_t header);
const uint8_t *nlu_ip6_final_dst(const uint8_t *ip, uint32_t header);

// A cursor over header and payload (`from` bytes into the header) of a layer.
struct nlu_cursor nlu_layer_cursor(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   uint32_t from);
// `size` bytes at `offset` in the layer (payload included), or NULL.
const uint8_t *nlu_layer_bytes(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               uint32_t offset, uint32_t size);

// The bytes behind the header, as a value; nil when there are none.
struct nlu_value nlu_get_payload(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree);

// Addresses of `size` bytes: the sources that a membership query or report names, and a report's
// records with their number in front.
struct nlu_value nlu_read_group_sources(struct nlu_cursor *c, uint32_t count, size_t size,
                                        struct nlu_tree *tree);
struct nlu_value nlu_read_group_records(struct nlu_cursor *c, size_t size, struct nlu_tree *tree);

static inline uint16_t nlu_be16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t nlu_be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// Rows of field tables.
#define NLU_U8(n, at)                                                                              \
    { .name = (n), .get = NLU_GET_U8, .offset = (at) }
#define NLU_BE16(n, at)                                                                            \
    { .name = (n), .get = NLU_GET_BE16, .offset = (at) }
#define NLU_BE32(n, at)                                                                            \
    { .name = (n), .get = NLU_GET_BE32, .offset = (at) }
#define NLU_BITS(n, how, at, right, keep)                                                          \
    { .name = (n), .get = (how), .offset = (at), .shift = (right), .mask = (keep) }
#define NLU_AT(n, how, at)                                                                         \
    { .name = (n), .get = (how), .offset = (at) }
#define NLU_FN(n, f)                                                                               \
    { .name = (n), .get = NLU_GET_FUNCTION, .function = (f) }
#define NLU_TREE(n, f)                                                                             \
    { .name = (n), .get = NLU_GET_FUNCTION, .function = (f), .flags = NLU_FIELD_TREE }
// Lengths and checksums: in a packet's table only when they are not what a builder fills in.
#define NLU_FILLED(n, how, at)                                                                     \
    { .name = (n), .get = (how), .offset = (at), .flags = NLU_FIELD_FILLED }
#define NLU_FILLED_FN(n, f)                                                                        \
    { .name = (n), .get = NLU_GET_FUNCTION, .function = (f), .flags = NLU_FIELD_FILLED }
// The same as aliases.
#define NLU_ALSO(n, how, at)                                                                       \
    { .name = (n), .get = (how), .offset = (at), .flags = NLU_FIELD_ALIAS }
#define NLU_ALSO_BITS(n, how, at, right, keep)                                                     \
    {                                                                                              \
        .name = (n), .get = (how), .offset = (at), .shift = (right), .mask = (keep),               \
        .flags = NLU_FIELD_ALIAS                                                                   \
    }
#define NLU_ALSO_FN(n, f)                                                                          \
    { .name = (n), .get = NLU_GET_FUNCTION, .function = (f), .flags = NLU_FIELD_ALIAS }
#define NLU_ALSO_TREE(n, f)                                                                        \
    {                                                                                              \
        .name = (n), .get = NLU_GET_FUNCTION, .function = (f),                                     \
        .flags = NLU_FIELD_ALIAS | NLU_FIELD_TREE                                                  \
    }
#define NLU_END_OF_FIELDS                                                                          \
    { .name = NULL }

#endif
