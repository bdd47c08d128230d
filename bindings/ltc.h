// Readers and pushers that the files for qdiscs, classes and filters share.
#ifndef NETLUA_LTC_H
#define NETLUA_LTC_H

#include "netlua.h"
#include "qdisc.h"

// Each takes tc's text ("10ms", "1mbit", "10kb", "1%") or a number: seconds, bits a second, bytes,
// a share from 0 to 1. False when the key is absent; misuse names the key. [-0, +0, v]
bool nluL_opt_tctime(lua_State *L, const struct nluL_opts *opts, const char *key, int64_t *ret_ns);
bool nluL_opt_tcrate(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint64_t *ret_bytes_per_second);
bool nluL_opt_tcsize(lua_State *L, const struct nluL_opts *opts, const char *key,
                     uint32_t *ret_bytes);
bool nluL_opt_tcshare(lua_State *L, const struct nluL_opts *opts, const char *key,
                      double *ret_share);
bool nluL_opt_tcu32(lua_State *L, const struct nluL_opts *opts, const char *key,
                    uint32_t *ret_value);
// "1:", "1:10", "root", …
bool nluL_opt_tchandle(lua_State *L, const struct nluL_opts *opts, const char *key,
                       uint32_t *ret_handle);

// A number with six significant digits, as tc prints shares and times.
void nluL_setshort(lua_State *L, const char *key, double value);
void nluL_sethandle(lua_State *L, const char *key, uint32_t handle);
// "10Kb/1": a bucket as tc prints it.
void nluL_setbucket(lua_State *L, const char *key, uint32_t bytes);
// bytes, packets, drops, overlimits, requeues, backlog, qlen.
void nluL_settcstats(lua_State *L, const struct nlu_tc_stats *stats);

// The options of a kind. `keys` gets nothing: unknown keys are the caller's to refuse, with
// nluL_qdisc_keys. [-0, +?, v]: tables that texts come from stay on the stack.
void nluL_read_qdisc_options(lua_State *L, const struct nluL_opts *opts, const char *kind,
                             struct nlu_arena *arena, struct nlu_qdisc_options *ret_options);
// The keys that a kind takes, NULL-terminated; empty for a kind that is not known.
const char *const *nluL_qdisc_keys(const char *kind);
// Pushes the table of options. [-0, +1, m]
void nluL_push_qdisc_options(lua_State *L, const struct nlu_qdisc *qdisc);
// Sets the kind's own counters in the table on top of the stack.
void nluL_set_qdisc_xstats(lua_State *L, const struct nlu_qdisc *qdisc);

#endif
