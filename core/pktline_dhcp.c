// The lines of DHCP for IPv4 and IPv6.
#include "pktline_int.h"

#include <string.h>

// --- DHCPv4 -------------------------------------------------------------------------------------

// tcpdump's name and form of an option: i addresses, p pairs of them, l numbers of 32 bits, L
// signed ones, s of 16, b and x bytes, a text, B yes or no, $ one of its own, ' ' nothing.
static const struct option {
    uint8_t code;
    char form;
    const char *word;
} options[] = {
    {1, 'i', "Subnet-Mask"},
    {2, 'L', "Time-Zone"},
    {3, 'i', "Default-Gateway"},
    {4, 'i', "Time-Server"},
    {5, 'i', "IEN-Name-Server"},
    {6, 'i', "Domain-Name-Server"},
    {7, 'i', "LOG"},
    {9, 'i', "LPR-Server"},
    {12, 'a', "Hostname"},
    {13, 's', "BS"},
    {15, 'a', "Domain-Name"},
    {17, 'a', "RP"},
    {19, 'B', "IPF"},
    {23, 'b', "TTL"},
    {26, 's', "MTU"},
    {27, 'B', "LSN"},
    {28, 'i', "BR"},
    {31, 'B', "Router-Discovery"},
    {33, 'p', "Static-Route"},
    {35, 'l', "AT"},
    {40, 'a', "YD"},
    {41, 'i', "YS"},
    {42, 'i', "NTP"},
    {43, 'b', "Vendor-Option"},
    {44, 'i', "Netbios-Name-Server"},
    {45, 'i', "WDD"},
    {46, '$', "Netbios-Node"},
    {47, 'a', "Netbios-Scope"},
    {50, 'i', "Requested-IP"},
    {51, 'l', "Lease-Time"},
    {52, '$', "OO"},
    {53, ' ', "DHCP-Message"},
    {54, 'i', "Server-ID"},
    {55, 'b', "Parameter-Request"},
    {56, 'a', "MSG"},
    {57, 's', "MSZ"},
    {58, 'l', "RN"},
    {59, 'l', "RB"},
    {60, 'a', "Vendor-Class"},
    {61, '$', "Client-ID"},
    {66, 'a', "TFTP"},
    {67, 'a', "BF"},
    {81, '$', "FQDN"},
    {82, '$', "Agent-Information"},
    {93, 's', "ARCH"},
    {94, 'b', "NDI"},
    {97, 'b', "GUID"},
    {116, 'B', "NOAUTO"},
    {118, 'i', "SUBNET"},
    {121, '$', "Classless-Static-Route"},
    {150, 'i', "TFTP-Server-Address"},
    {249, '$', "Classless-Static-Route-Microsoft"},
};

static const struct option *find_option(uint8_t code) {
    for (size_t i = 0; i < NLU_COUNT(options); i++)
        if (options[i].code == code)
            return &options[i];
    return NULL;
}

static void put_numbers(struct nlu_line *l, char form, const uint8_t *p, uint32_t size) {
    uint32_t step = form == 's' ? 2 : form == 'p' ? 8 : form == 'b' || form == 'B' ? 1 : 4;

    for (uint32_t at = 0; size - at >= step; at += step) {
        if (at)
            nlu_put(l, form == 'b' ? "." : ",");
        switch (form) {
        case 'i':
            nlu_put_ip(l, p + at, 4);
            break;
        case 'p':
            nlu_put(l, "(");
            nlu_put_ip(l, p + at, 4);
            nlu_put(l, ":");
            nlu_put_ip(l, p + at + 4, 4);
            nlu_put(l, ")");
            break;
        case 's':
            nlu_put(l, "%u", nlu_be16(p + at));
            break;
        case 'l':
            nlu_put(l, "%u", nlu_be32(p + at));
            break;
        case 'L':
            nlu_put(l, "%d", (int)nlu_be32(p + at));
            break;
        case 'B':
            if (p[at] > 1)
                nlu_put(l, "%u?", p[at]);
            else
                nlu_put(l, p[at] ? "Y" : "N");
            break;
        default:
            nlu_put(l, "%u", p[at]);
            break;
        }
        if (size - at == step)
            break;
    }
}

static void put_requests(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        const struct option *option = find_option(p[i]);
        nlu_put(l, i % 4 ? ", " : "\n\t      ");
        nlu_put(l, "%s (%u)", option ? option->word : "Unknown", p[i]);
    }
}

