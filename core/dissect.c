#include "dissect_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// IPv4 and IPv6 share a name: a script asks for p.ip and need not know which.
static const struct nlu_dissector *const dissectors[NLU_LAYER_KINDS] = {
    [NLU_LAYER_ETH] = &nlu_dissect_eth,     [NLU_LAYER_SLL] = &nlu_dissect_sll,
    [NLU_LAYER_SLL2] = &nlu_dissect_sll2,   [NLU_LAYER_LOOPBACK] = &nlu_dissect_loopback,
    [NLU_LAYER_VLAN] = &nlu_dissect_vlan,   [NLU_LAYER_LLC] = &nlu_dissect_llc,
    [NLU_LAYER_ARP] = &nlu_dissect_arp,     [NLU_LAYER_IP4] = &nlu_dissect_ip4,
    [NLU_LAYER_IP6] = &nlu_dissect_ip6,     [NLU_LAYER_ICMP] = &nlu_dissect_icmp,
    [NLU_LAYER_ICMP6] = &nlu_dissect_icmp6, [NLU_LAYER_UDP] = &nlu_dissect_udp,
    [NLU_LAYER_TCP] = &nlu_dissect_tcp,     [NLU_LAYER_VXLAN] = &nlu_dissect_vxlan,
    [NLU_LAYER_STP] = &nlu_dissect_stp,     [NLU_LAYER_LLDP] = &nlu_dissect_lldp,
    [NLU_LAYER_IGMP] = &nlu_dissect_igmp,   [NLU_LAYER_OSPF] = &nlu_dissect_ospf,
    [NLU_LAYER_GRE] = &nlu_dissect_gre,     [NLU_LAYER_DNS] = &nlu_dissect_dns,
    [NLU_LAYER_DHCP] = &nlu_dissect_dhcp,   [NLU_LAYER_DHCP6] = &nlu_dissect_dhcp6,
    [NLU_LAYER_HTTP] = &nlu_dissect_http,
};

static const char *const problem_texts[] = {
    [NLU_PROBLEM_TRUNCATED] = "cut off by the capture",
    [NLU_PROBLEM_SHORT] = "shorter than its header",
    [NLU_PROBLEM_HEADER] = "impossible header length",
    [NLU_PROBLEM_LENGTH] = "length field says more than there is",
    [NLU_PROBLEM_VERSION] = "wrong version",
    [NLU_PROBLEM_DEEP] = "too many layers",
};

const char *nlu_layer_name(enum nlu_layer_kind kind) {
    if (kind <= NLU_LAYER_NONE || kind >= NLU_LAYER_KINDS)
        return "";
    return dissectors[kind]->name;
}

// --- the walk -----------------------------------------------------------------------------------

const uint8_t *nlu_walk_header(struct nlu_walk *w, struct nlu_layer *layer, uint32_t size) {
    uint32_t left = w->end - w->pos;

    if (left >= size) {
        layer->header = size;
        return w->packet->bytes + w->pos;
    }
    layer->header = left;
    layer->problem = w->length < size ? NLU_PROBLEM_SHORT : NLU_PROBLEM_TRUNCATED;
    return NULL;
}

void nlu_walk_narrow(struct nlu_walk *w, struct nlu_layer *layer, uint32_t length) {
    if (length > w->length && !w->packet->quoted && !w->fragment && !layer->problem)
        layer->problem = NLU_PROBLEM_LENGTH;
    layer->length = w->length = length;
    if (length < w->end - w->pos)
        layer->end = w->end = w->pos + length;
}

static enum nlu_layer_kind first_kind(int linktype, const uint8_t *bytes, size_t caplen) {
    switch (linktype) {
    case NLU_LINK_ETHERNET:
        return NLU_LAYER_ETH;
    case NLU_LINK_SLL:
        return NLU_LAYER_SLL;
    case NLU_LINK_SLL2:
        return NLU_LAYER_SLL2;
    case NLU_LINK_NULL:
    case NLU_LINK_LOOP:
        return NLU_LAYER_LOOPBACK;
    case NLU_LINK_IPV4:
        return NLU_LAYER_IP4;
    case NLU_LINK_IPV6:
        return NLU_LAYER_IP6;
    case NLU_LINK_RAW:
    case NLU_LINK_RAW_BSD:
        if (caplen && bytes[0] >> 4 == 4)
            return NLU_LAYER_IP4;
        if (caplen && bytes[0] >> 4 == 6)
            return NLU_LAYER_IP6;
        return NLU_LAYER_NONE;
    default:
        return NLU_LAYER_NONE;
    }
}

