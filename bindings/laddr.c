// ns:addr_*: addresses of interfaces, in ip-address's words and with the keys of `ip -json addr`.
#include "addr.h"
#include "link.h"
#include "lroute.h"
#include "route_names.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// --- structs to tables ---------------------------------------------------------------------------

static void set_flags(lua_State *L, const struct nlu_addr *addr) {
    uint32_t left = addr->flags & ~(uint32_t)IFA_F_PERMANENT;
    char hex[12];

    // ip says what is not permanent, and nothing of what is.
    if (!(addr->flags & IFA_F_PERMANENT))
        nluL_setboolean(L, "dynamic", true);
    for (uint32_t bit = 1; bit && left; bit <<= 1) {
        const char *name = left & bit ? nlu_addr_flag_name(bit, addr->family) : NULL;
        if (name) {
            nluL_setboolean(L, name, true);
            left &= ~bit;
        }
    }
    if (left) {
        snprintf(hex, sizeof hex, "%02x", left);
        nluL_setstring(L, "ifa_flags", hex);
    }
}

void nluL_pushaddr(lua_State *L, const struct nlu_addr *addr) {
    char name[NLU_ROUTE_NAME];

    lua_createtable(L, 0, 12);
    nluL_setstring(L, "family", nlu_family_name(addr->family));
    if (addr->local.family) {
        nluL_setip(L, "local", &addr->local);
        if (!nlu_ip_equal(&addr->local, &addr->address))
            nluL_setip(L, "address", &addr->address);
        nluL_setinteger(L, "prefixlen", addr->prefixlen);
        if (addr->has_metric)
            nluL_setinteger(L, "metric", addr->metric);
    }
    nluL_setip(L, "broadcast", &addr->broadcast);
    nluL_setip(L, "anycast", &addr->anycast);
    nluL_setid(L, "scope", NLU_IDFILE_SCOPES, addr->scope, nlu_scope_name(addr->scope, name), name);
    if (addr->has_protocol)
        nluL_setid(L, "protocol", NLU_IDFILE_ADDR_PROTOCOLS, addr->protocol,
                   nlu_addr_protocol_name(addr->protocol, name), name);
    set_flags(L, addr);
    if (addr->label)
        nluL_setstring(L, "label", addr->label);
    if (addr->has_lifetimes) {
        bool deprecated = (addr->flags & IFA_F_DEPRECATED) && addr->preferred != NLU_ADDR_FOREVER;
        nluL_setinteger(L, "valid_life_time", addr->valid);
        nluL_setinteger(L, "preferred_life_time",
                        deprecated ? (lua_Integer)(int32_t)addr->preferred
                                   : (lua_Integer)addr->preferred);
    }
}

// --- tables to structs ---------------------------------------------------------------------------

static const char *const settable_flags[] = {
    "nodad", "optimistic", "home", "mngtmpaddr", "noprefixroute", "autojoin", NULL,
};

static bool ipv6_only(uint32_t flag) {
    return flag != IFA_F_NOPREFIXROUTE && flag != IFA_F_MCAUTOJOIN;
}

static bool opt_lifetime(lua_State *L, const struct nluL_opts *opts, const char *key,
                         uint32_t *ret_seconds) {
    bool text = opts->index && lua_getfield(L, opts->index, key) == LUA_TSTRING;

    if (text && strcmp(lua_tostring(L, -1), "forever") != 0)
        nluL_misuse(L, opts->op, key, "expected seconds or 'forever', got %s",
                    nluL_describe(L, -1));
    if (opts->index)
        lua_pop(L, 1);
    if (text)
        *ret_seconds = NLU_ADDR_FOREVER;
    return text || nluL_opt_u32(L, opts, key, 0, ret_seconds);
}

static void read_lifetimes(lua_State *L, const struct nluL_opts *opts, struct nlu_addr_spec *s) {
    s->valid = s->preferred = NLU_ADDR_FOREVER;
    bool valid = opt_lifetime(L, opts, "valid_lft", &s->valid);
    bool preferred = opt_lifetime(L, opts, "preferred_lft", &s->preferred);
    // ip refuses a limited life without a word on how much of it is preferred; all of it is meant.
    if (valid && !preferred)
        s->preferred = s->valid;
    s->has_lifetimes = valid || preferred;
    if (s->has_lifetimes && !s->valid)
        nluL_misuse(L, opts->op, "valid_lft", "is zero: such an address would not live");
    if (s->preferred > s->valid)
        nluL_misuse(L, opts->op, "preferred_lft", "is greater than valid_lft (%I > %I)",
                    (LUAI_UACINT)s->preferred, (LUAI_UACINT)s->valid);
}

