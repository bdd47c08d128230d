// ns:rule_*: routing policy, in ip-rule's words and with the keys of `ip -json rule`.
#include "rule.h"
#include "link.h"
#include "lroute.h"
#include "route_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// --- structs to tables ---------------------------------------------------------------------------

// An address and its length under two keys, the length only where it is not full.
static void set_prefix(lua_State *L, const char *key, const char *len_key, bool there,
                       const struct nlu_prefix *prefix) {
    if (there) {
        nluL_setip(L, key, &prefix->ip);
        if (prefix->len != 8 * nlu_ip_size(&prefix->ip))
            nluL_setinteger(L, len_key, prefix->len);
    } else if (prefix->len) {
        nluL_setstring(L, key, "0");
        nluL_setinteger(L, len_key, prefix->len);
    }
}

static void set_hex(lua_State *L, const char *key, uint32_t value) {
    char hex[12];
    snprintf(hex, sizeof hex, "0x%x", value);
    nluL_setstring(L, key, hex);
}

static void set_ports(lua_State *L, const char *key, const char *start_key, const char *end_key,
                      const struct nlu_rule_range *ports) {
    if (ports->start == ports->end) {
        nluL_setinteger(L, key, ports->start);
    } else {
        nluL_setinteger(L, start_key, ports->start);
        nluL_setinteger(L, end_key, ports->end);
    }
}

static void set_match(lua_State *L, const struct nlu_rule *r) {
    char name[NLU_ROUTE_NAME], proto[12];

    if (!r->has_src && !r->src.len)
        nluL_setstring(L, "src", "all");
    set_prefix(L, "src", "srclen", r->has_src, &r->src);
    set_prefix(L, "dst", "dstlen", r->has_dst, &r->dst);
    if (r->tos)
        nluL_setid(L, "tos", NLU_IDFILE_DSFIELDS, r->tos, nlu_dsfield_name(r->tos, name), name);
    if (r->have & (NLU_RULE_FWMARK | NLU_RULE_FWMASK))
        set_hex(L, "fwmark", r->fwmark);
    if ((r->have & NLU_RULE_FWMASK) && r->fwmask != UINT32_MAX)
        set_hex(L, "fwmask", r->fwmask);
    if (r->iif)
        nluL_setstring(L, "iif", r->iif);
    if (r->iif && (r->flags & FIB_RULE_IIF_DETACHED))
        nluL_setboolean(L, "iif_detached", true);
    if (r->oif)
        nluL_setstring(L, "oif", r->oif);
    if (r->oif && (r->flags & FIB_RULE_OIF_DETACHED))
        nluL_setboolean(L, "oif_detached", true);
    if (r->have & NLU_RULE_L3MDEV)
        nluL_setboolean(L, "l3mdev", true);
    if (r->have & NLU_RULE_UIDRANGE) {
        nluL_setinteger(L, "uid_start", r->uidrange.start);
        nluL_setinteger(L, "uid_end", r->uidrange.end);
    }
    if (r->have & NLU_RULE_IPPROTO)
        nluL_setstring(L, "ipproto", nlu_ipproto_name(r->ipproto, proto));
    if (r->have & NLU_RULE_SPORT)
        set_ports(L, "sport", "sport_start", "sport_end", &r->sport);
    if (r->have & NLU_RULE_DPORT)
        set_ports(L, "dport", "dport_start", "dport_end", &r->dport);
    if (r->have & NLU_RULE_TUN_ID)
        nluL_setinteger(L, "tun_id", (lua_Integer)r->tun_id);
}

static void set_action(lua_State *L, const struct nlu_rule *r) {
    char name[NLU_ROUTE_NAME];

    switch (r->action) {
    case FR_ACT_GOTO:
        if (r->have & NLU_RULE_GOTO)
            nluL_setinteger(L, "goto", r->target);
        else
            nluL_setstring(L, "goto", "none");
        if (r->flags & FIB_RULE_UNRESOLVED)
            nluL_setboolean(L, "unresolved", true);
        break;
    case FR_ACT_NOP:
        nluL_setboolean(L, "nop", true);
        break;
    case FR_ACT_TO_TBL:
        break;
    default:
        nluL_setstring(L, "action", nlu_route_type_name(r->action, name));
        break;
    }
}

