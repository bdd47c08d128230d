// What routers say to hosts and to each other, and tunnels: IGMP, OSPF, GRE.
#include "dissect_int.h"
#include "icmp_words.h"
#include "packet_words.h"

#include <string.h>

static const struct nlu_value nothing = {.type = NLU_VALUE_NIL};

// --- IGMP (RFC 2236, RFC 3376) ------------------------------------------------------------------

enum {
    IGMP_QUERY = 0x11,
    IGMP_REPORT_1 = 0x12,
    IGMP_REPORT_2 = 0x16,
    IGMP_LEAVE = 0x17,
    IGMP_REPORT_3 = 0x22
};

static void parse_igmp(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 8);
    if (!p)
        return;
    // Queries and reports of version 3 fill the packet.
    if (p[0] != IGMP_QUERY && p[0] != IGMP_REPORT_3)
        return;
    layer->header = w->end - w->pos;
    if (w->end - w->pos < w->length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
}

static int igmp_number(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    return layer->header ? packet->bytes[layer->offset] : -1;
}

static struct nlu_value igmp_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    int type = igmp_number(packet, layer);

    (void)tree;
    if (type < 0)
        return nothing;
    const char *word = nlu_igmp_type_word(type);
    return word ? nlu_value_text(word) : nlu_value_integer(type);
}

static struct nlu_value igmp_group(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    if (igmp_number(packet, layer) == IGMP_REPORT_3 || layer->header < 8)
        return nothing;
    return nlu_value_ip(packet->bytes + layer->offset + 4, 4);
}

static bool is_query_3(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    return igmp_number(packet, layer) == IGMP_QUERY && layer->header >= 12;
}

static struct nlu_value igmp_suppress(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (!is_query_3(packet, layer))
        return nothing;
    return nlu_value_boolean(packet->bytes[layer->offset + 8] & 8);
}

static struct nlu_value igmp_robustness(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (!is_query_3(packet, layer))
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 8] & 7);
}

static struct nlu_value igmp_interval(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (!is_query_3(packet, layer))
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 9]);
}

static struct nlu_value igmp_sources(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    if (!is_query_3(packet, layer))
        return nothing;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, 10);
    uint16_t count = nlu_read_be16(&c);
    return nlu_read_group_sources(&c, count, 4, tree);
}

static struct nlu_value igmp_records(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    if (igmp_number(packet, layer) != IGMP_REPORT_3 || layer->header < 8)
        return nothing;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, 6);
    return nlu_read_group_records(&c, 4, tree);
}

static struct nlu_value igmp_max_response(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 2)
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 1]);
}

static const struct nlu_field igmp_fields[] = {
    NLU_FN("type", igmp_type),
    NLU_FN("max_response", igmp_max_response), // in tenths of a second, as it stands there
    NLU_FN("group", igmp_group),
    NLU_FN("suppress", igmp_suppress),
    NLU_FN("robustness", igmp_robustness),
    NLU_FN("query_interval", igmp_interval),
    NLU_TREE("sources", igmp_sources),
    NLU_TREE("records", igmp_records),
    NLU_FILLED("checksum", NLU_GET_BE16, 2),
    NLU_ALSO("type_number", NLU_GET_U8, 0),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_igmp = {
    .name = "igmp", .parse = parse_igmp, .fields = igmp_fields};

// --- OSPF (RFC 2328 appendix A.3, RFC 5340) -----------------------------------------------------

enum { OSPF_HELLO = 1 };

static uint32_t ospf_fixed(uint8_t version) {
    return version == 3 ? 16 : 24;
}

static void parse_ospf(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 16);
    if (!p)
        return;
    if (p[0] != 2 && p[0] != 3) {
        layer->problem = NLU_PROBLEM_VERSION;
        return;
    }
    uint32_t fixed = ospf_fixed(p[0]), length = nlu_be16(p + 2);
    if (!nlu_walk_header(w, layer, fixed))
        return;
    if (length < fixed || length > w->length) {
        layer->problem = NLU_PROBLEM_LENGTH;
        return;
    }
    if (p[1] != OSPF_HELLO || !nlu_walk_header(w, layer, fixed + 20))
        return;
    // The neighbours; what follows (a digest) is payload.
    uint32_t whole = length < w->end - w->pos ? length : w->end - w->pos;
    if (whole > fixed + 20)
        layer->header = whole;
    if (whole < length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
}

static const uint8_t *ospf_at(const struct nlu_packet *packet, const struct nlu_layer *layer,
                              uint8_t version, bool hello, uint32_t at, uint32_t size) {
    const uint8_t *p = packet->bytes + layer->offset;

    if (!packet->bytes || layer->header < 16 || layer->header < at + size ||
        (version && p[0] != version) || (hello && p[1] != OSPF_HELLO))
        return NULL;
    return p + at;
}

static struct nlu_value ospf_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    const uint8_t *p = ospf_at(packet, layer, 0, false, 1, 1);

    (void)tree;
    if (!p)
        return nothing;
    const char *word = nlu_ospf_type_word(*p);
    return word ? nlu_value_text(word) : nlu_value_integer(*p);
}

