// The network layer: IPv4 with options and fragments, IPv6 with extension headers.
#include "dissect_int.h"

// --- IPv4 (RFC 791) -----------------------------------------------------------------------------

enum { MORE_FRAGMENTS = 0x2000, DONT_FRAGMENT = 0x4000, RESERVED = 0x8000, OFFSET_BITS = 0x1fff };

static void parse_ip4(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 20);
    if (!p) {
        // Say "wrong version" rather than "short" for what is no IPv4 at all.
        if (layer->header && w->packet->bytes[w->pos] >> 4 != 4)
            layer->problem = NLU_PROBLEM_VERSION;
        return;
    }
    if (p[0] >> 4 != 4) {
        layer->problem = NLU_PROBLEM_VERSION;
        return;
    }
    uint32_t header = (uint32_t)(p[0] & 15) * 4;
    uint32_t total = nlu_be16(p + 2);
    uint16_t fragment = nlu_be16(p + 6);
    if (header < 20 || header > w->length) {
        layer->problem = NLU_PROBLEM_HEADER;
        return;
    }
    // Segments that the network card cuts up carry 0: the frame says how long they are.
    if (total && total < header) {
        layer->problem = NLU_PROBLEM_LENGTH;
        return;
    }
    if (total)
        nlu_walk_narrow(w, layer, total);
    if (!nlu_walk_header(w, layer, header))
        return;
    layer->info = fragment & (MORE_FRAGMENTS | OFFSET_BITS);
    w->fragment = w->fragment || layer->info;
    if (!(fragment & OFFSET_BITS))
        w->next = nlu_walk_protocol(p[9], false);
}

static struct nlu_value ip4_bit(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                uint16_t bit) {
    if (layer->header < 8)
        return (struct nlu_value){0};
    return nlu_value_boolean(nlu_be16(packet->bytes + layer->offset + 6) & bit);
}

static struct nlu_value ip4_df(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               struct nlu_tree *tree) {
    (void)tree;
    return ip4_bit(packet, layer, DONT_FRAGMENT);
}

static struct nlu_value ip4_mf(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               struct nlu_tree *tree) {
    (void)tree;
    return ip4_bit(packet, layer, MORE_FRAGMENTS);
}

static struct nlu_value ip4_flags(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    if (layer->header < 8)
        return (struct nlu_value){0};
    struct nlu_value table = nlu_value_table(tree);
    nlu_table_add(tree, table, "df", ip4_bit(packet, layer, DONT_FRAGMENT));
    nlu_table_add(tree, table, "mf", ip4_bit(packet, layer, MORE_FRAGMENTS));
    if (ip4_bit(packet, layer, RESERVED).boolean)
        nlu_table_add(tree, table, "rf", nlu_value_boolean(true));
    return table;
}

static struct nlu_value ip4_frag_off(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 8)
        return (struct nlu_value){0};
    uint16_t fragment = nlu_be16(packet->bytes + layer->offset + 6);
    return nlu_value_integer((int64_t)(fragment & OFFSET_BITS) * 8);
}

static struct nlu_value ip4_header_len(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 1)
        return (struct nlu_value){0};
    return nlu_value_integer((int64_t)(packet->bytes[layer->offset] & 15) * 4);
}

static const char *ip4_option_name(uint8_t type) {
    switch (type) {
    case 0:
        return "eol";
    case 1:
        return "nop";
    case 7:
        return "rr";
    case 68:
        return "ts";
    case 130:
        return "security";
    case 131:
        return "lsrr";
    case 137:
        return "ssrr";
    case 148:
        return "ra";
    default:
        return NULL;
    }
}

// A list of { type, name, data }, each as it stands; nil without options.
static struct nlu_value ip4_options(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    if (layer->header <= 20)
        return (struct nlu_value){0};
    struct nlu_cursor c = nlu_cursor_over(packet->bytes + layer->offset + 20, layer->header - 20);
    struct nlu_value list = nlu_value_table(tree);
    while (nlu_cursor_left(&c)) {
        struct nlu_value item = nlu_value_table(tree);
        uint8_t type = nlu_read_u8(&c);
        nlu_table_add(tree, item, "type", nlu_value_integer(type));
        nlu_table_add(tree, item, "name", nlu_value_text(ip4_option_name(type)));
        if (type > 1) {
            uint8_t len = nlu_read_u8(&c);
            const uint8_t *data = len >= 2 ? nlu_read_span(&c, len - 2u) : NULL;
            if (!data)
                break;
            nlu_table_add(tree, item, "data", nlu_value_bytes(data, len - 2u));
        }
        nlu_table_add(tree, list, NULL, item);
        if (type == 0)
            break;
    }
    return list;
}

