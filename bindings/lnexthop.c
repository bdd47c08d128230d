// ns:nexthop_*: nexthop objects and groups, in ip-nexthop's words and with the keys of
// `ip -json nexthop`.
#include "arena.h"
#include "lroute.h"
#include "nexthop.h"
#include "route.h"
#include "route_names.h"

#include <math.h>
#include <string.h>

// --- structs to tables ---------------------------------------------------------------------------

static void set_members(lua_State *L, const struct nlu_nexthop *n) {
    lua_createtable(L, (int)n->member_count, 0);
    for (size_t i = 0; i < n->member_count; i++) {
        lua_createtable(L, 0, 2);
        nluL_setinteger(L, "id", n->members[i].id);
        // As in ip: a weight of 1 is not shown.
        if (n->members[i].weight > 1)
            nluL_setinteger(L, "weight", n->members[i].weight);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "group");
}

static void set_resilient(lua_State *L, const struct nlu_nexthop_resilient *r) {
    lua_createtable(L, 0, 4);
    nluL_setinteger(L, "buckets", r->buckets);
    nluL_setnumber(L, "idle_timer", r->idle_timer / 100.0);
    nluL_setnumber(L, "unbalanced_timer", r->unbalanced_timer / 100.0);
    nluL_setnumber(L, "unbalanced_time", (lua_Number)r->unbalanced_time / 100.0);
    lua_setfield(L, -2, "resilient_args");
}

void nluL_pushnexthop(lua_State *L, const struct nlu_nexthop *n) {
    const char *words[16];
    char name[NLU_ROUTE_NAME];

    lua_createtable(L, 0, 6);
    nluL_setinteger(L, "id", n->id);
    if (n->member_count)
        set_members(L, n);
    if (n->group_type == NLU_NEXTHOP_RESILIENT)
        nluL_setstring(L, "type", "resilient");
    else if (n->group_type != NLU_NEXTHOP_MPATH)
        nluL_setstring(L, "type", "<unknown type>");
    if (n->has_resilient)
        set_resilient(L, &n->resilient);
    nluL_setip(L, "gateway", &n->gateway);
    if (n->dev)
        nluL_setstring(L, "dev", n->dev);
    nluL_setid(L, "scope", NLU_IDFILE_SCOPES, n->scope, nlu_scope_name(n->scope, name), name);
    // What ip writes as null is true here, since a Lua table cannot hold null.
    if (n->blackhole)
        nluL_setboolean(L, "blackhole", true);
    nluL_setid(L, "protocol", NLU_IDFILE_PROTOCOLS, n->protocol,
               nlu_protocol_name(n->protocol, name), name);
    nluL_setwords(L, "flags", words, nlu_route_flag_names(n->flags, words, NLU_COUNT(words)));
    if (n->fdb)
        nluL_setboolean(L, "fdb", true);
}

// --- tables to structs ---------------------------------------------------------------------------

static uint32_t arg_id(lua_State *L, int arg, const char *op) {
    int is_integer;
    lua_Integer id = lua_tointegerx(L, arg, &is_integer);

    if (!is_integer || lua_type(L, arg) != LUA_TNUMBER || id < 1 || id > UINT32_MAX)
        nluL_misuse(L, op, "id", "expected an integer from 1 to %I, got %s",
                    (LUAI_UACINT)UINT32_MAX, nluL_describe(L, arg));
    return (uint32_t)id;
}

// A member: its number, or { id =, weight = }.
static void read_member(lua_State *L, const char *op, struct nlu_nexthop_member *member) {
    static const char *const keys[] = {"id", "weight", NULL};
    lua_Integer id, weight = 1;

    if (lua_isinteger(L, -1)) {
        *member = (struct nlu_nexthop_member){arg_id(L, -1, op), 1};
        return;
    }
    if (!lua_istable(L, -1))
        nluL_misuse(L, op, "group", "expected numbers or tables in the list, got %s",
                    nluL_describe(L, -1));
    struct nluL_opts opts = nluL_opts(L, -1, op);
    nluL_opts_only(L, &opts, keys);
    if (!nluL_opt_integer(L, &opts, "id", 1, UINT32_MAX, &id))
        nluL_misuse(L, op, "group", "a member has no id");
    (void)nluL_opt_integer(L, &opts, "weight", 1, 256, &weight);
    *member = (struct nlu_nexthop_member){(uint32_t)id, (uint16_t)weight};
}