static struct nlu_value ospf_ip(const uint8_t *p) {
    return p ? nlu_value_ip(p, 4) : nothing;
}

static struct nlu_value ospf_auth_type(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    const uint8_t *p = ospf_at(packet, layer, 2, false, 14, 2);

    (void)tree;
    return p ? nlu_value_integer(nlu_be16(p)) : nothing;
}

static struct nlu_value ospf_auth(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    const uint8_t *p = ospf_at(packet, layer, 2, false, 16, 8);

    (void)tree;
    return p ? nlu_value_bytes(p, 8) : nothing;
}

static struct nlu_value ospf_instance(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    const uint8_t *p = ospf_at(packet, layer, 3, false, 14, 1);

    (void)tree;
    return p ? nlu_value_integer(*p) : nothing;
}

static struct nlu_value ospf_mask(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    return ospf_ip(ospf_at(packet, layer, 2, true, 24, 4));
}

static struct nlu_value ospf_interface(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    const uint8_t *p = ospf_at(packet, layer, 3, true, 16, 4);

    (void)tree;
    return p ? nlu_value_integer(nlu_be32(p)) : nothing;
}

// An integer that stands at different places in the hellos of both versions.
static struct nlu_value hello_integer(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, uint32_t at2, uint32_t size2,
                                      uint32_t at3, uint32_t size3) {
    const uint8_t *p = ospf_at(packet, layer, 2, true, at2, size2);
    uint32_t size = size2, value = 0;

    if (!p) {
        p = ospf_at(packet, layer, 3, true, at3, size3);
        size = size3;
    }
    if (!p)
        return nothing;
    for (uint32_t i = 0; i < size; i++)
        value = value << 8 | p[i];
    return nlu_value_integer(value);
}

static struct nlu_value ospf_hello_interval(const struct nlu_packet *packet,
                                            const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return hello_integer(packet, layer, 28, 2, 24, 2);
}

static struct nlu_value ospf_options(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    return hello_integer(packet, layer, 30, 1, 21, 3);
}

static struct nlu_value ospf_priority(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return hello_integer(packet, layer, 31, 1, 20, 1);
}

static struct nlu_value ospf_dead_interval(const struct nlu_packet *packet,
                                           const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return hello_integer(packet, layer, 32, 4, 26, 2);
}

static struct nlu_value either_version_ip(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, uint32_t at2,
                                          uint32_t at3) {
    const uint8_t *p = ospf_at(packet, layer, 2, true, at2, 4);
    return ospf_ip(p ? p : ospf_at(packet, layer, 3, true, at3, 4));
}

static struct nlu_value ospf_designated(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return either_version_ip(packet, layer, 36, 28);
}

static struct nlu_value ospf_backup(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return either_version_ip(packet, layer, 40, 32);
}

