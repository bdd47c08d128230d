// What the files of bindings/ share: the error object, readers of option tables, handles.
// Stack effects are given as in the Lua manual: [-popped, +pushed, can raise].
#ifndef NETLUA_H
#define NETLUA_H

#include "err.h"
#include "ipaddr.h"
#include "nlsock.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#define NLUL_EXPORT __attribute__((visibility("default")))

// --- lerror.c: the one error type, "netlua.error"
// ---------------------------------------------------

// Fields of an error object: where ("ch3.lua:31"), node, op, subject, errno, code, message
// (strerror's text), kernel, attr, hint; for misuse also field. tostring gives the one-line form.

// Pushes the error object for err, without `where` and `node`. [-0, +1, m]
void nluL_pusherror(lua_State *L, const struct nlu_err *err);

// `return nluL_fail(L, &err)`: nil and the error object. [-0, +2, m]
int nluL_fail(lua_State *L, const struct nlu_err *err);

// The same with the node's name in it. [-0, +2, m]
int nluL_fail_in(lua_State *L, const char *node, const struct nlu_err *err);

// Raises an error object with code EINVAL for what only a wrong script can do: `field` names the
// argument or key (or NULL), the format says what was expected and what came. Carries the script's
// line.
_Noreturn int nluL_misuse(lua_State *L, const char *op, const char *field, const char *fmt, ...);

// Pushes "script.lua:31" for the innermost Lua function outside the library, or nil. [-0, +1, m]
void nluL_where(lua_State *L);

// Makes the metatable; called by every opener of a module. [-0, +0, m]
void nluL_openerror(lua_State *L);
// core.raise(err) and core.where(), core.library(dir): for the Lua library.
// Pushes `text` with the frames of the script below it, none of the library's; without any when the
// script called from its main chunk: the text of an error says that line.
const char *nluL_script_frames(lua_State *L, const char *text);
bool nluL_is_error(lua_State *L, int index);
extern const luaL_Reg nluL_error_functions[];
extern const luaL_Reg nluL_args_functions[];

// --- largs.c: arguments and option tables
// --------------------------------------------------------------

// A reader over one table of options. `op` is for messages: "link.add".
struct nluL_opts {
    int index; // absolute stack index of the table, 0 when none was given
    const char *op;
};

// Takes the table at `index` (nil or none: no options); anything else is misuse. [-0, +0, v]
struct nluL_opts nluL_opts(lua_State *L, int index, const char *op);

// Raises when the table has a key that is not in `known` (NULL-terminated). [-0, +0, v]
// Pushes what is to be said of a key that is none of `known`: the one that may have been meant, or
// all of them.
const char *nluL_unknown_key(lua_State *L, int index, const char *const *known);
void nluL_opts_only(lua_State *L, const struct nluL_opts *opts, const char *const *known);

// Each returns whether the key is there; when it is of a wrong type or out of range it raises and
// names key, expectation and offered value. Outputs are untouched when absent. [-0, +0, v]
bool nluL_opt_integer(lua_State *L, const struct nluL_opts *opts, const char *key, lua_Integer min,
                      lua_Integer max, lua_Integer *ret_value);
bool nluL_opt_number(lua_State *L, const struct nluL_opts *opts, const char *key, lua_Number min,
                     lua_Number max, lua_Number *ret_value);
bool nluL_opt_boolean(lua_State *L, const struct nluL_opts *opts, const char *key, bool *ret_value);
// The string stays valid while the table is on the stack and unchanged; without NUL inside.
bool nluL_opt_string(lua_State *L, const struct nluL_opts *opts, const char *key,
                     const char **ret_value);
// A string or a number of seconds (>= 0) into nanoseconds.
bool nluL_opt_seconds(lua_State *L, const struct nluL_opts *opts, const char *key,
                      int64_t *ret_nanoseconds);
bool nluL_opt_ip(lua_State *L, const struct nluL_opts *opts, const char *key,
                 struct nlu_ip *ret_ip);
bool nluL_opt_prefix(lua_State *L, const struct nluL_opts *opts, const char *key,
                     struct nlu_prefix *ret_prefix);
bool nluL_opt_mac(lua_State *L, const struct nluL_opts *opts, const char *key,
                  uint8_t ret_mac[NLU_MAC_LEN]);
// An interface name: fits IFNAMSIZ, not empty, no NUL, no '/' or white space.
bool nluL_opt_ifname(lua_State *L, const struct nluL_opts *opts, const char *key,
                     const char **ret_name);

// One of a set of words, each with its value in C.
struct nluL_word {
    const char *word;
    int value;
};
bool nluL_opt_word(lua_State *L, const struct nluL_opts *opts, const char *key,
                   const struct nluL_word *words /* ends with {NULL, 0} */, int *ret_value);
// The word for a value, NULL when there is none.
const char *nluL_word_of(const struct nluL_word *words, int value);

// Positional arguments, with the same checks and messages; `name` is the argument's name.
const char *nluL_arg_ifname(lua_State *L, int arg, const char *op, const char *name);
const char *nluL_arg_string(lua_State *L, int arg, const char *op, const char *name);
struct nlu_prefix nluL_arg_prefix(lua_State *L, int arg, const char *op, const char *name);
struct nlu_ip nluL_arg_ip(lua_State *L, int arg, const char *op, const char *name);