static const char *check_ip4(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    if (layer->header <= 20)
        return NULL;
    struct nlu_cursor c = nlu_cursor_over(packet->bytes + layer->offset + 20, layer->header - 20);
    while (nlu_cursor_left(&c)) {
        uint8_t type = nlu_read_u8(&c);
        if (type == 0)
            break;
        if (type == 1)
            continue;
        uint8_t len = nlu_read_u8(&c);
        if (len < 2 || !nlu_read_span(&c, len - 2u))
            return "an option's length is wrong";
    }
    return NULL;
}

const uint8_t *nlu_ip4_final_dst(const uint8_t *ip, uint32_t header) {
    struct nlu_cursor c = nlu_cursor_over(ip + 20, header - 20);

    while (nlu_cursor_left(&c)) {
        uint8_t type = nlu_read_u8(&c);
        if (type == 0)
            break;
        if (type == 1)
            continue;
        uint8_t len = nlu_read_u8(&c);
        const uint8_t *data = len >= 2 ? nlu_read_span(&c, len - 2u) : NULL;
        if (!data)
            break;
        if ((type == 131 || type == 137) && len >= 7)
            return data + len - 2 - 4;
    }
    return ip + 16;
}

static const struct nlu_field ip4_fields[] = {
    NLU_BITS("version", NLU_GET_U8, 0, 4, 0),
    NLU_AT("src", NLU_GET_IP4, 12),
    NLU_AT("dst", NLU_GET_IP4, 16),
    NLU_U8("ttl", 8),
    NLU_U8("proto", 9),
    NLU_U8("tos", 1),
    NLU_BE16("id", 4),
    NLU_TREE("flags", ip4_flags),
    NLU_FN("frag_off", ip4_frag_off),
    NLU_TREE("options", ip4_options),
    NLU_FILLED("len", NLU_GET_BE16, 2),
    NLU_FILLED_FN("header_len", ip4_header_len),
    NLU_FILLED("checksum", NLU_GET_BE16, 10),
    NLU_ALSO_FN("df", ip4_df),
    NLU_ALSO_FN("mf", ip4_mf),
    NLU_ALSO_BITS("dscp", NLU_GET_U8, 1, 2, 0),
    NLU_ALSO_BITS("ecn", NLU_GET_U8, 1, 0, 3),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_ip4 = {
    .name = "ip", .parse = parse_ip4, .fields = ip4_fields, .check = check_ip4};

// --- IPv6 (RFC 8200) ----------------------------------------------------------------------------

// What parse_ip6 leaves in layer->info: the upper protocol, and whether there is a fragment header.
enum { INFO_PROTOCOL = 0xff, INFO_FRAGMENT = 0x100 };

// One extension header: its kind, where it stands, how long it is, what is next.
struct extension {
    uint8_t type, next;
    const uint8_t *bytes;
    uint32_t size;
};

bool nlu_ip6_is_extension(uint8_t type) {
    return type == 0 || type == 43 || type == 44 || type == 51 || type == 60 || type == 135;
}

// The extension header of `type` at p with `left` bytes to stand in; false when it is not all
// there.
static bool read_extension(uint8_t type, const uint8_t *p, uint32_t left, struct extension *ret) {
    if (left < 8)
        return false;
    uint32_t size = type == 44 ? 8 : type == 51 ? (p[1] + 2u) * 4 : (p[1] + 1u) * 8;
    if (size > left)
        return false;
    *ret = (struct extension){.type = type, .next = p[0], .bytes = p, .size = size};
    return true;
}

static void parse_ip6(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 40);
    if (!p || p[0] >> 4 != 6) {
        if (layer->header && w->packet->bytes[w->pos] >> 4 != 6)
            layer->problem = NLU_PROBLEM_VERSION;
        return;
    }
    uint32_t length = nlu_be16(p + 4);
    uint8_t next = p[6];
    // 0 is a jumbogram (RFC 2675) or a segment that the network card cuts up, or really nothing.
    if (length || next == 59)
        nlu_walk_narrow(w, layer, 40 + length);
    layer->info = next;

    // Each header is at least 8 bytes, so the packet's end bounds this.
    uint32_t size = 40;
    bool later_fragment = false;
    while (nlu_ip6_is_extension(next)) {
        struct extension e;
        if (!read_extension(next, p + size, w->end - w->pos - size, &e)) {
            layer->problem =
                w->end - w->pos < w->length ? NLU_PROBLEM_TRUNCATED : NLU_PROBLEM_HEADER;
            layer->header = size;
            return;
        }
        if (next == 44) {
            layer->info |= INFO_FRAGMENT;
            // A packet that is its own only fragment is whole (RFC 6946).
            uint16_t fragment = nlu_be16(e.bytes + 2);
            w->fragment = w->fragment || (fragment & 0xfff9);
            later_fragment = fragment & 0xfff8;
        }
        size += e.size;
        next = e.next;
        if (later_fragment)
            break;
    }
    layer->header = size;
    layer->info = (layer->info & ~(uint32_t)INFO_PROTOCOL) | next;
    if (!later_fragment)
        w->next = nlu_walk_protocol(next, true);
}

