// Reading the fields that a packet is built from, and what the builders of layers share.
#include "build_int.h"

#include "dissect_int.h"
#include "ipaddr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// --- reading fields -----------------------------------------------------------------------------

void nlu_build_fail(struct nlu_build *b, const char *key, const char *fmt, ...) {
    char text[NLU_ERR_HINT];
    va_list args;

    if (b->failed)
        return;
    b->failed = true;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *layer = b->layer ? b->layer->name : "";
    nlu_err_set(b->err, EINVAL, "packet.build", "%s%s%s", layer, *layer && key ? "." : "",
                key ? key : "");
    nlu_err_hint(b->err, "%s", text);
}

const struct nlu_value *nlu_build_get(struct nlu_build *b, const struct nlu_value *table,
                                      const char *key) {
    const struct nlu_value *value = nlu_table_get(table, key);

    if (value && table == b->layer->table) {
        const struct nlu_pair *pair =
            (const struct nlu_pair *)((const char *)value - offsetof(struct nlu_pair, value));
        b->layer->used |= UINT64_C(1) << (pair - table->table->pairs);
    }
    return value;
}

const struct nlu_value *nlu_build_list(struct nlu_build *b, const struct nlu_value *table,
                                       const char *key) {
    const struct nlu_value *value = nlu_build_get(b, table, key);

    if (value && value->type != NLU_VALUE_TABLE)
        nlu_build_fail(b, key, "expected a list");
    return value;
}

int64_t nlu_build_int(struct nlu_build *b, const struct nlu_value *table, const char *key,
                      int64_t min, int64_t max, int64_t fallback) {
    const struct nlu_value *value = nlu_build_get(b, table, key);

    if (!value) {
        if (fallback == NLU_REQUIRED)
            nlu_build_fail(b, key, "is missing");
        return fallback == NLU_REQUIRED ? min : fallback;
    }
    if (value->type != NLU_VALUE_INTEGER)
        nlu_build_fail(b, key, "expected an integer");
    else if (value->integer < min || value->integer > max)
        nlu_build_fail(b, key, "expected an integer from %lld to %lld, got %lld", (long long)min,
                       (long long)max, (long long)value->integer);
    else
        return value->integer;
    return min;
}

bool nlu_build_bool(struct nlu_build *b, const struct nlu_value *table, const char *key,
                    bool fallback) {
    const struct nlu_value *value = nlu_build_get(b, table, key);

    if (!value)
        return fallback;
    if (value->type == NLU_VALUE_BOOLEAN)
        return value->boolean;
    nlu_build_fail(b, key, "expected true or false");
    return fallback;
}

const uint8_t *nlu_build_bytes(struct nlu_build *b, const struct nlu_value *table, const char *key,
                               size_t *ret_size) {
    const struct nlu_value *value = nlu_build_get(b, table, key);

    *ret_size = 0;
    if (!value)
        return NULL;
    if (value->type != NLU_VALUE_BYTES) {
        nlu_build_fail(b, key, "expected a string");
        return NULL;
    }
    *ret_size = value->len;
    return value->len ? value->bytes : (const uint8_t *)"";
}

const char *nlu_build_word(struct nlu_build *b, const struct nlu_value *table, const char *key,
                           char buf[64]) {
    const struct nlu_value *value = nlu_build_get(b, table, key);
    char address[NLU_VALUE_TEXT];
    size_t len = 0;

    buf[0] = '\0';
    if (!value)
        return buf;
    const char *text = nlu_value_string(value, address, &len);
    if (!text) {
        nlu_build_fail(b, key, "expected a string");
    } else if (len >= 64 || memchr(text, '\0', len)) {
        nlu_build_fail(b, key, "is too long");
    } else {
        memcpy(buf, text, len);
        buf[len] = '\0';
    }
    return buf;
}

void nlu_build_ip(struct nlu_build *b, const struct nlu_value *table, const char *key, size_t size,
                  bool required, uint8_t *ret_ip) {
    char text[64];
    struct nlu_ip ip;

    memset(ret_ip, 0, size);
    if (!nlu_table_get(table, key)) {
        if (required)
            nlu_build_fail(b, key, "is missing");
        return;
    }
    nlu_build_word(b, table, key, text);
    if (b->failed)
        return;
    if (nlu_ip_parse(text, &ip) < 0 || nlu_ip_size(&ip) != size)
        nlu_build_fail(b, key, "expected an %s address, got '%s'", size == 4 ? "IPv4" : "IPv6",
                       text);
    else
        memcpy(ret_ip, ip.bytes, size);
}

void nlu_build_item_ip(struct nlu_build *b, const char *key, const struct nlu_value *item,
                       size_t size, uint8_t *ret_ip) {
    char address[NLU_VALUE_TEXT], text[NLU_IP_TEXT];
    size_t len = 0;
    struct nlu_ip ip = {0};
    const char *bytes = nlu_value_string(item, address, &len);

    memset(ret_ip, 0, size);
    if (bytes && len < sizeof text) {
        memcpy(text, bytes, len);
        text[len] = '\0';
    }
    if (!bytes || len >= sizeof text || nlu_ip_parse(text, &ip) < 0 || nlu_ip_size(&ip) != size)
        nlu_build_fail(b, key, "expected a list of %s addresses", size == 4 ? "IPv4" : "IPv6");
    else
        memcpy(ret_ip, ip.bytes, size);
}

