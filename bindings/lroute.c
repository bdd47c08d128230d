// ns:route_*: routes, in ip-route's words and with the keys of `ip -json route`.
#include "lroute.h"
#include "arena.h"
#include "link.h"
#include "route.h"
#include "route_names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// --- tables to structs ---------------------------------------------------------------------------

// "default", "all", "any" or a prefix.
static bool is_default(const char *text) {
    return !strcmp(text, "default") || !strcmp(text, "all") || !strcmp(text, "any");
}

static struct nlu_prefix arg_dst(lua_State *L, int arg, const char *op) {
    if (is_default(nluL_arg_string(L, arg, op, "destination")))
        return (struct nlu_prefix){0};
    return nluL_arg_prefix(L, arg, op, "destination");
}

// `via`: an address, or { family = "inet6", host = … } as ip's answers have it for a gateway of
// another family.
static bool opt_via(lua_State *L, const struct nluL_opts *opts, struct nlu_ip *ret_ip) {
    if (!opts->index || lua_getfield(L, opts->index, "via") != LUA_TTABLE) {
        if (opts->index)
            lua_pop(L, 1);
        return nluL_opt_ip(L, opts, "via", ret_ip);
    }
    static const char *const keys[] = {"family", "host", NULL};
    struct nluL_opts via = nluL_opts(L, -1, opts->op);
    uint8_t family;

    nluL_opts_only(L, &via, keys);
    if (!nluL_opt_ip(L, &via, "host", ret_ip))
        nluL_misuse(L, opts->op, "via", "has no host");
    if (nluL_opt_family(L, &via, "family", &family) && family != ret_ip->family)
        nluL_misuse(L, opts->op, "via", "family and host do not agree");
    lua_pop(L, 1);
    return true;
}

// Milliseconds: a number of seconds, or a string with its unit as ip takes it ("100ms", "1s").
static bool opt_milliseconds(lua_State *L, const struct nluL_opts *opts, const char *key,
                             uint32_t *ret_ms) {
    if (!opts->index || lua_getfield(L, opts->index, key) == LUA_TNIL) {
        if (opts->index)
            lua_pop(L, 1);
        return false;
    }
    double ms = -1;
    if (lua_type(L, -1) == LUA_TNUMBER) {
        ms = lua_tonumber(L, -1) * 1000;
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        const char *text = lua_tostring(L, -1);
        char *unit;
        ms = strtod(text, &unit);
        if (unit == text || (strcmp(unit, "ms") != 0 && strcmp(unit, "s") != 0 &&
                             strcmp(unit, "msec") != 0 && strcmp(unit, "sec") != 0))
            ms = -1;
        else if (*unit == 's')
            ms *= 1000;
    }
    if (!(ms >= 0 && ms <= UINT32_MAX / 8.0))
        nluL_misuse(L, opts->op, key, "expected seconds, or a text like '100ms', got %s",
                    nluL_describe(L, -1));
    lua_pop(L, 1);
    *ret_ms = (uint32_t)llround(ms);
    return true;
}

