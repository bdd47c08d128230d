// Links on top of other links and networks in UDP, VRFs, and what is shown of tun and tap:
// ip-link(8), linux/if_link.h.
#include "linkkind_int.h"

#include "ipaddr.h"
#include "nlcodec.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/if_vlan.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// --- vlan ----------------------------------------------------------------------------------------

static const struct nlu_link_word vlan_protocols[] = {
    {"802.1Q", ETH_P_8021Q},
    {"802.1ad", ETH_P_8021AD},
    {"802.1q", ETH_P_8021Q},
    {"802.1AD", ETH_P_8021AD},
    {NULL, 0},
};

static void show_vlan_flags(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    static const char *const names[] = {"REORDER_HDR", "GVRP", "LOOSE_BINDING", "MVRP",
                                        "BRIDGE_BINDING"};
    // ip's order is not that of the bits.
    static const int order[] = {0, 1, 3, 2, 4};
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    uint64_t flags;

    if (!nlu_link_attr_integer(r, o->attr, 4, false, &flags))
        return;
    struct nlu_value list = nlu_value_table(tree);
    for (size_t i = 0; i < NLU_COUNT(order); i++)
        if (flags & (1u << order[i]))
            nlu_table_add(tree, list, NULL, nlu_value_text(names[order[i]]));
    nlu_link_show(r, o->key, list);
}

enum { QOS_MAPPINGS = 64 };

// One mapping: "1:5" as ip writes it, or { from = 1, to = 5 } as it shows it.
static bool read_mapping(const struct nlu_value *item, struct ifla_vlan_qos_mapping *ret) {
    const struct nlu_value *from = nlu_table_get(item, "from"), *to = nlu_table_get(item, "to");
    char text[32], *end;
    int64_t a, b;

    if (from && to) {
        if (!nlu_link_value_integer(from, 0, UINT32_MAX, &a) ||
            !nlu_link_value_integer(to, 0, UINT32_MAX, &b))
            return false;
    } else {
        if (!nlu_link_value_text(item, text, sizeof text) || *text < '0' || *text > '9')
            return false;
        a = (int64_t)strtoul(text, &end, 10);
        if (*end != ':' || end[1] < '0' || end[1] > '9')
            return false;
        b = (int64_t)strtoul(end + 1, &end, 10);
        if (*end || a > UINT32_MAX || b > UINT32_MAX)
            return false;
    }
    *ret = (struct ifla_vlan_qos_mapping){.from = (uint32_t)a, .to = (uint32_t)b};
    return true;
}

static int put_qos(struct nlu_link_writer *w, const struct nlu_link_option *o,
                   const struct nlu_value *value) {
    struct ifla_vlan_qos_mapping map[QOS_MAPPINGS];
    size_t count = 0;

    for (const struct nlu_value *item; (item = nlu_link_value_item(value, count)); count++) {
        if (count == QOS_MAPPINGS)
            return nlu_link_expected(w, o->word, value, "at most %d mappings", QOS_MAPPINGS);
        if (!read_mapping(item, &map[count]))
            return nlu_link_expected(w, o->word, item, "a list of mappings like \"1:5\"");
    }
    return nlu_link_put_list(w, o->attr, IFLA_VLAN_QOS_MAPPING, map, sizeof map[0], count);
}

static void show_qos(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    size_t size;
    const void *p = nlu_link_attr(r, o->attr, 0, &size);

    if (!p)
        return;
    struct nlu_value list = nlu_value_table(tree);
    for (const struct nlattr *a; (a = nlu_link_next_attr(&p, &size));) {
        struct ifla_vlan_qos_mapping map;
        if (nlu_attr_size(a) < sizeof map)
            continue;
        memcpy(&map, nlu_attr_data(a), sizeof map);
        struct nlu_value item = nlu_value_table(tree);
        nlu_table_add(tree, item, "from", nlu_value_integer(map.from));
        nlu_table_add(tree, item, "to", nlu_value_integer(map.to));
        nlu_table_add(tree, list, NULL, item);
    }
    nlu_link_show(r, o->key, list);
}

