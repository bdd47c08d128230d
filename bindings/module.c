// luaopen_netlua_core: joins what the other files of bindings/ register. Decides nothing.
#include "clock.h"
#include "netlua.h"

static int core_now(lua_State *L) {
    lua_pushnumber(L, (lua_Number)nlu_clock_mono() / 1e9);
    return 1;
}

NLUL_EXPORT int luaopen_netlua_core(lua_State *L);

int luaopen_netlua_core(lua_State *L) {
    static const luaL_Reg functions[] = {{"now", core_now}, {NULL, NULL}};

    nluL_openerror(L);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, nluL_error_functions, 0);
    luaL_setfuncs(L, nluL_args_functions, 0);
    nluL_openipaddr(L);
    nluL_openpaths(L);
    nluL_openplan(L);
    nluL_openproc(L);
    nluL_openself(L);
    nluL_opensock(L);
    nluL_openmonitor(L);
    nluL_opennetns(L);
    nluL_openping(L);
    nluL_openpoll(L);
    nluL_opentrace(L);
    nluL_openrights(L);
    nluL_openholder(L);
    nluL_openpty(L);
    nluL_openpacket(L);
    nluL_opencapture(L);
    nluL_opencapfile(L);
    nluL_openfeature(L);
    nluL_opentcunit(L);
    nluL_openfields(L);
    nluL_openterminal(L);
    nluL_opentesting(L);
    return 1;
}
