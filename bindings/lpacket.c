// Packets and their layers as Lua values. A packet keeps its bytes only; its layers are found again
// at each access, which costs less than keeping them would (some 50 ns against 400 bytes a packet).
#include "lpacket_int.h"

#include "dissect.h"
#include "netlua.h"
#include "packet_table.h"
#include "pktline.h"

#include <math.h>
#include <string.h>

#define PACKET_TYPE "netlua.packet"
#define STREAM_TYPE "netlua.packet.stream"

// User values of a packet.
enum { ORIGIN = 1, COMMENT = 2 };

// --- packets ------------------------------------------------------------------------------------

// [-0, +1, m]
struct nluL_packet *nluL_newpacket(lua_State *L, const struct nluL_packet_info *info,
                                   const void *bytes, size_t caplen) {
    struct nluL_packet *p = lua_newuserdatauv(L, sizeof *p + caplen, 2);

    p->ts_ns = info->ts_ns;
    p->caplen = (uint32_t)caplen;
    p->wirelen = info->wirelen < caplen ? (uint32_t)caplen : info->wirelen;
    p->linktype = info->linktype;
    p->quoted = false;
    if (caplen)
        memcpy(p->bytes, bytes, caplen);
    luaL_setmetatable(L, PACKET_TYPE);
    return p;
}

void nluL_pushpacket(lua_State *L, const struct nluL_packet_info *info, const void *bytes,
                     size_t caplen) {
    int origin = info->origin ? lua_absindex(L, info->origin) : 0;

    nluL_newpacket(L, info, bytes, caplen);
    if (origin) {
        lua_pushvalue(L, origin);
        lua_setiuservalue(L, -2, ORIGIN);
    }
    if (info->comment) {
        lua_pushstring(L, info->comment);
        lua_setiuservalue(L, -2, COMMENT);
    }
}

const void *nluL_topacket(lua_State *L, int index, struct nluL_packet_info *ret_info,
                          size_t *ret_caplen) {
    const struct nluL_packet *p = luaL_testudata(L, index, PACKET_TYPE);

    if (!p)
        return NULL;
    *ret_info = (struct nluL_packet_info){
        .ts_ns = p->ts_ns, .linktype = p->linktype, .wirelen = p->wirelen};
    *ret_caplen = p->caplen;
    return p->bytes;
}

static const struct nluL_packet *check_packet(lua_State *L, int arg, const char *op) {
    const struct nluL_packet *p = luaL_testudata(L, arg, PACKET_TYPE);

    if (!p)
        nluL_misuse(L, op, "packet", "expected a packet, got %s", nluL_describe(L, arg));
    return p;
}

static void dissect(const struct nluL_packet *p, struct nlu_packet *ret) {
    if (p->quoted)
        nlu_dissect_quoted(p->bytes, p->caplen, ret);
    else
        nlu_dissect(p->linktype, p->bytes, p->caplen, p->wirelen, ret);
}

// --- methods of a packet ------------------------------------------------------------------------

// Pushes "ip", or "ip2" for an inner one. [-0, +1, m]
static void push_layer_name(lua_State *L, const struct nlu_layer *layer) {
    const char *name = nlu_layer_name(layer->kind);

    if (layer->nth > 1)
        lua_pushfstring(L, "%s%d", name, layer->nth);
    else
        lua_pushstring(L, name);
}

