// core.fail_allocation, compiled in with NETLUA_TESTING only.
#include "netlua.h"
#include "testing.h"

#ifdef NETLUA_TESTING

// The allocator that Lua came with.
static lua_Alloc real_alloc;
static void *real_data;

static void *failing_alloc(void *data, void *p, size_t old_size, size_t new_size) {
    (void)data;
    // Lua relies on it that freeing and shrinking never fail.
    bool grows = new_size > 0 && (!p || new_size > old_size);
    return grows && nlu_testing_refuses() ? NULL : real_alloc(real_data, p, old_size, new_size);
}

// fail_allocation(n): from the n-th allocation on, of Lua and of core, all fail. fail_allocation():
// none does any more; was one refused?
static int fail_allocation(lua_State *L) {
    bool failed = nlu_testing_has_failed();
    lua_Integer n = luaL_optinteger(L, 1, 0);

    nlu_testing_fail_at(0);
    if (!real_alloc)
        real_alloc = lua_getallocf(L, &real_data);
    lua_pushboolean(L, failed);
    lua_setallocf(L, n ? failing_alloc : real_alloc, n ? NULL : real_data);
    nlu_testing_fail_at((long)n);
    return 1;
}

void nluL_opentesting(lua_State *L) {
    static const luaL_Reg functions[] = {{"fail_allocation", fail_allocation}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}

#else

void nluL_opentesting(lua_State *L) {
    (void)L;
}

#endif