static void put_client_id(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    static const struct nlu_line_word words[] = {{1, "ether"},   {6, "ieee802"},   {7, "arcnet"},
                                                 {15, "frelay"}, {24, "ieee1394"}, {0, NULL}};

    if (p[0] == 0) {
        nlu_put(l, "\"");
        nlu_put_safe(l, p + 1, size - 1);
        nlu_put(l, "\"");
        return;
    }
    const char *word = nlu_line_word(words, p[0]);
    if (word)
        nlu_put(l, "%s ", word);
    else
        nlu_put(l, "hardware-type %u, ", p[0]);
    nlu_put_mac(l, p + 1, size - 1);
}

static void put_fqdn(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    if (size < 3) {
        nlu_put(l, "[ERROR: length < 3 bytes]");
        return;
    }
    if (p[0] & 0xf0)
        nlu_put(l, "[ERROR: MBZ nibble 0x%x != 0] ", p[0] >> 4);
    if (p[0] & 0x0f)
        nlu_put(l, "[%s%s%s%s] ", p[0] & 1 ? "S" : "", p[0] & 2 ? "O" : "", p[0] & 4 ? "E" : "",
                p[0] & 8 ? "N" : "");
    if (p[1] || p[2])
        nlu_put(l, "%u/%u ", p[1], p[2]);
    nlu_put(l, "\"");
    nlu_put_safe(l, p + 3, size - 3);
    nlu_put(l, "\"");
}

static void put_agent(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    static const struct nlu_line_word words[] = {
        {1, "Circuit-ID"}, {2, "Remote-ID"}, {6, "Subscriber-ID"}, {0, NULL}};

    for (uint32_t at = 0; size - at >= 2;) {
        const char *word = nlu_line_word(words, p[at]);
        uint32_t len = p[at + 1];
        nlu_put(l, "\n\t      %s SubOption %u, length %u: ", word ? word : "Unknown", p[at], len);
        at += 2;
        if (len > size - at) {
            nlu_put(l, "length goes past end of option");
            return;
        }
        if (word)
            nlu_put_safe(l, p + at, len);
        else
            nlu_put_hex_at(l, "\n\t\t", p + at, len);
        at += len;
    }
}

static void put_routes(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    if (size < 5) {
        nlu_put(l, "[ERROR: length < 5 bytes]");
        return;
    }
    for (uint32_t at = 0; at < size;) {
        uint32_t bits = p[at], bytes = (bits + 7) / 8;
        if (at)
            nlu_put(l, ",");
        at++;
        if (bits > 32) {
            nlu_put(l, "[ERROR: Mask width (%u) > 32]", bits);
            return;
        }
        if (size - at < bytes + 4) {
            nlu_put(l, "[ERROR: Remaining length (%u) < %u bytes]", size - at, bytes + 4);
            return;
        }
        nlu_put(l, "(");
        if (!bits)
            nlu_put(l, "default");
        for (uint32_t i = 0; bits && i < 4; i++)
            nlu_put(l, i ? ".%u" : "%u", i < bytes ? p[at + i] : 0);
        if (bits)
            nlu_put(l, "/%u", bits);
        nlu_put(l, ":");
        nlu_put_ip(l, p + at + bytes, 4);
        nlu_put(l, ")");
        at += bytes + 4;
    }
}

static void put_special(struct nlu_line *l, uint8_t code, const uint8_t *p, uint32_t size) {
    static const struct nlu_line_word nodes[] = {
        {1, "b-node"}, {2, "p-node"}, {4, "m-node"}, {8, "h-node"}, {0, NULL}};
    static const struct nlu_line_word overloads[] = {
        {1, "file"}, {2, "sname"}, {3, "file+sname"}, {0, NULL}};
    const char *word = NULL;

    if (code == 121 || code == 249) {
        put_routes(l, p, size);
    } else if (code == 82) {
        put_agent(l, p, size);
    } else if (code == 81) {
        put_fqdn(l, p, size);
    } else if (size < 1) {
        nlu_put(l, "[ERROR: length < 1 bytes]");
    } else if (code == 61) {
        put_client_id(l, p, size);
    } else {
        word = nlu_line_word(code == 46 ? nodes : overloads, p[0]);
        if (word)
            nlu_put(l, "%s", word);
        else
            nlu_put(l, "#%u", p[0]);
    }
}

