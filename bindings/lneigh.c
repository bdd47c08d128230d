// ns:neigh_*: neighbours and proxies, in ip-neighbour's words and with the keys of `ip -json
// neigh`.
#include "lroute.h"
#include "neigh.h"
#include "route_names.h"

#include <string.h>

// --- structs to tables ---------------------------------------------------------------------------

void nluL_pushneigh(lua_State *L, const struct nlu_neigh *n, unsigned omit, bool statistics) {
    const char *states[16];
    char text[3 * NLU_HWADDR_MAX], name[NLU_ROUTE_NAME];

    lua_createtable(L, 0, 6);
    nluL_setip(L, "dst", &n->dst);
    if (n->dev && !(omit & NLUL_OMIT_DEV))
        nluL_setstring(L, "dev", n->dev);
    if (n->lladdr.len)
        nluL_setstring(L, "lladdr",
                       nlu_link_hwaddr_format(&n->lladdr, n->link_type, text, sizeof text));
    // ip's flags have the value null, which a Lua table cannot hold.
    if (n->flags & NTF_ROUTER)
        nluL_setboolean(L, "router", true);
    if (n->flags & NTF_PROXY)
        nluL_setboolean(L, "proxy", true);
    if (n->ext_flags & NTF_EXT_MANAGED)
        nluL_setboolean(L, "managed", true);
    if (n->flags & NTF_EXT_LEARNED)
        nluL_setboolean(L, "extern_learn", true);
    if (n->flags & NTF_OFFLOADED)
        nluL_setboolean(L, "offload", true);
    if (statistics && n->has_cacheinfo) {
        if (n->refcnt)
            nluL_setinteger(L, "refcnt", n->refcnt);
        nluL_setinteger(L, "used", n->used);
        nluL_setinteger(L, "confirmed", n->confirmed);
        nluL_setinteger(L, "updated", n->updated);
    }
    if (statistics && n->has_probes)
        nluL_setinteger(L, "probes", n->probes);
    if (n->state)
        nluL_setwords(L, "state", states, nlu_neigh_state_names(n->state, states, 16));
    if (n->protocol)
        nluL_setid(L, "protocol", NLU_IDFILE_PROTOCOLS, n->protocol,
                   nlu_protocol_name(n->protocol, name), name);
}

// --- tables to structs ---------------------------------------------------------------------------

static uint16_t state_of(lua_State *L, int index, const char *op, const char *key) {
    uint16_t state;
    if (nlu_neigh_state_parse(nluL_arg_string(L, index, op, key), &state) < 0)
        nluL_misuse(L, op, key,
                    "expected none, incomplete, reachable, stale, delay, probe, failed, noarp or "
                    "permanent, got %s",
                    nluL_describe(L, index));
    return state;
}

