// Tunnels in IPv4 and IPv6: ip-link(8), linux/if_tunnel.h, linux/ip6_tunnel.h. A change of these
// has to say everything, since the kernel takes what is missing as 0.
#include "linkkind_int.h"

#include "ipaddr.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef IPPROTO_MPLS
#define IPPROTO_MPLS 137
#endif

static const struct nlu_link_word inherit_0[] = {{"inherit", 0}, {NULL, 0}};
static const struct nlu_link_word inherit_1[] = {{"inherit", 1}, {NULL, 0}};
static const struct nlu_link_word auto_0[] = {{"auto", 0}, {NULL, 0}};
static const struct nlu_link_word encap_types[] = {
    {"none", TUNNEL_ENCAP_NONE}, {"fou", TUNNEL_ENCAP_FOU}, {"gue", TUNNEL_ENCAP_GUE}, {NULL, 0}};

// --- the tunnel in UDP that some may be put into -------------------------------------------------

// "noencap" is encap = false.
static int put_encap(struct nlu_link_writer *w, const struct nlu_link_option *o,
                     const struct nlu_value *value) {
    char text[8];
    bool on;

    if (nlu_link_value_boolean(value, &on) && !on)
        return nlu_link_put_integer(w, o->attr, TUNNEL_ENCAP_NONE, 2, false);
    if (nlu_link_value_text(value, text, sizeof text))
        for (const struct nlu_link_word *k = o->words; k->word; k++)
            if (strcmp(k->word, text) == 0)
                return nlu_link_put_integer(w, o->attr, (uint64_t)k->value, 2, false);
    return nlu_link_expected(w, o->word, value, "none, fou or gue");
}

// The four attributes follow each other: type, flags, source and destination port. In gre their
// order is the same.
static void show_encap(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    uint64_t type, flags = 0, sport = 0, dport = 0;

    if (!nlu_link_attr_integer(r, o->attr, 2, false, &type) || type == TUNNEL_ENCAP_NONE)
        return;
    (void)nlu_link_attr_integer(r, o->attr + 1, 2, false, &flags);
    (void)nlu_link_attr_integer(r, o->attr + 2, 2, true, &sport);
    (void)nlu_link_attr_integer(r, o->attr + 3, 2, true, &dport);
    struct nlu_value table = nlu_value_table(tree);
    if (type == TUNNEL_ENCAP_FOU || type == TUNNEL_ENCAP_GUE)
        nlu_table_add(tree, table, "type",
                      nlu_value_text(type == TUNNEL_ENCAP_FOU ? "fou" : "gue"));
    nlu_table_add(tree, table, "sport", nlu_value_integer((int64_t)sport));
    nlu_table_add(tree, table, "dport", nlu_value_integer((int64_t)dport));
    nlu_table_add(tree, table, "csum", nlu_value_boolean(flags & TUNNEL_ENCAP_FLAG_CSUM));
    nlu_table_add(tree, table, "csum6", nlu_value_boolean(flags & TUNNEL_ENCAP_FLAG_CSUM6));
    nlu_table_add(tree, table, "remcsum", nlu_value_boolean(flags & TUNNEL_ENCAP_FLAG_REMCSUM));
    nlu_link_show(r, o->key, table);
}

