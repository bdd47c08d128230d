// Building ICMP, ICMPv6 with neighbour and listener discovery, and IGMP.
#include "build_int.h"

#include "icmp_words.h"
#include "ipaddr.h"
#include "packet_words.h"

#include <stdio.h>
#include <string.h>

// A code as a number, or as the word that `reason` has.
static uint8_t read_code(struct nlu_build *b, int type, int (*number_of)(int, const char *)) {
    char text[64];

    if (!nlu_table_get(NLU_OWN(b), "reason"))
        return (uint8_t)nlu_build_int(b, NLU_OWN(b), "code", 0, 255, 0);
    nlu_build_word(b, NLU_OWN(b), "reason", text);
    int code = number_of(type, text);
    if (code < 0)
        nlu_build_fail(b, "reason", "'%s' does not go with this type", text);
    return (uint8_t)nlu_build_int(b, NLU_OWN(b), "code", 0, 255, code < 0 ? 0 : code);
}

static uint16_t read_be16(struct nlu_build *b, const char *key) {
    return (uint16_t)nlu_build_int(b, NLU_OWN(b), key, 0, 0xffff, 0);
}

static uint32_t read_be32(struct nlu_build *b, const char *key) {
    return (uint32_t)nlu_build_int(b, NLU_OWN(b), key, 0, UINT32_MAX, 0);
}

static void write_ip(struct nlu_build *b, const char *key, size_t size) {
    uint8_t address[16];

    nlu_build_ip(b, NLU_OWN(b), key, size, false, address);
    nlu_write_bytes(&b->w, address, size);
}

// --- ICMP ---------------------------------------------------------------------------------------

static void write_icmp(struct nlu_build *b) {
    int type = (int)nlu_build_named(b, NLU_OWN(b), "type", nlu_icmp_type_number, 255, NLU_REQUIRED);
    uint8_t code = read_code(b, type, nlu_icmp_code_number);

    nlu_write_u8(&b->w, (uint8_t)type);
    nlu_write_u8(&b->w, code);
    nlu_write_be16(&b->w, 0);
    if (type == 0 || type == 8 || (type >= 13 && type <= 18)) {
        nlu_write_be16(&b->w, read_be16(b, "id"));
        nlu_write_be16(&b->w, read_be16(b, "seq"));
    } else if (type == 3 && code == 4) {
        nlu_write_be16(&b->w, 0);
        nlu_write_be16(&b->w, read_be16(b, "mtu"));
    } else if (type == 5) {
        write_ip(b, "gateway", 4);
    } else if (type == 12) {
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "pointer", 0, 255, 0) << 24);
    } else {
        nlu_write_be32(&b->w, 0);
    }
    if (type == 13 || type == 14) {
        nlu_write_be32(&b->w, read_be32(b, "originate"));
        nlu_write_be32(&b->w, read_be32(b, "receive"));
        nlu_write_be32(&b->w, read_be32(b, "transmit"));
    } else if (type == 17 || type == 18) {
        write_ip(b, "address_mask", 4);
    }
}

static void finish_icmp(struct nlu_build *b) {
    nlu_build_checksum(b, 2, 0);
}

const struct nlu_builder nlu_build_icmp = {write_icmp, finish_icmp};

// --- ICMPv6 -------------------------------------------------------------------------------------

// "2001:db8::/64".
static void read_prefix(struct nlu_build *b, const struct nlu_value *item,
                        struct nlu_prefix *ret_prefix) {
    char text[64];

    *ret_prefix = (struct nlu_prefix){0};
    nlu_build_word(b, item, "prefix", text);
    if (nlu_prefix_parse(text, ret_prefix) < 0 || nlu_ip_size(&ret_prefix->ip) != 16)
        nlu_build_fail(b, "prefix", "expected a prefix like 2001:db8::/64, got '%s'", text);
}

