// The names of /etc/iproute2: read when the first number without a well-known word is met, then
// kept for as long as the Lua state lives.
#include "arena.h"
#include "lroute.h"

#define IDNAMES_TYPE "netlua.idnames"

struct kept {
    struct nlu_arena arena;
    struct nlu_idnames names[NLU_IDFILES];
    bool loaded[NLU_IDFILES];
};

static const char registry_key;

static int kept_gc(lua_State *L) {
    struct kept *k = luaL_checkudata(L, 1, IDNAMES_TYPE);
    nlu_arena_free(&k->arena);
    *k = (struct kept){0};
    return 0;
}

// [-0, +0, m]
static struct kept *kept(lua_State *L) {
    luaL_checkstack(L, 4, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &registry_key) == LUA_TNIL) {
        lua_pop(L, 1);
        struct kept *k = lua_newuserdatauv(L, sizeof *k, 0);
        *k = (struct kept){0};
        if (luaL_newmetatable(L, IDNAMES_TYPE)) {
            lua_pushcfunction(L, kept_gc);
            lua_setfield(L, -2, "__gc");
        }
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &registry_key);
    }
    struct kept *k = lua_touserdata(L, -1);
    lua_pop(L, 1); // the registry holds it
    return k;
}

static const struct nlu_idnames *names_of(lua_State *L, enum nlu_idfile file) {
    struct kept *k = kept(L);

    if (!k->loaded[file]) {
        k->names[file] = (struct nlu_idnames){0};
        if (nlu_idnames_load(file, &k->arena, &k->names[file]) < 0)
            luaL_error(L, "not enough memory");
        k->loaded[file] = true;
    }
    return &k->names[file];
}

bool nluL_idvalue(lua_State *L, enum nlu_idfile file, const char *word, uint32_t *ret_value) {
    return nlu_idnames_value(names_of(L, file), word, ret_value);
}

void nluL_setid(lua_State *L, const char *key, enum nlu_idfile file, uint32_t value,
                const char *name, const char *buf) {
    // Written into buf: a number without a word of its own.
    const char *word = name == buf ? nlu_idnames_word(names_of(L, file), value) : NULL;
    nluL_setstring(L, key, word ? word : name);
}
