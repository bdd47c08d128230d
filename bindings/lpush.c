// Setting fields of result tables, and scratch memory that survives an error.
#include "arena.h"
#include "netlua.h"

#define SCRATCH_TYPE "netlua.scratch"

void nluL_setstring(lua_State *L, const char *key, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

void nluL_setinteger(lua_State *L, const char *key, lua_Integer value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

void nluL_setboolean(lua_State *L, const char *key, bool value) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

void nluL_setnumber(lua_State *L, const char *key, lua_Number value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

void nluL_setip(lua_State *L, const char *key, const struct nlu_ip *ip) {
    char text[NLU_IP_TEXT];
    if (ip->family)
        nluL_setstring(L, key, nlu_ip_format(ip, text));
}

static int scratch_free(lua_State *L) {
    nlu_arena_free(lua_touserdata(L, 1));
    return 0;
}

struct nlu_arena *nluL_scratch(lua_State *L) {
    struct nlu_arena *arena = lua_newuserdatauv(L, sizeof *arena, 0);

    *arena = (struct nlu_arena){0};
    if (luaL_newmetatable(L, SCRATCH_TYPE)) {
        lua_pushcfunction(L, scratch_free);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, scratch_free);
        lua_setfield(L, -2, "__close");
    }
    lua_setmetatable(L, -2);
    lua_toclose(L, -1);
    return arena;
}