static void write_nd_option(struct nlu_build *b, const struct nlu_value *item) {
    uint8_t type = (uint8_t)nlu_build_int(b, item, "type", 0, 255, NLU_REQUIRED);
    size_t start = b->w.len, size = 0;
    const uint8_t *data = nlu_build_bytes(b, item, "data", &size);
    struct nlu_prefix prefix;
    uint8_t mac[NLU_MAC_LEN], address[16];

    nlu_write_be16(&b->w, (uint16_t)(type << 8));
    if (data) {
        nlu_write_bytes(&b->w, data, size);
    } else if (type == 1 || type == 2) {
        nlu_build_mac(b, item, "mac", NULL, mac);
        nlu_write_bytes(&b->w, mac, sizeof mac);
    } else if (type == 3) {
        read_prefix(b, item, &prefix);
        nlu_write_u8(&b->w, prefix.len);
        nlu_write_u8(&b->w, (uint8_t)((nlu_build_bool(b, item, "on_link", true) ? 0x80 : 0) |
                                      (nlu_build_bool(b, item, "autonomous", true) ? 0x40 : 0)));
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, item, "valid", 0, UINT32_MAX, 86400));
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, item, "preferred", 0, UINT32_MAX, 14400));
        nlu_write_be32(&b->w, 0);
        nlu_write_bytes(&b->w, prefix.ip.bytes, 16);
    } else if (type == 5) {
        nlu_write_be16(&b->w, 0);
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, item, "mtu", 0, UINT32_MAX, 1500));
    } else if (type == 25) {
        const struct nlu_value *servers = nlu_build_list(b, item, "servers"), *server;
        nlu_write_be16(&b->w, 0);
        nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, item, "lifetime", 0, UINT32_MAX, 1800));
        for (size_t i = 0; (server = nlu_table_item(servers, i)); i++) {
            nlu_build_item_ip(b, "servers", server, 16, address);
            nlu_write_bytes(&b->w, address, 16);
        }
    }
    while ((b->w.len - start) % 8 && !b->w.overflow)
        nlu_write_u8(&b->w, 0);
    if ((b->w.len - start) / 8 > 255)
        nlu_build_fail(b, "options", "an option of more than 2040 bytes");
    else if (!b->w.overflow)
        b->w.buf[start + 1] = (uint8_t)((b->w.len - start) / 8);
}

// The options; without a list those that follow from source_mac and target_mac.
static void write_nd_options(struct nlu_build *b) {
    static const char *const keys[] = {"source_mac", "target_mac"};
    const struct nlu_value *options = nlu_build_list(b, NLU_OWN(b), "options"), *item;
    uint8_t mac[NLU_MAC_LEN];

    for (size_t i = 0; i < NLU_COUNT(keys) && !options; i++) {
        if (!nlu_table_get(NLU_OWN(b), keys[i]))
            continue;
        nlu_build_mac(b, NLU_OWN(b), keys[i], NULL, mac);
        nlu_write_u8(&b->w, (uint8_t)(i + 1));
        nlu_write_u8(&b->w, 1);
        nlu_write_bytes(&b->w, mac, sizeof mac);
    }
    for (size_t i = 0; (item = nlu_table_item(options, i)); i++)
        write_nd_option(b, item);
}

static int preference_number(const char *word) {
    static const char *const words[] = {"medium", "high", "reserved", "low"};

    for (int i = 0; i < (int)NLU_COUNT(words); i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static void write_router_advertisement(struct nlu_build *b) {
    uint8_t flags = nlu_build_bool(b, NLU_OWN(b), "managed", false) ? 0x80 : 0;

    flags |= nlu_build_bool(b, NLU_OWN(b), "other", false) ? 0x40 : 0;
    flags |= (uint8_t)(nlu_build_named(b, NLU_OWN(b), "preference", preference_number, 3, 0) << 3);
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "hop_limit", 0, 255, 64));
    nlu_write_u8(&b->w, flags);
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "lifetime", 0, 0xffff, 1800));
    nlu_write_be32(&b->w, read_be32(b, "reachable"));
    nlu_write_be32(&b->w, read_be32(b, "retransmit"));
}

static void write_neighbor_advertisement(struct nlu_build *b) {
    uint32_t flags = nlu_build_bool(b, NLU_OWN(b), "router", false) ? UINT32_C(0x80000000) : 0;

    flags |= nlu_build_bool(b, NLU_OWN(b), "solicited", false) ? 0x40000000 : 0;
    flags |= nlu_build_bool(b, NLU_OWN(b), "override", false) ? 0x20000000 : 0;
    nlu_write_be32(&b->w, flags);
    write_ip(b, "target", 16);
}

static void write_count(struct nlu_build *b, const struct nlu_value *list) {
    size_t count = 0;

    while (nlu_table_item(list, count))
        count++;
    nlu_write_be16(&b->w, (uint16_t)count);
}

static void write_addresses(struct nlu_build *b, const struct nlu_value *list, size_t size) {
    const struct nlu_value *item;
    uint8_t address[16];

    for (size_t i = 0; (item = nlu_table_item(list, i)); i++) {
        nlu_build_item_ip(b, "sources", item, size, address);
        nlu_write_bytes(&b->w, address, size);
    }
}