static void put_option(struct nlu_line *l, uint8_t code, const uint8_t *p, uint32_t size) {
    static const char *const messages[] = {"Discover", "Offer", "Request", "Decline",
                                           "ACK",      "NACK",  "Release", "Inform"};
    const struct option *option = find_option(code);
    char form = option ? option->form : size & 1 ? 'b' : size & 2 ? 's' : 'l';

    nlu_put(l, "\n\t    %s (%u), length %u%s", option ? option->word : "Unknown", code, size,
            size ? ": " : "");
    if (code == 53 && size == 1) {
        if (p[0] >= 1 && p[0] <= NLU_COUNT(messages))
            nlu_put(l, "%s", messages[p[0] - 1]);
        else
            nlu_put(l, "Unknown (%u)", p[0]);
    } else if (code == 55) {
        put_requests(l, p, size);
    } else if (form == 'a') {
        nlu_put(l, "\"");
        nlu_put_safe(l, p, size);
        nlu_put(l, "\"");
    } else if (form == '$') {
        put_special(l, code, p, size);
    } else {
        put_numbers(l, form == ' ' ? 'b' : form, p, size);
    }
    // Numbers leave what does not fill one more of them.
    uint32_t rest = form == 'i' || form == 'l' || form == 'L' ? size % 4
                    : form == 's'                             ? size % 2
                                                              : 0;
    if (rest)
        nlu_put(l, "ERROR: option %u len %u != 0", code, rest);
}

static void put_dhcp_options(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_layer_bytes(l->packet, layer, 236, 4);

    if (!p) {
        nlu_put_truncated(l, "bootp");
        return;
    }
    if (nlu_be32(p) != 0x63825363) {
        if (nlu_be32(p))
            nlu_put(l, "\n\t  Vendor-#0x%x", nlu_be32(p));
        return;
    }
    nlu_put(l, "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x%08x", nlu_be32(p));
    for (uint32_t at = 240; (p = nlu_layer_bytes(l->packet, layer, at, 1)) && *p != 255;) {
        at++;
        if (*p == 0)
            continue;
        const uint8_t *size = nlu_layer_bytes(l->packet, layer, at, 1);
        const uint8_t *value = size ? nlu_layer_bytes(l->packet, layer, at + 1, *size) : NULL;
        if (!value) {
            nlu_put_truncated(l, "bootp");
            return;
        }
        put_option(l, *p, value, *size);
        at += 1 + *size;
    }
}

static void put_field(struct nlu_line *l, const char *word, const uint8_t *ip) {
    if (!nlu_be32(ip))
        return;
    nlu_put(l, "\n\t  %s ", word);
    nlu_put_ip(l, ip, 4);
}

static void put_name_field(struct nlu_line *l, const char *word, const uint8_t *p, size_t size) {
    if (!p[0])
        return;
    nlu_put(l, "\n\t  %s \"", word);
    nlu_put_safe(l, p, strnlen((const char *)p, size));
    nlu_put(l, "\"");
}

void nlu_line_dhcp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    bool ethernet = layer->header >= 34 && p[1] == 1 && p[2] == 6;

    if (layer->header < 3) {
        nlu_put_truncated(l, "bootp");
        return;
    }
    if (p[0] == 1 || p[0] == 2)
        nlu_put(l, "BOOTP/DHCP, %s", p[0] == 1 ? "Request" : "Reply");
    else
        nlu_put(l, "BOOTP/DHCP, unknown (0x%02x)", p[0]);
    if (ethernet && p[0] == 1) {
        nlu_put(l, " from ");
        nlu_put_mac(l, p + 28, 6);
    }
    nlu_put(l, ", length %u", layer->length);
    if (!l->verbose)
        return;
    if (layer->header < 236) {
        nlu_put_truncated(l, "bootp");
        return;
    }
    if (p[1] != 1)
        nlu_put(l, ", htype %u", p[1]);
    if (p[1] != 1 || p[2] != 6)
        nlu_put(l, ", hlen %u", p[2]);
    if (p[3])
        nlu_put(l, ", hops %u", p[3]);
    if (nlu_be32(p + 4))
        nlu_put(l, ", xid 0x%x", nlu_be32(p + 4));
    if (nlu_be16(p + 8))
        nlu_put(l, ", secs %u", nlu_be16(p + 8));
    nlu_put(l, ", Flags [%s]", p[10] & 0x80 ? "Broadcast" : "none");
    put_field(l, "Client-IP", p + 12);
    put_field(l, "Your-IP", p + 16);
    put_field(l, "Server-IP", p + 20);
    put_field(l, "Gateway-IP", p + 24);
    if (ethernet) {
        nlu_put(l, "\n\t  Client-Ethernet-Address ");
        nlu_put_mac(l, p + 28, 6);
    }
    put_name_field(l, "sname", p + 44, 64);
    put_name_field(l, "file", p + 108, 128);
    put_dhcp_options(l, layer);
}
