// The lines of ARP, IPv4 and IPv6.
#include "pktline_int.h"

// --- ARP ----------------------------------------------------------------------------------------

static const char *arp_hardware(uint16_t type) {
    switch (type) {
    case 1:
        return "Ethernet";
    case 6:
        return "TokenRing";
    case 15:
        return "Frame Relay";
    case 24:
        return "IEEE1394";
    case 32:
        return "InfiniBand";
    default:
        return NULL;
    }
}

static const char *arp_operation(uint16_t op) {
    static const char *const words[] = {
        "Request", "Reply", "Reverse Request", "Reverse Reply", NULL,
        NULL,      NULL,    "Inverse Request", "Inverse Reply", "NACK Reply"};

    return op >= 1 && op <= NLU_COUNT(words) ? words[op - 1] : NULL;
}

static bool is_zero(const uint8_t *p, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        if (p[i])
            return false;
    return true;
}

static void put_arp_ip(struct nlu_line *l, const uint8_t *p, uint16_t protocol, uint8_t size) {
    if (protocol != 0x0800)
        nlu_put(l, "<wrong proto type>");
    else if (size != 4)
        nlu_put(l, "<wrong len>");
    else
        nlu_put_ip(l, p, 4);
}

void nlu_line_arp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    if (layer->problem) {
        nlu_put_truncated(l, "arp");
        return;
    }
    uint16_t hardware = nlu_be16(p), protocol = nlu_be16(p + 2), op = nlu_be16(p + 6);
    uint8_t hardware_len = p[4], protocol_len = p[5];
    const uint8_t *sender_mac = p + 8, *sender_ip = sender_mac + hardware_len;
    const uint8_t *target_mac = sender_ip + protocol_len, *target_ip = target_mac + hardware_len;
    // The frame's padding counts.
    uint32_t length =
        layer > l->packet->layers ? layer[-1].length - layer[-1].header : layer->length;
    bool odd = protocol != 0x0800 || protocol_len != 4 || hardware_len == 0;
    if (!l->link)
        nlu_put(l, "ARP, ");
    if (odd || l->verbose) {
        const char *hardware_name = arp_hardware(hardware);
        const char *protocol_name = nlu_line_ethertype(protocol);
        if (hardware_name)
            nlu_put(l, "%s (len %u), ", hardware_name, hardware_len);
        else
            nlu_put(l, "Unknown Hardware (%u) (len %u), ", hardware, hardware_len);
        if (protocol_name)
            nlu_put(l, "%s (len %u)", protocol_name, protocol_len);
        else
            nlu_put(l, "Unknown Protocol (0x%04x) (len %u)", protocol, protocol_len);
        if (!l->verbose) {
            nlu_put(l, ", length %u", length);
            return;
        }
        nlu_put(l, ", ");
    }
    const char *word = arp_operation(op);
    if (word)
        nlu_put(l, "%s ", word);
    else
        nlu_put(l, "Unknown (%u) ", op);
    switch (op) {
    case 1:
        nlu_put(l, "who-has ");
        put_arp_ip(l, target_ip, protocol, protocol_len);
        if (!is_zero(target_mac, hardware_len)) {
            nlu_put(l, " (");
            nlu_put_mac(l, target_mac, hardware_len);
            nlu_put(l, ")");
        }
        nlu_put(l, " tell ");
        put_arp_ip(l, sender_ip, protocol, protocol_len);
        break;
    case 2:
        put_arp_ip(l, sender_ip, protocol, protocol_len);
        nlu_put(l, " is-at ");
        nlu_put_mac(l, sender_mac, hardware_len);
        break;
    case 3:
    case 8:
        nlu_put(l, "who-is ");
        nlu_put_mac(l, target_mac, hardware_len);
        nlu_put(l, " tell ");
        nlu_put_mac(l, sender_mac, hardware_len);
        break;
    case 4:
        nlu_put_mac(l, target_mac, hardware_len);
        nlu_put(l, " at ");
        put_arp_ip(l, target_ip, protocol, protocol_len);
        break;
    case 9:
        nlu_put_mac(l, sender_mac, hardware_len);
        nlu_put(l, " at ");
        put_arp_ip(l, sender_ip, protocol, protocol_len);
        break;
    default:
        nlu_put_dump(l, p, layer->end - layer->offset);
        return;
    }
    nlu_put(l, ", length %u", length);
}

// --- what IPv4 and IPv6 share -------------------------------------------------------------------

static bool has_ports(uint8_t protocol) {
    return protocol == 6 || protocol == 17;
}

