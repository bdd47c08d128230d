// ns:fdb_*: forwarding databases, in the words and with the keys of `bridge -json fdb`.
#include "fdb.h"
#include "llink.h"

#include <stdio.h>

// --- structs to tables ---------------------------------------------------------------------------

static void set_flags(lua_State *L, uint8_t flags) {
    // bridge's order.
    static const struct {
        uint8_t flag;
        const char *name;
    } known[] = {
        {NTF_SELF, "self"},         {NTF_ROUTER, "router"}, {NTF_EXT_LEARNED, "extern_learn"},
        {NTF_OFFLOADED, "offload"}, {NTF_MASTER, "master"}, {NTF_STICKY, "sticky"}};
    lua_Integer at = 0;

    lua_createtable(L, 2, 0);
    for (size_t i = 0; i < NLU_COUNT(known); i++)
        if (flags & known[i].flag) {
            lua_pushstring(L, known[i].name);
            lua_rawseti(L, -2, ++at);
        }
    lua_setfield(L, -2, "flags");
}

static void set_state(lua_State *L, uint16_t state) {
    char hex[12];

    snprintf(hex, sizeof hex, "%#x", state);
    nluL_setstring(L, "state",
                   state & NUD_PERMANENT   ? "permanent"
                   : state & NUD_NOARP     ? "static"
                   : state & NUD_STALE     ? "stale"
                   : state & NUD_REACHABLE ? ""
                                           : hex);
}

// The name of a link, or as ip names one that has gone.
static void set_link(lua_State *L, const char *key, const char *name, int index) {
    if (name)
        nluL_setstring(L, key, name);
    else {
        lua_pushfstring(L, "if%d", index);
        lua_setfield(L, -2, key);
    }
}

// Pushes one entry. [-0, +1, m]
static void push_fdb(lua_State *L, const struct nlu_fdb *e) {
    char mac[NLU_MAC_TEXT];

    lua_createtable(L, 0, 10);
    nluL_setstring(L, "mac", nlu_mac_format(e->mac, mac));
    if (e->index)
        set_link(L, "ifname", e->ifname, e->index);
    nluL_setip(L, "dst", &e->dst);
    if (e->vlan)
        nluL_setinteger(L, "vlan", e->vlan);
    if (e->port)
        nluL_setinteger(L, "port", e->port);
    if (e->has_vni)
        nluL_setinteger(L, "vni", e->vni);
    if (e->has_src_vni)
        nluL_setinteger(L, "src_vni", e->src_vni);
    if (e->via && e->link_netnsid >= 0)
        nluL_setinteger(L, "viaIfIndex", e->via);
    else if (e->via)
        set_link(L, "viaIf", e->via_name, e->via);
    if (e->nhid)
        nluL_setinteger(L, "nhid", e->nhid);
    if (e->link_netnsid >= 0)
        nluL_setinteger(L, "linkNetNsId", e->link_netnsid);
    if (e->has_times) {
        nluL_setinteger(L, "used", e->used);
        nluL_setinteger(L, "updated", e->updated);
    }
    set_flags(L, e->flags);
    if (e->master)
        set_link(L, "master", e->master_name, e->master);
    set_state(L, e->state);
}

// --- tables to structs ---------------------------------------------------------------------------

static void arg_mac(lua_State *L, int arg, const char *op, uint8_t mac[NLU_MAC_LEN]) {
    if (nlu_mac_parse(nluL_arg_string(L, arg, op, "mac"), mac) < 0)
        nluL_misuse(L, op, "mac", "expected an address like 02:00:00:00:00:01, got %s",
                    nluL_describe(L, arg));
}

// ORs `bits` into *set when opts[key] is true.
static void opt_bits(lua_State *L, const struct nluL_opts *opts, const char *key, unsigned bits,
                     unsigned *set) {
    bool on;
    if (nluL_opt_boolean(L, opts, key, &on) && on)
        *set |= bits;
}