// The records of IGMPv3 and MLDv2 differ in the size of an address only.
static void write_records(struct nlu_build *b, size_t size) {
    const struct nlu_value *records = nlu_build_list(b, NLU_OWN(b), "records"), *item;
    uint8_t group[16];

    nlu_write_be16(&b->w, 0);
    write_count(b, records);
    for (size_t i = 0; (item = nlu_table_item(records, i)); i++) {
        const struct nlu_value *sources = nlu_build_list(b, item, "sources");
        nlu_write_be16(&b->w,
                       (uint16_t)(nlu_build_int(b, item, "type", 0, 255, NLU_REQUIRED) << 8));
        write_count(b, sources);
        nlu_build_ip(b, item, "group", size, true, group);
        nlu_write_bytes(&b->w, group, size);
        write_addresses(b, sources, size);
    }
}

// What version 2 (of MLD; 3 of IGMP) adds to a query, when any of it is given.
static void write_query_2(struct nlu_build *b, size_t size) {
    static const char *const keys[] = {"suppress", "robustness", "query_interval", "sources"};
    bool any = false;

    for (size_t i = 0; i < NLU_COUNT(keys); i++)
        any = any || nlu_table_get(NLU_OWN(b), keys[i]);
    if (!any)
        return;
    const struct nlu_value *sources = nlu_build_list(b, NLU_OWN(b), "sources");
    nlu_write_u8(&b->w, (uint8_t)((nlu_build_bool(b, NLU_OWN(b), "suppress", false) ? 8 : 0) |
                                  nlu_build_int(b, NLU_OWN(b), "robustness", 0, 7, 2)));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "query_interval", 0, 255, 125));
    write_count(b, sources);
    write_addresses(b, sources, size);
}

static void write_icmp6(struct nlu_build *b) {
    int type =
        (int)nlu_build_named(b, NLU_OWN(b), "type", nlu_icmp6_type_number, 255, NLU_REQUIRED);

    nlu_write_u8(&b->w, (uint8_t)type);
    nlu_write_u8(&b->w, read_code(b, type, nlu_icmp6_code_number));
    nlu_write_be16(&b->w, 0);
    switch (type) {
    case 2:
        nlu_write_be32(&b->w, read_be32(b, "mtu"));
        break;
    case 4:
        nlu_write_be32(&b->w, read_be32(b, "pointer"));
        break;
    case 128:
    case 129:
        nlu_write_be16(&b->w, read_be16(b, "id"));
        nlu_write_be16(&b->w, read_be16(b, "seq"));
        break;
    case 130:
    case 131:
    case 132:
        nlu_write_be16(&b->w, read_be16(b, "max_delay"));
        nlu_write_be16(&b->w, 0);
        write_ip(b, "group", 16);
        if (type == 130)
            write_query_2(b, 16);
        break;
    case 134:
        write_router_advertisement(b);
        break;
    case 135:
        nlu_write_be32(&b->w, 0);
        write_ip(b, "target", 16);
        break;
    case 136:
        write_neighbor_advertisement(b);
        break;
    case 137:
        nlu_write_be32(&b->w, 0);
        write_ip(b, "target", 16);
        write_ip(b, "destination", 16);
        break;
    case 143:
        write_records(b, 16);
        break;
    default:
        nlu_write_be32(&b->w, 0);
    }
    if (type >= 133 && type <= 137)
        write_nd_options(b);
}

static void finish_icmp6(struct nlu_build *b) {
    nlu_build_checksum(b, 2, 58);
}

const struct nlu_builder nlu_build_icmp6 = {write_icmp6, finish_icmp6};

// --- IGMP ---------------------------------------------------------------------------------------

static void write_igmp(struct nlu_build *b) {
    int type = (int)nlu_build_named(b, NLU_OWN(b), "type", nlu_igmp_type_number, 255, NLU_REQUIRED);

    nlu_write_u8(&b->w, (uint8_t)type);
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "max_response", 0, 255, 0));
    nlu_write_be16(&b->w, 0);
    if (type == 0x22) {
        write_records(b, 4);
        return;
    }
    write_ip(b, "group", 4);
    if (type == 0x11)
        write_query_2(b, 4);
}

static void finish_igmp(struct nlu_build *b) {
    nlu_build_checksum(b, 2, 0);
}

const struct nlu_builder nlu_build_igmp = {write_igmp, finish_igmp};