static uint8_t nth_of_name(const struct nlu_packet *packet, enum nlu_layer_kind kind) {
    uint8_t nth = 1;

    for (uint32_t i = 0; i < packet->count; i++)
        nth += dissectors[packet->layers[i].kind]->name == dissectors[kind]->name;
    return nth;
}

static void walk(struct nlu_packet *packet) {
    struct nlu_walk w = {.packet = packet, .end = packet->caplen, .length = packet->wirelen};
    enum nlu_layer_kind kind = first_kind(packet->linktype, packet->bytes, packet->caplen);

    // No layer without a single byte: what is not there is no half of a header.
    while (kind != NLU_LAYER_NONE && w.pos < w.end) {
        if (packet->count == NLU_LAYERS_MAX) {
            packet->layers[packet->count - 1].problem = NLU_PROBLEM_DEEP;
            break;
        }
        struct nlu_layer *layer = &packet->layers[packet->count];
        *layer = (struct nlu_layer){
            .kind = (uint8_t)kind,
            .nth = nth_of_name(packet, kind),
            .offset = w.pos,
            .end = w.end,
            .length = w.length,
        };
        w.next = NLU_LAYER_NONE;
        dissectors[kind]->parse(&w, layer);
        // A parser refuses what only looked like its protocol by giving the layer up.
        if (layer->kind == NLU_LAYER_NONE)
            break;
        packet->count++;
        w.pos = layer->offset + layer->header;
        w.length = w.length > layer->header ? w.length - layer->header : 0;
        kind = w.next;
    }
}

void nlu_dissect(int linktype, const void *bytes, size_t caplen, size_t wirelen,
                 struct nlu_packet *ret_packet) {
    // Larger than any snapshot length; offsets are 32 bits wide.
    const size_t most = INT32_MAX;

    ret_packet->bytes = bytes;
    ret_packet->caplen = (uint32_t)(caplen < most ? caplen : most);
    ret_packet->wirelen = (uint32_t)(wirelen < most ? wirelen : most);
    if (ret_packet->wirelen < ret_packet->caplen)
        ret_packet->wirelen = ret_packet->caplen;
    ret_packet->linktype = linktype;
    ret_packet->quoted = false;
    ret_packet->count = 0;
    walk(ret_packet);
}

void nlu_dissect_quoted(const void *bytes, size_t size, struct nlu_packet *ret_packet) {
    const uint8_t *p = bytes;
    const size_t most = INT32_MAX;
    size_t whole = size;

    // How long it was is only in its own header.
    if (size >= 20 && p[0] >> 4 == 4)
        whole = nlu_be16(p + 2);
    else if (size >= 40 && p[0] >> 4 == 6)
        whole = 40 + (size_t)nlu_be16(p + 4);
    ret_packet->bytes = bytes;
    ret_packet->caplen = (uint32_t)(size < most ? size : most);
    ret_packet->wirelen = whole < ret_packet->caplen ? ret_packet->caplen : (uint32_t)whole;
    ret_packet->linktype = NLU_LINK_RAW;
    ret_packet->quoted = true;
    ret_packet->count = 0;
    walk(ret_packet);
}

enum nlu_layer_kind nlu_walk_ethertype(uint16_t type) {
    switch (type) {
    case 0x0800:
        return NLU_LAYER_IP4;
    case 0x0806:
        return NLU_LAYER_ARP;
    case 0x86dd:
        return NLU_LAYER_IP6;
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad, the provider's tag
    case 0x9100: // what it was before there was a number for it
    case 0x9200:
        return NLU_LAYER_VLAN;
    case 0x88cc:
        return NLU_LAYER_LLDP;
    case 0x6558: // transparent Ethernet bridging, in GRE
        return NLU_LAYER_ETH;
    default:
        return NLU_LAYER_NONE;
    }
}

