// The host loads source text only. The functions that load chunks are replaced by ones that pass
// the mode "t" down, and otherwise do what the manual says.
#include "host.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define PRECOMPILED "is precompiled: netlua loads Lua source only"

int host_load_file(lua_State *L, const char *path) {
    int status = luaL_loadfilex(L, path, "t");

    // Lua's sentence about the mode names no file.
    if (status == LUA_ERRSYNTAX &&
        strstr(lua_tostring(L, -1), "attempt to load a binary chunk") == lua_tostring(L, -1)) {
        lua_pop(L, 1);
        lua_pushfstring(L, "%s " PRECOMPILED, path ? path : "stdin");
    }
    return status;
}

// The mode at `arg` is narrowed to "t"; one that allows no text leaves nothing to load. True when
// there is something left.
static bool narrow_mode(lua_State *L, int arg) {
    const char *mode = luaL_optstring(L, arg, "t");

    if (!strchr(mode, 't')) {
        lua_pushnil(L);
        lua_pushfstring(
            L, "mode '%s': a precompiled chunk is never loaded, netlua loads Lua source only",
            mode);
        return false;
    }
    if (lua_gettop(L) < arg)
        lua_settop(L, arg);
    lua_pushliteral(L, "t");
    lua_replace(L, arg);
    return true;
}

// load(chunk, chunkname, mode, env); upvalue 1 is Lua's own.
static int text_load(lua_State *L) {
    if (!narrow_mode(L, 3))
        return 2;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

// loadfile(filename, mode, env)
static int text_loadfile(lua_State *L) {
    const char *path = luaL_optstring(L, 1, NULL);
    bool has_env = !lua_isnone(L, 3);

    lua_settop(L, 3);
    if (!narrow_mode(L, 2))
        return 2;
    if (host_load_file(L, path) != LUA_OK) { /* [filename, mode, env, message] */
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_env) {
        lua_pushvalue(L, 3);
        if (!lua_setupvalue(L, -2, 1))
            lua_pop(L, 1);
    }
    return 1;
}

static int finish_dofile(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    return lua_gettop(L) - 1;
}

static int text_dofile(lua_State *L) {
    const char *path = luaL_optstring(L, 1, NULL);

    lua_settop(L, 1);
    if (host_load_file(L, path) != LUA_OK)
        return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
    return finish_dofile(L, LUA_OK, 0);
}

// package.searchers[2], for Lua files; upvalue 1 is the package table.
static int text_searcher(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);

    lua_settop(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "searchpath");
    lua_pushvalue(L, 1);
    if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
        return luaL_error(L, "'package.path' must be a string");
    lua_call(L, 2, 2); /* [name, path, why] */
    if (lua_isnil(L, 2))
        return 1;
    const char *path = lua_tostring(L, 2);
    if (host_load_file(L, path) != LUA_OK)
        return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, path,
                          lua_tostring(L, -1));
    lua_pushvalue(L, 2);
    return 2;
}

void host_text_only(lua_State *L) {
    lua_getglobal(L, "load");
    lua_pushcclosure(L, text_load, 1);
    lua_setglobal(L, "load");
    lua_pushcfunction(L, text_loadfile);
    lua_setglobal(L, "loadfile");
    lua_pushcfunction(L, text_dofile);
    lua_setglobal(L, "dofile");

    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers"); /* [package, searchers] */
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, text_searcher, 1);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}
