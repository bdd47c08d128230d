// The line of ICMPv6 with neighbour and multicast listener discovery.
#include "pktline_int.h"

static const char *icmp6_word(uint8_t type) {
    switch (type) {
    case 1:
        return "destination unreachable";
    case 2:
        return "packet too big";
    case 3:
        return "time exceeded in-transit";
    case 4:
        return "parameter problem";
    case 128:
        return "echo request";
    case 129:
        return "echo reply";
    case 130:
        return "multicast listener query";
    case 131:
        return "multicast listener report";
    case 132:
        return "multicast listener done";
    case 133:
        return "router solicitation";
    case 134:
        return "router advertisement";
    case 135:
        return "neighbor solicitation";
    case 136:
        return "neighbor advertisement";
    case 137:
        return "redirect";
    case 143:
        return "multicast listener report v2";
    default:
        return NULL;
    }
}

static void put_unreachable6(struct nlu_line *l, const struct nlu_layer *layer) {
    // The second really has a blank more than the others.
    static const char *const words[] = {"unreachable route", " unreachable prohibited",
                                        "beyond scope", "unreachable address", "unreachable port"};
    const uint8_t *p = nlu_line_bytes(l, layer);
    const uint8_t *ip = nlu_layer_bytes(l->packet, layer, 8, 40);
    struct nlu_packet inner;
    uint8_t code = p[1];

    if (code >= NLU_COUNT(words)) {
        nlu_put(l, ", unknown unreach code (%u)", code);
        return;
    }
    nlu_put(l, ", %s", words[code]);
    if (!ip) {
        nlu_put_truncated(l, "icmp6");
        return;
    }
    if (code < 4) {
        nlu_put(l, " ");
        nlu_put_ip(l, ip + 24, 16);
        if (code == 2) {
            nlu_put(l, ", source address ");
            nlu_put_ip(l, ip + 8, 16);
        }
        return;
    }
    const struct nlu_layer *upper = NULL;
    if (nlu_dissect_inner(l->packet, layer, &inner) && inner.count > 1)
        upper = &inner.layers[1];
    if (!upper || (upper->kind != NLU_LAYER_UDP && upper->kind != NLU_LAYER_TCP) ||
        upper->header < 4) {
        nlu_put_truncated(l, "icmp6");
        return;
    }
    nlu_put(l, ", ");
    nlu_put_ip(l, ip + 24, 16);
    nlu_put(l, " %s port %u", upper->kind == NLU_LAYER_TCP ? "tcp" : "udp",
            nlu_be16(inner.bytes + upper->offset + 2));
}

static void put_time_exceeded6(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    const uint8_t *ip = nlu_layer_bytes(l->packet, layer, 8, 40);

    if (p[1] == 1)
        nlu_put(l, " (reassembly)");
    else if (p[1] > 1)
        nlu_put(l, ", unknown code (%u)", p[1]);
    else if (ip) {
        nlu_put(l, " for ");
        nlu_put_ip(l, ip + 24, 16);
    } else {
        nlu_put_truncated(l, "icmp6");
    }
}

static void put_parameter6(struct nlu_line *l, const uint8_t *p) {
    static const char *const words[] = {"erroneous", "next header", "option",
                                        "incomplete header chain"};

    if (p[1] < NLU_COUNT(words))
        nlu_put(l, ", %s - octet %u", words[p[1]], nlu_be32(p + 4));
    else
        nlu_put(l, ", code-#%u", p[1]);
}

static void put_seconds(struct nlu_line *l, uint32_t seconds) {
    if (seconds == UINT32_MAX)
        nlu_put(l, "infinity");
    else
        nlu_put(l, "%us", seconds);
}

// Names of the bits that are set, from the highest down.
static void put_bits(struct nlu_line *l, uint8_t bits, const char *const names[8]) {
    const char *separator = "";

    for (int i = 0; i < 8; i++) {
        if (!(bits << i & 0x80) || !names[i])
            continue;
        nlu_put(l, "%s%s", separator, names[i]);
        separator = ", ";
    }
    if (!*separator)
        nlu_put(l, "none");
}

static const char *preference(uint8_t flags) {
    static const char *const words[] = {"medium", "high", "rsv", "low"};
    return words[flags >> 3 & 3];
}

static const char *option_word(uint8_t type) {
    switch (type) {
    case 1:
        return "source link-address";
    case 2:
        return "destination link-address";
    case 3:
        return "prefix info";
    case 4:
        return "redirected header";
    case 5:
        return "mtu";
    case 7:
        return "advertisement interval";
    case 8:
        return "homeagent information";
    case 24:
        return "route info";
    case 25:
        return "rdnss";
    case 31:
        return "dnssl";
    default:
        return "unknown";
    }
}