// An address, or "+" and "-" for the subnet's last and first.
static void read_broadcast(lua_State *L, const struct nluL_opts *opts, struct nlu_addr_spec *s) {
    const char *text;

    if (!nluL_opt_string(L, opts, "broadcast", &text))
        return;
    if (s->local.ip.family != AF_INET)
        nluL_misuse(L, opts->op, "broadcast", "only an IPv4 address has one");
    if (!strcmp(text, "+") || !strcmp(text, "-"))
        s->broadcast = nlu_addr_broadcast(s->peer.ip.family ? &s->peer : &s->local, *text == '+');
    else
        (void)nluL_opt_ip(L, opts, "broadcast", &s->broadcast);
}

static void read_flags(lua_State *L, const struct nluL_opts *opts, struct nlu_addr_spec *s) {
    for (size_t i = 0; settable_flags[i]; i++) {
        uint32_t flag = nlu_addr_flag_parse(settable_flags[i]);
        if (!nluL_opt_flag(L, opts, settable_flags[i]))
            continue;
        if (ipv6_only(flag) && s->local.ip.family != AF_INET6)
            nluL_misuse(L, opts->op, settable_flags[i], "is for IPv6 addresses only");
        s->flags |= flag;
    }
}

static void read_spec(lua_State *L, int index, const char *op, struct nlu_addr_spec *s) {
    static const char *const keys[] = {"peer",       "broadcast",     "anycast",       "scope",
                                       "label",      "valid_lft",     "preferred_lft", "metric",
                                       "proto",      "nodad",         "optimistic",    "home",
                                       "mngtmpaddr", "noprefixroute", "autojoin",      NULL};
    struct nluL_opts opts = nluL_opts(L, index, op);

    nluL_opts_only(L, &opts, keys);
    if (nluL_opt_prefix(L, &opts, "peer", &s->peer) && s->peer.ip.family != s->local.ip.family)
        nluL_misuse(L, op, "peer", "is of another family than the address");
    if (nluL_opt_ip(L, &opts, "anycast", &s->anycast) && s->anycast.family != s->local.ip.family)
        nluL_misuse(L, op, "anycast", "is of another family than the address");
    read_broadcast(L, &opts, s);
    s->has_scope = nluL_opt_scope(L, &opts, "scope", &s->scope);
    (void)nluL_opt_string(L, &opts, "label", &s->label);
    if (s->label && (!*s->label || strlen(s->label) >= IFNAMSIZ))
        nluL_misuse(L, op, "label", "expected 1 to %d characters, got '%s'", IFNAMSIZ - 1,
                    s->label);
    read_lifetimes(L, &opts, s);
    s->has_metric = nluL_opt_u32(L, &opts, "metric", 0, &s->metric);
    s->has_protocol = nluL_opt_addr_protocol(L, &opts, "proto", &s->protocol);
    read_flags(L, &opts, s);
}

// --- methods -------------------------------------------------------------------------------------

