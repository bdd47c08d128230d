// core.paths: routing tables of all nodes of a lab in one call.
#include "arena.h"
#include "netlua.h"
#include "paths.h"

#define OP "lab.paths"

// A list of lists as two arrays: where each begins (and the end), and all of them.
struct flat {
    uint32_t count, total;
    uint32_t *first, *items;
};

static void *scratch(lua_State *L, struct nlu_arena *arena, size_t count, size_t size) {
    void *p = count < SIZE_MAX / size / 2 ? nlu_arena_alloc(arena, (count + 1) * size) : NULL;
    if (!p)
        luaL_error(L, "not enough memory");
    return p;
}

// A number from 1 to `most` at a place in the list on top, from 0 on; 0 is NLU_PATHS_NONE where
// `optional`.
static uint32_t number_at(lua_State *L, lua_Integer place, uint32_t most, bool optional) {
    int is_integer;

    lua_rawgeti(L, -1, place);
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || value < (optional ? 0 : 1) || value > (lua_Integer)most)
        nluL_misuse(L, OP, "number", "expected one up to %d, got %s", (int)most,
                    nluL_describe(L, -1));
    lua_pop(L, 1);
    return value ? (uint32_t)value - 1 : NLU_PATHS_NONE;
}

// The list on top. [-0, +0]
static uint32_t *read_list(lua_State *L, struct nlu_arena *arena, uint32_t count, uint32_t most,
                           bool optional) {
    uint32_t *list = scratch(L, arena, count, sizeof *list);
    for (uint32_t i = 0; i < count; i++)
        list[i] = number_at(L, (lua_Integer)i + 1, most, optional);
    return list;
}

static uint32_t list_length(lua_State *L, int index) {
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Unsigned n = lua_rawlen(L, index);
    if (n > INT32_MAX)
        luaL_error(L, "list too long");
    return (uint32_t)n;
}

static struct flat read_lists(lua_State *L, int index, struct nlu_arena *arena, uint32_t most) {
    struct flat flat = {.count = list_length(L, index)};

    flat.first = scratch(L, arena, (size_t)flat.count + 1, sizeof *flat.first);
    for (uint32_t i = 0; i < flat.count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        flat.first[i] = flat.total;
        flat.total += list_length(L, -1);
        lua_pop(L, 1);
    }
    flat.first[flat.count] = flat.total;
    flat.items = scratch(L, arena, flat.total, sizeof *flat.items);
    for (uint32_t i = 0; i < flat.count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        for (uint32_t k = flat.first[i]; k < flat.first[i + 1]; k++)
            flat.items[k] = number_at(L, (lua_Integer)(k - flat.first[i]) + 1, most, false);
        lua_pop(L, 1);
    }
    return flat;
}

// A family's prefixes, and which of them a segment's subnet is.
struct family {
    struct nlu_paths_prefixes prefixes;
    uint32_t *of; // segment -> entry
    bool *usable; // interface -> it has an address
    uint32_t *hop, *entries;
    uint8_t *covered;
};

// Field `key` of the family on top as a list. [-0, +1]
static uint32_t field(lua_State *L, const char *key) {
    lua_getfield(L, -1, key);
    return list_length(L, -1);
}

