// core.ping: the ping handle, "netlua.ping", for one target or thousands.
#include "arena.h"
#include "icmp.h"
#include "lprobe.h"
#include "ping.h"

#include <errno.h>
#include <string.h>

#define PING_TYPE "netlua.ping"

enum { MOST_WINDOW = 4096, DEFAULT_SIZE = 56, FLOOD_WINDOW = 32 };

struct handle {
    struct nlu_ping *ping; // NULL once closed
};

static struct nlu_ping *check_ping(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, PING_TYPE);
    if (!h->ping)
        nluL_misuse(L, "ping", NULL, "attempt to use a closed ping");
    return h->ping;
}

static const struct nluL_word sockets[] = {
    {"raw", NLU_PING_RAW},
    {"dgram", NLU_PING_DATAGRAM},
    {NULL, 0},
};

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

// As ping -p: up to 16 bytes in hexadecimal.
static void read_pattern(lua_State *L, const struct nluL_opts *opts, struct nlu_ping_opts *o) {
    const char *text;

    if (!nluL_opt_string(L, opts, "pattern", &text))
        return;
    size_t len = strlen(text);
    if (len == 0 || len % 2 || len > (size_t)2 * NLU_PING_PATTERN)
        nluL_misuse(L, opts->op, "pattern", "expected 1 to %d bytes in hexadecimal, got '%s'",
                    NLU_PING_PATTERN, text);
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            nluL_misuse(L, opts->op, "pattern", "expected hexadecimal digits, got '%s'", text);
        o->pattern[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    o->pattern_size = len / 2;
}

static void read_opts(lua_State *L, int index, struct nlu_ping_opts *o) {
    static const char *const known[] = {
        NLUL_PROBE_KEYS, "count", "interval", "window", "size",   "pattern",
        "timeout",       "flood", "deadline", "socket", "family", NULL,
    };
    struct nluL_opts opts = nluL_opts(L, index, "ping");
    lua_Integer value;
    bool flood = false;
    int kind = NLU_PING_ANY;

    nluL_opts_only(L, &opts, known);
    *o = (struct nlu_ping_opts){
        .interval = NLU_SECOND, .window = 1, .size = DEFAULT_SIZE, .timeout = -1};
    nluL_probe_opts(L, &opts, &o->probe);
    (void)nluL_opt_seconds(L, &opts, "deadline", &o->deadline);
    // ping without a count never ends; a call that is waited for has to.
    o->count = o->deadline ? 0 : 1;
    if (nluL_opt_integer(L, &opts, "count", 1, INT32_MAX, &value))
        o->count = (uint32_t)value;
    if (nluL_opt_boolean(L, &opts, "flood", &flood) && flood) {
        o->interval = 0;
        o->window = FLOOD_WINDOW;
    }
    (void)nluL_opt_seconds(L, &opts, "interval", &o->interval);
    if (nluL_opt_integer(L, &opts, "window", 1, MOST_WINDOW, &value))
        o->window = (uint32_t)value;
    if (nluL_opt_integer(L, &opts, "size", 0, NLU_PING_MAX_SIZE, &value))
        o->size = (size_t)value;
    read_pattern(L, &opts, o);
    (void)nluL_opt_seconds(L, &opts, "timeout", &o->timeout);
    if (nluL_opt_word(L, &opts, "socket", sockets, &kind))
        o->socket = (enum nlu_ping_socket)kind;
}

// The targets stand in a flat list: namespace, address, namespace, address, …
static void read_target(lua_State *L, int list, lua_Integer i, const struct nlu_ip *source,
                        struct nlu_ping_target *t) {
    lua_rawgeti(L, list, 2 * i - 1);
    lua_rawgeti(L, list, 2 * i);
    t->netns = nluL_checknetns(L, -2, "ping")->fd;
    t->addr = nluL_arg_ip(L, -1, "ping", "target");
    if (source->family && source->family != t->addr.family)
        nluL_misuse(L, "ping", "source", "is of another family than the target %s",
                    nluL_describe(L, -1));
    lua_pop(L, 2);
}

// ping(list, opts): opens it; nothing is sent before the first step().
static int core_ping(lua_State *L) {
    struct nlu_ping_opts opts;
    struct nlu_err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    read_opts(L, 2, &opts);
    lua_Integer count = (lua_Integer)lua_rawlen(L, 1) / 2;
    lua_settop(L, 2);
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_ping_target *targets = nlu_arena_alloc(arena, ((size_t)count + 1) * sizeof *targets);
    if (!targets)
        return luaL_error(L, "not enough memory");
    for (lua_Integer i = 1; i <= count; i++)
        read_target(L, 1, i, &opts.probe.source, &targets[i - 1]);
    struct handle *h = lua_newuserdatauv(L, sizeof *h, 0);
    h->ping = NULL;
    luaL_setmetatable(L, PING_TYPE);
    if (nlu_ping_open(&opts, targets, (size_t)count, &h->ping, &err) < 0)
        return nluL_fail(L, &err);
    return 1;
}

static int ping_close(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, PING_TYPE);
    nlu_ping_close(h->ping);
    h->ping = NULL;
    return 0;
}

