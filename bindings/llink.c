// ns:link_*: network interfaces, in ip-link's words and with the keys of `ip -json link`.
#include "link.h"
#include "netlua.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

static const struct nluL_word addr_gen_modes[] = {
    {"eui64", IN6_ADDR_GEN_MODE_EUI64},
    {"none", IN6_ADDR_GEN_MODE_NONE},
    {"stable_secret", IN6_ADDR_GEN_MODE_STABLE_PRIVACY},
    {"random", IN6_ADDR_GEN_MODE_RANDOM},
    {NULL, 0},
};

// --- structs to tables
// ----------------------------------------------------------------------------

static void set_hwaddr(lua_State *L, const char *key, const struct nlu_hwaddr *address,
                       uint16_t type) {
    char text[3 * NLU_HWADDR_MAX];
    if (address->len)
        nluL_setstring(L, key, nlu_link_hwaddr_format(address, type, text, sizeof text));
}

static void set_text(lua_State *L, const char *key, const char *text) {
    if (text)
        nluL_setstring(L, key, text);
}

static void set_flags(lua_State *L, uint32_t flags) {
    const char *names[32];
    size_t count = nlu_link_flag_names(flags, names, NLU_COUNT(names));

    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "flags");
}

// A counter that ip shows only where the kernel sent it (0 is not sent by anyone).
static void set_nonzero(lua_State *L, const char *key, uint32_t value) {
    if (value)
        nluL_setinteger(L, key, value);
}

static void set_side(lua_State *L, const char *side, const struct nlu_link_stats *s, bool rx) {
    lua_createtable(L, 0, 6);
    nluL_setinteger(L, "bytes", (lua_Integer)(rx ? s->rx_bytes : s->tx_bytes));
    nluL_setinteger(L, "packets", (lua_Integer)(rx ? s->rx_packets : s->tx_packets));
    nluL_setinteger(L, "errors", (lua_Integer)(rx ? s->rx_errors : s->tx_errors));
    nluL_setinteger(L, "dropped", (lua_Integer)(rx ? s->rx_dropped : s->tx_dropped));
    if (rx) {
        nluL_setinteger(L, "over_errors", (lua_Integer)s->rx_over_errors);
        nluL_setinteger(L, "multicast", (lua_Integer)s->multicast);
    } else {
        nluL_setinteger(L, "carrier_errors", (lua_Integer)s->tx_carrier_errors);
        nluL_setinteger(L, "collisions", (lua_Integer)s->collisions);
    }
    lua_setfield(L, -2, side);
}

static void set_linkinfo(lua_State *L, const struct nlu_link *link) {
    if (!link->kind && !link->slave_kind)
        return;
    lua_createtable(L, 0, 2);
    set_text(L, "info_kind", link->kind);
    set_text(L, "info_slave_kind", link->slave_kind);
    lua_setfield(L, -2, "linkinfo");
}

// Pushes the table of one interface. [-0, +1, m]
static void push_link(lua_State *L, const struct nlu_link *link) {
    const char *type = nlu_link_type_name(link->type);

    lua_createtable(L, 0, 24);
    nluL_setinteger(L, "ifindex", link->index);
    nluL_setstring(L, "ifname", link->name);
    if (link->link_name)
        nluL_setstring(L, "link", link->link_name);
    else if (link->has_link && link->link)
        nluL_setinteger(L, "link_index", link->link);
    if (link->link_netnsid >= 0)
        nluL_setinteger(L, "link_netnsid", link->link_netnsid);
    set_flags(L, link->flags);
    nluL_setinteger(L, "mtu", link->mtu);
    set_text(L, "qdisc", link->qdisc);
    set_text(L, "master", link->master_name);
    if (link->has_operstate)
        nluL_setstring(L, "operstate", nlu_link_operstate_name(link->operstate));
    if (link->has_linkmode)
        nluL_setstring(L, "linkmode", link->linkmode == 1 ? "DORMANT" : "DEFAULT");
    if (link->has_group) {
        if (link->group == 0)
            nluL_setstring(L, "group", "default");
        else
            lua_pushfstring(L, "%d", (int)link->group), lua_setfield(L, -2, "group");
    }
    set_nonzero(L, "txqlen", link->txqlen);
    if (type)
        nluL_setstring(L, "link_type", type);
    else
        lua_pushfstring(L, "[%d]", link->type), lua_setfield(L, -2, "link_type");
    set_hwaddr(L, "address", &link->address, link->type);
    set_hwaddr(L, "broadcast", &link->broadcast, link->type);
    nluL_setinteger(L, "promiscuity", link->promiscuity);
    nluL_setinteger(L, "allmulti", link->allmulti);
    nluL_setinteger(L, "min_mtu", link->min_mtu);
    nluL_setinteger(L, "max_mtu", link->max_mtu);
    set_text(L, "ifalias", link->alias);
    set_linkinfo(L, link);
    if (link->addr_gen_mode >= 0)
        set_text(L, "inet6_addr_gen_mode", nluL_word_of(addr_gen_modes, link->addr_gen_mode));
    set_nonzero(L, "num_tx_queues", link->num_tx_queues);
    set_nonzero(L, "num_rx_queues", link->num_rx_queues);
    set_nonzero(L, "gso_max_size", link->gso_max_size);
    set_nonzero(L, "gso_max_segs", link->gso_max_segs);
    set_nonzero(L, "gro_max_size", link->gro_max_size);
    set_nonzero(L, "tso_max_size", link->tso_max_size);
    set_nonzero(L, "tso_max_segs", link->tso_max_segs);
    if (link->altnames) {
        lua_newtable(L);
        for (int i = 0; link->altnames[i]; i++) {
            lua_pushstring(L, link->altnames[i]);
            lua_rawseti(L, -2, i + 1);
        }
        lua_setfield(L, -2, "altnames");
    }
    if (link->has_stats) {
        lua_createtable(L, 0, 2);
        set_side(L, "rx", &link->stats, true);
        set_side(L, "tx", &link->stats, false);
        lua_setfield(L, -2, "stats64");
    }
}

