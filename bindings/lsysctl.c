// ns:sysctl_get and ns:sysctl_set.
#include "netlua.h"
#include "sysctl.h"

#include <stdio.h>

// sysctl_get(name): the value as a string.
static int sysctl_get(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "sysctl");
    const char *name = nluL_arg_string(L, 2, "sysctl", "name");
    char value[NLU_SYSCTL_VALUE];
    struct nlu_err err;

    if (nlu_sysctl_get(ns->fd, name, value, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushstring(L, value);
    return 1;
}

// sysctl_set(name, value): value a string, an integer or a boolean (1 and 0). true.
static int sysctl_set(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "sysctl");
    const char *name = nluL_arg_string(L, 2, "sysctl", "name");
    struct nlu_err err;
    char number[32];
    const char *value = number;

    if (lua_isinteger(L, 3))
        snprintf(number, sizeof number, "%lld", (long long)lua_tointeger(L, 3));
    else if (lua_isboolean(L, 3))
        snprintf(number, sizeof number, "%d", lua_toboolean(L, 3));
    else if (lua_type(L, 3) == LUA_TSTRING)
        value = nluL_arg_string(L, 3, "sysctl", "value");
    else
        nluL_misuse(L, "sysctl", "value", "expected a string, an integer or a boolean, got %s",
                    nluL_describe(L, 3));
    if (nlu_sysctl_set(ns->fd, name, value, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

const luaL_Reg nluL_sysctl_methods[] = {
    {"sysctl_get", sysctl_get}, {"sysctl_set", sysctl_set}, {NULL, NULL}};