// Everything that stands in RTA_METRICS.
static void read_metrics(lua_State *L, const struct nluL_opts *opts, struct nlu_route_metrics *m) {
    static const char *const numbers[] = {"mtu",      "window",   "ssthresh",   "cwnd",
                                          "advmss",   "hoplimit", "reordering", "initcwnd",
                                          "initrwnd", NULL};
    static const char *const switches[] = {"quickack", "fastopen_no_cookie", NULL};
    static const struct {
        const char *key;
        uint32_t factor; // the kernel keeps eighths and quarters of milliseconds
    } times[] = {{"rtt", 8}, {"rttvar", 4}, {"rto_min", 1}};
    static const struct nluL_word features[] = {{"ecn", RTAX_FEATURE_ECN}, {NULL, 0}};
    int word;

    for (size_t i = 0; numbers[i]; i++) {
        unsigned metric = nlu_route_metric_parse(numbers[i]);
        if (nluL_opt_u32(L, opts, numbers[i], 0, &m->value[metric]))
            m->have |= 1u << metric;
    }
    for (size_t i = 0; switches[i]; i++) {
        unsigned metric = nlu_route_metric_parse(switches[i]);
        bool on;
        if (nluL_opt_boolean(L, opts, switches[i], &on))
            m->have |= 1u << metric, m->value[metric] = on;
    }
    for (size_t i = 0; i < NLU_COUNT(times); i++) {
        unsigned metric = nlu_route_metric_parse(times[i].key);
        if (opt_milliseconds(L, opts, times[i].key, &m->value[metric]))
            m->have |= 1u << metric, m->value[metric] *= times[i].factor;
    }
    // ip always locks this one: it would have no effect otherwise.
    if (m->have & 1u << RTAX_RTO_MIN)
        m->lock |= 1u << RTAX_RTO_MIN;
    if (nluL_opt_word(L, opts, "features", features, &word))
        m->have |= 1u << RTAX_FEATURES, m->value[RTAX_FEATURES] = (uint32_t)word;
    if (nluL_opt_string(L, opts, "congctl", &m->congestion))
        m->have |= 1u << RTAX_CC_ALGO;
}

// `lock`: the names of metrics that nothing may change ("mtu lock 1400").
static void read_locks(lua_State *L, const struct nluL_opts *opts, struct nlu_route_metrics *m) {
    if (!opts->index)
        return;
    switch (lua_getfield(L, opts->index, "lock")) {
    case LUA_TNIL:
        break;
    case LUA_TTABLE:
        for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
            const char *word = nluL_arg_string(L, -1, opts->op, "lock");
            unsigned metric = nlu_route_metric_parse(word);
            if (!metric || !(m->have & 1u << metric))
                nluL_misuse(L, opts->op, "lock", "%s is not among the options", word);
            m->lock |= 1u << metric;
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
        break;
    default:
        nluL_misuse(L, opts->op, "lock", "expected a list of names, got %s", nluL_describe(L, -1));
    }
    lua_pop(L, 1);
}

// Realms: a number, or { from =, to = } as ip's answers have it.
static bool opt_realms(lua_State *L, const struct nluL_opts *opts, uint32_t *ret_realms) {
    if (!opts->index || lua_getfield(L, opts->index, "realms") != LUA_TTABLE) {
        if (opts->index)
            lua_pop(L, 1);
        return nluL_opt_u32(L, opts, "realms", 0, ret_realms);
    }
    static const char *const keys[] = {"from", "to", NULL};
    struct nluL_opts realms = nluL_opts(L, -1, opts->op);
    lua_Integer from = 0, to = 0;

    nluL_opts_only(L, &realms, keys);
    (void)nluL_opt_integer(L, &realms, "from", 0, UINT16_MAX, &from);
    (void)nluL_opt_integer(L, &realms, "to", 0, UINT16_MAX, &to);
    lua_pop(L, 1);
    *ret_realms = (uint32_t)(from << 16 | to);
    return true;
}

static int read_hop(lua_State *L, struct nluL_netns *ns, const char *op, struct nlu_route_hop *hop,
                    struct nlu_err *err) {
    static const char *const keys[] = {"via", "dev", "weight", "onlink", "realms", NULL};
    lua_Integer weight = 1;

    if (!lua_istable(L, -1))
        nluL_misuse(L, op, "nexthops", "expected tables in the list, got %s", nluL_describe(L, -1));
    struct nluL_opts opts = nluL_opts(L, -1, op);
    nluL_opts_only(L, &opts, keys);
    (void)opt_via(L, &opts, &hop->gateway);
    (void)nluL_opt_integer(L, &opts, "weight", 1, 256, &weight);
    hop->weight = (uint16_t)weight;
    if (nluL_opt_flag(L, &opts, "onlink"))
        hop->flags |= RTNH_F_ONLINK;
    hop->has_realms = opt_realms(L, &opts, &hop->realms);
    return nluL_opt_dev(L, &opts, "dev", &ns->route, &hop->oif, err);
}

