// ns:link_*: network interfaces, in ip-link's words and with the keys of `ip -json link`.
#include "llink.h"
#include "lroute.h"
#include "linktun.h"
#include "nearest.h"
#include "util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct nluL_word link_modes[] = {{"default", 0}, {"dormant", 1}, {NULL, 0}};
static const struct nluL_word oper_states[] = {
    {"unknown", 0}, {"notpresent", 1}, {"down", 2}, {"lowerlayerdown", 3},
    {"testing", 4}, {"dormant", 5},    {"up", 6},   {NULL, 0},
};

// --- helpers -------------------------------------------------------------------------------------

enum { ALTNAME_SIZE = 128 }; // ALTIFNAMSIZ

const char *nluL_arg_link(lua_State *L, int arg, const char *op, const char *name) {
    const char *text = nluL_arg_string(L, arg, op, name);

    if (!*text || strlen(text) >= ALTNAME_SIZE)
        nluL_misuse(L, op, name, "expected the name of a link, got %s", nluL_describe(L, arg));
    return text;
}

int nluL_opt_link(lua_State *L, const struct nluL_opts *opts, const char *key,
                  struct nlu_nlsock *nl, int *ret_index, bool *ret_have, struct nlu_err *err) {
    const char *name;

    if (!nluL_opt_string(L, opts, key, &name))
        return 0;
    if (!*name || strlen(name) >= ALTNAME_SIZE)
        nluL_misuse(L, opts->op, key, "expected the name of a link, got '%s'", name);
    *ret_have = true;
    return nlu_link_index(nl, name, ret_index, err);
}

// --- options -------------------------------------------------------------------------------------

// What can be said of any link. The options of its kind stand beside these.
static const char *const common_keys[] = {
    "type",         "peer",         "up",           "down",      "mtu",       "address",
    "broadcast",    "master",       "nomaster",     "vrf",       "netns",     "name",
    "alias",        "addrgenmode",  "txqueuelen",   "txqlen",    "group",     "numtxqueues",
    "numrxqueues",  "index",        "link",         "arp",       "multicast", "allmulticast",
    "promisc",      "dynamic",      "trailers",     "protodown", "mode",      "state",
    "gso_max_size", "gso_max_segs", "gro_max_size", "carrier",   NULL,
};

static bool is_common(const char *key) {
    for (size_t i = 0; common_keys[i]; i++)
        if (strcmp(common_keys[i], key) == 0)
            return true;
    return false;
}

static bool is_word(const struct nluL_word *words, const char *text) {
    for (; words->word; words++)
        if (strcmp(words->word, text) == 0)
            return true;
    return false;
}

// Some words are said of any link and of certain kinds, too: their value tells which is meant.
static bool means_the_kind(lua_State *L, int value, const char *key) {
    const char *text = lua_type(L, value) == LUA_TSTRING ? lua_tostring(L, value) : NULL;
    struct nlu_ip ip;

    if (strcmp(key, "mode") == 0)
        return !text || !is_word(link_modes, text);
    if (strcmp(key, "state") == 0)
        return !text || !is_word(oper_states, text);
    return strcmp(key, "group") == 0 && text && nlu_ip_parse(text, &ip) == 0;
}

// What is an option of the kind goes into *opts; `common` tells which of the ambiguous words do
// not.
struct sorted {
    struct nlu_value opts;
    bool mode, state, group; // are meant for any link
};

static struct sorted sort_options(lua_State *L, int index, const char *op, struct nlu_tree *tree) {
    struct sorted s = {.opts = nlu_value_table(tree)};

    luaL_checkstack(L, 6, NULL);
    lua_pushnil(L);
    while (lua_next(L, index)) { /* [key, value] */
        if (lua_type(L, -2) != LUA_TSTRING)
            nluL_misuse(L, op, "options", "unknown key %s", nluL_describe(L, -2));
        const char *key = lua_tostring(L, -2);
        const bool kinds = !is_common(key) || means_the_kind(L, -1, key);
        s.mode |= !kinds && strcmp(key, "mode") == 0;
        s.state |= !kinds && strcmp(key, "state") == 0;
        s.group |= !kinds && strcmp(key, "group") == 0;
        if (kinds) {
            const struct nlu_value value = nluL_tovalue(L, -1, tree);
            if (value.type == NLU_VALUE_NIL)
                nluL_misuse(L, op, key, "cannot be %s", nluL_describe(L, -1));
            nlu_table_add(tree, s.opts, key, value);
        }
        lua_pop(L, 1);
    }
    if (tree->failed)
        luaL_error(L, "not enough memory");
    return s;
}

