// The line of ICMP.
#include "pktline_int.h"

// --- ICMP ---------------------------------------------------------------------------------------

// What an error quotes: the IP header behind the eight bytes of ICMP's own, or NULL.
static const uint8_t *quoted_ip4(const struct nlu_line *l, const struct nlu_layer *layer) {
    return nlu_layer_bytes(l->packet, layer, 8, 20);
}

static void put_port_unreachable(struct nlu_line *l, const uint8_t *ip, const uint8_t *end) {
    uint32_t header = (uint32_t)(ip[0] & 15) * 4;

    if (end - ip < (ptrdiff_t)header + 4) {
        nlu_put_truncated(l, "icmp");
        return;
    }
    uint16_t port = nlu_be16(ip + header + 2);
    nlu_put_ip(l, ip + 16, 4);
    if (ip[9] == 6 || ip[9] == 17)
        nlu_put(l, " %s port %u unreachable", ip[9] == 6 ? "tcp" : "udp", port);
    else
        nlu_put(l, " protocol %u port %u unreachable", ip[9], port);
}

static void put_unreachable(struct nlu_line *l, const struct nlu_layer *layer) {
    static const struct {
        const char *before, *after;
    } words[] = {
        {"net ", " unreachable"},
        {"host ", " unreachable"},
        {NULL, NULL}, // protocol
        {NULL, NULL}, // port
        {NULL, NULL}, // fragmentation needed
        {"", " unreachable - source route failed"},
        {"net ", " unreachable - unknown"},
        {"host ", " unreachable - unknown"},
        {"", " unreachable - source host isolated"},
        {"net ", " unreachable - admin prohibited"},
        {"host ", " unreachable - admin prohibited"},
        {"net ", " unreachable - tos prohibited"},
        {"host ", " unreachable - tos prohibited"},
        {"host ", " unreachable - admin prohibited filter"},
        {"host ", " unreachable - host precedence violation"},
        {"host ", " unreachable - precedence cutoff"},
    };
    const uint8_t *p = nlu_line_bytes(l, layer), *ip = quoted_ip4(l, layer);
    uint8_t code = p[1];

    if (!ip) {
        nlu_put_truncated(l, "icmp");
        return;
    }
    if (code == 3) {
        put_port_unreachable(l, ip, l->packet->bytes + layer->end);
        return;
    }
    if (code < NLU_COUNT(words) && words[code].before)
        nlu_put(l, "%s", words[code].before);
    nlu_put_ip(l, ip + 16, 4);
    if (code == 2)
        nlu_put(l, " protocol %u unreachable", ip[9]);
    else if (code == 4 && nlu_be16(p + 6))
        nlu_put(l, " unreachable - need to frag (mtu %u)", nlu_be16(p + 6));
    else if (code == 4)
        nlu_put(l, " unreachable - need to frag");
    else if (code < NLU_COUNT(words))
        nlu_put(l, "%s", words[code].after);
    else
        nlu_put(l, " unreachable - #%u", code);
}

static void put_redirect(struct nlu_line *l, const struct nlu_layer *layer) {
    static const char *const words[][2] = {
        {"redirect ", " to net "},
        {"redirect ", " to host "},
        {"redirect-tos ", " to net "},
        {"redirect-tos ", " to host "},
    };
    const uint8_t *p = nlu_line_bytes(l, layer), *ip = quoted_ip4(l, layer);
    uint8_t code = p[1];

    if (!ip) {
        nlu_put_truncated(l, "icmp");
        return;
    }
    if (code < NLU_COUNT(words))
        nlu_put(l, "%s", words[code][0]);
    else
        nlu_put(l, "redirect-#%u ", code);
    nlu_put_ip(l, ip + 16, 4);
    nlu_put(l, "%s", code < NLU_COUNT(words) ? words[code][1] : " to ");
    nlu_put_ip(l, p + 4, 4);
}

