// ns:wireguard_*: WireGuard links, in the words of wg(8); and their keys.
#include "arena.h"
#include "llink.h"
#include "wireguard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

// --- structs to tables ---------------------------------------------------------------------------

static bool is_zero(const uint8_t key[NLU_WGKEY_SIZE]) {
    static const uint8_t zero[NLU_WGKEY_SIZE];
    return memcmp(key, zero, sizeof zero) == 0;
}

static void set_key(lua_State *L, const char *name, const uint8_t key[NLU_WGKEY_SIZE]) {
    char text[NLU_WGKEY_TEXT];
    if (!is_zero(key))
        nluL_setstring(L, name, nlu_wgkey_format(key, text));
}

static void push_peer(lua_State *L, const struct nlu_wg_peer *p) {
    char ip[NLU_IP_TEXT], prefix[NLU_PREFIX_TEXT];

    lua_createtable(L, 0, 8);
    set_key(L, "public_key", p->public_key);
    set_key(L, "preshared_key", p->preshared_key);
    if (p->endpoint.ip.family) {
        nlu_ip_format(&p->endpoint.ip, ip);
        if (p->endpoint.scope)
            lua_pushfstring(L, "[%s%%%d]:%d", ip, (int)p->endpoint.scope, p->endpoint.port);
        else
            lua_pushfstring(L, p->endpoint.ip.family == AF_INET ? "%s:%d" : "[%s]:%d", ip,
                            p->endpoint.port);
        lua_setfield(L, -2, "endpoint");
    }
    lua_createtable(L, (int)p->allowed_count, 0);
    for (size_t i = 0; i < p->allowed_count; i++) {
        lua_pushstring(L, nlu_prefix_format(&p->allowed_ips[i], prefix));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "allowed_ips");
    if (p->latest_handshake > 0)
        nluL_setnumber(L, "latest_handshake", p->latest_handshake);
    nluL_setinteger(L, "transfer_rx", (lua_Integer)p->rx_bytes);
    nluL_setinteger(L, "transfer_tx", (lua_Integer)p->tx_bytes);
    if (p->keepalive)
        nluL_setinteger(L, "persistent_keepalive", p->keepalive);
}

