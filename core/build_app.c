// Building what services say: DNS, DHCP for IPv4 and IPv6, HTTP/1 heads.
#include "build_int.h"

#include "dhcp_words.h"
#include "dns_name.h"
#include "ipaddr.h"

#include <stdio.h>
#include <string.h>

// --- DNS ----------------------------------------------------------------------------------------

struct dns {
    struct nlu_build *b;
    size_t start; // of the message
    struct nlu_dns_suffixes suffixes;
};

static void write_name(struct dns *d, const struct nlu_value *item, const char *key) {
    size_t size = 0;
    const uint8_t *name = nlu_build_bytes(d->b, item, key, &size);

    if (!name)
        nlu_build_fail(d->b, key, "a record's name is missing");
    else if (nlu_dns_name_write(&d->b->w, d->start, (const char *)name, size, &d->suffixes) < 0)
        nlu_build_fail(d->b, key, "is no domain name");
}

static uint16_t read_type(struct dns *d, const struct nlu_value *item) {
    const struct nlu_value *type = nlu_table_get(item, "type");
    char text[64];

    if (!type || type->type == NLU_VALUE_INTEGER)
        return (uint16_t)nlu_build_int(d->b, item, "type", 0, 0xffff, 1);
    nlu_build_word(d->b, item, "type", text);
    int number = nlu_dns_type_number(text, strlen(text));
    if (number < 0)
        nlu_build_fail(d->b, "type", "there is no record type '%s'", text);
    return (uint16_t)number;
}

static uint16_t read_class(struct dns *d, const struct nlu_value *item) {
    const struct nlu_value *class = nlu_table_get(item, "class");
    char text[64];

    if (!class || class->type == NLU_VALUE_INTEGER)
        return (uint16_t)nlu_build_int(d->b, item, "class", 0, 0xffff, 1);
    if (strcmp(nlu_build_word(d->b, item, "class", text), "IN") != 0)
        nlu_build_fail(d->b, "class", "expected 'IN' or a number");
    return 1;
}

static void write_integers(struct dns *d, const struct nlu_value *item, const char *const *keys,
                           size_t count, size_t size) {
    for (size_t i = 0; i < count; i++) {
        int64_t value = nlu_build_int(d->b, item, keys[i], 0, size == 2 ? 0xffff : UINT32_MAX, 0);
        if (size == 2)
            nlu_write_be16(&d->b->w, (uint16_t)value);
        else
            nlu_write_be32(&d->b->w, (uint32_t)value);
    }
}

static void write_strings(struct dns *d, const struct nlu_value *item) {
    const struct nlu_value *list = nlu_build_list(d->b, item, "text"), *text;

    for (size_t i = 0; (text = nlu_table_item(list, i)); i++) {
        if (text->type != NLU_VALUE_BYTES || text->len > 255) {
            nlu_build_fail(d->b, "text", "expected a list of strings of up to 255 bytes");
            return;
        }
        nlu_write_u8(&d->b->w, (uint8_t)text->len);
        nlu_write_bytes(&d->b->w, text->bytes, text->len);
    }
}

static void write_data(struct dns *d, const struct nlu_value *item, uint16_t type) {
    static const char *const srv[] = {"priority", "weight", "port"}, *const mx[] = {"preference"};
    static const char *const soa[] = {"serial", "refresh", "retry", "expire", "minimum"};
    uint8_t address[16];
    size_t size = 0;
    const uint8_t *data = nlu_build_bytes(d->b, item, "data", &size);

    if (data) {
        nlu_write_bytes(&d->b->w, data, size);
        return;
    }
    switch (type) {
    case 1:
    case 28:
        nlu_build_ip(d->b, item, "address", type == 1 ? 4 : 16, true, address);
        nlu_write_bytes(&d->b->w, address, type == 1 ? 4 : 16);
        break;
    case 15:
        write_integers(d, item, mx, 1, 2);
        write_name(d, item, "target");
        break;
    case 33:
        write_integers(d, item, srv, 3, 2);
        write_name(d, item, "target");
        break;
    case 2:
    case 5:
    case 12:
    case 39:
        write_name(d, item, "target");
        break;
    case 6:
        write_name(d, item, "primary");
        write_name(d, item, "mailbox");
        write_integers(d, item, soa, 5, 4);
        break;
    case 16:
        write_strings(d, item);
        break;
    }
}

