// ICMP (RFC 792), ICMPv6 (RFC 4443) with neighbour discovery (RFC 4861) and multicast listener
// discovery (RFC 2710, RFC 3810).
#include "dissect_int.h"
#include "icmp_words.h"

// --- ICMP ---------------------------------------------------------------------------------------

static void parse_icmp(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 8);
    if (!p)
        return;
    if (p[0] == 13 || p[0] == 14) // timestamps
        (void)nlu_walk_header(w, layer, 20);
    else if (p[0] == 17 || p[0] == 18) // address masks
        (void)nlu_walk_header(w, layer, 12);
}

static const struct nlu_value nothing = {.type = NLU_VALUE_NIL};

// The type byte, or -1.
static int type_of(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    return layer->header ? packet->bytes[layer->offset] : -1;
}

static struct nlu_value word_or_number(const char *word, int number) {
    if (number < 0)
        return nothing;
    return word ? nlu_value_text(word) : nlu_value_integer(number);
}

static struct nlu_value icmp_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    int type = type_of(packet, layer);
    return word_or_number(nlu_icmp_type_word(type), type);
}

static struct nlu_value icmp_reason(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 2)
        return nothing;
    return nlu_value_text(
        nlu_icmp_code_word(type_of(packet, layer), packet->bytes[layer->offset + 1]));
}

// A field of the header that only some types have.
static struct nlu_value be16_if(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                bool has, uint32_t at) {
    if (!has || layer->header < at + 2)
        return nothing;
    return nlu_value_integer(nlu_be16(packet->bytes + layer->offset + at));
}

static struct nlu_value be32_if(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                bool has, uint32_t at) {
    if (!has || layer->header < at + 4)
        return nothing;
    return nlu_value_integer(nlu_be32(packet->bytes + layer->offset + at));
}

static bool icmp_has_id(int type) {
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

static struct nlu_value icmp_id(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                struct nlu_tree *tree) {
    (void)tree;
    return be16_if(packet, layer, icmp_has_id(type_of(packet, layer)), 4);
}

static struct nlu_value icmp_seq(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    return be16_if(packet, layer, icmp_has_id(type_of(packet, layer)), 6);
}

static struct nlu_value icmp_mtu(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    bool has =
        type_of(packet, layer) == 3 && layer->header > 1 && packet->bytes[layer->offset + 1] == 4;
    return be16_if(packet, layer, has, 6);
}

static struct nlu_value icmp_gateway(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (type_of(packet, layer) != 5 || layer->header < 8)
        return nothing;
    return nlu_value_ip(packet->bytes + layer->offset + 4, 4);
}

static struct nlu_value icmp_pointer(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (type_of(packet, layer) != 12 || layer->header < 5)
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 4]);
}

static bool is_timestamp(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    int type = type_of(packet, layer);
    return type == 13 || type == 14;
}

static struct nlu_value icmp_originate(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, is_timestamp(packet, layer), 8);
}

static struct nlu_value icmp_receive(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, is_timestamp(packet, layer), 12);
}

static struct nlu_value icmp_transmit(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, is_timestamp(packet, layer), 16);
}

static struct nlu_value icmp_address_mask(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    int type = type_of(packet, layer);
    if ((type != 17 && type != 18) || layer->header < 12)
        return nothing;
    return nlu_value_ip(packet->bytes + layer->offset + 8, 4);
}

