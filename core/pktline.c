#include "pktline_int.h"

#include "ipaddr.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

// --- writing ------------------------------------------------------------------------------------

void nlu_put(struct nlu_line *l, const char *fmt, ...) {
    size_t left = l->len < l->cap ? l->cap - l->len : 0;
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(left ? l->buf + l->len : NULL, left, fmt, args);
    va_end(args);
    if (len > 0)
        l->len += (size_t)len;
}

void nlu_put_ip(struct nlu_line *l, const uint8_t *p, size_t size) {
    char text[NLU_IP_TEXT];
    struct nlu_ip ip = nlu_ip_from(p, size);

    nlu_put(l, "%s", nlu_ip_format(&ip, text));
}

void nlu_put_mac(struct nlu_line *l, const uint8_t *p, size_t size) {
    for (size_t i = 0; i < size; i++)
        nlu_put(l, i ? ":%02x" : "%02x", p[i]);
}

void nlu_put_safe(struct nlu_line *l, const uint8_t *p, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint8_t c = p[i];
        if (c & 0x80) {
            nlu_put(l, "M-");
            c &= 0x7f;
        }
        if (c < 0x20 || c == 0x7f)
            nlu_put(l, "^%c", c ^ 0x40);
        else
            nlu_put(l, "%c", c);
    }
}

void nlu_put_truncated(struct nlu_line *l, const char *protocol) {
    nlu_put(l, " [|%s]", protocol);
    l->cut = true;
}

void nlu_put_dump(struct nlu_line *l, const uint8_t *p, size_t size) {
    for (size_t at = 0; at < size; at += 16) {
        char text[17];
        size_t n = size - at < 16 ? size - at : 16;
        nlu_put(l, "\n\t0x%04zx: ", at);
        for (size_t i = 0; i < 16; i++) {
            if (i % 2 == 0 && i < n)
                nlu_put(l, " ");
            if (i < n)
                nlu_put(l, "%02x", p[at + i]);
            else
                nlu_put(l, i % 2 == 0 ? "   " : "  ");
            if (i < n)
                text[i] = p[at + i] > 0x20 && p[at + i] < 0x7f ? (char)p[at + i] : '.';
        }
        text[n] = '\0';
        nlu_put(l, "  %s", text);
    }
}

void nlu_put_hex_at(struct nlu_line *l, const char *indent, const uint8_t *p, size_t size) {
    for (size_t at = 0; at < size; at++) {
        if (at % 16 == 0)
            nlu_put(l, "%s0x%04zx: ", indent, at);
        nlu_put(l, at % 2 ? "%02x" : " %02x", p[at]);
    }
}

void nlu_put_hex(struct nlu_line *l, const uint8_t *p, size_t size) {
    nlu_put_hex_at(l, "\n\t", p, size);
}

const char *nlu_line_word(const struct nlu_line_word *words, uint32_t value) {
    for (; words->word; words++)
        if (words->value == value)
            return words->word;
    return NULL;
}

void nlu_put_bits(struct nlu_line *l, const struct nlu_line_word *words, uint32_t bits) {
    const char *separator = "";

    for (; words->word; words++) {
        if (!(bits & words->value))
            continue;
        nlu_put(l, "%s%s", separator, words->word);
        separator = ", ";
    }
    if (!*separator)
        nlu_put(l, "none");
}

// --- names --------------------------------------------------------------------------------------

