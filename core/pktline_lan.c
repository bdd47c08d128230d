// The lines of 802.2, spanning tree and LLDP.
#include "pktline_int.h"

// --- LLC and SNAP -------------------------------------------------------------------------------

static const struct nlu_line_word saps[] = {
    {0x00, "Null"},  {0xfe, "OSI"},     {0x02, "802.1B I"},  {0x03, "802.1B G"},
    {0x04, "SNA"},   {0x06, "IP"},      {0x0e, "ProWay NM"}, {0x42, "STP"},
    {0x4e, "RS511"}, {0x7e, "ISO8208"}, {0x8e, "ProWay"},    {0xaa, "SNAP"},
    {0xe0, "IPX"},   {0xf0, "NetBeui"}, {0xff, "Global"},    {0, NULL}};

static const struct nlu_line_word organisations[] = {{0x000000, "Ethernet"},
                                                     {0x00000c, "Cisco"},
                                                     {0x00005e, "IANA"},
                                                     {0x0000f8, "Cisco bridged"},
                                                     {0x0080c2, "IEEE 802.1 Private"},
                                                     {0x00120f, "IEEE 802.3 Private"},
                                                     {0x0012bb, "ANSI/TIA"},
                                                     {0x001b21, "DCBX"},
                                                     {0, NULL}};

static const char *sap_word(uint8_t sap) {
    const char *word = nlu_line_word(saps, sap);
    return word ? word : "Unknown";
}

static void put_snap(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    uint32_t organisation = nlu_be32(p + 2) & 0xffffff;
    uint16_t type = nlu_be16(p + 6);
    const char *word = nlu_line_word(organisations, organisation), *name = NULL;

    if (organisation == 0 || organisation == 0xf8)
        name = nlu_line_ethertype(type);
    else if (organisation == 0x00000c && type == 0x010b)
        name = "PVST";
    nlu_put(l, "oui %s (0x%06x), %s %s (0x%04x), length %u: ", word ? word : "Unknown",
            organisation, organisation ? "pid" : "ethertype", name ? name : "Unknown", type,
            layer->length - 8);
}

// What nobody knows how to go on with: the addresses (unless -e wrote them) and the kind of frame.
static void put_unknown(struct nlu_line *l, const struct nlu_layer *layer) {
    static const struct nlu_line_word commands[] = {{0x03, "ui"},    {0xe3, "test"}, {0xaf, "xid"},
                                                    {0x63, "ua"},    {0x43, "disc"}, {0x0f, "dm"},
                                                    {0x6f, "sabme"}, {0x87, "frmr"}, {0, NULL}};
    static const char *const flags[] = {"Command", "Response", "Poll", "Final"};
    const uint8_t *p = nlu_line_bytes(l, layer);
    const struct nlu_layer *eth = l->packet->layers;
    uint8_t dsap = p[0] & 0xfe, ssap = p[1] & 0xfe;

    if (!l->link) {
        if (eth->kind == NLU_LAYER_ETH) {
            nlu_put_mac(l, l->packet->bytes + eth->offset + 6, 6);
            if (ssap != dsap)
                nlu_put(l, " %s", sap_word(ssap));
            nlu_put(l, " > ");
            nlu_put_mac(l, l->packet->bytes + eth->offset, 6);
            nlu_put(l, " ");
        } else if (ssap != dsap) {
            nlu_put(l, "%s > ", sap_word(ssap));
        }
        nlu_put(l, "%s ", sap_word(dsap));
    }
    uint32_t response = p[1] & 1;
    if ((p[2] & 3) == 3) {
        const char *word = nlu_line_word(commands, p[2] & 0xef);
        nlu_put(l, "Unnumbered, ");
        if (word)
            nlu_put(l, "%s", word);
        else
            nlu_put(l, "%02x", p[2] & 0xef);
        nlu_put(l, ", Flags [%s], length %u", flags[response + (p[2] & 0x10 ? 2 : 0)],
                layer->length);
    } else if (p[2] & 1) {
        static const char *const kinds[] = {"Receiver Ready", "Receiver not Ready", "Reject", "?"};
        nlu_put(l, "Supervisory, %s, rcv seq %u, Flags [%s], length %u", kinds[p[2] >> 2 & 3],
                p[3] >> 1, flags[response + (p[3] & 1 ? 2 : 0)], layer->length);
        return;
    } else {
        nlu_put(l, "Information, send seq %u, rcv seq %u, Flags [%s], length %u", p[2] >> 1,
                p[3] >> 1, flags[response + (p[3] & 1 ? 2 : 0)], layer->length);
    }
    uint32_t from = layer->offset;
    nlu_put_dump(l, l->packet->bytes + from, layer->end - from);
}

