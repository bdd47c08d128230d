// DHCP for IPv4 (RFC 2131, options RFC 2132) and for IPv6 (RFC 8415).
#include "dhcp_words.h"
#include "dissect_int.h"

#include <string.h>

static const struct nlu_value nothing = {.type = NLU_VALUE_NIL};

// --- DHCPv4 -------------------------------------------------------------------------------------

enum { FIXED = 236, OPTIONS = 240 };

static void parse_dhcp(struct nlu_walk *w, struct nlu_layer *layer) {
    if (!nlu_walk_header(w, layer, FIXED))
        return;
    uint32_t left = w->end - w->pos;
    layer->header = left;
    if (left < w->length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
}

static struct nlu_value dhcp_op(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                struct nlu_tree *tree) {
    (void)tree;
    if (!layer->header)
        return nothing;
    uint8_t op = packet->bytes[layer->offset];
    if (op == 1 || op == 2)
        return nlu_value_text(op == 1 ? "request" : "reply");
    return nlu_value_integer(op);
}

static struct nlu_value dhcp_client_mac(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 44)
        return nothing;
    const uint8_t *p = packet->bytes + layer->offset;
    if (p[1] == 1 && p[2] == 6)
        return nlu_value_mac(p + 28);
    return nlu_value_bytes(p + 28, 16);
}

// Text up to its NUL; nil when there is none.
static struct nlu_value text_at(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                uint32_t at, size_t size) {
    if (layer->header < at + size)
        return nothing;
    const char *p = (const char *)packet->bytes + layer->offset + at;
    size_t len = strnlen(p, size);
    return len ? nlu_value_bytes(p, len) : nothing;
}

static struct nlu_value dhcp_server_name(const struct nlu_packet *packet,
                                         const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return text_at(packet, layer, 44, 64);
}

static struct nlu_value dhcp_file(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    return text_at(packet, layer, 108, 128);
}

// A cursor over the options behind the magic cookie; empty without one.
static struct nlu_cursor dhcp_cursor(const struct nlu_packet *packet,
                                     const struct nlu_layer *layer) {
    static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};
    const uint8_t *p = packet->bytes + layer->offset;

    if (layer->header < OPTIONS || memcmp(p + FIXED, cookie, sizeof cookie) != 0)
        return nlu_cursor_over(p, 0);
    return nlu_cursor_over(p + OPTIONS, layer->header - OPTIONS);
}

// The next option: 255 is the end and 0 padding, both without a value. False behind the last.
static bool next_option(struct nlu_cursor *c, uint8_t *ret_code, const uint8_t **ret_value,
                        uint32_t *ret_size) {
    if (!nlu_cursor_left(c))
        return false;
    *ret_code = nlu_read_u8(c);
    *ret_size = 0;
    *ret_value = c->p;
    if (*ret_code == 0 || *ret_code == 255)
        return true;
    *ret_size = nlu_read_u8(c);
    *ret_value = nlu_read_span(c, *ret_size);
    return *ret_value != NULL;
}

static struct nlu_value dhcp_options(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    struct nlu_cursor c = dhcp_cursor(packet, layer);
    const uint8_t *value;
    uint32_t size;
    uint8_t code;

    if (!nlu_cursor_left(&c))
        return nothing;
    struct nlu_value list = nlu_value_table(tree);
    while (next_option(&c, &code, &value, &size)) {
        if (code == 0)
            continue;
        struct nlu_value item = nlu_value_table(tree);
        nlu_table_add(tree, item, "code", nlu_value_integer(code));
        nlu_table_add(tree, item, "name", nlu_value_text(nlu_dhcp_option_word(code)));
        if (code != 255)
            nlu_table_add(tree, item, "data", nlu_value_bytes(value, size));
        nlu_table_add(tree, list, NULL, item);
        if (code == 255)
            break;
    }
    return list;
}

// How many bytes stand behind the end option; nil when none do.
static struct nlu_value dhcp_padding(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    struct nlu_cursor c = dhcp_cursor(packet, layer);
    const uint8_t *value;
    uint32_t size;
    uint8_t code;

    (void)tree;
    while (next_option(&c, &code, &value, &size))
        if (code == 255)
            return nlu_cursor_left(&c) ? nlu_value_integer((int64_t)nlu_cursor_left(&c)) : nothing;
    return nothing;
}

