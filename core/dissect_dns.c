// DNS and multicast DNS (RFC 1035, RFC 6762), over UDP or behind a length over TCP.
#include "dissect_int.h"
#include "dns_name.h"

#include <string.h>

static const struct nlu_value nothing = {.type = NLU_VALUE_NIL};

enum { HEADER = 12 };

// layer->info is where the message starts in the layer: 0, or 2 behind TCP's length.
static void parse_dns(struct nlu_walk *w, struct nlu_layer *layer) {
    uint32_t left = w->end - w->pos, length = left;
    bool tcp = w->packet->count && w->packet->layers[w->packet->count - 1].kind == NLU_LAYER_TCP;

    if (tcp) {
        // Where a message starts in a stream cannot be seen in one segment: a length that is none
        // is the middle of something.
        layer->info = 2;
        if (left < 2 || nlu_be16(w->packet->bytes + w->pos) < HEADER) {
            layer->kind = NLU_LAYER_NONE;
            return;
        }
        length = 2u + nlu_be16(w->packet->bytes + w->pos);
    }
    if (!nlu_walk_header(w, layer, HEADER + layer->info))
        return;
    layer->header = length < left ? length : left;
    if (length > left || left < w->length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
}

// The message without TCP's length.
static const uint8_t *message_of(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 size_t *ret_size) {
    if (layer->header < layer->info + HEADER)
        return NULL;
    *ret_size = layer->header - layer->info;
    return packet->bytes + layer->offset + layer->info;
}

static struct nlu_value dns_id(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               struct nlu_tree *tree) {
    size_t size = 0;
    const uint8_t *p = message_of(packet, layer, &size);

    (void)tree;
    return p ? nlu_value_integer(nlu_be16(p)) : nothing;
}

static struct nlu_value flag(const struct nlu_packet *packet, const struct nlu_layer *layer,
                             uint16_t bit) {
    size_t size = 0;
    const uint8_t *p = message_of(packet, layer, &size);

    return p ? nlu_value_boolean(nlu_be16(p + 2) & bit) : nothing;
}

#define FLAG(name, bit)                                                                            \
    static struct nlu_value name(const struct nlu_packet *packet, const struct nlu_layer *layer,   \
                                 struct nlu_tree *tree) {                                          \
        (void)tree;                                                                                \
        return flag(packet, layer, bit);                                                           \
    }

FLAG(dns_response, 0x8000)
FLAG(dns_aa, 0x0400)
FLAG(dns_tc, 0x0200)
FLAG(dns_rd, 0x0100)
FLAG(dns_ra, 0x0080)
FLAG(dns_ad, 0x0020)
FLAG(dns_cd, 0x0010)

static struct nlu_value dns_opcode(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    size_t size = 0;
    const uint8_t *p = message_of(packet, layer, &size);

    (void)tree;
    return p ? nlu_value_integer(p[2] >> 3 & 15) : nothing;
}

static struct nlu_value dns_rcode_number(const struct nlu_packet *packet,
                                         const struct nlu_layer *layer, struct nlu_tree *tree) {
    size_t size = 0;
    const uint8_t *p = message_of(packet, layer, &size);

    (void)tree;
    return p ? nlu_value_integer(p[3] & 15) : nothing;
}

static struct nlu_value dns_rcode(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    size_t size = 0;
    const uint8_t *p = message_of(packet, layer, &size);

    (void)tree;
    if (!p)
        return nothing;
    const char *word = nlu_dns_rcode_word(p[3] & 15);
    return word ? nlu_value_text(word) : nlu_value_integer(p[3] & 15);
}

// --- records ------------------------------------------------------------------------------------

static struct nlu_value type_value(struct nlu_tree *tree, uint16_t type) {
    const char *word = nlu_dns_type_word(type);
    return word ? nlu_value_text(word) : nlu_value_format(tree, "TYPE%u", type);
}

static struct nlu_value class_value(uint16_t class) {
    return class == 1 ? nlu_value_text("IN") : nlu_value_integer(class);
}

// The name at *at, which is moved behind it; nil when it is broken.
static struct nlu_value read_name(struct nlu_tree *tree, const uint8_t *message, size_t size,
                                  size_t *at) {
    char text[NLU_DNS_NAME_TEXT];
    size_t next = 0;

    if (nlu_dns_name_read(message, size, *at, text, &next) < 0)
        return nothing;
    *at = next;
    size_t len = strlen(text);
    char *copy = nlu_arena_text(tree->arena, text, len);
    if (!copy) {
        tree->failed = true;
        return nothing;
    }
    return nlu_value_bytes(copy, len);
}

static void add_name(struct nlu_tree *tree, struct nlu_value item, const char *key,
                     const uint8_t *message, size_t size, size_t at) {
    nlu_table_add(tree, item, key, read_name(tree, message, size, &at));
}

static void add_soa(struct nlu_tree *tree, struct nlu_value item, const uint8_t *message,
                    size_t size, size_t at) {
    static const char *const keys[] = {"serial", "refresh", "retry", "expire", "minimum"};

    nlu_table_add(tree, item, "primary", read_name(tree, message, size, &at));
    nlu_table_add(tree, item, "mailbox", read_name(tree, message, size, &at));
    struct nlu_cursor c = nlu_cursor_over(message + at, size - at);
    for (size_t i = 0; i < NLU_COUNT(keys); i++) {
        uint32_t value = nlu_read_be32(&c);
        if (!c.truncated)
            nlu_table_add(tree, item, keys[i], nlu_value_integer(value));
    }
}

static void add_strings(struct nlu_tree *tree, struct nlu_value item, const uint8_t *p,
                        size_t len) {
    struct nlu_cursor c = nlu_cursor_over(p, len);
    struct nlu_value list = nlu_value_table(tree);

    while (nlu_cursor_left(&c)) {
        uint8_t size = nlu_read_u8(&c);
        const uint8_t *text = nlu_read_span(&c, size);
        if (!text)
            break;
        nlu_table_add(tree, list, NULL, nlu_value_bytes(text, size));
    }
    nlu_table_add(tree, item, "text", list);
}

// What a record says, decoded by its type; as bytes for types that are not known here. The record's
// data is message[at..at + len), inside the message.
static void add_data(struct nlu_tree *tree, struct nlu_value item, uint16_t type,
                     const uint8_t *message, size_t at, size_t len) {
    const uint8_t *p = message + at;
    // Names must end where the data does.
    size_t end = at + len;

    switch (type) {
    case 1:
    case 28:
        if (len == (type == 1 ? 4 : 16)) {
            nlu_table_add(tree, item, "address", nlu_value_ip(p, len));
            return;
        }
        break;
    case 2:
    case 5:
    case 12:
    case 39:
        add_name(tree, item, "target", message, end, at);
        return;
    case 6:
        add_soa(tree, item, message, end, at);
        return;
    case 15:
        if (len < 3)
            break;
        nlu_table_add(tree, item, "preference", nlu_value_integer(nlu_be16(p)));
        add_name(tree, item, "target", message, end, at + 2);
        return;
    case 16:
        add_strings(tree, item, p, len);
        return;
    case 33: // RFC 2782
        if (len < 7)
            break;
        nlu_table_add(tree, item, "priority", nlu_value_integer(nlu_be16(p)));
        nlu_table_add(tree, item, "weight", nlu_value_integer(nlu_be16(p + 2)));
        nlu_table_add(tree, item, "port", nlu_value_integer(nlu_be16(p + 4)));
        add_name(tree, item, "target", message, end, at + 6);
        return;
    }
    nlu_table_add(tree, item, "data", nlu_value_bytes(p, len));
}

// A question or a record at *at, added to list; false where the message ends or is broken.
static bool add_record(struct nlu_tree *tree, struct nlu_value list, bool question,
                       const uint8_t *message, size_t size, size_t *at) {
    size_t start = *at;
    struct nlu_value name = read_name(tree, message, size, at);

    if (name.type == NLU_VALUE_NIL || size - *at < (question ? 4u : 10u)) {
        *at = start;
        return false;
    }
    const uint8_t *p = message + *at;
    struct nlu_value item = nlu_value_table(tree);
    nlu_table_add(tree, item, "name", name);
    nlu_table_add(tree, item, "type", type_value(tree, nlu_be16(p)));
    nlu_table_add(tree, item, "class", class_value(nlu_be16(p + 2)));
    *at += 4;
    if (!question) {
        size_t len = nlu_be16(p + 8);
        *at += 6;
        if (len > size - *at) {
            *at = start;
            return false;
        }
        nlu_table_add(tree, item, "ttl", nlu_value_integer(nlu_be32(p + 4)));
        add_data(tree, item, nlu_be16(p), message, *at, len);
        *at += len;
    }
    nlu_table_add(tree, list, NULL, item);
    return true;
}

// Moves *at over `count` questions or records; false where the message ends or is broken.
static bool skip_records(const uint8_t *message, size_t size, size_t *at, unsigned count,
                         bool question) {
    for (unsigned i = 0; i < count; i++) {
        size_t next = 0;
        if (nlu_dns_name_skip(message, size, *at, &next) < 0 || size - next < (question ? 4u : 10u))
            return false;
        size_t len = question ? 4 : 10 + (size_t)nlu_be16(message + next + 8);
        if (len > size - next)
            return false;
        *at = next + len;
    }
    return true;
}

// The n-th section: questions, answers, authorities, additionals.
static struct nlu_value section(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                struct nlu_tree *tree, size_t n) {
    size_t size = 0, at = HEADER;
    const uint8_t *message = message_of(packet, layer, &size);

    if (!message)
        return nothing;
    struct nlu_value list = nlu_value_table(tree);
    for (size_t i = 0; i < n; i++)
        if (!skip_records(message, size, &at, nlu_be16(message + 4 + i * 2), i == 0))
            return list;
    for (unsigned i = nlu_be16(message + 4 + n * 2); i > 0; i--)
        if (!add_record(tree, list, n == 0, message, size, &at))
            break;
    return list;
}

static struct nlu_value dns_questions(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    return section(packet, layer, tree, 0);
}

static struct nlu_value dns_answers(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    return section(packet, layer, tree, 1);
}

static struct nlu_value dns_authorities(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    return section(packet, layer, tree, 2);
}

static struct nlu_value dns_additionals(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    return section(packet, layer, tree, 3);
}

// The first question, which is the only one there ever is.
static struct nlu_value dns_name(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    size_t size = 0, at = HEADER;
    const uint8_t *message = message_of(packet, layer, &size);

    if (!message || !nlu_be16(message + 4))
        return nothing;
    return read_name(tree, message, size, &at);
}

static struct nlu_value dns_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    size_t size = 0, at = 0;
    const uint8_t *message = message_of(packet, layer, &size);

    if (!message || !nlu_be16(message + 4) || nlu_dns_name_skip(message, size, HEADER, &at) < 0 ||
        size - at < 2)
        return nothing;
    return type_value(tree, nlu_be16(message + at));
}