static int read_hops(lua_State *L, struct nluL_netns *ns, const struct nluL_opts *opts,
                     struct nlu_arena *arena, struct nlu_route_spec *s, struct nlu_err *err) {
    if (!opts->index || lua_getfield(L, opts->index, "nexthops") == LUA_TNIL) {
        if (opts->index)
            lua_pop(L, 1);
        return 0;
    }
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0)
        nluL_misuse(L, opts->op, "nexthops", "expected a list of tables, got %s",
                    nluL_describe(L, -1));
    size_t count = lua_rawlen(L, -1);
    struct nlu_route_hop *hops = nlu_arena_alloc(arena, count * sizeof *hops);
    if (!hops)
        return luaL_error(L, "not enough memory");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        int rc = read_hop(L, ns, opts->op, &hops[i], err);
        if (rc < 0)
            return rc;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    s->hops = hops;
    s->hop_count = count;
    return 0;
}

// What says the family: the destination, `from`, `src`, `via`, a way's gateway, `family`; IPv4.
static void settle_family(lua_State *L, const char *op, struct nlu_route_spec *s) {
    const struct nlu_ip *ips[] = {&s->dst.ip, &s->src.ip, &s->prefsrc, &s->gateway};

    for (size_t i = 0; i < NLU_COUNT(ips) && !s->family; i++)
        s->family = ips[i]->family;
    for (size_t i = 0; i < s->hop_count && !s->family; i++)
        s->family = s->hops[i].gateway.family;
    if (!s->family)
        s->family = AF_INET;
    if (s->dst.ip.family && s->dst.ip.family != s->family)
        nluL_misuse(L, op, "family", "is not that of the destination");
    if (s->src.ip.family && s->src.ip.family != s->family)
        nluL_misuse(L, op, "from", "is of another family than the destination");
    if (s->prefsrc.family && s->prefsrc.family != s->family)
        nluL_misuse(L, op, "src", "is of another family than the destination");
}

static int read_spec(lua_State *L, struct nluL_netns *ns, const char *op, struct nlu_arena *arena,
                     struct nlu_route_spec *s, struct nlu_err *err) {
    static const char *const keys[] = {
        "via",      "dev",      "table",    "metric",   "src",      "from",
        "scope",    "proto",    "tos",      "dsfield",  "type",     "onlink",
        "nexthops", "nhid",     "pref",     "expires",  "realms",   "ttl_propagate",
        "family",   "lock",     "mtu",      "window",   "ssthresh", "cwnd",
        "advmss",   "hoplimit", "rtt",      "rttvar",   "rto_min",  "reordering",
        "initcwnd", "initrwnd", "quickack", "features", "congctl",  "fastopen_no_cookie",
        NULL};
    static const struct nluL_word prefs[] = {
        {"low", 3}, {"medium", 0}, {"high", 1}, {NULL, 0}}; // RFC 4191 section 2.1
    struct nluL_opts opts = nluL_opts(L, 3, op);
    const char *type;
    int word, have = 0;

    s->dst = arg_dst(L, 2, op);
    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &s->family);
    (void)opt_via(L, &opts, &s->gateway);
    (void)nluL_opt_ip(L, &opts, "src", &s->prefsrc);
    (void)nluL_opt_prefix(L, &opts, "from", &s->src);
    if (nluL_opt_string(L, &opts, "type", &type)) {
        if (nlu_route_type_parse(type, &s->type) < 0)
            nluL_misuse(L, op, "type", "'%s' is no type of route", type);
        have |= NLU_ROUTE_TYPE;
    }
    have |= nluL_opt_table(L, &opts, "table", &s->table) ? NLU_ROUTE_TABLE : 0;
    have |= nluL_opt_u32(L, &opts, "metric", 0, &s->metric) ? NLU_ROUTE_METRIC : 0;
    have |= nluL_opt_scope(L, &opts, "scope", &s->scope) ? NLU_ROUTE_SCOPE : 0;
    have |= nluL_opt_protocol(L, &opts, "proto", &s->protocol) ? NLU_ROUTE_PROTOCOL : 0;
    have |= nluL_opt_u32(L, &opts, "nhid", 1, &s->nhid) ? NLU_ROUTE_NHID : 0;
    have |= nluL_opt_u32(L, &opts, "expires", 0, &s->expires) ? NLU_ROUTE_EXPIRES : 0;
    have |= opt_realms(L, &opts, &s->realms) ? NLU_ROUTE_REALMS : 0;
    have |= nluL_opt_boolean(L, &opts, "ttl_propagate", &s->ttl_propagate) ? NLU_ROUTE_TTL_PROPAGATE
                                                                           : 0;
    if (nluL_opt_word(L, &opts, "pref", prefs, &word))
        have |= NLU_ROUTE_PREF, s->pref = (uint8_t)word;
    if (!nluL_opt_dsfield(L, &opts, "tos", &s->tos))
        (void)nluL_opt_dsfield(L, &opts, "dsfield", &s->tos);
    s->have |= have;
    s->onlink = nluL_opt_flag(L, &opts, "onlink");
    read_metrics(L, &opts, &s->metrics);
    read_locks(L, &opts, &s->metrics);
    int rc = read_hops(L, ns, &opts, arena, s, err);
    if (rc == 0)
        rc = nluL_opt_dev(L, &opts, "dev", &ns->route, &s->oif, err);
    if (rc < 0)
        return nluL_no_dev(err, op, lua_tostring(L, 2));
    if (s->hop_count && s->gateway.family)
        nluL_misuse(L, op, "via", "stands in each of the nexthops when there are several");
    settle_family(L, op, s);
    return 0;
}