const char *nlu_line_ethertype(uint16_t type) {
    switch (type) {
    case 0x0800:
        return "IPv4";
    case 0x0806:
        return "ARP";
    case 0x6558:
        return "TEB";
    case 0x8100:
        return "802.1Q";
    case 0x8847:
        return "MPLS unicast";
    case 0x8848:
        return "MPLS multicast";
    case 0x8863:
        return "PPPoE D";
    case 0x8864:
        return "PPPoE S";
    case 0x86dd:
        return "IPv6";
    case 0x8809:
        return "Slow Protocols";
    case 0x880b:
        return "PPP";
    case 0x888e:
        return "EAPOL";
    case 0x88a8:
        return "802.1Q-QinQ";
    case 0x88cc:
        return "LLDP";
    case 0x88e5:
        return "MACsec";
    case 0x88f7:
        return "PTP";
    case 0x9000:
        return "Loopback";
    case 0x9100:
        return "802.1Q-9100";
    case 0x9200:
        return "802.1Q-9200";
    default:
        return NULL;
    }
}

const char *nlu_line_protocol(uint8_t protocol) {
    switch (protocol) {
    case 0:
        return "Options";
    case 1:
        return "ICMP";
    case 2:
        return "IGMP";
    case 4:
        return "IPIP";
    case 6:
        return "TCP";
    case 8:
        return "EGP";
    case 9:
        return "IGRP";
    case 17:
        return "UDP";
    case 33:
        return "DCCP";
    case 41:
        return "IPv6";
    case 43:
        return "Routing";
    case 44:
        return "Fragment";
    case 46:
        return "RSVP";
    case 47:
        return "GRE";
    case 50:
        return "ESP";
    case 51:
        return "AH";
    case 55:
        return "Mobile IP";
    case 58:
        return "ICMPv6";
    case 62:
        return "Mobile IP (old)";
    case 88:
        return "EIGRP";
    case 89:
        return "OSPF";
    case 103:
        return "PIM";
    case 108:
        return "Compressed IP";
    case 112:
        return "VRRP";
    case 113:
        return "PGM";
    case 132:
        return "SCTP";
    case 135:
        return "Mobility";
    case 143:
        return "Ethernet";
    default:
        return NULL;
    }
}

// --- the link layer -----------------------------------------------------------------------------

static void put_ethertype(struct nlu_line *l, uint16_t type) {
    const char *name = nlu_line_ethertype(type);
    nlu_put(l, "ethertype %s (0x%04x)", name ? name : "Unknown", type);
}

// "vlan 5, p 3, DEI, ".
static void put_tag(struct nlu_line *l, uint16_t tag) {
    nlu_put(l, "vlan %u, p %u%s, ", tag & 0xfff, tag >> 13, tag & 0x1000 ? ", DEI" : "");
}

static void put_macs(struct nlu_line *l, const uint8_t *p) {
    nlu_put_mac(l, p + 6, 6);
    nlu_put(l, " > ");
    nlu_put_mac(l, p, 6);
    nlu_put(l, ", ");
}

static void line_eth(struct nlu_line *l, const struct nlu_layer *eth) {
    const uint8_t *p = nlu_line_bytes(l, eth);
    const struct nlu_layer *layer = eth, *behind;

    if (eth->header < 14) {
        nlu_put_truncated(l, "ether");
        return;
    }
    // An outer length is unknown to the line: the frame is as long as it was on the wire.
    uint32_t length = eth == l->packet->layers ? l->packet->wirelen : eth->length;
    uint16_t type = nlu_be16(p + 12);
    bool length_written = false;
    if (l->link)
        put_macs(l, p);
    while ((behind = nlu_line_behind(l, layer)) && behind->kind == NLU_LAYER_VLAN) {
        layer = behind;
        p = nlu_line_bytes(l, layer);
        if (layer->header < 4) {
            nlu_put_truncated(l, "vlan");
            return;
        }
        if (l->link) {
            put_ethertype(l, type);
            if (length_written)
                nlu_put(l, ", ");
            else
                nlu_put(l, ", length %u: ", length);
            length_written = true;
            put_tag(l, nlu_be16(p));
        }
        type = nlu_be16(p + 2);
    }
    if (type <= 1500) {
        if (l->link) {
            nlu_put(l, "802.3");
            if (!length_written)
                nlu_put(l, ", length %u: ", layer->length - layer->header);
        }
    } else if (l->link) {
        put_ethertype(l, type);
        if (length_written)
            nlu_put(l, ", ");
        else
            nlu_put(l, ", length %u: ", length);
    }
    if (behind) {
        nlu_line_layer(l, behind);
        return;
    }
    uint32_t from = layer->offset + layer->header;
    if (from == layer->end && (type == 0x0800 || type == 0x86dd)) {
        nlu_put_truncated(l, type == 0x0800 ? "ip" : "ip6");
        return;
    }
    if (!l->link && type > 1500) {
        put_macs(l, nlu_line_bytes(l, eth));
        put_ethertype(l, type);
        nlu_put(l, ", length %u: ", length);
    }
    nlu_put_dump(l, l->packet->bytes + from, layer->end - from);
}

