// Capture files as lists of packets: core.capture_load, core.capture_parse, core.capture_save; and
// core.packet_passes, which filters such a list.
#include "arena.h"
#include "bpf.h"
#include "capfile.h"
#include "lpacket.h"
#include "netlua.h"

#include <errno.h>
#include <string.h>

#define WRITER "netlua"

static const struct nluL_word formats[] = {
    {"pcap", NLU_CAPFILE_PCAP},
    {"pcapng", NLU_CAPFILE_PCAPNG},
    {NULL, 0},
};

static const char *const directions[] = {
    [NLU_CAPFILE_UNKNOWN] = NULL,
    [NLU_CAPFILE_IN] = "in",
    [NLU_CAPFILE_OUT] = "out",
};

// --- Reading ---

static void set_text(lua_State *L, const char *key, const char *text) {
    if (text)
        nluL_setstring(L, key, text);
}

// Pushes { { linktype =, name =, node =, … }, … }. [-0, +1, m]
static void push_ifaces(lua_State *L, const struct nlu_capfile *file) {
    lua_createtable(L, (int)file->iface_count, 0);
    for (size_t i = 0; i < file->iface_count; i++) {
        const struct nlu_capfile_iface *iface = &file->ifaces[i];
        lua_createtable(L, 0, 5);
        nluL_setinteger(L, "linktype", iface->linktype);
        nluL_setinteger(L, "snaplen", iface->snaplen);
        set_text(L, "ifname", iface->name);
        set_text(L, "node", iface->node);
        set_text(L, "description", iface->description);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

// Pushes the origin that all packets of an interface and direction share. [-0, +1, m]
static void push_origin(lua_State *L, int origins, const struct nlu_capfile *file,
                        const struct nlu_capfile_packet *p) {
    const struct nlu_capfile_iface *iface = &file->ifaces[p->iface];
    lua_Integer key = (lua_Integer)p->iface * 3 + (lua_Integer)p->direction;

    if (lua_rawgeti(L, origins, key) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 3);
    set_text(L, "ifname", iface->name);
    set_text(L, "node", iface->node);
    set_text(L, "direction", directions[p->direction]);
    lua_pushvalue(L, -1);
    lua_rawseti(L, origins, key);
}

// list, { format =, interfaces = }, and the error that ended the reading, if any.
static int push_file(lua_State *L, const struct nlu_capfile *file, const struct nlu_err *err) {
    lua_createtable(L, file->packet_count < INT32_MAX ? (int)file->packet_count : INT32_MAX, 0);
    int list = lua_gettop(L);
    lua_newtable(L);
    int origins = lua_gettop(L);
    for (size_t i = 0; i < file->packet_count; i++) {
        const struct nlu_capfile_packet *p = &file->packets[i];
        push_origin(L, origins, file, p);
        struct nluL_packet_info info = {.ts_ns = p->ts_ns,
                                        .linktype = file->ifaces[p->iface].linktype,
                                        .wirelen = p->wirelen,
                                        .origin = origins + 1,
                                        .comment = p->comment};
        nluL_pushpacket(L, &info, p->bytes, p->caplen);
        lua_rawseti(L, list, (lua_Integer)i + 1);
        lua_settop(L, origins);
    }
    lua_settop(L, list);
    lua_createtable(L, 0, 2);
    nluL_setstring(L, "format", nluL_word_of(formats, file->format));
    push_ifaces(L, file);
    lua_setfield(L, -2, "interfaces");
    if (!err->errnum)
        return 2;
    nluL_pusherror(L, err);
    return 3;
}

// capture_load(path, partial): the packets of a file, and what is known about it; nil, err for what
// is damaged. With partial, what comes before the damage, and the error behind it.
static int capture_load(lua_State *L) {
    const char *path = nluL_arg_string(L, 1, "capture.open", "path");
    bool partial = lua_toboolean(L, 2);
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_capfile file;
    struct nlu_err err;
    uint8_t *bytes;
    size_t size;

    if (nlu_capfile_load(path, arena, &bytes, &size, &err) < 0)
        return nluL_fail(L, &err);
    if (nlu_capfile_parse(bytes, size, partial, arena, &file, &err) < 0 || err.errnum) {
        char problem[NLU_ERR_SUBJECT];
        memcpy(problem, err.subject, sizeof problem);
        nlu_err_about(&err, "capture.open", "%s%s%s", path, *problem ? ": " : "", problem);
        if (!partial)
            return nluL_fail(L, &err);
    }
    return push_file(L, &file, &err);
}

// capture_parse(bytes, partial): the same for a file's content.
static int capture_parse(lua_State *L) {
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    bool partial = lua_toboolean(L, 2);
    struct nlu_arena *arena = nluL_scratch(L);
    struct nlu_capfile file;
    struct nlu_err err;

    if (nlu_capfile_parse((const uint8_t *)bytes, size, partial, arena, &file, &err) < 0)
        return nluL_fail(L, &err);
    return push_file(L, &file, &err);
}

// --- Writing ---

static void *keep(lua_State *L, void *p) {
    if (!p)
        luaL_error(L, "not enough memory");
    return p;
}

// A text field of the packet at index, copied; NULL when there is none. [-0, +0, m]
static const char *field_text(lua_State *L, int index, const char *key, struct nlu_arena *arena) {
    const char *copy = NULL;
    size_t len;

    if (lua_getfield(L, index, key) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, -1, &len);
        copy = keep(L, nlu_arena_text(arena, text, len));
    }
    lua_pop(L, 1);
    return copy;
}

// The number of the packet's interface in the file, which is made when it is new. The packet is at
// `packet`; `numbers` is a table of those that are known.
static uint32_t iface_of(lua_State *L, int packet, int numbers, int linktype,
                         struct nlu_arena *arena, struct nlu_capfile *file, size_t *cap) {
    lua_pushinteger(L, linktype);
    lua_pushliteral(L, "\n");
    lua_getfield(L, packet, "node");
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pop(L, 1);
        lua_pushliteral(L, "");
    }
    lua_pushliteral(L, "\n");
    lua_getfield(L, packet, "ifname");
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pop(L, 1);
        lua_pushliteral(L, "");
    }
    lua_concat(L, 5);
    lua_pushvalue(L, -1);
    /* [key, key] */
    if (lua_rawget(L, numbers) == LUA_TNIL) {
        struct nlu_capfile_iface iface = {
            .linktype = (uint16_t)linktype,
            .name = field_text(L, packet, "ifname", arena),
            .node = field_text(L, packet, "node", arena),
        };
        if (nlu_arena_grow(arena, (void **)&file->ifaces, sizeof iface, file->iface_count, cap) < 0)
            luaL_error(L, "not enough memory");
        file->ifaces[file->iface_count] = iface;
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushinteger(L, (lua_Integer)file->iface_count++);
        lua_rawset(L, numbers);
        lua_pushinteger(L, (lua_Integer)file->iface_count - 1);
    }
    uint32_t number = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return number;
}

