// What bridges and switches say to each other: spanning tree and LLDP.
#include "dissect_int.h"

#include <string.h>

static const struct nlu_value nothing = {.type = NLU_VALUE_NIL};

// --- spanning tree (IEEE 802.1D-2004 section 9.3) -----------------------------------------------

enum { BPDU_CONFIG = 0, BPDU_RAPID = 2, BPDU_CHANGE = 0x80 };

static void parse_stp(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 4);
    if (!p || p[3] == BPDU_CHANGE)
        return;
    if (!nlu_walk_header(w, layer, 35))
        return;
    // Rapid and multiple spanning tree go on behind what the first version has.
    if (p[2] >= 2)
        layer->header = w->end - w->pos;
}

static struct nlu_value stp_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 4)
        return nothing;
    uint8_t type = packet->bytes[layer->offset + 3];
    switch (type) {
    case BPDU_CONFIG:
        return nlu_value_text("config");
    case BPDU_RAPID:
        return nlu_value_text("rapid");
    case BPDU_CHANGE:
        return nlu_value_text("topology change");
    default:
        return nlu_value_integer(type);
    }
}

// "8000.02:00:5e:00:53:01": priority and address, as bridge(8) and tcpdump write it.
static struct nlu_value stp_bridge_at(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree,
                                      uint32_t at) {
    if (layer->header < at + 8)
        return nothing;
    const uint8_t *p = packet->bytes + layer->offset + at;
    return nlu_value_format(tree, "%04x.%02x:%02x:%02x:%02x:%02x:%02x", nlu_be16(p), p[2], p[3],
                            p[4], p[5], p[6], p[7]);
}

static struct nlu_value stp_root(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    return stp_bridge_at(packet, layer, tree, 5);
}

static struct nlu_value stp_bridge(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    return stp_bridge_at(packet, layer, tree, 17);
}

// Times are in 1/256 of a second.
static struct nlu_value stp_seconds(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    uint32_t at) {
    if (layer->header < at + 2)
        return nothing;
    return (struct nlu_value){
        .type = NLU_VALUE_NUMBER,
        .number = nlu_be16(packet->bytes + layer->offset + at) / 256.0,
    };
}

static struct nlu_value stp_message_age(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return stp_seconds(packet, layer, 27);
}

static struct nlu_value stp_max_age(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return stp_seconds(packet, layer, 29);
}

static struct nlu_value stp_hello_time(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return stp_seconds(packet, layer, 31);
}

static struct nlu_value stp_forward_delay(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return stp_seconds(packet, layer, 33);
}

static struct nlu_value stp_role(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    static const char *const roles[] = {"unknown", "alternate", "root", "designated"};

    (void)tree;
    const uint8_t *p = packet->bytes + layer->offset;
    if (layer->header < 5 || p[2] < 2 || p[3] != BPDU_RAPID)
        return nothing;
    return nlu_value_text(roles[p[4] >> 2 & 3]);
}

static struct nlu_value stp_extra(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    if (layer->header <= 35)
        return nothing;
    return nlu_value_bytes(packet->bytes + layer->offset + 35, layer->header - 35);
}

