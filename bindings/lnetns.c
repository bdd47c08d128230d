// The namespace handle, "netlua.netns": a descriptor of the namespace and a netlink socket inside.
#include "netns.h"
#include "netlua.h"

#include <stdio.h>
#include <string.h>

struct nluL_netns *nluL_newnetns(lua_State *L, const char *name) {
    struct nluL_netns *ns = lua_newuserdatauv(L, sizeof *ns, 0);

    *ns = (struct nluL_netns){.fd = NLU_NO_FD, .route = {.fd = NLU_NO_FD}};
    snprintf(ns->name, sizeof ns->name, "%s", name);
    luaL_setmetatable(L, NLUL_NETNS);
    return ns;
}

static const char *check_name(lua_State *L, int arg, const char *op) {
    const char *name = nluL_arg_string(L, arg, op, "name");
    if (!*name || strlen(name) >= NLUL_NODE_NAME)
        nluL_misuse(L, op, "name", "expected 1 to %d characters, got %s", NLUL_NODE_NAME - 1,
                    nluL_describe(L, arg));
    return name;
}

// netns_add(name): a new namespace. The name is for people: the kernel never sees it.
static int netns_add(lua_State *L) {
    const char *name = check_name(L, 1, "netns.add");
    struct nluL_netns *ns = nluL_newnetns(L, name);
    struct nlu_err err;
    int netlink;

    if (nlu_netns_create(&ns->fd, &netlink, &err) < 0)
        return nluL_fail_in(L, name, &err);
    // Owned by the handle from here on, bound or not.
    ns->route.fd = netlink;
    if (nlu_nlsock_adopt(&ns->route, netlink, &err) < 0)
        return nluL_fail_in(L, name, &err);
    return 1;
}

static int finish_open(lua_State *L, struct nluL_netns *ns, int inside) {
    struct nlu_err err;
    if (nlu_nlsock_open(&ns->route, inside, NETLINK_ROUTE, &err) < 0) {
        nlu_close(&ns->fd);
        return nluL_fail_in(L, ns->name, &err);
    }
    return 1;
}

// netns_self(): the namespace of this process.
static int netns_self(lua_State *L) {
    struct nluL_netns *ns = nluL_newnetns(L, "self");
    struct nlu_err err;

    if (nlu_netns_self(&ns->fd, &err) < 0)
        return nluL_fail(L, &err);
    return finish_open(L, ns, NLU_NO_FD);
}

// netns_open(name): one that stands under /run/netns.
static int netns_open(lua_State *L) {
    const char *name = check_name(L, 1, "netns.open");
    struct nluL_netns *ns = nluL_newnetns(L, name);
    struct nlu_err err;

    if (nlu_netns_open(name, &ns->fd, &err) < 0)
        return nluL_fail(L, &err);
    return finish_open(L, ns, ns->fd);
}

// netns_open_pid(pid): that of a running process.
static int netns_open_pid(lua_State *L) {
    int is_integer;
    lua_Integer pid = lua_tointegerx(L, 1, &is_integer);
    struct nlu_err err;
    char name[32];

    if (!is_integer || pid < 1 || pid > INT32_MAX)
        nluL_misuse(L, "netns.open", "pid", "expected a process id, got %s", nluL_describe(L, 1));
    snprintf(name, sizeof name, "pid %d", (int)pid);
    struct nluL_netns *ns = nluL_newnetns(L, name);
    if (nlu_netns_open_pid((pid_t)pid, &ns->fd, &err) < 0)
        return nluL_fail(L, &err);
    return finish_open(L, ns, ns->fd);
}

// netns_open_held(pid, fd, name): one that a process holds by a descriptor.
static int netns_open_held(lua_State *L) {
    lua_Integer pid = luaL_checkinteger(L, 1), fd = luaL_checkinteger(L, 2);
    const char *name = check_name(L, 3, "netns.open");
    struct nlu_err err;

    luaL_argcheck(L, pid > 0 && pid <= INT32_MAX, 1, "expected a process id");
    luaL_argcheck(L, fd >= 0 && fd <= INT32_MAX, 2, "expected a descriptor");
    struct nluL_netns *ns = nluL_newnetns(L, name);
    if (nlu_netns_open_held((pid_t)pid, (int)fd, &ns->fd, &err) < 0)
        return nluL_fail_in(L, name, &err);
    return finish_open(L, ns, ns->fd);
}

