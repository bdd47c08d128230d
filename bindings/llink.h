// What the files about links share.
#ifndef NETLUA_LLINK_H
#define NETLUA_LLINK_H

#include "link.h"
#include "netlua.h"

#include <string.h>

extern const struct nluL_word nluL_addr_gen_modes[];

// Pushes the table of one interface. [-0, +1, m]
void nluL_pushlink(lua_State *L, const struct nlu_link *link);

// The name of a link that is to be there: also an alternative name, which may be longer. [-0, +0,
// v]
const char *nluL_arg_link(lua_State *L, int arg, const char *op, const char *name);

// An interface named by an option, in the namespace the operation is for: 0, or an error in *err.
int nluL_opt_link(lua_State *L, const struct nluL_opts *opts, const char *key,
                  struct nlu_nlsock *nl, int *ret_index, bool *ret_have, struct nlu_err *err);

#endif
