// The lines of IGMP, OSPF, GRE and VXLAN.
#include "pktline_int.h"

// --- IGMP ---------------------------------------------------------------------------------------

static void put_report3(struct nlu_line *l, const struct nlu_layer *layer) {
    static const char *const words[] = {"is_in", "is_ex", "to_in", "to_ex", "allow", "block"};
    const uint8_t *p = nlu_line_bytes(l, layer), *record;
    uint32_t count = nlu_be16(p + 6), at = 8;

    nlu_put(l, ", %u group record(s)", count);
    for (uint32_t i = 0; l->verbose && i < count; i++) {
        record = nlu_layer_bytes(l->packet, layer, at, 8);
        if (!record) {
            nlu_put(l, " [invalid number of groups]");
            return;
        }
        uint32_t sources = nlu_be16(record + 2);
        nlu_put(l, " [gaddr ");
        nlu_put_ip(l, record + 4, 4);
        if (record[0] >= 1 && record[0] <= 6)
            nlu_put(l, " %s", words[record[0] - 1]);
        else
            nlu_put(l, "  [v3-report-#%u]", record[0]);
        at += 8 + sources * 4;
        if (at > layer->header) {
            nlu_put(l, " [invalid number of sources %u]", sources);
            return;
        }
        nlu_put(l, ", %u source(s)]", sources);
    }
}

// Seconds as "1h2m3s", which is how tcpdump writes long times.
static void put_long_time(struct nlu_line *l, uint32_t seconds) {
    static const struct {
        uint32_t seconds;
        char letter;
    } units[] = {{31536000, 'y'}, {604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};

    if (!seconds)
        nlu_put(l, "0s");
    for (size_t i = 0; i < NLU_COUNT(units); i++) {
        if (seconds >= units[i].seconds)
            nlu_put(l, "%u%c", seconds / units[i].seconds, units[i].letter);
        seconds %= units[i].seconds;
    }
}

static void put_query3(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t response = p[1], sources = nlu_be16(p + 10);

    nlu_put(l, " v3");
    if (layer->length & 3) {
        nlu_put(l, " [invalid len %u]", layer->length);
        return;
    }
    // RFC 3376 section 4.1.1: large values are floating point.
    if (response >= 128)
        response = ((response & 15) | 16) << ((response >> 4 & 7) + 3);
    if (p[1] != 100) {
        nlu_put(l, " [max resp time ");
        if (response < 600)
            nlu_put(l, "%.1fs", response * 0.1);
        else
            put_long_time(l, response / 10);
        nlu_put(l, "]");
    }
    if (!nlu_be32(p + 4))
        return;
    nlu_put(l, " [gaddr ");
    nlu_put_ip(l, p + 4, 4);
    if (sources && layer->header < 12 + sources * 4)
        nlu_put(l, " [invalid number of sources]");
    else if (sources)
        nlu_put(l, ", %u source(s)", sources);
    nlu_put(l, "]");
}

static void put_query(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    nlu_put(l, "igmp query");
    if (layer->header >= 12) {
        put_query3(l, layer);
        return;
    }
    nlu_put(l, p[1] ? " v2" : " v1");
    if (p[1] && p[1] != 100)
        nlu_put(l, " [max resp time %u]", p[1]);
    if (nlu_be32(p + 4)) {
        nlu_put(l, " [gaddr ");
        nlu_put_ip(l, p + 4, 4);
        nlu_put(l, "]");
    }
    if (layer->length != 8)
        nlu_put(l, " [len %u]", layer->length);
}

void nlu_line_igmp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint16_t has = 0, want = 0;

    if (layer->header < 8) {
        nlu_put_truncated(l, "igmp");
        return;
    }
    switch (p[0]) {
    case 0x11:
        put_query(l, layer);
        break;
    case 0x12:
    case 0x16:
        nlu_put(l, "igmp v%u report ", p[0] == 0x12 ? 1 : 2);
        nlu_put_ip(l, p + 4, 4);
        if (p[0] == 0x12 && layer->length != 8)
            nlu_put(l, " [len %u]", layer->length);
        break;
    case 0x17:
        nlu_put(l, "igmp leave ");
        nlu_put_ip(l, p + 4, 4);
        break;
    case 0x22:
        nlu_put(l, "igmp v3 report");
        put_report3(l, layer);
        break;
    default:
        nlu_put(l, "igmp-%u", p[0]);
        break;
    }
    if (l->verbose && nlu_layer_verify(l->packet, layer, &has, &want) == NLU_SUM_WRONG)
        nlu_put(l, " bad igmp cksum %x!", has);
}