static const uint8_t *find_option(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  uint8_t wanted, uint32_t *ret_size) {
    struct nlu_cursor c = dhcp_cursor(packet, layer);
    const uint8_t *value;
    uint8_t code;

    while (next_option(&c, &code, &value, ret_size) && code != 255)
        if (code == wanted)
            return value;
    return NULL;
}

static struct nlu_value dhcp_message_type(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, struct nlu_tree *tree) {
    uint32_t size = 0;
    const uint8_t *p = find_option(packet, layer, 53, &size);

    (void)tree;
    if (!p || size != 1)
        return nothing;
    const char *word = nlu_dhcp_message_word(*p);
    return word ? nlu_value_text(word) : nlu_value_integer(*p);
}

static struct nlu_value ip_option(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  uint8_t code) {
    uint32_t size = 0;
    const uint8_t *p = find_option(packet, layer, code, &size);

    return p && size >= 4 ? nlu_value_ip(p, 4) : nothing;
}

static struct nlu_value text_option(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    uint8_t code) {
    uint32_t size = 0;
    const uint8_t *p = find_option(packet, layer, code, &size);

    return p ? nlu_value_bytes(p, size) : nothing;
}

#define OPTION(name, reader, code)                                                                 \
    static struct nlu_value name(const struct nlu_packet *packet, const struct nlu_layer *layer,   \
                                 struct nlu_tree *tree) {                                          \
        (void)tree;                                                                                \
        return reader(packet, layer, code);                                                        \
    }

OPTION(dhcp_requested_ip, ip_option, 50)
OPTION(dhcp_server_id, ip_option, 54)
OPTION(dhcp_subnet_mask, ip_option, 1)
OPTION(dhcp_router, ip_option, 3)
OPTION(dhcp_hostname, text_option, 12)
OPTION(dhcp_domain_name, text_option, 15)

static struct nlu_value dhcp_lease_time(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    uint32_t size = 0;
    const uint8_t *p = find_option(packet, layer, 51, &size);

    (void)tree;
    return p && size == 4 ? nlu_value_integer(nlu_be32(p)) : nothing;
}

static struct nlu_value dhcp_dns(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    uint32_t size = 0;
    const uint8_t *p = find_option(packet, layer, 6, &size);

    if (!p)
        return nothing;
    struct nlu_value list = nlu_value_table(tree);
    for (uint32_t at = 0; at + 4 <= size; at += 4)
        nlu_table_add(tree, list, NULL, nlu_value_ip(p + at, 4));
    return list;
}

static const char *check_dhcp(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    struct nlu_cursor c = dhcp_cursor(packet, layer);
    const uint8_t *value;
    uint32_t size;
    uint8_t code;

    while (next_option(&c, &code, &value, &size))
        if (code == 255)
            return NULL;
    return c.truncated ? "an option's length is wrong" : NULL;
}

