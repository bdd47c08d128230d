// Building the link layer and what bridges say.
#include "build_int.h"

#include "ipaddr.h"
#include "packet_words.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t broadcast[NLU_MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// A type field: as given, or what is next; an inner VLAN tag may itself say that it is a
// provider's.
static void write_type(struct nlu_build *b) {
    int type = nlu_build_ethertype_of(nlu_build_next(b));
    bool length = nlu_build_next(b) == NLU_LAYER_LLC;

    if (length && !nlu_table_get(NLU_OWN(b), "type")) {
        nlu_write_be16(&b->w, 0); // a length, filled in
        return;
    }
    nlu_write_be16(
        &b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "type", 0, 0xffff, type < 0 ? 0x88b5 : type));
}

// A frame with 802.2 inside has its length where others have their type.
static void finish_length(struct nlu_build *b, size_t at) {
    size_t length = b->end - b->layer->start - b->layer->header;

    if (nlu_table_get(NLU_OWN(b), "len") ||
        (nlu_build_next(b) == NLU_LAYER_LLC && !nlu_table_get(NLU_OWN(b), "type")))
        nlu_build_length(b, "len", at, length);
}

static void write_eth(struct nlu_build *b) {
    uint8_t mac[NLU_MAC_LEN];

    nlu_build_mac(b, NLU_OWN(b), "dst", broadcast, mac);
    nlu_write_bytes(&b->w, mac, sizeof mac);
    nlu_build_mac(b, NLU_OWN(b), "src", NULL, mac);
    nlu_write_bytes(&b->w, mac, sizeof mac);
    write_type(b);
}

static void finish_eth(struct nlu_build *b) {
    finish_length(b, 12);
}

const struct nlu_builder nlu_build_eth = {write_eth, finish_eth};

static void write_vlan(struct nlu_build *b) {
    unsigned tag = (unsigned)nlu_build_int(b, NLU_OWN(b), "id", 0, 0xfff, 0);

    tag |= (unsigned)nlu_build_int(b, NLU_OWN(b), "pcp", 0, 7, 0) << 13;
    tag |= nlu_build_bool(b, NLU_OWN(b), "dei", false) ? 0x1000u : 0;
    nlu_write_be16(&b->w, (uint16_t)tag);
    write_type(b);
}

static void finish_vlan(struct nlu_build *b) {
    finish_length(b, 2);
}

const struct nlu_builder nlu_build_vlan = {write_vlan, finish_vlan};

static void write_llc(struct nlu_build *b) {
    enum nlu_layer_kind next = nlu_build_next(b);
    int type = nlu_build_ethertype_of(next);
    bool snap = type >= 0 || nlu_table_get(NLU_OWN(b), "oui") != NULL;
    int sap = next == NLU_LAYER_STP && !snap ? 0x42 : snap ? 0xaa : 0;

    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "dsap", 0, 255, sap));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "ssap", 0, 255, sap));
    int64_t control = nlu_build_int(b, NLU_OWN(b), "control", 0, 0xffff, 3);
    if ((control & 3) == 3 && control < 256)
        nlu_write_u8(&b->w, (uint8_t)control);
    else
        nlu_write_be16(&b->w, (uint16_t)control);
    if (!snap)
        return;
    nlu_write_be24(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "oui", 0, 0xffffff, 0));
    nlu_write_be16(
        &b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "type", 0, 0xffff, type < 0 ? 0x010b : type));
}

const struct nlu_builder nlu_build_llc = {write_llc, NULL};

// --- cooked captures and loopback ---------------------------------------------------------------

static int cooked_type(struct nlu_build *b) {
    int type = nlu_build_ethertype_of(nlu_build_next(b));

    if (nlu_build_next(b) == NLU_LAYER_LLC)
        type = 4;
    return (int)nlu_build_int(b, NLU_OWN(b), "type", 0, 0xffff, type < 0 ? 0 : type);
}

// The link address in its eight bytes; its length says how many count.
static void write_cooked_address(struct nlu_build *b) {
    const struct nlu_value *src = nlu_table_get(NLU_OWN(b), "src");
    uint8_t address[8] = {0};
    size_t size = 0;

    if (src && src->type == NLU_VALUE_BYTES && src->len < 9) {
        const uint8_t *bytes = nlu_build_bytes(b, NLU_OWN(b), "src", &size);
        memcpy(address, bytes, size);
    } else {
        nlu_build_mac(b, NLU_OWN(b), "src", NULL, address);
    }
    nlu_write_bytes(&b->w, address, sizeof address);
}

static void write_sll(struct nlu_build *b) {
    nlu_write_be16(&b->w, (uint16_t)nlu_build_named(b, NLU_OWN(b), "packet_type",
                                                    nlu_packet_type_number, 0xffff, 0));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "arphrd", 0, 0xffff, 1));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "addr_len", 0, 0xffff, 6));
    write_cooked_address(b);
    nlu_write_be16(&b->w, (uint16_t)cooked_type(b));
}