static const char *check_dns(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    size_t size = 0, at = HEADER;
    const uint8_t *message = message_of(packet, layer, &size);

    if (!message)
        return NULL;
    for (size_t i = 0; i < 4; i++)
        if (!skip_records(message, size, &at, nlu_be16(message + 4 + i * 2), i == 0))
            return "a record is broken or missing";
    return at < size ? "bytes behind the last record" : NULL;
}

static const struct nlu_field dns_fields[] = {
    NLU_FN("id", dns_id),
    NLU_FN("response", dns_response),
    NLU_FN("opcode", dns_opcode),
    NLU_FN("aa", dns_aa),
    NLU_FN("tc", dns_tc),
    NLU_FN("rd", dns_rd),
    NLU_FN("ra", dns_ra),
    NLU_FN("ad", dns_ad),
    NLU_FN("cd", dns_cd),
    NLU_FN("rcode", dns_rcode),
    NLU_TREE("questions", dns_questions),
    NLU_TREE("answers", dns_answers),
    NLU_TREE("authorities", dns_authorities),
    NLU_TREE("additionals", dns_additionals),
    NLU_ALSO_TREE("name", dns_name),
    NLU_ALSO_TREE("type", dns_type),
    NLU_ALSO_FN("rcode_number", dns_rcode_number),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_dns = {
    .name = "dns", .parse = parse_dns, .fields = dns_fields, .check = check_dns};
