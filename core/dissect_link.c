// The link layer: Ethernet, VLAN tags, 802.2, Linux cooked captures, BSD loopback, ARP.
#include "dissect_int.h"
#include "packet_words.h"

// A value of the header that is a length up to 1500 and a type from 1536 on (IEEE 802.3, 3.2.6).
enum { LENGTH_MAX = 1500 };

// What follows a type-or-length field whose header ends `header` bytes into the layer.
static void next_by_type(struct nlu_walk *w, struct nlu_layer *layer, uint16_t type) {
    if (type > LENGTH_MAX) {
        w->next = nlu_walk_ethertype(type);
        return;
    }
    nlu_walk_narrow(w, layer, layer->header + type);
    w->next = NLU_LAYER_LLC;
}

static struct nlu_value type_or_length(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, uint32_t at, bool length) {
    if (layer->header < at + 2)
        return (struct nlu_value){0};
    uint16_t value = nlu_be16(packet->bytes + layer->offset + at);
    if ((value <= LENGTH_MAX) != length)
        return (struct nlu_value){0};
    return nlu_value_integer(value);
}

// --- Ethernet (IEEE 802.3) ----------------------------------------------------------------------

static void parse_eth(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 14);
    if (p)
        next_by_type(w, layer, nlu_be16(p + 12));
}

static struct nlu_value eth_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    return type_or_length(packet, layer, 12, false);
}

static struct nlu_value eth_length(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   struct nlu_tree *tree) {
    (void)tree;
    return type_or_length(packet, layer, 12, true);
}

static const struct nlu_field eth_fields[] = {
    NLU_AT("dst", NLU_GET_MAC, 0),
    NLU_AT("src", NLU_GET_MAC, 6),
    NLU_FN("type", eth_type),
    NLU_FILLED_FN("len", eth_length),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_eth = {
    .name = "eth", .parse = parse_eth, .fields = eth_fields};

// --- VLAN tags (IEEE 802.1Q, 802.1ad): the tag behind the type that announced it ----------------

static void parse_vlan(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 4);
    if (p)
        next_by_type(w, layer, nlu_be16(p + 2));
}

static struct nlu_value vlan_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    return type_or_length(packet, layer, 2, false);
}

static struct nlu_value vlan_length(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    return type_or_length(packet, layer, 2, true);
}

static struct nlu_value vlan_dei(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 2)
        return (struct nlu_value){0};
    return nlu_value_boolean(packet->bytes[layer->offset] & 0x10);
}

// The EtherType that announced this tag: 0x8100, or 0x88a8 for a provider's.
static struct nlu_value vlan_tpid(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                  struct nlu_tree *tree) {
    (void)tree;
    if (layer->offset < 2)
        return (struct nlu_value){0};
    return nlu_value_integer(nlu_be16(packet->bytes + layer->offset - 2));
}

static const struct nlu_field vlan_fields[] = {
    NLU_BITS("id", NLU_GET_BE16, 0, 0, 0xfff),
    NLU_BITS("pcp", NLU_GET_BE16, 0, 13, 7),
    NLU_FN("dei", vlan_dei),
    NLU_FN("type", vlan_type),
    NLU_FILLED_FN("len", vlan_length),
    NLU_ALSO_FN("tpid", vlan_tpid),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_vlan = {
    .name = "vlan", .parse = parse_vlan, .fields = vlan_fields};

// --- LLC and SNAP (IEEE 802.2, RFC 1042) --------------------------------------------------------

static bool is_snap(const uint8_t *p) {
    return p[0] == 0xaa && p[1] == 0xaa && p[2] == 3;
}

static void parse_llc(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 3);
    if (!p)
        return;
    if (is_snap(p)) {
        p = nlu_walk_header(w, layer, 8);
        if (!p)
            return;
        uint32_t organisation = nlu_be32(p + 2) & 0xffffff;
        uint16_t type = nlu_be16(p + 6);
        if (organisation == 0 || organisation == 0xf8)
            w->next = nlu_walk_ethertype(type);
        else if (organisation == 0x00000c && type == 0x010b) // Cisco's spanning tree per VLAN
            w->next = NLU_LAYER_STP;
        return;
    }
    // Only unnumbered frames have a control field of one byte.
    if ((p[2] & 3) != 3 && !nlu_walk_header(w, layer, 4))
        return;
    if (p[0] == 0x42 && p[1] == 0x42 && p[2] == 3)
        w->next = NLU_LAYER_STP;
    else if (p[0] == 0x06 && p[1] == 0x06 && p[2] == 3)
        w->next = NLU_LAYER_IP4;
}