static void put_prefix(struct nlu_line *l, const uint8_t *o, uint32_t size) {
    static const char *const flags[8] = {"onlink", "auto", "router"};

    nlu_put_ip(l, o + 16, 16);
    nlu_put(l, "/%u%s, Flags [", o[2], size == 32 ? "" : "badlen");
    put_bits(l, o[3], flags);
    nlu_put(l, "], valid time ");
    put_seconds(l, nlu_be32(o + 4));
    nlu_put(l, ", pref. time ");
    put_seconds(l, nlu_be32(o + 8));
}

static void put_route(struct nlu_line *l, const uint8_t *o, uint32_t size) {
    uint8_t prefix[16] = {0};

    for (uint32_t i = 8; i < size && i < 24; i++)
        prefix[i - 8] = o[i];
    nlu_put(l, " ");
    nlu_put_ip(l, prefix, 16);
    nlu_put(l, "/%u, pref=%s, lifetime=", o[2], preference(o[3]));
    put_seconds(l, nlu_be32(o + 4));
}

// Domain names one after another, ended by an empty one; false when one is broken.
static bool put_domains(struct nlu_line *l, const uint8_t *o, uint32_t size) {
    size_t at = 8;

    nlu_put(l, " lifetime %us, domain(s):", nlu_be32(o + 4));
    while (at < size && o[at]) {
        nlu_put(l, " ");
        if (!nlu_put_name(l, o, size, &at))
            return false;
    }
    return true;
}

static void put_options(struct nlu_line *l, const struct nlu_layer *layer, uint32_t at) {
    const uint8_t *o, *first = nlu_layer_bytes(l->packet, layer, at, 8);

    for (; (o = nlu_layer_bytes(l->packet, layer, at, 8)); at += o[1] * 8u) {
        uint32_t size = o[1] * 8u;
        if (!size || !nlu_layer_bytes(l->packet, layer, at, size)) {
            nlu_put_truncated(l, "icmp6");
            return;
        }
        nlu_put(l, "\n\t  %s option (%u), length %u (%u): ", option_word(o[0]), o[0], size, o[1]);
        if (o[0] == 1 || o[0] == 2) {
            nlu_put_mac(l, o + 2, size - 2);
        } else if (o[0] == 3 && size >= 32) {
            put_prefix(l, o, size);
        } else if (o[0] == 5) {
            nlu_put(l, " %u%s", nlu_be32(o + 4), size == 8 ? "" : "bad option length");
        } else if (o[0] == 24) {
            put_route(l, o, size);
        } else if (o[0] == 25) {
            nlu_put(l, " lifetime %us,", nlu_be32(o + 4));
            for (uint32_t i = 8; i + 16 <= size; i += 16) {
                nlu_put(l, " addr: ");
                nlu_put_ip(l, o + i, 16);
            }
        } else if (o[0] == 7) {
            nlu_put(l, " %ums", nlu_be32(o + 4));
        } else if (o[0] == 8) {
            nlu_put(l, " preference %u, lifetime %u", nlu_be16(o + 4), nlu_be16(o + 6));
        } else if (o[0] == 31) {
            if (!put_domains(l, o, size)) {
                nlu_put_truncated(l, "icmp6");
                return;
            }
        } else if (o[0] == 4) {
            // From where the options start, which is what tcpdump shows.
            nlu_put_hex_at(l, "\n\t    ", first, size);
        } else {
            // An option that it does not know ends the list.
            nlu_put_hex_at(l, "\n\t  ", o + 2, size - 2);
            return;
        }
    }
}

static void put_router_advertisement6(struct nlu_line *l, const struct nlu_layer *layer) {
    static const char *const flags[8] = {"managed", "other stateful", "home agent", NULL, NULL,
                                         NULL,      "ipv6 only"};
    const uint8_t *p = nlu_line_bytes(l, layer);

    nlu_put(l, "\n\thop limit %u, Flags [", p[4]);
    put_bits(l, p[5], flags);
    nlu_put(l, "], pref %s, router lifetime %us, reachable time %ums, retrans timer %ums",
            preference(p[5]), nlu_be16(p + 6), nlu_be32(p + 8), nlu_be32(p + 12));
}

static void put_query2(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t delay = nlu_be16(p + 4), interval = p[25], sources = nlu_be16(p + 26);

    // RFC 3810 section 5.1.3: large values are floating point.
    if (delay >= 32768)
        delay = ((delay & 0xfff) | 0x1000) << ((delay >> 12 & 7) + 3);
    if (interval >= 128)
        interval = ((interval & 15) | 16) << ((interval >> 4 & 7) + 3);
    if (l->verbose)
        nlu_put(l, " [max resp delay=%u]", delay);
    nlu_put(l, " [gaddr ");
    nlu_put_ip(l, p + 8, 16);
    if (l->verbose) {
        if (p[24] & 8)
            nlu_put(l, " sflag");
        if (p[24] & 7)
            nlu_put(l, " robustness=%u", p[24] & 7);
        nlu_put(l, " qqi=%u", interval);
    }
    if (sources)
        nlu_put(l, ", %u source(s)", sources);
    nlu_put(l, "]");
}