// Steps over the extension headers: *at is 0 to start, then where the next one stands.
static bool next_extension(const struct nlu_packet *packet, const struct nlu_layer *layer,
                           uint32_t *at, uint8_t *type, struct extension *ret) {
    const uint8_t *p = packet->bytes + layer->offset;

    if (layer->header < 40)
        return false;
    if (*at == 0) {
        *at = 40;
        *type = p[6];
    }
    if (*at >= layer->header || !nlu_ip6_is_extension(*type))
        return false;
    if (!read_extension(*type, p + *at, layer->header - *at, ret))
        return false;
    *at += ret->size;
    *type = ret->next;
    return true;
}

static struct nlu_value ip6_proto(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)packet;
    (void)tree;
    if (layer->header < 40)
        return (struct nlu_value){0};
    return nlu_value_integer(layer->info & INFO_PROTOCOL);
}

static const uint8_t *fragment_header(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer) {
    uint32_t at = 0;
    uint8_t type = 0;
    struct extension e;

    while (next_extension(packet, layer, &at, &type, &e))
        if (e.type == 44)
            return e.bytes;
    return NULL;
}

static struct nlu_value ip6_id(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = fragment_header(packet, layer);
    return p ? nlu_value_integer(nlu_be32(p + 4)) : (struct nlu_value){0};
}

static struct nlu_value ip6_frag_off(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = fragment_header(packet, layer);
    return p ? nlu_value_integer(nlu_be16(p + 2) & 0xfff8) : (struct nlu_value){0};
}

static struct nlu_value ip6_mf(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = fragment_header(packet, layer);
    return p ? nlu_value_boolean(p[3] & 1) : (struct nlu_value){0};
}

static void add_options(struct nlu_tree *tree, struct nlu_value item, const struct extension *e) {
    struct nlu_cursor c = nlu_cursor_over(e->bytes + 2, e->size - 2);
    struct nlu_value list = nlu_value_table(tree);

    while (nlu_cursor_left(&c)) {
        struct nlu_value option = nlu_value_table(tree);
        uint8_t type = nlu_read_u8(&c);
        nlu_table_add(tree, option, "type", nlu_value_integer(type));
        if (type != 0) {
            uint8_t len = nlu_read_u8(&c);
            const uint8_t *data = nlu_read_span(&c, len);
            if (!data)
                break;
            nlu_table_add(tree, option, "data", nlu_value_bytes(data, len));
        }
        nlu_table_add(tree, list, NULL, option);
    }
    nlu_table_add(tree, item, "options", list);
}