static enum nlu_capfile_direction direction_of(lua_State *L, int packet) {
    enum nlu_capfile_direction found = NLU_CAPFILE_UNKNOWN;

    if (lua_getfield(L, packet, "direction") == LUA_TSTRING)
        found = *lua_tostring(L, -1) == 'o' ? NLU_CAPFILE_OUT : NLU_CAPFILE_IN;
    lua_pop(L, 1);
    return found;
}

// capture_save(path, packets, format): writes a list of packets as "pcap" or "pcapng".
static int capture_save(lua_State *L) {
    const char *path = nluL_arg_string(L, 1, "capture.save", "path");
    const char *word = nluL_arg_string(L, 3, "capture.save", "format");
    struct nlu_capfile file = {.format = NLU_CAPFILE_PCAPNG};
    struct nlu_err err;
    size_t cap = 0;

    if (strcmp(word, "pcap") == 0)
        file.format = NLU_CAPFILE_PCAP;
    else if (strcmp(word, "pcapng") != 0)
        nluL_misuse(L, "capture.save", "format", "expected pcap or pcapng, got %s",
                    nluL_describe(L, 3));
    if (!lua_istable(L, 2))
        nluL_misuse(L, "capture.save", "packets", "expected a list of packets, got %s",
                    nluL_describe(L, 2));
    lua_settop(L, 2);
    struct nlu_arena *arena = nluL_scratch(L);
    lua_newtable(L);
    /* [path, packets, arena, numbers] */
    file.packet_count = lua_rawlen(L, 2);
    file.packets = keep(L, nlu_arena_alloc(arena, (file.packet_count + 1) * sizeof *file.packets));
    for (size_t i = 0; i < file.packet_count; i++) {
        struct nlu_capfile_packet *p = &file.packets[i];
        struct nluL_packet_info info;
        size_t caplen;

        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        const void *bytes = nluL_topacket(L, 5, &info, &caplen);
        if (!bytes)
            nluL_misuse(L, "capture.save", "packets", "entry %d is %s, not a packet", (int)i + 1,
                        nluL_describe(L, 5));
        // The list keeps the packet, and the packet its bytes, until this function returns.
        *p = (struct nlu_capfile_packet){
            .ts_ns = info.ts_ns,
            .iface = iface_of(L, 5, 4, info.linktype, arena, &file, &cap),
            .caplen = (uint32_t)caplen,
            .wirelen = info.wirelen,
            .bytes = bytes,
            .comment = field_text(L, 5, "comment", arena),
            .direction = direction_of(L, 5),
        };
        lua_settop(L, 4);
    }
    if (nlu_capfile_save(path, &file, WRITER, &err) < 0)
        return nluL_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// --- Filters ---

// packet_passes(packet, program): does the packet pass a compiled filter?
static int packet_passes(lua_State *L) {
    struct nluL_packet_info info;
    size_t caplen, size;
    const void *bytes = nluL_topacket(L, 1, &info, &caplen);
    const char *text = luaL_checklstring(L, 2, &size);
    struct nlu_bpf_insn *insns;

    luaL_argexpected(L, bytes, 1, "netlua.packet");
    luaL_argcheck(L, size && size % sizeof *insns == 0 && size / sizeof *insns <= NLU_BPF_MAX, 2,
                  "malformed filter program");
    // A string is not aligned for instructions.
    insns = lua_newuserdatauv(L, size, 0);
    memcpy(insns, text, size);
    const struct nlu_bpf program = {insns, size / sizeof *insns};
    luaL_argcheck(L, nlu_bpf_check(&program) == 0, 2, "malformed filter program");
    lua_pushboolean(L, nlu_bpf_run(&program, bytes, caplen, info.wirelen) != 0);
    return 1;
}

void nluL_opencapfile(lua_State *L) {
    static const luaL_Reg functions[] = {{"capture_load", capture_load},
                                         {"capture_parse", capture_parse},
                                         {"capture_save", capture_save},
                                         {"packet_passes", packet_passes},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