// --- OSPF ---------------------------------------------------------------------------------------

static const struct nlu_line_word ospf_types[] = {{1, "Hello"},      {2, "Database Description"},
                                                  {3, "LS-Request"}, {4, "LS-Update"},
                                                  {5, "LS-Ack"},     {0, NULL}};

static void put_neighbors(struct nlu_line *l, const struct nlu_layer *layer, uint32_t at,
                          uint32_t length) {
    const uint8_t *p;

    for (bool first = true; at < length; at += 4, first = false) {
        p = nlu_layer_bytes(l->packet, layer, at, 4);
        if (!p)
            return;
        if (first)
            nlu_put(l, "\n\t  Neighbor List:");
        nlu_put(l, "\n\t    ");
        nlu_put_ip(l, p, 4);
    }
}

static void put_routers(struct nlu_line *l, const uint8_t *p) {
    if (nlu_be32(p)) {
        nlu_put(l, "\n\t  Designated Router ");
        nlu_put_ip(l, p, 4);
    }
    if (nlu_be32(p + 4)) {
        nlu_put(l, ", Backup Designated Router ");
        nlu_put_ip(l, p + 4, 4);
    }
}

static void put_hello2(struct nlu_line *l, const struct nlu_layer *layer) {
    static const struct nlu_line_word options[] = {
        {0x01, "MultiTopology"}, {0x02, "External"}, {0x04, "Multicast"},
        {0x08, "NSSA"},          {0x10, "LLS"},      {0x20, "Demand Circuit"},
        {0x40, "Opaque"},        {0x80, "Up/Down"},  {0, NULL}};
    const uint8_t *p = nlu_line_bytes(l, layer);

    nlu_put(l, "\n\tOptions [");
    nlu_put_bits(l, options, p[30]);
    nlu_put(l, "]\n\t  Hello Timer %us, Dead Timer %us, Mask ", nlu_be16(p + 28), nlu_be32(p + 32));
    nlu_put_ip(l, p + 24, 4);
    nlu_put(l, ", Priority %u", p[31]);
    put_routers(l, p + 36);
    put_neighbors(l, layer, 44, nlu_be16(p + 2));
}

static void put_hello3(struct nlu_line *l, const struct nlu_layer *layer) {
    static const struct nlu_line_word options[] = {
        {0x01, "V6"},   {0x02, "External"}, {0x04, "Deprecated"},
        {0x08, "NSSA"}, {0x10, "Router"},   {0x20, "Demand Circuit"},
        {0, NULL}};
    const uint8_t *p = nlu_line_bytes(l, layer);

    nlu_put(l, "\n\tOptions [");
    nlu_put_bits(l, options, nlu_be32(p + 20) & 0xffffff);
    nlu_put(l, "]\n\t  Hello Timer %us, Dead Timer %us, Interface-ID ", nlu_be16(p + 24),
            nlu_be16(p + 26));
    nlu_put_ip(l, p + 16, 4);
    nlu_put(l, ", Priority %u", p[20]);
    // Its neighbours tcpdump writes only from -vv on.
    put_routers(l, p + 28);
}

static void put_ospf_area(struct nlu_line *l, const uint8_t *p) {
    nlu_put(l, "\n\tRouter-ID ");
    nlu_put_ip(l, p + 4, 4);
    if (nlu_be32(p + 8)) {
        nlu_put(l, ", Area ");
        nlu_put_ip(l, p + 8, 4);
    } else {
        nlu_put(l, ", Backbone Area");
    }
}

static void put_ospf_auth(struct nlu_line *l, const uint8_t *p) {
    static const char *const words[] = {"none", "simple", "MD5"};
    uint16_t type = nlu_be16(p + 14);

    nlu_put(l, ", Authentication Type: %s (%u)", type < 3 ? words[type] : "unknown", type);
    if (type == 1) {
        size_t len = 0;
        while (len < 8 && p[16 + len])
            len++;
        nlu_put(l, "\n\tSimple text password: ");
        nlu_put_safe(l, p + 16, len);
    } else if (type == 2) {
        nlu_put(l, "\n\tKey-ID: %u, Auth-Length: %u, Crypto Sequence Number: 0x%08x", p[18], p[19],
                nlu_be32(p + 20));
    }
}

