// core.trace: the traceroute handle, "netlua.trace".
#include "icmp.h"
#include "lprobe.h"
#include "trace.h"

#define TRACE_TYPE "netlua.trace"
#define OP "traceroute"

enum { DEFAULT_HOPS = 30, DEFAULT_QUERIES = 3, DEFAULT_WAIT = 5, MOST_SIZE = 65000 };

struct handle {
    struct nlu_trace *trace; // NULL once closed
    uint8_t family;
};

static struct handle *check_trace(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, TRACE_TYPE);
    if (!h->trace)
        nluL_misuse(L, OP, NULL, "attempt to use a closed trace");
    return h;
}

static const struct nluL_word methods[] = {
    {"udp", NLU_TRACE_UDP},
    {"icmp", NLU_TRACE_ICMP},
    {"tcp", NLU_TRACE_TCP},
    {NULL, 0},
};

// Where each method's numbers start, as traceroute has them.
static uint16_t default_port(enum nlu_trace_method method) {
    return method == NLU_TRACE_UDP ? 33434 : method == NLU_TRACE_TCP ? 80 : 1;
}

static void read_opts(lua_State *L, int index, struct nlu_trace_opts *o) {
    static const char *const known[] = {
        "source",  "interface", "tos",  "mark", "dont_fragment", "method", "first_ttl", "max_ttl",
        "queries", "port",      "size", "wait", "mtu",           "family", NULL,
    };
    struct nluL_opts opts = nluL_opts(L, index, OP);
    lua_Integer value;
    int method = NLU_TRACE_UDP;

    nluL_opts_only(L, &opts, known);
    (void)nluL_opt_word(L, &opts, "method", methods, &method);
    *o = (struct nlu_trace_opts){
        .method = (enum nlu_trace_method)method,
        .first_ttl = 1,
        .max_ttl = DEFAULT_HOPS,
        .queries = DEFAULT_QUERIES,
        .port = default_port((enum nlu_trace_method)method),
        .wait = DEFAULT_WAIT * NLU_SECOND,
    };
    nluL_probe_opts(L, &opts, &o->probe);
    // Fragments are forbidden for every link on the way, not only for what the kernel remembers.
    if (o->probe.pmtudisc == IP_PMTUDISC_DO)
        o->probe.pmtudisc = IP_PMTUDISC_PROBE;
    if (nluL_opt_integer(L, &opts, "max_ttl", 1, 255, &value))
        o->max_ttl = (uint8_t)value;
    if (nluL_opt_integer(L, &opts, "first_ttl", 1, o->max_ttl, &value))
        o->first_ttl = (uint8_t)value;
    if (nluL_opt_integer(L, &opts, "queries", 1, NLU_TRACE_QUERIES, &value))
        o->queries = (uint8_t)value;
    // UDP and ICMP count up from here, a number a packet.
    lua_Integer most =
        method == NLU_TRACE_TCP ? 65535 : 65535 - (o->max_ttl - o->first_ttl + 1) * o->queries;
    if (nluL_opt_integer(L, &opts, "port", method == NLU_TRACE_ICMP ? 0 : 1, most, &value))
        o->port = (uint16_t)value;
    if (nluL_opt_integer(L, &opts, "size", 28, MOST_SIZE, &value))
        o->size = (size_t)value;
    (void)nluL_opt_seconds(L, &opts, "wait", &o->wait);
    (void)nluL_opt_boolean(L, &opts, "mtu", &o->mtu);
}

// trace(netns, addr, opts): opens it; nothing is sent before the first step().
static int core_trace(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, OP);
    struct nlu_ip dst = nluL_arg_ip(L, 2, OP, "target");
    struct nlu_trace_opts opts;
    struct nlu_err err;

    read_opts(L, 3, &opts);
    if (opts.probe.source.family && opts.probe.source.family != dst.family)
        nluL_misuse(L, OP, "source", "is of another family than the target %s",
                    nluL_describe(L, 2));
    struct handle *h = lua_newuserdatauv(L, sizeof *h, 0);
    *h = (struct handle){.trace = NULL, .family = dst.family};
    luaL_setmetatable(L, TRACE_TYPE);
    if (nlu_trace_open(ns->fd, &dst, &opts, &h->trace, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    return 1;
}

static int trace_close(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, TRACE_TYPE);
    nlu_trace_close(h->trace);
    h->trace = NULL;
    return 0;
}

static int trace_tostring(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, TRACE_TYPE);
    lua_pushstring(L, h->trace ? "trace" : "trace (closed)");
    return 1;
}

