// The module netlua.nft: nft's language in a namespace. Loaded on first use, since libnftables
// brings a dozen libraries along.
#include "nft.h"
#include "netlua.h"

#include "arena.h"

#include <stdio.h>
#include <string.h>

static void append(lua_State *L, struct nlu_arena *arena, const char ***items, size_t count,
                   size_t *cap, const char *text) {
    if (nlu_arena_grow(arena, (void **)items, sizeof **items, count, cap) < 0)
        luaL_error(L, "not enough memory");
    (*items)[count] = text;
}

// The option `define` as nft -D takes it, { "name=value", …, NULL }; NULL when it is absent. Leaves
// the table on the stack.
static const char *const *read_define(lua_State *L, const struct nluL_opts *opts,
                                      struct nlu_arena *arena) {
    const char **items = NULL;
    size_t count = 0, cap = 0;

    if (!opts->index || lua_getfield(L, opts->index, "define") == LUA_TNIL)
        return NULL;
    if (!lua_istable(L, -1))
        nluL_misuse(L, "nft", "define", "expected a table of names and values, got %s",
                    nluL_describe(L, -1));
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) { /* [define, name, value] */
        if (lua_type(L, -2) != LUA_TSTRING)
            nluL_misuse(L, "nft", "define", "expected names as keys, got %s", nluL_describe(L, -2));
        const char *name = lua_tostring(L, -2);
        if (lua_type(L, -1) != LUA_TSTRING && !lua_isinteger(L, -1))
            nluL_misuse(L, "nft", "define", "expected a string or an integer for %s, got %s", name,
                        nluL_describe(L, -1));
        const char *pair = lua_pushfstring(L, "%s=%s", name, luaL_tolstring(L, -1, NULL));
        const char *copy = nlu_arena_text(arena, pair, strlen(pair));
        if (!copy)
            luaL_error(L, "not enough memory");
        append(L, arena, &items, count++, &cap, copy);
        lua_pop(L, 2); /* [define, name, value] */
    }
    append(L, arena, &items, count, &cap, NULL);
    return items;
}

// Adds to the error object on top of the stack where in the ruleset it is and all that nft says.
static void set_report(lua_State *L, const struct nlu_nft_report *r, const char *text) {
    nluL_setstring(L, "message", r->message);
    if (r->line) {
        nluL_setinteger(L, "line", r->line);
        lua_createtable(L, 2, 0);
        lua_pushinteger(L, r->first);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, r->last);
        lua_rawseti(L, -2, 2);
        lua_setfield(L, -2, "columns");
    }
    if (*r->source)
        nluL_setstring(L, "source", r->source);
    if (*r->file)
        nluL_setstring(L, "file", r->file);
    nluL_setstring(L, "report", text);
}

// run(netns, ruleset, { check =, echo =, stateless =, terse =, define = }): what nft prints as
// JSON,
// "" for nothing.
static int nft_run(lua_State *L) {
    static const char *const keys[] = {"check", "echo", "stateless", "terse", "define", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "nft");
    const char *ruleset = nluL_arg_string(L, 2, "nft", "ruleset");
    struct nluL_opts opts = nluL_opts(L, 3, "nft");
    struct nlu_nft_options options = {0};
    struct nlu_nft_report report;
    struct nlu_err err;
    const char *json, *text;

    lua_settop(L, 3);
    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_boolean(L, &opts, "check", &options.check);
    (void)nluL_opt_boolean(L, &opts, "echo", &options.echo);
    (void)nluL_opt_boolean(L, &opts, "stateless", &options.stateless);
    (void)nluL_opt_boolean(L, &opts, "terse", &options.terse);
    struct nlu_arena *arena = nluL_scratch(L); /* [ns, ruleset, opts, arena] */
    options.define = read_define(L, &opts, arena);
    if (nlu_nft_run(ns->fd, ruleset, &options, arena, &json, &report, &text, &err) < 0) {
        nluL_fail_in(L, ns->name, &err);
        if (text)
            set_report(L, &report, text);
        return 2;
    }
    lua_pushstring(L, json);
    return 1;
}

NLUL_EXPORT int luaopen_netlua_nft(lua_State *L);

int luaopen_netlua_nft(lua_State *L) {
    static const luaL_Reg functions[] = {{"run", nft_run}, {NULL, NULL}};

    nluL_openerror(L);
    luaL_newlib(L, functions);
    return 1;
}
