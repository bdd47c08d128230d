// The line of DHCPv6.
#include "pktline_int.h"

static const struct nlu_line_word messages[] = {{1, "solicit"},
                                                {2, "advertise"},
                                                {3, "request"},
                                                {4, "confirm"},
                                                {5, "renew"},
                                                {6, "rebind"},
                                                {7, "reply"},
                                                {8, "release"},
                                                {9, "decline"},
                                                {10, "reconfigure"},
                                                {11, "inf-req"},
                                                {12, "relay-fwd"},
                                                {13, "relay-reply"},
                                                {14, "leasequery"},
                                                {15, "leasequery-reply"},
                                                {0, NULL}};

static const struct nlu_line_word options[] = {{1, "client-ID"},
                                               {2, "server-ID"},
                                               {3, "IA_NA"},
                                               {4, "IA_TA"},
                                               {5, "IA_ADDR"},
                                               {6, "option-request"},
                                               {7, "preference"},
                                               {8, "elapsed-time"},
                                               {9, "relay-message"},
                                               {11, "authentication"},
                                               {12, "server-unicast"},
                                               {13, "status-code"},
                                               {14, "rapid-commit"},
                                               {15, "user-class"},
                                               {16, "vendor-class"},
                                               {17, "vendor-specific-info"},
                                               {18, "interface-ID"},
                                               {19, "reconfigure-message"},
                                               {20, "reconfigure-accept"},
                                               {21, "SIP-servers-domain"},
                                               {22, "SIP-servers-address"},
                                               {23, "DNS-server"},
                                               {24, "DNS-search-list"},
                                               {25, "IA_PD"},
                                               {26, "IA_PD-prefix"},
                                               {31, "SNTP-servers"},
                                               {32, "lifetime"},
                                               {37, "Remote-ID"},
                                               {38, "Subscriber-ID"},
                                               {39, "Client-FQDN"},
                                               {41, "POSIX-timezone"},
                                               {42, "POSIX-tz-database"},
                                               {43, "Echo-request-option"},
                                               {56, "NTP-server"},
                                               {64, "AFTR-Name"},
                                               {112, "MUD-URL"},
                                               {0, NULL}};

static const char *const statuses[] = {"Success",       "UnspecFail",       "NoAddrsAvail",
                                       "NoBinding",     "NotOnLink",        "UseMulticast",
                                       "NoPrefixAvail", "UnknownQueryType", "MalformedQuery",
                                       "NotConfigured", "NotAllowed"};

// Options nest: a message of a relay holds a message.
enum { NESTING = 8 };

static void put_message(struct nlu_line *l, const uint8_t *p, uint32_t size, int depth);
static void put_options(struct nlu_line *l, const uint8_t *p, uint32_t size, int depth);

static void put_bytes(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        nlu_put(l, "%02x", p[i]);
}

static void put_duid(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    uint16_t type = size >= 2 ? nlu_be16(p) : 0;

    if (size < 2 || (type == 1 && size < 8) || (type == 2 && size < 10) ||
        (type == 3 && size < 4)) {
        nlu_put(l, " ?");
    } else if (type == 1) {
        nlu_put(l, " hwaddr/time type %u time %u ", nlu_be16(p + 2), nlu_be32(p + 4));
        put_bytes(l, p + 8, size - 8);
    } else if (type == 2) {
        nlu_put(l, " vid ");
        put_bytes(l, p + 2, 8);
    } else if (type == 3) {
        nlu_put(l, " hwaddr type %u ", nlu_be16(p + 2));
        put_bytes(l, p + 4, size - 4);
    } else {
        nlu_put(l, " type %u", type);
    }
}

static void put_codes(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    for (uint32_t at = 0; at + 2 <= size; at += 2) {
        const char *word = nlu_line_word(options, nlu_be16(p + at));
        if (word)
            nlu_put(l, " %s", word);
        else
            nlu_put(l, " opt_%u", nlu_be16(p + at));
    }
}

static void put_address(struct nlu_line *l, const uint8_t *p) {
    nlu_put(l, " ");
    nlu_put_ip(l, p, 16);
}

static void put_names(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    for (size_t at = 0; at < size;) {
        nlu_put(l, " ");
        if (!nlu_put_name(l, p, size, &at))
            return;
    }
}