// Pushes opts[key] when it is there.
static bool fetch(lua_State *L, const struct nluL_opts *opts, const char *key) {
    if (!opts->index)
        return false;
    if (lua_getfield(L, opts->index, key) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

// A hardware address of any length up to the kernel's longest.
static bool opt_lladdr(lua_State *L, const struct nluL_opts *opts, struct nlu_hwaddr *ret_address) {
    struct nlu_ip ip;

    if (!fetch(L, opts, "lladdr"))
        return false;
    const char *text = nluL_arg_string(L, -1, opts->op, "lladdr");
    // Of a tunnel it is the other end's IP address.
    if (nlu_ip_parse(text, &ip) == 0) {
        ret_address->len = (uint8_t)nlu_ip_size(&ip);
        memcpy(ret_address->bytes, ip.bytes, ret_address->len);
    } else if (nlu_mac_parse(text, ret_address->bytes) == 0) {
        ret_address->len = NLU_MAC_LEN;
    } else {
        nluL_misuse(L, opts->op, "lladdr", "expected an address like 02:00:00:00:00:01, got %s",
                    nluL_describe(L, -1));
    }
    lua_pop(L, 1);
    return true;
}

static void read_spec(lua_State *L, const char *op, const struct nluL_opts *opts,
                      struct nlu_neigh_spec *s) {
    static const char *const keys[] = {"dev", "lladdr",  "nud",          "proxy", "router",
                                       "use", "managed", "extern_learn", "proto", NULL};
    static const struct {
        const char *key;
        uint8_t flag;
    } flags[] = {{"proxy", NTF_PROXY},
                 {"router", NTF_ROUTER},
                 {"use", NTF_USE},
                 {"extern_learn", NTF_EXT_LEARNED}};

    nluL_opts_only(L, opts, keys);
    s->has_lladdr = opt_lladdr(L, opts, &s->lladdr);
    if (fetch(L, opts, "nud")) {
        s->has_state = true;
        s->state = state_of(L, -1, op, "nud");
        lua_pop(L, 1);
    }
    for (size_t i = 0; i < NLU_COUNT(flags); i++)
        if (nluL_opt_flag(L, opts, flags[i].key))
            s->flags |= flags[i].flag;
    if (nluL_opt_flag(L, opts, "managed"))
        s->ext_flags |= NTF_EXT_MANAGED;
    s->has_protocol = nluL_opt_protocol(L, opts, "proto", &s->protocol);
}

// --- methods -------------------------------------------------------------------------------------

static int change(lua_State *L, enum nlu_neigh_change kind, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_neigh_spec spec = {.dst = nluL_arg_ip(L, 2, op, "address")};
    struct nluL_opts opts = nluL_opts(L, 3, op);
    const char *dev = NULL;
    struct nlu_err err;

    read_spec(L, op, &opts, &spec);
    if (!nluL_opt_string(L, &opts, "dev", &dev) && !(spec.flags & NTF_PROXY))
        nluL_misuse(L, op, "dev", "is missing: on which link is %s?", lua_tostring(L, 2));
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &spec.index, &err) < 0) {
        nlu_err_about(&err, op, "%s on %s", lua_tostring(L, 2), dev);
        return nluL_fail_in(L, ns->name, &err);
    }
    if (nlu_neigh_change(&ns->route, kind, &spec, dev, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// neigh_add("192.0.2.1", { dev = "eth0", lladdr = "02:00:00:00:00:01", … }): true.
static int neigh_add(lua_State *L) {
    return change(L, NLU_NEIGH_ADD, "neigh.add");
}

static int neigh_replace(lua_State *L) {
    return change(L, NLU_NEIGH_REPLACE, "neigh.replace");
}

static int neigh_change(lua_State *L) {
    return change(L, NLU_NEIGH_CHANGE, "neigh.change");
}

static int neigh_del(lua_State *L) {
    return change(L, NLU_NEIGH_DEL, "neigh.del");
}

// `nud`: a word, a list of words, or "all".
static void read_states(lua_State *L, const struct nluL_opts *opts, bool flush,
                        struct nlu_neigh_filter *f) {
    if (!fetch(L, opts, "nud"))
        return;
    f->has_state = true;
    if (lua_type(L, -1) == LUA_TSTRING && !strcmp(lua_tostring(L, -1), "all")) {
        f->state = flush ? (uint16_t)~NUD_NOARP : UINT16_MAX;
        f->none = true;
    } else if (lua_istable(L, -1)) {
        for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
            uint16_t state = state_of(L, -1, opts->op, "nud");
            f->state |= state;
            f->none |= !state;
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    } else {
        f->state = state_of(L, -1, opts->op, "nud");
        f->none = !f->state;
    }
    lua_pop(L, 1);
}

static int read_filter(lua_State *L, struct nluL_netns *ns, const char *op, bool flush,
                       struct nlu_neigh_filter *f, bool *ret_statistics, struct nlu_err *err) {
    static const char *const keys[] = {"family", "dev", "master", "nomaster", "vrf",        "proxy",
                                       "unused", "nud", "proto",  "to",       "statistics", NULL};
    struct nluL_opts opts = nluL_opts(L, 2, op);

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &f->family);
    f->proxy = nluL_opt_flag(L, &opts, "proxy");
    f->unused = nluL_opt_flag(L, &opts, "unused");
    *ret_statistics = nluL_opt_flag(L, &opts, "statistics");
    (void)nluL_opt_protocol(L, &opts, "proto", &f->protocol);
    if (nluL_opt_prefix(L, &opts, "to", &f->to) && !f->family)
        f->family = f->to.ip.family;
    read_states(L, &opts, flush, f);
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &f->index, err) < 0 ||
        nluL_opt_dev(L, &opts, "master", &ns->route, &f->master, err) < 0 ||
        nluL_opt_dev(L, &opts, "vrf", &ns->route, &f->master, err) < 0)
        return nluL_no_dev(err, op, "");
    if (nluL_opt_flag(L, &opts, "nomaster"))
        f->master = NLU_NEIGH_NO_MASTER;
    return 0;
}