static struct nlu_value ospf_neighbors(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    const uint8_t *p = ospf_at(packet, layer, 0, true, 0, 16);

    if (!p || layer->header < ospf_fixed(p[0]) + 20)
        return nothing;
    struct nlu_cursor c =
        nlu_cursor_over(p + ospf_fixed(p[0]) + 20, layer->header - ospf_fixed(p[0]) - 20);
    struct nlu_value list = nlu_value_table(tree);
    while (nlu_cursor_left(&c) >= 4)
        nlu_table_add(tree, list, NULL, nlu_value_ip(nlu_read_span(&c, 4), 4));
    return list;
}

static const struct nlu_field ospf_fields[] = {
    NLU_U8("version", 0),
    NLU_FN("type", ospf_type),
    NLU_AT("router_id", NLU_GET_IP4, 4),
    NLU_AT("area", NLU_GET_IP4, 8),
    NLU_FN("auth_type", ospf_auth_type),
    NLU_FN("auth", ospf_auth),
    NLU_FN("instance", ospf_instance),
    NLU_FN("interface", ospf_interface),
    NLU_FN("mask", ospf_mask),
    NLU_FN("hello_interval", ospf_hello_interval),
    NLU_FN("options", ospf_options),
    NLU_FN("priority", ospf_priority),
    NLU_FN("dead_interval", ospf_dead_interval),
    NLU_FN("designated_router", ospf_designated),
    NLU_FN("backup_router", ospf_backup),
    NLU_TREE("neighbors", ospf_neighbors),
    NLU_FILLED("len", NLU_GET_BE16, 2),
    NLU_FILLED("checksum", NLU_GET_BE16, 12),
    NLU_ALSO("type_number", NLU_GET_U8, 1),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_ospf = {
    .name = "ospf", .parse = parse_ospf, .fields = ospf_fields};

// --- GRE (RFC 2784, RFC 2890) -------------------------------------------------------------------

enum { GRE_CHECKSUM = 0x80, GRE_ROUTING = 0x40, GRE_KEY = 0x20, GRE_SEQUENCE = 0x10 };

static void parse_gre(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 4);
    if (!p)
        return;
    // Version 1 is PPTP's; source routes (RFC 1701) are no longer used by anybody.
    if ((p[1] & 7) != 0 || p[0] & GRE_ROUTING)
        return;
    uint32_t size = 4 + (p[0] & GRE_CHECKSUM ? 4 : 0) + (p[0] & GRE_KEY ? 4 : 0) +
                    (p[0] & GRE_SEQUENCE ? 4 : 0);
    if (nlu_walk_header(w, layer, size))
        w->next = nlu_walk_ethertype(nlu_be16(p + 2));
}

// A word of the header that is there only when its bit is; `after` are the bits of words before it.
static struct nlu_value gre_word(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 uint8_t bit, uint8_t before) {
    const uint8_t *p = packet->bytes + layer->offset;

    if (layer->header < 4 || !(p[0] & bit) || p[0] & GRE_ROUTING || p[1] & 7)
        return nothing;
    uint32_t at = 4;
    for (uint8_t other = 0x80; other > bit; other >>= 1)
        at += other & before & p[0] ? 4 : 0;
    return at + 4 > layer->header ? nothing : nlu_value_integer(nlu_be32(p + at));
}

static struct nlu_value gre_key(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                struct nlu_tree *tree) {
    (void)tree;
    return gre_word(packet, layer, GRE_KEY, GRE_CHECKSUM);
}

static struct nlu_value gre_sequence(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    return gre_word(packet, layer, GRE_SEQUENCE, GRE_CHECKSUM | GRE_KEY);
}

static struct nlu_value gre_checksum(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    struct nlu_value word = gre_word(packet, layer, GRE_CHECKSUM, 0);
    if (word.type == NLU_VALUE_INTEGER)
        word.integer >>= 16;
    return word;
}

static const struct nlu_field gre_fields[] = {
    NLU_BE16("type", 2),
    NLU_FN("key", gre_key),
    NLU_FN("seq", gre_sequence),
    NLU_FN("checksum", gre_checksum),
    NLU_BITS("version", NLU_GET_U8, 1, 0, 7),
    NLU_ALSO("flags", NLU_GET_BE16, 0),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_gre = {
    .name = "gre", .parse = parse_gre, .fields = gre_fields};
