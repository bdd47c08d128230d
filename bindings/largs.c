// Arguments and option tables: check everything first, name the function, the key and what was
// offered.
#include "nearest.h"
#include "netlua.h"

#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

const char *nluL_describe(lua_State *L, int index) {
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TSTRING: {
        size_t len;
        const char *text = lua_tolstring(L, index, &len);
        if (memchr(text, '\0', len))
            return lua_pushfstring(L, "'%s\\0…'", text);
        if (len > 80) {
            lua_pushlstring(L, text, 80);
            lua_pushfstring(L, "'%s…'", lua_tostring(L, -1));
            lua_remove(L, -2);
            return lua_tostring(L, -1);
        }
        return lua_pushfstring(L, "'%s'", text);
    }
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
        return luaL_tolstring(L, index, NULL);
    case LUA_TNIL:
    case LUA_TNONE:
        return lua_pushliteral(L, "nothing");
    default:
        return lua_pushfstring(L, "a %s", luaL_typename(L, index));
    }
}

struct nluL_opts nluL_opts(lua_State *L, int index, const char *op) {
    if (lua_isnoneornil(L, index))
        return (struct nluL_opts){.index = 0, .op = op};
    if (!lua_istable(L, index))
        nluL_misuse(L, op, "options", "expected a table, got %s", nluL_describe(L, index));
    return (struct nluL_opts){.index = lua_absindex(L, index), .op = op};
}

const char *nluL_unknown_key(lua_State *L, int index, const char *const *known) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 4, NULL);
    const char *offered = nluL_describe(L, index);
    const char *near =
        lua_type(L, index) == LUA_TSTRING ? nlu_nearest(lua_tostring(L, index), known) : NULL;
    if (near)
        return lua_pushfstring(L, "unknown key %s: did you mean '%s'?", offered, near);
    lua_pushfstring(L, "unknown key %s", offered); /* [offered, text] */
    for (size_t i = 0; known[i]; i++) {
        lua_pushfstring(L, "%s%s", i ? ", " : "; known: ", known[i]);
        lua_concat(L, 2);
    }
    return lua_tostring(L, -1);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// unknown_key(key, known): the message; the keys of the table `known` are the words.
static int core_unknown_key(lua_State *L) {
    lua_Integer count = 0;

    luaL_checkany(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pop(L, 1);
        count += lua_type(L, -1) == LUA_TSTRING;
    }
    const char **known = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *known, 0);
    size_t n = 0;
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            known[n++] = lua_tostring(L, -1);
    }
    known[n] = NULL;
    qsort(known, n, sizeof *known, by_text);
    nluL_unknown_key(L, 1, known);
    return 1;
}

const luaL_Reg nluL_args_functions[] = {{"unknown_key", core_unknown_key}, {NULL, NULL}};

void nluL_opts_only(lua_State *L, const struct nluL_opts *opts, const char *const *known) {
    if (!opts->index)
        return;
    luaL_checkstack(L, 4, NULL);
    lua_pushnil(L);
    while (lua_next(L, opts->index)) {
        lua_pop(L, 1); /* [key] */
        bool found = false;
        if (lua_type(L, -1) == LUA_TSTRING) {
            const char *key = lua_tostring(L, -1);
            for (size_t i = 0; known[i] && !found; i++)
                found = strcmp(key, known[i]) == 0;
        }
        if (!found)
            nluL_misuse(L, opts->op, "options", "%s", nluL_unknown_key(L, -1, known));
    }
}