void nlu_build_mac(struct nlu_build *b, const struct nlu_value *table, const char *key,
                   const uint8_t *fallback, uint8_t *ret_mac) {
    char text[64];

    if (fallback)
        memcpy(ret_mac, fallback, NLU_MAC_LEN);
    else
        memset(ret_mac, 0, NLU_MAC_LEN);
    if (!nlu_table_get(table, key))
        return;
    nlu_build_word(b, table, key, text);
    if (!b->failed && nlu_mac_parse(text, ret_mac) < 0)
        nlu_build_fail(b, key, "expected an address like 02:00:00:00:00:01, got '%s'", text);
}

int64_t nlu_build_named(struct nlu_build *b, const struct nlu_value *table, const char *key,
                        int (*number_of)(const char *word), int64_t max, int64_t fallback) {
    const struct nlu_value *value = nlu_table_get(table, key);
    char text[64];

    if (!value || value->type == NLU_VALUE_INTEGER)
        return nlu_build_int(b, table, key, 0, max, fallback);
    nlu_build_word(b, table, key, text);
    int number = b->failed ? 0 : number_of(text);
    if (number < 0)
        nlu_build_fail(b, key, "'%s' is not known here; a number is understood, too", text);
    return number < 0 ? 0 : number;
}

// --- what the layers share ----------------------------------------------------------------------

enum nlu_layer_kind nlu_build_next(const struct nlu_build *b) {
    size_t next = (size_t)(b->layer - b->layers) + 1;
    return next < b->count ? b->layers[next].kind : NLU_LAYER_NONE;
}

int nlu_build_ethertype_of(enum nlu_layer_kind kind) {
    switch (kind) {
    case NLU_LAYER_IP4:
        return 0x0800;
    case NLU_LAYER_ARP:
        return 0x0806;
    case NLU_LAYER_IP6:
        return 0x86dd;
    case NLU_LAYER_VLAN:
        return 0x8100;
    case NLU_LAYER_LLDP:
        return 0x88cc;
    case NLU_LAYER_ETH:
        return 0x6558;
    default:
        return -1;
    }
}

int nlu_build_protocol_of(enum nlu_layer_kind kind) {
    switch (kind) {
    case NLU_LAYER_ICMP:
        return 1;
    case NLU_LAYER_IGMP:
        return 2;
    case NLU_LAYER_IP4:
        return 4;
    case NLU_LAYER_TCP:
        return 6;
    case NLU_LAYER_UDP:
        return 17;
    case NLU_LAYER_IP6:
        return 41;
    case NLU_LAYER_GRE:
        return 47;
    case NLU_LAYER_ICMP6:
        return 58;
    case NLU_LAYER_OSPF:
        return 89;
    default:
        return -1;
    }
}

void nlu_build_length(struct nlu_build *b, const char *key, size_t at, size_t value) {
    if (nlu_table_get(NLU_OWN(b), key))
        value = (size_t)nlu_build_int(b, NLU_OWN(b), key, 0, 0xffff, 0);
    else if (value > 0xffff)
        nlu_build_fail(b, key, "the packet is too long for it: %zu bytes", value);
    nlu_write_patch_be16(&b->w, b->layer->start + at, (uint16_t)value);
}

// The folded sum of the pseudo header; 0 when the layer below is no IP.
static uint32_t pseudo_sum(const struct nlu_build *b, uint8_t protocol, size_t length) {
    const struct nlu_build_layer *below = b->layer > b->layers ? b->layer - 1 : NULL;
    const uint8_t *ip = below ? b->w.buf + below->start : NULL;

    if (below && below->kind == NLU_LAYER_IP4)
        return nlu_checksum_pseudo(ip + 12, nlu_ip4_final_dst(ip, (uint32_t)below->header), 4,
                                   protocol, (uint32_t)length);
    if (below && below->kind == NLU_LAYER_IP6)
        return nlu_checksum_pseudo(ip + 8, nlu_ip6_final_dst(ip, (uint32_t)below->header), 16,
                                   protocol, (uint32_t)length);
    return 0;
}

void nlu_build_checksum(struct nlu_build *b, size_t at, uint8_t protocol) {
    const struct nlu_value *given = nlu_build_get(b, NLU_OWN(b), "checksum");
    const uint8_t *p = b->w.buf + b->layer->start;
    size_t length = b->end - b->layer->start;
    char text[64];
    uint16_t sum;

    if (b->failed || b->w.overflow)
        return;
    if (given && given->type == NLU_VALUE_INTEGER) {
        sum = (uint16_t)nlu_build_int(b, NLU_OWN(b), "checksum", 0, 0xffff, 0);
    } else if (given && protocol &&
               strcmp(nlu_build_word(b, NLU_OWN(b), "checksum", text), "partial") == 0) {
        sum = (uint16_t)~nlu_checksum_finish(pseudo_sum(b, protocol, length));
    } else if (given) {
        nlu_build_fail(b, "checksum",
                       protocol ? "expected an integer or 'partial'" : "expected an integer");
        return;
    } else {
        nlu_write_patch_be16(&b->w, b->layer->start + at, 0);
        sum = nlu_checksum_finish(
            nlu_checksum_add(protocol ? pseudo_sum(b, protocol, length) : 0, p, length));
        // RFC 768: 0 means "none".
        if (sum == 0 && protocol == 17)
            sum = 0xffff;
    }
    nlu_write_patch_be16(&b->w, b->layer->start + at, sum);
}