static void write_section(struct dns *d, const char *key, size_t count_at) {
    const struct nlu_value *list = nlu_build_list(d->b, NLU_OWN(d->b), key), *item;
    bool question = strcmp(key, "questions") == 0;
    size_t count = 0;

    for (; (item = nlu_table_item(list, count)) && !d->b->failed; count++) {
        write_name(d, item, "name");
        uint16_t type = read_type(d, item);
        nlu_write_be16(&d->b->w, type);
        nlu_write_be16(&d->b->w, read_class(d, item));
        if (question)
            continue;
        nlu_write_be32(&d->b->w, (uint32_t)nlu_build_int(d->b, item, "ttl", 0, UINT32_MAX, 60));
        size_t at = d->b->w.len;
        nlu_write_be16(&d->b->w, 0);
        write_data(d, item, type);
        nlu_write_patch_be16(&d->b->w, at, (uint16_t)(d->b->w.len - at - 2));
    }
    nlu_write_patch_be16(&d->b->w, d->start + count_at, (uint16_t)count);
}

static int rcode_number(const char *word) {
    return nlu_dns_rcode_number(word, strlen(word));
}

static void write_dns(struct nlu_build *b) {
    static const struct {
        const char *key;
        uint16_t bit;
    } bits[] = {{"response", 0x8000}, {"aa", 0x0400}, {"tc", 0x0200}, {"rd", 0x0100},
                {"ra", 0x0080},       {"ad", 0x0020}, {"cd", 0x0010}};
    struct dns d = {.b = b};
    bool tcp = b->layer > b->layers && b->layer[-1].kind == NLU_LAYER_TCP;
    uint16_t flags = 0;

    if (tcp)
        nlu_write_be16(&b->w, 0);
    d.start = b->w.len;
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "id", 0, 0xffff, 0));
    for (size_t i = 0; i < NLU_COUNT(bits); i++)
        flags |= nlu_build_bool(b, NLU_OWN(b), bits[i].key, false) ? bits[i].bit : 0;
    flags |= (uint16_t)(nlu_build_int(b, NLU_OWN(b), "opcode", 0, 15, 0) << 11);
    flags |= (uint16_t)nlu_build_named(b, NLU_OWN(b), "rcode", rcode_number, 15, 0);
    nlu_write_be16(&b->w, flags);
    nlu_write_be64(&b->w, 0);
    write_section(&d, "questions", 4);
    write_section(&d, "answers", 6);
    write_section(&d, "authorities", 8);
    write_section(&d, "additionals", 10);
    if (tcp)
        nlu_write_patch_be16(&b->w, d.start - 2, (uint16_t)(b->w.len - d.start));
}

const struct nlu_builder nlu_build_dns = {write_dns, NULL};

// --- DHCPv4 -------------------------------------------------------------------------------------

static int dhcp_op_number(const char *word) {
    return strcmp(word, "request") == 0 ? 1 : strcmp(word, "reply") == 0 ? 2 : -1;
}

static void write_text(struct nlu_build *b, const char *key, size_t room) {
    size_t size = 0, start = b->w.len;
    const uint8_t *text = nlu_build_bytes(b, NLU_OWN(b), key, &size);

    if (size > room)
        nlu_build_fail(b, key, "expected at most %zu bytes", room);
    else
        nlu_write_bytes(&b->w, text, size);
    while (b->w.len - start < room && !b->w.overflow)
        nlu_write_u8(&b->w, 0);
}

static void write_option(struct nlu_build *b, unsigned code, const void *data, size_t size) {
    nlu_write_u8(&b->w, (uint8_t)code);
    if (code == 0 || code == 255)
        return;
    if (size > 255)
        nlu_build_fail(b, "options", "an option of more than 255 bytes");
    nlu_write_u8(&b->w, (uint8_t)size);
    nlu_write_bytes(&b->w, data, size);
}