void nlu_line_llc(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    const struct nlu_layer *behind = nlu_line_behind(l, layer);
    bool unnumbered = layer->header >= 3 && (p[2] & 3) == 3;

    if (layer->problem) {
        nlu_put_truncated(l, "llc");
        return;
    }
    if (l->link) {
        nlu_put(l, "LLC, dsap %s (0x%02x) %s, ssap %s (0x%02x) %s", sap_word(p[0] & 0xfe),
                p[0] & 0xfe, p[0] & 1 ? "Group" : "Individual", sap_word(p[1] & 0xfe), p[1] & 0xfe,
                p[1] & 1 ? "Response" : "Command");
        if (unnumbered)
            nlu_put(l, ", ctrl 0x%02x: ", p[2]);
        else
            nlu_put(l, ", ctrl 0x%04x: ", p[3] << 8 | p[2]);
    }
    bool snap = layer->header == 8;
    if (snap && l->link)
        put_snap(l, layer);
    if (behind)
        nlu_line_layer(l, behind);
    else if (snap)
        nlu_put_dump(l, p, layer->end - layer->offset);
    else
        put_unknown(l, layer);
}

// --- spanning tree ------------------------------------------------------------------------------

static const struct nlu_line_word stp_flags[] = {{0x01, "Topology change"},
                                                 {0x02, "Proposal"},
                                                 {0x10, "Learn"},
                                                 {0x20, "Forward"},
                                                 {0x40, "Agreement"},
                                                 {0x80, "Topology change ACK"},
                                                 {0, NULL}};

static const char *const stp_roles[] = {"Unknown", "Alternate", "Root", "Designated"};

static void put_bridge(struct nlu_line *l, const uint8_t *p) {
    nlu_put(l, "%04x.", nlu_be16(p));
    nlu_put_mac(l, p + 2, 6);
}

static void put_times(struct nlu_line *l, const uint8_t *p) {
    nlu_put(l, "\n\tmessage-age %.2fs, max-age %.2fs, hello-time %.2fs, forwarding-delay %.2fs",
            nlu_be16(p + 27) / 256.0, nlu_be16(p + 29) / 256.0, nlu_be16(p + 31) / 256.0,
            nlu_be16(p + 33) / 256.0);
}

static void put_config(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    nlu_put(l, ", Flags [");
    nlu_put_bits(l, stp_flags, p[4]);
    nlu_put(l, "], bridge-id ");
    put_bridge(l, p + 17);
    nlu_put(l, ".%04x, length %u", nlu_be16(p + 25), layer->length);
    if (!l->verbose)
        return;
    put_times(l, p);
    nlu_put(l, "\n\troot-id ");
    put_bridge(l, p + 5);
    nlu_put(l, ", root-pathcost %u", nlu_be32(p + 13));
    if (p[2] == 2)
        nlu_put(l, ", port-role %s", stp_roles[p[4] >> 2 & 3]);
}

// The common tree of multiple spanning tree; its instances are not written.
static void put_multiple(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);

    nlu_put(l, ", CIST Flags [");
    nlu_put_bits(l, stp_flags, p[4]);
    nlu_put(l, "], length %u", layer->length);
    if (!l->verbose)
        return;
    nlu_put(l, "\n\tport-role %s, CIST root-id ", stp_roles[p[4] >> 2 & 3]);
    put_bridge(l, p + 5);
    nlu_put(l, ", CIST ext-pathcost %u\n\tCIST regional-root-id ", nlu_be32(p + 13));
    put_bridge(l, p + 17);
    nlu_put(l, ", CIST port-id %04x,", nlu_be16(p + 25));
    put_times(l, p);
}