enum nlu_layer_kind nlu_walk_protocol(uint8_t protocol, bool ip6) {
    switch (protocol) {
    case 1:
        return ip6 ? NLU_LAYER_NONE : NLU_LAYER_ICMP;
    case 2:
        return ip6 ? NLU_LAYER_NONE : NLU_LAYER_IGMP;
    case 4:
        return NLU_LAYER_IP4;
    case 6:
        return NLU_LAYER_TCP;
    case 17:
        return NLU_LAYER_UDP;
    case 41:
        return NLU_LAYER_IP6;
    case 47:
        return NLU_LAYER_GRE;
    case 58:
        return ip6 ? NLU_LAYER_ICMP6 : NLU_LAYER_NONE;
    case 89:
        return NLU_LAYER_OSPF;
    default:
        return NLU_LAYER_NONE;
    }
}

// --- layers by name -----------------------------------------------------------------------------

// "ip2" is "ip" and 2. A name that ends in a digit by itself ("icmp6", "sll2", "ip6") is looked up
// whole first.
static bool split_name(const char *name, size_t *ret_len, unsigned *ret_nth) {
    size_t len = strlen(name);

    if (len < 2 || name[len - 1] < '2' || name[len - 1] > '9')
        return false;
    *ret_nth = (unsigned)(name[len - 1] - '0');
    *ret_len = len - 1;
    return true;
}

static bool is_named(enum nlu_layer_kind kind, const char *name, size_t len) {
    const char *own = nlu_layer_name(kind);

    if (strncmp(own, name, len) == 0 && own[len] == '\0')
        return true;
    return len == 3 && ((kind == NLU_LAYER_IP4 && strncmp(name, "ip4", 3) == 0) ||
                        (kind == NLU_LAYER_IP6 && strncmp(name, "ip6", 3) == 0));
}

static bool name_exists(const char *name, size_t len) {
    for (int kind = NLU_LAYER_NONE + 1; kind < NLU_LAYER_KINDS; kind++)
        if (is_named((enum nlu_layer_kind)kind, name, len))
            return true;
    return false;
}

bool nlu_layer_is_name(const char *name) {
    return name_exists(name, strlen(name));
}

bool nlu_layer_known(const char *name) {
    size_t len = 0;
    unsigned nth = 0;

    if (name_exists(name, strlen(name)))
        return true;
    return split_name(name, &len, &nth) && name_exists(name, len);
}

const struct nlu_layer *nlu_layer_find(const struct nlu_packet *packet, const char *name) {
    size_t len = strlen(name);
    unsigned nth = 0;

    for (uint32_t i = 0; i < packet->count; i++)
        if (is_named(packet->layers[i].kind, name, len))
            return &packet->layers[i];
    if (name_exists(name, len) || !split_name(name, &len, &nth))
        return NULL;
    for (uint32_t i = 0; i < packet->count; i++)
        if (packet->layers[i].nth == nth && is_named(packet->layers[i].kind, name, len))
            return &packet->layers[i];
    return NULL;
}

const struct nlu_layer *nlu_layer_of(const struct nlu_packet *packet, enum nlu_layer_kind kind) {
    for (uint32_t i = 0; i < packet->count; i++)
        if (packet->layers[i].kind == kind)
            return &packet->layers[i];
    return NULL;
}

// --- fields -------------------------------------------------------------------------------------

const struct nlu_field *nlu_layer_fields(enum nlu_layer_kind kind) {
    static const struct nlu_field none[] = {NLU_END_OF_FIELDS};

    if (kind <= NLU_LAYER_NONE || kind >= NLU_LAYER_KINDS)
        return none;
    return dissectors[kind]->fields;
}