static void put_addresses(struct nlu_line *l, const uint8_t *src, size_t size, const char *end) {
    nlu_put_ip(l, src, size);
    nlu_put(l, " > ");
    nlu_put_ip(l, src + size, size);
    nlu_put(l, "%s", end);
}

// The upper layer, or what is said in place of one.
static void put_upper(struct nlu_line *l, const struct nlu_layer *ip, uint8_t protocol,
                      uint32_t length) {
    const struct nlu_layer *behind = nlu_line_behind(l, ip);

    if (behind) {
        nlu_line_layer(l, behind);
    } else if (nlu_walk_protocol(protocol, ip->kind == NLU_LAYER_IP6)) {
        // Nothing of the upper layer was captured, or there is nothing.
        bool ip6 = ip->kind == NLU_LAYER_IP6;
        if (has_ports(protocol)) {
            const uint8_t *p = nlu_line_bytes(l, ip);
            put_addresses(l, ip6 ? p + 8 : p + 12, ip6 ? 16 : 4, protocol == 6 ? ":" : ": ");
        }
        enum nlu_layer_kind kind = nlu_walk_protocol(protocol, ip6);
        nlu_put_truncated(l, kind == NLU_LAYER_IP6 ? "ip6" : nlu_layer_name(kind));
    } else if (protocol == 59)
        nlu_put(l, "no next header");
    else if (protocol == 1 || protocol == 2)
        nlu_put(l, "[%s requires IPv4] (invalid)", protocol == 1 ? "ICMP" : "IGMP");
    else if (protocol == 58)
        nlu_put(l, "[ICMPv6 requires IPv6] (invalid)");
    else
        nlu_put(l, " ip-proto-%u %u", protocol, length);
}

// --- IPv4 ---------------------------------------------------------------------------------------

static void put_route(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    if (size < 3) {
        nlu_put(l, " [bad length %u]", size);
        return;
    }
    if ((size + 1) & 3)
        nlu_put(l, " [bad length %u]", size);
    uint32_t pointer = p[2] - 1u;
    if (pointer < 3 || ((pointer + 1) & 3) || pointer > size + 1)
        nlu_put(l, " [bad ptr %u]", p[2]);
    for (uint32_t at = 3; at + 4 <= size; at += 4) {
        nlu_put(l, " ");
        nlu_put_ip(l, p + at, 4);
        if (pointer > at)
            nlu_put(l, ",");
    }
}

static void put_timestamps(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    if (size < 4) {
        nlu_put(l, "[bad length %u]", size);
        return;
    }
    uint8_t kind = p[3] & 15;
    uint32_t hop = kind == 0 ? 4 : 8, pointer = p[2] - 1u, at = 4;
    nlu_put(l, " TS{");
    if ((size - 4) & (hop - 1))
        nlu_put(l, "[bad length %u]", size);
    if (pointer < 4 || ((pointer - 4) & (hop - 1)) || pointer > size + 1)
        nlu_put(l, "[bad ptr %u]", p[2]);
    if (kind != 0 && kind != 1 && kind != 3) {
        nlu_put(l, "[bad ts type %u]", kind);
        at = 0;
    } else {
        nlu_put(l, kind == 0 ? "TSONLY" : kind == 1 ? "TS+ADDR" : "PRESPEC");
        for (; at + hop <= size; at += hop) {
            nlu_put(l, at == pointer ? " ^ " : " ");
            nlu_put(l, "%u@", nlu_be32(p + at + hop - 4));
            if (hop == 8)
                nlu_put_ip(l, p + at, 4);
        }
    }
    nlu_put(l, "%s", pointer == at ? " ^ " : "");
    if (p[3] >> 4)
        nlu_put(l, " [%u hops not recorded]} ", p[3] >> 4);
    else
        nlu_put(l, "}");
}

static const char *option_word(uint8_t type) {
    switch (type) {
    case 0:
        return "EOL";
    case 1:
        return "NOP";
    case 7:
        return "RR";
    case 68:
        return "timestamp";
    case 82:
        return "traceroute";
    case 130:
        return "security";
    case 131:
        return "LSRR";
    case 137:
        return "SSRR";
    case 148:
        return "RA";
    default:
        return NULL;
    }
}

