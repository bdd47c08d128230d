// ns:qdisc_*: queueing disciplines, in tc's words and with the keys of `tc -json -details
// -statistics qdisc`.
#include "ltc.h"

#include "arena.h"
#include "llink.h"

#include <stdio.h>
#include <string.h>

enum { MAX_KEYS = 40 };

// What every kind takes, and then the kind's own.
static void only_known(lua_State *L, const struct nluL_opts *opts, const char *kind) {
    static const char *const common[] = {"type", "parent", "handle"};
    const char *const *own = nluL_qdisc_keys(kind);
    const char *keys[MAX_KEYS];
    size_t count = 0;

    for (size_t i = 0; i < NLU_COUNT(common); i++)
        keys[count++] = common[i];
    while (*own && count + 1 < MAX_KEYS)
        keys[count++] = *own++;
    keys[count] = NULL;
    nluL_opts_only(L, opts, keys);
}

static bool is_ingress(const char *kind) {
    return !strcmp(kind, "ingress") || !strcmp(kind, "clsact");
}

static int set(lua_State *L, enum nlu_tc_verb verb, const char *op) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, op);
    struct nlu_qdisc_spec spec = {.parent = NLU_TC_ROOT};
    struct nluL_opts opts = nluL_opts(L, 3, op);
    struct nlu_err err;

    spec.dev = nluL_arg_link(L, 2, op, "dev");
    lua_settop(L, 3);
    if (!nluL_opt_string(L, &opts, "type", &spec.kind))
        nluL_misuse(L, op, "type", "is missing: which queueing discipline shall %s get?", spec.dev);
    only_known(L, &opts, spec.kind);
    if (is_ingress(spec.kind)) {
        // There is one place and one handle for these.
        spec.parent = NLU_TC_CLSACT;
        spec.handle = NLU_TC_CLSACT & 0xffff0000u;
    }
    (void)nluL_opt_tchandle(L, &opts, "parent", &spec.parent);
    if (nluL_opt_tchandle(L, &opts, "handle", &spec.handle) && (spec.handle & 0xffff))
        nluL_misuse(L, op, "handle",
                    "expected a qdisc's handle such as '1:', with nothing behind it");
    struct nlu_arena *arena = nluL_scratch(L); /* [ns, dev, opts, arena] */
    nluL_read_qdisc_options(L, &opts, spec.kind, arena, &spec.options);
    if (nlu_qdisc_set(&ns->route, verb, &spec, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

// qdisc_add(dev, { type =, parent =, handle =, … }): true.
static int qdisc_add(lua_State *L) {
    return set(L, NLU_TC_ADD, "qdisc.add");
}

// qdisc_replace(dev, { … }): true.
static int qdisc_replace(lua_State *L) {
    return set(L, NLU_TC_REPLACE, "qdisc.replace");
}

// qdisc_change(dev, { … }): true. What is not said goes back to its usual value, as with tc.
static int qdisc_change(lua_State *L) {
    return set(L, NLU_TC_CHANGE, "qdisc.change");
}

// qdisc_del(dev, { parent =, handle = }): true. Without options the root's.
static int qdisc_del(lua_State *L) {
    static const char *const keys[] = {"parent", "handle", NULL};
    struct nluL_netns *ns = nluL_checknetns(L, 1, "qdisc.del");
    const char *dev = nluL_arg_link(L, 2, "qdisc.del", "dev");
    struct nluL_opts opts = nluL_opts(L, 3, "qdisc.del");
    uint32_t parent = NLU_TC_ROOT, handle = 0;
    struct nlu_err err;

    nluL_opts_only(L, &opts, keys);
    (void)nluL_opt_tchandle(L, &opts, "parent", &parent);
    (void)nluL_opt_tchandle(L, &opts, "handle", &handle);
    if (nlu_qdisc_del(&ns->route, dev, parent, handle, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static void push_qdisc(lua_State *L, const struct nlu_qdisc *q) {
    char handle[16];

    lua_createtable(L, 0, 14);
    nluL_setstring(L, "kind", q->kind);
    snprintf(handle, sizeof handle, "%x:", q->handle >> 16);
    nluL_setstring(L, "handle", handle);
    nluL_setstring(L, "dev", q->dev);
    if (q->parent == NLU_TC_ROOT)
        nluL_setboolean(L, "root", true);
    else if (q->parent)
        nluL_sethandle(L, "parent", q->parent);
    if (q->offloaded)
        nluL_setboolean(L, "offloaded", true);
    if (q->refcnt != 1)
        nluL_setinteger(L, "refcnt", q->refcnt);
    nluL_push_qdisc_options(L, q);
    lua_setfield(L, -2, "options");
    nluL_settcstats(L, &q->stats);
    nluL_set_qdisc_xstats(L, q);
}

// qdisc_list(dev): a list of tables; all interfaces without dev.
static int qdisc_list(lua_State *L) {
    struct nluL_netns *ns = nluL_checknetns(L, 1, "qdisc.list");
    const char *dev = lua_isnoneornil(L, 2) ? NULL : nluL_arg_link(L, 2, "qdisc.list", "dev");
    struct nlu_qdisc_list list;
    struct nlu_err err;

    struct nlu_arena *arena = nluL_scratch(L);
    if (nlu_qdisc_list(&ns->route, dev, arena, &list, &err) < 0)
        return nluL_fail_in(L, ns->name, &err);
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        push_qdisc(L, &list.items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg nluL_qdisc_methods[] = {
    {"qdisc_add", qdisc_add}, {"qdisc_replace", qdisc_replace}, {"qdisc_change", qdisc_change},
    {"qdisc_del", qdisc_del}, {"qdisc_list", qdisc_list},       {NULL, NULL}};