static const struct nlu_link_option vlan[] = {
    NLU_OPTION("protocol", "protocol", IFLA_VLAN_PROTOCOL, WORD16(vlan_protocols),
               .flags = NLU_OPTION_BE),
    NLU_OPTION("id", "id", IFLA_VLAN_ID, U16),
    NLU_OPTION("reorder_hdr", NULL, IFLA_VLAN_FLAGS, MASKED(VLAN_FLAG_REORDER_HDR)),
    NLU_OPTION("gvrp", NULL, IFLA_VLAN_FLAGS, MASKED(VLAN_FLAG_GVRP)),
    NLU_OPTION("mvrp", NULL, IFLA_VLAN_FLAGS, MASKED(VLAN_FLAG_MVRP)),
    NLU_OPTION("loose_binding", NULL, IFLA_VLAN_FLAGS, MASKED(VLAN_FLAG_LOOSE_BINDING)),
    NLU_OPTION("bridge_binding", NULL, IFLA_VLAN_FLAGS, MASKED(VLAN_FLAG_BRIDGE_BINDING)),
    NLU_OPTION(NULL, "flags", IFLA_VLAN_FLAGS, CUSTOM, .show = show_vlan_flags),
    NLU_OPTION("ingress-qos-map", "ingress_qos", IFLA_VLAN_INGRESS_QOS, CUSTOM, .put = put_qos,
               .show = show_qos),
    NLU_OPTION("egress-qos-map", "egress_qos", IFLA_VLAN_EGRESS_QOS, CUSTOM, .put = put_qos,
               .show = show_qos),
    {0},
};

// --- macvlan, macvtap ----------------------------------------------------------------------------

static const struct nlu_link_word macvlan_modes[] = {
    {"private", MACVLAN_MODE_PRIVATE}, {"vepa", MACVLAN_MODE_VEPA},
    {"bridge", MACVLAN_MODE_BRIDGE},   {"passthru", MACVLAN_MODE_PASSTHRU},
    {"source", MACVLAN_MODE_SOURCE},   {NULL, 0}};

enum { MACVLAN_SOURCES = 256 };

static bool read_mac(const struct nlu_value *value, uint8_t mac[NLU_MAC_LEN]) {
    char text[NLU_MAC_TEXT + 1];

    return value && nlu_link_value_text(value, text, sizeof text) && nlu_mac_parse(text, mac) == 0;
}

// ip's `macaddr add MAC`, `del MAC`, `set MAC…`, `flush`: macaddr = { add = MAC } and so on. A list
// alone is `set`.
static int put_macaddr(struct nlu_link_writer *w, const struct nlu_link_option *o,
                       const struct nlu_value *value) {
    static const struct {
        const char *word;
        enum macvlan_macaddr_mode mode;
    } modes[] = {{"add", MACVLAN_MACADDR_ADD},
                 {"del", MACVLAN_MACADDR_DEL},
                 {"flush", MACVLAN_MACADDR_FLUSH},
                 {"set", MACVLAN_MACADDR_SET}};
    const struct nlu_value *list = value, *given = NULL;
    enum macvlan_macaddr_mode mode = MACVLAN_MACADDR_SET;
    uint8_t macs[MACVLAN_SOURCES][NLU_MAC_LEN];
    size_t count = 0;

    for (size_t i = 0; i < NLU_COUNT(modes) && !given; i++)
        if ((given = nlu_table_get(value, modes[i].word)))
            mode = modes[i].mode, list = given;
    int rc = nlu_link_put_integer(w, IFLA_MACVLAN_MACADDR_MODE, mode, 4, false);
    if (rc < 0 || mode == MACVLAN_MACADDR_FLUSH)
        return rc;
    if (mode == MACVLAN_MACADDR_ADD || mode == MACVLAN_MACADDR_DEL) {
        if (!read_mac(list, macs[0]))
            return nlu_link_expected(w, o->word, list, "an address like 02:00:00:00:00:01");
        return nlu_link_put_bytes(w, IFLA_MACVLAN_MACADDR, macs[0], NLU_MAC_LEN);
    }
    if (list->type != NLU_VALUE_TABLE)
        return nlu_link_expected(w, o->word, list, "add, del, set or flush, or a list");
    for (const struct nlu_value *item; (item = nlu_table_item(list, count)); count++) {
        if (count == MACVLAN_SOURCES)
            return nlu_link_expected(w, o->word, list, "at most %d addresses", MACVLAN_SOURCES);
        if (!read_mac(item, macs[count]))
            return nlu_link_expected(w, o->word, item, "a list of addresses");
    }
    return nlu_link_put_list(w, IFLA_MACVLAN_MACADDR_DATA, IFLA_MACVLAN_MACADDR, macs, NLU_MAC_LEN,
                             count);
}