// publish(): shows it to `ip netns` by its name, until it is closed.
static int netns_publish(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "netns.publish");
    struct nlu_err err;

    if (!ns->published) {
        if (nlu_netns_publish(ns->fd, ns->name, &err) < 0)
            return nluL_fail(L, &err);
        ns->published = true;
    }
    lua_pushboolean(L, 1);
    return 1;
}

static int netns_published(lua_State *L) {
    struct nluL_netns *ns = luaL_checkudata(L, 1, NLUL_NETNS);
    lua_pushboolean(L, ns->published);
    return 1;
}

// netns_unpublish(name): takes away what a process that was killed has left there.
static int netns_unpublish(lua_State *L) {
    const char *name = check_name(L, 1, "netns.unpublish");
    struct nlu_err err;

    if (nlu_netns_unpublish(name, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int netns_close(lua_State *L) {
    struct nluL_netns *ns = luaL_checkudata(L, 1, NLUL_NETNS);
    struct nlu_err err;

    // Somebody may have taken the name away with `ip netns del`: then there is nothing left to do.
    if (ns->published)
        (void)!nlu_netns_unpublish(ns->name, &err);
    ns->published = false;
    nlu_nlsock_close(&ns->route);
    nlu_close(&ns->fd);
    return 0;
}

static int netns_tostring(lua_State *L) {
    struct nluL_netns *ns = luaL_checkudata(L, 1, NLUL_NETNS);
    lua_pushfstring(L, "netns %s%s", ns->name, ns->fd < 0 ? " (closed)" : "");
    return 1;
}

static int netns_fd(lua_State *L) {
    lua_pushinteger(L, nluL_checknetns(L, 1, "netns.fd")->fd);
    return 1;
}

static int netns_name(lua_State *L) {
    struct nluL_netns *ns = luaL_checkudata(L, 1, NLUL_NETNS);
    lua_pushstring(L, ns->name);
    return 1;
}

static int netns_closed(lua_State *L) {
    struct nluL_netns *ns = luaL_checkudata(L, 1, NLUL_NETNS);
    lua_pushboolean(L, ns->fd < 0);
    return 1;
}

// id(): "dev:inode"; equal for two handles of the same namespace.
static int netns_id(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "netns.id");
    struct nlu_err err;
    dev_t dev;
    ino_t inode;

    if (nlu_netns_id(ns->fd, &dev, &inode, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushfstring(L, "%I:%I", (LUAI_UACINT)dev, (LUAI_UACINT)inode);
    return 1;
}

void nluL_opennetns(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"netns_add", netns_add},
        {"netns_self", netns_self},
        {"netns_open", netns_open},
        {"netns_open_pid", netns_open_pid},
        {"netns_open_held", netns_open_held},
        {"netns_unpublish", netns_unpublish},
        {NULL, NULL},
    };
    static const luaL_Reg meta[] = {{"__close", netns_close},
                                    {"__gc", netns_close},
                                    {"__tostring", netns_tostring},
                                    {NULL, NULL}};
    static const luaL_Reg own[] = {
        {"close", netns_close},
        {"publish", netns_publish},
        {"published", netns_published},
        {"fd", netns_fd},
        {"name", netns_name},
        {"closed", netns_closed},
        {"id", netns_id},
        {NULL, NULL},
    };
    static const luaL_Reg *const methods[] = {
        own,
        nluL_link_methods,
        nluL_fdb_methods,
        nluL_vlan_methods,
        nluL_wireguard_methods,
        nluL_addr_methods,
        nluL_route_methods,
        nluL_neigh_methods,
        nluL_rule_methods,
        nluL_nexthop_methods,
        nluL_monitor_methods,
        nluL_sysctl_methods,
        nluL_qdisc_methods,
        nluL_class_methods,
        nluL_filter_methods,
        nluL_proc_methods,
        nluL_plan_methods,
        nluL_sock_methods,
        nluL_send_methods,
    };

    luaL_setfuncs(L, functions, 0);
    luaL_setfuncs(L, nluL_link_functions, 0);
    luaL_setfuncs(L, nluL_wireguard_functions, 0);
    if (luaL_newmetatable(L, NLUL_NETNS)) {
        luaL_setfuncs(L, meta, 0);
        lua_newtable(L);
        for (size_t i = 0; i < NLU_COUNT(methods); i++)
            luaL_setfuncs(L, methods[i], 0);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}
