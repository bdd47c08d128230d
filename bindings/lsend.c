// ns:send_frames and ns:send_address.
#include "build.h"
#include "lpacket.h"
#include "netlua.h"
#include "send.h"

#include "arena.h"

#include <string.h>

// Takes the frame at the top: a string of bytes, or a packet of C, whose unfinished checksums are
// finished. [-1, +0, v]
static struct nlu_frame read_frame(lua_State *L, struct nlu_arena *arena, bool finish) {
    struct nluL_packet_info info = {.linktype = 1};
    size_t size = 0;
    const void *bytes = nluL_topacket(L, -1, &info, &size);

    if (!bytes && lua_type(L, -1) == LUA_TSTRING)
        bytes = lua_tolstring(L, -1, &size);
    else if (!bytes)
        nluL_misuse(L, "send", "packet", "expected a packet or a string of bytes, got %s",
                    nluL_describe(L, -1));
    // A copy: the string may leave the stack, and its bytes are not ours to change.
    uint8_t *copy = nlu_arena_alloc(arena, size ? size : 1);
    if (!copy)
        luaL_error(L, "not enough memory");
    else if (size)
        memcpy(copy, bytes, size);
    if (finish)
        nlu_build_finish_sums(info.linktype, copy, size);
    lua_pop(L, 1);
    return (struct nlu_frame){.bytes = copy, .size = size};
}

// send_frames(ifname, list, { finish = true }): how many were sent, which is all of them.
static int send_frames(lua_State *L) {
    static const char *const known[] = {"finish", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "send");
    const char *ifname = nluL_arg_ifname(L, 2, "send", "ifname");
    struct nluL_opts opts = nluL_opts(L, 4, "send");
    bool finish = true;
    struct nlu_err err;

    nluL_opts_only(L, &opts, known);
    nluL_opt_boolean(L, &opts, "finish", &finish);
    if (!lua_istable(L, 3))
        nluL_misuse(L, "send", "packets", "expected a list of packets, got %s",
                    nluL_describe(L, 3));
    lua_settop(L, 4);
    struct nlu_arena *arena = nluL_scratch(L);
    size_t count = lua_rawlen(L, 3);
    struct nlu_frame *frames = nlu_arena_alloc(arena, (count ? count : 1) * sizeof *frames);
    if (!frames)
        return luaL_error(L, "not enough memory");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 3, (lua_Integer)i + 1);
        frames[i] = read_frame(L, arena, finish);
    }
    int sent = nlu_send_frames(ns->fd, ifname, frames, count, &err);
    if (sent < 0 || (size_t)sent < count)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushinteger(L, sent);
    return 1;
}

// send_address(ifname): the hardware address as text, and the kind of hardware.
static int send_address(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "send");
    const char *ifname = nluL_arg_ifname(L, 2, "send", "ifname");
    uint8_t mac[NLU_MAC_LEN];
    char text[NLU_MAC_TEXT];
    int arphrd = 0;
    struct nlu_err err;

    if (nlu_send_address(ns->fd, ifname, mac, &arphrd, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushstring(L, nlu_mac_format(mac, text));
    lua_pushinteger(L, arphrd);
    return 2;
}

const luaL_Reg nluL_send_methods[] = {
    {"send_frames", send_frames}, {"send_address", send_address}, {NULL, NULL}};
