// UDP (RFC 768), TCP (RFC 9293) with its options, and VXLAN (RFC 7348) on top of UDP.
#include "dissect_int.h"
#include "tcp_words.h"

#include <string.h>

static bool either(uint16_t a, uint16_t b, uint16_t port) {
    return a == port || b == port;
}

// --- UDP ----------------------------------------------------------------------------------------

static void parse_udp(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 8);
    if (!p)
        return;
    uint16_t src = nlu_be16(p), dst = nlu_be16(p + 2), length = nlu_be16(p + 4);
    // 0 is a jumbogram (RFC 2675).
    if (length && length < 8) {
        layer->problem = NLU_PROBLEM_LENGTH;
        return;
    }
    if (length)
        nlu_walk_narrow(w, layer, length);
    if (layer->length <= 8)
        return;
    if (either(src, dst, 53) || either(src, dst, 5353))
        w->next = NLU_LAYER_DNS;
    else if (either(src, dst, 67) || either(src, dst, 68))
        w->next = NLU_LAYER_DHCP;
    else if (either(src, dst, 546) || either(src, dst, 547))
        w->next = NLU_LAYER_DHCP6;
    else if (either(src, dst, 4789))
        w->next = NLU_LAYER_VXLAN;
}

static const struct nlu_field udp_fields[] = {
    NLU_BE16("src_port", 0),
    NLU_BE16("dst_port", 2),
    NLU_FILLED("len", NLU_GET_BE16, 4),
    NLU_FILLED("checksum", NLU_GET_BE16, 6),
    NLU_ALSO("sport", NLU_GET_BE16, 0),
    NLU_ALSO("dport", NLU_GET_BE16, 2),
    NLU_ALSO_FN("payload", nlu_get_payload),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_udp = {
    .name = "udp", .parse = parse_udp, .fields = udp_fields};

// --- TCP ----------------------------------------------------------------------------------------

static void parse_tcp(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 20);
    if (!p)
        return;
    uint32_t header = (uint32_t)(p[12] >> 4) * 4;
    if (header < 20 || header > w->length) {
        layer->problem = NLU_PROBLEM_HEADER;
        return;
    }
    if (!nlu_walk_header(w, layer, header))
        return;
    uint16_t src = nlu_be16(p), dst = nlu_be16(p + 2);
    if (layer->length == header)
        return;
    if (either(src, dst, 53))
        w->next = NLU_LAYER_DNS;
    else if (either(src, dst, 80) || either(src, dst, 8080) || either(src, dst, 8000))
        w->next = NLU_LAYER_HTTP;
}

static struct nlu_value tcp_flags(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 14)
        return (struct nlu_value){0};
    return nlu_value_tcp_flags(packet->bytes[layer->offset + 13]);
}

static struct nlu_value tcp_header_len(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 13)
        return (struct nlu_value){0};
    return nlu_value_integer((int64_t)(packet->bytes[layer->offset + 12] >> 4) * 4);
}

// The four bits between the header length and the flags; nil when they are zero, as they should be.
static struct nlu_value tcp_reserved(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 13 || !(packet->bytes[layer->offset + 12] & 15))
        return (struct nlu_value){0};
    return nlu_value_integer(packet->bytes[layer->offset + 12] & 15);
}

static struct nlu_value tcp_urgent(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 20)
        return (struct nlu_value){0};
    uint16_t urgent = nlu_be16(packet->bytes + layer->offset + 18);
    return urgent ? nlu_value_integer(urgent) : (struct nlu_value){0};
}

// One option as a value under its name, or nil when its length is not the one it should have.
static struct nlu_value option_value(struct nlu_tree *tree, uint8_t kind, const uint8_t *data,
                                     uint32_t len) {
    struct nlu_value value = {0};

    switch (kind) {
    case 2:
        if (len == 2)
            value = nlu_value_integer(nlu_be16(data));
        break;
    case 3:
        if (len == 1)
            value = nlu_value_integer(data[0]);
        break;
    case 4:
        if (len == 0)
            value = nlu_value_boolean(true);
        break;
    case 5:
        if (len == 0 || len % 8)
            break;
        value = nlu_value_table(tree);
        for (uint32_t at = 0; at < len; at += 8) {
            struct nlu_value block = nlu_value_table(tree);
            nlu_table_add(tree, block, NULL, nlu_value_integer(nlu_be32(data + at)));
            nlu_table_add(tree, block, NULL, nlu_value_integer(nlu_be32(data + at + 4)));
            nlu_table_add(tree, value, NULL, block);
        }
        break;
    case 8:
        if (len != 8)
            break;
        value = nlu_value_table(tree);
        nlu_table_add(tree, value, "val", nlu_value_integer(nlu_be32(data)));
        nlu_table_add(tree, value, "ecr", nlu_value_integer(nlu_be32(data + 4)));
        break;
    }
    return value;
}