static void put_options(struct nlu_line *l, const uint8_t *p, uint32_t left) {
    for (const char *separator = ""; left > 0; separator = ",") {
        const char *word = option_word(p[0]);
        uint32_t size = 1;
        nlu_put(l, "%s", separator);
        if (word)
            nlu_put(l, "%s", word);
        else
            nlu_put(l, "unknown %u", p[0]);
        if (p[0] > 1) {
            size = left > 1 ? p[1] : 0;
            if (size < 2 || size > left) {
                nlu_put(l, " [bad length %u]", size);
                return;
            }
        }
        switch (p[0]) {
        case 0:
            return;
        case 7:
        case 131:
        case 137:
            put_route(l, p, size);
            break;
        case 68:
            put_timestamps(l, p, size);
            break;
        case 148:
            if (size < 4)
                nlu_put(l, " [bad length %u]", size);
            else if (nlu_be16(p + 2))
                nlu_put(l, " value %u", nlu_be16(p + 2));
            break;
        }
        p += size;
        left -= size;
    }
}

static void put_flags(struct nlu_line *l, uint16_t fragment) {
    const char *separator = "";

    if (!(fragment & 0xe000)) {
        nlu_put(l, "none");
        return;
    }
    if (fragment & 0x2000) {
        nlu_put(l, "+");
        separator = ", ";
    }
    if (fragment & 0x4000) {
        nlu_put(l, "%sDF", separator);
        separator = ", ";
    }
    if (fragment & 0x8000)
        nlu_put(l, "%srsvd", separator);
}

static void put_ip4_header(struct nlu_line *l, const struct nlu_layer *layer, uint32_t header) {
    static const char *const ecn[] = {"", ",ECT(1)", ",ECT(0)", ",CE"};
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint16_t fragment = nlu_be16(p + 6), has = 0, want = 0;
    const char *name = nlu_line_protocol(p[9]);

    nlu_put(l, "(tos 0x%x%s", p[1], ecn[p[1] & 3]);
    if (p[8])
        nlu_put(l, ", ttl %u", p[8]);
    nlu_put(l, ", id %u, offset %u, flags [", nlu_be16(p + 4), (fragment & 0x1fff) * 8u);
    put_flags(l, fragment);
    nlu_put(l, "], proto %s (%u), length %u", name ? name : "unknown", p[9], nlu_be16(p + 2));
    if (header > 20) {
        nlu_put(l, ", options (");
        put_options(l, p + 20, header - 20);
        nlu_put(l, ")");
    }
    struct nlu_layer alone = *layer;
    alone.problem = NLU_SOUND; // a wrong total length does not keep the header from adding up
    if (nlu_layer_verify(l->packet, &alone, &has, &want) == NLU_SUM_WRONG)
        nlu_put(l, ", bad cksum %x (->%x)!", has, want);
    nlu_put(l, ")\n    ");
}

void nlu_line_ip4(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t there = layer->end - layer->offset;
    // What the layer below has room for.
    uint32_t room =
        layer > l->packet->layers ? layer[-1].length - layer[-1].header : l->packet->wirelen;

    if (there && p[0] >> 4 != 4) {
        if (p[0] >> 4 == 6)
            nlu_put(l, "IP6, wrong link-layer encapsulation (invalid)");
        else
            nlu_put(l, "IP%u (invalid)", p[0] >> 4);
        return;
    }
    if (!l->link)
        nlu_put(l, "IP ");
    if (there < 20) {
        if (room < 20)
            nlu_put(l, "truncated-ip %u", room);
        else
            nlu_put_truncated(l, "ip");
        return;
    }
    uint32_t header = (uint32_t)(p[0] & 15) * 4, length = nlu_be16(p + 2);
    if (header < 20) {
        nlu_put(l, "bad-hlen %u", header);
        return;
    }
    if (length > room && !l->packet->quoted)
        nlu_put(l, "truncated-ip - %u bytes missing! ", length - room);
    if (length < header) {
        if (length) {
            nlu_put(l, "bad-len %u", length);
            return;
        }
        length = room;
    }
    if (header > there) {
        put_addresses(l, p + 12, 4, ": ");
        nlu_put(l, " [remaining caplen(%u) < header length(%u)]", there, header);
        nlu_put_truncated(l, "ip");
        return;
    }
    uint16_t fragment = nlu_be16(p + 6);
    if (l->verbose)
        put_ip4_header(l, layer, header);
    if (fragment & 0x1fff) {
        put_addresses(l, p + 12, 4, ":");
        nlu_put(l, " ip-proto-%u", p[9]);
        return;
    }
    if (!has_ports(p[9]))
        put_addresses(l, p + 12, 4, ": ");
    put_upper(l, layer, p[9], length - header);
}

// --- IPv6 ---------------------------------------------------------------------------------------