static void read_family(lua_State *L, struct nlu_arena *arena, uint32_t segments, uint32_t ifaces,
                        struct family *f) {
    uint32_t count = field(L, "left");
    uint32_t *left = read_list(L, arena, count, count, true), *right;
    lua_pop(L, 1);
    if (field(L, "right") != count)
        nluL_misuse(L, OP, "right", "expected as many as left");
    right = read_list(L, arena, count, count, true);
    lua_pop(L, 1);
    for (uint32_t n = 0; n < count; n++) // a half lies before what it is a half of
        if ((left[n] == NLU_PATHS_NONE) != (right[n] == NLU_PATHS_NONE) ||
            (left[n] != NLU_PATHS_NONE && (left[n] >= n || right[n] >= n)))
            nluL_misuse(L, OP, "left", "entry %d has no halves before it", (int)n + 1);
    f->prefixes = (struct nlu_paths_prefixes){count, left, right};
    if (field(L, "of") != segments)
        nluL_misuse(L, OP, "of", "expected one for each segment");
    f->of = read_list(L, arena, segments, count, true);
    lua_pop(L, 1);
    if (field(L, "usable") != ifaces)
        nluL_misuse(L, OP, "usable", "expected one for each interface");
    f->usable = scratch(L, arena, ifaces, sizeof *f->usable);
    for (uint32_t i = 0; i < ifaces; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        f->usable[i] = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    f->hop = scratch(L, arena, count, sizeof *f->hop);
    f->entries = scratch(L, arena, count, sizeof *f->entries);
    f->covered = scratch(L, arena, count, 1);
}

// Pushes the table of one node in one family: entry, interface, entry, interface, … [-0, +1]
static void push_table(lua_State *L, struct family *f, const uint32_t *via, uint32_t segments,
                       bool merge) {
    for (uint32_t n = 0; n < f->prefixes.count; n++)
        f->hop[n] = NLU_PATHS_NONE;
    for (uint32_t s = 0; s < segments; s++)
        if (f->of[s] != NLU_PATHS_NONE && via[s] != NLU_PATHS_NONE && f->usable[via[s]])
            f->hop[f->of[s]] = via[s];
    uint32_t count = nlu_paths_table(&f->prefixes, merge, f->hop, f->covered, f->entries);
    lua_createtable(L, (int)count * 2, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_pushinteger(L, (lua_Integer)f->entries[i] + 1);
        lua_rawseti(L, -2, (lua_Integer)i * 2 + 1);
        lua_pushinteger(L, (lua_Integer)f->hop[f->entries[i]] + 1);
        lua_rawseti(L, -2, (lua_Integer)i * 2 + 2);
    }
}

// paths(nodes, segments, owners, families, plain): for each node a list with a table for each
// family. nodes: the segments that each is on; segments: the interfaces that forward on each;
// owners: whose each interface is; families: { left =, right =, of =, usable = }; a node that is
// led to more than `plain` segments gets the shortest table.
static int core_paths(lua_State *L) {
    lua_settop(L, 5);
    struct nlu_arena *arena = nluL_scratch(L); /* [nodes, segments, owners, families, plain, a] */
    uint32_t segments = list_length(L, 2), ifaces = list_length(L, 3);
    struct flat nodes = read_lists(L, 1, arena, segments);
    struct flat on = read_lists(L, 2, arena, ifaces);
    lua_pushvalue(L, 3);
    uint32_t *owners = read_list(L, arena, ifaces, nodes.count, false);
    lua_pop(L, 1);
    uint32_t family_count = list_length(L, 4);
    lua_Integer plain = luaL_checkinteger(L, 5);
    struct family *families = scratch(L, arena, family_count, sizeof *families);
    for (uint32_t i = 0; i < family_count; i++) {
        lua_rawgeti(L, 4, (lua_Integer)i + 1);
        luaL_checktype(L, -1, LUA_TTABLE);
        read_family(L, arena, segments, ifaces, &families[i]);
        lua_pop(L, 1);
    }
    const struct nlu_paths graph = {nodes.count, segments, nodes.first, nodes.items,
                                    on.first,    on.items, owners};
    const struct nlu_paths_work work = {scratch(L, arena, segments, sizeof(uint32_t)),
                                        scratch(L, arena, segments, 1),
                                        scratch(L, arena, nodes.count, 1)};
    uint32_t *via = scratch(L, arena, segments, sizeof *via);

    lua_createtable(L, (int)nodes.count, 0);
    for (uint32_t n = 0; n < nodes.count; n++) {
        uint32_t routed = nlu_paths_from(&graph, n, &work, via);
        lua_createtable(L, (int)family_count, 0);
        for (uint32_t i = 0; i < family_count; i++) {
            push_table(L, &families[i], via, segments, (lua_Integer)routed > plain);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_rawseti(L, -2, (lua_Integer)n + 1);
    }
    return 1;
}

void nluL_openpaths(lua_State *L) {
    static const luaL_Reg functions[] = {{"paths", core_paths}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