const struct nlu_builder nlu_build_sll = {write_sll, NULL};

static void write_sll2(struct nlu_build *b) {
    nlu_write_be16(&b->w, (uint16_t)cooked_type(b));
    nlu_write_be16(&b->w, 0);
    nlu_write_be32(&b->w, (uint32_t)nlu_build_int(b, NLU_OWN(b), "ifindex", 0, UINT32_MAX, 0));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "arphrd", 0, 0xffff, 1));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_named(b, NLU_OWN(b), "packet_type",
                                                 nlu_packet_type_number, 0xff, 0));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "addr_len", 0, 0xff, 6));
    write_cooked_address(b);
}

const struct nlu_builder nlu_build_sll2 = {write_sll2, NULL};

// In the byte order of this machine, as libpcap reads it.
static void write_loopback(struct nlu_build *b) {
    int usual = nlu_build_next(b) == NLU_LAYER_IP6 ? 30 : 2; // as macOS has it; tcpdump knows no 10
    uint32_t family = (uint32_t)nlu_build_int(b, NLU_OWN(b), "family", 0, UINT32_MAX, usual);

    nlu_write_bytes(&b->w, &family, sizeof family);
}

const struct nlu_builder nlu_build_loopback = {write_loopback, NULL};

// --- ARP ----------------------------------------------------------------------------------------

static void write_arp_address(struct nlu_build *b, const char *key, size_t size, bool ip) {
    uint8_t address[16] = {0};
    const struct nlu_value *value = nlu_table_get(NLU_OWN(b), key);
    size_t given = 0;

    if (ip && (size == 4 || size == 16)) {
        nlu_build_ip(b, NLU_OWN(b), key, size, false, address);
        nlu_write_bytes(&b->w, address, size);
    } else if (!ip && size == NLU_MAC_LEN) {
        nlu_build_mac(b, NLU_OWN(b), key, NULL, address);
        nlu_write_bytes(&b->w, address, size);
    } else if (value) {
        const uint8_t *bytes = nlu_build_bytes(b, NLU_OWN(b), key, &given);
        if (given != size)
            nlu_build_fail(b, key, "expected %zu bytes", size);
        nlu_write_bytes(&b->w, bytes, given);
    } else if (size) {
        nlu_build_fail(b, key, "is missing");
    }
}

static int arp_op_number(const char *word) {
    return strcmp(word, "request") == 0 ? 1 : strcmp(word, "reply") == 0 ? 2 : -1;
}

static void write_arp(struct nlu_build *b) {
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "hardware", 0, 0xffff, 1));
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "protocol", 0, 0xffff, 0x0800));
    size_t mac = (size_t)nlu_build_int(b, NLU_OWN(b), "hardware_len", 0, 255, NLU_MAC_LEN);
    size_t ip = (size_t)nlu_build_int(b, NLU_OWN(b), "protocol_len", 0, 255, 4);
    nlu_write_u8(&b->w, (uint8_t)mac);
    nlu_write_u8(&b->w, (uint8_t)ip);
    nlu_write_be16(&b->w, (uint16_t)nlu_build_named(b, NLU_OWN(b), "op", arp_op_number, 0xffff, 1));
    write_arp_address(b, "sender_mac", mac, false);
    write_arp_address(b, "sender_ip", ip, true);
    write_arp_address(b, "target_mac", mac, false);
    write_arp_address(b, "target_ip", ip, true);
}

const struct nlu_builder nlu_build_arp = {write_arp, NULL};

// --- spanning tree and LLDP ---------------------------------------------------------------------

static int bpdu_number(const char *word) {
    if (strcmp(word, "config") == 0)
        return 0;
    if (strcmp(word, "rapid") == 0)
        return 2;
    return strcmp(word, "topology change") == 0 ? 0x80 : -1;
}

// "8000.02:00:5e:00:53:01".
static void write_bridge(struct nlu_build *b, const char *key) {
    char text[64];
    uint8_t mac[NLU_MAC_LEN] = {0};
    unsigned long priority = 0x8000;
    char *end = text;

    nlu_build_word(b, NLU_OWN(b), key, text);
    if (*text)
        priority = strtoul(text, &end, 16);
    if (*text && (end != text + 4 || *end != '.' || nlu_mac_parse(end + 1, mac) < 0))
        nlu_build_fail(b, key, "expected a bridge like 8000.02:00:00:00:00:01, got '%s'", text);
    nlu_write_be16(&b->w, (uint16_t)priority);
    nlu_write_bytes(&b->w, mac, sizeof mac);
}

