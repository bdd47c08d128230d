// Values of core (value.h) to Lua and back.
#include "netlua.h"
#include "value.h"

#include <math.h>

// How many tables may stand in each other: the options of links, and what packets are built from.
enum { DEEPEST = 4, DEEPEST_CHECKED = 12 };

void nluL_pushvalue(lua_State *L, const struct nlu_value *value) {
    char buf[NLU_VALUE_TEXT];
    lua_Integer items = 0;
    size_t len = 0;

    switch (value->type) {
    case NLU_VALUE_BOOLEAN:
        lua_pushboolean(L, value->boolean);
        break;
    case NLU_VALUE_INTEGER:
        lua_pushinteger(L, value->integer);
        break;
    case NLU_VALUE_NUMBER:
        lua_pushnumber(L, value->number);
        break;
    case NLU_VALUE_TABLE:
        luaL_checkstack(L, 6, NULL);
        lua_createtable(L, 0, (int)value->table->count);
        for (size_t i = 0; i < value->table->count; i++) {
            nluL_pushvalue(L, &value->table->pairs[i].value);
            if (value->table->pairs[i].key)
                lua_setfield(L, -2, value->table->pairs[i].key);
            else
                lua_rawseti(L, -2, ++items);
        }
        break;
    default: {
        const char *text = nlu_value_string(value, buf, &len);
        if (text)
            lua_pushlstring(L, text, len);
        else
            lua_pushnil(L);
    }
    }
}

static struct nlu_value table_value(lua_State *L, int index, struct nlu_tree *tree, int depth);

static struct nlu_value any_value(lua_State *L, int index, struct nlu_tree *tree, int depth) {
    size_t len;

    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return nlu_value_boolean(lua_toboolean(L, index));
    case LUA_TNUMBER: {
        int is_integer;
        lua_Integer integer = lua_tointegerx(L, index, &is_integer);
        if (is_integer)
            return nlu_value_integer(integer);
        return (struct nlu_value){.type = NLU_VALUE_NUMBER, .number = lua_tonumber(L, index)};
    }
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &len);
        return nlu_value_bytes(text, len);
    }
    case LUA_TTABLE:
        return depth < DEEPEST ? table_value(L, index, tree, depth) : (struct nlu_value){0};
    default:
        return (struct nlu_value){0};
    }
}

static struct nlu_value table_value(lua_State *L, int index, struct nlu_tree *tree, int depth) {
    struct nlu_value table = nlu_value_table(tree);

    index = lua_absindex(L, index);
    luaL_checkstack(L, 4, NULL);
    for (lua_Integer i = 1; lua_rawgeti(L, index, i) != LUA_TNIL; i++) {
        nlu_table_add(tree, table, NULL, any_value(L, -1, tree, depth + 1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lua_pushnil(L);
    while (lua_next(L, index)) { /* [key, value] */
        if (lua_type(L, -2) == LUA_TSTRING)
            nlu_table_add(tree, table, lua_tostring(L, -2), any_value(L, -1, tree, depth + 1));
        lua_pop(L, 1);
    }
    return table;
}

struct nlu_value nluL_tovalue(lua_State *L, int index, struct nlu_tree *tree) {
    return any_value(L, lua_absindex(L, index), tree, 0);
}

// --- the same, where nothing may be passed over
// ---------------------------------------------------

static struct nlu_value read_value(lua_State *L, int index, const char *op, const char *key,
                                   struct nlu_tree *tree, int depth);

// The list part in order, then the keys.
static struct nlu_value read_table(lua_State *L, int index, const char *op, struct nlu_tree *tree,
                                   int depth) {
    struct nlu_value table = nlu_value_table(tree);
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);

    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, NULL);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        nlu_table_add(tree, table, NULL, read_value(L, -1, op, NULL, tree, depth));
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    while (lua_next(L, index)) {
        /* [.., key, value] */
        if (lua_type(L, -2) == LUA_TSTRING) {
            const char *key = lua_tostring(L, -2);
            nlu_table_add(tree, table, key, read_value(L, -1, op, key, tree, depth));
        } else if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 ||
                   lua_tointeger(L, -2) > count) {
            lua_pop(L, 1);
            nluL_misuse(L, op, NULL, "%s is no name of a field", nluL_describe(L, -1));
        }
        lua_pop(L, 1);
    }
    return table;
}

static struct nlu_value read_value(lua_State *L, int index, const char *op, const char *key,
                                   struct nlu_tree *tree, int depth) {
    size_t len;

    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return nlu_value_boolean(lua_toboolean(L, index));
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            return nlu_value_integer(lua_tointeger(L, index));
        return (struct nlu_value){.type = NLU_VALUE_NUMBER, .number = lua_tonumber(L, index)};
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &len);
        return nlu_value_bytes(text, len);
    }
    case LUA_TTABLE:
        if (depth >= DEEPEST_CHECKED)
            nluL_misuse(L, op, key, "tables are nested too deeply");
        return read_table(L, index, op, tree, depth + 1);
    default:
        nluL_misuse(L, op, key, "expected a table, a string, a number or a boolean, got %s",
                    nluL_describe(L, index));
    }
}

struct nlu_value nluL_checkvalue(lua_State *L, int index, const char *op, struct nlu_tree *tree) {
    return read_value(L, index, op, NULL, tree, 0);
}