// --- tables to structs
// ------------------------------------------------------------------------------

static const char *const spec_keys[] = {
    "type",        "peer",        "up",    "mtu",         "address",    "master",
    "netns",       "name",        "alias", "addrgenmode", "txqueuelen", "group",
    "numtxqueues", "numrxqueues", "index", "broadcast",   NULL,
};

// An interface named by an option, in the namespace the operation is for: 0, or an error in *err.
static int opt_link(lua_State *L, const struct nluL_opts *opts, const char *key,
                    struct nlu_nlsock *nl, int *ret_index, bool *ret_have, struct nlu_err *err) {
    const char *name;
    if (!nluL_opt_ifname(L, opts, key, &name))
        return 0;
    *ret_have = true;
    return nlu_link_index(nl, name, ret_index, err);
}

// Reads what can be said of any interface. Strings stay on the stack with the options table.
static void read_common(lua_State *L, const struct nluL_opts *opts, struct nlu_link_spec *spec) {
    struct nluL_netns *target;
    lua_Integer integer;
    int have = 0, word;

    if (nluL_opt_boolean(L, opts, "up", &spec->up))
        have |= NLU_LINK_UP;
    if (nluL_opt_integer(L, opts, "mtu", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_MTU, spec->mtu = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "txqueuelen", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_TXQLEN, spec->txqlen = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "group", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_GROUP, spec->group = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "numtxqueues", 1, 4096, &integer))
        have |= NLU_LINK_NUM_TX_QUEUES, spec->num_tx_queues = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "numrxqueues", 1, 4096, &integer))
        have |= NLU_LINK_NUM_RX_QUEUES, spec->num_rx_queues = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "index", 1, INT32_MAX, &integer))
        have |= NLU_LINK_INDEX, spec->index = (int)integer;
    if (nluL_opt_mac(L, opts, "address", spec->address.bytes))
        have |= NLU_LINK_ADDRESS, spec->address.len = NLU_MAC_LEN;
    if (nluL_opt_mac(L, opts, "broadcast", spec->broadcast.bytes))
        have |= NLU_LINK_BROADCAST, spec->broadcast.len = NLU_MAC_LEN;
    if (nluL_opt_string(L, opts, "alias", &spec->alias))
        have |= NLU_LINK_ALIAS;
    if (nluL_opt_word(L, opts, "addrgenmode", addr_gen_modes, &word))
        have |= NLU_LINK_ADDRGENMODE, spec->addr_gen_mode = (uint8_t)word;
    if (nluL_opt_netns(L, opts, "netns", &target))
        have |= NLU_LINK_NETNS, spec->netns = target->fd;
    spec->have |= have;
}

static void read_peer(lua_State *L, int index, struct nlu_link_spec *peer) {
    static const char *const keys[] = {"name",        "netns",      "address",     "mtu",
                                       "index",       "alias",      "group",       "numtxqueues",
                                       "numrxqueues", "txqueuelen", "addrgenmode", NULL};
    struct nluL_opts opts = nluL_opts(L, index, "link.add");

    nluL_opts_only(L, &opts, keys);
    read_common(L, &opts, peer);
    (void)nluL_opt_ifname(L, &opts, "name", &peer->name);
}

