// What the bindings of addresses, routes, rules, neighbours and nexthops share: readers of their
// words, and the pushers that the monitor uses, too.
#ifndef NLUL_ROUTE_H
#define NLUL_ROUTE_H

#include "idnames.h"
#include "netlua.h"

struct nlu_addr;
struct nlu_route;
struct nlu_neigh;
struct nlu_rule;
struct nlu_nexthop;

// An interface named by an option, also by an alternative name: *ret_index stays when the key is
// absent. 0, or -ENODEV with *err filled. [-0, +0, v]
int nluL_opt_dev(lua_State *L, const struct nluL_opts *opts, const char *key, struct nlu_nlsock *nl,
                 int *ret_index, struct nlu_err *err);

// The same for a positional argument; *ret_name is what was given. [-0, +0, v]
int nluL_arg_dev(lua_State *L, int arg, const char *op, const char *name, struct nlu_nlsock *nl,
                 int *ret_index, const char **ret_name, struct nlu_err *err);

// Makes "default dev eth9" the subject of nluL_opt_dev's error. Returns -err->errnum.
int nluL_no_dev(struct nlu_err *err, const char *op, const char *what);

// Words of iproute2 ("main", "static", "link", "AF11") or numbers, as the kernel's numbers.
// [-0, +0, v]
bool nluL_opt_table(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint32_t *ret_table);
bool nluL_opt_protocol(lua_State *L, const struct nluL_opts *opts, const char *key,
                       uint8_t *ret_protocol);
bool nluL_opt_addr_protocol(lua_State *L, const struct nluL_opts *opts, const char *key,
                            uint8_t *ret_protocol);
bool nluL_opt_scope(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint8_t *ret_scope);
bool nluL_opt_dsfield(lua_State *L, const struct nluL_opts *opts, const char *key,
                      uint8_t *ret_dsfield);
// The number that this machine's /etc/iproute2 gives a word. [-0, +0, m]
bool nluL_idvalue(lua_State *L, enum nlu_idfile file, const char *word, uint32_t *ret_value);
// Sets t[key] to the word for a number: `name`, as nlu_table_name and its kin have found it with
// `buf`, or where they found none this machine's own. [-0, +0, m]
void nluL_setid(lua_State *L, const char *key, enum nlu_idfile file, uint32_t value,
                const char *name, const char *buf);
// "inet", "inet6" (or 4, 6).
bool nluL_opt_family(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint8_t *ret_family);
bool nluL_opt_u32(lua_State *L, const struct nluL_opts *opts, const char *key, uint32_t min,
                  uint32_t *ret_value);
bool nluL_opt_flag(lua_State *L, const struct nluL_opts *opts, const char *key);

// Sets t[key] to a list of words. [-0, +0, m]
void nluL_setwords(lua_State *L, const char *key, const char *const *words, size_t count);

// Keys that ip leaves out of its answers where a filter has fixed them.
enum {
    NLUL_OMIT_TABLE = 1 << 0,
    NLUL_OMIT_DEV = 1 << 1,
    NLUL_OMIT_IIF = 1 << 2,
    NLUL_OMIT_PROTOCOL = 1 << 3,
    NLUL_OMIT_SCOPE = 1 << 4,
    NLUL_OMIT_TOS = 1 << 5,
    NLUL_OMIT_METRIC = 1 << 6,
    NLUL_OMIT_GATEWAY = 1 << 7,
    NLUL_OMIT_PREFSRC = 1 << 8,
    NLUL_OMIT_TYPE = 1 << 9,
};

// Each pushes one table with the keys of `ip -json -details`. [-0, +1, m]
void nluL_pushaddr(lua_State *L, const struct nlu_addr *addr);
void nluL_pushroute(lua_State *L, const struct nlu_route *route, unsigned omit);
void nluL_pushneigh(lua_State *L, const struct nlu_neigh *neigh, unsigned omit, bool statistics);
void nluL_pushrule(lua_State *L, const struct nlu_rule *rule);
void nluL_pushnexthop(lua_State *L, const struct nlu_nexthop *nexthop);

#endif