static const struct nlu_field icmp_fields[] = {
    NLU_FN("type", icmp_type),
    NLU_U8("code", 1),
    NLU_FN("id", icmp_id),
    NLU_FN("seq", icmp_seq),
    NLU_FN("mtu", icmp_mtu),
    NLU_FN("gateway", icmp_gateway),
    NLU_FN("pointer", icmp_pointer),
    NLU_FN("originate", icmp_originate),
    NLU_FN("receive", icmp_receive),
    NLU_FN("transmit", icmp_transmit),
    NLU_FN("address_mask", icmp_address_mask),
    NLU_FILLED("checksum", NLU_GET_BE16, 2),
    NLU_ALSO("type_number", NLU_GET_U8, 0),
    NLU_ALSO_FN("reason", icmp_reason),
    NLU_ALSO_FN("payload", nlu_get_payload),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_icmp = {
    .name = "icmp", .parse = parse_icmp, .fields = icmp_fields};

// --- ICMPv6 -------------------------------------------------------------------------------------

enum {
    PACKET_TOO_BIG = 2,
    PARAMETER_PROBLEM = 4,
    ECHO_REQUEST = 128,
    ECHO_REPLY = 129,
    LISTENER_QUERY = 130,
    LISTENER_REPORT = 131,
    LISTENER_DONE = 132,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOR_SOLICITATION = 135,
    NEIGHBOR_ADVERTISEMENT = 136,
    REDIRECT = 137,
    LISTENER_REPORT_2 = 143,
};

// How many bytes stand before the options; 0 for messages without options.
static uint32_t options_at(int type) {
    switch (type) {
    case ROUTER_SOLICITATION:
        return 8;
    case ROUTER_ADVERTISEMENT:
        return 16;
    case NEIGHBOR_SOLICITATION:
    case NEIGHBOR_ADVERTISEMENT:
        return 24;
    case REDIRECT:
        return 40;
    default:
        return 0;
    }
}

// Neighbour and listener discovery fill the packet with what they say; others carry a payload.
static void parse_icmp6(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 8);
    if (!p)
        return;
    uint32_t fixed = options_at(p[0]), left = w->end - w->pos;
    if (p[0] >= LISTENER_QUERY && p[0] <= LISTENER_DONE)
        fixed = 24;
    else if (p[0] == LISTENER_REPORT_2)
        fixed = 8;
    if (!fixed || !nlu_walk_header(w, layer, fixed))
        return;
    if (left < w->length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
    layer->header = left;
}

static struct nlu_value icmp6_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    int type = type_of(packet, layer);
    return word_or_number(nlu_icmp6_type_word(type), type);
}

static struct nlu_value icmp6_reason(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 2)
        return nothing;
    return nlu_value_text(
        nlu_icmp6_code_word(type_of(packet, layer), packet->bytes[layer->offset + 1]));
}

static struct nlu_value icmp6_id(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    int type = type_of(packet, layer);
    return be16_if(packet, layer, type == ECHO_REQUEST || type == ECHO_REPLY, 4);
}

static struct nlu_value icmp6_seq(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    int type = type_of(packet, layer);
    return be16_if(packet, layer, type == ECHO_REQUEST || type == ECHO_REPLY, 6);
}

static struct nlu_value icmp6_mtu(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, type_of(packet, layer) == PACKET_TOO_BIG, 4);
}

static struct nlu_value icmp6_pointer(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, type_of(packet, layer) == PARAMETER_PROBLEM, 4);
}

static struct nlu_value icmp6_target(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    int type = type_of(packet, layer);
    if (type < NEIGHBOR_SOLICITATION || type > REDIRECT || layer->header < 24)
        return nothing;
    return nlu_value_ip(packet->bytes + layer->offset + 8, 16);
}

static struct nlu_value icmp6_destination(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (type_of(packet, layer) != REDIRECT || layer->header < 40)
        return nothing;
    return nlu_value_ip(packet->bytes + layer->offset + 24, 16);
}

// A bit of the fifth (advertisement of a neighbour) or sixth byte (of a router).
static struct nlu_value bit_if(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               int type, uint32_t at, uint8_t bit) {
    if (type_of(packet, layer) != type || layer->header <= at)
        return nothing;
    return nlu_value_boolean(packet->bytes[layer->offset + at] & bit);
}

static struct nlu_value na_router(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    return bit_if(packet, layer, NEIGHBOR_ADVERTISEMENT, 4, 0x80);
}

static struct nlu_value na_solicited(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    return bit_if(packet, layer, NEIGHBOR_ADVERTISEMENT, 4, 0x40);
}

static struct nlu_value na_override(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return bit_if(packet, layer, NEIGHBOR_ADVERTISEMENT, 4, 0x20);
}

static struct nlu_value ra_hop_limit(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (type_of(packet, layer) != ROUTER_ADVERTISEMENT || layer->header < 16)
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 4]);
}

static struct nlu_value ra_managed(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    return bit_if(packet, layer, ROUTER_ADVERTISEMENT, 5, 0x80);
}