static void show_macaddrs(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    char text[NLU_MAC_TEXT];
    uint64_t mode, count;
    size_t size;

    if (!nlu_link_attr_integer(r, IFLA_MACVLAN_MODE, 4, false, &mode) ||
        mode != MACVLAN_MODE_SOURCE ||
        !nlu_link_attr_integer(r, IFLA_MACVLAN_MACADDR_COUNT, 4, false, &count))
        return;
    nlu_link_show(r, "macaddr_count", nlu_value_integer((int64_t)count));
    const void *p = nlu_link_attr(r, IFLA_MACVLAN_MACADDR_DATA, 0, &size);
    if (!p)
        return;
    struct nlu_value list = nlu_value_table(tree);
    for (const struct nlattr *a; (a = nlu_link_next_attr(&p, &size));) {
        if (mnl_attr_get_type(a) == IFLA_MACVLAN_MACADDR && nlu_attr_size(a) >= NLU_MAC_LEN)
            nlu_table_add(tree, list, NULL,
                          nlu_value_format(tree, "%s", nlu_mac_format(nlu_attr_data(a), text)));
    }
    nlu_link_show(r, o->key, list);
}

static const struct nlu_link_option macvlan[] = {
    NLU_OPTION("mode", "mode", IFLA_MACVLAN_MODE, WORD32(macvlan_modes)),
    NLU_OPTION("nopromisc", "nopromisc", IFLA_MACVLAN_FLAGS, BIT16(MACVLAN_FLAG_NOPROMISC)),
    NLU_OPTION("nodst", "nodst", IFLA_MACVLAN_FLAGS, BIT16(MACVLAN_FLAG_NODST)),
    NLU_OPTION("bcqueuelen", "bcqueuelen", IFLA_MACVLAN_BC_QUEUE_LEN, U32),
    NLU_OPTION(NULL, "usedbcqueuelen", IFLA_MACVLAN_BC_QUEUE_LEN_USED, U32),
    NLU_OPTION("macaddr", "macaddr_data", IFLA_MACVLAN_MACADDR_DATA, CUSTOM, .put = put_macaddr,
               .show = show_macaddrs),
    {0},
};

// --- ipvlan --------------------------------------------------------------------------------------

static const struct nlu_link_word ipvlan_modes[] = {
    {"l2", IPVLAN_MODE_L2}, {"l3", IPVLAN_MODE_L3}, {"l3s", IPVLAN_MODE_L3S}, {NULL, 0}};

static void show_ipvlan_flags(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t flags;

    if (nlu_link_attr_integer(r, o->attr, 2, false, &flags))
        nlu_link_show(r,
                      flags & IPVLAN_F_PRIVATE ? "private"
                      : flags & IPVLAN_F_VEPA  ? "vepa"
                                               : "bridge",
                      nlu_value_boolean(true));
}

static const struct nlu_link_option ipvlan[] = {
    NLU_OPTION("mode", "mode", IFLA_IPVLAN_MODE, WORD16(ipvlan_modes)),
    NLU_OPTION("private", NULL, IFLA_IPVLAN_FLAGS, BIT16(IPVLAN_F_PRIVATE)),
    NLU_OPTION("vepa", NULL, IFLA_IPVLAN_FLAGS, BIT16(IPVLAN_F_VEPA)),
    // What is left without `private` and `vepa`.
    NLU_OPTION("bridge", "bridge", IFLA_IPVLAN_FLAGS, CUSTOM, .size = 2, .put = nlu_link_put_chosen,
               .show = show_ipvlan_flags),
    {0},
};