static const struct nlu_field stp_fields[] = {
    NLU_BE16("protocol", 0),
    NLU_U8("version", 2),
    NLU_FN("type", stp_type),
    NLU_U8("flags", 4),
    NLU_TREE("root", stp_root),
    NLU_BE32("root_path_cost", 13),
    NLU_TREE("bridge", stp_bridge),
    NLU_BE16("port", 25),
    NLU_FN("message_age", stp_message_age),
    NLU_FN("max_age", stp_max_age),
    NLU_FN("hello_time", stp_hello_time),
    NLU_FN("forward_delay", stp_forward_delay),
    NLU_FN("extra", stp_extra),
    NLU_ALSO_FN("role", stp_role),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_stp = {
    .name = "stp", .parse = parse_stp, .fields = stp_fields};

// --- LLDP (IEEE 802.1AB): type of 7 bits, length of 9, value ------------------------------------

enum {
    LLDP_END = 0,
    LLDP_CHASSIS = 1,
    LLDP_PORT = 2,
    LLDP_TTL = 3,
    LLDP_PORT_DESCRIPTION = 4,
    LLDP_SYSTEM_NAME = 5,
    LLDP_SYSTEM_DESCRIPTION = 6,
    LLDP_CAPABILITIES = 7,
    LLDP_MANAGEMENT = 8,
    LLDP_PRIVATE = 127,
};

// Up to and with the end-of-LLDPDU; what follows is the frame's padding.
static void parse_lldp(struct nlu_walk *w, struct nlu_layer *layer) {
    uint32_t left = w->end - w->pos, at = 0;
    const uint8_t *p = w->packet->bytes + w->pos;

    while (left - at >= 2) {
        uint32_t size = 2 + (nlu_be16(p + at) & 0x1ff);
        bool last = p[at] >> 1 == LLDP_END;
        if (size > left - at)
            break;
        at += size;
        if (last) {
            layer->header = at;
            nlu_walk_narrow(w, layer, at);
            return;
        }
    }
    layer->header = left;
    if (left < w->length)
        layer->problem = NLU_PROBLEM_TRUNCATED;
    else if (at < left)
        layer->problem = NLU_PROBLEM_LENGTH;
}

// The next type-length-value at c: false at the end, or where its length is wrong.
static bool next_tlv(struct nlu_cursor *c, uint8_t *ret_type, const uint8_t **ret_value,
                     uint32_t *ret_size) {
    if (nlu_cursor_left(c) < 2)
        return false;
    uint16_t head = nlu_read_be16(c);
    *ret_type = (uint8_t)(head >> 9);
    *ret_size = head & 0x1ff;
    *ret_value = nlu_read_span(c, *ret_size);
    return *ret_value != NULL;
}

static const uint8_t *find_tlv(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               uint8_t wanted, uint32_t *ret_size) {
    struct nlu_cursor c = nlu_cursor_over(packet->bytes + layer->offset, layer->header);
    const uint8_t *value;
    uint8_t type;

    while (next_tlv(&c, &type, &value, ret_size))
        if (type == wanted)
            return value;
    return NULL;
}

static const char *tlv_word(uint8_t type) {
    static const char *const words[] = {"end",
                                        "chassis id",
                                        "port id",
                                        "ttl",
                                        "port description",
                                        "system name",
                                        "system description",
                                        "capabilities",
                                        "management address"};

    if (type < NLU_COUNT(words))
        return words[type];
    return type == LLDP_PRIVATE ? "organisation specific" : NULL;
}

static struct nlu_value lldp_tlvs(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    struct nlu_cursor c = nlu_cursor_over(packet->bytes + layer->offset, layer->header);
    struct nlu_value list = nlu_value_table(tree);
    const uint8_t *value;
    uint32_t size;
    uint8_t type;

    while (next_tlv(&c, &type, &value, &size)) {
        struct nlu_value item = nlu_value_table(tree);
        nlu_table_add(tree, item, "type", nlu_value_integer(type));
        nlu_table_add(tree, item, "name", nlu_value_text(tlv_word(type)));
        nlu_table_add(tree, item, "data", nlu_value_bytes(value, size));
        nlu_table_add(tree, list, NULL, item);
    }
    return list;
}

static struct nlu_value text_tlv(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 uint8_t type) {
    uint32_t size = 0;
    const uint8_t *value = find_tlv(packet, layer, type, &size);

    return value ? nlu_value_bytes(value, size) : nothing;
}

// Chassis and port: a subtype, then a MAC address, an address with its family, or text.
static struct nlu_value id_tlv(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               uint8_t type, uint8_t mac, uint8_t network) {
    uint32_t size = 0;
    const uint8_t *value = find_tlv(packet, layer, type, &size);

    if (!value || size < 2)
        return nothing;
    if (value[0] == mac && size == 7)
        return nlu_value_mac(value + 1);
    if (value[0] == network && ((value[1] == 1 && size == 6) || (value[1] == 2 && size == 18)))
        return nlu_value_ip(value + 2, size - 2);
    return nlu_value_bytes(value + 1, size - 1);
}

static struct nlu_value lldp_chassis(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                     struct nlu_tree *tree) {
    (void)tree;
    return id_tlv(packet, layer, LLDP_CHASSIS, 4, 5);
}

static struct nlu_value lldp_port(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    return id_tlv(packet, layer, LLDP_PORT, 3, 4);
}

static struct nlu_value lldp_ttl(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    uint32_t size = 0;
    const uint8_t *value = find_tlv(packet, layer, LLDP_TTL, &size);

    (void)tree;
    return value && size >= 2 ? nlu_value_integer(nlu_be16(value)) : nothing;
}

static struct nlu_value lldp_port_description(const struct nlu_packet *packet,
                                              const struct nlu_layer *layer,
                                              struct nlu_tree *tree) {
    (void)tree;
    return text_tlv(packet, layer, LLDP_PORT_DESCRIPTION);
}

static struct nlu_value lldp_system_name(const struct nlu_packet *packet,
                                         const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return text_tlv(packet, layer, LLDP_SYSTEM_NAME);
}

static struct nlu_value lldp_system_description(const struct nlu_packet *packet,
                                                const struct nlu_layer *layer,
                                                struct nlu_tree *tree) {
    (void)tree;
    return text_tlv(packet, layer, LLDP_SYSTEM_DESCRIPTION);
}

// Which capabilities are enabled: { bridge = true, router = true }.
static struct nlu_value lldp_capabilities(const struct nlu_packet *packet,
                                          const struct nlu_layer *layer, struct nlu_tree *tree) {
    static const char *const names[] = {"other",  "repeater", "bridge", "wlan",
                                        "router", "phone",    "docsis", "station"};
    uint32_t size = 0;
    const uint8_t *value = find_tlv(packet, layer, LLDP_CAPABILITIES, &size);

    if (!value || size < 4)
        return nothing;
    struct nlu_value table = nlu_value_table(tree);
    for (size_t bit = 0; bit < NLU_COUNT(names); bit++)
        if (nlu_be16(value + 2) >> bit & 1)
            nlu_table_add(tree, table, names[bit], nlu_value_boolean(true));
    return table;
}

static struct nlu_value lldp_management(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    uint32_t size = 0;
    const uint8_t *value = find_tlv(packet, layer, LLDP_MANAGEMENT, &size);

    (void)tree;
    if (!value || size < 2 || value[0] > size - 1)
        return nothing;
    if ((value[1] == 1 && value[0] == 5) || (value[1] == 2 && value[0] == 17))
        return nlu_value_ip(value + 2, value[0] - 1u);
    return nothing;
}

static const struct nlu_field lldp_fields[] = {
    NLU_TREE("tlvs", lldp_tlvs),
    NLU_ALSO_FN("chassis_id", lldp_chassis),
    NLU_ALSO_FN("port_id", lldp_port),
    NLU_ALSO_FN("ttl", lldp_ttl),
    NLU_ALSO_FN("port_description", lldp_port_description),
    NLU_ALSO_FN("system_name", lldp_system_name),
    NLU_ALSO_FN("system_description", lldp_system_description),
    NLU_ALSO_TREE("capabilities", lldp_capabilities),
    NLU_ALSO_FN("management_address", lldp_management),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_lldp = {
    .name = "lldp", .parse = parse_lldp, .fields = lldp_fields};
