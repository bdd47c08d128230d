// The monitor's handle, "netlua.monitor": the kernel's notifications as tables.
#include "monitor.h"
#include "llink.h"
#include "lroute.h"

#include <errno.h>
#include <string.h>

#define MONITOR_TYPE "netlua.monitor"

static const char *const object_words[NLU_MONITOR_OBJECTS] = {
    [NLU_MONITOR_LINK] = "link",   [NLU_MONITOR_ADDR] = "addr", [NLU_MONITOR_ROUTE] = "route",
    [NLU_MONITOR_NEIGH] = "neigh", [NLU_MONITOR_RULE] = "rule", [NLU_MONITOR_NEXTHOP] = "nexthop",
};

struct handle {
    struct nlu_monitor monitor;
    char name[NLUL_NODE_NAME];
};

static struct handle *check_open(lua_State *L, int arg, const char *op) {
    struct handle *h = luaL_testudata(L, arg, MONITOR_TYPE);

    if (h && h->monitor.nl.fd >= 0)
        return h;
    if (h)
        nluL_misuse(L, op, "monitor", "attempt to use a closed monitor");
    nluL_misuse(L, op, "monitor", "expected a monitor, got %s", nluL_describe(L, arg));
}

static unsigned object_bit(lua_State *L, int index) {
    const char *word = nluL_arg_string(L, index, "monitor", "objects");

    for (unsigned i = 0; i < NLU_MONITOR_OBJECTS; i++)
        if (!strcmp(object_words[i], word))
            return 1u << i;
    nluL_misuse(L, "monitor", "objects",
                "expected link, addr, route, neigh, rule or nexthop, got %s",
                nluL_describe(L, index));
}

// A list of words; none or nil: all of them.
static unsigned read_objects(lua_State *L, int index) {
    unsigned objects = 0;

    if (lua_isnoneornil(L, index))
        return (1u << NLU_MONITOR_OBJECTS) - 1;
    if (!lua_istable(L, index))
        nluL_misuse(L, "monitor", "objects", "expected a list of words, got %s",
                    nluL_describe(L, index));
    for (lua_Integer i = 1; lua_rawgeti(L, index, i) != LUA_TNIL; i++) {
        objects |= object_bit(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (!objects)
        nluL_misuse(L, "monitor", "objects", "is empty: what shall be listened to?");
    return objects;
}

// monitor_open({ "link", … }, { buffer = bytes }): a handle that has subscribed when the call
// returns.
static int monitor_open(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "monitor");
    static const char *const keys[] = {"buffer", NULL};
    unsigned objects = read_objects(L, 2);
    struct nluL_opts opts = nluL_opts(L, 3, "monitor");
    lua_Integer buffer = 0;
    struct nlu_err err;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_integer(L, &opts, "buffer", 1, INT32_MAX / 2, &buffer);
    struct handle *h = lua_newuserdatauv(L, sizeof *h, 0);

    *h = (struct handle){.monitor = {.nl = {.fd = NLU_NO_FD}}};
    memcpy(h->name, ns->name, sizeof h->name);
    luaL_setmetatable(L, MONITOR_TYPE);
    if (nlu_monitor_open(&h->monitor, ns->fd, &ns->route, objects, (int)buffer, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    return 1;
}

static void push_object(lua_State *L, const struct nlu_event *event) {
    switch (event->object) {
    case NLU_MONITOR_LINK:
        nluL_pushlink(L, &event->link);
        return;
    case NLU_MONITOR_ADDR:
        nluL_pushaddr(L, &event->addr);
        nluL_setinteger(L, "ifindex", event->addr.index);
        nluL_setstring(L, "dev", event->addr.dev);
        return;
    case NLU_MONITOR_ROUTE:
        nluL_pushroute(L, &event->route, 0);
        return;
    case NLU_MONITOR_NEIGH:
        nluL_pushneigh(L, &event->neigh, 0, false);
        return;
    case NLU_MONITOR_RULE:
        nluL_pushrule(L, &event->rule);
        return;
    case NLU_MONITOR_NEXTHOP:
        nluL_pushnexthop(L, &event->nexthop);
        return;
    case NLU_MONITOR_OBJECTS:
        break;
    }
    lua_newtable(L);
}

// { event = "lost", error = … }: what is known of what is not known.
static void push_lost(lua_State *L, const char *node) {
    struct nlu_err err;

    nlu_err_set(&err, ENOBUFS, "monitor", "%s", "events were lost");
    nlu_err_hint(&err, "%s",
                 "read the lists anew; take events more often, or raise net.core.rmem_max");
    lua_createtable(L, 0, 2);
    nluL_setstring(L, "event", "lost");
    nluL_pusherror(L, &err);
    nluL_setstring(L, "node", node);
    lua_setfield(L, -2, "error");
}

static void push_event(lua_State *L, const struct handle *h, const struct nlu_event *event) {
    if (event->kind == NLU_EVENT_LOST) {
        push_lost(L, h->name);
        return;
    }
    push_object(L, event);
    nluL_setstring(L, "event", event->kind == NLU_EVENT_DEL ? "del" : "new");
    if (event->object < NLU_MONITOR_OBJECTS)
        nluL_setstring(L, "object", object_words[event->object]);
}

// monitor:read(): a list of the events that have come, empty when there are none.
static int monitor_read(lua_State *L) {
    struct handle *h = check_open(L, 1, "monitor.read");
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_event_list list = {0};
    struct nlu_err err;

    if (nlu_monitor_read(&h->monitor, arena, &list, &err) < 0)
        return nluL_fail_in(L, h->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_event(L, h, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int monitor_pollfd(lua_State *L) {
    lua_pushinteger(L, check_open(L, 1, "monitor.pollfd")->monitor.nl.fd);
    return 1;
}

static int monitor_closed(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, MONITOR_TYPE);
    lua_pushboolean(L, h->monitor.nl.fd < 0);
    return 1;
}

static int monitor_close(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, MONITOR_TYPE);
    nlu_monitor_close(&h->monitor);
    return 0;
}

static int monitor_tostring(lua_State *L) {
    struct handle *h = luaL_checkudata(L, 1, MONITOR_TYPE);
    lua_pushfstring(L, "monitor of %s%s", h->name, h->monitor.nl.fd < 0 ? " (closed)" : "");
    return 1;
}

const luaL_Reg nluL_monitor_methods[] = {{"monitor_open", monitor_open}, {NULL, NULL}};

void nluL_openmonitor(lua_State *L) {
    static const luaL_Reg meta[] = {{"__close", monitor_close},
                                    {"__gc", monitor_close},
                                    {"__tostring", monitor_tostring},
                                    {NULL, NULL}};
    static const luaL_Reg methods[] = {{"read", monitor_read},
                                       {"pollfd", monitor_pollfd},
                                       {"closed", monitor_closed},
                                       {"close", monitor_close},
                                       {NULL, NULL}};

    if (luaL_newmetatable(L, MONITOR_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