static const struct nlu_field dhcp_fields[] = {
    NLU_FN("op", dhcp_op),
    NLU_U8("hardware", 1),
    NLU_U8("hardware_len", 2),
    NLU_U8("hops", 3),
    NLU_BE32("xid", 4),
    NLU_BE16("secs", 8),
    NLU_BE16("flags", 10),
    NLU_AT("client_ip", NLU_GET_IP4, 12),
    NLU_AT("your_ip", NLU_GET_IP4, 16),
    NLU_AT("server_ip", NLU_GET_IP4, 20),
    NLU_AT("gateway_ip", NLU_GET_IP4, 24),
    NLU_FN("client_mac", dhcp_client_mac),
    NLU_FN("server_name", dhcp_server_name),
    NLU_FN("file", dhcp_file),
    NLU_TREE("options", dhcp_options),
    NLU_FN("padding", dhcp_padding),
    NLU_ALSO_FN("message_type", dhcp_message_type),
    NLU_ALSO_FN("requested_ip", dhcp_requested_ip),
    NLU_ALSO_FN("server_id", dhcp_server_id),
    NLU_ALSO_FN("lease_time", dhcp_lease_time),
    NLU_ALSO_FN("subnet_mask", dhcp_subnet_mask),
    NLU_ALSO_FN("router", dhcp_router),
    NLU_ALSO_TREE("dns", dhcp_dns),
    NLU_ALSO_FN("hostname", dhcp_hostname),
    NLU_ALSO_FN("domain_name", dhcp_domain_name),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_dhcp = {
    .name = "dhcp", .parse = parse_dhcp, .fields = dhcp_fields, .check = check_dhcp};

// --- DHCPv6 -------------------------------------------------------------------------------------

enum { RELAY_FORWARD = 12, RELAY_REPLY = 13, NESTING = 4 };

static bool is_relay(uint8_t type) {
    return type == RELAY_FORWARD || type == RELAY_REPLY;
}

static void parse_dhcp6(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 4);
    if (!p || (is_relay(p[0]) && !nlu_walk_header(w, layer, 34)))
        return;
    uint32_t left = w->end - w->pos;
    layer->header = left;
    if (left < w->length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
}

static struct nlu_value dhcp6_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    if (!layer->header)
        return nothing;
    uint8_t type = packet->bytes[layer->offset];
    const char *word = nlu_dhcp6_message_word(type);
    return word ? nlu_value_text(word) : nlu_value_integer(type);
}

// The header of a message, or of a relay's; NULL for the other kind.
static const uint8_t *dhcp6_header(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   bool relay) {
    const uint8_t *p = packet->bytes + layer->offset;

    if (layer->header < (relay ? 34u : 4u) || is_relay(p[0]) != relay)
        return NULL;
    return p;
}

static struct nlu_value dhcp6_xid(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    const uint8_t *p = dhcp6_header(packet, layer, false);

    (void)tree;
    return p ? nlu_value_integer(nlu_be32(p) & 0xffffff) : nothing;
}

static struct nlu_value dhcp6_hops(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    const uint8_t *p = dhcp6_header(packet, layer, true);

    (void)tree;
    return p ? nlu_value_integer(p[1]) : nothing;
}

static struct nlu_value dhcp6_link(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    const uint8_t *p = dhcp6_header(packet, layer, true);

    (void)tree;
    return p ? nlu_value_ip(p + 2, 16) : nothing;
}

static struct nlu_value dhcp6_peer(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    const uint8_t *p = dhcp6_header(packet, layer, true);

    (void)tree;
    return p ? nlu_value_ip(p + 18, 16) : nothing;
}

static struct nlu_value options6(struct nlu_tree *tree, const uint8_t *p, size_t size, int depth);

static void add_numbers(struct nlu_tree *tree, struct nlu_value item, struct nlu_cursor *c,
                        const char *const *keys, size_t count) {
    for (size_t i = 0; i < count; i++)
        nlu_table_add(tree, item, keys[i], nlu_value_integer(nlu_read_be32(c)));
}

static void add_nested(struct nlu_tree *tree, struct nlu_value item, struct nlu_cursor *c,
                       int depth) {
    if (nlu_cursor_left(c))
        nlu_table_add(tree, item, "options", options6(tree, c->p, nlu_cursor_left(c), depth + 1));
}

