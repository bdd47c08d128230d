// Packets as Lua values, "netlua.packet": what lpacket.c shares with modules in other .so files.
// Stack effects are given as in the Lua manual: [-popped, +pushed, can raise].
#ifndef NETLUA_LPACKET_H
#define NETLUA_LPACKET_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

// What a capture knows about a packet beside its bytes.
struct nluL_packet_info {
    int64_t ts_ns; // since 1970-01-01 UTC; 0 when unknown
    int linktype; // LINKTYPE_ value as in capture files and DLT_ as libpcap says: 1 is Ethernet
    uint32_t wirelen; // length on the wire; less than caplen counts as caplen
    // Stack index of a table { ifname = "eth0", node = "h1", direction = "in" or "out" } that all
    // packets of one interface and direction share (each key may be absent), or 0. It is kept by
    // reference: do not change it afterwards.
    int origin;
    const char *comment; // NUL-terminated, copied; NULL for none
};

// Pushes a packet that owns a copy of its bytes. Nothing is decoded before it is asked for.
// [-0, +1, m]
void nluL_pushpacket(lua_State *L, const struct nluL_packet_info *info, const void *bytes,
                     size_t caplen);

// The same for a C packet at `index`: its bytes and facts, or NULL when it is no packet. Valid
// while the userdata lives; `ret_info->origin` is 0 and `comment` NULL (read those as fields).
// [-0, +0, -]
const void *nluL_topacket(lua_State *L, int index, struct nluL_packet_info *ret_info,
                          size_t *ret_caplen);

// netlua.core and the modules beside it are separate .so files, so that nluL_pushpacket cannot be
// linked into both. Once netlua.core is open, the registry holds under this key a light userdata
// pointing to a `const struct nluL_packet_api`: require "netlua.core" first, then call through it.
#define NLUL_PACKET_API "netlua.pushpacket"

struct nluL_packet_api {
    void (*push)(lua_State *L, const struct nluL_packet_info *info, const void *bytes,
                 size_t caplen);
    const void *(*to)(lua_State *L, int index, struct nluL_packet_info *ret_info,
                      size_t *ret_caplen);
};

#endif