static void put_report2(struct nlu_line *l, const struct nlu_layer *layer) {
    static const char *const words[] = {"is_in", "is_ex", "to_in", "to_ex", "allow", "block"};
    const uint8_t *p = nlu_line_bytes(l, layer), *record;
    uint32_t count = nlu_be16(p + 6), at = 8;

    nlu_put(l, ", %u group record(s)", count);
    for (uint32_t i = 0; l->verbose && i < count; i++) {
        record = nlu_layer_bytes(l->packet, layer, at, 20);
        if (!record) {
            nlu_put(l, " [invalid number of groups]");
            return;
        }
        uint32_t sources = nlu_be16(record + 2);
        nlu_put(l, " [gaddr ");
        nlu_put_ip(l, record + 4, 16);
        if (record[0] >= 1 && record[0] <= 6)
            nlu_put(l, " %s", words[record[0] - 1]);
        else
            nlu_put(l, "  [v2-report-#%u]", record[0]);
        at += 20 + sources * 16;
        if (at > layer->header) {
            nlu_put(l, " [invalid number of sources %u]", sources);
            return;
        }
        nlu_put(l, ", %u source(s)]", sources);
    }
}

static void put_listener(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    if (p[0] == 130 && layer->header >= 28) {
        nlu_put(l, " v2");
        put_query2(l, layer);
    } else if (p[0] == 130 && layer->header != 24) {
        nlu_put(l, " unknown-version (len %u) ", layer->length);
    } else if (layer->header >= 24) {
        nlu_put(l, "max resp delay: %u addr: ", nlu_be16(p + 4));
        nlu_put_ip(l, p + 8, 16);
    }
}

static void put_discovery(struct nlu_line *l, const struct nlu_layer *layer) {
    static const char *const flags[8] = {"router", "solicited", "override"};
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t options = p[0] == 133 ? 8 : p[0] == 134 ? 16 : p[0] == 137 ? 40 : 24;

    if (layer->header < options) {
        nlu_put_truncated(l, "icmp6");
        return;
    }
    switch (p[0]) {
    case 134:
        if (l->verbose)
            put_router_advertisement6(l, layer);
        break;
    case 135:
        nlu_put(l, ", who has ");
        nlu_put_ip(l, p + 8, 16);
        break;
    case 136:
        nlu_put(l, ", tgt is ");
        nlu_put_ip(l, p + 8, 16);
        if (l->verbose) {
            nlu_put(l, ", Flags [");
            put_bits(l, p[4], flags);
            nlu_put(l, "]");
        }
        break;
    case 137:
        nlu_put(l, ", ");
        nlu_put_ip(l, p + 24, 16);
        nlu_put(l, " to ");
        nlu_put_ip(l, p + 8, 16);
        break;
    }
    if (l->verbose)
        put_options(l, layer, options);
}

void nlu_line_icmp6(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint16_t has = 0, want = 0;

    if (layer->header < 8) {
        nlu_put_truncated(l, "icmp6");
        return;
    }
    if (l->verbose) {
        enum nlu_sum sum = nlu_layer_verify(l->packet, layer, &has, &want);
        if (sum == NLU_SUM_RIGHT)
            nlu_put(l, "[icmp6 sum ok] ");
        else if (sum == NLU_SUM_WRONG)
            nlu_put(l, "[bad icmp6 cksum 0x%04x -> 0x%04x!] ", has, want);
    }
    const char *word = icmp6_word(p[0]);
    if (word)
        nlu_put(l, "ICMP6, %s", word);
    else
        nlu_put(l, "ICMP6, unknown icmp6 type (%u)", p[0]);
    if (l->verbose && p[0] >= 133 && p[0] <= 137)
        nlu_put(l, ", length %u", layer->length);
    switch (p[0]) {
    case 1:
        put_unreachable6(l, layer);
        break;
    case 2:
        nlu_put(l, ", mtu %u", nlu_be32(p + 4));
        break;
    case 3:
        put_time_exceeded6(l, layer);
        break;
    case 4:
        if (nlu_layer_bytes(l->packet, layer, 8, 40))
            put_parameter6(l, p);
        else
            nlu_put_truncated(l, "icmp6");
        break;
    case 128:
    case 129:
        nlu_put(l, ", id %u, seq %u", nlu_be16(p + 4), nlu_be16(p + 6));
        break;
    case 130:
    case 131:
    case 132:
        put_listener(l, layer);
        break;
    case 133:
    case 134:
    case 135:
    case 136:
    case 137:
        put_discovery(l, layer);
        break;
    case 143:
        put_report2(l, layer);
        break;
    default:
        nlu_put(l, ", length %u", layer->length);
        nlu_put_hex(l, p, layer->end - layer->offset);
        return;
    }
    if (!l->verbose && !l->cut)
        nlu_put(l, ", length %u", layer->length);
}