void nluL_pushrule(lua_State *L, const struct nlu_rule *r) {
    char name[NLU_ROUTE_NAME];

    lua_createtable(L, 0, 6);
    nluL_setinteger(L, "priority", r->have & NLU_RULE_PRIORITY ? r->priority : 0);
    // What ip writes as null is true here, since a Lua table cannot hold null.
    if (r->flags & FIB_RULE_INVERT)
        nluL_setboolean(L, "not", true);
    set_match(L, r);
    if (r->table) {
        nluL_setid(L, "table", NLU_IDFILE_TABLES, r->table, nlu_table_name(r->table, name), name);
        if ((r->have & NLU_RULE_SUPPRESS_PREFIXLEN) && r->suppress_prefixlen != UINT32_MAX)
            nluL_setinteger(L, "suppress_prefixlen", r->suppress_prefixlen);
        if ((r->have & NLU_RULE_SUPPRESS_IFGROUP) && r->suppress_ifgroup != UINT32_MAX) {
            if (r->suppress_ifgroup)
                lua_pushfstring(L, "%I", (LUAI_UACINT)r->suppress_ifgroup);
            else
                lua_pushliteral(L, "default");
            lua_setfield(L, -2, "suppress_ifgroup");
        }
    }
    if (r->have & NLU_RULE_REALMS) {
        if (r->realms >> 16)
            nluL_setid(L, "flow_from", NLU_IDFILE_REALMS, (r->realms >> 16),
                       nlu_realm_name((uint16_t)(r->realms >> 16), name), name);
        nluL_setid(L, "flow_to", NLU_IDFILE_REALMS, (uint16_t)r->realms,
                   nlu_realm_name((uint16_t)r->realms, name), name);
    }
    set_action(L, r);
    if (r->have & NLU_RULE_PROTOCOL)
        nluL_setid(L, "protocol", NLU_IDFILE_PROTOCOLS, r->protocol,
                   nlu_protocol_name(r->protocol, name), name);
}

// --- tables to structs ---------------------------------------------------------------------------

// "all" or a prefix.
static void opt_prefix(lua_State *L, const struct nluL_opts *opts, const char *key,
                       struct nlu_prefix *ret_prefix) {
    const char *text;
    if (nluL_opt_string(L, opts, key, &text) && strcmp(text, "all") != 0)
        (void)nluL_opt_prefix(L, opts, key, ret_prefix);
}

// "12" or "12-34", without signs and spaces.
static bool parse_range(const char *text, unsigned long long *ret_start,
                        unsigned long long *ret_end) {
    char *rest;

    if (*text < '0' || *text > '9')
        return false;
    *ret_start = *ret_end = strtoull(text, &rest, 10);
    if (*rest == '-' && rest[1] >= '0' && rest[1] <= '9')
        *ret_end = strtoull(rest + 1, &rest, 10);
    return !*rest;
}

// A number, "12", or "12-34".
static bool opt_range(lua_State *L, const struct nluL_opts *opts, const char *key, uint32_t max,
                      struct nlu_rule_range *ret_range) {
    unsigned long long start = 1, end = 0;

    if (!opts->index || lua_getfield(L, opts->index, key) == LUA_TNIL) {
        if (opts->index)
            lua_pop(L, 1);
        return false;
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        if (!parse_range(lua_tostring(L, -1), &start, &end))
            start = 1, end = 0;
    } else if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 0) {
        start = end = (unsigned long long)lua_tointeger(L, -1);
    }
    if (start > end || end > max)
        nluL_misuse(L, opts->op, key, "expected a number up to %I or a range like '10-20', got %s",
                    (LUAI_UACINT)max, nluL_describe(L, -1));
    lua_pop(L, 1);
    *ret_range = (struct nlu_rule_range){(uint32_t)start, (uint32_t)end};
    return true;
}

// A written number without sign and spaces: decimal, 0x or octal. NULL when it is none.
static const char *parse_number(const char *text, unsigned long long *ret_number) {
    char *end;

    if (*text < '0' || *text > '9')
        return NULL;
    *ret_number = strtoull(text, &end, 0);
    return *ret_number > UINT32_MAX ? NULL : end;
}