void nlu_line_ospf(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    if (layer->header < 16) {
        nlu_put_truncated(l, "ospf2");
        return;
    }
    bool digest = p[0] == 2 && nlu_be16(p + 14) == 2;
    uint32_t length = layer->length - (digest && layer->length >= 16 ? 16 : 0);
    const char *word = nlu_line_word(ospf_types, p[1]);
    if (!word) {
        nlu_put(l, "OSPFv%u, unknown LS-type %u, length %u", p[0], p[1], length);
        return;
    }
    nlu_put(l, "OSPFv%u, %s, length %u", p[0], word, length);
    if (!l->verbose)
        return;
    if (length != nlu_be16(p + 2)) {
        nlu_put(l, " [len %u]", nlu_be16(p + 2));
        if (p[0] == 3)
            return;
    }
    put_ospf_area(l, p);
    if (p[0] == 3) {
        if (p[14])
            nlu_put(l, ", Instance %u", p[14]);
        if (p[1] == 1 && layer->header >= 36)
            put_hello3(l, layer);
    } else if (p[0] == 2 && layer->header >= 24) {
        put_ospf_auth(l, p);
        if (p[1] == 1 && layer->header >= 44)
            put_hello2(l, layer);
    }
}

// --- GRE ----------------------------------------------------------------------------------------

static const struct nlu_line_word gre_flags[] = {{0x8000, "checksum present"},
                                                 {0x4000, "routing present"},
                                                 {0x2000, "key present"},
                                                 {0x1000, "sequence# present"},
                                                 {0x0800, "source routing present"},
                                                 {0x0080, "ack present"},
                                                 {0, NULL}};

void nlu_line_gre(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    if (layer->header < 4) {
        nlu_put_truncated(l, "gre");
        return;
    }
    uint16_t flags = nlu_be16(p), type = nlu_be16(p + 2);
    uint32_t at = 4;
    nlu_put(l, "GREv%u", flags & 7);
    if ((flags & 7) > 1) {
        nlu_put(l, " ERROR: unknown-version");
        return;
    }
    if (l->verbose) {
        nlu_put(l, ", Flags [");
        nlu_put_bits(l, gre_flags, flags);
        nlu_put(l, "]");
    }
    if (layer->problem) {
        nlu_put_truncated(l, "gre");
        return;
    }
    bool plain = !(flags & 7) && !(flags & 0x4000);
    if (plain && flags & 0x8000) {
        if (l->verbose)
            nlu_put(l, ", sum 0x%x", nlu_be16(p + at));
        nlu_put(l, ", off 0x%x", nlu_be16(p + at + 2));
        at += 4;
    }
    if (plain && flags & 0x2000) {
        nlu_put(l, ", key=0x%x", nlu_be32(p + at));
        at += 4;
    }
    if (plain && flags & 0x1000)
        nlu_put(l, ", seq %u", nlu_be32(p + at));
    if (l->link) {
        const char *name = nlu_line_ethertype(type);
        nlu_put(l, ", proto %s (0x%04x)", name ? name : "unknown", type);
    }
    nlu_put(l, ", length %u%s", layer->length, l->verbose ? "\n\t" : ": ");
    const struct nlu_layer *behind = nlu_line_behind(l, layer);
    if (behind && (type == 0x0800 || type == 0x86dd || type == 0x6558))
        nlu_line_layer(l, behind);
    else
        nlu_put(l, "gre-proto-0x%x", type);
}

// --- VXLAN --------------------------------------------------------------------------------------

void nlu_line_vxlan(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    const struct nlu_layer *behind = nlu_line_behind(l, layer);

    nlu_put(l, "VXLAN");
    if (layer->header < 8) {
        nlu_put(l, " (invalid)");
        return;
    }
    nlu_put(l, ", flags [%s] (0x%02x), vni %u\n", p[0] & 8 ? "I" : "invalid", p[0],
            nlu_be32(p + 4) >> 8);
    if (behind)
        nlu_line_layer(l, behind);
}
