// The one error type, "netlua.error", and where in the script an error belongs.
#include "netlua.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ERROR_TYPE "netlua.error"

// Registry key of a set: source prefix of library code -> true. Frames from there are passed over
// when an error looks for the line of the script. A string, not an address of ours: this file is
// linked into several modules that share one registry.
#define LIBRARY_KEY "netlua.library"

static bool in_library(lua_State *L, const char *source) {
    bool found = false;

    if (lua_getfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY) == LUA_TTABLE) {
        lua_pushnil(L);
        while (!found && lua_next(L, -2)) {
            lua_pop(L, 1); /* [set, prefix] */
            size_t len;
            const char *prefix = lua_tolstring(L, -1, &len);
            found = strncmp(source, prefix, len) == 0;
        }
        if (found)
            lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return found;
}

void nluL_where(lua_State *L) {
    lua_Debug ar;

    luaL_checkstack(L, 6, NULL);
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (*ar.what != 'C' && ar.currentline > 0 && !in_library(L, ar.source)) {
            lua_pushfstring(L, "%s:%d", ar.short_src, ar.currentline);
            return;
        }
    }
    lua_pushnil(L);
}

// What a frame is called, as luaL_traceback says it.
static const char *frame_name(lua_State *L, const lua_Debug *ar) {
    if (*ar->namewhat)
        return lua_pushfstring(L, "%s '%s'", ar->namewhat, ar->name);
    if (*ar->what == 'm')
        return lua_pushliteral(L, "main chunk");
    return lua_pushfstring(L, "function <%s:%d>", ar->short_src, ar->linedefined);
}

const char *nluL_script_frames(lua_State *L, const char *text) {
    lua_Debug ar;
    int frames = 0;

    luaL_checkstack(L, 8, NULL);
    lua_pushfstring(L, "%s\nstack traceback:", text); /* [text] */
    for (int level = 1; frames < 20 && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Slnt", &ar);
        if (*ar.what == 'C' || ar.currentline <= 0 || in_library(L, ar.source))
            continue;
        const char *name = frame_name(L, &ar); /* [text, name] */
        lua_pushfstring(L, "\n\t%s:%d: in %s", ar.short_src, ar.currentline, name);
        lua_remove(L, -2);
        lua_concat(L, 2);
        frames++;
    }
    if (frames > 1)
        return lua_tostring(L, -1);
    lua_pop(L, 1);
    return lua_pushstring(L, text);
}

static void set_text(lua_State *L, const char *key, const char *text) {
    if (*text) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, key);
    }
}

void nluL_pusherror(lua_State *L, const struct nlu_err *err) {
    lua_createtable(L, 0, 10);
    set_text(L, "op", err->op);
    set_text(L, "subject", err->subject);
    lua_pushinteger(L, err->errnum);
    lua_setfield(L, -2, "errno");
    set_text(L, "code", nlu_errno_name(err->errnum));
    set_text(L, "message", strerror(err->errnum));
    set_text(L, "kernel", err->kernel);
    set_text(L, "attr", err->attr);
    set_text(L, "hint", err->hint);
    luaL_setmetatable(L, ERROR_TYPE);
}

int nluL_fail(lua_State *L, const struct nlu_err *err) {
    lua_pushnil(L);
    nluL_pusherror(L, err);
    return 2;
}

int nluL_fail_in(lua_State *L, const char *node, const struct nlu_err *err) {
    nluL_fail(L, err);
    set_text(L, "node", node);
    return 2;
}

int nluL_misuse(lua_State *L, const char *op, const char *field, const char *fmt, ...) {
    va_list args;

    lua_createtable(L, 0, 8);
    set_text(L, "op", op);
    if (field)
        set_text(L, "field", field);
    va_start(args, fmt);
    lua_pushvfstring(L, fmt, args);
    va_end(args);
    lua_setfield(L, -2, "message");
    lua_pushinteger(L, EINVAL);
    lua_setfield(L, -2, "errno");
    set_text(L, "code", "EINVAL");
    nluL_where(L);
    lua_setfield(L, -2, "where");
    luaL_setmetatable(L, ERROR_TYPE);
    lua_error(L);
    __builtin_unreachable();
}