// The names in order as a list, and under each name what it says: { "mss", "nop", "wscale", mss =
// 1460, wscale = 7 }. What has no name, or stands there twice, is { kind =, data = } in the list.
static struct nlu_value tcp_options(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    if (layer->header <= 20)
        return (struct nlu_value){0};
    struct nlu_cursor c = nlu_cursor_over(packet->bytes + layer->offset + 20, layer->header - 20);
    struct nlu_value table = nlu_value_table(tree);
    while (nlu_cursor_left(&c)) {
        uint8_t kind = nlu_read_u8(&c);
        const char *name = nlu_tcp_option_word(kind);
        if (kind <= 1) {
            nlu_table_add(tree, table, NULL, nlu_value_text(name));
            if (kind == 0)
                break;
            continue;
        }
        uint8_t len = nlu_read_u8(&c);
        const uint8_t *data = len >= 2 ? nlu_read_span(&c, len - 2u) : NULL;
        if (!data)
            break;
        struct nlu_value value = option_value(tree, kind, data, len - 2u);
        if (value.type != NLU_VALUE_NIL && name && !nlu_table_get(&table, name)) {
            nlu_table_add(tree, table, NULL, nlu_value_text(name));
            nlu_table_add(tree, table, name, value);
            continue;
        }
        struct nlu_value item = nlu_value_table(tree);
        nlu_table_add(tree, item, "kind", nlu_value_integer(kind));
        nlu_table_add(tree, item, "data", nlu_value_bytes(data, len - 2u));
        nlu_table_add(tree, table, NULL, item);
    }
    return table;
}

static const char *check_tcp(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    if (layer->header <= 20)
        return NULL;
    struct nlu_cursor c = nlu_cursor_over(packet->bytes + layer->offset + 20, layer->header - 20);
    while (nlu_cursor_left(&c)) {
        uint8_t kind = nlu_read_u8(&c);
        if (kind == 0)
            break;
        if (kind == 1)
            continue;
        uint8_t len = nlu_read_u8(&c);
        if (len < 2 || !nlu_read_span(&c, len - 2u))
            return "an option's length is wrong";
    }
    return NULL;
}

static const struct nlu_field tcp_fields[] = {
    NLU_BE16("src_port", 0),
    NLU_BE16("dst_port", 2),
    NLU_FN("flags", tcp_flags),
    NLU_BE32("seq", 4),
    NLU_BE32("ack", 8),
    NLU_BE16("win", 14),
    NLU_FN("urgent", tcp_urgent),
    NLU_FN("reserved", tcp_reserved),
    NLU_TREE("options", tcp_options),
    NLU_FILLED_FN("header_len", tcp_header_len),
    NLU_FILLED("checksum", NLU_GET_BE16, 16),
    NLU_ALSO("sport", NLU_GET_BE16, 0),
    NLU_ALSO("dport", NLU_GET_BE16, 2),
    NLU_ALSO("flags_number", NLU_GET_U8, 13),
    NLU_ALSO_FN("payload", nlu_get_payload),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_tcp = {
    .name = "tcp", .parse = parse_tcp, .fields = tcp_fields, .check = check_tcp};

// --- VXLAN --------------------------------------------------------------------------------------

static void parse_vxlan(struct nlu_walk *w, struct nlu_layer *layer) {
    if (nlu_walk_header(w, layer, 8))
        w->next = NLU_LAYER_ETH;
}

static const struct nlu_field vxlan_fields[] = {
    NLU_U8("flags", 0),
    NLU_BITS("vni", NLU_GET_BE32, 4, 8, 0xffffff),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_vxlan = {
    .name = "vxlan", .parse = parse_vxlan, .fields = vxlan_fields};
