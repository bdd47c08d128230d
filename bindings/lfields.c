// core.packet_fields: what can be asked of packets, so that a misspelt name is found.
#include "dissect.h"
#include "netlua.h"

// Adds the names of a kind's fields to the table under `name`, which is made when it is not there.
// The table of all layers is at the top. [-0, +0, m]
static void add_fields(lua_State *L, const char *name, enum nlu_layer_kind kind) {
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        nluL_setboolean(L, "bytes", true);
        nluL_setboolean(L, "inner", true);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    for (const struct nlu_field *field = nlu_layer_fields(kind); field->name; field++)
        nluL_setboolean(L, field->name, true);
    lua_pop(L, 1);
}

// packet_fields(): { ip = { src = true, ttl = true, … }, … }; "ip" has the fields of both versions.
static int packet_fields(lua_State *L) {
    lua_newtable(L);
    for (int kind = NLU_LAYER_NONE + 1; kind < NLU_LAYER_KINDS; kind++) {
        add_fields(L, nlu_layer_name((enum nlu_layer_kind)kind), (enum nlu_layer_kind)kind);
        if (kind == NLU_LAYER_IP4)
            add_fields(L, "ip4", NLU_LAYER_IP4);
        if (kind == NLU_LAYER_IP6)
            add_fields(L, "ip6", NLU_LAYER_IP6);
    }
    return 1;
}

void nluL_openfields(lua_State *L) {
    static const luaL_Reg functions[] = {{"packet_fields", packet_fields}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