static int change(lua_State *L, enum nlu_addr_change kind, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_addr_spec spec = {.local = nluL_arg_prefix(L, 2, op, "address")};
    const char *dev = NULL;
    struct nlu_err err;

    int rc = nluL_arg_dev(L, 3, op, "dev", &ns->route, &spec.index, &dev, &err);
    read_spec(L, 4, op, &spec);
    // With neither length nor peer ip's `del` takes an IPv4 address whatever it has of them.
    spec.any_length =
        kind == NLU_ADDR_DEL && !spec.peer.ip.family && !strchr(lua_tostring(L, 2), '/');
    if (rc < 0) {
        nlu_err_about(&err, op, "%s on %s", lua_tostring(L, 2), dev);
        return nluL_fail_in(L, ns->name, &err);
    }
    if (nlu_addr_change(&ns->route, kind, &spec, dev, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// addr_add("192.0.2.1/24", "eth0", { … }): true.
static int addr_add(lua_State *L) {
    return change(L, NLU_ADDR_ADD, "addr.add");
}

static int addr_replace(lua_State *L) {
    return change(L, NLU_ADDR_REPLACE, "addr.replace");
}

static int addr_change(lua_State *L) {
    return change(L, NLU_ADDR_CHANGE, "addr.change");
}

static int addr_del(lua_State *L) {
    return change(L, NLU_ADDR_DEL, "addr.del");
}

// Flags that a listing may ask for: true for those that have it, false for those that have not.
static void read_flag_filter(lua_State *L, const struct nluL_opts *opts,
                             struct nlu_addr_filter *f) {
    static const char *const words[] = {
        "secondary",      "temporary", "nodad",     "optimistic", "dadfailed",     "home",
        "deprecated",     "tentative", "permanent", "mngtmpaddr", "noprefixroute", "autojoin",
        "stable-privacy", "dynamic",   "primary",   NULL};

    for (size_t i = 0; words[i]; i++) {
        bool value;
        if (!nluL_opt_boolean(L, opts, words[i], &value))
            continue;
        uint32_t flag = nlu_addr_flag_parse(words[i]);
        if (!flag) { // the two that are the opposite of a flag
            flag = strcmp(words[i], "dynamic") == 0 ? IFA_F_PERMANENT : IFA_F_SECONDARY;
            value = !value;
        }
        f->flags_mask |= flag;
        f->flags = value ? f->flags | flag : f->flags & ~flag;
    }
}

static int read_filter(lua_State *L, struct nluL_netns *ns, int index, const char *op,
                       struct nlu_addr_filter *f, struct nlu_err *err) {
    static const char *const keys[] = {
        "family",    "dev",       "scope",      "label",         "to",       "secondary",
        "temporary", "nodad",     "optimistic", "dadfailed",     "home",     "deprecated",
        "tentative", "permanent", "mngtmpaddr", "noprefixroute", "autojoin", "stable-privacy",
        "dynamic",   "primary",   NULL};
    struct nluL_opts opts = nluL_opts(L, index, op);

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_family(L, &opts, "family", &f->family);
    f->has_scope = nluL_opt_scope(L, &opts, "scope", &f->scope);
    (void)nluL_opt_string(L, &opts, "label", &f->label);
    (void)nluL_opt_prefix(L, &opts, "to", &f->to);
    read_flag_filter(L, &opts, f);
    if (nluL_opt_dev(L, &opts, "dev", &ns->route, &f->index, err) < 0)
        return nluL_no_dev(err, op, "");
    return 0;
}

// addr_list{ dev =, family =, … }: a flat list; `ifindex` and `dev` say whose address it is.
static int addr_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "addr.list");
    struct nlu_addr_filter filter = {0};
    struct nlu_addr_list list;
    struct nlu_err err;

    lua_settop(L, 2);
    if (read_filter(L, ns, 2, "addr.list", &filter, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_addr_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        nluL_pushaddr(L, &list.items[i]);
        nluL_setinteger(L, "ifindex", list.items[i].index);
        nluL_setstring(L, "dev", list.items[i].dev);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// addr_flush{ dev =, … }: how many were removed.
static int addr_flush(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "addr.flush");
    struct nlu_addr_filter filter = {0};
    struct nlu_err err;
    size_t count;

    lua_settop(L, 2);
    if (lua_type(L, 2) != LUA_TTABLE || (lua_pushnil(L), !lua_next(L, 2)))
        nluL_misuse(L, "addr.flush", "filter", "is missing: say which addresses");
    lua_settop(L, 2);
    if (read_filter(L, ns, 2, "addr.flush", &filter, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (nlu_addr_flush(&ns->route, &filter, &count, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushinteger(L, (lua_Integer)count);
    return 1;
}

const luaL_Reg nluL_addr_methods[] = {
    {"addr_add", addr_add}, {"addr_replace", addr_replace}, {"addr_change", addr_change},
    {"addr_del", addr_del}, {"addr_list", addr_list},       {"addr_flush", addr_flush},
    {NULL, NULL},
};