// "default", a name of /etc/iproute2/group, a number, or a number as text (as it is shown).
static bool opt_group(lua_State *L, const struct nluL_opts *opts, uint32_t *ret_group) {
    const char *text;
    lua_Integer integer;

    if (!opts->index)
        return false;
    const int type = lua_getfield(L, opts->index, "group");
    lua_pop(L, 1);
    if (type == LUA_TSTRING && nluL_opt_string(L, opts, "group", &text)) {
        char *end;
        unsigned long long number = strtoull(text, &end, 10);
        if (strcmp(text, "default") == 0)
            *ret_group = 0;
        else if (*text >= '0' && *text <= '9' && !*end && number <= UINT32_MAX)
            *ret_group = (uint32_t)number;
        else if (!nluL_idvalue(L, NLU_IDFILE_GROUPS, text, ret_group))
            nluL_misuse(L, opts->op, "group", "expected a number or \"default\", got '%s'", text);
        return true;
    }
    if (!nluL_opt_integer(L, opts, "group", 0, UINT32_MAX, &integer))
        return false;
    *ret_group = (uint32_t)integer;
    return true;
}

static void read_flags(lua_State *L, const struct nluL_opts *opts, struct nlu_link_spec *spec) {
    static const struct {
        const char *key;
        uint32_t flag;
        bool inverted;
    } flags[] = {
        {"arp", IFF_NOARP, true},
        {"multicast", IFF_MULTICAST, false},
        {"allmulticast", IFF_ALLMULTI, false},
        {"promisc", IFF_PROMISC, false},
        {"dynamic", IFF_DYNAMIC, false},
        {"trailers", IFF_NOTRAILERS, true},
    };

    for (size_t i = 0; i < NLU_COUNT(flags); i++) {
        bool on;
        if (!nluL_opt_boolean(L, opts, flags[i].key, &on))
            continue;
        spec->have |= NLU_LINK_FLAGS;
        spec->flags_mask |= flags[i].flag;
        if (on != flags[i].inverted)
            spec->flags |= flags[i].flag;
    }
}