// step(): true when done, false when there is more to wait for; nil, err.
static int trace_step(lua_State *L) {
    struct handle *h = check_trace(L);
    struct nlu_err err;
    bool done;

    if (nlu_trace_step(h->trace, &done, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, done);
    return 1;
}

static int trace_pollfd(lua_State *L) {
    int fd = nlu_trace_pollfd(check_trace(L)->trace);
    if (fd < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, fd);
    return 1;
}

static int trace_events(lua_State *L) {
    check_trace(L);
    lua_pushliteral(L, "r");
    return 1;
}

static int trace_timeout(lua_State *L) {
    nluL_push_timeout(L, nlu_trace_due(check_trace(L)->trace));
    return 1;
}

// Pushes one probe; an empty table is one that nobody answered. [-0, +1, m]
static void push_probe(lua_State *L, int family, const struct nlu_trace_probe *p) {
    char mark[NLU_ICMP_TEXT] = "";

    lua_createtable(L, 0, p->state == NLU_TRACE_ANSWERED ? 4 : 0);
    if (p->state == NLU_TRACE_ANSWERED) {
        nluL_setip(L, "addr", &p->from);
        if (!p->reached)
            nlu_icmp_mark(family, p->type, p->code, p->info, mark);
    } else if (p->state == NLU_TRACE_REFUSED) {
        // The first link is too small: as if the target's ICMP had said so.
        bool v4 = family == AF_INET;
        nlu_icmp_mark(family, v4 ? NLU_ICMP4_UNREACH : NLU_ICMP6_TOO_BIG, v4 ? 4 : 0, p->info,
                      mark);
    } else {
        return;
    }
    nluL_setnumber(L, "rtt", (lua_Number)p->rtt / 1e9);
    if (p->reached)
        nluL_setboolean(L, "reached", true);
    if (*mark)
        nluL_setstring(L, "mark", mark);
}

// Pushes one hop; its lists of distinct addresses and of times stand for themselves. [-0, +1, m]
static void push_hop(lua_State *L, int family, const struct nlu_trace_hop *hop, int queries) {
    lua_Integer addrs = 0, rtts = 0;

    lua_createtable(L, 0, 6);
    nluL_setinteger(L, "ttl", hop->ttl);
    if (hop->mtu)
        nluL_setinteger(L, "mtu", hop->mtu);
    lua_createtable(L, queries, 0);
    lua_createtable(L, 1, 0);
    lua_createtable(L, queries, 0); /* [hop, probes, addrs, rtts] */
    for (int q = 0; q < queries; q++) {
        const struct nlu_trace_probe *p = &hop->probes[q];
        push_probe(L, family, p);
        lua_rawseti(L, -4, q + 1);
        if (p->state != NLU_TRACE_ANSWERED)
            continue;
        lua_pushnumber(L, (lua_Number)p->rtt / 1e9);
        lua_rawseti(L, -2, ++rtts);
        bool seen = false;
        for (int earlier = 0; earlier < q && !seen; earlier++)
            seen = hop->probes[earlier].state == NLU_TRACE_ANSWERED &&
                   nlu_ip_equal(&hop->probes[earlier].from, &p->from);
        if (!seen) {
            char text[NLU_IP_TEXT];
            lua_pushstring(L, nlu_ip_format(&p->from, text));
            if (!addrs) {
                lua_pushvalue(L, -1);
                lua_setfield(L, -6, "addr");
            }
            lua_rawseti(L, -3, ++addrs);
        }
    }
    lua_setfield(L, -4, "rtts");
    lua_setfield(L, -3, "addrs");
    lua_setfield(L, -2, "probes");
}

// result(): the path, complete once step() has said so.
static int trace_result(lua_State *L) {
    struct handle *h = check_trace(L);
    struct nlu_trace_result r;

    nlu_trace_result(h->trace, &r);
    lua_createtable(L, 0, 10);
    nluL_setboolean(L, "reached", r.reached);
    nluL_setinteger(L, "size", (lua_Integer)r.size);
    if (r.mtu)
        nluL_setinteger(L, "mtu", r.mtu);
    lua_createtable(L, (int)r.hop_count, 0);
    for (size_t i = 0; i < r.hop_count; i++) {
        push_hop(L, h->family, &r.hops[i], r.queries);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "hops");
    if (r.refused) {
        struct nlu_err err;
        nlu_err_set(&err, r.refused, OP, "sending");
        nluL_pusherror(L, &err);
        lua_setfield(L, -2, "error");
    }
    return 1;
}

void nluL_opentrace(lua_State *L) {
    static const luaL_Reg functions[] = {{"trace", core_trace}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__close", trace_close},
                                    {"__gc", trace_close},
                                    {"__tostring", trace_tostring},
                                    {NULL, NULL}};
    static const luaL_Reg own[] = {
        {"step", trace_step},
        {"pollfd", trace_pollfd},
        {"events", trace_events},
        {"timeout", trace_timeout},
        {"result", trace_result},
        {"close", trace_close},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    if (luaL_newmetatable(L, TRACE_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        luaL_newlib(L, own);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
