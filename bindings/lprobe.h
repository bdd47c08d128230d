// What ping and traceroute have in common on their way from Lua: options, clocks, handles.
#ifndef NETLUA_LPROBE_H
#define NETLUA_LPROBE_H

#include "netlua.h"
#include "probesock.h"

// Keys that nluL_probe_opts reads; for the lists of known keys.
#define NLUL_PROBE_KEYS "source", "interface", "ttl", "tos", "mark", "dont_fragment", "pmtudisc"

// Reads source, interface, ttl, tos, mark, dont_fragment and pmtudisc. [-0, +0, v]
void nluL_probe_opts(lua_State *L, const struct nluL_opts *opts, struct nlu_probe_opts *ret_opts);

// Pushes what a handle's timeout() returns for a point on CLOCK_MONOTONIC: seconds, or nil for
// NLU_NEVER. [-0, +1, -]
void nluL_push_timeout(lua_State *L, int64_t due);

#endif