static void write_stp_seconds(struct nlu_build *b, const char *key, double fallback) {
    const struct nlu_value *value = nlu_build_get(b, NLU_OWN(b), key);
    double seconds = fallback;

    if (value && value->type == NLU_VALUE_NUMBER)
        seconds = value->number;
    else if (value && value->type == NLU_VALUE_INTEGER)
        seconds = (double)value->integer;
    else if (value)
        nlu_build_fail(b, key, "expected seconds");
    if (!(seconds >= 0 && seconds < 256)) {
        nlu_build_fail(b, key, "expected seconds from 0 to 255");
        seconds = 0;
    }
    nlu_write_be16(&b->w, (uint16_t)(seconds * 256 + 0.5));
}

static void write_stp(struct nlu_build *b) {
    size_t size = 0;

    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "protocol", 0, 0xffff, 0));
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "version", 0, 255, 0));
    int64_t type = nlu_build_named(b, NLU_OWN(b), "type", bpdu_number, 255, 0);
    nlu_write_u8(&b->w, (uint8_t)type);
    if (type == 0x80)
        return;
    nlu_write_u8(&b->w, (uint8_t)nlu_build_int(b, NLU_OWN(b), "flags", 0, 255, 0));
    write_bridge(b, "root");
    nlu_write_be32(&b->w,
                   (uint32_t)nlu_build_int(b, NLU_OWN(b), "root_path_cost", 0, UINT32_MAX, 0));
    write_bridge(b, "bridge");
    nlu_write_be16(&b->w, (uint16_t)nlu_build_int(b, NLU_OWN(b), "port", 0, 0xffff, 0x8001));
    write_stp_seconds(b, "message_age", 0);
    write_stp_seconds(b, "max_age", 20);
    write_stp_seconds(b, "hello_time", 2);
    write_stp_seconds(b, "forward_delay", 15);
    const uint8_t *extra = nlu_build_bytes(b, NLU_OWN(b), "extra", &size);
    if (!extra && type == 2)
        nlu_write_u8(&b->w, 0); // version 1 length, of which there is none
    nlu_write_bytes(&b->w, extra, size);
}

const struct nlu_builder nlu_build_stp = {write_stp, NULL};

static void write_tlv(struct nlu_build *b, unsigned type, const void *value, size_t size) {
    if (size > 0x1ff)
        nlu_build_fail(b, "tlvs", "a value of more than 511 bytes");
    nlu_write_be16(&b->w, (uint16_t)(type << 9 | (size & 0x1ff)));
    nlu_write_bytes(&b->w, value, size);
}

// The plain form: chassis_id and port_id (a MAC address or any text), ttl, system_name.
static void write_lldp_plain(struct nlu_build *b) {
    static const struct {
        const char *key;
        unsigned type, mac, text;
    } ids[] = {{"chassis_id", 1, 4, 7}, {"port_id", 2, 3, 5}};
    static const struct {
        const char *key;
        unsigned type;
    } texts[] = {{"port_description", 4}, {"system_name", 5}, {"system_description", 6}};
    uint8_t value[65];
    char text[64];
    size_t size = 0;

    for (size_t i = 0; i < NLU_COUNT(ids); i++) {
        nlu_build_word(b, NLU_OWN(b), ids[i].key, text);
        bool is_mac = nlu_mac_parse(text, value + 1) == 0;
        size = is_mac ? NLU_MAC_LEN : strlen(text);
        value[0] = (uint8_t)(is_mac ? ids[i].mac : ids[i].text);
        if (!is_mac)
            memcpy(value + 1, text, size);
        write_tlv(b, ids[i].type, value, size + 1);
    }
    uint16_t ttl = (uint16_t)nlu_build_int(b, NLU_OWN(b), "ttl", 0, 0xffff, 120);
    value[0] = (uint8_t)(ttl >> 8);
    value[1] = (uint8_t)ttl;
    write_tlv(b, 3, value, 2);
    for (size_t i = 0; i < NLU_COUNT(texts); i++) {
        const uint8_t *bytes = nlu_build_bytes(b, NLU_OWN(b), texts[i].key, &size);
        if (bytes)
            write_tlv(b, texts[i].type, bytes, size);
    }
    write_tlv(b, 0, NULL, 0);
}

static void write_lldp(struct nlu_build *b) {
    const struct nlu_value *tlvs = nlu_build_list(b, NLU_OWN(b), "tlvs"), *item;
    size_t size = 0;

    if (!tlvs) {
        write_lldp_plain(b);
        return;
    }
    for (size_t i = 0; (item = nlu_table_item(tlvs, i)); i++) {
        unsigned type = (unsigned)nlu_build_int(b, item, "type", 0, 127, NLU_REQUIRED);
        const uint8_t *bytes = nlu_build_bytes(b, item, "data", &size);
        write_tlv(b, type, bytes, size);
    }
}

const struct nlu_builder nlu_build_lldp = {write_lldp, NULL};