void nlu_line_stp(struct nlu_line *l, const struct nlu_layer *layer) {
    static const struct nlu_line_word versions[] = {
        {0, "802.1d"}, {2, "802.1w"}, {3, "802.1s"}, {4, "802.1aq"}, {0, NULL}};
    static const struct nlu_line_word types[] = {
        {0, "Config"}, {2, "Rapid STP"}, {0x80, "Topology Change"}, {0, NULL}};
    const uint8_t *p = nlu_line_bytes(l, layer);

    if (layer->header < 4) {
        nlu_put(l, " (invalid)");
        return;
    }
    if (nlu_be16(p)) {
        nlu_put(l, "unknown STP version, length %u", layer->length);
        return;
    }
    const char *version = nlu_line_word(versions, p[2]), *type = nlu_line_word(types, p[3]);
    if (!version) {
        nlu_put(l, "STP Unknown STP protocol (0x%02x)", p[2]);
        return;
    }
    nlu_put(l, "STP %s", version);
    if (type)
        nlu_put(l, ", %s", type);
    else
        nlu_put(l, ", Unknown BPDU Type (0x%02x)", p[3]);
    if (p[3] != 0 && p[3] != 2)
        return;
    if (layer->header < 35 || (p[3] == 2 && layer->header < 36))
        nlu_put(l, " (invalid)");
    else if (p[3] == 0 || p[2] == 2)
        put_config(l, layer);
    else if (p[2] > 2)
        put_multiple(l, layer);
}

// --- LLDP ---------------------------------------------------------------------------------------

static const struct nlu_line_word lldp_types[] = {{0, "End"},
                                                  {1, "Chassis ID"},
                                                  {2, "Port ID"},
                                                  {3, "Time to Live"},
                                                  {4, "Port Description"},
                                                  {5, "System Name"},
                                                  {6, "System Description"},
                                                  {7, "System Capabilities"},
                                                  {8, "Management Address"},
                                                  {127, "Organization specific"},
                                                  {0, NULL}};

static const struct nlu_line_word chassis_subtypes[] = {
    {1, "Chassis component"}, {2, "Interface alias"}, {3, "Port component"}, {4, "MAC address"},
    {5, "Network address"},   {6, "Interface name"},  {7, "Local"},          {0, NULL}};

static const struct nlu_line_word port_subtypes[] = {
    {1, "Interface alias"}, {2, "Port component"},   {3, "MAC address"}, {4, "Network Address"},
    {5, "Interface Name"},  {6, "Agent circuit ID"}, {7, "Local"},       {0, NULL}};

static const struct nlu_line_word capabilities[] = {
    {1, "Other"},      {2, "Repeater"}, {4, "Bridge"},         {8, "WLAN AP"}, {16, "Router"},
    {32, "Telephone"}, {64, "Docsis"},  {128, "Station Only"}, {0, NULL}};

// An address behind its family; false when it does not fit.
static bool put_network(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    if (size < 1)
        return false;
    if ((p[0] == 1 && size < 5) || (p[0] == 2 && size < 17) || (p[0] == 6 && size < 7))
        return false;
    if (p[0] != 1 && p[0] != 2 && p[0] != 6) {
        nlu_put(l, "AFI Unknown (%u), no AF printer !", p[0]);
        return true;
    }
    nlu_put(l, "AFI %s (%u): ", p[0] == 1 ? "IPv4" : p[0] == 2 ? "IPv6" : "802", p[0]);
    if (p[0] == 6)
        nlu_put_mac(l, p + 1, 6);
    else
        nlu_put_ip(l, p + 1, p[0] == 1 ? 4 : 16);
    return true;
}

static bool put_id(struct nlu_line *l, const uint8_t *p, uint32_t size,
                   const struct nlu_line_word *subtypes, uint8_t mac, uint8_t network) {
    if (size < 2)
        return false;
    const char *word = nlu_line_word(subtypes, p[0]);
    nlu_put(l, "\n\t  Subtype %s (%u): ", word ? word : "Unknown", p[0]);
    if (p[0] == network)
        return put_network(l, p + 1, size - 1);
    if (p[0] != mac) {
        if (word)
            nlu_put_safe(l, p + 1, size - 1);
        return true;
    }
    if (size < 7)
        return false;
    nlu_put_mac(l, p + 1, 6);
    return true;
}

