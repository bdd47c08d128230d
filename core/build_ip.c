// Building IPv4 and IPv6.
#include "build_int.h"

#include "dissect_int.h"

#include <string.h>

// Fills up with zeros to a multiple of `unit` bytes from `start` on.
static void write_padding(struct nlu_build *b, size_t start, size_t unit) {
    while ((b->w.len - start) % unit && !b->w.overflow)
        nlu_write_u8(&b->w, 0);
}

// The upper protocol: as given, or what is next.
static uint8_t upper_protocol(struct nlu_build *b) {
    int usual = nlu_build_protocol_of(nlu_build_next(b));
    // 59 is "nothing follows" (RFC 8200), 255 is reserved (for what has no number).
    int none = nlu_build_next(b) == NLU_LAYER_NONE && b->layer->kind == NLU_LAYER_IP6 ? 59 : 255;

    return (uint8_t)nlu_build_int(b, NLU_OWN(b), "proto", 0, 255, usual < 0 ? none : usual);
}

// --- IPv4 ---------------------------------------------------------------------------------------

// { type =, data = } each; "data" without its type and length.
static void write_options(struct nlu_build *b, size_t start) {
    const struct nlu_value *options = nlu_build_list(b, NLU_OWN(b), "options"), *item;
    size_t size = 0;

    for (size_t i = 0; (item = nlu_table_item(options, i)); i++) {
        uint8_t type = (uint8_t)nlu_build_int(b, item, "type", 0, 255, NLU_REQUIRED);
        const uint8_t *data = nlu_build_bytes(b, item, "data", &size);
        nlu_write_u8(&b->w, type);
        if (type <= 1)
            continue;
        if (size > 38)
            nlu_build_fail(b, "options", "an option of more than 38 bytes");
        nlu_write_u8(&b->w, (uint8_t)(size + 2));
        nlu_write_bytes(&b->w, data, size);
    }
    write_padding(b, start, 4);
    if (b->w.len - start > 60)
        nlu_build_fail(b, "options", "more than 40 bytes of options");
}

static uint16_t fragment_field(struct nlu_build *b) {
    const struct nlu_value *flags = nlu_build_get(b, NLU_OWN(b), "flags");
    int64_t offset = nlu_build_int(b, NLU_OWN(b), "frag_off", 0, 65528, 0);

    if (flags && flags->type != NLU_VALUE_TABLE)
        nlu_build_fail(b, "flags", "expected a table like { df = true }");
    for (size_t i = 0; flags && flags->type == NLU_VALUE_TABLE && i < flags->table->count; i++) {
        const char *key = flags->table->pairs[i].key;
        if (!key || (strcmp(key, "df") != 0 && strcmp(key, "mf") != 0 && strcmp(key, "rf") != 0))
            nlu_build_fail(b, "flags", "expected df, mf or rf = true, got '%s'",
                           key ? key : "a list");
    }
    if (offset % 8)
        nlu_build_fail(b, "frag_off", "expected a multiple of 8, got %lld", (long long)offset);
    bool df = nlu_build_bool(b, NLU_OWN(b), "df", nlu_build_bool(b, flags, "df", false));
    bool mf = nlu_build_bool(b, NLU_OWN(b), "mf", nlu_build_bool(b, flags, "mf", false));
    bool rf = nlu_build_bool(b, flags, "rf", false);
    return (uint16_t)((rf ? 0x8000 : 0) | (df ? 0x4000 : 0) | (mf ? 0x2000 : 0) | offset / 8);
}

static void write_ip4(struct nlu_build *b) {
    uint8_t address[4];
    size_t start = b->w.len;

    int64_t version = nlu_build_int(b, NLU_OWN(b), "version", 0, 15, 4);
    nlu_write_u8(&b->w, (uint8_t)(version << 4));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "tos", 0, 255, 0));
    nlu_write_be16(&b->w, 0);
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "id", 0, 0xffff, 0));
    nlu_write_be16(&b->w, fragment_field(b));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "ttl", 0, 255, 64));
    nlu_write_u8(&b->w, upper_protocol(b));
    nlu_write_be16(&b->w, 0);
    nlu_build_ip(b, NLU_OWN(b), "src", 4, true, address);
    nlu_write_bytes(&b->w, address, 4);
    nlu_build_ip(b, NLU_OWN(b), "dst", 4, true, address);
    nlu_write_bytes(&b->w, address, 4);
    write_options(b, start);
}

static void finish_ip4(struct nlu_build *b) {
    uint8_t *p = b->w.buf + b->layer->start;
    int64_t header = nlu_build_int(b, NLU_OWN(b), "header_len", 0, 60, (int64_t)b->layer->header);
    size_t end = b->end;

    if (header % 4)
        nlu_build_fail(b, "header_len", "expected a multiple of 4");
    p[0] = (uint8_t)((p[0] & 0xf0) | (header / 4));
    nlu_build_length(b, "len", 2, b->end - b->layer->start);
    // The header's own checksum is over the header only.
    b->end = b->layer->start + b->layer->header;
    nlu_build_checksum(b, 10, 0);
    b->end = end;
}

const struct nlu_builder nlu_build_ip4 = {write_ip4, finish_ip4};

// --- IPv6 ---------------------------------------------------------------------------------------