// Appends the string field `key` of the error at index 1 between two texts, if it is there.
static void add_field(lua_State *L, luaL_Buffer *b, const char *before, const char *key,
                      const char *after) {
    // The value is pushed above the buffer's own slot only by luaL_addvalue's rules: fetch, then
    // add.
    if (lua_getfield(L, 1, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    const char *text = luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    lua_pushfstring(L, "%s%s%s", before, text, after);
    lua_remove(L, -2);
    luaL_addvalue(b);
}

static int error_tostring(lua_State *L) {
    luaL_Buffer b;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_buffinit(L, &b);
    add_field(L, &b, "", "where", ": ");
    add_field(L, &b, "", "node", ": ");
    add_field(L, &b, "", "op", "");
    add_field(L, &b, " ", "subject", "");
    luaL_addstring(&b, ": ");
    add_field(L, &b, "", "field", ": ");
    add_field(L, &b, "", "message", "");
    if (lua_getfield(L, 1, "field") == LUA_TNIL) {
        lua_pop(L, 1);
        add_field(L, &b, " (", "code", ")");
    } else {
        lua_pop(L, 1); // misuse: its sentence says it all, the code adds nothing
    }
    add_field(L, &b, "; kernel: ", "kernel", "");
    add_field(L, &b, " [", "attr", "]");
    add_field(L, &b, "; ", "hint", "");
    luaL_pushresult(&b);
    return 1;
}

static int error_concat(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

void nluL_openerror(lua_State *L) {
    static const luaL_Reg meta[] = {
        {"__tostring", error_tostring}, {"__concat", error_concat}, {NULL, NULL}};

    if (luaL_newmetatable(L, ERROR_TYPE)) {
        luaL_setfuncs(L, meta, 0);
        lua_pushstring(L, ERROR_TYPE);
        lua_setfield(L, -2, "__name");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

// Is the value at index an error object? [-0, +0, -]
bool nluL_is_error(lua_State *L, int index) {
    bool same = false;

    if (lua_type(L, index) == LUA_TTABLE && lua_getmetatable(L, index)) {
        luaL_getmetatable(L, ERROR_TYPE);
        same = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    return same;
}

// Raises the value at index, with the script's line in it when it is an error object without one.
static int raise_value(lua_State *L, int index) {
    lua_pushvalue(L, index);
    if (nluL_is_error(L, -1)) {
        if (lua_getfield(L, -1, "where") == LUA_TNIL) {
            nluL_where(L);
            lua_setfield(L, -3, "where");
        }
        lua_pop(L, 1);
    }
    return lua_error(L);
}

static int core_raise(lua_State *L) {
    luaL_checkany(L, 1);
    return raise_value(L, 1);
}

// check(v, err, …): v, err, … as they came, or err raised when v is nil.
static int core_check(lua_State *L) {
    luaL_checkany(L, 1);
    if (!lua_isnil(L, 1))
        return lua_gettop(L);
    lua_settop(L, 2);
    return raise_value(L, 2);
}

static int core_where(lua_State *L) {
    nluL_where(L);
    return 1;
}

// error_new{ op =, message =, code =, … }: an error object of the library's own making.
static int core_error_new(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_setmetatable(L, ERROR_TYPE);
    return 1;
}

static int core_is_error(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, nluL_is_error(L, 1));
    return 1;
}

// library(prefix): chunks whose source begins with this are library code, not the script's.
static int core_library(lua_State *L) {
    luaL_checkstring(L, 1);
    if (lua_getfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY);
    }
    lua_pushvalue(L, 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    return 0;
}

const luaL_Reg nluL_error_functions[] = {
    {"raise", core_raise},
    {"check", core_check},
    {"where", core_where},
    {"error_new", core_error_new},
    {"is_error", core_is_error},
    {"library", core_library},
    {NULL, NULL},
};
