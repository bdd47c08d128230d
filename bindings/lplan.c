// core.plan_run and core.plan_apply: a lab's steps from one list of tables, run in one call.
#include "arena.h"
#include "netlua.h"
#include "plan.h"
#include "settle.h"

#include <errno.h>
#include <string.h>

static const struct nluL_word kinds[] = {
    {"bridge", NLU_PLAN_BRIDGE},   {"veth", NLU_PLAN_VETH},
    {"set", NLU_PLAN_SET},         {"addr", NLU_PLAN_ADDR},
    {"route", NLU_PLAN_ROUTE},     {"neigh", NLU_PLAN_NEIGH},
    {"unroute", NLU_PLAN_UNROUTE}, {"unlink", NLU_PLAN_UNLINK},
    {"forward", NLU_PLAN_FORWARD}, {NULL, 0},
};

#define OP "lab.build"

static void *scratch(lua_State *L, struct nlu_arena *arena, size_t size) {
    void *p = nlu_arena_alloc(arena, size);
    if (!p)
        luaL_error(L, "not enough memory");
    return p;
}

// Copies a text: the plan outlives the values it was read from.
static const char *keep(lua_State *L, struct nlu_arena *arena, const char *text) {
    char *copy = nlu_arena_text(arena, text, strlen(text));
    if (!copy)
        luaL_error(L, "not enough memory");
    return copy;
}

static bool opt_name(lua_State *L, struct nlu_arena *arena, const struct nluL_opts *opts,
                     const char *key, const char **ret_name) {
    const char *name;
    if (!nluL_opt_ifname(L, opts, key, &name))
        return false;
    *ret_name = keep(L, arena, name);
    return true;
}

static void opt_int(lua_State *L, const struct nluL_opts *opts, const char *key, int *ret_value) {
    lua_Integer value;
    if (nluL_opt_integer(L, opts, key, 0, INT32_MAX, &value))
        *ret_value = (int)value;
}

// An address as bytes (4 or 16), as netlua.ip computes with them.
static void opt_bytes(lua_State *L, const struct nluL_opts *opts, const char *key,
                      struct nlu_ip *ret_ip) {
    size_t size;
    if (lua_getfield(L, opts->index, key) == LUA_TSTRING) {
        const char *bytes = lua_tolstring(L, -1, &size);
        *ret_ip = nlu_ip_from(bytes, size);
    }
    lua_pop(L, 1);
}

// A namespace's number in the plan, from 1 in Lua.
static uint32_t ns_number(lua_State *L, const struct nluL_opts *opts, const char *key,
                          size_t count) {
    lua_Integer value = 0;
    if (!nluL_opt_integer(L, opts, key, 1, (lua_Integer)count, &value))
        nluL_misuse(L, OP, key, "is missing in a step");
    return (uint32_t)value - 1;
}

// Reads the step on top of the stack.
static void read_op(lua_State *L, struct nlu_arena *arena, size_t ns_count,
                    struct nlu_plan_op *op) {
    struct nluL_opts opts = nluL_opts(L, -1, OP);
    int kind = 0, length = 0, mtu = 0, peer_mtu = 0;

    if (!opts.index || !nluL_opt_word(L, &opts, "op", kinds, &kind))
        nluL_misuse(L, OP, "op", "is missing in a step");
    op->kind = (enum nlu_plan_kind)kind;
    op->ns = ns_number(L, &opts, "ns", ns_count);
    opt_int(L, &opts, "index", &op->index);
    switch (op->kind) {
    case NLU_PLAN_VETH:
        op->peer_ns = ns_number(L, &opts, "peer_ns", ns_count);
        opt_int(L, &opts, "peer_index", &op->peer_index);
        opt_int(L, &opts, "mtu", &mtu);
        opt_int(L, &opts, "peer_mtu", &peer_mtu);
        op->mtu = (uint32_t)mtu;
        op->peer_mtu = (uint32_t)peer_mtu;
        if (!opt_name(L, arena, &opts, "peer_name", &op->peer_name) ||
            !nluL_opt_mac(L, &opts, "mac", op->mac) ||
            !nluL_opt_mac(L, &opts, "peer_mac", op->peer_mac))
            nluL_misuse(L, OP, "veth", "needs peer_name, mac and peer_mac");
        __attribute__((fallthrough));
    case NLU_PLAN_BRIDGE:
        if (!opt_name(L, arena, &opts, "name", &op->name))
            nluL_misuse(L, OP, "name", "is missing in a step");
        __attribute__((fallthrough));
    case NLU_PLAN_SET:
        opt_int(L, &opts, "master", &op->master);
        op->has_up = nluL_opt_boolean(L, &opts, "up", &op->up);
        (void)nluL_opt_boolean(L, &opts, "stp", &op->stp);
        (void)nluL_opt_boolean(L, &opts, "no_addrgen", &op->no_addrgen);
        return;
    case NLU_PLAN_UNLINK:
    case NLU_PLAN_FORWARD:
        return;
    case NLU_PLAN_ADDR:
    case NLU_PLAN_ROUTE:
    case NLU_PLAN_UNROUTE:
    case NLU_PLAN_NEIGH:
        opt_bytes(L, &opts, "bytes", &op->prefix.ip);
        opt_bytes(L, &opts, "via", &op->via);
        opt_int(L, &opts, "length", &length);
        op->prefix.len = (uint8_t)length;
        (void)nluL_opt_boolean(L, &opts, "nodad", &op->nodad);
        (void)nluL_opt_boolean(L, &opts, "replace", &op->replace);
        (void)nluL_opt_mac(L, &opts, "mac", op->mac);
        if (!op->prefix.ip.family || length > 128)
            nluL_misuse(L, OP, "bytes", "a step has no address");
        return;
    }
}

