// ns:addr_*: addresses, in ip-address's words and with the keys of `ip -json addr`.
#include "addr.h"
#include "link.h"
#include "netlua.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static const struct nluL_word scopes[] = {
    {"global", RT_SCOPE_UNIVERSE}, {"site", RT_SCOPE_SITE},       {"link", RT_SCOPE_LINK},
    {"host", RT_SCOPE_HOST},       {"nowhere", RT_SCOPE_NOWHERE}, {NULL, 0},
};

static const struct nluL_word protocols[] = {
    {"kernel_lo", 1}, {"kernel_ra", 2}, {"kernel_ll", 3}, {NULL, 0}};

static const struct nluL_word families[] = {{"inet", AF_INET}, {"inet6", AF_INET6}, {NULL, 0}};

// Flags that can be asked for, as keys with the value true.
static const struct nluL_word flags[] = {
    {"nodad", IFA_F_NODAD},
    {"home", IFA_F_HOMEADDRESS},
    {"optimistic", IFA_F_OPTIMISTIC},
    {"mngtmpaddr", IFA_F_MANAGETEMPADDR},
    {"autojoin", IFA_F_MCAUTOJOIN},
    {"noprefixroute", IFA_F_NOPREFIXROUTE},
    {NULL, 0},
};

// Pushes one entry of addr_info. [-0, +1, m]
static void push_addr(lua_State *L, const struct nlu_addr *a) {
    const char *names[16];
    size_t count = nlu_addr_flag_names(a, names, NLU_COUNT(names));
    const char *scope = nluL_word_of(scopes, a->scope);
    const char *protocol = nluL_word_of(protocols, a->protocol);

    lua_createtable(L, 0, 12);
    nluL_setstring(L, "family", a->local.family == AF_INET ? "inet" : "inet6");
    nluL_setip(L, "local", &a->local);
    nluL_setip(L, "address", &a->peer);
    nluL_setinteger(L, "prefixlen", a->prefix_len);
    if (a->metric)
        nluL_setinteger(L, "metric", a->metric);
    nluL_setip(L, "broadcast", &a->broadcast);
    nluL_setip(L, "anycast", &a->anycast);
    if (scope)
        nluL_setstring(L, "scope", scope);
    else
        lua_pushfstring(L, "%d", a->scope), lua_setfield(L, -2, "scope");
    for (size_t i = 0; i < count; i++)
        nluL_setboolean(L, names[i], true);
    if (a->protocol && protocol)
        nluL_setstring(L, "protocol", protocol);
    if (*a->label)
        nluL_setstring(L, "label", a->label);
    nluL_setinteger(L, "valid_life_time", a->valid_lft);
    nluL_setinteger(L, "preferred_life_time", a->preferred_lft);
}

// A lifetime: seconds or "forever".
static bool opt_lifetime(lua_State *L, const struct nluL_opts *opts, const char *key,
                         uint32_t *ret_seconds) {
    lua_Integer value;

    if (!opts->index)
        return false;
    if (lua_getfield(L, opts->index, key) == LUA_TSTRING &&
        !strcmp(lua_tostring(L, -1), "forever")) {
        lua_pop(L, 1);
        *ret_seconds = NLU_ADDR_FOREVER;
        return true;
    }
    lua_pop(L, 1);
    if (!nluL_opt_integer(L, opts, key, 0, UINT32_MAX, &value))
        return false;
    *ret_seconds = (uint32_t)value;
    return true;
}