static int packet_layers(lua_State *L) {
    const struct nluL_packet *p = check_packet(L, 1, "packet.layers");
    struct nlu_packet packet;

    dissect(p, &packet);
    lua_createtable(L, (int)packet.count, 0);
    for (uint32_t i = 0; i < packet.count; i++) {
        push_layer_name(L, &packet.layers[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int packet_layer(lua_State *L) {
    const struct nluL_packet *p = check_packet(L, 1, "packet.layer");
    const char *name = nluL_arg_string(L, 2, "packet.layer", "name");
    struct nlu_packet packet;

    if (!nlu_layer_known(name))
        nluL_misuse(L, "packet.layer", "name", "there is no layer called %s", nluL_describe(L, 2));
    dissect(p, &packet);
    const struct nlu_layer *layer = nlu_layer_find(&packet, name);
    if (layer)
        nluL_pushlayer(L, 1, p, layer);
    else
        lua_pushnil(L);
    return 1;
}

static int packet_table(lua_State *L) {
    const struct nluL_packet *p = check_packet(L, 1, "packet.table");
    struct nlu_packet packet;
    struct nlu_tree tree = {.arena = nluL_scratch(L)};

    dissect(p, &packet);
    struct nlu_value table = nlu_packet_table(&packet, &tree);
    if (tree.failed)
        return luaL_error(L, "not enough memory");
    nluL_pushvalue(L, &table);
    if (p->ts_ns) {
        nluL_setnumber(L, "ts", (lua_Number)p->ts_ns / 1e9);
        nluL_setinteger(L, "ts_ns", p->ts_ns);
    }
    nluL_setinteger(L, "caplen", p->caplen);
    return 1;
}

// One list of { layer =, problem = } for what is wrong with the packet; empty when nothing is.
static int packet_problems(lua_State *L) {
    const struct nluL_packet *p = check_packet(L, 1, "packet.problems");
    struct nlu_packet packet;
    lua_Integer count = 0;

    dissect(p, &packet);
    lua_newtable(L);
    for (uint32_t i = 0; i < packet.count; i++) {
        const char *text = nlu_layer_problem(&packet, &packet.layers[i]);
        if (!text)
            continue;
        lua_createtable(L, 0, 2);
        push_layer_name(L, &packet.layers[i]);
        lua_setfield(L, -2, "layer");
        nluL_setstring(L, "problem", text);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

static int packet_truncated(lua_State *L) {
    const struct nluL_packet *p = check_packet(L, 1, "packet.truncated");

    lua_pushboolean(L, p->caplen < p->wirelen);
    return 1;
}

// One list of what was found wrong among the checksums, and how many were looked at.
static int packet_verify(lua_State *L) {
    static const char *const words[] = {
        [NLU_SUM_WRONG] = "wrong", [NLU_SUM_PARTIAL] = "partial", [NLU_SUM_OFF] = "off"};
    const struct nluL_packet *p = check_packet(L, 1, "packet.verify");
    struct nlu_packet packet;
    lua_Integer wrong = 0, count = 0;
    bool sound = true;

    dissect(p, &packet);
    lua_newtable(L);
    for (uint32_t i = 0; i < packet.count; i++) {
        uint16_t has = 0, want = 0;
        enum nlu_sum sum = nlu_layer_verify(&packet, &packet.layers[i], &has, &want);
        count += sum == NLU_SUM_RIGHT || sum == NLU_SUM_WRONG || sum == NLU_SUM_PARTIAL;
        if (sum == NLU_SUM_NONE || sum == NLU_SUM_RIGHT)
            continue;
        sound = sound && sum != NLU_SUM_WRONG;
        lua_createtable(L, 0, 4);
        push_layer_name(L, &packet.layers[i]);
        lua_setfield(L, -2, "layer");
        nluL_setstring(L, "verdict", words[sum]);
        if (sum != NLU_SUM_OFF) {
            nluL_setinteger(L, "checksum", has);
            nluL_setinteger(L, "expected", want);
        }
        lua_rawseti(L, -2, ++wrong);
    }
    nluL_setinteger(L, "checked", count);
    lua_pushboolean(L, sound);
    lua_insert(L, -2);
    return 2;
}

// Pushes the line of the packet at stack index 1 with these options. [-0, +n, m]
static int push_line(lua_State *L, const struct nluL_packet *p,
                     const struct nlu_line_options *options) {
    char buf[1024];
    struct nlu_packet packet;
    // Writing in a stream changes the stream and must happen once: how long the line may get is
    // found without it. Numbers from a conversation's start can have more digits.
    struct nlu_line_options alone = *options;
    const size_t digits = 256;

    // Cooked captures of version 2 know the interface by a number only; the packet may know it.
    if (p->linktype == NLU_LINK_SLL2 && lua_getiuservalue(L, 1, ORIGIN) == LUA_TTABLE) {
        lua_getfield(L, -1, "ifname");
        alone.ifname = lua_tostring(L, -1);
    }
    dissect(p, &packet);
    alone.conversations = NULL;
    size_t len = nlu_packet_line(&packet, p->ts_ns, &alone, buf, sizeof buf);
    if (len < sizeof buf && !options->conversations) {
        lua_pushlstring(L, buf, len);
        return 1;
    }
    size_t cap = len + digits;
    char *large = lua_newuserdatauv(L, cap, 0);
    alone.conversations = options->conversations;
    len = nlu_packet_line(&packet, p->ts_ns, &alone, large, cap);
    lua_pushlstring(L, large, len < cap ? len : cap - 1);
    return 1;
}

static int packet_line(lua_State *L) {
    static const char *const known[] = {"e", "v", "t", "stream", NULL};
    const struct nluL_packet *p = check_packet(L, 1, "packet.line");
    struct nluL_opts opts = nluL_opts(L, 2, "packet.line");
    struct nlu_line_options options = {.time = true};

    nluL_opts_only(L, &opts, known);
    nluL_opt_boolean(L, &opts, "e", &options.link);
    nluL_opt_boolean(L, &opts, "v", &options.verbose);
    nluL_opt_boolean(L, &opts, "t", &options.time);
    if (opts.index && lua_getfield(L, opts.index, "stream") != LUA_TNIL) {
        options.conversations = luaL_testudata(L, -1, STREAM_TYPE);
        if (!options.conversations)
            nluL_misuse(L, "packet.line", "stream",
                        "expected what core.packet_stream makes, got %s", nluL_describe(L, -1));
    }
    return push_line(L, p, &options);
}

static int packet_tostring(lua_State *L) {
    const struct nlu_line_options options = {.time = true};

    return push_line(L, check_packet(L, 1, "packet.tostring"), &options);
}

// --- fields of a packet -------------------------------------------------------------------------

static int packet_fact(lua_State *L, const struct nluL_packet *p, const char *key) {
    struct nlu_packet packet;
    size_t size = 0;

    if (strcmp(key, "ts") == 0 && p->ts_ns)
        lua_pushnumber(L, (lua_Number)p->ts_ns / 1e9);
    else if (strcmp(key, "ts_ns") == 0 && p->ts_ns)
        lua_pushinteger(L, p->ts_ns);
    else if (strcmp(key, "len") == 0)
        lua_pushinteger(L, p->wirelen);
    else if (strcmp(key, "caplen") == 0)
        lua_pushinteger(L, p->caplen);
    else if (strcmp(key, "data") == 0)
        lua_pushlstring(L, (const char *)p->bytes, p->caplen);
    else if (strcmp(key, "linktype") == 0)
        lua_pushinteger(L, p->linktype);
    else if (strcmp(key, "comment") == 0)
        lua_getiuservalue(L, 1, COMMENT);
    else if (strcmp(key, "ifname") == 0 || strcmp(key, "node") == 0 ||
             strcmp(key, "direction") == 0) {
        if (lua_getiuservalue(L, 1, ORIGIN) == LUA_TTABLE)
            lua_getfield(L, -1, key);
    } else if (strcmp(key, "payload") == 0 || strcmp(key, "trailer") == 0) {
        dissect(p, &packet);
        const uint8_t *bytes =
            *key == 'p' ? nlu_packet_payload(&packet, &size) : nlu_packet_trailer(&packet, &size);
        lua_pushlstring(L, (const char *)bytes, size);
    } else
        lua_pushnil(L);
    return 1;
}

// Layers first: that is what is asked for most.
static int packet_index(lua_State *L) {
    const struct nluL_packet *p = check_packet(L, 1, "packet");
    struct nlu_packet packet;

    if (lua_type(L, 2) != LUA_TSTRING) {
        lua_pushnil(L);
        return 1;
    }
    lua_settop(L, 2);
    const char *key = lua_tostring(L, 2);
    lua_pushvalue(L, 2);
    /* [packet, key, key] */
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        if (!lua_toboolean(L, -1))
            return packet_fact(L, p, key);
        return 1;
    }
    dissect(p, &packet);
    const struct nlu_layer *layer = nlu_layer_find(&packet, key);
    if (layer)
        nluL_pushlayer(L, 1, p, layer);
    return 1;
}

// Only the comment may be changed: the bytes are what was seen.
static int packet_newindex(lua_State *L) {
    check_packet(L, 1, "packet");
    const char *key = lua_tostring(L, 2);

    if (!key || strcmp(key, "comment") != 0)
        nluL_misuse(L, "packet", "key", "only a packet's comment can be set, not %s",
                    nluL_describe(L, 2));
    if (!lua_isnil(L, 3))
        nluL_arg_string(L, 3, "packet", "comment");
    lua_settop(L, 3);
    lua_setiuservalue(L, 1, COMMENT);
    return 0;
}

// Two packets are equal when their bytes are.
static int packet_eq(lua_State *L) {
    const struct nluL_packet *a = luaL_testudata(L, 1, PACKET_TYPE);
    const struct nluL_packet *b = luaL_testudata(L, 2, PACKET_TYPE);

    lua_pushboolean(L, a && b && a->linktype == b->linktype && a->caplen == b->caplen &&
                           memcmp(a->bytes, b->bytes, a->caplen) == 0);
    return 1;
}

// --- core.packet --------------------------------------------------------------------------------

// core.packet(data, linktype, { ts =, ts_ns =, len =, ifname =, node =, comment = })
static int core_packet(lua_State *L) {
    static const char *const known[] = {"ts", "ts_ns", "len", "ifname", "node", "comment", NULL};
    struct nluL_opts opts = nluL_opts(L, 3, "packet");
    struct nluL_packet_info info = {0};
    lua_Integer linktype = NLU_LINK_ETHERNET, wirelen = 0, ts_ns = 0;
    const char *ifname = NULL, *node = NULL;
    lua_Number ts = 0;
    size_t len;

    if (lua_type(L, 1) != LUA_TSTRING)
        nluL_misuse(L, "packet", "data", "expected a string, got %s", nluL_describe(L, 1));
    const char *data = lua_tolstring(L, 1, &len);
    if (!lua_isnoneornil(L, 2)) {
        int is_integer;
        linktype = lua_tointegerx(L, 2, &is_integer);
        if (!is_integer || linktype < 0 || linktype > 65535)
            nluL_misuse(L, "packet", "linktype", "expected an integer from 0 to 65535, got %s",
                        nluL_describe(L, 2));
    }
    if (len > INT32_MAX)
        nluL_misuse(L, "packet", "data", "longer than 2 GiB");
    nluL_opts_only(L, &opts, known);
    nluL_opt_integer(L, &opts, "len", (lua_Integer)len, INT32_MAX, &wirelen);
    if (nluL_opt_number(L, &opts, "ts", 0, 9e9, &ts))
        ts_ns = (lua_Integer)llround(ts * 1e9);
    nluL_opt_integer(L, &opts, "ts_ns", 0, LUA_MAXINTEGER, &ts_ns);
    nluL_opt_string(L, &opts, "comment", &info.comment);
    bool has_ifname = nluL_opt_string(L, &opts, "ifname", &ifname);
    bool has_node = nluL_opt_string(L, &opts, "node", &node);

    if (has_ifname || has_node) {
        lua_createtable(L, 0, 2);
        if (has_ifname)
            nluL_setstring(L, "ifname", ifname);
        if (has_node)
            nluL_setstring(L, "node", node);
        info.origin = lua_gettop(L);
    }
    info.linktype = (int)linktype;
    info.wirelen = (uint32_t)wirelen;
    info.ts_ns = ts_ns;
    nluL_pushpacket(L, &info, data, len);
    return 1;
}

// core.packet_stream(): the TCP conversations of packets whose lines are written one after another.
static int core_packet_stream(lua_State *L) {
    struct nlu_conversations *c = lua_newuserdatauv(L, sizeof *c, 0);

    *c = (struct nlu_conversations){0};
    luaL_setmetatable(L, STREAM_TYPE);
    return 1;
}

static int stream_free(lua_State *L) {
    nlu_conversations_free(lua_touserdata(L, 1));
    return 0;
}

// --- opening ------------------------------------------------------------------------------------

static const luaL_Reg packet_methods[] = {
    {"layers", packet_layers},       {"layer", packet_layer},
    {"table", packet_table},         {"problems", packet_problems},
    {"verify", packet_verify},       {"line", packet_line},
    {"truncated", packet_truncated}, {NULL, NULL},
};

static const luaL_Reg packet_meta[] = {
    {"__eq", packet_eq},
    {"__newindex", packet_newindex},
    {"__tostring", packet_tostring},
    {NULL, NULL},
};

// What packet_index looks up before it looks for layers: methods as functions, facts as false.
static void push_packet_keys(lua_State *L) {
    static const char *const facts[] = {"ts",   "ts_ns",    "len",     "caplen",
                                        "data", "linktype", "comment", "ifname",
                                        "node", "payload",  "trailer", "direction"};

    luaL_newlib(L, packet_methods);
    for (size_t i = 0; i < NLU_COUNT(facts); i++) {
        lua_pushboolean(L, false);
        lua_setfield(L, -2, facts[i]);
    }
}

void nluL_openpacket(lua_State *L) {
    static const struct nluL_packet_api api = {.push = nluL_pushpacket, .to = nluL_topacket};

    push_packet_keys(L);
    nluL_newviewtype(L, PACKET_TYPE, packet_meta, packet_index);
    luaL_newmetatable(L, STREAM_TYPE);
    lua_pushcfunction(L, stream_free);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    nluL_openlayer(L);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&api);
    lua_setfield(L, LUA_REGISTRYINDEX, NLUL_PACKET_API);
    /* [core] */
    lua_pushcfunction(L, core_packet);
    lua_setfield(L, -2, "packet");
    lua_pushcfunction(L, core_packet_stream);
    lua_setfield(L, -2, "packet_stream");
    nluL_openbuild(L);
}