static void put_router_advertisement(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer), *router;
    uint32_t lifetime = nlu_be16(p + 6);

    nlu_put(l, "router advertisement lifetime ");
    if (lifetime < 60)
        nlu_put(l, "%u", lifetime);
    else if (lifetime < 3600)
        nlu_put(l, "%u:%02u", lifetime / 60, lifetime % 60);
    else
        nlu_put(l, "%u:%02u:%02u", lifetime / 3600, lifetime % 3600 / 60, lifetime % 60);
    nlu_put(l, " %u:", p[4]);
    if (p[5] != 2) {
        nlu_put(l, " [size %u]", p[5]);
        return;
    }
    for (uint32_t i = 0; i < p[4]; i++) {
        router = nlu_layer_bytes(l->packet, layer, 8 + i * 8, 8);
        if (!router) {
            nlu_put_truncated(l, "icmp");
            return;
        }
        nlu_put(l, " {");
        nlu_put_ip(l, router, 4);
        nlu_put(l, " %u}", nlu_be32(router + 4));
    }
}

static void put_clock(struct nlu_line *l, uint32_t ms) {
    nlu_put(l, "%02u:%02u:%02u.%03u", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

static void put_timestamps(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    bool reply = p[0] == 14;

    nlu_put(l, "time stamp %s id %u seq %u", reply ? "reply" : "query", nlu_be16(p + 4),
            nlu_be16(p + 6));
    if (!reply || layer->header < 20)
        return;
    nlu_put(l, ": org ");
    put_clock(l, nlu_be32(p + 8));
    nlu_put(l, ", recv ");
    put_clock(l, nlu_be32(p + 12));
    nlu_put(l, ", xmit ");
    put_clock(l, nlu_be32(p + 16));
}

// The quoted packet on a line of its own, which -v adds.
static void put_quoted(struct nlu_line *l, const struct nlu_layer *layer) {
    const struct nlu_packet *outer = l->packet;
    struct nlu_packet inner;

    nlu_put(l, "\n\t");
    if (!nlu_dissect_inner(outer, layer, &inner))
        return;
    l->packet = &inner;
    nlu_line_layer(l, inner.layers);
    l->packet = outer;
}

void nlu_line_icmp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint16_t has = 0, want = 0;

    const size_t start = l->len;

    if (layer->header < 8) {
        nlu_put_truncated(l, "icmp");
        return;
    }
    nlu_put(l, "ICMP ");
    switch (p[0]) {
    case 0:
    case 8:
        nlu_put(l, "echo %s, id %u, seq %u", p[0] ? "request" : "reply", nlu_be16(p + 4),
                nlu_be16(p + 6));
        break;
    case 3:
        put_unreachable(l, layer);
        break;
    case 4:
        nlu_put(l, "source quench");
        break;
    case 5:
        put_redirect(l, layer);
        break;
    case 9:
        put_router_advertisement(l, layer);
        break;
    case 10:
        nlu_put(l, "router solicitation");
        break;
    case 11:
        if (p[1] > 1)
            nlu_put(l, "time exceeded-#%u", p[1]);
        else
            nlu_put(l, p[1] ? "ip reassembly time exceeded" : "time exceeded in-transit");
        break;
    case 12:
        nlu_put(l, "parameter problem - %s %u", p[1] ? "code" : "octet", p[1] ? p[1] : p[4]);
        break;
    case 13:
    case 14:
        put_timestamps(l, layer);
        break;
    case 15:
        nlu_put(l, "information request");
        break;
    case 16:
        nlu_put(l, "information reply");
        break;
    case 17:
        nlu_put(l, "address mask request");
        break;
    case 18:
        nlu_put(l, "address mask is 0x%08x", layer->header >= 12 ? nlu_be32(p + 8) : 0);
        break;
    default:
        nlu_put(l, "type-#%u", p[0]);
        break;
    }
    if (l->cut) {
        // What it is about is not told by halves.
        l->len = start;
        nlu_put_truncated(l, "icmp");
        return;
    }
    nlu_put(l, ", length %u", layer->length);
    if (!l->verbose)
        return;
    if (nlu_layer_verify(l->packet, layer, &has, &want) == NLU_SUM_WRONG)
        nlu_put(l, " (wrong icmp cksum %x (->%x)!)", has, want);
    if (p[0] == 3 || p[0] == 4 || p[0] == 5 || p[0] == 11 || p[0] == 12)
        put_quoted(l, layer);
}
