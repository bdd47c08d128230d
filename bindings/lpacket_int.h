// What the files for packets as Lua values share. Nobody else includes this.
#ifndef NETLUA_LPACKET_INT_H
#define NETLUA_LPACKET_INT_H

#include "dissect.h"
#include "lpacket.h"

#include <lauxlib.h>

struct nluL_packet {
    int64_t ts_ns;
    uint32_t caplen, wirelen;
    int linktype;
    bool quoted; // what an ICMP error quotes
    uint8_t bytes[];
};

// A new packet with a copy of the bytes, without origin and comment. [-0, +1, m]
struct nluL_packet *nluL_newpacket(lua_State *L, const struct nluL_packet_info *info,
                                   const void *bytes, size_t caplen);

// [packet at index] -> pushes a view of one of its layers. [-0, +1, m]
void nluL_pushlayer(lua_State *L, int packet, const struct nluL_packet *p,
                    const struct nlu_layer *layer);

// Makes a metatable whose __index is `index` with the table of keys at the top as its upvalue.
// [-1, +0, m]
void nluL_newviewtype(lua_State *L, const char *type, const luaL_Reg *meta, lua_CFunction index);

void nluL_openlayer(lua_State *L);
// Adds core.packet_build to the table at the top. [-0, +0, m]
void nluL_openbuild(lua_State *L);

#endif
