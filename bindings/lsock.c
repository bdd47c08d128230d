// ns:socket{…}: a TCP or UDP socket in a namespace as a pollable "netlua.socket". The library gives
// TCP ones away to cqueues (release) and keeps UDP ones.
#include "netlua.h"
#include "sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SOCK_TYPE "netlua.socket"

struct nluL_sock {
    int fd;
};

static struct nluL_sock *check_sock(lua_State *L, const char *op) {
    struct nluL_sock *sock = luaL_checkudata(L, 1, SOCK_TYPE);
    if (sock->fd < 0)
        nluL_misuse(L, op, "socket", "attempt to use a closed socket");
    return sock;
}

static uint16_t opt_port(lua_State *L, const struct nluL_opts *opts, const char *key,
                         bool *ret_have) {
    lua_Integer port = 0;
    *ret_have = nluL_opt_integer(L, opts, key, 0, 65535, &port);
    return (uint16_t)port;
}

// ns:socket{ type = "tcp" | "udp", ip =, port =, remote_ip =, remote_port =, backlog = }.
static int socket_open(lua_State *L) {
    static const char *const keys[] = {"type",        "ip",      "port", "remote_ip",
                                       "remote_port", "backlog", NULL};
    static const struct nluL_word types[] = {{"tcp", 1}, {"udp", 0}, {NULL, 0}};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "socket");
    struct nluL_opts opts = nluL_opts(L, 2, "socket");
    struct nlu_sock_spec spec = {0};
    struct nlu_err err;
    lua_Integer backlog = 0;
    int type = 1;
    bool has_port, has_remote;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_word(L, &opts, "type", types, &type);
    spec.stream = type == 1;
    spec.bind = nluL_opt_ip(L, &opts, "ip", &spec.local.ip);
    spec.local.port = opt_port(L, &opts, "port", &has_port);
    spec.bind |= has_port;
    spec.connect = nluL_opt_ip(L, &opts, "remote_ip", &spec.remote.ip);
    spec.remote.port = opt_port(L, &opts, "remote_port", &has_remote);
    if (nluL_opt_integer(L, &opts, "backlog", 1, 65535, &backlog))
        spec.backlog = (int)backlog;
    struct nluL_sock *sock = lua_newuserdatauv(L, sizeof *sock, 0);
    sock->fd = NLU_NO_FD;
    luaL_setmetatable(L, SOCK_TYPE);
    if (nlu_sock_open(ns->fd, &spec, &sock->fd, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    return 1;
}

// sock:step(): true when connected, false while it is under way; nil and an error when it was
// refused.
static int sock_step(lua_State *L) {
    struct nluL_sock *sock = check_sock(L, "connect");
    struct nlu_err err;
    int rc = nlu_sock_connected(sock->fd, &err);

    if (rc < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, rc);
    return 1;
}

// sock:receive(): data, address, port; false when there is nothing now.
static int sock_receive(lua_State *L) {
    struct nluL_sock *sock = check_sock(L, "receive");
    struct nlu_sock_addr from;
    struct nlu_err err;
    char text[NLU_IP_TEXT];
    luaL_Buffer b;

    // The buffer is Lua's: nothing is lost when memory runs out behind the call.
    char *buf = luaL_buffinitsize(L, &b, NLU_SOCK_DATAGRAM_MAX);
    ssize_t n = nlu_sock_receive(sock->fd, buf, NLU_SOCK_DATAGRAM_MAX, &from);
    if (n < 0 && n != -EAGAIN) {
        nlu_err_set(&err, (int)-n, "receive", "%s", "");
        return nluL_fail(L, &err);
    }
    if (n < 0) {
        lua_pushboolean(L, 0);
        return 1;
    }
    luaL_pushresultsize(&b, (size_t)n);
    lua_pushstring(L, nlu_ip_format(&from.ip, text));
    lua_pushinteger(L, from.port);
    return 3;
}

// sock:send(data, address, port): true; false when there is no room now. Without address: to whom
// it is connected.
static int sock_send(lua_State *L) {
    struct nluL_sock *sock = check_sock(L, "send");
    struct nlu_sock_addr to = {0};
    struct nlu_err err;
    size_t size;
    const char *data = luaL_checklstring(L, 2, &size);
    bool addressed = !lua_isnoneornil(L, 3);

    if (addressed) {
        int is_integer;
        lua_Integer port = lua_tointegerx(L, 4, &is_integer);
        to.ip = nluL_arg_ip(L, 3, "send", "address");
        if (!is_integer || port < 1 || port > 65535)
            nluL_misuse(L, "send", "port", "expected 1 to 65535, got %s", nluL_describe(L, 4));
        to.port = (uint16_t)port;
    }
    ssize_t n = nlu_sock_send(sock->fd, data, size, addressed ? &to : NULL);
    if (n < 0 && n != -EAGAIN) {
        nlu_err_set(&err, (int)-n, "send", "%s", addressed ? lua_tostring(L, 3) : "");
        return nluL_fail(L, &err);
    }
    lua_pushboolean(L, n >= 0);
    return 1;
}

static int names(lua_State *L, bool peer) {
    struct nluL_sock *sock = check_sock(L, "names");
    struct nlu_sock_addr addr;
    struct nlu_err err;
    char text[NLU_IP_TEXT];

    if (nlu_sock_names(sock->fd, peer, &addr, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushstring(L, nlu_ip_format(&addr.ip, text));
    lua_pushinteger(L, addr.port);
    return 2;
}

static int sock_localname(lua_State *L) {
    return names(L, false);
}

static int sock_peername(lua_State *L) {
    return names(L, true);
}

static int sock_pollfd(lua_State *L) {
    lua_pushinteger(L, check_sock(L, "pollfd")->fd);
    return 1;
}

// release(): the descriptor, which is the caller's from now on.
static int sock_release(lua_State *L) {
    struct nluL_sock *sock = check_sock(L, "release");
    lua_pushinteger(L, nlu_steal_fd(&sock->fd));
    return 1;
}

static int sock_close(lua_State *L) {
    nlu_close(&((struct nluL_sock *)luaL_checkudata(L, 1, SOCK_TYPE))->fd);
    return 0;
}

const luaL_Reg nluL_sock_methods[] = {{"socket", socket_open}, {NULL, NULL}};

void nluL_opensock(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"step", sock_step},           {"receive", sock_receive},   {"send", sock_send},
        {"localname", sock_localname}, {"peername", sock_peername}, {"pollfd", sock_pollfd},
        {"release", sock_release},     {"close", sock_close},       {NULL, NULL}};

    if (luaL_newmetatable(L, SOCK_TYPE)) {
        lua_pushcfunction(L, sock_close);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, sock_close);
        lua_setfield(L, -2, "__close");
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