// --- vxlan, geneve -------------------------------------------------------------------------------

static const struct nlu_link_word df_words[] = {
    {"unset", 0}, {"set", 1}, {"inherit", 2}, {NULL, 0}};
static const struct nlu_link_word tos_words[] = {{"inherit", 1}, {NULL, 0}};
static const struct nlu_link_word none_words[] = {{"none", 0}, {NULL, 0}};
static const struct nlu_link_word unlimited_words[] = {{"unlimited", 0}, {NULL, 0}};

// An address of either family: IPv4 in o->attr, IPv6 in o->attr2.
static int put_either(struct nlu_link_writer *w, const struct nlu_link_option *o,
                      const struct nlu_value *value) {
    char text[NLU_IP_TEXT + 1];
    struct nlu_ip ip;

    if (!nlu_link_value_text(value, text, sizeof text) || nlu_ip_parse(text, &ip) < 0)
        return nlu_link_expected(w, o->word, value, "an IPv4 or IPv6 address");
    nlu_link_drop(w, ip.family == AF_INET ? o->attr2 : o->attr);
    return nlu_link_put_bytes(w, ip.family == AF_INET ? o->attr : o->attr2, ip.bytes,
                              nlu_ip_size(&ip));
}

// Shown under o->key, with a "6" behind it for IPv6; a multicast `remote` is a `group` in a vxlan.
static void show_either(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    char buf[NLU_IP_TEXT];
    const uint8_t *p = nlu_link_attr(r, o->attr, 4, NULL);
    const bool v4 = p != NULL;
    static const uint8_t zero[16];

    if (!p)
        p = nlu_link_attr(r, o->attr2, 16, NULL);
    if (!p || memcmp(p, zero, v4 ? 4 : 16) == 0)
        return;
    const bool multicast = v4 ? (*p & 0xf0) == 0xe0 : *p == 0xff;
    const char *key = strcmp(o->key, "local") == 0 ? (v4 ? "local" : "local6")
                      : multicast && o->attr == IFLA_VXLAN_GROUP && o->attr2 == IFLA_VXLAN_GROUP6
                          ? (v4 ? "group" : "group6")
                          : (v4 ? "remote" : "remote6");
    struct nlu_ip ip = nlu_ip_from(p, v4 ? 4 : 16);
    nlu_link_show(r, key, nlu_value_format(tree, "%s", nlu_ip_format(&ip, buf)));
}

// "inherit" has an attribute of its own (o->attr2); "auto" is 0.
static int put_ttl(struct nlu_link_writer *w, const struct nlu_link_option *o,
                   const struct nlu_value *value) {
    char text[16];
    int64_t ttl = 0;

    if (nlu_link_value_text(value, text, sizeof text) && strcmp(text, "inherit") == 0)
        // A flag without a value for vxlan (size 0), a byte for geneve.
        return nlu_link_put_bytes(w, o->attr2, "\1", o->size);
    if (!nlu_link_value_integer(value, 0, 255, &ttl) &&
        !(nlu_link_value_text(value, text, sizeof text) && strcmp(text, "auto") == 0))
        return nlu_link_expected(w, o->word, value,
                                 "an integer from 0 to 255, \"auto\" or \"inherit\"");
    return nlu_link_put_integer(w, o->attr, (uint64_t)ttl, 1, false);
}

static void show_ttl(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t inherit, ttl;

    if (nlu_link_attr_integer(r, o->attr2, 1, false, &inherit) && inherit)
        return;
    if (nlu_link_attr_integer(r, o->attr, 1, false, &ttl))
        nlu_link_show(r, o->key, nlu_value_integer((int64_t)ttl));
}