static struct nlu_value ra_other(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    return bit_if(packet, layer, ROUTER_ADVERTISEMENT, 5, 0x40);
}

// RFC 4191: two bits, as the words of that document.
static struct nlu_value ra_preference(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    static const char *const words[] = {"medium", "high", "reserved", "low"};

    (void)tree;
    if (type_of(packet, layer) != ROUTER_ADVERTISEMENT || layer->header < 16)
        return nothing;
    return nlu_value_text(words[packet->bytes[layer->offset + 5] >> 3 & 3]);
}

static struct nlu_value ra_lifetime(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return be16_if(packet, layer, type_of(packet, layer) == ROUTER_ADVERTISEMENT, 6);
}

static struct nlu_value ra_reachable(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, type_of(packet, layer) == ROUTER_ADVERTISEMENT, 8);
}

static struct nlu_value ra_retransmit(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return be32_if(packet, layer, type_of(packet, layer) == ROUTER_ADVERTISEMENT, 12);
}

// --- neighbour discovery's options: type, length in units of 8 bytes ----------------------------

static void add_prefix(struct nlu_tree *tree, struct nlu_value item, const uint8_t *p) {
    char text[NLU_VALUE_TEXT];
    struct nlu_value ip = nlu_value_ip(p + 16, 16);
    size_t len = 0;

    nlu_table_add(tree, item, "prefix",
                  nlu_value_format(tree, "%s/%u", nlu_value_string(&ip, text, &len), p[2]));
    nlu_table_add(tree, item, "on_link", nlu_value_boolean(p[3] & 0x80));
    nlu_table_add(tree, item, "autonomous", nlu_value_boolean(p[3] & 0x40));
    nlu_table_add(tree, item, "valid", nlu_value_integer(nlu_be32(p + 4)));
    nlu_table_add(tree, item, "preferred", nlu_value_integer(nlu_be32(p + 8)));
}

static void add_option(struct nlu_tree *tree, struct nlu_value item, const uint8_t *p,
                       uint32_t size) {
    nlu_table_add(tree, item, "type", nlu_value_integer(p[0]));
    nlu_table_add(tree, item, "name", nlu_value_text(nlu_nd_option_word(p[0])));
    if ((p[0] == 1 || p[0] == 2) && size == 8) {
        nlu_table_add(tree, item, "mac", nlu_value_mac(p + 2));
    } else if (p[0] == 3 && size == 32) {
        add_prefix(tree, item, p);
    } else if (p[0] == 5 && size == 8) {
        nlu_table_add(tree, item, "mtu", nlu_value_integer(nlu_be32(p + 4)));
    } else if (p[0] == 25 && size >= 24 && size % 16 == 8) { // RFC 8106
        nlu_table_add(tree, item, "lifetime", nlu_value_integer(nlu_be32(p + 4)));
        struct nlu_value servers = nlu_value_table(tree);
        for (uint32_t at = 8; at < size; at += 16)
            nlu_table_add(tree, servers, NULL, nlu_value_ip(p + at, 16));
        nlu_table_add(tree, item, "servers", servers);
    } else {
        nlu_table_add(tree, item, "data", nlu_value_bytes(p + 2, size - 2));
    }
}

// The next option at c, or NULL at the end or where the length is wrong.
static const uint8_t *next_option(struct nlu_cursor *c, uint32_t *ret_size) {
    if (nlu_cursor_left(c) < 8 || c->p[1] == 0 || nlu_cursor_left(c) / 8 < c->p[1])
        return NULL;
    *ret_size = c->p[1] * 8u;
    return nlu_read_span(c, *ret_size);
}

static struct nlu_value nd_options(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    uint32_t from = options_at(type_of(packet, layer)), size = 0;
    const uint8_t *p;

    if (!from || layer->header <= from)
        return nothing;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, from);
    struct nlu_value list = nlu_value_table(tree);
    while ((p = next_option(&c, &size))) {
        struct nlu_value item = nlu_value_table(tree);
        add_option(tree, item, p, size);
        nlu_table_add(tree, list, NULL, item);
    }
    return list;
}

// The address in a link-layer option, found without building the list.
static struct nlu_value link_address(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     uint8_t type) {
    uint32_t from = options_at(type_of(packet, layer)), size = 0;
    const uint8_t *p;

