// core.ip_parse and core.ip_format: addresses as byte strings, for arithmetic in the library.
#include "ipaddr.h"
#include "netlua.h"

#include <string.h>

// ip_parse(text): bytes (4 or 16), prefix length or nil when the text has none; nil for what is no
// address. Parsing is a question here, not a demand: the caller says what is wrong and where.
static int ip_parse(lua_State *L) {
    struct nlu_prefix prefix;
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    if (strlen(text) != len || nlu_prefix_parse(text, &prefix) < 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, (const char *)prefix.ip.bytes, nlu_ip_size(&prefix.ip));
    if (!strchr(text, '/'))
        return 1;
    lua_pushinteger(L, prefix.len);
    return 2;
}

// ip_format(bytes): text after RFC 5952; raises for any other size than 4 or 16.
static int ip_format(lua_State *L) {
    char text[NLU_IP_TEXT];
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    struct nlu_ip ip = nlu_ip_from(bytes, size);

    luaL_argcheck(L, ip.family, 1, "expected 4 or 16 bytes");
    lua_pushstring(L, nlu_ip_format(&ip, text));
    return 1;
}

void nluL_openipaddr(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"ip_parse", ip_parse}, {"ip_format", ip_format}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
