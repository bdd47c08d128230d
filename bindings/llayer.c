// The layers of a packet as Lua values: views, whose fields are read when they are asked for.
#include "lpacket_int.h"
#include "netlua.h"

#include <string.h>

#define LAYER_TYPE "netlua.layer"

// A layer as Lua sees it: a place in a packet, which its only user value keeps alive.
struct layer {
    const struct nluL_packet *packet;
    struct nlu_layer layer;
};

// [packet at index] -> pushes a view of one of its layers. [-0, +1, m]
void nluL_pushlayer(lua_State *L, int packet, const struct nluL_packet *p,
                    const struct nlu_layer *layer) {
    packet = lua_absindex(L, packet);
    struct layer *view = lua_newuserdatauv(L, sizeof *view, 1);
    view->packet = p;
    view->layer = *layer;
    lua_pushvalue(L, packet);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, LAYER_TYPE);
}

// Fields look at the bytes of their own layer only: no need to walk the packet again.
static void view_packet(const struct layer *view, struct nlu_packet *ret) {
    ret->bytes = view->packet->bytes;
    ret->caplen = view->packet->caplen;
    ret->wirelen = view->packet->wirelen;
    ret->linktype = view->packet->linktype;
    ret->quoted = view->packet->quoted;
    ret->count = 0;
}

// The packet that an ICMP error quotes, as a packet of its own, or nil.
static int push_inner(lua_State *L, const struct layer *view) {
    struct nlu_packet packet, inner;

    view_packet(view, &packet);
    if (!nlu_dissect_inner(&packet, &view->layer, &inner)) {
        lua_pushnil(L);
        return 1;
    }
    struct nluL_packet_info info = {
        .ts_ns = view->packet->ts_ns, .linktype = NLU_LINK_RAW, .wirelen = inner.wirelen};
    struct nluL_packet *p = nluL_newpacket(L, &info, inner.bytes, inner.caplen);
    p->quoted = true;
    return 1;
}

static int layer_index(lua_State *L) {
    const struct layer *view = luaL_checkudata(L, 1, LAYER_TYPE);
    struct nlu_packet packet;
    struct nlu_value value;

    lua_settop(L, 2);
    lua_rawgeti(L, lua_upvalueindex(1), view->layer.kind);
    lua_pushvalue(L, 2);
    /* [view, key, fields, key] */
    if (lua_rawget(L, 3) == LUA_TNIL) {
        const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
        if (strcmp(key, "inner") == 0)
            return push_inner(L, view);
        if (strcmp(key, "bytes") == 0)
            lua_pushlstring(L, (const char *)view->packet->bytes + view->layer.offset,
                            view->layer.header);
        return 1;
    }
    const struct nlu_field *field = lua_touserdata(L, -1);
    view_packet(view, &packet);
    if (!(field->flags & NLU_FIELD_TREE)) {
        value = nlu_field_get(&packet, &view->layer, field, NULL);
    } else {
        struct nlu_tree tree = {.arena = nluL_scratch(L)};
        value = nlu_field_get(&packet, &view->layer, field, &tree);
        if (tree.failed)
            return luaL_error(L, "not enough memory");
    }
    nluL_pushvalue(L, &value);
    return 1;
}

static int next_pair(lua_State *L) {
    lua_settop(L, 2);
    if (lua_next(L, 1))
        return 2;
    lua_pushnil(L);
    return 1;
}

// pairs(p.ip): the fields that are there, with their names in a table of their own.
static int layer_pairs(lua_State *L) {
    const struct layer *view = luaL_checkudata(L, 1, LAYER_TYPE);
    struct nlu_packet packet;
    struct nlu_tree tree = {.arena = nluL_scratch(L)};

    view_packet(view, &packet);
    struct nlu_value table = nlu_layer_table(&packet, &view->layer, &tree);
    if (tree.failed)
        return luaL_error(L, "not enough memory");
    lua_pushcfunction(L, next_pair);
    nluL_pushvalue(L, &table);
    lua_pushnil(L);
    return 3;
}

static int layer_eq(lua_State *L) {
    const struct layer *a = luaL_testudata(L, 1, LAYER_TYPE);
    const struct layer *b = luaL_testudata(L, 2, LAYER_TYPE);

    lua_pushboolean(L, a && b && a->packet == b->packet && a->layer.kind == b->layer.kind &&
                           a->layer.offset == b->layer.offset);
    return 1;
}

// ip { version = 4, src = "192.0.2.1", … }, cut where it gets long.
static int layer_tostring(lua_State *L) {
    const struct layer *view = luaL_checkudata(L, 1, LAYER_TYPE);
    struct nlu_packet packet;
    struct nlu_tree tree = {.arena = nluL_scratch(L)};
    char text[1024];

    view_packet(view, &packet);
    struct nlu_value table = nlu_layer_table(&packet, &view->layer, &tree);
    if (tree.failed)
        return luaL_error(L, "not enough memory");
    size_t len = nlu_value_print(&table, text, sizeof text);
    lua_pushfstring(L, "%s %s%s", nlu_layer_name(view->layer.kind), text,
                    len < sizeof text ? "" : "…");
    return 1;
}

static const luaL_Reg layer_meta[] = {
    {"__eq", layer_eq}, {"__pairs", layer_pairs}, {"__tostring", layer_tostring}, {NULL, NULL}};

// A table of tables: kind of layer -> field name -> the field, as a light userdata.
static void push_layer_keys(lua_State *L) {
    lua_createtable(L, NLU_LAYER_KINDS, 0);
    for (int kind = 0; kind < NLU_LAYER_KINDS; kind++) {
        lua_newtable(L);
        for (const struct nlu_field *f = nlu_layer_fields((enum nlu_layer_kind)kind); f->name;
             f++) {
            lua_pushlightuserdata(L, (void *)(uintptr_t)f);
            lua_setfield(L, -2, f->name);
        }
        lua_rawseti(L, -2, kind);
    }
}

void nluL_newviewtype(lua_State *L, const char *type, const luaL_Reg *meta, lua_CFunction index) {
    /* [keys] -> [] */
    luaL_newmetatable(L, type);
    luaL_setfuncs(L, meta, 0);
    lua_insert(L, -2);
    lua_pushcclosure(L, index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void nluL_openlayer(lua_State *L) {
    push_layer_keys(L);
    nluL_newviewtype(L, LAYER_TYPE, layer_meta, layer_index);
}