    if (!from || layer->header <= from)
        return nothing;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, from);
    while ((p = next_option(&c, &size)))
        if (p[0] == type && size == 8)
            return nlu_value_mac(p + 2);
    return nothing;
}

static struct nlu_value source_mac(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    return link_address(packet, layer, 1);
}

static struct nlu_value target_mac(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    return link_address(packet, layer, 2);
}

static const char *check_icmp6(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    uint32_t from = options_at(type_of(packet, layer)), size = 0;

    if (!from || layer->header <= from)
        return NULL;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, from);
    while (next_option(&c, &size))
        ;
    return nlu_cursor_left(&c) ? "an option's length is wrong" : NULL;
}

// --- multicast listener discovery ---------------------------------------------------------------

static bool is_listener(int type) {
    return type >= LISTENER_QUERY && type <= LISTENER_DONE;
}

static struct nlu_value mld_max_delay(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return be16_if(packet, layer, is_listener(type_of(packet, layer)), 4);
}

static struct nlu_value mld_group(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    if (!is_listener(type_of(packet, layer)) || layer->header < 24)
        return nothing;
    return nlu_value_ip(packet->bytes + layer->offset + 8, 16);
}

// A version 2 query is told by its length (RFC 3810 section 8.1).
static bool is_query_2(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    return type_of(packet, layer) == LISTENER_QUERY && layer->header >= 28;
}

static struct nlu_value mld_suppress(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (!is_query_2(packet, layer))
        return nothing;
    return nlu_value_boolean(packet->bytes[layer->offset + 24] & 8);
}

static struct nlu_value mld_robustness(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (!is_query_2(packet, layer))
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 24] & 7);
}

static struct nlu_value mld_interval(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (!is_query_2(packet, layer))
        return nothing;
    return nlu_value_integer(packet->bytes[layer->offset + 25]);
}

static struct nlu_value mld_sources(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    if (!is_query_2(packet, layer))
        return nothing;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, 26);
    uint16_t count = nlu_read_be16(&c);
    return nlu_read_group_sources(&c, count, 16, tree);
}

static struct nlu_value mld_records(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    if (type_of(packet, layer) != LISTENER_REPORT_2 || layer->header < 8)
        return nothing;
    struct nlu_cursor c = nlu_layer_cursor(packet, layer, 6);
    return nlu_read_group_records(&c, 16, tree);
}

static const struct nlu_field icmp6_fields[] = {
    NLU_FN("type", icmp6_type),
    NLU_U8("code", 1),
    NLU_FN("id", icmp6_id),
    NLU_FN("seq", icmp6_seq),
    NLU_FN("mtu", icmp6_mtu),
    NLU_FN("pointer", icmp6_pointer),
    NLU_FN("target", icmp6_target),
    NLU_FN("destination", icmp6_destination),
    NLU_FN("router", na_router),
    NLU_FN("solicited", na_solicited),
    NLU_FN("override", na_override),
    NLU_FN("hop_limit", ra_hop_limit),
    NLU_FN("managed", ra_managed),
    NLU_FN("other", ra_other),
    NLU_FN("preference", ra_preference),
    NLU_FN("lifetime", ra_lifetime),
    NLU_FN("reachable", ra_reachable),
    NLU_FN("retransmit", ra_retransmit),
    NLU_FN("max_delay", mld_max_delay),
    NLU_FN("group", mld_group),
    NLU_FN("suppress", mld_suppress),
    NLU_FN("robustness", mld_robustness),
    NLU_FN("query_interval", mld_interval),
    NLU_TREE("sources", mld_sources),
    NLU_TREE("records", mld_records),
    NLU_TREE("options", nd_options),
    NLU_FILLED("checksum", NLU_GET_BE16, 2),
    NLU_ALSO("type_number", NLU_GET_U8, 0),
    NLU_ALSO_FN("reason", icmp6_reason),
    NLU_ALSO_FN("source_mac", source_mac),
    NLU_ALSO_FN("target_mac", target_mac),
    NLU_ALSO_FN("payload", nlu_get_payload),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_icmp6 = {
    .name = "icmp6", .parse = parse_icmp6, .fields = icmp6_fields, .check = check_icmp6};