static int ping_tostring(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, PING_TYPE);
    if (h->ping)
        lua_pushfstring(L, "ping of %d targets", (int)nlu_ping_count(h->ping));
    else
        lua_pushliteral(L, "ping (closed)");
    return 1;
}

// step(): true when done, false when there is more to wait for; nil, err.
static int ping_step(lua_State *L) {
    struct nlu_ping *p = check_ping(L);
    struct nlu_err err;
    bool done;

    if (nlu_ping_step(p, &done, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, done);
    return 1;
}

static int ping_pollfd(lua_State *L) {
    int fd = nlu_ping_pollfd(check_ping(L));
    if (fd < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, fd);
    return 1;
}

static int ping_events(lua_State *L) {
    check_ping(L);
    lua_pushliteral(L, "r");
    return 1;
}

static int ping_timeout(lua_State *L) {
    nluL_push_timeout(L, nlu_ping_due(check_ping(L)));
    return 1;
}

static void set_seconds(lua_State *L, const char *key, int64_t nanoseconds) {
    nluL_setnumber(L, key, (lua_Number)nanoseconds / 1e9);
}

// Pushes one reply. [-0, +1, m]
static void push_reply(lua_State *L, const struct nlu_ping_event *e) {
    lua_createtable(L, 0, 7);
    nluL_setinteger(L, "seq", e->seq);
    nluL_setip(L, "addr", &e->from);
    nluL_setinteger(L, "bytes", e->bytes);
    if (e->ttl)
        nluL_setinteger(L, "ttl", e->ttl);
    set_seconds(L, "rtt", e->rtt);
    set_seconds(L, "at", e->at);
    if (e->duplicate)
        nluL_setboolean(L, "duplicate", true);
    if (e->corrupted)
        nluL_setboolean(L, "corrupted", true);
}

// Pushes one error or notice of a network. [-0, +1, m]
static void push_error(lua_State *L, const struct nlu_ping_event *e) {
    char text[NLU_ICMP_TEXT];
    int family = e->from.family;
    struct nlu_ip gateway = nlu_ip_from(&e->info, sizeof e->info);

    lua_createtable(L, 0, 9);
    nluL_setinteger(L, "seq", e->seq);
    nluL_setip(L, "addr", &e->from);
    nluL_setinteger(L, "type", e->type);
    nluL_setinteger(L, "code", e->code);
    if (e->kind == NLU_PING_NOTICE && e->type == NLU_ICMP4_REDIRECT)
        nluL_setip(L, "gateway", &gateway);
    else if (e->info)
        nluL_setinteger(L, e->type == NLU_ICMP4_PARAMETER ? "pointer" : "mtu", e->info);
    nluL_setstring(L, "message", nlu_icmp_text(family, e->type, e->code, e->info, &gateway, text));
    set_seconds(L, "rtt", e->rtt);
    set_seconds(L, "at", e->at);
}

// The reason that has no reason in its name: what is full, and where it is made larger.
static void explain(struct nlu_err *err) {
    if (err->errnum == ENOBUFS)
        nlu_err_hint(err,
                     "the device's queue is full, or the machine's table of neighbours, which all "
                     "namespaces share (net.ipv4.neigh.default.gc_thresh3, "
                     "net.ipv6.neigh.default.gc_thresh3)");
}

// Pushes what this machine refused to send: an error object with seq, at and perhaps mtu.
// [-0, +1, m]
static void push_refusal(lua_State *L, const struct nlu_ping_event *e) {
    struct nlu_err err;

    nlu_err_set(&err, e->errnum, "ping", "icmp_seq=%u", e->seq);
    explain(&err);
    nluL_pusherror(L, &err);
    nluL_setinteger(L, "seq", e->seq);
    set_seconds(L, "at", e->at);
    if (e->info)
        nluL_setinteger(L, "mtu", e->info);
}

static lua_Integer check_index(lua_State *L, const struct nlu_ping *p) {
    lua_Integer i = luaL_checkinteger(L, 2);
    luaL_argcheck(L, i >= 1 && i <= (lua_Integer)nlu_ping_count(p), 2, "no such target");
    return i - 1;
}

// Pushes the events of these kinds as a list. [-0, +1, m]
static void push_events(lua_State *L, const struct nlu_ping_result *r, unsigned kinds) {
    lua_Integer n = 0;

    lua_createtable(L, kinds == 1u << NLU_PING_REPLY ? (int)r->event_count : 0, 0);
    for (uint32_t i = 0; i < r->event_count; i++) {
        const struct nlu_ping_event *e = &r->events[i];
        if (!(kinds & 1u << e->kind))
            continue;
        if (e->kind == NLU_PING_REPLY)
            push_reply(L, e);
        else if (e->kind == NLU_PING_LOCAL)
            push_refusal(L, e);
        else
            push_error(L, e);
        lua_rawseti(L, -2, ++n);
    }
}

// replies(i), errors(i), notices(i): lists, for target i.
static int ping_replies(lua_State *L) {
    struct nlu_ping *p = check_ping(L);
    push_events(L, nlu_ping_result(p, (size_t)check_index(L, p)), 1u << NLU_PING_REPLY);
    return 1;
}

static int ping_errors(lua_State *L) {
    struct nlu_ping *p = check_ping(L);
    push_events(L, nlu_ping_result(p, (size_t)check_index(L, p)),
                1u << NLU_PING_ERROR | 1u << NLU_PING_LOCAL);
    return 1;
}

static int ping_notices(lua_State *L) {
    struct nlu_ping *p = check_ping(L);
    push_events(L, nlu_ping_result(p, (size_t)check_index(L, p)), 1u << NLU_PING_NOTICE);
    return 1;
}

// The errno that tells why nothing went out: of the start, or of the first probe that was refused.
static int first_refusal(const struct nlu_ping_result *r) {
    for (uint32_t i = 0; i < r->event_count && !r->refused; i++)
        if (r->events[i].kind == NLU_PING_LOCAL)
            return r->events[i].errnum;
    return r->refused;
}

// result(i): the figures for target i.
static int ping_result(lua_State *L) {
    struct nlu_ping *p = check_ping(L);
    const struct nlu_ping_result *r = nlu_ping_result(p, (size_t)check_index(L, p));
    int refusal = first_refusal(r);

    lua_createtable(L, 0, 20);
    nluL_setip(L, "addr", &r->addr);
    nluL_setstring(L, "family", r->addr.family == AF_INET6 ? "inet6" : "inet");
    nluL_setinteger(L, "sent", r->sent);
    nluL_setinteger(L, "received", r->received);
    nluL_setinteger(L, "duplicates", r->duplicates);
    nluL_setinteger(L, "corrupted", r->corrupted);
    nluL_setinteger(L, "error_count", r->errors);
    nluL_setinteger(L, "pipe", r->pipe);
    set_seconds(L, "time", r->elapsed);
    if (r->sent)
        nluL_setnumber(L, "loss", ((lua_Number)r->sent - r->received) * 100 / r->sent);
    if (r->stat.samples) {
        set_seconds(L, "min", r->stat.min);
        set_seconds(L, "avg", nlu_pingstat_avg(&r->stat));
        set_seconds(L, "max", r->stat.max);
        set_seconds(L, "mdev", nlu_pingstat_mdev(&r->stat));
        set_seconds(L, "ewma", nlu_pingstat_ewma(&r->stat));
    }
    if (refusal) {
        struct nlu_err err;
        char text[NLU_IP_TEXT];
        nlu_err_set(&err, refusal, "ping", "%s", nlu_ip_format(&r->addr, text));
        explain(&err);
        nluL_pusherror(L, &err);
        lua_setfield(L, -2, "error");
    }
    return 1;
}

static int ping_count(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)nlu_ping_count(check_ping(L)));
    return 1;
}

// probe_source(netns, addr, opts): the address that packets to addr would leave with.
static int core_probe_source(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "ping");
    struct nlu_ip dst = nluL_arg_ip(L, 2, "ping", "target"), source;
    struct nluL_opts opts = nluL_opts(L, 3, "ping");
    struct nlu_probe_opts probe;
    struct nlu_err err;

    nluL_probe_opts(L, &opts, &probe);
    if (nlu_probe_source(ns->fd, &dst, &probe, "ping", &source, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    char text[NLU_IP_TEXT];
    lua_pushstring(L, nlu_ip_format(&source, text));
    return 1;
}

void nluL_openping(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"ping", core_ping}, {"probe_source", core_probe_source}, {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__close", ping_close}, {"__gc", ping_close}, {"__tostring", ping_tostring}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"step", ping_step},
        {"pollfd", ping_pollfd},
        {"events", ping_events},
        {"timeout", ping_timeout},
        {"count", ping_count},
        {"result", ping_result},
        {"replies", ping_replies},
        {"errors", ping_errors},
        {"notices", ping_notices},
        {"close", ping_close},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    if (luaL_newmetatable(L, PING_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