static void put_cooked(struct nlu_line *l, const struct nlu_layer *layer) {
    static const char *const directions[] = {" In", "  B", "  M", "  P", "Out"};
    const uint8_t *p = nlu_line_bytes(l, layer);
    bool version_2 = layer->kind == NLU_LAYER_SLL2;
    uint16_t type = nlu_be16(version_2 ? p : p + 14);
    uint16_t direction = version_2 ? p[10] : nlu_be16(p);

    if (version_2)
        nlu_put(l, "ifindex %u ", nlu_be32(p + 4));
    else
        nlu_put(l, "%s ", direction < NLU_COUNT(directions) ? directions[direction] : "  ?");
    if ((version_2 ? p[11] : nlu_be16(p + 4)) == 6) {
        nlu_put_mac(l, version_2 ? p + 12 : p + 6, 6);
        nlu_put(l, " ");
    }
    if (type == 1)
        nlu_put(l, "802.3");
    else if (type == 4)
        nlu_put(l, "802.2");
    else
        put_ethertype(l, type);
    nlu_put(l, ", length %u: ", l->packet->wirelen);
}

static void line_cooked(struct nlu_line *l, const struct nlu_layer *cooked) {
    const struct nlu_layer *layer = cooked;
    const uint8_t *p = nlu_line_bytes(l, layer);
    bool version_2 = layer->kind == NLU_LAYER_SLL2;

    if (layer->problem) {
        nlu_put_truncated(l, version_2 ? "sll2" : "sll");
        return;
    }
    // Version 2 knows the interface, but only by its number.
    if (version_2) {
        static const char *const directions[] = {"In", "B", "M", "P", "Out"};
        nlu_put(l, "%-5s %-3s ", l->ifname ? l->ifname : "?",
                p[10] < NLU_COUNT(directions) ? directions[p[10]] : "?");
    }
    if (l->link)
        put_cooked(l, layer);
    const struct nlu_layer *behind = nlu_line_behind(l, layer);
    while (behind && behind->kind == NLU_LAYER_VLAN && behind->header == 4) {
        p = nlu_line_bytes(l, behind);
        if (l->link)
            put_tag(l, nlu_be16(p));
        const char *name = nlu_line_ethertype(nlu_be16(p + 2));
        nlu_put(l, "ethertype %s, ", name ? name : "Unknown");
        layer = behind;
        behind = nlu_line_behind(l, layer);
    }
    if (behind) {
        nlu_line_layer(l, behind);
        return;
    }
    if (!l->link)
        put_cooked(l, cooked);
    uint32_t from = layer->offset + layer->header;
    nlu_put_dump(l, l->packet->bytes + from, layer->end - from);
}

static void line_loopback(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    const struct nlu_layer *behind = nlu_line_behind(l, layer);

    if (layer->header < 4) {
        nlu_put_truncated(l, "null");
        return;
    }
    uint32_t family = nlu_be32(p);
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    bool ip6 = family == 24 || family == 28 || family == 30;
    if (l->link || !behind)
        nlu_put(l, "AF %s (%u), length %u: ",
                family == 2 ? "IPv4"
                : ip6       ? "IPv6"
                            : "Unknown",
                family, l->packet->wirelen);
    if (behind)
        nlu_line_layer(l, behind);
    else
        nlu_put_dump(l, p + 4, layer->end - layer->offset - 4);
}

