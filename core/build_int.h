// What the files of the builder share. Nobody else includes this.
#ifndef NLU_BUILD_INT_H
#define NLU_BUILD_INT_H

#include "build.h"
#include "cursor.h"

struct nlu_build_layer {
    enum nlu_layer_kind kind;
    const char *name; // its key in the table: "ip2"
    const struct nlu_value *table;
    size_t start, header; // in the packet; header is its size
    uint64_t used; // which pairs of the table have been read
};

// The first failure stays; what is read after it are fallbacks, so that a layer's writer need not
// look after each field.
struct nlu_build {
    struct nlu_writer w;
    struct nlu_build_layer layers[NLU_LAYERS_MAX];
    size_t count;
    struct nlu_build_layer *layer; // the one being written or finished
    size_t end; // where the packet ends before its trailer, when finishing
    const struct nlu_value *payload;
    struct nlu_err *err;
    bool failed;
};

// One kind of layer: `write` appends the header, `finish` (may be NULL) fills in what depends on
// what is behind it.
struct nlu_builder {
    void (*write)(struct nlu_build *b);
    void (*finish)(struct nlu_build *b);
};

extern const struct nlu_builder nlu_build_eth, nlu_build_sll, nlu_build_sll2, nlu_build_loopback,
    nlu_build_vlan, nlu_build_llc, nlu_build_stp, nlu_build_lldp, nlu_build_arp, nlu_build_ip4,
    nlu_build_ip6, nlu_build_icmp, nlu_build_icmp6, nlu_build_igmp, nlu_build_ospf, nlu_build_gre,
    nlu_build_udp, nlu_build_tcp, nlu_build_vxlan, nlu_build_dns, nlu_build_dhcp, nlu_build_dhcp6,
    nlu_build_http;

// Notes a failure at `key` of the layer (may be NULL).
void nlu_build_fail(struct nlu_build *b, const char *key, const char *fmt, ...) NLU_PRINTF(3, 4);

// As a fallback: the field must be there.
#define NLU_REQUIRED INT64_MIN

// Fields of the layer being written, or of one of the tables inside it (an option).
const struct nlu_value *nlu_build_get(struct nlu_build *b, const struct nlu_value *table,
                                      const char *key);
// What must be a table: a list or named things; NULL when absent.
const struct nlu_value *nlu_build_list(struct nlu_build *b, const struct nlu_value *table,
                                       const char *key);
int64_t nlu_build_int(struct nlu_build *b, const struct nlu_value *table, const char *key,
                      int64_t min, int64_t max, int64_t fallback);
bool nlu_build_bool(struct nlu_build *b, const struct nlu_value *table, const char *key,
                    bool fallback);
// An address of `size` bytes into ret_ip; zeros when it is absent and not required.
void nlu_build_ip(struct nlu_build *b, const struct nlu_value *table, const char *key, size_t size,
                  bool required, uint8_t *ret_ip);
// The same for an item of a list called `key`.
void nlu_build_item_ip(struct nlu_build *b, const char *key, const struct nlu_value *item,
                       size_t size, uint8_t *ret_ip);
void nlu_build_mac(struct nlu_build *b, const struct nlu_value *table, const char *key,
                   const uint8_t *fallback, uint8_t *ret_mac);
// Text or bytes; NULL when absent. NUL-terminated copy for short words: "" when absent.
const uint8_t *nlu_build_bytes(struct nlu_build *b, const struct nlu_value *table, const char *key,
                               size_t *ret_size);
const char *nlu_build_word(struct nlu_build *b, const struct nlu_value *table, const char *key,
                           char buf[64]);
// A word that stands for a number, or the number itself.
int64_t nlu_build_named(struct nlu_build *b, const struct nlu_value *table, const char *key,
                        int (*number_of)(const char *word), int64_t max, int64_t fallback);

// Short forms for the layer's own fields.
#define NLU_OWN(b) ((b)->layer->table)

// What follows this layer, or NLU_LAYER_NONE.
enum nlu_layer_kind nlu_build_next(const struct nlu_build *b);
// The EtherType that announces a kind of layer, or the IP protocol; -1 for none. For VLAN tags the
// type in front of an inner tag.
int nlu_build_ethertype_of(enum nlu_layer_kind kind);
int nlu_build_protocol_of(enum nlu_layer_kind kind);

// The checksum at `at` of the layer over it and all behind it, unless given; with the pseudo header
// of the layer below for a protocol other than 0.
void nlu_build_checksum(struct nlu_build *b, size_t at, uint8_t protocol);

// A 16-bit length field of the layer, `value` unless `key` is given.
void nlu_build_length(struct nlu_build *b, const char *key, size_t at, size_t value);

#endif