// Decodes an option by its form; false when its length does not fit that form.
static bool add_form(struct nlu_tree *tree, struct nlu_value item, uint16_t code, const uint8_t *p,
                     uint32_t size, int depth) {
    static const char *const ia[] = {"iaid", "t1", "t2"}, *const lifetimes[] = {"preferred",
                                                                                "valid"};
    struct nlu_cursor c = nlu_cursor_over(p, size);
    struct nlu_value list;
    char text[NLU_VALUE_TEXT];
    size_t len = 0;

    switch (nlu_dhcp6_option_form(code)) {
    case NLU_DHCP6_IA:
        if (size < 12)
            return false;
        add_numbers(tree, item, &c, ia, 3);
        add_nested(tree, item, &c, depth);
        return true;
    case NLU_DHCP6_IA_TEMPORARY:
        if (size < 4)
            return false;
        add_numbers(tree, item, &c, ia, 1);
        add_nested(tree, item, &c, depth);
        return true;
    case NLU_DHCP6_ADDRESS:
        if (size < 24)
            return false;
        nlu_table_add(tree, item, "address", nlu_value_ip(nlu_read_span(&c, 16), 16));
        add_numbers(tree, item, &c, lifetimes, 2);
        add_nested(tree, item, &c, depth);
        return true;
    case NLU_DHCP6_PREFIX: {
        if (size < 25)
            return false;
        add_numbers(tree, item, &c, lifetimes, 2);
        uint8_t bits = nlu_read_u8(&c);
        struct nlu_value ip = nlu_value_ip(nlu_read_span(&c, 16), 16);
        nlu_table_add(tree, item, "prefix",
                      nlu_value_format(tree, "%s/%u", nlu_value_string(&ip, text, &len), bits));
        add_nested(tree, item, &c, depth);
        return true;
    }
    case NLU_DHCP6_ADDRESSES:
        if (size % 16)
            return false;
        list = nlu_value_table(tree);
        for (uint32_t at = 0; at < size; at += 16)
            nlu_table_add(tree, list, NULL, nlu_value_ip(p + at, 16));
        nlu_table_add(tree, item, "servers", list);
        return true;
    case NLU_DHCP6_CODES:
        if (size % 2)
            return false;
        list = nlu_value_table(tree);
        for (uint32_t at = 0; at < size; at += 2)
            nlu_table_add(tree, list, NULL, nlu_value_integer(nlu_be16(p + at)));
        nlu_table_add(tree, item, "codes", list);
        return true;
    case NLU_DHCP6_STATUS:
        if (size < 2)
            return false;
        nlu_table_add(tree, item, "status", nlu_value_integer(nlu_be16(p)));
        nlu_table_add(tree, item, "message", nlu_value_bytes(p + 2, size - 2));
        return true;
    case NLU_DHCP6_NUMBER:
        if (size != (code == 7 ? 1 : code == 8 ? 2 : 4))
            return false;
        nlu_table_add(tree, item, "value",
                      nlu_value_integer(size == 1   ? p[0]
                                        : size == 2 ? nlu_be16(p)
                                                    : nlu_be32(p)));
        return true;
    default:
        return false;
    }
}

static struct nlu_value options6(struct nlu_tree *tree, const uint8_t *p, size_t size, int depth) {
    struct nlu_cursor c = nlu_cursor_over(p, size);
    struct nlu_value list = nlu_value_table(tree);

    while (nlu_cursor_left(&c) >= 4) {
        uint16_t code = nlu_read_be16(&c), len = nlu_read_be16(&c);
        const uint8_t *value = nlu_read_span(&c, len);
        if (!value)
            break;
        struct nlu_value item = nlu_value_table(tree);
        nlu_table_add(tree, item, "code", nlu_value_integer(code));
        nlu_table_add(tree, item, "name", nlu_value_text(nlu_dhcp6_option_word(code)));
        if (depth >= NESTING || !add_form(tree, item, code, value, len, depth))
            nlu_table_add(tree, item, "data", nlu_value_bytes(value, len));
        nlu_table_add(tree, list, NULL, item);
    }
    return list;
}

static struct nlu_value dhcp6_options(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    if (layer->header < 4)
        return nothing;
    const uint8_t *p = packet->bytes + layer->offset;
    uint32_t at = is_relay(p[0]) ? 34 : 4;
    return layer->header < at ? nothing : options6(tree, p + at, layer->header - at, 0);
}

static const struct nlu_field dhcp6_fields[] = {
    NLU_FN("type", dhcp6_type),
    NLU_FN("xid", dhcp6_xid),
    NLU_FN("hops", dhcp6_hops),
    NLU_FN("link_address", dhcp6_link),
    NLU_FN("peer_address", dhcp6_peer),
    NLU_TREE("options", dhcp6_options),
    NLU_ALSO("type_number", NLU_GET_U8, 0),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_dhcp6 = {
    .name = "dhcp6", .parse = parse_dhcp6, .fields = dhcp6_fields};