static struct nlu_value llc_control(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = packet->bytes + layer->offset;
    if (layer->header < 3)
        return (struct nlu_value){0};
    if ((p[2] & 3) == 3)
        return nlu_value_integer(p[2]);
    return layer->header < 4 ? (struct nlu_value){0} : nlu_value_integer(p[2] << 8 | p[3]);
}

static struct nlu_value llc_organisation(const struct nlu_packet *packet,
                                         const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = packet->bytes + layer->offset;
    if (layer->header < 8 || !is_snap(p))
        return (struct nlu_value){0};
    return nlu_value_integer(nlu_be32(p + 2) & 0xffffff);
}

static struct nlu_value llc_type(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = packet->bytes + layer->offset;
    if (layer->header < 8 || !is_snap(p))
        return (struct nlu_value){0};
    return nlu_value_integer(nlu_be16(p + 6));
}

static const struct nlu_field llc_fields[] = {
    NLU_U8("dsap", 0),
    NLU_U8("ssap", 1),
    NLU_FN("control", llc_control),
    NLU_FN("oui", llc_organisation),
    NLU_FN("type", llc_type),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_llc = {
    .name = "llc", .parse = parse_llc, .fields = llc_fields};

// --- Linux cooked captures, version 1 and 2 (tcpdump.org, LINKTYPE_LINUX_SLL and _SLL2) ---------

static struct nlu_value packet_type(uint16_t type) {
    const char *word = nlu_packet_type_word(type);
    return word ? nlu_value_text(word) : nlu_value_integer(type);
}

// Protocol numbers below 1536 are Linux's own (ETH_P_802_3 and friends).
static void next_cooked(struct nlu_walk *w, uint16_t protocol) {
    if (protocol == 0x0004) // ETH_P_802_2: LLC without a length
        w->next = NLU_LAYER_LLC;
    else
        w->next = nlu_walk_ethertype(protocol);
}

static void parse_sll(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 16);
    if (p)
        next_cooked(w, nlu_be16(p + 14));
}

static void parse_sll2(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 20);
    if (p)
        next_cooked(w, nlu_be16(p));
}

static struct nlu_value sll_packet_type(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = packet->bytes + layer->offset;
    return layer->header < 2 ? (struct nlu_value){0} : packet_type(nlu_be16(p));
}

static struct nlu_value sll2_packet_type(const struct nlu_packet *packet,
                                         const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    const uint8_t *p = packet->bytes + layer->offset;
    return layer->header < 11 ? (struct nlu_value){0} : packet_type(p[10]);
}

// An address of six bytes is a MAC; others are told as their bytes.
static struct nlu_value cooked_address(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, uint32_t len_at,
                                       uint32_t len_size, uint32_t at) {
    if (layer->header < at + 8)
        return (struct nlu_value){0};
    const uint8_t *p = packet->bytes + layer->offset;
    uint32_t len = len_size == 2 ? nlu_be16(p + len_at) : p[len_at];
    if (len == 6)
        return nlu_value_mac(p + at);
    return nlu_value_bytes(p + at, len < 8 ? len : 8);
}

static struct nlu_value sll_src(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                struct nlu_tree *tree) {
    (void)tree;
    return cooked_address(packet, layer, 4, 2, 6);
}

static struct nlu_value sll2_src(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    return cooked_address(packet, layer, 11, 1, 12);
}

static const struct nlu_field sll_fields[] = {
    NLU_FN("packet_type", sll_packet_type),
    NLU_BE16("arphrd", 2),
    NLU_BE16("addr_len", 4),
    NLU_FN("src", sll_src),
    NLU_BE16("type", 14),
    NLU_END_OF_FIELDS,
};