#define ENCAP(prefix)                                                                              \
    NLU_OPTION("encap", "encap", prefix##_ENCAP_TYPE, CUSTOM, .flags = NLU_OPTION_FALSE,           \
               .words = encap_types, .put = put_encap, .show = show_encap),                        \
        NLU_OPTION("encap-sport", NULL, prefix##_ENCAP_SPORT, BE16, .words = auto_0),              \
        NLU_OPTION("encap-dport", NULL, prefix##_ENCAP_DPORT, BE16),                               \
        NLU_OPTION("encap-csum", NULL, prefix##_ENCAP_FLAGS, BIT16(TUNNEL_ENCAP_FLAG_CSUM)),       \
        NLU_OPTION("encap-udp6-csum", NULL, prefix##_ENCAP_FLAGS, BIT16(TUNNEL_ENCAP_FLAG_CSUM6)), \
        NLU_OPTION("encap-remcsum", NULL, prefix##_ENCAP_FLAGS, BIT16(TUNNEL_ENCAP_FLAG_REMCSUM))

// --- gre -----------------------------------------------------------------------------------------

enum { SIDE_IN = 1, SIDE_OUT = 2 };

// o->bit says which sides: key, ikey, okey. A number or dotted like an address; false for none.
static int put_key(struct nlu_link_writer *w, const struct nlu_link_option *o,
                   const struct nlu_value *value) {
    char text[NLU_IP_TEXT];
    int64_t number = 0;
    struct nlu_ip ip = {0};
    bool on = true;

    if (value->type == NLU_VALUE_BOOLEAN)
        on = value->boolean;
    else if (nlu_link_value_integer(value, 0, UINT32_MAX, &number))
        for (int i = 0; i < 4; i++)
            ip.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    else if (!nlu_link_value_text(value, text, sizeof text) || nlu_ip_parse(text, &ip) < 0 ||
             nlu_ip_size(&ip) != 4)
        return nlu_link_expected(w, o->word, value, "a number or a text like 0.0.0.1");
    if (value->type == NLU_VALUE_BOOLEAN && on)
        return nlu_link_expected(w, o->word, value, "a number or false");
    int rc = 0;
    if (o->bit & SIDE_IN)
        rc = nlu_link_put_bytes(w, IFLA_GRE_IKEY, ip.bytes, 4);
    if (rc == 0 && (o->bit & SIDE_IN))
        rc = nlu_link_put_bits(w, IFLA_GRE_IFLAGS, GRE_KEY, on, 2);
    if (rc == 0 && (o->bit & SIDE_OUT))
        rc = nlu_link_put_bytes(w, IFLA_GRE_OKEY, ip.bytes, 4);
    if (rc == 0 && (o->bit & SIDE_OUT))
        rc = nlu_link_put_bits(w, IFLA_GRE_OFLAGS, GRE_KEY, on, 2);
    return rc;
}

static void show_key(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    char text[NLU_IP_TEXT];
    uint64_t flags;
    const void *bytes = nlu_link_attr(r, o->attr, 4, NULL);

    if (!bytes || !nlu_link_attr_integer(r, o->attr2, 2, false, &flags) || !(flags & GRE_KEY))
        return;
    struct nlu_ip ip = nlu_ip_from(bytes, 4);
    nlu_link_show(r, o->key,
                  nlu_value_format(nlu_link_reader_tree(r), "%s", nlu_ip_format(&ip, text)));
}

// seq and csum: both sides' bits at once.
static int put_both(struct nlu_link_writer *w, const struct nlu_link_option *o,
                    const struct nlu_value *value) {
    bool on;

    if (!nlu_link_value_boolean(value, &on))
        return nlu_link_expected(w, o->word, value, "true or false");
    int rc = nlu_link_put_bits(w, IFLA_GRE_IFLAGS, o->bit, on, 2);
    return rc < 0 ? rc : nlu_link_put_bits(w, IFLA_GRE_OFLAGS, o->bit, on, 2);
}

static const struct nlu_link_word erspan_dirs[] = {{"ingress", 0}, {"egress", 1}, {NULL, 0}};

// What gre says the same in IPv4 and in IPv6.
#define GRE_COMMON                                                                                 \
    NLU_OPTION("external", "external", IFLA_GRE_COLLECT_METADATA, PRESENCE),                       \
        NLU_OPTION("dev", "link", IFLA_GRE_LINK, LINK_IF_ANY),                                     \
        NLU_OPTION("key", NULL, IFLA_GRE_IKEY, CUSTOM, .flags = NLU_OPTION_FALSE,                  \
                   .bit = SIDE_IN | SIDE_OUT, .put = put_key),                                     \
        NLU_OPTION("ikey", "ikey", IFLA_GRE_IKEY, CUSTOM, .flags = NLU_OPTION_FALSE,               \
                   .bit = SIDE_IN, .attr2 = IFLA_GRE_IFLAGS, .put = put_key, .show = show_key),    \
        NLU_OPTION("okey", "okey", IFLA_GRE_OKEY, CUSTOM, .flags = NLU_OPTION_FALSE,               \
                   .bit = SIDE_OUT, .attr2 = IFLA_GRE_OFLAGS, .put = put_key, .show = show_key),   \
        NLU_OPTION("seq", NULL, IFLA_GRE_IFLAGS, CUSTOM, .flags = NLU_OPTION_FALSE,                \
                   .bit = GRE_SEQ, .put = put_both),                                               \
        NLU_OPTION("iseq", "iseq", IFLA_GRE_IFLAGS, BIT16(GRE_SEQ)),                               \
        NLU_OPTION("oseq", "oseq", IFLA_GRE_OFLAGS, BIT16(GRE_SEQ)),                               \
        NLU_OPTION("csum", NULL, IFLA_GRE_IFLAGS, CUSTOM, .flags = NLU_OPTION_FALSE,               \
                   .bit = GRE_CSUM, .put = put_both),                                              \
        NLU_OPTION("icsum", "icsum", IFLA_GRE_IFLAGS, BIT16(GRE_CSUM)),                            \
        NLU_OPTION("ocsum", "ocsum", IFLA_GRE_OFLAGS, BIT16(GRE_CSUM)),                            \
        NLU_OPTION("erspan", "erspan_index", IFLA_GRE_ERSPAN_INDEX, U32, .max = 0xfffff),          \
        NLU_OPTION("erspan_ver", "erspan_ver", IFLA_GRE_ERSPAN_VER, U8),                           \
        NLU_OPTION("erspan_dir", "erspan_dir", IFLA_GRE_ERSPAN_DIR, WORD8(erspan_dirs)),           \
        NLU_OPTION("erspan_hwid", "erspan_hwid", IFLA_GRE_ERSPAN_HWID, HEX16), ENCAP(IFLA_GRE)

static const struct nlu_link_option gre[] = {
    GRE_COMMON,
    NLU_OPTION("remote", "remote", IFLA_GRE_REMOTE, IP4, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("local", "local", IFLA_GRE_LOCAL, IP4, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("ttl", "ttl", IFLA_GRE_TTL, U8, .words = inherit_0, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("hoplimit", NULL, IFLA_GRE_TTL, U8, .words = inherit_0),
    NLU_OPTION("tos", "tos", IFLA_GRE_TOS, HEX8, .words = inherit_1, .flags = NLU_OPTION_NONZERO),
    NLU_OPTION("dsfield", NULL, IFLA_GRE_TOS, HEX8, .words = inherit_1),
    NLU_OPTION("pmtudisc", "pmtudisc", IFLA_GRE_PMTUDISC, BOOL8),
    NLU_OPTION("ignore-df", "ignore_df", IFLA_GRE_IGNORE_DF, TRUE8),
    NLU_OPTION("fwmark", "fwmark", IFLA_GRE_FWMARK, MARK32),
    {0},
};

// As ip does: a tunnel to a group has the group for its key, so that several may share a host.
static void finish_gre(struct nlu_link_writer *w) {
    const uint8_t *group;
    size_t size;

    if (!(group = nlu_link_writer_get(w, IFLA_GRE_REMOTE, &size)) || size != 4 ||
        (*group & 0xf0) != 0xe0)
        return;
    if (!nlu_link_writer_has(w, IFLA_GRE_IKEY)) {
        (void)nlu_link_put_bytes(w, IFLA_GRE_IKEY, group, 4);
        (void)nlu_link_put_bits(w, IFLA_GRE_IFLAGS, GRE_KEY, true, 2);
    }
    if (!nlu_link_writer_has(w, IFLA_GRE_OKEY)) {
        (void)nlu_link_put_bytes(w, IFLA_GRE_OKEY, group, 4);
        (void)nlu_link_put_bits(w, IFLA_GRE_OFLAGS, GRE_KEY, true, 2);
    }
}

// --- ipip, sit -----------------------------------------------------------------------------------

// The first word of a number is the one that is shown.
static const struct nlu_link_word ip4_modes[] = {
    {"ipip", IPPROTO_IPIP},
    {"ip6ip", IPPROTO_IPV6},
    {"mplsip", IPPROTO_MPLS},
    {"any", 0},
    {"ipv4/ipv4", IPPROTO_IPIP},
    {"ip4ip4", IPPROTO_IPIP},
    {"ipv6/ipv4", IPPROTO_IPV6},
    {"mpls/ipv4", IPPROTO_MPLS},
    {"any/ipv4", 0},
    {NULL, 0},
};

static int put_6rd(struct nlu_link_writer *w, const struct nlu_link_option *o,
                   const struct nlu_value *value) {
    char text[NLU_PREFIX_TEXT + 1];
    struct nlu_prefix prefix;

    if (!nlu_link_value_text(value, text, sizeof text) || nlu_prefix_parse(text, &prefix) < 0 ||
        nlu_ip_size(&prefix.ip) != o->size)
        return nlu_link_expected(w, o->word, value, "an %s prefix", o->size == 4 ? "IPv4" : "IPv6");
    int rc = nlu_link_put_bytes(w, o->attr, prefix.ip.bytes, o->size);
    return rc < 0 ? rc : nlu_link_put_integer(w, o->attr2, prefix.len, 2, false);
}

static void show_6rd(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    const void *prefix = nlu_link_attr(r, IFLA_IPTUN_6RD_PREFIX, 16, NULL);
    const void *relay = nlu_link_attr(r, IFLA_IPTUN_6RD_RELAY_PREFIX, 4, NULL);
    uint64_t len, relay_len = 0;
    char text[NLU_IP_TEXT];

    if (!prefix || !nlu_link_attr_integer(r, o->attr2, 2, false, &len) || !len)
        return;
    struct nlu_ip ip = nlu_ip_from(prefix, 16);
    nlu_link_show(r, "prefix", nlu_value_format(tree, "%s", nlu_ip_format(&ip, text)));
    nlu_link_show(r, "prefixlen", nlu_value_integer((int64_t)len));
    if (!relay || memcmp(relay, "\0\0\0", 4) == 0)
        return;
    ip = nlu_ip_from(relay, 4);
    (void)nlu_link_attr_integer(r, IFLA_IPTUN_6RD_RELAY_PREFIXLEN, 2, false, &relay_len);
    nlu_link_show(r, "relay_prefix", nlu_value_format(tree, "%s", nlu_ip_format(&ip, text)));
    nlu_link_show(r, "relay_prefixlen", nlu_value_integer((int64_t)relay_len));
}

#define IPTUN_COMMON                                                                               \
    NLU_OPTION("external", "external", IFLA_IPTUN_COLLECT_METADATA, PRESENCE),                     \
        NLU_OPTION("dev", "link", IFLA_IPTUN_LINK, LINK_IF_ANY), ENCAP(IFLA_IPTUN)

static const struct nlu_link_option iptun[] = {
    IPTUN_COMMON,
    NLU_OPTION("mode", "proto", IFLA_IPTUN_PROTO, WORD8(ip4_modes)),
    NLU_OPTION("remote", "remote", IFLA_IPTUN_REMOTE, IP4, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("local", "local", IFLA_IPTUN_LOCAL, IP4, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("ttl", "ttl", IFLA_IPTUN_TTL, U8, .words = inherit_0, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("hoplimit", NULL, IFLA_IPTUN_TTL, U8, .words = inherit_0),
    NLU_OPTION("tos", "tos", IFLA_IPTUN_TOS, HEX8, .words = inherit_1, .flags = NLU_OPTION_NONZERO),
    NLU_OPTION("dsfield", NULL, IFLA_IPTUN_TOS, HEX8, .words = inherit_1),
    NLU_OPTION("pmtudisc", "pmtudisc", IFLA_IPTUN_PMTUDISC, BOOL8, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("fwmark", "fwmark", IFLA_IPTUN_FWMARK, MARK32),
    {0},
};

static const struct nlu_link_option sit_more[] = {
    NLU_OPTION("isatap", "isatap", IFLA_IPTUN_FLAGS, BIT16(SIT_ISATAP)),
    NLU_OPTION("6rd-prefix", "prefix", IFLA_IPTUN_6RD_PREFIX, CUSTOM, .size = 16,
               .attr2 = IFLA_IPTUN_6RD_PREFIXLEN, .put = put_6rd, .show = show_6rd),
    NLU_OPTION("6rd-relay_prefix", NULL, IFLA_IPTUN_6RD_RELAY_PREFIX, CUSTOM, .size = 4,
               .attr2 = IFLA_IPTUN_6RD_RELAY_PREFIXLEN, .put = put_6rd),
    {0},
};

// --- in IPv6 -------------------------------------------------------------------------------------

static const struct nlu_link_word ip6_modes[] = {
    {"ipip6", IPPROTO_IPIP},     {"ip6ip6", IPPROTO_IPV6},  {"any", 0},
    {"ipv6/ipv6", IPPROTO_IPV6}, {"ip/ipv6", IPPROTO_IPIP}, {"ipv4/ipv6", IPPROTO_IPIP},
    {"ip4ip6", IPPROTO_IPIP},    {"any/ipv6", 0},           {NULL, 0},
};

// What may be "inherit" is a bit of the flags (o->attr2): o->bit.
static bool inherits(const struct nlu_value *value, const char *word) {
    char text[16];
    return nlu_link_value_text(value, text, sizeof text) && strcmp(text, word) == 0;
}

static int put_limit(struct nlu_link_writer *w, const struct nlu_link_option *o,
                     const struct nlu_value *value) {
    int64_t limit;

    if (inherits(value, "none"))
        return nlu_link_put_bits(w, o->attr2, IP6_TNL_F_IGN_ENCAP_LIMIT, true, 4);
    if (!nlu_link_value_integer(value, 0, 255, &limit))
        return nlu_link_expected(w, o->word, value, "an integer from 0 to 255 or \"none\"");
    int rc = nlu_link_put_bits(w, o->attr2, IP6_TNL_F_IGN_ENCAP_LIMIT, false, 4);
    return rc < 0 ? rc : nlu_link_put_integer(w, o->attr, (uint64_t)limit, 1, false);
}

static uint64_t flags_of(const struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t flags = 0;
    (void)nlu_link_attr_integer(r, o->attr2, 4, false, &flags);
    return flags;
}

static void show_limit(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t limit;

    if (flags_of(r, o) & IP6_TNL_F_IGN_ENCAP_LIMIT)
        nlu_link_show(r, "ip6_tnl_f_ign_encap_limit", nlu_value_boolean(true));
    else if (nlu_link_attr_integer(r, o->attr, 1, false, &limit))
        nlu_link_show(r, o->key, nlu_value_integer((int64_t)limit));
}

// The traffic class and the flow label share a word in network order; o->max is the part's mask.
static int put_flowinfo(struct nlu_link_writer *w, const struct nlu_link_option *o,
                        const struct nlu_value *value) {
    const uint32_t mask = (uint32_t)o->max;
    const int shift = mask == 0x0ff00000 ? 20 : 0;
    char text[16], *end;
    int64_t part = -1;
    size_t size;

    if (inherits(value, "inherit"))
        return nlu_link_put_bits(w, o->attr2, o->bit, true, 4);
    if (nlu_link_value_text(value, text, sizeof text) && *text)
        part = (int64_t)strtoul(text, &end, 16), part = *end ? -1 : part;
    else
        (void)nlu_link_value_integer(value, 0, UINT32_MAX, &part);
    if (part < 0 || part > (int64_t)(mask >> shift))
        return nlu_link_expected(w, o->word, value, "0x0 to %#x or \"inherit\"", mask >> shift);
    const uint8_t *now = nlu_link_writer_get(w, o->attr, &size);
    uint32_t info = now && size == 4 ? (uint32_t)now[0] << 24 | (uint32_t)now[1] << 16 |
                                           (uint32_t)now[2] << 8 | now[3]
                                     : 0;
    info = (info & ~mask) | ((uint32_t)part << shift);
    int rc = nlu_link_put_bits(w, o->attr2, o->bit, false, 4);
    return rc < 0 ? rc : nlu_link_put_integer(w, o->attr, info, 4, true);
}

static void show_flowinfo(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    struct nlu_tree *tree = nlu_link_reader_tree(r);
    const bool class = o->max == 0x0ff00000;
    uint64_t info;

    if (flags_of(r, o) & o->bit)
        nlu_link_show(r, class ? "ip6_tnl_f_use_orig_tclass" : "ip6_tnl_f_use_orig_flowlabel",
                      nlu_value_boolean(true));
    else if (!nlu_link_attr_integer(r, o->attr, 4, true, &info))
        return;
    else if (class)
        nlu_link_show(r, o->key, nlu_value_format(tree, "0x%02x", (unsigned)(info >> 20) & 0xff));
    else
        nlu_link_show(r, o->key, nlu_value_format(tree, "0x%05x", (unsigned)info & 0xfffff));
}

// dscp = "inherit" is the only thing there is to say; true does as well.
static int put_dscp(struct nlu_link_writer *w, const struct nlu_link_option *o,
                    const struct nlu_value *value) {
    bool on = inherits(value, "inherit");

    if (!on && !nlu_link_value_boolean(value, &on))
        return nlu_link_expected(w, o->word, value, "\"inherit\"");
    return nlu_link_put_bits(w, o->attr, o->bit, on, 4);
}

static int put_mark(struct nlu_link_writer *w, const struct nlu_link_option *o,
                    const struct nlu_value *value) {
    char text[16], *end;
    int64_t mark = 0;
    const bool inherit = inherits(value, "inherit");

    if (!inherit && !nlu_link_value_integer(value, 0, UINT32_MAX, &mark)) {
        if (!nlu_link_value_text(value, text, sizeof text) || strncmp(text, "0x", 2) != 0)
            return nlu_link_expected(w, o->word, value,
                                     "an integer from 0 to 0xffffffff or \"inherit\"");
        mark = (int64_t)strtoul(text, &end, 16);
        if (*end || mark > UINT32_MAX)
            return nlu_link_expected(w, o->word, value,
                                     "an integer from 0 to 0xffffffff or \"inherit\"");
    }
    int rc = nlu_link_put_bits(w, o->attr2, IP6_TNL_F_USE_ORIG_FWMARK, inherit, 4);
    return rc < 0 ? rc : nlu_link_put_integer(w, o->attr, (uint64_t)mark, 4, false);
}

static void show_mark(struct nlu_link_reader *r, const struct nlu_link_option *o) {
    uint64_t mark;

    if (flags_of(r, o) & IP6_TNL_F_USE_ORIG_FWMARK)
        nlu_link_show(r, "ip6_tnl_f_use_orig_fwmark", nlu_value_boolean(true));
    else if (nlu_link_attr_integer(r, o->attr, 4, false, &mark) && mark)
        nlu_link_show(r, o->key, nlu_link_hex(nlu_link_reader_tree(r), mark));
}

#define FLOWINFO(word, key, prefix, mask, inherit_bit, ...)                                        \
    NLU_OPTION(word, key, prefix##_FLOWINFO, CUSTOM, .attr2 = prefix##_FLAGS, .max = (mask),       \
               .bit = (inherit_bit), .put = put_flowinfo, __VA_ARGS__)

#define IN_IPV6(prefix)                                                                            \
    NLU_OPTION("remote", "remote", prefix##_REMOTE, IP6, .flags = NLU_OPTION_ALWAYS),              \
        NLU_OPTION("local", "local", prefix##_LOCAL, IP6, .flags = NLU_OPTION_ALWAYS),             \
        NLU_OPTION("ttl", "ttl", prefix##_TTL, U8, .words = inherit_0,                             \
                   .flags = NLU_OPTION_ALWAYS),                                                    \
        NLU_OPTION("hoplimit", NULL, prefix##_TTL, U8, .words = inherit_0),                        \
        NLU_OPTION("encaplimit", "encap_limit", prefix##_ENCAP_LIMIT, CUSTOM,                      \
                   .attr2 = prefix##_FLAGS, .put = put_limit, .show = show_limit),                 \
        FLOWINFO("tclass", "tclass", prefix, 0x0ff00000, IP6_TNL_F_USE_ORIG_TCLASS,                \
                 .show = show_flowinfo),                                                           \
        FLOWINFO("tos", NULL, prefix, 0x0ff00000, IP6_TNL_F_USE_ORIG_TCLASS),                      \
        FLOWINFO("dsfield", NULL, prefix, 0x0ff00000, IP6_TNL_F_USE_ORIG_TCLASS),                  \
        FLOWINFO("flowlabel", "flowlabel", prefix, 0x000fffff, IP6_TNL_F_USE_ORIG_FLOWLABEL,       \
                 .show = show_flowinfo),                                                           \
        NLU_OPTION("dscp", "ip6_tnl_f_rcv_dscp_copy", prefix##_FLAGS,                              \
                   BIT32(IP6_TNL_F_RCV_DSCP_COPY), .put = put_dscp),                               \
        NLU_OPTION("allow-localremote", "ip6_tnl_f_allow_local_remote", prefix##_FLAGS,            \
                   BIT32(IP6_TNL_F_ALLOW_LOCAL_REMOTE)),                                           \
        NLU_OPTION("fwmark", "fwmark", prefix##_FWMARK, CUSTOM, .attr2 = prefix##_FLAGS,           \
                   .put = put_mark, .show = show_mark)

static const struct nlu_link_option ip6tnl[] = {
    IPTUN_COMMON,
    IN_IPV6(IFLA_IPTUN),
    NLU_OPTION("mode", "proto", IFLA_IPTUN_PROTO, WORD8(ip6_modes)),
    NLU_OPTION(NULL, "ip6_tnl_f_mip6_dev", IFLA_IPTUN_FLAGS, BIT32(IP6_TNL_F_MIP6_DEV)),
    {0},
};

static const struct nlu_link_option ip6gre[] = {
    GRE_COMMON,
    IN_IPV6(IFLA_GRE),
    {0},
};

// A tunnel that routes choose has nothing of its own: what ip would have said by itself is not
// said.
static void finish_ip6tnl(struct nlu_link_writer *w) {
    if (nlu_link_writer_has(w, IFLA_IPTUN_COLLECT_METADATA)) {
        nlu_link_drop(w, IFLA_IPTUN_TTL);
        nlu_link_drop(w, IFLA_IPTUN_ENCAP_LIMIT);
    } else if (nlu_link_writer_has(w, IFLA_IPTUN_ENCAP_TYPE) &&
               !nlu_link_writer_has(w, IFLA_IPTUN_ENCAP_FLAGS)) {
        (void)nlu_link_put_integer(w, IFLA_IPTUN_ENCAP_FLAGS, TUNNEL_ENCAP_FLAG_CSUM6, 2, false);
    }
}

static void finish_ip6gre(struct nlu_link_writer *w) {
    if (nlu_link_writer_has(w, IFLA_GRE_COLLECT_METADATA)) {
        nlu_link_drop(w, IFLA_GRE_TTL);
        nlu_link_drop(w, IFLA_GRE_ENCAP_LIMIT);
    } else if (nlu_link_writer_has(w, IFLA_GRE_ENCAP_TYPE) &&
               !nlu_link_writer_has(w, IFLA_GRE_ENCAP_FLAGS)) {
        (void)nlu_link_put_integer(w, IFLA_GRE_ENCAP_FLAGS, TUNNEL_ENCAP_FLAG_CSUM6, 2, false);
    }
}

// --- IPsec ---------------------------------------------------------------------------------------

static int put_vti_key(struct nlu_link_writer *w, const struct nlu_link_option *o,
                       const struct nlu_value *value) {
    char text[NLU_IP_TEXT];
    struct nlu_ip ip = {0};
    int64_t number;

    if (nlu_link_value_integer(value, 0, UINT32_MAX, &number))
        for (int i = 0; i < 4; i++)
            ip.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    else if (!nlu_link_value_text(value, text, sizeof text) || nlu_ip_parse(text, &ip) < 0 ||
             nlu_ip_size(&ip) != 4)
        return nlu_link_expected(w, o->word, value, "a number or a text like 0.0.0.1");
    int rc = o->attr == IFLA_VTI_OKEY ? 0 : nlu_link_put_bytes(w, IFLA_VTI_IKEY, ip.bytes, 4);
    if (rc == 0 && (o->attr == IFLA_VTI_OKEY || o->attr2 == IFLA_VTI_OKEY))
        rc = nlu_link_put_bytes(w, IFLA_VTI_OKEY, ip.bytes, 4);
    return rc;
}

static const struct nlu_link_option vti[] = {
    NLU_OPTION("remote", "remote", IFLA_VTI_REMOTE, IP4, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("local", "local", IFLA_VTI_LOCAL, IP4, .flags = NLU_OPTION_ALWAYS),
    NLU_OPTION("dev", "link", IFLA_VTI_LINK, LINK_IF_ANY),
    NLU_OPTION("key", NULL, IFLA_VTI_IKEY, CUSTOM, .attr2 = IFLA_VTI_OKEY, .put = put_vti_key),
    NLU_OPTION("ikey", "ikey", IFLA_VTI_IKEY, IP4, .put = put_vti_key),
    NLU_OPTION("okey", "okey", IFLA_VTI_OKEY, IP4, .put = put_vti_key),
    NLU_OPTION("fwmark", "fwmark", IFLA_VTI_FWMARK, MARK32),
    {0},
};

static const struct nlu_link_option xfrm[] = {
    NLU_OPTION("external", "external", IFLA_XFRM_COLLECT_METADATA, PRESENCE),
    NLU_OPTION("dev", NULL, IFLA_XFRM_LINK, LINK),
    NLU_OPTION("if_id", "if_id", IFLA_XFRM_IF_ID, NLU_FORM_HEX, .size = 4),
    {0},
};

// --- the kinds -----------------------------------------------------------------------------------

// ip's DEFAULT_TNL_HOP_LIMIT and IPV6_DEFAULT_TNL_ENCAP_LIMIT (RFC 2473, section 6.6).
static const struct nlu_link_default ip6tnl_defaults[] = {
    {IFLA_IPTUN_TTL, 1, 64}, {IFLA_IPTUN_ENCAP_LIMIT, 1, 4}, {0, 0, 0}};
static const struct nlu_link_default ip6gre_defaults[] = {
    {IFLA_GRE_TTL, 1, 64}, {IFLA_GRE_ENCAP_LIMIT, 1, 4}, {0, 0, 0}};
// The kernel's would be ipip, and 64 hops for sit; ip asks for "any" and the inner packet's.
static const struct nlu_link_default iptun_defaults[] = {
    {IFLA_IPTUN_PROTO, 1, 0}, {IFLA_IPTUN_TTL, 1, 0}, {0, 0, 0}};
static const struct nlu_link_default erspan_defaults[] = {{IFLA_GRE_ERSPAN_VER, 1, 1}, {0, 0, 0}};

#define GRE_KIND(name_) .name = (name_), .options = gre, .needs_current = true, .finish = finish_gre
#define GRE6_KIND(name_)                                                                           \
    .name = (name_), .options = ip6gre, .needs_current = true, .defaults = ip6gre_defaults,        \
    .finish = finish_ip6gre

const struct nlu_link_kind nlu_link_kinds_tunnel[] = {
    {GRE_KIND("gre")},
    {GRE_KIND("gretap")},
    {GRE_KIND("erspan"), .defaults = erspan_defaults},
    {GRE6_KIND("ip6gre")},
    {GRE6_KIND("ip6gretap")},
    {.name = "ipip", .options = iptun, .defaults = iptun_defaults, .needs_current = true},
    {.name = "sit",
     .options = iptun,
     .more = sit_more,
     .defaults = iptun_defaults,
     .needs_current = true},
    {.name = "ip6tnl",
     .options = ip6tnl,
     .defaults = ip6tnl_defaults,
     .needs_current = true,
     .finish = finish_ip6tnl},
    {.name = "vti", .options = vti, .needs_current = true},
    {.name = "xfrm", .options = xfrm, .needs_current = true},
    {0},
};