// Pushes opts[key]; false (and nothing pushed) when it is absent.
static bool fetch(lua_State *L, const struct nluL_opts *opts, const char *key) {
    if (!opts->index)
        return false;
    luaL_checkstack(L, 4, NULL);
    if (lua_getfield(L, opts->index, key) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

bool nluL_opt_integer(lua_State *L, const struct nluL_opts *opts, const char *key, lua_Integer min,
                      lua_Integer max, lua_Integer *ret_value) {
    int is_integer;

    if (!fetch(L, opts, key))
        return false;
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);
    if (lua_type(L, -1) != LUA_TNUMBER || !is_integer || value < min || value > max)
        nluL_misuse(L, opts->op, key, "expected an integer from %I to %I, got %s", (LUAI_UACINT)min,
                    (LUAI_UACINT)max, nluL_describe(L, -1));
    lua_pop(L, 1);
    *ret_value = value;
    return true;
}

bool nluL_opt_number(lua_State *L, const struct nluL_opts *opts, const char *key, lua_Number min,
                     lua_Number max, lua_Number *ret_value) {
    if (!fetch(L, opts, key))
        return false;
    lua_Number value = lua_tonumber(L, -1);
    // Written so that NaN fails as well.
    if (lua_type(L, -1) != LUA_TNUMBER || !(value >= min && value <= max))
        nluL_misuse(L, opts->op, key, "expected a number from %f to %f, got %s",
                    (LUAI_UACNUMBER)min, (LUAI_UACNUMBER)max, nluL_describe(L, -1));
    lua_pop(L, 1);
    *ret_value = value;
    return true;
}

bool nluL_opt_boolean(lua_State *L, const struct nluL_opts *opts, const char *key,
                      bool *ret_value) {
    if (!fetch(L, opts, key))
        return false;
    if (!lua_isboolean(L, -1))
        nluL_misuse(L, opts->op, key, "expected true or false, got %s", nluL_describe(L, -1));
    *ret_value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return true;
}

// The string at the top without NUL inside, or misuse. [-0, +0, v]
static const char *plain_string(lua_State *L, int index, const char *op, const char *key) {
    size_t len;

    if (lua_type(L, index) != LUA_TSTRING)
        nluL_misuse(L, op, key, "expected a string, got %s", nluL_describe(L, index));
    const char *text = lua_tolstring(L, index, &len);
    if (strlen(text) != len)
        nluL_misuse(L, op, key, "has a NUL inside: %s", nluL_describe(L, index));
    return text;
}

bool nluL_opt_string(lua_State *L, const struct nluL_opts *opts, const char *key,
                     const char **ret_value) {
    if (!fetch(L, opts, key))
        return false;
    *ret_value = plain_string(L, -1, opts->op, key);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_seconds(lua_State *L, const struct nluL_opts *opts, const char *key,
                      int64_t *ret_nanoseconds) {
    // A century: long enough for everybody, and far from overflowing nanoseconds.
    const lua_Number most = 3.2e9;

    if (!fetch(L, opts, key))
        return false;
    lua_Number value = lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || !(value >= 0 && value <= most))
        nluL_misuse(L, opts->op, key, "expected seconds from 0 on, got %s", nluL_describe(L, -1));
    lua_pop(L, 1);
    *ret_nanoseconds = (int64_t)llround(value * 1e9);
    return true;
}

static struct nlu_ip check_ip(lua_State *L, int index, const char *op, const char *key) {
    struct nlu_ip ip;
    if (nlu_ip_parse(plain_string(L, index, op, key), &ip) < 0)
        nluL_misuse(L, op, key, "expected an IPv4 or IPv6 address, got %s",
                    nluL_describe(L, index));
    return ip;
}

static struct nlu_prefix check_prefix(lua_State *L, int index, const char *op, const char *key) {
    struct nlu_prefix prefix;
    if (nlu_prefix_parse(plain_string(L, index, op, key), &prefix) < 0)
        nluL_misuse(L, op, key, "expected an address like 192.0.2.1/24 or 2001:db8::1/64, got %s",
                    nluL_describe(L, index));
    return prefix;
}

static const char *check_ifname(lua_State *L, int index, const char *op, const char *key) {
    const char *name = plain_string(L, index, op, key);
    // The kernel's own rules (dev_valid_name), said before anything is sent.
    if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strpbrk(name, "/: \t\n\v\f\r"))
        nluL_misuse(L, op, key, "%s is no interface name", nluL_describe(L, index));
    if (strlen(name) >= IFNAMSIZ)
        nluL_misuse(L, op, key, "an interface name has at most %d characters, got %s (%d)",
                    IFNAMSIZ - 1, nluL_describe(L, index), (int)strlen(name));
    return name;
}