static void read_sysctls(lua_State *L, struct nlu_arena *arena, struct nlu_plan_ns *ns) {
    if (lua_getfield(L, -1, "sysctls") == LUA_TTABLE) { /* [… node, list] */
        ns->sysctl_count = lua_rawlen(L, -1) / 2;
        struct nlu_plan_sysctl *list = scratch(L, arena, (ns->sysctl_count + 1) * sizeof *list);
        for (size_t i = 0; i < ns->sysctl_count; i++) {
            lua_rawgeti(L, -1, (lua_Integer)i * 2 + 1);
            list[i].name = keep(L, arena, nluL_arg_string(L, -1, OP, "sysctl"));
            lua_rawgeti(L, -2, (lua_Integer)i * 2 + 2);
            list[i].value = keep(L, arena, nluL_arg_string(L, -1, OP, "sysctl"));
            lua_pop(L, 2);
        }
        ns->sysctls = list;
    }
    lua_pop(L, 1);
}

static void read_ops(lua_State *L, int index, struct nlu_arena *arena, struct nlu_plan *plan) {
    luaL_checktype(L, index, LUA_TTABLE);
    plan->op_count = lua_rawlen(L, index);
    struct nlu_plan_op *ops = scratch(L, arena, (plan->op_count + 1) * sizeof *ops);
    for (size_t i = 0; i < plan->op_count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        read_op(L, arena, plan->ns_count, &ops[i]);
        lua_pop(L, 1);
    }
    plan->ops = ops;
}

static int fail(lua_State *L, const struct nlu_plan *plan, size_t op, const struct nlu_err *err) {
    nluL_fail(L, err);
    if (op < plan->op_count) {
        nluL_setinteger(L, "step", (lua_Integer)op + 1);
        nluL_setstring(L, "node", plan->ns[plan->ops[op].ns].name);
    }
    return 2;
}

// plan_run(nodes, ops): a list of namespace handles; nodes = { { name =, sysctls = { name, value, …
// } }, … }. All of it or nil and an error (with `step`, the number of the refused one).
static int plan_run(lua_State *L) {
    struct nlu_plan plan = {0};
    struct nlu_err err;
    size_t op;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    plan.ns_count = lua_rawlen(L, 1);
    lua_createtable(L, (int)plan.ns_count, 0); /* [nodes, ops, handles] */
    struct nlu_arena *arena = nluL_scratch(L); /* [nodes, ops, handles, arena] */
    struct nluL_netns **handles = scratch(L, arena, (plan.ns_count + 1) * sizeof(void *));
    plan.ns = scratch(L, arena, (plan.ns_count + 1) * sizeof *plan.ns);
    for (size_t i = 0; i < plan.ns_count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        lua_getfield(L, -1, "name");
        plan.ns[i].name = keep(L, arena, nluL_arg_string(L, -1, OP, "name"));
        lua_pop(L, 1);
        read_sysctls(L, arena, &plan.ns[i]);
        lua_pop(L, 1);
        // Closed until the plan has run: an error before that leaves nothing open.
        handles[i] = nluL_newnetns(L, plan.ns[i].name);
        lua_rawseti(L, 3, (lua_Integer)i + 1);
    }
    read_ops(L, 2, arena, &plan);
    if (nlu_plan_run(&plan, &op, &err) < 0)
        return fail(L, &plan, op, &err);
    for (size_t i = 0; i < plan.ns_count; i++) {
        handles[i]->fd = plan.ns[i].fd;
        handles[i]->route = plan.ns[i].route;
    }
    lua_pushvalue(L, 3);
    return 1;
}

// plan_apply(handles, ops): the same steps in namespaces that are there. true, or nil and an error.
static int plan_apply(lua_State *L) {
    struct nlu_plan plan = {0};
    struct nlu_err err;
    size_t op;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    plan.ns_count = lua_rawlen(L, 1);
    struct nlu_arena *arena = nluL_scratch(L); /* [handles, ops, arena] */
    struct nluL_netns **handles = scratch(L, arena, (plan.ns_count + 1) * sizeof(void *));
    plan.ns = scratch(L, arena, (plan.ns_count + 1) * sizeof *plan.ns);
    for (size_t i = 0; i < plan.ns_count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        handles[i] = nluL_checknetns(L, -1, OP);
        // The handle stays on the stack's table; its name lives as long as it does.
        plan.ns[i] = (struct nlu_plan_ns){
            .name = handles[i]->name, .fd = handles[i]->fd, .route = handles[i]->route};
        lua_pop(L, 1);
    }
    read_ops(L, 2, arena, &plan);
    int rc = nlu_plan_apply(&plan, &op, &err);
    for (size_t i = 0; i < plan.ns_count; i++)
        handles[i]->route.seq = plan.ns[i].route.seq;
    if (rc < 0)
        return fail(L, &plan, op, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// ns:link_settle(): true. What came up counts from now on.
static int link_settle(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.settle");
    struct nlu_err err;

    if (nlu_settle_carriers(&ns->route, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

const luaL_Reg nluL_plan_methods[] = {{"link_settle", link_settle}, {NULL, NULL}};

void nluL_openplan(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"plan_run", plan_run}, {"plan_apply", plan_apply}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