// --- changing ------------------------------------------------------------------------------------

static int change(lua_State *L, enum nlu_route_change kind, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_route_spec spec = {0};
    struct nlu_err err;

    lua_settop(L, 3);
    struct nlu_arena *arena = nluL_scratch(L); /* [ns, dst, opts, arena] */
    if (read_spec(L, ns, op, arena, &spec, &err) < 0 ||
        nlu_route_change(&ns->route, kind, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// route_add("default" or prefix, { via =, dev =, … }): true.
static int route_add(lua_State *L) {
    return change(L, NLU_ROUTE_ADD, "route.add");
}

static int route_replace(lua_State *L) {
    return change(L, NLU_ROUTE_REPLACE, "route.replace");
}

static int route_change(lua_State *L) {
    return change(L, NLU_ROUTE_CHANGE, "route.change");
}

static int route_append(lua_State *L) {
    return change(L, NLU_ROUTE_APPEND, "route.append");
}

static int route_prepend(lua_State *L) {
    return change(L, NLU_ROUTE_PREPEND, "route.prepend");
}

static int route_del(lua_State *L) {
    return change(L, NLU_ROUTE_DEL, "route.del");
}

// --- asking --------------------------------------------------------------------------------------

static bool full(const struct nlu_prefix *prefix) {
    return prefix->ip.family && prefix->len == 8 * nlu_ip_size(&prefix->ip);
}

// A prefix of either family, or "default", which is of both: *ret_default. Whether it is a prefix.
static bool opt_bound(lua_State *L, const struct nluL_opts *opts, const char *key,
                      struct nlu_prefix *ret_prefix, bool *ret_default) {
    const char *text;

    if (!nluL_opt_string(L, opts, key, &text))
        return false;
    if (!is_default(text))
        return nluL_opt_prefix(L, opts, key, ret_prefix);
    *ret_default = true;
    return false;
}

// `to`, `to_root`, `to_match` (exact is both); the same for `from`.
static void opt_range(lua_State *L, const struct nluL_opts *opts, const char *key,
                      const char *root_key, const char *match_key, struct nlu_prefix *root,
                      struct nlu_prefix *match, bool *only_default) {
    bool all; // lies in it: no condition at all

    if (opt_bound(L, opts, key, root, only_default))
        *match = *root;
    (void)opt_bound(L, opts, root_key, root, &all);
    (void)opt_bound(L, opts, match_key, match, only_default);
}

static int read_filter(lua_State *L, struct nluL_netns *ns, const char *op,
                       struct nlu_route_filter *f, unsigned *ret_omit, struct nlu_err *err) {
    static const char *const keys[] = {"family",    "table",      "cache",   "proto",    "scope",
                                       "type",      "tos",        "dsfield", "metric",   "dev",
                                       "iif",       "to",         "to_root", "to_match", "from",
                                       "from_root", "from_match", "via",     "src",      NULL};
    struct nluL_opts opts = nluL_opts(L, 2, op);
    const char *type, *table;
    unsigned omit = 0;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &f->family);
    opt_range(L, &opts, "to", "to_root", "to_match", &f->to_root, &f->to_match, &f->to_default);
    opt_range(L, &opts, "from", "from_root", "from_match", &f->from_root, &f->from_match,
              &f->from_default);
    // As in ip: the main table, unless another one or "all" is asked for.
    f->table = RT_TABLE_MAIN;
    if (opts.index && lua_getfield(L, opts.index, "table") == LUA_TSTRING) {
        table = lua_tostring(L, -1);
        if (!strcmp(table, "all"))
            f->table = NLU_ROUTE_TABLE_ALL;
        else
            (void)nluL_opt_table(L, &opts, "table", &f->table);
    } else {
        (void)nluL_opt_table(L, &opts, "table", &f->table);
    }
    lua_settop(L, 2);
    omit |= f->table ? NLUL_OMIT_TABLE : 0;
    f->cache = nluL_opt_flag(L, &opts, "cache");
    if (nluL_opt_string(L, &opts, "type", &type)) {
        if (nlu_route_type_parse(type, &f->type) < 0)
            nluL_misuse(L, op, "type", "'%s' is no type of route", type);
        f->has_type = true;
    }
    f->has_protocol = nluL_opt_protocol(L, &opts, "proto", &f->protocol);
    f->has_scope = nluL_opt_scope(L, &opts, "scope", &f->scope);
    f->has_tos = nluL_opt_dsfield(L, &opts, "tos", &f->tos) ||
                 nluL_opt_dsfield(L, &opts, "dsfield", &f->tos);
    f->has_metric = nluL_opt_u32(L, &opts, "metric", 0, &f->metric);
    (void)nluL_opt_prefix(L, &opts, "via", &f->via);
    (void)nluL_opt_prefix(L, &opts, "src", &f->src);
    omit |= (f->has_protocol ? NLUL_OMIT_PROTOCOL : 0) | (f->has_scope ? NLUL_OMIT_SCOPE : 0) |
            (f->has_tos ? NLUL_OMIT_TOS : 0) | (f->has_metric ? NLUL_OMIT_METRIC : 0) |
            (full(&f->via) ? NLUL_OMIT_GATEWAY : 0) | (full(&f->src) ? NLUL_OMIT_PREFSRC : 0);
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &f->oif, err) < 0 ||
        nluL_opt_dev(L, &opts, "iif", &ns->route, &f->iif, err) < 0)
        return nluL_no_dev(err, op, "");
    omit |= (f->oif ? NLUL_OMIT_DEV : 0) | (f->iif ? NLUL_OMIT_IIF : 0);
    if (!f->family && f->to_root.ip.family)
        f->family = f->to_root.ip.family;
    if (!f->family && f->to_match.ip.family)
        f->family = f->to_match.ip.family;
    if (!f->family && f->table)
        f->family = AF_INET;
    *ret_omit = omit;
    return 0;
}