// The options that follow from fields with names: message_type, server_id …
static void write_dhcp_plain(struct nlu_build *b) {
    static const struct {
        const char *key;
        unsigned code;
        bool text;
    } plain[] = {{"requested_ip", 50, false}, {"server_id", 54, false}, {"subnet_mask", 1, false},
                 {"router", 3, false},        {"hostname", 12, true},   {"domain_name", 15, true}};
    const struct nlu_value *dns = nlu_build_list(b, NLU_OWN(b), "dns"), *item;
    uint8_t value[4];
    size_t size = 0, count = 0;

    if (nlu_table_get(NLU_OWN(b), "message_type")) {
        value[0] = (uint8_t)nlu_build_named(b, NLU_OWN(b), "message_type", nlu_dhcp_message_number,
                                            255, 1);
        write_option(b, 53, value, 1);
    }
    for (size_t i = 0; i < NLU_COUNT(plain); i++) {
        if (!nlu_table_get(NLU_OWN(b), plain[i].key))
            continue;
        if (plain[i].text) {
            const uint8_t *text = nlu_build_bytes(b, NLU_OWN(b), plain[i].key, &size);
            write_option(b, plain[i].code, text, size);
        } else {
            nlu_build_ip(b, NLU_OWN(b), plain[i].key, 4, true, value);
            write_option(b, plain[i].code, value, 4);
        }
    }
    if (nlu_table_get(NLU_OWN(b), "lease_time")) {
        nlu_write_be16(&b->w, 51 << 8 | 4);
        nlu_write_be32(&b->w,
                       (uint32_t)nlu_build_int(b, NLU_OWN(b), "lease_time", 0, UINT32_MAX, 0));
    }
    while (nlu_table_item(dns, count))
        count++;
    if (count) {
        nlu_write_be16(&b->w, (uint16_t)(6 << 8 | ((count * 4) & 0xff)));
        for (size_t i = 0; (item = nlu_table_item(dns, i)); i++) {
            nlu_build_item_ip(b, "dns", item, 4, value);
            nlu_write_bytes(&b->w, value, 4);
        }
    }
    nlu_write_u8(&b->w, 255);
}

static void write_dhcp_options(struct nlu_build *b) {
    const struct nlu_value *options = nlu_build_list(b, NLU_OWN(b), "options"), *item;
    size_t size = 0;

    nlu_write_be32(&b->w, 0x63825363);
    if (!options)
        write_dhcp_plain(b);
    for (size_t i = 0; (item = nlu_table_item(options, i)); i++) {
        unsigned code = (unsigned)nlu_build_int(b, item, "code", 0, 255, NLU_REQUIRED);
        const uint8_t *data = nlu_build_bytes(b, item, "data", &size);
        write_option(b, code, data, size);
    }
    int64_t padding = nlu_build_int(b, NLU_OWN(b), "padding", 0, 1024, 0);
    while (padding-- > 0)
        nlu_write_u8(&b->w, 0);
}

static void write_dhcp(struct nlu_build *b) {
    static const char *const addresses[] = {"client_ip", "your_ip", "server_ip", "gateway_ip"};
    const struct nlu_value *client = nlu_table_get(NLU_OWN(b), "client_mac");
    uint8_t address[16] = {0};
    size_t size = 0;

    nlu_write_u8(&b->w, (uint8_t)nlu_build_named(b, NLU_OWN(b), "op", dhcp_op_number, 255, 1));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "hardware", 0, 255, 1));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "hardware_len", 0, 255, 6));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "hops", 0, 255, 0));
    nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "xid", 0, UINT32_MAX, 0));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "secs", 0, 0xffff, 0));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "flags", 0, 0xffff, 0));
    for (size_t i = 0; i < NLU_COUNT(addresses); i++) {
        nlu_build_ip(b, NLU_OWN(b), addresses[i], 4, false, address);
        nlu_write_bytes(&b->w, address, 4);
    }
    memset(address, 0, sizeof address);
    if (client && client->type == NLU_VALUE_BYTES && client->len == 16) {
        const uint8_t *bytes = nlu_build_bytes(b, NLU_OWN(b), "client_mac", &size);
        memcpy(address, bytes, sizeof address);
    } else {
        nlu_build_mac(b, NLU_OWN(b), "client_mac", NULL, address);
    }
    nlu_write_bytes(&b->w, address, sizeof address);
    write_text(b, "server_name", 64);
    write_text(b, "file", 128);
    write_dhcp_options(b);
}

const struct nlu_builder nlu_build_dhcp = {write_dhcp, NULL};

// --- DHCPv6 -------------------------------------------------------------------------------------

static void write_options6(struct nlu_build *b, const struct nlu_value *options, int depth);

static void write_be32(struct nlu_build *b, const struct nlu_value *item, const char *key) {
    nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, item, key, 0, UINT32_MAX, 0));
}

static void write_prefix6(struct nlu_build *b, const struct nlu_value *item) {
    struct nlu_prefix prefix = {0};
    char text[64];

    nlu_build_word(b, item, "prefix", text);
    if (nlu_prefix_parse(text, &prefix) < 0 || nlu_ip_size(&prefix.ip) != 16)
        nlu_build_fail(b, "prefix", "expected a prefix like 2001:db8::/56, got '%s'", text);
    nlu_write_u8(&b->w, prefix.len);
    nlu_write_bytes(&b->w, prefix.ip.bytes, 16);
}

