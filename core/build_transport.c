// Building UDP, TCP, and what routers and tunnels put between: OSPF, GRE, VXLAN.
#include "build_int.h"

#include "dissect_int.h"
#include "packet_words.h"
#include "tcp_words.h"

#include <string.h>

static void write_port(struct nlu_build *b, const char *key, const char *also) {
    const char *given = nlu_table_get(NLU_OWN(b), also) ? also : key;

    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), given, 0, 0xffff, NLU_REQUIRED));
}

// --- UDP ----------------------------------------------------------------------------------------

static void write_udp(struct nlu_build *b) {
    write_port(b, "src_port", "sport");
    write_port(b, "dst_port", "dport");
    nlu_write_be32(&b->w, 0);
}

static void finish_udp(struct nlu_build *b) {
    nlu_build_length(b, "len", 4, b->end - b->layer->start);
    nlu_build_checksum(b, 6, 17);
}

const struct nlu_builder nlu_build_udp = {write_udp, finish_udp};

// --- TCP ----------------------------------------------------------------------------------------

static void write_option_head(struct nlu_build *b, int kind, size_t size) {
    nlu_write_u8(&b->w, (uint8_t)kind);
    if (kind <= 1)
        return;
    if (size > 38)
        nlu_build_fail(b, "options", "an option of more than 38 bytes");
    nlu_write_u8(&b->w, (uint8_t)(size + 2));
}

static void write_sack(struct nlu_build *b, const struct nlu_value *blocks) {
    const struct nlu_value *block, *edge;
    size_t count = 0;

    if (blocks && blocks->type != NLU_VALUE_TABLE)
        nlu_build_fail(b, "options.sack", "expected a list of { left, right }");
    while (nlu_table_item(blocks, count))
        count++;
    write_option_head(b, 5, count * 8);
    for (size_t i = 0; (block = nlu_table_item(blocks, i)); i++) {
        for (size_t side = 0; side < 2; side++) {
            edge = nlu_table_item(block, side);
            if (!edge || edge->type != NLU_VALUE_INTEGER)
                nlu_build_fail(b, "options.sack", "expected a list of { left, right }");
            nlu_write_be32(&b->w, edge ? (uint32_t)edge->integer : 0);
        }
    }
}

// An option by its name, with what the options' table says under that name.
static void write_named_option(struct nlu_build *b, const struct nlu_value *options,
                               const char *name) {
    int kind = nlu_tcp_option_number(name);
    const struct nlu_value *value = nlu_table_get(options, name);

    switch (kind) {
    case 0:
    case 1:
    case 4:
        write_option_head(b, kind, 0);
        break;
    case 2:
        write_option_head(b, kind, 2);
        nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, options, name, 0, 0xffff, NLU_REQUIRED));
        break;
    case 3:
        write_option_head(b, kind, 1);
        nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, options, name, 0, 255, NLU_REQUIRED));
        break;
    case 5:
        write_sack(b, value);
        break;
    case 8:
        if (value && value->type != NLU_VALUE_TABLE)
            nlu_build_fail(b, "options.ts", "expected a table like { val = 1, ecr = 0 }");
        write_option_head(b, kind, 8);
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, value, "val", 0, UINT32_MAX, 0));
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, value, "ecr", 0, UINT32_MAX, 0));
        break;
    default:
        nlu_build_fail(b, "options", "there is no option called '%s'", name);
    }
}

static void write_listed_option(struct nlu_build *b, const struct nlu_value *options,
                                const struct nlu_value *item) {
    char text[NLU_VALUE_TEXT], name[16];
    size_t size = 0;
    const char *word = nlu_value_string(item, text, &size);

    if (word && size < sizeof name) {
        memcpy(name, word, size);
        name[size] = '\0';
        write_named_option(b, options, name);
    } else if (item->type == NLU_VALUE_TABLE) {
        int kind = (int)nlu_build_int(b, item, "kind", 0, 255, NLU_REQUIRED);
        const uint8_t *data = nlu_build_bytes(b, item, "data", &size);
        write_option_head(b, kind, size);
        nlu_write_bytes(&b->w, data, size);
    } else {
        nlu_build_fail(b, "options", "expected names like 'mss', or { kind =, data = }");
    }
}

