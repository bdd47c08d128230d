// The live capture handle, "netlua.capture_handle": packets from the kernel as Lua packets.
#include "arena.h"
#include "capture.h"
#include "clock.h"
#include "lpacket.h"
#include "netlua.h"

#include <errno.h>
#include <string.h>

#define CAPTURE_TYPE "netlua.capture_handle"
#define OP "capture"

struct handle {
    struct nlu_capture *capture; // NULL once closed
    int64_t last_ns; // time of the latest packet handed out
};

// The handle's only user value: for each tap { node = "h1", [ifindex * 2 + direction] = origin }.

static struct handle *check_handle(lua_State *L, const char *op) {
    struct handle *h = luaL_checkudata(L, 1, CAPTURE_TYPE);

    if (!h->capture)
        nluL_misuse(L, op, NULL, "attempt to use a closed capture");
    return h;
}

static int handle_close(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, CAPTURE_TYPE);
    struct nlu_capture *capture = h->capture;

    h->capture = NULL;
    nlu_capture_close(capture);
    return 0;
}

// A filter program that came as a string of instructions, copied to where it is aligned.
static void read_program(lua_State *L, struct nlu_arena *arena, const struct nluL_opts *opts,
                         const char *key, struct nlu_bpf *ret_program) {
    size_t size;

    if (lua_getfield(L, opts->index, key) != LUA_TNIL) {
        const char *text = lua_tolstring(L, -1, &size);
        if (!text || size % sizeof *ret_program->insns || !size)
            nluL_misuse(L, OP, key, "expected a filter program");
        void *copy = nlu_arena_alloc(arena, size);
        if (copy)
            memcpy(copy, text, size);
        else
            luaL_error(L, "not enough memory");
        *ret_program = (struct nlu_bpf){copy, size / sizeof *ret_program->insns};
    }
    lua_pop(L, 1);
}

// Reads the tap on top of the stack. The strings stay in its table. [-0, +0, v]
static void read_tap(lua_State *L, struct nlu_arena *arena, struct nlu_capture_tap *ret_tap) {
    static const char *const known[] = {"netns",  "node",  "ifname", "promisc",     "snaplen",
                                        "buffer", "ether", "raw",    "filter_here", NULL};
    struct nluL_opts opts = nluL_opts(L, -1, OP);
    struct nluL_netns *ns = NULL;
    lua_Integer number;

    if (!opts.index)
        nluL_misuse(L, OP, "taps", "expected a table, got nothing");
    nluL_opts_only(L, &opts, known);
    ret_tap->netns = nluL_opt_netns(L, &opts, "netns", &ns) ? ns->fd : -1;
    (void)nluL_opt_ifname(L, &opts, "ifname", &ret_tap->ifname);
    (void)nluL_opt_boolean(L, &opts, "promisc", &ret_tap->promisc);
    (void)nluL_opt_boolean(L, &opts, "filter_here", &ret_tap->filter_here);
    if (nluL_opt_integer(L, &opts, "snaplen", 1, NLU_CAPTURE_SNAPLEN, &number))
        ret_tap->snaplen = (uint32_t)number;
    if (nluL_opt_integer(L, &opts, "buffer", 4096, INT32_MAX, &number))
        ret_tap->buffer = (size_t)number;
    read_program(L, arena, &opts, "ether", &ret_tap->ether);
    read_program(L, arena, &opts, "raw", &ret_tap->raw);
    if (!ret_tap->ether.insns != !ret_tap->raw.insns)
        nluL_misuse(L, OP, "filter", "expected a program for each link type");
}

// capture_open(taps): a running capture of { netns =, node =, ifname =, … } each, or nil, err.
static int capture_open(lua_State *L) {
    struct nlu_err err;
    size_t failed;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_Unsigned count = lua_rawlen(L, 1);
    if (!count || count > UINT16_MAX)
        nluL_misuse(L, OP, "taps", "expected 1 to %d interfaces, got %d", UINT16_MAX, (int)count);
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_capture_tap *taps = nlu_arena_alloc(arena, count * sizeof *taps);
    if (!taps)
        return luaL_error(L, "not enough memory");

    struct handle *h = lua_newuserdatauv(L, sizeof *h, 1);
    *h = (struct handle){0};
    luaL_setmetatable(L, CAPTURE_TYPE);
    lua_createtable(L, (int)count, 0);
    /* [taps, arena, handle, origins] */
    for (lua_Unsigned i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        read_tap(L, arena, &taps[i]);
        lua_createtable(L, 0, 4);
        lua_getfield(L, -2, "node");
        lua_setfield(L, -2, "node");
        lua_rawseti(L, 4, (lua_Integer)i + 1);
        lua_pop(L, 1);
    }
    lua_setiuservalue(L, 3, 1);
    if (nlu_capture_open(taps, count, &h->capture, &failed, &err) < 0) {
        lua_rawgeti(L, 1, (lua_Integer)failed + 1);
        lua_getfield(L, -1, "node");
        return nluL_fail_in(L, luaL_optstring(L, -1, ""), &err);
    }
    return 1;
}