// Describes the value at index for a message: `"abc"`, `12`, `a table`. Pushes the text. [-0, +1,
// m]
const char *nluL_describe(lua_State *L, int index);

// --- lnetns.c: the namespace handle, "netlua.netns"
// ---------------------------------------------------

#define NLUL_NETNS "netlua.netns"
enum { NLUL_NODE_NAME = 128 };

struct nluL_netns {
    int fd; // NLU_NO_FD once closed
    struct nlu_nlsock route; // NETLINK_ROUTE, opened inside
    char name[NLUL_NODE_NAME]; // for people; the kernel never sees it
    bool published; // under /run/netns, until it is closed
};

// Pushes a closed handle that already has its metatable: whatever happens next, it can be closed.
// [-0, +1, m]
struct nluL_netns *nluL_newnetns(lua_State *L, const char *name);

// (In largs.c, so that netlua.nft and the like have it.) The open handle at arg; raises for
// anything else and for a closed one. [-0, +0, v]
struct nluL_netns *nluL_checknetns(lua_State *L, int arg, const char *op);
// The same for a key of an options table; the library passes core handles here.
bool nluL_opt_netns(lua_State *L, const struct nluL_opts *opts, const char *key,
                    struct nluL_netns **ret_ns);

// --- lpush.c: one pusher per struct of core
// -------------------------------------------------------------

// Sets t[key] for the table on top of the stack. Absent facts are absent keys: the callers decide.
void nluL_setstring(lua_State *L, const char *key, const char *value);
void nluL_setinteger(lua_State *L, const char *key, lua_Integer value);
void nluL_setboolean(lua_State *L, const char *key, bool value);
void nluL_setnumber(lua_State *L, const char *key, lua_Number value);
// Nothing is set for family 0.
void nluL_setip(lua_State *L, const char *key, const struct nlu_ip *ip);

// --- lvalue.c: values of core without a struct of their own
// ---------------------------------------

struct nlu_value;
struct nlu_tree;
// Pushes a value; nil for NIL. [-0, +1, m]
void nluL_pushvalue(lua_State *L, const struct nlu_value *value);
// The value at index. Strings stay Lua's: they are good while the value is on the stack. What has
// no counterpart (a function, a table too deep) is NIL. [-0, +0, m]
struct nlu_value nluL_tovalue(lua_State *L, int index, struct nlu_tree *tree);

// The same for a table whose every entry matters: other values, other keys than strings and a
// list's integers, and a dozen tables in each other are misuse. [-0, +0, v]
struct nlu_value nluL_checkvalue(lua_State *L, int index, const char *op, struct nlu_tree *tree);

// --- Scratch memory that survives an error
// --------------------------------------------------------------

struct nlu_arena;
// Pushes a to-be-closed userdata that holds an arena: freed when the C function returns or raises.
// Push it before core is called; it must stay at its stack slot. [-0, +1, m]
struct nlu_arena *nluL_scratch(lua_State *L);

// --- Methods of the namespace handle, one table a file
// ---------------------------------------------------

// Each file with operations on a namespace exports a NULL-terminated table; lnetns.c joins them.
extern const luaL_Reg nluL_link_methods[], nluL_addr_methods[], nluL_route_methods[],
    nluL_neigh_methods[], nluL_rule_methods[], nluL_nexthop_methods[], nluL_monitor_methods[],
    nluL_sysctl_methods[], nluL_ping_methods[], nluL_trace_methods[], nluL_proc_methods[],
    nluL_plan_methods[], nluL_sock_methods[], nluL_send_methods[], nluL_qdisc_methods[],
    nluL_class_methods[], nluL_filter_methods[];

extern const luaL_Reg nluL_link_functions[], nluL_fdb_methods[], nluL_vlan_methods[],
    nluL_wireguard_functions[], nluL_wireguard_methods[];

// Registers what a module file adds to netlua.core (functions, metatables); called by module.c.
void nluL_openipaddr(lua_State *L);
void nluL_openpaths(lua_State *L);
void nluL_openplan(lua_State *L);
void nluL_openproc(lua_State *L);
void nluL_openself(lua_State *L);
void nluL_opentesting(lua_State *L);
void nluL_opensock(lua_State *L);
void nluL_opennetns(lua_State *L);
void nluL_openping(lua_State *L);
void nluL_opentrace(lua_State *L);
void nluL_openpacket(lua_State *L);
void nluL_openmonitor(lua_State *L);
void nluL_openpoll(lua_State *L);
void nluL_opencapture(lua_State *L);
void nluL_opencapfile(lua_State *L);
void nluL_openfields(lua_State *L);
void nluL_openterminal(lua_State *L);
void nluL_openrights(lua_State *L);
void nluL_openholder(lua_State *L);
void nluL_openpty(lua_State *L);
void nluL_openfeature(lua_State *L);
void nluL_opentcunit(lua_State *L);

#endif
