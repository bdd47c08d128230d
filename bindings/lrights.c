// netlua.core's rights_*: the process's right to make namespaces.
#include "rights.h"
#include "netlua.h"

#include <string.h>

static int fail_at_gate(lua_State *L, const struct nlu_err *err, enum nlu_gate gate) {
    nluL_fail(L, err);
    nluL_setstring(L, "gate", nlu_gate_name(gate));
    return 2;
}

// rights_enter(): true once network namespaces can be made; else nil and why, with hint and gate.
static int rights_enter(lua_State *L) {
    struct nlu_err err;
    enum nlu_gate gate = NLU_GATE_NONE;

    if (nlu_rights_enter(&gate, &err) < 0)
        return fail_at_gate(L, &err, gate);
    lua_pushboolean(L, 1);
    return 1;
}

// rights_hint(errno): the gate's name and the hint for a refusal met elsewhere; nothing when it is
// no matter of rights.
static int rights_hint(lua_State *L) {
    struct nlu_err err = {.errnum = (int)luaL_checkinteger(L, 1)};
    enum nlu_gate gate = nlu_rights_explain(&err);

    if (!*err.hint)
        return 0;
    lua_pushstring(L, nlu_gate_name(gate));
    lua_pushstring(L, err.hint);
    return 2;
}

void nluL_openrights(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"rights_enter", rights_enter}, {"rights_hint", rights_hint}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