const struct nlu_field *nlu_field_find(enum nlu_layer_kind kind, const char *name) {
    for (const struct nlu_field *field = nlu_layer_fields(kind); field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

const uint8_t *nlu_layer_bytes(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               uint32_t offset, uint32_t size) {
    uint32_t there = layer->end - layer->offset;

    if (offset > there || size > there - offset)
        return NULL;
    return packet->bytes + layer->offset + offset;
}

struct nlu_cursor nlu_layer_cursor(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                   uint32_t from) {
    uint32_t there = layer->end - layer->offset;

    if (from > there)
        from = there;
    return nlu_cursor_over(packet->bytes + layer->offset + from, there - from);
}

struct nlu_value nlu_field_get(const struct nlu_packet *packet, const struct nlu_layer *layer,
                               const struct nlu_field *field, struct nlu_tree *tree) {
    static const uint8_t sizes[] = {
        [NLU_GET_U8] = 1,  [NLU_GET_BE16] = 2, [NLU_GET_BE32] = 4,
        [NLU_GET_IP4] = 4, [NLU_GET_IP6] = 16, [NLU_GET_MAC] = 6,
    };

    if (field->get == NLU_GET_FUNCTION)
        return field->function(packet, layer, tree);
    if ((uint32_t)field->offset + sizes[field->get] > layer->header)
        return (struct nlu_value){0};
    const uint8_t *p = packet->bytes + layer->offset + field->offset;
    uint32_t value = 0;
    switch (field->get) {
    case NLU_GET_U8:
        value = p[0];
        break;
    case NLU_GET_BE16:
        value = nlu_be16(p);
        break;
    case NLU_GET_BE32:
        value = nlu_be32(p);
        break;
    case NLU_GET_IP4:
    case NLU_GET_IP6:
        return nlu_value_ip(p, sizes[field->get]);
    default:
        return nlu_value_mac(p);
    }
    value >>= field->shift;
    return nlu_value_integer(field->mask ? value & field->mask : value);
}

struct nlu_value nlu_layer_table(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    struct nlu_value table = nlu_value_table(tree);

    for (const struct nlu_field *field = nlu_layer_fields(layer->kind); field->name; field++)
        if (!(field->flags & NLU_FIELD_ALIAS))
            nlu_table_add(tree, table, field->name, nlu_field_get(packet, layer, field, tree));
    return table;
}

struct nlu_value nlu_get_payload(const struct nlu_packet *packet, const struct nlu_layer *layer,
                                 struct nlu_tree *tree) {
    (void)tree;
    uint32_t from = layer->offset + layer->header;
    return nlu_value_bytes(packet->bytes + from, layer->end - from);
}

// --- the whole packet ---------------------------------------------------------------------------

const char *nlu_layer_problem(const struct nlu_packet *packet, const struct nlu_layer *layer) {
    if (layer->problem && !(packet->quoted && layer->problem <= NLU_PROBLEM_SHORT))
        return problem_texts[layer->problem];
    const struct nlu_dissector *d = dissectors[layer->kind];
    if (d->check && !packet->quoted)
        return d->check(packet, layer);
    return NULL;
}

const uint8_t *nlu_packet_payload(const struct nlu_packet *packet, size_t *ret_size) {
    if (!packet->count) {
        *ret_size = packet->caplen;
        return packet->bytes;
    }
    const struct nlu_layer *last = &packet->layers[packet->count - 1];
    uint32_t from = last->offset + last->header;
    *ret_size = last->end - from;
    return packet->bytes + from;
}

const uint8_t *nlu_packet_trailer(const struct nlu_packet *packet, size_t *ret_size) {
    uint32_t end = packet->count ? packet->layers[packet->count - 1].end : packet->caplen;

    *ret_size = packet->caplen - end;
    return packet->bytes + end;
}

bool nlu_dissect_inner(const struct nlu_packet *packet, const struct nlu_layer *layer,
                       struct nlu_packet *ret_inner) {
    bool error = false;

    if (packet->quoted || layer->header < 8)
        return false;
    uint8_t type = packet->bytes[layer->offset];
    if (layer->kind == NLU_LAYER_ICMP)
        error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    else if (layer->kind == NLU_LAYER_ICMP6)
        error = type >= 1 && type <= 4;
    if (!error)
        return false;
    uint32_t from = layer->offset + 8;
    nlu_dissect_quoted(packet->bytes + from, layer->end - from, ret_inner);
    return ret_inner->count > 0;
}

// The address part of the pseudo header: the layer below, which must be IP and whole.
static bool pseudo_sum(const struct nlu_packet *packet, const struct nlu_layer *layer,
                       uint8_t protocol, uint32_t length, uint32_t *ret_sum) {
    if (layer == packet->layers)
        return false;
    const struct nlu_layer *below = layer - 1;
    const uint8_t *ip = packet->bytes + below->offset;
    if (below->kind == NLU_LAYER_IP4 && below->header >= 20) {
        const uint8_t *dst = nlu_ip4_final_dst(ip, below->header);
        *ret_sum = nlu_checksum_pseudo(ip + 12, dst, 4, protocol, length);
        return true;
    }
    if (below->kind == NLU_LAYER_IP6 && below->header >= 40) {
        const uint8_t *dst = nlu_ip6_final_dst(ip, below->header);
        *ret_sum = nlu_checksum_pseudo(ip + 8, dst, 16, protocol, length);
        return true;
    }
    return false;
}

enum nlu_sum nlu_layer_verify(const struct nlu_packet *packet, const struct nlu_layer *layer,
                              uint16_t *ret_has, uint16_t *ret_want) {
    const uint8_t *p = packet->bytes + layer->offset;
    uint32_t length = layer->end - layer->offset, sum = 0, at = 0, pseudo = 0;
    uint8_t protocol = 0;

    if (layer->problem)
        return NLU_SUM_NONE;
    switch (layer->kind) {
    case NLU_LAYER_IP4:
        at = 10;
        length = layer->header;
        break;
    case NLU_LAYER_ICMP:
    case NLU_LAYER_IGMP:
        at = 2;
        break;
    case NLU_LAYER_OSPF:
        // With a digest behind it (RFC 2328 appendix D.4.3) there is none.
        if (layer->header < 16 || (p[0] == 2 && nlu_be16(p + 14) == 2))
            return NLU_SUM_NONE;
        at = 12;
        protocol = p[0] == 3 ? 89 : 0;
        break;
    case NLU_LAYER_GRE:
        if (layer->header < 8 || !(p[0] & 0x80) || p[0] & 0x40 || p[1] & 7)
            return NLU_SUM_NONE;
        at = 4;
        break;
    case NLU_LAYER_ICMP6:
        at = 2;
        protocol = 58;
        break;
    case NLU_LAYER_UDP:
        at = 6;
        protocol = 17;
        break;
    case NLU_LAYER_TCP:
        at = 16;
        protocol = 6;
        break;
    default:
        return NLU_SUM_NONE;
    }
    // All of it must have been captured; a fragment's sum is over bytes that are elsewhere.
    if (layer->kind != NLU_LAYER_IP4 && length != layer->length)
        return NLU_SUM_NONE;
    if (layer > packet->layers && layer[-1].kind == NLU_LAYER_IP4 && layer[-1].info)
        return NLU_SUM_NONE;
    if (layer > packet->layers && layer[-1].kind == NLU_LAYER_IP6 && layer[-1].info & 0x100)
        return NLU_SUM_NONE;
    if (layer->header < at + 2 || length < at + 2)
        return NLU_SUM_NONE;
    if (layer->kind == NLU_LAYER_OSPF)
        length = nlu_be16(p + 2); // what is behind it is no part of it
    if (protocol && !pseudo_sum(packet, layer, protocol, length, &pseudo))
        return NLU_SUM_NONE;
    *ret_has = nlu_be16(p + at);
    if (layer->kind == NLU_LAYER_UDP && *ret_has == 0 && layer[-1].kind == NLU_LAYER_IP4)
        return NLU_SUM_OFF;
    sum = nlu_checksum_add(pseudo, p, at);
    uint32_t rest = at + 2;
    if (layer->kind == NLU_LAYER_OSPF && p[0] == 2) {
        // RFC 2328 appendix D.4.1: without the authentication's 8 bytes.
        sum = nlu_checksum_add(sum, p + rest, 2);
        rest = 24;
    }
    sum = nlu_checksum_add(sum, p + rest, length - rest);
    *ret_want = nlu_checksum_finish(sum);
    if (layer->kind == NLU_LAYER_UDP && *ret_want == 0)
        *ret_want = 0xffff; // RFC 768: 0 means "none"
    if (*ret_has == *ret_want)
        return NLU_SUM_RIGHT;
    // Linux leaves the folded pseudo header sum, not complemented, for the card to start from.
    if ((protocol == 6 || protocol == 17) && (*ret_has ^ nlu_checksum_finish(pseudo)) == 0xffff)
        return NLU_SUM_PARTIAL;
    return NLU_SUM_WRONG;
}
