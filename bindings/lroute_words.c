// Options that are words of iproute2 or numbers.
#include "link.h"
#include "lroute.h"
#include "route_names.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// A name too long for an interface may be an alternative name; one that is neither is misuse, which
// the caller raises.
static bool long_name(struct nlu_nlsock *nl, const char *name, int *ret_index) {
    struct nlu_err ignored;
    return strlen(name) >= IFNAMSIZ && nlu_link_index(nl, name, ret_index, &ignored) == 0;
}

int nluL_opt_dev(lua_State *L, const struct nluL_opts *opts, const char *key, struct nlu_nlsock *nl,
                 int *ret_index, struct nlu_err *err) {
    const char *name;

    if (!nluL_opt_string(L, opts, key, &name) || long_name(nl, name, ret_index))
        return 0;
    (void)nluL_opt_ifname(L, opts, key, &name);
    return nlu_link_index(nl, name, ret_index, err);
}

int nluL_arg_dev(lua_State *L, int arg, const char *op, const char *name, struct nlu_nlsock *nl,
                 int *ret_index, const char **ret_name, struct nlu_err *err) {
    *ret_name = nluL_arg_string(L, arg, op, name);
    if (long_name(nl, *ret_name, ret_index))
        return 0;
    *ret_name = nluL_arg_ifname(L, arg, op, name);
    return nlu_link_index(nl, *ret_name, ret_index, err);
}

int nluL_no_dev(struct nlu_err *err, const char *op, const char *what) {
    char name[IFNAMSIZ];

    // The subject is about to be written over.
    snprintf(name, sizeof name, "%.*s", IFNAMSIZ - 1, err->subject);
    return nlu_err_about(err, op, "%s%sdev %s", what, *what ? " " : "", name);
}

// Pushes opts[key] when it is there.
static bool fetch(lua_State *L, const struct nluL_opts *opts, const char *key) {
    if (!opts->index)
        return false;
    if (lua_getfield(L, opts->index, key) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

bool nluL_opt_table(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint32_t *ret_table) {
    lua_Integer number;

    if (!fetch(L, opts, key))
        return false;
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pop(L, 1);
        if (!nluL_opt_integer(L, opts, key, 1, UINT32_MAX, &number))
            return false;
        *ret_table = (uint32_t)number;
        return true;
    }
    const char *word = lua_tostring(L, -1);
    if ((nlu_table_parse(word, ret_table) < 0 &&
         !nluL_idvalue(L, NLU_IDFILE_TABLES, word, ret_table)) ||
        !*ret_table)
        nluL_misuse(L, opts->op, key, "expected main, local, default or a number, got %s",
                    nluL_describe(L, -1));
    lua_pop(L, 1);
    return true;
}

// The three of one byte; `expected` is for the message.
static bool opt_byte_word(lua_State *L, const struct nluL_opts *opts, const char *key,
                          int (*parse)(const char *, uint8_t *), enum nlu_idfile file,
                          const char *expected, uint8_t *ret_value) {
    lua_Integer number;
    uint32_t value;

    if (!fetch(L, opts, key))
        return false;
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pop(L, 1);
        if (!nluL_opt_integer(L, opts, key, 0, UINT8_MAX, &number))
            return false;
        *ret_value = (uint8_t)number;
        return true;
    }
    if (parse(lua_tostring(L, -1), ret_value) < 0) {
        if (!nluL_idvalue(L, file, lua_tostring(L, -1), &value))
            nluL_misuse(L, opts->op, key, "expected %s or a number up to 255, got %s", expected,
                        nluL_describe(L, -1));
        *ret_value = (uint8_t)value;
    }
    lua_pop(L, 1);
    return true;
}

bool nluL_opt_protocol(lua_State *L, const struct nluL_opts *opts, const char *key,
                       uint8_t *ret_protocol) {
    return opt_byte_word(L, opts, key, nlu_protocol_parse, NLU_IDFILE_PROTOCOLS,
                         "a protocol (kernel, boot, static, …)", ret_protocol);
}

bool nluL_opt_addr_protocol(lua_State *L, const struct nluL_opts *opts, const char *key,
                            uint8_t *ret_protocol) {
    return opt_byte_word(L, opts, key, nlu_addr_protocol_parse, NLU_IDFILE_ADDR_PROTOCOLS,
                         "kernel_lo, kernel_ra, kernel_ll", ret_protocol);
}

bool nluL_opt_scope(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint8_t *ret_scope) {
    return opt_byte_word(L, opts, key, nlu_scope_parse, NLU_IDFILE_SCOPES,
                         "a scope (global, site, link, host, nowhere)", ret_scope);
}

bool nluL_opt_dsfield(lua_State *L, const struct nluL_opts *opts, const char *key,
                      uint8_t *ret_dsfield) {
    return opt_byte_word(L, opts, key, nlu_dsfield_parse, NLU_IDFILE_DSFIELDS,
                         "a DS field (AF11, CS1, EF, …)", ret_dsfield);
}

bool nluL_opt_family(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint8_t *ret_family) {
    static const struct nluL_word families[] = {{"inet", AF_INET}, {"inet6", AF_INET6}, {NULL, 0}};
    int family;

    if (!nluL_opt_word(L, opts, key, families, &family))
        return false;
    *ret_family = (uint8_t)family;
    return true;
}

bool nluL_opt_u32(lua_State *L, const struct nluL_opts *opts, const char *key, uint32_t min,
                  uint32_t *ret_value) {
    lua_Integer number;
    if (!nluL_opt_integer(L, opts, key, min, UINT32_MAX, &number))
        return false;
    *ret_value = (uint32_t)number;
    return true;
}

bool nluL_opt_flag(lua_State *L, const struct nluL_opts *opts, const char *key) {
    bool value = false;
    (void)nluL_opt_boolean(L, opts, key, &value);
    return value;
}

void nluL_setwords(lua_State *L, const char *key, const char *const *words, size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, words[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, key);
}
