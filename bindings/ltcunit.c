// Option values in tc's units, and the other way.
#include "ltc.h"

#include "tcunit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char expected_time[] = "a time: seconds, or a text with a unit such as '10ms'";
static const char expected_rate[] = "a rate: bits a second, or a text such as '1mbit'";
static const char expected_share[] = "a share: a number from 0 to 1, or a text such as '1%'";

// Pushes t[key]: its type, LUA_TNIL (and nothing pushed) when it is absent.
static int fetch(lua_State *L, const struct nluL_opts *opts, const char *key) {
    if (!opts->index)
        return LUA_TNIL;
    int type = lua_getfield(L, opts->index, key);
    if (type == LUA_TNIL)
        lua_pop(L, 1);
    return type;
}

static _Noreturn void wrong(lua_State *L, const struct nluL_opts *opts, const char *key,
                            const char *expected) {
    nluL_misuse(L, opts->op, key, "expected %s, got %s", expected, nluL_describe(L, -1));
}

static bool is_amount(lua_State *L, double max) {
    double value = lua_tonumber(L, -1);
    return isfinite(value) && value >= 0 && value <= max;
}

bool nluL_opt_tctime(lua_State *L, const struct nluL_opts *opts, const char *key, int64_t *ret_ns) {
    int type = fetch(L, opts, key);

    if (type == LUA_TNIL)
        return false;
    if (type == LUA_TNUMBER && is_amount(L, 9e9))
        *ret_ns = (int64_t)llround(lua_tonumber(L, -1) * 1e9);
    else if (type != LUA_TSTRING || nlu_tc_time_parse(lua_tostring(L, -1), ret_ns) < 0)
        wrong(L, opts, key, expected_time);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_tcrate(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint64_t *ret_bytes_per_second) {
    int type = fetch(L, opts, key);
    uint64_t bits;

    if (type == LUA_TNIL)
        return false;
    if (type == LUA_TNUMBER && is_amount(L, 1.8e19))
        bits = (uint64_t)lua_tonumber(L, -1);
    else if (type != LUA_TSTRING || nlu_tc_rate_parse(lua_tostring(L, -1), &bits) < 0)
        wrong(L, opts, key, expected_rate);
    if (bits < 8)
        nluL_misuse(L, opts->op, key, "expected at least 8 bits a second, got %s",
                    nluL_describe(L, -1));
    lua_pop(L, 1);
    *ret_bytes_per_second = bits / 8;
    return true;
}

bool nluL_opt_tcsize(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint32_t *ret_bytes) {
    static const char expected[] = "a size: bytes, or a text such as '10kb'";
    int type = fetch(L, opts, key);

    if (type == LUA_TNIL)
        return false;
    if (type == LUA_TNUMBER && lua_isinteger(L, -1) && is_amount(L, UINT32_MAX))
        *ret_bytes = (uint32_t)lua_tointeger(L, -1);
    else if (type != LUA_TSTRING || nlu_tc_size_parse(lua_tostring(L, -1), ret_bytes) < 0)
        wrong(L, opts, key, expected);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_tcshare(lua_State *L, const struct nluL_opts *opts, const char *key,
                      double *ret_share) {
    int type = fetch(L, opts, key);

    if (type == LUA_TNIL)
        return false;
    if (type == LUA_TNUMBER && is_amount(L, 1))
        *ret_share = lua_tonumber(L, -1);
    else if (type != LUA_TSTRING || nlu_tc_share_parse(lua_tostring(L, -1), ret_share) < 0)
        wrong(L, opts, key, expected_share);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_tcu32(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint32_t *ret_value) {
    lua_Integer value;
    if (!nluL_opt_integer(L, opts, key, 0, UINT32_MAX, &value))
        return false;
    *ret_value = (uint32_t)value;
    return true;
}

bool nluL_opt_tchandle(lua_State *L, const struct nluL_opts *opts, const char *key,
                       uint32_t *ret_handle) {
    const char *text;
    if (!nluL_opt_string(L, opts, key, &text))
        return false;
    if (nlu_tc_handle_parse(text, ret_handle) < 0)
        nluL_misuse(L, opts->op, key, "expected a handle such as '1:' or '1:10', got '%s'", text);
    return true;
}

void nluL_setshort(lua_State *L, const char *key, double value) {
    char text[32];
    snprintf(text, sizeof text, "%g", value);
    double rounded = strtod(text, NULL);
    // 0 and 1 are integers in tc's JSON too; as a key's value 0.0 would print differently.
    if (rounded == floor(rounded) && fabs(rounded) < 1e15)
        nluL_setinteger(L, key, (lua_Integer)rounded);
    else
        nluL_setnumber(L, key, rounded);
}

void nluL_sethandle(lua_State *L, const char *key, uint32_t handle) {
    char text[NLU_TC_HANDLE_TEXT];
    nluL_setstring(L, key, nlu_tc_handle_format(handle, text));
}

void nluL_setbucket(lua_State *L, const char *key, uint32_t bytes) {
    char text[32];
    lua_pushfstring(L, "%s/1", nlu_tc_size_format(bytes, text, sizeof text));
    lua_setfield(L, -2, key);
}

void nluL_settcstats(lua_State *L, const struct nlu_tc_stats *s) {
    nluL_setinteger(L, "bytes", (lua_Integer)s->bytes);
    nluL_setinteger(L, "packets", (lua_Integer)s->packets);
    nluL_setinteger(L, "drops", s->drops);
    nluL_setinteger(L, "overlimits", s->overlimits);
    nluL_setinteger(L, "requeues", s->requeues);
    nluL_setinteger(L, "backlog", s->backlog);
    nluL_setinteger(L, "qlen", s->qlen);
}

// tc_unit(what, value): tc's text or a number of `what` ("time", "rate", "share") as a number:
// seconds, bits a second, a share from 0 to 1. nil and what was expected when it is neither.
static int tc_unit(lua_State *L) {
    static const char *const names[] = {"time", "rate", "share", NULL};
    int what = luaL_checkoption(L, 1, NULL, names);
    const char *text = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    bool is_number = lua_type(L, 2) == LUA_TNUMBER;
    int64_t ns;
    uint64_t bits;
    double share;

    lua_settop(L, 2);
    if (what == 0) {
        if (is_number && is_amount(L, 9e9))
            lua_pushvalue(L, 2);
        else if (text && nlu_tc_time_parse(text, &ns) == 0)
            lua_pushnumber(L, (lua_Number)ns / 1e9);
        else
            return luaL_pushfail(L), lua_pushstring(L, expected_time), 2;
    } else if (what == 1) {
        if (is_number && lua_tonumber(L, 2) >= 8 && is_amount(L, 1.8e19))
            lua_pushvalue(L, 2);
        else if (text && nlu_tc_rate_parse(text, &bits) == 0 && bits >= 8)
            lua_pushnumber(L, (lua_Number)bits);
        else
            return luaL_pushfail(L), lua_pushstring(L, expected_rate), 2;
    } else {
        if (is_number && is_amount(L, 1))
            lua_pushvalue(L, 2);
        else if (text && nlu_tc_share_parse(text, &share) == 0)
            lua_pushnumber(L, share);
        else
            return luaL_pushfail(L), lua_pushstring(L, expected_share), 2;
    }
    return 1;
}

void nluL_opentcunit(lua_State *L) {
    static const luaL_Reg functions[] = {{"tc_unit", tc_unit}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