static int read_group(lua_State *L, const struct nluL_opts *opts, struct nlu_arena *arena,
                      struct nlu_nexthop *n) {
    if (!opts->index)
        return 0;
    if (lua_getfield(L, opts->index, "group") == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0)
        nluL_misuse(L, opts->op, "group", "expected a list of members, got %s",
                    nluL_describe(L, -1));
    n->member_count = lua_rawlen(L, -1);
    n->members = nlu_arena_alloc(arena, n->member_count * sizeof *n->members);
    if (!n->members)
        return luaL_error(L, "not enough memory");
    for (size_t i = 0; i < n->member_count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        read_member(L, opts->op, &n->members[i]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return 0;
}

static void read_resilient(lua_State *L, const struct nluL_opts *opts, struct nlu_nexthop *n) {
    struct nlu_nexthop_resilient *r = &n->resilient;
    lua_Number seconds;
    lua_Integer buckets;
    int have = 0;

    if (nluL_opt_integer(L, opts, "buckets", 1, UINT16_MAX, &buckets))
        have |= NLU_NEXTHOP_BUCKETS, r->buckets = (uint16_t)buckets;
    if (nluL_opt_number(L, opts, "idle_timer", 0, UINT32_MAX / 100.0, &seconds))
        have |= NLU_NEXTHOP_IDLE_TIMER, r->idle_timer = (uint32_t)llround(seconds * 100);
    if (nluL_opt_number(L, opts, "unbalanced_timer", 0, UINT32_MAX / 100.0, &seconds))
        have |= NLU_NEXTHOP_UNBALANCED_TIMER,
            r->unbalanced_timer = (uint32_t)llround(seconds * 100);
    r->have |= have;
    n->has_resilient = have != 0;
    if (have && n->group_type != NLU_NEXTHOP_RESILIENT)
        nluL_misuse(L, opts->op, "type", "buckets and timers are a resilient group's");
}

static int read_nexthop(lua_State *L, struct nluL_netns *ns, const char *op,
                        struct nlu_arena *arena, struct nlu_nexthop *n, struct nlu_err *err) {
    static const char *const keys[] = {
        "via",     "dev",        "onlink",           "blackhole", "fdb",    "group", "type",
        "buckets", "idle_timer", "unbalanced_timer", "proto",     "family", NULL};
    static const struct nluL_word types[] = {
        {"mpath", NLU_NEXTHOP_MPATH}, {"resilient", NLU_NEXTHOP_RESILIENT}, {NULL, 0}};
    struct nluL_opts opts = nluL_opts(L, 3, op);
    int word = NLU_NEXTHOP_MPATH;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &n->family);
    if (nluL_opt_ip(L, &opts, "via", &n->gateway) && n->family && n->family != n->gateway.family)
        nluL_misuse(L, op, "family", "is not that of `via`");
    if (nluL_opt_flag(L, &opts, "onlink"))
        n->flags |= RTNH_F_ONLINK;
    n->blackhole = nluL_opt_flag(L, &opts, "blackhole");
    n->fdb = nluL_opt_flag(L, &opts, "fdb");
    (void)nluL_opt_protocol(L, &opts, "proto", &n->protocol);
    (void)nluL_opt_word(L, &opts, "type", types, &word);
    n->group_type = (uint16_t)word;
    (void)read_group(L, &opts, arena, n);
    read_resilient(L, &opts, n);
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &n->oif, err) < 0)
        return nluL_no_dev(err, op, lua_pushfstring(L, "id %I", (LUAI_UACINT)n->id));
    return 0;
}

// --- methods -------------------------------------------------------------------------------------

static int change(lua_State *L, enum nlu_nexthop_change kind, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_nexthop nexthop = {.id = arg_id(L, 2, op)};
    struct nlu_err err;

    lua_settop(L, 3);
    struct nlu_arena *arena = nluL_scratch(L); /* [ns, id, opts, arena] */
    if (read_nexthop(L, ns, op, arena, &nexthop, &err) < 0 ||
        nlu_nexthop_change(&ns->route, kind, &nexthop, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// nexthop_add(id, { via =, dev =, … } or { group = { … } }): true.
static int nexthop_add(lua_State *L) {
    return change(L, NLU_NEXTHOP_ADD, "nexthop.add");
}

static int nexthop_replace(lua_State *L) {
    return change(L, NLU_NEXTHOP_REPLACE, "nexthop.replace");
}

// nexthop_del(id): true.
static int nexthop_del(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "nexthop.del");
    uint32_t id = arg_id(L, 2, "nexthop.del");
    struct nlu_err err;

    if (nlu_nexthop_del(&ns->route, id, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// nexthop_get(id): one table.
static int nexthop_get(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "nexthop.get");
    uint32_t id = arg_id(L, 2, "nexthop.get");
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_nexthop nexthop;
    struct nlu_err err;

    if (nlu_nexthop_get(&ns->route, id, arena, &nexthop, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    nluL_pushnexthop(L, &nexthop);
    return 1;
}

static int read_filter(lua_State *L, struct nluL_netns *ns, const char *op,
                       struct nlu_nexthop_filter *f, struct nlu_err *err) {
    static const char *const keys[] = {"family", "dev", "master", "vrf",
                                       "groups", "fdb", "proto",  NULL};
    struct nluL_opts opts = nluL_opts(L, 2, op);

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &f->family);
    f->groups = nluL_opt_flag(L, &opts, "groups");
    f->fdb = nluL_opt_flag(L, &opts, "fdb");
    (void)nluL_opt_protocol(L, &opts, "proto", &f->protocol);
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &f->oif, err) < 0 ||
        nluL_opt_dev(L, &opts, "master", &ns->route, &f->master, err) < 0 ||
        nluL_opt_dev(L, &opts, "vrf", &ns->route, &f->master, err) < 0)
        return nluL_no_dev(err, op, "");
    return 0;
}

// nexthop_list{ dev =, groups =, … }: a list of tables.
static int nexthop_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "nexthop.list");
    struct nlu_nexthop_filter filter = {0};
    struct nlu_nexthop_list list;
    struct nlu_err err;

    lua_settop(L, 2);
    if (read_filter(L, ns, "nexthop.list", &filter, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_nexthop_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        nluL_pushnexthop(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// nexthop_flush{ dev =, … }: how many were removed.
static int nexthop_flush(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "nexthop.flush");
    struct nlu_nexthop_filter filter = {0};
    struct nlu_err err;
    size_t count;

    lua_settop(L, 2);
    if (read_filter(L, ns, "nexthop.flush", &filter, &err) < 0 ||
        nlu_nexthop_flush(&ns->route, &filter, &count, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

const luaL_Reg nluL_nexthop_methods[] = {
    {"nexthop_add", nexthop_add},
    {"nexthop_replace", nexthop_replace},
    {"nexthop_del", nexthop_del},
    {"nexthop_get", nexthop_get},
    {"nexthop_list", nexthop_list},
    {"nexthop_flush", nexthop_flush},
    {NULL, NULL},
};