bool nluL_opt_ip(lua_State *L, const struct nluL_opts *opts, const char *key,
                 struct nlu_ip *ret_ip) {
    if (!fetch(L, opts, key))
        return false;
    *ret_ip = check_ip(L, -1, opts->op, key);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_prefix(lua_State *L, const struct nluL_opts *opts, const char *key,
                     struct nlu_prefix *ret_prefix) {
    if (!fetch(L, opts, key))
        return false;
    *ret_prefix = check_prefix(L, -1, opts->op, key);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_mac(lua_State *L, const struct nluL_opts *opts, const char *key,
                  uint8_t ret_mac[NLU_MAC_LEN]) {
    if (!fetch(L, opts, key))
        return false;
    if (nlu_mac_parse(plain_string(L, -1, opts->op, key), ret_mac) < 0)
        nluL_misuse(L, opts->op, key, "expected an address like 02:00:00:00:00:01, got %s",
                    nluL_describe(L, -1));
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_ifname(lua_State *L, const struct nluL_opts *opts, const char *key,
                     const char **ret_name) {
    if (!fetch(L, opts, key))
        return false;
    *ret_name = check_ifname(L, -1, opts->op, key);
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_word(lua_State *L, const struct nluL_opts *opts, const char *key,
                   const struct nluL_word *words, int *ret_value) {
    if (!fetch(L, opts, key))
        return false;
    const char *text = plain_string(L, -1, opts->op, key);
    for (const struct nluL_word *w = words; w->word; w++) {
        if (!strcmp(w->word, text)) {
            *ret_value = w->value;
            lua_pop(L, 1);
            return true;
        }
    }
    luaL_Buffer b;
    const char *got = nluL_describe(L, -1);
    luaL_buffinit(L, &b);
    for (const struct nluL_word *w = words; w->word; w++) {
        if (w != words)
            luaL_addstring(&b, w[1].word ? ", " : " or ");
        luaL_addstring(&b, w->word);
    }
    luaL_pushresult(&b);
    nluL_misuse(L, opts->op, key, "expected %s, got %s", lua_tostring(L, -1), got);
}

const char *nluL_word_of(const struct nluL_word *words, int value) {
    for (; words->word; words++)
        if (words->value == value)
            return words->word;
    return NULL;
}

const char *nluL_arg_ifname(lua_State *L, int arg, const char *op, const char *name) {
    return check_ifname(L, arg, op, name);
}

const char *nluL_arg_string(lua_State *L, int arg, const char *op, const char *name) {
    return plain_string(L, arg, op, name);
}

struct nlu_prefix nluL_arg_prefix(lua_State *L, int arg, const char *op, const char *name) {
    return check_prefix(L, arg, op, name);
}

struct nlu_ip nluL_arg_ip(lua_State *L, int arg, const char *op, const char *name) {
    return check_ip(L, arg, op, name);
}

struct nluL_netns *nluL_checknetns(lua_State *L, int arg, const char *op) {
    struct nluL_netns *ns = luaL_testudata(L, arg, NLUL_NETNS);

    if (!ns)
        nluL_misuse(L, op, "netns", "expected a namespace, got %s", nluL_describe(L, arg));
    if (ns->fd < 0)
        nluL_misuse(L, op, "netns", "attempt to use a closed netns (%s)", ns->name);
    return ns;
}

bool nluL_opt_netns(lua_State *L, const struct nluL_opts *opts, const char *key,
                    struct nluL_netns **ret_ns) {
    if (!opts->index)
        return false;
    if (lua_getfield(L, opts->index, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    struct nluL_netns *ns = luaL_testudata(L, -1, NLUL_NETNS);
    if (!ns)
        nluL_misuse(L, opts->op, key, "expected a namespace, got %s", nluL_describe(L, -1));
    if (ns->fd < 0)
        nluL_misuse(L, opts->op, key, "attempt to use a closed netns (%s)", ns->name);
    lua_pop(L, 1);
    *ret_ns = ns;
    return true;
}