// What stands between "(IA_NA" and ")".
static void put_value(struct nlu_line *l, uint16_t code, const uint8_t *p, uint32_t size,
                      int depth) {
    static const struct {
        uint8_t code;
        uint8_t least, exact, multiple;
    } sizes[] = {{3, 12, 0, 0},  {25, 12, 0, 0}, {4, 4, 0, 0},   {5, 24, 0, 0},
                 {26, 25, 0, 0}, {13, 2, 0, 0},  {7, 0, 1, 0},   {8, 0, 2, 0},
                 {32, 0, 4, 0},  {19, 0, 1, 0},  {6, 0, 0, 2},   {43, 0, 0, 2},
                 {23, 0, 0, 16}, {22, 0, 0, 16}, {31, 0, 0, 16}, {37, 4, 0, 0}};

    for (size_t i = 0; i < NLU_COUNT(sizes); i++) {
        if (sizes[i].code != code)
            continue;
        if (size < sizes[i].least || (sizes[i].exact && size != sizes[i].exact) ||
            (sizes[i].multiple && size % sizes[i].multiple)) {
            nlu_put(l, " ?");
            return;
        }
    }
    switch (code) {
    case 1:
    case 2:
        put_duid(l, p, size);
        break;
    case 3:
    case 25:
        nlu_put(l, " IAID:%u T1:%u T2:%u", nlu_be32(p), nlu_be32(p + 4), nlu_be32(p + 8));
        put_options(l, p + 12, size - 12, depth + 1);
        break;
    case 4:
        nlu_put(l, " IAID:%u", nlu_be32(p));
        put_options(l, p + 4, size - 4, depth + 1);
        break;
    case 5:
        put_address(l, p);
        nlu_put(l, " pltime:%u vltime:%u", nlu_be32(p + 16), nlu_be32(p + 20));
        put_options(l, p + 24, size - 24, depth + 1);
        break;
    case 26:
        put_address(l, p + 9);
        nlu_put(l, "/%u pltime:%u vltime:%u", p[8], nlu_be32(p), nlu_be32(p + 4));
        put_options(l, p + 25, size - 25, depth + 1);
        break;
    case 6:
    case 43:
        put_codes(l, p, size);
        break;
    case 7:
        nlu_put(l, " %u", p[0]);
        break;
    case 8:
        nlu_put(l, " %u", nlu_be16(p));
        break;
    case 32:
        nlu_put(l, " %u", nlu_be32(p));
        break;
    case 9:
        nlu_put(l, " (");
        put_message(l, p, size, depth + 1);
        break;
    case 13:
        if (nlu_be16(p) < NLU_COUNT(statuses))
            nlu_put(l, " %s", statuses[nlu_be16(p)]);
        else if (nlu_be16(p) > 255)
            nlu_put(l, " INVALID code");
        else
            nlu_put(l, " code%u", nlu_be16(p));
        break;
    case 18:
    case 38:
        nlu_put(l, " ");
        put_bytes(l, p, size < 10 ? size : 10);
        nlu_put(l, "...");
        break;
    case 37:
        nlu_put(l, " %u ", nlu_be32(p));
        put_bytes(l, p + 4, size - 4 < 10 ? size - 4 : 10);
        nlu_put(l, "...");
        break;
    case 19:
        if (p[0] == 5 || p[0] == 11)
            nlu_put(l, " for %s", p[0] == 5 ? "renew" : "inf-req");
        else
            nlu_put(l, " for ?\?\?(%02x)", p[0]);
        break;
    case 22:
    case 23:
    case 31:
        for (uint32_t at = 0; at < size; at += 16)
            put_address(l, p + at);
        break;
    case 21:
    case 24:
        put_names(l, p, size);
        break;
    }
}

static void put_options(struct nlu_line *l, const uint8_t *p, uint32_t size, int depth) {
    uint32_t at = 0;

    while (at < size) {
        if (depth > NESTING || size - at < 4 || size - at - 4 < nlu_be16(p + at + 2)) {
            nlu_put_truncated(l, "dhcp6");
            return;
        }
        uint16_t code = nlu_be16(p + at);
        uint32_t len = nlu_be16(p + at + 2);
        const char *word = nlu_line_word(options, code);
        if (word)
            nlu_put(l, " (%s", word);
        else
            nlu_put(l, " (opt_%u", code);
        put_value(l, code, p + at + 4, len, depth);
        nlu_put(l, ")");
        at += 4 + len;
    }
}

static void put_message(struct nlu_line *l, const uint8_t *p, uint32_t size, int depth) {
    nlu_put(l, "dhcp6");
    if (size < 4) {
        nlu_put_truncated(l, "dhcp6");
        return;
    }
    const char *word = nlu_line_word(messages, p[0]);
    if (word)
        nlu_put(l, " %s", word);
    else
        nlu_put(l, " msgtype-%u", p[0]);
    if (!l->verbose)
        return;
    bool relay = p[0] == 12 || p[0] == 13;
    nlu_put(l, " (");
    if (relay && size < 34) {
        nlu_put_truncated(l, "dhcp6");
        return;
    }
    if (relay) {
        nlu_put(l, "linkaddr=");
        nlu_put_ip(l, p + 2, 16);
        nlu_put(l, " peeraddr=");
        nlu_put_ip(l, p + 18, 16);
        put_options(l, p + 34, size - 34, depth);
    } else {
        nlu_put(l, "xid=%x", nlu_be32(p) & 0xffffff);
        put_options(l, p + 4, size - 4, depth);
    }
    nlu_put(l, ")");
}

void nlu_line_dhcp6(struct nlu_line *l, const struct nlu_layer *layer) {
    put_message(l, nlu_line_bytes(l, layer), layer->header, 0);
}