// A number, or text as ip takes it: "0x1", "1/0xff".
static int opt_fwmark(lua_State *L, const struct nluL_opts *opts, struct nlu_rule *r) {
    unsigned long long mark = 0, mask;
    int have = 0;

    if (!opts->index || lua_getfield(L, opts->index, "fwmark") != LUA_TSTRING) {
        if (opts->index)
            lua_pop(L, 1);
        have |= nluL_opt_u32(L, opts, "fwmark", 0, &r->fwmark) ? NLU_RULE_FWMARK : 0;
    } else {
        const char *end = parse_number(lua_tostring(L, -1), &mark);
        const bool with_mask = end && *end == '/';
        mask = mark;
        if (with_mask)
            end = parse_number(end + 1, &mask);
        if (!end || *end)
            nluL_misuse(L, opts->op, "fwmark",
                        "expected a number or a text like '0x1/0xff', got %s",
                        nluL_describe(L, -1));
        lua_pop(L, 1);
        r->fwmark = (uint32_t)mark;
        r->fwmask = (uint32_t)mask;
        have |= NLU_RULE_FWMARK | (with_mask ? NLU_RULE_FWMASK : 0);
    }
    return have | (nluL_opt_u32(L, opts, "fwmask", 0, &r->fwmask) ? NLU_RULE_FWMASK : 0);
}

static bool opt_ipproto(lua_State *L, const struct nluL_opts *opts, uint8_t *ret_ipproto) {
    lua_Integer number;

    if (!opts->index)
        return false;
    bool text = lua_getfield(L, opts->index, "ipproto") == LUA_TSTRING;
    if (text && nlu_ipproto_parse(lua_tostring(L, -1), ret_ipproto) < 0)
        nluL_misuse(L, opts->op, "ipproto", "expected tcp, udp, icmp, … or a number, got %s",
                    nluL_describe(L, -1));
    lua_pop(L, 1);
    if (text || !nluL_opt_integer(L, opts, "ipproto", 0, UINT8_MAX, &number))
        return text;
    *ret_ipproto = (uint8_t)number;
    return true;
}

static int opt_action(lua_State *L, const struct nluL_opts *opts, struct nlu_rule *r) {
    static const struct nluL_word actions[] = {
        {"unicast", FR_ACT_TO_TBL},       {"nop", FR_ACT_NOP},        {"blackhole", RTN_BLACKHOLE},
        {"unreachable", RTN_UNREACHABLE}, {"prohibit", RTN_PROHIBIT}, {NULL, 0},
    };
    int word;

    if (!nluL_opt_word(L, opts, "type", actions, &word) &&
        !nluL_opt_word(L, opts, "action", actions, &word))
        return 0;
    r->action = (uint8_t)word;
    return NLU_RULE_ACTION;
}

static const char *const keys[] = {"from",
                                   "to",
                                   "priority",
                                   "pref",
                                   "tos",
                                   "dsfield",
                                   "fwmark",
                                   "fwmask",
                                   "iif",
                                   "oif",
                                   "l3mdev",
                                   "uidrange",
                                   "ipproto",
                                   "sport",
                                   "dport",
                                   "tun_id",
                                   "table",
                                   "lookup",
                                   "suppress_prefixlength",
                                   "suppress_ifgroup",
                                   "realms",
                                   "goto",
                                   "type",
                                   "action",
                                   "proto",
                                   "not",
                                   "family",
                                   NULL};

static void read_numbers(lua_State *L, const struct nluL_opts *opts, struct nlu_rule *r) {
    lua_Integer number;
    int have = opt_fwmark(L, opts, r) | opt_action(L, opts, r);

    have |= nluL_opt_u32(L, opts, "priority", 0, &r->priority) ||
                    nluL_opt_u32(L, opts, "pref", 0, &r->priority)
                ? NLU_RULE_PRIORITY
                : 0;
    have |=
        nluL_opt_table(L, opts, "table", &r->table) || nluL_opt_table(L, opts, "lookup", &r->table)
            ? NLU_RULE_TABLE
            : 0;
    if (nluL_opt_integer(L, opts, "suppress_prefixlength", 0, 128, &number))
        have |= NLU_RULE_SUPPRESS_PREFIXLEN, r->suppress_prefixlen = (uint32_t)number;
    if (nluL_opt_integer(L, opts, "suppress_ifgroup", 0, INT32_MAX, &number))
        have |= NLU_RULE_SUPPRESS_IFGROUP, r->suppress_ifgroup = (uint32_t)number;
    have |= nluL_opt_u32(L, opts, "realms", 0, &r->realms) ? NLU_RULE_REALMS : 0;
    have |= nluL_opt_u32(L, opts, "goto", 1, &r->target) ? NLU_RULE_GOTO : 0;
    if (nluL_opt_integer(L, opts, "tun_id", 0, INT64_MAX, &number))
        have |= NLU_RULE_TUN_ID, r->tun_id = (uint64_t)number;
    have |= nluL_opt_flag(L, opts, "l3mdev") ? NLU_RULE_L3MDEV : 0;
    have |= opt_range(L, opts, "uidrange", UINT32_MAX - 1, &r->uidrange) ? NLU_RULE_UIDRANGE : 0;
    have |= opt_range(L, opts, "sport", UINT16_MAX, &r->sport) ? NLU_RULE_SPORT : 0;
    have |= opt_range(L, opts, "dport", UINT16_MAX, &r->dport) ? NLU_RULE_DPORT : 0;
    have |= nluL_opt_protocol(L, opts, "proto", &r->protocol) ? NLU_RULE_PROTOCOL : 0;
    have |= opt_ipproto(L, opts, &r->ipproto) ? NLU_RULE_IPPROTO : 0;
    r->have |= have;
}