static void push_device(lua_State *L, const struct nlu_wg_device *d) {
    lua_createtable(L, 0, 6);
    if (d->name)
        nluL_setstring(L, "ifname", d->name);
    set_key(L, "private_key", d->private_key);
    // Without a private key the kernel reports none, too.
    if (!is_zero(d->private_key))
        set_key(L, "public_key", d->public_key);
    nluL_setinteger(L, "listen_port", d->listen_port);
    if (d->fwmark)
        nluL_setinteger(L, "fwmark", d->fwmark);
    lua_createtable(L, (int)d->peer_count, 0);
    for (size_t i = 0; i < d->peer_count; i++) {
        push_peer(L, &d->peers[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "peers");
}

// --- tables to structs ---------------------------------------------------------------------------

// A key, or false for none (all zero).
static bool opt_key(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint8_t ret_key[NLU_WGKEY_SIZE]) {
    const char *text;

    if (!opts->index)
        return false;
    const bool none = lua_getfield(L, opts->index, key) == LUA_TBOOLEAN && !lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (none) {
        memset(ret_key, 0, NLU_WGKEY_SIZE);
        return true;
    }
    if (!nluL_opt_string(L, opts, key, &text))
        return false;
    // The key itself stays out of the message: it may be a private one.
    if (nlu_wgkey_parse(text, ret_key) < 0)
        nluL_misuse(L, opts->op, key, "expected 44 characters of base64, got %d that are no key",
                    (int)strlen(text));
    return true;
}

// "192.0.2.1:51820" or "[2001:db8::1]:51820".
static bool parse_endpoint(const char *text, struct nlu_wg_endpoint *ret) {
    const char *colon = strrchr(text, ':');
    char host[NLU_IP_TEXT + 2], *end, *address = host;
    size_t len = colon ? (size_t)(colon - text) : 0;
    struct nlu_wg_endpoint e = {.port = 0};

    if (!colon || !len || len >= sizeof host || colon[1] < '0' || colon[1] > '9')
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (*host == '[') {
        if (host[len - 1] != ']')
            return false;
        host[len - 1] = '\0';
        address++;
    }
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end || port < 1 || port > 65535 || nlu_ip_parse(address, &e.ip) < 0 ||
        (e.ip.family == AF_INET6) != (*host == '['))
        return false;
    e.port = (uint16_t)port;
    *ret = e;
    return true;
}

// The table at the top: a list of prefixes. It stays where it is.
static void read_allowed(lua_State *L, const char *op, struct nlu_arena *arena,
                         struct nlu_wg_peer *peer) {
    size_t cap = 0;

    if (lua_type(L, -1) == LUA_TSTRING) { // one alone
        lua_createtable(L, 1, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
    }
    if (!lua_istable(L, -1))
        nluL_misuse(L, op, "allowed_ips", "expected a list of prefixes, got %s",
                    nluL_describe(L, -1));
    const int list = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i++) {
        struct nlu_prefix prefix = nluL_arg_prefix(L, -1, op, "allowed_ips");
        if (prefix.len > nlu_ip_size(&prefix.ip) * 8)
            nluL_misuse(L, op, "allowed_ips", "expected a prefix, got %s", nluL_describe(L, -1));
        void *items = peer->allowed_ips;
        if (nlu_arena_grow(arena, &items, sizeof prefix, peer->allowed_count, &cap) < 0)
            luaL_error(L, "not enough memory");
        peer->allowed_ips = items;
        peer->allowed_ips[peer->allowed_count++] = prefix;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    peer->have |= NLU_WG_ALLOWED_IPS;
}

static void read_peer(lua_State *L, int index, const char *op, struct nlu_arena *arena,
                      struct nlu_wg_peer *p) {
    static const char *const keys[] = {
        "public_key",  "preshared_key", "endpoint",    "persistent_keepalive",
        "allowed_ips", "remove",        "update_only", NULL};
    if (!lua_istable(L, index))
        nluL_misuse(L, op, "peers", "expected a list of tables, got %s", nluL_describe(L, index));
    struct nluL_opts opts = nluL_opts(L, index, op);
    lua_Integer integer;
    const char *text;
    bool on;

    nluL_opts_only(L, &opts, keys);
    if (!opt_key(L, &opts, "public_key", p->public_key))
        nluL_misuse(L, op, "public_key", "is missing: which peer is meant?");
    if (opt_key(L, &opts, "preshared_key", p->preshared_key))
        p->have |= NLU_WG_PRESHARED_KEY;
    if (nluL_opt_string(L, &opts, "endpoint", &text)) {
        if (!parse_endpoint(text, &p->endpoint))
            nluL_misuse(L, op, "endpoint",
                        "expected 192.0.2.1:51820 or [2001:db8::1]:51820, got '%s'", text);
        p->have |= NLU_WG_ENDPOINT;
    }
    if (lua_getfield(L, opts.index, "persistent_keepalive") == LUA_TBOOLEAN &&
        !lua_toboolean(L, -1))
        p->have |= NLU_WG_KEEPALIVE;
    else if (nluL_opt_integer(L, &opts, "persistent_keepalive", 0, 65535, &integer))
        p->have |= NLU_WG_KEEPALIVE, p->keepalive = (uint16_t)integer;
    lua_pop(L, 1);
    if (nluL_opt_boolean(L, &opts, "remove", &on) && on)
        p->have |= NLU_WG_REMOVE;
    if (nluL_opt_boolean(L, &opts, "update_only", &on) && on)
        p->have |= NLU_WG_UPDATE_ONLY;
    if (lua_getfield(L, opts.index, "allowed_ips") != LUA_TNIL)
        read_allowed(L, op, arena, p);
    else
        lua_pop(L, 1);
}

// The list at the top into d->peers; it is popped.
static void read_peers(lua_State *L, const char *op, struct nlu_arena *arena,
                       struct nlu_wg_device *d) {
    size_t cap = 0;

    if (!lua_istable(L, -1))
        nluL_misuse(L, op, "peers", "expected a list of tables, got %s", nluL_describe(L, -1));
    const int list = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i++) {
        void *items = d->peers;
        if (nlu_arena_grow(arena, &items, sizeof *d->peers, d->peer_count, &cap) < 0)
            luaL_error(L, "not enough memory");
        d->peers = items;
        read_peer(L, lua_gettop(L), op, arena, &d->peers[d->peer_count++]);
        lua_settop(L, list);
    }
    lua_pop(L, 2);
}

// --- methods -------------------------------------------------------------------------------------

// wireguard_set(dev, { private_key =, listen_port =, fwmark =, replace_peers =, peers = }): true.
static int wireguard_set(lua_State *L) {
    static const char *const keys[] = {"private_key",   "listen_port", "fwmark",
                                       "replace_peers", "peers",       NULL};
    static const char op[] = "wireguard.set";
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    const char *name = nluL_arg_link(L, 2, op, "dev");
    struct nluL_opts opts = nluL_opts(L, 3, op);
    struct nlu_wg_device device = {.index = 0};
    lua_Integer integer;
    struct nlu_err err;
    bool on;

    if (!opts.index)
        nluL_misuse(L, op, "options", "say nothing to change about %s", name);
    lua_settop(L, 3);
    struct nlu_arena *arena = nluL_scratch(L); /* [ns, name, opts, arena] */
    nluL_opts_only(L, &opts, keys);
    if (opt_key(L, &opts, "private_key", device.private_key))
        device.have |= NLU_WG_PRIVATE_KEY;
    if (nluL_opt_integer(L, &opts, "listen_port", 0, 65535, &integer))
        device.have |= NLU_WG_LISTEN_PORT, device.listen_port = (uint16_t)integer;
    if (nluL_opt_integer(L, &opts, "fwmark", 0, UINT32_MAX, &integer))
        device.have |= NLU_WG_FWMARK, device.fwmark = (uint32_t)integer;
    if (nluL_opt_boolean(L, &opts, "replace_peers", &on) && on)
        device.have |= NLU_WG_REPLACE_PEERS;
    if (lua_getfield(L, 3, "peers") != LUA_TNIL)
        read_peers(L, op, arena, &device);
    else
        lua_pop(L, 1);
    if (nlu_wg_set(&ns->route, ns->fd, name, &device, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// wireguard_get(dev): one table.
static int wireguard_get(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "wireguard.get");
    const char *name = nluL_arg_link(L, 2, "wireguard.get", "dev");
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_wg_device device;
    struct nlu_err err;

    if (nlu_wg_get(&ns->route, ns->fd, name, arena, &device, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    push_device(L, &device);
    return 1;
}

static int push_key(lua_State *L, const uint8_t key[NLU_WGKEY_SIZE]) {
    char text[NLU_WGKEY_TEXT];

    lua_pushstring(L, nlu_wgkey_format(key, text));
    return 1;
}

static int random_key(lua_State *L, bool private_key, const char *op) {
    uint8_t key[NLU_WGKEY_SIZE];
    struct nlu_err err;

    int rc = nlu_wgkey_random(private_key, key);
    if (rc < 0) {
        nlu_err_set(&err, -rc, op, "%s", "random numbers");
        return nluL_fail(L, &err);
    }
    return push_key(L, key);
}

// core.wg_genkey(), core.wg_genpsk(), core.wg_pubkey(private): keys as base64.
static int wg_genkey(lua_State *L) {
    return random_key(L, true, "wg.genkey");
}

static int wg_genpsk(lua_State *L) {
    return random_key(L, false, "wg.genpsk");
}

static int wg_pubkey(lua_State *L) {
    uint8_t key[NLU_WGKEY_SIZE], public_key[NLU_WGKEY_SIZE];
    const char *text = nluL_arg_string(L, 1, "wg.pubkey", "private_key");

    if (nlu_wgkey_parse(text, key) < 0)
        nluL_misuse(L, "wg.pubkey", "private_key",
                    "expected 44 characters of base64, got %d that are no key", (int)strlen(text));
    nlu_wgkey_public(key, public_key);
    return push_key(L, public_key);
}

const luaL_Reg nluL_wireguard_functions[] = {
    {"wg_genkey", wg_genkey}, {"wg_genpsk", wg_genpsk}, {"wg_pubkey", wg_pubkey}, {NULL, NULL}};

const luaL_Reg nluL_wireguard_methods[] = {
    {"wireguard_set", wireguard_set}, {"wireguard_get", wireguard_get}, {NULL, NULL}};