static void read_opts(lua_State *L, const struct nluL_opts *opts, struct nlu_addr_spec *spec) {
    static const char *const keys[] = {"peer",       "broadcast", "anycast",       "label",
                                       "scope",      "valid_lft", "preferred_lft", "metric",
                                       "proto",      "nodad",     "home",          "optimistic",
                                       "mngtmpaddr", "autojoin",  "noprefixroute", NULL};
    lua_Integer integer;
    int word;

    nluL_opts_only(L, opts, keys);
    struct nlu_prefix peer;
    if (nluL_opt_prefix(L, opts, "peer", &peer)) {
        // As in `ip addr add LOCAL peer PEER/LEN`: the length is that of the peer's network.
        spec->peer = peer.ip;
        spec->prefix.len = peer.len;
    }
    (void)nluL_opt_ip(L, opts, "broadcast", &spec->broadcast);
    (void)nluL_opt_ip(L, opts, "anycast", &spec->anycast);
    if (nluL_opt_string(L, opts, "label", &spec->label))
        spec->have |= NLU_ADDR_LABEL;
    if (nluL_opt_word(L, opts, "scope", scopes, &word))
        spec->have |= NLU_ADDR_SCOPE, spec->scope = (uint8_t)word;
    spec->valid_lft = spec->preferred_lft = NLU_ADDR_FOREVER;
    bool valid = opt_lifetime(L, opts, "valid_lft", &spec->valid_lft);
    bool preferred = opt_lifetime(L, opts, "preferred_lft", &spec->preferred_lft);
    if (valid && !preferred)
        spec->preferred_lft = spec->valid_lft;
    if (valid || preferred)
        spec->have |= NLU_ADDR_LIFETIME;
    if (nluL_opt_integer(L, opts, "metric", 0, UINT32_MAX, &integer))
        spec->have |= NLU_ADDR_METRIC, spec->metric = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "proto", 0, UINT8_MAX, &integer))
        spec->have |= NLU_ADDR_PROTO, spec->protocol = (uint8_t)integer;
    for (const struct nluL_word *w = flags; w->word; w++) {
        bool on = false;
        if (nluL_opt_boolean(L, opts, w->word, &on) && on)
            spec->flags |= (uint32_t)w->value;
    }
    if ((spec->peer.family && spec->peer.family != spec->prefix.ip.family) ||
        (spec->broadcast.family && spec->broadcast.family != spec->prefix.ip.family))
        nluL_misuse(L, opts->op, spec->peer.family ? "peer" : "broadcast",
                    "is of another family than the address");
}

// addr_add(prefix, ifname, options) and its kin: true.
static int act(lua_State *L, enum nlu_addr_verb verb, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_addr_spec spec = {.prefix = nluL_arg_prefix(L, 2, op, "address")};
    const char *ifname = nluL_arg_ifname(L, 3, op, "dev");
    struct nluL_opts opts = nluL_opts(L, 4, op);
    struct nlu_err err;

    read_opts(L, &opts, &spec);
    int rc = nlu_link_index(&ns->route, ifname, &spec.index, &err);
    if (rc < 0) {
        char text[NLU_PREFIX_TEXT];
        nlu_err_about(&err, op, "%s on %s", nlu_prefix_format(&spec.prefix, text), ifname);
    } else {
        rc = nlu_addr_do(&ns->route, verb, &spec, ifname, &err);
    }
    if (rc < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int addr_add(lua_State *L) {
    return act(L, NLU_ADDR_ADD, "addr.add");
}

static int addr_replace(lua_State *L) {
    return act(L, NLU_ADDR_REPLACE, "addr.replace");
}

static int addr_change(lua_State *L) {
    return act(L, NLU_ADDR_CHANGE, "addr.change");
}

static int addr_del(lua_State *L) {
    return act(L, NLU_ADDR_DEL, "addr.del");
}

// addr_dump(family): a list of { ifindex =, … entry of addr_info … }.
static int addr_dump(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "addr.list");
    struct nluL_opts opts = nluL_opts(L, 2, "addr.list");
    struct nlu_addr_list list;
    struct nlu_err err;
    int family = AF_UNSPEC;

    (void)nluL_opt_word(L, &opts, "family", families, &family);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_addr_list(&ns->route, family, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_addr(L, &list.items[i]);
        nluL_setinteger(L, "ifindex", list.items[i].index);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg nluL_addr_methods[] = {
    {"addr_add", addr_add}, {"addr_replace", addr_replace}, {"addr_change", addr_change},
    {"addr_del", addr_del}, {"addr_dump", addr_dump},       {NULL, NULL},
};
