// luaopen_netlua_pcap: what needs libpcap, which brings ten libraries along; loaded with the first
// filter.
#include "netlua.h"
#include "pcapfilter.h"

#include <errno.h>
#include <string.h>

// compile(text, linktype, snaplen): the program as a string of instructions, or nil and libpcap's
// words.
static int pcap_compile_filter(lua_State *L) {
    const char *text = nluL_arg_string(L, 1, "capture.filter", "filter");
    lua_Integer linktype = luaL_checkinteger(L, 2), snaplen = luaL_checkinteger(L, 3);
    char words[NLU_PCAPFILTER_WORDS] = "";

    luaL_argcheck(L, linktype >= 0 && linktype <= UINT16_MAX, 2, "out of range");
    luaL_argcheck(L, snaplen > 0 && snaplen <= INT32_MAX, 3, "out of range");
    struct nlu_bpf_insn *insns = lua_newuserdatauv(L, NLU_BPF_MAX * sizeof *insns, 0);
    int count =
        nlu_pcapfilter_compile(text, (int)linktype, (int)snaplen, insns, NLU_BPF_MAX, words);
    if (count < 0) {
        lua_pushnil(L);
        lua_pushstring(L, *words ? words : strerror(-count));
        return 2;
    }
    lua_pushlstring(L, (const char *)insns, (size_t)count * sizeof *insns);
    return 1;
}

NLUL_EXPORT int luaopen_netlua_pcap(lua_State *L);

int luaopen_netlua_pcap(lua_State *L) {
    static const luaL_Reg functions[] = {{"compile", pcap_compile_filter}, {NULL, NULL}};

    nluL_openerror(L);
    luaL_newlib(L, functions);
    return 1;
}