static void read_flags(lua_State *L, const struct nluL_opts *opts, struct nlu_fdb_spec *spec) {
    unsigned flags = 0, state = NUD_NOARP;
    bool dynamic = false;

    opt_bits(L, opts, "self", NTF_SELF, &flags);
    opt_bits(L, opts, "master", NTF_MASTER, &flags);
    opt_bits(L, opts, "router", NTF_ROUTER, &flags);
    opt_bits(L, opts, "use", NTF_USE, &flags);
    opt_bits(L, opts, "extern_learn", NTF_EXT_LEARNED, &flags);
    opt_bits(L, opts, "sticky", NTF_STICKY, &flags);
    opt_bits(L, opts, "permanent", NUD_PERMANENT, &state);
    opt_bits(L, opts, "local", NUD_PERMANENT, &state);
    opt_bits(L, opts, "static", NUD_REACHABLE, &state);
    opt_bits(L, opts, "temp", NUD_REACHABLE, &state);
    if (nluL_opt_boolean(L, opts, "dynamic", &dynamic) && dynamic)
        state = (state & ~(unsigned)NUD_NOARP) | NUD_REACHABLE;
    // As bridge(8): the link's own database, for good.
    if (!(flags & (NTF_SELF | NTF_MASTER)))
        flags |= NTF_SELF;
    if (!(state & (NUD_PERMANENT | NUD_REACHABLE)))
        state |= NUD_PERMANENT;
    spec->flags = (uint8_t)flags;
    spec->state = (uint16_t)state;
}

static void read_key(lua_State *L, const struct nluL_opts *opts, struct nlu_fdb_spec *spec) {
    lua_Integer integer;

    if (nluL_opt_integer(L, opts, "vlan", 0, 4095, &integer))
        spec->has_vlan = true, spec->vlan = (uint16_t)integer;
    if (nluL_opt_integer(L, opts, "vni", 0, 0xffffff, &integer))
        spec->has_vni = true, spec->vni = (uint32_t)integer;
}