static void put_ip6_options(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    for (uint32_t at = 2; at < size;) {
        if (p[at] == 0) {
            nlu_put(l, "(pad1)");
            at++;
            continue;
        }
        uint32_t len = at + 1 < size ? p[at + 1] : 0xff;
        if (at + 2 + len > size) {
            nlu_put_truncated(l, "hbhopt");
            return;
        }
        if (p[at] == 1)
            nlu_put(l, "(padn)");
        else if (p[at] == 5 && len == 2)
            nlu_put(l, "(rtalert: 0x%04x) ", nlu_be16(p + at + 2));
        else
            nlu_put(l, "(opt_type 0x%02x: len=%u)", p[at], len);
        at += 2 + len;
    }
    nlu_put(l, " ");
}

static void put_routing(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    nlu_put(l, "RT6 (len=%u, type=%u%s, segleft=%u", p[1], p[2], p[2] ? "" : " [Deprecated]", p[3]);
    if (p[2] == 0 || p[2] == 2) {
        if (nlu_be32(p + 4) || l->verbose)
            nlu_put(l, ", rsv=0x%0x", nlu_be32(p + 4));
    } else if (p[2] == 4) {
        nlu_put(l, ", last-entry=%u", p[4]);
        if (p[5] || l->verbose)
            nlu_put(l, ", flags=0x%0x", p[5]);
        nlu_put(l, ", tag=%x", nlu_be16(p + 6));
    } else {
        nlu_put(l, " (unknown type) (invalid)");
        return;
    }
    for (uint32_t at = 8; at + 16 <= size; at += 16) {
        nlu_put(l, ", [%u]", (at - 8) / 16);
        nlu_put_ip(l, p + at, 16);
    }
    nlu_put(l, ") ");
}

// Returns the protocol behind the extension headers, or -1 when they end the line.
static int put_extensions(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t payload = nlu_be16(p + 4), at = 40;
    uint8_t next = p[6];

    while (at < layer->header && nlu_ip6_is_extension(next)) {
        const uint8_t *e = p + at;
        uint32_t size = next == 44 ? 8 : next == 51 ? (e[1] + 2u) * 4 : (e[1] + 1u) * 8;
        if (next == 0 || next == 60) {
            nlu_put(l, next ? "DSTOPT " : "HBH ");
            if (l->verbose)
                put_ip6_options(l, e, size);
        } else if (next == 43) {
            put_routing(l, e, size);
        } else if (next == 44) {
            uint16_t fragment = nlu_be16(e + 2);
            if (l->verbose)
                nlu_put(l, "frag (0x%08x:%u|%u)", nlu_be32(e + 4), fragment & 0xfff8u,
                        40 + payload - at - 8);
            else
                nlu_put(l, "frag (%u|%u)", fragment & 0xfff8u, 40 + payload - at - 8);
            if (fragment & 0xfff8)
                return -1;
            nlu_put(l, " ");
        } else {
            nlu_put(l, "%s ", nlu_line_protocol(next) ? nlu_line_protocol(next) : "Mobility");
        }
        next = e[0];
        at += size;
    }
    return next;
}

void nlu_line_ip6(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t there = layer->end - layer->offset;
    uint32_t room =
        layer > l->packet->layers ? layer[-1].length - layer[-1].header : l->packet->wirelen;

    if (there < 40) {
        if (room < 40)
            nlu_put(l, "truncated-ip6 %u", room);
        else
            nlu_put_truncated(l, "ip6");
        return;
    }
    if (!l->link)
        nlu_put(l, "IP6 ");
    if (p[0] >> 4 != 6) {
        nlu_put(l, "version error: %u != 6", p[0] >> 4);
        return;
    }
    uint32_t payload = nlu_be16(p + 4), flow = nlu_be32(p);
    if (payload && room < payload + 40 && !l->packet->quoted)
        nlu_put(l, "truncated-ip6 - %u bytes missing!", payload + 40 - room);
    if (l->verbose) {
        const char *name = nlu_line_protocol(p[6]);
        nlu_put(l, "(");
        if (flow & 0x0ff00000)
            nlu_put(l, "class 0x%02x, ", flow >> 20 & 0xff);
        if (flow & 0xfffff)
            nlu_put(l, "flowlabel 0x%05x, ", flow & 0xfffff);
        nlu_put(l, "hlim %u, next-header %s (%u) payload length: %u) ", p[7],
                name ? name : "unknown", p[6], payload);
    }
    if (!has_ports(p[6]))
        put_addresses(l, p + 8, 16, ": ");
    int next = put_extensions(l, layer);
    if (next < 0)
        return;
    if (layer->problem && layer->problem != NLU_PROBLEM_LENGTH) {
        nlu_put_truncated(l, "ip6");
        return;
    }
    put_upper(l, layer, (uint8_t)next, layer->length - layer->header);
}