static void write_servers(struct nlu_build *b, const struct nlu_value *item) {
    const struct nlu_value *list = nlu_build_list(b, item, "servers"), *server;
    uint8_t address[16];

    for (size_t i = 0; (server = nlu_table_item(list, i)); i++) {
        nlu_build_item_ip(b, "servers", server, 16, address);
        nlu_write_bytes(&b->w, address, 16);
    }
}

static void write_codes(struct nlu_build *b, const struct nlu_value *item) {
    const struct nlu_value *list = nlu_build_list(b, item, "codes"), *code;

    for (size_t i = 0; (code = nlu_table_item(list, i)); i++) {
        if (code->type != NLU_VALUE_INTEGER || code->integer < 0 || code->integer > 0xffff)
            nlu_build_fail(b, "codes", "expected a list of integers");
        nlu_write_be16(&b->w, (uint16_t)code->integer);
    }
}

static void write_value6(struct nlu_build *b, const struct nlu_value *item, int code, int depth) {
    const struct nlu_value *nested = nlu_build_list(b, item, "options");
    uint8_t address[16];
    size_t size = 0;
    const uint8_t *data = nlu_build_bytes(b, item, "data", &size);

    if (data) {
        nlu_write_bytes(&b->w, data, size);
        return;
    }
    switch (nlu_dhcp6_option_form(code)) {
    case NLU_DHCP6_IA:
        write_be32(b, item, "iaid");
        write_be32(b, item, "t1");
        write_be32(b, item, "t2");
        break;
    case NLU_DHCP6_IA_TEMPORARY:
        write_be32(b, item, "iaid");
        break;
    case NLU_DHCP6_ADDRESS:
        nlu_build_ip(b, item, "address", 16, true, address);
        nlu_write_bytes(&b->w, address, 16);
        write_be32(b, item, "preferred");
        write_be32(b, item, "valid");
        break;
    case NLU_DHCP6_PREFIX:
        write_be32(b, item, "preferred");
        write_be32(b, item, "valid");
        write_prefix6(b, item);
        break;
    case NLU_DHCP6_ADDRESSES:
        write_servers(b, item);
        break;
    case NLU_DHCP6_CODES:
        write_codes(b, item);
        break;
    case NLU_DHCP6_STATUS:
        nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, item, "status", 0, 0xffff, 0));
        data = nlu_build_bytes(b, item, "message", &size);
        nlu_write_bytes(&b->w, data, size);
        break;
    case NLU_DHCP6_NUMBER:
        if (code == 7)
            nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, item, "value", 0, 255, 0));
        else if (code == 8)
            nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, item, "value", 0, 0xffff, 0));
        else
            write_be32(b, item, "value");
        break;
    default:
        break;
    }
    if (nested)
        write_options6(b, nested, depth + 1);
}

static void write_options6(struct nlu_build *b, const struct nlu_value *options, int depth) {
    const struct nlu_value *item;

    if (depth > 8) {
        nlu_build_fail(b, "options", "nested too deeply");
        return;
    }
    for (size_t i = 0; (item = nlu_table_item(options, i)) && !b->failed; i++) {
        int code = (int)nlu_build_int(b, item, "code", 0, 0xffff, NLU_REQUIRED);
        nlu_write_be16(&b->w, (uint16_t)code);
        size_t at = b->w.len;
        nlu_write_be16(&b->w, 0);
        write_value6(b, item, code, depth);
        nlu_write_patch_be16(&b->w, at, (uint16_t)(b->w.len - at - 2));
    }
}

static void write_dhcp6(struct nlu_build *b) {
    int type =
        (int)nlu_build_named(b, NLU_OWN(b), "type", nlu_dhcp6_message_number, 255, NLU_REQUIRED);
    uint8_t address[16];

    nlu_write_u8(&b->w, (uint8_t)type);
    if (type == 12 || type == 13) {
        nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "hops", 0, 255, 0));
        nlu_build_ip(b, NLU_OWN(b), "link_address", 16, false, address);
        nlu_write_bytes(&b->w, address, 16);
        nlu_build_ip(b, NLU_OWN(b), "peer_address", 16, false, address);
        nlu_write_bytes(&b->w, address, 16);
    } else {
        nlu_write_be24(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "xid", 0, 0xffffff, 0));
    }
    write_options6(b, nlu_build_list(b, NLU_OWN(b), "options"), 0);
}

const struct nlu_builder nlu_build_dhcp6 = {write_dhcp6, NULL};