// route_list{ table =, family =, dev =, … }: a list of tables.
static int route_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "route.list");
    struct nlu_route_filter filter = {0};
    struct nlu_route_list list;
    struct nlu_err err;
    unsigned omit = 0;

    lua_settop(L, 2);
    if (read_filter(L, ns, "route.list", &filter, &omit, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_route_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        nluL_pushroute(L, &list.items[i], omit);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// route_flush{ table =, dev =, … }: how many were removed.
static int route_flush(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "route.flush");
    struct nlu_route_filter filter = {0};
    struct nlu_err err;
    unsigned omit;
    size_t count;

    lua_settop(L, 2);
    if (lua_type(L, 2) != LUA_TTABLE || (lua_pushnil(L), !lua_next(L, 2)))
        nluL_misuse(L, "route.flush", "filter", "is missing: say which routes");
    lua_settop(L, 2);
    if (read_filter(L, ns, "route.flush", &filter, &omit, &err) < 0 ||
        nlu_route_flush(&ns->route, &filter, &count, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

// ipproto: a name or a number.
static bool opt_ipproto(lua_State *L, const struct nluL_opts *opts, uint8_t *ret_proto) {
    static const struct nluL_word words[] = {{"icmp", 1},  {"tcp", 6},        {"udp", 17},
                                             {"dccp", 33}, {"ipv6-icmp", 58}, {"sctp", 132},
                                             {NULL, 0}};
    lua_Integer number;
    int word;

    if (!opts->index)
        return false;
    int type = lua_getfield(L, opts->index, "ipproto");
    lua_pop(L, 1);
    if (type == LUA_TSTRING) {
        (void)nluL_opt_word(L, opts, "ipproto", words, &word);
        *ret_proto = (uint8_t)word;
        return true;
    }
    if (!nluL_opt_integer(L, opts, "ipproto", 0, UINT8_MAX, &number))
        return false;
    *ret_proto = (uint8_t)number;
    return true;
}

static bool opt_port(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint16_t *ret_port) {
    lua_Integer number;
    if (!nluL_opt_integer(L, opts, key, 0, UINT16_MAX, &number))
        return false;
    *ret_port = (uint16_t)number;
    return true;
}

static int read_query(lua_State *L, struct nluL_netns *ns, struct nlu_route_query *q,
                      struct nlu_err *err) {
    static const char *const keys[] = {"from",  "iif", "oif",      "dev",       "vrf",
                                       "mark",  "tos", "dsfield",  "ipproto",   "sport",
                                       "dport", "uid", "fibmatch", "connected", NULL};
    struct nluL_opts opts = nluL_opts(L, 3, "route.get");
    static const char *const devs[] = {"oif", "dev", "vrf"};

    q->to = nluL_arg_ip(L, 2, "route.get", "destination");
    nluL_opts_only(L, &opts, keys);
    if (nluL_opt_ip(L, &opts, "from", &q->from) && q->from.family != q->to.family)
        nluL_misuse(L, "route.get", "from", "is of another family than the destination");
    (void)nluL_opt_u32(L, &opts, "mark", 0, &q->mark);
    if (!nluL_opt_dsfield(L, &opts, "tos", &q->tos))
        (void)nluL_opt_dsfield(L, &opts, "dsfield", &q->tos);
    q->has_ipproto = opt_ipproto(L, &opts, &q->ipproto);
    q->has_sport = opt_port(L, &opts, "sport", &q->sport);
    q->has_dport = opt_port(L, &opts, "dport", &q->dport);
    q->has_uid = nluL_opt_u32(L, &opts, "uid", 0, &q->uid);
    q->fibmatch = nluL_opt_flag(L, &opts, "fibmatch");
    q->connected = nluL_opt_flag(L, &opts, "connected");
    int rc = nluL_opt_dev(L, &opts, "iif", &ns->route, &q->iif, err);
    for (size_t i = 0; rc == 0 && i < NLU_COUNT(devs); i++)
        rc = nluL_opt_dev(L, &opts, devs[i], &ns->route, &q->oif, err);
    if (rc < 0)
        return nluL_no_dev(err, "route.get", lua_tostring(L, 2));
    return 0;
}

// route_get(address, { from =, iif =, oif =, mark =, … }): one table.
static int route_get(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "route.get");
    struct nlu_route_query query = {0};
    struct nlu_route route;
    struct nlu_err err;

    lua_settop(L, 3);
    if (read_query(L, ns, &query, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_route_get(&ns->route, &query, arena, &route, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    nluL_pushroute(L, &route, 0);
    return 1;
}

const luaL_Reg nluL_route_methods[] = {
    {"route_add", route_add},         {"route_replace", route_replace},
    {"route_change", route_change},   {"route_append", route_append},
    {"route_prepend", route_prepend}, {"route_del", route_del},
    {"route_list", route_list},       {"route_flush", route_flush},
    {"route_get", route_get},         {NULL, NULL},
};