// Reads what can be said of any interface. Strings stay on the stack with the options table.
static void read_common(lua_State *L, const struct nluL_opts *opts, const struct sorted *sorted,
                        struct nlu_link_spec *spec) {
    struct nluL_netns *target;
    lua_Integer integer;
    bool down;
    int have = 0, word;

    if (nluL_opt_boolean(L, opts, "up", &spec->up))
        have |= NLU_LINK_UP;
    if (nluL_opt_boolean(L, opts, "down", &down)) {
        if ((have & NLU_LINK_UP) && spec->up == down)
            nluL_misuse(L, opts->op, "down", "says the opposite of up");
        have |= NLU_LINK_UP, spec->up = !down;
    }
    if (nluL_opt_integer(L, opts, "mtu", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_MTU, spec->mtu = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "txqueuelen", 0, UINT32_MAX, &integer) ||
        nluL_opt_integer(L, opts, "txqlen", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_TXQLEN, spec->txqlen = (uint32_t)integer;
    if ((!sorted || sorted->group) && opt_group(L, opts, &spec->group))
        have |= NLU_LINK_GROUP;
    if (nluL_opt_integer(L, opts, "numtxqueues", 1, 4096, &integer))
        have |= NLU_LINK_NUM_TX_QUEUES, spec->num_tx_queues = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "numrxqueues", 1, 4096, &integer))
        have |= NLU_LINK_NUM_RX_QUEUES, spec->num_rx_queues = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "index", 1, INT32_MAX, &integer))
        have |= NLU_LINK_INDEX, spec->index = (int)integer;
    if (nluL_opt_integer(L, opts, "gso_max_size", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_GSO_MAX_SIZE, spec->gso_max_size = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "gso_max_segs", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_GSO_MAX_SEGS, spec->gso_max_segs = (uint32_t)integer;
    if (nluL_opt_integer(L, opts, "gro_max_size", 0, UINT32_MAX, &integer))
        have |= NLU_LINK_GRO_MAX_SIZE, spec->gro_max_size = (uint32_t)integer;
    if (nluL_opt_mac(L, opts, "address", spec->address.bytes))
        have |= NLU_LINK_ADDRESS, spec->address.len = NLU_MAC_LEN;
    if (nluL_opt_mac(L, opts, "broadcast", spec->broadcast.bytes))
        have |= NLU_LINK_BROADCAST, spec->broadcast.len = NLU_MAC_LEN;
    if (nluL_opt_string(L, opts, "alias", &spec->alias))
        have |= NLU_LINK_ALIAS;
    if (nluL_opt_word(L, opts, "addrgenmode", nluL_addr_gen_modes, &word))
        have |= NLU_LINK_ADDRGENMODE, spec->addr_gen_mode = (uint8_t)word;
    if ((!sorted || sorted->mode) && nluL_opt_word(L, opts, "mode", link_modes, &word))
        have |= NLU_LINK_LINKMODE, spec->linkmode = (uint8_t)word;
    if ((!sorted || sorted->state) && nluL_opt_word(L, opts, "state", oper_states, &word))
        have |= NLU_LINK_OPERSTATE, spec->operstate = (uint8_t)word;
    if (nluL_opt_boolean(L, opts, "protodown", &spec->proto_down))
        have |= NLU_LINK_PROTODOWN;
    if (nluL_opt_boolean(L, opts, "carrier", &spec->carrier))
        have |= NLU_LINK_CARRIER;
    if (nluL_opt_netns(L, opts, "netns", &target))
        have |= NLU_LINK_NETNS, spec->netns = target->fd;
    spec->have |= have;
    read_flags(L, opts, spec);
}

// `master = false` and `nomaster = true` take a link out, `vrf` is another word for master. 0, or
// an error in *err.
static int read_links(lua_State *L, const struct nluL_opts *opts, struct nlu_nlsock *nl,
                      const char *name, struct nlu_link_spec *spec, struct nlu_err *err) {
    bool has_master = false, has_lower = false, none = false;
    int rc = 0;

    if (lua_getfield(L, opts->index, "master") == LUA_TBOOLEAN && !lua_toboolean(L, -1))
        none = has_master = true;
    lua_pop(L, 1);
    if (nluL_opt_boolean(L, opts, "nomaster", &none) && none)
        has_master = true;
    if (!has_master)
        rc = nluL_opt_link(L, opts, "master", nl, &spec->master, &has_master, err);
    if (rc == 0 && !has_master)
        rc = nluL_opt_link(L, opts, "vrf", nl, &spec->master, &has_master, err);
    if (rc < 0)
        return nlu_err_set(err, -rc, opts->op, "%s: master is not there", name);
    rc = nluL_opt_link(L, opts, "link", nl, &spec->lower, &has_lower, err);
    if (rc < 0)
        return nlu_err_set(err, -rc, opts->op, "%s: its link is not there", name);
    if (has_master)
        spec->have |= NLU_LINK_MASTER;
    if (has_lower)
        spec->have |= NLU_LINK_LOWER;
    return 0;
}

static void read_peer(lua_State *L, int index, struct nlu_link_spec *peer) {
    static const char *const keys[] = {
        "name",        "netns",      "address",   "mtu",         "index",       "alias", "group",
        "numtxqueues", "txqueuelen", "broadcast", "numrxqueues", "addrgenmode", NULL};
    struct nluL_opts opts = nluL_opts(L, index, "link.add");

    nluL_opts_only(L, &opts, keys);
    read_common(L, &opts, NULL, peer);
    (void)nluL_opt_ifname(L, &opts, "name", &peer->name);
}

// The option that may have been meant by a word that is none, or NULL.
static const char *meant(const struct nlu_link_fault *fault) {
    const char *words[160];
    size_t n = 0;

    for (size_t i = 0; common_keys[i]; i++)
        words[n++] = common_keys[i];
    if (fault->unknown_to)
        for (size_t i = 0; n < NLU_COUNT(words) - 1; n++, i++)
            if (!(words[n] = nlu_link_kind_word(fault->unknown_to, i)))
                break;
    words[n] = NULL;
    return nlu_nearest(fault->field, words);
}

// Options of the kind into spec->data. 0, or -errno with *err; misuse raises.
static int read_kind(lua_State *L, struct nluL_netns *ns, const char *op, const char *name,
                     const char *type, const struct sorted *sorted, struct nlu_arena *arena,
                     struct nlu_link_spec *spec, struct nlu_err *err) {
    struct nlu_link_fault fault;

    int rc = nlu_link_options(&ns->route, name, type, &sorted->opts, arena, spec, &fault, err);
    if (rc == -EINVAL && *fault.field) {
        const char *near = fault.unknown ? meant(&fault) : NULL;
        if (near)
            nluL_misuse(L, op, fault.field, "%s: did you mean '%s'?", fault.text, near);
        nluL_misuse(L, op, fault.field, "%s", fault.text);
    }
    return rc;
}

// --- methods -------------------------------------------------------------------------------------

// tun and tap: made by an ioctl, then changed like any other link.
static int add_tun(lua_State *L, struct nluL_netns *ns, struct nluL_opts *opts,
                   struct nlu_link_spec *spec) {
    static const struct nluL_word modes[] = {{"tun", 0}, {"tap", 1}, {NULL, 0}};
    static const char *const keys[] = {
        "type",      "mode",        "pi",        "vnet_hdr",   "multi_queue",  "user",
        "group",     "up",          "mtu",       "address",    "master",       "netns",
        "alias",     "addrgenmode", "txqlen",    "txqueuelen", "nomaster",     "vrf",
        "broadcast", "arp",         "multicast", "promisc",    "allmulticast", NULL};
    const struct sorted nothing = {.mode = false};
    struct nlu_link_tun tun = {.name = spec->name, .tap = strcmp(spec->kind, "tap") == 0};
    struct nlu_err err;
    lua_Integer id;
    int mode;

    nluL_opts_only(L, opts, keys);
    if (nluL_opt_word(L, opts, "mode", modes, &mode))
        tun.tap = mode;
    (void)nluL_opt_boolean(L, opts, "pi", &tun.pi);
    (void)nluL_opt_boolean(L, opts, "vnet_hdr", &tun.vnet_hdr);
    (void)nluL_opt_boolean(L, opts, "multi_queue", &tun.multi_queue);
    if (nluL_opt_integer(L, opts, "user", 0, UINT32_MAX, &id))
        tun.has_user = true, tun.user = (uint32_t)id;
    if (nluL_opt_integer(L, opts, "group", 0, UINT32_MAX, &id))
        tun.has_group = true, tun.group = (uint32_t)id;
    read_common(L, opts, &nothing, spec);
    if (read_links(L, opts, &ns->route, spec->name, spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (nlu_link_add_tun(ns->fd, &tun, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (spec->have && nlu_link_set(&ns->route, spec->name, spec, &err) < 0) {
        struct nlu_err ignored;
        (void)!nlu_link_del(&ns->route, spec->name, &ignored);
        return nluL_fail_in(L, ns->name, &err);
    }
    lua_pushboolean(L, 1);
    return 1;
}

// link_add(name, { type =, … }): true.
static int link_add(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.add");
    struct nlu_link_spec spec = {0}, peer = {0};
    struct nluL_opts opts = nluL_opts(L, 3, "link.add");
    struct nlu_err err;

    spec.name = nluL_arg_ifname(L, 2, "link.add", "name");
    if (!nluL_opt_string(L, &opts, "type", &spec.kind))
        nluL_misuse(L, "link.add", "type", "is missing: which kind of link shall %s be?",
                    spec.name);
    if (strcmp(spec.kind, "tun") == 0 || strcmp(spec.kind, "tap") == 0)
        return add_tun(L, ns, &opts, &spec);
    lua_settop(L, 3);
    struct nlu_tree tree = {.arena = nluL_scratch(L)}; /* [ns, name, opts, arena] */
    const struct sorted sorted = sort_options(L, 3, "link.add", &tree);
    read_common(L, &opts, &sorted, &spec);
    if (lua_getfield(L, 3, "name") != LUA_TNIL)
        nluL_misuse(L, "link.add", "name", "stands in front of the options");
    if (lua_getfield(L, 3, "peer") != LUA_TNIL) { /* [ns, name, opts, arena, nil, peer] */
        if (strcmp(spec.kind, "veth") != 0)
            nluL_misuse(L, "link.add", "peer", "only a veth has a peer, not a %s", spec.kind);
        if (lua_type(L, -1) == LUA_TSTRING)
            peer.name = nluL_arg_ifname(L, lua_gettop(L), "link.add", "peer");
        else
            read_peer(L, lua_gettop(L), &peer);
        spec.peer = &peer;
    }
    if (read_links(L, &opts, &ns->route, spec.name, &spec, &err) < 0 ||
        read_kind(L, ns, "link.add", NULL, spec.kind, &sorted, tree.arena, &spec, &err) < 0 ||
        nlu_link_add(&ns->route, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// link_set(name, { … }): true.
static int link_set(lua_State *L) {
    static const char *const only_add[] = {"peer", "numtxqueues", "numrxqueues", "index", "link"};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.set");
    const char *name = nluL_arg_link(L, 2, "link.set", "name"), *type = NULL;
    struct nluL_opts opts = nluL_opts(L, 3, "link.set");
    struct nlu_link_spec spec = {0};
    struct nlu_err err;

    if (!opts.index)
        nluL_misuse(L, "link.set", "options", "say nothing to change about %s", name);
    lua_settop(L, 3);
    struct nlu_tree tree = {.arena = nluL_scratch(L)}; /* [ns, name, opts, arena] */
    const struct sorted sorted = sort_options(L, 3, "link.set", &tree);
    for (size_t i = 0; i < NLU_COUNT(only_add); i++)
        if (lua_getfield(L, 3, only_add[i]) != LUA_TNIL)
            nluL_misuse(L, "link.set", only_add[i], "cannot be changed, only given to link.add");
        else
            lua_pop(L, 1);
    (void)nluL_opt_string(L, &opts, "type", &type);
    read_common(L, &opts, &sorted, &spec);
    if (nluL_opt_ifname(L, &opts, "name", &spec.name))
        spec.have |= NLU_LINK_NAME;
    if (read_links(L, &opts, &ns->route, name, &spec, &err) < 0 ||
        read_kind(L, ns, "link.set", name, type, &sorted, tree.arena, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (!spec.have && !spec.data.size)
        nluL_misuse(L, "link.set", "options", "say nothing to change about %s", name);
    if (nlu_link_set(&ns->route, name, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// link_del(name): true.
static int link_del(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.del");
    const char *name = nluL_arg_link(L, 2, "link.del", "name");
    struct nlu_err err;

    if (nlu_link_del(&ns->route, name, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// link_list{ type =, master =, nomaster =, vrf =, group =, up = }: a list of tables.
static int link_list(lua_State *L) {
    static const char *const keys[] = {"type", "master", "nomaster", "vrf", "group", "up", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.list");
    struct nluL_opts opts = nluL_opts(L, 2, "link.list");
    struct nlu_link_filter filter = {0};
    struct nlu_link_list list;
    struct nlu_err err;
    bool has_master = false;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_string(L, &opts, "type", &filter.kind);
    (void)nluL_opt_boolean(L, &opts, "up", &filter.up);
    (void)nluL_opt_boolean(L, &opts, "nomaster", &filter.no_master);
    filter.has_group = opt_group(L, &opts, &filter.group);
    if (nluL_opt_link(L, &opts, "master", &ns->route, &filter.master, &has_master, &err) < 0 ||
        (!has_master &&
         nluL_opt_link(L, &opts, "vrf", &ns->route, &filter.master, &has_master, &err) < 0)) {
        nlu_err_about(&err, "link.list", "%s", err.subject);
        return nluL_fail_in(L, ns->name, &err);
    }
    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_link_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        nluL_pushlink(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

// link_get(name): one table.
static int link_get(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "link.get");
    struct nlu_link_filter filter = {.name = nluL_arg_link(L, 2, "link.get", "name")};
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_link_list list;
    struct nlu_err err;

    if (nlu_link_list(&ns->route, &filter, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    if (!list.count) {
        nlu_err_set(&err, ENODEV, "link.get", "%s", filter.name);
        return nluL_fail_in(L, ns->name, &err);
    }
    nluL_pushlink(L, &list.items[0]);
    return 1;
}

enum { ALTNAMES = 32 };

// link_property_add(name, altname, …) and link_property_del: true.
static int change_altnames(lua_State *L, bool add) {
    const char *op = add ? "link.property_add" : "link.property_del";
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    const char *name = nluL_arg_link(L, 2, op, "name");
    const char *altnames[ALTNAMES + 1] = {NULL};
    const int count = lua_gettop(L) - 2;
    struct nlu_err err;

    if (count < 1 || count > ALTNAMES)
        nluL_misuse(L, op, "altname", "expected 1 to %d names", ALTNAMES);
    for (int i = 0; i < count; i++)
        altnames[i] = nluL_arg_link(L, 3 + i, op, "altname");
    if (nlu_link_altnames(&ns->route, name, add, altnames, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int link_property_add(lua_State *L) {
    return change_altnames(L, true);
}

static int link_property_del(lua_State *L) {
    return change_altnames(L, false);
}

// core.link_words(kind): ip's words for the options of a kind, nil for a kind without any.
static int link_words(lua_State *L) {
    const struct nlu_link_kind *kind =
        nlu_link_kind_find(nluL_arg_string(L, 1, "link.words", "kind"));
    const char *word;

    if (!kind) {
        lua_pushnil(L);
        return 1;
    }
    lua_newtable(L);
    for (size_t i = 0; (word = nlu_link_kind_word(kind, i)); i++) {
        lua_pushstring(L, word);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg nluL_link_functions[] = {{"link_words", link_words}, {NULL, NULL}};

const luaL_Reg nluL_link_methods[] = {
    {"link_add", link_add},
    {"link_set", link_set},
    {"link_del", link_del},
    {"link_list", link_list},
    {"link_get", link_get},
    {"link_property_add", link_property_add},
    {"link_property_del", link_property_del},
    {NULL, NULL},
};