static bool put_management(struct nlu_line *l, const uint8_t *p, uint32_t size) {
    static const struct nlu_line_word numbering[] = {
        {1, "Unknown"}, {2, "Interface Index"}, {3, "System Port Number"}, {0, NULL}};

    if (size < 1 || p[0] > size - 1)
        return false;
    uint32_t at = 1 + p[0];
    nlu_put(l, "\n\t  Management Address length %u, ", p[0]);
    if (!put_network(l, p + 1, p[0]) || size - at < 5)
        return false;
    const char *word = nlu_line_word(numbering, p[at]);
    nlu_put(l, "\n\t  %s Interface Numbering (%u): %u", word ? word : "Unknown", p[at],
            nlu_be32(p + at + 1));
    at += 5;
    if (at < size && p[at] && p[at] < size - at) {
        nlu_put(l, "\n\t  OID length %u", p[at]);
        nlu_put_safe(l, p + at + 1, p[at]);
    }
    return true;
}

// What -v adds for one value; false when it is too short.
static bool put_tlv(struct nlu_line *l, uint8_t type, const uint8_t *p, uint32_t size) {
    const char *word;

    switch (type) {
    case 1:
        return put_id(l, p, size, chassis_subtypes, 4, 5);
    case 2:
        return put_id(l, p, size, port_subtypes, 3, 4);
    case 3:
        if (size < 2)
            return false;
        nlu_put(l, ": TTL %us", nlu_be16(p));
        return true;
    case 4:
        nlu_put(l, ": ");
        nlu_put_safe(l, p, size);
        return true;
    case 6:
        nlu_put(l, "\n\t  ");
        nlu_put_safe(l, p, size);
        return true;
    case 7:
        if (size < 4)
            return false;
        nlu_put(l, "\n\t  System  Capabilities [");
        nlu_put_bits(l, capabilities, nlu_be16(p));
        nlu_put(l, "] (0x%04x)\n\t  Enabled Capabilities [", nlu_be16(p));
        nlu_put_bits(l, capabilities, nlu_be16(p + 2));
        nlu_put(l, "] (0x%04x)", nlu_be16(p + 2));
        return true;
    case 8:
        return put_management(l, p, size);
    case 127:
        if (size < 3)
            return false;
        word = nlu_line_word(organisations, nlu_be32(p - 1) & 0xffffff);
        nlu_put(l, ": OUI %s (0x%06x)", word ? word : "Unknown", nlu_be32(p - 1) & 0xffffff);
        nlu_put_hex_at(l, "\n\t  ", p, size);
        return true;
    default:
        nlu_put_hex_at(l, "\n\t  ", p, size);
        return true;
    }
}

void nlu_line_lldp(struct nlu_line *l, const struct nlu_layer *layer) {
    const uint8_t *p = nlu_line_bytes(l, layer);
    // The frame's padding counts.
    uint32_t length =
        layer > l->packet->layers ? layer[-1].length - layer[-1].header : layer->length;

    nlu_put(l, "LLDP, length %u", length);
    for (uint32_t at = 0; layer->header - at >= 2;) {
        uint16_t head = nlu_be16(p + at);
        uint8_t type = (uint8_t)(head >> 9);
        uint32_t size = head & 0x1ff;
        const char *word = nlu_line_word(lldp_types, type);
        at += 2;
        if (l->verbose)
            nlu_put(l, "\n\t%s TLV (%u), length %u", word ? word : "Unknown", type, size);
        if (!type || !size)
            return;
        if (size > layer->header - at ||
            (l->verbose && type != 5 && !put_tlv(l, type, p + at, size))) {
            nlu_put_truncated(l, "lldp");
            return;
        }
        if (type == 5) {
            nlu_put(l, ": ");
            nlu_put_safe(l, p + at, size);
        }
        at += size;
    }
}