static void write_options(struct nlu_build *b, size_t start) {
    // The order that Linux has in a SYN, aligned as it aligns them.
    static const char *const usual[] = {"mss", "sackOK", "ts", "nop", "wscale", "sack"};
    const struct nlu_value *options = nlu_build_get(b, NLU_OWN(b), "options"), *item;

    if (options && options->type != NLU_VALUE_TABLE) {
        nlu_build_fail(b, "options", "expected a table like { mss = 1460 }");
        return;
    }
    for (size_t i = 0; options && i < options->table->count; i++) {
        const char *key = options->table->pairs[i].key;
        if (key && nlu_tcp_option_number(key) < 0)
            nlu_build_fail(b, "options", "there is no option called '%s'", key);
    }
    for (size_t i = 0; (item = nlu_table_item(options, i)); i++)
        write_listed_option(b, options, item);
    for (size_t i = 0; i < NLU_COUNT(usual) && options && !nlu_table_item(options, 0); i++) {
        bool wanted = nlu_table_get(options, strcmp(usual[i], "nop") ? usual[i] : "wscale");
        if (wanted)
            write_named_option(b, options, usual[i]);
    }
    while ((b->w.len - start) % 4 && !b->w.overflow)
        nlu_write_u8(&b->w, 0);
    if (b->w.len - start > 60)
        nlu_build_fail(b, "options", "more than 40 bytes of options");
}

static void write_tcp(struct nlu_build *b) {
    size_t start = b->w.len;
    char text[64];
    uint8_t flags = 0;

    write_port(b, "src_port", "sport");
    write_port(b, "dst_port", "dport");
    nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "seq", 0, UINT32_MAX, 0));
    nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "ack", 0, UINT32_MAX, 0));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "reserved", 0, 15, 0));
    nlu_build_word(b, NLU_OWN(b), "flags", text);
    if (!*text)
        nlu_build_fail(b, "flags", "is missing: 'S', 'S.', '.', 'P.', 'F.', 'R' or 'none'");
    else if (nlu_tcp_flags_parse(text, strlen(text), &flags) < 0)
        nlu_build_fail(b, "flags", "expected letters of FSRP.UEW or 'none', got '%s'", text);
    nlu_write_u8(&b->w, flags);
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "win", 0, 0xffff, 64240));
    nlu_write_be16(&b->w, 0);
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "urgent", 0, 0xffff, 0));
    write_options(b, start);
}

static void finish_tcp(struct nlu_build *b) {
    uint8_t *p = b->w.buf + b->layer->start;
    int64_t header = nlu_build_int(b, NLU_OWN(b), "header_len", 0, 60, (int64_t)b->layer->header);

    if (header % 4)
        nlu_build_fail(b, "header_len", "expected a multiple of 4");
    p[12] = (uint8_t)(header / 4 << 4 | (p[12] & 15));
    nlu_build_checksum(b, 16, 6);
}

const struct nlu_builder nlu_build_tcp = {write_tcp, finish_tcp};

// --- VXLAN and GRE ------------------------------------------------------------------------------

static void write_vxlan(struct nlu_build *b) {
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "flags", 0, 255, 8));
    nlu_write_be24(&b->w, 0);
    nlu_write_be24(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "vni", 0, 0xffffff, 0));
    nlu_write_u8(&b->w, 0);
}

const struct nlu_builder nlu_build_vxlan = {write_vxlan, NULL};

static void write_gre(struct nlu_build *b) {
    const struct nlu_value *checksum = nlu_table_get(NLU_OWN(b), "checksum");
    bool key = nlu_table_get(NLU_OWN(b), "key"), seq = nlu_table_get(NLU_OWN(b), "seq");
    int type = nlu_build_ethertype_of(nlu_build_next(b));

    nlu_write_u8(&b->w, (uint8_t)((checksum ? 0x80 : 0) | (key ? 0x20 : 0) | (seq ? 0x10 : 0)));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "version", 0, 7, 0));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "type", 0, 0xffff,
                                                  type < 0 ? NLU_REQUIRED : type));
    if (checksum)
        nlu_write_be32(&b->w, 0);
    if (key)
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "key", 0, UINT32_MAX, 0));
    if (seq)
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "seq", 0, UINT32_MAX, 0));
}

// A checksum of true is worked out.
static void finish_gre(struct nlu_build *b) {
    const struct nlu_value *checksum = nlu_build_get(b, NLU_OWN(b), "checksum");
    uint16_t sum = 0;

    if (!checksum)
        return;
    if (checksum->type == NLU_VALUE_BOOLEAN)
        sum = nlu_checksum_finish(
            nlu_checksum_add(0, b->w.buf + b->layer->start, b->end - b->layer->start));
    else
        sum = (uint16_t)nlu_build_int(b, NLU_OWN(b), "checksum", 0, 0xffff, 0);
    nlu_write_patch_be16(&b->w, b->layer->start + 4, sum);
}