// fdb_add(mac, dev, { … }) and the others: true.
static int change(lua_State *L, enum nlu_fdb_how how, const char *op) {
    static const char *const keys[] = {"dst",    "vlan",         "vni",     "src_vni",   "port",
                                       "via",    "nhid",         "self",    "master",    "router",
                                       "use",    "extern_learn", "sticky",  "permanent", "local",
                                       "static", "temp",         "dynamic", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_fdb_spec spec = {.index = 0};
    struct nluL_opts opts = nluL_opts(L, 4, op);
    bool has_via = false;
    lua_Integer integer;
    struct nlu_err err;

    arg_mac(L, 2, op, spec.mac);
    const char *dev = nluL_arg_link(L, 3, op, "dev");
    nluL_opts_only(L, &opts, keys);
    read_key(L, &opts, &spec);
    (void)nluL_opt_ip(L, &opts, "dst", &spec.dst);
    if (nluL_opt_integer(L, &opts, "src_vni", 0, 0xffffff, &integer))
        spec.has_src_vni = true, spec.src_vni = (uint32_t)integer;
    if (nluL_opt_integer(L, &opts, "port", 1, 65535, &integer))
        spec.port = (uint16_t)integer;
    if (nluL_opt_integer(L, &opts, "nhid", 1, UINT32_MAX, &integer))
        spec.nhid = (uint32_t)integer;
    if (spec.nhid && (spec.dst.family || spec.port || spec.has_vni))
        nluL_misuse(L, op, "nhid", "stands in place of dst, port and vni");
    read_flags(L, &opts, &spec);
    if (nlu_link_index(&ns->route, dev, &spec.index, &err) < 0 ||
        nluL_opt_link(L, &opts, "via", &ns->route, &spec.via, &has_via, &err) < 0) {
        nlu_err_about(&err, op, "%s on %s: %s", lua_tostring(L, 2), dev, err.subject);
        return nluL_fail_in(L, ns->name, &err);
    }
    if (nlu_fdb_change(&ns->route, how, &spec, &err) < 0) {
        nlu_err_about(&err, op, "%s on %s", lua_tostring(L, 2), dev);
        return nluL_fail_in(L, ns->name, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int fdb_add(lua_State *L) {
    return change(L, NLU_FDB_ADD, "fdb.add");
}

static int fdb_append(lua_State *L) {
    return change(L, NLU_FDB_APPEND, "fdb.append");
}

static int fdb_replace(lua_State *L) {
    return change(L, NLU_FDB_REPLACE, "fdb.replace");
}

static int fdb_del(lua_State *L) {
    return change(L, NLU_FDB_DEL, "fdb.del");
}

// Names of links of the filter into indexes. 0, or -errno with *err.
static int opt_links(lua_State *L, const struct nluL_opts *opts, struct nlu_nlsock *nl,
                     const char *dev, const char *master, int *ret_index, int *ret_master,
                     struct nlu_err *err) {
    bool have = false;

    int rc = nluL_opt_link(L, opts, dev, nl, ret_index, &have, err);
    if (rc == 0 && !have && strcmp(dev, "dev") == 0)
        rc = nluL_opt_link(L, opts, "brport", nl, ret_index, &have, err);
    if (rc == 0)
        rc = nluL_opt_link(L, opts, master, nl, ret_master, &have, err);
    return rc < 0 ? nlu_err_about(err, opts->op, "%s", err->subject) : 0;
}

// fdb_list{ dev =, br =, vlan =, state =, dynamic = }: a list of tables.
static int fdb_list(lua_State *L) {
    static const char *const keys[] = {"dev", "brport", "br", "vlan", "state", "dynamic", NULL};
    static const struct nluL_word states[] = {{"permanent", NUD_PERMANENT},
                                              {"static", NUD_NOARP},
                                              {"temp", NUD_NOARP},
                                              {"stale", NUD_STALE},
                                              {"dynamic", NUD_REACHABLE},
                                              {"reachable", NUD_REACHABLE},
                                              {"all", 0xffff},
                                              {NULL, 0}};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "fdb.list");
    struct nluL_opts opts = nluL_opts(L, 2, "fdb.list");
    struct nlu_fdb_filter filter = {.index = 0};
    struct nlu_fdb_list list;
    lua_Integer integer;
    struct nlu_err err;
    int word;

    nluL_opts_only(L, &opts, keys);
    if (nluL_opt_integer(L, &opts, "vlan", 1, 4095, &integer))
        filter.vlan = (uint16_t)integer;
    if (nluL_opt_word(L, &opts, "state", states, &word))
        filter.state = (uint16_t)word;
    (void)nluL_opt_boolean(L, &opts, "dynamic", &filter.dynamic);
    if (opt_links(L, &opts, &ns->route, "dev", "br", &filter.index, &filter.master, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_fdb_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_fdb(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// fdb_get(mac, { dev =, br =, vlan =, vni =, self =, master = }): one table.
static int fdb_get(lua_State *L) {
    static const char *const keys[] = {"dev", "brport", "br",     "vlan",
                                       "vni", "self",   "master", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "fdb.get");
    struct nluL_opts opts = nluL_opts(L, 3, "fdb.get");
    struct nlu_fdb_spec key = {.index = 0};
    struct nlu_fdb entry;
    struct nlu_err err;
    unsigned flags = 0;
    int master = 0;

    arg_mac(L, 2, "fdb.get", key.mac);
    nluL_opts_only(L, &opts, keys);
    read_key(L, &opts, &key);
    opt_bits(L, &opts, "self", NTF_SELF, &flags);
    opt_bits(L, &opts, "master", NTF_MASTER, &flags);
    key.flags = (uint8_t)flags;
    if (opt_links(L, &opts, &ns->route, "dev", "br", &key.index, &master, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (!key.index && !master)
        nluL_misuse(L, "fdb.get", "dev", "is missing: where shall it be looked for, dev or br?");
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_fdb_get(&ns->route, &key, master, arena, &entry, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    push_fdb(L, &entry);
    return 1;
}

// One condition of a flush: true, false, or absent for "either". `mask` are the bits looked at.
static void opt_condition(lua_State *L, const struct nluL_opts *opts, const char *key,
                          unsigned on_bits, unsigned mask, unsigned *bits, unsigned *masks) {
    bool on;

    if (!nluL_opt_boolean(L, opts, key, &on))
        return;
    *masks |= mask;
    *bits = (*bits & ~mask) | (on ? on_bits : 0);
}

// fdb_flush(dev, { … }): true.
static int fdb_flush(lua_State *L) {
    static const char *const keys[] = {"brport",       "vlan",   "self",      "master",
                                       "permanent",    "static", "dynamic",   "added_by_user",
                                       "extern_learn", "sticky", "offloaded", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "fdb.flush");
    const char *dev = nluL_arg_link(L, 2, "fdb.flush", "dev");
    struct nluL_opts opts = nluL_opts(L, 3, "fdb.flush");
    unsigned state = 0, states = 0, flags = 0, flags_mask = 0, where = 0;
    struct nlu_fdb_flush flush = {.index = 0};
    struct nlu_err err;
    lua_Integer integer;
    bool have = false;

    nluL_opts_only(L, &opts, keys);
    if (nluL_opt_integer(L, &opts, "vlan", 0, 4095, &integer))
        flush.has_vlan = true, flush.vlan = (uint16_t)integer;
    opt_condition(L, &opts, "permanent", NUD_PERMANENT, NUD_PERMANENT, &state, &states);
    // What is permanent is static, too, in the kernel: static here is what may move.
    if (nluL_opt_boolean(L, &opts, "static", &have))
        opt_condition(L, &opts, "static", NUD_NOARP, have ? NUD_NOARP | NUD_PERMANENT : NUD_NOARP,
                      &state, &states);
    if (nluL_opt_boolean(L, &opts, "dynamic", &have) && have)
        states |= NUD_NOARP | NUD_PERMANENT, state &= ~(unsigned)(NUD_NOARP | NUD_PERMANENT);
    else if (nluL_opt_boolean(L, &opts, "dynamic", &have))
        states |= NUD_NOARP, state |= NUD_NOARP;
    opt_condition(L, &opts, "added_by_user", NTF_USE, NTF_USE, &flags, &flags_mask);
    opt_condition(L, &opts, "extern_learn", NTF_EXT_LEARNED, NTF_EXT_LEARNED, &flags, &flags_mask);
    opt_condition(L, &opts, "sticky", NTF_STICKY, NTF_STICKY, &flags, &flags_mask);
    opt_condition(L, &opts, "offloaded", NTF_OFFLOADED, NTF_OFFLOADED, &flags, &flags_mask);
    opt_bits(L, &opts, "self", NTF_SELF, &where);
    opt_bits(L, &opts, "master", NTF_MASTER, &where);
    flush.flags = (uint8_t)(flags | (where ? where : NTF_SELF));
    flush.flags_mask = (uint8_t)flags_mask;
    flush.state = (uint16_t)state;
    flush.state_mask = (uint16_t)states;
    have = false;
    if (nlu_link_index(&ns->route, dev, &flush.index, &err) < 0 ||
        nluL_opt_link(L, &opts, "brport", &ns->route, &flush.port, &have, &err) < 0 ||
        nlu_fdb_flush(&ns->route, &flush, &err) < 0) {
        nlu_err_about(&err, "fdb.flush", "%s", dev);
        return nluL_fail_in(L, ns->name, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

const luaL_Reg nluL_fdb_methods[] = {
    {"fdb_add", fdb_add},         {"fdb_append", fdb_append},
    {"fdb_replace", fdb_replace}, {"fdb_del", fdb_del},
    {"fdb_list", fdb_list},       {"fdb_get", fdb_get},
    {"fdb_flush", fdb_flush},     {NULL, NULL},
};