// neigh_list{ dev =, nud =, proxy =, … }: a list of tables.
static int neigh_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "neigh.list");
    struct nlu_neigh_filter filter = {0};
    struct nlu_neigh_list list;
    struct nlu_err err;
    bool statistics;

    lua_settop(L, 2);
    if (read_filter(L, ns, "neigh.list", false, &filter, &statistics, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_neigh_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        nluL_pushneigh(L, &list.items[i], filter.index ? NLUL_OMIT_DEV : 0, statistics);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// neigh_get(address, { dev =, proxy = }): one table.
static int neigh_get(lua_State *L) {
    static const char *const keys[] = {"dev", "proxy", "statistics", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "neigh.get");
    struct nlu_ip dst = nluL_arg_ip(L, 2, "neigh.get", "address");
    struct nluL_opts opts = nluL_opts(L, 3, "neigh.get");
    const char *dev = NULL;
    struct nlu_neigh neigh;
    struct nlu_err err;
    int index = 0;

    lua_settop(L, 3);
    nluL_opts_only(L, &opts, keys);
    bool proxy = nluL_opt_flag(L, &opts, "proxy");
    bool statistics = nluL_opt_flag(L, &opts, "statistics");
    if (!nluL_opt_string(L, &opts, "dev", &dev) && !proxy)
        nluL_misuse(L, "neigh.get", "dev", "is missing: on which link is %s?", lua_tostring(L, 2));
    struct nlu_arena *arena = nluL_scratch(L);
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &index, &err) < 0) {
        nlu_err_about(&err, "neigh.get", "%s on %s", lua_tostring(L, 2), dev);
        return nluL_fail_in(L, ns->name, &err);
    }
    if (nlu_neigh_get(&ns->route, &dst, index, proxy, arena, &neigh, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    nluL_pushneigh(L, &neigh, 0, statistics);
    return 1;
}

// neigh_flush{ dev =, … }: how many were removed.
static int neigh_flush(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "neigh.flush");
    struct nlu_neigh_filter filter = {0};
    struct nlu_err err;
    bool statistics;
    size_t count;

    lua_settop(L, 2);
    if (lua_type(L, 2) != LUA_TTABLE || (lua_pushnil(L), !lua_next(L, 2)))
        nluL_misuse(L, "neigh.flush", "filter", "is missing: say which neighbours");
    lua_settop(L, 2);
    if (read_filter(L, ns, "neigh.flush", true, &filter, &statistics, &err) < 0 ||
        nlu_neigh_flush(&ns->route, &filter, &count, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

const luaL_Reg nluL_neigh_methods[] = {
    {"neigh_add", neigh_add},       {"neigh_replace", neigh_replace},
    {"neigh_change", neigh_change}, {"neigh_del", neigh_del},
    {"neigh_list", neigh_list},     {"neigh_get", neigh_get},
    {"neigh_flush", neigh_flush},   {NULL, NULL},
};