const struct nlu_builder nlu_build_gre = {write_gre, finish_gre};

// --- OSPF ---------------------------------------------------------------------------------------

static void write_ospf_ip(struct nlu_build *b, const char *key) {
    uint8_t address[4];

    nlu_build_ip(b, NLU_OWN(b), key, 4, false, address);
    nlu_write_bytes(&b->w, address, 4);
}

static void write_hello(struct nlu_build *b, int64_t version) {
    const struct nlu_value *neighbors = nlu_build_list(b, NLU_OWN(b), "neighbors"), *item;
    uint16_t interval = (uint16_t)nlu_build_int(b, NLU_OWN(b), "hello_interval", 0, 0xffff, 10);
    uint8_t priority = (uint8_t)nlu_build_int(b, NLU_OWN(b), "priority", 0, 255, 1), address[4];

    if (version == 2) {
        write_ospf_ip(b, "mask");
        nlu_write_be16(&b->w, interval);
        nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "options", 0, 255, 2));
        nlu_write_u8(&b->w, priority);
        nlu_write_be32(&b->w,
                       (uint32_t)nlu_build_int(b, NLU_OWN(b), "dead_interval", 0, UINT32_MAX, 40));
    } else {
        nlu_write_be32(&b->w,
                       (uint32_t)nlu_build_int(b, NLU_OWN(b), "interface", 0, UINT32_MAX, 0));
        nlu_write_u8(&b->w, priority);
        nlu_write_be24(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "options", 0, 0xffffff, 0x13));
        nlu_write_be16(&b->w, interval);
        nlu_write_be16(&b->w,
                       (uint16_t)nlu_build_int(b, NLU_OWN(b), "dead_interval", 0, 0xffff, 40));
    }
    write_ospf_ip(b, "designated_router");
    write_ospf_ip(b, "backup_router");
    for (size_t i = 0; (item = nlu_table_item(neighbors, i)); i++) {
        nlu_build_item_ip(b, "neighbors", item, 4, address);
        nlu_write_bytes(&b->w, address, 4);
    }
}

static void write_ospf(struct nlu_build *b) {
    uint8_t auth[8] = {0};
    size_t size = 0;

    int64_t version = nlu_build_int(b, NLU_OWN(b), "version", 2, 3, 2);
    int64_t type = nlu_build_named(b, NLU_OWN(b), "type", nlu_ospf_type_number, 255, 1);
    nlu_write_u8(&b->w, (uint8_t)version);
    nlu_write_u8(&b->w, (uint8_t)type);
    nlu_write_be16(&b->w, 0);
    write_ospf_ip(b, "router_id");
    write_ospf_ip(b, "area");
    nlu_write_be16(&b->w, 0);
    if (version == 2) {
        nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "auth_type", 0, 0xffff, 0));
        const uint8_t *bytes = nlu_build_bytes(b, NLU_OWN(b), "auth", &size);
        if (size > sizeof auth)
            nlu_build_fail(b, "auth", "expected at most 8 bytes");
        else if (size)
            memcpy(auth, bytes, size);
        nlu_write_bytes(&b->w, auth, sizeof auth);
    } else {
        nlu_write_be16(&b->w, (uint16_t)(nlu_build_int(b, NLU_OWN(b), "instance", 0, 255, 0) << 8));
    }
    if (type == 1)
        write_hello(b, version);
}

// Version 2 leaves the authentication out of the sum (RFC 2328 appendix D.4.1), and has none with a
// digest; version 3 is over a pseudo header.
static void finish_ospf(struct nlu_build *b) {
    uint8_t *p = b->w.buf + b->layer->start;
    size_t length = b->end - b->layer->start;

    nlu_build_length(b, "len", 2, length);
    if (p[0] == 3 || nlu_table_get(NLU_OWN(b), "checksum")) {
        nlu_build_checksum(b, 12, p[0] == 3 ? 89 : 0);
        return;
    }
    if (nlu_be16(p + 14) == 2)
        return;
    uint32_t sum = nlu_checksum_add(0, p, 16);
    sum = nlu_checksum_add(sum, p + 24, length - 24);
    nlu_write_patch_be16(&b->w, b->layer->start + 12, nlu_checksum_finish(sum));
}

const struct nlu_builder nlu_build_ospf = {write_ospf, finish_ospf};