static void read_rule(lua_State *L, int index, const char *op, struct nlu_rule *r) {
    struct nluL_opts opts = nluL_opts(L, index, op);

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &r->family);
    opt_prefix(L, &opts, "from", &r->src);
    opt_prefix(L, &opts, "to", &r->dst);
    if (r->src.ip.family && r->dst.ip.family && r->src.ip.family != r->dst.ip.family)
        nluL_misuse(L, op, "to", "is of another family than `from`");
    uint8_t family = r->src.ip.family ? r->src.ip.family : r->dst.ip.family;
    if (family && r->family && family != r->family)
        nluL_misuse(L, op, "family", "is not that of the addresses");
    if (!r->family)
        r->family = family ? family : AF_INET;
    if (!nluL_opt_dsfield(L, &opts, "tos", &r->tos))
        (void)nluL_opt_dsfield(L, &opts, "dsfield", &r->tos);
    (void)nluL_opt_ifname(L, &opts, "iif", &r->iif);
    (void)nluL_opt_ifname(L, &opts, "oif", &r->oif);
    if (nluL_opt_flag(L, &opts, "not"))
        r->flags |= FIB_RULE_INVERT;
    read_numbers(L, &opts, r);
    if ((r->have & NLU_RULE_L3MDEV) && (r->have & NLU_RULE_TABLE))
        nluL_misuse(L, op, "l3mdev", "the table is the link's own: it cannot be said as well");
}

// --- methods -------------------------------------------------------------------------------------

static void need_rule(lua_State *L, const char *op) {
    lua_settop(L, 2);
    if (lua_type(L, 2) != LUA_TTABLE || (lua_pushnil(L), !lua_next(L, 2)))
        nluL_misuse(L, op, "rule", "is missing: which packets, and what shall be done with them?");
    lua_settop(L, 2);
}

static int change(lua_State *L, enum nlu_rule_change kind, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_rule rule = {0};
    struct nlu_err err;

    need_rule(L, op);
    read_rule(L, 2, op, &rule);
    if (nlu_rule_change(&ns->route, kind, &rule, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// rule_add{ from =, table =, … }: true.
static int rule_add(lua_State *L) {
    return change(L, NLU_RULE_ADD, "rule.add");
}

static int rule_del(lua_State *L) {
    return change(L, NLU_RULE_DEL, "rule.del");
}

// rule_list{ table =, … }: a list of tables.
static int rule_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "rule.list");
    struct nlu_rule filter = {0};
    struct nlu_rule_list list;
    struct nlu_err err;

    lua_settop(L, 2);
    read_rule(L, 2, "rule.list", &filter);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_rule_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        nluL_pushrule(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// rule_flush{ table =, … }: how many were removed.
static int rule_flush(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "rule.flush");
    struct nlu_rule filter = {0};
    struct nlu_err err;
    size_t count;

    lua_settop(L, 2);
    read_rule(L, 2, "rule.flush", &filter);
    if (nlu_rule_flush(&ns->route, &filter, &count, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

const luaL_Reg nluL_rule_methods[] = {
    {"rule_add", rule_add},     {"rule_del", rule_del}, {"rule_list", rule_list},
    {"rule_flush", rule_flush}, {NULL, NULL},
};