static void add_routing(struct nlu_tree *tree, struct nlu_value item, const struct extension *e) {
    nlu_table_add(tree, item, "routing_type", nlu_value_integer(e->bytes[2]));
    nlu_table_add(tree, item, "segments_left", nlu_value_integer(e->bytes[3]));
    nlu_table_add(tree, item, "data", nlu_value_bytes(e->bytes + 4, e->size - 4));
}

static void add_fragment(struct nlu_tree *tree, struct nlu_value item, const struct extension *e) {
    nlu_table_add(tree, item, "frag_off", nlu_value_integer(nlu_be16(e->bytes + 2) & 0xfff8));
    nlu_table_add(tree, item, "mf", nlu_value_boolean(e->bytes[3] & 1));
    nlu_table_add(tree, item, "id", nlu_value_integer(nlu_be32(e->bytes + 4)));
}

// A list of extension headers in order, each with its type as a word (or number).
static struct nlu_value ip6_extensions(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    uint32_t at = 0;
    uint8_t type = 0;
    struct extension e;

    if (layer->header <= 40)
        return (struct nlu_value){0};
    struct nlu_value list = nlu_value_table(tree);
    while (next_extension(packet, layer, &at, &type, &e)) {
        struct nlu_value item = nlu_value_table(tree);
        const char *word = nlu_ip6_extension_word(e.type);
        nlu_table_add(tree, item, "type", word ? nlu_value_text(word) : nlu_value_integer(e.type));
        if (e.type == 0 || e.type == 60)
            add_options(tree, item, &e);
        else if (e.type == 43)
            add_routing(tree, item, &e);
        else if (e.type == 44)
            add_fragment(tree, item, &e);
        else
            nlu_table_add(tree, item, "data", nlu_value_bytes(e.bytes + 2, e.size - 2));
        nlu_table_add(tree, list, NULL, item);
    }
    return list;
}

const char *nlu_ip6_extension_word(uint8_t type) {
    switch (type) {
    case 0:
        return "hop-by-hop";
    case 43:
        return "routing";
    case 44:
        return "fragment";
    case 51:
        return "authentication";
    case 60:
        return "destination";
    case 135:
        return "mobility";
    default:
        return NULL;
    }
}

const uint8_t *nlu_ip6_final_dst(const uint8_t *ip, uint32_t header) {
    uint8_t type = ip[6];
    uint32_t at = 40;
    struct extension e;

    while (at < header && nlu_ip6_is_extension(type)) {
        if (!read_extension(type, ip + at, header - at, &e))
            break;
        if (type == 43 && e.size >= 24 && e.bytes[3] > 0) {
            // RFC 8754 lists the segments from the last one on.
            if (e.bytes[2] == 4)
                return e.bytes + 8;
            if (e.bytes[2] == 0 || e.bytes[2] == 2)
                return e.bytes + 8 + (size_t)((e.size - 8) / 16 - 1) * 16;
        }
        at += e.size;
        type = e.next;
    }
    return ip + 24;
}

static const struct nlu_field ip6_fields[] = {
    NLU_BITS("version", NLU_GET_U8, 0, 4, 0),
    NLU_AT("src", NLU_GET_IP6, 8),
    NLU_AT("dst", NLU_GET_IP6, 24),
    NLU_U8("ttl", 7),
    NLU_FN("proto", ip6_proto),
    NLU_BITS("tos", NLU_GET_BE32, 0, 20, 0xff),
    NLU_BITS("flow", NLU_GET_BE32, 0, 0, 0xfffff),
    NLU_TREE("ext", ip6_extensions),
    NLU_FILLED("payload_len", NLU_GET_BE16, 4),
    NLU_ALSO("hop_limit", NLU_GET_U8, 7),
    NLU_ALSO("next_header", NLU_GET_U8, 6),
    NLU_ALSO_BITS("class", NLU_GET_BE32, 0, 20, 0xff),
    NLU_ALSO_BITS("dscp", NLU_GET_BE32, 0, 22, 0x3f),
    NLU_ALSO_BITS("ecn", NLU_GET_BE32, 0, 20, 3),
    NLU_ALSO_FN("id", ip6_id),
    NLU_ALSO_FN("frag_off", ip6_frag_off),
    NLU_ALSO_FN("mf", ip6_mf),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_ip6 = {
    .name = "ip", .parse = parse_ip6, .fields = ip6_fields};