static const struct nlu_field sll2_fields[] = {
    NLU_BE16("type", 0),    NLU_BE32("ifindex", 4),
    NLU_BE16("arphrd", 8),  NLU_FN("packet_type", sll2_packet_type),
    NLU_U8("addr_len", 11), NLU_FN("src", sll2_src),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_sll = {
    .name = "sll", .parse = parse_sll, .fields = sll_fields};
const struct nlu_dissector nlu_dissect_sll2 = {
    .name = "sll2", .parse = parse_sll2, .fields = sll2_fields};

// --- BSD loopback: an address family of four bytes ----------------------------------------------

// LINKTYPE_NULL is in the order of the machine that captured, which the file does not tell; a
// family is a small number, so the order is the one in which it is small.
static uint32_t loopback_family_of(const uint8_t *p) {
    uint32_t family = nlu_be32(p);
    return family > 0xffff ? __builtin_bswap32(family) : family;
}

static void parse_loopback(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 4);
    if (!p)
        return;
    switch (loopback_family_of(p)) {
    case 2:
        w->next = NLU_LAYER_IP4;
        break;
    case 10: // Linux
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
        w->next = NLU_LAYER_IP6;
        break;
    }
}

static struct nlu_value loopback_family(const struct nlu_packet *packet,
                                        const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 4)
        return (struct nlu_value){0};
    return nlu_value_integer(loopback_family_of(packet->bytes + layer->offset));
}

static const struct nlu_field loopback_fields[] = {
    NLU_FN("family", loopback_family),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_loopback = {
    .name = "loopback", .parse = parse_loopback, .fields = loopback_fields};

// --- ARP (RFC 826) ------------------------------------------------------------------------------

static void parse_arp(struct nlu_walk *w, struct nlu_layer *layer) {
    const uint8_t *p = nlu_walk_header(w, layer, 8);
    if (!p)
        return;
    uint32_t size = 8 + 2 * ((uint32_t)p[4] + p[5]);
    if (!nlu_walk_header(w, layer, size))
        return;
    nlu_walk_narrow(w, layer, size);
}

static struct nlu_value arp_op(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               struct nlu_tree *tree) {
    (void)tree;
    if (layer->header < 8)
        return (struct nlu_value){0};
    uint16_t op = nlu_be16(packet->bytes + layer->offset + 6);
    if (op == 1 || op == 2)
        return nlu_value_text(op == 1 ? "request" : "reply");
    return nlu_value_integer(op);
}

// The n-th of the four addresses (sender and target, hardware and protocol), in packet order.
static struct nlu_value arp_address(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                    int n) {
    if (layer->header < 8)
        return (struct nlu_value){0};
    const uint8_t *p = packet->bytes + layer->offset;
    uint32_t hardware = p[4], protocol = p[5], at = 8;
    uint32_t size = n % 2 ? protocol : hardware;
    for (int i = 0; i < n; i++)
        at += i % 2 ? protocol : hardware;
    if (at + size > layer->header)
        return (struct nlu_value){0};
    if (n % 2 == 0)
        return size == 6 ? nlu_value_mac(p + at) : nlu_value_bytes(p + at, size);
    return size == 4 || size == 16 ? nlu_value_ip(p + at, size) : nlu_value_bytes(p + at, size);
}

static struct nlu_value arp_sender_mac(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return arp_address(packet, layer, 0);
}

static struct nlu_value arp_sender_ip(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return arp_address(packet, layer, 1);
}

static struct nlu_value arp_target_mac(const struct nlu_packet *packet,
                                       const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return arp_address(packet, layer, 2);
}

static struct nlu_value arp_target_ip(const struct nlu_packet *packet,
                                      const struct nlu_layer *layer, struct nlu_tree *tree) {
    (void)tree;
    return arp_address(packet, layer, 3);
}

static const struct nlu_field arp_fields[] = {
    NLU_BE16("hardware", 0),
    NLU_BE16("protocol", 2),
    NLU_U8("hardware_len", 4),
    NLU_U8("protocol_len", 5),
    NLU_FN("op", arp_op),
    NLU_FN("sender_mac", arp_sender_mac),
    NLU_FN("sender_ip", arp_sender_ip),
    NLU_FN("target_mac", arp_target_mac),
    NLU_FN("target_ip", arp_target_ip),
    NLU_ALSO("op_number", NLU_GET_BE16, 6),
    NLU_END_OF_FIELDS,
};

const struct nlu_dissector nlu_dissect_arp = {
    .name = "arp", .parse = parse_arp, .fields = arp_fields};