// --- one after the other ------------------------------------------------------------------------

const struct nlu_layer *nlu_line_behind(const struct nlu_line *l, const struct nlu_layer *layer) {
    layer++;
    return layer < l->packet->layers + l->packet->count ? layer : NULL;
}

void nlu_line_layer(struct nlu_line *l, const struct nlu_layer *layer) {
    static void (*const writers[NLU_LAYER_KINDS])(struct nlu_line *, const struct nlu_layer *) = {
        [NLU_LAYER_ETH] = line_eth,         [NLU_LAYER_SLL] = line_cooked,
        [NLU_LAYER_SLL2] = line_cooked,     [NLU_LAYER_LOOPBACK] = line_loopback,
        [NLU_LAYER_LLC] = nlu_line_llc,     [NLU_LAYER_STP] = nlu_line_stp,
        [NLU_LAYER_LLDP] = nlu_line_lldp,   [NLU_LAYER_ARP] = nlu_line_arp,
        [NLU_LAYER_IP4] = nlu_line_ip4,     [NLU_LAYER_IP6] = nlu_line_ip6,
        [NLU_LAYER_ICMP] = nlu_line_icmp,   [NLU_LAYER_ICMP6] = nlu_line_icmp6,
        [NLU_LAYER_IGMP] = nlu_line_igmp,   [NLU_LAYER_OSPF] = nlu_line_ospf,
        [NLU_LAYER_GRE] = nlu_line_gre,     [NLU_LAYER_UDP] = nlu_line_udp,
        [NLU_LAYER_TCP] = nlu_line_tcp,     [NLU_LAYER_VXLAN] = nlu_line_vxlan,
        [NLU_LAYER_DNS] = nlu_line_dns,     [NLU_LAYER_DHCP] = nlu_line_dhcp,
        [NLU_LAYER_DHCP6] = nlu_line_dhcp6,
    };

    // VLAN tags are written with the Ethernet header, HTTP with TCP.
    if (writers[layer->kind])
        writers[layer->kind](l, layer);
}

static void put_time(struct nlu_line *l, int64_t ts_ns) {
    time_t seconds = (time_t)(ts_ns / 1000000000);
    struct tm local;

    if (ts_ns <= 0 || !localtime_r(&seconds, &local))
        return;
    nlu_put(l, "%02d:%02d:%02d.%06d ", local.tm_hour, local.tm_min, local.tm_sec,
            (int)(ts_ns % 1000000000 / 1000));
}

static bool is_raw(int linktype) {
    return linktype == NLU_LINK_RAW || linktype == NLU_LINK_RAW_BSD || linktype == NLU_LINK_IPV4 ||
           linktype == NLU_LINK_IPV6;
}

size_t nlu_packet_line(const struct nlu_packet *packet, int64_t ts_ns,
                       const struct nlu_line_options *options, char *buf, size_t cap) {
    struct nlu_line l = {
        .buf = buf,
        .cap = cap,
        .packet = packet,
        .link = options->link,
        .ifname = options->ifname,
        .verbose = options->verbose,
        .conversations = options->conversations,
    };

    if (cap)
        buf[0] = '\0';
    if (options->time)
        put_time(&l, ts_ns);
    // Raw packets have no link layer to write.
    if (l.link && is_raw(packet->linktype))
        nlu_put(&l, "ip: ");
    if (packet->count)
        nlu_line_layer(&l, packet->layers);
    else if (is_raw(packet->linktype) && packet->caplen)
        nlu_put(&l, "unknown ip %u", packet->bytes[0] >> 4);
    else
        nlu_put_dump(&l, packet->bytes, packet->caplen);
    return l.len;
}