// link_add(name, { type =, … }): true.
static int link_add(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.add");
    struct nlu_link_spec spec = {0}, peer = {0};
    struct nluL_opts opts = nluL_opts(L, 3, "link.add");
    struct nlu_err err;
    bool has_master = false;

    spec.name = nluL_arg_ifname(L, 2, "link.add", "name");
    nluL_opts_only(L, &opts, spec_keys);
    if (!nluL_opt_string(L, &opts, "type", &spec.kind))
        nluL_misuse(L, "link.add", "type", "is missing: which kind of link shall %s be?",
                    spec.name);
    read_common(L, &opts, &spec);
    if (lua_getfield(L, 3, "peer") != LUA_TNIL) { /* [ns, name, opts, peer] */
        if (strcmp(spec.kind, "veth") != 0)
            nluL_misuse(L, "link.add", "peer", "only a veth has a peer, not a %s", spec.kind);
        if (lua_type(L, 4) == LUA_TSTRING)
            peer.name = nluL_arg_ifname(L, 4, "link.add", "peer");
        else
            read_peer(L, 4, &peer);
        spec.peer = &peer;
    }
    if (opt_link(L, &opts, "master", &ns->route, &spec.master, &has_master, &err) < 0) {
        nlu_err_about(&err, "link.add", "%s: master", spec.name);
        return nluL_fail_in(L, ns->name, &err);
    }
    if (has_master)
        spec.have |= NLU_LINK_MASTER;
    if (nlu_link_add(&ns->route, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// link_set(name, { … }): true.
static int link_set(lua_State *L) {
    static const char *const keys[] = {"up",         "mtu",   "address",   "master",
                                       "netns",      "name",  "alias",     "addrgenmode",
                                       "txqueuelen", "group", "broadcast", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.set");
    const char *name = nluL_arg_ifname(L, 2, "link.set", "name");
    struct nluL_opts opts = nluL_opts(L, 3, "link.set");
    struct nlu_link_spec spec = {0};
    struct nlu_err err;
    bool has_master = false;

    nluL_opts_only(L, &opts, keys);
    read_common(L, &opts, &spec);
    if (nluL_opt_ifname(L, &opts, "name", &spec.name))
        spec.have |= NLU_LINK_NAME;
    // `master = false` is ip's `nomaster`.
    if (opts.index && lua_getfield(L, opts.index, "master") == LUA_TBOOLEAN &&
        !lua_toboolean(L, -1))
        spec.have |= NLU_LINK_MASTER;
    else if (opt_link(L, &opts, "master", &ns->route, &spec.master, &has_master, &err) < 0) {
        nlu_err_about(&err, "link.set", "%s: master", name);
        return nluL_fail_in(L, ns->name, &err);
    }
    if (has_master)
        spec.have |= NLU_LINK_MASTER;
    if (!spec.have)
        nluL_misuse(L, "link.set", "options", "say nothing to change about %s", name);
    if (nlu_link_set(&ns->route, name, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// link_del(name): true.
static int link_del(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.del");
    const char *name = nluL_arg_ifname(L, 2, "link.del", "name");
    struct nlu_err err;

    if (nlu_link_del(&ns->route, name, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// link_list{ type =, master =, up = }: a list of tables.
static int link_list(lua_State *L) {
    static const char *const keys[] = {"type", "master", "up", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.list");
    struct nluL_opts opts = nluL_opts(L, 2, "link.list");
    struct nlu_link_filter filter = {0};
    struct nlu_link_list list;
    struct nlu_err err;
    bool has_master = false;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_string(L, &opts, "type", &filter.kind);
    (void)nluL_opt_boolean(L, &opts, "up", &filter.up);
    if (opt_link(L, &opts, "master", &ns->route, &filter.master, &has_master, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_link_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_link(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// link_get(name): one table.
static int link_get(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.get");
    struct nlu_link_filter filter = {.name = nluL_arg_string(L, 2, "link.get", "name")};
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_link_list list;
    struct nlu_err err;

    if (nlu_link_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (!list.count) {
        nlu_err_set(&err, ENODEV, "link.get", "%s", filter.name);
        return nluL_fail_in(L, ns->name, &err);
    }
    push_link(L, &list.items[0]);
    return 1;
}

const luaL_Reg nluL_link_methods[] = {
    {"link_add", link_add},   {"link_set", link_set}, {"link_del", link_del},
    {"link_list", link_list}, {"link_get", link_get}, {NULL, NULL},
};