// Pushes the origin that all packets of one tap, interface and direction share. origins is the
// handle's table. [-0, +1, m]
static void push_origin(lua_State *L, struct handle *h, int origins,
                        const struct nlu_capture_packet *p) {
    char name[IFNAMSIZ];
    lua_Integer key = (lua_Integer)p->ifindex * 2 + p->direction;

    lua_rawgeti(L, origins, p->tap + 1);
    if (lua_rawgeti(L, -1, key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 3);
        nlu_capture_ifname(h->capture, p->tap, p->ifindex, name);
        if (*name)
            nluL_setstring(L, "ifname", name);
        nluL_setstring(L, "direction", p->direction == NLU_CAPTURE_OUT ? "out" : "in");
        lua_getfield(L, -2, "node");
        lua_setfield(L, -2, "node");
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, key);
    }
    lua_remove(L, -2);
}

// collect(list, seconds): appends what has crossed until now to the list; the number of packets and
// whether they came in the order of time with those before. Waits only for packets that the kernel
// has counted and not delivered.
static int handle_collect(lua_State *L) {
    struct handle *h = check_handle(L, "capture.packets");
    struct nlu_capture_packet p;
    struct nlu_err err;
    bool ordered = true;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Number seconds = luaL_optnumber(L, 3, 1);
    lua_settop(L, 2);
    lua_getiuservalue(L, 1, 1);
    /* [handle, list, origins] */
    if (nlu_capture_collect(h->capture, nlu_clock_mono() + (int64_t)(seconds * 1e9), &err) < 0)
        return nluL_fail(L, &err);
    lua_Integer before = (lua_Integer)lua_rawlen(L, 2), count = 0;
    while (nlu_capture_next(h->capture, &p)) {
        push_origin(L, h, 3, &p);
        struct nluL_packet_info info = {
            .ts_ns = p.ts_ns, .linktype = p.linktype, .wirelen = p.wirelen, .origin = 4};
        nluL_pushpacket(L, &info, p.bytes, p.caplen);
        lua_rawseti(L, 2, before + ++count);
        lua_settop(L, 3);
        if (p.ts_ns < h->last_ns)
            ordered = false;
        else
            h->last_ns = p.ts_ns;
    }
    lua_pushinteger(L, count);
    lua_pushboolean(L, ordered);
    return 2;
}

// stats(): { received =, dropped =, captured =, rings = }
static int handle_stats(lua_State *L) {
    struct handle *h = check_handle(L, "capture.stats");
    struct nlu_capture_stats stats;
    struct nlu_err err;

    if (nlu_capture_stats(h->capture, &stats, &err) < 0)
        return nluL_fail(L, &err);
    lua_createtable(L, 0, 4);
    nluL_setinteger(L, "rings", stats.rings);
    nluL_setinteger(L, "received", (lua_Integer)stats.received);
    nluL_setinteger(L, "dropped", (lua_Integer)stats.dropped);
    nluL_setinteger(L, "captured", (lua_Integer)stats.captured);
    return 1;
}

// The polling protocol of cqueues.
static int handle_pollfd(lua_State *L) {
    lua_pushinteger(L, nlu_capture_pollfd(check_handle(L, "capture.pollfd")->capture));
    return 1;
}

static int handle_events(lua_State *L) {
    lua_pushliteral(L, "r");
    return 1;
}

static int handle_timeout(lua_State *L) {
    lua_pushnil(L);
    return 1;
}

static int handle_closed(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, CAPTURE_TYPE);
    lua_pushboolean(L, !h->capture);
    return 1;
}

static int handle_tostring(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, CAPTURE_TYPE);
    lua_pushstring(L, h->capture ? "capture" : "capture (closed)");
    return 1;
}

void nluL_opencapture(lua_State *L) {
    static const luaL_Reg functions[] = {{"capture_open", capture_open}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__close", handle_close},
                                    {"__gc", handle_close},
                                    {"__tostring", handle_tostring},
                                    {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"collect", handle_collect}, {"stats", handle_stats},
        {"pollfd", handle_pollfd},   {"events", handle_events},
        {"timeout", handle_timeout}, {"close", handle_close},
        {"closed", handle_closed},   {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
    if (luaL_newmetatable(L, CAPTURE_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