// srcport = { 10000, 20000 }, or as it is shown: { low = 10000, high = 20000 }.
static int put_ports(struct nlu_link_writer *w, const struct nlu_link_option *o,
                     const struct nlu_value *value) {
    const struct nlu_value *low = nlu_table_get(value, "low"), *high = nlu_table_get(value, "high");
    int64_t a, b;

    if (!low || !high)
        low = nlu_table_item(value, 0), high = nlu_table_item(value, 1);
    if (!low || !high || !nlu_link_value_integer(low, 0, UINT16_MAX, &a) ||
        !nlu_link_value_integer(high, 0, UINT16_MAX, &b))
        return nlu_link_expected(w, o->word, value, "two ports like { 10000, 20000 }");
    uint8_t bytes[4] = {(uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b};
    return nlu_link_put_bytes(w, o->attr, bytes, sizeof bytes);
}

static void show_ports(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    uint64_t both;

    if (!nlu_link_attr_integer(r, o->attr, 4, true, &both))
        return;
    struct nlu_value table = nlu_value_table(tree);
    nlu_table_add(tree, table, "low", nlu_value_integer((int64_t)(both >> 16)));
    nlu_table_add(tree, table, "high", nlu_value_integer((int64_t)(both & 0xffff)));
    nlu_link_show(r, o->key, table);
}

// A vxlan whose tunnels are chosen by routes learns nothing by itself; ip says so, the kernel not.
static void finish_vxlan(struct nlu_link_writer *w) {
    if (nlu_link_writer_has(w, IFLA_VXLAN_COLLECT_METADATA) &&
        !nlu_link_writer_has(w, IFLA_VXLAN_LEARNING))
        (void)nlu_link_put_integer(w, IFLA_VXLAN_LEARNING, 0, 1, false);
}

static const struct nlu_link_option vxlan[] = {
    NLU_OPTION("external", "external", IFLA_VXLAN_COLLECT_METADATA, TRUE8),
    NLU_OPTION("vnifilter", "vnifilter", IFLA_VXLAN_VNIFILTER, TRUE8),
    NLU_OPTION("id", "id", IFLA_VXLAN_ID, U32, .max = 0xffffff),
    NLU_OPTION("vni", NULL, IFLA_VXLAN_ID, U32, .max = 0xffffff),
    NLU_OPTION("remote", "remote", IFLA_VXLAN_GROUP, CUSTOM, .attr2 = IFLA_VXLAN_GROUP6,
               .put = put_either, .show = show_either),
    NLU_OPTION("group", NULL, IFLA_VXLAN_GROUP, CUSTOM, .attr2 = IFLA_VXLAN_GROUP6,
               .put = put_either),
    NLU_OPTION("local", "local", IFLA_VXLAN_LOCAL, CUSTOM, .attr2 = IFLA_VXLAN_LOCAL6,
               .put = put_either, .show = show_either),
    NLU_OPTION("dev", "link", IFLA_VXLAN_LINK, LINK_IF_ANY),
    NLU_OPTION("srcport", "port_range", IFLA_VXLAN_PORT_RANGE, CUSTOM, .put = put_ports,
               .show = show_ports),
    NLU_OPTION("port", NULL, IFLA_VXLAN_PORT_RANGE, CUSTOM, .put = put_ports),
    NLU_OPTION("dstport", "port", IFLA_VXLAN_PORT, BE16),
    NLU_OPTION("learning", "learning", IFLA_VXLAN_LEARNING, BOOL8),
    NLU_OPTION("proxy", "proxy", IFLA_VXLAN_PROXY, TRUE8),
    NLU_OPTION("rsc", "rsc", IFLA_VXLAN_RSC, TRUE8),
    NLU_OPTION("l2miss", "l2miss", IFLA_VXLAN_L2MISS, TRUE8),
    NLU_OPTION("l3miss", "l3miss", IFLA_VXLAN_L3MISS, TRUE8),
    NLU_OPTION("tos", "tos", IFLA_VXLAN_TOS, HEX8, .words = tos_words, .flags = NLU_OPTION_NONZERO),
    NLU_OPTION("dsfield", NULL, IFLA_VXLAN_TOS, HEX8, .words = tos_words),
    NLU_OPTION("ttl", "ttl", IFLA_VXLAN_TTL, CUSTOM, .attr2 = IFLA_VXLAN_TTL_INHERIT,
               .put = put_ttl, .show = show_ttl),
    NLU_OPTION("hoplimit", NULL, IFLA_VXLAN_TTL, CUSTOM, .attr2 = IFLA_VXLAN_TTL_INHERIT,
               .put = put_ttl),
    NLU_OPTION("df", "df", IFLA_VXLAN_DF, WORD8(df_words)),
    NLU_OPTION("flowlabel", "label", IFLA_VXLAN_LABEL, NLU_FORM_HEX, .size = 4, .max = 0xfffff,
               .flags = NLU_OPTION_BE | NLU_OPTION_NONZERO),
    NLU_OPTION("label", NULL, IFLA_VXLAN_LABEL, NLU_FORM_HEX, .size = 4, .max = 0xfffff,
               .flags = NLU_OPTION_BE),
    NLU_OPTION("ageing", "ageing", IFLA_VXLAN_AGEING, U32, .words = none_words),
    NLU_OPTION("maxaddress", "limit", IFLA_VXLAN_LIMIT, U32, .words = unlimited_words,
               .flags = NLU_OPTION_NONZERO),
    NLU_OPTION("udpcsum", "udp_csum", IFLA_VXLAN_UDP_CSUM, BOOL8),
    NLU_OPTION("udp6zerocsumtx", "udp_zero_csum6_tx", IFLA_VXLAN_UDP_ZERO_CSUM6_TX, BOOL8),
    NLU_OPTION("udp6zerocsumrx", "udp_zero_csum6_rx", IFLA_VXLAN_UDP_ZERO_CSUM6_RX, BOOL8),
    NLU_OPTION("remcsumtx", "remcsum_tx", IFLA_VXLAN_REMCSUM_TX, TRUE8),
    NLU_OPTION("remcsumrx", "remcsum_rx", IFLA_VXLAN_REMCSUM_RX, TRUE8),
    NLU_OPTION("gbp", "gbp", IFLA_VXLAN_GBP, PRESENCE),
    NLU_OPTION("gpe", "gpe", IFLA_VXLAN_GPE, PRESENCE),
    {0},
};

static const struct nlu_link_option geneve[] = {
    NLU_OPTION("external", "external", IFLA_GENEVE_COLLECT_METADATA, PRESENCE),
    NLU_OPTION("id", "id", IFLA_GENEVE_ID, U32, .max = 0xffffff),
    NLU_OPTION("vni", NULL, IFLA_GENEVE_ID, U32, .max = 0xffffff),
    NLU_OPTION("remote", "remote", IFLA_GENEVE_REMOTE, CUSTOM, .attr2 = IFLA_GENEVE_REMOTE6,
               .put = put_either, .show = show_either),
    NLU_OPTION("ttl", "ttl", IFLA_GENEVE_TTL, CUSTOM, .size = 1, .attr2 = IFLA_GENEVE_TTL_INHERIT,
               .put = put_ttl, .show = show_ttl),
    NLU_OPTION("hoplimit", NULL, IFLA_GENEVE_TTL, CUSTOM, .size = 1,
               .attr2 = IFLA_GENEVE_TTL_INHERIT, .put = put_ttl),
    NLU_OPTION("tos", "tos", IFLA_GENEVE_TOS, HEX8, .words = tos_words,
               .flags = NLU_OPTION_NONZERO),
    NLU_OPTION("dsfield", NULL, IFLA_GENEVE_TOS, HEX8, .words = tos_words),
    NLU_OPTION("df", "df", IFLA_GENEVE_DF, WORD8(df_words)),
    NLU_OPTION("flowlabel", "label", IFLA_GENEVE_LABEL, NLU_FORM_HEX, .size = 4, .max = 0xfffff,
               .flags = NLU_OPTION_BE | NLU_OPTION_NONZERO),
    NLU_OPTION("label", NULL, IFLA_GENEVE_LABEL, NLU_FORM_HEX, .size = 4, .max = 0xfffff,
               .flags = NLU_OPTION_BE),
    NLU_OPTION("dstport", "port", IFLA_GENEVE_PORT, BE16),
    NLU_OPTION("udpcsum", "udp_csum", IFLA_GENEVE_UDP_CSUM, BOOL8),
    NLU_OPTION("udp6zerocsumtx", "udp_zero_csum6_tx", IFLA_GENEVE_UDP_ZERO_CSUM6_TX, BOOL8),
    NLU_OPTION("udp6zerocsumrx", "udp_zero_csum6_rx", IFLA_GENEVE_UDP_ZERO_CSUM6_RX, BOOL8),
    NLU_OPTION("innerprotoinherit", "inner_proto_inherit", IFLA_GENEVE_INNER_PROTO_INHERIT,
               PRESENCE),
    {0},
};

// --- vrf, tun ------------------------------------------------------------------------------------

static const struct nlu_link_option vrf[] = {
    NLU_OPTION("table", "table", IFLA_VRF_TABLE, U32),
    {0},
};

static const struct nlu_link_option vrf_slave[] = {
    NLU_OPTION(NULL, "table", IFLA_VRF_PORT_TABLE, U32),
    {0},
};

static const struct nlu_link_word tun_modes[] = {{"tun", IFF_TUN}, {"tap", IFF_TAP}, {NULL, 0}};

// Queues are only spoken of when there may be several.
static void show_queues(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t multi = 0, count;

    (void)nlu_link_attr_integer(r, o->attr, 1, false, &multi);
    nlu_link_show(r, o->key, nlu_value_boolean(multi));
    if (multi && nlu_link_attr_integer(r, IFLA_TUN_NUM_QUEUES, 4, false, &count))
        nlu_link_show(r, "numqueues", nlu_value_integer((int64_t)count));
    if (multi && nlu_link_attr_integer(r, IFLA_TUN_NUM_DISABLED_QUEUES, 4, false, &count))
        nlu_link_show(r, "numdisabled", nlu_value_integer((int64_t)count));
}

static void show_account(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t id;

    if (nlu_link_attr_integer(r, o->attr, 4, false, &id))
        nlu_link_show(r, o->key,
                      nlu_link_account_value(r, (uint32_t)id, o->attr == IFLA_TUN_GROUP));
}

// Only shown: they are made through /dev/net/tun (tuntap.h).
static const struct nlu_link_option tun[] = {
    NLU_OPTION(NULL, "type", IFLA_TUN_TYPE, WORD8(tun_modes)),
    NLU_OPTION(NULL, "pi", IFLA_TUN_PI, BOOL8),
    NLU_OPTION(NULL, "vnet_hdr", IFLA_TUN_VNET_HDR, BOOL8),
    NLU_OPTION(NULL, "multi_queue", IFLA_TUN_MULTI_QUEUE, CUSTOM, .show = show_queues),
    NLU_OPTION(NULL, "persist", IFLA_TUN_PERSIST, BOOL8),
    NLU_OPTION(NULL, "user", IFLA_TUN_OWNER, CUSTOM, .show = show_account),
    NLU_OPTION(NULL, "group", IFLA_TUN_GROUP, CUSTOM, .show = show_account),
    {0},
};

const struct nlu_link_kind nlu_link_kinds_lower[] = {
    {.name = "vlan", .options = vlan},
    {.name = "macvlan", .options = macvlan},
    {.name = "macvtap", .options = macvlan},
    {.name = "ipvlan", .options = ipvlan},
    {.name = "ipvtap", .options = ipvlan},
    {.name = "vxlan", .options = vxlan, .finish = finish_vxlan},
    {.name = "geneve", .options = geneve},
    {.name = "vrf", .options = vrf},
    {.name = "vrf_slave", .options = vrf_slave, .slave = true},
    {.name = "tun", .options = tun},
    {0},
};
