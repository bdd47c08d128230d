// core.packet_build: bytes from tables of fields.
#include "build.h"

#include "lpacket_int.h"
#include "netlua.h"

#include <errno.h>

// core.packet_build(table): the bytes and the link type; raises for what cannot be built.
static int core_packet_build(lua_State *L) {
    struct nlu_tree tree = {.arena = nluL_scratch(L)};
    size_t size = 0;
    int linktype = 0;
    struct nlu_err err;

    if (!lua_istable(L, 1))
        nluL_misuse(L, "packet.build", NULL, "expected a table of layers, got %s",
                    nluL_describe(L, 1));
    uint8_t *bytes = nlu_arena_alloc(tree.arena, NLU_BUILD_MAX);
    struct nlu_value table = nluL_checkvalue(L, 1, "packet.build", &tree);
    if (!bytes || tree.failed)
        return luaL_error(L, "not enough memory");
    int code = nlu_build(&table, bytes, &size, &linktype, &err);
    if (code == -ENOMEM)
        return luaL_error(L, "not enough memory");
    if (code < 0)
        nluL_misuse(L, "packet.build", *err.subject ? err.subject : NULL, "%s",
                    *err.hint ? err.hint : "is too long");
    lua_pushlstring(L, (const char *)bytes, size);
    lua_pushinteger(L, linktype);
    return 2;
}

void nluL_openbuild(lua_State *L) {
    /* [core] */
    lua_pushcfunction(L, core_packet_build);
    lua_setfield(L, -2, "packet_build");
}