// The number of an extension header given by word or number; -1 when it is none.
static int extension_type(struct nlu_build *b, const struct nlu_value *item) {
    const struct nlu_value *type = nlu_table_get(item, "type");
    char text[64];

    if (type && type->type == NLU_VALUE_INTEGER)
        return (int)nlu_build_int(b, item, "type", 0, 255, 0);
    nlu_build_word(b, item, "type", text);
    for (int number = 0; number < 256; number++) {
        const char *word = nlu_ip6_extension_word((uint8_t)number);
        if (word && strcmp(word, text) == 0)
            return number;
    }
    nlu_build_fail(b, "ext", "'%s' is no extension header", text);
    return -1;
}

static void write_ip6_options(struct nlu_build *b, const struct nlu_value *item, size_t start) {
    const struct nlu_value *options = nlu_build_list(b, item, "options"), *option;
    size_t size = 0;

    for (size_t i = 0; (option = nlu_table_item(options, i)); i++) {
        uint8_t type = (uint8_t)nlu_build_int(b, option, "type", 0, 255, NLU_REQUIRED);
        const uint8_t *data = nlu_build_bytes(b, option, "data", &size);
        nlu_write_u8(&b->w, type);
        if (type == 0)
            continue;
        if (size > 255)
            nlu_build_fail(b, "ext", "an option of more than 255 bytes");
        nlu_write_u8(&b->w, (uint8_t)size);
        nlu_write_bytes(&b->w, data, size);
    }
    // PadN (RFC 8200 section 4.2), or Pad1 for a single byte.
    size_t missing = (8 - (b->w.len - start) % 8) % 8;
    if (missing > 1) {
        nlu_write_u8(&b->w, 1);
        nlu_write_u8(&b->w, (uint8_t)(missing - 2));
    }
    write_padding(b, start, 8);
}

static void write_extension(struct nlu_build *b, const struct nlu_value *item, int type,
                            uint8_t next) {
    size_t start = b->w.len, size = 0, unit = type == 51 ? 4 : 8;

    nlu_write_u8(&b->w, next);
    nlu_write_u8(&b->w, 0);
    if (type == 44) {
        int64_t offset = nlu_build_int(b, item, "frag_off", 0, 65528, 0);
        nlu_write_be16(&b->w, (uint16_t)((offset & 0xfff8) | nlu_build_bool(b, item, "mf", false)));
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, item, "id", 0, UINT32_MAX, 0));
        return;
    }
    if (type == 0 || type == 60) {
        write_ip6_options(b, item, start);
    } else {
        if (type == 43) {
            nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, item, "routing_type", 0, 255, 0));
            nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, item, "segments_left", 0, 255, 0));
        }
        const uint8_t *data = nlu_build_bytes(b, item, "data", &size);
        nlu_write_bytes(&b->w, data, size);
        write_padding(b, start, unit);
    }
    size_t units = (b->w.len - start) / unit;
    if (units < 1 || units > 256)
        nlu_build_fail(b, "ext", "an extension header of %zu bytes", b->w.len - start);
    // RFC 4302 counts differently for authentication headers.
    else if (!b->w.overflow)
        b->w.buf[start + 1] = (uint8_t)(type == 51 ? units - 2 : units - 1);
}

static void write_extensions(struct nlu_build *b, const struct nlu_value *list, uint8_t last) {
    const struct nlu_value *item, *following;

    for (size_t i = 0; (item = nlu_table_item(list, i)) && !b->failed; i++) {
        int type = extension_type(b, item), next = last;
        following = nlu_table_item(list, i + 1);
        if (following)
            next = extension_type(b, following);
        if (type >= 0)
            write_extension(b, item, type, (uint8_t)next);
    }
}

static void write_ip6(struct nlu_build *b) {
    const struct nlu_value *list = nlu_build_list(b, NLU_OWN(b), "ext");
    const struct nlu_value *first = nlu_table_item(list, 0);
    uint8_t src[16], dst[16], last = upper_protocol(b);

    if (list && list->type != NLU_VALUE_TABLE)
        nlu_build_fail(b, "ext", "expected a list of extension headers");
    uint32_t head = (uint32_t)nlu_build_int(b, NLU_OWN(b), "version", 0, 15, 6) << 28;
    head |= (uint32_t)nlu_build_int(b, NLU_OWN(b), "tos", 0, 255, 0) << 20;
    head |= (uint32_t)nlu_build_int(b, NLU_OWN(b), "flow", 0, 0xfffff, 0);
    const char *ttl = nlu_table_get(NLU_OWN(b), "hop_limit") ? "hop_limit" : "ttl";
    nlu_write_be32(&b->w, head);
    nlu_write_be16(&b->w, 0);
    int type = first ? extension_type(b, first) : last;
    nlu_write_u8(&b->w, (uint8_t)type);
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), ttl, 0, 255, 64));
    nlu_build_ip(b, NLU_OWN(b), "src", 16, true, src);
    nlu_build_ip(b, NLU_OWN(b), "dst", 16, true, dst);
    nlu_write_bytes(&b->w, src, 16);
    nlu_write_bytes(&b->w, dst, 16);
    write_extensions(b, list, last);
}

static void finish_ip6(struct nlu_build *b) {
    nlu_build_length(b, "payload_len", 4, b->end - b->layer->start - 40);
}

const struct nlu_builder nlu_build_ip6 = {write_ip6, finish_ip6};
